//! Uniswap v2's refusals, byte for byte: `Error(string)` with its own texts, or nothing.

use mintage_kit::word::{abort, chunk_mut, put_u64};
use mintage_kit::{Result, Revert};
use mintage_mechanism::MathError;
use mintage_mechanism::liquidity::LiquidityError;
use mintage_mechanism::swap::SwapError;

/// `Error(string)`.
const ERROR: u32 = 0x08c3_79a0;

/// The longest text is two words long: selector, offset, length and those.
const SIZE: usize = 4 + 4 * 32;

/// Refuses with "UniswapV2: " and the reason.
pub(crate) fn refuse<T>(reason: &str) -> Result<T> {
    Err(with_text("UniswapV2: ", reason))
}

/// An amount of liquidity tokens that cannot be added to a balance or the supply.
pub(crate) fn add_overflow() -> Revert {
    with_text("ds-math-", "add-overflow")
}

/// An amount of liquidity tokens that is larger than the balance or the allowance.
pub(crate) fn sub_underflow() -> Revert {
    with_text("ds-math-", "sub-underflow")
}

/// The refusal of an arithmetic error. A division by zero has no text in v2.
pub(crate) fn math<T>(result: core::result::Result<T, MathError>) -> Result<T> {
    result.map_err(|error| match error {
        MathError::ResultTooLarge => with_text("ds-math-", "mul-overflow"),
        MathError::ResultNegative => sub_underflow(),
        _ => Revert::empty(),
    })
}

/// The refusal of a swap.
pub(crate) fn swap<T>(result: core::result::Result<T, SwapError>) -> Result<T> {
    match result {
        Ok(value) => Ok(value),
        Err(SwapError::ZeroOutput) => refuse("INSUFFICIENT_OUTPUT_AMOUNT"),
        Err(SwapError::ZeroInput) => refuse("INSUFFICIENT_INPUT_AMOUNT"),
        Err(SwapError::Liquidity) => refuse("INSUFFICIENT_LIQUIDITY"),
        Err(SwapError::Math(error)) => math(Err(error)),
        Err(_) => refuse("K"),
    }
}

/// The refusal of a deposit or a withdrawal.
pub(crate) fn liquidity<T>(result: core::result::Result<T, LiquidityError>) -> Result<T> {
    match result {
        Ok(value) => Ok(value),
        Err(LiquidityError::ZeroShares) => refuse("INSUFFICIENT_LIQUIDITY_MINTED"),
        Err(LiquidityError::Math(error)) => math(Err(error)),
        Err(_) => refuse("INSUFFICIENT_LIQUIDITY_BURNED"),
    }
}

#[inline(never)]
fn with_text(prefix: &str, reason: &str) -> Revert {
    let mut data = [0; SIZE];
    *chunk_mut(&mut data, 0) = ERROR.to_be_bytes();
    put_u64(chunk_mut(&mut data, 4), 32);
    let mut end = 68_usize;
    for byte in prefix.bytes().chain(reason.bytes()) {
        *chunk_mut(&mut data, end) = [byte];
        end = end.wrapping_add(1);
    }
    let len = end.wrapping_sub(68);
    put_u64(chunk_mut(&mut data, 36), len as u64);
    match data.get(..68_usize.wrapping_add(len.next_multiple_of(32))) {
        Some(data) => Revert::with_data(data),
        None => abort(),
    }
}
