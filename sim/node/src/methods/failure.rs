//! What the chain refuses or stops, in the words that clients know.

use alloy_primitives::Bytes;
use alloy_sol_types::{Panic, Revert, SolError, SolInterface, sol};
use mintage_chain::{CallError, ReadError, Rejected};

use crate::rpc::RpcError;

sol! {
    /// What ArbWasm says of programs. Tools that deploy show their users the message and not the data.
    interface ArbWasm {
        error ProgramNotWasm();
        error ProgramNotActivated();
        error ProgramNeedsUpgrade(uint16 version, uint16 stylusVersion);
        error ProgramExpired(uint64 ageInSeconds);
        error ProgramUpToDate();
        error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
        error ProgramInsufficientValue(uint256 have, uint256 want);
    }
}

/// A revert with its bytes, and with its reason where they are `Error(string)`, `Panic(uint256)` or an error of ArbWasm.
pub(super) fn reverted(output: &Bytes) -> RpcError {
    let reason = match Revert::abi_decode(output) {
        Ok(revert) => Some(revert.reason),
        Err(_) => Panic::abi_decode(output)
            .ok()
            .map(|panic| panic.to_string())
            .or_else(|| of_a_program(output)),
    };
    RpcError::revert(reason.as_deref(), output)
}

fn of_a_program(output: &Bytes) -> Option<String> {
    use ArbWasm::ArbWasmErrors as E;
    Some(match E::abi_decode(output).ok()? {
        E::ProgramNotWasm(_) => "ProgramNotWasm: there is no program at this address".to_owned(),
        E::ProgramNotActivated(_) => "ProgramNotActivated: activate the program first".to_owned(),
        E::ProgramNeedsUpgrade(of) => format!(
            "ProgramNeedsUpgrade: activated for Stylus {}, the chain has {}; activate it again",
            of.version, of.stylusVersion
        ),
        E::ProgramExpired(of) => format!(
            "ProgramExpired: activated {} s ago; activate it again",
            of.ageInSeconds
        ),
        E::ProgramUpToDate(_) => "ProgramUpToDate: the program is active already".to_owned(),
        E::ProgramKeepaliveTooSoon(of) => format!(
            "ProgramKeepaliveTooSoon: activated or kept alive only {} s ago",
            of.ageInSeconds
        ),
        E::ProgramInsufficientValue(of) => format!(
            "ProgramInsufficientValue: {} wei were sent, the data fee is {} wei",
            of.have, of.want
        ),
    })
}

/// A transaction that cannot be taken.
pub(super) fn rejected(rejected: &Rejected) -> RpcError {
    RpcError::server(rejected.network_message())
}

/// A state that cannot be read.
pub(crate) fn unread(error: ReadError) -> RpcError {
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
