//! Fingerprints: how a codeless event knows its element again after the page has changed.
//!
//! A fingerprint is a list of [signals](pugmark_protocol::fingerprint::Signal): things that are so of the element, each with
//! a weight. The score of any element is the weight of those that are so of it, of
//! [`WHOLE`](pugmark_protocol::fingerprint::WHOLE). An element is meant when its score reaches the fingerprint's threshold,
//! which is set when it is [made](make): above the most similar other element of that page, as it is and as it would be
//! without the element.
//!
//! What decides is rarity: a signal that many elements of the page share is worth little, whatever it is. So a link in a
//! menu is known by its text and where it leads, the only form of a page by its classes, and a button without any of that by
//! what stands around it. Place alone never decides: elements that only their place tells apart are declared
//! [alike](pugmark_protocol::fingerprint::Fingerprint::alike), and counted together.
//!
//! Elements come as observations, one line each, which `src/signals.js` makes
//! ([`fingerprint`](pugmark_protocol::fingerprint) has the form).
//!
//! ```
//! use pugmark_fingerprint::{compare, make};
//!
//! let shop = "fcontrol\tta\tTShop\tU/shop\tlnav\tbHome\to1";
//! let home = "fcontrol\tta\tTHome\tU/\tlnav\tb^\to0";
//! let shop = make(shop, home, "", &[]).expect("it says something");
//!
//! let moved = "fcontrol\tta\tTOur shop\tU/shop\tlnav\tb^\to0";
//! let compared = compare(&shop, moved);
//! assert!(compared.score >= compared.threshold);
//! assert!(compared.missing.iter().any(|signal| signal.value == "Shop"));
//! assert!(compare(&shop, home).score < shop.threshold);
//! ```

mod compare;
mod make;
mod observation;
mod renewed;
mod selectors;
mod strength;
mod trust;
mod worth;

pub use compare::{Comparison, compare, scores};
pub use make::{LEAST, make};
pub use renewed::renewed;
pub use selectors::selectors;
pub use strength::{Part, Preview, Strength, strength, strength_of_selector};
