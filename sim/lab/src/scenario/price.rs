//! The outside price of a scenario: how it is made. The processes themselves are in `crate::price`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{Located, Rate, Secs};

/// Where the outside price (quote per token) comes from. Give exactly one source; shocks work on both.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Geometric Brownian motion with jumps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gbm: Option<Located<Gbm>>,
    /// Prices from a CSV file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<Located<CsvFile>>,
    /// Scripted moves on top of the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shock: Vec<Located<Shock>>,
}

/// Geometric Brownian motion with lognormal jumps (Merton): `d ln p = (drift − volatility²/2) dt + volatility dW + jumps`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gbm {
    /// Price at the start, quote per token.
    pub start: Located<Rate>,
    /// Expected growth a year, without jumps; 0.1 is ten percent.
    #[serde(default)]
    pub drift: f64,
    /// Standard deviation of the logarithmic return of a year; 0.8 is eighty percent.
    pub volatility: Rate,
    /// Average number of jumps a year.
    #[serde(default)]
    pub jumps_per_year: Rate,
    /// Mean of a jump's logarithm; −0.1 is a fall of about ten percent.
    #[serde(default)]
    pub jump_mean: f64,
    /// Standard deviation of a jump's logarithm.
    #[serde(default)]
    pub jump_deviation: Rate,
}

/// A CSV file with a header row. Between two rows the earlier price holds; after the last row the last price holds.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CsvFile {
    /// Path of the file, relative to the scenario file.
    pub file: Located<String>,
    /// Column with the time in seconds since the start of the run. The first row must be 0 and rows must ascend.
    #[serde(default = "time_column")]
    pub time_column: String,
    /// Column with the price, quote per token.
    #[serde(default = "price_column")]
    pub price_column: String,
}

/// A scripted move of the outside price, even in logarithm over its length, lasting for ever.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shock {
    /// When it begins, from the start of the run.
    pub at: Secs,
    /// How long it takes.
    pub over: Secs,
    /// The change as a share of the price: −0.7 is a fall of seventy percent. Greater than −1.
    pub change: f64,
}

fn time_column() -> String {
    "time_secs".into()
}
fn price_column() -> String {
    "price".into()
}
