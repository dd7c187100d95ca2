//! The frame around every precompile of ArbOS: which calls are let in, what their data costs, and what a failure keeps.

use revm::{
    interpreter::{CallInputs, Gas, InstructionResult, InterpreterResult},
    primitives::{Address, B256, Bytes, Log, U256},
};

use super::{
    abi::Args,
    host::Host,
    method::{Access, Method, Mutability, Precompile},
};
pub use crate::arbos::storage::Failure;
use crate::{
    arbos::{
        ArbosContext, ArbosVersion,
        schema::schema,
        storage::{Ledger, LedgerError, READ_GAS, Result, Store},
    },
    state,
};

/// Gas of a word of arguments or results.
const WORD_GAS: u64 = 3;
const LOG_GAS: u64 = 375;
const LOG_BYTE_GAS: u64 = 8;

/// Topic of `OwnerActs(bytes4,address,bytes)`.
const OWNER_ACTS: B256 =
    revm::primitives::b256!("3c9e6a772755407311e3b35b3ee56799df8f87395941b3a658eee9e08a67ebda");

/// The result of a method: its ABI-encoded output.
pub type Output = Result<Vec<u8>>;

/// What the VM knows about the frame that makes the call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caller {
    /// Pages that programs of the transaction have open.
    pub open_pages: u16,
    /// Who called the caller; `None` when the transaction calls the precompile directly.
    pub callers_caller: Option<Address>,
}

/// One call of a precompile. It is a [`Store`] that charges the caller.
pub struct Call<'a> {
    pub(super) host: &'a mut dyn Host,
    /// The call.
    pub inputs: &'a CallInputs,
    /// The chain's version.
    pub arbos: ArbosVersion,
    /// The block and the transaction.
    pub context: &'a ArbosContext,
    /// The frame that calls.
    pub caller: Caller,
    /// Decoder of the arguments.
    pub args: Args,
    /// Whether nothing is charged.
    free: bool,
    gas_left: u64,
}

impl std::fmt::Debug for Call<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Call")
            .field("inputs", self.inputs)
            .finish_non_exhaustive()
    }
}

impl Store for Call<'_> {
    fn burn(&mut self, gas: u64) -> Result<()> {
        if !self.free {
            self.gas_left = self.gas_left.checked_sub(gas).ok_or(Failure::Burnt)?;
        }
        Ok(())
    }

    fn ledger(&mut self) -> &mut dyn Ledger {
        self.host
    }
}

impl<'a> Call<'a> {
    /// Lets a call in, runs the method that it names, and settles its gas. `data` is the whole calldata.
    ///
    /// # Errors
    /// When the state fails.
    pub(super) fn run(
        host: &'a mut dyn Host,
        inputs: &'a CallInputs,
        data: &Bytes,
        arbos: ArbosVersion,
        context: &'a ArbosContext,
        caller: Caller,
        precompile: &Precompile,
    ) -> Result<InterpreterResult, LedgerError> {
        let mut call = Self {
            host,
            inputs,
            arbos,
            context,
            caller,
            args: Args::new(data.slice(data.len().min(4)..)),
            free: false,
            gas_left: inputs.gas_limit,
        };
        let output = call.admitted(data, precompile);
        call.settle(output)
    }

    fn admitted(&mut self, data: &Bytes, precompile: &Precompile) -> Output {
        match precompile.access {
            Access::Everyone => self.method(data, precompile.methods),
            Access::DebugChains if self.context.debug_precompiles => self.method(data, precompile.methods),
            Access::DebugChains => Err(Failure::Burnt),
            Access::Owners => {
                let place = schema().chain_owners.place_slot(self.inputs.caller);
                if self.peek(place)?.is_zero() {
                    return Err(Failure::Burnt);
                }
                self.free = true;
                let output = self.method(data, precompile.methods)?;
                self.log_act(data)?;
                Ok(output)
            }
        }
    }

    /// What an owner did is logged for everyone, with the whole calldata.
    fn log_act(&mut self, data: &Bytes) -> Result<()> {
        if self.inputs.is_static {
            return Ok(());
        }
        let mut selector = B256::ZERO;
        selector.0[..4].copy_from_slice(&data[..4]);
        let owner = self.inputs.caller.into_word();
        let data = super::abi::dynamic(data);
        self.log(vec![OWNER_ACTS, selector, owner], data)
    }

