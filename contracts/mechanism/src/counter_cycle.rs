//! Buying more when the price has fallen and issuing less when it is rough, with a state machine that does not flicker.
//!
//! * **Equation.** `z = max(σ_fast/σ_slow - 1, 0)`, `d = max(MA - P, 0)/MA`; `lot = ⌊base·min(1 + a·d, m)⌋` while `σ ≤ σ_halt`, else 0;
//!   `emission' = ⌊emission/(1 + b·z)⌋`. States: normal, stressed (`z ≥ enter`), halted (`σ > σ_halt`); a state is left only after its dwell
//!   and, downwards, only when the signal is below its exit level, which lies under the entry level.
//! * **Symbols.** `σ` annual volatility, `z`, `d`, `a`, `b`, `m` wad; `P`, `MA` prices, wad; dwell seconds.
//! * **Source.** No single canon (systems.md 2.29): Olympus' price side, Algebra's volatility side, composed.
//! * **Domain.** `σ_slow > 0`, `MA > 0`; `exit ≤ enter`.
//! * **Rounding.** `d` and `z` down for the lot (spends less), `z` up for the emission (issues less); results down.
//! * **In the wild.** Pro-cyclical rules that sold into their own fall; a measure that wash trades could move. Clip returns, use a TWAP, and let
//!   no stale price act.

use crate::error::errors;
use mintage_math::{U256, WAD, add, mul_div_down, mul_div_up, wad_mul_down, wad_mul_up};

errors! {
    /// Why there is no signal.
    CycleError {
        /// The slow volatility or the moving average is zero.
        NoReference => "the slow volatility or the moving average is zero: nothing to compare with",
        /// An exit level is above its entry level.
        Hysteresis => "an exit level is above its entry level",
    }
}

/// How much faster than usual the price moves, wad: `max(fast/slow - 1, 0)`, rounded down (`up`: rounded up).
///
/// Error: [`CycleError::NoReference`].
pub fn stress_wad(fast_wad: U256, slow_wad: U256, up: bool) -> Result<U256, CycleError> {
    if slow_wad.is_zero() {
        return Err(CycleError::NoReference);
    }
    let ratio = if up {
        mul_div_up(fast_wad, WAD, slow_wad)
    } else {
        mul_div_down(fast_wad, WAD, slow_wad)
    };
    Ok(ratio.unwrap_or(U256::MAX).saturating_sub(WAD))
}

/// How far the price is below its average, wad, rounded down; zero at or above it.
///
/// Error: [`CycleError::NoReference`].
pub fn drawdown_wad_down(price_wad: U256, average_wad: U256) -> Result<U256, CycleError> {
    if average_wad.is_zero() {
        return Err(CycleError::NoReference);
    }
    Ok(mul_div_down(
        average_wad.saturating_sub(price_wad),
        WAD,
        average_wad,
    )?)
}

/// The lot: nothing without a drawdown, more the deeper it is, nothing while halted.
///
/// `slope_wad` is `a`, `most_wad` is `m ≥ 1`.
///
/// Errors: an amount that does not fit.
///
/// ```
/// use mintage_mechanism::counter_cycle::lot_down;
/// use mintage_math::{U256, WAD};
/// let half = WAD / U256::from(2);
/// // 20 % below the average, slope 3: 1.6 times the base
/// let d = WAD / U256::from(5);
/// assert_eq!(lot_down(U256::from(1_000), d, WAD * U256::from(3), WAD * U256::from(2), half, WAD), Ok(U256::from(1_600)));
/// ```
pub fn lot_down(
    base: U256,
    drawdown_wad: U256,
    slope_wad: U256,
    most_wad: U256,
    sigma_wad: U256,
    halt_wad: U256,
) -> Result<U256, CycleError> {
    if drawdown_wad.is_zero() || sigma_wad > halt_wad {
        return Ok(U256::ZERO);
    }
    let factor = wad_mul_down(slope_wad, drawdown_wad)
        .and_then(|more| add(WAD, more))
        .unwrap_or(U256::MAX);
    Ok(wad_mul_down(base, factor.min(most_wad))?)
}

