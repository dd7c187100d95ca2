//! The net asset value of a fund or treasury, shares minted and redeemed at it, and a streaming fee.
//!
//! * **Equation.** `V = Σ ⌊q·p·10^-d⌋ - liabilities`; mint `⌊n·(1-π)·S/(V + n·π)⌋` shares for a value of `n`; redeem `⌊s·V/S⌋` less `⌈·π⌉`;
//!   fee `⌊S·f/(1 - f)⌋` new shares with `f = rate·Δt/year`.
//! * **Symbols.** `q` base units of a component with `d` decimals, `p` its price (wad), `V`, `n` wad; `S` shares; `π` the premium, bps.
//! * **Source.** Set `CustomOracleNAVIssuanceModule`, `StreamingFeeModule` (rules re-stated, systems.md 2.35).
//! * **Domain.** Liabilities at most the assets; `π < 10⁴`; `f < 1`; decimals to 36.
//! * **Rounding.** Assets down; shares minted down, values redeemed down, the premium up, the fee's shares down.
//! * **In the wild.** Components in 8 and 18 decimals mixed after an upgrade (Ribbon/Aevo, December 2025, about $2.7 M); an own token counted as
//!   an asset makes the value circular: leave it out. A stale component stops issuance, it is not guessed.

use crate::decimals::power_of_ten;
use crate::error::errors;
use mintage_math::{U256, WAD, add, mul, mul_div_down, mul_div_up, sub};

const BPS: u64 = 10_000;
/// Seconds of the fee's year.
pub const YEAR_SECS: u64 = 31_536_000;

errors! {
    /// Why there is no value or no issuance.
    NavError {
        /// The liabilities are above the assets.
        Insolvent => "the liabilities are above the assets",
        /// A component has no fresh price.
        Stale => "a component has no fresh price: nothing is issued or redeemed",
        /// The premium is all of it.
        PremiumTooHigh => "the premium must be below 10,000 bps",
        /// The fee of the time passed would be all shares.
        FeeTooHigh => "the fee of the time that passed is 100 % or more: collect it more often",
        /// More decimals than a token can have here.
        TooManyDecimals => "a component has more than 36 decimals",
        /// More shares than exist.
        TooManyShares => "more shares are redeemed than exist",
    }
}

/// A part of the fund. Never its own token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// How much, base units.
    pub quantity: U256,
    /// The price of a whole unit, wad; `None`: stale.
    pub price_wad: Option<U256>,
    /// The component's decimals, as stored beside it.
    pub decimals: u8,
}

/// The value of all components less the liabilities, wad, each component rounded down.
///
/// Errors: [`NavError::Stale`], [`NavError::TooManyDecimals`], [`NavError::Insolvent`]; a sum that does not fit.
///
/// ```
/// use mintage_mechanism::nav::{net_value_wad_down, Component};
/// use mintage_math::{U256, WAD};
/// let usdc = Component { quantity: U256::from(2_500_000), price_wad: Some(WAD), decimals: 6 };
/// let eth = Component { quantity: WAD, price_wad: Some(WAD * U256::from(2_000)), decimals: 18 };
/// let value = net_value_wad_down([usdc, eth], WAD).unwrap();
/// assert_eq!(value, WAD * U256::from(20_015) / U256::from(10));
/// ```
pub fn net_value_wad_down(
    components: impl IntoIterator<Item = Component>,
    liabilities_wad: U256,
) -> Result<U256, NavError> {
    let mut assets = U256::ZERO;
    for part in components {
        let price = part.price_wad.ok_or(NavError::Stale)?;
        let one = power_of_ten(part.decimals)
            .filter(|_| part.decimals <= 36)
            .ok_or(NavError::TooManyDecimals)?;
        assets = add(assets, mul_div_down(part.quantity, price, one)?)?;
    }
    assets.checked_sub(liabilities_wad).ok_or(NavError::Insolvent)
}

/// Shares for a value paid in, wad. The premium stays in the fund. The first shares are worth one each.
///
/// Errors: [`NavError::PremiumTooHigh`]; a fund with shares but no value; amounts that do not fit.
pub fn mint_shares_down(
    paid_wad: U256,
    value_wad: U256,
    supply: U256,
    premium_bps: u16,
) -> Result<U256, NavError> {
    let premium = premium_up(paid_wad, premium_bps)?;
    let net = sub(paid_wad, premium)?;
    if supply.is_zero() {
        return Ok(net);
    }
    Ok(mul_div_down(net, supply, add(value_wad, premium)?)?)
}

/// The value for shares paid back, wad: their part, less the premium.
///
/// Errors: [`NavError::TooManyShares`], [`NavError::PremiumTooHigh`].
pub fn redeem_value_down(
    shares: U256,
    value_wad: U256,
    supply: U256,
    premium_bps: u16,
) -> Result<U256, NavError> {
    if shares > supply {
        return Err(NavError::TooManyShares);
    }
    let gross = mul_div_down(shares, value_wad, supply)?;
    Ok(sub(gross, premium_up(gross, premium_bps)?)?)
}

