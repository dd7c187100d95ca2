//! Vote escrow: power that decays to zero at the end of a lock, and the boost that it gives.
//!
//! * **Equation.** `slope = ⌊amount/M⌋`, `power(t) = slope·(end - t)`; globally `bias' = bias - slope·Δt`, and at each week's end the slopes of the locks
//!   that end there go. Boost: `min(b, ⌊40·b/100⌋ + ⌊60·S·v/(V·100)⌋)`.
//! * **Symbols.** `M = 4·365·86,400 = 126,144,000` s; ends on whole weeks; `b` own stake, `S` all stake, `v`, `V` own and all power.
//! * **Source.** Curve `VotingEscrow`, `LiquidityGaugeV2` (rules re-stated, systems.md 2.9).
//! * **Domain.** Locks end in the future and at most `M` ahead.
//! * **Rounding.** Slopes down, ends down to the week, the boost down at each part.
//! * **In the wild.** A global sum nobody had touched for 255 weeks ran out of gas (bound the steps, keep the rest for the next call, as
//!   [`Global::advance`] does); cliffs where years of locks end in one week.

use crate::error::errors;
use mintage_math::{U256, add, div_down, mul, mul_div_down, sub};

/// The longest lock: four years of 365 days, seconds.
pub const MAX_SECS: u64 = 126_144_000;
/// A week, seconds.
pub const WEEK_SECS: u64 = 604_800;

errors! {
    /// Why a lock is refused.
    LockError {
        /// The end, rounded down to the week, is not in the future.
        EndPassed => "the end, rounded down to the week, is not in the future",
        /// The lock is longer than four years.
        TooLong => "the lock is longer than four years",
        /// The new end is not after the old one.
        NotLonger => "the new end is before the old one: a lock may only be extended",
        /// The lock has not ended.
        Locked => "the lock has not ended",
        /// The clock runs backwards.
        Clock => "the time is before the last checkpoint",
        /// There is no lock to add to, or it has ended.
        Expired => "there is no lock, or it has ended: withdraw first",
    }
}

/// An amount locked until a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Base units.
    pub amount: U256,
    /// Seconds, a whole week; zero: none.
    pub end_ts: u64,
}

/// `ts` rounded down to the week.
pub fn week_of(ts: u64) -> u64 {
    ts.checked_div(WEEK_SECS).unwrap_or(0).wrapping_mul(WEEK_SECS)
}

impl Lock {
    /// A new lock.
    ///
    /// Errors: [`LockError::EndPassed`], [`LockError::TooLong`].
    pub fn create(amount: U256, end_ts: u64, now_ts: u64) -> Result<Self, LockError> {
        let end_ts = week_of(end_ts);
        if end_ts <= now_ts {
            return Err(LockError::EndPassed);
        }
        if end_ts.wrapping_sub(now_ts) > MAX_SECS {
            return Err(LockError::TooLong);
        }
        Ok(Self { amount, end_ts })
    }

    /// The lock until a later end.
    ///
    /// Errors: [`LockError::Expired`], [`LockError::NotLonger`]; as [`Self::create`].
    pub fn extend(&self, end_ts: u64, now_ts: u64) -> Result<Self, LockError> {
        if self.end_ts <= now_ts {
            return Err(LockError::Expired);
        }
        let next = Self::create(self.amount, end_ts, now_ts)?;
        if next.end_ts <= self.end_ts {
            Err(LockError::NotLonger)
        } else {
            Ok(next)
        }
    }

    /// The lock with more in it, its end unchanged.
    ///
    /// Errors: [`LockError::Expired`]; a sum that does not fit.
    pub fn increase(&self, more: U256, now_ts: u64) -> Result<Self, LockError> {
        if self.end_ts <= now_ts {
            return Err(LockError::Expired);
        }
        Ok(Self {
            amount: add(self.amount, more)?,
            ..*self
        })
    }

    /// What may be withdrawn: all of it, after the end.
    ///
    /// Error: [`LockError::Locked`].
    pub fn withdraw(&self, now_ts: u64) -> Result<U256, LockError> {
        if now_ts < self.end_ts {
            Err(LockError::Locked)
        } else {
            Ok(self.amount)
        }
    }

    /// What the power loses a second.
    pub fn slope_down(&self) -> U256 {
        div_down(self.amount, U256::from(MAX_SECS)).unwrap_or(U256::ZERO)
    }

    /// The power at a time, zero from the end on.
    ///
    /// Error: a time more than four years before the end of a lock of nearly all there is.
    ///
    /// ```
    /// use mintage_mechanism::vote_escrow::{Lock, MAX_SECS};
    /// use mintage_math::{U256, WAD};
    /// let lock = Lock { amount: WAD * U256::from(1_000), end_ts: MAX_SECS };
    /// assert_eq!(lock.power(0), Ok(U256::from(999_999_999_999_981_504_000_u128)));
    /// ```
    pub fn power(&self, now_ts: u64) -> Result<U256, LockError> {
        Ok(mul(
            self.slope_down(),
            U256::from(self.end_ts.saturating_sub(now_ts)),
        )?)
    }
}

