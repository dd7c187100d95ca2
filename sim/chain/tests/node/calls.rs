//! Calls, overrides, estimates, replays.

use alloy_consensus::{TxEip1559, TxEip7702, TxLegacy};
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Address, Bytes, TxKind, U256, hex};
use mintage_chain::{
    AccountOverride, BlockId, BlockOverrides, CallError, CallRequest, Chain, Overrides, Status,
};

use crate::common::{COUNTER, GWEI, node, sign_hash, signed, transfer};

fn to(address: Address) -> CallRequest {
    CallRequest {
        to: Some(address),
        ..CallRequest::default()
    }
}

/// Returns slot 0.
const READ: [u8; 10] = hex!("5f545f5260205ff3fefe");

#[test]
fn test_calls_run_at_any_block() {
    let (mut chain, reader) = node();
    let [alice, counter] = chain.accounts();
    chain.set_code(counter, COUNTER);
    for _ in 0..5 {
        chain.tx(alice, counter).send().unwrap();
    }
    let code = AccountOverride {
        code: Some(READ.into()),
        ..AccountOverride::default()
    };
    let overrides = Overrides {
        state: vec![(counter, code)],
        ..Overrides::default()
    };
    for number in 0..=5u64 {
        let outcome = reader
            .call(BlockId::Number(number), &to(counter), &overrides)
            .unwrap();
        assert_eq!(U256::from_be_slice(&outcome.output), U256::from(number));
    }
    assert_eq!(chain.storage_at(counter, U256::ZERO), U256::from(5));
}

#[test]
fn test_overrides_replace_what_the_call_sees() {
    let (mut chain, reader) = node();
    let [alice, target] = chain.accounts();
    chain.set_storage(target, U256::ZERO, U256::from(3));
    let read = |account: AccountOverride| {
        let account = AccountOverride {
            code: Some(READ.into()),
            ..account
        };
        let overrides = Overrides {
            state: vec![(target, account)],
            ..Overrides::default()
        };
        let outcome = reader.call(BlockId::Latest, &to(target), &overrides).unwrap();
        U256::from_be_slice(&outcome.output)
    };
    let slot = |key: u64, value: u64| (U256::from(key), U256::from(value));
    assert_eq!(read(AccountOverride::default()), U256::from(3));
    assert_eq!(
        read(AccountOverride {
            state_diff: vec![slot(0, 8)],
            ..Default::default()
        }),
        U256::from(8)
    );
    assert_eq!(
        read(AccountOverride {
            state_diff: vec![slot(1, 8)],
            ..Default::default()
        }),
        U256::from(3)
    );
    assert_eq!(
        read(AccountOverride {
            state: Some(vec![slot(1, 8)]),
            ..Default::default()
        }),
        U256::ZERO
    );
    // NUMBER, TIMESTAMP, COINBASE, PREVRANDAO one after the other.
    let env = hex!("435f5242602052416040524460605260805ff3");
    let block = BlockOverrides {
        number: Some(99),
        time: Some(1_900_000_000),
        coinbase: Some(alice),
        difficulty: Some(U256::from(7)),
        ..BlockOverrides::default()
    };
    let code = AccountOverride {
        code: Some(env.into()),
        ..AccountOverride::default()
    };
    let overrides = Overrides {
        state: vec![(target, code)],
        block,
    };
    let output = reader
        .call(BlockId::Latest, &to(target), &overrides)
        .unwrap()
        .output;
    let words: Vec<U256> = output.chunks(32).map(U256::from_be_slice).collect();
    let coinbase = U256::from_be_slice(alice.as_slice());
    assert_eq!(
        words,
        [
            U256::from(25_000_000),
            U256::from(1_900_000_000u64),
            coinbase,
            U256::from(7)
        ]
    );
}

#[test]
fn test_revert_is_an_outcome_of_a_call_and_an_error_of_an_estimate() {
    let (mut chain, reader) = node();
    let [_, target] = chain.accounts();
    // MSTORE 0x2a, REVERT with that word.
    chain.set_code(target, hex!("602a5f5260205ffd"));
    let outcome = reader
        .call(BlockId::Latest, &to(target), &Overrides::default())
        .unwrap();
    assert_eq!(outcome.status, Status::Reverted);
    let Err(CallError::Reverted { output }) =
        reader.estimate_gas(BlockId::Pending, &to(target), &Overrides::default())
    else {
        panic!("it reverts");
    };
    assert_eq!(U256::from_be_slice(&output), U256::from(0x2a));
}

