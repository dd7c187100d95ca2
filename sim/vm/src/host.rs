//! The EVM as a running program sees it: what host functions ask for, free of revm's and wasmtime's types.
//!
//! Costs come back in gas; charging them is the host function's business, because only it knows the meter. The
//! implementation over revm's journal is in `frame::api`.

use revm::primitives::{Address, B256, Bytes, U256};

use crate::trace::Step;

/// The EVM below failed (its database, or an inner frame): the transaction cannot go on. The host keeps the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fatal;

/// How a program calls another contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    Call,
    Delegate,
    Static,
}

/// A call that a program makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallRequest<'a> {
    pub kind: CallKind,
    pub to: Address,
    /// Wei sent along; zero unless the kind is `Call`.
    pub value: U256,
    pub data: &'a [u8],
    /// Gas that the caller has.
    pub gas_left: u64,
    /// Gas that the caller wants to give, at most `gas_left`.
    pub gas_req: u64,
}

/// What a call came to.
#[derive(Clone, Debug)]
pub(crate) struct CallReply {
    /// 0 for success, 2 for everything else.
    pub status: u8,
    pub cost: u64,
    /// Returned data, also of a revert.
    pub output: Bytes,
    /// Whether it came to a frame.
    pub opened: bool,
}

/// A deployment that a program makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CreateRequest<'a> {
    pub init_code: &'a [u8],
    pub endowment: U256,
    /// `Some` for CREATE2.
    pub salt: Option<U256>,
    pub gas_left: u64,
}

/// What a deployment came to.
#[derive(Clone, Debug)]
pub(crate) struct CreateReply {
    /// Zero when the init code failed or was not run.
    pub address: Address,
    pub cost: u64,
    /// Data with which the init code reverted, else empty.
    pub output: Bytes,
}

/// A storage write's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreReply {
    /// Written, for this gas.
    Written(u64),
    /// It costs more than the budget; nothing was written.
    TooDear,
}

/// The state of the chain and of the transaction, for one running program.
pub(crate) trait Host {
    /// A storage slot of the acting address and the gas of reading it; warms the slot.
    fn sload(&mut self, key: U256) -> Result<(U256, u64), Fatal>;
    /// Writes a storage slot of the acting address if that costs at most `budget` gas.
    fn sstore(&mut self, key: U256, value: U256, budget: u64) -> Result<StoreReply, Fatal>;
    fn tload(&mut self, key: U256) -> U256;
    fn tstore(&mut self, key: U256, value: U256);
    /// Balance and the gas of touching the account.
    fn balance(&mut self, address: Address) -> Result<(U256, u64), Fatal>;
    /// Code and the gas of reading it. When that is more than `gas_left`, the code is empty.
    fn code(&mut self, address: Address, gas_left: u64) -> Result<(Bytes, u64), Fatal>;
    /// Code hash (zero when there is no such account) and the gas of touching the account.
    fn code_hash(&mut self, address: Address) -> Result<(B256, u64), Fatal>;
    fn call(&mut self, request: CallRequest<'_>) -> Result<CallReply, Fatal>;
    /// `None` when the deployment may not even be tried: in a static frame, or without gas for its base.
    fn create(&mut self, request: CreateRequest<'_>) -> Result<Option<CreateReply>, Fatal>;
    fn log(&mut self, topics: Vec<B256>, data: Bytes);
    /// Opens memory pages and tells what they cost.
    fn add_pages(&mut self, new: u16) -> u64;

    fn tx_origin(&self) -> Address;
    /// Wei that the transaction pays for a gas.
    fn tx_gas_price(&self) -> u128;
    fn block_basefee(&self) -> u64;
    fn block_coinbase(&self) -> Address;
    fn block_gas_limit(&self) -> u64;
    fn block_number(&self) -> u64;
    fn block_timestamp(&self) -> u64;
    fn chain_id(&self) -> u64;

    /// Keeps the record of a host call, or of a request that the host itself does not see as a whole. Called only while
    /// tracing.
    fn record(&mut self, step: Step);
}
