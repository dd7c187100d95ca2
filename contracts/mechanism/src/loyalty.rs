//! A burn share that rises with loyalty: the more is locked for long, the faster the supply falls.
//!
//! * **Equation.** `L = min(ve_total/supply, 1)`, `share = b_min + ⌊(b_max - b_min)·L⌋`; `⌊revenue·share/10⁴⌋` is burned, the rest goes to the
//!   stakers.
//! * **Symbols.** `ve_total` the vote-escrowed amount (amount times remaining time over the longest), base units; shares in bps.
//! * **Source.** This project's reading of the seed, from the parts of veCRV and Sky's `Splitter` (systems.md 2.32).
//! * **Domain.** `b_min ≤ b_max ≤ 10⁴`. A supply of zero counts as no loyalty.
//! * **Rounding.** The share and the burn down.
//! * **In the wild.** A flash-lock would move the share in its own transaction: take `L` from the checkpoint *before* the epoch.

use crate::error::errors;
use mintage_math::{U256, mul_div_down, sub};

const BPS: u16 = 10_000;

errors! {
    /// Why the shares are refused.
    LoyaltyError {
        /// The shares are not in order.
        Order => "the least share is above the greatest, or that is above 10,000 bps",
    }
}

/// The least and the greatest burn share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoyaltyBurn {
    min_bps: u16,
    max_bps: u16,
}

impl LoyaltyBurn {
    /// Error: [`LoyaltyError::Order`].
    pub fn new(min_bps: u16, max_bps: u16) -> Result<Self, LoyaltyError> {
        if min_bps > max_bps || max_bps > BPS {
            return Err(LoyaltyError::Order);
        }
        Ok(Self { min_bps, max_bps })
    }

    /// The burn share at a past checkpoint, bps.
    ///
    /// ```
    /// use mintage_mechanism::loyalty::LoyaltyBurn;
    /// use mintage_math::U256;
    /// let burn = LoyaltyBurn::new(1_000, 7_000).unwrap();
    /// assert_eq!(burn.share_bps_down(U256::from(25), U256::from(100)), 2_500);
    /// ```
    pub fn share_bps_down(&self, ve_total: U256, supply: U256) -> u16 {
        let width = U256::from(self.max_bps.wrapping_sub(self.min_bps));
        // a share of at most one, so the quotient is at most the width
        let more = mul_div_down(width, ve_total.min(supply), supply).unwrap_or(U256::ZERO);
        self.min_bps
            .wrapping_add(more.as_limbs().first().copied().unwrap_or(0) as u16)
    }

    /// `(burned, to the stakers)` of a revenue; they add up.
    ///
    /// Error: never for a checked setting; the type is the arithmetic's.
    pub fn split_down(
        &self,
        revenue: U256,
        ve_total: U256,
        supply: U256,
    ) -> Result<(U256, U256), LoyaltyError> {
        let share = self.share_bps_down(ve_total, supply);
        let burned = mul_div_down(revenue, U256::from(share), U256::from(BPS))?;
        Ok((burned, sub(revenue, burned)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_u256;
    use proptest::prelude::*;

    #[test]
    fn s2_32_shares() {
        let burn = LoyaltyBurn::new(1_000, 7_000).unwrap();
        for (quarters, bps) in [(0u64, 1_000), (1, 2_500), (2, 4_000), (4, 7_000), (9, 7_000)] {
            assert_eq!(burn.share_bps_down(U256::from(quarters), U256::from(4)), bps);
        }
        assert_eq!(burn.share_bps_down(U256::ONE, U256::ZERO), 1_000);
        assert_eq!(LoyaltyBurn::new(2, 1), Err(LoyaltyError::Order));
        assert_eq!(LoyaltyBurn::new(0, 10_001), Err(LoyaltyError::Order));
    }

    proptest! {
        #[test]
        fn prop_s2_32_monotone_bounded_and_conserving(min in 0u16..5_000, width in 0u16..=5_000, a in any_u256(), b in any_u256(), s in any_u256(), r in any_u256()) {
            let burn = LoyaltyBurn::new(min, min + width).unwrap();
            let (low, high) = (burn.share_bps_down(a.min(b), s), burn.share_bps_down(a.max(b), s));
            prop_assert!(min <= low && low <= high && high <= min + width);
            let (burned, rest) = burn.split_down(r, a, s).unwrap();
            prop_assert_eq!(burned + rest, r);
        }
    }
}
