//! Blocks, time and snapshots through the chain's public interface.

mod common;

use common::{COUNTER, contract, returning, word};
use mintage_chain::{
    B256, Chain, ChainError, DEFAULT_BASE_FEE_WEI, DEFAULT_GENESIS_TS, DEV_BALANCE_WEI, U256, hex,
};

const PRICE: u128 = DEFAULT_BASE_FEE_WEI as u128;

#[test]
fn test_block_values_as_a_contract_sees_them() {
    let mut chain = Chain::builder().l1_block_number(1_000).build().unwrap();
    let [alice] = chain.accounts();
    let see = |chain: &mut Chain, op: &[u8]| {
        let code = contract(chain, &returning(op));
        (
            word(chain, code),
            U256::from_be_slice(&chain.tx(alice, code).send().unwrap().output),
        )
    };
    let both = |value: U256| (value, value);
    assert_eq!(
        see(&mut chain, &[0x43]),
        both(U256::from(1_000)),
        "NUMBER is the L1 number"
    );
    assert_eq!(
        see(&mut chain, &[0x42]),
        both(U256::from(DEFAULT_GENESIS_TS)),
        "TIMESTAMP"
    );
    assert_eq!(see(&mut chain, &[0x44]), both(U256::from(1)), "PREVRANDAO");
    assert_eq!(see(&mut chain, &[0x45]), both(U256::from(1u64 << 50)), "GASLIMIT");
    assert_eq!(see(&mut chain, &[0x46]), both(U256::from(412_346)), "CHAINID");
    let sequencer: U256 = "0xa4b000000000000000000073657175656e636572".parse().unwrap();
    assert_eq!(see(&mut chain, &[0x41]), both(sequencer), "COINBASE");
    assert_eq!(
        see(&mut chain, &[0x48]),
        (U256::ZERO, U256::from(PRICE)),
        "BASEFEE is 0 in a call without price"
    );
    chain.warp(25);
    assert_eq!(
        see(&mut chain, &[0x43]),
        both(U256::from(1_002)),
        "one L1 block in 12 seconds"
    );
    // BLOCKHASH(1001): the number below L1's own has the parent L2 block's hash.
    let parent = chain.block(chain.block_number() - 1).unwrap().hash();
    let hash = contract(&mut chain, &returning(&hex!("6103e940")));
    assert_eq!(B256::from(word(&chain, hash)), parent);
    chain.set_l1_block_number(5_000).unwrap();
    assert_eq!(see(&mut chain, &[0x43]), both(U256::from(5_000)));
    assert!(matches!(
        chain.set_l1_block_number(4_999),
        Err(ChainError::L1GoesBack {
            requested: 4_999,
            now: 5_000
        })
    ));
}

#[test]
fn test_a_call_sees_the_block_that_the_next_transaction_gets() {
    let mut chain = Chain::builder().l1_block_number(1_000).build().unwrap();
    let [alice] = chain.accounts();
    // hash(NUMBER - 1) + hash(NUMBER - 2)
    let code = contract(&mut chain, &returning(&hex!("6001430340600243034001")));
    for secs in [0, 12, 60, 86_400 * 365] {
        chain.warp(secs);
        let seen = word(&chain, code);
        assert_eq!(
            U256::from_be_slice(&chain.tx(alice, code).send().unwrap().output),
            seen,
            "after {secs} s"
        );
    }
    assert_ne!(word(&chain, code), U256::ZERO);
}

#[test]
fn test_time_moves_only_when_told() {
    let mut chain = Chain::new();
    let [alice, bob] = chain.accounts();
    let start = chain.now();
    chain.tx(alice, bob).send().unwrap();
    chain.mine(3);
    assert_eq!(
        (chain.now(), chain.block_number(), chain.head().timestamp),
        (start, 4, start)
    );
    chain.warp(10);
    assert_eq!(
        (chain.now(), chain.block_number()),
        (start + 10, 4),
        "warp makes no block"
    );
    chain.set_timestamp(start + 10).unwrap();
    assert!(matches!(
        chain.set_timestamp(start + 9),
        Err(ChainError::TimeGoesBack { .. })
    ));
    chain.set_timestamp(start + 11).unwrap();
    assert_eq!(chain.tx(alice, bob).send().unwrap().timestamp, start + 11);
    chain.warp(u64::MAX);
    assert_eq!(chain.now(), u64::MAX);
    assert_eq!(chain.tx(alice, bob).send().unwrap().timestamp, u64::MAX);
    chain.warp(1);
    assert_eq!(chain.now(), u64::MAX);
}

#[test]
fn test_interval_moves_the_clock_at_each_block() {
    let mut chain = Chain::builder().block_interval_secs(2).build().unwrap();
    let [alice, bob] = chain.accounts();
    let times: Vec<u64> = (0..3)
        .map(|_| chain.tx(alice, bob).send().unwrap().timestamp)
        .collect();
    assert_eq!(times, [0, 2, 4].map(|n| DEFAULT_GENESIS_TS + n));
}

