//! Delegated stake: pool shares with a commission, cumulative factors, elections.
//!
//! * **Equation.** Shares `⌊a·S/P⌋`, assets `⌊s·P/S⌋`; of a reward `⌊r·c/10⁴⌋` is the validator's, minted to him as shares after the rest has raised the
//!   pool; cumulative factor `R' = R + ⌊R·⌊reward·10^27/stake⌋/10^27⌋`, a stake later `⌊stake·⌊R'·10^27/R⌋/10^27⌋`.
//! * **Symbols.** Amounts base units; `c` bps; factors in units of 10^-27.
//! * **Source.** BSC `StakeCredit`, `StakeHub`; Livepeer `BondingManager`, `EarningsPoolLIP36` (rules re-stated, systems.md 2.5).
//! * **Domain.** A pool that was opened with [`LOCKED`], which nobody owns; delegations of at least [`MIN_DELEGATION`].
//! * **Rounding.** Down, so that claims never exceed the pool.
//! * **In the wild.** A delegator of this round who earned this round's reward (count the stake of the round before); a commission raised right before the
//!   reward (limit the step and the day); unbounded lists of delegates (elect the top `N`, ties by the older).

use crate::error::errors;
use mintage_math::{RAY, U256, WAD, add, mul_div_down, sub};

/// What a validator's pool is opened with and nobody can withdraw: one token.
pub const LOCKED: U256 = WAD;
/// The least delegation: one token.
pub const MIN_DELEGATION: U256 = WAD;
/// How long an undelegation takes: seven days.
pub const UNBOND_SECS: u64 = 604_800;
/// The fee of a move to another validator, of [`REDELEGATE_FEE_BASE`].
pub const REDELEGATE_FEE_BASE: u64 = 100_000;

errors! {
    /// Why a delegation is refused.
    DelegationError {
        /// The amount is below the least.
        TooSmall => "the amount is below one token, the least delegation",
        /// The amount is worth no share, or the shares nothing.
        Worthless => "the amount is worth less than one unit",
        /// More shares than the pool has.
        TooMany => "more shares than the pool has besides the locked ones",
        /// The commission is above its limit, or moved by more than a step.
        Commission => "the commission is above its limit or moves by more than a step",
        /// A change of the commission on the same day.
        TooSoon => "the commission was changed less than a day ago",
        /// A fee above the base.
        Fee => "the fee is above all of the amount",
    }
}

/// A validator's pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Staked, base units.
    pub pooled: U256,
    /// Shares, base units.
    pub shares: U256,
}

impl Pool {
    /// A pool that holds only what is locked for ever.
    pub fn open() -> Self {
        Self {
            pooled: LOCKED,
            shares: LOCKED,
        }
    }

    /// After a delegation, and its shares.
    ///
    /// Errors: [`DelegationError::TooSmall`], [`DelegationError::Worthless`]; a sum that does not fit.
    ///
    /// ```
    /// use mintage_mechanism::delegation::Pool;
    /// use mintage_math::{U256, WAD};
    /// let (pool, shares) = Pool::open().delegate(WAD * U256::from(9)).unwrap();
    /// assert_eq!(shares, WAD * U256::from(9));
    /// // a reward of 10 at 10 %: nine raise the rate, one becomes the validator's shares
    /// let (pool, commission) = pool.reward(WAD * U256::from(10), 1_000).unwrap();
    /// assert_eq!(pool.pooled, WAD * U256::from(20));
    /// assert_eq!(pool.assets_down(commission), Ok(WAD - U256::ONE));
    /// ```
    pub fn delegate(&self, amount: U256) -> Result<(Self, U256), DelegationError> {
        if amount < MIN_DELEGATION {
            return Err(DelegationError::TooSmall);
        }
        let shares = mul_div_down(amount, self.shares, self.pooled)?;
        if shares.is_zero() {
            return Err(DelegationError::Worthless);
        }
        Ok((
            Self {
                pooled: add(self.pooled, amount)?,
                shares: add(self.shares, shares)?,
            },
            shares,
        ))
    }

    /// What shares are worth, rounded down.
    ///
    /// Error: a pool without shares.
    pub fn assets_down(&self, shares: U256) -> Result<U256, DelegationError> {
        Ok(mul_div_down(shares, self.pooled, self.shares)?)
    }

    /// After an undelegation, and what waits for payment.
    ///
    /// Errors: [`DelegationError::TooMany`], [`DelegationError::Worthless`].
    pub fn undelegate(&self, shares: U256) -> Result<(Self, U256), DelegationError> {
        if shares > self.shares.saturating_sub(LOCKED) {
            return Err(DelegationError::TooMany);
        }
        let amount = self.assets_down(shares)?;
        if amount.is_zero() {
            return Err(DelegationError::Worthless);
        }
        Ok((
            Self {
                pooled: sub(self.pooled, amount)?,
                shares: sub(self.shares, shares)?,
            },
            amount,
        ))
    }

