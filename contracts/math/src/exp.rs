//! `e^x` in wad.
//!
//! * **Equation.** `x = (k + f)·ln2` with `0 ≤ f < 1`, `r = f·ln2`, `e^x = 2^k·Σ r^n/n!`, the sum by Horner's rule in 128-bit fixed point.
//! * **Symbols.** `x` wad, signed; the result wad, unsigned.
//! * **Domain.** `x ≤ ln(2^256/10^18)` ([`EXP_MAX_WAD`]); there is no lower bound, below [`EXP_ZERO_WAD`] the result is under one unit.
//!
//! # Error
//! `e^x·(1 - 2^-84) - 1 < exp_wad_down(x) ≤ e^x ≤ exp_wad_up(x) < e^x·(1 + 2^-83) + 1` (units of 10^-18). Derivation, all in
//! relative terms, since an absolute error of `r` is a relative error of `e^r`:
//! * the remainder of the series after `r^22/22!` is below `2·ln2^23/23! < 2^-85`;
//! * `k + f` is below the exact one by less than 8 units of 2^-119, for negative `x` by less than 16: `2^-115`; `r` by less than 8 of 2^-121;
//! * each Horner step is low by less than `7/n + 1` units of 2^-105 (`mul_high` by 7, the division by one), and later steps multiply that
//!   by `r/n`: together below `8·e^r` such units, relatively `2^-102`.
//!
//! Every truncation is downwards and every term positive, so the mantissa never exceeds the exact one, and it does not fall
//! when `x` rises: each step is monotone in `r`, and at the seam between two `k` it ends at most at 2 and starts at exactly 1.
//! Hence `exp_wad_down` and `exp_wad_up` are monotone, and `exp(0)` is exactly one in both.
//!
//! * **What went wrong in the wild.** Rational approximations with coefficients tuned for one domain were reused outside of it, and
//!   nobody knew on which side of the truth the result was.

use crate::{MathError, WAD, wide};
use alloy_primitives::U256;
use core::num::NonZeroU64;

/// The largest `x` (wad) whose exponential fits: `⌊ln(2^256/10^18)·10^18⌋`, about 135.999.
pub const EXP_MAX_WAD: i128 = 135_999_146_549_453_176_898;
/// At and below this `x` (wad) `e^x` is under one unit of 10^-18: `⌊ln(10^-18)·10^18⌋`, about -41.447.
pub const EXP_ZERO_WAD: i128 = -41_446_531_673_892_822_313;

/// Exponents inside the crate: units of `10^-18·2^-60`, so that a wad keeps 60 more bits and 136 still fits an `i128`.
pub(crate) const EXTRA_BITS: u32 = 60;
/// `⌊ln2⌋` in those units.
pub(crate) const LN2: i128 = 799_144_290_325_165_978_736_789_418_733_903_237;
/// `⌊ln(2^256/10^18)⌋` in those units.
pub(crate) const EXP_MAX: i128 = 156_796_340_665_042_637_909_498_847_349_650_964_628;
/// Below this (in those units) the result is under one unit of 10^-18.
pub(crate) const EXP_ZERO: i128 = EXP_ZERO_WAD << EXTRA_BITS;
/// `⌊2^187/(10^18·ln2)⌋`: times a number of those units, shifted down by 128, is its multiple of ln2 in units of 2^-119.
const PER_LN2: u128 = 282_998_235_774_933_455_221_360_775_291_014_425_230;
/// `⌊ln2·2^121⌋`.
const LN2_FIXED: u128 = 1_842_701_275_199_322_610_452_688_615_344_956_909;
/// The series ends at `r^22/22!`.
const TERMS: u64 = 22;
/// One, in units of series and mantissas: 2^-112.
const ONE: u128 = 1 << 112;

/// `e^x` from below, at most `1 + 2^-84·e^x` units too small.
///
/// Error: `x > EXP_MAX_WAD`.
///
/// ```
/// use mintage_math::{exp_wad_down, exp_wad_up, MathError, U256, EXP_MAX_WAD};
/// let one = 1_000_000_000_000_000_000_i128;
/// assert_eq!(exp_wad_down(0), Ok(U256::from(one)));
/// assert_eq!(exp_wad_down(-one), Ok(U256::from(367_879_441_171_442_321_u64)));
/// assert_eq!(exp_wad_up(-one), Ok(U256::from(367_879_441_171_442_322_u64)));
/// assert_eq!(exp_wad_down(EXP_MAX_WAD + 1), Err(MathError::ExponentTooLarge));
/// ```
pub fn exp_wad_down(x_wad: i128) -> Result<U256, MathError> {
    exp_down(widen(x_wad)?)
}

