//! The node beside anvil, in one run on loopback: requests per second, start-up, memory; then a call of a Stylus program beside the same
//! call in the process. Prints the tables of `sim/node/README.md`.
//!
//! `cargo bench -p mintage-node --bench anvil`; anvil comes from `node_modules` (`npm ci`), the program from `mintage build`. Each
//! measurement runs in turns, and the best of three rounds of each counts: what else the machine does can only slow a round down. The
//! processor time of a request is what the system counts for the node (Linux only), all rounds together; it hardly depends on what else
//! runs. `MINTAGE_BENCH_SECS` sets the length of a round (3), `MINTAGE_BENCH_TRANSACTIONS` how many precede the measure of memory
//! (100,000, on new nodes, in blocks of 100: with a block for each anvil would take hours).

mod client;
mod served;
mod stylus;

use std::time::Duration;

use serde_json::json;

use self::client::Client;
use self::served::{BLOCK, SERVE, Served, Spent, serve};

/// SLOAD of slot 0, returned.
const READS: &str = "0x60005460005260206000f3";
/// A log of one word under one topic.
const LOGS: &str = "0x7fabababababababababababababababababababababababababababababababab60206000a100";
const READER: &str = "0x00000000000000000000000000000000000beef1";
const LOGGER: &str = "0x00000000000000000000000000000000000beef2";
const ROUNDS: usize = 3;

/// One request and its answer.
pub(crate) type Measure = fn(&mut Client);

fn main() {
    let mut arguments = std::env::args_os().skip_while(|argument| argument != SERVE);
    if arguments.next().is_some() {
        return serve(arguments.next());
    }
    let length = Duration::from_secs(setting("MINTAGE_BENCH_SECS", 3));
    if std::env::args().any(|argument| argument == "stylus") {
        return stylus::table(length);
    }
    let transactions = setting("MINTAGE_BENCH_TRANSACTIONS", 100_000);
    let nodes = [Served::ours(None), Served::anvil()];
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
                    *best = best.max(node.rate(connections, length, once, spent));
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
    drop(nodes);
    let memory = [Served::ours(None), Served::anvil()].map(|node| {
        node.fill(transactions);
        node.memory_mib().map_or("?".to_owned(), |mib| mib.to_string())
    });
    row(
        &format!("resident memory after {transactions} transactions in blocks of {BLOCK}, MiB"),
        memory,
    );
    println!();
    stylus::table(length);
}

/// A number from the environment.
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
