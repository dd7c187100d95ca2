//! Prices that fall with time: linear, stairs, exponential; and the gradual auction that follows a schedule of sales.
//!
//! * **Equation.** Linear `top·(τ - t)/τ`; stairs `top·cut^⌊t/step⌋`; exponential `top·cut^t`, powers by `rpow` in ray; VRGDA
//!   `p = p₀·(1 - k)^(t - f⁻¹(n + 1))` with `f⁻¹(n) = n/r`.
//! * **Symbols.** `top`, prices in any unit (Maker: ray); `cut` ray, below one; `t`, `τ`, `step` seconds; VRGDA: `p₀` wad, `k` the fall in a unit of time
//!   (wad), `t` in units of time (wad), `r` sales a unit of time (wad), `n` sold so far.
//! * **Source.** Maker `abaci` (`LinearDecrease`, `StairstepExponentialDecrease`, `ExponentialDecrease`), Paradigm VRGDA (rules re-stated,
//!   systems.md 2.13, 2.23).
//! * **Domain.** `τ, step ≥ 1`; `cut ≤ 1`; `0 < k < 1`; `r > 0`.
//! * **Rounding.** Abaci down at each step as the reference; the VRGDA price up, as it is paid by the user.
//! * **In the wild.** Auctions without a floor or a restart sold for nothing on 12 March 2020; a price that starts too low is taken in the first
//!   second: the top belongs well above the market.

use crate::error::errors;
use mintage_math::{
    RAY, U256, WAD, mul, mul_div_down, mul_div_up, pow_wad_up, ray_mul_down, rpow_ray, sub, wad_mul_up,
};

errors! {
    /// Why a curve has no price.
    DutchError {
        /// The time of the fall or of a stair is zero.
        NoTime => "the time of the fall or of a stair is zero",
        /// The factor is above one.
        CutTooHigh => "the factor of a stair is above one: the price would rise",
        /// The fall of a unit of time is zero or all of it.
        Decay => "the decay must lie between zero and one",
        /// The rate of sales is zero.
        NoRate => "the rate of sales is zero",
        /// Times beyond what the exponent can hold.
        TooFar => "the time or the number sold is beyond 10^20 units",
    }
}

/// Linear to zero: `⌊top·⌊(τ - t)·RAY/τ⌋/RAY⌋`, zero from `τ` on.
///
/// Errors: [`DutchError::NoTime`]; a price that does not fit.
///
/// ```
/// use mintage_mechanism::dutch::linear_down;
/// use mintage_math::U256;
/// assert_eq!(linear_down(U256::from(1_000), 900, 3_600), Ok(U256::from(750)));
/// ```
pub fn linear_down(top: U256, elapsed_secs: u64, fall_secs: u64) -> Result<U256, DutchError> {
    if fall_secs == 0 {
        return Err(DutchError::NoTime);
    }
    let left = U256::from(fall_secs.saturating_sub(elapsed_secs));
    let part = mul_div_down(left, RAY, U256::from(fall_secs))?;
    Ok(ray_mul_down(top, part)?)
}

/// Down a factor at every stair: `⌊top·cut^⌊t/step⌋/RAY⌋`.
///
/// Errors: [`DutchError::NoTime`], [`DutchError::CutTooHigh`]; a price that does not fit.
pub fn stairs_down(top: U256, cut_ray: U256, elapsed_secs: u64, step_secs: u64) -> Result<U256, DutchError> {
    let stairs = elapsed_secs.checked_div(step_secs).ok_or(DutchError::NoTime)?;
    if cut_ray > RAY {
        return Err(DutchError::CutTooHigh);
    }
    Ok(ray_mul_down(top, rpow_ray(cut_ray, stairs)?)?)
}

/// Down a factor every second: `⌊top·cut^t/RAY⌋`.
///
/// Errors: [`DutchError::CutTooHigh`]; a price that does not fit.
pub fn exponential_down(top: U256, cut_ray: U256, elapsed_secs: u64) -> Result<U256, DutchError> {
    stairs_down(top, cut_ray, elapsed_secs, 1)
}

/// A gradual Dutch auction with a linear schedule of sales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vrgda {
    /// The price of a unit that is sold on schedule, wad.
    pub target_wad: U256,
    /// By how much the price falls in a unit of time without sales, wad, between zero and one.
    pub decay_wad: U256,
    /// Sales in a unit of time, wad.
    pub rate_wad: U256,
}

