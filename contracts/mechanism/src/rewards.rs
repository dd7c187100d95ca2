//! Staking rewards: one number for all stakers, a difference for each.
//!
//! * **Equation.** `rate = ⌊(reward + rate·left)/D⌋`; `rpt' = rpt + ⌊Δt·rate·10^18/staked⌋`; `earned = ⌊stake·(rpt - paid)/10^18⌋ + stored`.
//! * **Symbols.** Amounts base units; `rate` base units a second; `rpt` the reward of one staked unit so far, times 10^18; `D` the period, seconds.
//! * **Source.** Synthetix `StakingRewards` (rule re-stated, systems.md 2.10).
//! * **Domain.** `D ≥ 1`; products through 512 bits.
//! * **Rounding.** Down everywhere. The reference loses up to `D - 1` units of every reward to the rate (finding 11); they stay in the contract here too,
//!   and [`Period::undistributed`] tells how many, so that they can go into the next one. Seconds without stake accrue to nobody.
//! * **In the wild.** Stake and reward in one token let rewards be paid from principal (check `rate ≤ balance/D` on the rest); repeated notices
//!   stretch the rate; a stale copy of the pool before an update minted without end (Cover, 2020).

use crate::error::errors;
use mintage_math::{U256, WAD, add, div_down, mul, mul_div_down, sub};

errors! {
    /// Why rewards cannot be set or paid.
    RewardError {
        /// The period is zero.
        NoPeriod => "the period of the rewards must be at least one second",
        /// The rate is above what the balance can pay.
        Underfunded => "the balance does not pay the rate for the whole period",
        /// The clock runs backwards.
        Clock => "the time is before the last update",
    }
}

/// The running reward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// Base units a second.
    pub rate: U256,
    /// When it ends, seconds.
    pub finish_ts: u64,
    /// When `per_token` was last brought up to date, seconds.
    pub updated_ts: u64,
    /// Reward of a staked unit so far, times 10^18.
    pub per_token: U256,
}

/// One staker's side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// `per_token` up to which he was settled.
    pub paid: U256,
    /// Settled and not yet taken, base units.
    pub stored: U256,
}

impl Period {
    /// Brought up to `now_ts`. Call it before the stake changes.
    ///
    /// Errors: [`RewardError::Clock`]; amounts that do not fit.
    pub fn accrue(&self, staked: U256, now_ts: u64) -> Result<Self, RewardError> {
        let until = now_ts.min(self.finish_ts).max(self.updated_ts);
        if now_ts < self.updated_ts {
            return Err(RewardError::Clock);
        }
        let secs = until.wrapping_sub(self.updated_ts);
        let per_token = if staked.is_zero() {
            self.per_token
        } else {
            let reward = mul(self.rate, U256::from(secs))?;
            add(self.per_token, mul_div_down(reward, WAD, staked)?)?
        };
        Ok(Self {
            per_token,
            updated_ts: now_ts,
            ..*self
        })
    }

    /// Adds a reward: what is left of the running one and the new one, spread over `period_secs` from now.
    ///
    /// `balance` is what the contract holds for rewards, the new one included.
    ///
    /// Errors: [`RewardError::NoPeriod`], [`RewardError::Underfunded`]; as [`Self::accrue`].
    ///
    /// ```
    /// use mintage_mechanism::rewards::Period;
    /// use mintage_math::{U256, WAD};
    /// let million = WAD * U256::from(1_000_000);
    /// let period = Period::default().notify(million, million, U256::ZERO, 0, 7 * 86_400).unwrap();
    /// assert_eq!(period.rate, U256::from(1_653_439_153_439_153_439_u64));
    /// ```
    pub fn notify(
        &self,
        reward: U256,
        balance: U256,
        staked: U256,
        now_ts: u64,
        period_secs: u64,
    ) -> Result<Self, RewardError> {
        if period_secs == 0 {
            return Err(RewardError::NoPeriod);
        }
        let now = self.accrue(staked, now_ts)?;
        let left = mul(self.rate, U256::from(self.finish_ts.saturating_sub(now_ts)))?;
        let period = U256::from(period_secs);
        let rate = div_down(add(reward, left)?, period)?;
        if rate > div_down(balance, period)? {
            return Err(RewardError::Underfunded);
        }
        Ok(Self {
            rate,
            finish_ts: now_ts.saturating_add(period_secs),
            ..now
        })
    }

    /// What the rate does not pay of a reward: less than a unit a second of the period.
    ///
    /// Error: [`RewardError::NoPeriod`].
    pub fn undistributed(reward: U256, period_secs: u64) -> Result<U256, RewardError> {
        if period_secs == 0 {
            return Err(RewardError::NoPeriod);
        }
        let period = U256::from(period_secs);
        Ok(sub(reward, mul(div_down(reward, period)?, period)?)?)
    }

