//! Transactions on [`StylusEvm`], through revm's own traits.

use revm::{
    DatabaseCommit, Inspector,
    context::{
        ContextSetters,
        result::{ExecutionResult, HaltReason, ResultAndState},
    },
    context_interface::{ContextTr, JournalTr},
    handler::{ExecuteCommitEvm, ExecuteEvm, Handler, PrecompileProvider},
    inspector::{InspectCommitEvm, InspectEvm, InspectorHandler, JournalExt},
    interpreter::{InterpreterResult, interpreter::EthInterpreter},
    state::EvmState,
};

use super::{EvmError, StylusContext, StylusEvm, StylusHandler};

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
        self.begin_transaction();
        StylusHandler::default().run(self)
    }

    fn finalize(&mut self) -> Self::State {
        self.inner.ctx.journal_mut().finalize()
    }

    fn replay(&mut self) -> Result<ResultAndState<HaltReason>, Self::Error> {
        self.begin_transaction();
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
        self.begin_transaction();
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
