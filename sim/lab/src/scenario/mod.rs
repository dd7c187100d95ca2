//! A scenario: one TOML file that states a whole economy. This module is its format: types, defaults, reading with errors that
//! have a place, and the JSON Schema. What a scenario means (deployment, agents, prices) is elsewhere.

mod agents;
mod error;
mod price;
mod programs;
mod schedule;
mod validate;
mod validate_agents;
mod value;

pub use agents::{
    Agents, Arbitrageur, Duty, Holder, Keeper, LiquidityProvider, PanicSeller, Purse, Sandwich, Trader,
};
pub use error::ScenarioError;
pub use price::{CsvFile, Gbm, Price, Shock};
pub use programs::{
    Buyback, CapCounts, Emission, Market, MarketKind, PriceOracle, Programs, Recipient, Token, Treasury,
};
pub use schedule::{Exponential, Geometric, Halving, Linear, Piece, Piecewise, Schedule, Tail, Weekly};
pub use validate::Side;
pub use value::{Amount, Bps, Fraction, Located, Rate, Secs};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invariant::Check;
use crate::metrics::Metric;

/// The only version of the format so far.
pub const SCHEMA_VERSION: u32 = 1;

/// A whole scenario file.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Version of this format: 1.
    pub schema_version: Located<u32>,
    /// Name of the run's folder: lower-case letters, digits and hyphens.
    pub name: Located<String>,
    /// One paragraph for the report.
    #[serde(default)]
    pub description: String,
    /// Length, step and seed.
    pub run: Run,
    /// What is deployed.
    pub programs: Programs,
    /// Where the token trades.
    #[serde(default)]
    pub market: Market,
    /// The outside venue: what it holds to trade with arbitrageurs at the outside price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<Located<Purse>>,
    /// The outside price.
    pub price: Located<Price>,
    /// Who takes part.
    pub agents: Located<Agents>,
    /// What is recorded.
    #[serde(default)]
    pub record: Record,
    /// What must hold after every step. All checks by default.
    #[serde(default = "all_checks")]
    pub invariants: Vec<Check>,
    /// Bounds that metrics must keep after every step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bound: Vec<Located<Bound>>,
}

/// Length, step and seed of the run.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Master seed: the same seed gives the same bytes in every file. 0 to 2⁶³ − 1.
    pub seed: u64,
    /// Unix time at the start. The default is 1 January 2026, 00:00 UTC.
    #[serde(default = "new_year_2026")]
    pub start_ts: u64,
    /// Length of the run.
    pub duration: Located<Secs>,
    /// Length of a step: how often the outside price moves and metrics and invariants are taken.
    pub step: Located<Secs>,
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Columns of metrics.parquet, besides step and time. All by default.
    #[serde(default = "all_metrics")]
    pub metrics: Vec<Metric>,
    /// Whether events.parquet has the contracts' events.
    #[serde(default = "yes")]
    pub events: bool,
}

/// A bound on a metric, in the metric's unit. At least one side must be given.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The metric.
    pub metric: Metric,
    /// It must not be below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// It must not be above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

impl Scenario {
    /// Reads and checks a scenario file's text.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        check_version(text)?;
        let scenario: Self = toml::from_str(text).map_err(|e| ScenarioError::from_toml(&e))?;
        scenario.validate()?;
        Ok(scenario)
    }

    /// The scenario as TOML with every default written out. Parses to an equal scenario.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a scenario has only types that TOML has")
    }

    /// The format's JSON Schema, for editors. `scenario.schema.json` beside the crate is this text.
    pub fn json_schema() -> String {
        let schema = schemars::schema_for!(Self);
        let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
        text.push('\n');
        text
    }

    /// Number of steps.
    pub fn steps(&self) -> u64 {
        self.run.duration.0 / self.run.step.0
    }
}

/// A newer file should be told by its version, not by the first key that we do not know.
fn check_version(text: &str) -> Result<(), ScenarioError> {
    #[derive(Deserialize)]
    struct Version {
        schema_version: Option<Located<u32>>,
    }
    let version: Version = toml::from_str(text).map_err(|e| ScenarioError::from_toml(&e))?;
    match version.schema_version {
        Some(v) if *v == SCHEMA_VERSION => Ok(()),
        Some(v) => Err(ScenarioError::at(
            v.span(),
            format!("schema_version {} is unknown", *v),
            format!("this version of mintage reads schema_version = {SCHEMA_VERSION}"),
        )),
        None => Err(ScenarioError::whole(
            "the file has no schema_version",
            format!("begin it with `schema_version = {SCHEMA_VERSION}`"),
        )),
    }
}

impl Default for Record {
    fn default() -> Self {
        Self {
            metrics: all_metrics(),
            events: true,
        }
    }
}

fn all_checks() -> Vec<Check> {
    Check::ALL.to_vec()
}
fn all_metrics() -> Vec<Metric> {
    Metric::ALL.to_vec()
}
fn yes() -> bool {
    true
}
fn new_year_2026() -> u64 {
    1_767_225_600
}
