//! Arithmetic on the constant-product pool for agents that size their trades. Exact amounts come from `mintage-mechanism`; floats
//! only choose how much to trade.

use alloy_primitives::{I256, U256};
use mintage_mechanism::swap;

use crate::amount::{from_f64_down, powi10, to_f64};

/// What is kept of an input after the pool's fee of 0.3 %.
const KEPT: f64 = 0.997;

/// What a swap brings, or `None` if the pool would refuse it.
pub fn amount_out_down(amount_in: U256, reserve_in: U256, reserve_out: U256) -> Option<U256> {
    swap::amount_out_down(amount_in, reserve_in, reserve_out)
        .ok()
        .filter(|out| !out.is_zero())
}

/// Price in the pool, quote per token: ratio of the reserves (token, quote). 0 if the pool is empty.
pub fn pool_price(reserves: (U256, U256), decimals: (u8, u8)) -> f64 {
    let (token, quote) = reserves;
    if token.is_zero() {
        return 0.0;
    }
    to_f64(quote) / to_f64(token) * unit_ratio(decimals)
}

/// Quote tokens, in base units, that raise the pool's price by a share (0.02 is 2 %).
pub fn depth(reserve_quote: U256, share: f64) -> U256 {
    // (R + g x)^2 = (1 + s) R^2  =>  x = R (sqrt(1 + s) - 1) / g
    from_f64_down(to_f64(reserve_quote) * (libm::sqrt(1.0 + share) - 1.0) / KEPT)
}

/// The trade that brings the pool's marginal price, fee included, to an outside price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArbitrageTrade {
    /// Buy the token: spend this much of the quote token.
    SpendQuote(U256),
    /// Sell this much of the token.
    SellToken(U256),
}

/// The most profitable trade against an outside price, if there is one.
///
/// Maximising `out(x)·p − x` for `out(x) = g·x·R_o / (R_i + g·x)` gives `R_i + g·x = √(g·R_i·R_o·p)`.
pub fn arbitrage(reserves: (U256, U256), decimals: (u8, u8), outside_price: f64) -> Option<ArbitrageTrade> {
    let (token, quote) = (to_f64(reserves.0), to_f64(reserves.1));
    if token <= 0.0 || quote <= 0.0 {
        return None;
    }
    // Outside price in base units of quote for one base unit of the token.
    let price = outside_price / unit_ratio(decimals);
    let spend = (libm::sqrt(KEPT * token * quote * price) - quote) / KEPT;
    if spend >= 1.0 {
        return Some(ArbitrageTrade::SpendQuote(from_f64_down(spend)));
    }
    let sell = (libm::sqrt(KEPT * token * quote / price) - token) / KEPT;
    (sell >= 1.0).then(|| ArbitrageTrade::SellToken(from_f64_down(sell)))
}

/// The largest amount of the quote token that may be spent before a buyback of `lot` so that the buyback still brings `minimum`:
/// what a sandwich attacker looks for. Exact, by bisection on the pool's integer arithmetic; at most `limit`.
pub fn largest_front_run(reserves: (U256, U256), lot: U256, minimum: U256, limit: U256) -> U256 {
    let passes = |front: U256| {
        let after = after_buy(reserves, front);
        after
            .and_then(|(t, q)| amount_out_down(lot, q, t))
            .is_some_and(|out| out >= minimum)
    };
    let (mut low, mut high) = (U256::ZERO, limit);
    if passes(high) {
        return high;
    }
    while high - low > U256::ONE {
        let middle = low + (high - low) / U256::from(2);
        if passes(middle) {
            low = middle
        } else {
            high = middle
        }
    }
    low
}

/// The front-run that gains most: at most what [`largest_front_run`] gives, less where the pool's fee outweighs the move.
///
/// The gain has one maximum (fees grow with the front-run, what it moves the lot's price by grows ever slower): a ternary search.
pub fn best_front_run(reserves: (U256, U256), lot: U256, minimum: U256, limit: U256) -> U256 {
    let (mut low, mut high) = (U256::ZERO, largest_front_run(reserves, lot, minimum, limit));
    let gain = |front| sandwich_gain(reserves, front, lot);
    let three = U256::from(3);
    while high - low > three {
        let third = (high - low) / three;
        if gain(low + third) < gain(high - third) {
            low += third;
        } else {
            high -= third;
        }
    }
    if gain(high) > gain(low) { high } else { low }
}

