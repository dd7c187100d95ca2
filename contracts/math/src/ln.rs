//! The natural logarithm of a wad.
//!
//! * **Equation.** `x = 2^k·m` with `m` in `[0.7071, 1.4143)`, `z = (m-1)/(m+1)`, `ln x = k·ln2 + 2·(z + z³/3 + z⁵/5 + …)`.
//! * **Symbols.** `x` wad, unsigned; the result wad, signed.
//! * **Domain.** Every `x ≥ 1` (10^-18) up to 2^256-1; the result lies in `[-41.4465…, 135.9991…]`.
//!
//! # Error
//! [`ln_wad`] is the exact logarithm rounded to the nearest wad, but for a distance to the tie below `2^-51` units: its error is
//! at most `0.5 + 2^-51` units of 10^-18. Derivation, in units `u = 10^-18·2^-60`:
//! * `|z| ≤ 0.1716`, so the series' remainder after `z^47/47` is below `2^-122` of it, less than `u/4`;
//! * of `x` the upper 128 bits are taken, `z` is truncated to 2^-128; in units of 2^-127 its square is low by less than 4, the sum by less than
//!   13, their product by less than 10: doubled, `u/6`; the conversion to `u` rounds once: half of `u`;
//! * `k·ln2` uses an `ln2` that is below the exact one by less than `u/6`, at most 196 times.
//!
//! All in all the magnitude of the series is off by less than two units, `k·ln2` by less than `|k|`: [`ln_parts`] returns
//! `2 + |k|` as its bound. Near `x = 1` (`k = 0`) that keeps 58 bits even of `ln(1 + 10^-18)`.
//!
//! Monotone: within one `k` every step is; the 255 seams are tested one by one. `ln(1)` is exactly zero.

use crate::exp::{EXTRA_BITS, LN2};
use crate::{MathError, wide};
use alloy_primitives::U256;
use core::num::NonZeroU64;

/// `⌈√2·10^18⌉`, the upper end of the mantissa.
const SQRT2_WAD: u64 = 1_414_213_562_373_095_049;
/// 10^18, shifted until it has 128 bits.
const ONE: u128 = 1_000_000_000_000_000_000 << 68;
/// Coefficients 1, 1/3, … 1/47.
const TERMS: u64 = 24;
/// `10^18·2^60/2^64`: a fraction of 2^128 times this, shifted down by 64, is in units of `10^-18·2^-60`.
const TO_UNITS: u64 = 1_000_000_000_000_000_000 >> (64 - EXTRA_BITS);

/// `ln(x)` to the nearest wad.
///
/// Error: `x = 0`.
///
/// ```
/// use mintage_math::{ln_wad, U256};
/// assert_eq!(ln_wad(U256::from(2_000_000_000_000_000_000_u64)), Ok(693_147_180_559_945_309));
/// assert_eq!(ln_wad(U256::from(1_000_000_000_000_000_000_u64)), Ok(0));
/// assert_eq!(ln_wad(U256::from(1)), Ok(-41_446_531_673_892_822_312));
/// ```
pub fn ln_wad(x_wad: U256) -> Result<i128, MathError> {
    let (value, _) = ln_parts(x_wad)?;
    Ok(value.wrapping_add(1 << (EXTRA_BITS - 1)) >> EXTRA_BITS)
}

/// `ln(x)` in units of `10^-18·2^-60`, and by how many of them it may be off.
#[inline(never)]
pub(crate) fn ln_parts(x_wad: U256) -> Result<(i128, u32), MathError> {
    let bits = x_wad.bit_len();
    if bits == 0 {
        return Err(MathError::LogarithmOfZero);
    }
    // the upper 128 bits of x, against 10^18 with as many or with one less: m in [0.7071, 1.4143)
    let [_, _, low, high] = *wide::shl(x_wad, 256usize.wrapping_sub(bits)).as_limbs();
    let x = (u128::from(high) << 64) | u128::from(low);
    let above_sqrt2 = x >= u128::from(SQRT2_WAD) << 67;
    let one = if above_sqrt2 { ONE } else { ONE >> 1 };
    let k = (bits as i32)
        .wrapping_sub(61)
        .wrapping_add(i32::from(above_sqrt2));
    let below_one = x < one;
    // |z| in units of 2^-128
    let z = quotient(x.abs_diff(one), x, one)?;
    let z2 = wide::mul_high(z, z);
    let (mut sum, mut n) = (0u128, TERMS.wrapping_mul(2));
    while n != 0 {
        n = n.wrapping_sub(2);
        let coefficient = wide::div_small(1 << 127, NonZeroU64::MIN | n);
        sum = coefficient.wrapping_add(wide::mul_high(z2, sum));
    }
    // z·sum in units of 2^-127, doubled for 2·atanh, doubled again for units of 2^-128
    let ln_m = wide::mul_word(wide::mul_high(z, sum) << 2, TO_UNITS) as i128;
    let size = times_ln2(k.unsigned_abs());
    let multiple = if k < 0 { size.wrapping_neg() } else { size };
    Ok((
        if below_one {
            multiple.wrapping_sub(ln_m)
        } else {
            multiple.wrapping_add(ln_m)
        },
        k.unsigned_abs().wrapping_add(2),
    ))
}

