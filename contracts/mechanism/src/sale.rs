//! Sales at a fixed or stepped price, and commitments that are filled in proportion.
//!
//! * **Equation.** Tokens `⌊paid·rate/10^18⌋`, `rate(t) = r₀ - ⌊t·(r₀ - r₁)/T⌋`; commitments `c_i` at a price `P`: if `Σc > Sale·P`
//!   `alloc_i = ⌊Sale·c_i/Σc⌋`, else `⌊c_i/P⌋`; refund `c_i - ⌈alloc_i·P⌉`.
//! * **Symbols.** `paid`, `c` base units of the currency; `rate` tokens for one unit of currency, wad; `P` currency for one token, wad; `Sale` base units of
//!   the token.
//! * **Source.** OpenZeppelin 2.5 crowdsales (timed, capped, individually capped, increasing price, refundable); subscription sales of exchanges
//!   (rules re-stated, systems.md 2.11, 2.12).
//! * **Domain.** `P > 0`; caps and amounts of any size.
//! * **Rounding.** Tokens down, what an allocation costs up: refunds down.
//! * **In the wild.** The last contribution that overshot the cap was refused or overfilled: here the part that fits is accepted and the rest given
//!   back; proceeds that could be touched before the soft cap was reached; price steps that were sniped.

use crate::error::errors;
use mintage_math::{U256, WAD, add, mul_div_down, mul_div_up, sub, wad_mul_down};

errors! {
    /// Why a sale refuses.
    SaleError {
        /// The price is zero.
        NoPrice => "the price is zero",
        /// The rate would rise or the sale takes no time.
        Schedule => "the last rate is above the first, or the sale takes no time",
        /// A commitment is above the sum of all.
        Sum => "a commitment is above the sum of all commitments",
        /// The sale is full or the contributor's cap is reached.
        Full => "the sale or the contributor's part of it is full",
    }
}

/// Tokens for a payment at a rate, rounded down.
///
/// Error: an amount that does not fit.
pub fn tokens_down(paid: U256, rate_wad: U256) -> Result<U256, SaleError> {
    Ok(wad_mul_down(paid, rate_wad)?)
}

/// A rate that falls from `first` to `last` over `secs`: the price rises. Clamped outside.
///
/// Error: [`SaleError::Schedule`].
///
/// ```
/// use mintage_mechanism::sale::rate_at;
/// use mintage_math::U256;
/// assert_eq!(rate_at(U256::from(100), U256::from(60), 25, 100), Ok(U256::from(90)));
/// ```
pub fn rate_at(first: U256, last: U256, elapsed_secs: u64, secs: u64) -> Result<U256, SaleError> {
    let fall = first
        .checked_sub(last)
        .filter(|_| secs > 0)
        .ok_or(SaleError::Schedule)?;
    let moved = mul_div_down(fall, U256::from(elapsed_secs.min(secs)), U256::from(secs))?;
    Ok(sub(first, moved)?)
}

/// How much of a contribution is accepted: up to what both caps leave; the rest goes back. `(accepted, returned)`.
///
/// Error: [`SaleError::Full`] where nothing is accepted.
pub fn accept(
    offered: U256,
    raised: U256,
    hard_cap: U256,
    contributed: U256,
    personal_cap: U256,
) -> Result<(U256, U256), SaleError> {
    let room = hard_cap
        .saturating_sub(raised)
        .min(personal_cap.saturating_sub(contributed));
    let accepted = offered.min(room);
    if accepted.is_zero() {
        return Err(SaleError::Full);
    }
    Ok((accepted, sub(offered, accepted)?))
}

/// How a sale with a soft cap ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Still open, or not finalised.
    Open,
    /// The soft cap was reached: tokens are delivered, nothing is refunded.
    Success,
    /// It was missed: everything is refunded, no token is delivered.
    Refund,
}

/// The outcome at a time: a sale ends at its end or when it is full.
pub fn outcome(raised: U256, soft_cap: U256, hard_cap: U256, now_ts: u64, end_ts: u64) -> Outcome {
    if now_ts < end_ts && raised < hard_cap {
        Outcome::Open
    } else if raised >= soft_cap {
        Outcome::Success
    } else {
        Outcome::Refund
    }
}

/// A commitment sale after it closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitments {
    /// Tokens on sale, base units.
    pub sale: U256,
    /// All commitments together, base units of the currency.
    pub committed: U256,
    /// Currency for one token, wad.
    pub price_wad: U256,
}

impl Commitments {
    /// `(tokens, refund)` of one commitment.
    ///
    /// Errors: [`SaleError::NoPrice`], [`SaleError::Sum`]; amounts that do not fit.
    ///
    /// ```
    /// use mintage_mechanism::sale::Commitments;
    /// use mintage_math::{U256, WAD};
    /// let n = |v: u64| U256::from(v);
    /// // 100 tokens at 2; 600 committed: a third each
    /// let sale = Commitments { sale: n(100), committed: n(600), price_wad: WAD * n(2) };
    /// assert_eq!(sale.settle_down(n(300)), Ok((n(50), n(200))));
    /// ```
    pub fn settle_down(&self, commitment: U256) -> Result<(U256, U256), SaleError> {
        if self.price_wad.is_zero() {
            return Err(SaleError::NoPrice);
        }
        if commitment > self.committed {
            return Err(SaleError::Sum);
        }
        let oversubscribed =
            mintage_math::mul_wide(self.committed, WAD) > mintage_math::mul_wide(self.sale, self.price_wad);
        let tokens = if oversubscribed {
            mul_div_down(self.sale, commitment, self.committed)?
        } else {
            mul_div_down(commitment, WAD, self.price_wad)?
        };
        let cost = mul_div_up(tokens, self.price_wad, WAD)?;
        // ⌈⌊c/P⌋·P⌉ ≤ c, and Sale·P < Σc gives the same above
        Ok((tokens, sub(commitment, cost)?))
    }
}

