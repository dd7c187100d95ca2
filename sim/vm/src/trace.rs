//! What a recorder of Stylus frames writes down: every host call with its ink, every request to the EVM with its gas,
//! every program's run.
//!
//! Recording costs nothing when it is off and changes nothing when it is on. Printing and decoding belong to others.

use revm::{
    interpreter::InstructionResult,
    primitives::{Address, B256, Bytes, U256},
};

/// Everything that the programs of a transaction did, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Host calls. A call's record stands after those of the programs that it ran.
    pub hostios: Vec<Hostio>,
    /// Requests to the EVM, nested ones before the call that made them.
    pub requests: Vec<Request>,
    /// Runs of programs in the order in which they ended.
    pub runs: Vec<ProgramRun>,
}

/// One host call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hostio {
    /// Depth of the program's frame; 1 is the transaction's own.
    pub depth: u32,
    /// The import's name; `user_entrypoint` and `user_returned` frame each program's calls.
    pub name: &'static str,
    /// Arguments, integers big-endian, memory as it was read.
    pub args: Bytes,
    /// Results in the same form.
    pub outs: Bytes,
    /// Ink before the call.
    pub start_ink: u64,
    /// Ink after it.
    pub end_ink: u64,
}

/// One request to the EVM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Depth of the asking program's frame.
    pub depth: u32,
    /// What was asked and answered.
    pub kind: RequestKind,
    /// Gas that it costs the program.
    pub gas: u64,
}

/// What a program asks the EVM for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// A storage slot that the program's cache did not know.
    StorageLoad {
        /// The slot.
        key: U256,
        /// Its value.
        value: U256,
    },
    /// The cache's changes.
    StorageFlush {
        /// Each slot written, its new value, and its gas.
        writes: Vec<(U256, U256, u64)>,
        /// Whether all could be written.
        done: bool,
    },
    /// A transient slot.
    TransientLoad {
        /// The slot.
        key: U256,
        /// Its value.
        value: U256,
    },
    /// A transient slot's new value.
    TransientStore {
        /// The slot.
        key: U256,
        /// The value.
        value: U256,
    },
    /// An account's balance.
    AccountBalance(Address),
    /// An account's code; its length.
    AccountCode(Address, usize),
    /// An account's code hash.
    AccountCodeHash(Address),
    /// More memory pages.
    AddPages {
        /// Pages asked for.
        new: u16,
        /// Open before.
        open: u16,
        /// Most ever open before.
        ever: u16,
    },
    /// A call.
    Call(CallRecord),
    /// A deployment.
    Create(CreateRecord),
    /// A log; gas is charged by the program's side.
    Log {
        /// Number of topics.
        topics: usize,
        /// Bytes of data.
        len: usize,
    },
}

/// A call from a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// `call`, `delegate` or `static`.
    pub kind: &'static str,
    /// The callee.
    pub to: Address,
    /// Wei sent.
    pub value: U256,
    /// Gas of the caller.
    pub gas_left: u64,
    /// Gas asked for the callee.
    pub gas_req: u64,
    /// Gas for making the call at all.
    pub base: u64,
    /// Gas given to the callee.
    pub gas: u64,
    /// Gas that it gave back.
    pub ret_gas: u64,
    /// 0 or 2.
    pub status: u8,
    /// Returned data.
    pub output: Bytes,
    /// What was there to call.
    pub callee: Callee,
    /// How the callee's frame ended; `None` when it was not even tried.
    pub result: Option<InstructionResult>,
}

/// What a call found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callee {
    /// Value in a static call: nothing was looked at.
    WriteProtected,
    /// The gas did not pay the base price.
    BaseTooDear,
    /// No code.
    Empty,
    /// EVM bytecode, or a precompile.
    Evm,
    /// A program, and its run if it came to that.
    Program(Option<Box<ProgramRun>>),
}

/// A deployment from a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRecord {
    /// Whether it was CREATE2.
    pub two: bool,
    /// Length of the init code.
    pub len: usize,
    /// Gas given to the init code.
    pub gas: u64,
    /// Gas that it gave back.
    pub ret_gas: u64,
    /// The new contract, zero when it failed.
    pub address: Address,
    /// Data of a revert.
    pub output: Bytes,
    /// How the init code's frame ended.
    pub result: InstructionResult,
    /// Whether it ended well but the deposit for its code could not be paid.
    pub deposit_failed: bool,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned 0.
    Success,
    /// It returned another status.
    Revert,
    /// It trapped, or a host call refused it. Nothing is returned; the gas left is kept.
    Failure,
    /// Its ink ran out.
    OutOfInk,
    /// Its stack words ran out.
    OutOfStack,
    /// It was not entered: the frame's gas does not pay the entry.
    TooDear,
    /// It was not entered: it is not activated, activated for another version, or expired.
    Unusable,
}

/// What was paid before the program ran, in gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whether the program counted as cached.
    pub cached: bool,
    /// Loading from the cache.
    pub cached_gas: u64,
    /// Initialisation.
    pub init_gas: u64,
    /// Memory pages.
    pub page_cost: u64,
    /// What was charged of them.
    pub total: u64,
}

/// One program's run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramRun {
    /// Depth of its frame; 1 is the transaction's own.
    pub depth: u32,
    /// The address that it acted as.
    pub address: Address,
    /// Hash of its code.
    pub code_hash: B256,
    /// The entry price; `None` when there is none because the program is unusable.
    pub entry: Option<Entry>,
    /// Ink at its start; 0 when it was not entered.
    pub ink_in: u64,
    /// Ink at its end; 0 when it ran out of ink or stack.
    pub ink_left: u64,
    /// Gas of the frame at its end, after the floor for returned data.
    pub gas_left: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// Stack words left.
    pub stack_left: u32,
    /// Pages of its memory at the end.
    pub memory_pages: u64,
    /// Why it failed or is unusable, in words; only with [`Outcome::Failure`] and [`Outcome::Unusable`].
    pub reason: Option<String>,
}
