//! The program `buyback`: spends a lot of the treasury's surplus on the token, once per hop, and burns what it bought.
//!
//! Here: who may do what, and the order of a kick. The gate, the floor and the swap's amount are `mintage_mechanism::{buyback, swap}`;
//! the contracts that it deals with are in `outside`.

mod outside;

use mintage_kit::call::foreign;
use mintage_kit::parts::range::{ensure_within, ensure_within_wide, name_word};
use mintage_kit::parts::{Lock, Roles};
use mintage_kit::prelude::*;
use mintage_mechanism::buyback::{self as rule, STOPPED};
use mintage_mechanism::swap;

use outside::{BurnableToken, PriceFeed, SpendingTreasury, TradedPair};

mintage_kit::interface!("../interfaces/IBuyback.sol");

/// The largest lot and hump: what a pair can hold.
const MAX_AMOUNT: u128 = (1 << 112) - 1;

/// Where it trades, and what the oracle says about the two tokens. One slot.
#[record]
pub struct Market {
    pair: Address,
    token_is_token0: bool,
    asset_decimals: u8,
    token_decimals: u8,
}

/// How much is spent at once, and what must remain beside it.
#[record]
pub struct Amounts {
    lot: u128,
    hump: u128,
}

/// When. One slot.
#[record]
pub struct Clock {
    hop_secs: u64,
    last_ts: u64,
}

/// The program's state.
#[storage]
pub struct Buyback {
    roles: Roles,
    lock: Lock,
    market: Slot<Market>,
    treasury: Slot<Address>,
    oracle: Slot<Address>,
    asset: Slot<Address>,
    token: Slot<Address>,
    clock: Slot<Clock>,
    amounts: Slot<Amounts>,
    want_wad: Slot<U256>,
    total_spent: Slot<U256>,
    total_burned: Slot<U256>,
}

#[entrypoint]
impl IBuyback for Buyback {
    fn constructor(
        &mut self,
        owner: Address,
        guardian: Address,
        treasury: Address,
        pair: Address,
        oracle: Address,
        token: Address,
        hop_secs: u64,
        lot: u128,
        hump: u128,
        want_wad: U256,
    ) -> Result<()> {
        self.roles.start(owner, guardian)?;
        let (token0, token1) = (TradedPair::at(pair).token0()?, TradedPair::at(pair).token1()?);
        ensure!(
            token == token0 || token == token1,
            BuybackMismatch { target: pair, token }
        );
        let token_is_token0 = token == token0;
        let asset = if token_is_token0 { token1 } else { token0 };
        let feed = PriceFeed::at(oracle);
        ensure!(
            feed.base()? == token,
            BuybackMismatch {
                target: oracle,
                token
            }
        );
        ensure!(
            feed.quote()? == asset,
            BuybackMismatch {
                target: oracle,
                token: asset
            }
        );
        // The decimals are those that the feed was made with: a price means nothing without them.
        let (asset_decimals, token_decimals) = (feed.quote_decimals()?, feed.base_decimals()?);
        self.market.set(Market {
            pair,
            token_is_token0,
            asset_decimals,
            token_decimals,
        });
        self.treasury.set(treasury);
        self.oracle.set(oracle);
        self.asset.set(asset);
        self.token.set(token);
        self.change_hop(hop_secs)?;
        self.change_lot(lot)?;
        self.change_hump(hump)?;
        self.change_want(want_wad)
    }

    fn kick(&mut self) -> Result<U256> {
        self.lock.take()?;
        self.check_hop()?;
        let Amounts { lot, hump } = self.amounts.get();
        let (treasury, asset) = (SpendingTreasury::at(self.treasury.get()), self.asset.get());
        let surplus = treasury.spendable(asset)?;
        let needed = U256::from(lot).wrapping_add(U256::from(hump));
        ensure!(surplus >= needed, BuybackSurplusTooSmall { surplus, needed });
        let (price_ray, minimum) = self.floor()?;

        // Before anything moves, so that whoever is called cannot come back within the hop. A failure undoes it.
        let mut clock = self.clock.get();
        clock.last_ts = block::timestamp();
        self.clock.set(clock);

        // From the treasury straight to the pair: no approval, and nothing rests here.
        let spent = U256::from(lot);
        treasury.spend(asset, self.market.get().pair, spent)?;
        let bought = self.swap(asset)?;
        ensure!(bought >= minimum, BuybackBelowFloor { bought, minimum });
        self.burn(bought)?;

        self.total_spent
            .set(self.total_spent.get().checked_add(spent).ok_or(Overflow)?);
        self.total_burned
            .set(self.total_burned.get().checked_add(bought).ok_or(Overflow)?);
        emit(Kicked {
            caller: msg::sender(),
            spent,
            bought,
            minimum,
            price_ray,
        });
        self.lock.release();
        Ok(bought)
    }

