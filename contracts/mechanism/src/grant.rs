//! Changing a rate limit so that a raise is public before it counts.
//!
//! * **Equation.** With `a` available now, the new bucket has `min(a, C')` available; if `C' > C` or `R' > R` nothing flows in before `now + delay`.
//! * **Symbols.** `C` capacity, `R` refill a period, base units; a prime marks the new ones.
//! * **Source.** Our own; systems.md 2.47: what loosens a limit waits, what tightens it does not.
//! * **Domain.** Buckets whose period is at least a second.
//! * **Rounding.** What is available rounds down, once at each change.
//! * **In the wild.** Owners whose key was stolen gave themselves a limit and used it in one transaction.
//!
//! What does not belong here: the bucket (`rate_bucket`), and who may change it.

use crate::rate_bucket::{BucketError, BucketState, RateBucket};
use mintage_math::{U256, mul};

/// The state under `next`'s parameters after a change at `now_ts`.
///
/// A limit that never existed is a bucket with capacity and refill of zero: under a first grant it starts empty.
///
/// Errors: as [`RateBucket::settle`], for both; a period that differs is [`BucketError::ZeroPeriod`] where one of them is zero.
///
/// ```
/// use mintage_mechanism::{grant::regrant, rate_bucket::{BucketState, RateBucket}};
/// use mintage_math::U256;
/// let bucket = |n: u64| RateBucket { capacity: U256::from(n), refill: U256::from(n), period_secs: 86_400 };
/// let state = regrant(&bucket(0), &bucket(864), BucketState::default(), 1_000_000, 3_600).unwrap();
/// assert_eq!(bucket(864).available(state, 1_000_000 + 3_600), Ok(U256::ZERO));
/// assert_eq!(bucket(864).available(state, 1_000_000 + 3_700), Ok(U256::from(1)));
/// ```
pub fn regrant(
    old: &RateBucket,
    next: &RateBucket,
    state: BucketState,
    now_ts: u64,
    delay_secs: u64,
) -> Result<BucketState, BucketError> {
    let settled = old.settle(state, now_ts)?;
    let available = old.available(settled, now_ts)?.min(next.capacity);
    let used = next.capacity.saturating_sub(available);
    let raised = next.capacity > old.capacity || next.refill > old.refill;
    let from_ts = if raised {
        now_ts.saturating_add(delay_secs)
    } else {
        now_ts
    };
    Ok(BucketState {
        used_scaled: mul(used, U256::from(next.period_secs))?,
        // a wait that is running is not shortened
        updated_ts: from_ts.max(settled.updated_ts),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: u64 = 1_700_000_000;
    const DELAY: u64 = 3_600;

    fn bucket(capacity: u64, refill: u64) -> RateBucket {
        RateBucket {
            capacity: U256::from(capacity),
            refill: U256::from(refill),
            period_secs: 86_400,
        }
    }

    fn available(bucket: &RateBucket, state: BucketState, now_ts: u64) -> u64 {
        bucket.available(state, now_ts).unwrap().to()
    }

    #[test]
    fn the_same_grant_again_does_not_wait() {
        let grant = RateBucket {
            capacity: U256::from(1_000),
            refill: U256::from(10),
            period_secs: 60,
        };
        let state = BucketState {
            used_scaled: U256::ZERO,
            updated_ts: 5_000,
        };
        let less = RateBucket {
            refill: U256::from(9),
            ..grant
        };
        for next in [grant, less] {
            assert_eq!(
                regrant(&grant, &next, state, 6_000, 3_600).unwrap().updated_ts,
                6_000
            );
        }
    }

    #[test]
    fn a_first_grant_starts_empty_and_waits() {
        let next = bucket(1_000, 86_400);
        let state = regrant(&bucket(0, 0), &next, BucketState::default(), NOW, DELAY).unwrap();
        assert_eq!(available(&next, state, NOW), 0);
        assert_eq!(available(&next, state, NOW + DELAY), 0);
        assert_eq!(available(&next, state, NOW + DELAY + 1), 1);
        assert_eq!(available(&next, state, NOW + DELAY + 5_000), 1_000);
    }

    #[test]
    fn a_raise_adds_nothing_at_once_and_takes_nothing_away() {
        let (old, next) = (bucket(1_000, 86_400), bucket(2_000, 86_400));
        let state = regrant(&old, &next, BucketState::default(), NOW, DELAY).unwrap();
        assert_eq!(available(&next, state, NOW + DELAY), 1_000);
        let drawn = next.draw(state, U256::from(400), NOW + 10).unwrap();
        assert_eq!(
            available(&next, drawn, NOW + DELAY),
            600,
            "drawing does not end the wait"
        );
        assert_eq!(available(&next, drawn, NOW + DELAY + 7), 607);
    }

    #[test]
    fn a_cut_holds_at_once_and_does_not_shorten_a_wait() {
        let (old, less) = (bucket(1_000, 86_400), bucket(300, 40_000));
        let state = regrant(&old, &less, BucketState::default(), NOW, DELAY).unwrap();
        assert_eq!(available(&less, state, NOW), 300);
        let more = bucket(400, 40_000);
        let state = regrant(&less, &more, state, NOW, DELAY).unwrap();
        let cut = bucket(350, 40_000);
        let state = regrant(&more, &cut, state, NOW + 10, DELAY).unwrap();
        assert_eq!(available(&cut, state, NOW + DELAY), 300);
        assert!(available(&cut, state, NOW + DELAY + 10) > 300);
        let none = bucket(0, 0);
        let state = regrant(&cut, &none, state, NOW + 20, DELAY).unwrap();
        assert_eq!(available(&none, state, u64::MAX), 0);
    }

    #[test]
    fn a_cut_counts_what_flowed_in_before_it() {
        let old = bucket(1_000, 86_400);
        let empty = old
            .draw(
                BucketState {
                    used_scaled: U256::ZERO,
                    updated_ts: NOW,
                },
                U256::from(1_000),
                NOW,
            )
            .unwrap();
        let next = bucket(1_000, 0);
        let state = regrant(&old, &next, empty, NOW + 500, 0).unwrap();
        assert_eq!(available(&next, state, NOW + 10_000), 500);
    }

    #[test]
    fn the_largest_limits_fit() {
        let most = U256::from(u128::MAX);
        let next = RateBucket {
            capacity: most,
            refill: most,
            period_secs: 86_400,
        };
        let state = regrant(&bucket(0, 0), &next, BucketState::default(), u64::MAX, u64::MAX).unwrap();
        assert_eq!(next.available(state, u64::MAX), Ok(U256::ZERO));
    }

    proptest! {
        /// No sequence of changes and waits short of the delay makes more available than was at its beginning.
        #[test]
        fn prop_changes_alone_never_add(
            first in (any::<u32>(), any::<u32>()),
            changes in prop::collection::vec((any::<u32>(), any::<u32>(), 0_u64..100), 1..20),
        ) {
            let mut bucket_now = bucket(u64::from(first.0), u64::from(first.1));
            let mut state = BucketState { used_scaled: U256::ZERO, updated_ts: NOW };
            let (mut now, mut most) = (NOW, available(&bucket_now, state, NOW));
            let mut last_refill = first.1;
            for (capacity, refill, wait) in changes {
                let next = bucket(u64::from(capacity), u64::from(refill));
                state = regrant(&bucket_now, &next, state, now, DELAY).unwrap();
                bucket_now = next;
                prop_assert!(available(&bucket_now, state, now) <= most);
                most = available(&bucket_now, state, now);
                now += wait;
                // what flows in is at most the refill before the last raise, which may still run after a cut
                last_refill = last_refill.max(refill);
                let flow = u64::from(last_refill) * wait / 86_400 + 1;
                prop_assert!(available(&bucket_now, state, now) <= most + flow);
                most = available(&bucket_now, state, now);
            }
        }
    }
}