/// The power of all locks together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Global {
    /// The power at `updated_ts`.
    pub bias: U256,
    /// What it loses a second.
    pub slope: U256,
    /// Seconds.
    pub updated_ts: u64,
}

impl Global {
    /// Brought up to `now_ts`, week by week, at most `max_weeks` of them: where that does not suffice, `updated_ts` stays behind, and the next
    /// call goes on. `slope_ending` gives the sum of slopes of the locks that end at a week.
    ///
    /// Errors: [`LockError::Clock`]; more slope ends than there is ([`LockError::Math`]).
    pub fn advance(
        &self,
        now_ts: u64,
        max_weeks: u32,
        mut slope_ending: impl FnMut(u64) -> U256,
    ) -> Result<Self, LockError> {
        if now_ts < self.updated_ts {
            return Err(LockError::Clock);
        }
        let mut state = *self;
        for _ in 0..max_weeks {
            let next_week = week_of(state.updated_ts).saturating_add(WEEK_SECS);
            let until = next_week.min(now_ts);
            let fall = mul(state.slope, U256::from(until.wrapping_sub(state.updated_ts)))?;
            // rounding of many slopes can end below zero; the reference clamps as well
            state.bias = state.bias.saturating_sub(fall);
            state.updated_ts = until;
            if until == next_week {
                state.slope = sub(state.slope, slope_ending(next_week))?;
            }
            if until == now_ts {
                break;
            }
        }
        Ok(state)
    }

    /// With a lock's change counted in. Advance to `now_ts` first. `(state, slope no longer ending at the old end, slope now ending at the new one)`.
    ///
    /// Errors: [`LockError::Clock`]; sums that do not fit.
    pub fn replace(&self, old: Lock, new: Lock, now_ts: u64) -> Result<(Self, U256, U256), LockError> {
        if now_ts != self.updated_ts {
            return Err(LockError::Clock);
        }
        let live = |lock: Lock| {
            if lock.end_ts > now_ts {
                lock.slope_down()
            } else {
                U256::ZERO
            }
        };
        let (old_slope, new_slope) = (live(old), live(new));
        let bias = sub(add(self.bias, new.power(now_ts)?)?, old.power(now_ts)?)?;
        let slope = sub(add(self.slope, new_slope)?, old_slope)?;
        Ok((Self { bias, slope, ..*self }, old_slope, new_slope))
    }
}

