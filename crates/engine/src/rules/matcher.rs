//! Whether a compiled selector selects an element of a click's path. Both are read as they are: see
//! [`pugmark_protocol::compiled`].

use pugmark_protocol::compiled::{ALTERNATIVE, PART, accepts, kind};
use pugmark_protocol::fingerprint::FAMILY;

/// Whether the selector of a rule selects the element at `place`.
pub(super) fn selects(line: &str, path: &[&str], place: usize) -> bool {
    let mut alternatives = line.split(ALTERNATIVE).skip(1);
    alternatives.any(|alternative| stands(alternative, path, place) == Standing::Here)
}

/// What was observed of an element for fingerprints; empty if nothing was.
pub(super) fn observed(element: &str) -> &str {
    let mut rest = element;
    while !rest.starts_with(FAMILY) {
        rest = rest.split_once(PART).map_or("", |(_, further)| further);
        if rest.is_empty() {
            break;
        }
    }
    rest
}

/// Where what was looked for stands.
#[derive(PartialEq, Eq)]
enum Standing {
    Here,
    NotHere,
    /// Nor further out: whoever has tried one ancestor need not try the next.
    Nowhere,
}

/// Whether what `parts` ask for stands at `place` and around it.
fn stands(parts: &str, path: &[&str], place: usize) -> Standing {
    let Some(element) = path.get(place) else { return Standing::Nowhere };
    let mut rest = parts;
    while !rest.is_empty() {
        let (part, further) = rest.split_once(PART).unwrap_or((rest, ""));
        rest = further;
        match part {
            ">" => return stands(rest, path, place + 1),
            " " => {
                for outer in place + 1..path.len() {
                    let standing = stands(rest, path, outer);
                    if standing != Standing::NotHere {
                        return standing;
                    }
                }
                return Standing::Nowhere;
            }
            part if !has(element, part) => return Standing::NotHere,
            _ => {}
        }
    }
    Standing::Here
}

/// Whether an element fulfils a condition.
fn has(element: &str, condition: &str) -> bool {
    let (how, wanted) = kind(condition);
    if how == '!' {
        return !has(element, wanted);
    }
    element.split(PART).any(|part| part == condition || is_attribute(part, how, wanted))
}

/// Whether a part of an element is the attribute of which a condition speaks, and its value fits.
fn is_attribute(part: &str, how: char, condition: &str) -> bool {
    let Some((name, value)) = part.strip_prefix('[').and_then(|part| part.split_once('=')) else {
        return false;
    };
    condition
        .split_once('=')
        .is_some_and(|(wanted_name, wanted)| wanted_name == name && accepts(how, wanted, value))
}
