//! A batch posting report acting on the state: pays rewards and the poster, moves the price of L1 data.
//!
//! The arithmetic is in [`l1_price`](super::l1_price). A local chain has no batches; it applies a report only when asked.

use revm::primitives::{Address, I256, U256};

use super::{
    fees::L1_PRICER_FUNDS,
    l1_price::{allocated_units_down, capped_wei_down, next_price_wei},
    schema::schema,
    storage::{Failure, Result, Store},
};

/// A report, its cost already counted in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who posted the batch.
    pub poster: Address,
    /// Unix time of the batch.
    pub update_ts: u64,
    /// Unix time of the block that brings the report.
    pub now_ts: u64,
    /// Wei for a unit of gas on L1.
    pub l1_base_fee_wei: U256,
    /// What the batch is taken to have cost; see [`BatchReport::wei_spent`](super::l1_price::BatchReport::wei_spent).
    pub wei_spent: U256,
}

/// Applies a report. [`Failure::Plain`], with nothing written, when its time lies outside of the last update's and now.
pub fn apply(store: &mut dyn Store, report: &Report) -> Result<()> {
    let slots = &schema().l1;
    let all_units = store.read_u64(slots.units_since_update)?;
    let last_ts = store.read_u64(slots.last_update_ts)?;
    let units =
        allocated_units_down(all_units, last_ts, report.update_ts, report.now_ts).ok_or(Failure::Plain)?;
    let last_surplus = I256::from_raw(store.read(slots.last_surplus)?);
    store.write(slots.units_since_update, U256::from(all_units - units))?;
    let cap_bips = store.read_u64(slots.cap_bips)?;
    let spent = capped_wei_down(report.wei_spent, report.l1_base_fee_wei, units, cap_bips);
    let (due_slot, pay_to_slot) = slots.posters.info(report.poster);
    add(store, due_slot, spent)?;
    add(store, slots.posters.total_due, spent)?;
    let reward = store
        .read(slots.per_unit_reward)?
        .saturating_mul(U256::from(units));
    add(store, slots.rewards_due, reward)?;

    let rewards_to = store.read_address(slots.pay_rewards_to)?;
    pay(store, slots.rewards_due, rewards_to)?;
    let poster_to = store.read_address(pay_to_slot)?;
    let paid = pay(store, due_slot, poster_to)?;
    let total_due = store.read(slots.posters.total_due)?;
    store.write(slots.posters.total_due, total_due.saturating_sub(paid))?;

    store.write(slots.last_update_ts, U256::from(report.update_ts))?;
    if units == 0 {
        return Ok(());
    }
    let surplus = surplus(store)?;
    let price = next_price_wei(
        store.read(slots.price_per_unit)?,
        surplus,
        last_surplus,
        units,
        store.read(slots.equilibration_units)?,
        store.read_u64(slots.inertia)?,
    );
    store.write(slots.last_surplus, surplus.into_raw())?;
    store.write(slots.price_per_unit, price)
}

/// What the fund holds beyond what it owes. 3R.
pub fn surplus(store: &mut dyn Store) -> Result<I256> {
    let slots = &schema().l1;
    let owed = store
        .read(slots.posters.total_due)?
        .saturating_add(store.read(slots.rewards_due)?);
    let held = store.read(slots.fees_available)?;
    Ok(I256::from_raw(held.wrapping_sub(owed)))
}

fn add(store: &mut dyn Store, slot: U256, wei: U256) -> Result<()> {
    let sum = store.read(slot)?.saturating_add(wei);
    store.write(slot, sum)
}

/// Pays what is due at a slot, as far as the fund reaches: how much it was.
fn pay(store: &mut dyn Store, due_slot: U256, to: Address) -> Result<U256> {
    let slots = &schema().l1;
    let (due, held) = (store.read(due_slot)?, store.read(slots.fees_available)?);
    let wei = due.min(held);
    store.transfer(L1_PRICER_FUNDS, to, wei)?;
    store.write(slots.fees_available, held - wei)?;
    store.write(due_slot, due - wei)?;
    Ok(wei)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            genesis::{ArbosGenesis, SEQUENCER},
            storage::{Free, Ledger, MemoryLedger},
        },
        *,
    };

    const REWARDS: Address = Address::repeat_byte(0x3e);

    fn chain(held: u64, units: u64) -> MemoryLedger {
        let mut ledger = MemoryLedger::default();
        let genesis = ArbosGenesis {
            l1_reward_recipient: REWARDS,
            l1_price_per_unit_wei: U256::from(1_000),
            ..ArbosGenesis::default()
        };
        genesis.write(&mut ledger).unwrap();
        ledger.set_balance(L1_PRICER_FUNDS, U256::from(held)).unwrap();
        let store = &mut Free(&mut ledger);
        let slots = &schema().l1;
        store.poke(slots.fees_available, U256::from(held)).unwrap();
        store.poke(slots.units_since_update, U256::from(units)).unwrap();
        store.poke(slots.last_update_ts, U256::from(100)).unwrap();
        ledger
    }

    fn report(wei_spent: u64) -> Report {
        Report {
            poster: SEQUENCER,
            update_ts: 150,
            now_ts: 200,
            l1_base_fee_wei: U256::from(1),
            wei_spent: U256::from(wei_spent),
        }
    }

    /// Half of the units belong to the report; rewards of 10 wei each come first, then the poster.
    #[test]
    fn test_report_pays_in_order_and_moves_the_price() {
        let mut ledger = chain(6_000, 1_000);
        apply(&mut Free(&mut ledger), &report(4_000)).unwrap();
        let slots = &schema().l1;
        let mut slot = |slot| Free(&mut ledger).peek(slot).unwrap();
        assert_eq!(slot(slots.units_since_update), U256::from(500));
        assert_eq!(slot(slots.rewards_due), U256::ZERO);
        assert_eq!(slot(slots.fees_available), U256::ZERO);
        assert_eq!(
            slot(slots.posters.total_due),
            U256::from(3_000),
            "the fund was short"
        );
        assert_eq!(slot(slots.last_update_ts), U256::from(150));
        // S = −3000: wanted ⌊3000/160e6⌋ = 0, actual −6, change ⌊6·500/(16e6 + 500)⌋ = 0.
        assert_eq!(slot(slots.price_per_unit), U256::from(1_000));
        assert_eq!(
            I256::from_raw(slot(slots.last_surplus)),
            I256::try_from(-3_000).unwrap()
        );
        let balance = |account| ledger.balances[&account];
        assert_eq!(
            (balance(REWARDS), balance(SEQUENCER)),
            (U256::from(5_000), U256::from(1_000))
        );
    }

    #[test]
    fn test_large_deficit_raises_the_price() {
        let mut ledger = chain(0, 1_000);
        apply(&mut Free(&mut ledger), &report(1 << 40)).unwrap();
        let price = Free(&mut ledger).peek(schema().l1.price_per_unit).unwrap();
        let deficit = (1i128 << 40) + 5_000;
        let actual = (-deficit).div_euclid(500);
        let change = (deficit / 160_000_000 - actual) * 500 / (16_000_000 + 500);
        assert_eq!(price, U256::from(1_000 + change as u64));
    }

    #[test]
    fn test_report_from_another_time_writes_nothing() {
        let mut ledger = chain(6_000, 1_000);
        let before = ledger.clone();
        let late = Report {
            update_ts: 201,
            ..report(1)
        };
        assert_eq!(apply(&mut Free(&mut ledger), &late), Err(Failure::Plain));
        assert_eq!(ledger, before);
    }
}
