//! A client that keeps its connection: as little work as a client can have, for it shares the processors with what it measures.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

/// One connection that stays open.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    pub(crate) account: usize,
    accounts: Vec<String>,
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the node listens");
        stream.set_nodelay(true).expect("a socket");
        let mut client = Self {
            stream: BufReader::new(stream),
            account: 0,
            accounts: Vec::new(),
        };
        let accounts = client.call("eth_accounts", json!([]));
        client.accounts = serde_json::from_value(accounts).expect("addresses");
        client
    }

    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.ask(method, params)
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// What is answered, or the error.
    fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream
            .get_mut()
            .write_all(request.as_bytes())
            .expect("taken");
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("a head");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).expect("an answer");
        let mut answer: Value = serde_json::from_slice(&answer).expect("JSON");
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["result"].take()),
        }
    }

    /// A transaction and its receipt.
    pub(crate) fn send(&mut self, to: &str) {
        let hash = self.submit(to);
        while self.call("eth_getTransactionReceipt", json!([hash])).is_null() {}
    }

    /// A transaction; its hash.
    pub(crate) fn submit(&mut self, to: &str) -> Value {
        let from = self.accounts[self.account].clone();
        let request = json!([{ "from": from, "to": to, "gas": "0x186a0" }]);
        // More connections than accounts: anvil may give two of them the same nonce, and the second has to ask again.
        loop {
            match self.ask("eth_sendTransaction", request.clone()) {
                Ok(hash) => return hash,
                Err(error) => {
                    let told = error["message"].as_str().unwrap_or_default();
                    assert!(
                        told.contains("already imported") || told.contains("nonce"),
                        "{error}"
                    );
                }
            }
        }
    }
}
