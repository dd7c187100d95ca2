//! A bucket that refills with time and bounds what a role can move.
//!
//! * **Equation.** `available(t) = min(C, available(t₀) + R·(t - t₀)/P)`; a draw of `a ≤ available` subtracts `a`.
//! * **Symbols.** `C` capacity, base units; `R` refill a period, base units; `P` the period, seconds; `t` seconds.
//! * **Source.** Fei/Tribe `RateLimited`; ERC-7281 (xERC20) mint and burn limits; treasury spending (systems.md 2.31, 2.48).
//! * **Domain.** `P > 0`, `C·P < 2^256`; time never runs backwards (an earlier `t` counts as no time passed).
//! * **Rounding.** What is available rounds down. Nothing is lost to rounding between calls: the stored number is kept in
//!   `1/P` units, so that a thousand looks or draws leave the same bucket as one (the reference drops a fraction of a unit at
//!   each call, which lets anyone starve a slow bucket by poking it every second).
//! * **In the wild.** Minter keys without a limit (Cover, Gala); xERC20's own bucket lets `C + R` leave within one period, twice the
//!   limit that its name suggests. For a strict limit `L` in any period choose `C + R ≤ L` ([`RateBucket::strict`]).

use core::num::NonZeroU32;

use crate::error::errors;
use mintage_math::{MathError, U256, add, div_rem_u32, div_up, divide, give, mul_u64, multiply, take};

errors! {
    /// Why a draw is refused or a bucket cannot exist.
    BucketError {
        /// More was asked for than the bucket holds.
        TooMuch => "the amount is above what the bucket holds: wait for the refill",
        /// The period is zero.
        ZeroPeriod => "the period of a bucket must be at least one second",
    }
}

/// The parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateBucket {
    /// The most that the bucket holds, base units.
    pub capacity: U256,
    /// What flows into it in a period, base units.
    pub refill: U256,
    /// The period, seconds.
    pub period_secs: u32,
}

/// What changes: how much of the capacity is used, and when that was so. All zero is a full bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketState {
    /// The used part, in base units times seconds of the period.
    pub used_scaled: U256,
    /// The time of that, seconds.
    pub updated_ts: u64,
}

impl RateBucket {
    /// A bucket that never lets more than `limit` through in any `period_secs`: half of it capacity, half refill.
    pub fn strict(limit: U256, period_secs: u32) -> Self {
        let half = limit.wrapping_shr(1);
        Self {
            capacity: half,
            refill: half,
            period_secs,
        }
    }

    /// The state at `now_ts`, refilled.
    ///
    /// Errors: a period of zero; a capacity so large that it does not fit 256 bits times the period.
    pub fn settle(&self, state: BucketState, now_ts: u64) -> Result<BucketState, BucketError> {
        if self.period_secs == 0 {
            return Err(BucketError::ZeroPeriod);
        }
        Ok(self.settled(&state, now_ts))
    }

    /// [`Self::settle`] of a bucket whose period is known not to be zero.
    #[inline(never)]
    fn settled(&self, state: &BucketState, now_ts: u64) -> BucketState {
        let mut used_scaled = state.used_scaled;
        let mut refilled = self.refill;
        // a refill that does not fit 256 bits is certainly enough
        if !multiply(&mut refilled, now_ts.saturating_sub(state.updated_ts))
            || !take(&mut used_scaled, &refilled)
        {
            used_scaled = U256::ZERO;
        }
        BucketState {
            used_scaled,
            updated_ts: now_ts.max(state.updated_ts),
        }
    }

    /// What may be drawn at `now_ts`.
    ///
    /// Errors: as [`Self::settle`].
    pub fn available(&self, state: BucketState, now_ts: u64) -> Result<U256, BucketError> {
        let period = NonZeroU32::new(self.period_secs).ok_or(BucketError::ZeroPeriod)?;
        let mut used = self.settled(&state, now_ts).used_scaled;
        // rounded up: what is used of a unit is the whole unit
        let unit = U256::from(self.period_secs.wrapping_sub(1));
        let mut available = self.capacity;
        let there = give(&mut used, &unit) && {
            divide(&mut used, period);
            take(&mut available, &used)
        };
        Ok(if there { available } else { U256::ZERO })
    }

