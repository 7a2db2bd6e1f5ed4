//! How much memory batches may take at once, from the first byte of a body to its receipt.
//!
//! Whoever finds no room is told so at once: to wait for it would take memory as well.

use std::sync::Arc;

use pugmark_protocol::limits::KIB;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// Memory for batches, in KiB.
///
/// At eight bytes of memory for one of JSON it holds about 40,000 events of 200 bytes, under a second of writing. With
/// the writer's cache (64 MiB) and the program itself the collector stays under 200 MB. Judgement (November 2026).
const WHOLE_KIB: usize = 64 * KIB;

/// The room that is left, shared by all requests.
#[derive(Clone)]
pub struct Budget(Arc<Semaphore>);

/// A part of the budget; it is given back when this is dropped.
#[must_use = "the room is free again as soon as this is dropped"]
pub struct Share {
    budget: Budget,
    permit: Option<OwnedSemaphorePermit>,
    /// How many bytes of what is held are not used yet.
    spare: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(WHOLE_KIB)))
    }
}

impl Budget {
    /// A share of nothing yet.
    pub fn share(&self) -> Share {
        Share { budget: self.clone(), permit: None, spare: 0 }
    }

    /// Whether so little is left that a batch more would hardly find room.
    pub fn is_scarce(&self) -> bool {
        self.0.available_permits() < WHOLE_KIB / 8
    }

    /// How many bytes are in use.
    pub fn used_bytes(&self) -> usize {
        WHOLE_KIB.saturating_sub(self.0.available_permits()) * KIB
    }
}

impl Share {
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
        match Arc::clone(&self.budget.0).try_acquire_many_owned(permits) {
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
