//! BNB's burns: a quarterly amount that falls with the price, and a share of every fee.
//!
//! * **Equation.** `B = N·1000/(P + K)`, `K = 1000`; since block times changed `N = ⌊T/3⌋`. Of a fee `v`: `⌊v·system/10⁴⌋` to the system,
//!   `⌊v·burn/10⁴⌋` burned, both of the gross fee, the rest to the validator.
//! * **Symbols.** `N` blocks of three seconds in the quarter, `T` its seconds, `P` the average price in whole dollars (wad), `B` tokens (wad).
//! * **Source.** BEP-95 and `BSCValidatorSet.deposit`; Binance's notice of December 2021; BEP-520 (rules re-stated, systems.md 2.4). The text of
//!   BEP-520 also gives `≈ T·334/(P+K)`, which is 0.2 % more: `T/3` is the rule here.
//! * **Domain.** `system + burn ≤ 10⁴`; every price, also zero (then `B = N`).
//! * **Rounding.** Burns down. The last burn stops at the floor: 100 M of the initial 200 M remain.
//! * **In the wild.** The formula counted blocks, so halving the block time would have doubled the burn (why BEP-520 came); a feed that
//!   reads zero burns the most there is to burn.

use crate::error::errors;
use mintage_math::{U256, WAD, add, mul, mul_div_down, sub};

const BPS: u32 = 10_000;

errors! {
    /// Why a burn setting is refused.
    AutoBurnError {
        /// The shares are above all of the fee.
        SharesTooHigh => "the shares of system and burn are above 10,000 bps together",
    }
}

/// The quarter's burn, wad, before the floor.
///
/// Errors: amounts that do not fit.
///
/// ```
/// use mintage_mechanism::auto_burn::quarterly_burn_down;
/// use mintage_math::{U256, WAD};
/// // 90 days at three seconds a block, 600 dollars: 1,620,000 BNB
/// assert_eq!(quarterly_burn_down(2_592_000, WAD * U256::from(600)), Ok(WAD * U256::from(1_620_000)));
/// ```
pub fn quarterly_burn_down(blocks: u64, price_wad: U256) -> Result<U256, AutoBurnError> {
    let k_wad = mul(WAD, U256::from(1_000))?;
    let scaled = mul(U256::from(blocks), k_wad)?;
    Ok(mul_div_down(scaled, WAD, add(price_wad, k_wad)?)?)
}

/// The blocks that the formula counts in a quarter of `secs` seconds, whatever the real block time.
pub fn formula_blocks(secs: u64) -> u64 {
    secs.checked_div(3).unwrap_or(0)
}

/// What may really be burned: not below `floor` of the supply.
pub fn limit_to_floor(burn: U256, supply: U256, floor: U256) -> U256 {
    burn.min(supply.saturating_sub(floor))
}

/// The shares of a fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeShares {
    system_bps: u16,
    burn_bps: u16,
}

impl FeeShares {
    /// BEP-95: 625 bps to the system reward, 1,000 bps burned.
    pub const BEP95: Self = Self {
        system_bps: 625,
        burn_bps: 1_000,
    };

    /// Error: [`AutoBurnError::SharesTooHigh`].
    pub fn new(system_bps: u16, burn_bps: u16) -> Result<Self, AutoBurnError> {
        if u32::from(system_bps).wrapping_add(u32::from(burn_bps)) > BPS {
            return Err(AutoBurnError::SharesTooHigh);
        }
        Ok(Self { system_bps, burn_bps })
    }

