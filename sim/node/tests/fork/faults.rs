//! Endpoints that fail: what is tried again, what is told, and that nothing wrong is kept.

use std::net::TcpListener;
use std::time::Duration;

use mintage_node::{ForkConfig, Limits, NodeConfig, NodeHandle};
use serde_json::json;

use super::proxy::Fault;
use super::{AT, Origin, PROGRAM, count, head, send, start};
use crate::wire::{error, result};

fn quick(origin: &Origin) -> ForkConfig {
    ForkConfig {
        timeout: Duration::from_millis(700),
        retries: 3,
        ..origin.config()
    }
}

#[test]
fn test_what_fails_for_a_while_is_asked_again() {
    let origin = Origin::new();
    let faults = [
        Fault::Status(429),
        Fault::Status(500),
        Fault::Status(503),
        Fault::Body("<html>busy</html>"),
        Fault::Body("{}"),
        Fault::Body("[]"),
        Fault::Body(r#"{"jsonrpc":"2.0","id":1,"error":{"code":429,"message":"slow down"}}"#),
        Fault::Half,
        Fault::Close,
        Fault::Hang(Duration::from_secs(2)),
    ];
    // One at a time, in the middle of an account, and at the very start.
    for fault in faults {
        origin.proxy.do_next([fault.clone()]);
        let fork = start(quick(&origin)).unwrap_or_else(|e| panic!("{fault:?}: {e}"));
        origin.proxy.do_next([fault.clone()]);
        assert_eq!(
            result(&fork, "eth_getCode", json!([AT])),
            super::COUNTER,
            "{fault:?}"
        );
    }
}

#[test]
fn test_an_endpoint_may_ask_for_any_time() {
    let origin = Origin::new();
    let fork = start(quick(&origin)).unwrap();
    // After more than a second: a sum with the longest time there is would be too large.
    let hang = Fault::Hang(Duration::from_secs(2));
    for after in ["18446744073709551615", "1000000"] {
        origin
            .proxy
            .do_next([hang.clone(), hang.clone(), Fault::Later(after)]);
        let words = error(&fork, "eth_getStorageAt", json!([AT, "0x9"]))["message"].to_string();
        assert!(
            words.contains("429") && words.contains(&origin.proxy.url()),
            "{words}"
        );
    }
    origin.proxy.do_next([Fault::Later("0")]);
    assert_eq!(
        result(&fork, "eth_getStorageAt", json!([AT, "0x9"])),
        json!(alloy_primitives::B256::ZERO)
    );
}

#[test]
fn test_what_no_repetition_helps_is_told_at_once() {
    let origin = Origin::new();
    let fork = start(quick(&origin)).unwrap();
    let told = |fault: Fault, part: &str| {
        origin.proxy.do_next([fault]);
        let words = error(&fork, "eth_getStorageAt", json!([AT, "0x0"]))["message"].to_string();
        assert!(words.contains(part), "{words}");
        assert!(words.contains(&origin.proxy.url()), "{words}");
    };
    told(Fault::Status(401), "--fork-header");
    told(Fault::Status(404), "JSON-RPC endpoint");
    let pruned = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"missing trie node abc"}}"#;
    told(Fault::Body(pruned), "archive endpoint");
    told(
        Fault::Body(r#"{"jsonrpc":"2.0","id":1,"result":"0xzz"}"#),
        "eth_getStorageAt",
    );
    assert_eq!(count(&fork, "latest").to::<u64>(), 3, "nothing of it was kept");
}

#[test]
fn test_an_endpoint_that_takes_no_batches_is_asked_one_by_one() {
    let origin = Origin::new();
    let none = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batches are not allowed"}}"#;
    let fork = start(quick(&origin)).unwrap();
    origin.proxy.do_next([Fault::Body(none)]);
    assert_eq!(result(&fork, "eth_getCode", json!([AT])), super::COUNTER);
    origin.proxy.methods();
    result(&fork, "eth_getBalance", json!([AT]));
    assert!(origin.proxy.methods().is_empty(), "the account is known");
}