    /// After a reward, and the validator's new shares for his commission.
    ///
    /// Errors: [`DelegationError::Commission`] above 10,000 bps; amounts that do not fit.
    pub fn reward(&self, reward: U256, commission_bps: u16) -> Result<(Self, U256), DelegationError> {
        if commission_bps > 10_000 {
            return Err(DelegationError::Commission);
        }
        let commission = mul_div_down(reward, U256::from(commission_bps), U256::from(10_000))?;
        let pooled = add(self.pooled, sub(reward, commission)?)?;
        let shares = mul_div_down(commission, self.shares, pooled)?;
        Ok((
            Self {
                pooled: add(pooled, commission)?,
                shares: add(self.shares, shares)?,
            },
            shares,
        ))
    }

    /// After a slash of the validator's own shares, at most those he has: the pool, the shares that are gone, what was burned.
    ///
    /// Errors: amounts that do not fit.
    pub fn slash_self(&self, amount: U256, own_shares: U256) -> Result<(Self, U256, U256), DelegationError> {
        let wanted = mintage_math::mul_div_up(amount, self.shares, self.pooled)?;
        let shares = wanted.min(own_shares);
        let burned = self.assets_down(shares)?;
        Ok((
            Self {
                pooled: sub(self.pooled, burned)?,
                shares: sub(self.shares, shares)?,
            },
            shares,
            burned,
        ))
    }
}

/// Judges a change of commission.
///
/// Errors: [`DelegationError::Commission`], [`DelegationError::TooSoon`].
pub fn check_commission(
    old_bps: u16,
    new_bps: u16,
    max_bps: u16,
    max_step_bps: u16,
    since_last_secs: u64,
) -> Result<(), DelegationError> {
    if new_bps > max_bps || max_bps > 10_000 || new_bps.abs_diff(old_bps) > max_step_bps {
        return Err(DelegationError::Commission);
    }
    if since_last_secs < 86_400 {
        Err(DelegationError::TooSoon)
    } else {
        Ok(())
    }
}

/// The cumulative factor after a round's reward on the stake of the round before; it starts at [`RAY`].
///
/// Errors: no stake; amounts that do not fit.
pub fn cumulative_factor_down(factor: U256, reward: U256, stake: U256) -> Result<U256, DelegationError> {
    let points = mul_div_down(reward, RAY, stake)?;
    Ok(add(factor, mul_div_down(factor, points, RAY)?)?)
}

/// A stake bonded at `start`'s factor, at `end`'s.
///
/// Errors: a factor of zero; an amount that does not fit.
pub fn stake_at_down(stake: U256, start: U256, end: U256) -> Result<U256, DelegationError> {
    let points = mul_div_down(end, RAY, start)?;
    Ok(mul_div_down(stake, points, RAY)?)
}

/// What arrives at the other validator, and the fee, rounded up.
///
/// Error: [`DelegationError::Fee`].
pub fn redelegate(amount: U256, fee: u64) -> Result<(U256, U256), DelegationError> {
    if fee > REDELEGATE_FEE_BASE {
        return Err(DelegationError::Fee);
    }
    let fee = mintage_math::mul_div_up(amount, U256::from(fee), U256::from(REDELEGATE_FEE_BASE))?;
    Ok((sub(amount, fee)?, fee))
}

