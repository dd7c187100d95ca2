//! What ArbOS does at the start of a block.

use std::sync::{Arc, LazyLock};

use alloy_primitives::U256;
use mintage_vm::arbos::block::{self, StartBlock};
use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, schema};
use mintage_vm::arbos::storage::{Failure, Free};
use mintage_vm::arbos::{ArbosVersion, retryable, upgrade};

use crate::Chain;
use crate::clock::BlockNumbers;
use crate::state::State;

impl Chain {
    /// The start of a block in the network's order: hashes are kept, tickets end, the fee of the block after it is computed,
    /// a due upgrade is performed. A base fee that is flat stays as it is set.
    pub(crate) fn start_block(&mut self, next: BlockNumbers) {
        let (arbos, keeps_hashes) = (self.arbos(), self.keeps_hashes());
        let pricing = self.machine.pricing;
        let state = Arc::make_mut(&mut self.state);
        state.l1.advance(next.l1_number, next.parent);
        let secs = next.timestamp.saturating_sub(next.parent.timestamp);
        // What of a source below cannot be read tells the state itself, and is asked for when the transaction is done.
        let version = if keeps_hashes {
            let flat_wei = (!pricing.moves()).then(|| pricing.base_fee_wei(state));
            let start = StartBlock {
                l2_number: next.number,
                l1_number: next.l1_number,
                timestamp: next.timestamp,
                parent_timestamp: next.parent.timestamp,
                parent_hash: next.parent.hash(),
            };
            let version = block::start_block(state, arbos, &start).unwrap_or(arbos);
            if let Some(wei) = flat_wei {
                pricing.set_base_fee_wei(state, wei);
            }
            version
        } else {
            pricing.start_block(state, secs);
            housekeeping(state, arbos, next.timestamp).unwrap_or(arbos)
        };
        self.set_arbos(version);
    }

    /// From here on the rules of this version hold, as after an upgrade or its undoing.
    pub(crate) fn set_arbos(&mut self, version: ArbosVersion) {
        if version != self.arbos() {
            self.machine = Arc::new(self.machine.at(version));
        }
    }

    /// Whether contracts can ask for the hashes of L2 blocks (ArbSys, EIP-2935). On a chain without readers a block's hash is
    /// only a name that is computed when asked for.
    fn keeps_hashes(&self) -> bool {
        self.node.is_some() || self.l2_hashes.is_some()
    }
}

/// Where the counts of tickets stand that were put into the queue of those that end, and that were taken out. Without one,
/// most chains have none, a block need not look further.
static TICKETS: LazyLock<[U256; 2]> = LazyLock::new(|| {
    let queue = schema().retryables.sub(&[0]);
    [queue.field(0), queue.field(1)]
});

/// What the start of a block does besides hashes and prices: tickets end, a due upgrade is performed.
fn housekeeping(state: &mut State, arbos: ArbosVersion, now_ts: u64) -> Result<ArbosVersion, Failure> {
    let [put, taken] = TICKETS.map(|slot| state.slot(ARBOS_STATE_ADDRESS, slot));
    let store = &mut Free(state);
    if put != taken {
        for _ in 0..2 {
            retryable::reap_one(store, now_ts)?;
        }
    }
    Ok(upgrade::perform_due(store, arbos, now_ts)?.unwrap_or(arbos))
}
