//! summary.json: the few numbers that a run is remembered by. The same seed gives the same bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::manifest::Status;
use crate::invariant::Violation;
use crate::metrics::{Metric, Unit, Value};
use crate::observe::Observation;
use crate::world::GasUse;

/// Gas of one method over the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodGas {
    /// Contract.
    pub contract: String,
    /// Method.
    pub method: String,
    /// Successful transactions.
    pub count: u64,
    /// Failed transactions.
    pub failed: u64,
    /// Least gas of a successful one.
    pub min_gas: u64,
    /// Mean gas of the successful ones, rounded down.
    pub mean_gas: u64,
    /// Most gas of a successful one.
    pub max_gas: u64,
    /// Gas of all successful ones.
    pub total_gas: u64,
}

/// An amount: exact and readable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Number {
    /// Base units, for amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_units: Option<String>,
    /// The value as a float: whole tokens, a price, a count.
    pub value: f64,
    /// `MINT`, `USD`, `USD/MINT` or nothing.
    pub unit: String,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Version of this file's format: 1.
    pub schema_version: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Master seed.
    pub seed: u64,
    /// How the run ended.
    pub status: Status,
    /// Steps that were run.
    pub steps: u64,
    /// Length of a step, seconds.
    pub step_secs: u64,
    /// Transactions, set-up included.
    pub transactions: u64,
    /// Failed ones among them.
    pub failed_transactions: u64,
    /// Every metric at the end.
    pub metrics: BTreeMap<&'static str, Number>,
    /// `minted − burned = supply`, to the base unit.
    pub supply_identity_holds: bool,
    /// Least that the treasury ever held at the end of a step, and its floor; base units of the quote token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub treasury_floor: Option<FloorRecord>,
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// Gas by method, the greatest total first; the set-up aside.
    pub gas: Vec<MethodGas>,
    /// Gas by method of the set-up: deployments, wiring, first deposits.
    pub gas_of_set_up: Vec<MethodGas>,
}

/// How near the treasury came to its floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FloorRecord {
    /// The floor, base units.
    pub floor_base_units: String,
    /// The least balance at the end of a step, base units.
    pub lowest_base_units: String,
    /// Whether the floor was kept.
    pub held: bool,
}

impl Number {
    /// A metric's value with its unit.
    pub fn of(value: Value, metric: Metric, symbols: (&str, &str)) -> Self {
        let unit = match metric.unit() {
            Unit::Token => symbols.0.to_string(),
            Unit::Quote | Unit::SignedQuote => symbols.1.to_string(),
            Unit::Price => format!("{}/{}", symbols.1, symbols.0),
            Unit::Count | Unit::Ratio => String::new(),
        };
        let base_units = if let Value::Amount { base_units, .. } = value {
            Some(base_units.to_string())
        } else {
            None
        };
        Self {
            base_units,
            value: value.as_f64(),
            unit,
        }
    }
}

/// Every metric of an observation by name.
pub(crate) fn numbers(seen: &Observation, symbols: (&str, &str)) -> BTreeMap<&'static str, Number> {
    Metric::ALL
        .iter()
        .map(|m| (m.name(), Number::of(seen.value(*m), *m, symbols)))
        .collect()
}

/// Gas by method, the greatest total first.
pub(crate) fn gas_table(uses: &BTreeMap<(String, String), GasUse>) -> Vec<MethodGas> {
    let mut table: Vec<MethodGas> = uses
        .iter()
        .map(|((contract, method), g)| MethodGas {
            contract: contract.clone(),
            method: method.clone(),
            count: g.count,
            failed: g.failed,
            min_gas: g.min_gas,
            mean_gas: g.total_gas.checked_div(g.count).unwrap_or(0),
            max_gas: g.max_gas,
            total_gas: g.total_gas,
        })
        .collect();
    table.sort_by(|a, b| {
        b.total_gas
            .cmp(&a.total_gas)
            .then_with(|| (&a.contract, &a.method).cmp(&(&b.contract, &b.method)))
    });
    table
}
