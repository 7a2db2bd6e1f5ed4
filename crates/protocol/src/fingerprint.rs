//! Fingerprints: how a codeless event knows its element again after the page has changed.
//!
//! A fingerprint is a list of [signals](Signal): things that were so of the element, each with a weight. The score of any
//! element is the weight of those that are so of it; it is meant when its score reaches the threshold. How weights and
//! thresholds are found is the fingerprint crate's business; here is what is stored, and how an element is compared.
//!
//! What is so of an element is observed in the page, by `src/signals.js`, and told as one line of parts, separated by
//! tabs (here `⇥`): `f` and its [family](Fingerprint::family), then for each [token](is_so) the sign of its kind and its value:
//!
//! ```text
//! fcontrol⇥tbutton⇥Cbuy⇥Tadd to cart⇥lmain
//! ```
//!
//! A part `x` says that the site marks the element as private: then what only comes near is not told.
//!
//! Compiled for the tracker, a fingerprint is an alternative of its own beside those of selectors
//! ([`crate::compiled`]):
//!
//! | part | means |
//! | --- | --- |
//! | `520%` | the threshold; stands first, and tells a fingerprint from a selector |
//! | `fcontrol` | only elements of this family are compared |
//! | `210TAdd to cart` | the weight of a signal, its sign, its value |

use crate::compiled::PART;
use crate::text::push_decimal;

/// The score of an element of which all signals are so.
pub const WHOLE: u32 = 1_000;

/// Most signals of a fingerprint.
///
/// Judgement (November 2026): all that is observed of an element of ordinary pages; of more, those that are said of what is
/// farthest away are left out.
pub const MAX_SIGNALS: usize = 64;

/// An element below the threshold comes near from this share of it on, in hundredths: near enough to be told of.
///
/// Judgement (November 2026), from docs/selectors.md.
pub const NEAR: u32 = 60;

/// Begins the part that says which family an observed element is of.
pub const FAMILY: char = 'f';

/// The part that says that the site marks the element as private.
pub const PRIVATE: &str = "x";

/// Follows the threshold of a compiled fingerprint.
const THRESHOLD: &str = "%";

/// How an element is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Fingerprint {
    /// What it may be confused with: `control`, or a tag.
    pub family: String,
    /// From which score on an element is meant: more than 0, at most [`WHOLE`].
    pub threshold: u32,
    /// How many elements of the page were meant: more than one if only their place told them apart.
    pub alike: usize,
    /// What was so of the element; the weights add up to at most [`WHOLE`].
    pub signals: Vec<Signal>,
}

