//! The base fee in ArbOS's storage: which of the three pricings holds, how a block moves it, how a transaction's gas
//! enters the backlogs. The arithmetic is in [`base_fee`](super::base_fee) and [`multi_gas`](super::multi_gas).

use revm::primitives::U256;

use super::{
    base_fee::{GasConstraint, LegacyPricing, fee_wei, worked_off},
    multi_gas::{KINDS, Kind, MultiGasConstraint, PerKind, exponents_bips, fees_wei},
    schema::schema,
    storage::{Result, Store},
    version::ArbosVersion,
};

/// Which pricing a chain uses. Decided anew at each block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One backlog with a tolerance.
    Legacy,
    /// This many constraints (from ArbOS 50).
    Single(u64),
    /// This many constraints by kinds of gas (from ArbOS 60).
    Multi(u64),
}

/// The model that the state calls for.
pub fn model(store: &mut dyn Store, arbos: ArbosVersion) -> Result<Model> {
    let l2 = &schema().l2;
    if arbos >= ArbosVersion::V60 {
        let count = store.read_u64(l2.multi_gas_constraints.len_slot())?;
        if count > 0 {
            return Ok(Model::Multi(count));
        }
    }
    if arbos >= ArbosVersion::V50 {
        let count = store.read_u64(l2.constraints.len_slot())?;
        if count > 0 {
            return Ok(Model::Single(count));
        }
    }
    Ok(Model::Legacy)
}

/// The start of a block, `secs` after its parent: backlogs shrink, and the stored fee becomes that of the *next* block.
pub fn update(store: &mut dyn Store, arbos: ArbosVersion, secs: u64) -> Result<()> {
    let l2 = &schema().l2;
    let min_base_fee_wei = store.read_u64(l2.min_base_fee)?;
    let fee = match model(store, arbos)? {
        Model::Legacy => fee_wei(min_base_fee_wei, ease_legacy(store, secs)?),
        Model::Single(count) => fee_wei(min_base_fee_wei, ease(store, count, secs)?),
        Model::Multi(count) => ease_kinds(store, count, secs, min_base_fee_wei)?,
    };
    store.write(l2.base_fee, U256::from(fee))
}

fn ease_legacy(store: &mut dyn Store, secs: u64) -> Result<u64> {
    let l2 = &schema().l2;
    let rule = LegacyPricing {
        speed_gas_per_sec: store.read_u64(l2.speed)?,
        inertia_secs: store.read_u64(l2.inertia)?,
        tolerance_secs: store.read_u64(l2.tolerance)?,
    };
    let backlog = worked_off(store.read_u64(l2.backlog)?, secs, rule.speed_gas_per_sec);
    store.write(l2.backlog, U256::from(backlog))?;
    Ok(rule.exponent_bips(backlog))
}

fn ease(store: &mut dyn Store, count: u64, secs: u64) -> Result<u64> {
    let mut exponent_bips = 0u64;
    for index in 0..count {
        let (rule, backlog) = constraint(store, index)?;
        let backlog = worked_off(backlog, secs, rule.target_gas_per_sec);
        store.write(
            schema().l2.constraints.element(index).field(2),
            U256::from(backlog),
        )?;
        exponent_bips = exponent_bips.saturating_add(rule.exponent_bips(backlog));
    }
    Ok(exponent_bips)
}

fn ease_kinds(store: &mut dyn Store, count: u64, secs: u64, min_base_fee_wei: u64) -> Result<u64> {
    let l2 = &schema().l2;
    let mut all = Vec::new();
    for index in 0..count {
        let (rule, backlog) = multi_gas_constraint(store, index)?;
        let backlog = worked_off(backlog, secs, rule.target_gas_per_sec);
        store.write(
            l2.multi_gas_constraints.element(index).field(2),
            U256::from(backlog),
        )?;
        all.push((rule, backlog));
    }
    let (fees, base_fee) = fees_wei(min_base_fee_wei, &exponents_bips(&all));
    for kind in 0..KINDS as u64 {
        let next = store.read(l2.multi_gas_fees.field(next_fee(kind)))?;
        store.write(l2.multi_gas_fees.field(kind), next)?;
        store.write(
            l2.multi_gas_fees.field(next_fee(kind)),
            U256::from(fees[kind as usize]),
        )?;
    }
    Ok(base_fee)
}

/// Fees of the next block stand behind those of this one. Only their space is recorded from the network; the order
/// inside is the one of this crate.
const fn next_fee(kind: u64) -> u64 {
    KINDS as u64 + kind
}

/// A constraint and its backlog. 3R.
pub fn constraint(store: &mut dyn Store, index: u64) -> Result<(GasConstraint, u64)> {
    let one = schema().l2.constraints.element(index);
    let rule = GasConstraint {
        target_gas_per_sec: store.read_u64(one.field(0))?,
        window_secs: store.read_u64(one.field(1))?,
    };
    Ok((rule, store.read_u64(one.field(2))?))
}

