//! Proof-of-work difficulty: Bitcoin's compact targets, its retarget, and the check for a mineable token.
//!
//! * **Equation.** `target' = min(⌊target·clamp(t_last - t_first, T/4, 4T)/T⌋, limit)`; a hash is good when, read as a number, it is
//!   at most the target; the work of a target is `⌊2^256/(target + 1)⌋` hashes.
//! * **Symbols.** `T` the intended time of a window, seconds (1,209,600); targets 256-bit numbers; `bits` the compact form: an exponent
//!   to base 256 in the upper byte, a signed mantissa of 23 bits below.
//! * **Source.** Bitcoin Core `CalculateNextWorkRequired`, `arith_uint256::SetCompact`/`GetCompact`; EIP-918 for a token (rules re-stated,
//!   systems.md 2.1).
//! * **Domain.** Targets from 1 to the limit; `T ≥ 4` seconds. The window's time spans 2015 intervals of 2016 blocks: the off-by-one is
//!   consensus, and belongs to whoever picks the two blocks.
//! * **Rounding.** Down, and the compact form drops what does not fit 23 bits.
//! * **In the wild.** Time-warp, timestamps moved inside the window to lower the difficulty; a clock that runs backwards counts as
//!   `T/4` here, as there.

use crate::error::errors;
use mintage_math::{MathError, U256, add, div_down, mul_div_down};

/// Bitcoin's window: two weeks.
pub const BITCOIN_WINDOW_SECS: u64 = 1_209_600;
/// Bitcoin's easiest target, `2^224 - 1`.
pub const BITCOIN_LIMIT: U256 = U256::from_limbs([u64::MAX, u64::MAX, u64::MAX, u32::MAX as u64]);

errors! {
    /// Why a target or a proof is refused.
    DifficultyError {
        /// The compact form is negative.
        Negative => "the compact target is negative",
        /// The compact form is above 256 bits.
        TooLarge => "the compact target does not fit 256 bits",
        /// The target is zero or above the limit.
        OutOfRange => "the target is zero or above the easiest one allowed",
        /// The hash is above the target.
        HighHash => "the hash is above the target: not enough work",
        /// The window is shorter than four seconds.
        WindowTooShort => "the window must be at least four seconds",
    }
}

/// The target of a compact form.
///
/// Errors: [`DifficultyError::Negative`], [`DifficultyError::TooLarge`].
///
/// ```
/// use mintage_mechanism::difficulty::{target_from_compact, BITCOIN_LIMIT};
/// // Bitcoin's first target: the limit, cut to 16 bits
/// assert_eq!(target_from_compact(0x1d00ffff).unwrap(), (BITCOIN_LIMIT >> 208) << 208);
/// ```
pub fn target_from_compact(bits: u32) -> Result<U256, DifficultyError> {
    let size = (bits >> 24) as usize;
    let mantissa = bits & 0x007f_ffff;
    if bits & 0x0080_0000 != 0 && mantissa != 0 {
        return Err(DifficultyError::Negative);
    }
    if size <= 3 {
        return Ok(U256::from(
            mantissa >> (8usize.wrapping_mul(3usize.wrapping_sub(size))),
        ));
    }
    let too_large = match mantissa {
        0 => false,
        1..=0xff => size > 34,
        0x100..=0xffff => size > 33,
        _ => size > 32,
    };
    if too_large {
        return Err(DifficultyError::TooLarge);
    }
    if mantissa == 0 {
        return Ok(U256::ZERO);
    }
    Ok(U256::from(mantissa).wrapping_shl(8usize.wrapping_mul(size.wrapping_sub(3))))
}

/// The compact form of a target, rounded down to 15 to 23 significant bits.
pub fn compact_from_target(target: U256) -> u32 {
    let mut size = target.bit_len().div_ceil(8);
    let low = |value: U256| value.as_limbs().first().copied().unwrap_or(0);
    let mut mantissa = if size <= 3 {
        low(target) << (8usize.wrapping_mul(3usize.wrapping_sub(size)))
    } else {
        low(target.wrapping_shr(8usize.wrapping_mul(size.wrapping_sub(3))))
    };
    // the mantissa's top bit is its sign: move it out of the way
    if mantissa & 0x0080_0000 != 0 {
        mantissa >>= 8;
        size = size.wrapping_add(1);
    }
    (mantissa as u32) | ((size as u32) << 24)
}

