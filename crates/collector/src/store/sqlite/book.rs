//! A tab's book: which of its numbers are stored, which are lost and why. A number below the highest that is in neither
//! is missing.
//!
//! Numbers and statements come from the web, where anybody can make them up; so a book has a size it cannot outgrow
//! ([`MAX_NUMBER`], [`MAX_RANGES`]), and what does not fit changes nothing about what is stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Highest number that is booked; an event past it is stored without a place in the book, a loss past it is ignored.
///
/// A tab that sends one event a second gets there after a day. It bounds what a forged number can make appear
/// missing. Judgement (November 2026).
pub(super) const MAX_NUMBER: u64 = 100_000;

/// Most ranges of one book. An honest tab has a handful: what makes room in a journal is always the oldest.
/// Judgement (November 2026).
pub(super) const MAX_RANGES: usize = 256;

/// First and last number, and why they are lost; `None` when they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Range(u64, u64, Option<String>);

/// Ranges in ascending order that do not overlap; two that touch differ in their fate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Book(Vec<Range>);

/// What a book says, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// The highest number.
    pub(super) highest: u64,
    /// How many numbers are stored.
    pub(super) stored: u64,
    /// How many are lost, by reason.
    pub(super) lost: BTreeMap<String, u64>,
}

impl Book {
    /// Enters an event as stored, also where it was called lost before: what is stored was not lost, whatever was
    /// said. `false` if its number has no place in the book or is taken by another stored event.
    pub(super) fn store(&mut self, number: u64) -> bool {
        if number == 0 || number > MAX_NUMBER {
            return false;
        }
        // The ordinary case: the next one.
        if let Some(Range(_, last, None)) = self.0.last_mut()
            && *last + 1 == number
        {
            *last = number;
            return true;
        }
        match self.0.iter().position(|range| (range.0..=range.1).contains(&number)) {
            Some(at) if self.0[at].2.is_none() => false,
            Some(at) => self.become_if_small(self.without(at, number).filled(number, number, None)),
            None => self.become_if_small(self.filled(number, number, None)),
        }
    }

    /// Enters numbers as lost, as far as they are neither stored nor lost already: the first statement stands.
    pub(super) fn lose(&mut self, first: u64, last: u64, reason: &str) {
        let last = last.min(MAX_NUMBER);
        if first > 0 && first <= last {
            self.become_if_small(self.filled(first, last, Some(reason)));
        }
    }

    /// The book in numbers.
    pub(super) fn sums(&self) -> Sums {
        let mut sums = Sums { highest: self.0.last().map_or(0, |range| range.1), ..Sums::default() };
        for Range(first, last, lost) in &self.0 {
            let n = last - first + 1;
            match lost {
                None => sums.stored += n,
                Some(reason) => *sums.lost.entry(reason.clone()).or_default() += n,
            }
        }
        sums
    }

    /// With the holes within `first..=last` filled.
    fn filled(&self, first: u64, last: u64, lost: Option<&str>) -> Self {
        let mut book = Self(Vec::with_capacity(self.0.len() + 2));
        let mut from = first;
        for range in &self.0 {
            let to = last.min(range.0 - 1);
            if from <= to {
                book.push(Range(from, to, lost.map(str::to_owned)));
            }
            book.push(range.clone());
            from = from.max(range.1 + 1);
        }
        if from <= last {
            book.push(Range(from, last, lost.map(str::to_owned)));
        }
        book
    }

    /// With a hole in place of `number`, which is in the range at `at`.
    fn without(&self, at: usize, number: u64) -> Self {
        let Range(first, last, lost) = self.0[at].clone();
        let mut ranges = self.0.clone();
        let parts = [Range(first, number - 1, lost.clone()), Range(number + 1, last, lost)];
        ranges.splice(at..=at, parts.into_iter().filter(|part| part.0 <= part.1));
        Self(ranges)
    }

    /// Appends a range, joining it with the last one where they touch and share their fate.
    fn push(&mut self, range: Range) {
        match self.0.last_mut() {
            Some(last) if last.1 + 1 == range.0 && last.2 == range.2 => last.1 = range.1,
            _ => self.0.push(range),
        }
    }