/// A constraint by kinds of gas and its backlog. 12R.
pub fn multi_gas_constraint(store: &mut dyn Store, index: u64) -> Result<(MultiGasConstraint, u64)> {
    let one = schema().l2.multi_gas_constraints.element(index);
    let target_gas_per_sec = store.read_u64(one.field(0))?;
    let window_secs = store.read_u64(one.field(1))?;
    let backlog = store.read_u64(one.field(2))?;
    let mut weights = [0; KINDS];
    for (field, weight) in (4..).zip(&mut weights) {
        *weight = store.read_u64(one.field(field))?;
    }
    let rule = MultiGasConstraint {
        target_gas_per_sec,
        window_secs,
        weights,
    };
    Ok((rule, backlog))
}

/// Replaces all constraints; none brings the legacy pricing back.
pub fn set_constraints(store: &mut dyn Store, constraints: &[(GasConstraint, u64)]) -> Result<()> {
    let list = &schema().l2.constraints;
    let before = store.read_u64(list.len_slot())?;
    for (index, (rule, backlog)) in (0..).zip(constraints) {
        let one = list.element(index);
        let fields = [rule.target_gas_per_sec, rule.window_secs, *backlog];
        for (field, value) in (0..).zip(fields) {
            store.write(one.field(field), U256::from(value))?;
        }
    }
    for index in constraints.len() as u64..before {
        for field in 0..3 {
            store.write(list.element(index).field(field), U256::ZERO)?;
        }
    }
    store.write(list.len_slot(), U256::from(constraints.len()))
}

/// Replaces all constraints by kinds of gas; none turns this pricing off.
pub fn set_multi_gas_constraints(
    store: &mut dyn Store,
    constraints: &[(MultiGasConstraint, u64)],
) -> Result<()> {
    let list = &schema().l2.multi_gas_constraints;
    let before = store.read_u64(list.len_slot())?;
    for (index, (rule, backlog)) in (0..).zip(constraints) {
        let one = list.element(index);
        let fields = [
            rule.target_gas_per_sec,
            rule.window_secs,
            *backlog,
            rule.max_weight(),
        ];
        for (field, value) in (0..).zip(fields.into_iter().chain(rule.weights)) {
            store.write(one.field(field), U256::from(value))?;
        }
    }
    for index in constraints.len() as u64..before {
        for field in 0..4 + KINDS as u64 {
            store.write(list.element(index).field(field), U256::ZERO)?;
        }
    }
    store.write(list.len_slot(), U256::from(constraints.len()))
}

/// Wei for a unit of a kind of gas in this block; `None` when the block's base fee holds. R.
pub fn kind_fee_wei(store: &mut dyn Store, kind: Kind) -> Result<Option<u64>> {
    let fee = store.read_u64(schema().l2.multi_gas_fees.field(kind as u64))?;
    Ok(Some(fee).filter(|fee| *fee > 0))
}

/// Gas of a transaction enters the backlogs. `kinds` counts for pricing by kinds only and holds no poster gas.
pub fn grow(store: &mut dyn Store, arbos: ArbosVersion, gas: u64, kinds: &PerKind) -> Result<()> {
    change(store, arbos, |backlog, rule| {
        backlog.saturating_add(rule.map_or(gas, |rule| rule.growth(kinds)))
    })
}

/// Gas that a redeem takes over leaves the backlogs; the redeem itself puts back what it uses.
pub fn shrink(store: &mut dyn Store, arbos: ArbosVersion, gas: u64) -> Result<()> {
    let mut kinds = [0; KINDS];
    kinds[Kind::SingleDim as usize] = gas;
    change(store, arbos, |backlog, rule| {
        backlog.saturating_sub(rule.map_or(gas, |rule| rule.growth(&kinds)))
    })
}

fn change(
    store: &mut dyn Store,
    arbos: ArbosVersion,
    to: impl Fn(u64, Option<&MultiGasConstraint>) -> u64,
) -> Result<()> {
    let l2 = &schema().l2;
    let model = model(store, arbos)?;
    let mut plain = |slot: U256| {
        let backlog = store.read_u64(slot)?;
        store.write(slot, U256::from(to(backlog, None)))
    };
    match model {
        Model::Legacy => plain(l2.backlog),
        Model::Single(count) => {
            (0..count).try_for_each(|index| plain(l2.constraints.element(index).field(2)))
        }
        Model::Multi(count) => {
            for index in 0..count {
                let (rule, backlog) = multi_gas_constraint(store, index)?;
                let slot = l2.multi_gas_constraints.element(index).field(2);
                store.write(slot, U256::from(to(backlog, Some(&rule))))?;
            }
            Ok(())
        }
    }
}
