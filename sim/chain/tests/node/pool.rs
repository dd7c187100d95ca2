//! Transactions that wait: order, replacement, what is dropped.

use std::sync::atomic::{AtomicBool, Ordering};

use alloy_consensus::TxEip1559;
use alloy_primitives::U256;
use mintage_chain::{Mining, Rejected, Transaction};

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

/// While blocks are made, every transaction that was taken is found, and the next nonce never falls.
#[test]
fn test_no_transaction_is_nowhere_while_its_block_is_made() {
    let (mut chain, reader) = node();
    let [alice, bob] = chain.accounts();
    chain.set_mining(Mining::Manual);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (sent, heard) = std::sync::mpsc::channel();
        let (watched, done) = (reader.clone(), &done);
        let watcher = scope.spawn(move || {
            let (mut last, mut known) = (0, Vec::new());
            while !done.load(Ordering::Relaxed) {
                known.extend(heard.try_iter());
                let next = watched.next_nonce(alice).unwrap();
                assert!(next >= last, "{next} after {last}");
                assert!(next >= known.len() as u64, "{next} of {}", known.len());
                last = next;
                for hash in known.iter().rev().take(8) {
                    let found = watched.pending_transaction(*hash).is_some();
                    assert!(found || watched.transaction(*hash).is_some(), "{hash} is nowhere");
                }
            }
            last
        });
        for nonce in 0..600 {
            let transaction = Transaction::unsigned(transfer(nonce, bob, 1).into(), alice);
            sent.send(chain.submit(transaction).unwrap()).unwrap();
            if nonce % 6 == 5 {
                assert_eq!(chain.mine_pending().tx_count, 6);
            }
        }
        while reader.next_nonce(alice).unwrap() < 600 {}
        done.store(true, Ordering::Relaxed);
        assert!(watcher.join().unwrap() <= 600);
    });
    assert!(reader.pool().unwrap().is_empty());
}

#[test]
fn test_snapshot_holds_what_waits() {
    let (mut chain, reader) = node();
    let [_, bob] = chain.accounts();
    chain.set_mining(Mining::Manual);
    let before = chain.submit_raw(&signed(0, transfer(0, bob, 1).into())).unwrap();
    let snapshot = chain.snapshot();
    let after = chain.submit_raw(&signed(1, transfer(0, bob, 1).into())).unwrap();
    chain.mine_pending();
    let later = chain.submit_raw(&signed(0, transfer(1, bob, 1).into())).unwrap();
    chain.revert_to(snapshot).unwrap();
    assert!(reader.pending_transaction(before).is_some());
    assert!(reader.transaction(before).is_none());
    for gone in [after, later] {
        assert!(reader.pending_transaction(gone).is_none() && reader.transaction(gone).is_none());
    }
    assert_eq!(chain.mine_pending().tx_count, 1);
    assert!(reader.transaction(before).is_some());
}

#[test]
fn test_pool_is_full_at_its_capacity() {
    let (mut chain, reader) = node();
    let [alice, bob] = chain.accounts();
    chain.set_mining(Mining::Manual);
    let from = |sender, nonce, fee| {
        let body = TxEip1559 {
            max_fee_per_gas: fee,
            max_priority_fee_per_gas: fee,
            ..transfer(nonce, bob, 1)
        };
        Transaction::unsigned(body.into(), sender)
    };
    for nonce in 0..6_144 {
        chain.submit(from(alice, nonce, GWEI)).unwrap();
    }
    let refused = chain.submit(from(bob, 0, GWEI)).unwrap_err();
    assert_eq!(refused, Rejected::PoolFull { limit: 6_144 });
    assert_eq!(refused.network_message(), "txpool is full");
    // One that takes another's place needs none of its own.
    chain.submit(from(alice, 7, 2 * GWEI)).unwrap();
    assert_eq!(reader.pool().unwrap().len(), 6_144);
    // 32,000,000 gas less what the start of the block counts for.
    assert!(chain.mine_pending().tx_count > 1_000);
    chain.submit(from(bob, 0, GWEI)).unwrap();
}
