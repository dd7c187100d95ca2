//! From the network's call to a method and back. Generated code supplies the router.

use crate::abi::Words;
use crate::word::{self, Word, abort};
use crate::{Result, host};

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A method that reads returned.
    Read,
    /// A method that may write returned.
    Written,
    /// A method failed; its error has been handed to the host.
    Reverted,
}

/// Answers one call. Returns the status that the network expects: 0 success, 1 revert.
///
/// Calldata shorter than a selector, a selector that is not in the interface, and value sent to a method that is not
/// payable revert without data, as in Solidity.
#[inline(always)]
pub fn run(len: usize, payable: fn(u32) -> bool, route: fn(u32, &[u8]) -> Outcome) -> usize {
    let input = host::args(len);
    let Some((selector, args)) = input.split_first_chunk::<4>() else {
        abort()
    };
    let selector = u32::from_be_bytes(*selector);
    if !payable(selector) && host::msg::has_value() {
        abort();
    }
    let status = match route(selector, args) {
        Outcome::Read => 0,
        Outcome::Written => {
            host::flush(false);
            0
        }
        Outcome::Reverted => 1,
    };
    // The network frees the memory with the instance.
    core::mem::forget(input);
    status
}

/// keccak256("stylus_constructor"): where stylus-sdk, too, remembers that the constructor ran.
const CONSTRUCTED: [u64; 4] = {
    let hash = CONSTRUCTED_HASH;
    [le(&hash, 0), le(&hash, 8), le(&hash, 16), le(&hash, 24)]
};

const CONSTRUCTED_HASH: Word = keccak_const::Keccak256::new()
    .update(b"stylus_constructor")
    .finalize();

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // constant evaluation
const fn le(bytes: &Word, at: usize) -> u64 {
    let mut value = 0;
    let mut i = 0;
    while i < 8 {
        value |= (bytes[at + i] as u64) << (8 * i);
        i += 1;
    }
    value
}

/// Runs a constructor the first time; afterwards it reverts without data.
#[inline(always)]
pub fn once(constructor: impl FnOnce() -> Result<()>) -> Outcome {
    let [a, b, c, d] = CONSTRUCTED;
    let slot = word::constant(a, b, c, d);
    if !word::is_zero_word(&host::load(&slot)) {
        abort();
    }
    host::store(&slot, &word::u64_word(1));
    written(constructor())
}

/// The outcome of a method that returns nothing.
#[inline(always)]
pub fn written(result: Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Written,
        Err(_) => Outcome::Reverted,
    }
}

/// Hands a returned value of one word to the host.
#[inline(never)]
pub fn give_word<T: crate::abi::Encode>(value: &T::Ret) {
    let mut room = crate::abi::room::<1>();
    let mut words = Words::new(&mut room);
    words.push_owned::<T>(value);
    words.give();
}
