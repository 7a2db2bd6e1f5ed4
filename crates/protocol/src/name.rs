//! Event and property names: what is well-formed, and how the JavaScript API repairs what is not.

use crate::limits::{MAX_EVENT_NAME, MAX_PROPERTY_NAME};
use crate::text;

/// A well-formed event name: `^[a-z][a-z0-9_]*$`, at most [`MAX_EVENT_NAME`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct EventName(String);

impl EventName {
    /// Reads a name as a script gives it, and says whether it had to be changed.
    ///
    /// `pe{site}_name`, and HubSpot's `pe{digits}_name`, are the event `name`. Everything else that is not
    /// well-formed is repaired as property names are. `None` when nothing is left.
    pub fn repair(raw: &str, site: &str) -> Option<(Self, bool)> {
        let short = without_site_prefix(raw, site);
        let name = repair(short, MAX_EVENT_NAME)?;
        let changed = name != short;
        Some((Self(name), changed))
    }

    /// Refuses to define a name that begins as with a site's prefix: what is sent under it is another event, the one without.
    ///
    /// # Errors
    ///
    /// A sentence that says what to change.
    pub fn check_new(&self, site: &str) -> Result<(), String> {
        let short = without_site_prefix(&self.0, site);
        if short == self.0 {
            return Ok(());
        }
        Err([
            "\"",
            &self.0,
            "\" begins with a site's prefix, without which it is \"",
            short,
            "\": choose that, or another name",
        ]
        .concat())
    }

    /// Reads a name as a server gives it: `pe{site}_name` and HubSpot's `pe{digits}_name` are the event `name`, and a
    /// hyphen, which HubSpot once allowed, is an underscore.
    ///
    /// # Errors
    ///
    /// A sentence that says what to change.
    pub fn resolve(raw: &str, site: &str) -> Result<Self, String> {
        Self::parse(&without_site_prefix(raw, site).replace('-', "_"))
    }

    /// Makes a name of a label's words: "Signed up!" is `signed_up`. `None` where no letter of `a` to `z` is in it.
    ///
    /// Lower case, other letters as they are written where only those of English may stand (`ä` is `ae`, `é` is `e`);
    /// whatever stands between letters and digits becomes one `_`, but an apostrophe parts no word; what comes before the
    /// first letter goes, and a site's prefix, under which nothing could be found again; cut to [`MAX_EVENT_NAME`].
    ///
    /// ```
    /// use pugmark_protocol::name::EventName;
    ///
    /// assert_eq!(EventName::from_label("Signed up - at last!", "demo"), EventName::parse("signed_up_at_last").ok());
    /// assert_eq!(EventName::from_label("42", "demo"), None);
    /// ```
    pub fn from_label(label: &str, site: &str) -> Option<Self> {
        let words = words(label);
        let mut name = words.as_str();
        loop {
            let short = without_site_prefix(name, site).trim_start_matches(|c: char| !c.is_ascii_lowercase());
            if short == name {
                return fitting(name, MAX_EVENT_NAME).map(Self);
            }
            name = short;
        }
    }

    /// Reads a name that must already be well-formed.
    ///
    /// # Errors
    ///
    /// A sentence that says what to change.
    pub fn parse(raw: &str) -> Result<Self, String> {
        check(raw, MAX_EVENT_NAME)?;
        Ok(Self(raw.to_owned()))
    }

    /// Names an event of Pugmark's own; `name` must be well-formed.
    pub fn known(name: &'static str) -> Self {
        debug_assert!(check(name, MAX_EVENT_NAME).is_ok());
        Self(name.to_owned())
    }

    /// Takes a name as the collector wrote it into a rule: it has checked it, and will again when the event arrives.
    pub fn of_rule(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for EventName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        Self::parse(&raw).map_err(serde::de::Error::custom)
    }
}

