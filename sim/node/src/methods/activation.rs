//! Why `ArbWasm.activateProgram` refuses a program. The precompile takes the gas and gives no data, and all that a tool can show its
//! user is the message of the error: so the node looks for the reason once more, and says it there.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::{SolCall, sol};
use mintage_chain::{ARB_WASM, CallRequest, Overrides, StateView};
use mintage_vm::code::{self, CodeKind, Root};
use mintage_vm::{ActivationRules, ArbosVersion, StylusParams, activate};

use crate::node::Node;
use crate::rpc::BlockId;

sol! {
    function activateProgram(address program);
}

/// What is wrong with the program that a call tried to activate in vain; `None` if the call did something else, or if nothing is wrong
/// by ArbOS's own parameters.
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
    let arbos = ArbosVersion::try_from(node.reader.arbos_version()).ok()?;
    let codes = Codes {
        overrides,
        state: node.reader.state(id.into()).ok()?,
    };
    let reason = wasm(&codes, program, arbos)
        .and_then(|wasm| {
            let judged = activate(&wasm, &ActivationRules::for_arbos(arbos));
            judged.map_err(|rejection| rejection.to_string())
        })
        .err()?;
    Some(format!("the program at {program} cannot be activated: {reason}"))
}

/// Code as the call saw it.
struct Codes<'a> {
    overrides: &'a Overrides,
    state: StateView,
}

impl Codes<'_> {
    fn of(&self, address: Address) -> Result<Bytes, String> {
        let accounts = self.overrides.state.iter().rev();
        let mut given = accounts.filter(|(account, _)| *account == address);
        match given.find_map(|(_, account)| account.code.clone()) {
            Some(code) => Ok(code),
            None => self.state.code(address).map_err(|e| e.to_string()),
        }
    }
}

/// The program's WASM, from one account or from fragments.
fn wasm(codes: &Codes<'_>, program: Address, arbos: ArbosVersion) -> Result<Vec<u8>, String> {
    let code = codes.of(program)?;
    let params = StylusParams::for_arbos(arbos);
    let joined = match CodeKind::of(&code, arbos) {
        CodeKind::Root => Root::parse(&code).and_then(|root| {
            root.check(&params)?;
            Ok(root)
        }),
        _ => return code::decode(&code, params.max_wasm_size).map_err(|e| e.to_string()),
    };
    let root = joined.map_err(|e| e.to_string())?;
    let parts = root
        .fragments
        .iter()
        .map(|fragment| codes.of(*fragment))
        .collect::<Result<Vec<_>, _>>()?;
    root.join(parts.iter().map(|part| &part[..]))
        .map_err(|e| e.to_string())
}
