//! The program `treasury`: custody of assets that leave only through a spender's rate limit and never below a floor.
//!
//! Here: who may do what, and the order of checking, booking and paying. The limits are `mintage_mechanism::{rate_bucket, grant}`
//! behind the kit's bucket; the floor that can only be lowered with a delay is in `floor`.

mod floor;

use mintage_kit::call::foreign;
use mintage_kit::parts::bucket::Limits;
use mintage_kit::parts::range::{ensure_within, ensure_within_wide};
use mintage_kit::parts::{Bucket, Lock, Pause, Roles};
use mintage_kit::prelude::*;
use mintage_mechanism::reserve::spendable_down;

use floor::Floor;

mintage_kit::interface!("../interfaces/ITreasury.sol");

/// How long what loosens a limit waits, fixed at construction.
#[record]
pub struct Delays {
    floor_secs: u64,
    grant_secs: u64,
}

/// The treasury's state.
#[storage]
pub struct Treasury {
    roles: Roles,
    spending: Pause,
    lock: Lock,
    delays: Slot<Delays>,
    floors: Map<Address, Slot<Floor>>,
    /// The limits: by asset, then by spender.
    limits: Map<Address, Map<Address, Bucket>>,
    /// What the events add up to, by asset.
    recorded: Map<Address, Slot<U256>>,
}

#[entrypoint]
impl ITreasury for Treasury {
    fn constructor(
        &mut self,
        owner: Address,
        guardian: Address,
        floor_delay_secs: u64,
        grant_delay_secs: u64,
    ) -> Result<()> {
        ensure_within("floorDelaySecs", floor_delay_secs, 172_800, 2_592_000)?;
        ensure_within("grantDelaySecs", grant_delay_secs, 0, 2_592_000)?;
        self.delays.set(Delays {
            floor_secs: floor_delay_secs,
            grant_secs: grant_delay_secs,
        });
        self.roles.start(owner, guardian)
    }

    fn deposit(&mut self, asset: Address, amount: U256) -> Result<U256> {
        self.lock.take()?;
        let before = self.book(asset)?;
        let from = msg::sender();
        let amount = foreign::pull(asset, from, amount)?;
        if !amount.is_zero() {
            let balance = before.checked_add(amount).ok_or(Overflow)?;
            self.recorded.set(asset, balance);
            emit(Received {
                asset,
                from,
                amount,
                balance,
            });
        }
        self.lock.release();
        Ok(amount)
    }

    fn record(&mut self, asset: Address) -> Result<U256> {
        self.lock.take()?;
        let balance = self.book(asset)?;
        self.lock.release();
        Ok(balance)
    }

    fn spend(&mut self, asset: Address, to: Address, amount: U256) -> Result<()> {
        self.spending.ensure_running()?;
        self.lock.take()?;
        ensure_named(to)?;
        ensure_within_wide("amount", amount, U256::ONE, U256::MAX)?;
        let (spender, now_ts) = (msg::sender(), block::timestamp());
        self.limits
            .at_mut(asset)
            .at_mut(spender)
            .draw(amount, now_ts)
            .map_err(|available| TreasuryOverLimit {
                asset,
                spender,
                amount,
                available,
            })?;

        let before = self.book(asset)?;
        let floor = self.floors.get(asset).at(now_ts);
        let balance = match before.checked_sub(amount) {
            Some(rest) if rest >= floor => rest,
            rest => {
                return Err(TreasuryBelowFloor {
                    asset,
                    balance: rest.unwrap_or(before),
                    floor,
                }
                .into());
            }
        };
        self.recorded.set(asset, balance);

        foreign::transfer(asset, to, amount)?;
        let after = foreign::balance_of(asset, this())?;
        let debited = before.saturating_sub(after);
        ensure!(
            after == balance,
            TreasuryDebitMismatch {
                asset,
                amount,
                debited
            }
        );
        emit(Spent {
            asset,
            spender,
            to,
            amount,
            balance,
        });
        self.lock.release();
        Ok(())
    }

    fn set_floor(&mut self, asset: Address, new_floor: U256) -> Result<()> {
        self.roles.only_owner()?;
        let now_ts = block::timestamp();
        let mut entry = self.floors.at_mut(asset);
        let before = entry.get();
        let next = before.changed(new_floor, now_ts, self.delays.get().floor_secs);
        entry.set(next);
        let from_ts = next.from_ts.max(now_ts);
        emit(FloorSet {
            asset,
            old_floor: before.at(now_ts),
            new_floor,
            from_ts,
        });
        Ok(())
    }

