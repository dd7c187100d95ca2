//! Watches bytecode step by step for what the call tree keeps of it: storage, logs, self-destructs.

use revm::{
    Inspector,
    bytecode::opcode,
    context_interface::{ContextTr, JournalTr},
    interpreter::{
        Interpreter, InterpreterAction,
        instructions::{GasTable, InstructionTable},
        interpreter::EthInterpreter,
        interpreter_types::{InputsTr, Jumps, LoopControl},
    },
    primitives::{Address, U256},
};

use super::{Frame, FrameCode, FrameKind, Request, RequestKind, Step};
use crate::evm::StylusContext;

/// What bytecode does between two frames that it opens.
pub(crate) struct Watch {
    /// What was seen, in order, up to what first takes more than `room`: then the trace as a whole is too large.
    pub(crate) steps: Vec<Step>,
    /// Bytes that `steps` may take.
    room: usize,
    /// Bytes that they take, about.
    taken: usize,
    /// What the step that is being executed will have done if it succeeds, and the gas before it.
    pending: Option<(Pending, u64)>,
    logs: usize,
}

enum Pending {
    Load { key: U256, transient: bool },
    Store { key: U256, before: U256, value: U256 },
    TransientStore { key: U256, value: U256 },
    Log,
    SelfDestruct { heir: Address, balance: U256 },
}

impl Watch {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            steps: Vec::new(),
            room,
            taken: 0,
            pending: None,
            logs: 0,
        }
    }

    fn keep(&mut self, step: Step) {
        if self.taken <= self.room {
            self.taken = self.taken.saturating_add(step.bytes());
            self.steps.push(step);
        }
    }

    fn before<CTX: StylusContext>(&mut self, interpreter: &Interpreter<EthInterpreter>, ctx: &mut CTX) {
        // What an inspector stopped is never executed.
        self.pending = None;
        let peek = |place| interpreter.stack.peek(place).unwrap_or_default();
        let acting = interpreter.input.target_address();
        let pending = match interpreter.bytecode.opcode() {
            opcode::SLOAD => Pending::Load {
                key: peek(0),
                transient: false,
            },
            opcode::TLOAD => Pending::Load {
                key: peek(0),
                transient: true,
            },
            opcode::SSTORE => Pending::Store {
                key: peek(0),
                before: slot_now(ctx, acting, peek(0)),
                value: peek(1),
            },
            opcode::TSTORE => Pending::TransientStore {
                key: peek(0),
                value: peek(1),
            },
            opcode::LOG0..=opcode::LOG4 => Pending::Log,
            opcode::SELFDESTRUCT => Pending::SelfDestruct {
                heir: Address::from_word(peek(0).into()),
                balance: balance_now(ctx, acting),
            },
            _ => return,
        };
        self.logs = ctx.journal().logs().len();
        self.pending = Some((pending, interpreter.gas.remaining()));
    }

    fn after<CTX: StylusContext>(&mut self, interpreter: &mut Interpreter<EthInterpreter>, ctx: &CTX) {
        let Some((pending, gas_before)) = self.pending.take() else {
            return;
        };
        let result = interpreter.bytecode.instruction_result();
        if result.is_some_and(|result| !result.is_ok()) {
            return;
        }
        let gas = gas_before.saturating_sub(interpreter.gas.remaining());
        let kind = match pending {
            Pending::Load { key, transient } => {
                let value = interpreter.stack.peek(0).unwrap_or_default();
                if transient {
                    RequestKind::TransientLoad { key, value }
                } else {
                    RequestKind::StorageLoad { key, value }
                }
            }
            Pending::Store { key, before, value } => RequestKind::StorageStore { key, before, value },
            Pending::TransientStore { key, value } => RequestKind::TransientStore { key, value },
            Pending::Log => {
                let logs = ctx.journal().logs().get(self.logs..).unwrap_or_default();
                for log in logs {
                    let kind = RequestKind::Log(log.data.clone());
                    self.keep(Step::Request(Request { kind, gas }));
                }
                return;
            }
            Pending::SelfDestruct { heir, balance } => {
                let frame = self_destruct(interpreter.input.target_address(), heir, balance);
                self.keep(Step::Frame(Box::new(frame)));
                return;
            }
        };
        self.keep(Step::Request(Request { kind, gas }));
    }

    /// Runs bytecode until it ends or opens a frame, as the interpreter does when no one watches.
    pub(crate) fn run<CTX: StylusContext>(
        &mut self,
        interpreter: &mut Interpreter<EthInterpreter>,
        instructions: &InstructionTable<EthInterpreter, CTX>,
        gas_table: &GasTable,
        ctx: &mut CTX,
    ) -> InterpreterAction {
        loop {
            self.before(interpreter, ctx);
            let step = interpreter.step(instructions, gas_table, ctx);
            if let Err(end) = step
                && interpreter.bytecode.action().is_none()
            {
                interpreter.halt(end);
            }
            self.after(interpreter, ctx);
            if step.is_err() {
                return interpreter.take_next_action();
            }
        }
    }
}

/// A slot's value as it stands, without a trace of having been looked at; zero where the journal has not loaded it, for
/// then the store that follows fails or loads it itself.
fn slot_now<CTX: StylusContext>(ctx: &mut CTX, address: Address, key: U256) -> U256 {
    let (db, state) = ctx.journal_mut().db_and_state_mut();
    let account = state.get(&address);
    match account.and_then(|account| account.storage.get(&key)) {
        Some(slot) => slot.present_value,
        None if account.is_some_and(|account| account.is_created()) => U256::ZERO,
        None => revm::Database::storage(db, address, key).unwrap_or_default(),
    }
}

/// The balance of an account that the journal has loaded.
fn balance_now<CTX: StylusContext>(ctx: &mut CTX, address: Address) -> U256 {
    let state = ctx.journal().evm_state();
    state
        .get(&address)
        .map_or(U256::ZERO, |account| account.info.balance)
}

fn self_destruct(acting: Address, heir: Address, balance: U256) -> Frame {
    Frame {
        kind: FrameKind::SelfDestruct,
        depth: 0,
        from: acting,
        to: Some(heir),
        acting: heir,
        value: balance,
        input: Default::default(),
        gas: 0,
        gas_used: 0,
        output: Default::default(),
        result: revm::interpreter::InstructionResult::SelfDestruct,
        code: FrameCode::None,
        run: None,
        steps: Vec::new(),
    }
}

impl<CTX: StylusContext> Inspector<CTX, EthInterpreter> for Watch {
    fn step(&mut self, interpreter: &mut Interpreter<EthInterpreter>, ctx: &mut CTX) {
        self.before(interpreter, ctx);
    }

    fn step_end(&mut self, interpreter: &mut Interpreter<EthInterpreter>, ctx: &mut CTX) {
        self.after(interpreter, ctx);
    }
}
