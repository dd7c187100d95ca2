//! JSON-RPC 2.0 as text: requests in, answers out, errors with their codes, and typed access to parameters.
//!
//! Nothing here knows a chain, a method or a socket.

mod error;
mod message;
mod params;

pub(crate) use error::RpcError;
pub(crate) use message::{Call, Id, Incoming, answer, batch, notification};
pub(crate) use params::{BlockId, Params, block_id, word};

use serde::Serialize;

/// What a method gives: the JSON text of its result, or an error.
pub(crate) type Answer = Result<String, RpcError>;

/// The result of a method as text.
pub(crate) fn ok(value: &(impl Serialize + ?Sized)) -> Answer {
    serde_json::to_string(value)
        .map_err(|e| RpcError::internal(format!("the result cannot be written as JSON: {e}")))
}
