//! How old an activation is, when it expires and from when on it may be renewed.

use crate::arbos::StylusParams;

/// Unix time from which hours of activation are counted.
pub const START_TIMESTAMP: u64 = 1_421_388_000;

const HOUR_SECS: u64 = 3600;
const DAY_SECS: u64 = 86_400;

/// An activation's place in time. It is recorded in whole hours, so a program may seem up to an hour older than it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Hours since [`START_TIMESTAMP`], rounded down.
    pub activated_at_hours: u32,
}

impl Lifetime {
    /// The record of an activation at `now_ts` (Unix time in seconds).
    pub const fn starting_at(now_ts: u64) -> Self {
        let hours = now_ts.saturating_sub(START_TIMESTAMP) / HOUR_SECS;
        // The record has 24 bits: enough until the year 3928.
        Self {
            activated_at_hours: if hours > 0xff_ffff {
                0xff_ffff
            } else {
                hours as u32
            },
        }
    }

    /// Age in seconds at `now_ts`; 0 if the activation is in the future.
    pub const fn age_secs(self, now_ts: u64) -> u64 {
        let start = START_TIMESTAMP + self.activated_at_hours as u64 * HOUR_SECS;
        now_ts.saturating_sub(start)
    }

    /// Whether calls fail because the activation is too old. At exactly the last second it still works.
    pub const fn is_expired(self, params: &StylusParams, now_ts: u64) -> bool {
        self.age_secs(now_ts) > params.expiry_days as u64 * DAY_SECS
    }

    /// Whether the activation is old enough to be renewed (it must not have expired either).
    pub const fn may_keep_alive(self, params: &StylusParams, now_ts: u64) -> bool {
        self.age_secs(now_ts) >= params.keepalive_days as u64 * DAY_SECS && !self.is_expired(params, now_ts)
    }

    /// Seconds until the activation expires; 0 once it has.
    pub const fn secs_left(self, params: &StylusParams, now_ts: u64) -> u64 {
        (params.expiry_days as u64 * DAY_SECS).saturating_sub(self.age_secs(now_ts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    #[test]
    fn test_lifetime_counts_whole_hours() {
        let lifetime = Lifetime::starting_at(START_TIMESTAMP + 7199);
        assert_eq!(lifetime.activated_at_hours, 1);
        assert_eq!(lifetime.age_secs(START_TIMESTAMP + 7199), 3599);
        assert_eq!(Lifetime::starting_at(0).activated_at_hours, 0);
        assert_eq!(Lifetime::starting_at(u64::MAX).activated_at_hours, 0xff_ffff);
    }

    #[test]
    fn test_is_expired_equality_is_still_fine() {
        let params = StylusParams::default();
        let start = START_TIMESTAMP + 3600;
        let lifetime = Lifetime::starting_at(start);
        assert!(!lifetime.is_expired(&params, start + 365 * DAY));
        assert!(lifetime.is_expired(&params, start + 365 * DAY + 1));
        assert_eq!(lifetime.secs_left(&params, start + 365 * DAY), 0);
        assert_eq!(lifetime.secs_left(&params, start + 364 * DAY), DAY);
    }

    #[test]
    fn test_may_keep_alive_from_the_day_on_until_expiry() {
        let params = StylusParams::default();
        let start = START_TIMESTAMP + 3600;
        let lifetime = Lifetime::starting_at(start);
        assert!(!lifetime.may_keep_alive(&params, start + 31 * DAY - 1));
        assert!(lifetime.may_keep_alive(&params, start + 31 * DAY));
        assert!(lifetime.may_keep_alive(&params, start + 365 * DAY));
        assert!(!lifetime.may_keep_alive(&params, start + 365 * DAY + 1));
    }
}
