//! A treasury that stands behind a price range: walls on both sides with a capacity that regenerates.
//!
//! * **Equation.** `wall = target·(1 ∓ s)`; low capacity `⌊reserves·f⌋`, high capacity `⌊⌊low/high wall⌋·(1 + s_low + s_high)⌋`; a swap at the wall
//!   pays `⌊amount·wall⌋` (below) or `⌊amount/wall⌋` (above) and takes exactly that off the capacity.
//! * **Symbols.** `target = max(moving average, minimum)`, prices in wad (reserve for one token); spreads bps; amounts in base units of reserve
//!   and token, whose decimals are stated.
//! * **Source.** Olympus `Operator` and `RANGE` (rules re-stated, systems.md 2.28): mainnet spreads 7.5/15 % below, 10/20 % above, factor 10 %,
//!   threshold 1 %, regeneration after 18 of 21 favourable observations and six days. Yield repurchase: a seventh of the week's yield a day.
//! * **Domain.** Low spreads below 100 %; a price above zero.
//! * **Rounding.** What is paid out down.
//! * **In the wild.** A floor holds exactly as long as its capacity: both cases are tested. Never regenerate while the price is still on the
//!   wrong side, and never act on a stale price.

use crate::decimals::power_of_ten;
use crate::error::errors;
use mintage_math::{MathError, U256, WAD, add, mul, mul_div_down};

const BPS: u64 = 10_000;
/// How many observations the regeneration looks back.
pub const OBSERVATIONS: u32 = 21;

errors! {
    /// Why a wall does not trade.
    WallError {
        /// A spread is not in order, or a low one is 100 % or more.
        Spread => "a cushion is wider than its wall, or a low spread is 10,000 bps or more",
        /// More is asked for than the wall's capacity.
        Capacity => "the wall has less capacity left than that",
        /// The wall is down.
        Down => "the wall is down: its capacity is below the threshold",
        /// There is no price.
        NoPrice => "the target price is zero",
        /// More decimals than a token can have here.
        TooManyDecimals => "a token has more than 36 decimals",
    }
}

/// How far cushions and walls stand off the target, bps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spreads {
    /// The lower cushion.
    pub low_cushion: u16,
    /// The lower wall.
    pub low_wall: u16,
    /// The upper cushion.
    pub high_cushion: u16,
    /// The upper wall.
    pub high_wall: u16,
}

/// The four prices of a range, wad: `low wall ≤ low cushion ≤ target ≤ high cushion ≤ high wall`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Where the treasury buys without limit but its capacity.
    pub low_wall: U256,
    /// Where a bond market begins to buy.
    pub low_cushion: U256,
    /// Where a bond market begins to sell.
    pub high_cushion: U256,
    /// Where the treasury sells.
    pub high_wall: U256,
}

impl Spreads {
    /// The range around `max(average, minimum)`, each price rounded down.
    ///
    /// Errors: [`WallError::Spread`], [`WallError::NoPrice`]; prices that do not fit.
    ///
    /// ```
    /// use mintage_mechanism::range_walls::Spreads;
    /// use mintage_math::{U256, WAD};
    /// let spreads = Spreads { low_cushion: 1_000, low_wall: 2_000, high_cushion: 1_000, high_wall: 2_000 };
    /// let range = spreads.around_down(WAD * U256::from(100), WAD).unwrap();
    /// assert_eq!(range.low_wall, WAD * U256::from(80));
    /// assert_eq!(range.high_cushion, WAD * U256::from(110));
    /// ```
    pub fn around_down(&self, average_wad: U256, minimum_wad: U256) -> Result<Range, WallError> {
        if self.low_cushion > self.low_wall
            || self.high_cushion > self.high_wall
            || u64::from(self.low_wall) >= BPS
        {
            return Err(WallError::Spread);
        }
        let target = average_wad.max(minimum_wad);
        if target.is_zero() {
            return Err(WallError::NoPrice);
        }
        let at = |bps: u64| mul_div_down(target, U256::from(bps), U256::from(BPS));
        Ok(Range {
            low_wall: at(BPS.wrapping_sub(u64::from(self.low_wall)))?,
            low_cushion: at(BPS.wrapping_sub(u64::from(self.low_cushion)))?,
            high_cushion: at(BPS.wrapping_add(u64::from(self.high_cushion)))?,
            high_wall: at(BPS.wrapping_add(u64::from(self.high_wall)))?,
        })
    }
}

