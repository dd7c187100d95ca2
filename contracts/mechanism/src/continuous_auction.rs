//! A continuous clearing auction: the supply is released step by step, each step at one clearing price.
//!
//! * **Equation.** A bid of `a` with `m` parts of the release still to come spends at the rate `e = a·10⁷/m` for the whole release; the clearing price
//!   is the least `p ≥ floor` at which those above it do not ask for more than there is, `Σ_{max > p} e ≤ p·supply`. A step of `r` parts
//!   costs a bid above the price `⌈e·r/10⁷⌉` and brings `⌊e·r/(10⁷·p)⌋`; those *at* the price share what is left, if it is less than they ask for.
//! * **Symbols.** Parts of 10⁷ (the whole release); `e`, `a` base units of currency; `p` wad (currency for a token, base units for base units).
//! * **Source.** Uniswap's Continuous Clearing Auction of 2025 (rule re-stated, systems.md 2.13).
//! * **Domain.** Levels by falling maximum price; at most 10⁷ parts in all.
//! * **Rounding.** Currency spent up, tokens down, both from running sums, so that the number of steps does not matter.
//! * **In the wild.** Launches decided by the fastest bot. Here a late bid pays the same price as an early one in every step they share. Tokens with
//!   a fee on transfer and with fewer than six decimals are refused by the reference.

use crate::error::errors;
use mintage_math::{U256, WAD, add, mul, mul_div_down, mul_div_up, mul_wide, sub};

/// The parts of the whole release.
pub const PARTS: u32 = 10_000_000;

errors! {
    /// Why a step or a bid is refused.
    ContinuousError {
        /// More parts than the whole release.
        TooManyParts => "more than 10,000,000 parts are released",
        /// No part of the release is left for a bid.
        Over => "nothing is left to be released",
        /// The levels are not sorted by falling price.
        NotSorted => "the price levels are not sorted by falling maximum price",
        /// The supply or the floor is zero.
        NoSupply => "the supply or the floor price is zero",
    }
}

/// All bids with the same maximum price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The most that they pay, wad.
    pub max_price_wad: U256,
    /// Their rates together: currency for the whole release, base units.
    pub rate: U256,
}

/// The clearing price and how the level at it is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// The price, wad, rounded up.
    pub price_wad: U256,
    /// The rates of all that are filled in full, together.
    pub above: U256,
    /// The rate of the level at the price that shares what is left; zero where no level has to share.
    pub at: U256,
}

/// The rate of a bid of `amount` that comes when `released` parts are gone: what it would spend on the whole release, rounded down.
///
/// Error: [`ContinuousError::Over`].
pub fn bid_rate_down(amount: U256, released: u32) -> Result<U256, ContinuousError> {
    let left = PARTS
        .checked_sub(released)
        .filter(|left| *left > 0)
        .ok_or(ContinuousError::Over)?;
    Ok(mul_div_down(amount, U256::from(PARTS), U256::from(left))?)
}

/// The clearing price for `supply` tokens.
///
/// Errors: [`ContinuousError::NotSorted`], [`ContinuousError::NoSupply`]; a sum that does not fit.
///
/// ```
/// use mintage_mechanism::continuous_auction::{clearing_price, Level};
/// use mintage_math::{U256, WAD};
/// let at = |price: u64, rate: u64| Level { max_price_wad: WAD * U256::from(price), rate: U256::from(rate) };
/// // 100 tokens: 250 above 3 would make 2.5, but the level at 3 comes in and holds the price at 3
/// let price = clearing_price([at(5, 250), at(3, 400)], U256::from(100), WAD).unwrap();
/// assert_eq!((price.price_wad, price.above), (WAD * U256::from(3), U256::from(250)));
/// ```
pub fn clearing_price(
    levels: impl IntoIterator<Item = Level>,
    supply: U256,
    floor_wad: U256,
) -> Result<Price, ContinuousError> {
    if supply.is_zero() || floor_wad.is_zero() {
        return Err(ContinuousError::NoSupply);
    }
    let (mut above, mut last) = (U256::ZERO, U256::MAX);
    for level in levels {
        if level.max_price_wad > last {
            return Err(ContinuousError::NotSorted);
        }
        if level.max_price_wad < floor_wad {
            break;
        }
        // Those above alone make a price above this level: it gets nothing.
        if mul_wide(above, WAD) > mul_wide(level.max_price_wad, supply) {
            break;
        }
        let with = add(above, level.rate)?;
        // With it they ask for more than there is: the price is its own.
        if mul_wide(with, WAD) > mul_wide(level.max_price_wad, supply) {
            return Ok(Price {
                price_wad: level.max_price_wad,
                above,
                at: level.rate,
            });
        }
        (above, last) = (with, level.max_price_wad);
    }
    let price_wad = mul_div_up(above, WAD, supply)?.max(floor_wad);
    Ok(Price {
        price_wad,
        above,
        at: U256::ZERO,
    })
}

