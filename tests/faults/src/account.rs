//! What became of everything made: one row a scenario, subject and browser.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What happened.
    pub scenario: &'static str,
    /// The tracker, and its version.
    pub subject: String,
    /// The browser, and its version.
    pub browser: String,
    /// What became of what was made.
    pub account: Account,
    /// What must be known to read the row.
    pub remark: String,
    /// What may explain it, when it is not clean; empty otherwise.
    pub explanation: String,
    /// How long it took.
    pub took: Duration,
}

/// What became of what was made. Events that nobody reported as made do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Calls of the tracker that returned.
    pub made: u64,
    /// Of these, how many are stored at least once.
    pub stored: u64,
    /// Copies stored beyond the first.
    pub duplicates: u64,
    /// Let go or refused, as the collector knows it, by reason.
    pub lost: BTreeMap<String, u64>,
}

impl Account {
    /// Compares what was made with how often each marker is stored.
    pub fn new(
        made: &BTreeSet<String>,
        stored: &BTreeMap<String, usize>,
        lost: BTreeMap<String, u64>,
    ) -> Self {
        let copies: Vec<u64> =
            made.iter().filter_map(|marker| stored.get(marker)).map(|&copies| copies as u64).collect();
        Self {
            made: made.len() as u64,
            stored: copies.len() as u64,
            duplicates: copies.iter().map(|copies| copies - 1).sum(),
            lost,
        }
    }

    /// How many were let go with a reason.
    pub fn lost_with_a_reason(&self) -> u64 {
        self.lost.values().sum()
    }

    /// How many nobody knows anything about.
    pub fn lost_silently(&self) -> u64 {
        self.made.saturating_sub(self.stored + self.lost_with_a_reason())
    }

    /// Whether everything made ended exactly once: stored, or lost with a reason.
    pub fn is_clean(&self) -> bool {
        self.duplicates == 0 && self.made == self.stored + self.lost_with_a_reason()
    }
}

/// How often each marker is stored, of everything found in the sites: `(site, marker)`. In another site than its page's an
/// event is as good as lost, or a copy too many if it is in its own as well.
pub fn copies(found: &[(&str, String)]) -> BTreeMap<String, usize> {
    let is_astray = |(site, marker): &&(&str, String)| !marker.contains(&format!("-{site}-"));
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for (_, marker) in found.iter().filter(|found| !is_astray(found)) {
        *copies.entry(marker.clone()).or_default() += 1;
    }
    for (_, marker) in found.iter().filter(is_astray) {
        copies.entry(marker.clone()).and_modify(|copies| *copies += 1);
    }
    copies
}

/// The rows as Markdown: a table, and below it what explains the rows that are not clean.
pub fn report(rows: &[Row]) -> String {
    let mut out = table(rows);
    for row in rows.iter().filter(|row| !row.explanation.is_empty()) {
        out += &note(&format!("{}, {}, {}", row.scenario, row.subject, row.browser), &row.explanation);
    }
    out
}

/// A heading and a text as it is, as Markdown.
pub fn note(heading: &str, text: &str) -> String {
    format!("\n**{heading}**\n\n```text\n{}\n```\n", text.trim_end())
}

/// The rows as a Markdown table.
pub fn table(rows: &[Row]) -> String {
    let mut out = String::from(
        "| scenario | subject | browser | made | stored once | duplicates stored | lost with a reason | lost silently | remarks |\n\
         |---|---|---|--:|--:|--:|--:|--:|---|\n",
    );
    for row in rows {
        let account = &row.account;
        let reasons: Vec<String> = account.lost.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
        let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {}{reasons} | {} | {} |",
            row.scenario,
            row.subject,
            row.browser,
            account.made,
            account.stored,
            account.duplicates,
            account.lost_with_a_reason(),
            account.lost_silently(),
            row.remark,
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markers(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_is_made_is_stored_once_doubled_lost_or_missing() {
        let stored = [("a".to_owned(), 1), ("b".to_owned(), 3), ("stranger".to_owned(), 1)].into();
        let lost = [("too_old".to_owned(), 1)].into();

        let account = Account::new(&markers(&["a", "b", "c", "d"]), &stored, lost);

        assert_eq!((account.made, account.stored, account.duplicates), (4, 2, 2));
        assert_eq!((account.lost_with_a_reason(), account.lost_silently()), (1, 1));
        assert!(!account.is_clean());
    }

    #[test]
    fn what_is_stored_in_another_site_is_missing_in_its_own_or_a_copy() {
        let found = [("a", "x-a-1"), ("b", "x-b-1"), ("b", "x-a-2"), ("b", "x-a-1")];

        let copies = copies(&found.map(|(site, marker)| (site, marker.to_owned())));

        assert_eq!(copies, [("x-a-1".to_owned(), 2), ("x-b-1".to_owned(), 1)].into());
    }

    #[test]
    fn an_account_is_clean_when_the_columns_add_up() {
        let stored = [("a".to_owned(), 1)].into();

        assert!(Account::new(&markers(&["a"]), &stored, BTreeMap::new()).is_clean());
        assert!(!Account::new(&markers(&["a"]), &stored, [("too_old".to_owned(), 1)].into()).is_clean());
        assert!(!Account::new(&markers(&["a", "b"]), &stored, BTreeMap::new()).is_clean());
    }
}
