//! A total that is approached exponentially: Liquity's schedule.
//!
//! * **Equation.** `issued(t) = ⌊A·(1 - F^n)⌋`, `n = ⌊t/step⌋`, `F^n` by squaring in wad, half up per multiplication.
//! * **Symbols.** `A` the total, base units; `F` the factor of a step, wad, below one; `step` seconds (Liquity: a minute).
//! * **Source.** Liquity `CommunityIssuance`, `LiquityMath._decPow` (rule re-stated, systems.md 2.19): 32 M, `F = 0.999998681227695`,
//!   which is half a year's worth of one half: `F^525600 = 1/2`.
//! * **Domain.** `F ≤ 1`; every `t` (the reference clamps at a thousand years of minutes, where `F^n` is zero for any real factor).
//! * **Rounding.** The power half up, the product down.
//! * **In the wild.** Issuance as a sum of rounded increments drifts with the number of calls. This is the curve itself.

use mintage_math::{MathError, U256, WAD, rpow_wad, sub, wad_mul_down};

/// A total approached exponentially.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exponential {
    /// What is never quite issued, base units.
    pub total: U256,
    /// What remains of the rest after a step, wad, at most 10^18.
    pub factor_wad: U256,
    /// The length of a step, seconds, at least 1.
    pub step_secs: u64,
}

/// A thousand years of minutes: the reference's clamp.
const MAX_EXPONENT: u64 = 525_600_000;

impl Exponential {
    /// Issued `elapsed_secs` after the start. About 60 multiplications at most.
    ///
    /// Errors: a step of no length; a factor above one.
    ///
    /// ```
    /// use mintage_mechanism::emission::Exponential;
    /// use mintage_math::{U256, WAD};
    /// let liquity = Exponential {
    ///     total: WAD * U256::from(32_000_000),
    ///     factor_wad: U256::from(999_998_681_227_695_000_u64),
    ///     step_secs: 60,
    /// };
    /// // about half in the first year
    /// let year = liquity.issued(365 * 86_400).unwrap();
    /// assert_eq!(year / WAD, U256::from(15_999_999));
    /// ```
    pub fn issued(&self, elapsed_secs: u64) -> Result<U256, MathError> {
        let steps = elapsed_secs
            .checked_div(self.step_secs)
            .ok_or(MathError::DivisionByZero)?;
        let rest = rpow_wad(self.factor_wad, steps.min(MAX_EXPONENT))?;
        wad_mul_down(self.total, sub(WAD, rest)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{int, wad};
    use proptest::prelude::*;

    const MINUTE: u64 = 60;
    const DAY: u64 = 86_400;

    fn lqty() -> Exponential {
        Exponential {
            total: wad("32000000"),
            factor_wad: int("999998681227695000"),
            step_secs: MINUTE,
        }
    }

    /// Rounded to `places` decimals, as systems.md prints it.
    fn printed(amount: U256, places: usize) -> U256 {
        let unit = U256::from(10u64).pow(U256::from(18 - places));
        (amount + unit / U256::from(2)) / unit * unit
    }

    #[test]
    fn s2_19_lqty_issued() {
        let issued = |secs| lqty().issued(secs).unwrap();
        assert_eq!(printed(issued(3_600), 3), wad("2531.944"));
        assert_eq!(printed(issued(30 * DAY), 3), wad("1772113.219"));
        assert_eq!(printed(issued(365 * DAY), 7), wad("15999999.9999995"));
        assert_eq!(printed(issued(730 * DAY), 7), wad("23999999.9999995"));
    }

    #[test]
    fn errors_and_extremes() {
        assert_eq!(lqty().issued(0), Ok(U256::ZERO));
        assert_eq!(lqty().issued(59), Ok(U256::ZERO));
        assert_eq!(lqty().issued(u64::MAX), Ok(wad("32000000")));
        assert_eq!(
            Exponential {
                step_secs: 0,
                ..lqty()
            }
            .issued(1),
            Err(MathError::DivisionByZero)
        );
        let grows = Exponential {
            factor_wad: WAD + U256::ONE,
            ..lqty()
        };
        assert_eq!(grows.issued(DAY), Err(MathError::ResultNegative));
    }

    proptest! {
        #[test]
        fn prop_monotone_and_bounded(a in 0u64..20 * 365 * DAY, b in 0u64..20 * 365 * DAY) {
            let (low, high) = (lqty().issued(a.min(b)).unwrap(), lqty().issued(a.max(b)).unwrap());
            prop_assert!(low <= high && high <= lqty().total);
        }
    }
}
