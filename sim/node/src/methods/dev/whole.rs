//! The chain as a whole: snapshots, reset, its prices, and what the node says of itself.

use mintage_chain::Snapshot;
use serde_json::json;

use crate::methods::net::CLIENT_VERSION;
use crate::node::Node;
use crate::render::quantity;
use crate::rpc::{Answer, Params, RpcError, ok};
use crate::writer::Writer;

const NULL: &str = "null";

pub(super) fn snapshot(writer: &mut Writer, _: &Params) -> Answer {
    let snapshot: u64 = writer.chain.snapshot().into();
    ok(&quantity(snapshot))
}

/// True if the snapshot was alive. It ends with this, and so do all later ones.
pub(super) fn revert(writer: &mut Writer, params: &Params) -> Answer {
    let snapshot = Snapshot::from(params.number(0)?);
    ok(&writer.revert(snapshot))
}

/// Back to the start of the node.
pub(super) fn reset(writer: &mut Writer, params: &Params) -> Answer {
    // viem sends an empty `forking` object.
    if params.value(0).is_some_and(|options| {
        options
            .pointer("/forking/jsonRpcUrl")
            .is_some_and(|url| !url.is_null())
    }) {
        return Err(RpcError::unsupported(
            "a running node cannot be pointed at another chain; start a new one",
        ));
    }
    writer.reset()?;
    Ok(NULL.to_owned())
}

pub(super) fn set_base_fee(writer: &mut Writer, params: &Params) -> Answer {
    writer.chain.set_base_fee_wei(params.number(0)?);
    Ok(NULL.to_owned())
}

/// Wei for a unit of L1 data; 16 units are one compressed byte.
pub(super) fn set_l1_price(writer: &mut Writer, params: &Params) -> Answer {
    writer.chain.set_l1_price_per_unit_wei(params.number(0)?);
    Ok(NULL.to_owned())
}

pub(super) fn set_logging(node: &Node, params: &Params) -> Answer {
    node.reporter.set_on(params.flag(0)?);
    Ok(NULL.to_owned())
}

pub(super) fn node_info(node: &Node, _: &Params) -> Answer {
    let head = node.reader.head();
    let fields = json!({
        "currentBlockNumber": head.number(),
        "currentBlockTimestamp": head.timestamp(),
        "currentBlockHash": head.hash,
        "hardFork": format!("arbos-{}", node.reader.arbos_version()),
        "transactionOrder": "fifo",
        "environment": {
            "baseFee": quantity(head.base_fee_wei()),
            "chainId": node.reader.chain_id(),
            "gasLimit": quantity(head.header.gas_limit),
            "gasPrice": quantity(node.reader.gas_price_wei()),
        },
        "forkConfig": { "forkUrl": null, "forkBlockNumber": null, "forkRetryBackoff": null },
    });
    Ok(fields.to_string())
}

pub(super) fn metadata(node: &Node, _: &Params) -> Answer {
    let head = node.reader.head();
    let fields = json!({
        "clientVersion": CLIENT_VERSION,
        "chainId": node.reader.chain_id(),
        "latestBlockNumber": head.number(),
        "latestBlockHash": head.hash,
        "arbosVersion": node.reader.arbos_version(),
    });
    Ok(fields.to_string())
}
