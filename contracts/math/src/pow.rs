//! `x^y` in wad, bounded from both sides.
//!
//! * **Equation.** `x^y = e^(y·ln x)`, the logarithm and the product kept 60 bits finer than a wad.
//! * **Symbols.** `x` wad, unsigned; `y` wad, signed; the result wad.
//! * **Domain.** All `x`, all `y`, while `x^y < 2^256/10^18`. `x^0 = 1` (also `0^0`), `x^1 = x` and `1^y = 1` exactly.
//!
//! # Error
//! `pow_wad_down(x, y) ≤ x^y ≤ pow_wad_up(x, y)`, each within `10^-15·x^y + 1` units. Derivation: [`crate::ln::ln_parts`] is off
//! by at most `2 + |k|` units `u = 10^-18·2^-60`, and the bounds take it that much lower and higher, so the exponent is off
//! by at most `|y|·2·(2+|k|)·u + 2u`. The result fits, so `|y|·|ln x| ≤ 136`; with `|ln x| ≥ 0.34·|k|` for `k ≠ 0` that is below
//! `136·2·3/0.34·u < 2^-108`; for `k = 0`, where `|ln x|` can be as small as 10^-18, it is below `136·4·2^-60 < 4.8·10^-16`. `exp`
//! adds `2^-83`. A relative error of the result is an absolute error of the exponent.
//!
//! Why two functions: a weighted pool must round its power up to pay out less, and a power of unknown side is an exploit.

use crate::exp::{EXP_MAX, EXP_ZERO, exp_down, exp_up};
use crate::ln::ln_parts;
use crate::{MathError, WAD, mul_div_rem};
use alloy_primitives::U256;

/// A lower bound of `x^y`, at most `10^-15·x^y + 1` units too small.
///
/// Errors: `0` to a negative power; a result of 2^256 or more.
///
/// ```
/// use mintage_math::{pow_wad_down, pow_wad_up, U256};
/// // √2
/// let (two, half) = (U256::from(2_000_000_000_000_000_000_u64), 500_000_000_000_000_000);
/// assert_eq!(pow_wad_down(two, half), Ok(U256::from(1_414_213_562_373_095_048_u64)));
/// assert_eq!(pow_wad_up(two, half), Ok(U256::from(1_414_213_562_373_095_049_u64)));
/// ```
pub fn pow_wad_down(x_wad: U256, y_wad: i128) -> Result<U256, MathError> {
    if let Some(exact) = exact_case(x_wad, y_wad)? {
        return Ok(exact);
    }
    match exponent(x_wad, y_wad, false)? {
        Exponent::Below => Ok(U256::ZERO),
        Exponent::Value(e) => exp_down(e),
    }
}

/// An upper bound of `x^y`, at most `10^-15·x^y + 1` units too large.
///
/// Errors: `0` to a negative power; a bound of 2^256 or more.
pub fn pow_wad_up(x_wad: U256, y_wad: i128) -> Result<U256, MathError> {
    if let Some(exact) = exact_case(x_wad, y_wad)? {
        return Ok(exact);
    }
    match exponent(x_wad, y_wad, true)? {
        Exponent::Below => Ok(U256::ONE),
        Exponent::Value(e) => exp_up(e),
    }
}

/// The powers that need no logarithm.
fn exact_case(x_wad: U256, y_wad: i128) -> Result<Option<U256>, MathError> {
    if y_wad == 0 || x_wad == WAD {
        return Ok(Some(WAD));
    }
    if x_wad.is_zero() {
        return if y_wad > 0 {
            Ok(Some(U256::ZERO))
        } else {
            Err(MathError::ZeroToNegativePower)
        };
    }
    Ok((y_wad == 1_000_000_000_000_000_000).then_some(x_wad))
}

/// `y·ln x` in the units of `exp`, or the news that it is below the domain.
enum Exponent {
    Below,
    Value(i128),
}