/// Repairs a property name by the JavaScript API's rules; `None` when nothing is left.
///
/// Lower case (ASCII), everything but letters, digits and `_` becomes `_`, leading non-letters go, cut to
/// [`MAX_PROPERTY_NAME`].
///
/// ```
/// use pugmark_protocol::name::repair_property;
///
/// assert_eq!(repair_property("First-Name").as_deref(), Some("first_name"));
/// assert_eq!(repair_property("42"), None);
/// ```
pub fn repair_property(raw: &str) -> Option<String> {
    repair(raw, MAX_PROPERTY_NAME)
}

/// Makes a property's name of a label's words, as [`EventName::from_label`] does.
///
/// ```
/// use pugmark_protocol::name::property_from_label;
///
/// assert_eq!(property_from_label("First  name").as_deref(), Some("first_name"));
/// ```
pub fn property_from_label(label: &str) -> Option<String> {
    fitting(&words(label), MAX_PROPERTY_NAME)
}

/// Letters that are written otherwise where only those of English may stand.
const LETTERS: [(&str, &str); 14] = [
    ("ä", "ae"),
    ("ö", "oe"),
    ("ü", "ue"),
    ("ß", "ss"),
    ("àáâãåą", "a"),
    ("çćč", "c"),
    ("èéêëęě", "e"),
    ("ìíîï", "i"),
    ("ñńň", "n"),
    ("òóôõø", "o"),
    ("ùúûů", "u"),
    ("ýÿ", "y"),
    ("śš", "s"),
    ("źżž", "z"),
];

/// Letters and digits from the first letter on, and one `_` for whatever stands between them.
fn words(label: &str) -> String {
    let mut name = String::new();
    for c in label.to_lowercase().chars() {
        match c {
            'a'..='z' => name.push(c),
            '0'..='9' if !name.is_empty() => name.push(c),
            '\'' | '’' => {}
            _ => match LETTERS.iter().find(|(written, _)| written.contains(c)) {
                Some((_, plain)) => name.push_str(plain),
                None if !name.is_empty() && !name.ends_with('_') => name.push('_'),
                None => {}
            },
        }
    }
    name
}

/// The name cut to its length, without an `_` at its end; `None` if nothing is left.
fn fitting(name: &str, max: usize) -> Option<String> {
    let name = text::cut(name, max).trim_end_matches('_');
    (!name.is_empty()).then(|| name.to_owned())
}

/// Checks a property name that must already be well-formed, as the HTTP API wants it.
///
/// # Errors
///
/// A sentence that says what to change.
pub fn check_property(raw: &str) -> Result<(), String> {
    check(raw, MAX_PROPERTY_NAME)
}

fn repair(raw: &str, max: usize) -> Option<String> {
    let legal = raw.chars().map(|c| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9' | '_') => c,
        _ => '_',
    });
    let name: String = legal.skip_while(|c| !c.is_ascii_lowercase()).take(max).collect();
    (!name.is_empty()).then_some(name)
}

fn check(raw: &str, max: usize) -> Result<(), String> {
    let quoted = || ["\"", text::cut(raw, max), "\""].concat();
    if raw.is_empty() {
        return Err("the name is empty".to_owned());
    }
    if !raw.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err([&quoted(), " must start with a lower-case letter"].concat());
    }
    if let Some(bad) = raw.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '_')) {
        let bad = bad.to_string();
        return Err([&quoted(), " may hold lower-case letters, digits and _ only, not ", &bad].concat());
    }
    if raw.len() > max {
        return Err([&quoted(), "… is longer than ", &max.to_string(), " characters"].concat());
    }
    Ok(())
}

