//! Who may come, and with how much: pages of one origin only, if the node is told so, no more WebSockets than connections, no messages
//! above the limit.

use std::io::{Read, Write};
use std::net::TcpStream;

use mintage_node::{Limits, NodeConfig, NodeHandle};
use serde_json::{Value, json};

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

/// A text frame of a client, with a mask of zeros.
fn frame(text: &[u8]) -> Vec<u8> {
    let length = (text.len() as u64).to_be_bytes();
    [&[0x81, 0x80 | 127][..], &length, &[0; 4], text].concat()
}

/// The text of the next text frame.
fn told(stream: &mut TcpStream) -> Value {
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    // An empty ping, as which each session begins.
    while head == [0x89, 0] {
        stream.read_exact(&mut head).unwrap();
    }
    assert_eq!(head[0], 0x81, "a text frame");
    let length = match head[1] {
        126 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            usize::from(u16::from_be_bytes(length))
        }
        short => usize::from(short),
    };
    let mut text = vec![0; length];
    stream.read_exact(&mut text).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn test_who_sends_too_much_is_told_when_all_is_sent() {
    let node = NodeHandle::start(NodeConfig {
        port: 0,
        limits: Limits {
            body_bytes: 2 << 20,
            ..Limits::default()
        },
        ..NodeConfig::default()
    })
    .unwrap();
    let large = vec![b' '; 3 << 20];
    let mut stream = connect(&node);
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        large.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&large).expect("all of it is taken");
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    let reply = parse(&reply);
    assert_eq!(
        (reply.status, reply.json()["error"]["code"].clone()),
        (413, json!(-32005))
    );

    let mut stream = open(&node, "");
    let mut rest = Vec::new();
    while !rest.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        rest.extend(byte);
    }
    stream.write_all(&frame(&large)).unwrap();
    assert_eq!(told(&mut stream)["error"]["code"], -32005);
    stream
        .write_all(&frame(br#"{"id":1,"method":"eth_chainId"}"#))
        .unwrap();
    assert_eq!(told(&mut stream)["result"], "0x64aba");
}
