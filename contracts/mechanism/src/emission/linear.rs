//! The same amount in every second until the end.
//!
//! * **Equation.** `issued(t) = ⌊A·min(t, D)/D⌋`.
//! * **Symbols.** `A` the total, base units; `D` the duration, seconds.
//! * **Source.** The plainest of published token release tables; OpenZeppelin `VestingWallet` (systems.md 2.16, 2.19).
//! * **Domain.** `D ≥ 1`; every `A`.
//! * **Rounding.** Down, exact at the end.
//! * **In the wild.** Synthetix' rewards spread `⌊A/D⌋` a second and never pay the remainder; a cumulative line pays all of it.

use mintage_math::{MathError, U256, mul_div_down};

/// A total over a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    /// What is issued in the end, base units.
    pub total: U256,
    /// How long it takes, seconds, at least 1.
    pub duration_secs: u64,
}

impl Linear {
    /// Issued `elapsed_secs` after the start.
    ///
    /// ```
    /// use mintage_mechanism::emission::Linear;
    /// use mintage_math::U256;
    /// let year = Linear { total: U256::from(1_000), duration_secs: 31_536_000 };
    /// assert_eq!(year.issued(15_768_000), Ok(U256::from(500)));
    /// assert_eq!(year.issued(u64::MAX), Ok(U256::from(1_000)));
    /// ```
    pub fn issued(&self, elapsed_secs: u64) -> Result<U256, MathError> {
        if elapsed_secs >= self.duration_secs {
            return Ok(self.total);
        }
        mul_div_down(
            self.total,
            U256::from(elapsed_secs),
            U256::from(self.duration_secs),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s2_19_a_line_is_exact_at_its_end_and_stays_there() {
        let line = Linear {
            total: U256::from(1_000),
            duration_secs: 300,
        };
        for (elapsed_secs, issued) in [(0, 0), (1, 3), (299, 996), (300, 1_000), (u64::MAX, 1_000)] {
            assert_eq!(line.issued(elapsed_secs), Ok(U256::from(issued)));
        }
        // the largest total does not overflow on its way
        let all = Linear {
            total: U256::MAX,
            duration_secs: 2,
        };
        assert_eq!(all.issued(1), Ok(U256::MAX >> 1));
    }
}
