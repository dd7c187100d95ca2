//! The virtual machine: revm's EVM whose frame loop also runs Stylus programs.
//!
//! [`StylusEvm`] owns a plain revm [`Evm`] and delegates to it everything that Arbitrum leaves as it is. State lives in
//! revm's journal and nowhere else. What a chain does around a transaction
//! (poster fees, system transactions, blocks) does not belong here.

use revm::{
    Database, DatabaseCommit, Inspector,
    context::{
        Cfg, CfgEnv, ContextSetters, Evm,
        result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction, ResultAndState},
    },
    context_interface::{ContextTr, FrameStack, JournalTr},
    handler::{
        EthFrame, EvmTr, ExecuteCommitEvm, ExecuteEvm, FrameInitOrResult, FrameResult, Handler,
        MainnetHandler, PrecompileProvider,
        evm::{ContextDbError, FrameInitResult},
        instructions::EthInstructions,
    },
    inspector::{InspectCommitEvm, InspectEvm, InspectorEvmTr, InspectorHandler, JournalExt, NoOpInspector},
    interpreter::{InterpreterResult, interpreter::EthInterpreter, interpreter_action::FrameInit},
    state::EvmState,
};

use crate::{
    arbos::ArbosVersion,
    precompile::{ArbPrecompiles, EthereumPrecompiles},
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
    arbos: ArbosVersion,
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
/// chain has its own), calldata floor (EIP-7623) off as on Arbitrum One.
pub fn cfg_env(arbos: ArbosVersion, chain_id: u64) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(arbos.spec_id())
        .with_chain_id(chain_id)
        .with_disable_eip7623(true);
    cfg.tx_gas_limit_cap = Some(u64::MAX);
    cfg
}

impl<CTX: StylusContext> StylusEvm<CTX> {
    /// An EVM over `ctx` at `arbos`. The context's configuration should come from [`cfg_env`] of the same version.
    pub fn new(ctx: CTX, arbos: ArbosVersion) -> Self {
        Self::with_precompiles(ctx, arbos, EthereumPrecompiles::new(arbos))
    }
}

impl<CTX: StylusContext, P> StylusEvm<CTX, NoOpInspector, P> {
    /// Like [`StylusEvm::new`], with a chain's own precompiles below those of Stylus.
    pub fn with_precompiles(ctx: CTX, arbos: ArbosVersion, precompiles: P) -> Self {
        let spec = ctx.cfg().spec().into();
        let instructions = EthInstructions::new_mainnet_with_spec(spec);
        let precompiles = ArbPrecompiles::new(arbos, precompiles);
        Self {
            inner: Evm::new_with_inspector(ctx, NoOpInspector, instructions, precompiles),
            arbos,
        }
    }
}

impl<CTX, INSP, P> StylusEvm<CTX, INSP, P> {
    /// The same EVM with another inspector. The inspector is called by the `inspect` methods only.
    pub fn with_inspector<I>(self, inspector: I) -> StylusEvm<CTX, I, P> {
        StylusEvm {
            inner: self.inner.with_inspector(inspector),
            arbos: self.arbos,
        }
    }

    /// The ArbOS version that the EVM runs at.
    pub fn arbos(&self) -> ArbosVersion {
        self.arbos
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
        self.inner.frame_init(input)
    }

    fn frame_run(&mut self) -> Result<FrameInitOrResult<Self::Frame>, ContextDbError<CTX>> {
        self.inner.frame_run()
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
}

impl<CTX, INSP, P> ExecuteEvm for StylusEvm<CTX, INSP, P>
where
    CTX: StylusContext + ContextSetters,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type ExecutionResult = ExecutionResult<HaltReason>;
    type State = EvmState;
    type Error = EvmError<CTX>;
    type Tx = <CTX as ContextTr>::Tx;
    type Block = <CTX as ContextTr>::Block;

    fn set_block(&mut self, block: Self::Block) {
        self.inner.ctx.set_block(block);
    }

    fn transact_one(&mut self, tx: Self::Tx) -> Result<Self::ExecutionResult, Self::Error> {
        self.inner.ctx.set_tx(tx);
        StylusHandler::default().run(self)
    }

    fn finalize(&mut self) -> Self::State {
        self.inner.ctx.journal_mut().finalize()
    }

    fn replay(&mut self) -> Result<ResultAndState<HaltReason>, Self::Error> {
        let result = StylusHandler::default().run(self);
        let state = self.finalize();
        Ok(ResultAndState::new(result?, state))
    }
}

impl<CTX, INSP, P> ExecuteCommitEvm for StylusEvm<CTX, INSP, P>
where
    CTX: StylusContext<Db: DatabaseCommit> + ContextSetters,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    fn commit(&mut self, state: Self::State) {
        self.inner.ctx.db_mut().commit(state);
    }
}

impl<CTX, INSP, P> InspectEvm for StylusEvm<CTX, INSP, P>
where
    CTX: StylusContext<Journal: JournalExt> + ContextSetters,
    INSP: Inspector<CTX, EthInterpreter>,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type Inspector = INSP;

    fn set_inspector(&mut self, inspector: INSP) {
        self.inner.inspector = inspector;
    }

    fn inspect_one_tx(&mut self, tx: Self::Tx) -> Result<Self::ExecutionResult, Self::Error> {
        self.inner.ctx.set_tx(tx);
        StylusHandler::default().inspect_run(self)
    }
}

impl<CTX, INSP, P> InspectCommitEvm for StylusEvm<CTX, INSP, P>
where
    CTX: StylusContext<Journal: JournalExt, Db: DatabaseCommit> + ContextSetters,
    INSP: Inspector<CTX, EthInterpreter>,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
}
