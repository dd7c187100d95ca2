//! The frame around every precompile of ArbOS: which calls are let in, what their data costs, and what a failure keeps.
//!
//! A chain that adds precompiles of its own writes them against [`Call`] as this crate's are.

use revm::{
    context_interface::{ContextTr, JournalTr},
    interpreter::{CallInputs, Gas, InstructionResult, InterpreterResult},
    primitives::{Address, B256, Bytes, Log, U256},
    state::EvmState,
};

use crate::{
    arbos::ArbosVersion,
    state::{self, DbError},
};

/// Gas of reading a slot of ArbOS's storage.
pub const READ_GAS: u64 = 800;
/// Gas of writing a value other than zero to a slot of ArbOS's storage.
pub const WRITE_GAS: u64 = 20_000;
/// Gas of writing zero to a slot of ArbOS's storage.
pub const WRITE_ZERO_GAS: u64 = 5000;
/// Gas of a word of arguments or results.
const WORD_GAS: u64 = 3;
const LOG_GAS: u64 = 375;
const LOG_BYTE_GAS: u64 = 8;

/// What a method may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutability {
    /// It does not even open ArbOS's state.
    Pure,
    /// It reads.
    View,
    /// It writes.
    Write,
    /// It writes and takes value.
    Payable,
}

/// A method of a precompile.
#[derive(Clone, Copy, Debug)]
pub struct Method<F> {
    /// First four bytes of its calldata.
    pub selector: [u8; 4],
    /// What it may do.
    pub mutability: Mutability,
    /// The first version that has it.
    pub since: ArbosVersion,
    /// The last version that has it, if that is in the past.
    pub until: Option<ArbosVersion>,
    /// What it is; the precompile knows how to run it.
    pub body: F,
}

/// Why a call ends without a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure<E> {
    /// All gas is gone: the call was not let in, its data is broken, its gas ran out, or the failure burns it.
    Burnt,
    /// A revert without data; the gas left is kept.
    Plain,
    /// A revert with an ABI-encoded error; the gas left, less the price of the data, is kept.
    Error(Vec<u8>),
    /// The database failed.
    Db(E),
}

/// The result of a method: its ABI-encoded output.
pub type Output<CTX> = Result<Vec<u8>, Failure<DbError<CTX>>>;

/// One call of a precompile.
#[derive(Debug)]
pub struct Call<'a, CTX> {
    /// The EVM's context.
    pub ctx: &'a mut CTX,
    /// The call.
    pub inputs: &'a CallInputs,
    /// The chain's version.
    pub arbos: ArbosVersion,
    /// Calldata after the selector.
    args: Bytes,
    gas_left: u64,
}

