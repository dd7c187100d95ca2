//! A rate a second that is divided by a constant at every epoch: Curve's schedule.
//!
//! * **Equation.** `rate_{k+1} = ⌊rate_k·10^18/d⌋`, `issued(t) = Σ_{k<K} rate_k·E + rate_K·(t - K·E)` with `K = ⌊t/E⌋`.
//! * **Symbols.** `rate` base units a second; `d` the divisor, wad (Curve: `2^(1/4)`); `E` the epoch, seconds (Curve: 365 days).
//! * **Source.** Curve `ERC20CRV` (rule re-stated, systems.md 2.19): `rate₀ = 274,815,283e18/31,536,000`, one day of delay (a contract's
//!   start time, not part of the curve).
//! * **Domain.** At most [`super::MAX_STEPS`] epochs, after which nothing is issued; `d ≥ 1` (10^-18) and sums that fit.
//! * **Rounding.** Each rate down, so the total stays below the ideal curve.
//! * **In the wild.** A rate change that was applied to the time before it, because the rate was read before the epoch was advanced.

use super::MAX_STEPS;
use mintage_math::{MathError, U256, WAD, add, mul, mul_div_down};

/// A rate that falls (or grows) by a constant factor an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometric {
    /// The first epoch's rate, base units a second.
    pub initial_rate: U256,
    /// What the rate is divided by at each epoch, wad.
    pub divisor_wad: U256,
    /// The length of an epoch, seconds, at least 1.
    pub epoch_secs: u64,
    /// How many epochs are issued, 1 to [`super::MAX_STEPS`].
    pub epochs: u32,
}

impl Geometric {
    /// The rate of epoch `epoch`, counted from 0; zero after the last one.
    ///
    /// Errors: a divisor of zero; a rate that does not fit.
    pub fn rate_at(&self, epoch: u32) -> Result<U256, MathError> {
        if epoch >= self.epochs {
            return Ok(U256::ZERO);
        }
        let mut rate = self.initial_rate;
        for _ in 0..epoch.min(MAX_STEPS) {
            rate = self.next(rate)?;
        }
        Ok(rate)
    }

    /// Issued `elapsed_secs` after the start. One step an epoch.
    ///
    /// Errors: an epoch of no length, a divisor of zero, an amount that does not fit.
    ///
    /// ```
    /// use mintage_mechanism::emission::Geometric;
    /// use mintage_math::U256;
    /// let curve = Geometric {
    ///     initial_rate: U256::from(8_714_335_457_889_396_245_u64),
    ///     divisor_wad: U256::from(1_189_207_115_002_721_024_u64),
    ///     epoch_secs: 365 * 86_400,
    ///     epochs: 300,
    /// };
    /// assert_eq!(curve.issued(10), Ok(U256::from(87_143_354_578_893_962_450_u128)));
    /// ```
    pub fn issued(&self, elapsed_secs: u64) -> Result<U256, MathError> {
        if self.epoch_secs == 0 {
            return Err(MathError::DivisionByZero);
        }
        let (mut rate, mut left, mut sum) = (self.initial_rate, elapsed_secs, U256::ZERO);
        for _ in 0..self.epochs.min(MAX_STEPS) {
            let here = left.min(self.epoch_secs);
            sum = add(sum, mul(rate, U256::from(here))?)?;
            left = left.saturating_sub(here);
            if left == 0 || rate.is_zero() {
                break;
            }
            rate = self.next(rate)?;
        }
        Ok(sum)
    }

    fn next(&self, rate: U256) -> Result<U256, MathError> {
        mul_div_down(rate, WAD, self.divisor_wad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{int, wad};
    use proptest::prelude::*;

    const YEAR: u64 = 365 * 86_400;

    fn crv() -> Geometric {
        Geometric {
            initial_rate: wad("274815283") / U256::from(YEAR),
            divisor_wad: int("1189207115002721024"),
            epoch_secs: YEAR,
            epochs: 300,
        }
    }

    #[test]
    fn s2_19_crv_rate_epoch_0_to_3() {
        for (epoch, rate) in [
            (0, "8714335457889396245"),
            (1, "7327853447857530670"),
            (2, "6161965695807970181"),
            (3, "5181574864521283150"),
        ] {
            assert_eq!(crv().rate_at(epoch), Ok(int(rate)));
        }
    }

    #[test]
    fn s2_19_crv_limit_supply() {
        let minted = crv().issued(u64::MAX).unwrap();
        assert_eq!(wad("1303030303") + minted, wad("3030303031.884357064822816"));
        assert_eq!(crv().rate_at(299), Ok(U256::ZERO));
    }

    #[test]
    fn closed_over_epochs_is_the_sum_of_seconds() {
        let small = Geometric {
            initial_rate: U256::from(1_000),
            divisor_wad: wad("1.3"),
            epoch_secs: 5,
            epochs: 9,
        };
        let mut sum = U256::ZERO;
        for second in 0..200u64 {
            assert_eq!(small.issued(second), Ok(sum));
            sum += small.rate_at((second / 5) as u32).unwrap();
        }
    }

    #[test]
    fn errors_and_extremes() {
        assert_eq!(
            Geometric {
                epoch_secs: 0,
                ..crv()
            }
            .issued(1),
            Err(MathError::DivisionByZero)
        );
        assert_eq!(
            Geometric {
                divisor_wad: U256::ZERO,
                ..crv()
            }
            .issued(YEAR + 1),
            Err(MathError::DivisionByZero)
        );
        assert_eq!(
            Geometric {
                initial_rate: U256::MAX,
                ..crv()
            }
            .issued(2),
            Err(MathError::ResultTooLarge)
        );
        // a divisor below one grows until it does not fit
        let grows = Geometric {
            divisor_wad: U256::ONE,
            epochs: 1_000,
            ..crv()
        };
        assert_eq!(grows.issued(u64::MAX), Err(MathError::ResultTooLarge));
    }

    #[test]
    fn a_rate_that_would_not_fit_later_does_not_matter_before() {
        // each epoch a rate 10^18 times as high
        let steep = Geometric {
            initial_rate: U256::ONE << 200,
            divisor_wad: U256::ONE,
            epoch_secs: 10,
            epochs: 5,
        };
        assert_eq!(steep.issued(10), Ok(U256::from(10) << 200));
        assert_eq!(steep.issued(11), Err(MathError::ResultTooLarge));
    }

    proptest! {
        #[test]
        fn prop_monotone_and_below_the_ideal(a in 0u64..YEAR * 40, b in 0u64..YEAR * 40) {
            let (low, high) = (crv().issued(a.min(b)).unwrap(), crv().issued(a.max(b)).unwrap());
            prop_assert!(low <= high);
            // rate0·E/(1 - 1/d) bounds every prefix
            let d = crv().divisor_wad;
            let ideal = mul_div_down(crv().initial_rate * U256::from(YEAR), d, d - WAD).unwrap();
            prop_assert!(high <= ideal);
        }
    }
}