    /// Draws `amount` at `now_ts` and returns the state after it.
    ///
    /// Errors: [`BucketError::TooMuch`]; as [`Self::settle`].
    ///
    /// ```
    /// use mintage_mechanism::rate_bucket::{BucketError, BucketState, RateBucket};
    /// use mintage_math::U256;
    /// let bucket = RateBucket { capacity: U256::from(1_000), refill: U256::from(1_000), period_secs: 86_400 };
    /// let drawn = bucket.draw(BucketState::default(), U256::from(1_000), 1_000_000).unwrap();
    /// assert_eq!(bucket.draw(drawn, U256::ONE, 1_000_000), Err(BucketError::TooMuch));
    /// // half a day later half of it is back
    /// assert_eq!(bucket.available(drawn, 1_000_000 + 43_200), Ok(U256::from(500)));
    /// ```
    pub fn draw(&self, state: BucketState, amount: U256, now_ts: u64) -> Result<BucketState, BucketError> {
        if self.period_secs == 0 {
            return Err(BucketError::ZeroPeriod);
        }
        let period = u64::from(self.period_secs);
        let mut settled = self.settled(&state, now_ts);
        // amount ≤ C - ⌈used/P⌉ exactly when used ≤ (C - amount)·P, which needs no division
        let mut room = self.capacity;
        if !take(&mut room, &amount) {
            return Err(BucketError::TooMuch);
        }
        // room that does not fit 256 bits is certainly enough
        if multiply(&mut room, period) && !take(&mut room, &settled.used_scaled) {
            return Err(BucketError::TooMuch);
        }
        let mut scaled = amount;
        if !multiply(&mut scaled, period) || !give(&mut settled.used_scaled, &scaled) {
            return Err(BucketError::Math(MathError::ResultTooLarge));
        }
        Ok(settled)
    }

    /// Gives `amount` back, at most up to a full bucket: a burn that undoes a mint.
    ///
    /// Errors: as [`Self::settle`].
    pub fn give_back(
        &self,
        state: BucketState,
        amount: U256,
        now_ts: u64,
    ) -> Result<BucketState, BucketError> {
        let settled = self.settle(state, now_ts)?;
        let returned = mul_u64(amount, u64::from(self.period_secs)).unwrap_or(U256::MAX);
        Ok(BucketState {
            used_scaled: settled.used_scaled.saturating_sub(returned),
            ..settled
        })
    }

    /// The state carried over to `next`'s parameters at `now_ts`: what was used stays used. A lower capacity leaves less,
    /// perhaps nothing; a higher one leaves what it adds.
    ///
    /// Errors: as [`Self::settle`], for both.
    pub fn change_to(
        &self,
        next: &Self,
        state: BucketState,
        now_ts: u64,
    ) -> Result<BucketState, BucketError> {
        let settled = self.settle(state, now_ts)?;
        if next.period_secs == 0 {
            return Err(BucketError::ZeroPeriod);
        }
        if next.period_secs == self.period_secs {
            return Ok(settled);
        }
        // the used amount, rounded up, in the new period's units
        let used = self.periods_up(settled.used_scaled)?;
        Ok(BucketState {
            used_scaled: mul_u64(used, u64::from(next.period_secs))?,
            ..settled
        })
    }

    /// How many seconds until `amount` is available; `None`: never. Rounded up.
    ///
    /// Errors: as [`Self::settle`].
    pub fn secs_until(
        &self,
        state: BucketState,
        amount: U256,
        now_ts: u64,
    ) -> Result<Option<u64>, BucketError> {
        let settled = self.settle(state, now_ts)?;
        let Some(may_be_used) = self.capacity.checked_sub(amount) else {
            return Ok(None);
        };
        let allowed = mul_u64(may_be_used, u64::from(self.period_secs))?;
        let Some(missing) = settled.used_scaled.checked_sub(allowed) else {
            return Ok(Some(0));
        };
        if missing.is_zero() {
            return Ok(Some(0));
        }
        if self.refill.is_zero() {
            return Ok(None);
        }
        Ok(u64::try_from(div_up(missing, self.refill)?).ok())
    }

