//! A value over time, looked up in the past: balances at a snapshot, votes, rates.

use crate::prelude::*;
use crate::storage::{Layout, Place, Root};

/// `struct Checkpoint { uint48 ts; uint208 value; }`, the layout of OpenZeppelin's `Trace208`.
#[crate::record]
pub struct Checkpoint {
    /// Since when the value holds, seconds.
    #[bits(48)]
    pub ts: u64,
    /// The value.
    #[bits(208)]
    pub value: U256,
}

/// A list of checkpoints with times that only grow.
#[derive(Debug)]
pub struct Checkpoints<P = Root> {
    list: List<Slot<Checkpoint>, P>,
}

impl<P: Place> Checkpoints<P> {
    /// The value that holds last; zero before the first.
    pub fn latest(&self) -> U256 {
        self.list
            .len()
            .checked_sub(1)
            .and_then(|last| self.value(last))
            .unwrap_or_default()
    }

    /// The value that held at `ts`: that of the last checkpoint not after it. Looks at `log2` of the list.
    pub fn at(&self, ts: u64) -> U256 {
        // All before `low` are not after `ts`, all from `high` on are.
        let (mut low, mut high) = (0, self.list.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.list.at(middle).map(|slot| slot.get()) {
                Some(checkpoint) if checkpoint.ts <= ts => low = middle.saturating_add(1),
                _ => high = middle,
            }
        }
        low.checked_sub(1)
            .and_then(|last| self.value(last))
            .unwrap_or_default()
    }

    /// Notes that the value is `value` from `ts` on. Within one second the last word counts. A `ts` before the last
    /// checkpoint is a defect of the program: an abort.
    pub fn push(&mut self, ts: u64, value: U256) {
        if let Some(last) = self.list.len().checked_sub(1)
            && let Some(mut slot) = self.list.at_mut(last)
        {
            let at = slot.get().ts;
            if ts < at {
                crate::word::abort();
            }
            if ts == at {
                slot.set(Checkpoint { ts, value });
                return;
            }
        }
        self.list.push().set(Checkpoint { ts, value });
    }

    fn value(&self, index: u64) -> Option<U256> {
        self.list.at(index).map(|slot| slot.get().value)
    }
}

impl Layout for Checkpoints {
    const BYTES: usize = 32;
    const SLOTS: u32 = 1;
    const ALONE: bool = true;
    type At<P: Place> = Checkpoints<P>;
    fn at<P: Place>(place: P) -> Checkpoints<P> {
        Checkpoints {
            list: <List<Slot<Checkpoint>> as Layout>::at(place),
        }
    }
}
