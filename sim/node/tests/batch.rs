//! Batches, notifications, ids, headers.

use mintage_node::NodeHandle;
use serde_json::json;

use crate::wire::{parse, post, raw};

#[test]
fn test_batch_keeps_order_and_isolates_its_invalid_elements() {
    let node = NodeHandle::spawn().unwrap();
    let body = json!([
        { "jsonrpc": "2.0", "id": 7, "method": "eth_chainId" },
        1,
        { "jsonrpc": "2.0", "id": "seven", "method": "eth_noSuchThing", "params": [] },
        { "jsonrpc": "2.0", "method": "eth_blockNumber" },
        { "jsonrpc": "2.0", "id": null, "method": "net_version", "params": [] },
    ]);
    let answers = post(&node, body.to_string().as_bytes()).json();
    let expected = json!([
        { "jsonrpc": "2.0", "id": 7, "result": "0x64aba" },
        { "jsonrpc": "2.0", "id": null, "error": { "code": -32600, "message": "a request is an object" } },
        { "jsonrpc": "2.0", "id": "seven",
          "error": { "code": -32601, "message": "the method eth_noSuchThing does not exist/is not available" } },
        { "jsonrpc": "2.0", "id": null, "result": "412346" },
    ]);
    assert_eq!(answers, expected);
}

#[test]
fn test_requests_of_a_batch_build_on_each_other() {
    let node = NodeHandle::spawn().unwrap();
    let body = json!([
        { "id": 1, "method": "anvil_mine", "params": ["0x3"] },
        { "id": 2, "method": "eth_blockNumber" },
    ]);
    let answers = post(&node, body.to_string().as_bytes()).json();
    assert_eq!(answers[1]["result"], "0x3");
}

#[test]
fn test_notifications_get_204_and_act() {
    let node = NodeHandle::spawn().unwrap();
    for body in [
        json!({ "jsonrpc": "2.0", "method": "evm_mine", "params": [] }),
        json!([{ "jsonrpc": "2.0", "method": "evm_mine", "params": [] }]),
    ] {
        let reply = post(&node, body.to_string().as_bytes());
        assert_eq!((reply.status, reply.body.len()), (204, 0));
    }
    let number = post(&node, br#"{"id":1,"method":"eth_blockNumber"}"#).json();
    assert_eq!(number["result"], "0x2");
}

#[test]
fn test_any_content_type_and_any_path() {
    let node = NodeHandle::spawn().unwrap();
    let body = r#"{"id":1,"method":"eth_chainId"}"#;
    for (path, kind) in [
        ("/", "text/plain"),
        ("/rpc", "application/json"),
        ("/ws", "application/x-www-form-urlencoded"),
    ] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let reply = parse(&raw(&node, request.as_bytes()));
        assert_eq!(reply.json()["result"], "0x64aba", "{path} {kind}");
        assert!(
            reply.head.contains("content-type: application/json"),
            "{}",
            reply.head
        );
    }
}

#[test]
fn test_pages_of_browsers_may_ask() {
    let node = NodeHandle::spawn().unwrap();
    let preflight = "OPTIONS / HTTP/1.1\r\nhost: x\r\norigin: https://app.example\r\naccess-control-request-method: POST\r\n\
                     access-control-request-headers: content-type,x-own\r\nconnection: close\r\n\r\n";
    let reply = parse(&raw(&node, preflight.as_bytes()));
    assert_eq!(reply.status, 204);
    for header in [
        "access-control-allow-origin: *",
        "access-control-allow-headers: content-type,x-own",
        "access-control-allow-methods: post, get, options",
    ] {
        assert!(reply.head.contains(header), "{header} is not in {}", reply.head);
    }
    let asked = post(&node, br#"{"id":1,"method":"eth_chainId"}"#);
    assert!(asked.head.contains("access-control-allow-origin: *"));
}

#[test]
fn test_get_says_what_this_is() {
    let node = NodeHandle::spawn().unwrap();
    let reply = parse(&raw(
        &node,
        b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ));
    assert_eq!(reply.status, 405);
    assert!(String::from_utf8_lossy(&reply.body).contains("JSON-RPC"));
}