#[test]
fn test_an_endpoint_that_goes_away_poisons_nothing() {
    let origin = Origin::new();
    let at = head(&origin.node);
    let fork = start(ForkConfig {
        retries: 1,
        ..quick(&origin)
    })
    .unwrap();
    let from = fork.accounts()[0].address;
    origin.proxy.go_away(true);
    let refused = |method: &str, params: serde_json::Value| {
        let words = error(&fork, method, params)["message"].to_string();
        assert!(words.contains(&origin.proxy.url()), "{method}: {words}");
    };
    let call = json!({ "from": from, "to": PROGRAM, "data": origin.transfer });
    refused("eth_getBalance", json!([AT]));
    refused("eth_call", json!([call, "latest"]));
    refused(
        "eth_estimateGas",
        json!([{ "from": AT, "to": from, "value": "0x1", "gasPrice": "0x5f5e100" }]),
    );
    refused(
        "eth_sendTransaction",
        json!([{ "from": from, "to": AT, "gas": "0x30d40" }]),
    );
    refused("eth_getBlockByNumber", json!(["0x0", false]));
    refused("eth_getLogs", json!([{ "fromBlock": "0x0" }]));
    refused("anvil_setBalance", json!([AT, "0x1"]));
    refused("anvil_setStorageAt", json!([PROGRAM, "0x0", "0x1"]));
    // What is known goes on: transfers between accounts of the node, calls on them, blocks.
    let to = fork.accounts()[1].address;
    send(
        &fork,
        json!({ "from": from, "to": to, "value": "0x1", "gas": "0x30d40" }),
    );
    result(&fork, "evm_mine", json!([]));
    assert_eq!(head(&fork), at + 2);
    origin.proxy.go_away(false);
    assert_eq!(count(&fork, "latest").to::<u64>(), 3);
    assert_eq!(result(&fork, "eth_getCode", json!([AT])), super::COUNTER);
    assert_eq!(result(&fork, "eth_getBalance", json!([AT])), "0x0");
    assert_eq!(
        result(&fork, "eth_call", json!([call, "latest"])),
        result(&origin.node, "eth_call", json!([call, "latest"]))
    );
    send(&fork, json!({ "from": from, "to": AT }));
    assert_eq!(count(&fork, "latest").to::<u64>(), 4);
}

#[test]
fn test_an_endpoint_that_hangs_stops_nobody_else() {
    let origin = Origin::new();
    let fork = NodeHandle::start(NodeConfig {
        port: 0,
        fork: Some(ForkConfig {
            retries: 0,
            timeout: Duration::from_secs(20),
            ..origin.config()
        }),
        limits: Limits {
            request_time: Duration::from_secs(2),
            ..Limits::default()
        },
        ..NodeConfig::default()
    })
    .unwrap();
    origin.proxy.do_next([Fault::Hang(Duration::from_secs(3))]);
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| error(&fork, "eth_getBalance", json!([AT])));
        for _ in 0..20 {
            result(&fork, "eth_blockNumber", json!([]));
            result(&fork, "eth_getBalance", json!([fork.accounts()[0].address]));
        }
        slow.join().unwrap();
    });
    let from = fork.accounts()[0].address;
    send(&fork, json!({ "from": from, "to": from, "gas": "0x30d40" }));
}

#[test]
fn test_a_fork_of_nothing_does_not_start() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = ForkConfig {
        retries: 0,
        ..ForkConfig::new(format!("http://{free}/secret"))
    };
    let words = start(nowhere).unwrap_err().to_string();
    assert!(
        words.contains(&format!("http://{free} does not answer")),
        "{words}"
    );
    assert!(
        words.contains("is it running") && !words.contains("secret"),
        "{words}"
    );
    let words = start(ForkConfig::new("ws://127.0.0.1:1"))
        .unwrap_err()
        .to_string();
    assert!(words.contains("http"), "{words}");
}
