//! Calls to other contracts. [`client!`](crate::client) makes typed ones; [`foreign`] moves ERC-20 tokens that keep to
//! no standard.
//!
//! Before every call the storage cache is written out, because the other contract may call back and must see the truth; a
//! call that may change something also forgets what was read. Values that the program holds in variables are its own
//! affair: read again after a call what the call may have changed.

pub mod foreign;

use crate::word::{Word, abort, put_u256};
use crate::{Address, Result, Revert, U256, Vec, host};

/// A contract to be called, with the gas and the wei of the next call.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    address: Address,
    value: U256,
    gas: u64,
}

impl Target {
    /// All gas that may be passed on, no wei.
    #[inline(always)]
    pub const fn new(address: Address) -> Self {
        Self {
            address,
            value: U256::ZERO,
            gas: u64::MAX,
        }
    }

    /// Sends wei along.
    #[inline(always)]
    pub const fn with_value(self, value: U256) -> Self {
        Self { value, ..self }
    }

    /// Limits the gas.
    #[inline(always)]
    pub const fn with_gas(self, gas: u64) -> Self {
        Self { gas, ..self }
    }

    /// Fails, as Solidity does, where a method that returns nothing would be called on an account without code.
    ///
    /// # Errors
    /// A revert without data.
    pub fn require_code(&self) -> Result<()> {
        if host::code_size(self.address) == 0 {
            Err(Revert::empty())
        } else {
            Ok(())
        }
    }

    /// A static call: nothing can change. Returns the length of the answer.
    ///
    /// # Errors
    /// What the contract reverted with.
    #[inline]
    pub fn read(&self, data: &[u8]) -> Result<usize> {
        passed(read(&self.address, data, self.gas))
    }

    /// A call without wei. Returns the length of the answer.
    ///
    /// # Errors
    /// What the contract reverted with.
    #[inline]
    pub fn write(&self, data: &[u8]) -> Result<usize> {
        passed(write(&self.address, data, &[0; 32], self.gas))
    }

    /// A call with the wei of [`Self::with_value`]. Returns the length of the answer.
    ///
    /// # Errors
    /// What the contract reverted with.
    pub fn pay(&self, data: &[u8]) -> Result<usize> {
        let mut value: Word = [0; 32];
        put_u256(&mut value, &self.value);
        passed(write(&self.address, data, &value, self.gas))
    }

    /// A call whose failure the program handles itself: `Ok` what was returned, `Err` the data of the revert.
    ///
    /// # Errors
    /// The data that the contract reverted with.
    pub fn try_write(&self, data: &[u8]) -> core::result::Result<Vec<u8>, Vec<u8>> {
        let mut value: Word = [0; 32];
        put_u256(&mut value, &self.value);
        split(write(&self.address, data, &value, self.gas))
    }

    /// A static call whose failure the program handles itself.
    ///
    /// # Errors
    /// The data that the contract reverted with.
    pub fn try_read(&self, data: &[u8]) -> core::result::Result<Vec<u8>, Vec<u8>> {
        split(read(&self.address, data, self.gas))
    }
}

#[inline(never)]
fn read(to: &Address, data: &[u8], gas: u64) -> (bool, usize) {
    host::flush(false);
    host::static_call(to, data, gas)
}

#[inline(never)]
fn write(to: &Address, data: &[u8], value: &Word, gas: u64) -> (bool, usize) {
    host::flush(true);
    host::call(to, data, value, gas)
}

#[inline(never)]
fn passed((ok, len): (bool, usize)) -> Result<usize> {
    if ok { Ok(len) } else { Err(Revert::passed_on(len)) }
}

fn split((ok, len): (bool, usize)) -> core::result::Result<Vec<u8>, Vec<u8>> {
    let data = returned_all(len);
    if ok { Ok(data) } else { Err(data) }
}

/// Fills `data` with the beginning of the answer; aborts when the answer is shorter.
#[inline(never)]
pub fn returned(data: &mut [u8], len: usize) {
    if len < data.len() {
        abort();
    }
    host::returned(data);
}

/// The whole answer.
pub fn returned_all(len: usize) -> Vec<u8> {
    let mut data = crate::abi::zeros(len);
    host::returned(&mut data);
    data
}
