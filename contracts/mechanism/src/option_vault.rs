//! Option vaults: shares of rounds, fees only on a gain, and bands of a delta hedge.
//!
//! * **Equation.** Price of a share `pps = ⌊10^d·(balance - pending)/(supply - queued)⌋`; shares `⌊a·10^d/pps⌋`, assets `⌊s·pps/10^d⌋`; fees when the locked
//!   balance grew: performance `⌊gain·p⌋` and management `⌊balance·m/52⌋`; a hedge trades `-net delta` once it is outside its band.
//! * **Symbols.** Amounts base units with `d` decimals; fees bps (2,000 and 200 a year); deltas wad, signed.
//! * **Source.** Ribbon `ShareMath`, `VaultLifecycle`; Opyn Crab, Lyra `PoolHedger` (rules re-stated, systems.md 2.38, 2.40).
//! * **Domain.** `pps` of zero or one means that the round has no price yet.
//! * **Rounding.** Shares and assets down, fees down.
//! * **In the wild.** A deposit that shared in the round before it; prices of other decimals after an oracle's upgrade (Ribbon/Aevo, December 2025);
//!   exercising twice (Opyn, 2020). A deposit waits for its round's price; a queued withdrawal is outside of the next round.

use crate::decimals::power_of_ten;
use crate::error::errors;
use mintage_math::{U256, add, mul_div_down, mul_div_up, sub};

const BPS: u64 = 10_000;

errors! {
    /// Why there are no shares, fees or hedge.
    VaultError {
        /// The round has no price.
        NoPrice => "the round has no price of a share yet",
        /// More decimals than a token can have here.
        TooManyDecimals => "more than 36 decimals",
        /// More is pending or queued than there is.
        Pending => "more is pending or queued than there is",
        /// A fee is above all.
        Fee => "a fee is above 10,000 bps",
        /// More options than the collateral covers.
        Uncovered => "more options are sold than the collateral covers",
        /// The hedge is above its cap.
        HedgeCap => "the hedge would be above its cap",
    }
}

fn one(decimals: u8) -> Result<U256, VaultError> {
    power_of_ten(decimals)
        .filter(|_| decimals <= 36)
        .ok_or(VaultError::TooManyDecimals)
}

/// The price of a share of a round; one for one before there are shares.
///
/// Errors: [`VaultError::Pending`], [`VaultError::TooManyDecimals`]; a price that does not fit.
pub fn price_per_share_down(
    balance: U256,
    pending: U256,
    supply: U256,
    queued: U256,
    decimals: u8,
) -> Result<U256, VaultError> {
    let unit = one(decimals)?;
    let assets = balance.checked_sub(pending).ok_or(VaultError::Pending)?;
    let shares = supply.checked_sub(queued).ok_or(VaultError::Pending)?;
    if shares.is_zero() {
        return Ok(unit);
    }
    Ok(mul_div_down(unit, assets, shares)?)
}

/// Shares for an amount at a round's price, rounded down.
///
/// Errors: [`VaultError::NoPrice`], [`VaultError::TooManyDecimals`].
///
/// ```
/// use mintage_mechanism::option_vault::shares_down;
/// use mintage_math::U256;
/// let e8 = U256::from(100_000_000);
/// assert_eq!(shares_down(e8, e8 * U256::from(2), 8), Ok(e8 / U256::from(2)));
/// ```
pub fn shares_down(amount: U256, pps: U256, decimals: u8) -> Result<U256, VaultError> {
    // one is the sentinel of an initialised but unpriced round
    if pps <= U256::ONE {
        return Err(VaultError::NoPrice);
    }
    Ok(mul_div_down(amount, one(decimals)?, pps)?)
}

/// Assets for shares at a round's price, rounded down.
///
/// Errors: as [`shares_down`].
pub fn assets_down(shares: U256, pps: U256, decimals: u8) -> Result<U256, VaultError> {
    if pps <= U256::ONE {
        return Err(VaultError::NoPrice);
    }
    Ok(mul_div_down(shares, pps, one(decimals)?)?)
}