/// An estimate is enough, and less than it by more than the tolerance is not, where L1 data costs nothing.
#[test]
fn test_estimate_is_tight() {
    let (mut chain, reader) = node();
    let [alice, counter, relay] = chain.accounts();
    chain.set_code(counter, COUNTER);
    // Calls the counter with all its gas and reverts if that fails: 63/64 must be there before.
    let mut code = hex!("5f5f5f5f5f73").to_vec();
    code.extend(counter);
    code.extend(hex!("5af1602257fe5b00"));
    let jump = code.len() - 2;
    let place = code.len() - 5;
    assert_eq!((code[place - 1], code[jump]), (0x60, 0x5b));
    code[place] = jump as u8;
    chain.set_code(relay, code);
    for target in [counter, relay] {
        let call = CallRequest {
            from: Some(alice),
            ..to(target)
        };
        let gas = reader
            .estimate_gas(BlockId::Latest, &call, &Overrides::default())
            .unwrap();
        let with = |gas: u64| {
            let call = CallRequest {
                gas: Some(gas),
                ..call.clone()
            };
            reader
                .call(BlockId::Latest, &call, &Overrides::default())
                .unwrap()
                .status
                == Status::Success
        };
        assert!(with(gas), "{gas}");
        let less = gas - gas * 15 / 1_000 - 1;
        assert!(!with(less), "{less} of {gas}");
    }
    let plain = CallRequest {
        from: Some(alice),
        value: U256::from(1),
        ..to(Address::repeat_byte(9))
    };
    assert_eq!(
        reader
            .estimate_gas(BlockId::Latest, &plain, &Overrides::default())
            .unwrap(),
        21_000
    );
    let poor = CallRequest {
        from: Some(Address::repeat_byte(8)),
        ..plain
    };
    let error = reader
        .estimate_gas(BlockId::Latest, &poor, &Overrides::default())
        .unwrap_err();
    assert!(error.to_string().contains("insufficient funds"), "{error}");
    let little = CallRequest {
        gas: Some(21_100),
        ..to(counter)
    };
    let error = reader
        .estimate_gas(BlockId::Latest, &little, &Overrides::default())
        .unwrap_err();
    assert_eq!(error.to_string(), "gas required exceeds allowance (21100)");
}

#[test]
fn test_estimate_with_l1_gas_is_enough_for_the_transaction() {
    let mut chain = Chain::builder()
        .archive(true)
        .l1_price_per_unit_wei(2_000_000)
        .build()
        .unwrap();
    let reader = chain.reader().unwrap();
    let [alice, bob] = chain.accounts();
    let input = Bytes::from(vec![0x5a; 200]);
    let call = CallRequest {
        from: Some(alice),
        input: input.clone(),
        ..to(bob)
    };
    let gas = reader
        .estimate_gas(BlockId::Pending, &call, &Overrides::default())
        .unwrap();
    let body = TxEip1559 {
        gas_limit: gas,
        input,
        ..transfer(0, bob, 0)
    };
    let hash = chain.submit_raw(&signed(0, body.into())).unwrap();
    let found = reader.transaction(hash).unwrap();
    let receipt = &found.block.transactions[0].receipt;
    assert!(receipt.status && receipt.gas_used < gas);
    assert!(receipt.gas_used_for_l1 > 0);
}

#[test]
fn test_access_list_names_what_is_touched() {
    let (mut chain, reader) = node();
    let [alice, counter] = chain.accounts();
    chain.set_code(counter, COUNTER);
    let call = CallRequest {
        from: Some(alice),
        ..to(counter)
    };
    let found = reader
        .access_list(BlockId::Latest, &call, &Overrides::default())
        .unwrap();
    let items: Vec<_> = found
        .access_list
        .iter()
        .map(|item| (item.address, item.storage_keys.len()))
        .collect();
    assert_eq!(items, [(counter, 1)]);
    let with = CallRequest {
        access_list: found.access_list.clone(),
        ..call
    };
    let outcome = reader
        .call(BlockId::Latest, &with, &Overrides::default())
        .unwrap();
    assert_eq!(outcome.gas_used, found.gas_used);
}

