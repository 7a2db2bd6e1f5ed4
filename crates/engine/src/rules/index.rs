//! The rules of one page, each filed under the rarest token of its selector.

use pugmark_protocol::compiled::{ALTERNATIVE, LINE, PART, kind};

use super::{PLACES, concerns};

/// A hash of a part that a path must have. Two parts with one hash cost a comparison, never a wrong match.
type Token = u32;

/// The token of what asks for nothing that could be looked up, such as `:not(.a)`. No part has it.
const ANY: Token = 0x811c_9dc5;

/// Which rules to look at, by token.
#[derive(Debug)]
pub(super) struct Index {
    /// The page.
    pub(super) url: String,
    /// What the edge is to report of each element: names of attributes, and [`PLACES`].
    pub(super) interests: String,
    /// From where to where the rules stand in the text of all.
    rules: Vec<(usize, usize)>,
    filed: Vec<Filed>,
    /// By the [`place`] of a token, the number of the first that is filed there, from 1.
    heads: Vec<u32>,
}

#[derive(Debug)]
struct Filed {
    token: Token,
    rule: usize,
    /// The number of the next one in the same place; zero after the last.
    next: u32,
}

impl Index {
    /// Files those rules in `text` that are about clicks on the page at `url`.
    pub(super) fn build(text: &str, url: &str) -> Self {
        let mut index = Self {
            url: url.to_owned(),
            interests: String::new(),
            rules: Vec::new(),
            filed: Vec::new(),
            heads: Vec::new(),
        };
        let mut start = 0;
        for line in text.split(LINE) {
            let end = start + line.len();
            if line.starts_with('c') && concerns(line, url) && index.understands(line) {
                index.rules.push((start, end));
            }
            start = end + 1;
        }
        index.file(text);
        index
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules that a click along `path` may fulfil, each once, in their order.
    pub(super) fn candidates<'a>(&self, text: &'a str, path: &str) -> Vec<&'a str> {
        let mut found = Vec::new();
        self.look_up(ANY, &mut found);
        let mut token = ANY;
        for byte in path.bytes().chain([b'\n']) {
            // What stands before a "=" is an attribute's name.
            if matches!(byte, b'=' | b'\t' | b'\n') {
                self.look_up(token, &mut found);
            }
            token = if matches!(byte, b'\t' | b'\n') { ANY } else { hash(token, byte) };
        }
        found.iter().filter_map(|rule| self.line(text, *rule)).collect()
    }

    fn line<'a>(&self, text: &'a str, rule: usize) -> Option<&'a str> {
        let (start, end) = *self.rules.get(rule)?;
        text.get(start..end)
    }

    /// Whether every part of a rule is of a kind that is known. Notes what its selector wants to know of elements.
    fn understands(&mut self, line: &str) -> bool {
        line.split([ALTERNATIVE, PART]).skip(1).all(|part| {
            let interest = match kind(part.strip_prefix('!').unwrap_or(part)) {
                ('[' | '?' | '^' | '$' | '*' | '~' | '|', test) => before_equals(test),
                (':' | '/', _) => PLACES,
                ('@' | '"' | '<' | '#' | '.' | '>' | ' ', _) => return true,
                _ => return part.is_empty(),
            };
            if !self.interests.split(PART).any(|known| known == interest) {
                self.interests.push(PART);
                self.interests.push_str(interest);
            }
            true
        })
    }

    fn file(&mut self, text: &str) {
        let size = (4 * self.rules.len()).next_power_of_two();
        self.heads = vec![0; size];
        // How often a token is asked for. Some share a place and look more frequent than they are; there is room enough
        // that they are few.
        let mut counts = vec![0_u32; size];
        let lines: Vec<&str> = (0..self.rules.len()).filter_map(|rule| self.line(text, rule)).collect();
        for line in &lines {
            each_token(line, &mut |token| {
                if let Some(count) = token.and_then(|token| counts.get_mut(place(token, size))) {
                    *count += 1;
                }
            });
        }
        // The last first, so that each place has its rules in their order.
        for (rule, line) in lines.iter().enumerate().rev() {
            let (mut rarest, mut least) = (ANY, u32::MAX);
            each_token(line, &mut |token| match token {
                Some(token) => {
                    let count = counts.get(place(token, size)).copied().unwrap_or_default();
                    if count < least {
                        (rarest, least) = (token, count);
                    }
                }
                None => {
                    if let Some(head) = self.heads.get_mut(place(rarest, size)) {
                        self.filed.push(Filed { token: rarest, rule, next: *head });
                        *head = self.filed.len() as u32;
                    }
                    (rarest, least) = (ANY, u32::MAX);
                }
            });
        }
    }

    fn look_up(&self, token: Token, found: &mut Vec<usize>) {
        let place = place(token, self.heads.len());
        let mut number = self.heads.get(place).copied().unwrap_or_default();
        while let Some(filed) = self.filed.get((number as usize).wrapping_sub(1)) {
            if filed.token == token
                && let Err(place) = found.binary_search(&filed.rule)
            {
                found.insert(place, filed.rule);
            }
            number = filed.next;
        }
    }
}