    /// The most that can leave within `secs` from now on, whatever the state: `C + ⌊R·secs/P⌋`.
    ///
    /// Errors: a period of zero, an amount that does not fit.
    pub fn most_within(&self, secs: u64) -> Result<U256, BucketError> {
        let period = NonZeroU32::new(self.period_secs).ok_or(BucketError::ZeroPeriod)?;
        let refill = div_rem_u32(mul_u64(self.refill, secs)?, period).0;
        Ok(add(self.capacity, refill)?)
    }

    /// A scaled amount in base units, rounded up.
    fn periods_up(&self, scaled: U256) -> Result<U256, BucketError> {
        let period = NonZeroU32::new(self.period_secs).ok_or(BucketError::ZeroPeriod)?;
        let (whole, rest) = div_rem_u32(scaled, period);
        Ok(if rest == 0 { whole } else { add(whole, U256::ONE)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: u64 = 86_400;
    const DAY_SECS: u32 = 86_400;

    fn bucket(capacity: u128, refill: u128) -> RateBucket {
        RateBucket {
            capacity: U256::from(capacity),
            refill: U256::from(refill),
            period_secs: DAY_SECS,
        }
    }

    #[test]
    fn s2_31_refill_stops_at_the_capacity() {
        let b = bucket(500, 1_000);
        let s = b.draw(BucketState::default(), U256::from(500), 0).unwrap();
        assert_eq!(b.available(s, DAY / 4), Ok(U256::from(250)));
        assert_eq!(b.available(s, DAY / 2), Ok(U256::from(500)));
        assert_eq!(b.available(s, u64::MAX), Ok(U256::from(500)));
        assert_eq!(b.available(s, 0), Ok(U256::ZERO));
    }

    #[test]
    fn s2_48_what_a_bucket_lets_through_in_a_day() {
        // the reference's parameters let nearly twice the limit through within 24 hours …
        let b = bucket(1_000, 1_000);
        let s = b.draw(BucketState::default(), U256::from(1_000), 0).unwrap();
        assert!(b.draw(s, U256::from(999), DAY - 1).is_ok());
        assert_eq!(b.most_within(DAY), Ok(U256::from(2_000)));
        // … the strict ones do not
        assert_eq!(
            RateBucket::strict(U256::from(1_000), DAY_SECS).most_within(DAY),
            Ok(U256::from(1_000))
        );
    }

    #[test]
    fn poking_a_slow_bucket_does_not_starve_it() {
        // one unit a day: at one poke a second the reference would never refill
        let b = bucket(1, 1);
        let mut s = b.draw(BucketState::default(), U256::ONE, 0).unwrap();
        for now in 1..=DAY {
            assert_eq!(b.available(s, now).unwrap().is_zero(), now < DAY);
            s = b.settle(s, now).unwrap();
        }
    }

    #[test]
    fn lowering_and_raising_keep_what_was_used() {
        let (wide, narrow) = (bucket(1_000, 100), bucket(300, 100));
        let s = wide.draw(BucketState::default(), U256::from(400), 0).unwrap();
        let s = wide.change_to(&narrow, s, 0).unwrap();
        assert_eq!(narrow.available(s, 0), Ok(U256::ZERO));
        assert_eq!(narrow.available(s, DAY), Ok(U256::ZERO));
        assert_eq!(narrow.available(s, 2 * DAY), Ok(U256::from(100)));
        let hourly = RateBucket {
            period_secs: 3_600,
            ..wide
        };
        let s = wide.change_to(&hourly, s, 0).unwrap();
        assert_eq!(hourly.available(s, 0), Ok(U256::from(600)));
    }

    #[test]
    fn edges() {
        let broken = RateBucket {
            period_secs: 0,
            ..bucket(1, 1)
        };
        assert_eq!(
            broken.draw(BucketState::default(), U256::ZERO, 0),
            Err(BucketError::ZeroPeriod)
        );
        let b = bucket(10, 10);
        let later = b.draw(BucketState::default(), U256::from(10), 100).unwrap();
        // a clock that runs backwards refills nothing and does not move the state back
        assert_eq!(b.settle(later, 50), Ok(later));
        assert_eq!(b.draw(later, U256::ZERO, 100), Ok(later));
        assert_eq!(
            bucket(u128::MAX, u128::MAX).available(later, u64::MAX),
            Ok(U256::from(u128::MAX))
        );
        assert_eq!(
            b.give_back(later, U256::MAX, 100).unwrap().used_scaled,
            U256::ZERO
        );
    }

    #[test]
    fn s2_48_a_burn_gives_back_what_a_mint_took() {
        let b = bucket(1_000, 0);
        let s = b.draw(BucketState::default(), U256::from(400), 5).unwrap();
        let s = b.give_back(s, U256::from(150), 6).unwrap();
        assert_eq!(b.available(s, 6), Ok(U256::from(750)));
        // at most up to a full bucket, and settled at that time
        let full = b.give_back(s, U256::MAX, 7).unwrap();
        assert_eq!(b.available(full, 7), Ok(U256::from(1_000)));
        assert_eq!((full.used_scaled, full.updated_ts), (U256::ZERO, 7));
    }

    proptest! {
        /// A thousand looks or one: the same bucket.
        #[test]
        fn prop_path_independent(capacity in 0u128..1 << 100, refill in 0u128..1 << 100, first in 0u128..1 << 100,
                                 gaps in prop::collection::vec(0u64..100_000, 1..30)) {
            let b = bucket(capacity, refill);
            let start = b.draw(BucketState::default(), U256::from(first.min(capacity)), 0).unwrap();
            let (mut s, mut now) = (start, 0);
            for gap in gaps { now += gap; s = b.settle(s, now).unwrap(); }
            prop_assert_eq!(s, b.settle(start, now).unwrap());
        }

        /// In every window: at most capacity plus refill.
        #[test]
        fn prop_bounded_in_every_window(capacity in 0u64..10_000, refill in 0u64..10_000,
                                        steps in prop::collection::vec((0u64..20_000, 0u64..3_000), 1..50)) {
            let b = bucket(u128::from(capacity), u128::from(refill));
            let (mut s, mut now, mut taken) = (BucketState::default(), 1_000u64, vec![]);
            for (gap, ask) in steps {
                now += gap;
                let available = b.available(s, now).unwrap();
                prop_assert!(available <= b.capacity);
                match b.draw(s, U256::from(ask), now) {
                    Ok(next) => { prop_assert!(U256::from(ask) <= available); s = next; taken.push((now, ask)); }
                    Err(_) => prop_assert!(U256::from(ask) > available),
                }
            }
            for (i, (from, _)) in taken.iter().enumerate() {
                let mut sum = U256::ZERO;
                for (at, amount) in &taken[i..] {
                    sum += U256::from(*amount);
                    prop_assert!(sum <= b.most_within(at - from).unwrap());
                }
            }
        }

        #[test]
        fn prop_secs_until_is_the_first_second(capacity in 1u64..1_000_000, refill in 1u64..1_000_000, used in 0u64..1_000_000, ask in 0u64..1_000_000) {
            let b = bucket(u128::from(capacity), u128::from(refill));
            let s = b.draw(BucketState::default(), U256::from(used.min(capacity)), 5).unwrap();
            match b.secs_until(s, U256::from(ask), 5).unwrap() {
                None => prop_assert!(ask > capacity),
                Some(secs) => {
                    prop_assert!(b.available(s, 5 + secs).unwrap() >= U256::from(ask));
                    if secs > 0 { prop_assert!(b.available(s, 4 + secs).unwrap() < U256::from(ask)); }
                }
            }
        }
    }
}
