//! A program's frame: what entering costs, running the WASM, and what its end means for the EVM.
//!
//! The frame is revm's like any other: its checkpoint, its depth and its result are handled by revm. The entry price and
//! the meaning of outcomes are here; running it is in `wasm`, and what it asks for while it runs in `api`.

mod api;
mod calls;
mod creates;
mod drive;
mod entry;
mod outcome;
mod timed;
mod wasm;

use revm::{
    context::LocalContextTr,
    context_interface::context::ContextError,
    handler::{EthFrame, FrameResult, ItemOrResult, PrecompileProvider, evm::ContextDbError},
    interpreter::{
        CallInput, CallOutcome, FrameInput, InstructionResult, InterpreterAction, InterpreterResult,
        interpreter::EthInterpreter, interpreter_types::RuntimeFlag,
    },
    primitives::{Address, B256, Bytes, U256},
};

pub(crate) use drive::{Drive, Inspected, Plain};
pub(crate) use entry::{peek_code, peek_code_hash};

use crate::{
    arbos::ArbosVersion,
    code::CodeKind,
    evm::{StylusContext, StylusEvm},
    pricing::{gas_to_ink, ink_to_gas_down},
    state::{self, Unusable},
    trace::{Entry, Outcome, ProgramRun},
};

use entry::Entered;
use outcome::{conclude, end, instruction_result};
use wasm::{Finished, run_wasm};

/// What a program's frame was called with.
struct ProgramCall {
    code_hash: B256,
    code: Bytes,
    address: Address,
    sender: Address,
    value: U256,
    input: Bytes,
    is_static: bool,
    gas: u64,
    /// 0 for the transaction's own frame.
    depth: usize,
    /// Place in revm's frame stack.
    index: usize,
}

impl ProgramCall {
    fn of_top_frame<CTX: StylusContext, INSP, P>(evm: &mut StylusEvm<CTX, INSP, P>) -> Self {
        let index = evm.inner.frame_stack.index().unwrap_or_default();
        let frame = evm.inner.frame_stack.get();
        let interpreter = &mut frame.interpreter;
        let input = match &interpreter.input.input {
            CallInput::Bytes(bytes) => bytes.clone(),
            shared => shared.bytes(&evm.inner.ctx),
        };
        Self {
            code_hash: interpreter.bytecode.get_or_calculate_hash(),
            code: interpreter.bytecode.original_bytes(),
            address: interpreter.input.target_address,
            sender: interpreter.input.caller_address,
            value: interpreter.input.call_value,
            input,
            is_static: interpreter.runtime_flag.is_static(),
            gas: interpreter.gas.remaining(),
            depth: frame.depth,
            index,
        }
    }
}

/// Whether a frame runs a program instead of bytecode. Only code at an address does, init code never.
pub(crate) fn is_program(frame: &EthFrame<EthInterpreter>, arbos: ArbosVersion) -> bool {
    let code = frame.interpreter.bytecode.original_byte_slice();
    code.first() == Some(&0xef)
        && matches!(frame.input, FrameInput::Call(_))
        && CodeKind::of(code, arbos).is_program()
}

/// Runs the program in the top frame to its end.
pub(crate) fn run<CTX, INSP, P, D>(
    evm: &mut StylusEvm<CTX, INSP, P>,
) -> Result<FrameResult, ContextDbError<CTX>>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
    D: Drive<StylusEvm<CTX, INSP, P>, CTX>,
{
    let call = ProgramCall::of_top_frame(evm);
    let result = execute::<_, _, _, D>(evm, &call)?;
    let frame = evm.inner.frame_stack.get();
    let action = InterpreterAction::Return(result);
    let done = frame.process_next_action::<_, ContextDbError<CTX>>(&mut evm.inner.ctx, action)?;
    frame.set_finished(true);
    match done {
        ItemOrResult::Result(result) => Ok(result),
        ItemOrResult::Item(_) => Err(ContextError::Custom(
            "a frame that returns opened another one".into(),
        )),
    }
}

