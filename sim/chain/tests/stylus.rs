//! Stylus programs in the chain: prices against the network's recorded vectors, calls between EVM and WASM, endings,
//! the block's recent programs, snapshots. Deployment is in `deploy.rs`.

mod common;

use std::collections::BTreeMap;

use alloy_primitives::keccak256;
use common::{Script, artifact, vectors};
use mintage_chain::{Address, B256, Bytes, Chain, ChainError, Halt, Status, U256, hex};
use serde_json::Value;

fn address_of(row: &Value, field: &str) -> Address {
    row[field].as_str().unwrap().parse().unwrap()
}

fn bytes_of(value: &Value) -> Bytes {
    value.as_str().unwrap().parse().unwrap()
}

/// Gas of a transaction before anything runs, by the rule: 21,000, 4 for a zero byte, 16 for any other.
fn intrinsic(data: &[u8]) -> u64 {
    21_000
        + data
            .iter()
            .map(|byte| if *byte == 0 { 4 } else { 16 })
            .sum::<u64>()
}

/// Every recorded call of realistic programs, as a transaction: what the vector says, plus what a transaction costs by
/// itself, minus the refund for freed storage.
#[test]
fn test_recorded_calls_cost_the_same_as_transactions() {
    let rows = vectors("contracts.jsonl");
    let mut programs = BTreeMap::new();
    let mut seen = 0;
    for row in rows.iter().filter(|row| row["kind"] == "call") {
        let file = row["wasm"].as_str().unwrap();
        let program = programs.entry(file).or_insert_with(|| artifact(file));
        let version = row["arbos"].as_u64().unwrap();
        let mut chain = Chain::builder()
            .arbos_version(version)
            .chain_id(42161)
            .build()
            .unwrap();
        // The run's own address, as the logs and the domain separator have it; the row's `contract` is another.
        let (caller, contract) = (address_of(row, "caller"), Address::with_last_byte(0xaa));
        chain.set_balance(caller, U256::from(10u64.pow(18)));
        chain.set_program(contract, program).unwrap();
        chain
            .cache_program(contract, row["cached"].as_bool().unwrap())
            .unwrap();
        for (slot, value) in row["storage"].as_object().unwrap() {
            let value: U256 = value.as_str().unwrap().parse().unwrap();
            chain.set_storage(contract, slot.parse().unwrap(), value);
        }
        let data = bytes_of(&row["calldata"]);
        let base = intrinsic(&data);
        let gas = row["gas_in"].as_u64().unwrap() + base;
        let receipt = chain.tx(caller, contract).data(data).gas(gas).include().unwrap();

        let what = format!(
            "{} {} at {version}, cached {}",
            row["wasm"], row["case"], row["cached"]
        );
        assert_eq!(receipt.is_success(), row["outcome"] == "success", "{what}");
        assert_eq!(
            receipt.gas_used + receipt.gas_refunded,
            base + row["gas_used"].as_u64().unwrap(),
            "{what}"
        );
        assert_eq!(receipt.output, bytes_of(&row["output"]), "{what}");
        let logs = row["logs"].as_array().unwrap();
        assert_eq!(receipt.logs.len(), logs.len(), "{what}");
        for (log, expected) in receipt.logs.iter().zip(logs) {
            assert_eq!(log.address, contract, "{what}");
            assert_eq!(log.data.data, bytes_of(&expected["data"]), "{what}");
            let topics: Vec<B256> = expected["topics"]
                .as_array()
                .unwrap()
                .iter()
                .map(|t| t.as_str().unwrap().parse().unwrap())
                .collect();
            assert_eq!(log.topics(), topics, "{what}");
        }
        seen += 1;
    }
    assert_eq!(seen, 117);
}

/// A chain with the script program at an address of its own.
fn scripted() -> (Chain, Address, Address) {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    let program = chain.account("script");
    chain.set_balance(program, U256::ZERO);
    chain.set_program(program, &artifact("own-script.wasm")).unwrap();
    (chain, alice, program)
}

