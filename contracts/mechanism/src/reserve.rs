//! What a treasury may spend: a buffer that widens with volatility, liabilities, a floor, and a share an epoch.
//!
//! * **Equation.** `buffer = min(b_max, b₀ + ⌈k·σ⌉)`; `spendable = max(0, T - ⌈T·buffer/10⁴⌉ - liabilities - floor)`;
//!   an epoch spends at most `⌊rf·spendable/10⁴⌋`.
//! * **Symbols.** `T`, liabilities, floor: base units; `buffer`, `b₀`, `b_max`, `rf` bps; `k` bps for a volatility of 1; `σ` wad, annual.
//! * **Source.** Maker's surplus buffer, Olympus' reserve factor, Lyra's free-liquidity breaker, composed (systems.md 2.31).
//! * **Domain.** `b₀ ≤ b_max ≤ 10⁴`; every amount.
//! * **Rounding.** The buffer up, what may be spent down: in favour of the treasury.
//! * **In the wild.** Treasuries spent into a falling market, because the buffer was a constant. A dead oracle is the worst case here:
//!   no volatility means the largest buffer.

use crate::error::errors;
use mintage_math::{U256, WAD, mul_div_down, mul_div_up};

const BPS: u64 = 10_000;

errors! {
    /// Why a reserve setting is refused.
    ReserveError {
        /// The largest buffer is above all of the treasury.
        BufferTooLarge => "the largest buffer is above 10,000 bps",
        /// The smallest buffer is above the largest.
        BufferOrder => "the smallest buffer is above the largest",
        /// More than all would be spent in an epoch.
        SpendShareTooLarge => "the share of an epoch is above 10,000 bps",
    }
}

/// A buffer that widens with volatility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    base_bps: u16,
    slope_bps: u32,
    max_bps: u16,
}

impl Buffer {
    /// `base_bps` at rest, `slope_bps` more for each 1.0 of volatility, never above `max_bps`.
    ///
    /// Errors: [`ReserveError::BufferTooLarge`], [`ReserveError::BufferOrder`].
    pub fn new(base_bps: u16, slope_bps: u32, max_bps: u16) -> Result<Self, ReserveError> {
        if u64::from(max_bps) > BPS {
            return Err(ReserveError::BufferTooLarge);
        }
        if base_bps > max_bps {
            return Err(ReserveError::BufferOrder);
        }
        Ok(Self {
            base_bps,
            slope_bps,
            max_bps,
        })
    }

    /// The buffer at a volatility, bps; `None` (a dead oracle) gives the largest.
    ///
    /// ```
    /// use mintage_mechanism::reserve::Buffer;
    /// use mintage_math::U256;
    /// let buffer = Buffer::new(2_000, 2_500, 8_000).unwrap();
    /// assert_eq!(buffer.at(Some(U256::from(800_000_000_000_000_000_u64))), 4_000);
    /// assert_eq!(buffer.at(None), 8_000);
    /// ```
    pub fn at(&self, sigma_wad: Option<U256>) -> u16 {
        let Some(sigma_wad) = sigma_wad else {
            return self.max_bps;
        };
        let wide = mul_div_up(U256::from(self.slope_bps), sigma_wad, WAD)
            .ok()
            .and_then(|more| u64::try_from(more).ok())
            .unwrap_or(u64::MAX)
            .saturating_add(u64::from(self.base_bps));
        u16::try_from(wide).unwrap_or(u16::MAX).min(self.max_bps)
    }
}

/// What may be spent in all: the treasury less buffer, liabilities and floor; zero where they exceed it.
///
/// ```
/// use mintage_mechanism::reserve::spendable_down;
/// use mintage_math::U256;
/// let n = |v: u64| U256::from(v);
/// assert_eq!(spendable_down(n(1_000), 3_000, n(100), n(50)), n(550));
/// assert_eq!(spendable_down(n(1_000), 3_000, n(700), n(50)), n(0));
/// ```
pub fn spendable_down(treasury: U256, buffer_bps: u16, liabilities: U256, floor: U256) -> U256 {
    // a buffer above 10⁴ is all of it, so the product divided by 10⁴ fits wherever it matters
    let kept = mul_div_up(
        treasury,
        U256::from(u64::from(buffer_bps).min(BPS)),
        U256::from(BPS),
    );
    treasury
        .saturating_sub(kept.unwrap_or(U256::MAX))
        .saturating_sub(liabilities)
        .saturating_sub(floor)
}

