//! Block numbers and hashes of the parent chain (L1) as programs on this chain see them: NUMBER and BLOCKHASH.
//!
//! On Arbitrum `block.number` is the newest L1 block that the sequencer knew of, and `blockhash(n)` is not the L1
//! hash: when a block brings a greater L1 number, the slot of the number below it receives the hash of the parent
//! L2 block, and numbers skipped in between receive `keccak(parent hash ‖ number as 8 little-endian bytes)`.
//! L2 numbers and hashes belong to [`crate::block`].

use std::collections::VecDeque;

use alloy_primitives::{B256, keccak256};

use crate::block::Block;

/// How far back BLOCKHASH can look.
const WINDOW: u64 = 256;

/// One step of the L1 number: the numbers `from..to` were recorded by a block with this parent.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: u64,
    to: u64,
    parent: Block,
}

/// The L1 number of the chain and the hashes of the 256 numbers below it. Hashes are computed when asked for,
/// so that a year's warp costs as little as a second's.
#[derive(Clone, Debug, Default)]
pub(crate) struct L1Hashes {
    number: u64,
    steps: VecDeque<Step>,
}

impl L1Hashes {
    /// At genesis: nothing below `number` has a hash.
    pub(crate) fn new(number: u64) -> Self {
        Self {
            number,
            steps: VecDeque::new(),
        }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Back to before the last step, when the number was `number`. No step was taken since if it is the same.
    pub(crate) fn back_to(&mut self, number: u64) {
        while self.steps.pop_back_if(|step| step.to > number).is_some() {}
        self.number = number;
    }

    /// The start of a block that knows L1 number `number`; a number that is not greater changes nothing.
    pub(crate) fn advance(&mut self, number: u64, parent: Block) {
        if number <= self.number {
            return;
        }
        // What the present number still sees is kept, so that this step can be taken back.
        let oldest = self.number.saturating_sub(WINDOW);
        while self.steps.front().is_some_and(|step| step.to <= oldest) {
            self.steps.pop_front();
        }
        self.steps.push_back(Step {
            from: self.number,
            to: number,
            parent,
        });
        self.number = number;
    }

    /// BLOCKHASH as a block sees it that has L1 number `l1_number` (not below this one's) and this parent: zero
    /// outside of the 256 numbers below its own. `None`: within, but recorded before this began.
    pub(crate) fn hash_in_block(&self, number: u64, l1_number: u64, parent: Block) -> Option<B256> {
        if number >= l1_number || number < l1_number.saturating_sub(WINDOW) {
            return Some(B256::ZERO);
        }
        let step = if number >= self.number {
            Step {
                from: self.number,
                to: l1_number,
                parent,
            }
        } else {
            let found = self
                .steps
                .iter()
                .find(|step| (step.from..step.to).contains(&number));
            *found?
        };
        Some(step_hash(step.parent.hash(), step.to, number))
    }
}

/// The hash that a block records for `number` when it brings the L1 number `to` and its parent has `parent_hash`.
pub(crate) fn step_hash(parent_hash: B256, to: u64, number: u64) -> B256 {
    if number + 1 == to {
        return parent_hash;
    }
    let mut preimage = [0u8; 40];
    preimage[..32].copy_from_slice(parent_hash.as_slice());
    preimage[32..].copy_from_slice(&number.to_le_bytes());
    keccak256(preimage)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl L1Hashes {
        fn hash_of(&self, number: u64) -> B256 {
            self.hash_in_block(number, self.number, Block::default())
                .unwrap_or_default()
        }
    }

    fn block(number: u64) -> Block {
        Block {
            number,
            ..Block::default()
        }
    }

    #[test]
    fn test_hash_of_recorded_and_skipped_numbers() {
        let (p1, p2) = (block(1), block(2));
        let mut l1 = L1Hashes::new(100);
        assert_eq!(l1.hash_of(99), B256::ZERO);
        l1.advance(101, p1);
        assert_eq!((l1.hash_of(100), l1.hash_of(101)), (p1.hash(), B256::ZERO));
        l1.advance(101, p2);
        assert_eq!(
            l1.hash_of(100),
            p1.hash(),
            "the same number again records nothing"
        );
        let ahead = [100, 101, 102, 103].map(|n| l1.hash_in_block(n, 104, p2).unwrap());
        l1.advance(104, p2);
        assert_eq!(l1.hash_of(103), p2.hash());
        assert_eq!(ahead, [100, 101, 102, 103].map(|n| l1.hash_of(n)));
        let skipped = |n: u64| keccak256([p2.hash().as_slice(), &n.to_le_bytes()].concat());
        assert_eq!((l1.hash_of(101), l1.hash_of(102)), (skipped(101), skipped(102)));
        assert_eq!(l1.hash_of(100), p1.hash());
    }

    #[test]
    fn test_last_step_can_be_taken_back() {
        let mut l1 = L1Hashes::new(0);
        (1..=300).for_each(|n| l1.advance(n, block(n)));
        let hashes = |l1: &L1Hashes| [0, 43, 44, 45, 298, 299, 300].map(|n| l1.hash_of(n));
        let before = hashes(&l1);
        for to in [300, 301, 400, 100_000] {
            l1.advance(to, block(to));
            l1.back_to(300);
            assert_eq!((l1.number, hashes(&l1)), (300, before));
        }
    }

    #[test]
    fn test_window_is_256_numbers() {
        let p = block(7);
        let mut l1 = L1Hashes::new(0);
        l1.advance(1000, p);
        assert_eq!(l1.hash_of(743), B256::ZERO);
        assert_ne!(l1.hash_of(744), B256::ZERO);
        assert_eq!(l1.hash_of(999), p.hash());
        for n in 1001..5000 {
            l1.advance(n, p);
        }
        assert!(l1.steps.len() <= 257, "those of the window, and one");
        assert_eq!(l1.hash_of(4999 - 256), p.hash());
        assert_eq!(l1.hash_of(4999 - 257), B256::ZERO);
    }
}
