//! The push buyback: when a lot may be spent, how large it is, and what it must at least bring.
//!
//! * **Equation.** A kick is allowed when `now ≥ last + hop` and `surplus ≥ debt + lot + hump`;
//!   `min_out = ⌈lot·want / price⌉`, `price = pip·RAY/par`.
//! * **Symbols.** `surplus`, `debt`, `lot`, `hump` base units of the asset (`hump` may be negative); `want` wad, the part of the oracle's
//!   amount that must arrive; `pip` the oracle's price of one whole token in the asset; `par` the asset's own target, ray.
//! * **Source.** Sky `Kicker`, `Splitter`, `FlapperUniV2SwapOnly` (rules re-stated, systems.md 2.26). Real parameters of September 2024:
//!   hop 11,635 s, lot 25,000 USDS, want 0.98.
//! * **Domain.** A price above zero; decimals up to 36.
//! * **Rounding.** The minimum **up** (the reference rounds it down, which favours the trade going through); lots down.
//! * **In the wild.** Sandwiches within `want` (bounded: the tests compute the bound), an oracle that lags the market, and treasuries
//!   that were emptied into a falling price. A stopped hop is the kill switch.

use crate::decimals::power_of_ten;
use crate::error::errors;
use mintage_math::{MathError, RAY, U256, WAD, add, mul, mul_div_down, mul_div_up};

/// A hop of this length stops buybacks.
pub const STOPPED: u64 = u64::MAX;

errors! {
    /// Why a buyback is not allowed or has no floor.
    BuybackError {
        /// The hop is at its maximum.
        Stopped => "buybacks are stopped: the hop is at its maximum",
        /// The hop has not passed.
        TooSoon => "the hop has not passed since the last buyback",
        /// The surplus does not cover debt, lot and hump.
        SurplusTooSmall => "the surplus does not cover the debt, the lot and the hump",
        /// The swap brings less than the oracle's floor.
        BelowFloor => "the swap brings less than the oracle's floor",
        /// There is no price.
        NoPrice => "the price is zero: the oracle has none",
        /// More decimals than a token can have here.
        TooManyDecimals => "a token has more than 36 decimals",
    }
}

/// When the next buyback is allowed; `None` while stopped. `last_ts = 0` means never yet: at once.
///
/// ```
/// use mintage_mechanism::buyback::next_kick_ts;
/// assert_eq!(next_kick_ts(1_700_000_000, 11_635), Some(1_700_011_635));
/// assert_eq!(next_kick_ts(1_700_000_000, u64::MAX), None);
/// ```
pub fn next_kick_ts(last_ts: u64, hop_secs: u64) -> Option<u64> {
    if hop_secs == STOPPED {
        return None;
    }
    if last_ts == 0 {
        Some(0)
    } else {
        last_ts.checked_add(hop_secs)
    }
}

/// Whether the hop allows a buyback now.
///
/// Errors: [`BuybackError::Stopped`], [`BuybackError::TooSoon`].
pub fn check_hop(now_ts: u64, last_ts: u64, hop_secs: u64) -> Result<(), BuybackError> {
    match next_kick_ts(last_ts, hop_secs) {
        None => Err(BuybackError::Stopped),
        Some(next) if now_ts < next => Err(BuybackError::TooSoon),
        Some(_) => Ok(()),
    }
}

/// Whether the surplus allows a lot: `surplus ≥ debt + lot + hump`. A negative `hump` allows spending below the debt by that much.
///
/// Errors: [`BuybackError::SurplusTooSmall`], also when the sum does not fit 256 bits.
pub fn check_surplus(surplus: U256, debt: U256, lot: U256, hump: i128) -> Result<(), BuybackError> {
    let magnitude = U256::from(hump.unsigned_abs());
    let too_small = |_: MathError| BuybackError::SurplusTooSmall;
    let needed = add(debt, lot).map_err(too_small)?;
    let (have, needed) = if hump < 0 {
        (surplus.saturating_add(magnitude), needed)
    } else {
        (surplus, add(needed, magnitude).map_err(too_small)?)
    };
    if have < needed {
        Err(BuybackError::SurplusTooSmall)
    } else {
        Ok(())
    }
}

/// The price in the asset's own target: `⌊pip·RAY/par⌋`. Par is [`RAY`] for an asset that is its own unit.
///
/// Errors: a par of zero, a price that does not fit.
pub fn price_at_par_down(pip: U256, par_ray: U256) -> Result<U256, BuybackError> {
    Ok(mul_div_down(pip, RAY, par_ray)?)
}

