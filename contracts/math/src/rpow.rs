//! Integer powers of a fixed-point factor, as Maker compounds its rates.
//!
//! * **Equation.** `x^n` with `x` in units of `base`, by squaring, every product rounded half up: `⌊(x·y + ⌊base/2⌋)/base⌋`.
//! * **Source.** dss `Jug.rpow`; Liquity's `LiquityMath._decPow` multiplies in the same order and gives the same numbers with
//!   `base = 1e18`. The reference reverts as soon as a product leaves 256 bits; here products have 512, so more inputs have
//!   a result, and where both have one it is the same.
//! * **Rounding.** Half up per multiplication. The error is at most about `n/2 ulp` relative to 1, in practice far less.
//!   Cost: at most 2·log2(n) multiplications.

use crate::{MathError, RAY, WAD, mul_div_half_up};
use alloy_primitives::U256;

/// `x^n` where `x` and the result are in units of `base`. `0^0` is one, as in the reference.
///
/// Errors: `base = 0`; a power of 2^256 or more.
///
/// ```
/// use mintage_math::{rpow, U256};
/// // 1.5^3 with three decimals: 3.375
/// assert_eq!(rpow(U256::from(1500), 3, U256::from(1000)), Ok(U256::from(3375)));
/// ```
pub fn rpow(x: U256, n: u64, base: U256) -> Result<U256, MathError> {
    if base.is_zero() {
        return Err(MathError::DivisionByZero);
    }
    let (mut factor, mut left) = (x, n);
    let mut power = if left & 1 == 1 { factor } else { base };
    loop {
        left >>= 1;
        if left == 0 {
            return Ok(power);
        }
        factor = mul_div_half_up(factor, factor, base)?;
        if left & 1 == 1 {
            power = mul_div_half_up(power, factor, base)?;
        }
    }
}

/// [`rpow`] in units of 10^27: the factor of `n` seconds from the factor of one.
///
/// ```
/// use mintage_math::{rpow_ray, U256};
/// // 5 % a day over three days
/// let duty_ray = U256::from(1_000_000_564_701_133_626_865_910_626_u128);
/// assert_eq!(rpow_ray(duty_ray, 3 * 86_400), Ok(U256::from(1_157_625_000_000_000_000_000_053_042_u128)));
/// ```
pub fn rpow_ray(x_ray: U256, n: u64) -> Result<U256, MathError> {
    rpow(x_ray, n, RAY)
}

