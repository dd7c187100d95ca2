//! `a·b/c` through 512 bits, and the checked operations that the other crates use instead of operators.
//!
//! * **Equation.** `⌊a·b/c⌋`, `⌈a·b/c⌉`, `⌊a·b/c + 1/2⌋`, exact for every input whose result fits 256 bits.
//! * **Rounding.** `_down` favours who pays out, `_up` who is paid; `_half_up` is for compounding factors only.

use crate::{
    MathError,
    wide::{self, Product},
};
use alloy_primitives::U256;

type Result<T> = core::result::Result<T, MathError>;

/// `⌊a·b/d⌋`: the one path to a division. What is left in `product`, which is zero before, is for [`wide::remainder`].
///
/// Errors: `d = 0`, or a quotient of 2^256 or more.
#[inline(never)]
fn divide(a: &U256, b: &U256, d: &U256, product: &mut Product) -> Result<U256> {
    let limbs = wide::multiply(a, b, product);
    wide::div_rem(product, limbs, d)
}

/// `⌊a·b/divisor⌋` and the remainder.
///
/// Errors: `divisor = 0`, result of 2^256 or more.
pub fn mul_div_rem(a: U256, b: U256, divisor: U256) -> Result<(U256, U256)> {
    let mut product = [0; 16];
    let quotient = divide(&a, &b, &divisor, &mut product)?;
    Ok((quotient, wide::remainder(&product, &divisor)))
}

/// `⌊a·b/divisor⌋`: rounds against the receiver.
///
/// Errors: `divisor = 0`, result of 2^256 or more.
///
/// ```
/// use mintage_math::{mul_div_down, MathError, U256};
/// assert_eq!(mul_div_down(U256::from(10), U256::from(10), U256::from(3)), Ok(U256::from(33)));
/// assert_eq!(mul_div_down(U256::MAX, U256::MAX, U256::MAX), Ok(U256::MAX));
/// assert_eq!(mul_div_down(U256::MAX, U256::from(2), U256::from(1)), Err(MathError::ResultTooLarge));
/// assert_eq!(mul_div_down(U256::ZERO, U256::ZERO, U256::ZERO), Err(MathError::DivisionByZero));
/// ```
pub fn mul_div_down(a: U256, b: U256, divisor: U256) -> Result<U256> {
    divide(&a, &b, &divisor, &mut [0; 16])
}

/// `⌈a·b/divisor⌉`: rounds against the payer.
///
/// Errors: `divisor = 0`, result of 2^256 or more (also when only the rounding takes it there).
///
/// ```
/// use mintage_math::{mul_div_up, U256};
/// assert_eq!(mul_div_up(U256::from(10), U256::from(10), U256::from(3)), Ok(U256::from(34)));
/// ```
pub fn mul_div_up(a: U256, b: U256, divisor: U256) -> Result<U256> {
    let mut product = [0; 16];
    let quotient = divide(&a, &b, &divisor, &mut product)?;
    round_up(quotient, !wide::remainder(&product, &divisor).is_zero())
}

/// `⌊a·b/divisor + 1/2⌋`: the rounding of compounding factors (Maker's `rpow`, Liquity's `decMul`). With an odd divisor
/// half of it is itself rounded down, as there.
///
/// Errors: `divisor = 0`, result of 2^256 or more.
pub fn mul_div_half_up(a: U256, b: U256, divisor: U256) -> Result<U256> {
    let mut product = [0; 16];
    let quotient = divide(&a, &b, &divisor, &mut product)?;
    let rest = wide::remainder(&product, &divisor);
    // twice the remainder is at least the divisor
    round_up(quotient, rest >= divisor.wrapping_sub(rest))
}

/// `⌊a/divisor⌋` and the remainder. Error: `divisor = 0`.
pub fn div_rem(a: U256, divisor: U256) -> Result<(U256, U256)> {
    mul_div_rem(a, U256::ONE, divisor)
}

/// `⌊a/divisor⌋`. Error: `divisor = 0`.
pub fn div_down(a: U256, divisor: U256) -> Result<U256> {
    mul_div_down(a, U256::ONE, divisor)
}

/// `⌈a/divisor⌉`. Error: `divisor = 0`.
pub fn div_up(a: U256, divisor: U256) -> Result<U256> {
    mul_div_up(a, U256::ONE, divisor)
}

fn round_up(quotient: U256, up: bool) -> Result<U256> {
    if up {
        add(quotient, U256::ONE)
    } else {
        Ok(quotient)
    }
}

/// `a + b`. Error: 2^256 or more.
pub fn add(a: U256, b: U256) -> Result<U256> {
    a.checked_add(b).ok_or(MathError::ResultTooLarge)
}

/// `a - b`. Error: `b > a`.
pub fn sub(a: U256, b: U256) -> Result<U256> {
    a.checked_sub(b).ok_or(MathError::ResultNegative)
}

