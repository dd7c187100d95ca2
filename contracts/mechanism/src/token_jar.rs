//! The pull buyback: whoever burns a fixed lot of the token takes the whole jar of fees.
//!
//! * **Equation.** A release needs `nonce = counter` and a burn of `threshold`; it pays every listed asset's full balance. The threshold is a
//!   constant, or falls after a release: `⌈floor + (top - floor)·max(0, τ - t)/τ⌉`.
//! * **Symbols.** `threshold`, `top`, `floor` base units of the token; `t` seconds since the last release; `τ` how long it falls, seconds.
//! * **Source.** Uniswap `TokenJar`, `Firepit`, `Nonce`, `ResourceManager` (rules re-stated, systems.md 2.27): 4,000 UNI on mainnet, 2,000 on
//!   Arbitrum; at most 20 assets. The falling auction is this project's answer to a threshold that a rising price makes stale.
//! * **Domain.** `floor ≤ top`, `τ ≥ 1`.
//! * **Rounding.** The threshold up, as it comes from the user.
//! * **In the wild.** Needs no oracle and no pool and cannot be sandwiched. The nonce keeps a second racer from paying for an empty jar. UNI cannot
//!   burn, so `0xdead` holds it and the supply does not fall: burn for real where the token can, and measure what arrived.

use crate::error::errors;
use mintage_math::{MathError, U256, add, mul_div_up, sub};

/// The most assets of one release.
pub const MAX_ASSETS: usize = 20;

errors! {
    /// Why a release is refused.
    JarError {
        /// The nonce is not the counter's.
        StaleNonce => "the nonce is not the current one: somebody else released the jar",
        /// Less was burned than the threshold.
        BelowThreshold => "less was burned than the threshold",
        /// Too many assets.
        TooManyAssets => "at most 20 assets a release",
        /// The floor is above the top, or the time is zero.
        Auction => "the floor is above the top, or the fall takes no time",
    }
}

/// Judges a release; returns the next nonce.
///
/// `burned` is what really arrived and was destroyed.
///
/// Errors: [`JarError::StaleNonce`], [`JarError::TooManyAssets`], [`JarError::BelowThreshold`].
///
/// ```
/// use mintage_mechanism::token_jar::{release, JarError};
/// use mintage_math::{U256, WAD};
/// let lot = WAD * U256::from(2_000);
/// assert_eq!(release(7, 7, 3, lot, lot), Ok(8));
/// assert_eq!(release(7, 8, 3, lot, lot), Err(JarError::StaleNonce));
/// ```
pub fn release(
    nonce: u64,
    counter: u64,
    assets: usize,
    burned: U256,
    threshold: U256,
) -> Result<u64, JarError> {
    if nonce != counter {
        return Err(JarError::StaleNonce);
    }
    if assets > MAX_ASSETS {
        return Err(JarError::TooManyAssets);
    }
    if burned < threshold {
        return Err(JarError::BelowThreshold);
    }
    counter
        .checked_add(1)
        .ok_or(JarError::Math(MathError::ResultTooLarge))
}

/// The protocol's part of a swap fee: `⌊fee/n⌋`; the rest is the liquidity providers'. `n = 0`: the fee is off.
///
/// Uniswap v2: a sixth; v3: a quarter in the pools of 0.01 and 0.05 %, a sixth in those of 0.30 and 1 %.
///
/// ```
/// use mintage_mechanism::token_jar::protocol_part_down;
/// use mintage_math::U256;
/// // 0.30 % in millionths: 0.05 % for the jar
/// assert_eq!(protocol_part_down(U256::from(3_000), 6), U256::from(500));
/// ```
pub fn protocol_part_down(fee: U256, denominator: u8) -> U256 {
    mintage_math::div_down(fee, U256::from(denominator)).unwrap_or(U256::ZERO)
}

/// A threshold that falls from `top` to `floor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FallingThreshold {
    /// Right after a release, base units.
    pub top: U256,
    /// In the end, base units.
    pub floor: U256,
    /// How long it falls, seconds.
    pub fall_secs: u64,
}