/// `(performance fee, management fee)` of a week: both only where the locked balance grew, else nothing.
///
/// Error: [`VaultError::Fee`].
pub fn weekly_fees_down(
    locked_before: U256,
    locked_after: U256,
    performance_bps: u16,
    management_bps_a_year: u16,
) -> Result<(U256, U256), VaultError> {
    if u64::from(performance_bps) > BPS || u64::from(management_bps_a_year) > BPS {
        return Err(VaultError::Fee);
    }
    if locked_after <= locked_before {
        return Ok((U256::ZERO, U256::ZERO));
    }
    let gain = sub(locked_after, locked_before)?;
    let performance = mul_div_down(gain, U256::from(performance_bps), U256::from(BPS))?;
    let management = mul_div_down(
        locked_after,
        U256::from(management_bps_a_year),
        U256::from(BPS.wrapping_mul(52)),
    )?;
    // a year's rate on the balance may not eat more than the gain
    let management = management.min(sub(gain, performance)?);
    Ok((performance, management))
}

/// What a covered call pays at settlement for one whole option, in the underlying, rounded up, at most one: `max(price - strike, 0)/price`.
///
/// Errors: a price of zero; [`VaultError::TooManyDecimals`].
pub fn covered_call_payout_up(price: U256, strike: U256, decimals: u8) -> Result<U256, VaultError> {
    let unit = one(decimals)?;
    Ok(mul_div_up(price.saturating_sub(strike), unit, price)?.min(unit))
}

/// Whether the options sold are covered by the collateral, whole option for whole unit.
///
/// Error: [`VaultError::Uncovered`].
pub fn check_covered(sold: U256, collateral: U256) -> Result<(), VaultError> {
    if sold > collateral {
        Err(VaultError::Uncovered)
    } else {
        Ok(())
    }
}

/// The least premium: the model's price times a discount (997 of 1,000), rounded up.
///
/// Error: a premium that does not fit.
pub fn premium_floor_up(model_price: U256, discount_permille: u16) -> Result<U256, VaultError> {
    Ok(mul_div_up(
        model_price,
        U256::from(discount_permille),
        U256::from(1_000),
    )?)
}

/// A hedge of a net delta: what to trade now, wad, signed; nothing inside the band. It only ever trades against the delta.
///
/// Error: [`VaultError::HedgeCap`] where the hedge position after the trade would be above its cap.
///
/// ```
/// use mintage_mechanism::option_vault::hedge;
/// assert_eq!(hedge(9, 0, 10, 100), Ok(0));
/// assert_eq!(hedge(25, -5, 10, 100), Ok(-20));
/// ```
pub fn hedge(net_delta: i128, hedged: i128, band: u128, cap: u128) -> Result<i128, VaultError> {
    let open = net_delta.saturating_add(hedged);
    if open.unsigned_abs() <= band {
        return Ok(0);
    }
    let trade = open.saturating_neg();
    if hedged.saturating_add(trade).unsigned_abs() > cap {
        Err(VaultError::HedgeCap)
    } else {
        Ok(trade)
    }
}

/// Whether a hedge is due: the time has passed, or the price moved by the threshold: `|price/last - 1| ≥ threshold`.
///
/// Error: a last price of zero.
pub fn hedge_is_due(
    since_secs: u64,
    interval_secs: u64,
    price: U256,
    last_price: U256,
    threshold_wad: U256,
) -> Result<bool, VaultError> {
    let gap = price.max(last_price).wrapping_sub(price.min(last_price));
    let moved = mul_div_down(gap, mintage_math::WAD, last_price)?;
    Ok(since_secs >= interval_secs || moved >= threshold_wad)
}

/// When the next weekly option expires: the first Friday 08:00 UTC after `now_ts`.
///
/// ```
/// use mintage_mechanism::option_vault::next_expiry_ts;
/// // Monday 20 September 2021, 00:00: Friday the 24th, 08:00
/// assert_eq!(next_expiry_ts(1_632_096_000), 1_632_470_400);
/// ```
pub fn next_expiry_ts(now_ts: u64) -> u64 {
    const WEEK_SECS: u64 = 604_800;
    // the first day of the count was a Thursday
    const FRIDAY_8_SECS: u64 = 86_400 + 8 * 3_600;
    let since = now_ts
        .saturating_add(WEEK_SECS)
        .wrapping_sub(FRIDAY_8_SECS)
        .checked_rem(WEEK_SECS)
        .unwrap_or(0);
    now_ts.saturating_add(WEEK_SECS.wrapping_sub(since))
}

