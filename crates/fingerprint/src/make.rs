//! How a fingerprint is made: what is said of the element, how rare that is on its page, and from which score on an element
//! is meant.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::css;
use crate::observe::{self, Observed, family, observe, observe_without};
use crate::page::{ElementId, Page};
use crate::signal::{Kind, Token};

/// The score of an element of which all signals are so.
pub const WHOLE: u32 = 1_000;

/// Most signals of a fingerprint: the bits of a [`Mask`]. Of more, those that are said of what is farthest away are left out.
pub const MAX_SIGNALS: usize = 64;

/// No threshold is lower: below, an element is not the same thing with changes, but another thing that has something in
/// common.
///
/// Judgement (November 2026), from docs/selectors.md.
const LEAST: u32 = 300;

/// How far above the most similar other element a threshold lies, in hundredths of what is between that and [`WHOLE`].
///
/// Judgement (November 2026), from docs/selectors.md.
const MARGIN: u32 = 15;

/// How far a threshold lies above the others that may turn up.
///
/// Judgement (November 2026), from docs/selectors.md.
const ABOVE_OTHERS: u32 = 30;

/// Which signals of a fingerprint are so of an element, by place.
pub(crate) type Mask = u64;

/// How an element is known again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// A selector for people to read and to begin with: short, of what somebody wrote. It may select others too.
    pub css: String,
    /// What it may be confused with: `control`, or a tag.
    pub family: String,
    /// From which score on an element is meant: more than 0, at most [`WHOLE`].
    pub threshold: u32,
    /// How many elements are meant: more than one if only their place tells them apart.
    pub alike: usize,
    /// What is so of the element; the weights add up to [`WHOLE`].
    pub signals: Vec<Signal>,
}

/// Something that was so of the element when its fingerprint was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// What it speaks of.
    pub kind: Kind,
    /// What it says.
    pub value: String,
    /// What it adds to the score, of [`WHOLE`].
    pub weight: u32,
}

/// Makes the fingerprint of an element; none if the page has no such element.
pub fn make(page: &Page<'_>, element: ElementId) -> Option<Fingerprint> {
    if !page.elements().contains(&element) {
        return None;
    }
    let mut own = observe(page, element);
    own.truncate(MAX_SIGNALS);
    let places: Places<'_> = own.iter().enumerate().map(|(place, (token, _))| (token, place)).collect();
    let family = family(page, element);
    let others =
        || page.elements().filter(|other| *other != element && observe::family(page, *other) == family);
    // What the others have in common with it, as they are, and as they would be if it were missing.
    let common =
        |other| mask(&observe(page, other), &places) | mask(&observe_without(page, other, element), &places);
    let masks: Vec<Mask> = others().map(common).collect();

    let positional = bits(&own, Kind::is_positional);
    let everything = bits(&own, |_| true);
    let is_alike = |mask: &Mask| mask | positional == everything;
    let alike = masks.iter().filter(|mask| is_alike(mask)).count();
    let counted = if alike > 0 { everything & !positional } else { everything };
    let rivals: Vec<Mask> = masks.into_iter().filter(|mask| alike == 0 || !is_alike(mask)).collect();

    let weights = weights(&own, counted, &rivals);
    let threshold = threshold(&own, &weights, &rivals);
    let signals = own.into_iter().zip(&weights).filter(|(_, weight)| **weight > 0);
    Some(Fingerprint {
        css: css::selector(page, element),
        family: family.to_owned(),
        threshold,
        alike: alike + 1,
        signals: signals
            .map(|((token, _), weight)| Signal { kind: token.kind, value: token.value, weight: *weight })
            .collect(),
    })
}

/// From which score on an element is meant: above the most similar other one, and above what may turn up on a later page: a
/// newcomer beside the element, like it in all but what it says and where it leads, and an echo of it elsewhere, which says
/// the same or leads to the same place and has nothing else. Not so high that the element itself would be lost when its text
/// or its link becomes another.
fn threshold(own: &Observed, weights: &[u32], rivals: &[Mask]) -> u32 {
    let of = |is_meant: fn(Kind) -> bool| score(bits(own, is_meant), weights);
    let most_similar = rivals.iter().map(|rival| score(*rival, weights)).max().unwrap_or(0);
    let above_rivals = most_similar + (WHOLE - most_similar) * MARGIN / 100;
    let newcomer = of(|kind| !kind.is_identity() && kind != Kind::After);
    let (text, link) = (of(Kind::is_text), of(Kind::is_link));
    let above_others = newcomer.max(text).max(link) + ABOVE_OTHERS;
    let with_another = WHOLE - text.max(link);
    above_rivals.max(above_others.min(with_another)).max(LEAST).max(most_similar + 1).min(WHOLE)
}

/// Where each token of a fingerprint stands in it.
pub(crate) type Places<'a> = HashMap<&'a Token, usize>;

/// Which of a fingerprint's signals are so of an element.
pub(crate) fn mask(observed: &Observed, places: &Places<'_>) -> Mask {
    observed.iter().filter_map(|(token, _)| places.get(token)).fold(0, |mask, place| mask | 1 << place)
}

fn bits(own: &Observed, is_meant: impl Fn(Kind) -> bool) -> Mask {
    let meant = own.iter().enumerate().filter(|(_, (token, _))| is_meant(token.kind));
    meant.fold(0, |mask, (place, _)| mask | 1 << place)
}

/// What each signal adds to the score: what its kind is worth, shared among those of its kind, as far as it is trusted and
/// as far as it is rare.
fn weights(own: &Observed, counted: Mask, rivals: &[Mask]) -> Vec<u32> {
    let mut raw = Vec::with_capacity(own.len());
    for (place, (token, trust)) in own.iter().enumerate() {
        let like = own.iter().filter(|(other, _)| other.kind == token.kind).count() as u32;
        let shared = rivals.iter().filter(|rival| *rival & 1 << place != 0).count();
        let is_counted = counted & 1 << place != 0;
        raw.push(if is_counted { u64::from(token.kind.worth() * trust / like) * rarity(shared) } else { 0 });
    }
    scaled(&raw)
}

/// How much of its worth a signal keeps that this many other elements share, in thousandths.
fn rarity(others: usize) -> u64 {
    (1_000.0 / (1.0 + others as f64).sqrt()) as u64
}

/// Numbers in the same proportions that add up to [`WHOLE`], the largest taking what rounding leaves.
fn scaled(raw: &[u64]) -> Vec<u32> {
    let all: u64 = raw.iter().sum::<u64>().max(1);
    let mut scaled: Vec<u32> = raw.iter().map(|part| (part * u64::from(WHOLE) / all) as u32).collect();
    let rest = WHOLE - scaled.iter().sum::<u32>();
    if let Some(largest) = scaled.iter_mut().max() {
        *largest += rest;
    }
    scaled
}

fn score(mask: Mask, weights: &[u32]) -> u32 {
    weights.iter().enumerate().filter(|(place, _)| mask & 1 << place != 0).map(|(_, weight)| weight).sum()
}