/// The next target from the times of a window's first and last block.
///
/// Errors: [`DifficultyError::OutOfRange`] for a target of zero or above `limit`; [`DifficultyError::WindowTooShort`].
pub fn retarget_down(
    target: U256,
    first_ts: u64,
    last_ts: u64,
    window_secs: u64,
    limit: U256,
) -> Result<U256, DifficultyError> {
    if target.is_zero() || target > limit {
        return Err(DifficultyError::OutOfRange);
    }
    let shortest = window_secs >> 2;
    if shortest == 0 {
        return Err(DifficultyError::WindowTooShort);
    }
    let actual = last_ts
        .saturating_sub(first_ts)
        .clamp(shortest, window_secs.saturating_mul(4));
    // what does not fit 256 bits is above any limit
    let next = mul_div_down(target, U256::from(actual), U256::from(window_secs));
    Ok(match next {
        Ok(next) => next.min(limit).max(U256::ONE),
        Err(MathError::ResultTooLarge) => limit,
        Err(error) => return Err(error.into()),
    })
}

/// Bitcoin's retarget of a compact target.
///
/// Errors: as [`target_from_compact`] and [`retarget_down`].
///
/// ```
/// use mintage_mechanism::difficulty::bitcoin_retarget;
/// assert_eq!(bitcoin_retarget(0x1d00ffff, 1_261_130_161, 1_262_152_739), Ok(0x1d00d86a));
/// ```
pub fn bitcoin_retarget(bits: u32, first_ts: u64, last_ts: u64) -> Result<u32, DifficultyError> {
    let target = target_from_compact(bits)?;
    let next = retarget_down(target, first_ts, last_ts, BITCOIN_WINDOW_SECS, BITCOIN_LIMIT)?;
    Ok(compact_from_target(next))
}

/// Whether a hash, read as a big-endian number, shows the work that the target asks for.
///
/// The caller binds the hash to the challenge and the sender (EIP-918: `keccak256(challenge, sender, nonce)`), so that nobody can
/// use another's solution, and takes a new challenge after each.
///
/// Errors: [`DifficultyError::OutOfRange`], [`DifficultyError::HighHash`].
pub fn check_work(hash: U256, target: U256, limit: U256) -> Result<(), DifficultyError> {
    if target.is_zero() || target > limit {
        return Err(DifficultyError::OutOfRange);
    }
    if hash > target {
        Err(DifficultyError::HighHash)
    } else {
        Ok(())
    }
}

