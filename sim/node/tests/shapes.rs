//! The fields of blocks, transactions and receipts as an Arbitrum node gives them.

use alloy_primitives::{B256, Bytes, U256, hex, keccak256};
use alloy_sol_types::{SolCall, sol};
use mintage_node::{CACHE_MANAGER, CREATE2_FACTORY, NodeConfig, NodeHandle, STYLUS_DEPLOYER};
use serde_json::{Value, json};

use crate::wire::{error, number, result};

sol! {
    function deploy(bytes bytecode, bytes initData, uint256 initValue, bytes32 salt);
    function initSalt(bytes32 salt, bytes initData);
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn transfer(node: &NodeHandle) -> Value {
    let (from, to) = (node.accounts()[0].address, node.accounts()[1].address);
    result(
        node,
        "eth_sendTransaction",
        json!([{ "from": from, "to": to, "value": "0x1" }]),
    )
}

#[test]
fn test_receipt_has_arbitrums_fields() {
    let node = NodeHandle::spawn().unwrap();
    let hash = transfer(&node);
    let receipt = result(&node, "eth_getTransactionReceipt", json!([hash]));
    let mut expected = [
        "blockHash",
        "blockNumber",
        "contractAddress",
        "cumulativeGasUsed",
        "effectiveGasPrice",
        "from",
        "gasUsed",
        "gasUsedForL1",
        "l1BlockNumber",
        "logs",
        "logsBloom",
        "status",
        "timeboosted",
        "to",
        "transactionHash",
        "transactionIndex",
        "type",
    ];
    expected.sort_unstable();
    assert_eq!(keys(&receipt), expected);
    let l1 = number(&receipt["gasUsedForL1"]);
    assert!(l1 > 0, "L1 data has a price by default");
    assert_eq!(number(&receipt["gasUsed"]), 21_000 + l1);
    assert_eq!(receipt["contractAddress"], Value::Null);
    let block = result(&node, "eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(receipt["effectiveGasPrice"], block["baseFeePerGas"]);
}

#[test]
fn test_block_has_arbitrums_fields_and_only_user_transactions() {
    let node = NodeHandle::spawn().unwrap();
    let hash = transfer(&node);
    let block = result(&node, "eth_getBlockByNumber", json!(["latest", true]));
    for field in [
        "l1BlockNumber",
        "sendCount",
        "sendRoot",
        "mixHash",
        "baseFeePerGas",
        "size",
        "stateRoot",
    ] {
        assert!(block[field].is_string(), "{field}: {block}");
    }
    assert_eq!(number(&block["gasLimit"]), 1 << 50);
    assert_eq!(block["transactions"].as_array().unwrap().len(), 1);
    assert_eq!(block["transactions"][0]["hash"], hash);
    let by_hash = result(&node, "eth_getBlockByHash", json!([block["hash"], true]));
    assert_eq!(by_hash, block);
    let parent = result(&node, "eth_getBlockByNumber", json!(["0x0", false]));
    assert_eq!(block["parentHash"], parent["hash"]);
    let receipts = result(&node, "eth_getBlockReceipts", json!(["latest"]));
    assert_eq!(
        receipts,
        json!([result(&node, "eth_getTransactionReceipt", json!([hash]))])
    );
}

#[test]
fn test_transaction_has_its_types_fields() {
    let node = NodeHandle::spawn().unwrap();
    let hash = transfer(&node);
    let by_hash = result(&node, "eth_getTransactionByHash", json!([hash]));
    assert_eq!(by_hash["type"], "0x2");
    for field in [
        "maxFeePerGas",
        "maxPriorityFeePerGas",
        "accessList",
        "chainId",
        "yParity",
        "v",
        "r",
        "s",
        "gasPrice",
    ] {
        assert!(!by_hash[field].is_null(), "{field}: {by_hash}");
    }
    let by_index = result(
        &node,
        "eth_getTransactionByBlockNumberAndIndex",
        json!(["0x1", "0x0"]),
    );
    assert_eq!(by_index, by_hash);
    let raw = result(&node, "eth_getRawTransactionByHash", json!([hash]));
    let sent = alloy_primitives::keccak256(alloy_primitives::hex::decode(raw.as_str().unwrap()).unwrap());
    assert_eq!(json!(sent), hash, "the hash is that of the raw transaction");
}

#[test]
fn test_pending_block_shows_what_waits() {
    let node = NodeHandle::spawn().unwrap();
    result(&node, "evm_setAutomine", json!([false]));
    let hash = transfer(&node);
    let pending = result(&node, "eth_getBlockByNumber", json!(["pending", false]));
    assert_eq!(
        (&pending["number"], &pending["transactions"]),
        (&json!("0x1"), &json!([hash]))
    );
    let waiting = result(&node, "eth_getTransactionByHash", json!([hash]));
    assert_eq!(
        (&waiting["blockHash"], &waiting["blockNumber"]),
        (&Value::Null, &Value::Null)
    );
    let at = |index: &str| {
        let params = json!(["pending", index]);
        result(&node, "eth_getTransactionByBlockNumberAndIndex", params)
    };
    assert_eq!((at("0x0"), at("0x1")), (waiting, Value::Null));
    assert_eq!(
        result(&node, "eth_getBlockReceipts", json!(["pending"])),
        Value::Null
    );
    let header = result(&node, "eth_getHeaderByNumber", json!(["pending"]));
    assert_eq!(
        (&header["number"], &header["parentHash"]),
        (&pending["number"], &pending["parentHash"])
    );
    assert_eq!(
        result(&node, "eth_getTransactionReceipt", json!([hash])),
        Value::Null
    );
    assert_eq!(result(&node, "evm_mine", json!([])), "0x0");
    assert_eq!(
        result(&node, "eth_getTransactionReceipt", json!([hash]))["status"],
        "0x1"
    );
}

#[test]
fn test_revert_brings_back_the_step_of_time_and_what_waited() {
    let node = NodeHandle::spawn().unwrap();
    let head = || result(&node, "eth_getBlockByNumber", json!(["latest", false]));
    result(&node, "evm_setAutomine", json!([false]));
    result(&node, "anvil_setBlockTimestampInterval", json!([7]));
    let waiting = transfer(&node);
    let snapshot = result(&node, "evm_snapshot", json!([]));
    result(&node, "anvil_setBlockTimestampInterval", json!([70]));
    let later = transfer(&node);
    result(&node, "evm_mine", json!([]));
    assert_eq!(result(&node, "evm_revert", json!([snapshot])), true);
    let before = number(&head()["timestamp"]);
    result(&node, "evm_mine", json!([]));
    assert_eq!(number(&head()["timestamp"]), before + 7);
    assert_eq!(head()["transactions"], json!([waiting]));
    assert_eq!(
        result(&node, "eth_getTransactionByHash", json!([later])),
        Value::Null
    );
    // A node that starts again has no step.
    result(&node, "anvil_reset", json!([]));
    assert_eq!(
        result(&node, "anvil_removeBlockTimestampInterval", json!([])),
        false
    );
}

#[test]
fn test_history_of_state_is_kept() {
    let node = NodeHandle::spawn().unwrap();
    let to = node.accounts()[1].address;
    let before = result(&node, "eth_getBalance", json!([to, "latest"]));
    transfer(&node);
    let after = result(&node, "eth_getBalance", json!([to, "latest"]));
    assert_ne!(before, after);
    assert_eq!(result(&node, "eth_getBalance", json!([to, "0x0"])), before);
    assert_eq!(result(&node, "eth_getBalance", json!([to, "earliest"])), before);
    assert_eq!(
        result(&node, "eth_getBalance", json!([to, { "blockNumber": "0x1" }])),
        after
    );
}

#[test]
fn test_what_tools_expect_stands_there() {
    let node = NodeHandle::spawn().unwrap();
    for at in [CREATE2_FACTORY, STYLUS_DEPLOYER, CACHE_MANAGER] {
        let code = result(&node, "eth_getCode", json!([at, "latest"]));
        assert!(code.as_str().unwrap().len() > 100, "{at}");
    }
    for precompile in [0x64, 0x6b, 0x6c, 0x70, 0x71, 0x72] {
        let at = format!("0x{precompile:040x}");
        assert_eq!(
            result(&node, "eth_getCode", json!([at, "latest"])),
            "0xfe",
            "{at}"
        );
    }
    assert_eq!(
        result(&node, "eth_accounts", json!([])).as_array().unwrap().len(),
        10
    );
}

#[test]
fn test_the_cache_manager_is_the_last_of_all_and_works() {
    let node = NodeHandle::spawn().unwrap();
    let ask =
        |to: Value, data: &str| result(&node, "eth_call", json!([{ "to": to, "data": data }, "latest"]));
    let all = ask(json!("0x0000000000000000000000000000000000000072"), "0x0ec1d773");
    let word = format!("{:0>64}", &format!("{CACHE_MANAGER:x}")[..]);
    assert!(all.as_str().unwrap().ends_with(&word), "{all}");
    let word = |number: u64| json!(format!("0x{number:064x}"));
    assert_eq!(ask(json!(CACHE_MANAGER), "0xb187bd26"), word(0), "isPaused");
    assert_eq!(ask(json!(CACHE_MANAGER), "0xbae6c2ad"), word(0), "queueSize");
    assert_eq!(
        ask(json!(CACHE_MANAGER), "0x674a64e0"),
        word(512 << 20),
        "cacheSize"
    );
    assert_eq!(
        ask(json!(CACHE_MANAGER), &format!("0xd29b303e{:064x}", 8_000)),
        word(0),
        "getMinBid"
    );
}

#[test]
fn test_proof_has_the_fields_of_eip_1186_and_begins_at_the_state_root() {
    let node = NodeHandle::spawn().unwrap();
    transfer(&node);
    let whole = format!("0x{}", "0".repeat(64));
    // What stands on the chain from the start is in the first block's root.
    for block in ["0x0", "latest"] {
        let proof = result(
            &node,
            "eth_getProof",
            json!([CACHE_MANAGER, ["0x0", whole, "0x7"], block]),
        );
        let mut expected = [
            "address",
            "accountProof",
            "balance",
            "codeHash",
            "nonce",
            "storageHash",
            "storageProof",
        ];
        expected.sort_unstable();
        assert_eq!(keys(&proof), expected);
        let header = result(&node, "eth_getBlockByNumber", json!([block, false]));
        let hash_of = |nodes: &Value| {
            let top: Bytes = serde_json::from_value(nodes[0].clone()).unwrap();
            json!(keccak256(top))
        };
        assert_eq!(hash_of(&proof["accountProof"]), header["stateRoot"]);
        assert_eq!(
            (&proof["nonce"], &proof["balance"]),
            (&json!("0x1"), &json!("0x0"))
        );
        let slots = proof["storageProof"].as_array().unwrap();
        let shown: Vec<_> = slots.iter().map(|slot| (&slot["key"], &slot["value"])).collect();
        let size = json!("0x20000000");
        assert_eq!(
            shown,
            [
                (&json!("0x0"), &size),
                (&json!(whole), &size),
                (&json!("0x7"), &json!("0x0"))
            ]
        );
        for slot in slots {
            assert_eq!(hash_of(&slot["proof"]), proof["storageHash"]);
        }
    }
}

#[test]
fn test_blocks_begin_with_arbos_transaction_where_that_is_asked_for() {
    let node = NodeHandle::start(NodeConfig {
        port: 0,
        internal_transactions: true,
        ..NodeConfig::default()
    })
    .unwrap();
    let hash = transfer(&node);
    let block = result(&node, "eth_getBlockByNumber", json!(["latest", true]));
    let start = &block["transactions"][0];
    let arbos = "0x00000000000000000000000000000000000a4b05";
    assert_eq!(
        [&start["type"], &start["from"], &start["to"], &start["gas"]],
        [&json!("0x6a"), &json!(arbos), &json!(arbos), &json!("0x0")]
    );
    assert_eq!(block["transactions"][1]["hash"], hash);
    assert_eq!(block["transactions"][1]["transactionIndex"], "0x1");
    let receipt = result(&node, "eth_getTransactionReceipt", json!([start["hash"]]));
    assert_eq!(
        [
            &receipt["type"],
            &receipt["status"],
            &receipt["gasUsed"],
            &receipt["gasUsedForL1"]
        ],
        ["0x6a", "0x1", "0x0", "0x0"]
    );
    let receipt = result(&node, "eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["transactionIndex"], "0x1");
    assert_eq!(receipt["cumulativeGasUsed"], receipt["gasUsed"]);
}

/// The addresses that the network's deployer gives (run from `@arbitrum/nitro-contracts` 3.2.0 on anvil).
#[test]
fn test_stylus_deployer_gives_the_networks_addresses() {
    let node = NodeHandle::spawn().unwrap();
    let init_code = hex!("600a600c600039600a6000f3602a60005260206000f3");
    for (init_data, address) in [
        (&hex!("")[..], "aa808ecea01528cd846e9d0e5eb2992bc2c75807"),
        (&hex!("1234"), "30261884ef4e935bfdc76e642bdc302b7db77301"),
    ] {
        let salt = B256::with_last_byte(5);
        let input = deployCall {
            bytecode: init_code.into(),
            initData: init_data.to_vec().into(),
            initValue: U256::ZERO,
            salt,
        };
        let call = json!({ "to": STYLUS_DEPLOYER, "data": Bytes::from(input.abi_encode()) });
        let answer = result(&node, "eth_call", json!([call, "latest"]));
        assert_eq!(answer, format!("0x{}{address}", "0".repeat(24)));
        let input = initSaltCall {
            salt,
            initData: init_data.to_vec().into(),
        };
        let call = json!({ "to": STYLUS_DEPLOYER, "data": Bytes::from(input.abi_encode()) });
        let expected = json!(keccak256([salt.as_slice(), init_data].concat()));
        assert_eq!(result(&node, "eth_call", json!([call, "latest"])), expected);
    }
}

#[test]
fn test_precompile_moves_by_override() {
    let node = NodeHandle::spawn().unwrap();
    let (arb_sys, place) = (
        "0x0000000000000000000000000000000000000064",
        "0x3131313131313131313131313131313131313131",
    );
    // arbChainID()
    let call = json!({ "to": place, "data": "0xd127f54a" });
    let overrides = json!({ arb_sys: { "movePrecompileToAddress": place } });
    let answer = result(&node, "eth_call", json!([call, "latest", overrides]));
    assert_eq!(number(&answer), 412_346);
}

/// Each transaction of a block is traced in the state that the ones before it left.
#[test]
fn test_a_call_is_told_the_gas_limit_that_it_is_given() {
    let node = NodeHandle::spawn().unwrap();
    let at = "0x00000000000000000000000000000000000beef1";
    // GASLIMIT, returned: far below what the call may use.
    let code = json!({ at: { "code": "0x4560005260206000f3" } });
    for method in ["eth_call", "eth_estimateGas"] {
        let told = result(
            &node,
            method,
            json!([{ "to": at }, "latest", code, { "gasLimit": "0x5209" }]),
        );
        if method == "eth_call" {
            assert_eq!(number(&told), 0x5209);
        }
    }
}

#[test]
fn test_access_list_is_without_contracts_that_the_call_makes() {
    let node = NodeHandle::spawn().unwrap();
    let at = "0x00000000000000000000000000000000000beef1";
    // CREATE of an empty contract, which then is called; SLOAD of slot 0.
    result(
        &node,
        "anvil_setCode",
        json!([at, "0x600080808080808080f05af15060005450"]),
    );
    let made = result(&node, "eth_createAccessList", json!([{ "to": at }, "latest"]));
    assert_eq!(
        made["accessList"],
        json!([{ "address": at, "storageKeys": [format!("0x{:064x}", 0)] }])
    );
}

#[test]
fn test_anybody_sends_without_a_signature() {
    let node = NodeHandle::spawn().unwrap();
    let from = "0x00000000000000000000000000000000000beef1";
    let to = node.accounts()[0].address;
    let request = json!([{ "from": from, "to": to, "value": "0x7" }]);
    result(&node, "anvil_setBalance", json!([from, "0xde0b6b3a7640000"]));
    error(&node, "eth_sendTransaction", request.clone());
    let hash = result(&node, "eth_sendUnsignedTransaction", request);
    let receipt = result(&node, "eth_getTransactionReceipt", json!([hash]));
    assert_eq!(
        (&receipt["status"], &receipt["from"]),
        (&json!("0x1"), &json!(from))
    );
}

#[test]
fn test_trace_of_a_block_is_that_of_its_transactions() {
    let node = NodeHandle::spawn().unwrap();
    result(&node, "evm_setAutomine", json!([false]));
    let hashes = [transfer(&node), transfer(&node), transfer(&node)];
    result(&node, "evm_mine", json!([]));
    for options in [
        json!({ "tracer": "callTracer" }),
        json!({ "tracer": "prestateTracer", "tracerConfig": { "diffMode": true } }),
    ] {
        let one_by_one: Vec<Value> = hashes
            .iter()
            .map(|hash| {
                let traced = result(&node, "debug_traceTransaction", json!([hash, options]));
                json!({ "txHash": hash, "result": traced })
            })
            .collect();
        assert_ne!(one_by_one[0]["result"], Value::Null);
        assert_eq!(
            result(&node, "debug_traceBlockByNumber", json!(["latest", options])),
            json!(one_by_one)
        );
    }
    let tracer = json!({ "tracer": "callTracer" });
    assert_eq!(
        result(&node, "debug_traceBlockByNumber", json!(["0x0", tracer])),
        json!([])
    );
}