/// The venue's fee of the proceeds, rounded up, at most all of them.
///
/// Error: never below 10,000 bps.
pub fn venue_fee_up(proceeds: U256, fee_bps: u16) -> Result<U256, SaleError> {
    Ok(mul_div_up(proceeds, U256::from(fee_bps), U256::from(10_000))?.min(proceeds))
}

/// What a sale has to hold for all promises: proceeds and refunds add up to the commitments.
///
/// Error: a sum that does not fit.
pub fn conserves(proceeds: U256, refunds: U256, committed: U256) -> Result<bool, SaleError> {
    Ok(add(proceeds, refunds)? == committed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    #[test]
    fn a_sale_of_no_length_has_no_rate_and_venue_fees_round_up() {
        let n = |v: u64| U256::from(v);
        assert_eq!(rate_at(n(100), n(60), 0, 0), Err(SaleError::Schedule));
        assert_eq!(venue_fee_up(n(1_001), 250), Ok(n(26)));
        assert_eq!(venue_fee_up(n(1_000), 10_000), Ok(n(1_000)));
        assert_eq!(venue_fee_up(n(1_000), 20_000), Ok(n(1_000)));
    }

    #[test]
    fn s2_11_caps_rates_and_outcomes() {
        assert_eq!(tokens_down(wad("2"), wad("1000")), Ok(wad("2000")));
        assert_eq!(
            rate_at(U256::from(100), U256::from(60), 1_000, 100),
            Ok(U256::from(60))
        );
        assert_eq!(
            rate_at(U256::from(60), U256::from(100), 0, 100),
            Err(SaleError::Schedule)
        );
        let n = |v: u64| U256::from(v);
        // the last contribution: the part that fits is taken
        assert_eq!(accept(n(30), n(90), n(100), n(0), n(50)), Ok((n(10), n(20))));
        assert_eq!(accept(n(30), n(0), n(100), n(45), n(50)), Ok((n(5), n(25))));
        assert_eq!(accept(n(30), n(100), n(100), n(0), n(50)), Err(SaleError::Full));
        assert_eq!(outcome(n(50), n(60), n(100), 9, 10), Outcome::Open);
        assert_eq!(outcome(n(100), n(60), n(100), 9, 10), Outcome::Success);
        assert_eq!(outcome(n(59), n(60), n(100), 10, 10), Outcome::Refund);
        assert_eq!(outcome(n(60), n(60), n(100), 10, 10), Outcome::Success);
    }

    #[test]
    fn s2_12_shares_of_an_oversubscribed_sale_and_plain_purchases_in_a_small_one() {
        let n = |v: u64| U256::from(v);
        let settle = |committed, mine| {
            let sale = Commitments {
                sale: n(100),
                committed: n(committed),
                price_wad: wad("2"),
            };
            sale.settle_down(n(mine))
        };
        // three times too much: a third of what was wished, the rest back
        assert_eq!(settle(600, 300), Ok((n(50), n(200))));
        assert_eq!(settle(600, 600), Ok((n(100), n(400))));
        // just enough, and less
        assert_eq!(settle(200, 101), Ok((n(50), n(1))));
        assert_eq!(settle(101, 101), Ok((n(50), n(1))));
        assert_eq!(settle(600, 601), Err(SaleError::Sum));
    }

    #[test]
    fn s2_12_proceeds_and_refunds_are_the_commitments() {
        let n = |v: u64| U256::from(v);
        assert_eq!(conserves(n(200), n(400), n(600)), Ok(true));
        assert_eq!(conserves(n(200), n(399), n(600)), Ok(false));
    }

    proptest! {
        /// Whatever the order: allocations within the sale, refunds plus proceeds are the commitments, dust at most one unit a head.
        #[test]
        fn prop_s2_12_pro_rata_conserves(list in prop::collection::vec(1u64..1_000_000_000_000, 1..20), sale in 1u64..1_000_000_000_000, price in 1u128..1_000_000_000_000_000_000_000) {
            let committed = list.iter().map(|c| U256::from(*c)).fold(U256::ZERO, |a, b| a + b);
            let s = Commitments { sale: U256::from(sale), committed, price_wad: U256::from(price) };
            let (mut tokens, mut refunds, mut costs) = (U256::ZERO, U256::ZERO, U256::ZERO);
            for c in &list {
                let (t, r) = s.settle_down(U256::from(*c)).unwrap();
                prop_assert!(r <= U256::from(*c));
                tokens += t; refunds += r; costs += U256::from(*c) - r;
            }
            prop_assert!(tokens <= s.sale);
            prop_assert!(conserves(costs, refunds, committed).unwrap());
            if committed * WAD > s.sale * s.price_wad { prop_assert!(s.sale - tokens < U256::from(list.len())); }
        }

        #[test]
        fn prop_accept_never_passes_a_cap(offered in any_u256(), raised in any_u256(), cap in any_u256(), mine in any_u256(), personal in any_u256()) {
            if let Ok((taken, back)) = accept(offered, raised, cap, mine, personal) {
                prop_assert_eq!(taken + back, offered);
                prop_assert!(raised + taken <= cap && mine + taken <= personal);
            }
            let _ = venue_fee_up(offered, 65_535);
        }
    }
}