/// How many hashes a proof for this target takes on average: `⌊2^256/(target + 1)⌋`.
///
/// Error: a target of zero, whose work of 2^256 does not fit.
pub fn work_down(target: U256) -> Result<U256, DifficultyError> {
    if target.is_zero() {
        return Err(DifficultyError::OutOfRange);
    }
    if target == U256::MAX {
        return Ok(U256::ONE);
    }
    // 2^256/(t+1) = (2^256 - 1 - t)/(t+1) + 1
    let plus_one = add(target, U256::ONE)?;
    Ok(add(div_down(!target, plus_one)?, U256::ONE)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_u256;
    use proptest::prelude::*;

    #[test]
    fn s2_1_retarget_vectors() {
        for (bits, first, last, next) in [
            (0x1d00_ffff, 1_261_130_161, 1_262_152_739, 0x1d00_d86a),
            (0x1d00_ffff, 1_231_006_505, 1_233_061_996, 0x1d00_ffff),
            (0x1c05_a3f4, 1_279_008_237, 1_279_297_671, 0x1c01_68fd),
            (0x1c38_7f6f, 1_263_163_443, 1_269_211_443, 0x1d00_e1fd),
        ] {
            assert_eq!(bitcoin_retarget(bits, first, last), Ok(next), "{bits:x}");
        }
    }

    #[test]
    fn s2_1_compact_edges() {
        assert_eq!(target_from_compact(0x0180_0001), Err(DifficultyError::Negative));
        assert_eq!(target_from_compact(0x0100_3456), Ok(U256::ZERO));
        assert_eq!(target_from_compact(0x0112_3456), Ok(U256::from(0x12)));
        assert_eq!(target_from_compact(0x0500_9234), Ok(U256::from(0x9234_0000_u64)));
        assert_eq!(
            target_from_compact(0x2012_3456).unwrap() >> 232usize,
            U256::from(0x12_3456)
        );
        assert_eq!(target_from_compact(0xff12_3456), Err(DifficultyError::TooLarge));
        assert_eq!(target_from_compact(0x2200_00ff).unwrap(), U256::from(0xff) << 248);
        assert_eq!(target_from_compact(0x2300_00ff), Err(DifficultyError::TooLarge));
        assert_eq!(target_from_compact(0xff00_0000), Ok(U256::ZERO));
        assert_eq!(compact_from_target(U256::from(0x80)), 0x0200_8000);
        assert_eq!(compact_from_target(U256::ZERO), 0);
    }

    #[test]
    fn s2_1_clamps_and_limits() {
        let window = BITCOIN_WINDOW_SECS;
        let target = U256::from(1_000_000);
        let next = |first, last| retarget_down(target, first, last, window, BITCOIN_LIMIT).unwrap();
        assert_eq!(next(0, 0), target / U256::from(4));
        assert_eq!(next(10, 0), target / U256::from(4)); // a clock that ran backwards
        assert_eq!(next(0, u64::MAX), target * U256::from(4));
        assert_eq!(next(0, window), target);
        assert_eq!(
            retarget_down(U256::MAX, 0, u64::MAX, window, U256::MAX),
            Ok(U256::MAX)
        );
        assert_eq!(
            retarget_down(U256::ZERO, 0, 1, window, BITCOIN_LIMIT),
            Err(DifficultyError::OutOfRange)
        );
        assert_eq!(
            retarget_down(U256::ONE, 0, 1, 3, BITCOIN_LIMIT),
            Err(DifficultyError::WindowTooShort)
        );
        assert_eq!(retarget_down(U256::ONE, 0, 0, 4, BITCOIN_LIMIT), Ok(U256::ONE));
    }

    #[test]
    fn s2_1_work_and_proof() {
        assert_eq!(work_down(U256::MAX), Ok(U256::ONE));
        assert_eq!(work_down(U256::ZERO), Err(DifficultyError::OutOfRange));
        // the first difficulty: 2^32 and a little
        assert_eq!(
            work_down(target_from_compact(0x1d00_ffff).unwrap()),
            Ok(U256::from(4_295_032_833_u64))
        );
        assert_eq!(check_work(U256::from(5), U256::from(5), U256::MAX), Ok(()));
        assert_eq!(
            check_work(U256::from(6), U256::from(5), U256::MAX),
            Err(DifficultyError::HighHash)
        );
        assert_eq!(
            check_work(U256::ZERO, U256::ZERO, U256::MAX),
            Err(DifficultyError::OutOfRange)
        );
    }

    #[test]
    fn s2_1_compact_targets_up_to_256_bits() {
        for (largest, shift) in [(0xff, 248), (0xffff, 240), (0x7f_ffff, 232)] {
            let size = (shift / 8 + 3) << 24;
            assert_eq!(
                target_from_compact(size | largest),
                Ok(U256::from(largest) << shift)
            );
            assert_eq!(
                target_from_compact((size + (1 << 24)) | largest),
                Err(DifficultyError::TooLarge)
            );
        }
    }

    #[test]
    fn s2_1_the_easiest_target_is_the_limit() {
        let limit = U256::from(9);
        assert_eq!(check_work(U256::from(9), limit, limit), Ok(()));
        assert_eq!(
            check_work(U256::ZERO, limit + U256::ONE, limit),
            Err(DifficultyError::OutOfRange)
        );
    }

    proptest! {
        #[test]
        fn prop_compact_rounds_down_and_is_stable(target in any_u256()) {
            let bits = compact_from_target(target);
            let back = target_from_compact(bits).unwrap();
            prop_assert!(back <= target && target - back <= target >> 14usize);
            prop_assert_eq!(compact_from_target(back), bits);
        }

        #[test]
        fn prop_retarget_stays_within_a_factor_of_four(target in any_u256(), first in any::<u64>(), last in any::<u64>()) {
            let target = (target % BITCOIN_LIMIT).max(U256::ONE);
            let next = retarget_down(target, first, last, BITCOIN_WINDOW_SECS, BITCOIN_LIMIT).unwrap();
            prop_assert!(next <= BITCOIN_LIMIT && next >= (target >> 2usize).max(U256::ONE));
            prop_assert!(next <= target.saturating_mul(U256::from(4)));
        }
    }
}