/// The lower wall's full capacity in the reserve: `⌊reserves·factor/10⁴⌋`.
pub fn low_capacity_down(reserves: U256, factor_bps: u16) -> Result<U256, WallError> {
    Ok(mul_div_down(reserves, U256::from(factor_bps), U256::from(BPS))?)
}

/// The upper wall's full capacity in the token, from the lower one's.
///
/// Errors: [`WallError::NoPrice`], [`WallError::TooManyDecimals`]; amounts that do not fit.
pub fn high_capacity_down(
    low_capacity: U256,
    high_wall_wad: U256,
    spreads: &Spreads,
    reserve_decimals: u8,
    token_decimals: u8,
) -> Result<U256, WallError> {
    let tokens = sell_for_down(low_capacity, high_wall_wad, reserve_decimals, token_decimals)?;
    let share = BPS
        .wrapping_add(u64::from(spreads.low_wall))
        .wrapping_add(u64::from(spreads.high_wall));
    Ok(mul_div_down(tokens, U256::from(share), U256::from(BPS))?)
}

/// What the lower wall pays in the reserve for `tokens`, rounded down.
///
/// Errors: [`WallError::TooManyDecimals`]; an amount that does not fit.
pub fn buy_for_down(
    tokens: U256,
    low_wall_wad: U256,
    reserve_decimals: u8,
    token_decimals: u8,
) -> Result<U256, WallError> {
    let (up, down) = scales(reserve_decimals, token_decimals)?;
    Ok(mul_div_down(mul(tokens, low_wall_wad)?, up, mul(WAD, down)?)?)
}

/// What the upper wall pays in tokens for `reserve`, rounded down.
///
/// Errors: [`WallError::NoPrice`], [`WallError::TooManyDecimals`]; an amount that does not fit.
pub fn sell_for_down(
    reserve: U256,
    high_wall_wad: U256,
    reserve_decimals: u8,
    token_decimals: u8,
) -> Result<U256, WallError> {
    if high_wall_wad.is_zero() {
        return Err(WallError::NoPrice);
    }
    let (up, down) = scales(token_decimals, reserve_decimals)?;
    Ok(mul_div_down(mul(reserve, WAD)?, up, mul(high_wall_wad, down)?)?)
}

fn scales(up: u8, down: u8) -> Result<(U256, U256), WallError> {
    if up > 36 || down > 36 {
        return Err(WallError::TooManyDecimals);
    }
    power_of_ten(up)
        .zip(power_of_ten(down))
        .ok_or(WallError::TooManyDecimals)
}

/// One side's wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    /// What it may still pay out, base units.
    pub capacity: U256,
    /// Below this it goes down, base units.
    pub threshold: U256,
    /// Whether it stands.
    pub up: bool,
}

impl Wall {
    /// A wall at full capacity that goes down below `threshold_bps` of it.
    pub fn full(capacity: U256, threshold_bps: u16) -> Result<Self, WallError> {
        Ok(Self {
            capacity,
            threshold: low_capacity_down(capacity, threshold_bps)?,
            up: true,
        })
    }

    /// The wall after it paid `amount`.
    ///
    /// Errors: [`WallError::Down`], [`WallError::Capacity`].
    pub fn pay(&self, amount: U256) -> Result<Self, WallError> {
        if !self.up {
            return Err(WallError::Down);
        }
        let capacity = self.capacity.checked_sub(amount).ok_or(WallError::Capacity)?;
        Ok(Self {
            capacity,
            up: capacity >= self.threshold,
            ..*self
        })
    }
}

/// Which of the last 21 observations were favourable, the newest in bit 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Regeneration(pub u32);

impl Regeneration {
    /// After one more observation.
    pub fn observe(self, favourable: bool) -> Self {
        Self(((self.0 << 1) | u32::from(favourable)) & ((1 << OBSERVATIONS) - 1))
    }