    fn method(&mut self, data: &[u8], methods: &[Method]) -> Output {
        let method = self.find(data, methods).ok_or(Failure::Burnt)?;
        let acts_as_itself = self.inputs.target_address == self.inputs.bytecode_address;
        let refused = (method.mutability >= Mutability::View && !acts_as_itself)
            || (method.mutability >= Mutability::Write && self.inputs.is_static)
            || (method.mutability != Mutability::Payable && self.inputs.transfers_value());
        if refused {
            return Err(Failure::Burnt);
        }
        if method.mutability != Mutability::Pure {
            self.burn(READ_GAS)?;
        }
        self.burn(words_gas(self.args.len()))?;
        if self.args.len() < 32 * method.argument_words() {
            return Err(Failure::Burnt);
        }
        let output = (method.run)(self)?;
        self.burn(words_gas(output.len()))?;
        Ok(output)
    }

    fn find<'m>(&self, data: &[u8], methods: &'m [Method]) -> Option<&'m Method> {
        let selector = data.first_chunk::<4>()?;
        methods
            .iter()
            .find(|method| method.selector == *selector && method.exists_at(self.arbos.number()))
    }

    fn settle(self, output: Output) -> Result<InterpreterResult, LedgerError> {
        // An owner is charged nothing, whatever comes of the call.
        let kept = |gas_left| {
            if self.free {
                self.inputs.gas_limit
            } else {
                gas_left
            }
        };
        let (result, output, gas_left) = match output {
            Ok(output) => (InstructionResult::Return, output, kept(self.gas_left)),
            Err(Failure::Plain) => (InstructionResult::Revert, Vec::new(), kept(self.gas_left)),
            Err(Failure::Error(error)) => match self.gas_left.checked_sub(words_gas(error.len())) {
                Some(gas_left) => (InstructionResult::Revert, error, kept(gas_left)),
                None => (InstructionResult::Revert, Vec::new(), kept(0)),
            },
            Err(Failure::Burnt) => (InstructionResult::Revert, Vec::new(), kept(0)),
            Err(Failure::Ledger(error)) => return Err(error),
        };
        let mut gas = Gas::new_with_regular_gas_and_reservoir(self.inputs.gas_limit, self.inputs.reservoir);
        gas.tracker_mut().set_remaining(gas_left);
        Ok(InterpreterResult {
            result,
            output: output.into(),
            gas,
        })
    }

    /// Gas that is left.
    pub const fn gas_left(&self) -> u64 {
        self.gas_left
    }

    /// From here on nothing is charged.
    pub(super) fn make_free(&mut self) {
        self.free = true;
    }

    /// The call's sender.
    pub fn sender(&self) -> Address {
        self.inputs.caller
    }

    /// Unix time of the block.
    pub fn now_ts(&self) -> u64 {
        self.host.timestamp()
    }

    /// The block's base fee in wei, also where BASEFEE gives 0.
    pub fn base_fee_wei(&self) -> u64 {
        self.context
            .base_fee_wei
            .unwrap_or_else(|| self.host.base_fee_wei())
    }

    /// Emits a log of the precompile, charged. The first topic is the event's.
    pub fn log(&mut self, topics: Vec<B256>, data: Vec<u8>) -> Result<()> {
        self.burn(log_gas(topics.len(), data.len()))?;
        let address = self.inputs.target_address;
        self.host.log(Log::new_unchecked(address, topics, data.into()));
        Ok(())
    }

    /// The chain's Stylus parameters, free. A state without them has those that ArbOS sets at its birth.
    pub fn stylus_params(&mut self) -> Result<crate::StylusParams> {
        let word = self.peek(state::params_slot())?;
        Ok(state::params_of_word(word, self.arbos))
    }
}

/// Gas of a log.
pub const fn log_gas(topics: usize, bytes: usize) -> u64 {
    LOG_GAS * (1 + topics as u64) + LOG_BYTE_GAS * bytes as u64
}

const fn words_gas(bytes: usize) -> u64 {
    WORD_GAS * (bytes as u64).div_ceil(32)
}

/// An amount as a number of its slot's word.
pub(super) fn number(address: Address) -> U256 {
    U256::from_be_bytes(address.into_word().0)
}