/// The emission under stress: `⌊emission/(1 + b·z)⌋`.
///
/// Errors: never an overflow: a divisor that does not fit counts as the largest.
pub fn damped_emission_down(emission: U256, stress_wad: U256, slope_wad: U256) -> Result<U256, CycleError> {
    let divisor = wad_mul_up(slope_wad, stress_wad)
        .and_then(|more| add(WAD, more))
        .unwrap_or(U256::MAX);
    Ok(mul_div_down(emission, WAD, divisor)?)
}

/// How rough the market is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Regime {
    /// Business as usual.
    #[default]
    Normal,
    /// Faster than usual: emission is damped.
    Stressed,
    /// Too rough to act.
    Halted,
}

/// When a regime is entered and left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegimeRules {
    /// The stress that enters stressed, wad.
    pub stress_enter: U256,
    /// The stress below which stressed is left, wad, at most `stress_enter`.
    pub stress_exit: U256,
    /// The volatility above which it halts, wad.
    pub halt_enter: U256,
    /// The volatility below which halted is left, wad, at most `halt_enter`.
    pub halt_exit: U256,
    /// The least time in a regime before it is left for a calmer one, seconds. A rougher one is entered at once.
    pub dwell_secs: u64,
}

/// A regime and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegimeState {
    /// The regime.
    pub regime: Regime,
    /// Since when, seconds.
    pub since_ts: u64,
}

