//! A linear programme, then a constant amount a period for ever.
//!
//! * **Equation.** `issued(t) = ⌊A·min(t, D)/D⌋ + ⌊a·max(t - D, 0)/P⌋`.
//! * **Symbols.** `A` the programme, base units, over `D` seconds; `a` the tail, base units a period of `P` seconds.
//! * **Source.** Monero's tail emission, 0.6 XMR a block of two minutes (systems.md 2.19): a security budget that does not end, at a
//!   rate of inflation that falls towards zero because the supply grows.
//! * **Domain.** `D ≥ 0` (zero: only the tail), `P ≥ 1`; amounts that fit.
//! * **Rounding.** Down, each part.
//! * **In the wild.** A supply "without inflation" whose miners or stakers are then paid by fees alone, which fluctuate (Bitcoin's open question); a tail fixes what
//!   security is paid and lets its share fall.

use mintage_math::{MathError, U256, add, mul_div_down};

/// A programme with a tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// What is issued before the tail, base units.
    pub programme: U256,
    /// How long that takes, seconds; zero: there is only the tail, and `programme` is issued at once.
    pub duration_secs: u64,
    /// What the tail issues in a period, base units.
    pub tail: U256,
    /// The period, seconds, at least 1.
    pub period_secs: u64,
}

impl Tail {
    /// Issued `elapsed_secs` after the start.
    ///
    /// Errors: a period of no length; an amount that does not fit.
    ///
    /// ```
    /// use mintage_mechanism::emission::Tail;
    /// use mintage_math::U256;
    /// // Monero's tail alone, in its 10^-12 units: 157,680 coins in a year of 365 days
    /// let monero = Tail { programme: U256::ZERO, duration_secs: 0, tail: U256::from(600_000_000_000_u64), period_secs: 120 };
    /// assert_eq!(monero.issued(365 * 86_400), Ok(U256::from(157_680_000_000_000_000_u64)));
    /// ```
    pub fn issued(&self, elapsed_secs: u64) -> Result<U256, MathError> {
        let period = U256::from(self.period_secs);
        if elapsed_secs < self.duration_secs {
            return mul_div_down(
                self.programme,
                U256::from(elapsed_secs),
                U256::from(self.duration_secs),
            );
        }
        let beyond = U256::from(elapsed_secs.saturating_sub(self.duration_secs));
        add(self.programme, mul_div_down(self.tail, beyond, period)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn s2_19_monero_tail() {
        let reward = U256::from(600_000_000_000_u64);
        let tail = Tail {
            programme: U256::from(1_000),
            duration_secs: 100,
            tail: reward,
            period_secs: 120,
        };
        assert_eq!(tail.issued(99), Ok(U256::from(990)));
        assert_eq!(tail.issued(100), Ok(U256::from(1_000)));
        assert_eq!(tail.issued(220), Ok(U256::from(1_000) + reward));
        assert_eq!(
            Tail {
                period_secs: 0,
                ..tail
            }
            .issued(100),
            Err(MathError::DivisionByZero)
        );
    }

    proptest! {
        #[test]
        fn prop_monotone(programme in any::<u64>(), duration_secs in any::<u64>(), tail in any::<u64>(),
                         period_secs in 1u64.., a in any::<u64>(), b in any::<u64>()) {
            let s = Tail { programme: U256::from(programme), duration_secs, tail: U256::from(tail), period_secs };
            prop_assert!(s.issued(a.min(b)).unwrap() <= s.issued(a.max(b)).unwrap());
        }
    }
}
