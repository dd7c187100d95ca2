//! A sealed block: its numbers and its name.

use alloy_primitives::{B256, keccak256};

/// A sealed block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// L2 number; 0 is the genesis block.
    pub number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// What NUMBER gave in this block.
    pub l1_number: u64,
    /// Wei for a unit of gas.
    pub base_fee_wei: u64,
    /// Gas of its transactions.
    pub gas_used: u64,
    /// Number of its transactions.
    pub tx_count: u32,
    /// Gas of all transactions from genesis to the end of this block.
    pub total_gas_used: u64,
    /// Number of all transactions from genesis to the end of this block.
    pub total_tx_count: u64,
    /// What CHAINID gives.
    pub chain_id: u64,
    /// Hash of the block's header, on a chain that makes headers (see [`ChainBuilder::archive`]).
    ///
    /// [`ChainBuilder::archive`]: crate::ChainBuilder::archive
    pub header_hash: Option<B256>,
}

impl Block {
    /// Names the block: by the hash of its header, if the chain makes headers. Otherwise by keccak256 over its numbers,
    /// computed when asked for, since hardly anything asks; two histories with the same numbers in every field share it.
    pub fn hash(&self) -> B256 {
        if let Some(hash) = self.header_hash {
            return hash;
        }
        let words = [
            self.chain_id,
            self.number,
            self.timestamp,
            self.l1_number,
            self.base_fee_wei,
            self.gas_used,
            self.tx_count.into(),
            self.total_gas_used,
            self.total_tx_count,
        ];
        let mut preimage = [0u8; 72];
        for (place, word) in preimage.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        keccak256(preimage)
    }

    /// The block's end as the next one's beginning: totals are carried on.
    pub(crate) fn successor(&self, number: u64, gas_used: u64, tx_count: u32) -> Self {
        Self {
            number,
            gas_used,
            tx_count,
            total_gas_used: self.total_gas_used.saturating_add(gas_used),
            total_tx_count: self.total_tx_count + u64::from(tx_count),
            header_hash: None,
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_every_field_is_part_of_the_name() {
        let block = Block::default();
        let changes: [fn(&mut Block); 10] = [
            |b| b.number = 1,
            |b| b.timestamp = 1,
            |b| b.l1_number = 1,
            |b| b.base_fee_wei = 1,
            |b| b.gas_used = 1,
            |b| b.tx_count = 1,
            |b| b.total_gas_used = 1,
            |b| b.total_tx_count = 1,
            |b| b.chain_id = 1,
            |b| b.header_hash = Some(B256::ZERO),
        ];
        let mut names: Vec<B256> = changes
            .iter()
            .map(|change| {
                let mut changed = block;
                change(&mut changed);
                changed.hash()
            })
            .chain([block.hash()])
            .collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 11);
    }
}
