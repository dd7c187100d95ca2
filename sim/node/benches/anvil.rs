//! The node beside anvil, in one run on loopback: requests per second, start-up, memory. Prints the table of `sim/node/README.md`.
//!
//! `cargo bench -p mintage-node --bench anvil`; anvil comes from `node_modules` (`npm ci`). Each measurement runs in turns, ours and anvil's, and
//! the best of three rounds of each counts: what else the machine does can only slow a round down. The processor time of a request is
//! what the system counts for the node (Linux only), all rounds together; it hardly depends on what else runs.
//! `MINTAGE_BENCH_SECS` sets the length of a round (3), `MINTAGE_BENCH_TRANSACTIONS` how many precede the measure of memory (100,000).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mintage_node::NodeHandle;
use serde_json::{Value, json};

const SERVE: &str = "--serve-for-the-benchmark";
/// SLOAD of slot 0, returned.
const READS: &str = "0x60005460005260206000f3";
/// A log of one word under one topic.
const LOGS: &str = "0x7fabababababababababababababababababababababababababababababababab60206000a100";
const READER: &str = "0x00000000000000000000000000000000000beef1";
const LOGGER: &str = "0x00000000000000000000000000000000000beef2";
const ROUNDS: usize = 3;

/// One request and its answer.
type Measure = fn(&mut Client);

