//! Signatures of the node's accounts over messages and typed data.

mod bounds;

use alloy_dyn_abi::eip712::TypedData;
use alloy_primitives::{Address, Bytes, Signature};
use serde_json::Value;

use super::Run;
use crate::node::Node;
use crate::rpc::{Answer, Params, RpcError, ok};

pub(super) const METHODS: &[(&str, Run)] = &[
    (
        "eth_sign",
        Run::Quick(|node, params| message(node, params.address(0)?, &params.bytes(1)?)),
    ),
    // The same with its parameters the other way round.
    (
        "personal_sign",
        Run::Quick(|node, params| message(node, params.address(1)?, &params.bytes(0)?)),
    ),
    ("eth_signTypedData", Run::Call(typed_data)),
    ("eth_signTypedData_v4", Run::Call(typed_data)),
];

fn bytes(signer: Address, signature: Option<Signature>) -> Answer {
    match signature {
        Some(signature) => ok(&Bytes::copy_from_slice(&signature.as_bytes())),
        None => Err(RpcError::server(format!("the node has no key of {signer}"))),
    }
}

fn message(node: &Node, signer: Address, message: &[u8]) -> Answer {
    bytes(signer, node.wallet.sign_message(signer, message))
}

fn typed_data(node: &Node, params: &Params) -> Answer {
    let signer = params.address(0)?;
    let problem =
        |e: &dyn std::fmt::Display| RpcError::params(format!("invalid argument 1 (typed data): {e}"));
    let mut data = params.typed::<Value>(1, "typed data")?;
    // Some clients send the object, some its text, some the text of that.
    for _ in 0..2 {
        if let Value::String(text) = &data {
            data = serde_json::from_str(text).map_err(|e| problem(&e))?;
        }
    }
    bounds::check(&data).map_err(|e| problem(&e))?;
    let data: TypedData = serde_json::from_value(data).map_err(|e| problem(&e))?;
    let hash = data.eip712_signing_hash().map_err(|e| problem(&e))?;
    bytes(signer, node.wallet.sign_hash(signer, hash))
}
