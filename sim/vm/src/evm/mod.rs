//! The virtual machine: revm's EVM whose frame loop also runs Stylus programs.
//!
//! [`StylusEvm`] owns a plain revm [`Evm`] and delegates to it everything that Arbitrum leaves as it is. State lives in
//! revm's journal and nowhere else. What a chain does around a transaction
//! (poster fees, system transactions, blocks) does not belong here.

mod frames;
mod record;
mod transact;

use std::sync::Arc;

use revm::{
    Database,
    context::{
        Cfg, CfgEnv, Evm,
        result::{EVMError, InvalidTransaction},
    },
    context_interface::{ContextTr, FrameStack, JournalTr, LocalContextTr, context::ContextError},
    handler::{
        EthFrame, EvmTr, FrameInitOrResult, ItemOrResult, MainnetHandler, PrecompileProvider,
        evm::ContextDbError, instructions::EthInstructions,
    },
    inspector::NoOpInspector,
    interpreter::{
        CallInputs, FrameInput, InterpreterAction, InterpreterResult, SharedMemory,
        interpreter::EthInterpreter, interpreter_action::FrameInit,
    },
    primitives::Address,
    state::EvmState,
};

use crate::{
    arbos::{ArbosContext, ArbosVersion, storage::Ledger},
    deploy,
    engine::StylusEngine,
    frame::{self, DirectRun},
    memory::Pages,
    opcodes,
    precompile::{ArbPrecompiles, EthereumPrecompiles, PRECOMPILE_CODE, RevmHost},
    runtime::{RecentPrograms, Runtime},
    symbols::SymbolTable,
    trace::{ProgramRun, Trace, record::Recorder},
};

/// What a revm context must offer so that Stylus programs can run in it. Every context with revm's own journal does.
pub trait StylusContext: ContextTr<Journal: JournalTr<State = EvmState>> {}

impl<T: ContextTr<Journal: JournalTr<State = EvmState>>> StylusContext for T {}

/// An EVM that executes EVM bytecode and Stylus programs, calling each other freely, in one transaction.
///
/// `CTX` is a revm context, `INSP` a revm inspector, `P` the precompiles below those of Stylus itself: by default
/// Ethereum's as ArbOS offers them; a chain replaces it to add its own (see [`ArbPrecompiles`]).
#[derive(Debug)]
pub struct StylusEvm<CTX, INSP = NoOpInspector, P = EthereumPrecompiles> {
    /// revm's EVM: context, inspector, instructions, precompiles, frame stack.
    pub inner: InnerEvm<CTX, INSP, P>,
    pub(crate) engine: StylusEngine,
}

/// The revm EVM inside [`StylusEvm`].
pub type InnerEvm<CTX, INSP, P> =
    Evm<CTX, INSP, EthInstructions<EthInterpreter, CTX>, ArbPrecompiles<P>, EthFrame<EthInterpreter>>;

/// The handler that runs a transaction on a [`StylusEvm`]: Ethereum's order of validation, execution and payment.
pub type StylusHandler<CTX, INSP, P> =
    MainnetHandler<StylusEvm<CTX, INSP, P>, EvmError<CTX>, EthFrame<EthInterpreter>>;

/// The error of a transaction that could not be executed at all (never of one that reverted).
pub type EvmError<CTX> = EVMError<<<CTX as ContextTr>::Db as Database>::Error, InvalidTransaction>;

/// revm's configuration for a chain of this ArbOS version: hard fork, no cap of Ethereum's on a transaction's gas (the
/// chain has its own), calldata floor (EIP-7623) off, as it is until the chain's owner turns it on.
pub fn cfg_env(arbos: ArbosVersion, chain_id: u64) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(arbos.spec_id())
        .with_chain_id(chain_id)
        .with_disable_eip7623(true);
    cfg.tx_gas_limit_cap = Some(u64::MAX);
    cfg
}

impl<CTX: StylusContext> StylusEvm<CTX> {
    /// An EVM over `ctx` at `arbos`. The context's configuration should come from [`cfg_env`] of the same version.
    /// Making one is cheap: compiled programs and their instances belong to the engine.
    pub fn new(ctx: CTX, arbos: ArbosVersion, engine: StylusEngine) -> Self {
        Self::with_precompiles(ctx, arbos, engine, EthereumPrecompiles::new(arbos))
    }
}

