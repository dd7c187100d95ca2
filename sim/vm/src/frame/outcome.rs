//! What the end of a program means: telling outcomes apart, and the result that the EVM sees.

use revm::{
    context_interface::context::ContextError,
    interpreter::{Gas, InstructionResult, InterpreterResult},
    primitives::Bytes,
};

use super::{Finished, ProgramCall, note};
use crate::{
    arbos::{ArbosVersion, StylusParams},
    engine::Finish,
    evm::{StylusContext, StylusEvm},
    hostio::{End, Escape},
    pricing::ink_to_gas_down,
    trace::{Entry, Outcome},
};

/// How a program ended, and what is left to it.
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) ink_left: u64,
    pub(super) reason: Option<String>,
}

/// Tells outcomes apart in the network's order: stack, ink, early exit, failure.
pub(super) fn judge<E>(finish: Finish, end: Option<End>) -> Result<Verdict, ContextError<E>> {
    let by_status = |status: u32| {
        if status == 0 {
            Outcome::Success
        } else {
            Outcome::Revert
        }
    };
    let verdict = |outcome, ink_left| {
        Ok(Verdict {
            outcome,
            ink_left,
            reason: None,
        })
    };
    let error = match finish.status {
        Ok(status) => return verdict(by_status(status), finish.ink_left.unwrap_or_default()),
        Err(error) => error,
    };
    if finish.stack_left == 0 {
        return verdict(Outcome::OutOfStack, 0);
    }
    match (end, finish.ink_left) {
        (
            Some(End {
                escape: Escape::OutOfInk,
                ..
            }),
            _,
        )
        | (None, None) => verdict(Outcome::OutOfInk, 0),
        (
            Some(End {
                escape: Escape::Exit(status),
                ink_left,
            }),
            _,
        ) => verdict(by_status(status), ink_left),
        (Some(End { ink_left, .. }), _) | (None, Some(ink_left)) => {
            if error.downcast_ref() == Some(&wasmtime::Trap::StackOverflow) {
                // The words ran out later than the native stack: the engine is set up wrongly, and no result is right.
                return Err(ContextError::Custom(
                    "a program overflowed the native stack before its own".into(),
                ));
            }
            Ok(Verdict {
                outcome: Outcome::Failure,
                ink_left,
                reason: Some(format!("{error:#}")),
            })
        }
    }
}

/// What a finished program means for the EVM.
pub(super) fn conclude<CTX: StylusContext, INSP, P>(
    evm: &mut StylusEvm<CTX, INSP, P>,
    call: &ProgramCall,
    params: &StylusParams,
    entry: Entry,
    finished: Finished,
) -> InterpreterResult {
    let gas_left = ink_to_gas_down(finished.ink_left, params.ink_price);
    let output = finished.output.clone();
    let (result, output) = match finished.outcome {
        Outcome::Success => (InstructionResult::Return, output),
        Outcome::Revert => (InstructionResult::Revert, output),
        Outcome::Failure => (InstructionResult::Revert, Bytes::new()),
        Outcome::OutOfInk | Outcome::TooDear | Outcome::Unusable => {
            (InstructionResult::OutOfGas, Bytes::new())
        }
        Outcome::OutOfStack => (InstructionResult::StackOverflow, Bytes::new()),
    };
    let result = match with_output_floor(evm.runtime().arbos, call.gas, gas_left, output.len()) {
        Some(gas_left) => end(call, result, output, gas_left, finished.refund),
        None => end(call, InstructionResult::OutOfGas, Bytes::new(), 0, 0),
    };
    note(
        evm,
        call,
        finished.record(call, Some(entry), result.gas.remaining()),
    );
    result
}

/// From ArbOS 31 a frame pays at least what the EVM's memory for its returned data would cost. `None` when it cannot.
fn with_output_floor(
    arbos: ArbosVersion,
    gas_at_start: u64,
    gas_left: u64,
    output_len: usize,
) -> Option<u64> {
    if arbos < ArbosVersion::V31 || output_len == 0 {
        return Some(gas_left);
    }
    let words = (output_len as u64).div_ceil(32);
    let floor = 3 * words + words * words / 512;
    gas_at_start.checked_sub(floor).map(|most| gas_left.min(most))
}

/// The frame's result for revm.
pub(super) fn end(
    call: &ProgramCall,
    result: InstructionResult,
    output: Bytes,
    gas_left: u64,
    refund: i64,
) -> InterpreterResult {
    let mut gas = Gas::new(call.gas);
    gas.tracker_mut().set_remaining(gas_left);
    gas.record_refund(refund);
    InterpreterResult { result, output, gas }
}
