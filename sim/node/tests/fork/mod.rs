//! Forks: a node on top of another one, between them an endpoint that fails in every way. Forks of anvil are in `tests/clients`.

mod cache;
mod faults;
mod proxy;
mod reads;

use alloy_primitives::{Address, U256, address};
use mintage_chain::Artifact;
use mintage_node::{ForkBlock, ForkConfig, NodeConfig, NodeError, NodeHandle};
use serde_json::{Value, json};

use crate::wire::{number, result};
use proxy::Proxy;

const ARB_WASM: &str = "0x0000000000000000000000000000000000000071";
/// Where the program of [`Origin`] stands.
const PROGRAM: Address = address!("0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
/// Adds 1 to slot 0 and emits LOG1 with the topic 0x77.
const COUNTER: &str = "0x600160005401600055607760006000a1";
const AT: Address = address!("0xcccccccccccccccccccccccccccccccccccccccc");

/// A node with a Stylus program and a contract that has been called three times, and the endpoint before it.
struct Origin {
    node: NodeHandle,
    proxy: Proxy,
    /// Calldata of a transfer by the first account's holdings.
    transfer: String,
}

impl Origin {
    fn new() -> Self {
        Self::born_at(None)
    }

    fn born_at(genesis_ts: Option<u64>) -> Self {
        let node = NodeHandle::start(NodeConfig {
            port: 0,
            chain_id: Some(42_161),
            genesis_ts,
            ..NodeConfig::default()
        })
        .unwrap();
        let from = node.accounts()[0].address;
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/vectors/stylus/wasm/token-z.wasm"
        );
        let artifact = Artifact::from_wasm("token", &std::fs::read(folder).unwrap()).unwrap();
        result(&node, "anvil_setCode", json!([PROGRAM, artifact.code]));
        let activate = format!(
            "0x58c780c2{}",
            PROGRAM.into_word().to_string().trim_start_matches("0x")
        );
        send(
            &node,
            json!({ "from": from, "to": ARB_WASM, "data": activate, "value": "0xde0b6b3a7640000" }),
        );
        result(&node, "anvil_setCode", json!([AT, COUNTER]));
        for _ in 0..3 {
            send(&node, json!({ "from": from, "to": AT }));
        }
        let proxy = Proxy::before(node.address());
        let transfer = format!("0xa9059cbb{:064x}{:064x}", 0x2222, 0);
        Self {
            node,
            proxy,
            transfer,
        }
    }

    fn config(&self) -> ForkConfig {
        ForkConfig::new(self.proxy.url())
    }

    fn fork(&self) -> NodeHandle {
        start(self.config()).unwrap()
    }

    fn fork_at(&self, block: u64) -> NodeHandle {
        start(ForkConfig {
            block: ForkBlock::Number(block),
            ..self.config()
        })
        .unwrap()
    }
}

fn start(fork: ForkConfig) -> Result<NodeHandle, NodeError> {
    NodeHandle::start(NodeConfig {
        port: 0,
        fork: Some(fork),
        ..NodeConfig::default()
    })
}

/// The receipt of a transaction that succeeded.
#[track_caller]
fn send(node: &NodeHandle, transaction: Value) -> Value {
    let hash = result(node, "eth_sendTransaction", json!([transaction]));
    let receipt = result(node, "eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    receipt
}

#[track_caller]
fn head(node: &NodeHandle) -> u64 {
    number(&result(node, "eth_blockNumber", json!([])))
}

/// What the counter has counted.
#[track_caller]
fn count(node: &NodeHandle, block: &str) -> U256 {
    let word = result(node, "eth_getStorageAt", json!([AT, "0x0", block]));
    word.as_str().unwrap().parse().unwrap()
}
