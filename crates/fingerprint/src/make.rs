//! How a fingerprint is made: what is said of the element, how rare that is on its page, and from which score on an element
//! is meant.

use pugmark_protocol::fingerprint::{Fingerprint, Kind, MAX_SIGNALS, Signal, WHOLE};

use crate::observation::{Mask, Observation, Places, Token, family_of};
use crate::{trust, worth};

/// No threshold is lower: below, an element is not the same thing with changes, but another thing that has something in
/// common.
///
/// Judgement (November 2026), from docs/selectors.md.
pub const LEAST: u32 = 300;

/// How far above the most similar other element a threshold lies, in hundredths of what is between that and [`WHOLE`].
///
/// Judgement (November 2026), from docs/selectors.md.
const MARGIN: u32 = 15;

/// How far a threshold lies above the others that may turn up.
///
/// Judgement (November 2026), from docs/selectors.md.
const ABOVE_OTHERS: u32 = 30;

/// What an element may lose, whatever else may turn up: of one that has little of its own, a newcomer cannot be told anyway.
///
/// Judgement (November 2026), from docs/selectors.md.
const SPARE: u32 = 250;

/// Makes the fingerprint of an element from what is observed of it and of the others of its page; none if nothing is said of
/// the element itself.
///
/// `others` has an observation a line. `beside` has as many lines: what would stand beside each of the others if the element
/// were not on the page; an empty line where that is nothing else, which goes without saying at the end. Kinds in `without`
/// are left out, because somebody knows that they will change.
pub fn make(own: &str, others: &str, beside: &str, without: &[Kind]) -> Option<Fingerprint> {
    let Observation { family, tokens: mut own } = Observation::read(own)?;
    own.retain(|token| !without.contains(&token.kind));
    own.truncate(MAX_SIGNALS);
    let places = Places::of(own.iter().copied());
    let mut beside = beside.split('\n');
    let mut masks: Vec<Mask> = Vec::new();
    for other in others.split('\n') {
        let beside = beside.next().unwrap_or_default();
        match family_of(other) {
            // What it has in common with the element as it is, and as it would be if that were missing.
            Some((of, rest)) if of == family => masks.push(places.mask(rest) | places.mask(beside)),
            _ => {}
        }
    }

    let positional = bits(&own, Kind::is_positional);
    let everything = bits(&own, |_| true);
    let is_alike = |mask: &Mask| mask | positional == everything;
    let alike = masks.iter().filter(|mask| is_alike(mask)).count();
    let counted = if alike > 0 { everything & !positional } else { everything };
    let rivals: Vec<Mask> = masks.into_iter().filter(|mask| alike == 0 || !is_alike(mask)).collect();

    let weights = weights(&own, counted, &rivals);
    let threshold = threshold(&own, &weights, &rivals);
    let signals = || own.iter().zip(&weights).filter(|(_, weight)| **weight > 0);
    signals().any(|(token, _)| token.kind.is_own()).then(|| Fingerprint {
        family: family.to_owned(),
        threshold,
        alike: alike + 1,
        signals: signals()
            .map(|(token, weight)| Signal {
                kind: token.kind,
                value: token.value.to_owned(),
                weight: *weight,
            })
            .collect(),
    })
}

/// From which score on an element is meant: above the most similar other one, and above what may turn up on a later page: a
/// newcomer beside the element, like it in all but what it says and where it leads, and an echo of it elsewhere, which says
/// the same or leads to the same place and has nothing else. Not so high that the element itself would be lost when one
/// thing becomes another: its text, its link, its id.
fn threshold(own: &[Token<'_>], weights: &[u32], rivals: &[Mask]) -> u32 {
    let of = |is_meant: fn(Kind) -> bool| score(bits(own, is_meant), weights);
    let most_similar = rivals.iter().map(|rival| score(*rival, weights)).max().unwrap_or(0);
    let above_rivals = most_similar + (WHOLE - most_similar) * MARGIN / 100;
    let newcomer = of(|kind| !worth::is_identity(kind) && kind != Kind::After);
    let (text, link) = (of(worth::is_text), of(worth::is_link));
    let above_others = newcomer.max(text).max(link) + ABOVE_OTHERS;
    let own_kinds = own.iter().map(|token| token.kind).filter(|kind| kind.is_own());
    let most_lost =
        own_kinds.map(|kind| score(bits(own, |other| worth::is_one_thing(kind, other)), weights)).max();
    let with_another = WHOLE - most_lost.unwrap_or(0).max(SPARE);
    above_rivals.max(above_others.min(with_another)).max(LEAST).max(most_similar + 1).min(WHOLE)
}

fn bits(own: &[Token<'_>], is_meant: impl Fn(Kind) -> bool) -> Mask {
    let meant = own.iter().enumerate().filter(|(_, token)| is_meant(token.kind));
    meant.fold(0, |mask, (place, _)| mask | 1 << place)
}

/// What each signal adds to the score: what its kind is worth, shared among those of its kind, as far as it is trusted and
/// as far as it is rare.
fn weights(own: &[Token<'_>], counted: Mask, rivals: &[Mask]) -> Vec<u32> {
    let mut raw = Vec::with_capacity(own.len());
    for (place, token) in own.iter().enumerate() {
        let like = own.iter().filter(|other| other.kind == token.kind).count() as u32;
        let shared = rivals.iter().filter(|rival| *rival & 1 << place != 0).count();
        let is_counted = counted & 1 << place != 0;
        raw.push(if is_counted {
            u64::from(worth::of(token.kind) * trust::of(token.kind, token.value) / like) * rarity(shared)
        } else {
            0
        });
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