impl<'a, CTX> Call<'a, CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    /// Lets a call in, runs the method that it names, and settles its gas.
    ///
    /// # Errors
    /// When the database fails.
    pub fn run<F: Copy>(
        ctx: &'a mut CTX,
        inputs: &'a CallInputs,
        arbos: ArbosVersion,
        methods: &[Method<F>],
        body: impl FnOnce(&mut Self, F) -> Output<CTX>,
    ) -> Result<InterpreterResult, DbError<CTX>> {
        let data = inputs.input.bytes(ctx);
        let gas_left = inputs.gas_limit;
        let args = data.slice(data.len().min(4)..);
        let mut call = Self {
            ctx,
            inputs,
            arbos,
            args,
            gas_left,
        };
        let output = call
            .enter(&data, methods)
            .and_then(|method| body(&mut call, method));
        let output = output.and_then(|output| call.burn_words(output.len()).map(|()| output));
        call.settle(output)
    }

    fn enter<F: Copy>(&mut self, data: &[u8], methods: &[Method<F>]) -> Result<F, Failure<DbError<CTX>>> {
        let selector = data.first_chunk::<4>().ok_or(Failure::Burnt)?;
        let method = methods
            .iter()
            .find(|method| method.selector == *selector)
            .filter(|method| {
                self.arbos >= method.since && method.until.is_none_or(|until| self.arbos <= until)
            })
            .ok_or(Failure::Burnt)?;
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
        self.burn_words(self.args.len())?;
        Ok(method.body)
    }

    fn settle(self, output: Output<CTX>) -> Result<InterpreterResult, DbError<CTX>> {
        let (result, output, gas_left) = match output {
            Ok(output) => (InstructionResult::Return, output, self.gas_left),
            Err(Failure::Plain) => (InstructionResult::Revert, Vec::new(), self.gas_left),
            Err(Failure::Error(error)) => match self.gas_left.checked_sub(words_gas(error.len())) {
                Some(gas_left) => (InstructionResult::Revert, error, gas_left),
                None => (InstructionResult::Revert, Vec::new(), 0),
            },
            Err(Failure::Burnt) => (InstructionResult::Revert, Vec::new(), 0),
            Err(Failure::Db(error)) => return Err(error),
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

    /// Takes gas; when it is not there, all is gone.
    pub fn burn(&mut self, gas: u64) -> Result<(), Failure<DbError<CTX>>> {
        self.gas_left = self.gas_left.checked_sub(gas).ok_or(Failure::Burnt)?;
        Ok(())
    }

    fn burn_words(&mut self, bytes: usize) -> Result<(), Failure<DbError<CTX>>> {
        self.burn(words_gas(bytes))
    }

    /// Reads a slot of ArbOS's storage, charged.
    pub fn read(&mut self, slot: U256) -> Result<U256, Failure<DbError<CTX>>> {
        self.burn(READ_GAS)?;
        self.peek(slot)
    }

    /// Reads a slot of ArbOS's storage, free.
    pub fn peek(&mut self, slot: U256) -> Result<U256, Failure<DbError<CTX>>> {
        state::read(self.ctx, slot).map_err(Failure::Db)
    }

    /// Writes a slot of ArbOS's storage, charged.
    pub fn write(&mut self, slot: U256, value: U256) -> Result<(), Failure<DbError<CTX>>> {
        self.burn(if value.is_zero() {
            WRITE_ZERO_GAS
        } else {
            WRITE_GAS
        })?;
        state::write(self.ctx, slot, value).map_err(Failure::Db)
    }

    /// The `index`th word of the arguments.
    pub fn word(&self, index: usize) -> Result<B256, Failure<DbError<CTX>>> {
        let word = self.args.get(index * 32..index * 32 + 32).ok_or(Failure::Burnt)?;
        Ok(B256::from_slice(word))
    }

    /// The `index`th argument as an address. Its upper bytes are not looked at, as in the network's decoder.
    pub fn address(&self, index: usize) -> Result<Address, Failure<DbError<CTX>>> {
        self.word(index).map(Address::from_word)
    }

    /// Emits a log of the precompile, charged. The first topic is the event's.
    pub fn log(&mut self, topics: Vec<B256>, data: Vec<u8>) -> Result<(), Failure<DbError<CTX>>> {
        self.burn(LOG_GAS * (1 + topics.len() as u64) + LOG_BYTE_GAS * data.len() as u64)?;
        let address = self.inputs.target_address;
        self.ctx
            .journal_mut()
            .log(Log::new_unchecked(address, topics, data.into()));
        Ok(())
    }

    /// Moves wei out of the precompile's account.
    pub fn pay(&mut self, to: Address, wei: U256) -> Result<(), Failure<DbError<CTX>>> {
        let from = self.inputs.target_address;
        let journal = self.ctx.journal_mut();
        let was_cold = journal.load_account(to).map_err(Failure::Db)?.is_cold;
        let refused = journal.transfer(from, to, wei).map_err(Failure::Db)?;
        // ArbOS's own transfers leave no mark in the access list.
        if was_cold && let Some(account) = journal.evm_state_mut().get_mut(&to) {
            account.mark_cold();
        }
        if refused.is_some() {
            Err(Failure::Plain)
        } else {
            Ok(())
        }
    }
}

const fn words_gas(bytes: usize) -> u64 {
    WORD_GAS * (bytes as u64).div_ceil(32)
}

/// ABI words one after another: static results, and errors behind their selector.
pub fn words<const N: usize>(words: [U256; N]) -> Vec<u8> {
    words.iter().flat_map(U256::to_be_bytes::<32>).collect()
}

/// An ABI-encoded error.
pub fn error<const N: usize, E>(selector: [u8; 4], args: [U256; N]) -> Failure<E> {
    Failure::Error([&selector[..], &words(args)].concat())
}