fn execute<CTX, INSP, P, D>(
    evm: &mut StylusEvm<CTX, INSP, P>,
    call: &ProgramCall,
) -> Result<InterpreterResult, ContextDbError<CTX>>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
    D: Drive<StylusEvm<CTX, INSP, P>, CTX>,
{
    let (params, version, entry, footprint) = match entry::enter(evm, call)? {
        Entered::Yes {
            params,
            version,
            entry,
            footprint,
        } => (params, version, entry, footprint),
        Entered::Unusable(reason) => return Ok(unusable(evm, call, reason)),
        Entered::TooDear(entry) => return Ok(too_dear(evm, call, entry)),
    };
    let program = entry::load(evm, call, &params, version)?;
    let pages_before = evm.runtime().pages;
    evm.runtime_mut().pages = pages_before.with(footprint);
    let ink = gas_to_ink(call.gas - entry.total, params.ink_price);
    let finished = run_wasm::<_, _, _, D>(evm, call, &params, ink, &program)?;
    // Pages are given back; the most that were ever open stays.
    evm.runtime_mut().pages.open = pages_before.open;
    Ok(conclude(evm, call, &params, entry, finished))
}

/// A program that was run without a transaction around it.
#[derive(Clone, Debug)]
pub struct DirectRun {
    /// Ink and outcome. There was no entry, and no floor for returned data.
    pub run: ProgramRun,
    /// Data set by the program, whatever its outcome.
    pub output: Bytes,
    /// Refunds of the program and of what it called.
    pub refund: i64,
}

/// Runs the program in the top frame with this ink, without entry and without ending the frame.
pub(crate) fn run_direct<CTX, INSP, P>(
    evm: &mut StylusEvm<CTX, INSP, P>,
    ink: u64,
) -> Result<DirectRun, ContextDbError<CTX>>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    let call = ProgramCall::of_top_frame(evm);
    let arbos = evm.runtime().arbos;
    let params = state::params(&mut evm.inner.ctx, arbos)?;
    let program = entry::load(evm, &call, &params, params.version)?;
    let finished = run_wasm::<_, _, _, Plain>(evm, &call, &params, ink, &program)?;
    let gas_left = ink_to_gas_down(finished.ink_left, params.ink_price);
    let run = finished.record(&call, None, gas_left);
    if let Some(trace) = &mut evm.runtime_mut().trace {
        let kind = instruction_result(run.outcome);
        let result = end(&call, kind, finished.output.clone(), gas_left, finished.refund);
        trace.ran(run.clone());
        trace.close(&FrameResult::Call(CallOutcome::new(result, 0..0)));
    }
    Ok(DirectRun {
        run,
        output: finished.output,
        refund: finished.refund,
    })
}

fn unusable<CTX: StylusContext, INSP, P>(
    evm: &mut StylusEvm<CTX, INSP, P>,
    call: &ProgramCall,
    reason: Unusable,
) -> InterpreterResult {
    let message = format!("Stylus program {}: {reason}", call.address);
    evm.inner.ctx.local_mut().set_precompile_error_context(message);
    let finished = Finished {
        reason: Some(reason.to_string()),
        ..Finished::not_entered(Outcome::Unusable)
    };
    note(evm, call, finished.record(call, None, 0));
    end(call, InstructionResult::PrecompileError, Bytes::new(), 0, 0)
}

fn too_dear<CTX: StylusContext, INSP, P>(
    evm: &mut StylusEvm<CTX, INSP, P>,
    call: &ProgramCall,
    entry: Entry,
) -> InterpreterResult {
    let finished = Finished::not_entered(Outcome::TooDear);
    note(evm, call, finished.record(call, Some(entry), 0));
    end(call, InstructionResult::OutOfGas, Bytes::new(), 0, 0)
}

/// Keeps a run's record where it is looked for: in the trace, and the transaction's own for its caller.
fn note<CTX: StylusContext, INSP, P>(evm: &mut StylusEvm<CTX, INSP, P>, call: &ProgramCall, run: ProgramRun) {
    let runtime = evm.runtime_mut();
    if let Some(trace) = &mut runtime.trace {
        trace.ran(run.clone());
    }
    if call.depth == 0 {
        runtime.last_run = Some(run);
    }
}
