//! Minting, burning and the cap.

use mintage_kit::prelude::*;
use mintage_kit::word::{give, narrow, widen};
use mintage_mechanism::cap::{Cap, CapBasis as Basis};

use crate::{CapBasis, CapLowered, ERC20ExceededCap, Token, name, out_of_range};

/// `struct Supply { uint128 minted; uint128 burned; }`: the supply is their difference, so the identity holds by
/// construction.
#[record]
pub(crate) struct Supply {
    /// Everything ever minted.
    pub minted: u128,
    /// Everything ever burned.
    pub burned: u128,
}

impl Supply {
    /// What exists.
    pub(crate) fn circulating(self) -> U256 {
        // burned <= minted: only what exists can be burned
        widen(self.minted.wrapping_sub(self.burned))
    }
}

/// `struct Issuance { uint128 cap; CapBasis basis; uint8 decimals; }`
#[record]
pub(crate) struct Issuance {
    /// The most that may count.
    pub cap: u128,
    /// What counts.
    pub basis: CapBasis,
    /// Decimal places of a whole token.
    pub decimals: u8,
}

impl Issuance {
    fn rule(self) -> Cap {
        let basis = match self.basis {
            CapBasis::LifetimeMinted => Basis::LifetimeMinted,
            CapBasis::Circulating => Basis::Circulating,
        };
        Cap {
            limit: widen(self.cap),
            basis,
        }
    }
}

#[cold]
#[inline(never)]
fn exceeded(mut increased_supply: U256, amount: &U256, cap: U256) -> Revert {
    // What does not fit 256 bits is shown as it was asked for.
    if !give(&mut increased_supply, amount) {
        increased_supply = *amount;
    }
    ERC20ExceededCap {
        increased_supply,
        cap,
    }
    .into()
}

impl Token {
    pub(crate) fn start_cap(&mut self, cap: U256, basis: CapBasis, decimals: u8) -> Result<()> {
        match narrow(&cap) {
            Some(cap @ 1..) => self.issuance.set(Issuance { cap, basis, decimals }),
            _ => return Err(out_of_range(const { name(b"cap") }, &cap, 1, u128::MAX)),
        }
        emit(CapLowered {
            old_cap: U256::ZERO,
            new_cap: cap,
        });
        Ok(())
    }

    /// Makes new tokens, within the cap.
    #[inline(never)]
    pub(crate) fn issue(&mut self, to: &Address, amount: &U256) -> Result<()> {
        let issuance = self.issuance.get();
        let supply = self.supply.get();
        let (cap, minted, circulating) = (issuance.rule(), widen(supply.minted), supply.circulating());
        if *amount > cap.headroom(minted, circulating) {
            return Err(exceeded(cap.counted(minted, circulating), amount, cap.limit));
        }
        // A cap on what circulates does not bound what was ever minted, 128 bits do.
        let Some(minted) = narrow(amount).and_then(|amount| supply.minted.checked_add(amount)) else {
            return Err(Overflow.into());
        };
        self.supply.set(Supply { minted, ..supply });
        self.erc20.credit(&Address::ZERO, to, amount)
    }

    /// Burns tokens of `from`, which authorised it.
    #[inline(never)]
    pub(crate) fn destroy(&mut self, from: &Address, amount: &U256) -> Result<()> {
        self.erc20.debit(from, amount)?;
        self.count_burned(from, amount);
        Ok(())
    }

    /// Counts tokens that were debited as burned. They existed, so they fit.
    #[inline(never)]
    pub(crate) fn count_burned(&mut self, from: &Address, amount: &U256) {
        let supply = self.supply.get();
        let burned = supply.burned.wrapping_add(narrow(amount).unwrap_or_default());
        self.supply.set(Supply { burned, ..supply });
        self.erc20.burned(from, amount);
    }

    pub(crate) fn change_cap(&mut self, new_cap: U256) -> Result<()> {
        let issuance = self.issuance.get();
        let supply = self.supply.get();
        let (minted, circulating) = (widen(supply.minted), supply.circulating());
        let old = issuance.rule();
        match (old.lower(new_cap, minted, circulating), narrow(&new_cap)) {
            (Ok(_), Some(cap)) => self.issuance.set(Issuance { cap, ..issuance }),
            _ => {
                let min = old.counted(minted, circulating);
                return Err(out_of_range(
                    const { name(b"cap") },
                    &new_cap,
                    narrow(&min).unwrap_or_default(),
                    issuance.cap,
                ));
            }
        }
        emit(CapLowered {
            old_cap: old.limit,
            new_cap,
        });
        Ok(())
    }
}
