//! A penalty for those who leave early in rough times, paid to those who stay.
//!
//! * **Equation.** Of a withdrawn value `V`: `⌈V·min(p₀ + k·z, p_max)·max(0, τ - age)/(τ·10⁴)⌉`. The hook's simpler form takes it of earned fees:
//!   `⌊fees·(τ - age)/τ⌋`. A breaker shuts the exit for a while when a variance is above its limit or `free·10⁴ < f·V`.
//! * **Symbols.** `V`, fees base units; `p₀`, `k` (for a stress of 1), `p_max` bps; `z` the stress, wad; `age`, `τ` seconds.
//! * **Source.** OpenZeppelin `LiquidityPenaltyHook`, Lyra's circuit breakers (rules re-stated, systems.md 2.34).
//! * **Domain.** `p_max < 10⁴`, so leaving is always possible; `τ ≥ 1`.
//! * **Rounding.** The penalty up (it stays with the others); of fees down, as the reference.
//! * **In the wild.** Just-in-time liquidity that came for one block's fees; locks without an end. The last provider pays nobody: his penalty is
//!   zero. The stress must not be settable by who leaves, in the same transaction.

use crate::error::errors;
use mintage_math::{U256, WAD, mul, mul_div_down, mul_div_up, mul_wide, sub};

const BPS: u64 = 10_000;

errors! {
    /// Why a penalty is refused.
    PenaltyError {
        /// The greatest penalty is all of the value.
        TooHigh => "the greatest penalty must be below 10,000 bps: leaving has to stay possible",
        /// The least is above the greatest.
        Order => "the least penalty is above the greatest",
        /// The time is zero.
        NoTime => "the time over which the penalty fades is zero",
    }
}

/// A penalty that fades with age and rises with stress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitPenalty {
    base_bps: u16,
    slope_bps: u32,
    max_bps: u16,
    fade_secs: u64,
}

impl ExitPenalty {
    /// `base_bps` at rest, `slope_bps` more for each 1.0 of stress, at most `max_bps`, gone at an age of `fade_secs`.
    ///
    /// Errors: [`PenaltyError`].
    pub fn new(base_bps: u16, slope_bps: u32, max_bps: u16, fade_secs: u64) -> Result<Self, PenaltyError> {
        if u64::from(max_bps) >= BPS {
            return Err(PenaltyError::TooHigh);
        }
        if base_bps > max_bps {
            return Err(PenaltyError::Order);
        }
        if fade_secs == 0 {
            return Err(PenaltyError::NoTime);
        }
        Ok(Self {
            base_bps,
            slope_bps,
            max_bps,
            fade_secs,
        })
    }

    /// `(to the one who leaves, to those who stay)`; they add up to `value`. `alone`: nobody else is in the pool.
    ///
    /// Errors: never for a checked setting.
    ///
    /// ```
    /// use mintage_mechanism::exit_penalty::ExitPenalty;
    /// use mintage_math::{U256, WAD};
    /// let week = ExitPenalty::new(0, 1_000, 2_000, 7 * 86_400).unwrap();
    /// // a stress of 1 right after coming: 10 %
    /// assert_eq!(week.split_up(U256::from(1_000), WAD, 0, false).unwrap(), (U256::from(900), U256::from(100)));
    /// assert_eq!(week.split_up(U256::from(1_000), WAD, 7 * 86_400, false).unwrap().1, U256::ZERO);
    /// ```
    pub fn split_up(
        &self,
        value: U256,
        stress_wad: U256,
        age_secs: u64,
        alone: bool,
    ) -> Result<(U256, U256), PenaltyError> {
        let left = self.fade_secs.saturating_sub(age_secs);
        if alone || left == 0 {
            return Ok((value, U256::ZERO));
        }
        let max = U256::from(self.max_bps);
        let more = mul_div_up(U256::from(self.slope_bps), stress_wad, WAD).unwrap_or(max);
        let bps = more.saturating_add(U256::from(self.base_bps)).min(max);
        let whole = mul(U256::from(self.fade_secs), U256::from(BPS))?;
        let penalty = mul_div_up(value, mul(bps, U256::from(left))?, whole)?;
        Ok((sub(value, penalty)?, penalty))
    }
}

/// The hook's form: what of the earned fees is given to the others, rounded down.
///
/// Error: [`PenaltyError::NoTime`].
pub fn fee_penalty_down(fees: U256, age: u64, offset: u64) -> Result<U256, PenaltyError> {
    if offset == 0 {
        return Err(PenaltyError::NoTime);
    }
    Ok(mul_div_down(
        fees,
        U256::from(offset.saturating_sub(age)),
        U256::from(offset),
    )?)
}

/// What shuts the exit, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// The greatest variance of the implied volatility, wad.
    pub volatility_variance_wad: U256,
    /// The greatest variance of the skew, wad.
    pub skew_variance_wad: U256,
    /// How long it stays shut after either, seconds.
    pub variance_secs: u64,
    /// The least free liquidity, bps of the net value.
    pub least_free_bps: u16,
    /// How long it stays shut after that, seconds.
    pub liquidity_secs: u64,
}

