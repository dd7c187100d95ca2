//! What gas cost and costs.

use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, schema};

use super::{BlockId, ChainReader};
use crate::error::ReadError;

/// The most blocks that are looked back at.
const HISTORY_LIMIT: u64 = 1_024;

/// Fees of consecutive blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct FeeHistory {
    /// The first of them.
    pub oldest: u64,
    /// Base fees in wei, and one more: that of the block after them; if that is not there yet, the last one again.
    pub base_fees_wei: Vec<u64>,
    /// How much of twice the chain's speed, by the old measure that its owner sets as the speed limit, was used in the seconds before
    /// each; 1 where the time never changed.
    pub gas_used_ratios: Vec<f64>,
}

impl ChainReader {
    /// Fees of the `count` blocks up to `newest`, at most 1,024. Tips are 0 in every block, for the network collects none.
    ///
    /// # Errors
    /// [`ReadError::UnknownBlock`], and if the newest block's state cannot be read.
    pub fn fee_history(&self, count: u64, newest: BlockId) -> Result<FeeHistory, ReadError> {
        let speed = self
            .state(newest)?
            .storage(ARBOS_STATE_ADDRESS, schema().l2.speed)?;
        // The chain's owner cannot set 0, but a state can be written over.
        let speed: u64 = speed.saturating_to::<u64>().max(1);
        let newest = self.entry(newest)?.block.number();
        let blocks = self.ledger.blocks();
        let first = blocks.first();
        let count = count.min(HISTORY_LIMIT).min(newest - first + 1);
        let oldest = newest + 1 - count;
        let get = |number: u64| blocks.get(number).map(|entry| &entry.block);
        let mut base_fees_wei: Vec<u64> = (oldest..=newest + 1)
            .filter_map(get)
            .map(|b| b.base_fee_wei())
            .collect();
        if base_fees_wei.len() as u64 <= count
            && count > 0
            && let Some(last) = base_fees_wei.last().copied()
        {
            base_fees_wei.push(last);
        }
        // Gas of blocks with one time is added up until the time moves on.
        let start = oldest.saturating_sub(1).max(first);
        let mut gas_used_ratios = Vec::new();
        let (mut ratio, mut gas, mut since) = (1.0, 0u64, get(start).map_or(0, |block| block.timestamp()));
        for block in (start..=newest).filter_map(get) {
            if block.timestamp() > since {
                let most = (block.timestamp() - since)
                    .saturating_mul(speed)
                    .saturating_mul(2);
                ratio = (gas as f64 / most as f64).min(1.0);
                (gas, since) = (0, block.timestamp());
            }
            gas = gas.saturating_add(block.header.gas_used);
            if block.number() >= oldest {
                gas_used_ratios.push(ratio);
            }
        }
        Ok(FeeHistory {
            oldest,
            base_fees_wei,
            gas_used_ratios,
        })
    }

    /// Wei for a unit of gas that the next block will not be above: the greater of the newest block's base fee and the
    /// next one's.
    pub fn gas_price_wei(&self) -> u64 {
        let next = self.ledger.tip().next_base_fee_wei;
        self.head().base_fee_wei().max(next)
    }
}
