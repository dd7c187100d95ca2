//! Shares of a pool: ERC-4626 with a virtual offset, and rebasing or value-accruing staking tokens.
//!
//! * **Equation.** Vault `shares = a·(S + 10^o)/(A + 1)`, `assets = s·(A + 1)/(S + 10^o)`; staking token `balance = ⌊s·P/S⌋`, `mint ⌊e·S/P⌋`, fee
//!   `⌊f·S/(P' - f)⌋` new shares, worth `f`.
//! * **Symbols.** `A`, `P` assets, `S` shares, base units; `o` the offset, decimals; `f` the fee in assets, `P'` the assets after the reward.
//! * **Source.** OpenZeppelin ERC-4626; Lido `StETH`; Rocket Pool rETH (rules re-stated, systems.md 2.7, 2.49).
//! * **Domain.** Offsets to 36; for staking tokens assets and shares below 2^128, as the reference.
//! * **Rounding.** Deposit and redeem down, mint and withdraw up: always for the pool.
//! * **In the wild.** One unit deposited and ten thousand donated takes a third of the next deposit at offset 0; an offset of 3 makes the attack lose
//!   a thousand times what the victim loses (Hundred 2023, Sonne 2024). Rebasing balances transfer one or two units short: wrap them.

use crate::decimals::power_of_ten;
use crate::error::errors;
use mintage_math::{U256, add, mul_div_down, mul_div_up, sub};

errors! {
    /// Why shares cannot be counted.
    ShareError {
        /// An offset above 36.
        Offset => "the offset is above 36 decimals",
        /// An amount above 2^128-1 (staking tokens).
        TooLarge => "the amount does not fit 128 bits",
        /// The fee is as much as the assets.
        Fee => "the fee is as much as all assets",
    }
}

/// A vault's totals and its offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vault {
    /// Assets that it manages, base units.
    pub assets: U256,
    /// Shares that exist, base units.
    pub shares: U256,
    /// Virtual shares, as a power of ten.
    pub offset: u8,
}

impl Vault {
    /// Shares and assets with the virtual ones.
    fn virtual_totals(&self) -> Result<(U256, U256), ShareError> {
        let extra = power_of_ten(self.offset)
            .filter(|_| self.offset <= 36)
            .ok_or(ShareError::Offset)?;
        Ok((add(self.shares, extra)?, add(self.assets, U256::ONE)?))
    }

    /// Shares for a deposit, rounded down.
    ///
    /// ```
    /// use mintage_mechanism::shares::Vault;
    /// use mintage_math::U256;
    /// let empty = Vault { assets: U256::ZERO, shares: U256::ZERO, offset: 3 };
    /// assert_eq!(empty.deposit_down(U256::from(5)), Ok(U256::from(5_000)));
    /// ```
    pub fn deposit_down(&self, assets: U256) -> Result<U256, ShareError> {
        let (s, a) = self.virtual_totals()?;
        Ok(mul_div_down(assets, s, a)?)
    }

    /// Assets to pay for shares, rounded up.
    pub fn mint_up(&self, shares: U256) -> Result<U256, ShareError> {
        let (s, a) = self.virtual_totals()?;
        Ok(mul_div_up(shares, a, s)?)
    }

    /// Shares to give for assets, rounded up.
    pub fn withdraw_up(&self, assets: U256) -> Result<U256, ShareError> {
        let (s, a) = self.virtual_totals()?;
        Ok(mul_div_up(assets, s, a)?)
    }

    /// Assets for shares, rounded down.
    pub fn redeem_down(&self, shares: U256) -> Result<U256, ShareError> {
        let (s, a) = self.virtual_totals()?;
        Ok(mul_div_down(shares, a, s)?)
    }
}

/// A staking token's totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StakePool {
    /// Pooled assets, base units.
    pub pooled: U256,
    /// Shares, base units.
    pub shares: U256,
}

fn narrow(amount: U256) -> Result<U256, ShareError> {
    if amount.bit_len() > 128 {
        Err(ShareError::TooLarge)
    } else {
        Ok(amount)
    }
}

impl StakePool {
    /// The balance of shares, rounded down.
    ///
    /// Errors: [`ShareError::TooLarge`]; no shares at all.
    pub fn balance_down(&self, shares: U256) -> Result<U256, ShareError> {
        Ok(mul_div_down(narrow(shares)?, self.pooled, self.shares)?)
    }

    /// Shares for assets, rounded down; one for one into an empty pool.
    ///
    /// Errors: [`ShareError::TooLarge`]; shares without assets.
    pub fn shares_for_down(&self, assets: U256) -> Result<U256, ShareError> {
        if self.shares.is_zero() {
            return narrow(assets);
        }
        Ok(mul_div_down(narrow(assets)?, self.shares, self.pooled)?)
    }

    /// After a reward of which the protocol takes `fee` (in assets): the pool and the new shares that are the fee.
    ///
    /// Error: [`ShareError::Fee`].
    pub fn reward(&self, reward: U256, fee: U256) -> Result<(Self, U256), ShareError> {
        let pooled = add(self.pooled, reward)?;
        let rest = pooled
            .checked_sub(fee)
            .filter(|r| !r.is_zero())
            .ok_or(ShareError::Fee)?;
        let minted = if reward.is_zero() {
            U256::ZERO
        } else {
            mul_div_down(fee, self.shares, rest)?
        };
        Ok((
            Self {
                pooled,
                shares: add(self.shares, minted)?,
            },
            minted,
        ))
    }