fn main() {
    if std::env::args().any(|argument| argument == SERVE) {
        return serve();
    }
    let secs = setting("MINTAGE_BENCH_SECS", 3);
    let transactions = setting("MINTAGE_BENCH_TRANSACTIONS", 100_000);
    let nodes = [Served::ours(), Served::anvil()];
    println!(
        "| On loopback, {} processors | mintage | anvil 1.7.1 |",
        processors()
    );
    println!("|---|---:|---:|");
    row(
        "start to first answer, ms",
        nodes.each_ref().map(|node| node.started.as_millis().to_string()),
    );
    for node in &nodes {
        node.prepare();
    }
    let measures: [(&str, Measure); 3] = [
        ("eth_call of one SLOAD, per second", call_once),
        ("eth_getLogs, 100 logs in 10,000 blocks, per second", logs_once),
        ("eth_sendTransaction and its receipt, per second", send_once),
    ];
    for (name, once) in measures {
        let mut spent = [Spent::default(); 2];
        for connections in [1, 8, 32] {
            let mut best = [0.0f64; 2];
            for _ in 0..ROUNDS {
                for ((best, spent), node) in best.iter_mut().zip(&mut spent).zip(&nodes) {
                    *best = best.max(node.rate(connections, Duration::from_secs(secs), once, spent));
                }
            }
            let name = format!(
                "{name}, {connections} connection{}",
                if connections == 1 { "" } else { "s" }
            );
            row(&name, best.map(|rate| format!("{rate:.0}")));
        }
        let name = name.replace("per second", "µs of processor time each");
        row(&name, spent.map(|spent| spent.shown()));
    }
    for node in &nodes {
        node.send(transactions);
    }
    let name = format!("resident memory after {transactions} more transactions, MiB");
    row(
        &name,
        nodes
            .each_ref()
            .map(|node| node.memory_mib().map_or("?".to_owned(), |mib| mib.to_string())),
    );
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn row(name: &str, cells: [String; 2]) {
    println!("| {name} | {} | {} |", cells[0], cells[1]);
}

/// Runs a node in this process until its input ends.
fn serve() {
    let node = NodeHandle::spawn().expect("a node starts");
    println!("Listening on {}", node.address());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// Processor time of a node, and the requests that it answered in that time.
#[derive(Clone, Copy, Default)]
struct Spent {
    micros: u64,
    requests: u64,
}

impl Spent {
    fn shown(self) -> String {
        match (self.micros, self.requests) {
            (0, _) | (_, 0) => "?".to_owned(),
            (micros, requests) => (micros / requests).to_string(),
        }
    }
}

/// A node in a process of its own.
struct Served {
    process: Child,
    address: String,
    started: Duration,
}

impl Served {
    fn ours() -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.arg(SERVE);
        Self::start(command)
    }

    fn anvil() -> Self {
        let system = if cfg!(target_os = "macos") {
            "darwin"
        } else {
            "linux"
        };
        let processor = if cfg!(target_arch = "aarch64") {
            "arm64"
        } else {
            "amd64"
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../node_modules/@foundry-rs")
            .join(format!("anvil-{system}-{processor}/bin/anvil"));
        let mut command = Command::new(path);
        command.args(["--port", "0"]);
        Self::start(command)
    }

    /// The time ends with the first answer.
    fn start(mut command: Command) -> Self {
        let begun = Instant::now();
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{command:?}: {e}; `npm ci` installs anvil"));
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let address = loop {
            let line = lines.next().expect("it says where it listens").expect("text");
            if let Some(address) = line.strip_prefix("Listening on ") {
                break address.to_owned();
            }
        };
        // What it prints later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Client::new(&address).call("eth_chainId", json!([]));
        Self {
            process,
            address,
            started: begun.elapsed(),
        }
    }

    /// Two contracts, and 100 logs in 10,000 blocks.
    fn prepare(&self) {
        let mut client = Client::new(&self.address);
        client.call("anvil_setCode", json!([READER, READS]));
        client.call("anvil_setCode", json!([LOGGER, LOGS]));
        for _ in 0..100 {
            client.send(LOGGER);
            client.call("anvil_mine", json!(["0x63"]));
        }
    }

    /// Requests per second over so many connections.
    fn rate(&self, connections: usize, length: Duration, once: fn(&mut Client), spent: &mut Spent) -> f64 {
        let before = self.processor_micros();
        let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for index in 0..connections {
                let (stop, done, mut client) = (&stop, &done, Client::new(&self.address));
                client.account = index % 10;
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        once(&mut client);
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            std::thread::sleep(length);
            stop.store(true, Ordering::Relaxed);
        });
        let (done, elapsed) = (done.into_inner(), begun.elapsed());
        spent.requests += done;
        spent.micros += self.processor_micros() - before;
        done as f64 / elapsed.as_secs_f64()
    }

    /// Processor time of the process so far; 0 where the system does not tell.
    fn processor_micros(&self) -> u64 {
        /// The system counts in hundredths of a second.
        const TICK_MICROS: u64 = 10_000;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap_or_default();
        // After the name of the program, which may hold anything, in parentheses: user time is field 14, the system's 15.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks = |field: &str| field.parse::<u64>().unwrap_or(0);
        fields.split_whitespace().skip(11).take(2).map(ticks).sum::<u64>() * TICK_MICROS
    }

    fn send(&self, transactions: u64) {
        let left = AtomicU64::new(transactions);
        std::thread::scope(|scope| {
            for index in 0..8 {
                let (left, mut client) = (&left, Client::new(&self.address));
                client.account = index;
                scope.spawn(move || {
                    while left
                        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                        .is_ok()
                    {
                        send_once(&mut client);
                    }
                });
            }
        });
    }

    fn memory_mib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kib / 1_024)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn call_once(client: &mut Client) {
    client.call("eth_call", json!([{ "to": READER, "data": "0x" }, "latest"]));
}

fn logs_once(client: &mut Client) {
    let logs = client.call(
        "eth_getLogs",
        json!([{ "fromBlock": "0x0", "toBlock": "0x2710", "address": LOGGER }]),
    );
    assert_eq!(logs.as_array().map(Vec::len), Some(100));
}

fn send_once(client: &mut Client) {
    client.send(READER);
}

/// One connection that stays open.
struct Client {
    stream: BufReader<TcpStream>,
    account: usize,
    accounts: Vec<String>,
}

impl Client {
    fn new(address: &str) -> Self {
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

    fn call(&mut self, method: &str, params: Value) -> Value {
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
    fn send(&mut self, to: &str) {
        let from = self.accounts[self.account].clone();
        let request = json!([{ "from": from, "to": to, "gas": "0x186a0" }]);
        // More connections than accounts: anvil may give two of them the same nonce, and the second has to ask again.
        let hash = loop {
            match self.ask("eth_sendTransaction", request.clone()) {
                Ok(hash) => break hash,
                Err(error) => {
                    let told = error["message"].as_str().unwrap_or_default();
                    assert!(
                        told.contains("already imported") || told.contains("nonce"),
                        "{error}"
                    );
                }
            }
        };
        while self.call("eth_getTransactionReceipt", json!([hash])).is_null() {}
    }
}
