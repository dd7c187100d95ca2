//! How a revenue falls through its uses: security first, then backstop, then burn, the rest to the stakers.
//!
//! * **Equation.** `NRR = R/(R + K)`, one from `R_full` on; each step takes from what the steps before it left:
//!   security `min(left, due)`, backstop `min(left, target - capital)`, fortification `⌊left·f·NRR⌋`, burn `⌊left·b·NRR⌋`, stakers the rest.
//! * **Symbols.** `R` the revenue of a year, `K` the revenue at which half is reached (3·10⁹), `R_full` 10¹²: whole units, wad; `f`, `b` bps
//!   (2,000 and 1,000); the backstop's target is a share of the supply (150 bps).
//! * **Source.** Sky's Treasury Management Function of 2026 (rules re-stated, systems.md 2.26). An April 2026 proposal retires NRR and
//!   fortification: the shape is what is taken, reserve first and a burn share that rises with revenue.
//! * **Domain.** `f, b ≤ 10⁴`; every revenue.
//! * **Rounding.** Each part down, dust to the stakers.
//! * **In the wild.** Buybacks that spent what the next crisis needed. Because NRR is hyperbolic, the stakers' amount never falls when
//!   the revenue rises.

use crate::error::errors;
use mintage_math::{U256, WAD, add, mul, mul_div_down, sub};

const BPS: u16 = 10_000;

errors! {
    /// Why a waterfall is refused.
    WaterfallError {
        /// A share is above all.
        ShareTooHigh => "a share is above 10,000 bps",
    }
}

/// The revenue ratio, wad, rounded down: `⌊R·10^18/(R + K)⌋`, one from `full` on.
///
/// Errors: `R + K` that does not fit; both zero.
///
/// ```
/// use mintage_mechanism::waterfall::revenue_ratio_wad_down;
/// use mintage_math::U256;
/// let (million, k, full) = (1_000_000_u64, U256::from(3_000_000_000_u64), U256::from(1_000_000_000_000_u64));
/// let ratio = |r: u64| revenue_ratio_wad_down(U256::from(r), k, full).unwrap();
/// assert_eq!(ratio(200 * million), U256::from(62_500_000_000_000_000_u64));
/// ```
pub fn revenue_ratio_wad_down(revenue: U256, k: U256, full: U256) -> Result<U256, WaterfallError> {
    if revenue >= full {
        return Ok(WAD);
    }
    Ok(mul_div_down(revenue, WAD, add(revenue, k)?)?)
}

/// What the steps want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waterfall {
    /// Due to security and maintenance, base units.
    pub security_due: U256,
    /// What is missing in the backstop, base units.
    pub backstop_gap: U256,
    /// Fortification of what is left, times the ratio, bps.
    pub fortification_bps: u16,
    /// Burn of what is left then, times the ratio, bps.
    pub burn_bps: u16,
}

/// What each step got, base units; the parts add up to the revenue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// To security.
    pub security: U256,
    /// To the backstop.
    pub backstop: U256,
    /// To fortification.
    pub fortification: U256,
    /// To the burn engine.
    pub burn: U256,
    /// To the stakers.
    pub stakers: U256,
}

impl Waterfall {
    /// Lets `revenue` fall through the steps at a revenue ratio.
    ///
    /// Error: [`WaterfallError::ShareTooHigh`].
    pub fn split_down(&self, revenue: U256, ratio_wad: U256) -> Result<Parts, WaterfallError> {
        if self.fortification_bps > BPS || self.burn_bps > BPS {
            return Err(WaterfallError::ShareTooHigh);
        }
        let ratio = ratio_wad.min(WAD);
        let whole = mul(WAD, U256::from(BPS))?;
        let share = |left: U256, bps: u16| mul_div_down(left, mul(ratio, U256::from(bps))?, whole);
        let security = revenue.min(self.security_due);
        let left = sub(revenue, security)?;
        let backstop = left.min(self.backstop_gap);
        let left = sub(left, backstop)?;
        let fortification = share(left, self.fortification_bps)?;
        let left = sub(left, fortification)?;
        let burn = share(left, self.burn_bps)?;
        Ok(Parts {
            security,
            backstop,
            fortification,
            burn,
            stakers: sub(left, burn)?,
        })
    }
}