/// What one epoch may spend of it.
///
/// Error: [`ReserveError::SpendShareTooLarge`].
pub fn epoch_limit_down(spendable: U256, share_bps: u16) -> Result<U256, ReserveError> {
    if u64::from(share_bps) > BPS {
        return Err(ReserveError::SpendShareTooLarge);
    }
    Ok(mul_div_down(spendable, U256::from(share_bps), U256::from(BPS))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    #[test]
    fn s2_31_buffer_by_volatility() {
        let buffer = Buffer::new(2_000, 2_500, 8_000).unwrap();
        for (sigma, bps) in [
            ("0", 2_000),
            ("0.5", 3_250),
            ("0.8", 4_000),
            ("1.2", 5_000),
            ("2.4", 8_000),
        ] {
            assert_eq!(buffer.at(Some(wad(sigma))), bps, "sigma {sigma}");
        }
        assert_eq!(buffer.at(Some(U256::MAX)), 8_000);
        assert_eq!(buffer.at(None), 8_000);
    }

    #[test]
    fn s2_31_fifty_two_epochs_leave_0_0229674788() {
        let mut treasury = wad("1");
        for _ in 0..52 {
            let free = spendable_down(treasury, 3_000, U256::ZERO, U256::ZERO);
            treasury -= epoch_limit_down(free, 1_000).unwrap();
        }
        let unit = wad("0.0000000001");
        assert_eq!((treasury + unit / U256::from(2)) / unit, U256::from(229_674_788));
    }

    #[test]
    fn settings_are_bounded() {
        assert_eq!(Buffer::new(1, 0, 10_001), Err(ReserveError::BufferTooLarge));
        assert_eq!(Buffer::new(5_001, 0, 5_000), Err(ReserveError::BufferOrder));
        assert_eq!(
            epoch_limit_down(U256::MAX, 10_001),
            Err(ReserveError::SpendShareTooLarge)
        );
        assert_eq!(epoch_limit_down(U256::MAX, 10_000), Ok(U256::MAX));
        assert_eq!(
            spendable_down(U256::MAX, u16::MAX, U256::ZERO, U256::ZERO),
            U256::ZERO
        );
    }

    proptest! {
        /// The floor holds for any sequence of greatest spends and volatilities.
        #[test]
        fn prop_s2_31_never_below_the_floor(start in any_u256(), floor in any_u256(), liabilities in any::<u64>(),
                                            share in 0u16..=10_000, sigmas in prop::collection::vec(prop::option::of(any::<u64>()), 0..40)) {
            let buffer = Buffer::new(500, 3_000, 9_000).unwrap();
            let floor = floor.min(start);
            let liabilities = U256::from(liabilities);
            let mut treasury = start;
            for sigma in sigmas {
                let free = spendable_down(treasury, buffer.at(sigma.map(U256::from)), liabilities, floor);
                if liabilities >= treasury { prop_assert_eq!(free, U256::ZERO); }
                treasury -= epoch_limit_down(free, share).unwrap();
                prop_assert!(treasury >= floor);
            }
        }

        #[test]
        fn prop_more_volatility_never_more_spending(t in any_u256(), a in any_u256(), b in any_u256(), base in 0u16..5_000, slope in any::<u32>()) {
            let buffer = Buffer::new(base, slope, 9_500).unwrap();
            let free = |sigma| spendable_down(t, buffer.at(Some(sigma)), U256::ZERO, U256::ZERO);
            prop_assert!(free(a.max(b)) <= free(a.min(b)));
        }
    }
}
