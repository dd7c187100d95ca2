//! Multiplication and division of 256 bits by one machine word: what rates per day and basis points need. A program that
//! only has those carries none of the 512-bit arithmetic of `wide.rs`.

use crate::MathError;
use alloy_primitives::U256;

/// `a·b`. Error: 2^256 or more.
///
/// ```
/// use mintage_math::{mul_u64, U256};
/// assert_eq!(mul_u64(U256::from(7), 86_400), Ok(U256::from(604_800)));
/// assert!(mul_u64(U256::MAX, 2).is_err());
/// ```
#[inline(never)]
pub fn mul_u64(a: U256, b: u64) -> Result<U256, MathError> {
    let mut limbs = *a.as_limbs();
    let mut carry = 0u128;
    for limb in &mut limbs {
        // (2^64-1)^2 + 2^64-1 < 2^128
        let sum = u128::from(*limb).wrapping_mul(u128::from(b)).wrapping_add(carry);
        *limb = sum as u64;
        carry = sum >> 64;
    }
    if carry == 0 { Ok(U256::from_limbs(limbs)) } else { Err(MathError::ResultTooLarge) }
}

/// `⌊a/divisor⌋` and the remainder. Error: `divisor = 0`.
///
/// ```
/// use mintage_math::{div_rem_u32, U256};
/// assert_eq!(div_rem_u32(U256::from(100_001), 10_000), Ok((U256::from(10), 1)));
/// ```
#[inline(never)]
pub fn div_rem_u32(a: U256, divisor: u32) -> Result<(U256, u32), MathError> {
    let mut limbs = *a.as_limbs();
    let divisor = u64::from(divisor);
    let mut rest = 0u64;
    for limb in limbs.iter_mut().rev() {
        // two digits of 32 bits: `rest` is below the divisor, so each step fits 64 bits and its quotient 32
        let high = (rest << 32) | (*limb >> 32);
        let high_digit = high.checked_div(divisor).ok_or(MathError::DivisionByZero)?;
        rest = high.wrapping_sub(high_digit.wrapping_mul(divisor));
        let low = (rest << 32) | (*limb & u64::from(u32::MAX));
        let low_digit = low.checked_div(divisor).ok_or(MathError::DivisionByZero)?;
        rest = low.wrapping_sub(low_digit.wrapping_mul(divisor));
        *limb = (high_digit << 32) | low_digit;
    }
    Ok((U256::from_limbs(limbs), rest as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Rng, big, fits};

    #[test]
    fn small_operations_agree_with_big_integers_on_200_000_cases() {
        let mut rng = Rng::new(0x5eed_0017);
        for _ in 0..100_000 {
            let (a, b, d) = (rng.u256(), rng.u256().as_limbs()[0], rng.u256().as_limbs()[0] as u32);
            assert_eq!(mul_u64(a, b), fits(&(big(a) * b)).ok_or(MathError::ResultTooLarge));
            if d == 0 {
                assert_eq!(div_rem_u32(a, d), Err(MathError::DivisionByZero));
            } else {
                let (quotient, rest) = div_rem_u32(a, d).unwrap();
                assert_eq!(big(quotient), big(a) / d);
                assert_eq!(num_bigint::BigUint::from(rest), big(a) % d);
            }
        }
        assert_eq!(mul_u64(U256::MAX, u64::MAX), Err(MathError::ResultTooLarge));
        assert_eq!(div_rem_u32(U256::MAX, u32::MAX).unwrap().1, 0);
    }
}