    /// Whether the wall regenerates: at least `needed` (18) of the last 21 favourable, the newest among them, and the wait (six days)
    /// over since the last time.
    pub fn is_due(self, needed: u32, since_last_secs: u64, wait_secs: u64) -> bool {
        self.0 & 1 == 1 && self.0.count_ones() >= needed && since_last_secs >= wait_secs
    }
}

/// What day `day` (0 to 6) of a week spends of the yield that is left: `⌊left/(7 - day)⌋`.
///
/// Error: a day after the sixth.
pub fn daily_yield_down(left: U256, day: u8) -> Result<U256, WallError> {
    let days = 7u8
        .checked_sub(day)
        .ok_or(WallError::Math(MathError::ResultNegative))?;
    Ok(mul_div_down(left, U256::ONE, U256::from(days))?)
}

/// A keeper's reward that ramps up linearly while nobody takes it: `⌊most·min(t, ramp)/ramp⌋`.
///
/// Error: a ramp of no length.
pub fn ramp_down(most: U256, elapsed_secs: u64, ramp_secs: u64) -> Result<U256, WallError> {
    Ok(mul_div_down(
        most,
        U256::from(elapsed_secs.min(ramp_secs)),
        U256::from(ramp_secs),
    )?)
}

/// Next week's yield: governance may raise it by at most 10 %.
///
/// Error: a sum that does not fit.
pub fn cap_next_yield(last: U256, asked: U256) -> Result<U256, WallError> {
    let most = add(last, mul_div_down(last, U256::ONE, U256::from(10))?)?;
    Ok(asked.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, scaled, wad};
    use proptest::prelude::*;

    const TEST: Spreads = Spreads {
        low_cushion: 1_000,
        low_wall: 2_000,
        high_cushion: 1_000,
        high_wall: 2_000,
    };
    const MAINNET: Spreads = Spreads {
        low_cushion: 750,
        low_wall: 1_500,
        high_cushion: 1_000,
        high_wall: 2_000,
    };

    #[test]
    fn s2_28_prices_of_a_range() {
        let r = TEST.around_down(wad("100"), wad("10")).unwrap();
        assert_eq!((r.low_wall, r.low_cushion), (wad("80"), wad("90")));
        assert_eq!((r.high_cushion, r.high_wall), (wad("110"), wad("120")));
        // mainnet's at the minimum of 10: 8.5, 9.25, 11, 12
        let r = MAINNET.around_down(wad("9"), wad("10")).unwrap();
        assert_eq!((r.low_wall, r.low_cushion), (wad("8.5"), wad("9.25")));
        assert_eq!((r.high_cushion, r.high_wall), (wad("11"), wad("12")));
    }

    #[test]
    fn s2_28_capacities_and_swaps() {
        let low = low_capacity_down(wad("100000000"), 1_000).unwrap();
        assert_eq!(low, wad("10000000"));
        let high = high_capacity_down(low, wad("120"), &TEST, 18, 9).unwrap();
        assert_eq!(high, scaled("116666.666666666", 9));
        assert_eq!(
            buy_for_down(scaled("1000", 9), wad("80"), 18, 9),
            Ok(wad("80000"))
        );
        assert_eq!(
            sell_for_down(wad("1000"), wad("120"), 18, 9),
            Ok(scaled("8.333333333", 9))
        );
    }

    #[test]
    fn s2_28_the_floor_holds_while_there_is_capacity() {
        let wall = Wall::full(wad("100"), 100).unwrap();
        let after = wall.pay(wad("99")).unwrap();
        assert!(after.up && after.capacity == wad("1"));
        let down = wall.pay(wad("99") + U256::ONE).unwrap();
        assert!(!down.up);
        assert_eq!(down.pay(U256::ONE), Err(WallError::Down));
        assert_eq!(wall.pay(wad("101")), Err(WallError::Capacity));
    }

    #[test]
    fn s2_28_regeneration_needs_18_of_21_and_six_days() {
        let mut r = Regeneration::default();
        for i in 0..21 {
            r = r.observe(i >= 3);
        }
        let six_days = 6 * 86_400;
        assert!(r.is_due(18, six_days, six_days));
        assert!(!r.is_due(18, six_days - 1, six_days));
        assert!(!r.is_due(19, six_days, six_days));
        // the newest observation on the wrong side stops it
        assert!(!r.observe(false).is_due(17, six_days, six_days));
        assert_eq!(Regeneration(u32::MAX).observe(true).0.count_ones(), 21);
    }

    #[test]
    fn s2_28_yield_over_the_week() {
        let mut left = wad("700");
        for day in 0..7 {
            let spend = daily_yield_down(left, day).unwrap();
            assert_eq!(spend, wad("100"));
            left -= spend;
        }
        assert!(daily_yield_down(left, 8).is_err());
        assert!(daily_yield_down(left, 7).is_err());
        assert_eq!(cap_next_yield(wad("100"), wad("200")), Ok(wad("110")));
        assert_eq!(ramp_down(wad("40"), 600, 1_200), Ok(wad("20")));
        assert_eq!(ramp_down(wad("40"), 9_999, 1_200), Ok(wad("40")));
    }

    #[test]
    fn refusals() {
        assert_eq!(
            Spreads {
                low_cushion: 2_001,
                ..TEST
            }
            .around_down(wad("1"), wad("1")),
            Err(WallError::Spread)
        );
        assert_eq!(
            Spreads {
                low_wall: 10_000,
                ..TEST
            }
            .around_down(wad("1"), wad("1")),
            Err(WallError::Spread)
        );
        assert_eq!(TEST.around_down(U256::ZERO, U256::ZERO), Err(WallError::NoPrice));
        assert_eq!(
            sell_for_down(wad("1"), U256::ZERO, 18, 18),
            Err(WallError::NoPrice)
        );
        assert_eq!(
            buy_for_down(wad("1"), wad("1"), 37, 18),
            Err(WallError::TooManyDecimals)
        );
    }

    #[test]
    fn s2_28_a_cushion_may_lie_at_its_wall_but_not_behind_it() {
        let at = |low_cushion, high_cushion| {
            let spreads = Spreads {
                low_cushion,
                high_cushion,
                ..TEST
            };
            spreads.around_down(wad("100"), wad("10"))
        };
        let r = at(2_000, 2_000).unwrap();
        assert_eq!(
            (r.low_wall, r.low_cushion, r.high_cushion, r.high_wall),
            (wad("80"), wad("80"), wad("120"), wad("120"))
        );
        assert_eq!(at(2_001, 2_000), Err(WallError::Spread));
        assert_eq!(at(2_000, 2_001), Err(WallError::Spread));
    }

    #[test]
    fn decimals_end_at_36_on_either_side() {
        assert_eq!(
            buy_for_down(scaled("1", 36), wad("3"), 36, 36),
            Ok(scaled("3", 36))
        );
        let too_many = Err(WallError::TooManyDecimals);
        assert_eq!(buy_for_down(U256::ONE, wad("3"), 37, 18), too_many);
        assert_eq!(buy_for_down(U256::ONE, wad("3"), 18, 37), too_many);
    }

    proptest! {
        #[test]
        fn prop_s2_28_payouts_stay_within_the_capacity(capacity in any_u256(), threshold in 0u16..=10_000, asks in prop::collection::vec(any_u256(), 0..30)) {
            let mut wall = Wall::full(capacity, threshold).unwrap();
            let mut paid = U256::ZERO;
            for ask in asks {
                if let Ok(next) = wall.pay(ask) { wall = next; paid += ask; }
                prop_assert_eq!(wall.capacity + paid, capacity);
            }
        }

        #[test]
        fn prop_selling_and_buying_back_at_the_walls_loses(amount in 0u128.., price in 1_000_000_000u128..1 << 100) {
            let range = TEST.around_down(U256::from(price), U256::ZERO).unwrap();
            let reserve = buy_for_down(U256::from(amount), range.low_wall, 18, 18).unwrap();
            if let Ok(back) = sell_for_down(reserve, range.high_wall, 18, 18) { prop_assert!(back <= U256::from(amount)); }
        }
    }
}
