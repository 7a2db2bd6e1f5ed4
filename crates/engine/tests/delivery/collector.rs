//! A collector that keeps its books as the real one does: events by id, losses by number.

use std::collections::{BTreeMap, BTreeSet};

use pugmark_protocol::wire;

/// An event by its tab and its number there.
pub(crate) type Number = (String, u64);

#[derive(Default)]
pub(crate) struct Collector {
    /// What is stored: the id, and whose it is.
    pub(crate) stored: BTreeMap<String, Number>,
    /// The same by number.
    pub(crate) numbers: BTreeMap<Number, String>,
    /// What is known to be lost.
    pub(crate) lost: BTreeSet<Number>,
}

impl Collector {
    /// Takes a batch and gives how many events it refuses: the one at the place `refuse`, if that is there.
    pub(crate) fn take(&mut self, batch: &wire::Batch, refuse: Option<usize>) -> u64 {
        let mut refused = 0;
        for (place, event) in events(batch).into_iter().enumerate() {
            let number = (batch.tab.clone(), event.seq);
            if self.stored.contains_key(&event.id) {
                continue;
            }
            if refuse == Some(place) {
                self.lost.insert(number);
                refused += 1;
                continue;
            }
            let double = self.numbers.insert(number.clone(), event.id.clone());
            assert_eq!(double, None, "two events share the number {number:?}");
            self.stored.insert(event.id, number);
        }
        self.lost.extend(stated(batch));
        refused
    }

    /// Whether the books say what became of an event.
    pub(crate) fn knows(&self, number: &Number) -> bool {
        self.numbers.contains_key(number) || self.lost.contains(number)
    }
}

pub(crate) fn events(batch: &wire::Batch) -> Vec<wire::Event> {
    batch.events.iter().map(|e| serde_json::from_value(e.clone()).expect("is an event")).collect()
}

/// The numbers that a batch states as lost.
pub(crate) fn stated(batch: &wire::Batch) -> Vec<Number> {
    let ranges = batch.lost.values().flatten();
    ranges.flat_map(|(first, last)| *first..=*last).map(|n| (batch.tab.clone(), n)).collect()
}