/// The least that a lot must bring: `⌈lot·want/price⌉` in base units of the token. Rounds against the trade.
///
/// `price_ray` is whole assets for one whole token.
///
/// Errors: [`BuybackError::NoPrice`], [`BuybackError::TooManyDecimals`]; an amount that does not fit.
///
/// ```
/// use mintage_mechanism::buyback::min_out_up;
/// use mintage_math::{RAY, U256, WAD};
/// let e18 = |n: u64| U256::from(n) * WAD;
/// // 10,000 at 0.05 with want 0.98: 196,000
/// let want = U256::from(980_000_000_000_000_000_u64);
/// assert_eq!(min_out_up(e18(10_000), want, RAY / U256::from(20), 18, 18), Ok(e18(196_000)));
/// ```
pub fn min_out_up(
    lot: U256,
    want_wad: U256,
    price_ray: U256,
    asset_decimals: u8,
    token_decimals: u8,
) -> Result<U256, BuybackError> {
    if price_ray.is_zero() {
        return Err(BuybackError::NoPrice);
    }
    if asset_decimals > 36 || token_decimals > 36 {
        return Err(BuybackError::TooManyDecimals);
    }
    // want/price in units of 10^18 and 10^27, decimals on either side: one division, so one rounding
    let up = power_of_ten(token_decimals.saturating_add(9)).ok_or(BuybackError::TooManyDecimals)?;
    let down = power_of_ten(asset_decimals).ok_or(BuybackError::TooManyDecimals)?;
    Ok(mul_div_up(mul(lot, want_wad)?, up, mul(price_ray, down)?)?)
}

/// Whether the output reaches the floor.
///
/// Error: [`BuybackError::BelowFloor`].
pub fn check_floor(bought: U256, minimum: U256) -> Result<(), BuybackError> {
    if bought < minimum {
        Err(BuybackError::BelowFloor)
    } else {
        Ok(())
    }
}

/// How a lot is shared: `⌊total·burn/10^18⌋` is for the buyback, the rest for the stakers. The parts add up.
///
/// Errors: a share above one ([`MathError::ResultNegative`]).
pub fn split_lot_down(total: U256, burn_wad: U256) -> Result<(U256, U256), BuybackError> {
    let lot = mul_div_down(total, burn_wad, WAD)?;
    Ok((lot, mintage_math::sub(total, lot)?))
}