    /// After a loss, shared by all.
    ///
    /// Error: a loss above the pool.
    pub fn slash(&self, loss: U256) -> Result<Self, ShareError> {
        Ok(Self {
            pooled: sub(self.pooled, loss)?,
            ..*self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    #[test]
    fn s2_7_lido_numbers() {
        let pool = StakePool {
            pooled: wad("10000000"),
            shares: wad("8500000"),
        };
        assert_eq!(pool.shares_for_down(wad("1")), Ok(wad("0.85")));
        let (after, fee) = pool.reward(wad("1000"), wad("100")).unwrap();
        assert_eq!(fee, wad("84.992350688438040576"));
        assert_eq!(after.balance_down(fee), Ok(wad("99.999999999999999999")));
        assert_eq!(pool.reward(U256::ZERO, wad("1")).unwrap().1, U256::ZERO);
        assert_eq!(pool.reward(U256::ZERO, wad("10000000")), Err(ShareError::Fee));
        assert_eq!(pool.balance_down(U256::ONE << 128), Err(ShareError::TooLarge));
    }

    /// One unit deposited, ten thousand donated; the victim deposits ten thousand.
    #[test]
    fn s2_49_inflation_attack() {
        for (offset, printed, places) in [(0, "6666.67", 2), (3, "9997.499", 3), (6, "9999.9975", 4)] {
            let mut vault = Vault {
                assets: U256::ZERO,
                shares: U256::ZERO,
                offset,
            };
            let attacker = vault.deposit_down(U256::ONE).unwrap();
            vault = Vault {
                assets: U256::ONE + wad("10000"),
                shares: attacker,
                ..vault
            };
            let victim = vault.deposit_down(wad("10000")).unwrap();
            vault = Vault {
                assets: vault.assets + wad("10000"),
                shares: vault.shares + victim,
                ..vault
            };
            let back = vault.redeem_down(victim).unwrap();
            let unit = U256::from(10u64).pow(U256::from(18 - places));
            // printed to the nearest, but the middle one is cut
            let near = back.max(wad(printed)) - back.min(wad(printed));
            assert!(near < unit, "{offset}: {back}");
            // the attacker loses as well
            assert!(vault.redeem_down(attacker).unwrap() < wad("10000"));
        }
        let broken = Vault {
            assets: U256::ZERO,
            shares: U256::ZERO,
            offset: 37,
        };
        assert_eq!(broken.deposit_down(U256::ONE), Err(ShareError::Offset));
    }

    #[test]
    fn s2_7_amounts_of_128_bits_and_losses_for_all() {
        let pool = StakePool {
            pooled: wad("10"),
            shares: wad("8"),
        };
        let largest = (U256::ONE << 128) - U256::ONE;
        let even = StakePool {
            pooled: wad("8"),
            ..pool
        };
        assert_eq!(even.balance_down(largest), Ok(largest));
        assert_eq!(even.shares_for_down(largest), Ok(largest));
        assert_eq!(
            even.shares_for_down(largest + U256::ONE),
            Err(ShareError::TooLarge)
        );
        // a fifth is lost: every share is worth a fifth less
        let after = pool.slash(wad("2")).unwrap();
        assert_eq!(after, even);
        assert_eq!(after.balance_down(wad("4")), Ok(wad("4")));
        assert!(pool.slash(wad("10") + U256::ONE).is_err());
    }

    proptest! {
        #[test]
        fn prop_s2_49_round_trips_never_profit(assets in any_u256(), shares in any_u256(), x in any_u256(), offset in 0u8..=20) {
            let v = Vault { assets: assets >> 140usize, shares: shares >> 140usize, offset };
            let x = x >> 140usize;
            prop_assert!(v.redeem_down(v.deposit_down(x).unwrap()).unwrap() <= x);
            prop_assert!(v.deposit_down(v.mint_up(x).unwrap()).unwrap() >= x);
            prop_assert!(v.withdraw_up(x).unwrap() >= v.deposit_down(x).unwrap());
            prop_assert!(v.mint_up(x).unwrap() >= v.redeem_down(x).unwrap());
            // after a deposit the rate has not fallen
            let s = v.deposit_down(x).unwrap();
            let after = Vault { assets: v.assets + x, shares: v.shares + s, ..v };
            prop_assert!(after.redeem_down(WAD1).unwrap() >= v.redeem_down(WAD1).unwrap());
        }

        #[test]
        fn prop_s2_7_fee_is_worth_at_most_itself(pooled in 1u128..1 << 100, shares in 1u128..1 << 100, reward in 1u128..1 << 90, percent in 0u64..=50) {
            let pool = StakePool { pooled: U256::from(pooled), shares: U256::from(shares) };
            let reward = U256::from(reward);
            let fee = reward * U256::from(percent) / U256::from(100);
            let (after, minted) = pool.reward(reward, fee).unwrap();
            prop_assert!(after.balance_down(minted).unwrap() <= fee);
        }
    }

    const WAD1: U256 = mintage_math::WAD;
}
