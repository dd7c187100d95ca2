//! Numbered addresses: who registers an address may name it by a short number afterwards.
//!
//! Numbers count from 0 and are never given back. Slot 0 of the space holds their count, slot n+1 the address number n;
//! the empty sub-space holds n+1 by address.

use revm::primitives::{Address, U256};

use super::{
    schema::{Space, schema},
    storage::{Result, Store},
};

fn numbers() -> Space {
    schema().address_table.sub(&[])
}

/// How many addresses have a number. R.
pub fn size(store: &mut dyn Store) -> Result<u64> {
    store.read_u64(schema().address_table.field(0))
}

/// An address's number. R.
pub fn lookup(store: &mut dyn Store, address: Address) -> Result<Option<u64>> {
    let number = store.read_u64(numbers().slot(address.into_word()))?;
    Ok(number.checked_sub(1))
}

/// The address of a number. R, and R more if there is one.
pub fn lookup_index(store: &mut dyn Store, index: u64) -> Result<Option<Address>> {
    if index >= size(store)? {
        return Ok(None);
    }
    store
        .read_address(schema().address_table.field(index + 1))
        .map(Some)
}

/// Gives an address a number, or tells the one that it has. R, or 2R+3W.
pub fn register(store: &mut dyn Store, address: Address) -> Result<u64> {
    if let Some(index) = lookup(store, address)? {
        return Ok(index);
    }
    let table = &schema().address_table;
    let count = store.read_u64(table.field(0))?.saturating_add(1);
    store.write(table.field(0), U256::from(count))?;
    store.write(table.field(count), address.into_word().into())?;
    store.write(numbers().slot(address.into_word()), U256::from(count))?;
    Ok(count - 1)
}
