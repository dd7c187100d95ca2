//! What NUMBER and BLOCKHASH show on Arbitrum: the L1 number that the sequencer knew of, and stand-ins for its hashes.
//!
//! Slot 0 of the space holds the number, slot 1 + (n mod 256) the hash for n. When a block brings a greater number, the
//! number below it gets the hash of the parent L2 block, and numbers that were skipped get
//! `keccak(parent hash ‖ number as 8 little-endian bytes)`.

use revm::primitives::{B256, U256, keccak256};

use super::{
    schema::schema,
    storage::{Result, Store},
};

/// How far back BLOCKHASH can look.
pub const WINDOW: u64 = 256;

/// The newest L1 number.
pub fn number(store: &mut dyn Store) -> Result<u64> {
    store.read_u64(schema().l1_blocks.field(0))
}

/// The start of a block that knows L1 number `number`; one that is not greater changes nothing.
pub fn record(store: &mut dyn Store, number: u64, parent_hash: B256) -> Result<()> {
    let space = &schema().l1_blocks;
    let before = self::number(store)?;
    if number <= before {
        return Ok(());
    }
    for skipped in before.max(number.saturating_sub(WINDOW))..number {
        let hash = if skipped + 1 == number {
            parent_hash
        } else {
            keccak256([&parent_hash.0[..], &skipped.to_le_bytes()].concat())
        };
        store.write(space.field(1 + skipped % WINDOW), hash.into())?;
    }
    store.write(space.field(0), U256::from(number))
}

/// BLOCKHASH of an L1 number: `None` outside of the 256 numbers below the newest.
pub fn hash(store: &mut dyn Store, number: u64) -> Result<Option<B256>> {
    let newest = self::number(store)?;
    if number >= newest || number < newest.saturating_sub(WINDOW) {
        return Ok(None);
    }
    let hash = store.read(schema().l1_blocks.field(1 + number % WINDOW))?;
    Ok(Some(hash.into()))
}

#[cfg(test)]
mod tests {
    use super::{
        super::storage::{Free, MemoryLedger},
        *,
    };

    #[test]
    fn test_recorded_and_skipped_numbers() {
        let (one, two) = (keccak256([1]), keccak256([2]));
        let mut ledger = MemoryLedger::default();
        let store = &mut Free(&mut ledger);
        record(store, 100, one).unwrap();
        assert_eq!(hash(store, 99).unwrap(), Some(one));
        assert_eq!(hash(store, 100).unwrap(), None);
        record(store, 100, two).unwrap();
        assert_eq!(
            hash(store, 99).unwrap(),
            Some(one),
            "the same number again changes nothing"
        );
        record(store, 103, two).unwrap();
        let skipped = |n: u64| keccak256([&two.0[..], &n.to_le_bytes()].concat());
        assert_eq!(
            [99, 100, 101, 102].map(|n| hash(store, n).unwrap().unwrap()),
            [one, skipped(100), skipped(101), two]
        );
        record(store, 5000, one).unwrap();
        assert_eq!(hash(store, 4743).unwrap(), None);
        assert_eq!(
            hash(store, 4744).unwrap(),
            Some(keccak256([&one.0[..], &4744u64.to_le_bytes()].concat()))
        );
    }
}
