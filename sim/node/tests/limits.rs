//! Bounds on what clients may ask for, connections that go wrong, and the end.

use std::io::{Read, Write};
use std::time::Duration;

use mintage_node::{Limits, NodeConfig, NodeHandle};
use serde_json::json;

use crate::wire::{connect, error, fingerprint, parse, post, raw, result};

fn limited(limits: Limits) -> NodeHandle {
    NodeHandle::start(NodeConfig {
        port: 0,
        limits,
        ..NodeConfig::default()
    })
    .unwrap()
}

#[test]
fn test_body_limit_has_its_error() {
    let node = limited(Limits {
        body_bytes: 10_000,
        ..Limits::default()
    });
    let reply = post(&node, &vec![b' '; 10_001]);
    assert_eq!(
        (reply.status, reply.json()["error"]["code"].as_i64()),
        (413, Some(-32005))
    );
    let chunked = format!(
        "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        10_001,
        " ".repeat(10_001)
    );
    assert_eq!(parse(&raw(&node, chunked.as_bytes())).status, 413);
    let padded = format!("{}{}", r#"{"id":1,"method":"eth_chainId"}"#, " ".repeat(9_000));
    assert_eq!(post(&node, padded.as_bytes()).json()["result"], "0x64aba");
}

#[test]
fn test_two_megabytes_are_taken() {
    let node = NodeHandle::spawn().unwrap();
    let data = format!("0x{}", "00".repeat(1 << 20));
    let answer = result(&node, "web3_sha3", json!([data]));
    assert_eq!(answer, json!(alloy_primitives::keccak256(vec![0; 1 << 20])));
}

#[test]
fn test_log_limits_have_their_errors() {
    let node = limited(Limits {
        log_blocks: 5,
        ..Limits::default()
    });
    result(&node, "anvil_mine", json!(["0xa"]));
    let error = error(
        &node,
        "eth_getLogs",
        json!([{ "fromBlock": "0x0", "toBlock": "latest" }]),
    );
    assert_eq!(error["code"], -32005);
    assert!(
        error["message"].as_str().unwrap().contains("at most 5"),
        "{error}"
    );
    assert_eq!(
        result(
            &node,
            "eth_getLogs",
            json!([{ "fromBlock": "0x1", "toBlock": "0x5" }])
        ),
        json!([])
    );
}

#[test]
fn test_filter_limit_has_its_error() {
    let node = limited(Limits {
        filters: 3,
        ..Limits::default()
    });
    for _ in 0..3 {
        result(&node, "eth_newBlockFilter", json!([]));
    }
    assert_eq!(error(&node, "eth_newBlockFilter", json!([]))["code"], -32005);
    assert_eq!(result(&node, "eth_uninstallFilter", json!(["0x1"])), true);
    result(&node, "eth_newBlockFilter", json!([]));
}

#[test]
fn test_a_call_ends_by_its_gas() {
    let node = NodeHandle::spawn().unwrap();
    let at = "0x00000000000000000000000000000000000beef1";
    // JUMPDEST PUSH1 0 JUMP, for ever.
    result(&node, "anvil_setCode", json!([at, "0x5b600056"]));
    for gas in [json!(null), json!("0xffffffffffffffff")] {
        let error = error(&node, "eth_call", json!([{ "to": at, "gas": gas }, "latest"]));
        assert!(
            error["message"].as_str().unwrap().contains("out of gas"),
            "{error}"
        );
    }
}

#[test]
fn test_the_gas_of_a_call_is_that_of_the_limits() {
    let at = "0x00000000000000000000000000000000000beef2";
    for call_gas in [1_000_000, 200_000_000] {
        let node = limited(Limits {
            call_gas,
            ..Limits::default()
        });
        result(&node, "anvil_setL1Price", json!([0]));
        // Returns GAS.
        result(&node, "anvil_setCode", json!([at, "0x5a5f5260205ff3"]));
        let given = 21_000 + 2;
        for gas in [json!(null), json!("0xffffffffffffffff")] {
            let left = result(&node, "eth_call", json!([{ "to": at, "gas": gas }, "latest"]));
            let left: alloy_primitives::U256 = left.as_str().unwrap().parse().unwrap();
            assert_eq!(left.to::<u64>(), call_gas - given);
        }
        // For ever, until its gas ends.
        result(&node, "anvil_setCode", json!([at, "0x5b600056"]));
        let words = error(&node, "eth_estimateGas", json!([{ "to": at }]))["message"].to_string();
        assert!(words.contains(&format!("allowance ({call_gas})")), "{words}");
    }
}

#[test]
fn test_a_trace_has_a_limit() {
    let at = "0x00000000000000000000000000000000000beef2";
    let tracer = |name: &str| json!({ "tracer": name });
    let call = json!({ "to": at });
    let refused = |node: &NodeHandle, method: &str, params: serde_json::Value| {
        let error = error(node, method, params);
        assert_eq!(error["code"], -32005, "{error}");
        assert!(
            error["message"].to_string().contains("the trace is above"),
            "{error}"
        );
    };
    // Calls the zero address for ever.
    let endless = "0x5b5f5f5f5f5f5afa505f56";
    let node = limited(Limits::default());
    result(&node, "anvil_setCode", json!([at, endless]));
    refused(
        &node,
        "debug_traceCall",
        json!([call, "latest", tracer("callTracer")]),
    );
    let node = limited(Limits {
        trace_bytes: 10_000,
        ..Limits::default()
    });
    let from = node.accounts()[0].address;
    let sent = json!({ "from": from, "to": at, "gas": "0x100000" });
    let small = result(&node, "eth_sendTransaction", json!([sent]));
    result(&node, "anvil_setCode", json!([at, endless]));
    let hash = result(&node, "eth_sendTransaction", json!([sent]));
    for name in ["callTracer", "stylusTracer"] {
        refused(&node, "debug_traceCall", json!([call, "latest", tracer(name)]));
        refused(&node, "debug_traceTransaction", json!([hash, tracer(name)]));
        refused(&node, "debug_traceBlockByNumber", json!(["latest", tracer(name)]));
        result(&node, "debug_traceTransaction", json!([small, tracer(name)]));
        result(&node, "debug_traceBlockByNumber", json!(["0x1", tracer(name)]));
    }
    // These do not show it.
    for name in ["prestateTracer", "noopTracer"] {
        result(&node, "debug_traceTransaction", json!([hash, tracer(name)]));
    }
    // One small trace each, and many in a block.
    result(&node, "anvil_setCode", json!([at, "0x"]));
    result(&node, "evm_setAutomine", json!([false]));
    for _ in 0..100 {
        result(&node, "eth_sendTransaction", json!([sent]));
    }
    result(&node, "evm_mine", json!([]));
    refused(
        &node,
        "debug_traceBlockByNumber",
        json!(["latest", tracer("callTracer")]),
    );
}

/// As much as gas pays for, in one frame.
#[test]
fn test_the_steps_of_one_frame_count() {
    let at = "0x00000000000000000000000000000000000beef2";
    let node = limited(Limits {
        call_gas: 500_000_000,
        ..Limits::default()
    });
    // TLOAD for ever.
    result(&node, "anvil_setCode", json!([at, "0x5b5f5c505f56"]));
    let params = json!([{ "to": at }, "latest", { "tracer": "callTracer" }]);
    let error = error(&node, "debug_traceCall", params);
    assert!(
        error["message"].to_string().contains("the trace is above"),
        "{error}"
    );
}

/// Contracts that call with much data: what a frame takes is not only its number.
#[test]
fn test_the_data_of_a_trace_counts() {
    let at = "0x00000000000000000000000000000000000beef2";
    let node = limited(Limits {
        trace_bytes: 4 << 20,
        ..Limits::default()
    });
    // Calls the zero address with 1 MiB three times, and five.
    for (times, fits) in [(3, true), (5, false)] {
        let code = format!("0x{}00", "5f5f621000005f5f5afa50".repeat(times));
        result(&node, "anvil_setCode", json!([at, code]));
        let params = json!([{ "to": at }, "latest", { "tracer": "callTracer" }]);
        let answer = crate::wire::call(&node, "debug_traceCall", params);
        assert_eq!(answer.get("result").is_some(), fits, "{times}");
    }
}

#[test]
fn test_connection_limit_has_its_error() {
    let node = limited(Limits {
        connections: 2,
        ..Limits::default()
    });
    let held = [connect(&node), connect(&node)];
    // The two are taken when they have been answered.
    for mut stream in &held {
        stream
            .write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 31\r\n\r\n{\"id\":1,\"method\":\"eth_chainId\"}")
            .unwrap();
        let mut some = [0; 12];
        stream.read_exact(&mut some).unwrap();
        assert_eq!(&some, b"HTTP/1.1 200");
    }
    let refused = parse(&raw(&node, b""));
    assert_eq!(
        (refused.status, refused.json()["error"]["code"].as_i64()),
        (503, Some(-32005))
    );
}

#[test]
fn test_slow_and_half_open_connections_end() {
    let node = limited(Limits {
        idle_time: Duration::from_millis(300),
        body_time: Duration::from_millis(300),
        ..Limits::default()
    });
    // Nothing, half a head: the connection ends without an answer, or with one that it took too long.
    for begun in [&b""[..], b"POST / HTTP/1.1\r\nhost:"] {
        let answer = raw(&node, begun);
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"),
            "{answer:?}"
        );
    }
    // Half a body is told.
    let half = raw(
        &node,
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{\"id\"",
    );
    assert_eq!(parse(&half).status, 408);
    assert_eq!(result(&node, "eth_chainId", json!([])), "0x64aba");
}

#[test]
fn test_garbage_and_cut_off_requests_change_nothing() {
    let node = NodeHandle::spawn().unwrap();
    let before = fingerprint(&node);
    let garbage: Vec<u8> = (0..1_000_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    assert_eq!(post(&node, &garbage).json()["error"]["code"], -32700);
    assert_eq!(
        post(&node, &b"[".repeat(1_000_000)).json()["error"]["code"],
        -32700
    );
    raw(&node, &garbage);
    for cut in [10, 60, 90] {
        let whole = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 56\r\n\r\n{\"id\":1,\"method\":\"evm_mine\",\"params\":[]                 }";
        let mut stream = connect(&node);
        stream.write_all(&whole[..cut]).unwrap();
        drop(stream);
    }
    assert_eq!(fingerprint(&node), before);
}

#[test]
fn test_five_hundred_connections_at_once() {
    let node = NodeHandle::spawn().unwrap();
    let mut open: Vec<_> = (0..500).map(|_| connect(&node)).collect();
    let request = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 35\r\nconnection: close\r\n\r\n{\"id\":1,\"method\":\"eth_blockNumber\"}";
    for stream in &mut open {
        stream.write_all(request).unwrap();
    }
    for mut stream in open {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        assert_eq!(parse(&all).json()["result"], "0x0");
    }
}

#[test]
fn test_stopping_frees_the_port_and_ends_connections() {
    let node = NodeHandle::spawn().unwrap();
    let address = node.address();
    let mut idle = connect(&node);
    node.stop().unwrap();
    let mut rest = Vec::new();
    // A connection that was not taken up yet ends with a reset.
    if let Err(error) = idle.read_to_end(&mut rest) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
    assert!(rest.is_empty());
    std::net::TcpListener::bind(address).expect("the port is free again");
}

#[test]
fn test_a_taken_port_is_said() {
    let node = NodeHandle::spawn().unwrap();
    let again = NodeHandle::start(NodeConfig {
        port: node.address().port(),
        ..NodeConfig::default()
    });
    let error = again.unwrap_err().to_string();
    assert!(error.contains("another node may be running"), "{error}");
}

#[test]
fn test_state_file_of_another_chain_id_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = NodeConfig {
        port: 0,
        state: Some(folder.path().join("chain")),
        ..NodeConfig::default()
    };
    NodeHandle::start(config.clone()).unwrap().stop().unwrap();
    let other = NodeHandle::start(NodeConfig {
        chain_id: Some(5),
        ..config
    });
    let error = other.unwrap_err().to_string();
    assert!(error.contains("chain with id 412346, not 5"), "{error}");
}

#[test]
fn test_state_file_goes_on_where_it_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let config = NodeConfig {
        port: 0,
        state: Some(folder.path().join("chain")),
        ..NodeConfig::default()
    };
    let node = NodeHandle::start(config.clone()).unwrap();
    let (from, to) = (node.accounts()[0].address, node.accounts()[1].address);
    let hash = result(
        &node,
        "eth_sendTransaction",
        json!([{ "from": from, "to": to, "value": "0x5" }]),
    );
    let before = (
        fingerprint(&node),
        result(&node, "eth_getTransactionReceipt", json!([hash])),
    );
    node.stop().unwrap();
    let node = NodeHandle::start(config.clone()).unwrap();
    let after = (
        fingerprint(&node),
        result(&node, "eth_getTransactionReceipt", json!([hash])),
    );
    assert_eq!(before, after);
    result(
        &node,
        "eth_sendTransaction",
        json!([{ "from": from, "to": to, "value": "0x5" }]),
    );
    assert_eq!(result(&node, "eth_blockNumber", json!([])), "0x2");
    drop(node);
    std::fs::write(folder.path().join("chain"), b"something else").unwrap();
    let error = NodeHandle::start(config).unwrap_err().to_string();
    assert!(error.contains("no saved chain"), "{error}");
}