    fn set_spend_limit(
        &mut self,
        asset: Address,
        spender: Address,
        capacity: u128,
        refill_per_day: u128,
    ) -> Result<()> {
        self.roles.only_owner()?;
        ensure_named(spender)?;
        self.grant(
            asset,
            spender,
            Limits {
                capacity,
                refill_per_day,
            },
        );
        Ok(())
    }

    fn revoke_spender(&mut self, asset: Address, spender: Address) -> Result<()> {
        self.roles.only_guardian()?;
        self.grant(asset, spender, Limits::default());
        Ok(())
    }

    fn pause(&mut self) -> Result<()> {
        let account = self.roles.only_guardian()?;
        self.spending.pause(account)
    }

    fn unpause(&mut self) -> Result<()> {
        let account = self.roles.only_owner()?;
        self.spending.unpause(account)
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

    fn spendable(&self, asset: Address) -> Result<U256> {
        let balance = foreign::balance_of(asset, this())?;
        let floor = self.floors.get(asset).at(block::timestamp());
        Ok(spendable_down(balance, 0, U256::ZERO, floor))
    }

    fn spendable_by(&self, asset: Address, spender: Address) -> Result<U256> {
        if self.spending.is_paused() {
            return Ok(U256::ZERO);
        }
        let limit = self.limits.at(asset).at(spender).available(block::timestamp());
        Ok(self.spendable(asset)?.min(limit))
    }

    fn floor_of(&self, asset: Address) -> Result<U256> {
        Ok(self.floors.get(asset).at(block::timestamp()))
    }

    fn pending_floor_of(&self, asset: Address) -> Result<(U256, u64)> {
        let floor = self.floors.get(asset);
        Ok(if floor.waits(block::timestamp()) {
            (floor.next, floor.from_ts)
        } else {
            (U256::ZERO, 0)
        })
    }

    fn spend_limit_of(&self, asset: Address, spender: Address) -> Result<(u128, u128, u128, u64)> {
        let of_asset = self.limits.at(asset);
        let bucket = of_asset.at(spender);
        let limits = bucket.limits();
        // At most the capacity.
        let available = bucket.available(block::timestamp()).saturating_to();
        Ok((
            limits.capacity,
            limits.refill_per_day,
            available,
            bucket.counted_ts(),
        ))
    }

    fn recorded_of(&self, asset: Address) -> Result<U256> {
        Ok(self.recorded.get(asset))
    }

    fn floor_delay_secs(&self) -> Result<u64> {
        Ok(self.delays.get().floor_secs)
    }

    fn grant_delay_secs(&self) -> Result<u64> {
        Ok(self.delays.get().grant_secs)
    }

    fn paused(&self) -> Result<bool> {
        Ok(self.spending.is_paused())
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

impl Treasury {
    /// Brings the books to what the treasury holds of an asset and returns that.
    fn book(&mut self, asset: Address) -> Result<U256> {
        let balance = foreign::balance_of(asset, this())?;
        let mut entry = self.recorded.at_mut(asset);
        let recorded = entry.get();
        if let Some(amount) = balance.checked_sub(recorded).filter(|amount| !amount.is_zero()) {
            entry.set(balance);
            emit(Received {
                asset,
                from: Address::ZERO,
                amount,
                balance,
            });
        } else if balance < recorded {
            entry.set(balance);
            emit(Lost {
                asset,
                amount: recorded.saturating_sub(balance),
                balance,
            });
        }
        Ok(balance)
    }

    fn grant(&mut self, asset: Address, spender: Address, limits: Limits) {
        let delay_secs = self.delays.get().grant_secs;
        let mut of_asset = self.limits.at_mut(asset);
        let mut bucket = of_asset.at_mut(spender);
        bucket.regrant(limits, block::timestamp(), delay_secs);
        let Limits {
            capacity,
            refill_per_day,
        } = limits;
        emit(SpendLimitSet {
            asset,
            spender,
            capacity,
            refill_per_day,
            refill_from_ts: bucket.counted_ts(),
        });
    }
}

/// An address that can be paid or trusted: not zero, not the treasury itself.
fn ensure_named(account: Address) -> Result<()> {
    ensure!(
        !account.is_zero() && account != this(),
        TreasuryInvalidAddress { account }
    );
    Ok(())
}