impl Vrgda {
    /// The price of the next unit when `sold` are sold at `time_wad`, rounded up.
    ///
    /// # Error
    /// At most `10^-15` of the price and two units too high: the bound of [`pow_wad_up`], whose exponent is rounded in the same sense.
    ///
    /// Errors: [`DutchError::Decay`], [`DutchError::NoRate`], [`DutchError::TooFar`]; a price that does not fit.
    ///
    /// ```
    /// use mintage_mechanism::dutch::Vrgda;
    /// use mintage_math::{U256, WAD};
    /// let hundredth = WAD / U256::from(100);
    /// let auction = Vrgda { target_wad: hundredth * U256::from(6_942), decay_wad: hundredth * U256::from(31), rate_wad: WAD * U256::from(2) };
    /// // the 240th unit after 120 days at two a day: on schedule
    /// assert_eq!(auction.price_wad_up(WAD * U256::from(120), 239), Ok(auction.target_wad));
    /// ```
    pub fn price_wad_up(&self, time_wad: U256, sold: u64) -> Result<U256, DutchError> {
        if self.decay_wad.is_zero() || self.decay_wad >= WAD {
            return Err(DutchError::Decay);
        }
        if self.rate_wad.is_zero() {
            return Err(DutchError::NoRate);
        }
        let next = mul(U256::from(u128::from(sold).wrapping_add(1)), WAD)?;
        // a base below one: a smaller exponent is a higher price, so the schedule's time is rounded up
        let due = mul_div_up(next, WAD, self.rate_wad)?;
        let most = U256::from(100_000_000_000_000_000_000_u128).wrapping_mul(WAD);
        if due > most || time_wad > most {
            return Err(DutchError::TooFar);
        }
        let signed = |x: U256| i128::try_from(x).unwrap_or(i128::MAX);
        let exponent = signed(time_wad).wrapping_sub(signed(due));
        let factor = pow_wad_up(sub(WAD, self.decay_wad)?, exponent)?;
        Ok(wad_mul_up(self.target_wad, factor)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{scaled, wad};
    use proptest::prelude::*;

    #[test]
    fn s2_13_maker_abaci() {
        // printed to ten decimals: 2000.0000002588
        let cut = scaled("0.999230132966", 27);
        let price = exponential_down(scaled("4000", 27), cut, 900).unwrap();
        let unit = scaled("0.0000000001", 27);
        assert_eq!(
            (price + unit / U256::from(2)) / unit * unit,
            scaled("2000.0000002588", 27)
        );
        let stair = stairs_down(scaled("1000", 27), scaled("0.99", 27), 10 * 90, 90).unwrap();
        assert_eq!(stair, scaled("904.38207500880449001", 27));
        assert_eq!(
            stairs_down(scaled("1000", 27), scaled("0.99", 27), 10 * 90 + 89, 90),
            Ok(stair)
        );
        assert_eq!(linear_down(scaled("1000", 27), 3_600, 3_600), Ok(U256::ZERO));
        assert_eq!(linear_down(U256::MAX, 0, 3_600), Ok(U256::MAX));
    }

    #[test]
    fn s2_13_vrgda() {
        let auction = Vrgda {
            target_wad: wad("69.42"),
            decay_wad: wad("0.31"),
            rate_wad: wad("2"),
        };
        assert_eq!(auction.price_wad_up(wad("120"), 239), Ok(wad("69.42")));
        let near = |price: U256, printed: &str| {
            let printed = wad(printed);
            assert!(
                price.max(printed) - price.min(printed) <= wad("0.0000000000001"),
                "{price}"
            );
        };
        near(
            auction.price_wad_up(wad("120"), 240).unwrap(),
            "83.5718592121409792",
        );
        near(auction.price_wad_up(wad("1"), 0).unwrap(), "57.6645828563772756");
    }

    #[test]
    fn refusals() {
        assert_eq!(linear_down(RAY, 1, 0), Err(DutchError::NoTime));
        assert_eq!(stairs_down(RAY, RAY, 1, 0), Err(DutchError::NoTime));
        assert_eq!(
            exponential_down(RAY, RAY + U256::ONE, 1),
            Err(DutchError::CutTooHigh)
        );
        let auction = Vrgda {
            target_wad: WAD,
            decay_wad: WAD,
            rate_wad: WAD,
        };
        assert_eq!(auction.price_wad_up(WAD, 0), Err(DutchError::Decay));
        let auction = Vrgda {
            decay_wad: wad("0.5"),
            rate_wad: U256::ZERO,
            ..auction
        };
        assert_eq!(auction.price_wad_up(WAD, 0), Err(DutchError::NoRate));
        let auction = Vrgda {
            rate_wad: U256::ONE,
            ..auction
        };
        assert_eq!(auction.price_wad_up(WAD, u64::MAX), Err(DutchError::TooFar));
    }

    #[test]
    fn s2_13_a_factor_of_one_keeps_the_price() {
        assert_eq!(stairs_down(wad("4000"), RAY, 900, 90), Ok(wad("4000")));
    }

    #[test]
    fn s2_13_times_of_up_to_10_to_the_20() {
        let auction = Vrgda {
            target_wad: wad("69.42"),
            decay_wad: wad("0.31"),
            rate_wad: U256::ONE,
        };
        // a sale in 10^18 units of time: the hundredth is due at 10^20
        let late = wad("100000000000000000000");
        assert_eq!(auction.price_wad_up(late, 99), Ok(wad("69.42")));
        assert_eq!(
            auction.price_wad_up(late + U256::ONE, 99),
            Err(DutchError::TooFar)
        );
        assert_eq!(auction.price_wad_up(late, 100), Err(DutchError::TooFar));
    }

    proptest! {
        #[test]
        fn prop_prices_fall(top in 0u128.., cut in 0u128..=1_000_000_000_000_000_000_000_000_000, t in 0u64..1_000_000, u in 0u64..1_000_000, step in 1u64..10_000) {
            let (top, cut, early, late) = (U256::from(top), U256::from(cut), t.min(u), t.max(u));
            prop_assert!(linear_down(top, late, step).unwrap() <= linear_down(top, early, step).unwrap());
            // powers by squaring fall but for an ulp a multiplication
            let slack = top / U256::from(10u128.pow(24)) + U256::ONE;
            prop_assert!(stairs_down(top, cut, late, step).unwrap() <= stairs_down(top, cut, early, step).unwrap() + slack);
        }

        #[test]
        fn prop_vrgda_rises_with_sales_and_falls_with_time(sold in 0u64..10_000, t in 0u64..5_000) {
            let auction = Vrgda { target_wad: wad("69.42"), decay_wad: wad("0.31"), rate_wad: wad("2") };
            let at = |t: u64, sold: u64| auction.price_wad_up(U256::from(t) * WAD, sold);
            if let (Ok(now), Ok(after_sale)) = (at(t, sold), at(t, sold + 1)) { prop_assert!(now <= after_sale); }
            if let (Ok(now), Ok(later)) = (at(t, sold), at(t + 1, sold)) { prop_assert!(later <= now); }
        }
    }
}
