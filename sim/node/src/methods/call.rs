//! Executions that leave nothing: calls, estimates, access lists.

use alloy_primitives::Bytes;
use mintage_chain::{CallError, CallOutcome, CallRequest, Overrides, Status};
use serde_json::json;

use super::{Run, activation, failure, node_interface};
use crate::node::Node;
use crate::objects::{TransactionObject, overrides};
use crate::render::{access_list, quantity};
use crate::rpc::{Answer, BlockId, Params, RpcError, ok};

pub(super) const METHODS: &[(&str, Run)] = &[
    ("eth_call", Run::Brief(call)),
    ("eth_estimateGas", Run::Call(estimate)),
    ("eth_createAccessList", Run::Call(create_access_list)),
];

fn call(node: &Node, params: &Params) -> Answer {
    let object: TransactionObject = params.object(0, "a call")?;
    let id = params.block(1, BlockId::Latest)?;
    let request = object.call(node.limits.call_gas)?;
    if let Some(answer) = node_interface::answer(node, id, &request) {
        return ok(&answer?);
    }
    let overrides = overrides(params, 2)?;
    let outcome = node
        .reader
        .call(id.into(), &request, &overrides)
        .map_err(failure::call)?;
    if outcome.status == Status::Reverted {
        return Err(reverted(node, id, &request, &overrides, &outcome.output));
    }
    ok(&output(&outcome)?.output)
}

/// A revert; one without data may be a program that is refused.
fn reverted(
    node: &Node,
    id: BlockId,
    request: &CallRequest,
    overrides: &Overrides,
    output: &Bytes,
) -> RpcError {
    let reason = output
        .is_empty()
        .then(|| activation::refusal(node, id, request, overrides))
        .flatten();
    match reason {
        Some(reason) => RpcError::revert(Some(&reason), output),
        None => failure::reverted(output),
    }
}

/// The outcome if the call succeeded.
pub(super) fn output(outcome: &CallOutcome) -> Result<&CallOutcome, RpcError> {
    match &outcome.status {
        Status::Success => Ok(outcome),
        Status::Reverted => Err(failure::reverted(&outcome.output)),
        Status::Halted(halt) => Err(RpcError::server(halt.to_string())),
    }
}

fn estimate(node: &Node, params: &Params) -> Answer {
    let object: TransactionObject = params.object(0, "a transaction")?;
    let id = params.block(1, BlockId::Pending)?;
    let request = object.call(node.limits.call_gas)?;
    let (request, overrides) = match node_interface::estimated(node, id, &request) {
        Some(redeem) => redeem?,
        None => (request, overrides(params, 2)?),
    };
    let gas = node
        .reader
        .estimate_gas(id.into(), &request, &overrides)
        .map_err(|error| match error {
            CallError::Reverted { output } => reverted(node, id, &request, &overrides, &output),
            other => failure::call(other),
        })?;
    ok(&quantity(gas))
}

fn create_access_list(node: &Node, params: &Params) -> Answer {
    let object: TransactionObject = params.object(0, "a transaction")?;
    let id = params.block(1, BlockId::Pending)?;
    let request = object.call(node.limits.call_gas)?;
    let made = node
        .reader
        .access_list(id.into(), &request, &overrides(params, 2)?)
        .map_err(failure::call)?;
    let mut fields =
        json!({ "accessList": access_list(&made.access_list), "gasUsed": quantity(made.gas_used) });
    if let Err(error) = output(&made.outcome) {
        fields["error"] = error.message.into();
    }
    Ok(fields.to_string())
}