    fn become_if_small(&mut self, next: Self) -> bool {
        let is_small = next.0.len() <= MAX_RANGES;
        if is_small {
            *self = next;
        }
        is_small
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn sums(highest: u64, stored: u64, lost: &[(&str, u64)]) -> Sums {
        Sums { highest, stored, lost: lost.iter().map(|&(reason, n)| (reason.to_owned(), n)).collect() }
    }

    #[test]
    fn what_is_neither_stored_nor_lost_is_missing() {
        let mut book = Book::default();
        for number in [1, 2, 3, 7] {
            assert!(book.store(number));
        }
        book.lose(4, 5, "outbox_full");

        assert_eq!(book.sums(), sums(7, 4, &[("outbox_full", 2)]));
    }

    #[test]
    fn a_statement_said_twice_or_in_parts_counts_once() {
        let mut book = Book::default();
        for (first, last) in [(3, 7), (3, 7), (5, 9), (1, 4), (9, 9)] {
            book.lose(first, last, "too_old");
        }
        book.lose(1, 20, "refused");

        assert_eq!(book.sums(), sums(20, 0, &[("too_old", 9), ("refused", 11)]));
    }

    #[test]
    fn what_is_stored_was_not_lost_whichever_came_first() {
        let mut book = Book::default();
        book.lose(1, 5, "too_old");
        assert!(book.store(3));
        book.lose(1, 5, "refused");
        assert!(!book.store(3), "the number is taken");

        assert_eq!(book.sums(), sums(5, 1, &[("too_old", 4)]));
    }

    #[test]
    fn forged_numbers_and_statements_do_no_harm() {
        let mut book = Book::default();
        for number in [0, MAX_NUMBER + 1, u64::MAX] {
            assert!(!book.store(number));
        }
        for (first, last) in [(0, 5), (7, 3), (MAX_NUMBER + 1, u64::MAX), (u64::MAX, 1)] {
            book.lose(first, last, "too_old");
        }
        assert_eq!(book, Book::default());

        book.lose(1, 1 << 63, "too_old");
        assert_eq!(book.sums(), sums(MAX_NUMBER, 0, &[("too_old", MAX_NUMBER)]));
    }

    #[test]
    fn a_book_full_of_holes_grows_no_further_and_still_takes_the_next() {
        let mut book = Book::default();
        for number in 1..10_000 {
            book.store(2 * number);
        }
        book.lose(1, 9_999, "too_old");
        assert_eq!(book.0.len(), MAX_RANGES);

        let highest = book.sums().highest;
        assert!(book.store(highest + 1), "it goes on where it stands");
    }

    proptest! {
        /// The slow and obvious way: a fate for each number.
        #[test]
        fn the_ranges_agree_with_a_map_of_numbers(
            steps in prop::collection::vec((1..60_u64, 0..12_u64, 0..4_usize), 0..60),
        ) {
            let mut book = Book::default();
            let mut map: BTreeMap<u64, Option<&str>> = BTreeMap::new();
            for (first, more, what) in steps {
                match ["too_old", "refused"].get(what) {
                    Some(reason) => {
                        book.lose(first, first + more, reason);
                        for number in first..=first + more {
                            map.entry(number).or_insert(Some(reason));
                        }
                    }
                    None => {
                        let taken = map.insert(first, None) == Some(None);
                        prop_assert_eq!(book.store(first), !taken);
                    }
                }
                let is_tidy = book.0.windows(2).all(|pair| {
                    pair[0].1 < pair[1].0 && (pair[0].1 + 1 < pair[1].0 || pair[0].2 != pair[1].2)
                });
                prop_assert!(is_tidy);
            }

            let mut expected = Sums { highest: map.keys().max().copied().unwrap_or(0), ..Sums::default() };
            for lost in map.values() {
                match lost {
                    None => expected.stored += 1,
                    Some(reason) => *expected.lost.entry((*reason).to_owned()).or_default() += 1,
                }
            }
            prop_assert_eq!(book.sums(), expected);
            let text = serde_json::to_string(&book).expect("is plain data");
            prop_assert_eq!(serde_json::from_str::<Book>(&text).expect("comes back"), book);
        }
    }
}
