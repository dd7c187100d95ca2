//! What frames read and change in the state, and what that costs them.

use revm::{
    interpreter::InstructionResult,
    primitives::{Address, Bytes, LogData, U256},
};

/// One access of a frame to the state, or one request of a program to the EVM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What was asked and answered.
    pub kind: RequestKind,
    /// Gas that it costs the frame.
    pub gas: u64,
}

/// What a frame reads and changes. Bytecode makes `StorageLoad`, `StorageStore`, `TransientLoad`, `TransientStore` and
/// `Log` only; its calls are frames, and its other accesses are not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// A storage slot: of a program, one that its cache did not know.
    StorageLoad {
        /// The slot.
        key: U256,
        /// Its value.
        value: U256,
    },
    /// The changes in a program's cache.
    StorageFlush {
        /// Each slot written, its new value, and its gas.
        writes: Vec<(U256, U256, u64)>,
        /// Whether all could be written.
        done: bool,
    },
    /// A storage slot's new value, by bytecode.
    StorageStore {
        /// The slot.
        key: U256,
        /// Its value before.
        before: U256,
        /// The value.
        value: U256,
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
    /// A log. A program's host function has charged its gas already.
    Log(LogData),
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
    /// A program. Its run, if it came to that, is in the frame that stands before this request.
    Program,
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