impl<CTX: StylusContext, P> StylusEvm<CTX, NoOpInspector, P> {
    /// Like [`StylusEvm::new`], with a chain's own precompiles below those of Stylus.
    pub fn with_precompiles(ctx: CTX, arbos: ArbosVersion, engine: StylusEngine, precompiles: P) -> Self {
        let inner = Evm {
            instruction: opcodes::instructions(ctx.cfg().spec().into()),
            precompiles: ArbPrecompiles::new(arbos, precompiles),
            ctx,
            inspector: NoOpInspector,
            // Grown on demand: a frame's stack is 32 KiB, and most transactions need one or two.
            frame_stack: FrameStack::new(),
        };
        Self { inner, engine }
    }
}

impl<CTX, INSP, P> StylusEvm<CTX, INSP, P> {
    /// The same EVM with another inspector. The inspector is called by the `inspect` methods only.
    pub fn with_inspector<I>(self, inspector: I) -> StylusEvm<CTX, I, P> {
        StylusEvm {
            inner: self.inner.with_inspector(inspector),
            engine: self.engine,
        }
    }

    /// The ArbOS version that the EVM runs at.
    pub fn arbos(&self) -> ArbosVersion {
        self.runtime().arbos
    }

    /// The engine that compiles and runs programs.
    pub fn engine(&self) -> &StylusEngine {
        &self.engine
    }

    /// Empties the block's list of recent programs: to be called for each new block.
    pub fn begin_block(&mut self) {
        self.runtime_mut().recent = RecentPrograms::default();
    }

    /// Takes the block's list of recent programs out, leaving an empty one.
    pub fn take_recent(&mut self) -> RecentPrograms {
        std::mem::take(&mut self.runtime_mut().recent)
    }

    /// Puts the block's list of recent programs in.
    pub fn set_recent(&mut self, recent: RecentPrograms) {
        self.runtime_mut().recent = recent;
    }

    /// Starts recording what programs do, or stops it and drops what was recorded. Recording changes no result.
    pub fn set_trace(&mut self, on: bool) {
        self.runtime_mut().trace = on.then(Box::default);
    }

    /// The most bytes of memory, about, that what is recorded may take until it is taken out; unbounded unless set. Where it would take
    /// more, nothing is kept, and [`Trace::is_too_large`] says so. To be called after [`StylusEvm::set_trace`].
    pub fn bound_trace(&mut self, bytes: usize) {
        if let Some(trace) = &mut self.runtime_mut().trace {
            trace.bound(bytes);
        }
    }

    /// What was recorded since tracing was turned on or the last time this was called. Empty when it is off.
    pub fn take_trace(&mut self) -> Trace {
        self.runtime_mut()
            .trace
            .as_deref_mut()
            .map(Recorder::take)
            .unwrap_or_default()
    }

    /// Starts keeping what each function of each program uses, in the records of their runs, or stops it. It changes no
    /// result; programs are compiled once more for it, and run several times slower.
    pub fn set_profile(&mut self, on: bool) {
        self.runtime_mut().profiled = on;
    }

    /// Names for the functions of programs, by the hash of their code: for backtraces and profiles of programs whose code has none.
    pub fn set_symbols(&mut self, symbols: Arc<SymbolTable>) {
        self.runtime_mut().symbols = symbols;
    }

    /// How the program that the last transaction called directly ended; `None` if it called none, or could not enter it.
    pub fn last_run(&self) -> Option<&ProgramRun> {
        self.runtime().last_run.as_ref()
    }

    /// Pages of the running transaction.
    pub fn pages(&self) -> Pages {
        self.runtime().pages
    }

    /// Starts a transaction with pages open: for tests of what happens in the middle of one.
    #[doc(hidden)]
    pub fn set_pages(&mut self, pages: Pages) {
        self.runtime_mut().pages = pages;
    }

    /// Takes an address for entered once already in this transaction: for tests of reentrancy.
    #[doc(hidden)]
    pub fn assume_entered(&mut self, address: Address) {
        self.runtime_mut().frames.assume(address);
    }

