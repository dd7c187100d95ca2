//! What the clients asked, kept in `tests/vectors/rpc`, and asked again: a regression test of the node's answers that needs no client.
//!
//! ```sh
//! MINTAGE_RPC_LOGS=requests cargo test -p mintage-node --test clients    # run the clients and write everything anew
//! MINTAGE_RPC_LOGS=answers cargo test -p mintage-node --test clients replay    # the same requests, new answers
//! ```
//!
//! The rules, so that the same requests have the same answers, down to block hashes:
//! - Nodes that are recorded or asked again look at no clock, and begin at [`GENESIS_TS`].
//! - What is kept as answers comes from asking again, in one order and with none of the clients' waiting.
//! - Requests that let a timer make blocks are left out.
//! - Texts longer than [`LONGEST_TEXT`] are kept as their hash, and the node's version as `*`.
//! - Bytecode of npm packages is named and not kept; any other long bytes that come twice are kept once.

mod bytes;
mod frame;
mod log;
mod replay;
mod tee;

use std::path::PathBuf;

use mintage_node::{NodeConfig, NodeHandle};
use mintage_tests::root;

pub(crate) use tee::Tee;

/// When recorded chains begin, seconds since 1970.
const GENESIS_TS: u64 = 1_790_000_000;
/// Characters of a text in an answer that is kept as it is.
const LONGEST_TEXT: usize = 200;

/// Whether the clients' requests are to be written anew.
pub(crate) fn requests_wanted() -> bool {
    wanted("requests")
}

fn wanted(what: &str) -> bool {
    std::env::var("MINTAGE_RPC_LOGS").is_ok_and(|value| value == what)
}

/// A node as it is recorded and asked again.
pub(crate) fn still_node(chain_id: u64) -> NodeHandle {
    let config = NodeConfig {
        port: 0,
        chain_id: Some(chain_id),
        genesis_ts: Some(GENESIS_TS),
        still_clock: true,
        ..NodeConfig::default()
    };
    NodeHandle::start(config).unwrap()
}

/// Where the log of a run is kept.
fn path(name: &str) -> PathBuf {
    root().join("tests/vectors/rpc").join(format!("{name}.jsonl"))
}

/// Keeps what was sent through a tee, with the answers of another node.
pub(crate) fn keep(name: &str, chain_id: u64, sent: Vec<tee::Sent>) {
    let mut log = log::Log::of(chain_id, sent);
    log.answers(replay::replay(&log));
    log.write(&path(name));
}