#[test]
fn test_program_writes_storage_and_a_failed_one_does_not() {
    let (mut chain, alice, program) = scripted();
    let write = Script::new().cache(1, 42).flush();
    chain.tx(alice, program).data(write.clone()).send().unwrap();
    assert_eq!(chain.storage_at(program, U256::from(1)), U256::from(42));
    let error = chain
        .tx(alice, program)
        .data(Script::new().cache(1, 43).flush().revert())
        .send()
        .unwrap_err();
    assert!(matches!(error, ChainError::Revert(_)), "{error}");
    assert_eq!(chain.storage_at(program, U256::from(1)), U256::from(42));
    let loaded = chain
        .view(alice, program)
        .data(Script::new().load(1))
        .call()
        .unwrap();
    assert_eq!(U256::from_be_slice(&loaded), U256::from(42));
}

#[test]
fn test_endings_of_a_program_are_told_apart() {
    let (mut chain, alice, program) = scripted();
    let mut end = |data: Bytes, gas: u64| match chain.tx(alice, program).data(data).gas(gas).send() {
        Err(ChainError::Halt {
            reason,
            gas_used,
            receipt,
        }) => {
            assert_eq!(receipt.unwrap().gas_used, gas_used);
            (reason, gas_used == gas)
        }
        other => panic!("must halt: {other:?}"),
    };
    let (reason, all) = end(Script::new().trap().into(), 1_000_000);
    assert!(matches!(reason, Halt::Trap(_)) && !all, "{reason}");
    assert_eq!(end(Script::new().spin().into(), 300_000), (Halt::OutOfInk, true));
    assert_eq!(
        end(Script::new().recurse().into(), 30_000_000),
        (Halt::OutOfStack, true)
    );
    assert_eq!(end(Script::new().into(), 22_000), (Halt::OutOfGas, true));
}

#[test]
fn test_program_without_activation_and_with_an_expired_one() {
    let (mut chain, alice, program) = scripted();
    let copy = chain.account("other code");
    chain.set_code(copy, artifact("own-echo.wasm").code);
    let error = chain.tx(alice, copy).send().unwrap_err();
    assert!(
        matches!(&error, ChainError::Halt { reason: Halt::Unusable(why), .. } if why.contains("activate")),
        "{error}"
    );
    assert!(
        matches!(chain.cache_program(copy, true), Err(ChainError::NotActivated { address }) if address == copy)
    );
    // 365 days are still fine, a second more is not. Activations count from whole hours.
    let since_hour = chain.now() % 3_600;
    chain.warp(365 * 86_400 - since_hour);
    chain.tx(alice, program).send().unwrap();
    chain.warp(1);
    let error = chain.tx(alice, program).send().unwrap_err();
    assert!(
        matches!(&error, ChainError::Halt { reason: Halt::Unusable(why), .. } if why.contains("expired")),
        "{error}"
    );
}

/// EVM code that passes its calldata on to `to` by `CALL` with the value that it got, and returns what came back.
fn forwarder(to: Address) -> Vec<u8> {
    [
        &hex!("365f5f37")[..],   // CALLDATACOPY(0, 0, size)
        &hex!("5f5f365f34")[..], // out size, out, in size, in, value
        &[0x73],
        to.as_slice(),
        &hex!("5af1")[..],         // GAS, CALL
        &hex!("503d5f5f3e3d5ff3"), // POP, RETURNDATACOPY(0, 0, size), RETURN
    ]
    .concat()
}