    fn sweep(&mut self, foreign: Address) -> Result<U256> {
        self.lock.take()?;
        let amount = foreign::balance_of(foreign, this())?;
        if !amount.is_zero() {
            let to = if foreign == self.token.get() {
                self.burn(amount)?;
                Address::ZERO
            } else {
                let treasury = self.treasury.get();
                foreign::transfer(foreign, treasury, amount)?;
                treasury
            };
            emit(Swept {
                token: foreign,
                to,
                amount,
            });
        }
        self.lock.release();
        Ok(amount)
    }

    fn stop(&mut self) -> Result<()> {
        self.roles.only_guardian()?;
        self.change_hop(STOPPED)
    }

    fn set_hop_secs(&mut self, new_hop_secs: u64) -> Result<()> {
        self.roles.only_owner()?;
        self.change_hop(new_hop_secs)
    }

    fn set_lot(&mut self, new_lot: u128) -> Result<()> {
        self.roles.only_owner()?;
        self.change_lot(new_lot)
    }

    fn set_hump(&mut self, new_hump: u128) -> Result<()> {
        self.roles.only_owner()?;
        self.change_hump(new_hump)
    }

    fn set_want_wad(&mut self, new_want_wad: U256) -> Result<()> {
        self.roles.only_owner()?;
        self.change_want(new_want_wad)
    }

    fn set_guardian(&mut self, new_guardian: Address) -> Result<()> {
        self.roles.set_guardian(new_guardian)
    }

    fn transfer_ownership(&mut self, new_owner: Address) -> Result<()> {
        self.roles.transfer_ownership(new_owner)
    }

    fn accept_ownership(&mut self) -> Result<()> {
        self.roles.accept_ownership()
    }

    fn minimum_out(&self) -> Result<U256> {
        Ok(self.floor()?.1)
    }

    fn next_kick_ts(&self) -> Result<u64> {
        let clock = self.clock.get();
        Ok(rule::next_kick_ts(clock.last_ts, clock.hop_secs).unwrap_or(STOPPED))
    }

    fn last_kick_ts(&self) -> Result<u64> {
        Ok(self.clock.get().last_ts)
    }

    fn hop_secs(&self) -> Result<u64> {
        Ok(self.clock.get().hop_secs)
    }

    fn lot(&self) -> Result<u128> {
        Ok(self.amounts.get().lot)
    }

    fn hump(&self) -> Result<u128> {
        Ok(self.amounts.get().hump)
    }

    fn want_wad(&self) -> Result<U256> {
        Ok(self.want_wad.get())
    }

    fn total_spent(&self) -> Result<U256> {
        Ok(self.total_spent.get())
    }

    fn total_burned(&self) -> Result<U256> {
        Ok(self.total_burned.get())
    }

    fn treasury(&self) -> Result<Address> {
        Ok(self.treasury.get())
    }

    fn pair(&self) -> Result<Address> {
        Ok(self.market.get().pair)
    }

    fn oracle(&self) -> Result<Address> {
        Ok(self.oracle.get())
    }

    fn asset(&self) -> Result<Address> {
        Ok(self.asset.get())
    }

    fn token(&self) -> Result<Address> {
        Ok(self.token.get())
    }

    fn owner(&self) -> Result<Address> {
        Ok(self.roles.owner())
    }

    fn pending_owner(&self) -> Result<Address> {
        Ok(self.roles.pending_owner())
    }

    fn guardian(&self) -> Result<Address> {
        Ok(self.roles.guardian())
    }
}

