//! A mean price over time from the accumulators of a Uniswap v2 pair.
//!
//! What a pair sums up, how the mean of an interval follows from two sums, and how it is told from a doubtful one. Which
//! observations are kept, and where, is the business of the program that keeps them.
//!
//! An accumulator is the sum of `reserve_quote / reserve_base` (as UQ112x112, rounded down) times the seconds that it stood. It
//! is taken modulo 2^256 and a pair's clock modulo 2^32: only differences mean anything, and they are taken wrapping.

use mintage_math::{MathError, U256, div_down, mul_div_down, mul_div_up};

/// The unit of time that a mean is taken over must be below this: a pair's clock has 32 bits.
pub const MAX_INTERVAL_SECS: u64 = 1 << 32;

/// The largest number of decimals that [`price_ray_down`] knows how to scale.
pub const MAX_DECIMALS: u8 = 36;

/// Seconds since a pair's last write, from the full time and the pair's 32-bit one.
///
/// Right for every interval below [`MAX_INTERVAL_SECS`], across the overflow of the 32-bit clock in February 2106 as well.
#[must_use]
pub const fn elapsed_secs(now_ts: u64, pair_ts: u32) -> u32 {
    // The truncation is the pair's own: it keeps `timestamp % 2^32`.
    (now_ts as u32).wrapping_sub(pair_ts)
}

/// What `secs` of standing reserves add to the accumulator of the price `quote / base`: `⌊quote·2^112 / base⌋ · secs`.
///
/// Reserves are below 2^112 in a pair, for which the product is below 2^256.
///
/// # Errors
/// [`MathError::DivisionByZero`] if `reserve_base` is zero, [`MathError::ResultTooLarge`] for reserves that no pair has.
pub fn accrued(reserve_base: U256, reserve_quote: U256, secs: u32) -> Result<U256, MathError> {
    if reserve_quote.bit_len() > 112 || reserve_base.bit_len() > 112 {
        return Err(MathError::ResultTooLarge);
    }
    let price_x112 = div_down(reserve_quote.wrapping_shl(112), reserve_base)?;
    mintage_math::mul(price_x112, U256::from(secs))
}

/// The mean over an interval, UQ112x112 in base units of quote for one base unit of base, rounded down.
///
/// # Errors
/// [`MathError::DivisionByZero`] for an interval of no length, [`MathError::ResultTooLarge`] for one of 2^32 seconds or more.
pub fn average_x112(from_cumulative: U256, to_cumulative: U256, secs: u64) -> Result<U256, MathError> {
    if secs >= MAX_INTERVAL_SECS {
        return Err(MathError::ResultTooLarge);
    }
    div_down(to_cumulative.wrapping_sub(from_cumulative), U256::from(secs))
}

/// A mean in base units, brought to whole tokens: whole quote tokens for one whole base token, ray, rounded down.
///
/// `⌊average · 10^(27 + base_decimals − quote_decimals) / 2^112⌋`
///
/// # Errors
/// [`MathError::ResultTooLarge`] if it does not fit 256 bits, or if a token has more than [`MAX_DECIMALS`] decimals.
pub fn price_ray_down(average_x112: U256, base_decimals: u8, quote_decimals: u8) -> Result<U256, MathError> {
    if base_decimals > MAX_DECIMALS || quote_decimals > MAX_DECIMALS {
        return Err(MathError::ResultTooLarge);
    }
    let one_x112 = U256::ONE.wrapping_shl(112);
    let up = 27_u8.saturating_add(base_decimals);
    match up.checked_sub(quote_decimals) {
        Some(exponent) => mul_div_down(average_x112, power_of_ten(exponent), one_x112),
        // At most 10^9: 27 + 0 − 36.
        None => div_down(average_x112, one_x112.wrapping_mul(power_of_ten(quote_decimals.saturating_sub(up)))),
    }
}

/// `10^exponent`, for exponents up to 76, beyond which it would not fit.
fn power_of_ten(exponent: u8) -> U256 {
    let mut power = U256::ONE;
    for _ in 0..exponent.min(76) {
        power = power.wrapping_mul(U256::from(10));
    }
    power
}

