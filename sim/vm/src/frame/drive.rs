//! How frames below a program's frame are opened and run: plainly, or with an inspector watching.

use revm::{
    Inspector,
    context_interface::{ContextTr, JournalTr},
    handler::{EvmTr, FrameInitOrResult, FrameResult, FrameTr, ItemOrResult, evm::ContextDbError},
    inspector::{InspectorEvmTr, JournalExt},
    interpreter::{interpreter::EthInterpreter, interpreter_action::FrameInit},
    primitives::Log,
};

/// Opens and runs frames of `EVM`.
pub(crate) trait Drive<EVM: EvmTr<Context = CTX>, CTX: ContextTr> {
    /// Opens a frame; its result if it has one at once.
    fn open(evm: &mut EVM, init: FrameInit) -> Result<Option<FrameResult>, ContextDbError<CTX>>;
    /// Runs the top frame until it ends or calls.
    fn run(evm: &mut EVM) -> Result<FrameInitOrResult<EVM::Frame>, ContextDbError<CTX>>;
    /// Writes a log to the journal.
    fn log(evm: &mut EVM, log: Log);
}

/// No one watches.
pub(crate) struct Plain;

impl<EVM, CTX> Drive<EVM, CTX> for Plain
where
    EVM: EvmTr<Context = CTX, Frame: FrameTr<FrameInit = FrameInit, FrameResult = FrameResult>>,
    CTX: ContextTr,
{
    fn open(evm: &mut EVM, init: FrameInit) -> Result<Option<FrameResult>, ContextDbError<CTX>> {
        Ok(match evm.frame_init(init)? {
            ItemOrResult::Item(_) => None,
            ItemOrResult::Result(result) => Some(result),
        })
    }

    fn run(evm: &mut EVM) -> Result<FrameInitOrResult<EVM::Frame>, ContextDbError<CTX>> {
        evm.frame_run()
    }

    fn log(evm: &mut EVM, log: Log) {
        evm.ctx_mut().journal_mut().log(log);
    }
}

/// The EVM's inspector sees every frame, every log and every step.
pub(crate) struct Inspected;

impl<EVM, CTX> Drive<EVM, CTX> for Inspected
where
    EVM: InspectorEvmTr<
            Context = CTX,
            Frame: FrameTr<FrameInit = FrameInit, FrameResult = FrameResult>,
            Inspector: Inspector<CTX, EthInterpreter>,
        >,
    CTX: ContextTr<Journal: JournalExt>,
{
    fn open(evm: &mut EVM, init: FrameInit) -> Result<Option<FrameResult>, ContextDbError<CTX>> {
        Ok(match evm.inspect_frame_init(init)? {
            ItemOrResult::Item(_) => None,
            ItemOrResult::Result(result) => Some(result),
        })
    }

    fn run(evm: &mut EVM) -> Result<FrameInitOrResult<EVM::Frame>, ContextDbError<CTX>> {
        evm.inspect_frame_run()
    }

    fn log(evm: &mut EVM, log: Log) {
        let (ctx, inspector) = evm.ctx_inspector();
        ctx.journal_mut().log(log.clone());
        inspector.log(ctx, log);
    }
}