/// Every transaction of a block with several, again in the state right before it.
#[test]
fn test_replay_gives_the_same_receipt() {
    let (mut chain, reader) = node();
    let [alice, counter] = chain.accounts();
    chain.set_code(counter, COUNTER);
    chain.set_mining(mintage_chain::Mining::Manual);
    let hashes: Vec<_> = (0..4)
        .map(|nonce| {
            let body = TxEip1559 {
                to: TxKind::Call(counter),
                ..transfer(nonce, counter, nonce)
            };
            chain.submit_raw(&signed(0, body.into())).unwrap()
        })
        .collect();
    chain.mine_pending();
    chain.set_storage(counter, U256::ZERO, U256::from(100));
    chain.mine(3);
    let first = reader.transaction(hashes[0]).unwrap();
    for (before, hash) in hashes.into_iter().enumerate() {
        let mut replay = reader.replay(hash).unwrap();
        assert_eq!(replay.chain.storage_at(counter, U256::ZERO), U256::from(before));
        assert_eq!(replay.transaction().from(), alice);
        let again = replay.run().unwrap();
        let located = reader.transaction(hash).unwrap();
        let was = &located.block.transactions[located.index].receipt;
        assert_eq!((again.gas_used, &again.logs), (was.gas_used, &was.logs));
        assert_eq!(again.block, located.block.number());
    }
    // As a whole, one after the other, with the same outcomes.
    let block = reader.block(first.block.number()).unwrap();
    let mut next = reader.replay_block(&block).unwrap();
    for (before, mined) in block.transactions.iter().enumerate() {
        let mut replay = next.expect("as many as the block has");
        assert_eq!(replay.transaction().hash(), mined.transaction.hash());
        assert_eq!(replay.chain.storage_at(counter, U256::ZERO), U256::from(before));
        let again = replay.run().unwrap();
        assert_eq!(
            (again.gas_used, &again.logs),
            (mined.receipt.gas_used, &mined.receipt.logs)
        );
        next = replay.following();
    }
    assert!(next.is_none());
    assert!(
        reader.replay_block(&reader.head()).unwrap().is_none(),
        "an empty block"
    );
    assert_eq!(chain.storage_at(counter, U256::ZERO), U256::from(100));
}

const IDENTITY: Address = Address::with_last_byte(4);
const ARB_SYS: Address = Address::with_last_byte(0x64);

fn moved(from: Address, to: Address) -> Overrides {
    let account = AccountOverride {
        move_precompile_to: Some(to),
        ..AccountOverride::default()
    };
    Overrides {
        state: vec![(from, account)],
        ..Overrides::default()
    }
}

#[test]
fn test_precompiles_move_for_a_call() {
    let (mut chain, reader) = node();
    chain.mine(3);
    let place = Address::repeat_byte(0x31);
    // arbBlockNumber()
    for (precompile, input, expected) in [
        (
            ARB_SYS,
            hex!("a3b1b31d").to_vec(),
            U256::from(3).to_be_bytes::<32>().to_vec(),
        ),
        (IDENTITY, b"itself".to_vec(), b"itself".to_vec()),
    ] {
        let call = |address| CallRequest {
            input: input.clone().into(),
            ..to(address)
        };
        let run = |address, overrides: &Overrides| {
            let outcome = reader.call(BlockId::Latest, &call(address), overrides).unwrap();
            (outcome.status, outcome.output)
        };
        let overrides = moved(precompile, place);
        let answer = (Status::Success, Bytes::from(expected));
        assert_eq!(run(precompile, &Overrides::default()), answer);
        assert_eq!(run(place, &overrides), answer);
        assert_ne!(run(precompile, &overrides), answer, "it has gone from here");
        // Code in its old place runs.
        let mut replaced = overrides.clone();
        replaced.state[0].1.code = Some(READ.into());
        replaced.state[0].1.state_diff = vec![(U256::ZERO, U256::from(77))];
        let seventy_seven = Bytes::from(U256::from(77).to_be_bytes::<32>());
        assert_eq!(
            run(precompile, &replaced),
            (Status::Success, seventy_seven.clone())
        );
        assert_eq!(run(place, &replaced), answer);
        replaced.state[0].1.move_precompile_to = None;
        assert_eq!(run(precompile, &replaced), (Status::Success, seventy_seven));
    }
}

