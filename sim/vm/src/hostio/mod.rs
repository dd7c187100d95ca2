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
mod link;
mod math;
mod memory;
mod output;
mod storage;

use std::{fmt, time::Duration};

use revm::primitives::{Address, B256, Bytes, U256};
use wasmtime::Memory;

use crate::{
    arbos::ArbosVersion,
    host::{Fatal, Host},
    host_cell::HostCell,
    imports::HostFunction,
    pricing::{gas_to_ink, ink_to_gas_down},
    profile::Meter,
    trace,
};

pub(crate) use link::linker;
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
    pub(crate) tracing: bool,
    /// Whether host functions are timed, how long they took, and how many there were.
    pub(crate) timing: bool,
    pub(crate) host_time: Duration,
    pub(crate) host_calls: u32,
    /// Calldata.
    pub(crate) args: Bytes,
    /// What `write_result` set last.
    pub(crate) output: Vec<u8>,
    /// What the last call or deployment returned.
    pub(crate) return_data: Bytes,
    pub(crate) storage: StorageCache,
    /// The account whose code was read last.
    pub(crate) last_code: Option<(Address, Bytes)>,
    /// Frames that calls and deployments opened.
    pub(crate) opened: usize,
    /// Of a profiled run, where its ink goes.
    pub(crate) meter: Option<Box<Meter>>,
    /// Set when a host function ends the program.
    pub(crate) end: Option<End>,
}

/// How a host function ended the program, and the ink that was left then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) escape: Escape,
    pub(crate) ink_left: u64,
    pub(crate) function: HostFunction,
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
            name: self.function.name(),
            args: args.concat().into(),
            outs: outs.concat().into(),
            start_ink: self.start_ink,
            end_ink: self.ink,
        };
        self.host().record(trace::Step::Hostio(record));
    }
}

/// A 256-bit word as a hash.
fn hash(word: U256) -> B256 {
    B256::from(word)
}