impl FallingThreshold {
    /// The threshold `elapsed_secs` after the last release, rounded up.
    ///
    /// Error: [`JarError::Auction`].
    pub fn at_up(&self, elapsed_secs: u64) -> Result<U256, JarError> {
        if self.floor > self.top || self.fall_secs == 0 {
            return Err(JarError::Auction);
        }
        let left = U256::from(self.fall_secs.saturating_sub(elapsed_secs));
        let above = mul_div_up(sub(self.top, self.floor)?, left, U256::from(self.fall_secs))?;
        Ok(add(self.floor, above)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    #[test]
    fn s2_27_race_and_threshold() {
        let uni = wad("4000");
        assert_eq!(release(0, 0, 20, uni, uni), Ok(1));
        assert_eq!(release(0, 1, 1, uni, uni), Err(JarError::StaleNonce));
        assert_eq!(release(1, 1, 21, uni, uni), Err(JarError::TooManyAssets));
        assert_eq!(
            release(1, 1, 1, uni - U256::ONE, uni),
            Err(JarError::BelowThreshold)
        );
        assert!(release(u64::MAX, u64::MAX, 1, uni, uni).is_err());
    }

    /// v2: 0.25 and 0.05 %; v3: a quarter of 0.01 and 0.05 %, a sixth of 0.30 and 1 %, in millionths.
    #[test]
    fn s2_27_fee_split() {
        for (fee, denominator, protocol) in [
            (3_000u64, 6, 500),
            (100, 4, 25),
            (500, 4, 125),
            (10_000, 6, 1_666),
        ] {
            assert_eq!(
                protocol_part_down(U256::from(fee), denominator),
                U256::from(protocol)
            );
        }
        assert_eq!(
            U256::from(3_000) - protocol_part_down(U256::from(3_000), 6),
            U256::from(2_500)
        );
        assert_eq!(protocol_part_down(U256::MAX, 0), U256::ZERO);
        // four quarters of 5 M a year, and the hundred million of the beginning, by whole thresholds
        assert_eq!(wad("20000000") / wad("4000"), U256::from(5_000));
    }

    #[test]
    fn s2_27_threshold_falls_so_that_a_dear_token_does_not_idle_the_jar() {
        let auction = FallingThreshold {
            top: wad("4000"),
            floor: wad("400"),
            fall_secs: 86_400,
        };
        assert_eq!(auction.at_up(0), Ok(wad("4000")));
        assert_eq!(auction.at_up(43_200), Ok(wad("2200")));
        assert_eq!(auction.at_up(86_400), Ok(wad("400")));
        assert_eq!(auction.at_up(u64::MAX), Ok(wad("400")));
        assert_eq!(
            FallingThreshold {
                fall_secs: 0,
                ..auction
            }
            .at_up(0),
            Err(JarError::Auction)
        );
        assert_eq!(
            FallingThreshold {
                floor: wad("4001"),
                ..auction
            }
            .at_up(0),
            Err(JarError::Auction)
        );
    }

    #[test]
    fn s2_27_a_threshold_may_stay_where_it_is() {
        let constant = FallingThreshold {
            top: wad("2000"),
            floor: wad("2000"),
            fall_secs: 1,
        };
        assert_eq!(constant.at_up(0), Ok(wad("2000")));
        assert_eq!(constant.at_up(9), Ok(wad("2000")));
    }

    proptest! {
        #[test]
        fn prop_falls_between_its_ends(a in any_u256(), b in any_u256(), fall_secs in 1u64.., t in any::<u64>(), u in any::<u64>()) {
            let auction = FallingThreshold { top: a.max(b), floor: a.min(b), fall_secs };
            let (early, late) = (auction.at_up(t.min(u)).unwrap(), auction.at_up(t.max(u)).unwrap());
            prop_assert!(auction.floor <= late && late <= early && early <= auction.top);
        }
    }
}
