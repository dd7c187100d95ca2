//! What the end of a program means: telling outcomes apart, and the result that the EVM sees.

use revm::{
    context_interface::context::ContextError,
    interpreter::{Gas, InstructionResult, InterpreterResult},
    primitives::Bytes,
};

use super::{ProgramCall, note, wasm::Finished};
use crate::{
    arbos::{ArbosVersion, StylusParams},
    engine::Finish,
    evm::{StylusContext, StylusEvm},
    hostio::{End, Escape},
    pricing::ink_to_gas_down,
    symbols::WasmFrame,
    trace::{Entry, Outcome},
};

/// How a program ended, and what is left to it.
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) ink_left: u64,
    pub(super) reason: Option<String>,
    pub(super) backtrace: Vec<WasmFrame>,
    pub(super) hostio: Option<&'static str>,
}

impl Verdict {
    fn of(outcome: Outcome, ink_left: u64) -> Self {
        Self {
            outcome,
            ink_left,
            reason: None,
            backtrace: Vec::new(),
            hostio: None,
        }
    }

    fn of_status(status: u32, ink_left: u64) -> Self {
        let outcome = if status == 0 {
            Outcome::Success
        } else {
            Outcome::Revert
        };
        Self::of(outcome, ink_left)
    }
}

/// Tells outcomes apart in the network's order: stack, ink, early exit, failure.
pub(super) fn judge<E>(finish: Finish, end: Option<End>) -> Result<Verdict, ContextError<E>> {
    let error = match finish.status {
        Ok(status) => return Ok(Verdict::of_status(status, finish.ink_left.unwrap_or_default())),
        Err(error) => error,
    };
    let verdict = match (end, finish.ink_left) {
        _ if finish.stack_left == 0 => Verdict::of(Outcome::OutOfStack, 0),
        (None, None) => Verdict::of(Outcome::OutOfInk, 0),
        (Some(end), _) if end.escape == Escape::OutOfInk => Verdict::of(Outcome::OutOfInk, 0),
        (Some(end), _) => match end.escape {
            Escape::Exit(status) => return Ok(Verdict::of_status(status, end.ink_left)),
            _ => Verdict::of(Outcome::Failure, end.ink_left),
        },
        (None, Some(_)) if error.downcast_ref() == Some(&wasmtime::Trap::StackOverflow) => {
            // The words ran out later than the native stack: the engine is set up wrongly, and no result is right.
            return Err(ContextError::Custom(
                "a program overflowed the native stack before its own".into(),
            ));
        }
        (None, Some(ink_left)) => Verdict::of(Outcome::Failure, ink_left),
    };
    Ok(Verdict {
        reason: (verdict.outcome == Outcome::Failure).then(|| error.root_cause().to_string()),
        backtrace: finish.backtrace,
        hostio: end.map(|end| end.function.name()),
        ..verdict
    })
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
    let result = instruction_result(finished.outcome);
    let output = match finished.outcome {
        Outcome::Success | Outcome::Revert => output,
        _ => Bytes::new(),
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

/// What the EVM sees of an outcome.
pub(super) const fn instruction_result(outcome: Outcome) -> InstructionResult {
    match outcome {
        Outcome::Success => InstructionResult::Return,
        Outcome::Revert | Outcome::Failure => InstructionResult::Revert,
        Outcome::OutOfInk | Outcome::TooDear => InstructionResult::OutOfGas,
        Outcome::OutOfStack => InstructionResult::StackOverflow,
        Outcome::Unusable => InstructionResult::PrecompileError,
    }
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