/// `a·b`. Error: 2^256 or more.
pub fn mul(a: U256, b: U256) -> Result<U256> {
    let (high, low) = wide::mul_wide(a, b);
    if high.is_zero() {
        Ok(low)
    } else {
        Err(MathError::ResultTooLarge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Rng, any_u256, big, cases, fits};
    use num_bigint::BigUint;
    use proptest::prelude::*;

    /// Whichever limbs above the fourth a quotient has, alone or together, it is too large.
    #[test]
    fn quotients_of_more_than_256_bits_are_refused_by_every_limb() {
        for limbs in 1u64..16 {
            // limbs·2^256, of ones where `limbs` has a bit
            let above = U256::from_limbs([0, 1, 2, 3].map(|limb| (limbs >> limb) & 1));
            let (a, b) = (above << 1usize, U256::ONE << 255usize);
            assert_eq!(
                mul_div_down(a, b, U256::ONE),
                Err(MathError::ResultTooLarge),
                "{limbs}"
            );
            assert_eq!(
                mul_div_up(a, b, U256::ONE),
                Err(MathError::ResultTooLarge),
                "{limbs}"
            );
        }
    }

    #[test]
    fn mul_div_agrees_with_big_integers_on_400_000_cases() {
        let mut rng = Rng::new(0x5eed_0010);
        for _ in 0..cases(400_000) {
            let (a, b, d) = (rng.u256(), rng.u256(), rng.u256());
            if d.is_zero() {
                assert_eq!(mul_div_down(a, b, d), Err(MathError::DivisionByZero));
                continue;
            }
            let (n, bd) = (big(a) * big(b), big(d));
            let one = BigUint::from(1u8);
            let expect = |value: BigUint| fits(&value).ok_or(MathError::ResultTooLarge);
            assert_eq!(mul_div_down(a, b, d), expect(&n / &bd));
            assert_eq!(mul_div_up(a, b, d), expect((&n + &bd - &one) / &bd));
            assert_eq!(mul_div_half_up(a, b, d), expect((&n + (&bd >> 1u8)) / &bd));
        }
    }

    #[test]
    fn plain_operations_agree_with_big_integers_on_200_000_cases() {
        let mut rng = Rng::new(0x5eed_0011);
        for _ in 0..cases(200_000) {
            let (a, b) = (rng.u256(), rng.u256());
            assert_eq!(
                add(a, b),
                fits(&(big(a) + big(b))).ok_or(MathError::ResultTooLarge)
            );
            assert_eq!(
                mul(a, b),
                fits(&(big(a) * big(b))).ok_or(MathError::ResultTooLarge)
            );
            assert_eq!(sub(a, b).is_ok(), a >= b);
            if a >= b {
                assert_eq!(big(sub(a, b).unwrap()), big(a) - big(b));
            }
            if !b.is_zero() {
                assert_eq!(big(div_down(a, b).unwrap()), big(a) / big(b));
                assert_eq!(big(div_up(a, b).unwrap()), (big(a) + big(b) - 1u8) / big(b));
            }
        }
    }

    proptest! {
        #[test]
        fn prop_commutative(a in any_u256(), b in any_u256(), d in any_u256()) {
            prop_assert_eq!(mul_div_down(a, b, d), mul_div_down(b, a, d));
            prop_assert_eq!(mul_div_up(a, b, d), mul_div_up(b, a, d));
        }

        #[test]
        fn prop_up_is_down_plus_one_unless_exact(a in any_u256(), b in any_u256(), d in any_u256()) {
            if let (Ok((down, rest)), Ok(up)) = (mul_div_rem(a, b, d), mul_div_up(a, b, d)) {
                prop_assert_eq!(up - down, U256::from(!rest.is_zero()));
                prop_assert!(rest < d);
            }
        }

        #[test]
        fn prop_division_undoes_multiplication(a in any_u256(), b in any_u256()) {
            let b = b.max(U256::ONE);
            prop_assert_eq!(mul_div_down(a, b, b), Ok(a));
            prop_assert_eq!(mul_div_up(a, b, b), Ok(a));
            prop_assert_eq!(mul_div_half_up(a, b, b), Ok(a));
        }

        #[test]
        fn prop_monotone_in_each_argument(a in any_u256(), b in any_u256(), d in any_u256(), more in any_u256()) {
            let step = |x: U256| x.saturating_add(more);
            if let Ok(base) = mul_div_down(a, b, d) {
                if let Ok(next) = mul_div_down(step(a), b, d) { prop_assert!(next >= base); }
                prop_assert!(mul_div_down(a, b, step(d)).unwrap() <= base);
            }
        }

        #[test]
        fn prop_round_trip_never_profits(a in any_u256(), num in any_u256(), den in any_u256()) {
            // shares bought down and sold down are worth no more than what was paid
            if let Ok(shares) = mul_div_down(a, num, den)
                && let Ok(back) = mul_div_down(shares, den, num) {
                prop_assert!(back <= a);
            }
        }
    }
}
