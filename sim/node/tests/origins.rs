//! Who may come: pages of one origin only, if the node is told so, and no more WebSockets than connections.

use std::io::{Read, Write};
use std::net::TcpStream;

use mintage_node::{Limits, NodeConfig, NodeHandle};
use serde_json::json;

use crate::wire::{Reply, connect, parse, raw, result};

const GOOD: &str = "https://good.example";
const UPGRADE: &str = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const MINE: &str = r#"{"id":1,"method":"evm_mine"}"#;

/// A request with these lines in its head.
fn ask(node: &NodeHandle, method: &str, lines: &str, body: &str) -> Reply {
    let length = body.len();
    let text = format!(
        "{method} / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{lines}content-length: {length}\r\n\r\n{body}"
    );
    parse(&raw(node, text.as_bytes()))
}

#[test]
fn test_pages_of_another_origin_do_nothing() {
    let node = NodeHandle::start(NodeConfig {
        port: 0,
        allow_origin: GOOD.to_owned(),
        ..NodeConfig::default()
    })
    .unwrap();
    for origin in ["https://bad.example", "null", "https://good.example.bad", ""] {
        let from = format!("origin: {origin}\r\n");
        let posted = ask(
            &node,
            "POST",
            &format!("{from}content-type: text/plain\r\n"),
            MINE,
        );
        assert_eq!(posted.status, 403, "{origin}");
        assert!(posted.json()["error"]["message"].to_string().contains(GOOD));
        let twice = format!("origin: {GOOD}\r\n{from}");
        assert_eq!(ask(&node, "POST", &twice, MINE).status, 403, "{origin}");
        let asked = ask(
            &node,
            "OPTIONS",
            &format!("{from}access-control-request-private-network: true\r\n"),
            "",
        );
        assert_eq!(asked.status, 403, "{origin}");
        assert!(!asked.head.contains("private-network"), "{}", asked.head);
        let socket = raw(
            &node,
            format!("GET / HTTP/1.1\r\nhost: x\r\n{from}{UPGRADE}\r\n").as_bytes(),
        );
        assert_eq!(parse(&socket).status, 403, "{origin}");
    }
    assert_eq!(result(&node, "eth_blockNumber", json!([])), "0x0");
    // Its own pages, and who is no browser.
    for lines in [format!("origin: {GOOD}\r\n"), String::new()] {
        let asked = ask(
            &node,
            "OPTIONS",
            &format!("{lines}access-control-request-private-network: true\r\n"),
            "",
        );
        assert!(
            asked.status == 204 && asked.head.contains("private-network"),
            "{}",
            asked.head
        );
        let posted = ask(&node, "POST", &lines, MINE);
        assert_eq!(
            (posted.status, posted.json()["result"].clone()),
            (200, json!("0x0"))
        );
        drop(open(&node, &lines));
    }
    assert_eq!(result(&node, "eth_blockNumber", json!([])), "0x2");
}

/// A WebSocket that is open.
fn open(node: &NodeHandle, lines: &str) -> TcpStream {
    let mut stream = connect(node);
    stream
        .write_all(format!("GET / HTTP/1.1\r\nhost: x\r\n{lines}{UPGRADE}\r\n").as_bytes())
        .unwrap();
    let mut begin = [0; 12];
    stream.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 101");
    stream
}

#[test]
fn test_websockets_are_connections() {
    let node = NodeHandle::start(NodeConfig {
        port: 0,
        limits: Limits {
            connections: 2,
            ..Limits::default()
        },
        ..NodeConfig::default()
    })
    .unwrap();
    let held = [open(&node, ""), open(&node, "")];
    // A while after the upgrade too.
    for _ in 0..20 {
        assert_eq!(parse(&raw(&node, b"")).status, 503);
    }
    drop(held);
    // Their places are free when the node has seen that they are gone.
    let request = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 31\r\n\r\n{\"id\":1,\"method\":\"eth_chainId\"}";
    while parse(&raw(&node, request)).status == 503 {
        std::thread::yield_now();
    }
}
