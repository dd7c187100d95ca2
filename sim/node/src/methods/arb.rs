//! `arb_*`: what a node of the network tells of its place between the chains, as far as a chain without a parent has an answer.

use super::Run;
use crate::node::Node;
use crate::rpc::{Answer, Params, RpcError, ok};

pub(super) const METHODS: &[(&str, Run)] = &[
    // This node orders the transactions itself, and takes them whenever it answers.
    (
        "arb_checkPublisherHealth",
        Run::Quick(|_, _| Ok("null".to_owned())),
    ),
    ("arb_getL1Confirmations", Run::Quick(confirmations)),
    ("arb_findBatchContainingBlock", Run::Quick(batch)),
    ("arb_getRawBlockMetadata", Run::Quick(no_metadata)),
    ("arb_latestValidated", Run::Quick(no_validation)),
];

/// No block is in a batch, which is told by 0.
fn confirmations(node: &Node, params: &Params) -> Answer {
    known(node, params)?;
    ok(&0)
}

fn batch(node: &Node, params: &Params) -> Answer {
    known(node, params)?;
    Err(RpcError::server(
        "the block is in no batch: this chain posts none",
    ))
}

fn known(node: &Node, params: &Params) -> Result<(), RpcError> {
    let number = params.number(0)?;
    match node.reader.block(number) {
        Some(_) => Ok(()),
        None => Err(RpcError::server(format!("unknown block {number}"))),
    }
}

fn no_metadata(_: &Node, _: &Params) -> Answer {
    Err(RpcError::unsupported(
        "arb_getRawBlockMetadata is not available: no metadata of blocks come from a feed here; receipts tell `timeboosted`",
    ))
}

fn no_validation(_: &Node, _: &Params) -> Answer {
    Err(RpcError::unsupported(
        "arb_latestValidated is not available: no validator runs beside a local chain",
    ))
}
