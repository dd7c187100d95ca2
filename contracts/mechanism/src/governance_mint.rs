//! A mint by governance: at most a share of the supply, at most once a period.
//!
//! * **Equation.** Allowed when `now ≥ last + P` and `amount ≤ ⌊supply·c/100⌋`; afterwards `last = now`.
//! * **Symbols.** `P` the period, seconds (365 days); `c` percent (2); `supply` before the mint, base units.
//! * **Source.** Uniswap `Uni.mint` (rule re-stated, systems.md 2.20). ENS and ARB are alike (ARB at most 2 % a year).
//! * **Domain.** A cap of at most 100 %.
//! * **Rounding.** The cap down.
//! * **In the wild.** The period counts from the last mint and not from a calendar, so it drifts, and an unused year is not made up;
//!   there is no absolute cap: ten mints are `1.02^10`. Captured governance minted what it liked (Beanstalk, 2022) where no such
//!   window stood.

use crate::error::errors;
use mintage_math::{U256, mul_div_down};

errors! {
    /// Why governance may not mint.
    GovernanceMintError {
        /// The period since the last mint has not passed.
        TooSoon => "the period since the last mint has not passed",
        /// More than the share of the supply.
        AboveCap => "the amount is above the cap, a share of the supply",
        /// A cap of more than the whole supply.
        CapTooHigh => "the cap is above 100 % of the supply",
    }
}

/// The window and the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MintWindow {
    /// The shortest time between two mints, seconds.
    pub period_secs: u64,
    /// The most of a mint, percent of the supply before it, at most 100.
    pub cap_percent: u8,
}

/// Uniswap's: 2 % at most every 365 days.
pub const UNISWAP: MintWindow = MintWindow {
    period_secs: 365 * 86_400,
    cap_percent: 2,
};

impl MintWindow {
    /// The most that may be minted at this supply.
    ///
    /// Error: [`GovernanceMintError::CapTooHigh`].
    ///
    /// ```
    /// use mintage_mechanism::governance_mint::UNISWAP;
    /// use mintage_math::U256;
    /// assert_eq!(UNISWAP.cap_down(U256::from(1_000_000_000)), Ok(U256::from(20_000_000)));
    /// ```
    pub fn cap_down(&self, supply: U256) -> Result<U256, GovernanceMintError> {
        if self.cap_percent > 100 {
            return Err(GovernanceMintError::CapTooHigh);
        }
        Ok(mul_div_down(
            supply,
            U256::from(self.cap_percent),
            U256::from(100),
        )?)
    }

    /// Allows a mint; returns when the next one is allowed. `allowed_ts` is what the last one returned (the first: a chosen start).
    ///
    /// Errors: [`GovernanceMintError::TooSoon`], [`GovernanceMintError::AboveCap`], [`GovernanceMintError::CapTooHigh`].
    pub fn mint(
        &self,
        now_ts: u64,
        allowed_ts: u64,
        amount: U256,
        supply: U256,
    ) -> Result<u64, GovernanceMintError> {
        if now_ts < allowed_ts {
            return Err(GovernanceMintError::TooSoon);
        }
        if amount > self.cap_down(supply)? {
            return Err(GovernanceMintError::AboveCap);
        }
        Ok(now_ts.saturating_add(self.period_secs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wad;

    #[test]
    fn s2_20_ten_maximal_mints_are_1_02_to_the_tenth() {
        let (mut supply, mut allowed) = (wad("1000000000"), 0);
        for _ in 0..10 {
            let amount = UNISWAP.cap_down(supply).unwrap();
            allowed = UNISWAP.mint(allowed, allowed, amount, supply).unwrap();
            supply += amount;
        }
        // 1.21899441999475713024 of a billion, exactly
        assert_eq!(supply, wad("1218994419.99475713024"));
    }

    #[test]
    fn s2_20_window_drifts_and_cap_is_of_the_supply_before() {
        let next = UNISWAP.mint(1_000, 500, U256::from(2), U256::from(100)).unwrap();
        assert_eq!(next, 1_000 + 365 * 86_400);
        assert_eq!(
            UNISWAP.mint(next - 1, next, U256::ZERO, U256::MAX),
            Err(GovernanceMintError::TooSoon)
        );
        assert_eq!(
            UNISWAP.mint(next, next, U256::from(3), U256::from(149)),
            Err(GovernanceMintError::AboveCap)
        );
        assert_eq!(UNISWAP.mint(u64::MAX, 0, U256::ZERO, U256::ZERO), Ok(u64::MAX));
        let broken = MintWindow {
            cap_percent: 101,
            ..UNISWAP
        };
        assert_eq!(broken.cap_down(U256::ONE), Err(GovernanceMintError::CapTooHigh));
    }

    #[test]
    fn s2_20_a_cap_may_be_the_whole_supply() {
        let window = MintWindow {
            cap_percent: 100,
            ..UNISWAP
        };
        assert_eq!(window.cap_down(U256::MAX), Ok(U256::MAX));
    }
}
