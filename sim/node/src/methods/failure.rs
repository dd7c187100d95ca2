//! What the chain refuses or stops, in the words that clients know.

use alloy_primitives::Bytes;
use alloy_sol_types::{Panic, Revert, SolError};
use mintage_chain::{CallError, ReadError, Rejected};

use crate::rpc::RpcError;

/// A revert with its bytes, and with its reason where they are `Error(string)` or `Panic(uint256)`.
pub(super) fn reverted(output: &Bytes) -> RpcError {
    let reason = match Revert::abi_decode(output) {
        Ok(revert) => Some(revert.reason),
        Err(_) => Panic::abi_decode(output).ok().map(|panic| panic.to_string()),
    };
    RpcError::revert(reason.as_deref(), output)
}

/// A transaction that cannot be taken.
pub(super) fn rejected(rejected: &Rejected) -> RpcError {
    RpcError::server(rejected.network_message())
}

/// A state that cannot be read.
pub(super) fn unread(error: ReadError) -> RpcError {
    RpcError::server(error.to_string())
}

/// A call that gave nothing.
pub(super) fn call(error: CallError) -> RpcError {
    match error {
        CallError::Rejected(reason) => rejected(&reason),
        CallError::Reverted { output } => reverted(&output),
        CallError::Halted(halt) => RpcError::server(halt.to_string()),
        CallError::Read(error) => unread(error),
        other => RpcError::server(other.to_string()),
    }
}