/// The price of a hedge's auction: the oracle's times a multiplier that slides linearly from `from_wad` to `to_wad`, rounded down. A vault that sells slides
/// down, one that buys slides up.
///
/// Error: an auction of no length; a price that does not fit.
pub fn hedge_price_down(
    price: U256,
    from_wad: U256,
    to_wad: U256,
    elapsed_secs: u64,
    auction_secs: u64,
) -> Result<U256, VaultError> {
    let gap = from_wad.max(to_wad).wrapping_sub(from_wad.min(to_wad));
    let moved = mul_div_down(
        gap,
        U256::from(elapsed_secs.min(auction_secs)),
        U256::from(auction_secs),
    )?;
    let multiplier = if to_wad < from_wad {
        sub(from_wad, moved)?
    } else {
        add(from_wad, moved)?
    };
    Ok(mintage_math::wad_mul_down(price, multiplier)?)
}

/// The delta of a squared-price debt: `2·debt·price`, wad, rounded up.
///
/// Error: a product that does not fit.
pub fn squared_delta_up(debt_wad: U256, price_wad: U256) -> Result<U256, VaultError> {
    let product = mintage_math::wad_mul_up(debt_wad, price_wad)?;
    Ok(add(product, product)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wad;
    use proptest::prelude::*;

    fn n(v: u64) -> U256 {
        U256::from(v)
    }

    #[test]
    fn s2_38_share_math() {
        let e8 = n(100_000_000);
        assert_eq!(shares_down(e8, e8 * n(2), 8), Ok(e8 / n(2)));
        assert_eq!(assets_down(e8, e8 * n(2), 8), Ok(e8 * n(2)));
        assert_eq!(shares_down(e8, U256::ONE, 8), Err(VaultError::NoPrice));
        assert_eq!(assets_down(e8, U256::ZERO, 8), Err(VaultError::NoPrice));
        assert_eq!(
            price_per_share_down(e8 * n(3), e8, e8, U256::ZERO, 8),
            Ok(e8 * n(2))
        );
        assert_eq!(price_per_share_down(e8, e8, U256::ZERO, U256::ZERO, 8), Ok(e8));
        assert_eq!(
            price_per_share_down(e8, e8 + U256::ONE, e8, U256::ZERO, 8),
            Err(VaultError::Pending)
        );
    }

    #[test]
    fn s2_38_fees_only_on_a_gain() {
        // 100 became 110: 20 % of 10, and 2 %/52 of 110
        let (performance, management) = weekly_fees_down(wad("100"), wad("110"), 2_000, 200).unwrap();
        assert_eq!(performance, wad("2"));
        assert_eq!(management, wad("110") * n(200) / n(520_000));
        assert_eq!(
            weekly_fees_down(wad("100"), wad("100"), 2_000, 200),
            Ok((n(0), n(0)))
        );
        assert_eq!(
            weekly_fees_down(wad("100"), wad("90"), 2_000, 200),
            Ok((n(0), n(0)))
        );
        assert_eq!(weekly_fees_down(n(1), n(1), 10_001, 0), Err(VaultError::Fee));
    }

    #[test]
    fn s2_38_covered_calls() {
        let payout = |price: &str, strike: &str| covered_call_payout_up(wad(price), wad(strike), 18).unwrap();
        assert_eq!(payout("2000", "2000"), U256::ZERO);
        assert_eq!(payout("2500", "2000"), wad("0.2"));
        assert_eq!(payout("2500", "0"), wad("1"));
        assert_eq!(check_covered(n(3), n(2)), Err(VaultError::Uncovered));
        assert_eq!(premium_floor_up(n(1_001), 997), Ok(n(998)));
    }

    #[test]
    fn s2_38_expiry_on_friday_at_eight() {
        let friday = 1_632_470_400;
        assert_eq!(next_expiry_ts(friday - 1), friday);
        assert_eq!(next_expiry_ts(friday), friday + 604_800);
        assert_eq!(next_expiry_ts(0), 115_200);
        assert_eq!(next_expiry_ts(115_199), 115_200);
        assert_eq!(next_expiry_ts(u64::MAX), u64::MAX);
    }

    #[test]
    fn s2_40_auction_slides_between_its_multipliers() {
        let at = |t| hedge_price_down(wad("2000"), wad("1.05"), wad("0.95"), t, 1_200).unwrap();
        assert_eq!(
            [at(0), at(600), at(1_200), at(9_999)],
            [wad("2100"), wad("2000"), wad("1900"), wad("1900")]
        );
        assert_eq!(
            hedge_price_down(wad("2000"), wad("0.95"), wad("1.05"), 300, 1_200),
            Ok(wad("1950"))
        );
        assert!(hedge_price_down(wad("1"), wad("1"), wad("1"), 0, 0).is_err());
    }

    #[test]
    fn s2_40_hedge_bands() {
        assert_eq!(hedge(25, -5, 10, 19), Err(VaultError::HedgeCap));
        assert_eq!(hedge(i128::MIN, 0, 0, u128::MAX), Ok(i128::MAX));
        assert_eq!(hedge_is_due(10, 9, n(100), n(100), wad("0.5")), Ok(true));
        assert_eq!(hedge_is_due(1, 9, n(149), n(100), wad("0.5")), Ok(false));
        assert_eq!(hedge_is_due(1, 9, n(50), n(100), wad("0.5")), Ok(true));
        assert!(hedge_is_due(1, 9, n(50), n(0), wad("0.5")).is_err());
        assert_eq!(squared_delta_up(wad("2"), wad("3")), Ok(wad("12")));
    }

    #[test]
    fn s2_38_fees_of_up_to_all_and_not_more() {
        // all of the gain is the performance fee: nothing of it is left for the other
        assert_eq!(
            weekly_fees_down(n(100), n(110), 10_000, 10_000),
            Ok((n(10), n(0)))
        );
        assert_eq!(weekly_fees_down(n(100), n(110), 0, 10_001), Err(VaultError::Fee));
    }

    #[test]
    fn s2_38_every_unit_of_collateral_may_be_sold() {
        assert_eq!(check_covered(n(2), n(2)), Ok(()));
        assert_eq!(check_covered(n(3), n(2)), Err(VaultError::Uncovered));
    }

    #[test]
    fn s2_40_a_hedge_may_reach_its_cap() {
        assert_eq!(hedge(25, -5, 10, 25), Ok(-20));
        assert_eq!(hedge(25, -5, 10, 24), Err(VaultError::HedgeCap));
    }

    proptest! {
        /// After a hedge the open delta is inside the band, and the trade goes against it.
        #[test]
        fn prop_s2_40_hedge_closes_the_delta(net in -1_000_000i128..1_000_000, hedged in -1_000_000i128..1_000_000, band in 0u128..1_000) {
            let trade = hedge(net, hedged, band, u128::MAX).unwrap();
            prop_assert!((net + hedged + trade).unsigned_abs() <= band);
            prop_assert!(trade == 0 || (trade > 0) == (net + hedged < 0));
        }

        #[test]
        fn prop_s2_38_shares_round_for_the_vault(amount in 0u128.., pps in 2u128..1 << 100) {
            let (amount, pps) = (U256::from(amount), U256::from(pps));
            let back = assets_down(shares_down(amount, pps, 18).unwrap(), pps, 18).unwrap();
            prop_assert!(back <= amount);
        }

        #[test]
        fn prop_s2_38_fees_stay_within_the_gain(before in 0u128.., after in 0u128.., p in 0u16..=10_000, m in 0u16..=10_000) {
            let (before, after) = (U256::from(before), U256::from(after));
            let (a, b) = weekly_fees_down(before, after, p, m).unwrap();
            prop_assert!(a + b <= after.saturating_sub(before));
        }
    }
}
