//! How many connections there may be: of all, so that file descriptors are left for the store, and of one address, so
//! that nobody takes all of them.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::by_sender::{BySender, Part};

/// Most connections at once, as far as the system gives file descriptors; more wait to be taken. Judgement (November
/// 2026): ten thousand idle ones and room beside them.
const CONNECTIONS: usize = 16_384;

/// File descriptors that connections leave for the store, its readers and files.
const RESERVED: usize = 32;

/// File descriptors where the system does not say.
const DESCRIPTORS: usize = 1_024;

/// The places of all connections.
pub(super) struct Places {
    all: Arc<Semaphore>,
    total: usize,
    per_address: usize,
    trusted: Vec<IpAddr>,
    by_address: BySender,
}

/// A connection's place; dropped, it is free again.
#[must_use = "the place is free again when this is dropped"]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    _part: Part,
    is_in_a_crowd: bool,
}

impl Places {
    /// As many as the system allows, so many for one address (0 for no limit), and no limit for `trusted` proxies, which
    /// bring everybody's connections.
    pub(super) fn new(per_address: u32, trusted: &[IpAddr]) -> Self {
        Self::of(descriptors().saturating_sub(RESERVED).clamp(1, CONNECTIONS), per_address, trusted)
    }

    fn of(total: usize, per_address: u32, trusted: &[IpAddr]) -> Self {
        Self {
            all: Arc::new(Semaphore::new(total)),
            total,
            per_address: if per_address == 0 { usize::MAX } else { per_address as usize },
            trusted: trusted.to_vec(),
            by_address: BySender::default(),
        }
    }

    /// Waits until a place is free.
    pub(super) async fn free(&self) {
        // Never closed, so this ends with a place in the end; it is taken when it is known for whom.
        let _ = self.all.acquire().await;
    }

    /// Takes a place; none when this address has too many, or somebody was quicker.
    pub(super) fn take(&self, address: IpAddr) -> Option<Place> {
        let permit = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let most = if self.trusted.contains(&address) { usize::MAX } else { self.per_address };
        let mut part = self.by_address.part(address);
        let is_in_a_crowd = self.all.available_permits() < self.total / 4;
        part.grow(1, most).then_some(Place { _permit: permit, _part: part, is_in_a_crowd })
    }
}

impl Place {
    /// Whether most places were taken when this one was.
    pub(super) fn is_in_a_crowd(&self) -> bool {
        self.is_in_a_crowd
    }
}

/// How many file descriptors this process may have: the system lets a process raise its limit up to another one.
#[cfg(unix)]
fn descriptors() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let wanted = (CONNECTIONS + RESERVED) as u64;
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted)).max(limit.current.unwrap_or(wanted));
    let is_raised = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), ..limit }).is_ok();
    let granted = if is_raised { Some(raised) } else { limit.current };
    granted.and_then(|n| usize::try_from(n).ok()).unwrap_or(DESCRIPTORS)
}

#[cfg(not(unix))]
fn descriptors() -> usize {
    DESCRIPTORS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("is an address")
    }

    #[test]
    fn an_address_has_so_many_places_and_another_its_own() {
        let places = Places::of(10, 2, &[]);
        let first = places.take(ip("192.0.2.1"));
        let _second = places.take(ip("192.0.2.1"));

        assert!(places.take(ip("192.0.2.1")).is_none());
        assert!(places.take(ip("192.0.2.2")).is_some());
        drop(first);
        assert!(places.take(ip("192.0.2.1")).is_some());
    }

    #[test]
    fn a_trusted_proxy_brings_everybodys_connections() {
        let places = Places::of(10, 1, &[ip("10.0.0.1")]);

        let taken: Vec<_> = (0..10).map_while(|_| places.take(ip("10.0.0.1"))).collect();

        assert_eq!(taken.len(), 10);
        assert!(places.take(ip("10.0.0.1")).is_none(), "there are no more at all");
    }

    #[test]
    fn nothing_is_remembered_of_who_has_gone() {
        let places = Places::of(10, 0, &[]);

        drop((0..10).map_while(|n| places.take(ip(&format!("192.0.2.{n}")))).collect::<Vec<_>>());

        assert!(places.by_address.is_empty());
    }

    #[test]
    fn it_is_a_crowd_when_three_of_four_places_are_taken() {
        let places = Places::of(8, 0, &[]);
        let taken: Vec<_> = (0..8).map_while(|_| places.take(ip("192.0.2.1"))).collect();

        let crowded: Vec<bool> = taken.iter().map(Place::is_in_a_crowd).collect();

        assert_eq!(crowded, [false, false, false, false, false, false, true, true]);
    }
}
