//! What may be saved.

use pugmark_protocol::definition::Definition;

/// What must be changed before a definition, as JSON, may be saved: a sentence each.
pub(crate) fn breaches(json: &str) -> Vec<String> {
    match serde_json::from_str::<Definition>(json) {
        Ok(definition) => definition.breaches(),
        Err(error) => {
            let error = error.to_string();
            // Nobody wrote these lines.
            vec![error.split(" at line ").next().unwrap_or_default().to_owned()]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_that_may_be_saved_has_no_breach() {
        assert!(
            breaches(r##"{"name":"bought","trigger":{"type":"CLICKED_ELEMENT","selector":"#buy"}}"##)
                .is_empty()
        );
    }

    #[test]
    fn every_breach_is_told_and_why_something_is_no_definition() {
        let definition = |fingerprint: &str| {
            let trigger =
                [r##"{"type":"CLICKED_ELEMENT","selector":"a:hover","fingerprint":"##, fingerprint, "}"]
                    .concat();
            [r#"{"name":"bought","trigger":"#, &trigger, "}"].concat()
        };
        let wrong = breaches(&definition(r#"{"family":"control","threshold":0,"alike":1,"signals":[]}"#));
        assert!(wrong.iter().any(|breach| breach.contains("threshold")), "{wrong:?}");
        assert_eq!(breaches(r#"{"name":"Bought"}"#), ["\"Bought\" must start with a lower-case letter"]);
        assert_eq!(breaches("{}"), ["missing field `name`"]);
        assert_eq!(breaches("").len(), 1);
    }
}
