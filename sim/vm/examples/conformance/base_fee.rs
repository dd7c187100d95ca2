//! Rows about the L2 base fee (`vectors_base_fee.jsonl`): the exponential, each pricing model, a sequence of blocks, and
//! recorded blocks.

use mintage_vm::arbos::{
    base_fee::{GasConstraint, LegacyPricing, exp_bips_down, fee_wei, worked_off},
    multi_gas::{self, KINDS, MultiGasConstraint, PerKind},
};
use serde_json::{Map, Value, json};

use super::row::{Difference, Differences, Row, RowError};

/// Gas of the cheapest transaction: what a block that adds to a backlog adds at least.
const MIN_TRANSACTION_GAS: u64 = 21_000;

/// The kind of such a row, if it is one that [`check`] takes.
fn kind(row: &Row) -> Option<Check> {
    Some(match row.text("kind").ok()? {
        "approx_exp_bips" => check_exponential,
        "legacy" => check_legacy,
        "single_gas_constraints" => check_single,
        "sequence_single_gas_constraints" => check_sequence,
        "multi_gas_constraints" => check_multi,
        "chain" => check_block,
        _ => return None,
    })
}

type Check = fn(&Row) -> Result<Differences, RowError>;

/// Whether this is a row that [`check`] takes.
pub(crate) fn is_base_fee(row: &Row) -> bool {
    kind(row).is_some()
}

/// Checks backlogs, exponents and fees.
pub(crate) fn check(row: &Row) -> Result<Differences, RowError> {
    kind(row).ok_or("`kind` is not one of the base fee's")?(row)
}

fn check_exponential(row: &Row) -> Result<Differences, RowError> {
    let mut found = Differences::new();
    let terms = row.number("terms")?;
    if terms == 0 {
        return Err("`terms` is 0".into());
    }
    row.compare(&mut found, "out", exp_bips_down(row.number("x")?, terms));
    Ok(found)
}

/// The backlog after the time that passed, and the exponent of what is left.
fn legacy(row: &Row) -> Result<(u64, u64), RowError> {
    let pricing = LegacyPricing {
        speed_gas_per_sec: row.number("speed")?,
        inertia_secs: row.number("inertia")?,
        tolerance_secs: row.number("tolerance")?,
    };
    let backlog = worked_off(
        row.number("backlog_in")?,
        row.number("dt")?,
        pricing.speed_gas_per_sec,
    );
    Ok((backlog, pricing.exponent_bips(backlog)))
}

fn check_legacy(row: &Row) -> Result<Differences, RowError> {
    let (backlog, exponent) = legacy(row)?;
    let mut found = Differences::new();
    row.compare(&mut found, "backlog_out", backlog);
    row.compare(&mut found, "exp_bips", exponent);
    row.compare(&mut found, "base_fee", fee_wei(row.number("min_fee")?, exponent));
    Ok(found)
}

fn number_at(list: &Value, index: usize, field: &str) -> Result<u64, RowError> {
    list.get(index)
        .and_then(Value::as_u64)
        .ok_or_else(|| format!("`{field}`: entry {index} of {list} is not a whole number"))
}

fn constraints(row: &Row) -> Result<Vec<GasConstraint>, RowError> {
    let list = row.list("constraints")?;
    let constraint = |value| {
        Ok(GasConstraint::new(
            number_at(value, 0, "constraints")?,
            number_at(value, 1, "constraints")?,
        ))
    };
    list.iter().map(constraint).collect()
}

/// Backlogs after `secs` seconds, and the exponent of all together.
fn step(rules: &[GasConstraint], backlogs: &[u64], secs: u64) -> (Vec<u64>, u64) {
    let left = |(rule, backlog): (&GasConstraint, &u64)| worked_off(*backlog, secs, rule.target_gas_per_sec);
    let backlogs: Vec<u64> = rules.iter().zip(backlogs).map(left).collect();
    let exponent = rules.iter().zip(&backlogs).fold(0u64, |sum, (rule, backlog)| {
        sum.saturating_add(rule.exponent_bips(*backlog))
    });
    (backlogs, exponent)
}

fn single(row: &Row) -> Result<(Vec<u64>, u64), RowError> {
    let rules = constraints(row)?;
    let list = row.list("constraints")?;
    let backlogs: Result<Vec<u64>, _> = list
        .iter()
        .map(|value| number_at(value, 2, "constraints"))
        .collect();
    Ok(step(&rules, &backlogs?, row.number("dt")?))
}

fn check_single(row: &Row) -> Result<Differences, RowError> {
    let (backlogs, exponent) = single(row)?;
    let mut found = Differences::new();
    row.compare(&mut found, "backlog_out", backlogs);
    row.compare(&mut found, "exp_bips", exponent);
    row.compare(&mut found, "base_fee", fee_wei(row.number("min_fee")?, exponent));
    Ok(found)
}

