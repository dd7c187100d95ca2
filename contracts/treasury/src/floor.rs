//! What must remain of an asset, and a cut of it that waits.

use mintage_kit::prelude::*;

/// A floor now and a floor to come, base units. All zero: there is none.
#[record]
pub(crate) struct Floor {
    /// What holds until `from_ts`.
    now: U256,
    /// What holds from then on.
    pub(crate) next: U256,
    /// Seconds.
    pub(crate) from_ts: u64,
}

impl Floor {
    /// The floor at a time. No transaction is needed for a cut to take effect.
    pub(crate) fn at(&self, now_ts: u64) -> U256 {
        if self.waits(now_ts) { self.now } else { self.next }
    }

    /// Whether a cut is waiting.
    pub(crate) fn waits(&self, now_ts: u64) -> bool {
        now_ts < self.from_ts
    }

    /// A raise holds at once, a cut after the delay; either replaces a cut that is waiting.
    pub(crate) fn changed(&self, next: U256, now_ts: u64, delay_secs: u64) -> Self {
        let now = self.at(now_ts);
        let from_ts = if next >= now {
            0
        } else {
            now_ts.saturating_add(delay_secs)
        };
        Self { now, next, from_ts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Floor = Floor {
        now: U256::ZERO,
        next: U256::ZERO,
        from_ts: 0,
    };

    fn floor_at(floor: &Floor, ts: u64) -> u64 {
        floor.at(ts).to()
    }

    #[test]
    fn test_a_raise_holds_at_once() {
        let floor = NONE.changed(U256::from(500), 1_000, 100);
        assert_eq!((floor_at(&floor, 1_000), floor.waits(1_000)), (500, false));
        let same = floor.changed(U256::from(500), 1_000, 100);
        assert_eq!((floor_at(&same, 1_000), same.waits(1_000)), (500, false));
    }

    #[test]
    fn test_a_cut_waits_to_the_second() {
        let floor = NONE
            .changed(U256::from(500), 1_000, 100)
            .changed(U256::from(200), 2_000, 100);
        assert!(floor.waits(2_099) && !floor.waits(2_100));
        assert_eq!(
            [2_000, 2_099, 2_100, u64::MAX].map(|ts| floor_at(&floor, ts)),
            [500, 500, 200, 200]
        );
    }

    #[test]
    fn test_a_second_cut_begins_its_wait_anew() {
        let floor = NONE
            .changed(U256::from(500), 0, 100)
            .changed(U256::from(400), 1_000, 100);
        let deeper = floor.changed(U256::ZERO, 1_099, 100);
        assert_eq!(
            [1_100, 1_198, 1_199].map(|ts| floor_at(&deeper, ts)),
            [500, 500, 0],
            "the first cut is gone"
        );
        let later = floor.changed(U256::ZERO, 1_100, 100);
        assert_eq!(
            [1_100, 1_199, 1_200].map(|ts| floor_at(&later, ts)),
            [400, 400, 0]
        );
    }

    #[test]
    fn test_a_raise_ends_a_waiting_cut() {
        let floor = NONE
            .changed(U256::from(500), 0, 100)
            .changed(U256::from(1), 1_000, 100);
        let raised = floor.changed(U256::from(600), 1_050, 100);
        assert_eq!(
            [1_050, 1_100, u64::MAX].map(|ts| floor_at(&raised, ts)),
            [600, 600, 600]
        );
        let kept = floor.changed(U256::from(500), 1_050, 100);
        assert_eq!(
            floor_at(&kept, u64::MAX),
            500,
            "the floor of now, set again, withdraws the cut"
        );
    }

    #[test]
    fn test_a_wait_past_the_end_of_time_never_ends() {
        let floor = NONE
            .changed(U256::from(500), 0, 0)
            .changed(U256::ZERO, u64::MAX - 1, 100);
        assert_eq!(floor_at(&floor, u64::MAX - 1), 500);
    }
}
