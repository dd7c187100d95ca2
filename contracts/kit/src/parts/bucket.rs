//! A rate limit in storage: so much at once, so much back a day. The rule is `mintage_mechanism::rate_bucket`; this gives it
//! two slots.

use mintage_mechanism::grant::regrant;
use mintage_mechanism::rate_bucket::{BucketError, BucketState, RateBucket};

use crate::prelude::*;
use crate::storage::Place;

/// The period of every bucket here: a day, in seconds.
pub const DAY_SECS: u32 = 86_400;

/// `struct Limits { uint128 capacity; uint128 refillPerDay; }`
#[crate::record]
#[derive(Default)]
pub struct Limits {
    /// The most that can be drawn at once, base units.
    pub capacity: u128,
    /// What flows back in a day, base units.
    pub refill_per_day: u128,
}

impl Limits {
    /// Limits under which at most `per_day` can be drawn in any 24 hours: half of it at once, half of it back a day.
    pub const fn strict(per_day: u128) -> Self {
        Self {
            capacity: per_day >> 1,
            refill_per_day: per_day >> 1,
        }
    }

    fn rule(self) -> RateBucket {
        RateBucket {
            capacity: U256::from(self.capacity),
            refill: U256::from(self.refill_per_day),
            period_secs: DAY_SECS,
        }
    }
}

/// `struct Level { uint192 usedScaled; uint64 updatedTs; }`
#[crate::record]
pub struct Level {
    /// What was drawn and has not flowed back, in base units times seconds of the period.
    #[bits(192)]
    used_scaled: U256,
    updated_ts: u64,
}

/// A bucket: never touched, it has limits of zero; with limits, it starts full.
#[crate::storage]
pub struct Bucket {
    limits: Slot<Limits>,
    level: Slot<Level>,
}

impl<P: Place> Bucket<P> {
    /// The limits.
    pub fn limits(&self) -> Limits {
        self.limits.get()
    }

    /// What can be drawn at `now_ts`, rounded down.
    pub fn available(&self, now_ts: u64) -> U256 {
        match self.limits.get().rule().available(self.state(), now_ts) {
            Ok(available) => available,
            Err(_) => U256::ZERO,
        }
    }

    /// Draws `amount`, or says what could have been drawn.
    ///
    /// # Errors
    /// What is available, less than `amount`.
    pub fn draw(&mut self, amount: U256, now_ts: u64) -> core::result::Result<(), U256> {
        if self.try_draw(&amount, now_ts) {
            Ok(())
        } else {
            Err(self.available(now_ts))
        }
    }

    /// Draws `amount`; false, and nothing changed, when there is less.
    #[must_use]
    pub fn try_draw(&mut self, amount: &U256, now_ts: u64) -> bool {
        match self.limits.get().rule().draw(self.state(), *amount, now_ts) {
            Ok(state) => {
                self.put(&state);
                true
            }
            Err(_) => false,
        }
    }

    /// Sets other limits and keeps what was used. Returns the old ones.
    pub fn change(&mut self, next: Limits, now_ts: u64) -> Limits {
        let old = self.limits.get();
        let settled: core::result::Result<BucketState, BucketError> = old.rule().settle(self.state(), now_ts);
        // The period is a constant that is not zero, so settling cannot fail.
        if let Ok(state) = settled {
            self.put(&state);
        }
        self.limits.set(next);
        old
    }

    /// Sets other limits so that a raise is public before it counts: what is available stays, at most the new capacity, and
    /// nothing flows in for `delay_secs` after a raise (see `mintage_mechanism::grant`). Returns the old limits.
    pub fn regrant(&mut self, next: Limits, now_ts: u64, delay_secs: u64) -> Limits {
        let old = self.limits.get();
        // Limits of 128 bits and a period of a day fit, so this cannot fail.
        if let Ok(state) = regrant(&old.rule(), &next.rule(), self.state(), now_ts, delay_secs) {
            self.put(&state);
        }
        self.limits.set(next);
        old
    }

    /// Until when its content was counted, seconds; in the future: nothing flows in before.
    pub fn counted_ts(&self) -> u64 {
        self.level.get().updated_ts
    }

    #[inline(never)]
    fn put(&mut self, state: &BucketState) {
        self.level.set(Level {
            used_scaled: state.used_scaled,
            updated_ts: state.updated_ts,
        });
    }

    fn state(&self) -> BucketState {
        let level = self.level.get();
        BucketState {
            used_scaled: level.used_scaled,
            updated_ts: level.updated_ts,
        }
    }
}
