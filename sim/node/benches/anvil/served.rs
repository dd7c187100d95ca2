//! Nodes in processes of their own, and what the system counts for them.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mintage_node::{NodeConfig, NodeHandle};
use serde_json::json;
use tempfile::TempDir;

use super::client::Client;
use super::{LOGGER, LOGS, Measure, READER, READS};

/// Makes this program a node, of the state file whose path follows, if one does.
pub(crate) const SERVE: &str = "--serve-for-the-benchmark";

/// Transactions of a block that is made to fill memory.
pub(crate) const BLOCK: u64 = 100;

/// Runs a node in this process until its input ends.
pub(crate) fn serve(state: Option<OsString>) {
    let node = NodeHandle::start(NodeConfig {
        port: 0,
        state: state.map(Into::into),
        ..NodeConfig::default()
    })
    .expect("a node starts");
    println!("Listening on {}", node.address());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// Processor time of a node, and the requests that it answered in that time.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) micros: u64,
    pub(crate) requests: u64,
}

impl Spent {
    pub(crate) fn shown(self) -> String {
        match (self.micros, self.requests) {
            (0, _) | (_, 0) => "?".to_owned(),
            (micros, requests) => (micros / requests).to_string(),
        }
    }
}

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

/// A node in a process of its own.
pub(crate) struct Served {
    process: Child,
    pub(crate) address: String,
    pub(crate) started: Duration,
    /// Where it keeps what it does not keep in memory: gigabytes, that go with it.
    _folder: TempDir,
}

impl Served {
    pub(crate) fn ours(state: Option<&Path>) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.arg(SERVE).args(state);
        Self::start(command, folder())
    }

    pub(crate) fn anvil() -> Self {
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
        let folder = folder();
        command.args(["--port", "0", "--cache-path"]).arg(folder.path());
        Self::start(command, folder)
    }

    /// The time ends with the first answer.
    fn start(mut command: Command, folder: TempDir) -> Self {
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
            _folder: folder,
        }
    }

    /// Two contracts, and 100 logs in 10,000 blocks.
    pub(crate) fn prepare(&self) {
        let mut client = Client::new(&self.address);
        client.call("anvil_setCode", json!([READER, READS]));
        client.call("anvil_setCode", json!([LOGGER, LOGS]));
        for _ in 0..100 {
            client.send(LOGGER);
            client.call("anvil_mine", json!(["0x63"]));
        }
    }

    /// Requests per second over so many connections.
    pub(crate) fn rate(&self, connections: usize, length: Duration, once: Measure, spent: &mut Spent) -> f64 {
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

    /// Makes blocks of [`BLOCK`] transactions.
    pub(crate) fn fill(&self, transactions: u64) {
        let mut client = Client::new(&self.address);
        client.call("anvil_setCode", json!([READER, READS]));
        client.call("evm_setAutomine", json!([false]));
        for index in 0..transactions {
            client.account = (index % 10) as usize;
            client.submit(READER);
            if index % BLOCK == BLOCK - 1 {
                client.call("evm_mine", json!([]));
            }
        }
        let block = client.call("eth_getBlockByNumber", json!(["latest", false]));
        assert_eq!(
            block["transactions"].as_array().map(Vec::len),
            Some(BLOCK as usize)
        );
    }

    pub(crate) fn memory_mib(&self) -> Option<u64> {
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