#[test]
fn test_open_block_has_one_time_and_is_sealed_by_warp() {
    let mut chain = Chain::new();
    let [alice, bob] = chain.accounts();
    let start = chain.now();
    chain.auto_mine(false);
    let first = chain.tx(alice, bob).send().unwrap();
    let second = chain.tx(alice, bob).send().unwrap();
    assert_eq!(
        (first.block, first.tx_index, second.block, second.tx_index),
        (1, 0, 1, 1)
    );
    assert_eq!(chain.block_number(), 0);
    chain.set_timestamp(start).unwrap();
    assert_eq!(chain.block_number(), 0, "the same time leaves the block open");
    chain.warp(5);
    assert_eq!(
        (chain.block_number(), chain.head().tx_count, chain.head().gas_used),
        (1, 2, 42_000)
    );
    let third = chain.tx(alice, bob).send().unwrap();
    assert_eq!((third.block, third.timestamp), (2, start + 5));
    assert_eq!(chain.now(), start + 5);
    chain.auto_mine(true);
    assert_eq!(chain.block_number(), 2);
    assert_eq!(chain.seal_block().tx_count, 0);
}

#[test]
fn test_blocks_are_chained_and_kept_up_to_the_limit() {
    let mut chain = Chain::builder().history(3).build().unwrap();
    let [alice, bob] = chain.accounts();
    for _ in 0..5 {
        chain.tx(alice, bob).send().unwrap();
    }
    assert!(chain.block(2).is_none() && chain.block(6).is_none());
    for n in 4..=5 {
        let (block, parent) = (chain.block(n).unwrap(), chain.block(n - 1).unwrap());
        assert_ne!(block.hash(), parent.hash());
        assert_eq!(block.total_tx_count, n);
        assert_eq!(block.total_gas_used, parent.total_gas_used + block.gas_used);
        assert_eq!(chain.receipts_of(n).unwrap()[0].block, n);
    }
    let mut none = Chain::builder().history(0).build().unwrap();
    none.tx(alice, bob).send().unwrap();
    assert!(none.block(1).is_none());
    assert_eq!(none.head().number, 1);
}

#[test]
fn test_nested_snapshots_give_back_state_blocks_and_clock() {
    let mut chain = Chain::builder().l1_block_number(50).build().unwrap();
    let [alice, bob] = chain.accounts();
    let counter = contract(&mut chain, &COUNTER);
    let look = |chain: &Chain| {
        (
            *chain.head(),
            chain.now(),
            chain.l1_block_number(),
            chain.storage_at(counter, U256::ZERO),
            (chain.nonce(alice), chain.balance_of(bob), chain.base_fee_wei()),
        )
    };
    let mut points = Vec::new();
    for n in 0..10u64 {
        points.push((chain.snapshot(), look(&chain)));
        chain.warp(n * 100);
        chain.tx(alice, counter).send().unwrap();
        chain.set_base_fee_wei(1 + n);
        chain.tx(alice, bob).value(n).send().unwrap();
    }
    for round in 0..2 {
        let (snapshot, expected) = &points[7 - round];
        chain.revert_to(*snapshot).unwrap();
        assert_eq!(&look(&chain), expected);
        assert!(chain.block(expected.0.number + 1).is_none());
        chain.tx(alice, counter).send().unwrap();
        chain.revert_to(*snapshot).unwrap();
        assert_eq!(&look(&chain), expected);
    }
    assert!(matches!(
        chain.revert_to(points[7].0),
        Err(ChainError::UnknownSnapshot(_))
    ));
    chain.release(points[3].0).unwrap();
    assert!(matches!(
        chain.release(points[6].0),
        Err(ChainError::UnknownSnapshot(_))
    ));
    assert_eq!(&look(&chain), &points[6].1, "releasing leaves the chain as it is");
    chain.revert_to(points[0].0).unwrap();
    assert_eq!(&look(&chain), &points[0].1);
}

#[test]
fn test_named_account_is_funded_again_after_going_back() {
    let mut chain = Chain::new();
    let snapshot = chain.snapshot();
    let whale = chain.account("whale");
    chain.set_balance(whale, U256::from(3));
    assert_eq!(chain.account("whale"), whale);
    assert_eq!(chain.balance_of(whale), U256::from(3), "only the first use funds");
    chain.revert_to(snapshot).unwrap();
    assert_eq!(
        (chain.balance_of(whale), chain.label_of(whale)),
        (U256::ZERO, None)
    );
    chain.account("whale");
    assert_eq!(chain.balance_of(whale), DEV_BALANCE_WEI);
}

#[test]
fn test_snapshot_inside_an_open_block() {
    let mut chain = Chain::new();
    let [alice, bob] = chain.accounts();
    chain.auto_mine(false);
    chain.tx(alice, bob).value(1).send().unwrap();
    let snapshot = chain.snapshot();
    chain.tx(alice, bob).value(2).send().unwrap();
    chain.auto_mine(true);
    chain.revert_to(snapshot).unwrap();
    assert_eq!(chain.tx(alice, bob).value(3).send().unwrap().tx_index, 1);
    assert_eq!(chain.seal_block().tx_count, 2);
    assert_eq!(chain.balance_of(bob), DEV_BALANCE_WEI + U256::from(4));
}
