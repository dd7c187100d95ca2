//! Asking a fresh node what a client asked, one message after the other, and comparing the answers.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use alloy_primitives::keccak256;
use mintage_node::NodeHandle;
use mintage_tests::root;
use serde_json::Value;

use super::log::Log;
use super::{LONGEST_TEXT, frame, requests_wanted, still_node, wanted};

/// What a node answered to a log.
pub(super) struct Answers {
    pub(super) answers: Vec<Value>,
    pub(super) told: BTreeMap<String, Value>,
}

/// Sends a log's requests to a node of their own.
pub(super) fn replay(log: &Log) -> Answers {
    let node = still_node(log.chain_id);
    let mut sockets: HashMap<&str, Socket> = HashMap::new();
    let mut answers = vec![];
    for entry in &log.entries {
        let answer = match entry.over.as_str() {
            "http" => post(&node, &entry.request.to_string()),
            over => sockets
                .entry(over)
                .or_insert_with(|| Socket::open(&node))
                .ask(&entry.request),
        };
        answers.push(normal(answer));
    }
    let mut told = BTreeMap::new();
    for (over, mut socket) in sockets {
        socket.listen(log.told.get(over));
        told.insert(over.to_owned(), normal(socket.told()));
    }
    Answers { answers, told }
}

fn connect(node: &NodeHandle) -> TcpStream {
    let stream = TcpStream::connect(node.address()).expect("the node listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .expect("a time limit");
    stream
}

/// The answer to a body; null if there is none.
fn post(node: &NodeHandle, body: &str) -> Value {
    let mut stream = connect(node);
    let head = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("taken");
    stream.write_all(body.as_bytes()).expect("taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).unwrap_or(Value::Null)
}

/// A WebSocket, and what came over it unasked.
struct Socket {
    stream: TcpStream,
    unread: Vec<u8>,
    unasked: Vec<Value>,
}

impl Socket {
    fn open(node: &NodeHandle) -> Self {
        let mut stream = connect(node);
        let request = "GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
            sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(request.as_bytes()).expect("taken");
        let (mut head, mut byte) = (vec![], [0]);
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).expect("an answer");
            head.push(byte[0]);
        }
        assert!(
            head.starts_with(b"HTTP/1.1 101"),
            "{}",
            String::from_utf8_lossy(&head)
        );
        Self {
            stream,
            unread: vec![],
            unasked: vec![],
        }
    }

    fn next(&mut self) -> Value {
        loop {
            while let Some(message) = frame::websocket(&self.unread) {
                self.unread.drain(..message.taken);
                if let Some(text) = message.text {
                    return serde_json::from_str(&text).expect("JSON");
                }
            }
            let mut chunk = [0; 1 << 16];
            let length = self.stream.read(&mut chunk).expect("more");
            assert_ne!(length, 0, "the node closed the WebSocket");
            self.unread.extend_from_slice(&chunk[..length]);
        }
    }

    fn ask(&mut self, request: &Value) -> Value {
        self.stream
            .write_all(&frame::masked(&request.to_string()))
            .expect("taken");
        loop {
            let message = self.next();
            if message["method"] != "eth_subscription" {
                return message;
            }
            self.unasked.push(message);
        }
    }

    /// Waits for what is expected, or, while a log is written, for what comes within a second.
    fn listen(&mut self, expected: Option<&Value>) {
        let count = |told: &Value| {
            told.as_object()
                .into_iter()
                .flatten()
                .map(|(_, list)| list.as_array().map_or(0, Vec::len))
                .sum()
        };
        let expected: usize = expected.map_or(usize::MAX, count);
        if expected == usize::MAX {
            self.stream
                .set_read_timeout(Some(Duration::from_secs(1)))
                .expect("a time limit");
        }
        while self.unasked.len() < expected {
            let mut first = [0];
            // What is buffered here is read first; then it is seen whether more comes.
            if frame::websocket(&self.unread).is_none()
                && expected == usize::MAX
                && self.stream.peek(&mut first).unwrap_or(0) == 0
            {
                return;
            }
            let message = self.next();
            self.unasked.push(message);
        }
    }

    /// What came unasked, by subscription: the order of two subscriptions among each other means nothing.
    fn told(self) -> Value {
        let mut told: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for mut message in self.unasked {
            let id = message["params"]["subscription"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            told.entry(id)
                .or_default()
                .push(message["params"]["result"].take());
        }
        serde_json::to_value(told).expect("texts are keys")
    }
}

/// An answer as it is kept.
fn normal(answer: Value) -> Value {
    match answer {
        Value::String(text) if text.len() > LONGEST_TEXT => Value::String(format!(
            "{} characters, keccak256 {}",
            text.len(),
            keccak256(&text)
        )),
        Value::String(text) if text.starts_with("mintage/v") => Value::String("mintage/v*".to_owned()),
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, normal(value)))
            .collect(),
        other => other,
    }
}

#[test]
fn test_replay_of_what_clients_asked_has_the_same_answers() {
    if requests_wanted() {
        // The logs are being written.
        return;
    }
    let folder = root().join("tests/vectors/rpc");
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .expect("logs")
        .flatten()
        .map(|file| file.path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no logs in {}", folder.display());
    let mut differences = String::new();
    for path in paths {
        let mut log = Log::read(&path);
        let answers = replay(&log);
        if wanted("answers") {
            log.answers(answers);
            log.write(&path);
            continue;
        }
        let name = path.file_stem().expect("a name").to_string_lossy();
        let rows = log.entries.iter().zip(&answers.answers).enumerate();
        for (row, (entry, answer)) in rows
            .filter(|(_, (entry, answer))| entry.answer != **answer)
            .take(3)
        {
            // The first line of the file is its head.
            let (request, kept) = (short(&entry.request), short(&entry.answer));
            differences += &format!(
                "{name}.jsonl:{}: {request}\n  kept {kept}\n  now  {}\n",
                row + 2,
                short(answer)
            );
        }
        if log.told != answers.told {
            differences += &format!(
                "{name}: told {}\n  now  {}\n",
                short(&log.told),
                short(&answers.told)
            );
        }
    }
    assert!(
        differences.is_empty(),
        "{differences}\nIf that was meant: MINTAGE_RPC_LOGS=answers writes them anew."
    );
}

fn short(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).expect("JSON");
    text.chars().take(400).collect()
}
