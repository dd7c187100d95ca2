//! How a method fails.

#[cfg(not(target_arch = "wasm32"))]
use crate::Vec;
use crate::abi::{Error, Words};
use crate::host;

/// What a method returns.
pub type Result<T> = core::result::Result<T, Revert>;

/// The call fails, everything it did is undone, and the caller gets the error's data.
///
/// Made from an error of the interface, by `?` or `.into()`. In a program it holds nothing: making it already hands the
/// encoded error to the host, so it must be returned, not dropped.
#[must_use = "a revert that is not returned leaves its data behind as the result of the call"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert {
    /// The data, for native tests.
    #[cfg(not(target_arch = "wasm32"))]
    pub data: Vec<u8>,
}

impl Revert {
    /// A revert with the data given.
    #[inline(always)]
    pub fn with_data(data: &[u8]) -> Self {
        host::result(data);
        Self {
            #[cfg(not(target_arch = "wasm32"))]
            data: data.to_vec(),
        }
    }

    /// A revert without data.
    pub fn empty() -> Self {
        Self::with_data(&[])
    }

    /// Passes on what the last external call reverted with, `len` bytes.
    #[cold]
    pub fn passed_on(len: usize) -> Self {
        let mut data = crate::abi::zeros(len);
        let read = host::returned(&mut data);
        data.truncate(read);
        Self::with_data(&data)
    }
}

impl<E: Error> From<E> for Revert {
    #[inline(always)]
    fn from(error: E) -> Self {
        error.encoded(Self::with_data)
    }
}

/// An arithmetic overflow: reverts with `Panic(uint256)` code 0x11, as Solidity does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl Error for Overflow {
    const SELECTOR: u32 = 0x4e48_7b71;

    fn encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        let mut room = crate::abi::room::<2>();
        let mut words = Words::selector(&mut room, Self::SELECTOR);
        words.push::<u8>(&0x11);
        f(words.data())
    }
}

/// Returns the error unless the condition holds: `ensure!(value <= cap, CapExceeded { value, cap })`.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $error:expr $(,)?) => {
        if !$condition {
            return ::core::result::Result::Err($crate::Revert::from($error));
        }
    };
}
