//! Selectors for people: short, of names that somebody wrote, for display and as a start for editing by hand.

use pugmark_protocol::fingerprint::Kind;
use pugmark_protocol::text::cut;

use crate::observation::Observation;
use crate::trust;

/// Longest value that a selector quotes, in UTF-16 code units: longer ones are not read.
const MAX_QUOTED: usize = 60;

/// Most classes that are named together.
const MAX_CLASSES: usize = 3;

/// Most elements around it that a selector is tried inside of.
const MAX_OUTER: usize = 4;

/// Attributes of which an observation does not tell which one labels the element.
const LABELS: [&str; 4] = ["aria-label", "title", "alt", "placeholder"];

/// Trusted less, a name is not shown to people.
const LEAST_TRUST: u32 = 40;

/// Selectors that may select an observed element and no other, the most lasting first, each alone and then inside what is
/// around the element. Which of them does, only the page can tell: some may select nothing, as white space and addresses are
/// observed in one form and written in many.
///
/// All are such as definitions may use ([`pugmark_protocol::selector`]). There is one at least, unless the line is no
/// observation.
pub fn selectors(own: &str) -> Vec<String> {
    let Some(own) = Observation::read(own) else { return Vec::new() };
    let tag = own.of(Kind::Tag).find(|tag| is_identifier(tag)).unwrap_or("*");
    let ids = own.of(Kind::Anchor).filter(|id| is_lasting(Kind::Anchor, id)).map(|id| named('#', "id", id));
    let landmarks = own.of(Kind::Landmark).filter(|tag| is_identifier(tag)).map(str::to_owned);
    let outer: Vec<String> = ids.chain(landmarks).take(MAX_OUTER).collect();
    let mut selectors: Vec<String> = Vec::new();
    for name in names(&own, tag) {
        let inside = outer.iter().map(|outer| [outer, " ", &name].concat());
        for selector in [name.clone()].into_iter().chain(inside) {
            if !selectors.contains(&selector) {
                selectors.push(selector);
            }
        }
    }
    selectors
}

/// What the element may be called, the most lasting first.
fn names(own: &Observation<'_>, tag: &str) -> Vec<String> {
    let lasting = |kind| own.of(kind).filter(move |value| is_lasting(kind, value));
    let with = |attribute: &str, value: &str| [tag, &test(attribute, "=", value)].concat();
    let written =
        |kind| lasting(kind).filter_map(|said| said.split_once('=')).filter(|(name, _)| is_identifier(name));
    let mut names: Vec<String> = Vec::new();
    names.extend(written(Kind::Hook).map(|(name, value)| with(name, value)));
    names.extend(lasting(Kind::Id).map(|id| named('#', "id", id)));
    names.extend(lasting(Kind::Name).map(|name| with("name", name)));
    names.extend(lasting(Kind::Label).flat_map(|label| LABELS.map(|attribute| with(attribute, label))));
    names.extend(lasting(Kind::Link).flat_map(|link| {
        // A link to the own site may be written with its host.
        ["=", "$="].map(|how| [tag, &test("href", how, link)].concat())
    }));
    let classes: Vec<String> =
        lasting(Kind::Class).take(MAX_CLASSES).map(|class| named('.', "class", class)).collect();
    if !classes.is_empty() {
        names.push([tag, &classes.concat()].concat());
    }
    names.extend(written(Kind::Attribute).map(|(name, value)| with(name, value)));
    names.push(tag.to_owned());
    names
}

fn is_lasting(kind: Kind, value: &str) -> bool {
    trust::of(kind, value) >= LEAST_TRUST
        && cut(value, MAX_QUOTED).len() == value.len()
        && !value.contains(char::is_control)
}

/// An id or a class.
fn named(sign: char, attribute: &str, name: &str) -> String {
    if is_identifier(name) {
        [&sign.to_string(), name].concat()
    } else {
        test(attribute, if sign == '.' { "~=" } else { "=" }, name)
    }
}

fn test(attribute: &str, how: &str, value: &str) -> String {
    ["[", attribute, how, "\"", &value.replace('\\', "\\\\").replace('"', "\\\""), "\"]"].concat()
}

fn is_identifier(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || !c.is_ascii();
    name.chars().all(is_part)
        && !name.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_lasting_name_comes_first_alone_and_inside_what_is_around() {
        let buy = "fcontrol\ttbutton\tAtype=submit\tCbtn\tCcss-1q2w3e\tHdata-testid=buy\tI:r5:\tashop\tlmain";
        assert_eq!(
            selectors(buy),
            [
                "button[data-testid=\"buy\"]",
                "#shop button[data-testid=\"buy\"]",
                "main button[data-testid=\"buy\"]",
                "button.btn",
                "#shop button.btn",
                "main button.btn",
                "button[type=\"submit\"]",
                "#shop button[type=\"submit\"]",
                "main button[type=\"submit\"]",
                "button",
                "#shop button",
                "main button",
            ]
        );
    }

    #[test]
    fn a_link_may_be_written_with_its_host() {
        assert_eq!(selectors("fcontrol\tta\tU/shop"), ["a[href=\"/shop\"]", "a[href$=\"/shop\"]", "a"]);
    }

    #[test]
    fn names_that_are_no_identifiers_are_quoted() {
        assert_eq!(selectors("fdiv\ttdiv\tIsize \"guide\""), ["[id=\"size \\\"guide\\\"\"]", "div"]);
        assert!(selectors("Tno observation").is_empty());
    }
}
