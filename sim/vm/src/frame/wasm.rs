//! Running a loaded program, and what is kept of it: outcome, ink, output, backtrace, profile.

use std::time::{Duration, Instant};

use revm::{
    context_interface::context::ContextError,
    handler::{PrecompileProvider, evm::ContextDbError},
    interpreter::InterpreterResult,
    primitives::Bytes,
};

use super::{Drive, ProgramCall, api::FrameHost, entry, outcome::judge, timed::TimedHost};
use crate::{
    arbos::StylusParams,
    engine::{Instance, Program},
    evm::{StylusContext, StylusEvm},
    host_cell,
    hostio::{Escape, Run},
    profile::{FunctionProfile, Meter},
    symbols::WasmFrame,
    trace::{END_MARK, ENTRY_MARK, Entry, Hostio, Outcome, ProgramRun, Step},
};

/// A program that has ended.
pub(super) struct Finished {
    pub(super) outcome: Outcome,
    pub(super) ink_in: u64,
    pub(super) ink_left: u64,
    pub(super) output: Bytes,
    pub(super) refund: i64,
    pub(super) stack_left: u32,
    pub(super) memory_pages: u64,
    pub(super) reason: Option<String>,
    pub(super) backtrace: Vec<WasmFrame>,
    pub(super) hostio: Option<&'static str>,
    pub(super) profile: Option<Box<FunctionProfile>>,
    pub(super) ink_price: u32,
}

impl Finished {
    pub(super) fn not_entered(outcome: Outcome) -> Self {
        Self {
            outcome,
            ink_in: 0,
            ink_left: 0,
            output: Bytes::new(),
            refund: 0,
            stack_left: 0,
            memory_pages: 0,
            reason: None,
            backtrace: Vec::new(),
            hostio: None,
            profile: None,
            ink_price: 0,
        }
    }

    pub(super) fn record(&self, call: &ProgramCall, entry: Option<Entry>, gas_left: u64) -> ProgramRun {
        ProgramRun {
            address: call.address,
            code_hash: call.code_hash,
            entry,
            ink_price: self.ink_price,
            ink_in: self.ink_in,
            ink_left: self.ink_left,
            gas_left,
            outcome: self.outcome,
            stack_left: self.stack_left,
            memory_pages: self.memory_pages,
            reason: self.reason.clone(),
            backtrace: self.backtrace.clone(),
            hostio: self.hostio,
            profile: self.profile.clone(),
        }
    }
}

/// Runs a loaded program on a native stack that is large enough.
pub(super) fn run_wasm<CTX, INSP, P, D>(
    evm: &mut StylusEvm<CTX, INSP, P>,
    call: &ProgramCall,
    params: &StylusParams,
    ink_in: u64,
    program: &Program,
) -> Result<Finished, ContextDbError<CTX>>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
    D: Drive<StylusEvm<CTX, INSP, P>, CTX>,
{
    // What a called program takes is its caller's request to the EVM.
    let timing = evm.runtime().timing.is_some() && call.depth == 0;
    let start = timing.then(Instant::now);
    let mut instance = program
        .instance()
        .map_err(|error| ContextError::Custom(error.to_string()))?;
    let runtime = evm.runtime();
    let tracing = runtime.trace.is_some();
    let run = Run {
        arbos: runtime.arbos,
        ink_price: params.ink_price,
        address: call.address,
        sender: call.sender,
        value: call.value,
        reentrant: runtime.frames.is_reentrant(call.index, call.address),
        is_static: call.is_static,
        tracing,
        timing,
        args: call.input.clone(),
        meter: program.symbols.is_some().then(|| Box::new(Meter::new(ink_in))),
        ..Run::default()
    };
    instance.store.data_mut().run = run;
    let args_len = call.input.len() as u32;
    trace_boundary(evm, ENTRY_MARK, args_len, ink_in);

    let native_depth = entry::native_depth(params, program.symbols.is_some());
    let mut host = FrameHost::<_, _, _, D>::new(evm, call);
    let run = |instance: &mut Instance| {
        native_depth.with_stack(|| instance.run(args_len, ink_in, params.max_stack_depth))
    };
    let mut requests = (Duration::ZERO, 0);
    let finish = if timing {
        let mut timed = TimedHost::new(&mut host);
        let finish = host_cell::lend(&mut instance, Instance::host_cell, &mut timed, run);
        requests = (timed.spent, timed.requests);
        finish
    } else {
        host_cell::lend(&mut instance, Instance::host_cell, &mut host, run)
    };
    let (refund, fatal) = host.finish();
    if let Some(error) = fatal {
        return Err(error);
    }
    let end = instance.store.data().run.end;
    let early = end.and_then(|end| match end.escape {
        Escape::Exit(status) => Some(status),
        _ => None,
    });
    if let Some(status) = finish.status.as_ref().ok().copied().or(early) {
        trace_boundary(evm, END_MARK, status, ink_in);
    }
    let memory_pages = instance.memory_pages();
    let stack_left = finish.stack_left;
    let run = &mut instance.store.data_mut().run;
    let verdict = judge(finish, end)?;
    let output = Bytes::from(std::mem::take(&mut run.output));
    let meter = run.meter.take();
    let hosted = (run.host_time, run.host_calls);
    program.give_back(instance);
    if let (Some(start), Some(timing)) = (start, &mut evm.runtime_mut().timing) {
        timing.add(start.elapsed(), hosted, requests);
    }
    let profile = meter.map(|meter| {
        let supplied = evm.runtime().symbols.get(&call.code_hash);
        let symbols = supplied.or(program.symbols.as_ref()).cloned().unwrap_or_default();
        Box::new(meter.finish(verdict.ink_left, symbols))
    });
    Ok(Finished {
        outcome: verdict.outcome,
        ink_in,
        ink_left: verdict.ink_left,
        output,
        refund,
        stack_left,
        memory_pages,
        reason: verdict.reason,
        backtrace: with_names(evm, call, verdict.backtrace),
        hostio: verdict.hostio,
        profile,
        ink_price: params.ink_price,
    })
}

/// Names that were supplied for the code take precedence over those in it.
fn with_names<CTX, INSP, P>(
    evm: &StylusEvm<CTX, INSP, P>,
    call: &ProgramCall,
    mut backtrace: Vec<WasmFrame>,
) -> Vec<WasmFrame> {
    if let Some(symbols) = evm.runtime().symbols.get(&call.code_hash) {
        for frame in &mut backtrace {
            frame.name = symbols
                .get(frame.function)
                .map(str::to_owned)
                .or(frame.name.take());
        }
    }
    backtrace
}

/// The records that frame a program's host calls. Both show the ink at the start.
fn trace_boundary<CTX: StylusContext, INSP, P>(
    evm: &mut StylusEvm<CTX, INSP, P>,
    name: &'static str,
    word: u32,
    ink: u64,
) {
    let Some(trace) = &mut evm.runtime_mut().trace else {
        return;
    };
    let word = Bytes::copy_from_slice(&word.to_be_bytes());
    let (args, outs) = if name == ENTRY_MARK {
        (word, Bytes::new())
    } else {
        (Bytes::new(), word)
    };
    trace.push(Step::Hostio(Hostio {
        name,
        args,
        outs,
        start_ink: ink,
        end_ink: ink,
    }));
}