/// The lot of a buyback that spends a fixed budget instead of a surplus: `min(balance, lot)`, so that the last one takes what is left.
/// Source: Maker's `dss-kiln`, which fires once a hop.
///
/// ```
/// use mintage_mechanism::buyback::lot_of_budget;
/// use mintage_math::U256;
/// assert_eq!(lot_of_budget(U256::from(100_000), U256::from(30_000)), U256::from(30_000));
/// assert_eq!(lot_of_budget(U256::from(10_000), U256::from(30_000)), U256::from(10_000));
/// ```
pub fn lot_of_budget(balance: U256, lot: U256) -> U256 {
    balance.min(lot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swap::amount_out_down;
    use crate::testing::{any_u256, int, wad};
    use proptest::prelude::*;

    fn floor(lot: &str) -> U256 {
        min_out_up(wad(lot), wad("0.98"), RAY / U256::from(20), 18, 18).unwrap()
    }

    /// What a sandwich with `size` makes of a lot, and whether the floor lets it pass: (buyback's output, attacker's gain).
    fn sandwich(size: U256, lot: U256, r_asset: U256, r_token: U256) -> (U256, Option<U256>) {
        let front = amount_out_down(size, r_asset, r_token).unwrap();
        let (r_asset, r_token) = (r_asset + size, r_token - front);
        let bought = amount_out_down(lot, r_asset, r_token).unwrap();
        let (r_asset, r_token) = (r_asset + lot, r_token - bought);
        let back = amount_out_down(front, r_token, r_asset).unwrap();
        (bought, back.checked_sub(size))
    }

    #[test]
    fn s2_26_lot_of_10_000_passes_the_floor() {
        let bought = amount_out_down(wad("10000"), wad("1000000"), wad("20000000")).unwrap();
        assert_eq!(bought, wad("197431.606879412259770092"));
        assert_eq!(floor("10000"), wad("196000"));
        assert_eq!(check_floor(bought, floor("10000")), Ok(()));
    }

    #[test]
    fn s2_26_front_run_of_10_000_must_revert() {
        let (bought, _) = sandwich(wad("10000"), wad("10000"), wad("1000000"), wad("20000000"));
        assert_eq!(bought / wad("0.01"), int("19356609"));
        assert_eq!(check_floor(bought, floor("10000")), Err(BuybackError::BelowFloor));
    }

    #[test]
    fn s2_26_largest_sandwich_that_passes_earns_50_892() {
        let (lot, r_asset, r_token) = (wad("10000"), wad("1000000"), wad("20000000"));
        // bisection: the output falls with the attacker's size
        let (mut low, mut high) = (U256::ZERO, wad("10000"));
        while high - low > U256::ONE {
            let middle = (low + high) >> 1usize;
            let passes = middle.is_zero() || sandwich(middle, lot, r_asset, r_token).0 >= floor("10000");
            if passes { low = middle } else { high = middle }
        }
        let thousandth = wad("0.001");
        assert_eq!((low + thousandth / U256::from(2)) / thousandth, int("3669027"));
        let gain = sandwich(low, lot, r_asset, r_token).1.unwrap();
        assert_eq!((gain + thousandth / U256::from(2)) / thousandth, int("50892"));
    }

    #[test]
    fn s2_26_gate_with_the_reference_tests_parameters() {
        // kbump 5,000, khump -20,000: the surplus may lie 15,000 below the debt
        let hump = -20_000_000_000_000_000_000_000_i128;
        assert_eq!(
            check_surplus(wad("85000"), wad("100000"), wad("5000"), hump),
            Ok(())
        );
        let one_less = wad("85000") - U256::ONE;
        assert_eq!(
            check_surplus(one_less, wad("100000"), wad("5000"), hump),
            Err(BuybackError::SurplusTooSmall)
        );
        // hump 50 M
        let hump = 50_000_000_000_000_000_000_000_000_i128;
        assert_eq!(
            check_surplus(wad("50025000"), U256::ZERO, wad("25000"), hump),
            Ok(())
        );
        assert!(check_surplus(wad("50025000") - U256::ONE, U256::ZERO, wad("25000"), hump).is_err());
        assert!(check_surplus(U256::MAX, U256::MAX, U256::ONE, i128::MIN).is_err());
        assert_eq!(
            check_surplus(U256::MAX, U256::ZERO, U256::ZERO, i128::MIN),
            Ok(())
        );
    }

    #[test]
    fn s2_26_hop_11_635() {
        assert_eq!(check_hop(11_635 + 99, 100, 11_635), Err(BuybackError::TooSoon));
        assert_eq!(check_hop(11_635 + 100, 100, 11_635), Ok(()));
        assert_eq!(check_hop(u64::MAX, 100, STOPPED), Err(BuybackError::Stopped));
        assert_eq!(check_hop(0, 0, 11_635), Ok(()));
        // a hop that ends beyond the end of time never passes
        assert_eq!(check_hop(u64::MAX, 100, STOPPED - 1), Err(BuybackError::Stopped));
    }

    /// The executive vote of September 2024: longer hops and smaller lots. Each kick is as early as the gate lets it be.
    #[test]
    fn s2_26_executive_of_september_2024_slows_spending_to_a_third() {
        let spent_in_a_year = |hop_secs: u64, lot: &str| {
            let (mut now_ts, mut last_ts, mut spent) = (1_727_395_200, 0, U256::ZERO);
            let end_ts = now_ts + 31_536_000;
            while now_ts < end_ts {
                assert_eq!(check_hop(now_ts, last_ts, hop_secs), Ok(()));
                spent += wad(lot);
                last_ts = now_ts;
                now_ts = next_kick_ts(last_ts, hop_secs).unwrap();
                assert_eq!(
                    check_hop(now_ts - 1, last_ts, hop_secs),
                    Err(BuybackError::TooSoon)
                );
            }
            spent
        };
        // ⌈31,536,000/hop⌉ kicks: 3,077 and 2,711
        assert_eq!(spent_in_a_year(10_249, "65000"), wad("200005000"));
        assert_eq!(spent_in_a_year(11_635, "25000"), wad("67775000"));
    }

    /// The trial of June 2022: lots of 30,000 DAI, one in 38,880 seconds.
    #[test]
    fn s2_26_kiln_fires_30_000_every_38_880_secs_until_the_budget_is_gone() {
        let (mut budget, mut now_ts, mut last_ts, mut lots) = (wad("100000"), 1_000_000, 0, vec![]);
        while !budget.is_zero() {
            assert_eq!(check_hop(now_ts, last_ts, 38_880), Ok(()));
            let lot = lot_of_budget(budget, wad("30000"));
            budget -= lot;
            lots.push((now_ts, lot));
            last_ts = now_ts;
            now_ts = next_kick_ts(last_ts, 38_880).unwrap();
        }
        let at = |hop: u64, lot| (1_000_000 + hop * 38_880, wad(lot));
        assert_eq!(
            lots,
            [at(0, "30000"), at(1, "30000"), at(2, "30000"), at(3, "10000")]
        );
        assert_eq!(lot_of_budget(U256::MAX, U256::ZERO), U256::ZERO);
        assert_eq!(lot_of_budget(U256::ZERO, U256::MAX), U256::ZERO);
    }

    #[test]
    fn s2_26_split_of_70_percent() {
        assert_eq!(
            split_lot_down(wad("5000"), wad("0.7")),
            Ok((wad("3500"), wad("1500")))
        );
        assert!(split_lot_down(wad("5000"), wad("1") + U256::ONE).is_err());
    }

    #[test]
    fn floors_with_decimals_and_par() {
        // 1,000.000001 USDC (6 decimals) at 3,000: 0.98·0.333333… tokens, up
        let price = RAY * U256::from(3_000);
        let min = min_out_up(int("1000000001"), wad("0.98"), price, 6, 18).unwrap();
        assert_eq!(min, int("326666666993333334"));
        assert_eq!(
            min_out_up(U256::ONE, wad("1"), U256::ZERO, 18, 18),
            Err(BuybackError::NoPrice)
        );
        assert_eq!(
            min_out_up(U256::ONE, wad("1"), RAY, 37, 18),
            Err(BuybackError::TooManyDecimals)
        );
        assert_eq!(price_at_par_down(wad("0.05"), RAY), Ok(wad("0.05")));
        assert_eq!(
            price_at_par_down(wad("0.05"), RAY * U256::from(2)),
            Ok(wad("0.025"))
        );
    }

    #[test]
    fn s2_26_the_floor_itself_is_enough() {
        assert_eq!(check_floor(floor("10000"), floor("10000")), Ok(()));
        let one_less = floor("10000") - U256::ONE;
        assert_eq!(
            check_floor(one_less, floor("10000")),
            Err(BuybackError::BelowFloor)
        );
    }

    #[test]
    fn tokens_may_have_36_decimals() {
        // one whole asset at a price of one, all of it wanted: one whole token
        let whole = power_of_ten(36).unwrap();
        assert_eq!(min_out_up(whole, WAD, RAY, 36, 36), Ok(whole));
        assert_eq!(
            min_out_up(whole, WAD, RAY, 36, 37),
            Err(BuybackError::TooManyDecimals)
        );
    }

    proptest! {
        #[test]
        fn prop_floor_is_the_smallest_that_satisfies(lot in 0u128.., want in 0u64..1_000_000_000_000_000_000, price in 1u128..) {
            let (lot, want, price) = (U256::from(lot), U256::from(want), U256::from(price));
            if let Ok(min) = min_out_up(lot, want, price, 18, 18) {
                // min·price·1e18 ≥ lot·want·1e27, and (min-1) does not
                let have = |out: U256| mintage_math::mul_wide(out, price * WAD);
                let need = mintage_math::mul_wide(lot * want, RAY);
                prop_assert!(have(min) >= need);
                if !min.is_zero() { prop_assert!(have(min - U256::ONE) < need); }
            }
        }

        #[test]
        fn prop_split_sums(total in any_u256(), burn in 0u64..=1_000_000_000_000_000_000) {
            let (lot, rest) = split_lot_down(total, U256::from(burn)).unwrap();
            prop_assert_eq!(lot + rest, total);
        }

        /// Whatever its size, a sandwich that leaves the floor intact earns less than 1.2 % of the lot.
        #[test]
        fn prop_sandwich_is_bounded(size in 1u64..20_000, lot in 1_000u64..10_000) {
            let lot = U256::from(lot) * WAD;
            let floor = min_out_up(lot, wad("0.98"), RAY / U256::from(20), 18, 18).unwrap();
            let (bought, gain) = sandwich(U256::from(size) * WAD, lot, wad("1000000"), wad("20000000"));
            if bought >= floor && let Some(gain) = gain {
                prop_assert!(gain * U256::from(1_000) < lot * U256::from(12));
            }
        }
    }
}