    /// An account settled up to this period's `per_token`. Call it before his stake changes.
    ///
    /// Errors: amounts that do not fit.
    pub fn settle(&self, account: Account, stake: U256) -> Result<Account, RewardError> {
        let gain = sub(self.per_token, account.paid)?;
        let stored = add(account.stored, mul_div_down(stake, gain, WAD)?)?;
        Ok(Account {
            paid: self.per_token,
            stored,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{int, wad};
    use proptest::prelude::*;

    const WEEK: u64 = 7 * 86_400;

    #[test]
    fn s2_10_a_million_over_a_week() {
        let million = wad("1000000");
        let period = Period::default()
            .notify(million, million, U256::ZERO, 0, WEEK)
            .unwrap();
        assert_eq!(period.rate, int("1653439153439153439"));
        let day = period.accrue(wad("1000"), 86_400).unwrap();
        assert_eq!(day.per_token, int("142857142857142857129"));
        // the dust that the reference never pays
        assert_eq!(Period::undistributed(million, WEEK), Ok(int("92800")));
        assert_eq!(
            day.settle(Account::default(), wad("1000")).unwrap().stored,
            wad("142857.142857142857129")
        );
    }

    #[test]
    fn s2_10_refusals_and_idle_time() {
        let million = wad("1000000");
        let empty = Period::default();
        assert_eq!(
            empty.notify(million, million, U256::ZERO, 0, 0),
            Err(RewardError::NoPeriod)
        );
        let underfunded = empty.notify(million, million - wad("1"), U256::ZERO, 0, WEEK);
        assert_eq!(underfunded, Err(RewardError::Underfunded));
        let period = empty.notify(million, million, U256::ZERO, 100, WEEK).unwrap();
        assert_eq!(period.accrue(wad("1"), 99), Err(RewardError::Clock));
        // nobody staked: nothing accrues, and nothing is made up for
        assert_eq!(
            period.accrue(U256::ZERO, 100 + WEEK).unwrap().per_token,
            U256::ZERO
        );
        // after the end nothing grows
        let done = period.accrue(wad("1"), 100 + WEEK).unwrap();
        assert_eq!(
            done.accrue(wad("1"), 999 * WEEK).unwrap().per_token,
            done.per_token
        );
    }

    proptest! {
        /// Stakers who come, change and claim at any time: together never more than was funded; and the order of settling does not matter.
        #[test]
        fn prop_s2_10_never_pays_more_than_funded(steps in prop::collection::vec((0usize..4, 0u64..200_000, 0u64..1_000_000, 0u8..8), 1..80)) {
            let mut period = Period::default();
            let (mut stakes, mut accounts) = ([U256::ZERO; 4], [Account::default(); 4]);
            let (mut now, mut funded, mut claimed) = (0u64, U256::ZERO, U256::ZERO);
            for (who, gap, amount, kind) in steps {
                now += gap;
                let staked = stakes.iter().fold(U256::ZERO, |a, b| a + b);
                if kind == 0 {
                    let reward = U256::from(amount) * WAD;
                    // the balance is what was funded and not claimed
                    if let Ok(next) = period.notify(reward, funded + reward - claimed, staked, now, WEEK) { period = next; funded += reward; }
                    continue;
                }
                period = period.accrue(staked, now).unwrap();
                accounts[who] = period.settle(accounts[who], stakes[who]).unwrap();
                if kind < 6 { stakes[who] = U256::from(amount); } else { claimed += accounts[who].stored; accounts[who].stored = U256::ZERO; }
            }
            let owed = (0..4).map(|i| period.settle(accounts[i], stakes[i]).unwrap().stored).fold(U256::ZERO, |a, b| a + b);
            prop_assert!(owed + claimed <= funded);
        }

        /// One look or a thousand: the same, but for a unit of rpt at each.
        #[test]
        fn prop_looks_only_lose_dust(gaps in prop::collection::vec(1u64..5_000, 1..40), staked in 1u128..1 << 90) {
            let million = wad("1000000");
            let start = Period::default().notify(million, million, U256::ZERO, 0, WEEK).unwrap();
            let (mut period, mut now, looks) = (start, 0, gaps.len());
            for gap in gaps { now += gap; period = period.accrue(U256::from(staked), now).unwrap(); }
            let once = start.accrue(U256::from(staked), now).unwrap();
            prop_assert!(period.per_token <= once.per_token && once.per_token - period.per_token <= U256::from(looks));
        }
    }
}