impl Buyback {
    fn check_hop(&self) -> Result<()> {
        let clock = self.clock.get();
        let now_ts = block::timestamp();
        match rule::next_kick_ts(clock.last_ts, clock.hop_secs) {
            None => Err(BuybackStopped.into()),
            Some(next_ts) if now_ts < next_ts => Err(BuybackTooSoon { now_ts, next_ts }.into()),
            Some(_) => Ok(()),
        }
    }

    /// The oracle's price and the least that a lot must bring at it.
    fn floor(&self) -> Result<(U256, U256)> {
        let market = self.market.get();
        let price_ray = PriceFeed::at(self.oracle.get()).price()?;
        let lot = U256::from(self.amounts.get().lot);
        let minimum = rule::min_out_up(
            lot,
            self.want_wad.get(),
            price_ray,
            market.asset_decimals,
            market.token_decimals,
        );
        match minimum {
            Ok(minimum) => Ok((price_ray, minimum)),
            Err(_) => Err(BuybackNoFloor { price_ray }.into()),
        }
    }

    /// Swaps what the pair holds of the asset above its reserve; what arrived here of the token.
    ///
    /// By balances on both sides: a fee on either token's transfers lowers what is bought, and the floor judges that.
    fn swap(&self, asset: Address) -> Result<U256> {
        let market = self.market.get();
        let pair = TradedPair::at(market.pair);
        let (reserve0, reserve1, _) = pair.get_reserves()?;
        let (reserve_in, reserve_out) = if market.token_is_token0 {
            (reserve1, reserve0)
        } else {
            (reserve0, reserve1)
        };
        let reserve_in = U256::from(reserve_in);
        let amount_in = foreign::balance_of(asset, market.pair)?.saturating_sub(reserve_in);
        // Where there is no quote, zero: the pair refuses to pay that.
        let out = swap::amount_out_down(amount_in, reserve_in, U256::from(reserve_out)).unwrap_or_default();
        let (out0, out1) = if market.token_is_token0 {
            (out, U256::ZERO)
        } else {
            (U256::ZERO, out)
        };
        foreign::arrived(self.token.get(), this(), || pair.swap(out0, out1, this(), &[]))
    }

    /// Burns tokens that are here; the supply must fall by exactly that.
    fn burn(&self, amount: U256) -> Result<()> {
        let token = BurnableToken::at(self.token.get());
        let before = token.total_supply()?;
        token.burn(amount)?;
        let supply_fell = before.saturating_sub(token.total_supply()?);
        ensure!(
            supply_fell == amount,
            BuybackBurnMismatch {
                burned: amount,
                supply_fell
            }
        );
        Ok(())
    }

    fn change_hop(&mut self, new: u64) -> Result<()> {
        if new != STOPPED {
            ensure_within("hopSecs", new, 600, 2_592_000)?;
        }
        let mut clock = self.clock.get();
        let old = clock.hop_secs;
        clock.hop_secs = new;
        self.clock.set(clock);
        note("hopSecs", U256::from(old), U256::from(new));
        Ok(())
    }

    fn change_lot(&mut self, new: u128) -> Result<()> {
        ensure_within_wide("lot", U256::from(new), U256::ONE, U256::from(MAX_AMOUNT))?;
        let mut amounts = self.amounts.get();
        let old = amounts.lot;
        amounts.lot = new;
        self.amounts.set(amounts);
        note("lot", U256::from(old), U256::from(new));
        Ok(())
    }

    fn change_hump(&mut self, new: u128) -> Result<()> {
        ensure_within_wide("hump", U256::from(new), U256::ZERO, U256::from(MAX_AMOUNT))?;
        let mut amounts = self.amounts.get();
        let old = amounts.hump;
        amounts.hump = new;
        self.amounts.set(amounts);
        note("hump", U256::from(old), U256::from(new));
        Ok(())
    }

    fn change_want(&mut self, new: U256) -> Result<()> {
        let (least, most) = (
            U256::from(900_000_000_000_000_000_u64),
            U256::from(1_000_000_000_000_000_000_u64),
        );
        ensure_within_wide("wantWad", new, least, most)?;
        let old = self.want_wad.get();
        self.want_wad.set(new);
        note("wantWad", old, new);
        Ok(())
    }
}

fn note(parameter: &str, old_value: U256, new_value: U256) {
    emit(ParameterSet {
        parameter: name_word(parameter),
        old_value,
        new_value,
    });
}
