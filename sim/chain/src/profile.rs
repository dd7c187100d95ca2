//! Where the ink of a transaction went: its host calls, added up by name.

use std::collections::BTreeMap;

use crate::receipt::Receipt;

/// What all calls of one host function cost in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostioCost {
    /// The import's name, such as `storage_flush_cache`.
    pub name: &'static str,
    /// How often it was called, by all programs of the transaction.
    pub calls: u64,
    /// Ink that these calls took. Calls of other contracts include what those used.
    pub ink: u64,
}

impl<T> Receipt<T> {
    /// The host calls of a traced transaction by name, the dearest first. Empty unless
    /// [`TxBuilder::traced`](crate::TxBuilder::traced) asked for the trace and a Stylus program ran.
    pub fn hostio_costs(&self) -> Vec<HostioCost> {
        let mut by_name: BTreeMap<&'static str, HostioCost> = BTreeMap::new();
        for (_, call) in self.trace.iter().flat_map(|trace| trace.hostios()) {
            if call.is_mark() {
                continue;
            }
            let cost = by_name.entry(call.name).or_insert(HostioCost {
                name: call.name,
                calls: 0,
                ink: 0,
            });
            cost.calls += 1;
            cost.ink += call.ink();
        }
        let mut costs: Vec<HostioCost> = by_name.into_values().collect();
        costs.sort_by_key(|cost| (std::cmp::Reverse(cost.ink), cost.name));
        costs
    }
}
