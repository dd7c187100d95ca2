//! Frames of [`StylusEvm`]: opening and running them, plainly or with an inspector, and recording them if asked.

use revm::{
    Inspector,
    bytecode::Bytecode,
    context::{ContextSetters, Evm},
    context_interface::{ContextTr, FrameStack, JournalTr},
    handler::{
        EthFrame, EvmTr, FrameInitOrResult, FrameResult, ItemOrResult, PrecompileProvider,
        evm::{ContextDbError, FrameInitResult},
        instructions::EthInstructions,
    },
    inspector::{
        InspectorEvmTr, JournalExt,
        handler::{frame_end, frame_start},
        inspect_instructions,
    },
    interpreter::{
        CallScheme, FrameInput, InterpreterResult, interpreter::EthInterpreter, interpreter_action::FrameInit,
    },
    primitives::{KECCAK_EMPTY, Log},
};

use super::{StylusContext, StylusEvm};
use crate::{
    frame::{self, Inspected, Plain},
    precompile::ArbPrecompiles,
    trace::{FrameCode, watch::Watch},
};

/// Whether a frame is there to be run, or has ended at once.
enum Begun {
    Open,
    Ended(FrameResult),
}

impl<CTX, INSP, P> StylusEvm<CTX, INSP, P>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    fn begin_frame(&mut self, mut input: FrameInit) -> Result<Begun, ContextDbError<CTX>> {
        if let FrameInput::Call(inputs) = &mut input.frame_input
            && self.runs_as_empty(inputs)
        {
            inputs.known_bytecode = (KECCAK_EMPTY, Bytecode::default());
        }
        let logs = self.inner.ctx.journal().logs().len();
        self.record_open(&input.frame_input);
        if let ItemOrResult::Result(result) = self.inner.frame_init(input)? {
            self.record_precompile_logs(&result, logs);
            return Ok(Begun::Ended(result));
        }
        let index = self.inner.frame_stack.index().unwrap_or_default();
        let frame = self.inner.frame_stack.get();
        let counts = match &frame.input {
            FrameInput::Call(inputs) => {
                !matches!(inputs.scheme, CallScheme::DelegateCall | CallScheme::CallCode)
            }
            _ => true,
        };
        let acting = frame.interpreter.input.target_address;
        let caller = frame.interpreter.input.caller_address;
        let frames = &mut self.inner.precompiles.runtime.frames;
        frames.open(index, acting, counts, caller);
        if self.runtime().trace.is_some() {
            let is_program = self.top_is_program();
            self.record(|trace| {
                trace.runs(if is_program {
                    FrameCode::Stylus
                } else {
                    FrameCode::Evm
                })
            });
        }
        Ok(Begun::Open)
    }
}

impl<CTX, INSP, P> EvmTr for StylusEvm<CTX, INSP, P>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type Context = CTX;
    type Instructions = EthInstructions<EthInterpreter, CTX>;
    type Precompiles = ArbPrecompiles<P>;
    type Frame = EthFrame<EthInterpreter>;

    fn all(
        &self,
    ) -> (
        &CTX,
        &Self::Instructions,
        &Self::Precompiles,
        &FrameStack<Self::Frame>,
    ) {
        self.inner.all()
    }

    fn all_mut(
        &mut self,
    ) -> (
        &mut CTX,
        &mut Self::Instructions,
        &mut Self::Precompiles,
        &mut FrameStack<Self::Frame>,
    ) {
        self.inner.all_mut()
    }

    fn frame_init(
        &mut self,
        input: FrameInit,
    ) -> Result<FrameInitResult<'_, Self::Frame>, ContextDbError<CTX>> {
        match self.begin_frame(input)? {
            Begun::Open => Ok(ItemOrResult::Item(self.inner.frame_stack.get())),
            Begun::Ended(result) => {
                self.record_close(&result);
                Ok(ItemOrResult::Result(result))
            }
        }
    }

    fn frame_run(&mut self) -> Result<FrameInitOrResult<Self::Frame>, ContextDbError<CTX>> {
        let next = if self.top_is_program() {
            ItemOrResult::Result(frame::run::<_, _, _, Plain>(self)?)
        } else {
            let recorded = self.runtime().trace.is_some();
            let room = self.trace_room();
            let Evm {
                ctx,
                instruction,
                frame_stack,
                ..
            } = &mut self.inner;
            let interpreter = &mut frame_stack.get().interpreter;
            let (table, gas_table) = (instruction.instruction_table(), instruction.gas_table());
            let action = if recorded {
                let mut watch = Watch::new(room);
                let action = watch.run(interpreter, table, gas_table, ctx);
                self.record(|trace| trace.extend(watch.steps));
                action
            } else {
                interpreter.run_plain(table, gas_table, ctx)
            };
            self.process(action)?
        };
        if let ItemOrResult::Result(result) = &next {
            self.record_close(result);
        }
        Ok(next)
    }

    fn frame_return_result(
        &mut self,
        result: FrameResult,
    ) -> Result<Option<FrameResult>, ContextDbError<CTX>> {
        self.inner.frame_return_result(result)
    }
}

