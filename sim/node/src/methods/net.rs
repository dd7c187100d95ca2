//! `net_*`, `web3_*`, and what `eth_*` says of the node itself.

use alloy_primitives::{Address, keccak256};
use serde_json::json;

use super::Run;
use crate::node::Node;
use crate::render::quantity;
use crate::rpc::{Answer, Params, ok};

pub(super) const METHODS: &[(&str, Run)] = &[
    ("web3_clientVersion", Run::Quick(client_version)),
    ("web3_sha3", Run::Quick(sha3)),
    ("net_version", Run::Quick(net_version)),
    ("net_listening", Run::Quick(|_, _| ok(&true))),
    ("net_peerCount", Run::Quick(|_, _| ok("0x0"))),
    ("rpc_modules", Run::Quick(modules)),
    (
        "eth_chainId",
        Run::Quick(|node, _| ok(&quantity(node.reader.chain_id()))),
    ),
    ("eth_syncing", Run::Quick(|_, _| ok(&false))),
    ("eth_mining", Run::Quick(|_, _| ok(&false))),
    ("eth_hashrate", Run::Quick(|_, _| ok("0x0"))),
    ("eth_protocolVersion", Run::Quick(|_, _| ok("0x44"))),
    (
        "eth_coinbase",
        Run::Quick(|node, _| ok(&node.reader.head().header.beneficiary)),
    ),
    ("eth_accounts", Run::Quick(accounts)),
    ("eth_requestAccounts", Run::Quick(accounts)),
];

/// Name and version of the node, as clients ask for it.
pub(crate) const CLIENT_VERSION: &str = concat!("mintage/v", env!("CARGO_PKG_VERSION"));

fn client_version(_: &Node, _: &Params) -> Answer {
    ok(CLIENT_VERSION)
}

fn sha3(_: &Node, params: &Params) -> Answer {
    ok(&keccak256(params.bytes(0)?))
}

fn net_version(node: &Node, _: &Params) -> Answer {
    ok(&node.reader.chain_id().to_string())
}

fn modules(_: &Node, _: &Params) -> Answer {
    ok(&json!({
        "anvil": "1.0", "arb": "1.0", "debug": "1.0", "eth": "1.0", "evm": "1.0", "net": "1.0", "rpc": "1.0",
        "txpool": "1.0", "web3": "1.0",
    }))
}

fn accounts(node: &Node, _: &Params) -> Answer {
    let addresses: Vec<Address> = node
        .wallet
        .accounts()
        .iter()
        .map(|account| account.address)
        .collect();
    ok(&addresses)
}
