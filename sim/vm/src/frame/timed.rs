//! A host that times what the EVM does for a program. Used only while measuring.

use std::time::{Duration, Instant};

use revm::primitives::{Address, B256, Bytes, U256};

use crate::{
    host::{CallReply, CallRequest, CreateReply, CreateRequest, Fatal, Host, StoreReply},
    trace::Step,
};

pub(super) struct TimedHost<'a> {
    host: &'a mut dyn Host,
    /// Time in the requests below, and their number.
    pub(super) spent: Duration,
    pub(super) requests: u32,
}

impl<'a> TimedHost<'a> {
    pub(super) fn new(host: &'a mut dyn Host) -> Self {
        Self {
            host,
            spent: Duration::ZERO,
            requests: 0,
        }
    }

    fn timed<R>(&mut self, request: impl FnOnce(&mut dyn Host) -> R) -> R {
        let start = Instant::now();
        let reply = request(self.host);
        self.spent += start.elapsed();
        self.requests += 1;
        reply
    }
}

macro_rules! timed {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $out:ty;)*) => {
        $(fn $name(&mut self $(, $arg: $ty)*) -> $out {
            self.timed(|host| host.$name($($arg),*))
        })*
    };
}

/// What is a field of the block or the transaction is read in less time than a clock.
macro_rules! passed_on {
    ($($name:ident -> $out:ty;)*) => {
        $(fn $name(&self) -> $out {
            self.host.$name()
        })*
    };
}

impl Host for TimedHost<'_> {
    timed! {
        sload(key: U256) -> Result<(U256, u64), Fatal>;
        sstore(key: U256, value: U256, budget: u64) -> Result<StoreReply, Fatal>;
        tload(key: U256) -> U256;
        tstore(key: U256, value: U256) -> ();
        balance(address: Address) -> Result<(U256, u64), Fatal>;
        code(address: Address, gas_left: u64) -> Result<(Bytes, u64), Fatal>;
        code_hash(address: Address) -> Result<(B256, u64), Fatal>;
        call(request: CallRequest<'_>) -> Result<CallReply, Fatal>;
        create(request: CreateRequest<'_>) -> Result<Option<CreateReply>, Fatal>;
        log(topics: Vec<B256>, data: Bytes) -> ();
        add_pages(new: u16) -> u64;
        record(step: Step) -> ();
    }

    passed_on! {
        tx_origin -> Address;
        tx_gas_price -> u128;
        block_basefee -> u64;
        block_coinbase -> Address;
        block_gas_limit -> u64;
        block_number -> u64;
        block_timestamp -> u64;
        chain_id -> u64;
    }
}
