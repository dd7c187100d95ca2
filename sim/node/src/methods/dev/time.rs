//! The clock of the chain. It only moves forward; a snapshot goes back.

use crate::rpc::{Answer, Params, RpcError, ok};
use crate::writer::Writer;

const NULL: &str = "null";

/// Moves the clock by seconds; the answer is by how many.
pub(super) fn increase(writer: &mut Writer, params: &Params) -> Answer {
    let secs = params.number(0)?;
    writer.chain.warp(secs);
    ok(&secs)
}

/// The time of the next block, from which the clock runs on.
pub(super) fn set_next(writer: &mut Writer, params: &Params) -> Answer {
    set(writer, params.number(0)?)?;
    Ok(NULL.to_owned())
}

/// As the next block's time; the answer is how far the chain is ahead of the clock, in seconds.
pub(super) fn set_now(writer: &mut Writer, params: &Params) -> Answer {
    // JavaScript's clock counts milliseconds, and some tools send that.
    let given = params.number(0)?;
    let timestamp = if given > 100_000_000_000 {
        given / 1_000
    } else {
        given
    };
    set(writer, timestamp)?;
    ok(&timestamp.saturating_sub(writer.node.now_ts()))
}

fn set(writer: &mut Writer, timestamp: u64) -> Result<(), RpcError> {
    writer
        .chain
        .set_next_timestamp(timestamp)
        .map_err(|e| RpcError::params(e.to_string()))
}

/// Every block so many seconds after the one before, whatever the clock says.
pub(super) fn set_step(writer: &mut Writer, params: &Params) -> Answer {
    writer.timestamp_step_secs = Some(params.number(0)?);
    Ok(NULL.to_owned())
}

/// True if there was a step.
pub(super) fn remove_step(writer: &mut Writer, _: &Params) -> Answer {
    ok(&writer.timestamp_step_secs.take().is_some())
}
