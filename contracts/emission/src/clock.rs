//! The schedule's clock: the time since the start, without the time that issuance was paused.

use mintage_kit::prelude::*;

/// When it started and how long it has stood. One slot.
#[record]
pub(crate) struct Clock {
    /// When it starts, seconds.
    pub(crate) start_ts: u64,
    /// Since when it stands, while it does.
    stopped_ts: u64,
    /// How long it stood before, counted from the start on.
    paused_secs: u64,
}

impl Clock {
    /// A clock that has never stood.
    pub(crate) const fn starting(start_ts: u64) -> Self {
        Self {
            start_ts,
            stopped_ts: 0,
            paused_secs: 0,
        }
    }

    /// The time on it; zero before the start.
    pub(crate) fn elapsed_at(&self, now_ts: u64, paused: bool) -> u64 {
        let until_ts = if paused { self.stopped_ts } else { now_ts };
        until_ts
            .saturating_sub(self.start_ts)
            .saturating_sub(self.paused_secs)
    }

    /// Stops it.
    pub(crate) fn stopped(self, now_ts: u64) -> Self {
        Self {
            stopped_ts: now_ts,
            ..self
        }
    }

    /// Lets it go on. What passed before the start does not count as a pause.
    pub(crate) fn resumed(self, now_ts: u64) -> Self {
        let stood_secs = now_ts
            .max(self.start_ts)
            .saturating_sub(self.stopped_ts.max(self.start_ts));
        Self {
            stopped_ts: 0,
            paused_secs: self.paused_secs.saturating_add(stood_secs),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_clock_counts_from_the_start() {
        let clock = Clock::starting(1_000);
        assert_eq!(
            [0, 999, 1_000, 1_001, u64::MAX].map(|ts| clock.elapsed_at(ts, false)),
            [0, 0, 0, 1, u64::MAX - 1_000]
        );
    }

    #[test]
    fn test_pauses_do_not_count() {
        let clock = Clock::starting(1_000).stopped(1_100);
        assert_eq!(clock.elapsed_at(9_999, true), 100);
        let clock = clock.resumed(1_300);
        assert_eq!(clock.elapsed_at(1_300, false), 100);
        let clock = clock.stopped(1_400).resumed(1_450);
        assert_eq!(clock.elapsed_at(1_500, false), 250);
        let clock = clock.stopped(1_500).resumed(1_500);
        assert_eq!(clock.elapsed_at(1_501, false), 251, "a pause of no length");
    }

    #[test]
    fn test_a_pause_before_the_start_costs_nothing() {
        let clock = Clock::starting(1_000).stopped(500).resumed(900);
        assert_eq!(clock.elapsed_at(1_010, false), 10);
        let across = Clock::starting(1_000).stopped(500);
        assert_eq!(across.elapsed_at(1_200, true), 0);
        assert_eq!(
            across.resumed(1_200).elapsed_at(1_250, false),
            50,
            "only the part after the start stood"
        );
    }
}
