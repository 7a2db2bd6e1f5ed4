//! Page patterns: which addresses a definition is about, in the words a marketer would use.

use crate::compiled::accepts;

/// One pattern for the address of a page.
///
/// A value that starts with `/` is compared with the path, every other with the whole address. Query and fragment
/// are ignored unless the value names them with `?` or `#`. One slash at the end makes no difference to
/// [`Match::Exact`] and [`Match::Wildcard`]. [`is_meant`] compares.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PagePattern {
    /// How to compare.
    #[cfg_attr(feature = "serde", serde(rename = "match"))]
    pub kind: Match,
    /// What to compare with.
    pub value: String,
}

/// How a text is compared with a pattern's value. Upper and lower case differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Match {
    /// The same from end to end.
    Exact,
    /// `*` stands for any run of characters, also none.
    Wildcard,
    /// The value occurs somewhere.
    Contains,
    /// The text starts with the value.
    Prefix,
}

impl Match {
    /// The sign by which [`accepts`] knows it.
    pub fn sign(self) -> char {
        match self {
            Self::Exact => '=',
            Self::Wildcard => '%',
            Self::Contains => '*',
            Self::Prefix => '^',
        }
    }
}

/// Whether the page at `url` (absolute, as `location.href` gives it) is one that `value` speaks of, compared in the way
/// that `how` says: the sign of a [`Match`].
pub fn is_meant(how: char, value: &str, url: &str) -> bool {
    let address = comparable(value, url);
    match how {
        // A `*` behind the last slash stands for nothing, too: as it is written, `/shop/*` fits `/shop/`.
        '%' if accepts(how, value, address) => true,
        '=' | '%' => accepts(how, without_last_slash(value), without_last_slash(address)),
        _ => accepts(how, value, address),
    }
}

impl PagePattern {
    /// Checks a pattern that somebody wrote.
    ///
    /// # Errors
    ///
    /// A sentence that says what to change.
    pub fn check(&self) -> Result<(), String> {
        let anchored = ["/", "*", "http://", "https://"].iter().any(|start| self.value.starts_with(start));
        if self.value.is_empty() {
            Err("a page pattern needs a value".to_owned())
        } else if anchored || self.kind == Match::Contains {
            Ok(())
        } else {
            Err(format!(
                "the page pattern \"{}\" can never match: start it with / for a path, * or https://",
                self.value
            ))
        }
    }
}

/// The part of `url` that `value` speaks of.
fn comparable<'a>(value: &str, url: &'a str) -> &'a str {
    let mut url = url;
    if !value.contains('#') {
        url = before(url, '#');
        if !value.contains('?') {
            url = before(url, '?');
        }
    }
    if value.starts_with('/') { path_of(url) } else { url }
}

fn before(text: &str, mark: char) -> &str {
    text.split_once(mark).map_or(text, |(before, _)| before)
}

/// The path of an absolute address, with query and fragment where it has them; `/` where it has no path.
pub fn path_of(url: &str) -> &str {
    let Some(rest) = url.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//")) else { return url };
    rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/")
}

fn without_last_slash(text: &str) -> &str {
    match text.strip_suffix('/') {
        Some(shorter) if !shorter.is_empty() && !shorter.ends_with('/') => shorter,
        _ => text,
    }
}

/// Matches bytes, not characters: `*` is ASCII, so both come to the same. Linear but for the last `*` seen.
pub(crate) fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(&byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&wanted) if wanted == byte => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((after_star, taken)) = retry else { return false };
                retry = Some((after_star, taken + 1));
                p = after_star;
                t = taken + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(kind: Match, value: &str) -> PagePattern {
        PagePattern { kind, value: value.to_owned() }
    }

    #[test]
    fn patterns_match_the_pages_they_name() {
        use Match::{Contains, Exact, Prefix, Wildcard};
        let url = "https://shop.example/shop/boots/?size=42#reviews";

        for (kind, value, expected) in [
            (Exact, "/shop/boots/", true),
            (Exact, "/shop/boots", true),
            (Exact, "/shop", false),
            (Exact, "/shop/boots/?size=42", true),
            (Exact, "/shop/boots/?size=43", false),
            (Exact, "https://shop.example/shop/boots/", true),
            (Exact, "https://other.example/shop/boots/", false),
            (Exact, "/shop/boots/?size=42#reviews", true),
            (Wildcard, "/shop/*", true),
            (Wildcard, "/shop/boots/*", true),
            (Wildcard, "/shop/boots/?*", true),
            (Wildcard, "/*/boots", true),
            (Wildcard, "*", true),
            (Wildcard, "*.example/shop/*", true),
            (Wildcard, "/shop/*/laces", false),
            (Wildcard, "/shop/*?size=*", true),
            (Contains, "boots", true),
            (Contains, "size", false),
            (Contains, "?size", true),
            (Contains, "#reviews", true),
            (Prefix, "/shop", true),
            (Prefix, "/sho", true),
            (Prefix, "/boots", false),
            (Prefix, "https://shop.example/", true),
        ] {
            assert_eq!(is_meant(kind.sign(), value, url), expected, "{kind:?} {value}");
        }
    }

    #[test]
    fn the_home_page_is_a_slash() {
        for url in ["https://shop.example", "https://shop.example/", "https://shop.example/?utm_source=x"] {
            assert!(is_meant('=', "/", url), "{url}");
        }
        assert!(!is_meant('=', "/", "https://shop.example/a"));
    }

    #[test]
    fn a_wildcard_tries_later_places_too() {
        assert!(is_meant('%', "/*ab", "https://x/aab"));
        assert!(is_meant('%', "/a*b*c", "https://x/abbbc"));
        assert!(!is_meant('%', "/a*b*c", "https://x/abbb"));
    }

    #[test]
    fn a_pattern_that_can_never_match_is_refused() {
        assert!(pattern(Match::Exact, "/a").check().is_ok());
        assert!(pattern(Match::Contains, "a").check().is_ok());
        assert!(pattern(Match::Wildcard, "shop/*").check().unwrap_err().contains("start it with /"));
        assert!(pattern(Match::Exact, "").check().is_err());
    }
}