/// Running sums over the steps so far, from which any bid is settled by difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Parts released so far.
    pub parts: u32,
    /// `Σ r·10^36/price` of the steps, rounded down at each.
    pub parts_per_price: U256,
}

impl Sums {
    /// After a step of `parts` at a price.
    ///
    /// Errors: [`ContinuousError::TooManyParts`]; a price of zero.
    pub fn step(&self, parts: u32, price_wad: U256) -> Result<Self, ContinuousError> {
        let all = self
            .parts
            .checked_add(parts)
            .filter(|all| *all <= PARTS)
            .ok_or(ContinuousError::TooManyParts)?;
        // r·10^36/p, p in wad: a price of one adds r·10^18
        let share = mul_div_down(mul(U256::from(parts), WAD)?, WAD, price_wad)?;
        Ok(Self {
            parts: all,
            parts_per_price: add(self.parts_per_price, share)?,
        })
    }

    /// `(currency spent, tokens)` of a bid at `rate` that was above the price from `since` to now: spent up, tokens down.
    ///
    /// Errors: `since` later than now; amounts that do not fit.
    pub fn settle(&self, since: &Self, rate: U256) -> Result<(U256, U256), ContinuousError> {
        let parts = self
            .parts
            .checked_sub(since.parts)
            .ok_or(ContinuousError::TooManyParts)?;
        let spent = mul_div_up(rate, U256::from(parts), U256::from(PARTS))?;
        let share = sub(self.parts_per_price, since.parts_per_price)?;
        let tokens = mul_div_down(rate, share, mul(U256::from(PARTS), WAD)?)?;
        Ok((spent, tokens))
    }
}

