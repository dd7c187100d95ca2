//! Liquidation by Dutch auction: how much is taken, and what a bidder gets.
//!
//! * **Equation.** Bark: `dart = min(art, ⌊⌊room·WAD/rate⌋/chop⌋)`, all of it where the rest would be dust; `tab = ⌊dart·rate·chop/WAD⌋`. Auction: starts at
//!   `⌊price·buf/RAY⌋`, over when older than `tail` or below `cusp` of its start; a bidder pays `owe = slice·price`, at most `tab`, and leaves at least
//!   `chost`; the keeper gets `tip + ⌊tab·chip/WAD⌋`.
//! * **Symbols.** `ink`, `lot`, `slice`, `art` wad; prices, rates, `buf`, `cusp` ray; `room`, `tab`, `tip`, dust, `chost` rad; `chop`, `chip` wad.
//! * **Source.** Maker `Dog`, `Clip` (rules re-stated, systems.md 2.25).
//! * **Domain.** `chop ≥ 1`.
//! * **Rounding.** What the bidder gets down (through `owe/price`), what he owes exact.
//! * **In the wild.** No bids at all on a congested chain: an auction that stalls must be restarted, from a fresh price; incentives that paid for
//!   liquidating dust.

use crate::error::errors;
use mintage_math::{RAY, U256, WAD, add, div_down, mul, mul_div_down, sub};

errors! {
    /// Why nothing is liquidated or bought.
    LiquidationError {
        /// The vault is safe.
        Safe => "the vault is safe",
        /// The limit of running auctions is reached.
        NoRoom => "the limit of running auctions is reached",
        /// What would be auctioned is dust.
        Dust => "the part that there is room for is dust",
        /// No collateral would be taken.
        NoCollateral => "the part that there is room for takes no collateral",
        /// The auction needs a restart.
        Stale => "the auction is too old or too cheap: it has to be restarted",
        /// The auction does not need a restart.
        Running => "the auction is running: it cannot be restarted yet",
        /// The bidder's limit is below the price.
        TooDear => "the price is above the bidder's limit",
        /// What is left could not be auctioned.
        NoPartial => "what is left is too small to be bought in part: buy all of it",
    }
}

/// What is taken from an unsafe vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bark {
    /// Collateral, wad.
    pub dink: U256,
    /// Normalised debt, wad.
    pub dart: U256,
    /// Debt without the penalty, rad.
    pub due: U256,
    /// What the auction has to raise, rad.
    pub tab: U256,
}

/// Sizes a liquidation. `room` is what the limits of all and of this collateral leave, rad.
///
/// Errors: [`LiquidationError::Safe`], [`LiquidationError::NoRoom`], [`LiquidationError::Dust`], [`LiquidationError::NoCollateral`].
///
/// ```
/// use mintage_mechanism::liquidation::bark;
/// use mintage_math::{RAD, RAY, U256, WAD};
/// let n = |v: u64| U256::from(v);
/// // room for 75 at a penalty of 11 %: 67.567567567567567567 of 100
/// let b = bark(WAD * n(1), WAD * n(100), RAY, RAY * n(50), RAD, RAD * n(75), WAD * n(111) / n(100)).unwrap();
/// assert_eq!(b.dart, n(67_567_567_567_567_567) * n(1_000) + n(567));
/// ```
pub fn bark(
    ink: U256,
    art: U256,
    rate: U256,
    spot: U256,
    dust: U256,
    room: U256,
    chop: U256,
) -> Result<Bark, LiquidationError> {
    if mul(ink, spot)? >= mul(art, rate)? {
        return Err(LiquidationError::Safe);
    }
    if room.is_zero() || room < dust {
        return Err(LiquidationError::NoRoom);
    }
    let fits = div_down(mul_div_down(room, WAD, rate)?, chop)?;
    let mut dart = art.min(fits);
    if mul(sub(art, dart)?, rate)? < dust {
        dart = art;
    } else if mul(dart, rate)? < dust {
        return Err(LiquidationError::Dust);
    }
    let dink = mul_div_down(ink, dart, art)?;
    if dink.is_zero() {
        return Err(LiquidationError::NoCollateral);
    }
    let due = mul(dart, rate)?;
    Ok(Bark {
        dink,
        dart,
        due,
        tab: mul_div_down(due, chop, WAD)?,
    })
}