impl RegimeRules {
    /// The state after a fresh reading; `None` (a stale oracle) changes nothing.
    ///
    /// A rougher regime is entered at once; a calmer one only after the dwell, and only when the signal is below the exit level.
    ///
    /// Error: [`CycleError::Hysteresis`].
    pub fn next(
        &self,
        state: RegimeState,
        reading: Option<(U256, U256)>,
        now_ts: u64,
    ) -> Result<RegimeState, CycleError> {
        if self.stress_exit > self.stress_enter || self.halt_exit > self.halt_enter {
            return Err(CycleError::Hysteresis);
        }
        let Some((stress, sigma)) = reading else {
            return Ok(state);
        };
        let halted = sigma > self.halt_enter || (state.regime == Regime::Halted && sigma >= self.halt_exit);
        let stressed =
            stress >= self.stress_enter || (state.regime >= Regime::Stressed && stress >= self.stress_exit);
        let wanted = match (halted, stressed) {
            (true, _) => Regime::Halted,
            (false, true) => Regime::Stressed,
            (false, false) => Regime::Normal,
        };
        let rested = now_ts.saturating_sub(state.since_ts) >= self.dwell_secs;
        if wanted > state.regime || (wanted < state.regime && rested) {
            return Ok(RegimeState {
                regime: wanted,
                since_ts: now_ts,
            });
        }
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    fn rules() -> RegimeRules {
        RegimeRules {
            stress_enter: wad("0.5"),
            stress_exit: wad("0.2"),
            halt_enter: wad("2"),
            halt_exit: wad("1.5"),
            dwell_secs: 3_600,
        }
    }

    #[test]
    fn s2_29_signals() {
        assert_eq!(stress_wad(wad("1.2"), wad("0.8"), false), Ok(wad("0.5")));
        assert_eq!(stress_wad(wad("0.5"), wad("0.8"), false), Ok(U256::ZERO));
        assert_eq!(stress_wad(U256::MAX, U256::ONE, false).unwrap(), U256::MAX - WAD);
        assert_eq!(drawdown_wad_down(wad("80"), wad("100")), Ok(wad("0.2")));
        assert_eq!(drawdown_wad_down(wad("120"), wad("100")), Ok(U256::ZERO));
        assert_eq!(
            drawdown_wad_down(wad("1"), U256::ZERO),
            Err(CycleError::NoReference)
        );
    }

    #[test]
    fn s2_29_no_buyback_above_the_average_nor_when_halted() {
        let lot = |d: &str, sigma: &str| {
            lot_down(wad("100"), wad(d), wad("5"), wad("3"), wad(sigma), wad("2")).unwrap()
        };
        assert_eq!(lot("0", "1"), U256::ZERO);
        assert_eq!(lot("0.1", "1"), wad("150"));
        assert_eq!(lot("0.9", "1"), wad("300"));
        assert_eq!(lot("0.9", "2.1"), U256::ZERO);
    }

    #[test]
    fn s2_29_hysteresis_and_dwell() {
        let at = |regime, since_ts| RegimeState { regime, since_ts };
        let read = |stress: &str, sigma: &str| Some((wad(stress), wad(sigma)));
        let s = rules().next(at(Regime::Normal, 0), read("0.5", "1"), 10).unwrap();
        assert_eq!(s, at(Regime::Stressed, 10));
        // between exit and entry: stays, also after the dwell
        assert_eq!(rules().next(s, read("0.3", "1"), 99_999), Ok(s));
        // below the exit, but not rested
        assert_eq!(rules().next(s, read("0", "1"), 3_609), Ok(s));
        assert_eq!(
            rules().next(s, read("0", "1"), 3_610),
            Ok(at(Regime::Normal, 3_610))
        );
        // rougher at once
        let h = rules().next(s, read("0", "2.1"), 11).unwrap();
        assert_eq!(h, at(Regime::Halted, 11));
        assert_eq!(rules().next(h, read("0", "1.6"), 99_999), Ok(h));
        assert_eq!(
            rules().next(h, read("0.3", "1"), 99_999),
            Ok(at(Regime::Stressed, 99_999))
        );
        // a dead oracle changes nothing
        assert_eq!(rules().next(h, None, 99_999), Ok(h));
        let wrong = RegimeRules {
            stress_exit: wad("0.6"),
            ..rules()
        };
        assert_eq!(wrong.next(h, None, 0), Err(CycleError::Hysteresis));
    }

    #[test]
    fn s2_29_the_volatility_may_reach_the_level_that_halts() {
        let lot = |sigma| lot_down(wad("100"), wad("0.1"), wad("5"), wad("3"), sigma, wad("2")).unwrap();
        assert_eq!(lot(wad("2")), wad("150"));
        assert_eq!(lot(wad("2") + U256::ONE), U256::ZERO);
    }

    #[test]
    fn s2_29_stress_damps_the_emission() {
        let emission = |stress| damped_emission_down(wad("90"), wad(stress), wad("4")).unwrap();
        assert_eq!(emission("0"), wad("90"));
        // divided by 1 + 4·0.5
        assert_eq!(emission("0.5"), wad("30"));
        assert_eq!(
            damped_emission_down(wad("90"), U256::MAX, wad("4")),
            Ok(U256::ZERO)
        );
    }

    #[test]
    fn s2_29_levels_of_entry_and_exit_may_be_the_same_but_not_crossed() {
        let reading = Some((U256::ZERO, wad("2")));
        let calm = RegimeState::default();
        let same = RegimeRules {
            stress_exit: wad("0.5"),
            halt_exit: wad("2"),
            ..rules()
        };
        // a volatility of just the level that halts does not halt yet
        assert_eq!(same.next(calm, reading, 1), Ok(calm));
        let crossed = RegimeRules {
            halt_exit: wad("2") + U256::ONE,
            ..rules()
        };
        assert_eq!(crossed.next(calm, reading, 1), Err(CycleError::Hysteresis));
    }

    proptest! {
        #[test]
        fn prop_s2_29_lot_rises_with_drawdown_and_emission_falls_with_stress(base in 0u128.., a in any_u256(), b in any_u256(), slope in any_u256(), most in 0u128..) {
            let (base, most) = (U256::from(base), U256::from(most));
            let lot = |d: U256| lot_down(base, d, slope, most, U256::ZERO, U256::ZERO).unwrap();
            prop_assert!(lot(a.min(b)) <= lot(a.max(b)));
            let emission = |z: U256| damped_emission_down(base, z, slope).unwrap();
            prop_assert!(emission(a.max(b)) <= emission(a.min(b)));
            prop_assert!(emission(a) <= base);
        }

        #[test]
        fn prop_s2_29_no_oscillation_within_the_dwell(readings in prop::collection::vec((0u64..3_000, 0u64..3_000, 0u64..2_000), 1..60)) {
            let (mut state, mut now) = (RegimeState::default(), 0u64);
            for (stress, sigma, gap) in readings {
                now += gap;
                let milli = WAD / U256::from(1_000);
                let next = rules().next(state, Some((U256::from(stress) * milli, U256::from(sigma) * milli)), now).unwrap();
                if next.regime < state.regime { prop_assert!(now - state.since_ts >= 3_600); }
                state = next;
            }
        }
    }
}
