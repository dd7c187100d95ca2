//! Cumulative prices of a constant-product pair, and the mean price between two readings.
//!
//! * **Equation.** `cum(t) = cum(t₀) + ⌊R_other·2^112/R_own⌋·(t - t₀) mod 2^256`; `mean = ⌊(cum(b) - cum(a) mod 2^256)/(b - a)⌋`.
//! * **Symbols.** Prices UQ112x112 (units of 2^-112), base units for base units; `t` seconds, modulo 2^32 in the pair.
//! * **Source.** Uniswap v2 `UQ112x112`, `UniswapV2Pair._update`, `ExampleOracleSimple` (rules re-stated, systems.md 2.43, 2.44).
//! * **Domain.** Reserves below 2^112. Sums wrap on purpose: the difference of two readings is right as long as the two lie less
//!   than 2^32 seconds apart and the true difference is below 2^256.
//! * **Rounding.** Down, at each second and at the mean.
//! * **In the wild.** A window of one block (Inverse, 2022), of ten minutes in a crash (IRON/TITAN, 2021). Thirty minutes at least, and
//!   never the spot price.

use crate::error::errors;
use mintage_math::{U256, div_down, mul, mul_div_down};

errors! {
    /// Why there is no price.
    PairPriceError {
        /// A reserve is empty.
        EmptyReserve => "a reserve is empty: the pair has no price",
        /// No time lies between the two readings.
        NoTime => "no time lies between the two readings",
        /// More decimals than a token can have here.
        TooManyDecimals => "a token has more than 36 decimals",
    }
}

/// The seconds from `last` to `now`, both modulo 2^32, as the pair keeps them.
pub fn elapsed_secs(last_ts: u32, now_ts: u32) -> u32 {
    now_ts.wrapping_sub(last_ts)
}

/// The price of one unit of `own` in units of `other`, UQ112x112, rounded down.
///
/// Errors: [`PairPriceError::EmptyReserve`]; reserves of 2^144 or more.
pub fn price_x112_down(reserve_own: U256, reserve_other: U256) -> Result<U256, PairPriceError> {
    if reserve_own.is_zero() || reserve_other.is_zero() {
        return Err(PairPriceError::EmptyReserve);
    }
    Ok(mul_div_down(
        reserve_other,
        U256::ONE.wrapping_shl(112),
        reserve_own,
    )?)
}

/// The accumulator after `elapsed` seconds at these reserves. With an empty reserve or no time it stays.
///
/// ```
/// use mintage_mechanism::pair_price::{accumulate, mean_x112_down};
/// use mintage_math::U256;
/// let (three, six) = (U256::from(3), U256::from(6));
/// let after = accumulate(U256::ZERO, three, six, 10); // ten seconds at a price of two
/// assert_eq!(mean_x112_down(U256::ZERO, after, 10), Ok(U256::from(2) << 112));
/// ```
pub fn accumulate(cumulative: U256, reserve_own: U256, reserve_other: U256, elapsed: u32) -> U256 {
    match price_x112_down(reserve_own, reserve_other) {
        Ok(price) => cumulative.wrapping_add(price.wrapping_mul(U256::from(elapsed))),
        Err(_) => cumulative,
    }
}

/// The mean price between two readings of an accumulator that are `secs` apart, UQ112x112, rounded down.
///
/// Error: [`PairPriceError::NoTime`].
pub fn mean_x112_down(from: U256, to: U256, secs: u64) -> Result<U256, PairPriceError> {
    if secs == 0 {
        return Err(PairPriceError::NoTime);
    }
    Ok(div_down(to.wrapping_sub(from), U256::from(secs))?)
}