#[test]
fn test_evm_calls_stylus_calls_evm_in_one_transaction() {
    let (mut chain, alice, program) = scripted();
    // EVM code that stores its caller in slot 7 and returns 32 bytes: the value it got.
    let leaf = chain.account("leaf");
    chain.set_balance(leaf, U256::ZERO);
    chain.set_code(leaf, hex!("33600755345f5260205ff3"));
    let outer = chain.account("outer");
    chain.set_balance(outer, U256::ZERO);
    chain.set_code(outer, forwarder(program));

    let script = Script::new().cache(1, 5).flush().call(leaf, 9, u64::MAX, &[]);
    let receipt = chain.tx(alice, outer).value(30).data(script).send().unwrap();
    // Status 0, length 32, and the returned value.
    assert_eq!(receipt.output[..5], [0, 32, 0, 0, 0]);
    assert_eq!(U256::from_be_slice(&receipt.output[5..]), U256::from(9));
    assert_eq!(
        Address::from_word(chain.storage_at(leaf, U256::from(7)).into()),
        program
    );
    assert_eq!(chain.storage_at(program, U256::from(1)), U256::from(5));
    let balances = [outer, program, leaf].map(|account| chain.balance_of(account));
    assert_eq!(balances, [0, 21, 9].map(U256::from));

    // The inner revert undoes the program's writes, and only those: the outer call succeeds.
    let script = Script::new()
        .cache(1, 6)
        .flush()
        .call(leaf, 1, u64::MAX, &[])
        .revert();
    let receipt = chain.tx(alice, outer).value(3).data(script).send().unwrap();
    assert!(receipt.is_success());
    assert_eq!(chain.storage_at(program, U256::from(1)), U256::from(5));
    let balances = [outer, program, leaf].map(|account| chain.balance_of(account));
    assert_eq!(balances, [3, 21, 9].map(U256::from));
}

#[test]
fn test_logs_of_programs_and_bytecode_come_in_order() {
    let (mut chain, alice, program) = scripted();
    let leaf = chain.account("leaf");
    chain.set_code(leaf, hex!("5f5fa0")); // LOG0
    let topic = keccak256("topic");
    let script = Script::new()
        .log(&[topic], b"before")
        .call(leaf, 0, u64::MAX, &[])
        .log(&[], b"after");
    let receipt = chain.tx(alice, program).data(script).send().unwrap();
    let emitters: Vec<Address> = receipt.logs.iter().map(|log| log.address).collect();
    assert_eq!(emitters, [program, leaf, program]);
    assert_eq!(
        (receipt.logs[0].topics(), receipt.logs[0].data.data.as_ref()),
        (&[topic][..], &b"before"[..])
    );
    assert_eq!(receipt.logs[2].data.data.as_ref(), b"after");
}

#[test]
fn test_second_call_in_a_block_is_cheaper_and_a_call_is_not() {
    let (mut chain, alice, program) = scripted();
    chain.auto_mine(false);
    let first = chain.tx(alice, program).send().unwrap().gas_used;
    let second = chain.tx(alice, program).send().unwrap().gas_used;
    let init = artifact("own-script.wasm").init_gas - artifact("own-script.wasm").cached_gas;
    assert_eq!(first - second, init);
    assert_eq!(
        chain.view(alice, program).gas_used().unwrap(),
        first,
        "a call starts with an empty list"
    );
    chain.seal_block();
    assert_eq!(
        chain.tx(alice, program).send().unwrap().gas_used,
        first,
        "so does the next block"
    );
    chain.auto_mine(true);
    assert_eq!(chain.tx(alice, program).send().unwrap().gas_used, first);
    chain.cache_program(program, true).unwrap();
    assert_eq!(chain.tx(alice, program).send().unwrap().gas_used, second);
    chain.cache_program(program, false).unwrap();
    assert_eq!(chain.tx(alice, program).send().unwrap().gas_used, first);
}

#[test]
fn test_snapshot_gives_back_programs_storage_and_the_recent_list() {
    let (mut chain, alice, program) = scripted();
    chain.auto_mine(false);
    let before = chain.snapshot();
    let first = chain
        .tx(alice, program)
        .data(Script::new().cache(1, 2).flush())
        .send()
        .unwrap()
        .gas_used;
    let after_one = chain.snapshot();
    let second = chain
        .tx(alice, program)
        .data(Script::new().cache(1, 3).flush())
        .send()
        .unwrap()
        .gas_used;
    assert!(second < first);
    chain.revert_to(after_one).unwrap();
    assert_eq!(chain.storage_at(program, U256::from(1)), U256::from(2));
    let again = chain
        .tx(alice, program)
        .data(Script::new().cache(1, 3).flush())
        .send()
        .unwrap()
        .gas_used;
    assert_eq!(again, second);
    chain.revert_to(before).unwrap();
    assert_eq!(chain.storage_at(program, U256::from(1)), U256::ZERO);
    let again = chain
        .tx(alice, program)
        .data(Script::new().cache(1, 2).flush())
        .send()
        .unwrap()
        .gas_used;
    assert_eq!(again, first);
}

