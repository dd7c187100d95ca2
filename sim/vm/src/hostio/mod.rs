//! The functions of `vm_hooks`: what a program imports, each charging in the network's order.
//!
//! The order inside a host function decides what is burnt when it fails: base ink; ink by length; the test for gas that
//! must be left (which takes nothing); reading the program's memory; the request to the EVM; its gas; writing memory.
//! What the EVM does is behind [`Host`]; only charging, memory and the state of one instance are here.
//!
//! Ink does not travel through the module's global at each call: the instrumented import takes it as one more parameter
//! and gives what is left back as one more result (see [`crate::executable`]).

mod account;
mod call;
mod context;
mod math;
mod memory;
mod output;
mod storage;

use std::fmt;

use revm::primitives::{Address, B256, Bytes, U256};
use wasmtime::{Caller, Linker, Memory};

use crate::{
    arbos::ArbosVersion,
    host::{Fatal, Host},
    host_cell::HostCell,
    imports::{HostFunction, MODULE},
    pricing::{gas_to_ink, ink_to_gas_down},
    trace,
};

pub(crate) use storage::StorageCache;

/// The data of a program's wasmtime store.
#[derive(Default)]
pub(crate) struct Env {
    pub(crate) host: HostCell,
    pub(crate) memory: Option<Memory>,
    pub(crate) run: Run,
}

/// What belongs to one run of a program.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) arbos: ArbosVersion,
    pub(crate) ink_price: u32,
    pub(crate) address: Address,
    pub(crate) sender: Address,
    pub(crate) value: U256,
    pub(crate) reentrant: bool,
    pub(crate) is_static: bool,
    pub(crate) depth: u32,
    pub(crate) tracing: bool,
    /// Calldata.
    pub(crate) args: Bytes,
    /// What `write_result` set last.
    pub(crate) output: Vec<u8>,
    /// What the last call or deployment returned.
    pub(crate) return_data: Bytes,
    pub(crate) storage: StorageCache,
    /// The account whose code was read last.
    pub(crate) last_code: Option<(Address, Bytes)>,
    /// Set when a host function ends the program.
    pub(crate) end: Option<End>,
}

/// How a host function ended the program, and the ink that was left then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) escape: Escape,
    pub(crate) ink_left: u64,
}

/// Why a host function ends the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    /// Nothing is left to pay with.
    OutOfInk,
    /// The program asked to end with this status.
    Exit(u32),
    /// The program fails, for this reason.
    Failure(&'static str),
    /// The EVM itself failed.
    Fatal,
}

impl fmt::Display for Escape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfInk => formatter.write_str("out of ink"),
            Self::Exit(status) => write!(formatter, "exit with status {status}"),
            Self::Failure(reason) => formatter.write_str(reason),
            Self::Fatal => formatter.write_str("the EVM failed"),
        }
    }
}

impl std::error::Error for Escape {}

impl From<Fatal> for Escape {
    fn from(Fatal: Fatal) -> Self {
        Self::Fatal
    }
}

const OUT_OF_BOUNDS: Escape =
    Escape::Failure("a pointer given to a host function is outside of the program's memory");

/// One host call: the program's memory, its state, and the ink that it may spend.
struct Io<'a> {
    memory: &'a mut [u8],
    host: &'a mut HostCell,
    run: &'a mut Run,
    function: HostFunction,
    start_ink: u64,
    ink: u64,
}

impl Io<'_> {
    /// Begins a host function: takes its base ink.
    fn begin(&mut self, function: HostFunction) -> Result<(), Escape> {
        self.function = function;
        self.buy_ink(function.base_ink())
    }

    fn buy_ink(&mut self, ink: u64) -> Result<(), Escape> {
        match self.ink.checked_sub(ink) {
            Some(left) => self.ink = left,
            None => return self.out_of_ink(),
        }
        Ok(())
    }

    fn buy_gas(&mut self, gas: u64) -> Result<(), Escape> {
        self.buy_ink(gas_to_ink(gas, self.run.ink_price))
    }

    /// Fails unless `gas` could be paid; takes nothing.
    fn require_gas(&mut self, gas: u64) -> Result<(), Escape> {
        if self.ink < gas_to_ink(gas, self.run.ink_price) {
            self.out_of_ink()
        } else {
            Ok(())
        }
    }

    fn out_of_ink<T>(&mut self) -> Result<T, Escape> {
        self.ink = 0;
        Err(Escape::OutOfInk)
    }

    fn gas_left(&self) -> u64 {
        ink_to_gas_down(self.ink, self.run.ink_price)
    }

    fn host(&mut self) -> &mut dyn Host {
        self.host.get()
    }

    fn read(&self, at: u32, len: u32) -> Result<&[u8], Escape> {
        let at = at as usize;
        self.memory.get(at..at + len as usize).ok_or(OUT_OF_BOUNDS)
    }

    fn read_word(&self, at: u32) -> Result<U256, Escape> {
        self.read(at, 32).map(U256::from_be_slice)
    }

    fn read_address(&self, at: u32) -> Result<Address, Escape> {
        self.read(at, 20).map(Address::from_slice)
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Escape> {
        let at = at as usize;
        self.memory
            .get_mut(at..at + bytes.len())
            .ok_or(OUT_OF_BOUNDS)?
            .copy_from_slice(bytes);
        Ok(())
    }

    fn write_word(&mut self, at: u32, word: U256) -> Result<(), Escape> {
        self.write(at, &word.to_be_bytes::<32>())
    }

    fn write_u32(&mut self, at: u32, value: u32) -> Result<(), Escape> {
        self.write(at, &value.to_le_bytes())
    }

    /// Records this host call, if anyone is watching. The parts are put one after another.
    fn trace(&mut self, args: &[&[u8]], outs: &[&[u8]]) {
        if self.run.tracing {
            self.trace_now(args, outs);
        }
    }

    #[cold]
    fn trace_now(&mut self, args: &[&[u8]], outs: &[&[u8]]) {
        let record = trace::Hostio {
            depth: self.run.depth,
            name: self.function.name(),
            args: args.concat().into(),
            outs: outs.concat().into(),
            start_ink: self.start_ink,
            end_ink: self.ink,
        };
        self.host().record(record);
    }
}