fn premium_up(amount: U256, premium_bps: u16) -> Result<U256, NavError> {
    if u64::from(premium_bps) >= BPS {
        return Err(NavError::PremiumTooHigh);
    }
    Ok(mul_div_up(amount, U256::from(premium_bps), U256::from(BPS))?)
}

/// New shares for the manager after `secs`: `⌊S·f/(1 - f)⌋`, so that he then holds the part `f`.
///
/// Errors: [`NavError::FeeTooHigh`]; an amount that does not fit.
///
/// ```
/// use mintage_mechanism::nav::{streaming_fee_shares_down, YEAR_SECS};
/// use mintage_math::{U256, WAD};
/// // 2 % for a year on 98: two new shares of a hundred
/// let two_percent = WAD / U256::from(50);
/// assert_eq!(streaming_fee_shares_down(U256::from(98), two_percent, YEAR_SECS), Ok(U256::from(2)));
/// ```
pub fn streaming_fee_shares_down(supply: U256, rate_a_year_wad: U256, secs: u64) -> Result<U256, NavError> {
    let whole = mul(WAD, U256::from(YEAR_SECS))?;
    let part = mul(rate_a_year_wad, U256::from(secs))?;
    let rest = whole
        .checked_sub(part)
        .filter(|rest| !rest.is_zero())
        .ok_or(NavError::FeeTooHigh)?;
    Ok(mul_div_down(supply, part, rest)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    fn part(quantity: U256, price: &str, decimals: u8) -> Component {
        Component {
            quantity,
            price_wad: Some(wad(price)),
            decimals,
        }
    }

    #[test]
    fn s2_35_decimals_do_not_mix() {
        // one whole unit of each at 1: 8 decimals count as much as 18
        let value = net_value_wad_down(
            [part(U256::from(100_000_000), "1", 8), part(wad("1"), "1", 18)],
            U256::ZERO,
        );
        assert_eq!(value, Ok(wad("2")));
        let stale = Component {
            price_wad: None,
            ..part(wad("1"), "1", 18)
        };
        assert_eq!(net_value_wad_down([stale], U256::ZERO), Err(NavError::Stale));
        assert_eq!(
            net_value_wad_down([part(wad("1"), "1", 18)], wad("1.1")),
            Err(NavError::Insolvent)
        );
        assert_eq!(
            net_value_wad_down([part(wad("1"), "1", 37)], U256::ZERO),
            Err(NavError::TooManyDecimals)
        );
    }

    #[test]
    fn s2_35_refusals() {
        let one = wad("1");
        assert_eq!(
            mint_shares_down(one, one, one, 10_000),
            Err(NavError::PremiumTooHigh)
        );
        assert_eq!(
            redeem_value_down(one + U256::ONE, one, one, 0),
            Err(NavError::TooManyShares)
        );
        assert_eq!(
            streaming_fee_shares_down(one, one, YEAR_SECS),
            Err(NavError::FeeTooHigh)
        );
        assert!(redeem_value_down(U256::ZERO, one, U256::ZERO, 0).is_err());
        assert_eq!(mint_shares_down(one, U256::ZERO, U256::ZERO, 0), Ok(one));
    }

    proptest! {
        /// At the value: what a share is worth does not fall by minting or redeeming.
        #[test]
        fn prop_s2_35_value_a_share_does_not_fall(paid in 1u128..1 << 90, value in 1u128..1 << 90, supply in 1u128..1 << 90, premium in 0u16..1_000, burn in 1u128..1 << 90) {
            let (paid, value, supply) = (U256::from(paid), U256::from(value), U256::from(supply));
            let shares = mint_shares_down(paid, value, supply, premium).unwrap();
            prop_assert!((value + paid) * supply >= value * (supply + shares));
            let burn = U256::from(burn).min(supply);
            let out = redeem_value_down(burn, value, supply, premium).unwrap();
            prop_assert!((value - out) * supply >= value * (supply - burn));
            // and a round trip does not profit
            let back = redeem_value_down(shares, value + paid, supply + shares, premium).unwrap();
            prop_assert!(back <= paid);
        }

        #[test]
        fn prop_fee_is_its_part(supply in any_u256(), rate in 0u64..500_000_000_000_000_000, secs in 0u64..YEAR_SECS) {
            let supply = supply >> 64usize;
            let shares = streaming_fee_shares_down(supply, U256::from(rate), secs).unwrap();
            // shares/(supply+shares) ≤ rate·secs/(1e18·year)
            let whole = WAD * U256::from(YEAR_SECS);
            prop_assert!(mintage_math::mul_wide(shares, whole) <= mintage_math::mul_wide(supply + shares, U256::from(rate) * U256::from(secs)));
        }
    }
}