#[test]
fn test_trace_shows_every_host_call_and_changes_nothing() {
    let (mut chain, alice, program) = scripted();
    let script = Script::new().cache(1, 2).flush();
    let mut other = chain.clone();
    let plain = chain.tx(alice, program).data(script.clone()).send().unwrap();
    let traced = other.tx(alice, program).data(script).traced().send().unwrap();
    assert!(plain.trace.is_none());
    assert!(plain.hostio_costs().is_empty());
    let costs = traced.hostio_costs();
    assert!(costs.windows(2).all(|pair| pair[0].ink >= pair[1].ink));
    // The one write of a cold slot from zero: 22,100 gas, and the host call itself.
    assert_eq!((costs[0].name, costs[0].calls), ("storage_flush_cache", 1));
    assert_eq!(costs[0].ink, 22_100 * 10_000 + 68_073);
    assert!(costs.iter().all(|cost| !cost.name.starts_with("user_")));
    assert_eq!(
        (plain.gas_used, plain.output.clone()),
        (traced.gas_used, traced.output.clone())
    );
    let trace = traced.trace.expect("it was asked for");
    let names: Vec<&str> = trace.hostios().map(|(_, call)| call.name).collect();
    for name in [
        "read_args",
        "storage_cache_bytes32",
        "storage_flush_cache",
        "write_result",
    ] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    assert!(trace.hostios().all(|(_, call)| call.start_ink >= call.end_ink));
    assert_eq!(chain.head(), other.head());
}

#[test]
fn test_block_values_reach_programs() {
    let mut chain = Chain::builder().l1_block_number(777).build().unwrap();
    let [alice] = chain.accounts();
    chain.warp(24);
    let program = chain.account("timestamp");
    chain
        .set_program(program, &artifact("host-block_timestamp.wasm"))
        .unwrap();
    let receipt = chain.tx(alice, program).traced().send().unwrap();
    assert_eq!(receipt.status, Status::Success);
    let trace = receipt.trace.unwrap();
    let (_, call) = trace
        .hostios()
        .find(|(_, call)| call.name == "block_timestamp")
        .unwrap();
    assert_eq!(
        u64::from_be_bytes(call.outs.as_ref().try_into().unwrap()),
        chain.now()
    );
}

#[test]
fn test_wasm_that_the_network_refuses_is_refused_with_its_reason() {
    let mut chain = Chain::new();
    let program = chain.account("p");
    let mut bad = artifact("own-echo.wasm");
    // No module at all.
    bad.code = [&hex!("eff00000")[..], &artifact("own-echo.wasm").code[4..10]]
        .concat()
        .into();
    let error = chain.set_program(program, &bad).unwrap_err();
    assert!(matches!(error, ChainError::Refused { .. }), "{error}");
    assert!(chain.code_at(program).is_empty());
    // A good module whose code does not fit into a contract.
    let error = chain
        .set_program(program, &artifact("own-echo-70000.wasm"))
        .unwrap_err();
    assert!(
        matches!(&error, ChainError::Refused { reason, .. } if reason.contains("24576")),
        "{error}"
    );
}

/// Chains are independent, also in threads; only compiled programs are shared.
#[test]
fn test_chains_in_threads_give_the_same_results() {
    let (chain, alice, program) = scripted();
    let run = move |mut chain: Chain| {
        let mut receipts = Vec::new();
        for n in 0..50 {
            let script = Script::new()
                .load(n % 3)
                .cache(n % 3, n)
                .flush()
                .log(&[], b"done");
            receipts.push(chain.tx(alice, program).data(script).send().unwrap());
            chain.warp(n);
        }
        (receipts, *chain.head(), chain.balance_of(alice))
    };
    let expected = run(chain.clone());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let chain = chain.clone();
            std::thread::spawn(move || run(chain))
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), expected);
    }
}