/// `(currency spent, tokens)` of a bid at `rate` exactly at the price, in a step of `parts`: its part of what those above leave.
///
/// Errors: a level without a rate; amounts that do not fit.
pub fn partial_fill(
    price: &Price,
    rate: U256,
    supply: U256,
    parts: u32,
) -> Result<(U256, U256), ContinuousError> {
    // what the whole release is worth at the price, less what those above spend
    let worth = mul_div_down(supply, price.price_wad, WAD)?;
    let left = worth.saturating_sub(price.above).min(price.at);
    let share = mul_div_down(left, rate, price.at)?;
    let spent = mul_div_up(share, U256::from(parts), U256::from(PARTS))?;
    let tokens = mul_div_down(
        mul(share, U256::from(parts))?,
        WAD,
        mul(price.price_wad, U256::from(PARTS))?,
    )?;
    Ok((spent, tokens))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level(price: u64, rate: u64) -> Level {
        Level {
            max_price_wad: U256::from(price) * WAD,
            rate: U256::from(rate),
        }
    }

    #[test]
    fn s2_13_clearing_prices() {
        let price = |levels: &[Level]| clearing_price(levels.iter().copied(), U256::from(100), WAD).unwrap();
        assert_eq!(price(&[]).price_wad, WAD);
        assert_eq!(price(&[level(9, 50)]).price_wad, WAD); // the floor
        assert_eq!(
            price(&[level(9, 450)]).price_wad,
            WAD * U256::from(45) / U256::from(10)
        );
        // the second level lies under the price that the first makes
        assert_eq!(
            price(&[level(9, 450), level(4, 900)]).price_wad,
            WAD * U256::from(45) / U256::from(10)
        );
        let split = price(&[level(9, 450), level(5, 900)]);
        assert_eq!(
            (split.price_wad, split.at),
            (WAD * U256::from(5), U256::from(900))
        );
        // 500 are worth the release, 450 of it above, 50 left for the level
        assert_eq!(
            partial_fill(&split, U256::from(900), U256::from(100), PARTS),
            Ok((U256::from(50), U256::from(10)))
        );
    }

    #[test]
    fn refusals() {
        let unsorted = clearing_price([level(3, 1), level(4, 1)], U256::from(100), WAD);
        assert_eq!(unsorted, Err(ContinuousError::NotSorted));
        assert_eq!(
            clearing_price([], U256::ZERO, WAD),
            Err(ContinuousError::NoSupply)
        );
        assert_eq!(bid_rate_down(U256::ONE, PARTS), Err(ContinuousError::Over));
        assert_eq!(
            Sums::default().step(PARTS + 1, WAD),
            Err(ContinuousError::TooManyParts)
        );
        assert!(Sums::default().step(1, U256::ZERO).is_err());
    }

    #[test]
    fn s2_13_never_below_the_floor_but_at_it() {
        let price =
            |levels: &[Level]| clearing_price(levels.iter().copied(), U256::from(100), WAD * U256::from(2));
        // at the floor of 2: it shares what is there
        let at = price(&[level(2, 900)]).unwrap();
        assert_eq!((at.price_wad, at.at), (WAD * U256::from(2), U256::from(900)));
        // below it: not counted, whatever it offers
        let below = price(&[level(3, 50), level(1, 900)]).unwrap();
        assert_eq!(
            (below.price_wad, below.above, below.at),
            (WAD * U256::from(2), U256::from(50), U256::ZERO)
        );
    }

    #[test]
    fn s2_13_a_level_at_the_price_that_those_above_make_gets_nothing() {
        let price = clearing_price([level(9, 500), level(5, 900)], U256::from(100), WAD).unwrap();
        assert_eq!(
            (price.price_wad, price.above, price.at),
            (WAD * U256::from(5), U256::from(500), U256::from(900))
        );
        assert_eq!(
            partial_fill(&price, U256::from(900), U256::from(100), PARTS),
            Ok((U256::ZERO, U256::ZERO))
        );
    }

    #[test]
    fn s2_13_a_level_that_asks_for_just_the_rest_is_filled_in_full() {
        let price = clearing_price([level(9, 450), level(5, 50)], U256::from(100), WAD).unwrap();
        assert_eq!(
            (price.price_wad, price.above, price.at),
            (WAD * U256::from(5), U256::from(500), U256::ZERO)
        );
    }

    #[test]
    fn s2_13_a_late_bid_spends_faster_and_pays_for_what_it_takes_part_in() {
        let thousand = U256::from(1_000);
        assert_eq!(bid_rate_down(thousand, 0), Ok(thousand));
        // three quarters are gone: the same money in the last quarter is four times the rate
        let rate = bid_rate_down(thousand, PARTS / 4 * 3).unwrap();
        assert_eq!(rate, U256::from(4_000));
        let since = Sums::default().step(PARTS / 4 * 3, WAD).unwrap();
        let end = since.step(PARTS / 4, WAD * U256::from(2)).unwrap();
        assert_eq!(end.settle(&since, rate), Ok((thousand, U256::from(500))));
        // of all of it, an early one at that rate: 3,000 at a price of 1 and 1,000 at 2
        assert_eq!(
            end.settle(&Sums::default(), rate),
            Ok((U256::from(4_000), U256::from(3_500)))
        );
    }

    proptest! {
        /// Bids above the price together never get more than is released nor spend more than they bid.
        #[test]
        fn prop_s2_13_settlement_conserves(rates in prop::collection::vec(1u64..1_000_000_000, 1..10), steps in prop::collection::vec(1u32..1_000_000, 1..10), supply in 1u64..1_000_000_000_000) {
            let supply = U256::from(supply);
            let sum = rates.iter().map(|r| U256::from(*r)).fold(U256::ZERO, |a, b| a + b);
            let price = clearing_price([Level { max_price_wad: U256::MAX, rate: sum }], supply, U256::ONE).unwrap();
            let mut sums = Sums::default();
            for parts in steps { sums = sums.step(parts, price.price_wad).unwrap(); }
            let mut tokens = U256::ZERO;
            for rate in &rates {
                let (spent, got) = sums.settle(&Sums::default(), U256::from(*rate)).unwrap();
                prop_assert!(spent <= U256::from(*rate));
                tokens += got;
            }
            prop_assert!(tokens * U256::from(PARTS) <= supply * U256::from(sums.parts));
        }

        /// One step or many at the same price: the same currency, and tokens but for the rounding of the running sum.
        #[test]
        fn prop_number_of_steps_does_not_matter(rate in 1u64.., a in 1u32..4_000_000, b in 1u32..4_000_000, price in 1u64..) {
            let price = U256::from(price);
            let one = Sums::default().step(a + b, price).unwrap();
            let two = Sums::default().step(a, price).unwrap().step(b, price).unwrap();
            let settle = |s: &Sums| s.settle(&Sums::default(), U256::from(rate)).unwrap();
            prop_assert_eq!(settle(&one).0, settle(&two).0);
            prop_assert!(settle(&two).1 <= settle(&one).1);
            prop_assert!(settle(&one).1 - settle(&two).1 <= U256::ONE);
        }

        #[test]
        fn prop_price_rises_with_demand(rates in prop::collection::vec((1u64..1_000, 1u64..1_000_000), 0..12), more in 0u64..1_000_000, supply in 1u64..10_000) {
            let mut levels: Vec<Level> = rates.iter().map(|(p, r)| level(*p, *r)).collect();
            levels.sort_by_key(|l| core::cmp::Reverse(l.max_price_wad));
            let before = clearing_price(levels.iter().copied(), U256::from(supply), WAD).unwrap();
            let mut bigger = levels.clone();
            if let Some(first) = bigger.first_mut() { first.rate += U256::from(more); }
            let after = clearing_price(bigger.iter().copied(), U256::from(supply), WAD).unwrap();
            prop_assert!(before.price_wad <= after.price_wad);
            // nobody above the price is asked for more than there is at it
            prop_assert!(after.above * WAD <= after.price_wad * U256::from(supply));
        }
    }
}
