//! Errors in the words and codes that viem, ethers and alloy tell them apart by.

use mintage_node::NodeHandle;
use serde_json::{Value, json};

use crate::wire::{error, result};

/// PUSH1 .. MSTORE; a contract that reverts with Error("no").
const REVERTS: &str = "0x7f08c379a0000000000000000000000000000000000000000000000000000000006000526020600452600260245261\
                       6e6f60f01b60445260646000fd";

fn send(node: &NodeHandle, fields: Value) -> Value {
    let mut object =
        json!({ "from": node.accounts()[0].address, "to": node.accounts()[1].address, "gas": "0x186a0" });
    for (field, value) in fields.as_object().unwrap() {
        object[field] = value.clone();
    }
    error(node, "eth_sendTransaction", json!([object]))
}

#[test]
fn test_refused_transactions_say_what_clients_look_for() {
    let node = NodeHandle::spawn().unwrap();
    let cases = [
        (
            json!({ "value": "0xffffffffffffffffffffffff" }),
            "insufficient funds",
        ),
        (json!({ "gas": "0x5207" }), "intrinsic gas too low"),
        (
            json!({ "gasPrice": "0x1" }),
            "max fee per gas less than block base fee",
        ),
        (
            json!({ "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x2" }),
            "tip higher than fee cap",
        ),
        (json!({ "chainId": "0x1" }), "chainId"),
        (
            json!({ "maxPriorityFeePerGas": format!("{:#x}", u128::MAX) }),
            "insufficient funds",
        ),
    ];
    for (fields, words) in cases {
        let error = send(&node, fields.clone());
        assert!(
            error["message"].as_str().unwrap().contains(words),
            "{fields}: {error}"
        );
    }
    result(
        &node,
        "eth_sendTransaction",
        json!([{ "from": node.accounts()[0].address, "to": node.accounts()[1].address, "value": "0x1" }]),
    );
    let low = send(&node, json!({ "nonce": "0x0" }));
    assert!(
        low["message"].as_str().unwrap().contains("nonce too low"),
        "{low}"
    );
}

#[test]
fn test_reverts_have_code_3_reason_and_data() {
    let node = NodeHandle::spawn().unwrap();
    let at = "0x00000000000000000000000000000000000beef1";
    result(&node, "anvil_setCode", json!([at, REVERTS]));
    for method in ["eth_call", "eth_estimateGas"] {
        let error = error(&node, method, json!([{ "to": at }, "latest"]));
        assert_eq!(error["code"], 3, "{method}: {error}");
        assert_eq!(error["message"], "execution reverted: no", "{method}");
        assert!(error["data"].as_str().unwrap().starts_with("0x08c379a0"));
    }
    result(&node, "anvil_setCode", json!([at, "0x60006000fd"]));
    let bare = error(&node, "eth_call", json!([{ "to": at }, "latest"]));
    assert_eq!(
        (&bare["code"], &bare["message"], &bare["data"]),
        (&json!(3), &json!("execution reverted"), &json!("0x"))
    );
    result(&node, "anvil_setCode", json!([at, "0xfe"]));
    let halt = error(&node, "eth_call", json!([{ "to": at }, "latest"]));
    assert_eq!(halt["code"], -32000, "{halt}");
}

#[test]
fn test_errors_of_precompiles_are_told_in_the_networks_words() {
    let node = NodeHandle::spawn().unwrap();
    let word = |number: u64| format!("{number:064x}");
    for (to, data, told) in [
        // arbBlockHash of a block to come
        (
            "0x64",
            format!("0x2b407a82{}", word(99_999)),
            "error InvalidBlockNumber(99999, 1): error InvalidBlockNumber(99999, 1)",
        ),
        // redeem of no ticket
        (
            "0x6e",
            format!("0xeda1122c{}", word(1)),
            "error NoTicketWithID(): error NoTicketWithID()",
        ),
        // codehashVersion of no program
        (
            "0x71",
            format!("0xd70c0ca7{}", word(1)),
            "error ProgramNotActivated(): error ProgramNotActivated()",
        ),
    ] {
        let to = format!("0x{:0>40}", &to[2..]);
        let error = error(&node, "eth_call", json!([{ "to": to, "data": data }, "pending"]));
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with(&format!("execution reverted: {told}")),
            "{error}"
        );
    }
}

