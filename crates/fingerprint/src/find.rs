//! How an element is found again.

use crate::make::{Fingerprint, Mask, Places, Signal, WHOLE, mask};
use crate::observe::{family, observe};
use crate::page::{ElementId, Page};
use crate::signal::Token;

/// Of an element below the threshold it is worth telling that it comes near, from this share of the threshold, in
/// hundredths.
const NEAR: u32 = 60;

/// What was found on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// One element reaches the threshold.
    Found(Candidate),
    /// Several do, best first. That is as it should be if the fingerprint is of several that are
    /// [alike](Fingerprint::alike).
    Ambiguous(Vec<Candidate>),
    /// None does; this one comes nearest.
    Weak(Candidate),
    /// Nothing comes near.
    None,
}

/// An element that may be meant, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub element: ElementId,
    /// The weight of the signals that are so of it.
    pub score: u32,
    mask: Mask,
}

impl Candidate {
    /// The signals that are so of it.
    pub fn matching<'f>(&self, fingerprint: &'f Fingerprint) -> impl Iterator<Item = &'f Signal> {
        signals(fingerprint, self.mask)
    }

    /// The signals that are not: what the near miss lacks.
    pub fn missing<'f>(&self, fingerprint: &'f Fingerprint) -> impl Iterator<Item = &'f Signal> {
        signals(fingerprint, !self.mask)
    }
}

fn signals(fingerprint: &Fingerprint, mask: Mask) -> impl Iterator<Item = &Signal> {
    fingerprint
        .signals
        .iter()
        .take(Mask::BITS as usize)
        .enumerate()
        .filter(move |(place, _)| mask & 1 << place != 0)
        .map(|(_, signal)| signal)
}

/// Looks for the element of a fingerprint on a page.
pub fn find(page: &Page<'_>, fingerprint: &Fingerprint) -> Finding {
    let tokens: Vec<Token> = fingerprint
        .signals
        .iter()
        .take(Mask::BITS as usize)
        .map(|signal| Token { kind: signal.kind, value: signal.value.clone() })
        .collect();
    let places: Places<'_> = tokens.iter().enumerate().map(|(place, token)| (token, place)).collect();
    let mut candidates: Vec<Candidate> = page
        .elements()
        .filter(|element| family(page, *element) == fingerprint.family)
        .map(|element| {
            let mask = mask(&observe(page, element), &places);
            // Whoever wrote a fingerprint by hand may have written any weight.
            let weights = signals(fingerprint, mask).map(|signal| signal.weight.min(WHOLE));
            Candidate { element, score: weights.sum(), mask }
        })
        .filter(|candidate| candidate.score * 100 >= fingerprint.threshold.saturating_mul(NEAR))
        .filter(|candidate| candidate.matching(fingerprint).any(|signal| signal.kind.is_own()))
        .collect();
    // Those of equal score stay in the order of the document.
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.score));
    let reaching = candidates.iter().filter(|candidate| candidate.score >= fingerprint.threshold).count();
    match reaching {
        0 => candidates.into_iter().next().map_or(Finding::None, Finding::Weak),
        1 => Finding::Found(candidates.swap_remove(0)),
        _ => {
            candidates.truncate(reaching);
            Finding::Ambiguous(candidates)
        }
    }
}
