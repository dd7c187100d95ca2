//! Wad (10^18) and ray (10^27) multiplication and division, both directions.
//!
//! * **Equation.** `x ⊗ y = x·y/ONE`, `x ⊘ y = x·ONE/y`, products in 512 bits.

use crate::{MathError, mul_div_down, mul_div_up};
use alloy_primitives::U256;

type Result<T> = core::result::Result<T, MathError>;

/// 10^18: the unit of amounts, ratios and prices.
pub const WAD: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);
/// 10^27: the unit of per-second factors.
pub const RAY: U256 = U256::from_limbs([0x9fd0_803c_e800_0000, 0x033b_2e3c, 0, 0]);
/// 10^45: wad times ray, the unit of Maker's internal balances.
pub const RAD: U256 = U256::from_limbs([0x0b22_a000_0000_0000, 0xe086_b93c_e2f7_68a0, 0x002c_d76f, 0]);

/// `⌊a·b/10^18⌋`. Error: result of 2^256 or more.
///
/// ```
/// use mintage_math::{ray_mul_up, wad_div_up, wad_mul_down, RAY, U256, WAD};
/// // 0.3 % of 10 tokens
/// let fee = U256::from(3_000_000_000_000_000_u64);
/// assert_eq!(wad_mul_down(WAD * U256::from(10), fee), Ok(fee * U256::from(10)));
/// // a third, paid by a user: up
/// assert_eq!(wad_div_up(WAD, WAD * U256::from(3)), Ok(U256::from(333_333_333_333_333_334_u64)));
/// // a debt of one at Maker's rate of 5 % a day after a second
/// let duty = U256::from(1_000_000_564_701_133_626_865_910_626_u128);
/// assert_eq!(ray_mul_up(RAY, duty), Ok(duty));
/// ```
pub fn wad_mul_down(a: U256, b: U256) -> Result<U256> {
    mul_div_down(a, b, WAD)
}

/// `⌈a·b/10^18⌉`. Error: result of 2^256 or more.
pub fn wad_mul_up(a: U256, b: U256) -> Result<U256> {
    mul_div_up(a, b, WAD)
}

/// `⌊a·10^18/b⌋`. Errors: `b = 0`, result of 2^256 or more.
pub fn wad_div_down(a: U256, b: U256) -> Result<U256> {
    mul_div_down(a, WAD, b)
}

/// `⌈a·10^18/b⌉`. Errors: `b = 0`, result of 2^256 or more.
pub fn wad_div_up(a: U256, b: U256) -> Result<U256> {
    mul_div_up(a, WAD, b)
}

/// `⌊a·b/10^27⌋`. Error: result of 2^256 or more.
pub fn ray_mul_down(a: U256, b: U256) -> Result<U256> {
    mul_div_down(a, b, RAY)
}

/// `⌈a·b/10^27⌉`. Error: result of 2^256 or more.
pub fn ray_mul_up(a: U256, b: U256) -> Result<U256> {
    mul_div_up(a, b, RAY)
}

/// `⌊a·10^27/b⌋`. Errors: `b = 0`, result of 2^256 or more.
pub fn ray_div_down(a: U256, b: U256) -> Result<U256> {
    mul_div_down(a, RAY, b)
}

/// `⌈a·10^27/b⌉`. Errors: `b = 0`, result of 2^256 or more.
pub fn ray_div_up(a: U256, b: U256) -> Result<U256> {
    mul_div_up(a, RAY, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Rng, any_u256, big, cases, fits};
    use num_bigint::BigUint;
    use proptest::prelude::*;

    #[test]
    fn the_units_are_powers_of_ten() {
        assert_eq!(big(WAD), BigUint::from(10u8).pow(18));
        assert_eq!(big(RAY), BigUint::from(10u8).pow(27));
        assert_eq!(big(RAD), BigUint::from(10u8).pow(45));
    }

    #[test]
    fn wad_and_ray_agree_with_big_integers_on_200_000_cases() {
        let mut rng = Rng::new(0x5eed_0020);
        let up = |n: BigUint, d: &BigUint| (n + d - 1u8) / d;
        for _ in 0..cases(100_000) {
            let (a, b) = (rng.u256(), rng.u256());
            let too_large = MathError::ResultTooLarge;
            for (one, mul_down, mul_up, div_down, div_up) in [
                (
                    big(WAD),
                    wad_mul_down(a, b),
                    wad_mul_up(a, b),
                    wad_div_down(a, b),
                    wad_div_up(a, b),
                ),
                (
                    big(RAY),
                    ray_mul_down(a, b),
                    ray_mul_up(a, b),
                    ray_div_down(a, b),
                    ray_div_up(a, b),
                ),
            ] {
                let product = big(a) * big(b);
                assert_eq!(mul_down, fits(&(&product / &one)).ok_or(too_large));
                assert_eq!(mul_up, fits(&up(product, &one)).ok_or(too_large));
                if !b.is_zero() {
                    assert_eq!(div_down, fits(&(big(a) * &one / big(b))).ok_or(too_large));
                    assert_eq!(div_up, fits(&up(big(a) * &one, &big(b))).ok_or(too_large));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn prop_one_is_neutral(a in any_u256()) {
            prop_assert_eq!(wad_mul_down(a, WAD), Ok(a));
            prop_assert_eq!(ray_mul_up(a, RAY), Ok(a));
            prop_assert_eq!(wad_div_down(a, WAD), Ok(a));
        }

        #[test]
        fn prop_multiplying_back_brackets(a in any_u256(), b in any_u256()) {
            let b = b.max(U256::ONE);
            if let Ok(q) = wad_div_down(a, b) { prop_assert!(wad_mul_down(q, b).unwrap() <= a); }
            if let Ok(q) = wad_div_up(a, b) && let Ok(back) = wad_mul_up(q, b) { prop_assert!(back >= a); }
        }
    }
}
