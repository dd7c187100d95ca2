//! A refilling limit: a bucket that holds at most its capacity and refills with time.
//!
//! In any span of time no more can be taken than the capacity and what flows in meanwhile; so a single mistake or theft
//! is bounded. Who takes, and what, is the program's business.

/// The span in which [`Bucket::refill_per_day`] flows in.
pub const DAY_SECS: u64 = 86_400;

/// A bucket. Amounts are in base units of whatever it limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// The most that it holds.
    pub capacity: u128,
    /// How much flows in per [`DAY_SECS`].
    pub refill_per_day: u128,
    /// What it held at `counted_ts`.
    pub level: u128,
    /// When its content was counted, seconds. In the future: until then nothing flows in.
    pub counted_ts: u64,
}

impl Bucket {
    /// What it holds at `now_ts`: the level and what has flowed in since it was counted, rounded down, at most the capacity.
    #[must_use]
    pub fn level_at(&self, now_ts: u64) -> u128 {
        let elapsed_secs = u128::from(now_ts.saturating_sub(self.counted_ts));
        let day = u128::from(DAY_SECS);
        // ⌊refill · elapsed / day⌋ in two parts, of which only the first can leave 128 bits: it is far above any capacity then.
        let whole = self.refill_per_day.wrapping_div(day).saturating_mul(elapsed_secs);
        let rest = self.refill_per_day.wrapping_rem(day).wrapping_mul(elapsed_secs).wrapping_div(day);
        self.level.saturating_add(whole).saturating_add(rest).min(self.capacity)
    }

    /// Takes `amount` out.
    ///
    /// # Errors
    /// What it holds, if that is less. The bucket is unchanged then.
    pub fn take(&mut self, amount: u128, now_ts: u64) -> Result<(), u128> {
        let level = self.level_at(now_ts);
        let Some(left) = level.checked_sub(amount) else { return Err(level) };
        self.level = left;
        self.counted_ts = self.counted_ts.max(now_ts);
        Ok(())
    }

    /// Changes capacity and refill. What it holds stays, at most the new capacity. If either is raised, nothing flows in for `delay_secs`.
    pub fn set_limit(&mut self, capacity: u128, refill_per_day: u128, now_ts: u64, delay_secs: u64) {
        let raised = capacity > self.capacity || refill_per_day > self.refill_per_day;
        let from_ts = if raised { now_ts.saturating_add(delay_secs) } else { now_ts };
        self.level = self.level_at(now_ts).min(capacity);
        self.counted_ts = self.counted_ts.max(from_ts);
        self.capacity = capacity;
        self.refill_per_day = refill_per_day;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: u64 = 1_700_000_000;

    fn full(capacity: u128, refill_per_day: u128) -> Bucket {
        Bucket { capacity, refill_per_day, level: capacity, counted_ts: NOW }
    }

    #[test]
    fn test_bucket_refills_by_the_second_and_no_higher_than_its_capacity() {
        let mut bucket = full(1_000, 86_400);
        assert_eq!(bucket.take(1_000, NOW), Ok(()));
        assert_eq!(bucket.take(1, NOW), Err(0));
        assert_eq!(bucket.level_at(NOW + 1), 1);
        assert_eq!(bucket.level_at(NOW + 999), 999);
        assert_eq!(bucket.level_at(NOW + 5_000), 1_000);
        assert_eq!(bucket.take(1_001, NOW + 5_000), Err(1_000));
        assert_eq!(bucket.level, 0, "a refused take changes nothing");
    }

    #[test]
    fn test_bucket_at_its_extremes() {
        let mut bucket = full(u128::MAX, u128::MAX);
        assert_eq!(bucket.take(u128::MAX, NOW), Ok(()));
        assert_eq!(bucket.level_at(NOW + 1), u128::MAX / 86_400);
        assert_eq!(bucket.level_at(NOW + DAY_SECS), u128::MAX);
        assert_eq!(bucket.level_at(u64::MAX), u128::MAX);
        assert_eq!(bucket.level_at(0), 0, "a clock that stands before the count takes nothing away");
        assert_eq!(Bucket::default().level_at(u64::MAX), 0);
    }

    #[test]
    fn test_raised_limit_refills_only_after_its_delay() {
        let mut bucket = Bucket::default();
        bucket.set_limit(1_000, 86_400, NOW, 3_600);
        assert_eq!(bucket.level_at(NOW + 3_600), 0);
        assert_eq!(bucket.level_at(NOW + 3_700), 100);

        // What was there under the old limit can still be taken, but the wait goes on.
        bucket.set_limit(2_000, 86_400, NOW + 3_700, 3_600);
        assert_eq!(bucket.take(60, NOW + 3_800), Ok(()));
        assert_eq!(bucket.take(60, NOW + 3_800), Err(40));
        assert_eq!(bucket.level_at(NOW + 7_300), 40);
        assert_eq!(bucket.level_at(NOW + 7_301), 41);
    }

    #[test]
    fn test_lowered_limit_holds_at_once_and_does_not_shorten_a_wait() {
        let mut bucket = full(1_000, 86_400);
        bucket.set_limit(300, 40_000, NOW, 3_600);
        assert_eq!(bucket.level_at(NOW), 300);
        bucket.set_limit(400, 40_000, NOW, 3_600);
        bucket.set_limit(350, 40_000, NOW + 10, 3_600);
        assert_eq!(bucket.counted_ts, NOW + 3_600, "a cut after a raise keeps the raise waiting");
        bucket.set_limit(0, 0, NOW + 20, 3_600);
        assert_eq!(bucket.level_at(u64::MAX), 0);
    }

    #[test]
    fn test_lowering_counts_what_flowed_in_under_the_old_refill() {
        let mut bucket = Bucket { level: 0, ..full(1_000, 86_400) };
        bucket.set_limit(1_000, 0, NOW + 500, 0);
        assert_eq!(bucket.level_at(NOW + 10_000), 500);
    }

    proptest! {
        /// In any span, what was taken is at most the capacity and what flows in during it.
        #[test]
        fn prop_nothing_above_the_limit_is_ever_taken(
            capacity in any::<u128>(), refill in any::<u128>(),
            takes in prop::collection::vec((0_u64..200_000, any::<u128>(), any::<bool>()), 1..40),
        ) {
            let mut bucket = full(capacity, refill);
            let (mut now, mut taken) = (NOW, 0_u128);
            for (wait, amount, all) in takes {
                now += wait;
                let amount = if all { bucket.level_at(now) } else { amount };
                if bucket.take(amount, now).is_ok() {
                    taken = taken.saturating_add(amount);
                }
                let flow = Bucket { capacity: u128::MAX, level: 0, ..full(0, refill) }.level_at(now);
                prop_assert!(taken <= capacity.saturating_add(flow));
            }
        }
    }
}