#[test]
fn test_only_precompiles_move_and_only_to_free_places() {
    let (chain, reader) = node();
    let [alice] = chain.accounts();
    let refused = |overrides: &Overrides| {
        let error = reader.call(BlockId::Latest, &to(alice), overrides).unwrap_err();
        error.to_string()
    };
    assert_eq!(
        refused(&moved(alice, IDENTITY)),
        format!("account {alice} is not a precompile")
    );
    let mut twice = moved(IDENTITY, alice);
    twice.state.extend(moved(ARB_SYS, alice).state);
    assert_eq!(refused(&twice), format!("account {alice} is already overridden"));
    let mut occupied = moved(IDENTITY, alice);
    occupied.state.push((alice, AccountOverride::default()));
    assert_eq!(
        refused(&occupied),
        format!("account {alice} is already overridden")
    );
}

/// With authorizations of any number the estimate is enough for the transaction that is then signed.
#[test]
fn test_estimate_of_a_delegation_is_enough() {
    for count in 1..=4u64 {
        let mut chain = Chain::builder()
            .archive(true)
            .l1_price_per_unit_wei(1_000_000)
            .build()
            .unwrap();
        let reader = chain.reader().unwrap();
        let [alice, _] = chain.accounts();
        let authorization_list: Vec<_> = (0..count)
            .map(|nonce| {
                let authorization = Authorization {
                    chain_id: U256::from(412_346),
                    address: Address::repeat_byte(0x77 + nonce as u8),
                    nonce,
                };
                let signature = sign_hash(1, authorization.signature_hash());
                authorization.into_signed(signature)
            })
            .collect();
        let call = CallRequest {
            from: Some(alice),
            authorization_list: authorization_list.clone(),
            ..to(alice)
        };
        let gas = reader
            .estimate_gas(BlockId::Pending, &call, &Overrides::default())
            .unwrap();
        let body = TxEip7702 {
            chain_id: 412_346,
            nonce: 0,
            gas_limit: gas,
            max_fee_per_gas: GWEI,
            to: alice,
            authorization_list,
            ..TxEip7702::default()
        };
        chain.submit_raw(&signed(0, body.into())).unwrap();
        let receipt = &reader.head().transactions[0].receipt;
        assert!(receipt.status, "{count} authorizations");
        assert!(receipt.gas_used <= gas);
    }
}

/// Who pays is told by what was offered: without a base fee nothing is paid for gas in any case.
#[test]
fn test_transaction_of_a_block_without_base_fee_runs_again() {
    let (mut chain, reader) = node();
    let [alice, bob] = chain.accounts();
    // GASPRICE and BASEFEE, returned.
    chain.set_code(bob, hex!("3a5f524860205260405ff3"));
    chain.set_base_fee_wei(0);
    let legacy = TxLegacy {
        chain_id: Some(412_346),
        gas_price: GWEI,
        gas_limit: 100_000,
        to: TxKind::Call(bob),
        ..TxLegacy::default()
    };
    let tipped = TxEip1559 {
        max_priority_fee_per_gas: 5,
        ..transfer(1, bob, 1)
    };
    for raw in [signed(0, legacy.into()), signed(0, tipped.into())] {
        chain.submit_raw(&raw).unwrap();
    }
    chain.tx(alice, bob).send().unwrap();
    chain.tx(alice, bob).free_gas().send().unwrap();
    chain.set_base_fee_wei(20_000_000);
    chain.tx(alice, bob).free_gas().send().unwrap();
    for number in 1..=chain.block_number() {
        let mined = &reader.block(number).unwrap().transactions[0];
        let again = reader.replay(mined.transaction.hash()).unwrap().run().unwrap();
        assert_eq!(
            (again.gas_used, &again.output),
            (mined.receipt.gas_used, &mined.receipt.output)
        );
        assert_eq!(
            again.effective_gas_price_wei,
            mined.receipt.effective_gas_price_wei
        );
    }
}
