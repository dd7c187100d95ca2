//! Votes: power at a past time, quorum, late quorum, and the states of a timelock.
//!
//! * **Equation.** Power at `t` is the value of the last checkpoint not after `t`; quorum `⌈supply·q/10⁴⌉` of for and abstain; passed when for is above against and the
//!   quorum is reached; a quorum reached less than `x` before the end moves the end to `x` after it; a queued action runs within `[eta, eta + grace]`.
//! * **Symbols.** Votes base units; `q` bps; seconds.
//! * **Source.** OpenZeppelin `Governor`, `Votes`, `TimelockController`; Compound `Timelock` (2 to 30 days, grace 14) (rules re-stated, systems.md 2.47).
//! * **Domain.** Checkpoints in rising order of time; queries in the past only.
//! * **Rounding.** The quorum up.
//! * **In the wild.** Flash-borrowed votes (Beanstalk, 2022): a snapshot before the vote counts them as nothing; a grab at low turnout (Compound 289, 2024); an action
//!   run twice or with other calldata: its id is the hash of all of it.

use crate::error::errors;
use mintage_math::{U256, mul_div_up};

errors! {
    /// Why a query or a step is refused.
    VoteError {
        /// Power now or later is not known yet.
        Future => "power is only known for times before now",
        /// The quorum is above all votes.
        Quorum => "the quorum is above 10,000 bps",
        /// Voting is not open.
        Closed => "voting is not open",
        /// A parameter or a proposal is outside of its bounds.
        Bounds => "a parameter or a proposal is outside of the governor's bounds",
        /// The delay is outside of its bounds.
        Delay => "the delay is outside of its bounds",
        /// The time for it has not come.
        TooEarly => "the time of the action has not come",
        /// Its time is over.
        Expired => "the grace of the action is over",
        /// Already done or never queued.
        NotQueued => "the action is not queued: done, cancelled, or never queued",
    }
}

/// The value of the last of `count` checkpoints that is not after `ts`; zero before the first. `at` reads one: `(time, value)`. At most 64 reads.
///
/// Error: [`VoteError::Future`] unless `ts < now_ts`.
///
/// ```
/// use mintage_mechanism::votes::past_value;
/// use mintage_math::U256;
/// let points = [(10, U256::from(1)), (20, U256::from(5))];
/// let at = |i: u64| points[i as usize];
/// assert_eq!(past_value(2, at, 19, 100), Ok(U256::from(1)));
/// assert_eq!(past_value(2, at, 20, 100), Ok(U256::from(5)));
/// ```
pub fn past_value(
    count: u64,
    mut at: impl FnMut(u64) -> (u64, U256),
    ts: u64,
    now_ts: u64,
) -> Result<U256, VoteError> {
    if ts >= now_ts {
        return Err(VoteError::Future);
    }
    // the number of checkpoints at or before ts
    let (mut low, mut high, mut found) = (0u64, count, U256::ZERO);
    while low < high {
        let middle = low.saturating_add(high.wrapping_sub(low) >> 1);
        let (point_ts, value) = at(middle);
        if point_ts <= ts {
            found = value;
            low = middle.saturating_add(1);
        } else {
            high = middle;
        }
    }
    Ok(found)
}

/// The votes that a quorum needs, rounded up.
///
/// Error: [`VoteError::Quorum`].
pub fn quorum_up(supply_at_snapshot: U256, quorum_bps: u16) -> Result<U256, VoteError> {
    if quorum_bps > 10_000 {
        return Err(VoteError::Quorum);
    }
    Ok(mul_div_up(
        supply_at_snapshot,
        U256::from(quorum_bps),
        U256::from(10_000),
    )?)
}

/// The count of a vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// For.
    pub yes: U256,
    /// Against.
    pub no: U256,
    /// Neither; counts for the quorum.
    pub abstain: U256,
}

impl Tally {
    /// Whether the quorum is reached.
    pub fn has_quorum(&self, quorum: U256) -> bool {
        self.yes.saturating_add(self.abstain) >= quorum
    }

    /// Whether the proposal is accepted.
    pub fn passes(&self, quorum: U256) -> bool {
        self.has_quorum(quorum) && self.yes > self.no
    }
}

/// The end of a vote after the quorum was reached now: at least `extension_secs` from now, never earlier than before.
pub fn extended_end(end_ts: u64, now_ts: u64, extension_secs: u64) -> u64 {
    end_ts.max(now_ts.saturating_add(extension_secs))
}

