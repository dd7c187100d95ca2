//! The chain as a whole: snapshots, reset, its prices, and what the node says of itself.

use mintage_chain::Snapshot;
use serde_json::json;

use crate::methods::net::CLIENT_VERSION;
use crate::node::Node;
use crate::render::quantity;
use crate::rpc::{Answer, Params, RpcError, ok, word};
use crate::writer::Writer;

const NULL: &str = "null";

pub(super) fn snapshot(writer: &mut Writer, _: &Params) -> Answer {
    let snapshot: u64 = writer.snapshot().into();
    ok(&quantity(snapshot))
}

/// True if the snapshot was alive. It ends with this, and so do all later ones.
pub(super) fn revert(writer: &mut Writer, params: &Params) -> Answer {
    let snapshot = Snapshot::from(params.number(0)?);
    ok(&writer.revert(snapshot))
}

/// Back to the start of the node, if that is what is asked for: a fork may be named by its endpoint and block.
pub(super) fn reset(writer: &mut Writer, params: &Params) -> Answer {
    // viem sends an empty `forking` object.
    let wanted = params.value(0).map(|options| &options["forking"]);
    let url = wanted.and_then(|forking| forking["jsonRpcUrl"].as_str());
    let block = wanted.and_then(|forking| forking.get("blockNumber"));
    let block = block
        .filter(|block| !block.is_null())
        .map(|block| word(block).map_err(RpcError::params))
        .transpose()?
        .map(|block| block.saturating_to());
    let is_here = match &writer.node.fork {
        Some(fork) => fork.is_of(url, block),
        None => url.is_none() && block.is_none(),
    };
    if !is_here {
        return Err(RpcError::unsupported(
            "a running node stays with the chain and the block that it is a fork of; start a new one with --fork-url and --fork-block",
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

/// Of the endpoint of a fork only scheme, host and port are told: the rest of its URL may hold a key, and any page in the
/// browser may ask.
pub(super) fn node_info(node: &Node, _: &Params) -> Answer {
    let head = node.reader.head();
    let fork = node.fork.as_deref();
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
        "forkConfig": {
            "forkUrl": fork.map(|fork| fork.shown()),
            "forkBlockNumber": fork.map(|fork| fork.point.number),
            "forkRetryBackoff": null,
        },
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
        "forkedNetwork": node.fork.as_ref().map(|fork| json!({
            "chainId": fork.chain_id,
            "forkBlockNumber": fork.point.number,
            "forkBlockHash": fork.point.hash,
        })),
    });
    Ok(fields.to_string())
}
