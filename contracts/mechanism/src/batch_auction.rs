//! A batch auction with one clearing price.
//!
//! * **Equation.** With bids of `s_i` currency for at least `b_i` tokens, by falling price `s_i/b_i`, add until `Σs·b_i ≥ supply·s_i`. If the last bid
//!   covers what is too much, it clears at its own price and is filled in part; else the price lies between it and the one before,
//!   `Σs/supply` without it. If the bids do not suffice, the price is `Σs/supply`, but never below the seller's minimum, which then sells
//!   only a part.
//! * **Symbols.** Amounts in base units; a price is a pair `(tokens, currency)`, never a rounded quotient.
//! * **Source.** Gnosis `EasyAuction` (rule re-stated, systems.md 2.13), with at most 15/1000 of fee and refunds below a funding threshold.
//! * **Domain.** Bids sorted by falling price, none of zero; equal prices in any fixed order.
//! * **Rounding.** Tokens to bidders down; fee up.
//! * **In the wild.** Thousands of dust bids in front of the clearing price (a least bid bounds them); a speed race where price depends on order,
//!   which one price for all removes.

use crate::error::errors;
use mintage_math::{U256, add, mul_div_down, mul_div_up, mul_wide, sub};

errors! {
    /// Why an auction does not clear.
    AuctionError {
        /// Nothing is sold, or for nothing.
        NoSupply => "nothing is sold, or the seller asks for nothing",
        /// A bid of nothing or for nothing.
        EmptyBid => "a bid offers or asks for nothing",
        /// The bids are not sorted by falling price.
        NotSorted => "the bids are not sorted by falling price",
        /// The fee is above 1.5 %.
        Fee => "the fee is above 15 of 1,000",
    }
}

/// `sell` currency for at least `buy` tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bid {
    /// Currency offered, base units.
    pub sell: U256,
    /// The least number of tokens for it, base units.
    pub buy: U256,
}

/// How an auction cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// The price's tokens.
    pub tokens: U256,
    /// The price's currency: `tokens` cost `currency`.
    pub currency: U256,
    /// How many bids, from the best on, are filled fully.
    pub filled: usize,
    /// How much currency of the next bid is taken; zero: none.
    pub partial: U256,
    /// All the currency that is taken.
    pub raised: U256,
    /// All the tokens that are sold, before the bidders' rounding.
    pub sold: U256,
}

impl Clearing {
    /// `(tokens, refund)` of the bid at `index` in the order that was cleared.
    ///
    /// Errors: none for a bid of that order.
    pub fn fill_down(&self, index: usize, bid: Bid) -> Result<(U256, U256), AuctionError> {
        let taken = match index.cmp(&self.filled) {
            core::cmp::Ordering::Less => bid.sell,
            core::cmp::Ordering::Equal => self.partial.min(bid.sell),
            core::cmp::Ordering::Greater => U256::ZERO,
        };
        if taken.is_zero() {
            return Ok((U256::ZERO, bid.sell));
        }
        Ok((
            mul_div_down(taken, self.tokens, self.currency)?,
            sub(bid.sell, taken)?,
        ))
    }
}

/// Clears `supply` tokens for which the seller wants at least `minimum` currency.
///
/// Errors: [`AuctionError::NoSupply`], [`AuctionError::EmptyBid`], [`AuctionError::NotSorted`]; a sum that does not fit.
///
/// ```
/// use mintage_mechanism::batch_auction::{clear, Bid};
/// use mintage_math::U256;
/// let n = |v: u64| U256::from(v);
/// // 100 tokens for at least 50; bids at 2, 1 and 0.8
/// let bids = [Bid { sell: n(60), buy: n(30) }, Bid { sell: n(30), buy: n(30) }, Bid { sell: n(80), buy: n(100) }];
/// let clearing = clear(bids, n(100), n(50)).unwrap();
/// // 60 + 30 buy 100 at 0.9: between the second bid and the third
/// assert_eq!((clearing.filled, clearing.currency, clearing.partial), (2, n(90), n(0)));
/// assert_eq!(clearing.fill_down(0, bids[0]), Ok((n(66), n(0))));
/// ```
pub fn clear(
    bids: impl IntoIterator<Item = Bid>,
    supply: U256,
    minimum: U256,
) -> Result<Clearing, AuctionError> {
    if supply.is_zero() || minimum.is_zero() {
        return Err(AuctionError::NoSupply);
    }
    let (mut sum, mut filled, mut last) = (U256::ZERO, 0usize, None::<Bid>);
    for bid in bids {
        if bid.sell.is_zero() || bid.buy.is_zero() {
            return Err(AuctionError::EmptyBid);
        }
        if last.is_some_and(|last| mul_wide(last.sell, bid.buy) < mul_wide(bid.sell, last.buy)) {
            return Err(AuctionError::NotSorted);
        }
        // below the seller's price: nothing of it or of those behind it is sold
        if mul_wide(bid.sell, supply) < mul_wide(minimum, bid.buy) {
            break;
        }
        let with = add(sum, bid.sell)?;
        if mul_wide(with, bid.buy) >= mul_wide(supply, bid.sell) {
            return last_bid(bid, sum, with, filled, supply);
        }
        (sum, filled, last) = (with, filled.saturating_add(1), Some(bid));
    }
    if sum >= minimum {
        return Ok(Clearing {
            tokens: supply,
            currency: sum,
            filled,
            partial: U256::ZERO,
            raised: sum,
            sold: supply,
        });
    }
    // not enough: the seller's own price, and a part of the supply
    let sold = mul_div_down(sum, supply, minimum)?;
    Ok(Clearing {
        tokens: supply,
        currency: minimum,
        filled,
        partial: U256::ZERO,
        raised: sum,
        sold,
    })
}