/// Whether votes are taken: after the snapshot, up to the end.
///
/// Error: [`VoteError::Closed`].
pub fn check_open(now_ts: u64, snapshot_ts: u64, end_ts: u64) -> Result<(), VoteError> {
    if now_ts <= snapshot_ts || now_ts > end_ts {
        Err(VoteError::Closed)
    } else {
        Ok(())
    }
}

/// Within which a governor's parameters may be set, in the governor's own clock: the bounds stand in the contract, not in a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GovernorBounds {
    /// Votes that a proposal needs: least and most.
    pub threshold: (U256, U256),
    /// How long it is voted on: least and most.
    pub voting_period: (u64, u64),
    /// How long before the vote begins: least and most.
    pub voting_delay: (u64, u64),
    /// The most actions of a proposal.
    pub actions: usize,
    /// Votes for it that make a quorum.
    pub quorum: U256,
}

/// Compound's Bravo: 1,000 to 100,000 of a token of 18 decimals, 5,760 to 80,640 blocks of voting after 1 to 40,320, ten actions, a quorum of 400,000.
pub const BRAVO: GovernorBounds = GovernorBounds {
    threshold: (
        U256::from_limbs([3_875_820_019_684_212_736, 54, 0, 0]),
        U256::from_limbs([200_376_420_520_689_664, 5_421, 0, 0]),
    ),
    voting_period: (5_760, 80_640),
    voting_delay: (1, 40_320),
    actions: 10,
    quorum: U256::from_limbs([801_505_682_082_758_656, 21_684, 0, 0]),
};

impl GovernorBounds {
    /// Judges a setting.
    ///
    /// Error: [`VoteError::Bounds`].
    pub fn check(&self, threshold: U256, voting_period: u64, voting_delay: u64) -> Result<(), VoteError> {
        let within = |v: u64, (low, high): (u64, u64)| v >= low && v <= high;
        if threshold < self.threshold.0
            || threshold > self.threshold.1
            || !within(voting_period, self.voting_period)
            || !within(voting_delay, self.voting_delay)
        {
            return Err(VoteError::Bounds);
        }
        Ok(())
    }

    /// Judges a proposal: its proposer has more votes than the threshold, and it holds one action at least and not too many.
    ///
    /// Error: [`VoteError::Bounds`].
    pub fn check_proposal(&self, votes: U256, threshold: U256, actions: usize) -> Result<(), VoteError> {
        if votes <= threshold || actions == 0 || actions > self.actions {
            return Err(VoteError::Bounds);
        }
        Ok(())
    }
}

/// A timelock's bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timelock {
    /// The least delay, seconds.
    pub min_delay_secs: u64,
    /// The greatest delay, seconds.
    pub max_delay_secs: u64,
    /// How long an action may be run after its time, seconds.
    pub grace_secs: u64,
}

/// Compound's: 2 to 30 days, 14 of grace.
pub const COMPOUND: Timelock = Timelock {
    min_delay_secs: 172_800,
    max_delay_secs: 2_592_000,
    grace_secs: 1_209_600,
};

impl Timelock {
    /// When an action queued now with this delay may be run.
    ///
    /// Error: [`VoteError::Delay`].
    pub fn eta(&self, now_ts: u64, delay_secs: u64) -> Result<u64, VoteError> {
        if delay_secs < self.min_delay_secs || delay_secs > self.max_delay_secs {
            return Err(VoteError::Delay);
        }
        now_ts.checked_add(delay_secs).ok_or(VoteError::Delay)
    }

