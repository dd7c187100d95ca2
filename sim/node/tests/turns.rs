//! Who waits for whom: nobody for somebody else's long call, and nobody for longer than a request may take.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use mintage_node::{Limits, NodeConfig, NodeHandle};
use serde_json::{Value, json};

use crate::wire::{error, post, result};

/// JUMPDEST, PUSH1 0, JUMP: uses all gas that it is given.
const ENDLESS: &str = "0x5b600056";
const CONTRACT: &str = "0x00000000000000000000000000000000000beef3";

/// Whether a trace's state is that which its call found, while blocks are made.
#[test]
fn test_a_trace_looks_at_one_block() {
    let node = NodeHandle::spawn().unwrap();
    let from = node.accounts()[0].address;
    // Without calldata: adds 1 to slot 0, and writes the number to the slot of that number. With: counts from 65,535 to 0, and reads both.
    let code = "0x36600f5760015f54018\
                05f55805500\
                5b61ffff5b600190038060135750\
                5f54545000";
    let at = "0x00000000000000000000000000000000000beef7";
    result(&node, "anvil_setCode", json!([at, code]));
    let add = || {
        let sent = json!({ "from": from, "to": at, "gas": "0x100000" });
        result(&node, "eth_sendTransaction", json!([sent]));
    };
    add();
    let ended = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                add();
            }
        });
        for _ in 0..100 {
            let call = json!([{ "to": at, "data": "0x01" }, "latest", { "tracer": "prestateTracer" }]);
            let storage = result(&node, "debug_traceCall", call)[at]["storage"].take();
            let number = &storage[alloy_primitives::B256::ZERO.to_string()];
            let there = storage[number.as_str().expect("slot 0")] == *number;
            if !there {
                ended.store(true, Ordering::SeqCst);
            }
            assert!(there, "{storage}");
        }
        ended.store(true, Ordering::SeqCst);
    });
}

#[test]
fn test_nobody_waits_for_long_calls() {
    let node = NodeHandle::spawn().unwrap();
    result(&node, "anvil_setCode", json!([CONTRACT, ENDLESS]));
    let call =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{ "to": CONTRACT }, "latest"] });
    let long = Value::Array(vec![call; 20]).to_string();
    // As many as would take every thread, and more than may run where they came in.
    let clients = 2 * thread::available_parallelism().map_or(2, usize::from);
    let answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                let answers = post(&node, long.as_bytes()).json();
                answered.fetch_add(1, Ordering::SeqCst);
                for answer in answers.as_array().expect("a batch") {
                    assert_eq!(answer["error"]["message"], "out of gas", "{answer}");
                }
            });
        }
        // Each on a connection of its own, which somebody has to take.
        for _ in 0..10 {
            assert_eq!(result(&node, "eth_chainId", json!([])), "0x64aba");
        }
        assert_eq!(answered.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn test_a_call_that_takes_too_long_has_its_error() {
    let node = NodeHandle::start(NodeConfig {
        port: 0,
        limits: Limits {
            request_time: Duration::from_millis(1),
            ..Limits::default()
        },
        ..NodeConfig::default()
    })
    .unwrap();
    let params = json!([{ "to": CONTRACT }, "latest", { CONTRACT: { "code": ENDLESS } }]);
    for method in ["eth_call", "eth_estimateGas"] {
        let error = error(&node, method, params.clone());
        assert_eq!(
            (error["code"].as_i64(), error["message"].as_str()),
            (Some(-32005), Some("the request took longer than 0.001 s")),
            "{method}"
        );
    }
}
