//! The rules of one page: each selector filed under its rarest token, each fingerprint under every signal.

use pugmark_protocol::compiled::{ALTERNATIVE, LINE, PART, kind};
use pugmark_protocol::fingerprint::{FAMILY, Likeness, family, is_fingerprint, weighted};

use super::{FAMILIES, PLACES, concerns};

/// A hash of a part that a path must have. Two parts with one hash cost a comparison, never a wrong match.
type Token = u32;

/// The token of what asks for nothing that could be looked up, such as `:not(.a)`. No part has it.
const ANY: Token = 0x811c_9dc5;

/// Which rules to look at, by token.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The page.
    pub(super) url: String,
    /// What the edge is to report of each element: names of attributes, [`PLACES`], and families after [`FAMILIES`], each
    /// after a tab.
    pub(super) interests: String,
    filed: Vec<Filed>,
    /// By the [`place`] of a token, the number of the first that is filed there, from 1.
    heads: Vec<usize>,
    fingerprints: Vec<Scored>,
    /// What their signals add to their scores, by the [`place`] of their tokens.
    signals: Vec<Adds>,
    /// Where in `signals` those of each place end, and so those of the next begin.
    ends: Vec<u32>,
}

/// A rule by fingerprint.
#[derive(Debug)]
struct Scored {
    /// Where the rule's line begins in the text.
    start: usize,
    threshold: u32,
}

/// What a token of an element adds to the score of one fingerprint.
#[derive(Clone, Copy, Debug, Default)]
struct Adds {
    token: Token,
    fingerprint: u32,
    /// The weight, with [`OF_FAMILY`] or [`OWN`].
    weight: u32,
}

/// Stands in a score when the element is of the family, and when a signal of the element itself is so. Weights stay far
/// below.
const OF_FAMILY: u32 = 1 << 30;
const OWN: u32 = 1 << 31;

#[derive(Debug)]
struct Filed {
    token: Token,
    /// Where the rule's line begins in the text.
    start: usize,
    /// The number of the next one in the same place; zero after the last.
    next: usize,
}

impl Index {
    /// Files those rules in `text` that are about clicks on the page at `url`.
    pub(super) fn build(text: &str, url: &str) -> Self {
        let mut index = Self { url: url.to_owned(), ..Self::default() };
        let mut asked = Vec::new();
        let mut start = 0;
        for line in text.split(LINE) {
            let before = asked.len();
            if line.starts_with('c') && concerns(line, url) && !index.understands(line, start, &mut asked) {
                asked.truncate(before);
            }
            start += line.len() + 1;
        }
        index.file(&asked);
        index
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.filed.is_empty() && self.fingerprints.is_empty()
    }

    /// Where the rules begin that a click along `path` may fulfil, each once, in their order.
    pub(super) fn candidates(&self, path: &str) -> Vec<usize> {
        let mut found = Vec::new();
        self.look_up(ANY, &mut found);
        let mut token = ANY;
        for byte in path.bytes().chain([b'\n']) {
            let ends = matches!(byte, b'\t' | b'\n');
            // What stands before a "=" is an attribute's name.
            if ends || byte == b'=' {
                self.look_up(token, &mut found);
            }
            token = if ends { ANY } else { hash(token, byte) };
        }
        found
    }

    /// Notes what the selector of a rule asks for, each alternative after [`ANY`], and what it wants to know of elements.
    /// Says whether all its parts are of kinds that are known.
    fn understands(&mut self, line: &str, start: usize, asked: &mut Vec<(Token, usize)>) -> bool {
        for (number, alternative) in line.split(ALTERNATIVE).enumerate() {
            if number > 0 {
                asked.push((ANY, start));
            }
            if is_fingerprint(alternative) {
                asked.pop();
                self.wants(&[FAMILIES, family(alternative)].concat());
                self.score(alternative, start);
                continue;
            }
            for part in alternative.split(PART) {
                let positive = part.strip_prefix('!').unwrap_or(part);
                let (how, value) = kind(positive);
                let mut token = token(ANY, part);
                match how {
                    '<' | '#' | '.' => {}
                    ':' | '/' => self.wants(PLACES),
                    '[' => self.wants(name_of(value)),
                    '?' | '^' | '$' | '*' | '~' | '|' => {
                        self.wants(name_of(value));
                        token = token_of_name(name_of(value));
                    }
                    'c' | '@' | '"' | '>' | ' ' | PART => continue,
                    _ => return false,
                }
                if positive.len() == part.len() {
                    asked.push((token, start));
                }
            }
        }
        true
    }

    /// Files the signals of a fingerprint.
    fn score(&mut self, compiled: &str, start: usize) {
        let fingerprint = self.fingerprints.len() as u32;
        let (threshold, _) = weighted(compiled);
        self.fingerprints.push(Scored { start, threshold });
        for part in compiled.split(PART).skip(1) {
            let (weight, signal) = weighted(part);
            let flag = match kind(signal).0 {
                FAMILY => OF_FAMILY,
                'A'..='Z' => OWN,
                _ => 0,
            };
            let token = token(ANY, signal);
            self.signals.push(Adds { token, fingerprint, weight: weight | flag });
        }
    }

