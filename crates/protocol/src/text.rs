//! Text measured the way browsers measure it: in UTF-16 code units.

/// Cuts `text` to at most `max` UTF-16 code units, never through a surrogate pair.
///
/// ```
/// use pugmark_protocol::text::cut;
///
/// assert_eq!(cut("signed up", 6), "signed");
/// assert_eq!(cut("🐾🐾", 3), "🐾");
/// ```
pub fn cut(text: &str, max: usize) -> &str {
    // A code unit takes at least one byte, so short texts need no counting.
    if text.len() <= max {
        return text;
    }
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > max {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}

/// How many UTF-16 code units `text` has: JavaScript's `length`.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Whether `part` stands somewhere in `text`. By hand: the standard search is clever, and 3 KB of wasm.
///
/// ```
/// use pugmark_protocol::text::contains;
///
/// assert!(contains("page_url", "url"));
/// assert!(contains("anything", ""));
/// ```
pub fn contains(text: &str, part: &str) -> bool {
    part.is_empty() || text.as_bytes().windows(part.len()).any(|window| window == part.as_bytes())
}

/// Appends a number in decimal. By hand: the standard formatting costs a kilobyte of wasm.
pub fn push_decimal(out: &mut String, number: u64) {
    if number >= 10 {
        push_decimal(out, number / 10);
    }
    out.extend(char::from_digit((number % 10) as u32, 10));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_exactly_the_limit_is_left_alone() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("🐾a", 3), "🐾a");
    }

    #[test]
    fn one_unit_more_is_cut() {
        assert_eq!(cut("abcd", 3), "abc");
        assert_eq!(cut("äöüä", 3), "äöü");
    }

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 9, 10, 1_795_430_400_000, u64::MAX] {
            let mut out = String::new();
            push_decimal(&mut out, number);
            assert_eq!(out, number.to_string());
        }
    }

    #[test]
    fn a_surrogate_pair_is_kept_whole_or_dropped_whole() {
        assert_eq!(cut("ab🐾", 3), "ab");
        assert_eq!(cut("ab🐾", 4), "ab🐾");
    }
}
