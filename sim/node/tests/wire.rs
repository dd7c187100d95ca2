//! A client of nothing but bytes: HTTP/1.1 by hand over TCP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use mintage_node::NodeHandle;
use serde_json::{Value, json};

/// An answer: its status and its body.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }
}

pub(crate) fn connect(node: &NodeHandle) -> TcpStream {
    let stream = TcpStream::connect(node.address()).expect("the node listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .expect("a time limit");
    stream
}

/// Sends a body and waits for the answer, on a connection of its own.
pub(crate) fn post(node: &NodeHandle, body: &[u8]) -> Reply {
    let mut stream = connect(node);
    let head = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("the head is taken");
    // A node that refuses a body may stop reading it.
    let _ = stream.write_all(body);
    reply(&mut stream)
}

/// Sends bytes as they are and reads until the other side closes.
pub(crate) fn raw(node: &NodeHandle, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(node);
    let _ = stream.write_all(bytes);
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    all
}

fn reply(stream: &mut TcpStream) -> Reply {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("an answer");
    parse(&all)
}

pub(crate) fn parse(all: &[u8]) -> Reply {
    let end = all
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no head in {}", String::from_utf8_lossy(all)));
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .expect("a status");
    Reply {
        status,
        head: head.to_lowercase(),
        body: all[end + 4..].to_vec(),
    }
}

/// A request's whole answer.
pub(crate) fn call(node: &NodeHandle, method: &str, params: Value) -> Value {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    post(node, request.to_string().as_bytes()).json()
}

/// A request's result.
#[track_caller]
pub(crate) fn result(node: &NodeHandle, method: &str, params: Value) -> Value {
    let mut answer = call(node, method, params);
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].take()
}

/// A request's error.
#[track_caller]
pub(crate) fn error(node: &NodeHandle, method: &str, params: Value) -> Value {
    let mut answer = call(node, method, params);
    assert!(answer.get("result").is_none(), "{method}: {answer}");
    answer["error"].take()
}

/// A number of an answer.
#[track_caller]
pub(crate) fn number(value: &Value) -> u64 {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no text"));
    u64::from_str_radix(text.strip_prefix("0x").expect("hex"), 16).expect("a number")
}

/// Everything of the chain that a request could have changed.
pub(crate) fn fingerprint(node: &NodeHandle) -> Value {
    let head = result(node, "eth_getBlockByNumber", json!(["latest", true]));
    let accounts: Vec<Value> = node
        .accounts()
        .iter()
        .map(|account| {
            let (at, latest) = (account.address, "latest");
            json!([
                result(node, "eth_getBalance", json!([at, latest])),
                result(node, "eth_getTransactionCount", json!([at, latest])),
                result(node, "eth_getCode", json!([at, latest])),
            ])
        })
        .collect();
    json!([
        head["hash"],
        head["number"],
        head["stateRoot"],
        accounts,
        result(node, "txpool_status", json!([]))
    ])
}
