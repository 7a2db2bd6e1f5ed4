//! Fingerprints: how a codeless event knows its element again after the page has changed.
//!
//! A fingerprint is a list of [signals](Signal): things that are so of the element, each with a weight. The score of any
//! element is the weight of those that are so of it, of [`WHOLE`]. An element is meant when its score reaches the
//! fingerprint's threshold, which is set when it is [made](make): above the most similar other element of that page, as it
//! is and as it would be without the element.
//!
//! What decides is rarity: a signal that many elements of the page share is worth little, whatever it is. So a link in a
//! menu is known by its text and where it leads, the only form of a page by its classes, and a button without any of that by
//! what stands around it. Place alone never decides: elements that only their place tells apart are declared
//! [alike](Fingerprint::alike), and counted together.
//!
//! ```
//! use pugmark_fingerprint::{Finding, Page, find, make};
//!
//! let before = Page::read("0\tnav\n1\ta\thref=/\n2\t\"Home\n1\ta\thref=/shop\tclass=x-1a2b\n2\t\"Shop");
//! let after = Page::read("0\tnav\n1\tdiv\n2\ta\thref=/shop\tclass=x-9z8y\n3\t\"Our shop\n1\ta\thref=/\n2\t\"Home");
//!
//! let shop = make(&before, 2).expect("is an element");
//! assert!(matches!(find(&after, &shop), Finding::Found(found) if found.element == 2));
//! ```

mod css;
mod find;
mod make;
mod observe;
mod page;
mod signal;
mod trust;

pub use find::{Candidate, Finding, find};
pub use make::{Fingerprint, MAX_SIGNALS, Signal, WHOLE, make};
pub use observe::is_control;
pub use page::{ElementId, MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT, MAX_VALUE, Page};
pub use signal::Kind;
