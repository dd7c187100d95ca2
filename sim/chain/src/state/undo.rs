//! Snapshots of the state: layers of the values from before.

use alloy_primitives::U256;
use alloy_primitives::map::HashMap;

use super::{Record, State};

/// The values from before a snapshot's first change of each thing, by index of the account.
#[derive(Clone, Debug, Default)]
pub(super) struct Undo {
    pub(super) records: HashMap<u32, Record>,
    /// `None`: the state held no value of its own.
    pub(super) slots: HashMap<(u32, U256), Option<U256>>,
    /// Accounts whose storage still came from the source below.
    pub(super) detached: Vec<u32>,
}

/// Emptying a map takes time by its size, so that one above this is given up.
const SPARE_LIMIT: usize = 1_024;

impl Undo {
    /// Without its values, but with its memory unless that is much.
    fn emptied(mut self) -> Self {
        if self.records.capacity().max(self.slots.capacity()) > SPARE_LIMIT {
            return Self::default();
        }
        self.records.clear();
        self.slots.clear();
        self.detached.clear();
        self
    }
}

impl State {
    /// Begins a snapshot and gives its level: the number of those that were alive before.
    pub(crate) fn push_snapshot(&mut self) -> usize {
        let layer = std::mem::take(&mut self.spare);
        self.undo.push(layer);
        self.undo.len() - 1
    }

    /// Back to the state at the time of snapshot number `level`. That snapshot stays alive, later ones end.
    pub(crate) fn revert_to(&mut self, level: usize) {
        while self.undo.len() > level {
            let Some(layer) = self.undo.pop() else { return };
            for (id, record) in layer.records {
                self.entries[id as usize].record = record;
            }
            for ((id, slot), value) in layer.slots {
                let storage = &mut self.entries[id as usize].storage;
                match value {
                    None => storage.remove(&slot),
                    Some(value) => storage.insert(slot, value),
                };
            }
            for id in layer.detached {
                self.entries[id as usize].detached = false;
            }
        }
        self.push_snapshot();
    }

    /// Forgets snapshot number `level` and all later ones, and keeps the state as it is. The records go to the
    /// snapshot before, which still needs them.
    pub(crate) fn release(&mut self, level: usize) {
        while self.undo.len() > level {
            let Some(mut layer) = self.undo.pop() else { return };
            if let Some(below) = self.undo.last_mut() {
                for (id, record) in layer.records.drain() {
                    below.records.entry(id).or_insert(record);
                }
                for (key, value) in layer.slots.drain() {
                    below.slots.entry(key).or_insert(value);
                }
                below.detached.append(&mut layer.detached);
            }
            self.spare = layer.emptied();
        }
    }
}
