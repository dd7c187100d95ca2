//! Errors as clients see them: a code, a message that viem, ethers and alloy recognise, and data.

use std::time::Duration;

use alloy_primitives::Bytes;
use serde_json::{Value, json};

/// An error of a request. The codes are those of JSON-RPC 2.0 and, for reverts, 3 as all Ethereum nodes give.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message} (code {code})")]
pub(crate) struct RpcError {
    /// Code by which programs tell errors apart.
    pub(crate) code: i64,
    /// What went wrong and what to do.
    pub(crate) message: String,
    /// More for programs: the bytes of a revert as hex text.
    pub(crate) data: Option<Value>,
}

impl RpcError {
    fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// The body is no JSON.
    pub(crate) fn parse(problem: impl std::fmt::Display) -> Self {
        Self::new(-32700, format!("parse error: {problem}"))
    }

    /// JSON, but no request.
    pub(crate) fn invalid_request(problem: impl Into<String>) -> Self {
        Self::new(-32600, problem)
    }

    /// There is no such method.
    pub(crate) fn no_method(name: &str) -> Self {
        let shown: String = name.chars().take(100).collect();
        Self::new(
            -32601,
            format!("the method {shown} does not exist/is not available"),
        )
    }

    /// A parameter is missing or not of its type.
    pub(crate) fn params(problem: impl Into<String>) -> Self {
        Self::new(-32602, problem)
    }

    /// A fault of the node.
    pub(crate) fn internal(problem: impl Into<String>) -> Self {
        Self::new(-32603, problem)
    }

    /// The request is well formed and cannot be fulfilled.
    pub(crate) fn server(problem: impl Into<String>) -> Self {
        Self::new(-32000, problem)
    }

    /// A limit of the node was reached.
    pub(crate) fn limit(problem: impl Into<String>) -> Self {
        Self::new(-32005, problem)
    }

    /// It took longer than requests may take.
    pub(crate) fn too_long(limit: Duration) -> Self {
        Self::limit(format!("the request took longer than {} s", limit.as_secs_f64()))
    }

    /// Something that this node, or any local chain, does not have.
    pub(crate) fn unsupported(problem: impl Into<String>) -> Self {
        Self::new(-32004, problem)
    }

    /// Execution reverted with these bytes. Clients find the message by `execution reverted` and decode `data`.
    pub(crate) fn revert(reason: Option<&str>, data: &Bytes) -> Self {
        let message = match reason {
            Some(reason) => format!("execution reverted: {reason}"),
            None => "execution reverted".to_owned(),
        };
        Self {
            code: 3,
            message,
            data: Some(Value::String(data.to_string())),
        }
    }

    /// The error object of an answer.
    pub(crate) fn to_json(&self) -> Value {
        match &self.data {
            Some(data) => json!({ "code": self.code, "message": self.message, "data": data }),
            None => json!({ "code": self.code, "message": self.message }),
        }
    }
}