    /// `(to the system, burned, to the validator)`; they add up to `fee`.
    ///
    /// ```
    /// use mintage_mechanism::auto_burn::FeeShares;
    /// use mintage_math::{U256, WAD};
    /// let tenth = WAD / U256::from(10);
    /// let parts = FeeShares::BEP95.split_down(WAD * U256::from(16)).unwrap();
    /// assert_eq!(parts, (WAD, tenth * U256::from(16), tenth * U256::from(134)));
    /// ```
    pub fn split_down(&self, fee: U256) -> Result<(U256, U256, U256), AutoBurnError> {
        let all = U256::from(BPS);
        let system = mul_div_down(fee, U256::from(self.system_bps), all)?;
        let burned = mul_div_down(fee, U256::from(self.burn_bps), all)?;
        Ok((system, burned, sub(sub(fee, system)?, burned)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    #[test]
    fn s2_4_quarterly_burns() {
        let blocks = formula_blocks(90 * 86_400);
        assert_eq!(blocks, 2_592_000);
        for (price, burn) in [("600", "1620000"), ("1000", "1296000"), ("0", "2592000")] {
            assert_eq!(quarterly_burn_down(blocks, wad(price)), Ok(wad(burn)));
        }
    }

    /// The first automatic burn, 1,684,387.11 with 6,296.305493 of the Pioneer programme: a price of about 544.6.
    #[test]
    fn s2_4_burn_18_implies_a_price_of_544_6() {
        let auto = wad("1684387.11") - wad("6296.305493");
        let price = mul_div_down(wad("2592000"), wad("1000"), auto).unwrap() - wad("1000");
        assert_eq!(price / wad("0.1"), U256::from(5_446));
        let burn = quarterly_burn_down(2_592_000, price).unwrap();
        assert!(burn - auto < wad("0.000001") || auto - burn < wad("0.000001"));
    }

    /// The published burns, those of the Pioneer programme apart: each lies within what the formula can burn, and the price that it implies gives it back
    /// to a millionth. (#17 of October 2021 was the last by trading volume; of #30 and #33 a rounded and a complete figure are published.)
    #[test]
    fn s2_4_published_burns_imply_their_prices() {
        for (number, burned, pioneer, dollars) in [
            (18, "1684387.11", "6296.305493", 544),
            (24, "1991854", "747.51", 301),
            (25, "2139182.98", "314.69", 211),
            (28, "1643698.8", "0", 576),
            (30, "1634000", "110000", 700),
            (31, "1579207", "0", 641),
            (32, "1595599.78", "0", 624),
            (33, "1441281.413", "0", 798),
        ] {
            let auto = wad(burned) - wad(pioneer);
            let blocks = wad("2592000");
            assert!(auto < blocks, "#{number}: more than a price of zero burns");
            let price = mul_div_down(blocks, wad("1000"), auto).unwrap() - wad("1000");
            assert_eq!(price / WAD, U256::from(dollars), "#{number}");
            let burn = quarterly_burn_down(2_592_000, price).unwrap();
            assert!(burn.abs_diff(auto) < wad("0.000001"), "#{number}");
        }
        // by volume: also within what the formula burns, as it was made to be
        assert!(wad("1335888") < quarterly_burn_down(2_592_000, U256::ZERO).unwrap());
        // #33 left 137,738,379.26, of the 200 M of the beginning
        assert_eq!(wad("137738379.26") + wad("1441281.413"), wad("139179660.673"));
    }

    /// BEP-520's two readings differ by 0.2 %.
    #[test]
    fn s2_4_t_over_3_and_334_differ() {
        let secs = 90 * 86_400u64;
        let third = quarterly_burn_down(formula_blocks(secs), wad("600")).unwrap();
        let text = wad("334") * U256::from(secs) / U256::from(1_600);
        assert_eq!((text - third) * U256::from(100_000) / third, U256::from(200));
    }

    #[test]
    fn s2_4_floor_stops_at_100_million() {
        assert_eq!(
            limit_to_floor(wad("1441281.413"), wad("137738379.26"), wad("100000000")),
            wad("1441281.413")
        );
        assert_eq!(
            limit_to_floor(wad("2592000"), wad("101000000"), wad("100000000")),
            wad("1000000")
        );
        assert_eq!(
            limit_to_floor(wad("1"), wad("99000000"), wad("100000000")),
            U256::ZERO
        );
    }

    #[test]
    fn s2_4_shares_are_checked() {
        assert_eq!(FeeShares::new(625, 9_376), Err(AutoBurnError::SharesTooHigh));
        assert_eq!(
            FeeShares::new(u16::MAX, u16::MAX),
            Err(AutoBurnError::SharesTooHigh)
        );
        assert!(FeeShares::new(625, 9_375).is_ok());
    }

    proptest! {
        #[test]
        fn prop_s2_4_parts_sum(fee in any_u256(), system in 0u16..5_000, burn in 0u16..=5_000) {
            let (a, b, c) = FeeShares::new(system, burn).unwrap().split_down(fee).unwrap();
            prop_assert_eq!(a + b + c, fee);
        }

        #[test]
        fn prop_dearer_burns_less(blocks in 0u64..10_000_000, a in 0u128..u128::MAX, b in 0u128..u128::MAX) {
            let burn = |p: u128| quarterly_burn_down(blocks, U256::from(p)).unwrap();
            prop_assert!(burn(a.max(b)) <= burn(a.min(b)));
        }
    }
}