/// Something that was so of the element when its fingerprint was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Signal {
    /// What it speaks of.
    pub kind: Kind,
    /// What it says.
    pub value: String,
    /// What it adds to the score, of [`WHOLE`].
    pub weight: u32,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $sign:literal,)*) => {
        /// What a signal speaks of. The sign is a capital where it is said of the element itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// How it is written in an observation.
            pub fn sign(self) -> char {
                match self {
                    $(Self::$kind => $sign,)*
                }
            }

            /// The kind that is written so.
            pub fn of_sign(sign: char) -> Option<Self> {
                match sign {
                    $($sign => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// An attribute that somebody put there so that programs find the element: `data-testid=buy`.
    Hook = 'H',
    /// The id.
    Id = 'I',
    /// The name of a control.
    Name = 'N',
    /// A label that is no text: `aria-label`, `title`, `alt`, `placeholder`.
    Label = 'L',
    /// The text as it is read.
    Text = 'T',
    /// The text in lower case, numbers as `#`.
    Wording = 'W',
    /// One word of the text.
    Word = 'V',
    /// Where it leads, without query.
    Link = 'U',
    /// The last step of where it leads.
    Target = 'E',
    /// What a link asks for: the query without what campaigns add.
    Query = 'Q',
    /// A picture or icon inside it.
    Picture = 'P',
    /// A class.
    Class = 'C',
    /// Any other attribute that says what it does: `data-toggle=modal`, `type=submit`.
    Attribute = 'A',
    /// Its tag.
    Tag = 't',
    /// A landmark around it: `nav`, `main`, `form`.
    Landmark = 'l',
    /// The id of an element around it.
    Anchor = 'a',
    /// A class of an element near around it.
    Surrounding = 's',
    /// The heading of the part of the page in which it stands.
    Heading = 'h',
    /// What stands before it.
    Before = 'b',
    /// What stands after it.
    After = 'n',
    /// The tags around it.
    Path = 'p',
    /// Its place among its like.
    Place = 'o',
}

impl Kind {
    /// Whether it is said of the element itself, not of what is around it. Without one of these no element is meant.
    pub fn is_own(self) -> bool {
        self.sign().is_ascii_uppercase()
    }

    /// Whether it tells only where the element stands among others that may be just like it.
    pub fn is_positional(self) -> bool {
        matches!(self, Self::Before | Self::After | Self::Place)
    }
}

/// How like an element is to what a fingerprint was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// The weight of the signals that are so of it; zero if it is of another family, or only its surroundings fit.
    pub score: u32,
    /// The fingerprint's threshold.
    pub threshold: u32,
}

impl Likeness {
    /// Whether the element is meant.
    pub fn is_meant(self) -> bool {
        self.score >= self.threshold
    }

    /// Whether it is not meant, but comes near.
    pub fn is_near(self) -> bool {
        !self.is_meant() && self.score * 100 >= self.threshold * NEAR
    }
}

/// Compares an observed element with a compiled fingerprint.
pub fn likeness(compiled: &str, observed: &str) -> Likeness {
    let mut likeness = Likeness { score: 0, threshold: WHOLE };
    let mut is_own = false;
    for part in compiled.split(PART) {
        let (number, token) = weighted(part);
        if token == THRESHOLD {
            likeness.threshold = number;
        } else if is_so(token, observed) {
            likeness.score += number;
            is_own |= token.starts_with(|sign: char| sign.is_ascii_uppercase());
        } else if token.starts_with(FAMILY) {
            break;
        }
    }
    if !is_own {
        likeness.score = 0;
    }
    likeness
}

/// Whether a token, its sign and its value, is so of an observed element.
pub fn is_so(token: &str, observed: &str) -> bool {
    observed.split(PART).any(|part| part == token)
}

/// Whether an alternative of a compiled rule is a fingerprint.
pub fn is_fingerprint(alternative: &str) -> bool {
    alternative.starts_with(|sign: char| sign.is_ascii_digit())
}

/// The family in a compiled fingerprint.
pub fn family(compiled: &str) -> &str {
    compiled.split(PART).nth(1).and_then(|part| part.strip_prefix(FAMILY)).unwrap_or_default()
}

/// A part of a compiled fingerprint: the weight, and the token behind it. No sign is a digit.
pub fn weighted(part: &str) -> (u32, &str) {
    let mut weight = 0_u32;
    let mut rest = part;
    while let Some(digit) = rest.bytes().next().filter(u8::is_ascii_digit) {
        weight = weight.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'));
        rest = rest.get(1..).unwrap_or_default();
    }
    (weight, rest)
}

impl Fingerprint {
    /// Compiles it for the tracker.
    pub fn compiled(&self) -> String {
        let mut out = String::new();
        push_decimal(&mut out, u64::from(self.threshold));
        out.push_str(THRESHOLD);
        out.extend([PART, FAMILY]);
        out.push_str(&without_separators(&self.family));
        for signal in &self.signals {
            out.push(PART);
            push_decimal(&mut out, u64::from(signal.weight));
            out.push_str(&signal.token());
        }
        out
    }

    /// Checks a fingerprint that somebody sent: one sentence for each breach.
    #[cfg(feature = "serde")]
    pub fn breaches(&self) -> Vec<String> {
        let mut breaches = Vec::new();
        if !(1..=WHOLE).contains(&self.threshold) {
            breaches.push(format!("the fingerprint's threshold must be 1 to {WHOLE}"));
        }
        if self.signals.len() > MAX_SIGNALS {
            breaches.push(format!("the fingerprint has more than {MAX_SIGNALS} signals"));
        }
        if !self.signals.iter().any(|signal| signal.kind.is_own() && signal.weight > 0) {
            breaches.push(
                "the fingerprint says nothing of the element itself, such as its text, link or id".to_owned(),
            );
        }
        // Of weights of any size the sum may not be one.
        let whole = self.signals.iter().fold(0_u32, |whole, signal| whole.saturating_add(signal.weight));
        if whole > WHOLE {
            breaches.push(format!("the weights of the fingerprint's signals add up to more than {WHOLE}"));
        } else if whole < self.threshold {
            breaches.push("the fingerprint's signals together do not reach its threshold".to_owned());
        }
        let is_long = |text: &String| crate::text::length(text) > MAX_SIGNAL_VALUE;
        if self.signals.iter().map(|signal| &signal.value).chain([&self.family]).any(is_long) {
            breaches.push(format!("a fingerprint's values have at most {MAX_SIGNAL_VALUE} characters"));
        }
        breaches
    }
}

/// Longest value of a signal, in UTF-16 code units.
///
/// Judgement (November 2026): longer than names, texts and paths that tell elements apart.
pub const MAX_SIGNAL_VALUE: usize = 120;

impl Signal {
    /// Its sign and its value, as an observation has them.
    pub fn token(&self) -> String {
        let mut token = self.kind.sign().to_string();
        token.push_str(&without_separators(&self.value));
        token
    }
}

/// As observations are written: what would end a part is a space.
fn without_separators(value: &str) -> String {
    value.replace(['\t', '\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(threshold: u32, signals: &[(Kind, &str, u32)]) -> Fingerprint {
        let signals =
            signals.iter().map(|&(kind, value, weight)| Signal { kind, value: value.to_owned(), weight });
        Fingerprint { family: "control".to_owned(), threshold, alike: 1, signals: signals.collect() }
    }

    #[test]
    fn the_documented_form_is_what_comes_out() {
        let buy = fingerprint(
            520,
            &[(Kind::Tag, "button", 100), (Kind::Text, "Add to cart", 500), (Kind::Class, "buy", 400)],
        );
        assert_eq!(buy.compiled(), "520%\tfcontrol\t100tbutton\t500TAdd to cart\t400Cbuy");
        assert_eq!(weighted("500TAdd 2"), (500, "TAdd 2"));
        assert_eq!(family(&buy.compiled()), "control");
        assert!(is_fingerprint(&buy.compiled()) && !is_fingerprint("#buy") && !is_fingerprint(""));
    }

    #[test]
    fn an_element_is_meant_from_the_threshold_on_and_near_below_it() {
        let buy = fingerprint(
            500,
            &[(Kind::Text, "Buy", 400), (Kind::Class, "buy", 300), (Kind::Landmark, "main", 300)],
        )
        .compiled();
        for (observed, score, is_meant, is_near) in [
            ("fcontrol\tTBuy\tCbuy\tlmain", 1_000, true, false),
            ("fcontrol\tlmain\tTBuy", 700, true, false),
            ("fcontrol\tTBuy", 400, false, true),
            ("fcontrol\tCbuy", 300, false, true),
            // Only what is around it fits.
            ("fcontrol\tlmain", 0, false, false),
            // Of another family.
            ("fdiv\tTBuy\tCbuy\tlmain", 0, false, false),
            ("", 0, false, false),
        ] {
            let found = likeness(&buy, observed);
            assert_eq!(
                (found.score, found.is_meant(), found.is_near()),
                (score, is_meant, is_near),
                "{observed}"
            );
        }
    }

    #[test]
    fn values_cannot_end_a_part() {
        let strange = fingerprint(10, &[(Kind::Text, "a\tTb\nc\rd", 1_000)]);
        assert_eq!(likeness(&strange.compiled(), "fcontrol\tTb").score, 0);
        assert_eq!(likeness(&strange.compiled(), "fcontrol\tTa Tb c d").score, 1_000);
    }

    #[test]
    fn every_kind_has_a_sign_of_its_own() {
        let signs: Vec<char> = ('A'..='z').filter(|sign| Kind::of_sign(*sign).is_some()).collect();
        assert_eq!(signs.len(), 22);
        for sign in signs {
            assert_eq!(Kind::of_sign(sign).map(Kind::sign), Some(sign));
        }
        assert!(Kind::of_sign(FAMILY).is_none());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn every_breach_is_named() {
        let long = "x".repeat(MAX_SIGNAL_VALUE + 1);
        let mut wrong = fingerprint(0, &[(Kind::Landmark, &long, u32::MAX), (Kind::Tag, "a", 1)]);
        assert_eq!(wrong.breaches().len(), 4);
        wrong.signals = vec![wrong.signals.remove(1); MAX_SIGNALS + 1];
        wrong.threshold = 900;
        assert_eq!(wrong.breaches().len(), 3);
        assert!(fingerprint(1, &[(Kind::Text, "", 1)]).breaches().is_empty());
    }
}
