//! The programs of a scenario and their parameters, and the market. How they are deployed and wired is in `crate::genesis`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule::Schedule;
use super::value::{Amount, Bps, Located, Secs};

/// What is deployed. `token` and `quote` are two instances of the token program; the rest is optional.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Programs {
    /// The economy's own token.
    pub token: Located<Token>,
    /// The token that prices are in.
    pub quote: Located<Token>,
    /// Mints the token by a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emission: Option<Located<Emission>>,
    /// Holds quote tokens for buybacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treasury: Option<Located<Treasury>>,
    /// The time-weighted price that buybacks are held to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_oracle: Option<Located<PriceOracle>>,
    /// Buys the token with treasury money and burns it. Needs `treasury` and `price_oracle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyback: Option<Located<Buyback>>,
}

/// An instance of the token program.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Name, such as "Mintage".
    pub name: Located<String>,
    /// Symbol: letters and digits. Amounts in this file are written with it.
    pub symbol: Located<String>,
    /// Decimals, at most 18.
    #[serde(default = "eighteen")]
    pub decimals: Located<u8>,
    /// Hard cap. None by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Located<Amount>>,
    /// What the cap counts.
    #[serde(default)]
    pub cap_counts: CapCounts,
    /// Transfer fee, at most 100 basis points. The pool, the programs and the venue are exempt.
    #[serde(default = "no_bps")]
    pub fee_bps: Located<Bps>,
    /// Share of the fee that is burned; the rest goes to the treasury (without a treasury: to the deployer).
    #[serde(default = "no_bps")]
    pub fee_burn_bps: Located<Bps>,
}

/// What a token's cap counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapCounts {
    /// Everything ever minted: burning frees nothing.
    #[default]
    Lifetime,
    /// What exists: burning frees room.
    Circulating,
}

/// The emission program.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Emission {
    /// When the schedule begins, from the start of the run.
    #[serde(default = "at_once")]
    pub begins: Secs,
    /// The schedule. Give exactly one.
    pub schedule: Located<Schedule>,
    /// The most that the program may mint in any 24 hours: its limit as a minter of the token. Half of it at once.
    pub limit_per_day: Located<Amount>,
    /// Who receives what is minted; at most 16.
    pub recipient: Vec<Located<Recipient>>,
}

/// A recipient of the emission.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// `treasury`, or an agent by its label: type and number, such as `holder-0`.
    pub to: Located<String>,
    /// Share of what is minted. All shares together are 10,000.
    pub share_bps: Bps,
}

/// The treasury program. Its asset here is the quote token.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Treasury {
    /// What it holds at the start, in the quote token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<Located<Amount>>,
    /// Quote tokens that nothing can take it below.
    pub floor: Located<Amount>,
    /// The most that the buyback program's spending limit holds, in the quote token.
    pub spend_capacity: Located<Amount>,
    /// What flows into that limit a day, in the quote token.
    pub spend_per_day: Located<Amount>,
    /// How long a cut of the floor waits: 2 to 30 days.
    #[serde(default = "two_days")]
    pub floor_delay: Secs,
    /// How long a new spending limit waits before it fills: at most 30 days.
    #[serde(default = "at_once")]
    pub grant_delay: Secs,
}

/// The price oracle program: a time-weighted average over the pool's accumulators.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceOracle {
    /// The window of the average: 30 minutes to 7 days.
    pub window: Secs,
    /// The recent part that is held against the window: 1 minute to half the window.
    pub recent: Secs,
    /// Shortest time between two observations: 10 seconds to the window, at least a 255th of it.
    pub period: Located<Secs>,
    /// By how much an interval may be longer than asked: one period to the window.
    pub max_age: Secs,
    /// By how much the recent average may differ from the window's: 1 to 5,000 basis points.
    pub max_deviation_bps: Bps,
}

/// The buyback program (push model).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Buyback {
    /// Quote tokens spent in one buyback.
    pub lot: Located<Amount>,
    /// Shortest time between two buybacks: 10 minutes to 30 days.
    pub hop: Located<Secs>,
    /// Output demanded, as a share of the oracle's amount: 9,000 to 10,000. 9,800 is "want 0.98".
    pub want_bps: Bps,
    /// Quote tokens that must remain in the treasury above its floor after a buyback.
    pub hump: Located<Amount>,
}

/// The pool.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// Which bytecode it runs on.
    #[serde(default)]
    pub kind: Located<MarketKind>,
}

/// Which bytecode the pool runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarketKind {
    /// Our `pair` program.
    #[default]
    Pair,
    /// The real Uniswap v2 factory and pair, from the npm package @uniswap/v2-core 1.0.1.
    UniswapV2,
}

fn eighteen() -> Located<u8> {
    Located::nowhere(18)
}
fn no_bps() -> Located<Bps> {
    Located::nowhere(Bps(0))
}
fn at_once() -> Secs {
    Secs(0)
}
fn two_days() -> Secs {
    Secs(2 * 86_400)
}
