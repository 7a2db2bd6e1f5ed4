//! How much each sender has of something, counted by the network of its address, and no more of it than it may.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::http::rate::network;

/// What all have, by sender; nothing is remembered of who has nothing.
#[derive(Clone, Default)]
pub(crate) struct BySender(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A part of what a sender has; dropped, it is given back.
#[must_use = "it is given back when this is dropped"]
pub(crate) struct Part {
    sender: IpAddr,
    amount: usize,
    all: BySender,
}

impl BySender {
    /// A part of a sender's, of nothing yet.
    pub(crate) fn part(&self, sender: IpAddr) -> Part {
        Part { sender: network(sender), amount: 0, all: self.clone() }
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    /// Takes so much more; `false` if the sender would have more than `most` then.
    pub(crate) fn grow(&mut self, by: usize, most: usize) -> bool {
        let mut all = self.all.lock();
        let has = all.get(&self.sender).copied().unwrap_or_default();
        let fits = has + by <= most;
        if fits {
            all.insert(self.sender, has + by);
            self.amount += by;
        }
        fits
    }

    /// What its sender has, this and others.
    pub(crate) fn of_sender(&self) -> usize {
        self.all.lock().get(&self.sender).copied().unwrap_or_default()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        if let Some(has) = all.get_mut(&self.sender) {
            *has -= self.amount;
            if *has == 0 {
                all.remove(&self.sender);
            }
        }
    }
}