    /// The fingerprints that an observed element may fulfil or come near to, each with where its rule begins. Two tokens
    /// with one hash may have raised a score.
    pub(super) fn scores(&self, observed: &str) -> Vec<(usize, Likeness)> {
        let mut scores = vec![0_u32; self.fingerprints.len()];
        for part in observed.split(PART) {
            let token = token(ANY, part);
            let place = place(token, self.ends.len());
            let start = self.ends.get(place.wrapping_sub(1)).copied().unwrap_or_default() as usize;
            let end = self.ends.get(place).copied().unwrap_or_default() as usize;
            for adds in self.signals.get(start..end).unwrap_or_default() {
                if adds.token == token
                    && let Some(score) = scores.get_mut(adds.fingerprint as usize)
                {
                    let flags = adds.weight & (OWN | OF_FAMILY);
                    *score = score.wrapping_add(adds.weight ^ flags) | flags;
                }
            }
        }
        let mut found = Vec::new();
        for (score, Scored { start, threshold }) in scores.into_iter().zip(&self.fingerprints) {
            let likeness = Likeness { score: score & !(OWN | OF_FAMILY), threshold: *threshold };
            let is_possible = score >= OWN | OF_FAMILY;
            if is_possible && (likeness.is_meant() || likeness.is_near()) {
                found.push((*start, likeness));
            }
        }
        found
    }

    fn wants(&mut self, interest: &str) {
        if !self.interests.split(PART).any(|known| known == interest) {
            self.interests.push(PART);
            self.interests.push_str(interest);
        }
    }

    fn file(&mut self, asked: &[(Token, usize)]) {
        self.sort_signals();
        let size = asked.len().next_power_of_two();
        self.heads = vec![0; size];
        // Some tokens share a place and look more frequent than they are; there is room enough that they are few.
        let mut counts = vec![0_u32; size];
        for (token, _) in asked {
            if let Some(count) = counts.get_mut(place(*token, size)) {
                *count += 1;
            }
        }
        let (mut rarest, mut least) = (ANY, u32::MAX);
        // The last first, so that each place has its rules in their order, and what was noted after `ANY` comes before it.
        for &(token, start) in asked.iter().rev() {
            if token != ANY {
                let count = counts.get(place(token, size)).copied().unwrap_or_default();
                if count < least {
                    (rarest, least) = (token, count);
                }
            } else if let Some(head) = self.heads.get_mut(place(rarest, size)) {
                self.filed.push(Filed { token: rarest, start, next: *head });
                *head = self.filed.len();
                (rarest, least) = (ANY, u32::MAX);
            }
        }
    }

    /// Puts the signals of one place beside each other: a click reads them in one go.
    fn sort_signals(&mut self) {
        let size = self.signals.len().next_power_of_two();
        let mut ends = vec![0_u32; size];
        for adds in &self.signals {
            if let Some(count) = ends.get_mut(place(adds.token, size)) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum - *end;
        }
        // Each is where its place begins now, and moves on to where it ends.
        let mut sorted = vec![Adds::default(); self.signals.len()];
        for adds in &self.signals {
            if let Some(at) = ends.get_mut(place(adds.token, size)) {
                if let Some(slot) = sorted.get_mut(*at as usize) {
                    *slot = *adds;
                }
                *at += 1;
            }
        }
        (self.signals, self.ends) = (sorted, ends);
    }

    fn look_up(&self, token: Token, found: &mut Vec<usize>) {
        let mut number = self.heads.get(place(token, self.heads.len())).copied().unwrap_or_default();
        while let Some(filed) = self.filed.get(number.wrapping_sub(1)) {
            if filed.token == token
                && let Err(place) = found.binary_search(&filed.start)
            {
                found.insert(place, filed.start);
            }
            number = filed.next;
        }
    }
}

/// The place of a token among so many, a power of two. The last bits alone are not mixed well.
fn place(token: Token, size: usize) -> usize {
    (token ^ token >> 15) as usize & size.wrapping_sub(1)
}

/// The name in `name=value`.
fn name_of(test: &str) -> &str {
    test.split_once('=').map_or(test, |(name, _)| name)
}

fn token_of_name(name: &str) -> Token {
    token(hash(ANY, b'['), name)
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
        let candidates = index.candidates(path);
        let seventh = text.find(&lines[7]).expect("is there");
        assert!(candidates.contains(&seventh) && candidates.len() < 5, "{candidates:?}");
    }

    #[test]
    fn rules_of_other_pages_do_not_enter() {
        let text = "cone\t@=/one\r#buy\nctwo\t@=/two\r[data-x=1\ncall\r.buy\t!:2\nvview\t@=/one";
        let index = |url| Index::build(text, url);

        let one = index("https://x.example/one");
        assert_eq!(one.candidates("<a\t#buy\t.buy"), [0, text.find("call").expect("is there")]);
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