#[test]
fn test_wrong_arguments_are_named() {
    let node = NodeHandle::spawn().unwrap();
    let cases = [
        ("eth_getBalance", json!([])),
        ("eth_getBalance", json!(["0x12"])),
        ("eth_getBalance", json!([5, "latest"])),
        (
            "eth_getBalance",
            json!(["0x00000000000000000000000000000000000beef1", "newest"]),
        ),
        ("eth_getTransactionReceipt", json!(["0x12"])),
        ("eth_sendRawTransaction", json!(["zz"])),
        ("eth_call", json!([[]])),
        ("eth_call", json!([{ "to": "0x1" }])),
        ("eth_call", json!([{ "gas": "many" }])),
        ("eth_call", json!([{ "data": "0x01", "input": "0x02" }])),
        ("eth_getLogs", json!([{ "topics": [[], [], [], [], []] }])),
        ("eth_getLogs", json!([{ "fromBlock": "0x5", "toBlock": "0x1" }])),
        ("eth_feeHistory", json!(["0x1", "latest", [50, 20]])),
        ("evm_setNextBlockTimestamp", json!(["0x1"])),
        (
            "anvil_setBalance",
            json!(["0x00000000000000000000000000000000000beef1", "-1"]),
        ),
    ];
    for (method, params) in cases {
        let error = error(&node, method, params.clone());
        assert_eq!(error["code"], -32602, "{method} {params}: {error}");
    }
}

#[test]
fn test_raw_transactions_that_are_none_are_refused() {
    let node = NodeHandle::spawn().unwrap();
    for raw in [
        "0x",
        "0x00",
        "0x02",
        "0x02c0",
        "0x03c0",
        "0x64c0",
        "0x6ac0",
        "0xf8",
        &format!("0x{}", "ff".repeat(90_000)),
        &format!("0x{}", "ff".repeat(95_001)),
    ] {
        let error = error(&node, "eth_sendRawTransaction", json!([raw]));
        assert!(error["code"].as_i64().unwrap() < 0, "{error}");
    }
}

#[test]
fn test_what_is_not_here_is_null_and_unknown_blocks_are_errors() {
    let node = NodeHandle::spawn().unwrap();
    let hash = format!("0x{}", "ab".repeat(32));
    for (method, params) in [
        ("eth_getTransactionByHash", json!([hash])),
        ("eth_getTransactionReceipt", json!([hash])),
        ("eth_getBlockByHash", json!([hash, true])),
        ("eth_getBlockByNumber", json!(["0x1000", true])),
        ("eth_getBlockReceipts", json!(["0x1000"])),
        (
            "eth_getTransactionByBlockNumberAndIndex",
            json!(["latest", "0x5"]),
        ),
        ("eth_getRawTransactionByHash", json!([hash])),
    ] {
        assert_eq!(result(&node, method, params), Value::Null, "{method}");
    }
    let account = node.accounts()[0].address;
    for (method, params) in [
        ("eth_getBalance", json!([account, "0x1000"])),
        ("eth_call", json!([{ "to": account }, { "blockHash": hash }])),
    ] {
        let error = error(&node, method, params);
        assert!(
            error["message"].as_str().unwrap().contains("header not found"),
            "{error}"
        );
    }
}

#[test]
fn test_what_needs_a_socket_says_so() {
    let node = NodeHandle::spawn().unwrap();
    let error = error(&node, "eth_subscribe", json!(["newHeads"]));
    assert_eq!(error["code"], -32004, "{error}");
    assert!(
        error["message"].as_str().unwrap().contains("WebSocket"),
        "{error}"
    );
}

#[test]
fn test_proofs_are_bounded_and_their_keys_are_words() {
    let node = NodeHandle::spawn().unwrap();
    let account = node.accounts()[0].address;
    for (keys, words) in [
        (json!(vec!["0x0"; 1_025]), "at most 1024"),
        (json!(["0xgg"]), "no number"),
        (json!("0x0"), "a list"),
        (json!([format!("0x1{}", "0".repeat(64))]), "no number"),
    ] {
        let error = error(&node, "eth_getProof", json!([account, keys, "latest"]));
        assert_eq!(error["code"], -32602, "{error}");
        assert!(error["message"].as_str().unwrap().contains(words), "{error}");
    }
}
