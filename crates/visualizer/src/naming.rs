//! Names for events, from what people call them.

use pugmark_protocol::limits::MAX_EVENT_NAME;

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

/// A well-formed event name: words in lower case, `_` between them, from the first letter on. Empty where no letter is left.
pub(crate) fn name_of(label: &str) -> String {
    let mut name = String::new();
    for letter in label.to_lowercase().chars() {
        match LETTERS.iter().find(|(written, _)| written.contains(letter)) {
            Some((_, plain)) => name.push_str(plain),
            None if letter.is_ascii_lowercase() => name.push(letter),
            None if letter.is_ascii_digit() && !name.is_empty() => name.push(letter),
            // What parts words of other letters says nothing twice; an apostrophe parts no word.
            None if !name.is_empty() && !name.ends_with('_') && !matches!(letter, '\'' | '’') => {
                name.push('_');
            }
            None => {}
        }
    }
    name.truncate(MAX_EVENT_NAME);
    name.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::name::EventName;

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
        ] {
            assert_eq!(name_of(label), name);
            assert!(EventName::parse(name).is_ok());
        }
    }

    #[test]
    fn where_no_letter_is_left_the_name_is_empty() {
        assert_eq!(name_of("カートに入れる"), "");
        assert_eq!(name_of("42"), "");
    }

    #[test]
    fn a_long_name_is_cut() {
        assert!(EventName::parse(&name_of(&"word ".repeat(100))).is_ok());
        assert_eq!(name_of(&"a".repeat(MAX_EVENT_NAME + 1)).len(), MAX_EVENT_NAME);
    }
}
