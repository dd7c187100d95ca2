//! A fork of anvil: a chain that is no Arbitrum chain gets an ArbOS, and keeps its own accounts, hashes and past.

use alloy_primitives::{Address, U256};
use mintage_node::{ForkConfig, NodeConfig, NodeHandle};
use serde_json::{Value, json};

use crate::clients::Anvil;

const HOLDER: Address = Address::repeat_byte(0x55);
/// Adds 1 to slot 0 and emits LOG1 with the topic 0x77.
const COUNTER: &str = "0x600160005401600055607760006000a1";
const AT: Address = Address::repeat_byte(0xcc);
/// Returns BLOCKHASH of the number in the first word of the calldata.
const HASHES: &str = "0x6000354060005260206000f3";
const HASHES_AT: Address = Address::repeat_byte(0xbb);

fn ask(url: &str, method: &str, params: Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let mut response = ureq::post(url)
        .header("content-type", "application/json")
        .send(body.to_string())
        .expect("it answers");
    let text = response.body_mut().read_to_string().expect("a body");
    serde_json::from_str(&text).expect("JSON")
}

#[track_caller]
fn result(url: &str, method: &str, params: Value) -> Value {
    let mut answer = ask(url, method, params);
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].take()
}

fn word(value: &Value) -> U256 {
    value.as_str().expect("hex text").parse().expect("a number")
}

#[test]
fn test_a_fork_of_anvil_has_its_past_and_an_arbos_of_its_own() {
    let anvil = Anvil::start(31_337);
    let there = anvil.url.as_str();
    result(there, "anvil_setCode", json!([AT, COUNTER]));
    result(there, "anvil_setCode", json!([HASHES_AT, HASHES]));
    result(there, "anvil_setBalance", json!([HOLDER, "0x7"]));
    let accounts = result(there, "eth_accounts", json!([]));
    let call = json!({ "from": accounts[0], "to": AT });
    for _ in 0..3 {
        let hash = result(there, "eth_sendTransaction", json!([call]));
        // anvil answers before it has made the block.
        while result(there, "eth_getTransactionReceipt", json!([hash])).is_null() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
    let head = result(there, "eth_getBlockByNumber", json!(["latest", false]));
    let node = NodeHandle::start(NodeConfig {
        port: 0,
        fork: Some(ForkConfig::new(there)),
        ..NodeConfig::default()
    })
    .unwrap();
    let url = node.url();
    let here = url.as_str();
    assert_eq!(result(here, "eth_chainId", json!([])), "0x7a69");
    assert!(!node.fork().unwrap().is_arbitrum);
    assert_eq!(result(here, "eth_blockNumber", json!([])), head["number"]);
    for number in ["0x0", "0x1", "0x3", "latest"] {
        let params = json!([number, true]);
        let block = result(here, "eth_getBlockByNumber", params.clone());
        assert_eq!(block, result(there, "eth_getBlockByNumber", params), "{number}");
    }
    assert_eq!(
        word(&result(here, "eth_getBalance", json!([HOLDER]))),
        U256::from(7)
    );
    let count = |url: &str| word(&result(url, "eth_getStorageAt", json!([AT, "0x0", "latest"])));
    assert_eq!(count(here), U256::from(3));
    // BLOCKHASH of the other chain's blocks: NUMBER goes on from its numbers.
    for number in 0..3u64 {
        let data = format!("{:#066x}", number);
        let hash = result(here, "eth_call", json!([{ "to": HASHES_AT, "data": data }]));
        let block = result(
            there,
            "eth_getBlockByNumber",
            json!([format!("{number:#x}"), false]),
        );
        assert_eq!(hash, block["hash"], "{number}");
    }
    // ArbOS is there: its precompiles answer, and transactions run.
    let version = result(
        here,
        "eth_call",
        json!([{ "to": "0x0000000000000000000000000000000000000064", "data": "0x051038f2" }]),
    );
    assert_eq!(word(&version), U256::from(55 + 61));
    let hash = result(here, "eth_sendTransaction", json!([call]));
    let receipt = result(here, "eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    assert_eq!((count(here), count(there)), (U256::from(4), U256::from(3)));
    let logs = result(
        here,
        "eth_getLogs",
        json!([{ "fromBlock": "0x0", "address": AT }]),
    );
    assert_eq!(logs.as_array().map(Vec::len), Some(4));
    let next = result(here, "eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(next["parentHash"], head["hash"]);
    // What the development accounts have there is topped up here, and their nonces go on.
    let nonce = result(here, "eth_getTransactionCount", json!([accounts[0], "latest"]));
    assert_eq!(nonce, "0x4");
}
