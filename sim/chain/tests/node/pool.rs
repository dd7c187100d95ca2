//! Transactions that wait: order, replacement, what is dropped.

use alloy_consensus::TxEip1559;
use alloy_primitives::U256;
use mintage_chain::{Mining, Rejected};

use crate::common::{GWEI, node, signed, transfer};

#[test]
fn test_later_nonce_waits_for_the_one_before() {
    let (mut chain, reader) = node();
    let [alice, bob] = chain.accounts();
    let second = chain.submit_raw(&signed(0, transfer(1, bob, 1).into())).unwrap();
    assert_eq!(chain.block_number(), 0);
    assert!(reader.pending_transaction(second).is_some());
    assert!(!reader.pool().unwrap()[0].ready);
    let first = chain.submit_raw(&signed(0, transfer(0, bob, 1).into())).unwrap();
    assert_eq!(chain.nonce(alice), 2);
    assert_eq!(reader.transaction(first).unwrap().block.number(), 1);
    assert_eq!(reader.transaction(second).unwrap().block.number(), 2);
    assert!(reader.pool().unwrap().is_empty());
}

#[test]
fn test_manual_block_takes_arrivals_in_order_and_nonces_in_theirs() {
    let (mut chain, reader) = node();
    let [alice, bob] = chain.accounts();
    chain.set_mining(Mining::Manual);
    let late = chain.submit_raw(&signed(0, transfer(1, bob, 1).into())).unwrap();
    let other = chain
        .submit_raw(&signed(1, transfer(0, alice, 1).into()))
        .unwrap();
    let early = chain.submit_raw(&signed(0, transfer(0, bob, 1).into())).unwrap();
    assert_eq!(reader.next_nonce(alice).unwrap(), 2);
    assert_eq!(chain.nonce(alice), 0);
    let block = chain.mine_pending();
    assert_eq!((block.number, block.tx_count), (1, 3));
    let mined: Vec<_> = reader
        .head()
        .transactions
        .iter()
        .map(|mined| mined.transaction.hash())
        .collect();
    assert_eq!(mined, [other, early, late]);
    let head = reader.head();
    let gas: Vec<u64> = head
        .transactions
        .iter()
        .map(|mined| mined.receipt.cumulative_gas_used)
        .collect();
    assert_eq!(gas, [21_000, 42_000, 63_000]);
    assert_eq!(head.header.gas_used, 63_000);
    assert_eq!(chain.mine_pending().tx_count, 0);
}

#[test]
fn test_replacement_must_offer_a_tenth_more() {
    let (mut chain, reader) = node();
    let [_, bob] = chain.accounts();
    chain.set_mining(Mining::Manual);
    let fee = |fee, wei| TxEip1559 {
        max_fee_per_gas: fee,
        max_priority_fee_per_gas: fee,
        ..transfer(0, bob, wei)
    };
    let first = chain.submit_raw(&signed(0, fee(GWEI, 1).into())).unwrap();
    let low = chain.submit_raw(&signed(0, fee(GWEI + GWEI / 10 - 1, 2).into()));
    assert_eq!(low.unwrap_err(), Rejected::ReplacementUnderpriced);
    let second = chain
        .submit_raw(&signed(0, fee(GWEI + GWEI / 10, 3).into()))
        .unwrap();
    assert!(reader.pending_transaction(first).is_none());
    assert!(reader.pending_transaction(second).is_some());
    chain.mine_pending();
    assert!(reader.transaction(second).is_some() && reader.transaction(first).is_none());
}

#[test]
fn test_transaction_that_became_invalid_is_dropped_and_an_underpriced_one_waits() {
    let (mut chain, reader) = node();
    let [alice, bob] = chain.accounts();
    chain.set_mining(Mining::Manual);
    chain.submit_raw(&signed(0, transfer(0, bob, 5).into())).unwrap();
    let cheap = TxEip1559 {
        max_fee_per_gas: 20_000_000,
        ..transfer(0, alice, 1)
    };
    let cheap = chain.submit_raw(&signed(1, cheap.into())).unwrap();
    chain.set_balance(alice, U256::from(1));
    chain.set_base_fee_wei(30_000_000);
    assert_eq!(chain.mine_pending().tx_count, 0);
    assert!(reader.pending_transaction(cheap).is_some());
    assert_eq!(reader.pool().unwrap().len(), 1);
    chain.set_base_fee_wei(20_000_000);
    assert_eq!(chain.mine_pending().tx_count, 1);
    assert!(chain.submit_raw(&signed(1, transfer(5, alice, 1).into())).is_ok());
    chain.drop_all();
    assert!(reader.pool().unwrap().is_empty());
}