/// `e^x` from above, at most `1 + 2^-83·e^x` units too large.
///
/// Errors: `x > EXP_MAX_WAD`; at the very end of the domain, a bound that no longer fits.
pub fn exp_wad_up(x_wad: i128) -> Result<U256, MathError> {
    exp_up(widen(x_wad)?)
}

/// To the crate's units; what is far below the domain is left just below it.
fn widen(x_wad: i128) -> Result<i128, MathError> {
    if x_wad > EXP_MAX_WAD {
        return Err(MathError::ExponentTooLarge);
    }
    Ok(x_wad.max(EXP_ZERO_WAD.wrapping_sub(1)) << EXTRA_BITS)
}

/// A lower bound of `10^18·e^x`, `x` in units of `10^-18·2^-60`.
pub(crate) fn exp_down(x: i128) -> Result<U256, MathError> {
    if x > EXP_MAX {
        return Err(MathError::ExponentTooLarge);
    }
    if x < EXP_ZERO {
        return Ok(U256::ZERO);
    }
    let (mantissa, k) = mantissa_and_power(x);
    let value = wide::mul_low(U256::from(mantissa), WAD);
    Ok(if k >= 112 {
        // below 2^256, since it is at most e^x ≤ e^EXP_MAX
        wide::shl(value, k.wrapping_sub(112) as usize)
    } else {
        wide::shr(value, 112i32.wrapping_sub(k) as usize)
    })
}

/// An upper bound of `10^18·e^x`.
pub(crate) fn exp_up(x: i128) -> Result<U256, MathError> {
    if x > EXP_MAX {
        return Err(MathError::ExponentTooLarge);
    }
    if x < EXP_ZERO {
        return Ok(U256::ONE);
    }
    if x == 0 {
        return Ok(WAD);
    }
    let (mantissa, k) = mantissa_and_power(x);
    // the mantissa is at most 2^-84 (relative) too small: 2^29 units of 2^-112 cover that
    let value = wide::mul_low(U256::from(mantissa.wrapping_add(1 << 29)), WAD);
    if k >= 112 {
        let shift = k.wrapping_sub(112) as usize;
        let shifted = wide::shl(value, shift);
        return if wide::shr(shifted, shift) == value {
            Ok(shifted)
        } else {
            Err(MathError::ResultTooLarge)
        };
    }
    let shift = 112i32.wrapping_sub(k) as usize;
    let almost_one = wide::shl(U256::ONE, shift).wrapping_sub(U256::ONE);
    let bound = wide::shr(value.wrapping_add(almost_one), shift);
    // e^x < 1 for negative x: the margin must not lift the bound above exp_up(0)
    Ok(if x < 0 { bound.min(WAD) } else { bound })
}

/// `e^x = mantissa·2^-112·2^k`, the mantissa in `[1, 2)` and never above the exact one.
fn mantissa_and_power(x: i128) -> (u128, i32) {
    let size = wide::mul_high(x.unsigned_abs(), PER_LN2) as i128;
    // Low by less than 8 units. Below zero that would be too high, so there the next 8 are taken.
    power_of_two(if x < 0 {
        size.wrapping_add(8).wrapping_neg()
    } else {
        size
    })
}

/// `2^y`, `y` in units of 2^-119, as `mantissa·2^-112·2^k`, the mantissa in `[1, 2)` and never above the exact one.
#[inline(never)]
pub(crate) fn power_of_two(y: i128) -> (u128, i32) {
    // the fraction in units of 2^-128, times ln2: in units of 2^-121
    let rest = wide::mul_high((y as u128) << 9, LN2_FIXED);
    (series(rest, TERMS, 0), (y >> 119) as i32)
}

