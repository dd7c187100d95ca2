//! ArbFilteredTransactionsManager (0x74, from ArbOS 60): a list of transactions that the chain must not let act.
//!
//! It stands in the storage of an account of its own. Filterers write it free of gas.

use revm::primitives::{Address, B256, U256, address, b256};

use super::{
    abi::one,
    call::{Call, Failure, Output},
    method::{Access, Method, Precompile, view, write},
};
use crate::arbos::{
    schema::{FILTERED_TRANSACTIONS_ADDRESS, Space, schema},
    storage::{READ_GAS, Result, Store},
};

/// ArbFilteredTransactionsManager's address.
pub const ARB_FILTERED_TRANSACTIONS_MANAGER: Address = address!("0000000000000000000000000000000000000074");

const ADDED: B256 = b256!("de91070c821fde128c9ad6c14fac600aa5d701f4f74997eb997cd5591414426f");
const DELETED: B256 = b256!("db54a829e2a086557fb16aeb8950816c19960c430bf7d36c791c0f8382b66d22");

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_FILTERED_TRANSACTIONS_MANAGER,
    name: "ArbFilteredTransactionsManager",
    since: 60,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    write(0xcb47_0491, "addFilteredTransaction(bytes32)", |call| {
        set(call, true, ADDED)
    })
    .since(60),
    write(0xd263_74b1, "deleteFilteredTransaction(bytes32)", |call| {
        set(call, false, DELETED)
    })
    .since(60),
    view(0x85c7_33a4, "isTransactionFiltered(bytes32)", |call| {
        let hash = call.args.word(0)?;
        call.burn(READ_GAS)?;
        is_filtered(call, hash).map(one)
    })
    .since(60),
];

/// Whether a transaction is on the list. Free.
///
/// Only the account of the list is recorded from the network; that a transaction's slot is its hash in the root space is
/// this crate's choice.
pub fn is_filtered(store: &mut dyn Store, hash: B256) -> Result<bool> {
    let word = store
        .ledger()
        .storage(FILTERED_TRANSACTIONS_ADDRESS, Space::root().slot(hash))?;
    Ok(!word.is_zero())
}

/// For filterers, free; everyone else loses all gas.
fn set(call: &mut Call<'_>, on: bool, topic: B256) -> Output {
    let sender = call.sender();
    let place = schema().transaction_filterers.place_slot(sender);
    if call.peek(place)?.is_zero() {
        return Err(Failure::Burnt);
    }
    call.make_free();
    let hash = call.args.word(0)?;
    let slot = Space::root().slot(hash);
    call.ledger()
        .set_storage(FILTERED_TRANSACTIONS_ADDRESS, slot, U256::from(on))?;
    call.log(vec![topic, hash], Vec::new())?;
    Ok(Vec::new())
}