/// Block after block: what one leaves, the next begins with, and its header shows the fee that the one before stored.
fn check_sequence(row: &Row) -> Result<Differences, RowError> {
    let rules = constraints(row)?;
    let min_fee = row.number("min_fee")?;
    let mut backlogs = vec![0; rules.len()];
    let mut fee = min_fee;
    let mut found = Differences::new();
    for (index, block) in row.nested_list("blocks")?.iter().enumerate() {
        let (left, exponent) = step(&rules, &backlogs, block.number("dt")?);
        let compute = block.number("compute_gas")?;
        backlogs = left
            .iter()
            .map(|backlog| backlog.saturating_add(compute))
            .collect();
        let mut differences = Differences::new();
        block.compare(&mut differences, "block", index);
        block.compare(&mut differences, "header_base_fee", fee);
        fee = fee_wei(min_fee, exponent);
        block.compare(&mut differences, "state_fee_after", fee);
        block.compare(&mut differences, "exp_bips", exponent);
        block.compare(&mut differences, "backlogs_after", backlogs.clone());
        block.demand_all_seen()?;
        let named = |Difference { field, expected, got }| {
            Difference::new(format!("blocks[{index}].{field}"), expected, got)
        };
        found.extend(differences.into_iter().map(named));
    }
    Ok(found)
}

fn per_kind(object: &Map<String, Value>, field: &str) -> Result<PerKind, RowError> {
    let mut out = [0; KINDS];
    for (kind, value) in object {
        let place = kind.parse().ok().and_then(|kind: usize| out.get_mut(kind));
        *place.ok_or_else(|| format!("`{field}`: `{kind}` is not a kind of gas"))? = value
            .as_u64()
            .ok_or_else(|| format!("`{field}`: {value} is not a whole number"))?;
    }
    Ok(out)
}

fn as_object(values: PerKind) -> Value {
    values
        .iter()
        .enumerate()
        .map(|(kind, value)| (kind.to_string(), json!(value)))
        .collect::<Map<_, _>>()
        .into()
}

fn check_multi(row: &Row) -> Result<Differences, RowError> {
    let grow = per_kind(row.nested("grow")?.fields(), "grow")?;
    let secs = row.number("dt")?;
    let mut rules = Vec::new();
    for constraint in row.nested_list("constraints")? {
        let rule = MultiGasConstraint {
            target_gas_per_sec: constraint.number("target")?,
            window_secs: constraint.number("window")?,
            weights: per_kind(constraint.nested("weights")?.fields(), "weights")?,
        };
        constraint.demand_all_seen()?;
        rules.push((
            rule,
            worked_off(rule.growth(&grow), secs, rule.target_gas_per_sec),
        ));
    }
    let exponents = multi_gas::exponents_bips(&rules);
    let (fees, base_fee) = multi_gas::fees_wei(row.number("min_fee")?, &exponents);
    let backlogs: Vec<u64> = rules.iter().map(|(_, backlog)| *backlog).collect();
    let mut found = Differences::new();
    row.compare(&mut found, "backlog_out", backlogs);
    row.compare(&mut found, "exp_per_kind", as_object(exponents));
    row.compare(&mut found, "fee_per_kind", as_object(fees));
    row.compare(&mut found, "base_fee", base_fee);
    Ok(found)
}

/// A recorded block. The row has no gas of the block's transactions and nothing of the block before, so two figures are
/// held to what must be true of them: the header's fee is one that some exponent gives, and every backlog has grown by
/// the same amount of gas, which is none or a transaction's at least.
fn check_block(row: &Row) -> Result<Differences, RowError> {
    row.pass_over(&["chain", "block", "arbos", "chain_verified"]);
    let (backlogs, exponent, ends) = match row.text("model")? {
        "legacy" => {
            let (backlog, exponent) = legacy(row)?;
            (
                vec![backlog],
                exponent,
                ("backlog_end", vec![row.number("backlog_end")?]),
            )
        }
        "single" => {
            let (backlogs, exponent) = single(row)?;
            let list = row.get("backlogs_end")?;
            let ends: Result<Vec<u64>, _> = (0..backlogs.len())
                .map(|index| number_at(list, index, "backlogs_end"))
                .collect();
            (backlogs, exponent, ("backlogs_end", ends?))
        }
        other => return Err(format!("`model` is {other}, which is neither legacy nor single")),
    };
    let min_fee = row.number("min_fee")?;
    let mut found = Differences::new();
    row.compare(&mut found, "exp_bips", exponent);
    row.compare(&mut found, "state_fee_after", fee_wei(min_fee, exponent));
    let header = row.number("header_base_fee")?;
    if !is_fee(min_fee, header) {
        found.push(Difference::new(
            "header_base_fee",
            header,
            "a fee that no exponent gives",
        ));
    }
    let (field, ends) = ends;
    let mut growth = ends
        .iter()
        .zip(&backlogs)
        .map(|(end, start)| end.checked_sub(*start));
    let first = growth.next().flatten();
    let possible = first.is_some_and(|gas| gas == 0 || gas >= MIN_TRANSACTION_GAS);
    if !possible || growth.any(|gas| gas != first) {
        found.push(Difference::new(
            field,
            format!("{ends:?}"),
            format!("{backlogs:?} and the same gas of whole transactions for each"),
        ));
    }
    Ok(found)
}

/// Whether some exponent leads to this fee. The fee grows with the exponent, so the smallest that reaches it decides.
fn is_fee(min_fee: u64, fee: u64) -> bool {
    let (mut low, mut high) = (0, 1 << 32);
    while low < high {
        let middle = low + (high - low) / 2;
        if fee_wei(min_fee, middle) < fee {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    fee_wei(min_fee, low) == fee
}
