//! Names for events, from what people call them.

use pugmark_protocol::name::EventName;

/// A well-formed event name, as the studio and the events API make it. Empty where no letter is left.
pub(crate) fn name_of(label: &str, site: &str) -> String {
    EventName::from_label(label, site).map_or_else(String::new, |name| name.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::limits::MAX_EVENT_NAME;

    use super::*;

    #[test]
    fn names_are_what_people_would_write_themselves() {
        for (label, name) in [
            ("Add to cart", "add_to_cart"),
            ("  Größe gewählt! ", "groesse_gewaehlt"),
            ("Déjà vu – n° 2", "deja_vu_n_2"),
            ("3 months free", "months_free"),
            ("Don't", "dont"),
            ("Plan: Pro (2026)", "plan_pro_2026"),
            ("pedemo_bought", "bought"),
        ] {
            assert_eq!(name_of(label, "demo"), name);
            assert!(EventName::parse(name).is_ok());
        }
    }

    #[test]
    fn where_no_letter_is_left_the_name_is_empty() {
        assert_eq!(name_of("カートに入れる", "demo"), "");
        assert_eq!(name_of("42", "demo"), "");
    }

    #[test]
    fn a_long_name_is_cut() {
        assert!(EventName::parse(&name_of(&"word ".repeat(100), "demo")).is_ok());
        assert_eq!(name_of(&"a".repeat(MAX_EVENT_NAME + 1), "demo").len(), MAX_EVENT_NAME);
    }
}