impl<CTX, INSP, P> InspectorEvmTr for StylusEvm<CTX, INSP, P>
where
    CTX: StylusContext<Journal: JournalExt> + ContextSetters,
    INSP: Inspector<CTX, EthInterpreter>,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type Inspector = INSP;

    fn all_inspector(
        &self,
    ) -> (
        &CTX,
        &Self::Instructions,
        &Self::Precompiles,
        &FrameStack<Self::Frame>,
        &Self::Inspector,
    ) {
        self.inner.all_inspector()
    }

    fn all_mut_inspector(
        &mut self,
    ) -> (
        &mut CTX,
        &mut Self::Instructions,
        &mut Self::Precompiles,
        &mut FrameStack<Self::Frame>,
        &mut Self::Inspector,
    ) {
        self.inner.all_mut_inspector()
    }

    fn inspect_frame_init(
        &mut self,
        mut init: FrameInit,
    ) -> Result<FrameInitResult<'_, Self::Frame>, ContextDbError<CTX>> {
        let (ctx, inspector) = self.ctx_inspector();
        if let Some(mut output) = frame_start(ctx, inspector, &mut init.frame_input) {
            frame_end(ctx, inspector, &init.frame_input, &mut output);
            self.record_open(&init.frame_input);
            self.record_close(&output);
            return Ok(ItemOrResult::Result(output));
        }
        let input = init.frame_input.clone();
        let logs = ctx.journal().logs().len();
        match self.begin_frame(init)? {
            Begun::Ended(mut result) => {
                self.inspect_logs(logs, &result);
                let (ctx, inspector) = self.ctx_inspector();
                frame_end(ctx, inspector, &input, &mut result);
                self.record_close(&result);
                Ok(ItemOrResult::Result(result))
            }
            Begun::Open => {
                let Evm {
                    ctx,
                    frame_stack,
                    inspector,
                    ..
                } = &mut self.inner;
                inspector.initialize_interp(&mut frame_stack.get().interpreter, ctx);
                Ok(ItemOrResult::Item(self.inner.frame_stack.get()))
            }
        }
    }

    fn inspect_frame_run(&mut self) -> Result<FrameInitOrResult<Self::Frame>, ContextDbError<CTX>> {
        let mut next = if self.top_is_program() {
            ItemOrResult::Result(frame::run::<_, _, _, Inspected>(self)?)
        } else {
            let recorded = self.runtime().trace.is_some();
            let room = self.trace_room();
            let Evm {
                ctx,
                instruction,
                frame_stack,
                inspector,
                ..
            } = &mut self.inner;
            let interpreter = &mut frame_stack.get().interpreter;
            let (table, gas_table) = (instruction.instruction_table(), instruction.gas_table());
            let action = if recorded {
                let mut watch = Watch::new(room);
                let both = (&mut watch, inspector);
                let action = inspect_instructions(ctx, interpreter, both, table, gas_table);
                self.record(|trace| trace.extend(watch.steps));
                action
            } else {
                inspect_instructions(ctx, interpreter, inspector, table, gas_table)
            };
            self.process(action)?
        };
        if let ItemOrResult::Result(result) = &mut next {
            let Evm {
                ctx,
                frame_stack,
                inspector,
                ..
            } = &mut self.inner;
            frame_end(ctx, inspector, &frame_stack.get().input, result);
            self.record_close(result);
        }
        Ok(next)
    }
}

impl<CTX, INSP, P> StylusEvm<CTX, INSP, P>
where
    CTX: StylusContext<Journal: JournalExt> + ContextSetters,
    INSP: Inspector<CTX, EthInterpreter>,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    /// Shows the inspector the logs of a frame that ended without having run: those of a precompile. Where it failed, they are
    /// gone from the journal.
    fn inspect_logs(&mut self, before: usize, result: &FrameResult) {
        let (ctx, inspector) = self.ctx_inspector();
        let mut logs: Vec<Log> = ctx.journal().logs()[before..].to_vec();
        if let FrameResult::Call(outcome) = result {
            logs.extend(outcome.precompile_call_logs.iter().cloned());
        }
        for log in logs {
            inspector.log(ctx, log);
        }
    }
}