    /// ArbOS's state, free of charge, as the running (or just ended, not yet committed) transaction sees it.
    pub fn with_arbos_state<R>(&mut self, act: impl FnOnce(&mut dyn Ledger) -> R) -> R
    where
        CTX: StylusContext,
    {
        act(&mut RevmHost(&mut self.inner.ctx))
    }

    /// What ArbOS's precompiles know of the block and the transaction.
    pub fn arbos_context(&self) -> &ArbosContext {
        &self.runtime().context
    }

    /// Tells ArbOS's precompiles of the block and the transaction. It stays until it is set again.
    pub fn set_arbos_context(&mut self, context: ArbosContext) {
        self.runtime_mut().context = context;
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.inner.precompiles.runtime
    }

    pub(crate) fn runtime_mut(&mut self) -> &mut Runtime {
        &mut self.inner.precompiles.runtime
    }

    /// Ready for a transaction: pages and reentrancy counters at zero. The methods that execute transactions call it;
    /// only who runs frames by other means must.
    pub fn begin_transaction(&mut self) {
        self.runtime_mut().begin_transaction();
    }
}

impl<CTX, INSP, P> StylusEvm<CTX, INSP, P>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    fn top_is_program(&mut self) -> bool {
        let arbos = self.arbos();
        frame::is_program(self.inner.frame_stack.get(), arbos)
    }

    /// Runs a program with exactly this ink, outside of any transaction: no entry is priced, no record asked for, and
    /// nothing taken back on failure. For differential tests and profiles. The journal keeps what the program did.
    ///
    /// # Errors
    /// When `inputs` does not call a program, or the EVM fails.
    pub fn run_with_ink(&mut self, inputs: CallInputs, ink: u64) -> Result<DirectRun, ContextDbError<CTX>> {
        let memory = SharedMemory::new_with_buffer(self.inner.ctx.local().shared_memory_buffer().clone());
        let frame_input = FrameInput::Call(Box::new(inputs));
        let opened = self.frame_init(FrameInit {
            depth: 0,
            memory,
            frame_input,
        })?;
        if opened.is_result() || !self.top_is_program() {
            self.inner.frame_stack.clear();
            return Err(ContextError::Custom(
                "the call does not reach a Stylus program".into(),
            ));
        }
        let run = frame::run_direct(self, ink);
        self.inner.frame_stack.clear();
        run
    }

    /// Whether the code of `inputs` is that of a precompile of ArbOS which an account delegates to (EIP-7702).
    fn runs_as_empty(&self, inputs: &CallInputs) -> bool {
        // Almost every call ends here: the code of a precompile is one byte.
        if inputs.known_bytecode.1.original_byte_slice() != &PRECOMPILE_CODE[..] {
            return false;
        }
        let account = self
            .inner
            .ctx
            .journal_ref()
            .evm_state()
            .get(&inputs.bytecode_address);
        account
            .and_then(|account| account.info.code.as_ref()?.eip7702_address())
            .is_some_and(|delegate| self.is_empty_delegate(&delegate))
    }

    /// From Osaka on the code of a precompile counts as empty for an account that delegates to it: a call succeeds and
    /// runs nothing. Before, the byte that stands at a precompile of ArbOS runs and ends the frame with an error;
    /// Ethereum's precompiles have no code in either case.
    pub(crate) fn is_empty_delegate(&self, delegate: &Address) -> bool {
        self.arbos() >= ArbosVersion::V50 && self.inner.precompiles.is_precompile(delegate)
    }

    /// Ends or goes on with the EVM frame on top after its bytecode ran.
    fn process(
        &mut self,
        action: InterpreterAction,
    ) -> Result<FrameInitOrResult<EthFrame<EthInterpreter>>, ContextDbError<CTX>> {
        let arbos = self.arbos();
        let frame = self.inner.frame_stack.get();
        let next = match deploy::program(frame, &mut self.inner.ctx, action, arbos) {
            Ok(result) => ItemOrResult::Result(result),
            Err(action) => {
                frame.process_next_action::<_, ContextDbError<CTX>>(&mut self.inner.ctx, action)?
            }
        };
        if next.is_result() {
            frame.set_finished(true);
        }
        Ok(next)
    }
}
