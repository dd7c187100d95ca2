//! Random damage to valid requests, by a fixed seed: every one is answered, and none of those that only read changes the chain.
//!
//! 10,000 by default; `MINTAGE_NODE_MUTATIONS` sets another number.

use std::io::{Read, Write};
use std::net::TcpStream;

use mintage_node::NodeHandle;
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::wire::{connect, fingerprint, result};

/// Requests that read only, one for each kind of parameter.
fn requests(node: &NodeHandle) -> Vec<Value> {
    let (a, b) = (node.accounts()[0].address, node.accounts()[1].address);
    let hash = format!("0x{}", "ab".repeat(32));
    let call = json!({ "from": a, "to": b, "data": "0x12345678", "value": "0x1", "gas": "0x10000", "accessList": [] });
    let overrides =
        json!({ a.to_string(): { "balance": "0x1", "code": "0x00", "stateDiff": { hash.clone(): hash } } });
    let methods = [
        ("eth_chainId", json!([])),
        ("eth_blockNumber", json!([])),
        ("eth_getBalance", json!([a, "latest"])),
        ("eth_getStorageAt", json!([a, "0x0", "latest"])),
        ("eth_getProof", json!([a, ["0x0", hash], "latest"])),
        ("eth_getBlockByNumber", json!(["0x0", true])),
        ("eth_getBlockByHash", json!([hash, false])),
        ("eth_getTransactionReceipt", json!([hash])),
        (
            "eth_call",
            json!([call, "latest", overrides, { "time": "0x77359400" }]),
        ),
        ("eth_estimateGas", json!([call, "pending"])),
        ("eth_createAccessList", json!([call, "latest"])),
        ("eth_feeHistory", json!(["0x5", "latest", [10, 90]])),
        (
            "eth_getLogs",
            json!([{ "fromBlock": "0x0", "toBlock": "latest", "address": [a, b], "topics": [null, [hash]] }]),
        ),
        (
            "eth_sendRawTransaction",
            json!(["0x02f86c83064aba8080840131794082520894"]),
        ),
        ("eth_getTransactionCount", json!([a, { "blockNumber": "0x0" }])),
        ("txpool_content", json!([])),
    ];
    methods
        .into_iter()
        .map(|(method, params)| json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
        .collect()
}

/// Damages a text: bytes changed, cut out, doubled, or a value replaced by another.
fn damaged(text: &str, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..6) {
            0 => bytes[at] = rng.random(),
            1 => bytes[at] = *b"{}[]\",:0x9-e\\n".choose(rng).unwrap_or(&0),
            2 => {
                bytes.remove(at);
            }
            3 => {
                let end = (at + rng.random_range(1..20)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => bytes.truncate(at.max(1)),
            _ => {
                let values = [
                    &b"null"[..],
                    b"true",
                    b"-1",
                    b"1e400",
                    b"\"0x\"",
                    b"[]",
                    b"{}",
                    b"18446744073709551616",
                    b"\"latest\"",
                ];
                let value = values.choose(rng).copied().unwrap_or(b"0");
                bytes.splice(at..at, value.iter().copied());
            }
        }
        if bytes.is_empty() {
            bytes.push(b' ');
        }
    }
    bytes
}

/// One request on a connection that stays open; `None` if there was nothing to answer.
fn exchange(stream: &mut TcpStream, body: &[u8]) -> Option<Value> {
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream
        .write_all(&[head.as_bytes(), body].concat())
        .expect("the node takes it");
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("the node answers");
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("text").to_lowercase();
    if head.starts_with("http/1.1 204") {
        return None;
    }
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse().ok())
        .expect("a length");
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).expect("the whole answer");
    Some(
        serde_json::from_slice(&answer)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&answer))),
    )
}

#[test]
fn test_damaged_requests_are_answered_and_change_nothing() {
    let count: usize = std::env::var("MINTAGE_NODE_MUTATIONS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(10_000);
    let node = NodeHandle::spawn().unwrap();
    result(&node, "anvil_mine", json!(["0x3"]));
    let requests: Vec<String> = requests(&node).iter().map(Value::to_string).collect();
    let before = fingerprint(&node);
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut stream = connect(&node);
    let (mut results, mut errors) = (0, 0);
    for _ in 0..count {
        let text = requests.choose(&mut rng).expect("requests");
        let body = damaged(text, &mut rng);
        let Some(answer) = exchange(&mut stream, &body) else {
            continue;
        };
        let answers = answer.as_array().cloned().unwrap_or_else(|| vec![answer]);
        for answer in answers {
            let shown = String::from_utf8_lossy(&body);
            assert_eq!(answer["jsonrpc"], "2.0", "{shown}: {answer}");
            match answer.get("error") {
                Some(error) => {
                    let code = error["code"]
                        .as_i64()
                        .unwrap_or_else(|| panic!("{shown}: {answer}"));
                    assert_ne!(code, -32603, "a fault of the node: {shown}: {answer}");
                    errors += 1;
                }
                None => results += 1,
            }
        }
    }
    assert!(
        results > count / 50 && errors > count / 2,
        "{results} results, {errors} errors"
    );
    assert_eq!(fingerprint(&node), before);
}