fn without_site_prefix<'a>(raw: &'a str, site: &str) -> &'a str {
    let Some(rest) = raw.strip_prefix("pe") else { return raw };
    if let Some(name) = rest.strip_prefix(site).and_then(|rest| rest.strip_prefix('_')) {
        return name;
    }
    let name = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    match name.strip_prefix('_') {
        Some(short) if name.len() < rest.len() => short,
        _ => raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_names_are_repaired() {
        for (raw, repaired) in [
            ("plan", Some("plan")),
            ("First-Name", Some("first_name")),
            ("9abc", Some("abc")),
            ("__proto__", Some("proto__")),
            ("übergröße", Some("bergr__e")),
            ("🐾", None),
            ("", None),
            ("_9", None),
        ] {
            assert_eq!(repair_property(raw).as_deref(), repaired, "{raw}");
        }
    }

    #[test]
    fn a_name_is_made_of_the_words_of_a_label() {
        for (label, name) in [
            ("Signed up", Some("signed_up")),
            ("  Signed -- up! ", Some("signed_up")),
            ("a - b", Some("a_b")),
            ("a___b", Some("a_b")),
            ("2nd Order", Some("nd_order")),
            ("  Größe gewählt! ", Some("groesse_gewaehlt")),
            ("ÄRGER", Some("aerger")),
            ("Déjà vu – n° 2", Some("deja_vu_n_2")),
            ("3 months free", Some("months_free")),
            ("Don't", Some("dont")),
            ("Plan: Pro (2026)", Some("plan_pro_2026")),
            ("カートに入れる", None),
            ("42", None),
            ("🐾", None),
            ("", None),
        ] {
            assert_eq!(property_from_label(label).as_deref(), name, "{label}");
            assert_eq!(EventName::from_label(label, "demo").map(|name| name.0).as_deref(), name, "{label}");
        }
        let long = [&"a".repeat(49), " b"].concat();
        assert_eq!(property_from_label(&long), Some("a".repeat(49)), "no _ at the end");
    }

    #[test]
    fn a_name_of_a_label_can_be_found_again() {
        for label in
            ["pedemo_signed_up", "PE123 signed up", "pe123_9_signed up", "pet shop opened", "pe1 pe2 x"]
        {
            let name = EventName::from_label(label, "demo").expect("there are letters");

            assert_eq!(EventName::resolve(name.as_str(), "demo"), Ok(name), "{label}");
        }
    }

    #[test]
    fn names_are_cut_after_the_leading_non_letters_are_gone() {
        let raw = format!("__{}", "a".repeat(51));
        assert_eq!(repair_property(&raw), Some("a".repeat(50)));
    }

    #[test]
    fn the_prefixed_and_the_short_event_name_are_one_event() {
        for (raw, name, changed) in [
            ("signed_up", "signed_up", false),
            ("pedemo_signed_up", "signed_up", false),
            ("pe1234567_signed_up", "signed_up", false),
            ("pet_shop_opened", "pet_shop_opened", false),
            ("pe_x", "pe_x", false),
            ("Signed Up", "signed_up", true),
            ("signed-up", "signed_up", true),
        ] {
            let repaired = EventName::repair(raw, "demo");
            assert_eq!(repaired, Some((EventName(name.to_owned()), changed)), "{raw}");
        }
    }

    #[test]
    fn a_name_under_which_nothing_could_arrive_is_not_defined() {
        for (name, is_good) in [
            ("signed_up", true),
            ("pet_shop_opened", true),
            ("pe_x", true),
            ("peshop_x", true),
            ("pedemo_signed_up", false),
            ("pe1234567_signed_up", false),
        ] {
            let name = EventName::parse(name).expect("is well-formed");
            assert_eq!(name.check_new("demo").is_ok(), is_good, "{name:?}");
        }
    }

    #[test]
    fn a_server_may_give_the_prefixed_name_and_hyphens_but_nothing_to_be_repaired() {
        for raw in ["signed_up", "pedemo_signed_up", "pe1234567_signed_up", "signed-up"] {
            assert_eq!(EventName::resolve(raw, "demo"), EventName::parse("signed_up"), "{raw}");
        }
        assert!(EventName::resolve("Signed Up", "demo").is_err());
        assert!(EventName::resolve("", "demo").is_err());
    }

    #[test]
    fn a_refused_name_says_what_to_change() {
        assert!(EventName::parse(&"a".repeat(50)).is_ok());
        assert!(EventName::parse(&"a".repeat(51)).unwrap_err().contains("longer than 50"));
        assert!(EventName::parse("9lives").unwrap_err().contains("start with a lower-case letter"));
        assert!(EventName::parse("signed-up").unwrap_err().contains("not -"));
        assert!(EventName::parse("").unwrap_err().contains("empty"));
    }
}