/// The boosted stake: 40 % for all, up to 100 % by the share of power.
///
/// Error: products that do not fit.
///
/// ```
/// use mintage_mechanism::vote_escrow::boosted_down;
/// use mintage_math::U256;
/// let n = |v: u64| U256::from(v);
/// assert_eq!(boosted_down(n(1_000), n(10_000), n(250), n(10_000)), Ok(n(550)));
/// ```
pub fn boosted_down(stake: U256, all_stake: U256, power: U256, all_power: U256) -> Result<U256, LockError> {
    let hundred = U256::from(100);
    let base = mul_div_down(stake, U256::from(40), hundred)?;
    if all_power.is_zero() {
        return Ok(base.min(stake));
    }
    let share = mul_div_down(all_stake, power, all_power)?;
    let more = mul_div_down(share, U256::from(60), hundred)?;
    Ok(add(base, more)?.min(stake))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{int, wad};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn s2_9_thousand_for_four_years() {
        let lock = Lock {
            amount: wad("1000"),
            end_ts: MAX_SECS,
        };
        assert_eq!(lock.slope_down(), int("7927447995941"));
        assert_eq!(lock.power(0), Ok(wad("999.999999999981504")));
        assert_eq!(lock.power(MAX_SECS / 2), Ok(wad("499.999999999990752")));
        assert_eq!(lock.power(MAX_SECS), Ok(U256::ZERO));
        assert_eq!(lock.power(u64::MAX), Ok(U256::ZERO));
    }

    #[test]
    fn s2_9_boost() {
        let n = |v: u64| U256::from(v);
        for (power, boosted) in [
            (0, 400),
            (100, 460),
            (250, 550),
            (500, 700),
            (1_000, 1_000),
            (9_000, 1_000),
        ] {
            assert_eq!(
                boosted_down(n(1_000), n(10_000), n(power), n(10_000)),
                Ok(n(boosted))
            );
        }
        assert_eq!(boosted_down(n(1_000), n(10_000), n(0), n(0)), Ok(n(400)));
    }

    #[test]
    fn s2_9_locks_and_weeks() {
        let now = 10 * WEEK_SECS + 5;
        let one = U256::ONE;
        assert_eq!(
            Lock::create(one, now + WEEK_SECS - 6, now),
            Err(LockError::EndPassed)
        );
        assert_eq!(
            Lock::create(one, now + MAX_SECS + WEEK_SECS, now),
            Err(LockError::TooLong)
        );
        let lock = Lock::create(one, now + 3 * WEEK_SECS, now).unwrap();
        assert_eq!(lock.end_ts, 13 * WEEK_SECS);
        assert_eq!(lock.extend(13 * WEEK_SECS + 9, now), Err(LockError::NotLonger));
        assert_eq!(
            lock.extend(14 * WEEK_SECS, 13 * WEEK_SECS),
            Err(LockError::Expired)
        );
        assert_eq!(lock.increase(one, 13 * WEEK_SECS), Err(LockError::Expired));
        assert_eq!(lock.withdraw(13 * WEEK_SECS - 1), Err(LockError::Locked));
        assert_eq!(lock.withdraw(13 * WEEK_SECS), Ok(one));
        assert_eq!(lock.increase(one, now).unwrap().end_ts, lock.end_ts);
    }

    #[test]
    fn s2_9_255_weeks_a_call_and_the_rest_in_the_next() {
        let start = Global {
            bias: wad("1"),
            slope: U256::ONE,
            updated_ts: 0,
        };
        let late = 400 * WEEK_SECS;
        let once = start.advance(late, 255, |_| U256::ZERO).unwrap();
        assert_eq!(once.updated_ts, 255 * WEEK_SECS);
        let twice = once.advance(late, 255, |_| U256::ZERO).unwrap();
        assert_eq!(twice, start.advance(late, 1_000, |_| U256::ZERO).unwrap());
        assert_eq!(twice.advance(late - 1, 1, |_| U256::ZERO), Err(LockError::Clock));
        assert_eq!(
            start.replace(Lock::default(), Lock::default(), 1),
            Err(LockError::Clock)
        );
    }

    #[test]
    fn s2_9_a_lock_of_four_years_to_the_second() {
        let end_ts = 300 * WEEK_SECS;
        let lock = Lock::create(wad("1000"), end_ts, end_ts - MAX_SECS).unwrap();
        assert_eq!(lock.power(end_ts - MAX_SECS), Ok(wad("999.999999999981504")));
        assert_eq!(
            Lock::create(wad("1000"), end_ts, end_ts - MAX_SECS - 1),
            Err(LockError::TooLong)
        );
        let more = lock.increase(wad("500"), end_ts - 1).unwrap();
        assert_eq!((more.amount, more.end_ts), (wad("1500"), end_ts));
    }

    #[test]
    fn s2_9_no_time_changes_nothing_and_an_ended_lock_has_no_slope() {
        let now_ts = 300 * WEEK_SECS;
        let global = Global {
            bias: wad("7"),
            slope: U256::from(3),
            updated_ts: now_ts,
        };
        let advanced = global.advance(now_ts, 255, |_| unreachable!());
        assert_eq!(advanced, Ok(global));
        assert_eq!(
            global.advance(now_ts - 1, 255, |_| U256::ZERO),
            Err(LockError::Clock)
        );
        // its slope left when its week came: it is not taken away once more
        let ended = Lock {
            amount: wad("1000"),
            end_ts: now_ts,
        };
        assert_eq!(
            global.replace(ended, Lock::default(), now_ts),
            Ok((global, U256::ZERO, U256::ZERO))
        );
    }

    proptest! {
        /// Random locks, extensions and checkpoints: the global power is the sum of all users' at every look.
        #[test]
        fn prop_s2_9_sum_of_powers_is_the_global(steps in prop::collection::vec((0usize..5, 0u64..3 * WEEK_SECS, 1u128..1 << 100, 1u64..200, any::<bool>()), 1..40)) {
            let (mut locks, mut ending) = ([Lock::default(); 5], BTreeMap::<u64, U256>::new());
            let (mut global, mut now) = (Global::default(), 0u64);
            for (who, gap, amount, weeks, extends) in steps {
                now += gap;
                global = global.advance(now, 10_000, |week| ending.get(&week).copied().unwrap_or_default()).unwrap();
                let old = locks[who];
                let made = if old.end_ts <= now { Lock::create(U256::from(amount), now + weeks * WEEK_SECS, now) }
                    else if extends { old.extend(now + weeks * WEEK_SECS, now) } else { old.increase(U256::from(amount), now) };
                if let Ok(new) = made {
                    let (next, gone, come) = global.replace(old, new, now).unwrap();
                    *ending.entry(old.end_ts).or_default() -= gone;
                    *ending.entry(new.end_ts).or_default() += come;
                    (global, locks[who]) = (next, new);
                }
                let sum = locks.iter().map(|l| l.power(now).unwrap()).fold(U256::ZERO, |a, b| a + b);
                prop_assert_eq!(global.bias, sum);
            }
        }

        #[test]
        fn prop_boost_is_one_to_two_and_a_half(stake in 5u64..u64::MAX, all in any::<u64>(), v in any::<u64>(), all_v in any::<u64>()) {
            let stake = U256::from(stake);
            let b = boosted_down(stake, U256::from(all), U256::from(v), U256::from(all_v)).unwrap();
            prop_assert!(b <= stake && b >= stake * U256::from(40) / U256::from(100));
        }
    }
}