/// What an attacker gains in the quote token who buys with `front`, lets a buyback of `lot` pass and sells again.
pub fn sandwich_gain(reserves: (U256, U256), front: U256, lot: U256) -> I256 {
    let back = || {
        let bought = amount_out_down(front, reserves.1, reserves.0)?;
        let (token, quote) = after_buy(after_buy(reserves, front)?, lot)?;
        amount_out_down(bought, token, quote)
    };
    I256::from_raw(back().unwrap_or_default()) - I256::from_raw(front)
}

/// Reserves (token, quote) after a purchase with `spend`.
fn after_buy((token, quote): (U256, U256), spend: U256) -> Option<(U256, U256)> {
    if spend.is_zero() {
        return Some((token, quote));
    }
    let out = amount_out_down(spend, quote, token)?;
    Some((token - out, quote.checked_add(spend)?))
}

/// Factor from base units' ratio (quote / token) to whole tokens' ratio.
fn unit_ratio(decimals: (u8, u8)) -> f64 {
    powi10(decimals.0) / powi10(decimals.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e(n: u64, exponent: u64) -> U256 {
        U256::from(n) * U256::from(10).pow(U256::from(exponent))
    }

    #[test]
    fn test_largest_sandwich_of_the_published_example() {
        // systems.md 2.26: reserves 1,000,000 and 20,000,000, lot 10,000, price .05, want .98: the largest sandwich that passes
        // is 3,669.027 and earns 50.892.
        let reserves = (e(20_000_000, 18), e(1_000_000, 18));
        let (lot, floor) = (e(10_000, 18), e(196_000, 18));
        let front = largest_front_run(reserves, lot, floor, e(50_000, 18));
        assert_eq!(front / e(1, 15), U256::from(3_669_027));
        let gain = sandwich_gain(reserves, front, lot);
        assert_eq!(gain.into_raw() / e(1, 15), U256::from(50_892));
        let after = after_buy(reserves, front + U256::ONE).unwrap();
        assert!(amount_out_down(lot, after.1, after.0).unwrap() < floor);
    }

    #[test]
    fn test_best_front_run_is_no_worse_than_any_other() {
        // A small lot in a deep pool: the fee outweighs large front-runs long before the floor does.
        for (lot, minimum) in [
            (e(8_000, 18), U256::ZERO),
            (e(10_000, 18), e(196_000, 18)),
            (e(100, 18), U256::ZERO),
        ] {
            let reserves = (e(20_000_000, 18), e(1_000_000, 18));
            let limit = e(400_000, 18);
            let largest = largest_front_run(reserves, lot, minimum, limit);
            let best = sandwich_gain(reserves, best_front_run(reserves, lot, minimum, limit), lot);
            for i in 0..=200u64 {
                let other = sandwich_gain(reserves, largest * U256::from(i) / U256::from(200), lot);
                // Two floors make a gain up to 2 units smaller than the concave curve, so each of the search's at most 140
                // steps (1.5^140 > 2^81) can lose at most 2 units.
                assert!(
                    best + I256::unchecked_from(280) >= other,
                    "{lot}: {best} < {other} at {i}"
                );
            }
        }
    }

    #[test]
    fn test_arbitrage_pins_the_pool_up_to_the_fee() {
        let decimals = (18, 6);
        for outside in [1.0, 1.9, 1.9941, 2.006, 2.1, 5.0] {
            let reserves = (e(1_000_000, 18), e(2_000_000, 6));
            let after = match arbitrage(reserves, decimals, outside) {
                Some(ArbitrageTrade::SpendQuote(x)) => {
                    let out = amount_out_down(x, reserves.1, reserves.0).unwrap();
                    (reserves.0 - out, reserves.1 + x)
                }
                Some(ArbitrageTrade::SellToken(x)) => {
                    let out = amount_out_down(x, reserves.0, reserves.1).unwrap();
                    (reserves.0 + x, reserves.1 - out)
                }
                None => reserves,
            };
            let ratio = pool_price(after, decimals) / outside;
            assert!((0.9969..=1.0031).contains(&ratio), "{outside}: {ratio}");
        }
        assert_eq!(
            arbitrage((e(1_000_000, 18), e(2_000_000, 6)), decimals, 2.001),
            None
        );
        assert_eq!(arbitrage((U256::ZERO, U256::ZERO), decimals, 2.0), None);
    }

    #[test]
    fn test_depth_moves_the_price_by_its_share() {
        let reserves = (e(1_000_000, 18), e(2_000_000, 6));
        let spend = depth(reserves.1, 0.02);
        let out = amount_out_down(spend, reserves.1, reserves.0).unwrap();
        // The fee stays in the pool, so the reserves' ratio moves a little further than the marginal price.
        let moved = pool_price((reserves.0 - out, reserves.1 + spend), (18, 6)) / 2.0;
        assert!((1.02..1.0203).contains(&moved), "{moved}");
    }
}