/// What is missing to a backstop of `target_bps` of the supply, base units.
///
/// Errors: never for a target of at most 10,000 bps.
pub fn backstop_gap(supply: U256, capital: U256, target_bps: u16) -> Result<U256, WaterfallError> {
    Ok(mul_div_down(supply, U256::from(target_bps), U256::from(BPS))?.saturating_sub(capital))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    fn ratio(revenue: U256) -> U256 {
        revenue_ratio_wad_down(revenue, wad("3000000000"), wad("1000000000000")).unwrap()
    }

    #[test]
    fn s2_26_revenue_ratio_table() {
        for (millions, expected) in [
            ("200", "0.0625"),
            ("1000", "0.25"),
            ("2000", "0.4"),
            ("3000", "0.5"),
            ("5000", "0.625"),
        ] {
            assert_eq!(
                ratio(wad(millions) * U256::from(1_000_000)),
                wad(expected),
                "{millions} M"
            );
        }
        assert_eq!(ratio(wad("500000000")) / wad("0.000001"), U256::from(142_857));
        assert_eq!(ratio(wad("1000000000000")), WAD);
        assert_eq!(ratio(U256::ZERO), U256::ZERO);
    }

    #[test]
    fn s2_26_each_step_acts_on_what_the_previous_left() {
        let waterfall = Waterfall {
            security_due: U256::from(100),
            backstop_gap: backstop_gap(U256::from(20_000), U256::from(200), 150).unwrap(),
            fortification_bps: 2_000,
            burn_bps: 1_000,
        };
        assert_eq!(waterfall.backstop_gap, U256::from(100));
        // 1,200 at a ratio of one half: 100, 100, 10 % of 1,000, 5 % of 900
        let parts = waterfall.split_down(U256::from(1_200), wad("0.5")).unwrap();
        let n = |v: u64| U256::from(v);
        let expected = Parts {
            security: n(100),
            backstop: n(100),
            fortification: n(100),
            burn: n(45),
            stakers: n(855),
        };
        assert_eq!(parts, expected);
        let poor = waterfall.split_down(n(150), WAD).unwrap();
        assert_eq!((poor.security, poor.backstop, poor.burn), (n(100), n(50), n(0)));
        let wrong = Waterfall {
            burn_bps: 10_001,
            ..waterfall
        };
        assert_eq!(wrong.split_down(n(1), WAD), Err(WaterfallError::ShareTooHigh));
    }

    #[test]
    fn s2_26_either_share_may_be_all_and_not_more() {
        let split = |fortification_bps, burn_bps| {
            let waterfall = Waterfall {
                security_due: U256::ZERO,
                backstop_gap: U256::ZERO,
                fortification_bps,
                burn_bps,
            };
            let parts = waterfall.split_down(wad("7"), WAD);
            parts.map(|p| (p.fortification, p.burn, p.stakers))
        };
        assert_eq!(split(10_000, 10_000), Ok((wad("7"), U256::ZERO, U256::ZERO)));
        assert_eq!(split(0, 10_000), Ok((U256::ZERO, wad("7"), U256::ZERO)));
        assert_eq!(split(10_001, 0), Err(WaterfallError::ShareTooHigh));
    }

    proptest! {
        #[test]
        fn prop_s2_26_parts_sum_to_the_revenue(r in any_u256(), due in any_u256(), gap in any_u256(), f in 0u16..=10_000, b in 0u16..=10_000, ratio in any_u256()) {
            let w = Waterfall { security_due: due, backstop_gap: gap, fortification_bps: f, burn_bps: b };
            let p = w.split_down(r, ratio).unwrap();
            prop_assert_eq!(p.security + p.backstop + p.fortification + p.burn + p.stakers, r);
            if p.burn > U256::ZERO { prop_assert!(p.security == due && p.backstop == gap); }
        }

        /// The stakers never get less when the revenue rises, though the burn share rises with it.
        #[test]
        fn prop_stakers_never_lose_by_more_revenue(a in 1u64..10_000_000_000_000, b in 1u64..10_000_000_000_000) {
            let w = Waterfall { security_due: U256::ZERO, backstop_gap: U256::ZERO, fortification_bps: 2_000, burn_bps: 1_000 };
            let of = |r: u64| { let r = U256::from(r) * WAD; w.split_down(r, ratio(r)).unwrap().stakers };
            let (low, high) = (a.min(b).min(999_000_000_000), a.max(b).min(999_000_000_000));
            prop_assert!(of(low) <= of(high) + U256::from(3));
        }
    }
}