/// `1 + (p/d)·(1 + (p/d')·(1 + …))` in units of 2^-112, `p` in units of 2^-121, from the inside: with `odd = 0` the divisors are
/// `1, 2, … n`, which is `Σ p^i/i!`; with `odd = 1` and an even `n` they are `3, 5, … n+1`, which is `Σ p^i/(2i+1)!!`.
///
/// From below: each step is low by less than `2^10` units, which later steps multiply by what they multiply the sum by, so the sum by less
/// than a part `2^-102` of itself. It must stay below 2^16.
#[inline(never)]
pub(crate) fn series(p: u128, mut n: u64, odd: u64) -> u128 {
    let mut sum = ONE;
    while let Some(divisor) = NonZeroU64::new(n) {
        sum = ONE.wrapping_add(wide::div_small(wide::mul_high(p, sum), divisor | odd) << 7);
        n = n.wrapping_sub(1).wrapping_sub(odd);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        let one = 1_000_000_000_000_000_000_i128;
        // mpmath, 50 digits
        assert_eq!(
            exp_wad_down(one).unwrap(),
            U256::from(2_718_281_828_459_045_235_u128)
        );
        assert_eq!(
            exp_wad_up(one).unwrap(),
            U256::from(2_718_281_828_459_045_236_u128)
        );
        assert_eq!(
            exp_wad_down(10 * one).unwrap(),
            U256::from(22_026_465_794_806_716_516_957_u128)
        );
        assert_eq!(
            exp_wad_down(-10 * one).unwrap(),
            U256::from(45_399_929_762_484_u128)
        );
        assert_eq!(exp_wad_down(EXP_ZERO_WAD).unwrap(), U256::ZERO);
        assert_eq!(exp_wad_down(EXP_ZERO_WAD + 1).unwrap(), U256::ONE);
        assert_eq!(exp_wad_down(i128::MIN).unwrap(), U256::ZERO);
        assert_eq!(exp_wad_up(i128::MIN).unwrap(), U256::ONE);
        assert_eq!(exp_wad_up(0).unwrap(), WAD);
    }

    #[test]
    fn the_end_of_the_domain() {
        assert!(exp_wad_down(EXP_MAX_WAD).unwrap() > U256::MAX / U256::from(10) * U256::from(9));
        assert_eq!(exp_wad_down(EXP_MAX_WAD + 1), Err(MathError::ExponentTooLarge));
        assert_eq!(exp_wad_up(i128::MAX), Err(MathError::ExponentTooLarge));
        assert!(exp_down(EXP_MAX).is_ok());
        assert_eq!(exp_down(EXP_MAX + 1), Err(MathError::ExponentTooLarge));
        // at the end itself the exponent is fine, and only the margin of the upper bound no longer fits
        assert_eq!(exp_up(EXP_MAX), Err(MathError::ResultTooLarge));
        assert_eq!(exp_up(EXP_MAX + 1), Err(MathError::ExponentTooLarge));
        assert_eq!(exp_up(i128::MAX), Err(MathError::ExponentTooLarge));
        // far below: no shift wraps
        for x in [EXP_ZERO, EXP_ZERO - 1, 2 * EXP_ZERO, 3 * EXP_ZERO, i128::MIN] {
            assert_eq!((exp_down(x), exp_up(x)), (Ok(U256::ZERO), Ok(U256::ONE)), "{x}");
        }
    }

    /// The seams between two powers of two, where monotony could break.
    #[test]
    fn monotone_at_every_seam() {
        for k in -59i128..=196 {
            let seam = k * LN2;
            for x in seam - 300..seam + 300 {
                if x < EXP_MAX {
                    assert!(exp_down(x).unwrap() <= exp_down(x + 1).unwrap(), "{x}");
                    if let Ok(next) = exp_up(x + 1) {
                        assert!(exp_up(x).unwrap() <= next, "{x}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn prop_monotone_and_bracketing(x in EXP_ZERO_WAD..EXP_MAX_WAD - 1) {
            let (low, high) = (exp_wad_down(x).unwrap(), exp_wad_up(x).unwrap());
            prop_assert!(low <= exp_wad_down(x + 1).unwrap());
            prop_assert!(low < high || x == 0);
            // the stated width: 2^-82 of the value and two units
            prop_assert!(high - low <= (low >> 82) + U256::from(2));
        }

        #[test]
        fn prop_exp_of_sum_is_product(a in -20_000_000_000_000_000_000_i128..60_000_000_000_000_000_000,
                                      b in -20_000_000_000_000_000_000_i128..60_000_000_000_000_000_000) {
            use crate::{wad_mul_down, wad_mul_up};
            let product_down = wad_mul_down(exp_wad_down(a).unwrap(), exp_wad_down(b).unwrap()).unwrap();
            let product_up = wad_mul_up(exp_wad_up(a).unwrap(), exp_wad_up(b).unwrap()).unwrap();
            prop_assert!(product_down <= exp_wad_up(a + b).unwrap());
            prop_assert!(product_up >= exp_wad_down(a + b).unwrap());
        }
    }
}