/// An auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auction {
    /// What it has to raise, rad.
    pub tab: U256,
    /// What there is to sell, wad.
    pub lot: U256,
    /// Where its price started, ray.
    pub top: U256,
    /// When it started, seconds.
    pub started_ts: u64,
}

/// When an auction is over, and what may be left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuctionRules {
    /// The greatest age, seconds.
    pub tail_secs: u64,
    /// The least part of its start, ray.
    pub cusp: U256,
    /// The least that may be left to raise, rad.
    pub chost: U256,
}

/// Where an auction starts: `⌊price·buf/RAY⌋`.
///
/// Error: a price that does not fit.
pub fn top_down(price: U256, buf: U256) -> Result<U256, LiquidationError> {
    Ok(mul_div_down(price, buf, RAY)?)
}

/// The keeper's reward of starting: `tip + ⌊tab·chip/WAD⌋`, rad.
///
/// Error: an amount that does not fit.
pub fn keeper_reward_down(tab: U256, tip: U256, chip: U256) -> Result<U256, LiquidationError> {
    Ok(add(tip, mul_div_down(tab, chip, WAD)?)?)
}

impl AuctionRules {
    /// Whether the auction has to be restarted before anyone can buy.
    ///
    /// Error: a start of zero.
    pub fn is_stale(&self, auction: &Auction, price: U256, now_ts: u64) -> Result<bool, LiquidationError> {
        let old = now_ts.saturating_sub(auction.started_ts) > self.tail_secs;
        Ok(old || mul_div_down(price, RAY, auction.top)? < self.cusp)
    }

    /// The auction from a fresh price.
    ///
    /// Error: [`LiquidationError::Running`].
    pub fn restart(
        &self,
        auction: &Auction,
        price: U256,
        fresh_top: U256,
        now_ts: u64,
    ) -> Result<Auction, LiquidationError> {
        if !self.is_stale(auction, price, now_ts)? {
            return Err(LiquidationError::Running);
        }
        Ok(Auction {
            top: fresh_top,
            started_ts: now_ts,
            ..*auction
        })
    }