    /// Whether an action may be run. `eta_ts`: `None` if it is not queued.
    ///
    /// Errors: [`VoteError::NotQueued`], [`VoteError::TooEarly`], [`VoteError::Expired`].
    pub fn check_execute(&self, eta_ts: Option<u64>, now_ts: u64) -> Result<(), VoteError> {
        let eta = eta_ts.ok_or(VoteError::NotQueued)?;
        if now_ts < eta {
            return Err(VoteError::TooEarly);
        }
        if now_ts > eta.saturating_add(self.grace_secs) {
            Err(VoteError::Expired)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn n(v: u64) -> U256 {
        U256::from(v)
    }

    #[test]
    fn s2_47_snapshots_and_quorum() {
        // borrowed in the block of the vote: nothing at the snapshot before it
        let points = [(50u64, n(10)), (100, n(1_000_000))];
        assert_eq!(past_value(2, |i| points[i as usize], 99, 101), Ok(n(10)));
        assert_eq!(past_value(2, |i| points[i as usize], 49, 101), Ok(n(0)));
        assert_eq!(
            past_value(2, |i| points[i as usize], 101, 101),
            Err(VoteError::Future)
        );
        assert_eq!(past_value(0, |_| (0, n(9)), 5, 6), Ok(n(0)));
        assert_eq!(quorum_up(n(1_001), 400), Ok(n(41)));
        assert_eq!(quorum_up(n(1), 10_001), Err(VoteError::Quorum));
        let tally = Tally {
            yes: n(30),
            no: n(29),
            abstain: n(11),
        };
        assert!(tally.passes(n(41)) && !tally.passes(n(42)));
        assert!(!Tally { no: n(30), ..tally }.passes(n(41)));
    }

    #[test]
    fn s2_20_bravo_bounds() {
        use crate::testing::wad;
        assert_eq!(BRAVO.threshold, (wad("1000"), wad("100000")));
        assert_eq!(BRAVO.quorum, wad("400000"));
        assert_eq!(BRAVO.check(wad("1000"), 5_760, 1), Ok(()));
        assert_eq!(BRAVO.check(wad("100000"), 80_640, 40_320), Ok(()));
        for (threshold, period, delay) in [
            (wad("1000") - n(1), 5_760, 1),
            (wad("100000") + n(1), 5_760, 1),
            (wad("1000"), 5_759, 1),
            (wad("1000"), 80_641, 1),
            (wad("1000"), 5_760, 0),
            (wad("1000"), 5_760, 40_321),
        ] {
            assert_eq!(BRAVO.check(threshold, period, delay), Err(VoteError::Bounds));
        }
        assert_eq!(BRAVO.check_proposal(wad("1000") + n(1), wad("1000"), 10), Ok(()));
        assert_eq!(
            BRAVO.check_proposal(wad("1000"), wad("1000"), 1),
            Err(VoteError::Bounds)
        );
        assert_eq!(
            BRAVO.check_proposal(wad("2000"), wad("1000"), 11),
            Err(VoteError::Bounds)
        );
        assert_eq!(
            BRAVO.check_proposal(wad("2000"), wad("1000"), 0),
            Err(VoteError::Bounds)
        );
    }

    #[test]
    fn s2_47_times() {
        assert_eq!(extended_end(100, 95, 20), 115);
        assert_eq!(extended_end(100, 50, 20), 100);
        assert_eq!(check_open(10, 10, 20), Err(VoteError::Closed));
        assert_eq!(check_open(20, 10, 20), Ok(()));
        assert_eq!(check_open(21, 10, 20), Err(VoteError::Closed));
        let day = 86_400;
        assert_eq!(COMPOUND.eta(0, 2 * day - 1), Err(VoteError::Delay));
        assert_eq!(COMPOUND.eta(0, 30 * day + 1), Err(VoteError::Delay));
        let eta = COMPOUND.eta(0, 2 * day).unwrap();
        assert_eq!(
            COMPOUND.check_execute(Some(eta), eta - 1),
            Err(VoteError::TooEarly)
        );
        assert_eq!(COMPOUND.check_execute(Some(eta), eta), Ok(()));
        assert_eq!(COMPOUND.check_execute(Some(eta), eta + 14 * day), Ok(()));
        assert_eq!(
            COMPOUND.check_execute(Some(eta), eta + 14 * day + 1),
            Err(VoteError::Expired)
        );
        assert_eq!(COMPOUND.check_execute(None, eta), Err(VoteError::NotQueued));
    }

    #[test]
    fn s2_47_a_quorum_of_all_and_the_longest_delay() {
        assert_eq!(quorum_up(n(1_001), 10_000), Ok(n(1_001)));
        assert_eq!(COMPOUND.eta(5, 2_592_000), Ok(2_592_005));
    }

    proptest! {
        #[test]
        fn prop_s2_47_lookup_is_the_linear_scan(gaps in prop::collection::vec((1u64..50, any::<u64>()), 0..80), ts in 0u64..3_000) {
            let mut now = 0;
            let points: Vec<(u64, U256)> = gaps.into_iter().map(|(gap, v)| { now += gap; (now, n(v)) }).collect();
            let expected = points.iter().rev().find(|p| p.0 <= ts).map_or(U256::ZERO, |p| p.1);
            let mut reads = 0;
            let got = past_value(points.len() as u64, |i| { reads += 1; points[i as usize] }, ts, u64::MAX).unwrap();
            prop_assert_eq!(got, expected);
            prop_assert!(reads <= 7);
        }
    }
}
