//! One frame of the call tree.

use revm::{
    interpreter::InstructionResult,
    primitives::{Address, Bytes, U256},
};

use super::{Hostio, ProgramRun, Request};

/// One call or deployment, with everything that happened in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// How it was opened.
    pub kind: FrameKind,
    /// 1 is the transaction's own frame.
    pub depth: u32,
    /// The contract or account that made it: the acting address of the frame above.
    pub from: Address,
    /// Whose code runs. Of a deployment the new contract, `None` when it failed; of a self-destruct the heir.
    pub to: Option<Address>,
    /// Whose storage and balance it acts on; of a failed deployment zero.
    pub acting: Address,
    /// Wei sent along; of a delegate call, what the frame above was sent. Of a self-destruct, what is left to the heir.
    pub value: U256,
    /// Calldata, or init code.
    pub input: Bytes,
    /// Gas given to it, any stipend included.
    pub gas: u64,
    /// Gas that it used; all of it when it broke off. Refunds are not taken off.
    pub gas_used: u64,
    /// What it returned; of a deployment the code, of a revert the reason.
    pub output: Bytes,
    /// How it ended, in revm's words. Of a program, [`Frame::run`] says more.
    pub result: InstructionResult,
    /// What ran in it.
    pub code: FrameCode,
    /// How the program ran, if one was to.
    pub run: Option<Box<ProgramRun>>,
    /// Frames opened, host calls, accesses to the state, in order. A host call that opened a frame stands after it, and
    /// the request for it between the two.
    pub steps: Vec<Step>,
}

/// How a frame was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameKind {
    /// CALL, or `call_contract`, or a transaction.
    Call,
    /// CALLCODE.
    CallCode,
    /// DELEGATECALL, or `delegate_call_contract`.
    DelegateCall,
    /// STATICCALL, or `static_call_contract`.
    StaticCall,
    /// CREATE, or `create1`, or a transaction without receiver.
    Create,
    /// CREATE2, or `create2`.
    Create2,
    /// SELFDESTRUCT: runs nothing, moves the balance.
    SelfDestruct,
}

impl FrameKind {
    /// Whether it deploys a contract.
    pub const fn is_create(self) -> bool {
        matches!(self, Self::Create | Self::Create2)
    }

    /// The opcode's name, as geth's tracers write it.
    pub const fn opcode(self) -> &'static str {
        match self {
            Self::Call => "CALL",
            Self::CallCode => "CALLCODE",
            Self::DelegateCall => "DELEGATECALL",
            Self::StaticCall => "STATICCALL",
            Self::Create => "CREATE",
            Self::Create2 => "CREATE2",
            Self::SelfDestruct => "SELFDESTRUCT",
        }
    }
}

/// What ran in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameCode {
    /// Nothing: an account without code, or the frame could not be opened.
    None,
    /// A precompile.
    Precompile,
    /// Bytecode, init code included.
    Evm,
    /// A Stylus program.
    Stylus,
}

/// One thing that happened in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A frame below it, from its start to its end.
    Frame(Box<Frame>),
    /// A program's host call.
    Hostio(Hostio),
    /// An access to the state.
    Request(Request),
}

impl Frame {
    /// Whether it did what it was meant to.
    pub fn is_success(&self) -> bool {
        self.result.is_ok()
    }

    /// The frames directly below it.
    pub fn children(&self) -> impl Iterator<Item = &Frame> {
        self.steps.iter().filter_map(|step| match step {
            Step::Frame(frame) => Some(&**frame),
            _ => None,
        })
    }

    /// Everything in it and below it in order of execution, each step with the frame that took it. A frame is visited
    /// before its own steps.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Frame, &'a Step)) {
        for step in &self.steps {
            visit(self, step);
            if let Step::Frame(below) = step {
                below.walk(visit);
            }
        }
    }
}
