//! Margin of short options: what a position must at least hold, by a shocked price and a shocked volatility.
//!
//! * **Equation.** A short call needs the model's price at `S·shock` (1.2) and a volatility that falls linearly from 2.5 to 1.8 between two and eight weeks to
//!   expiry; at least a floor (200), at most what full cover costs.
//! * **Symbols.** Prices wad; volatilities wad a year; seconds.
//! * **Source.** Lyra's partial collateral (rules re-stated, systems.md 2.25).
//! * **Domain.** That of [`crate::black_scholes`] for the shocked values.
//! * **Rounding.** The margin is the model's, plus nothing: its error is stated there; the volatility between the two ends rounds up.
//! * **In the wild.** Margins at the current volatility, which is low exactly before it is needed.

use crate::black_scholes::{OptionError, Terms};
use mintage_math::{U256, WAD, mul_div_up, sub, wad_mul_up};

/// Two weeks: up to here the higher volatility.
pub const NEAR_SECS: u64 = 1_209_600;
/// Eight weeks: from here on the lower one.
pub const FAR_SECS: u64 = 4_838_400;

/// The shocks and the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shock {
    /// What the spot is multiplied by, wad.
    pub spot_factor: U256,
    /// The volatility up to two weeks, wad.
    pub near_sigma: U256,
    /// The volatility from eight weeks on, wad, at most the near one.
    pub far_sigma: U256,
    /// The least margin of an option, wad.
    pub floor: U256,
}

/// Lyra's.
pub const LYRA: Shock = Shock {
    spot_factor: U256::from_limbs([1_200_000_000_000_000_000, 0, 0, 0]),
    near_sigma: U256::from_limbs([2_500_000_000_000_000_000, 0, 0, 0]),
    far_sigma: U256::from_limbs([1_800_000_000_000_000_000, 0, 0, 0]),
    floor: U256::from_limbs([15_532_559_262_904_483_840, 10, 0, 0]),
};

impl Shock {
    /// The shocked volatility at a time to expiry, rounded up.
    ///
    /// Error: a far volatility above the near one.
    pub fn sigma_up(&self, secs: u64) -> Result<U256, OptionError> {
        let fall = sub(self.near_sigma, self.far_sigma).map_err(|_| OptionError::Volatility)?;
        let left = FAR_SECS.saturating_sub(secs.clamp(NEAR_SECS, FAR_SECS));
        let more = mul_div_up(
            fall,
            U256::from(left),
            U256::from(FAR_SECS.wrapping_sub(NEAR_SECS)),
        )?;
        Ok(self.far_sigma.wrapping_add(more))
    }

    /// The least collateral of one short call, wad of the quote; full cover (the shocked spot) is always enough.
    ///
    /// Errors: as [`Terms::prices`].
    ///
    /// ```
    /// use mintage_mechanism::margin::LYRA;
    /// use mintage_math::{U256, WAD};
    /// let n = |v: u64| WAD * U256::from(v);
    /// let margin = LYRA.short_call(n(3_000), n(3_100), 0, 14 * 86_400).unwrap();
    /// assert!(margin > n(900) && margin < n(1_100));
    /// ```
    pub fn short_call(
        &self,
        spot: U256,
        strike: U256,
        rate_wad: i128,
        secs: u64,
    ) -> Result<U256, OptionError> {
        let shocked = wad_mul_up(spot, self.spot_factor)?;
        let terms = Terms {
            spot_wad: shocked,
            strike_wad: strike,
            rate_wad,
            sigma_wad: self.sigma_up(secs)?,
            secs,
        };
        Ok(terms.prices()?.call.max(self.floor).min(shocked))
    }

    /// The least collateral of one short put, wad of the quote: the spot shocked downwards by the same factor, at most the strike.
    ///
    /// Errors: as [`Terms::prices`].
    pub fn short_put(
        &self,
        spot: U256,
        strike: U256,
        rate_wad: i128,
        secs: u64,
    ) -> Result<U256, OptionError> {
        let shocked = mintage_math::mul_div_down(spot, WAD, self.spot_factor)?;
        let terms = Terms {
            spot_wad: shocked,
            strike_wad: strike,
            rate_wad,
            sigma_wad: self.sigma_up(secs)?,
            secs,
        };
        Ok(terms.prices()?.put.max(self.floor).min(strike))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wad;
    use proptest::prelude::*;

    #[test]
    fn s2_25_shocked_volatility_falls_from_2_5_to_1_8() {
        let week = 604_800;
        for (weeks, sigma) in [(0, "2.5"), (2, "2.5"), (5, "2.15"), (8, "1.8"), (50, "1.8")] {
            assert_eq!(LYRA.sigma_up(weeks * week), Ok(wad(sigma)));
        }
        assert_eq!(LYRA.floor, wad("200"));
        let wrong = Shock {
            far_sigma: wad("3"),
            ..LYRA
        };
        assert_eq!(wrong.sigma_up(0), Err(OptionError::Volatility));
    }

    #[test]
    fn s2_25_floor_and_full_cover() {
        // far out of the money: the floor
        assert_eq!(
            LYRA.short_call(wad("1000"), wad("100000"), 0, 86_400),
            Ok(wad("200"))
        );
        assert_eq!(LYRA.short_put(wad("1000"), wad("100"), 0, 86_400), Ok(wad("100")));
        // deep in the money: close to full cover
        let deep = LYRA.short_call(wad("1000"), wad("1"), 0, 86_400).unwrap();
        assert!(deep <= wad("1200") && deep >= wad("1198"));
    }

    proptest! {
        #[test]
        fn prop_margin_covers_the_option_now(spot in 500u64..5_000, strike in 500u64..5_000, days in 0u64..100, sigma in 1u64..150) {
            let (spot, strike) = (U256::from(spot) * WAD, U256::from(strike) * WAD);
            let secs = days * 86_400;
            let now = Terms { spot_wad: spot, strike_wad: strike, rate_wad: 0, sigma_wad: wad("0.01") * U256::from(sigma), secs }.prices().unwrap();
            prop_assert!(LYRA.short_call(spot, strike, 0, secs).unwrap() >= now.call);
            prop_assert!(LYRA.short_put(spot, strike, 0, secs).unwrap() >= now.put.min(strike));
        }
    }
}
