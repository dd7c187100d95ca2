//! The hard cap of a supply.
//!
//! * **Equation.** `headroom = cap - counted`, where `counted` is the lifetime minted amount or the circulating supply.
//! * **Symbols.** All in the token's base units.
//! * **Source.** OpenZeppelin `ERC20Capped` (circulating); Bitcoin's MoneyRange and Curve's `available_supply` (issuance).
//! * **Domain.** Every number; what is counted above the cap leaves no headroom.
//! * **Rounding.** None.
//! * **In the wild.** A flash mint whose limit was `max - supply` and ignored the cap; bridge minters and stolen minter keys beside
//!   the capped path (Cover, PAID, Gala). So the check belongs where every mint passes, and it asks for both counters.
//!
//! With a token that burns part of each fee, a cap on what circulates is no cap on issuance: every burn frees room. Lifetime
//! is the default for that reason.

use crate::error::errors;
use mintage_math::{MathError, U256, give, take};

/// What a cap counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CapBasis {
    /// Everything ever minted: a burn is for good.
    #[default]
    LifetimeMinted,
    /// What exists now: a burn frees room for new issuance.
    Circulating,
}

errors! {
    /// Why a mint or a change of the cap is refused.
    CapError {
        /// The mint would pass the cap.
        Exceeded => "the mint would pass the cap: mint at most the headroom",
        /// The cap may only be lowered.
        Raised => "the new cap is above the old one: a cap may only be lowered",
        /// The new cap is below what already counts against it.
        BelowCounted => "the new cap is below what already counts against it",
    }
}

/// A cap and what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// The most that may count, base units.
    pub limit: U256,
    /// What counts.
    pub basis: CapBasis,
}

impl Cap {
    /// What counts against the cap.
    pub fn counted(&self, lifetime_minted: U256, supply: U256) -> U256 {
        match self.basis {
            CapBasis::LifetimeMinted => lifetime_minted,
            CapBasis::Circulating => supply,
        }
    }

    /// How much may still be minted. Zero when the count is at or above the cap.
    ///
    /// ```
    /// use mintage_mechanism::cap::{Cap, CapBasis};
    /// use mintage_math::U256;
    /// let (minted, supply) = (U256::from(900), U256::from(700)); // 200 were burned
    /// let lifetime = Cap { limit: U256::from(1000), basis: CapBasis::LifetimeMinted };
    /// assert_eq!(lifetime.headroom(minted, supply), U256::from(100));
    /// let circulating = Cap { basis: CapBasis::Circulating, ..lifetime };
    /// assert_eq!(circulating.headroom(minted, supply), U256::from(300));
    /// ```
    pub fn headroom(&self, lifetime_minted: U256, supply: U256) -> U256 {
        self.limit.saturating_sub(self.counted(lifetime_minted, supply))
    }

    /// Allows a mint of `amount`, or says that it would pass the cap. Returns what counts after it.
    ///
    /// Errors: [`CapError::Exceeded`]; a count of 2^256 or more.
    pub fn check_mint(&self, amount: U256, lifetime_minted: U256, supply: U256) -> Result<U256, CapError> {
        // the other counter must not wrap either
        let (mut minted, mut supply) = (lifetime_minted, supply);
        if !give(&mut minted, &amount) || !give(&mut supply, &amount) {
            return Err(CapError::Math(MathError::ResultTooLarge));
        }
        let after = self.counted(minted, supply);
        let mut room = self.limit;
        if take(&mut room, &after) {
            Ok(after)
        } else {
            Err(CapError::Exceeded)
        }
    }

    /// The cap after it was lowered to `limit`. Lowering to the same value is allowed and changes nothing.
    ///
    /// Errors: [`CapError::Raised`], [`CapError::BelowCounted`].
    pub fn lower(&self, limit: U256, lifetime_minted: U256, supply: U256) -> Result<Self, CapError> {
        if limit > self.limit {
            return Err(CapError::Raised);
        }
        if limit < self.counted(lifetime_minted, supply) {
            return Err(CapError::BelowCounted);
        }
        Ok(Self { limit, ..*self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cap(limit: u64, basis: CapBasis) -> Cap {
        Cap {
            limit: U256::from(limit),
            basis,
        }
    }

    #[test]
    fn s2_18_burn_frees_room_only_in_circulating() {
        let (minted, supply) = (U256::from(1000), U256::from(600));
        let one = U256::ONE;
        assert_eq!(
            cap(1000, CapBasis::LifetimeMinted).check_mint(one, minted, supply),
            Err(CapError::Exceeded)
        );
        assert_eq!(
            cap(1000, CapBasis::Circulating).check_mint(one, minted, supply),
            Ok(U256::from(601))
        );
        assert_eq!(CapBasis::default(), CapBasis::LifetimeMinted);
    }

    #[test]
    fn s2_18_cap_only_decreases() {
        let c = cap(1000, CapBasis::LifetimeMinted);
        let (minted, supply) = (U256::from(400), U256::from(100));
        assert_eq!(c.lower(U256::from(1001), minted, supply), Err(CapError::Raised));
        assert_eq!(
            c.lower(U256::from(399), minted, supply),
            Err(CapError::BelowCounted)
        );
        assert_eq!(
            c.lower(U256::from(400), minted, supply)
                .unwrap()
                .headroom(minted, supply),
            U256::ZERO
        );
        assert_eq!(c.lower(c.limit, minted, supply), Ok(c));
    }

    #[test]
    fn extremes_do_not_wrap() {
        let c = Cap {
            limit: U256::MAX,
            basis: CapBasis::Circulating,
        };
        let overflow = Err(CapError::Math(MathError::ResultTooLarge));
        assert_eq!(c.check_mint(U256::ONE, U256::MAX, U256::ZERO), overflow);
        assert_eq!(c.check_mint(U256::MAX, U256::ONE, U256::ONE), overflow);
        assert_eq!(c.check_mint(U256::MAX, U256::ZERO, U256::ZERO), Ok(U256::MAX));
    }

    proptest! {
        /// Any order of mints and burns: the count never passes the cap, and headroom is exactly what may be minted.
        #[test]
        fn prop_never_passed(limit in 0u64..10_000, lifetime in any::<bool>(),
                             steps in prop::collection::vec((any::<bool>(), 0u64..4_000), 0..40)) {
            let c = cap(limit, if lifetime { CapBasis::LifetimeMinted } else { CapBasis::Circulating });
            let (mut minted, mut supply) = (U256::ZERO, U256::ZERO);
            for (mint, amount) in steps {
                let amount = U256::from(amount);
                if mint {
                    let allowed = amount <= c.headroom(minted, supply);
                    prop_assert_eq!(c.check_mint(amount, minted, supply).is_ok(), allowed);
                    if allowed { minted += amount; supply += amount; }
                } else {
                    supply -= amount.min(supply);
                }
                prop_assert!(c.counted(minted, supply) <= c.limit);
            }
        }
    }
}
