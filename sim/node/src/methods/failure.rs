//! What the chain refuses or stops, in the words that clients know.

use alloy_primitives::Bytes;
use alloy_sol_types::{Panic, Revert, SolError, SolInterface, sol};
use mintage_chain::{CallError, ReadError, Rejected};

use crate::rpc::RpcError;

sol! {
    /// The errors of ArbOS's precompiles. Tools show their users the message and not the data.
    #[derive(Debug)]
    interface Precompiles {
        error Custom(uint64 number, string text, bool flag);
        error Unused();
        error NoTicketWithID();
        error NotCallable();
        error InvalidBlockNumber(uint256 requested, uint256 current);
        error ProgramNotWasm();
        error ProgramNotActivated();
        error ProgramNeedsUpgrade(uint16 version, uint16 stylusVersion);
        error ProgramExpired(uint64 ageInSeconds);
        error ProgramUpToDate();
        error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
        error ProgramInsufficientValue(uint256 have, uint256 want);
        error CallerNotArbOS();
    }
}

/// A revert with its bytes, and with its reason where they are `Error(string)`, `Panic(uint256)` or an error of a precompile.
pub(super) fn reverted(output: &Bytes) -> RpcError {
    let reason = match Revert::abi_decode(output) {
        Ok(revert) => Some(revert.reason),
        Err(_) => Panic::abi_decode(output)
            .ok()
            .map(|panic| panic.to_string())
            .or_else(|| of_a_precompile(output)),
    };
    RpcError::revert(reason.as_deref(), output)
}

/// The network's words, the name twice, and what to do about it.
fn of_a_precompile(output: &Bytes) -> Option<String> {
    use Precompiles::PrecompilesErrors as E;
    let (shown, advice) = match E::abi_decode(output).ok()? {
        E::Custom(of) => (format!("Custom({}, {}, {})", of.number, of.text, of.flag), None),
        E::Unused(_) => ("Unused()".to_owned(), None),
        E::NoTicketWithID(_) => (
            "NoTicketWithID()".to_owned(),
            Some("there is no such ticket, or not any more"),
        ),
        E::NotCallable(_) => ("NotCallable()".to_owned(), None),
        E::InvalidBlockNumber(of) => (
            format!("InvalidBlockNumber({}, {})", of.requested, of.current),
            Some("only the 256 blocks before this one have a hash here"),
        ),
        E::ProgramNotWasm(_) => (
            "ProgramNotWasm()".to_owned(),
            Some("there is no program at this address"),
        ),
        E::ProgramNotActivated(_) => (
            "ProgramNotActivated()".to_owned(),
            Some("activate the program first"),
        ),
        E::ProgramNeedsUpgrade(of) => (
            format!("ProgramNeedsUpgrade({}, {})", of.version, of.stylusVersion),
            Some("activated for an older Stylus; activate it again"),
        ),
        E::ProgramExpired(of) => (
            format!("ProgramExpired({})", of.ageInSeconds),
            Some("activated too many seconds ago; activate it again"),
        ),
        E::ProgramUpToDate(_) => (
            "ProgramUpToDate()".to_owned(),
            Some("the program is active already"),
        ),
        E::ProgramKeepaliveTooSoon(of) => (
            format!("ProgramKeepaliveTooSoon({})", of.ageInSeconds),
            Some("activated or kept alive only so many seconds ago"),
        ),
        E::ProgramInsufficientValue(of) => (
            format!("ProgramInsufficientValue({}, {})", of.have, of.want),
            Some("wei that were sent, and the data fee"),
        ),
        E::CallerNotArbOS(_) => ("CallerNotArbOS()".to_owned(), None),
    };
    let advice = advice.map_or(String::new(), |advice| format!(" ({advice})"));
    Some(format!("error {shown}: error {shown}{advice}"))
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
