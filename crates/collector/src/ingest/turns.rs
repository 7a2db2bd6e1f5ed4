//! How many batches may be on their way at once: from their body to their receipt, and among them in the hands of a
//! processor.
//!
//! Whoever finds no turn is told so at once, unread; and while some are read, a processor is left to tell it.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::StoreError;

/// Most batches on their way: fewer than the store's queue holds, so that none is read and turned away after all.
///
/// At twenty events a batch they are three groups of the writer, which has one in hand and the next waiting. Judgement
/// (November 2026).
const TURNS: usize = 896;

/// The turns that are left, shared by all requests.
pub struct Turns {
    all: Arc<Semaphore>,
    reading: Arc<Semaphore>,
}

/// A batch's turn; dropped, it is another's.
#[must_use = "the turn is over as soon as this is dropped"]
pub struct Turn(#[expect(dead_code, reason = "it is held, not looked at")] OwnedSemaphorePermit);

impl Default for Turns {
    fn default() -> Self {
        // One half of the processors reads; the writer and those who turn away have the other.
        let readers = available_parallelism().map_or(1, NonZero::get).div_ceil(2);
        Self { all: Arc::new(Semaphore::new(TURNS)), reading: Arc::new(Semaphore::new(readers)) }
    }
}

impl Turns {
    /// Whether all are taken.
    pub fn are_taken(&self) -> bool {
        self.all.available_permits() == 0
    }

    /// A turn, to be held until the batch has its receipt.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] when all are taken.
    pub fn take(&self) -> Result<Turn, StoreError> {
        Arc::clone(&self.all).try_acquire_owned().map(Turn).map_err(|_| StoreError::Busy)
    }

    /// Waits for a processor to read a batch with, first come, first served.
    ///
    /// # Errors
    ///
    /// Never: they are not closed.
    pub async fn reading(&self) -> Result<Turn, StoreError> {
        Arc::clone(&self.reading).acquire_owned().await.map(Turn).map_err(|_| StoreError::Closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_all_turns_are_taken_there_is_none_until_one_is_over() {
        let turns = Turns::default();
        let mut taken: Vec<Turn> = (0..TURNS).map_while(|_| turns.take().ok()).collect();
        assert_eq!(taken.len(), TURNS);

        assert!(turns.are_taken() && matches!(turns.take(), Err(StoreError::Busy)));
        taken.pop();
        assert!(!turns.are_taken() && turns.take().is_ok());
    }

    #[tokio::test]
    async fn not_every_processor_reads() {
        let turns = Turns::default();
        let half = available_parallelism().map_or(1, NonZero::get).div_ceil(2);
        let mut reading = Vec::new();
        for _ in 0..half {
            reading.push(turns.reading().await.expect("is never closed"));
        }

        assert_eq!(turns.reading.available_permits(), 0);
        drop(reading);
        assert_eq!(turns.reading.available_permits(), half);
    }
}