/// Calls `each` with the tokens that an alternative of a rule asks for, and with none where the alternative ends.
fn each_token(line: &str, each: &mut dyn FnMut(Option<Token>)) {
    for alternative in line.split(ALTERNATIVE).skip(1) {
        for part in alternative.split(PART) {
            match kind(part) {
                ('<' | '#' | '.' | '[' | ':' | '/', _) => each(Some(token(ANY, part))),
                ('?' | '^' | '$' | '*' | '~' | '|', test) => {
                    each(Some(token(hash(ANY, b'['), before_equals(test))));
                }
                _ => {}
            }
        }
        each(None);
    }
}

/// The place of a token among so many, a power of two. The last bits alone are not mixed well.
fn place(token: Token, size: usize) -> usize {
    (token ^ token >> 15) as usize & (size - 1)
}

fn before_equals(test: &str) -> &str {
    test.split_once('=').map_or(test, |(name, _)| name)
}

fn token(begun: Token, text: &str) -> Token {
    text.bytes().fold(begun, hash)
}

/// One step of FNV-1a.
fn hash(begun: Token, byte: u8) -> Token {
    (begun ^ Token::from(byte)).wrapping_mul(0x0100_0193)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_looks_at_hardly_any_rules_but_those_whose_rarest_token_it_brings() {
        let lines: Vec<String> =
            (0..1000).map(|i| format!("citem_{i}\r#item-{i}\t \t.card\t \t<main")).collect();
        let text = lines.join("\n");
        let index = Index::build(&text, "https://x.example/");

        let path = "<main\t#item-7\t.card\n<main\t#other\t.card";
        let candidates = index.candidates(&text, path);
        assert!(candidates.contains(&lines[7].as_str()) && candidates.len() < 5, "{candidates:?}");
    }

    #[test]
    fn rules_of_other_pages_do_not_enter() {
        let text = "cone\t@=/one\r#buy\nctwo\t@=/two\r[data-x=1\ncall\r.buy\t!:2\nvview\t@=/one";
        let index = |url| Index::build(text, url);

        let one = index("https://x.example/one");
        assert_eq!(one.candidates(text, "<a\t#buy\t.buy"), ["cone\t@=/one\r#buy", "call\r.buy\t!:2"]);
        assert_eq!(one.interests, "\t:");
        assert_eq!(index("https://x.example/two").interests, "\tdata-x\t:");
    }

    #[test]
    fn what_a_newer_collector_may_say_is_passed_over() {
        for line in ["cname\r<a\t&b", "cname\t&b\r<a", "cname\r<a\t!&b", "fname\r<a", "", "cname\r<a\t!!.b"] {
            assert!(Index::build(line, "https://x.example/").is_empty(), "{line}");
        }
    }
}