/// `k·ln2` for `k ≤ 200`: exact, since what [`wide::mul_high`] leaves out is zero here.
fn times_ln2(k: u32) -> i128 {
    wide::mul_high(u128::from(k) << 120, (LN2 as u128) << 8) as i128
}

/// `⌊gap·2^128/(x + one)⌋` for a gap below that sum.
fn quotient(gap: u128, x: u128, one: u128) -> Result<u128, MathError> {
    let (sum, carry) = x.overflowing_add(one);
    let divisor = U256::from_limbs([sum as u64, (sum >> 64) as u64, u64::from(carry), 0]);
    let mut dividend = [0; 16];
    dividend[2] = gap as u64;
    dividend[3] = (gap >> 64) as u64;
    Ok(wide::to_u128(&wide::div_rem(&mut dividend, 4, &divisor)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Rng, any_u256, cases};
    use crate::{exp_wad_down, exp_wad_up};
    use proptest::prelude::*;

    #[test]
    fn multiples_of_ln2_are_exact() {
        for k in 0..=200 {
            assert_eq!(times_ln2(k), LN2 * i128::from(k));
        }
    }

    #[test]
    fn known_values() {
        // mpmath, 50 digits, to the nearest
        let wad = |x: u128| U256::from(x);
        assert_eq!(
            ln_wad(wad(10_000_000_000_000_000_000)).unwrap(),
            2_302_585_092_994_045_684
        );
        assert_eq!(
            ln_wad(wad(500_000_000_000_000_000)).unwrap(),
            -693_147_180_559_945_309
        );
        assert_eq!(ln_wad(wad(1_000_000_000_000_000_001)).unwrap(), 1);
        assert_eq!(ln_wad(wad(999_999_999_999_999_999)).unwrap(), -1);
        assert_eq!(ln_wad(U256::MAX).unwrap(), 135_999_146_549_453_176_898);
        assert_eq!(ln_wad(U256::ZERO), Err(MathError::LogarithmOfZero));
    }

    /// Where the mantissa wraps from 1.414 to 0.707 the next power takes over: all seams there are.
    #[test]
    fn monotone_at_every_seam() {
        for bits in 61..=256usize {
            let seam = (U256::from(SQRT2_WAD) << 195) >> (256 - bits);
            for step in 0..40u64 {
                let x = seam - U256::from(20) + U256::from(step);
                assert!(ln_wad(x).unwrap() <= ln_wad(x + U256::ONE).unwrap(), "{x}");
            }
        }
        // below 61 bits every value near a seam is cheap to try in full
        for x in 1..100_000u64 {
            assert!(ln_wad(U256::from(x)).unwrap() < ln_wad(U256::from(x + 1)).unwrap());
        }
    }

    #[test]
    fn exp_undoes_ln_on_50_000_cases() {
        let mut rng = Rng::new(0x5eed_0050);
        for _ in 0..cases(50_000) {
            let x = rng.u256().max(U256::ONE);
            let y = ln_wad(x).unwrap();
            // ln is within 0.5+ units, so e^(y±1) brackets x
            assert!(exp_wad_down(y - 1).unwrap() <= x);
            if let Ok(high) = exp_wad_up(y + 1) {
                assert!(high >= x);
            }
        }
    }

    proptest! {
        #[test]
        fn prop_monotone(x in any_u256(), gap in any_u256()) {
            let x = x.max(U256::ONE);
            prop_assert!(ln_wad(x).unwrap() <= ln_wad(x.saturating_add(gap)).unwrap());
            prop_assert!(ln_wad(x).unwrap() <= ln_wad(x.saturating_add(U256::ONE)).unwrap());
        }

        #[test]
        fn prop_doubling_adds_ln2(x in any_u256()) {
            let x = (x >> 1usize).max(U256::ONE);
            let gap = ln_wad(x << 1usize).unwrap() - ln_wad(x).unwrap();
            prop_assert!((gap - 693_147_180_559_945_309).abs() <= 1);
        }
    }
}