/// A host function's result together with the ink that is left.
trait WithInk {
    type Out;
    fn with_ink(self, ink: u64) -> Self::Out;
}

impl WithInk for () {
    type Out = u64;
    fn with_ink(self, ink: u64) -> u64 {
        ink
    }
}

impl WithInk for u32 {
    type Out = (u32, u64);
    fn with_ink(self, ink: u64) -> (u32, u64) {
        (self, ink)
    }
}

impl WithInk for u64 {
    type Out = (u64, u64);
    fn with_ink(self, ink: u64) -> (u64, u64) {
        (self, ink)
    }
}

/// Runs a host function's body on the calling program.
#[inline]
fn enter<R: WithInk>(
    mut caller: Caller<'_, Env>,
    ink: u64,
    body: impl FnOnce(&mut Io<'_>) -> Result<R, Escape>,
) -> wasmtime::Result<R::Out> {
    let (memory, env) = match caller.data().memory {
        Some(memory) => memory.data_and_store_mut(&mut caller),
        None => (&mut [][..], caller.data_mut()),
    };
    let Env { host, run, .. } = env;
    let mut io = Io {
        memory,
        host,
        run,
        function: HostFunction::ReadArgs,
        start_ink: ink,
        ink,
    };
    match body(&mut io) {
        Ok(result) => Ok(result.with_ink(io.ink)),
        Err(escape) => {
            io.run.end = Some(End {
                escape,
                ink_left: io.ink,
            });
            Err(escape.into())
        }
    }
}

macro_rules! link {
    ($linker:ident: $($name:ident($($arg:ident: $ty:ty),*);)*) => {
        $(
            $linker.func_wrap(MODULE, stringify!($name), |caller: Caller<'_, Env>, $($arg: $ty,)* ink: u64| {
                enter(caller, ink, |io| io.$name($($arg),*))
            })?;
        )*
    };
}

/// Every function of `vm_hooks`, in the form in which instrumented modules import it.
pub(crate) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Env>> {
    let mut linker = Linker::new(engine);
    link! { linker:
        read_args(dest: u32);
        write_result(data: u32, len: u32);
        exit_early(status: u32);
        storage_load_bytes32(key: u32, dest: u32);
        storage_cache_bytes32(key: u32, value: u32);
        storage_flush_cache(clear: u32);
        transient_load_bytes32(key: u32, dest: u32);
        transient_store_bytes32(key: u32, value: u32);
        call_contract(to: u32, data: u32, data_len: u32, value: u32, gas: u64, ret_len: u32);
        delegate_call_contract(to: u32, data: u32, data_len: u32, gas: u64, ret_len: u32);
        static_call_contract(to: u32, data: u32, data_len: u32, gas: u64, ret_len: u32);
        create1(code: u32, code_len: u32, endowment: u32, contract: u32, ret_len: u32);
        create2(code: u32, code_len: u32, endowment: u32, salt: u32, contract: u32, ret_len: u32);
        read_return_data(dest: u32, offset: u32, size: u32);
        return_data_size();
        emit_log(data: u32, len: u32, topics: u32);
        account_balance(address: u32, dest: u32);
        account_code(address: u32, offset: u32, size: u32, dest: u32);
        account_code_size(address: u32);
        account_codehash(address: u32, dest: u32);
        block_basefee(dest: u32);
        block_coinbase(dest: u32);
        block_gas_limit();
        block_number();
        block_timestamp();
        chainid();
        contract_address(dest: u32);
        evm_gas_left();
        evm_ink_left();
        math_div(value: u32, divisor: u32);
        math_mod(value: u32, modulus: u32);
        math_pow(value: u32, exponent: u32);
        math_add_mod(value: u32, addend: u32, modulus: u32);
        math_mul_mod(value: u32, multiplier: u32, modulus: u32);
        msg_reentrant();
        msg_sender(dest: u32);
        msg_value(dest: u32);
        native_keccak256(input: u32, len: u32, output: u32);
        tx_gas_price(dest: u32);
        tx_ink_price();
        tx_origin(dest: u32);
        pay_for_memory_grow(pages: u32);
    }
    Ok(linker)
}

/// A 256-bit word as a hash.
fn hash(word: U256) -> B256 {
    B256::from(word)
}