/// [`rpow`] in units of 10^18.
pub fn rpow_wad(x_wad: U256, n: u64) -> Result<U256, MathError> {
    rpow(x_wad, n, WAD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mul_div_down;
    use crate::testing::{Rng, any_u256, big, cases, fits};
    use num_bigint::BigUint;
    use proptest::prelude::*;

    const DUTY_5_PERCENT_A_DAY: u128 = 1_000_000_564_701_133_626_865_910_626;
    const DUTY_10_PERCENT_A_DAY: u128 = 1_000_001_103_127_689_513_476_993_127;
    const DUTY_MINUS_2_5_PERCENT_A_DAY: u128 = 999_999_706_969_857_929_985_428_567;

    fn ray(x: u128, n: u64) -> U256 {
        rpow_ray(U256::from(x), n).unwrap()
    }

    #[test]
    fn s3_4_maker_rpow_outputs() {
        assert_eq!(
            ray(DUTY_5_PERCENT_A_DAY, 86_400),
            U256::from(1_050_000_000_000_000_000_000_016_038_u128)
        );
        assert_eq!(
            ray(DUTY_5_PERCENT_A_DAY, 3 * 86_400),
            U256::from(1_157_625_000_000_000_000_000_053_042_u128)
        );
        assert_eq!(
            ray(DUTY_MINUS_2_5_PERCENT_A_DAY, 3 * 86_400),
            U256::from(926_859_375_000_000_000_000_022_885_u128)
        );
    }

    #[test]
    fn s3_4_five_percent_then_ten_percent() {
        let first = ray(DUTY_5_PERCENT_A_DAY, 86_400);
        let rate = mul_div_down(ray(DUTY_10_PERCENT_A_DAY, 86_400), first, RAY).unwrap();
        assert_eq!(rate, U256::from(1_155_000_000_000_000_000_000_061_517_u128));
    }

    #[test]
    fn s2_23_rpow_of_the_reference_test() {
        let x = 1_000_234_891_009_084_238_901_289_093;
        assert_eq!(
            ray(x, 3724),
            U256::from(2_397_991_232_254_682_910_951_344_872_u128)
        );
    }

    #[test]
    fn s2_23_annual_duties_compound_to_their_rates() {
        // floors of (1+r)^(1/year) in ray: one year of them falls short of 1+r by less than a year's worth of ulps
        for (duty, target) in [
            (
                1_000_000_001_547_125_957_863_212_449_u128,
                1_050_000_000_000_000_000_000_000_000_u128,
            ),
            (
                1_000_000_000_158_153_903_837_946_258,
                1_005_000_000_000_000_000_000_000_000,
            ),
        ] {
            let year = 31_536_000;
            let got: u128 = ray(duty, year).try_into().unwrap();
            let above: u128 = ray(duty + 1, year).try_into().unwrap();
            assert!(got <= target && target < above, "{got} {target} {above}");
        }
    }

    #[test]
    fn rpow_agrees_with_big_integers_on_20_000_cases() {
        let mut rng = Rng::new(0x5eed_0030);
        for _ in 0..cases(20_000) {
            let (x, n) = (rng.u256() >> 60, rng.next() >> (rng.next() % 64));
            let base = if rng.next().is_multiple_of(2) {
                RAY
            } else {
                rng.u256().max(U256::ONE)
            };
            let (bx, bb) = (big(x), big(base));
            let half = &bb >> 1u8;
            // the reference's own order, in unbounded integers
            let model = || -> Option<U256> {
                let (mut factor, mut left) = (bx.clone(), n);
                let mut power: BigUint = if left % 2 == 1 { factor.clone() } else { bb.clone() };
                left /= 2;
                while left > 0 {
                    factor = (&factor * &factor + &half) / &bb;
                    fits(&factor)?;
                    if left % 2 == 1 {
                        power = (&power * &factor + &half) / &bb;
                        fits(&power)?;
                    }
                    left /= 2;
                }
                fits(&power)
            };
            assert_eq!(rpow(x, n, base).ok(), model(), "{x} {n} {base}");
        }
    }

    #[test]
    fn edges() {
        assert_eq!(rpow_ray(U256::ZERO, 0), Ok(RAY));
        assert_eq!(rpow_ray(U256::ZERO, 5), Ok(U256::ZERO));
        assert_eq!(rpow_ray(RAY, u64::MAX), Ok(RAY));
        assert_eq!(rpow(RAY, 1, U256::ZERO), Err(MathError::DivisionByZero));
        assert_eq!(rpow_wad(U256::MAX, 2), Err(MathError::ResultTooLarge));
    }

    proptest! {
        #[test]
        fn prop_first_powers(x in any_u256()) {
            prop_assert_eq!(rpow_ray(x, 0), Ok(RAY));
            prop_assert_eq!(rpow_ray(x, 1), Ok(x));
            prop_assert_eq!(rpow_ray(x, 2), mul_div_half_up(x, x, RAY));
        }

        #[test]
        fn prop_monotone_in_base(x in 1u128..3_000_000_000_000_000_000_000_000_000, n in 0u64..100) {
            prop_assert!(rpow_ray(U256::from(x), n).unwrap() <= rpow_ray(U256::from(x + 1), n).unwrap());
        }

        /// drip(a) then drip(b) is drip(a+b) up to half an ulp a multiplication.
        #[test]
        fn prop_composition_within_rounding(a in 0u64..10_000_000, b in 0u64..10_000_000) {
            // keep the value near one so that an ulp of a factor is an ulp of the result
            let small = U256::from(1_000_000_000_627_937_192_491_029_810_u128);
            let split = mul_div_half_up(rpow_ray(small, a).unwrap(), rpow_ray(small, b).unwrap(), RAY).unwrap();
            let whole = rpow_ray(small, a + b).unwrap();
            let gap = split.max(whole) - split.min(whole);
            prop_assert!(gap <= U256::from(4 * (a + b) + 4), "{}", gap);
        }
    }
}
