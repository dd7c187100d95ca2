//! Which observation a mean price over time begins at, and whether the mean is to be believed.
//!
//! * **Equation.** The mean of a window of `w` seconds begins at the youngest observation with `t_i ≤ now - w`; a recent mean `r`
//!   deviates from the window's mean `m` when `|r - m|·10⁴ > m·d`.
//! * **Symbols.** `t_i` the time of observation `i`, seconds, not decreasing with `i`; `d` the limit, bps.
//! * **Source.** Systems.md 2.44 (Uniswap `ExampleSlidingWindowOracle`, Ampleforth `MedianOracle`), rules of our own.
//! * **Domain.** Observations in order of time; every mean and limit.
//! * **Rounding.** None, the comparison is exact.
//! * **In the wild.** A mean that lags a crash is a stale price with a fresh date (IRON/TITAN, June 2021); holding a short mean
//!   against the long one stops there, and in a short manipulation too.
//!
//! What does not belong here: the mean itself (`pair_price`), and where observations are kept.

use mintage_math::{U256, mul_div_up};

/// Whether `recent` is further from `mean` than `max_bps` basis points of `mean`. A mean of zero is always too far off.
#[must_use]
pub fn deviates(mean: U256, recent: U256, max_bps: u16) -> bool {
    let distance = mean.abs_diff(recent);
    // Rounded up and compared with an integer, which is the exact comparison.
    mul_div_up(distance, U256::from(10_000), mean).map_or(true, |bps_up| bps_up > U256::from(max_bps))
}

/// The youngest of the observations numbered `from..to` whose time is at or before `limit_ts`; times do not decrease with the number.
///
/// A binary search: it asks for at most ⌈log2(to - from + 1)⌉ times.
///
/// ```
/// use mintage_mechanism::twap::youngest_at_or_before;
/// let times = [100, 160, 220];
/// assert_eq!(youngest_at_or_before(0, 3, 219, |i| times[i as usize]), Some(1));
/// assert_eq!(youngest_at_or_before(0, 3, 99, |i| times[i as usize]), None);
/// ```
pub fn youngest_at_or_before(
    from: u64,
    to: u64,
    limit_ts: u64,
    mut time_of: impl FnMut(u64) -> u64,
) -> Option<u64> {
    // Everything below `low` is old enough, nothing at or above `high` is.
    let (mut low, mut high) = (from, to);
    while low < high {
        let middle = low.midpoint(high);
        if time_of(middle) <= limit_ts {
            low = middle.saturating_add(1)
        } else {
            high = middle
        }
    }
    if low > from { low.checked_sub(1) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

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
                let scan = (from..times.len() as u64)
                    .rev()
                    .find(|&i| times[i as usize] <= limit);
                let mut asked = 0;
                let found = youngest_at_or_before(from, times.len() as u64, limit, |i| {
                    asked += 1;
                    times[i as usize]
                });
                assert_eq!(found, scan, "from {from}, limit {limit}");
                assert!(asked <= 3);
            }
        }
        assert_eq!(
            youngest_at_or_before(3, 3, 100, |_| unreachable!()),
            None,
            "nothing kept, nothing asked"
        );
    }
}