/// The bid that makes the sum suffice: filled in part at its own price, or not at all at the price just above it.
fn last_bid(
    bid: Bid,
    before: U256,
    with: U256,
    filled: usize,
    supply: U256,
) -> Result<Clearing, AuctionError> {
    let uncovered = sub(with, mul_div_down(supply, bid.sell, bid.buy)?)?;
    if bid.sell >= uncovered {
        let raised = sub(with, uncovered)?;
        let partial = sub(bid.sell, uncovered)?;
        return Ok(Clearing {
            tokens: bid.buy,
            currency: bid.sell,
            filled,
            partial,
            raised,
            sold: supply,
        });
    }
    Ok(Clearing {
        tokens: supply,
        currency: before,
        filled,
        partial: U256::ZERO,
        raised: before,
        sold: supply,
    })
}

/// The fee of what was raised, `⌈raised·fee/1000⌉`, at most 15 of 1,000.
///
/// Error: [`AuctionError::Fee`].
pub fn fee_up(raised: U256, fee_permille: u16) -> Result<U256, AuctionError> {
    if fee_permille > 15 {
        return Err(AuctionError::Fee);
    }
    Ok(mul_div_up(raised, U256::from(fee_permille), U256::from(1_000))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn n(v: u64) -> U256 {
        U256::from(v)
    }

    fn bid(sell: u64, buy: u64) -> Bid {
        Bid {
            sell: n(sell),
            buy: n(buy),
        }
    }

    #[test]
    fn s2_13_marginal_bid_is_filled_in_part() {
        // 100 tokens; 50 at 1, then 80 at 0.8: 100 tokens at 0.8 cost 80, of which 30 come from the second
        let bids = [bid(50, 50), bid(80, 100)];
        let c = clear(bids, n(100), n(10)).unwrap();
        assert_eq!(
            (c.tokens, c.currency, c.filled, c.partial, c.raised),
            (n(100), n(80), 1, n(30), n(80))
        );
        assert_eq!(c.fill_down(0, bids[0]), Ok((n(62), n(0))));
        assert_eq!(c.fill_down(1, bids[1]), Ok((n(37), n(50))));
        assert_eq!(c.fill_down(2, bid(1, 1)), Ok((n(0), n(1))));
    }

    #[test]
    fn s2_13_too_few_bids_sell_a_part_at_the_minimum() {
        let c = clear([bid(20, 20)], n(100), n(50)).unwrap();
        assert_eq!(
            (c.tokens, c.currency, c.sold, c.raised),
            (n(100), n(50), n(40), n(20))
        );
        assert_eq!(c.fill_down(0, bid(20, 20)), Ok((n(40), n(0))));
        let none = clear([], n(100), n(50)).unwrap();
        assert_eq!((none.sold, none.raised), (n(0), n(0)));
    }

    #[test]
    fn s2_13_refusals() {
        assert_eq!(clear([], n(0), n(1)), Err(AuctionError::NoSupply));
        assert_eq!(clear([bid(0, 1)], n(1), n(1)), Err(AuctionError::EmptyBid));
        assert_eq!(
            clear([bid(10, 100), bid(10, 50)], n(1_000), n(1)),
            Err(AuctionError::NotSorted)
        );
        assert_eq!(fee_up(n(1_000), 16), Err(AuctionError::Fee));
        assert_eq!(fee_up(n(1_001), 15), Ok(n(16)));
    }

    #[test]
    fn s2_13_equal_prices_come_in_any_order_and_the_sellers_own_price_is_enough() {
        // 100 tokens for at least 50: both orders of two bids at 0.5, which is just the seller's price
        for bids in [[bid(10, 20), bid(5, 10)], [bid(5, 10), bid(10, 20)]] {
            let c = clear(bids, n(100), n(50)).unwrap();
            assert_eq!((c.filled, c.raised, c.sold), (2, n(15), n(30)));
        }
        // a unit less for as many tokens is below it
        let c = clear([bid(99, 200)], n(100), n(50)).unwrap();
        assert_eq!((c.filled, c.raised, c.sold), (0, n(0), n(0)));
    }

    proptest! {
        #[test]
        fn prop_s2_13_one_price_conserves_and_respects_limits(mut list in prop::collection::vec((1u64..1_000_000, 1u64..1_000_000), 0..20), supply in 1u64..5_000_000, minimum in 1u64..5_000_000) {
            list.sort_by(|a, b| (u128::from(b.0) * u128::from(a.1)).cmp(&(u128::from(a.0) * u128::from(b.1))));
            let bids: Vec<Bid> = list.iter().map(|(s, b)| bid(*s, *b)).collect();
            let c = clear(bids.iter().copied(), n(supply), n(minimum)).unwrap();
            let (mut tokens, mut taken) = (U256::ZERO, U256::ZERO);
            for (i, b) in bids.iter().enumerate() {
                let (got, refund) = c.fill_down(i, *b).unwrap();
                prop_assert!(refund <= b.sell);
                let paid = b.sell - refund;
                tokens += got;
                taken += paid;
                // a bid at or above the price that is filled gets at least what it asked for, but for rounding
                if !paid.is_zero() { prop_assert!((got + U256::ONE) * b.sell >= paid * b.buy); }
                // strictly above the price: filled fully
                if b.sell * c.tokens > c.currency * b.buy { prop_assert!(refund.is_zero()); }
                // strictly below: not at all
                if b.sell * c.tokens < c.currency * b.buy { prop_assert!(paid.is_zero()); }
            }
            prop_assert!(tokens <= n(supply) && c.sold <= n(supply));
            prop_assert_eq!(taken, c.raised);
            // never below the seller's price
            prop_assert!(c.currency * n(supply) >= n(minimum) * c.tokens);
        }
    }
}
