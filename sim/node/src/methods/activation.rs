//! Why `ArbWasm.activateProgram` refuses a program. The precompile takes the gas and gives no data, and all that a tool can show its
//! user is the message of the error: so the node looks for the reason once more, and says it there.

use alloy_sol_types::{SolCall, sol};
use mintage_chain::{ARB_WASM, CallRequest, Overrides};

use crate::node::Node;
use crate::rpc::BlockId;

sol! {
    function activateProgram(address program);
}

/// What is wrong with the program that a call tried to activate in vain; `None` if the call did something else, or if nothing is wrong
/// with the code.
pub(super) fn refusal(
    node: &Node,
    id: BlockId,
    request: &CallRequest,
    overrides: &Overrides,
) -> Option<String> {
    if request.to != Some(ARB_WASM) {
        return None;
    }
    let program = activateProgramCall::abi_decode(&request.input).ok()?.program;
    let chain = node.reader.scratch(id.into(), overrides).ok()?;
    let reason = chain.activation_refusal(program)?;
    Some(format!("the program at {program} cannot be activated: {reason}"))
}