/// Whether candidate `a` is elected before `b`: more stake, then the lower (older) number.
pub fn ranks_before(a: (U256, u64), b: (U256, u64)) -> bool {
    a.0 > b.0 || (a.0 == b.0 && a.1 < b.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wad;
    use proptest::prelude::*;

    #[test]
    fn s2_5_commission_and_limits() {
        assert_eq!(check_commission(500, 600, 2_000, 100, 86_400), Ok(()));
        assert_eq!(
            check_commission(500, 601, 2_000, 100, 86_400),
            Err(DelegationError::Commission)
        );
        assert_eq!(
            check_commission(500, 399, 2_000, 100, 86_400),
            Err(DelegationError::Commission)
        );
        assert_eq!(
            check_commission(1_950, 2_001, 2_000, 100, 86_400),
            Err(DelegationError::Commission)
        );
        assert_eq!(
            check_commission(500, 600, 2_000, 100, 86_399),
            Err(DelegationError::TooSoon)
        );
        assert_eq!(
            Pool::open().delegate(WAD - U256::ONE),
            Err(DelegationError::TooSmall)
        );
        assert_eq!(Pool::open().undelegate(U256::ONE), Err(DelegationError::TooMany));
        assert_eq!(Pool::open().reward(WAD, 10_001), Err(DelegationError::Commission));
        assert_eq!(redelegate(wad("1"), 200), Ok((wad("0.998"), wad("0.002"))));
        assert_eq!(redelegate(wad("1"), 100_001), Err(DelegationError::Fee));
        assert!(ranks_before((wad("2"), 9), (wad("1"), 1)));
        assert!(ranks_before((wad("1"), 1), (wad("1"), 9)));
    }

    #[test]
    fn s2_5_cumulative_factors() {
        // 10 % and then 20 %: a stake of 100 becomes 132
        let one = cumulative_factor_down(RAY, wad("10"), wad("100")).unwrap();
        let two = cumulative_factor_down(one, wad("22"), wad("110")).unwrap();
        assert_eq!(stake_at_down(wad("100"), RAY, two), Ok(wad("132")));
        assert_eq!(stake_at_down(wad("100"), one, two), Ok(wad("120")));
        assert!(cumulative_factor_down(RAY, wad("1"), U256::ZERO).is_err());
    }

    #[test]
    fn s2_5_least_delegation_and_all_but_the_locked_shares() {
        let (pool, shares) = Pool::open().delegate(MIN_DELEGATION).unwrap();
        assert_eq!(shares, WAD);
        // all of a reward may be the validator's: the rate does not move
        let (pool, commission) = pool.reward(wad("3"), 10_000).unwrap();
        assert_eq!((commission, pool.pooled), (wad("3"), wad("5")));
        assert_eq!(pool.assets_down(shares), Ok(wad("1")));
        let (left, paid) = pool.undelegate(wad("4")).unwrap();
        assert_eq!((left, paid), (Pool::open(), wad("4")));
        assert_eq!(
            pool.undelegate(wad("4") + U256::ONE),
            Err(DelegationError::TooMany)
        );
    }

    #[test]
    fn s2_5_commission_up_to_its_limit_and_a_limit_up_to_all() {
        assert_eq!(check_commission(1_950, 2_000, 2_000, 100, 86_400), Ok(()));
        assert_eq!(check_commission(10_000, 10_000, 10_000, 0, 86_400), Ok(()));
        assert_eq!(
            check_commission(10_000, 10_000, 10_001, 0, 86_400),
            Err(DelegationError::Commission)
        );
    }

    #[test]
    fn s2_5_more_stake_is_elected_first_and_then_the_older() {
        assert!(!ranks_before((wad("1"), 1), (wad("2"), 9)));
        assert!(!ranks_before((wad("1"), 9), (wad("1"), 1)));
        // nobody is before himself, or sorting by it would have no order
        assert!(!ranks_before((wad("1"), 1), (wad("1"), 1)));
    }

    #[test]
    fn s2_5_a_move_may_cost_all_of_it() {
        assert_eq!(
            redelegate(wad("1"), REDELEGATE_FEE_BASE),
            Ok((U256::ZERO, wad("1")))
        );
    }

    proptest! {
        /// Any order of delegations, rewards, undelegations and slashes: claims never exceed the pool, and but for slashing the rate never falls.
        #[test]
        fn prop_s2_5_claims_are_covered(steps in prop::collection::vec((0u8..4, 0usize..3, 1u128..1 << 80, 0u16..=10_000), 1..50)) {
            let (mut pool, mut held, mut own) = (Pool::open(), [U256::ZERO; 3], U256::ZERO);
            for (kind, who, amount, bps) in steps {
                let before = pool;
                let amount = U256::from(amount);
                match kind {
                    0 => if let Ok((p, s)) = pool.delegate(amount) { pool = p; held[who] += s; },
                    1 => if let Ok((p, s)) = pool.reward(amount, bps) { pool = p; own += s; },
                    2 => { let s = held[who] >> 1usize; if let Ok((p, _)) = pool.undelegate(s) { pool = p; held[who] -= s; } }
                    _ => { let (p, s, _) = pool.slash_self(amount, own).unwrap(); pool = p; own -= s; }
                }
                prop_assert!(pool.pooled * before.shares >= before.pooled * pool.shares);
                let claims = held.iter().map(|s| pool.assets_down(*s).unwrap()).fold(pool.assets_down(own).unwrap(), |a, b| a + b);
                prop_assert!(claims + pool.assets_down(LOCKED).unwrap() <= pool.pooled);
                prop_assert_eq!(held.iter().fold(own + LOCKED, |a, b| a + *b), pool.shares);
            }
        }

        #[test]
        fn prop_factor_pays_at_most_the_reward(stake in 1u128..1 << 100, reward in 0u128..1 << 90) {
            let (stake, reward) = (U256::from(stake), U256::from(reward));
            let factor = cumulative_factor_down(RAY, reward, stake).unwrap();
            prop_assert!(stake_at_down(stake, RAY, factor).unwrap() <= stake + reward);
        }
    }
}
