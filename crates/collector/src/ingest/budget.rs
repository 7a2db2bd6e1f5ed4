//! How much memory batches may take at once, from the first byte of a body to its receipt.
//!
//! Whoever finds no room is told so at once: to wait for it would take memory as well. And nobody takes all of it by
//! sending slowly: what has arrived of unfinished bodies is bounded for each sender as well.

use std::net::IpAddr;
use std::sync::Arc;

use pugmark_protocol::limits::KIB;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::by_sender::{BySender, Part};

/// Memory for batches, in KiB.
///
/// At eight bytes of memory for one of JSON it holds about 40,000 events of 200 bytes, under a second of writing. With
/// the writer's cache (64 MiB) and the program itself the collector stays under 200 MB. Judgement (November 2026).
const WHOLE_KIB: usize = 64 * KIB;

/// Most that one sender may have here of bodies that are not whole yet, in bytes.
///
/// Eight of the largest batches, or a hundred and more of those that closing pages send, all under way at once from one
/// office; and seven such senders leave everybody else what [`Budget::is_scarce`] asks for. Judgement (November 2026).
const UNFINISHED_BYTES: usize = 8 * KIB * KIB;

/// The room that is left, shared by all requests.
#[derive(Clone)]
pub struct Budget {
    room: Arc<Semaphore>,
    unfinished: BySender,
}

/// A part of the budget; it is given back when this is dropped.
#[must_use = "the room is free again as soon as this is dropped"]
pub struct Share {
    budget: Budget,
    permit: Option<OwnedSemaphorePermit>,
    /// How many bytes of what is held are not used yet.
    spare: usize,
    /// What has arrived of a stranger's body that is not whole yet.
    unfinished: Option<Part>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(WHOLE_KIB)), unfinished: BySender::default() }
    }
}

impl Budget {
    /// A share of nothing yet, for somebody with a token, or for very little.
    pub fn share(&self) -> Share {
        Share { budget: self.clone(), permit: None, spare: 0, unfinished: None }
    }

    /// A share of nothing yet, for anybody: what arrives from one address is bounded.
    pub fn share_of(&self, sender: IpAddr) -> Share {
        Share { unfinished: Some(self.unfinished.part(sender)), ..self.share() }
    }

    /// Whether so little is left that a batch more would hardly find room.
    pub fn is_scarce(&self) -> bool {
        self.room.available_permits() < WHOLE_KIB / 8
    }

    /// How many bytes are in use.
    pub fn used_bytes(&self) -> usize {
        WHOLE_KIB.saturating_sub(self.room.available_permits()) * KIB
    }
}

impl Share {
    /// Takes room for so many bytes more of a body; `false` if there is none, or its sender has too much under way.
    #[must_use = "without room nothing may be used"]
    pub fn receive(&mut self, bytes: usize) -> bool {
        let fits = self.unfinished.as_mut().is_none_or(|part| part.grow(bytes, UNFINISHED_BYTES));
        fits && self.grow(bytes)
    }

    /// The body is whole: its sender may have others under way.
    pub fn received(&mut self) {
        self.unfinished = None;
    }

    /// Whether more than half of what there is, for all or for this sender, is taken: no time for those who are slow.
    pub fn is_in_a_crowd(&self) -> bool {
        let is_full = self.budget.room.available_permits() < WHOLE_KIB / 2;
        is_full || self.unfinished.as_ref().is_some_and(|part| part.of_sender() > UNFINISHED_BYTES / 2)
    }

    /// Takes room for so many bytes more; `false` if there is none. One share never takes more than half of the
    /// budget, and has what it asks for beyond: otherwise the largest batch could not be read at all.
    #[must_use = "without room nothing may be used"]
    pub fn grow(&mut self, bytes: usize) -> bool {
        if bytes <= self.spare {
            self.spare -= bytes;
            return true;
        }
        let held = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = (bytes - self.spare).div_ceil(KIB).min((WHOLE_KIB / 2).saturating_sub(held));
        let permits = u32::try_from(wanted).unwrap_or(u32::MAX);
        match Arc::clone(&self.budget.room).try_acquire_many_owned(permits) {
            Ok(more) => {
                self.spare = (wanted * KIB + self.spare).saturating_sub(bytes);
                match &mut self.permit {
                    Some(permit) => permit.merge(more),
                    None => self.permit = Some(more),
                }
                true
            }
            Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("is an address")
    }

    #[test]
    fn one_sender_has_only_so_much_under_way_and_another_its_own() {
        let budget = Budget::default();
        let mut first = budget.share_of(ip("2001:db8::1"));
        assert!(first.receive(UNFINISHED_BYTES / 2) && !first.is_in_a_crowd());
        assert!(first.receive(UNFINISHED_BYTES / 2) && first.is_in_a_crowd());

        let mut beside = budget.share_of(ip("2001:db8::2"));
        let mut another = budget.share_of(ip("192.0.2.1"));
        let mut with_token = budget.share();
        assert!(!beside.receive(1) && another.receive(1) && with_token.receive(1));
        assert!(!another.is_in_a_crowd() && !with_token.is_in_a_crowd());

        first.received();
        assert!(beside.receive(1) && first.grow(1));
        drop((first, beside, another));
        assert!(budget.unfinished.is_empty());
    }

    #[test]
    fn seven_senders_with_all_they_may_have_under_way_leave_room() {
        let budget = Budget::default();
        let mut shares: Vec<_> = (1..=7).map(|n| budget.share_of(ip(&format!("192.0.2.{n}")))).collect();

        assert!(shares.iter_mut().all(|share| share.receive(UNFINISHED_BYTES)));

        assert!(!budget.is_scarce() && shares[0].is_in_a_crowd());
    }

    #[test]
    fn a_full_budget_gives_nothing_until_something_comes_back() {
        let budget = Budget::default();
        let mut shares: Vec<_> = (0..64).map(|_| budget.share()).collect();
        assert!(shares.iter_mut().all(|share| share.grow(KIB * KIB)));
        assert_eq!(budget.used_bytes(), WHOLE_KIB * KIB);

        let mut late = budget.share();
        assert!(!late.grow(1) && !late.grow(1));
        shares.pop();
        assert!(late.grow(1));
        assert_eq!(budget.used_bytes(), (WHOLE_KIB - KIB + 1) * KIB);
        drop((shares, late));
        assert_eq!(budget.used_bytes(), 0);
    }

    #[test]
    fn small_steps_are_rounded_up_once() {
        let budget = Budget::default();
        let mut share = budget.share();

        assert!((0..2 * KIB).all(|_| share.grow(1)));

        assert_eq!(budget.used_bytes(), 2 * KIB);
    }

    #[test]
    fn the_largest_batch_takes_half_and_leaves_the_other() {
        let budget = Budget::default();
        let (mut huge, mut other) = (budget.share(), budget.share());

        assert!(huge.grow(500 * KIB * KIB) && huge.grow(KIB * KIB));
        assert!(other.grow(30 * KIB * KIB));
    }
}
