//! Blocks by hand and by interval: their bounds, what they take, and what a reset makes of it.

use std::time::Duration;

use alloy_primitives::address;
use mintage_node::{Limits, NodeConfig, NodeError, NodeHandle};
use serde_json::{Value, json};

use crate::wire::{call, error, number, result};

fn head(node: &NodeHandle) -> u64 {
    number(&result(node, "eth_blockNumber", json!([])))
}

fn send(node: &NodeHandle, nonce: Option<u64>) -> Value {
    let (from, to) = (node.accounts()[0].address, node.accounts()[1].address);
    let nonce = nonce.map(|nonce| format!("{nonce:#x}"));
    result(
        node,
        "eth_sendTransaction",
        json!([{ "from": from, "to": to, "gas": "0x100000", "nonce": nonce }]),
    )
}

#[test]
fn test_no_interval_ends_the_writer() {
    let node = NodeHandle::spawn().unwrap();
    for method in ["evm_setIntervalMining", "anvil_setIntervalMining"] {
        for secs in [
            json!("0xffffffffffffffff"),
            json!(u64::MAX),
            json!(365 * 24 * 60 * 60 + 1),
        ] {
            let answer = error(&node, method, json!([secs]));
            assert!(answer["message"].to_string().contains("31536000"), "{answer}");
        }
    }
    result(&node, "evm_setIntervalMining", json!([365 * 24 * 60 * 60]));
    assert_eq!(
        result(&node, "anvil_getIntervalMining", json!([])),
        365 * 24 * 60 * 60
    );
    result(&node, "evm_mine", json!([]));
    assert_eq!(head(&node), 1);
    node.stop().unwrap();
    for time in [
        Duration::ZERO,
        Duration::from_secs(365 * 24 * 60 * 60 + 1),
        Duration::MAX,
    ] {
        let started = NodeHandle::start(NodeConfig {
            port: 0,
            block_time: Some(time),
            ..NodeConfig::default()
        });
        assert!(
            matches!(started, Err(NodeError::BlockTime(said)) if said == time),
            "{time:?}"
        );
    }
}

#[test]
fn test_a_request_makes_so_many_blocks() {
    let node = NodeHandle::spawn().unwrap();
    for (method, params, most) in [
        ("anvil_mine", json!(["0xf4240"]), "100000"),
        ("anvil_mine", json!([100_001]), "100000"),
        ("evm_mine", json!([{ "blocks": 100_001 }]), "100000"),
        ("evm_mine_detailed", json!([{ "blocks": 1_001 }]), "1000,"),
    ] {
        let answer = error(&node, method, params);
        assert_eq!(answer["code"], -32005);
        let words = answer["message"].to_string();
        assert!(
            words.contains(most) && words.contains("several requests"),
            "{words}"
        );
    }
    assert_eq!(head(&node), 0);
    let blocks = result(&node, "evm_mine_detailed", json!([{ "blocks": 1_000 }]));
    assert_eq!(blocks.as_array().unwrap().len(), 1_000);
}

#[test]
fn test_mining_ends_with_the_time_of_its_request() {
    let node = NodeHandle::start(NodeConfig {
        port: 0,
        limits: Limits {
            request_time: Duration::from_millis(200),
            ..Limits::default()
        },
        ..NodeConfig::default()
    })
    .unwrap();
    for method in ["anvil_mine", "evm_mine"] {
        let params = match method {
            "anvil_mine" => json!([100_000]),
            _ => json!([{ "blocks": 100_000 }]),
        };
        let before = head(&node);
        assert_eq!(error(&node, method, params)["code"], -32005);
        // The writer answers when it is free again.
        while call(&node, "anvil_getAutomine", json!([]))["result"] != true {}
        let made = head(&node) - before;
        assert!(made < 100_000, "{method} made {made}");
    }
}

#[test]
fn test_mining_ends_with_the_node() {
    let node = NodeHandle::spawn().unwrap();
    let address = node.address();
    let asked = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let body = json!({ "id": 1, "method": "anvil_mine", "params": [100_000] }).to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        all
    });
    while head(&node) == 0 {}
    node.stop().unwrap();
    let answer = asked.join().unwrap();
    assert!(answer.contains("the node stops"), "{answer}");
}

#[test]
fn test_automine_takes_all_that_waited() {
    let node = NodeHandle::spawn().unwrap();
    let from = node.accounts()[0].address;
    let at = address!("00000000000000000000000000000000000beef4");
    // Uses all gas that it is given: a block takes two of these.
    result(&node, "anvil_setCode", json!([at, "0x5b600056"]));
    result(&node, "evm_setAutomine", json!([false]));
    let sent: Vec<Value> = (0..5)
        .map(|_| {
            let transaction = json!({ "from": from, "to": at, "gas": "0x1312d00" });
            result(&node, "eth_sendTransaction", json!([transaction]))
        })
        .collect();
    // This one misses an earlier nonce and goes on waiting.
    send(&node, Some(9));
    result(&node, "evm_setAutomine", json!([true]));
    for hash in sent {
        let receipt = result(&node, "eth_getTransactionReceipt", json!([hash]));
        assert_eq!(receipt["status"], "0x0", "{receipt}");
    }
    assert_eq!(head(&node), 3);
    let left = json!({ "pending": "0x0", "queued": "0x1" });
    assert_eq!(result(&node, "txpool_status", json!([])), left);
}

#[test]
fn test_the_pending_block_has_what_can_run() {
    let node = NodeHandle::spawn().unwrap();
    result(&node, "evm_setAutomine", json!([false]));
    let (first, second) = (send(&node, Some(0)), send(&node, Some(1)));
    send(&node, Some(3));
    let block = result(&node, "eth_getBlockByNumber", json!(["pending", false]));
    assert_eq!(block["transactions"], json!([first, second]));
    let whole = result(&node, "eth_getBlockByNumber", json!(["pending", true]));
    assert_eq!(whole["transactions"].as_array().unwrap().len(), 2);
    let count = result(&node, "eth_getBlockTransactionCountByNumber", json!(["pending"]));
    assert_eq!(count, "0x2");
}

#[test]
fn test_a_reset_is_a_new_start() {
    let stranger = address!("00000000000000000000000000000000000beef5");
    let everybody = json!({ "from": stranger, "to": stranger, "gas": "0x10000" });
    for no_mining in [false, true] {
        let node = NodeHandle::start(NodeConfig {
            port: 0,
            no_mining,
            ..NodeConfig::default()
        })
        .unwrap();
        result(&node, "anvil_impersonateAccount", json!([stranger]));
        result(&node, "anvil_autoImpersonateAccount", json!([true]));
        result(&node, "evm_setAutomine", json!([no_mining]));
        result(&node, "anvil_reset", json!([]));
        assert_eq!(result(&node, "anvil_getAutomine", json!([])), !no_mining);
        let refused = error(&node, "eth_sendTransaction", json!([everybody]));
        assert!(
            refused["message"].to_string().contains("unknown account"),
            "{refused}"
        );
        result(&node, "evm_setIntervalMining", json!([1_000]));
        result(&node, "anvil_reset", json!([]));
        assert_eq!(result(&node, "anvil_getIntervalMining", json!([])), Value::Null);
    }
}
