//! Multiplication and division of 256 bits by one machine word: what rates per day and basis points need. A program that
//! only has those carries none of the 512-bit arithmetic of `wide.rs`.

use core::num::{NonZeroU32, NonZeroU64};

use crate::{MathError, wide::mul_add_words};
use alloy_primitives::U256;

/// `a·b`. Error: 2^256 or more.
///
/// ```
/// use mintage_math::{mul_u64, U256};
/// assert_eq!(mul_u64(U256::from(7), 86_400), Ok(U256::from(604_800)));
/// assert!(mul_u64(U256::MAX, 2).is_err());
/// ```
#[inline]
pub fn mul_u64(mut a: U256, b: u64) -> Result<U256, MathError> {
    if multiply(&mut a, b) {
        Ok(a)
    } else {
        Err(MathError::ResultTooLarge)
    }
}

/// `⌊a/divisor⌋` and the remainder.
///
/// ```
/// use core::num::NonZeroU32;
/// use mintage_math::{div_rem_u32, U256};
/// let ten_thousand = NonZeroU32::new(10_000).unwrap();
/// assert_eq!(div_rem_u32(U256::from(100_001), ten_thousand), (U256::from(10), 1));
/// ```
#[inline]
pub fn div_rem_u32(mut a: U256, divisor: NonZeroU32) -> (U256, u32) {
    let rest = divide(&mut a, divisor);
    (a, rest)
}

/// Multiplies in place; false when the product does not fit 256 bits, and then `a` is of no use.
///
/// The in-place forms are what a program should use where size counts: numbers of 256 bits that are handed about by value are
/// copied each time.
#[inline(never)]
#[must_use]
pub fn multiply(a: &mut U256, b: u64) -> bool {
    let mut limbs = *a.as_limbs();
    let mut carry = 0u64;
    for limb in &mut limbs {
        (carry, *limb) = mul_add_words(*limb, b, carry, 0);
    }
    *a = U256::from_limbs(limbs);
    carry == 0
}

/// Divides in place and returns the remainder.
#[inline(never)]
pub fn divide(a: &mut U256, divisor: NonZeroU32) -> u32 {
    let mut limbs = *a.as_limbs();
    let divisor = NonZeroU64::from(divisor);
    let mut rest = 0u64;
    for limb in limbs.iter_mut().rev() {
        // two digits of 32 bits: `rest` is below the divisor, so each step fits 64 bits and its quotient 32
        let high = (rest << 32) | (*limb >> 32);
        let low = ((high % divisor) << 32) | (*limb & u64::from(u32::MAX));
        *limb = ((high / divisor) << 32) | (low / divisor);
        rest = low % divisor;
    }
    *a = U256::from_limbs(limbs);
    rest as u32
}

/// Subtracts in place; false, and nothing changed, when that would go below zero.
#[inline(never)]
#[must_use]
pub fn take(from: &mut U256, amount: &U256) -> bool {
    let mut limbs = *from.as_limbs();
    let mut borrow = 0;
    let mut i = 0usize;
    while let (Some(a), Some(b)) = (limbs.get_mut(i), amount.as_limbs().get(i)) {
        let (once, first) = a.overflowing_sub(*b);
        let (twice, second) = once.overflowing_sub(borrow);
        *a = twice;
        borrow = u64::from(first | second);
        i = i.wrapping_add(1);
    }
    if borrow == 0 {
        *from = U256::from_limbs(limbs);
    }
    borrow == 0
}

/// Adds in place; false, and nothing changed, when that would pass 2^256-1.
#[inline(never)]
#[must_use]
pub fn give(to: &mut U256, amount: &U256) -> bool {
    let mut limbs = *to.as_limbs();
    let mut carry = 0;
    let mut i = 0usize;
    while let (Some(a), Some(b)) = (limbs.get_mut(i), amount.as_limbs().get(i)) {
        let (once, first) = a.overflowing_add(*b);
        let (twice, second) = once.overflowing_add(carry);
        *a = twice;
        carry = u64::from(first | second);
        i = i.wrapping_add(1);
    }
    if carry == 0 {
        *to = U256::from_limbs(limbs);
    }
    carry == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Rng, big, cases, fits};

    #[test]
    fn take_and_give_change_nothing_when_they_fail() {
        let mut rng = Rng::new(0x5eed_0018);
        for _ in 0..cases(100_000) {
            let (a, b) = (rng.u256(), rng.u256());
            let (mut less, mut more) = (a, a);
            assert_eq!(take(&mut less, &b), b <= a);
            assert_eq!(less, a.checked_sub(b).unwrap_or(a));
            assert_eq!(give(&mut more, &b), a.checked_add(b).is_some());
            assert_eq!(more, a.checked_add(b).unwrap_or(a));
        }
    }

    #[test]
    fn small_operations_agree_with_big_integers_on_200_000_cases() {
        let mut rng = Rng::new(0x5eed_0017);
        for _ in 0..cases(100_000) {
            let (a, b, d) = (
                rng.u256(),
                rng.u256().as_limbs()[0],
                rng.u256().as_limbs()[0] as u32,
            );
            assert_eq!(
                mul_u64(a, b),
                fits(&(big(a) * b)).ok_or(MathError::ResultTooLarge)
            );
            if let Some(divisor) = NonZeroU32::new(d) {
                let (quotient, rest) = div_rem_u32(a, divisor);
                assert_eq!(big(quotient), big(a) / d);
                assert_eq!(num_bigint::BigUint::from(rest), big(a) % d);
            }
        }
        assert_eq!(mul_u64(U256::MAX, u64::MAX), Err(MathError::ResultTooLarge));
        assert_eq!(div_rem_u32(U256::MAX, NonZeroU32::MAX).1, 0);
    }
}