/// Lyra's: 0.1 and 0.35 for twelve hours, 1 % for three days.
pub const LYRA_BREAKER: Breaker = Breaker {
    volatility_variance_wad: U256::from_limbs([100_000_000_000_000_000, 0, 0, 0]),
    skew_variance_wad: U256::from_limbs([350_000_000_000_000_000, 0, 0, 0]),
    variance_secs: 43_200,
    least_free_bps: 100,
    liquidity_secs: 259_200,
};

impl Breaker {
    /// Until when nobody leaves, seconds: never earlier than `shut_until_ts`, and no later than the longer of both times from now.
    ///
    /// ```
    /// use mintage_mechanism::exit_penalty::LYRA_BREAKER;
    /// use mintage_math::{U256, WAD};
    /// let n = |v: u64| U256::from(v);
    /// // a hundredth of 1,000 is free: open; less: shut for three days
    /// assert_eq!(LYRA_BREAKER.shut_until(0, 50, n(0), n(0), n(10), n(1_000)), 0);
    /// assert_eq!(LYRA_BREAKER.shut_until(0, 50, n(0), n(0), n(9), n(1_000)), 50 + 3 * 86_400);
    /// ```
    pub fn shut_until(
        &self,
        shut_until_ts: u64,
        now_ts: u64,
        volatility_variance_wad: U256,
        skew_variance_wad: U256,
        free: U256,
        net_value: U256,
    ) -> u64 {
        let rough = volatility_variance_wad > self.volatility_variance_wad
            || skew_variance_wad > self.skew_variance_wad;
        let scarce = mul_wide(free, U256::from(BPS)) < mul_wide(net_value, U256::from(self.least_free_bps));
        let after = |trips: bool, secs: u64| if trips { now_ts.saturating_add(secs) } else { 0 };
        shut_until_ts
            .max(after(rough, self.variance_secs))
            .max(after(scarce, self.liquidity_secs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    #[test]
    fn s2_34_fees_100_offset_10_age_4() {
        let n = |v: u64| U256::from(v);
        assert_eq!(fee_penalty_down(n(100), 4, 10), Ok(n(60)));
        assert_eq!(fee_penalty_down(n(100), 10, 10), Ok(n(0)));
        assert_eq!(fee_penalty_down(n(100), 11, 10), Ok(n(0)));
        assert_eq!(fee_penalty_down(n(100), 1, 0), Err(PenaltyError::NoTime));
    }

    #[test]
    fn s2_34_lyra_breaker() {
        let n = |v: u64| U256::from(v);
        let until = |iv: &str, skew: &str, free| {
            LYRA_BREAKER.shut_until(0, 1_000, wad(iv), wad(skew), n(free), n(10_000))
        };
        assert_eq!(until("0.1", "0.35", 100), 0);
        assert_eq!(until("0.100000000000000001", "0", 100), 1_000 + 12 * 3_600);
        assert_eq!(until("0", "0.350000000000000001", 100), 1_000 + 12 * 3_600);
        assert_eq!(until("1", "1", 99), 1_000 + 72 * 3_600);
        // a calm reading does not open it early
        assert_eq!(
            LYRA_BREAKER.shut_until(9_999, 1_000, n(0), n(0), U256::MAX, U256::MAX),
            9_999
        );
    }

    #[test]
    fn s2_34_bounds() {
        assert_eq!(ExitPenalty::new(0, 0, 10_000, 1), Err(PenaltyError::TooHigh));
        assert_eq!(ExitPenalty::new(2, 0, 1, 1), Err(PenaltyError::Order));
        assert_eq!(ExitPenalty::new(0, 0, 1, 0), Err(PenaltyError::NoTime));
        let p = ExitPenalty::new(100, 500, 2_000, 100).unwrap();
        // calm: the base; the last one leaves free
        assert_eq!(p.split_up(wad("1"), U256::ZERO, 0, false).unwrap().1, wad("0.01"));
        assert_eq!(p.split_up(wad("1"), U256::MAX, 0, false).unwrap().1, wad("0.2"));
        assert_eq!(p.split_up(wad("1"), U256::MAX, 0, true).unwrap().1, U256::ZERO);
    }

    proptest! {
        #[test]
        fn prop_s2_34_leaving_is_possible_and_the_others_gain(v in any_u256(), z in any_u256(), w in any_u256(), age in 0u64..2_000, base in 0u16..100, slope in any::<u32>(), shares in 2u64..1_000, mine in 1u64..1_000) {
            let p = ExitPenalty::new(base, slope, 9_999, 1_000).unwrap();
            let (out, penalty) = p.split_up(v, z, age, false).unwrap();
            prop_assert_eq!(out + penalty, v);
            if age >= 1_000 { prop_assert_eq!(penalty, U256::ZERO); }
            prop_assert!(p.split_up(v, z.max(w), age, false).unwrap().1 >= p.split_up(v, z.min(w), age, false).unwrap().1);
            // value per remaining share does not fall: pool - out over shares - mine, against pool over shares
            if mine < shares {
                let pool = (v >> 20usize).saturating_mul(U256::from(shares));
                let mine_value = (v >> 20usize).saturating_mul(U256::from(mine));
                let (out, _) = p.split_up(mine_value, z, age, false).unwrap();
                prop_assert!((pool - out) * U256::from(shares) >= pool * U256::from(shares - mine));
            }
        }
    }
}