    /// Buys up to `amount` of collateral at `price`, at most `limit`: `(auction after it, collateral, what is owed, rad)`. When the auction's `tab` is
    /// zero, what is left of its lot goes back to the vault's owner.
    ///
    /// Errors: [`LiquidationError::Stale`], [`LiquidationError::TooDear`], [`LiquidationError::NoPartial`].
    pub fn take(
        &self,
        auction: &Auction,
        amount: U256,
        limit: U256,
        price: U256,
        now_ts: u64,
    ) -> Result<(Auction, U256, U256), LiquidationError> {
        if self.is_stale(auction, price, now_ts)? {
            return Err(LiquidationError::Stale);
        }
        if limit < price {
            return Err(LiquidationError::TooDear);
        }
        let mut slice = auction.lot.min(amount);
        let mut owe = mul(slice, price)?;
        if owe > auction.tab {
            owe = auction.tab;
            slice = div_down(owe, price)?;
        } else if owe < auction.tab && slice < auction.lot && sub(auction.tab, owe)? < self.chost {
            if auction.tab <= self.chost {
                return Err(LiquidationError::NoPartial);
            }
            owe = sub(auction.tab, self.chost)?;
            slice = div_down(owe, price)?;
        }
        let after = Auction {
            tab: sub(auction.tab, owe)?,
            lot: sub(auction.lot, slice)?,
            ..*auction
        };
        Ok((after, slice, owe))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{scaled, wad};
    use proptest::prelude::*;

    fn ray(text: &str) -> U256 {
        scaled(text, 27)
    }

    fn rad(text: &str) -> U256 {
        scaled(text, 45)
    }

    fn rules() -> AuctionRules {
        AuctionRules {
            tail_secs: 3_600,
            cusp: ray("0.3"),
            chost: rad("22"),
        }
    }

    #[test]
    fn s2_25_dog_room_75() {
        let b = bark(
            wad("1"),
            wad("100"),
            RAY,
            ray("50"),
            rad("20"),
            rad("75"),
            wad("1.11"),
        )
        .unwrap();
        assert_eq!(b.dart, wad("67.567567567567567567"));
        assert_eq!(b.due, mul(b.dart, RAY).unwrap());
        assert!(b.tab <= rad("75"));
        // the rest would be dust: all of it, through the limit
        let all = bark(
            wad("1"),
            wad("80"),
            RAY,
            ray("50"),
            rad("20"),
            rad("75"),
            wad("1.11"),
        )
        .unwrap();
        assert_eq!(all.dart, wad("80"));
        assert_eq!(
            bark(
                wad("1"),
                wad("50"),
                RAY,
                ray("50"),
                rad("20"),
                rad("75"),
                wad("1.1")
            ),
            Err(LiquidationError::Safe)
        );
        assert_eq!(
            bark(
                wad("1"),
                wad("100"),
                RAY,
                ray("50"),
                rad("20"),
                rad("19"),
                wad("1.1")
            ),
            Err(LiquidationError::NoRoom)
        );
        assert_eq!(
            bark(
                wad("1"),
                wad("100"),
                RAY,
                ray("50"),
                rad("20"),
                rad("20"),
                wad("1.1")
            ),
            Err(LiquidationError::Dust)
        );
        assert_eq!(
            bark(U256::ZERO, wad("100"), RAY, RAY, rad("1"), rad("500"), wad("1.1")),
            Err(LiquidationError::NoCollateral)
        );
    }

    #[test]
    fn s2_25_taker_of_22_clears_110_and_18_go_back() {
        let auction = Auction {
            tab: rad("110"),
            lot: wad("40"),
            top: ray("5"),
            started_ts: 0,
        };
        let (after, slice, owe) = rules().take(&auction, wad("22"), ray("5"), ray("5"), 0).unwrap();
        assert_eq!(
            (after.tab, after.lot, slice, owe),
            (U256::ZERO, wad("18"), wad("22"), rad("110"))
        );
        // more than 22 is asked for: the tab bounds it
        assert_eq!(
            rules()
                .take(&auction, wad("25"), ray("5"), ray("5"), 0)
                .unwrap()
                .1,
            wad("22")
        );
        assert_eq!(
            rules().take(&auction, wad("1"), ray("4.9"), ray("5"), 0),
            Err(LiquidationError::TooDear)
        );
    }

    #[test]
    fn s2_25_restarts_and_dust_in_auctions() {
        let auction = Auction {
            tab: rad("110"),
            lot: wad("40"),
            top: ray("5"),
            started_ts: 0,
        };
        assert_eq!(
            rules().take(&auction, wad("1"), ray("9"), ray("1.4"), 0),
            Err(LiquidationError::Stale)
        );
        assert_eq!(
            rules().take(&auction, wad("1"), ray("9"), ray("4"), 3_601),
            Err(LiquidationError::Stale)
        );
        assert_eq!(
            rules().restart(&auction, ray("4"), ray("6"), 10),
            Err(LiquidationError::Running)
        );
        assert_eq!(
            rules().restart(&auction, ray("1"), ray("6"), 10).unwrap().top,
            ray("6")
        );
        // 20 of 110 leave 10, less than chost: 88 are taken
        let (after, _, owe) = rules().take(&auction, wad("20"), ray("5"), ray("5"), 0).unwrap();
        assert_eq!((after.tab, owe), (rad("22"), rad("88")));
        let small = Auction {
            tab: rad("22"),
            ..auction
        };
        assert_eq!(
            rules().take(&small, wad("1"), ray("5"), ray("5"), 0),
            Err(LiquidationError::NoPartial)
        );
        assert_eq!(
            keeper_reward_down(rad("100"), rad("5"), wad("0.02")),
            Ok(rad("7"))
        );
        assert_eq!(top_down(ray("4"), ray("1.25")), Ok(ray("5")));
    }

    #[test]
    fn s2_25_the_least_debt_may_be_left_and_may_be_auctioned() {
        let dart = |room: &str| {
            let (room, dust) = (rad(room), rad("20"));
            bark(wad("1"), wad("100"), RAY, ray("50"), dust, room, WAD).map(|b| b.dart)
        };
        // 20 are left in the vault; with less than that, all of it goes
        assert_eq!(dart("80"), Ok(wad("80")));
        assert_eq!(dart("80.000000000000000001"), Ok(wad("100")));
        // 20 are auctioned
        assert_eq!(dart("20"), Ok(wad("20")));
        // no least debt, and room for all
        let all = bark(wad("1"), wad("100"), RAY, ray("50"), U256::ZERO, rad("100"), WAD);
        assert_eq!(all.unwrap().dart, wad("100"));
    }

    #[test]
    fn s2_25_an_auction_is_fresh_up_to_its_tail_and_down_to_its_cusp() {
        let auction = Auction {
            tab: rad("110"),
            lot: wad("40"),
            top: ray("5"),
            started_ts: 100,
        };
        let stale = |price: U256, now_ts| rules().is_stale(&auction, price, now_ts).unwrap();
        assert!(!stale(ray("1.5"), 3_700));
        assert!(stale(ray("1.5"), 3_701));
        assert!(stale(ray("1.499999999999999999999999999"), 3_700));
        // restarted, it has all of its time again
        let again = rules().restart(&auction, ray("1.5"), ray("6"), 3_701).unwrap();
        assert_eq!(
            again,
            Auction {
                top: ray("6"),
                started_ts: 3_701,
                ..auction
            }
        );
    }

    #[test]
    fn s2_25_the_whole_lot_is_sold_whatever_is_left_to_raise() {
        // all 20 bring 100 of 110: the 10 that are left are bad debt, not a reason to sell less
        for (tab, left) in [("110", "10"), ("101", "1"), ("122", "22")] {
            let auction = Auction {
                tab: rad(tab),
                lot: wad("20"),
                top: ray("5"),
                started_ts: 0,
            };
            let (after, slice, owe) = rules().take(&auction, wad("20"), ray("5"), ray("5"), 0).unwrap();
            assert_eq!(
                (after.tab, after.lot, slice, owe),
                (rad(left), U256::ZERO, wad("20"), rad("100"))
            );
        }
        let last = Auction {
            tab: rad("20"),
            lot: wad("2"),
            top: ray("5"),
            started_ts: 0,
        };
        let (after, _, owe) = rules().take(&last, wad("2"), ray("5"), ray("5"), 0).unwrap();
        assert_eq!((after.tab, owe), (rad("10"), rad("10")));
    }

    #[test]
    fn s2_25_the_least_to_raise_may_be_left() {
        let auction = Auction {
            tab: rad("110"),
            lot: wad("40"),
            top: ray("5"),
            started_ts: 0,
        };
        let take = |auction: &Auction, amount: &str| {
            let (after, slice, _) = rules().take(auction, wad(amount), ray("5"), ray("5"), 0).unwrap();
            (after.tab, slice)
        };
        assert_eq!(take(&auction, "17.6"), (rad("22"), wad("17.6")));
        let least = Auction {
            tab: rad("22"),
            ..auction
        };
        assert_eq!(take(&least, "0"), (rad("22"), U256::ZERO));
    }

    proptest! {
        /// However it is bought, the takers never pay more than the tab nor get more than the lot, and what they pay is worth what they get.
        #[test]
        fn prop_s2_25_an_auction_takes_at_most_its_tab(tab in 1u64..1_000_000, lot in 1u64..1_000_000, takes in prop::collection::vec((1u64..500_000, 1u64..100), 1..20)) {
            let start = Auction { tab: U256::from(tab) * RAY * WAD, lot: U256::from(lot) * WAD, top: ray("100"), started_ts: 0 };
            let rules = AuctionRules { cusp: U256::ZERO, ..rules() };
            let (mut auction, mut paid, mut got) = (start, U256::ZERO, U256::ZERO);
            for (amount, price) in takes {
                let price = U256::from(price) * RAY;
                let Ok((after, slice, owe)) = rules.take(&auction, U256::from(amount) * WAD, U256::MAX, price, 0) else { continue };
                prop_assert!(slice * price <= owe);
                paid += owe; got += slice; auction = after;
                prop_assert!(auction.tab + paid == start.tab && auction.lot + got == start.lot);
                prop_assert!(auction.tab.is_zero() || auction.lot.is_zero() || auction.tab >= rules.chost || start.tab < rules.chost);
            }
        }
    }
}