/// A bound of `y·ln x` from above or below.
fn exponent(x_wad: U256, y_wad: i128, above: bool) -> Result<Exponent, MathError> {
    let (ln, error) = ln_parts(x_wad)?;
    let error = i128::from(error);
    let ln = if above == (y_wad > 0) {
        ln.wrapping_add(error)
    } else {
        ln.wrapping_sub(error)
    };
    let negative = (ln < 0) != (y_wad < 0);
    let (whole, rest) = mul_div_rem(
        U256::from(ln.unsigned_abs()),
        U256::from(y_wad.unsigned_abs()),
        WAD,
    )?;
    // away from zero: up for a positive upper bound, down for a negative lower bound
    let away = U256::from(above != negative && !rest.is_zero());
    let magnitude = whole.wrapping_add(away);
    let limit = if negative {
        EXP_ZERO.unsigned_abs()
    } else {
        EXP_MAX.unsigned_abs()
    };
    if magnitude > U256::from(limit) {
        return if negative {
            Ok(Exponent::Below)
        } else {
            Err(MathError::ResultTooLarge)
        };
    }
    let [low, high, ..] = *magnitude.as_limbs();
    let magnitude = ((u128::from(high) << 64) | u128::from(low)) as i128;
    Ok(Exponent::Value(if negative {
        magnitude.wrapping_neg()
    } else {
        magnitude
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_u256;
    use crate::{mul_div_down, wad_mul_down, wad_mul_up};
    use proptest::prelude::*;

    const ONE: i128 = 1_000_000_000_000_000_000;

    #[test]
    fn exact_cases() {
        for x in [U256::ZERO, U256::ONE, WAD, U256::MAX] {
            assert_eq!(pow_wad_down(x, 0), Ok(WAD));
            assert_eq!(pow_wad_up(x, ONE), Ok(x));
        }
        assert_eq!(pow_wad_up(WAD, i128::MAX), Ok(WAD));
        assert_eq!(pow_wad_down(WAD, i128::MIN), Ok(WAD));
        assert_eq!(pow_wad_down(U256::ZERO, 5), Ok(U256::ZERO));
        assert_eq!(pow_wad_up(U256::ZERO, -5), Err(MathError::ZeroToNegativePower));
        assert_eq!(pow_wad_down(U256::MAX, 2 * ONE), Err(MathError::ResultTooLarge));
        assert_eq!(pow_wad_down(U256::MAX, -ONE), Ok(U256::ZERO));
        assert_eq!(pow_wad_up(U256::MAX, i128::MIN), Ok(U256::ONE));
    }

    #[test]
    fn near_one_with_a_huge_exponent() {
        // (1 + 10^-18)^(10^20), about e^100: mpmath, 80 digits
        let x = WAD + U256::ONE;
        let low = pow_wad_down(x, 100_000_000_000_000_000_000 * ONE).unwrap();
        let high = pow_wad_up(x, 100_000_000_000_000_000_000 * ONE).unwrap();
        let exact = U256::from_str_radix(
            "26881171418161353140067684607732446164801662957472777864944053",
            10,
        )
        .unwrap();
        assert!(low <= exact && exact <= high);
        assert!(high - low < low / U256::from(500_000_000_000_000_u64));
    }

    proptest! {
        #[test]
        fn prop_integer_powers_are_bracketed(x in 1u128..30_000_000_000_000_000_000, n in 2u32..8) {
            let x = U256::from(x);
            let (mut low, mut high) = (x, x);
            for _ in 1..n { low = wad_mul_down(low, x).unwrap(); high = wad_mul_up(high, x).unwrap(); }
            let y = i128::from(n) * ONE;
            prop_assert!(pow_wad_down(x, y).unwrap() <= high);
            prop_assert!(pow_wad_up(x, y).unwrap() >= low);
        }

        #[test]
        fn prop_bounds_are_in_order_and_close(x in any_u256(), y in -20 * ONE..20 * ONE) {
            if let (Ok(low), Ok(high)) = (pow_wad_down(x, y), pow_wad_up(x, y)) {
                prop_assert!(low <= high);
                let allowed = mul_div_down(low, U256::from(2), U256::from(1_000_000_000_000_000_u64)).unwrap();
                prop_assert!(high - low <= allowed + U256::from(2));
            }
        }

        #[test]
        fn prop_monotone_in_base(x in any_u256(), more in any_u256(), y in 1..3 * ONE) {
            let bigger = x.saturating_add(more);
            if let (Ok(a), Ok(b)) = (pow_wad_down(x, y), pow_wad_up(bigger, y)) { prop_assert!(a <= b); }
        }

        #[test]
        fn prop_inverse_power_undoes(x in 1_000u128..1_000_000_000_000_000_000_000_000, n in 2i128..6) {
            let x = U256::from(x);
            let up = pow_wad_up(pow_wad_up(x, n * ONE).unwrap(), ONE / n + 1).unwrap();
            prop_assert!(up >= x || n == 1 || x < WAD);
        }
    }
}