/// Whether `recent` is further from `mean` than `max_bps` basis points of `mean`. A mean of zero is always too far off.
#[must_use]
pub fn deviates(mean: U256, recent: U256, max_bps: u16) -> bool {
    let distance = mean.abs_diff(recent);
    // Rounded up and compared with an integer, which is the exact comparison.
    mul_div_up(distance, U256::from(10_000), mean).map_or(true, |bps_up| bps_up > U256::from(max_bps))
}

/// The youngest of the observations numbered `from..to` whose time is at or before `limit_ts`; times do not decrease with the number.
///
/// A binary search: it asks for at most ⌈log2(to − from + 1)⌉ times.
///
/// # Errors
/// Only what `time_of` gives.
pub fn youngest_at_or_before<E>(
    from: u64,
    to: u64,
    limit_ts: u64,
    mut time_of: impl FnMut(u64) -> Result<u64, E>,
) -> Result<Option<u64>, E> {
    // Everything below `low` is old enough, nothing at or above `high` is.
    let (mut low, mut high) = (from, to);
    while low < high {
        let middle = low.midpoint(high);
        if time_of(middle)? <= limit_ts { low = middle.saturating_add(1) } else { high = middle }
    }
    Ok(if low > from { low.checked_sub(1) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wad(n: u64) -> U256 {
        U256::from(n) * U256::from(10).pow(U256::from(18))
    }

    /// The sum after standing at `reserves` for `secs`, begun at `start`.
    fn run(start: U256, steps: &[(u64, u64, u32)]) -> U256 {
        steps.iter().fold(start, |sum, &(base, quote, secs)| {
            sum.wrapping_add(accrued(wad(base), wad(quote), secs).unwrap())
        })
    }

    #[test]
    fn test_average_of_a_jump_is_weighted_by_its_time() {
        // A price of ten times for 12 s of 1,800 gives 1.06, for 1 s 1.005. Neither is a multiple of 2^-112, so the mean is cut
        // below it, by less than a unit of ray, and the price in ray is the unit below.
        for (secs, mean_ray) in [(12, "1059999999999999999999999999"), (1, "1004999999999999999999999999")] {
            let sum = run(U256::ZERO, &[(100, 100, 1_800 - secs), (100, 1_000, secs)]);
            let average = average_x112(U256::ZERO, sum, 1_800).unwrap();
            assert_eq!(price_ray_down(average, 18, 18).unwrap(), mean_ray.parse::<U256>().unwrap());
        }
    }

    #[test]
    fn test_average_across_the_overflow_of_the_accumulator_is_the_same() {
        let steps = [(3, 7, 1_000), (7, 3, 800)];
        let sum = run(U256::ZERO, &steps);
        for start in [U256::MAX, U256::MAX - sum, U256::MAX - sum / U256::from(2), U256::from(1)] {
            assert_eq!(
                average_x112(start, run(start, &steps), 1_800).unwrap(),
                average_x112(U256::ZERO, sum, 1_800).unwrap(),
                "begun at {start}"
            );
        }
    }

    #[test]
    fn test_elapsed_crosses_the_32_bit_clock() {
        let overflow = 1_u64 << 32;
        assert_eq!(elapsed_secs(overflow, u32::MAX), 1);
        assert_eq!(elapsed_secs(overflow + 10, (overflow - 5) as u32), 15);
        assert_eq!(elapsed_secs(7 * overflow + 3, 3), 0);
        assert_eq!(elapsed_secs(100, 100), 0);
    }

    #[test]
    fn test_average_needs_an_interval_that_the_clock_can_hold() {
        assert_eq!(average_x112(U256::ZERO, U256::ONE, 0), Err(MathError::DivisionByZero));
        assert_eq!(average_x112(U256::ZERO, U256::ONE, MAX_INTERVAL_SECS), Err(MathError::ResultTooLarge));
        assert_eq!(average_x112(U256::ZERO, U256::MAX, MAX_INTERVAL_SECS - 1).unwrap(), U256::MAX / U256::from(u32::MAX));
    }

    #[test]
    fn test_accrued_at_its_extremes() {
        let largest = (U256::ONE << 112) - U256::ONE;
        assert_eq!(
            accrued(U256::ONE, largest, u32::MAX).unwrap(),
            (largest << 112) * U256::from(u32::MAX),
            "the largest that a pair can add still fits"
        );
        assert_eq!(accrued(largest, U256::ONE, u32::MAX).unwrap(), U256::from(u32::MAX));
        assert_eq!(accrued(U256::ONE << 112, U256::ONE, 1), Err(MathError::ResultTooLarge));
        assert_eq!(accrued(U256::ONE, U256::ONE << 112, 1), Err(MathError::ResultTooLarge));
        assert_eq!(accrued(U256::ZERO, U256::ONE, 1), Err(MathError::DivisionByZero));
    }

    #[test]
    fn test_price_is_the_same_for_all_decimals() {
        // 0.05 quote for one base, whatever the decimals of either.
        for base_decimals in [0, 6, 8, 18, 27, 36] {
            for quote_decimals in [2, 6, 8, 18, 27, 36] {
                let base_units = U256::from(10).pow(U256::from(base_decimals)) * U256::from(20);
                let quote_units = U256::from(10).pow(U256::from(quote_decimals));
                // No pair holds 10^36 units (below 2^112 = 5e33); the mean itself may come from any ratio.
                let average = (quote_units << 112) / base_units;
                let price = price_ray_down(average, base_decimals, quote_decimals).unwrap();
                let exact = U256::from(10).pow(U256::from(27)) / U256::from(20);
                // The mean is cut to a whole number of 2^-112: that is all that may be missing, scaled by the decimals.
                let scale = mul_div_up(
                    U256::from(10).pow(U256::from(27 + u32::from(base_decimals))),
                    U256::ONE,
                    quote_units << 112,
                )
                .unwrap();
                assert!(price <= exact && exact - price <= scale, "{base_decimals}/{quote_decimals}: {price}");
            }
        }
    }

    #[test]
    fn test_price_refuses_what_it_cannot_hold() {
        assert_eq!(price_ray_down(U256::MAX, 36, 0), Err(MathError::ResultTooLarge));
        assert_eq!(price_ray_down(U256::ONE, 37, 0), Err(MathError::ResultTooLarge));
        assert_eq!(price_ray_down(U256::ONE, 0, 37), Err(MathError::ResultTooLarge));
        assert_eq!(price_ray_down(U256::ONE, 0, 36).unwrap(), U256::ZERO);
        assert_eq!(price_ray_down(U256::MAX, 0, 36).unwrap(), U256::MAX / ((U256::ONE << 112) * U256::from(1_000_000_000)));
    }

    #[test]
    fn test_deviation_is_exact_at_its_limit() {
        let mean = U256::from(10_000);
        assert!(!deviates(mean, U256::from(10_500), 500));
        assert!(deviates(mean, U256::from(10_501), 500));
        assert!(!deviates(mean, U256::from(9_500), 500));
        assert!(deviates(mean, U256::from(9_499), 500));
        assert!(deviates(U256::ZERO, U256::ZERO, 5_000), "no mean");
        assert!(deviates(U256::ONE, U256::MAX, u16::MAX));
        assert!(!deviates(U256::MAX, U256::MAX, 1));
    }

    #[test]
    fn test_search_finds_what_a_scan_finds() {
        let times = [10, 10, 20, 35, 35, 36, 90];
        for from in 0..times.len() as u64 {
            for limit in 0..100 {
                let scan = (from..times.len() as u64).rev().find(|&i| times[i as usize] <= limit);
                let mut asked = 0;
                let found = youngest_at_or_before(from, times.len() as u64, limit, |i| {
                    asked += 1;
                    Ok::<_, ()>(times[i as usize])
                });
                assert_eq!(found, Ok(scan), "from {from}, limit {limit}");
                assert!(asked <= 3);
            }
        }
        assert_eq!(youngest_at_or_before(3, 3, 100, |_| Err(())), Ok(None), "nothing kept, nothing asked");
    }
}