/// A UQ112x112 price of base units as the price of whole tokens in ray:
/// `⌊mean·10^27·10^own_decimals / (2^112·10^other_decimals)⌋`.
///
/// Errors: [`PairPriceError::TooManyDecimals`] above 36; a price that does not fit.
///
/// ```
/// use mintage_mechanism::pair_price::price_ray_down;
/// use mintage_math::{RAY, U256};
/// // 1 base unit of an 18-decimal token = 5·10^-12 units of a 6-decimal one: 5 for 1
/// let mean = (U256::from(5) << 112) / U256::from(10u64.pow(12));
/// let price = price_ray_down(mean, 18, 6).unwrap();
/// assert!(price <= RAY * U256::from(5) && price > RAY * U256::from(5) - U256::from(10u64.pow(10)));
/// ```
pub fn price_ray_down(mean_x112: U256, own_decimals: u8, other_decimals: u8) -> Result<U256, PairPriceError> {
    let up = crate::decimals::power_of_ten(
        own_decimals
            .checked_add(27)
            .ok_or(PairPriceError::TooManyDecimals)?,
    );
    let down = crate::decimals::power_of_ten(other_decimals);
    let (Some(up), Some(down)) = (up, down) else {
        return Err(PairPriceError::TooManyDecimals);
    };
    if own_decimals > 36 || other_decimals > 36 {
        return Err(PairPriceError::TooManyDecimals);
    }
    let denominator = mul(down, U256::ONE.wrapping_shl(112))?;
    Ok(mul_div_down(mean_x112, up, denominator)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use mintage_math::RAY;
    use proptest::prelude::*;

    #[test]
    fn decimals_end_at_36_on_either_side() {
        let mean = U256::ONE << 112;
        assert!(price_ray_down(mean, 36, 36).is_ok());
        assert_eq!(price_ray_down(mean, 37, 18), Err(PairPriceError::TooManyDecimals));
        assert_eq!(price_ray_down(mean, 18, 37), Err(PairPriceError::TooManyDecimals));
    }

    #[test]
    fn s2_43_price_accumulators_as_in_the_reference_test() {
        // reserves 3 and 3 for 10 s, then 6 and 2 for 10 s more
        let q = U256::ONE << 112usize;
        let (three, six, two) = (wad("3"), wad("6"), wad("2"));
        let first0 = accumulate(U256::ZERO, three, three, 1);
        assert_eq!(first0, q);
        let at10 = accumulate(first0, three, three, 9);
        assert_eq!(at10, q * U256::from(10));
        let price0 = accumulate(at10, six, two, 10);
        let price1 = accumulate(at10, two, six, 10);
        assert_eq!(price0, q * U256::from(10) + (two * q / six) * U256::from(10));
        assert_eq!(price1, q * U256::from(10) + q * U256::from(3) * U256::from(10));
    }

    #[test]
    fn s2_44_ten_times_the_price_for_twelve_seconds() {
        let cum = accumulate(U256::ZERO, wad("1"), wad("1"), 1788);
        let cum = accumulate(cum, wad("1"), wad("10"), 12);
        let mean = mean_x112_down(U256::ZERO, cum, 1800).unwrap();
        assert_eq!(mean, (U256::from(106) << 112) / U256::from(100));
        let one_second = accumulate(
            accumulate(U256::ZERO, wad("1"), wad("1"), 1799),
            wad("1"),
            wad("10"),
            1,
        );
        assert_eq!(
            mean_x112_down(U256::ZERO, one_second, 1800).unwrap(),
            (U256::from(1005) << 112) / U256::from(1000)
        );
    }

    #[test]
    fn clocks_and_sums_wrap() {
        assert_eq!(elapsed_secs(u32::MAX - 4, 5), 10);
        let start = U256::MAX - U256::from(7);
        let end = accumulate(start, wad("2"), wad("4"), 60);
        assert!(end < start);
        assert_eq!(mean_x112_down(start, end, 60), Ok(U256::from(2) << 112));
        assert_eq!(mean_x112_down(start, end, 0), Err(PairPriceError::NoTime));
        assert_eq!(accumulate(start, U256::ZERO, wad("1"), 60), start);
        assert_eq!(
            price_ray_down(U256::ONE, 37, 0),
            Err(PairPriceError::TooManyDecimals)
        );
        assert_eq!(
            price_ray_down(U256::ONE, 255, 0),
            Err(PairPriceError::TooManyDecimals)
        );
    }

    #[test]
    fn decimals_scale_the_price() {
        let one = U256::ONE << 112usize;
        assert_eq!(price_ray_down(one, 18, 18), Ok(RAY));
        assert_eq!(price_ray_down(one, 6, 18), Ok(RAY / U256::from(10u64.pow(12))));
        assert_eq!(price_ray_down(one, 18, 6), Ok(RAY * U256::from(10u64.pow(12))));
    }

    #[test]
    fn either_reserve_may_be_empty() {
        let (none, one) = (U256::ZERO, wad("1"));
        assert_eq!(price_x112_down(none, one), Err(PairPriceError::EmptyReserve));
        assert_eq!(price_x112_down(one, none), Err(PairPriceError::EmptyReserve));
    }

    proptest! {
        #[test]
        fn prop_mean_lies_between_the_prices(a in 1u64..u64::MAX, b in 1u64..u64::MAX, t1 in 1u32..1_000_000, t2 in 1u32..1_000_000, start in any_u256()) {
            let (own, x, y) = (wad("1"), U256::from(a), U256::from(b));
            let end = accumulate(accumulate(start, own, x, t1), own, y, t2);
            let mean = mean_x112_down(start, end, u64::from(t1) + u64::from(t2)).unwrap();
            let (p, q) = (price_x112_down(own, x).unwrap(), price_x112_down(own, y).unwrap());
            prop_assert!(p.min(q) <= mean && mean <= p.max(q));
        }

        #[test]
        fn prop_path_independent(r0 in 1u64..u64::MAX, r1 in 1u64..u64::MAX, t1 in 0u32..1 << 30, t2 in 0u32..1 << 30) {
            let (r0, r1) = (U256::from(r0), U256::from(r1));
            let split = accumulate(accumulate(U256::ZERO, r0, r1, t1), r0, r1, t2);
            prop_assert_eq!(split, accumulate(U256::ZERO, r0, r1, t1 + t2));
        }
    }
}
