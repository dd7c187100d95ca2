//! Byte strings in ArbOS's storage: the length at slot 0 of a space, then words; the last one, never full, is
//! right-aligned and always there.

use revm::primitives::{Bytes, U256};

use super::{
    schema::Space,
    storage::{Result, Store},
};

/// Length of a string. R.
pub fn len(store: &mut dyn Store, space: &Space) -> Result<u64> {
    store.read_u64(space.field(0))
}

/// A string. R·(2+⌊len/32⌋).
pub fn get(store: &mut dyn Store, space: &Space) -> Result<Bytes> {
    let length = len(store, space)?;
    let mut out = Vec::new();
    for word in 1..=length / 32 {
        out.extend(store.read(space.field(word))?.to_be_bytes::<32>());
    }
    let rest = (length % 32) as usize;
    let last = store.read(space.field(length / 32 + 1))?.to_be_bytes::<32>();
    out.extend_from_slice(&last[32 - rest..]);
    Ok(out.into())
}

/// Writes a string; an earlier one is cleared first.
pub fn set(store: &mut dyn Store, space: &Space, bytes: &[u8]) -> Result<()> {
    clear(store, space)?;
    store.write(space.field(0), U256::from(bytes.len()))?;
    let mut words = bytes.chunks_exact(32);
    let mut field = 1;
    for word in &mut words {
        store.write(space.field(field), U256::from_be_slice(word))?;
        field += 1;
    }
    store.write(space.field(field), U256::from_be_slice(words.remainder()))
}

/// Clears a string. R, and Z for each of its words and its length.
pub fn clear(store: &mut dyn Store, space: &Space) -> Result<()> {
    let length = len(store, space)?;
    if length == 0 {
        return Ok(());
    }
    for word in 1..=length / 32 + 1 {
        store.write(space.field(word), U256::ZERO)?;
    }
    store.write(space.field(0), U256::ZERO)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            schema::schema,
            storage::{Free, MemoryLedger},
        },
        *,
    };

    #[test]
    fn test_strings_of_any_length_survive_and_leave_nothing() {
        let space = schema().chain_config;
        for length in [0usize, 1, 31, 32, 33, 64, 100] {
            let text: Vec<u8> = (1..=length as u8).collect();
            let mut ledger = MemoryLedger::default();
            let store = &mut Free(&mut ledger);
            set(store, &space, &[7; 200]).unwrap();
            set(store, &space, &text).unwrap();
            assert_eq!(get(store, &space).unwrap(), text);
            clear(store, &space).unwrap();
            assert_eq!(ledger, MemoryLedger::default());
        }
    }
}
