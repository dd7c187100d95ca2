//! The agents of a scenario: who takes part, how many, with what money and which habits. How they act is in `crate::agent`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{Amount, Fraction, Located, Rate, Secs};

/// Agents by type; each entry is a group of `count` alike agents.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agents {
    /// Noise traders: buy and sell at random.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trader: Vec<Located<Trader>>,
    /// Arbitrageurs: pin the pool to the outside price, up to the pool's fee.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arbitrageur: Vec<Located<Arbitrageur>>,
    /// Holders: pay each other in both tokens, and so pay the transfer fees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holder: Vec<Located<Holder>>,
    /// Liquidity providers: the pool's liquidity. The first one opens the pool.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub liquidity_provider: Vec<Located<LiquidityProvider>>,
    /// Keepers: call what anyone may call (emission, oracle, buyback), some time after it becomes possible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keeper: Vec<Located<Keeper>>,
    /// Panic sellers: sell when the price has fallen far below its recent high.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panic_seller: Vec<Located<PanicSeller>>,
    /// Sandwich attackers: trade immediately before and after a buyback.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sandwich: Vec<Located<Sandwich>>,
}

/// What an agent of the group owns when the run starts.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Purse {
    /// Of the economy's token, minted to each agent at the start. Nothing by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Located<Amount>>,
    /// Of the quote token, minted to each agent at the start. Nothing by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Located<Amount>>,
}

/// Buys and sells on the pool at random moments.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trader {
    /// How many such agents.
    #[serde(default = "one")]
    pub count: u32,
    /// What each starts with.
    #[serde(default)]
    pub purse: Purse,
    /// Average number of trades a day, at random moments (Poisson).
    pub trades_per_day: Rate,
    /// Average size of a trade, in the quote token. Sizes are exponentially distributed.
    pub mean_trade: Located<Amount>,
    /// Share of trades that buy the token.
    #[serde(default = "half")]
    pub buy_share: Fraction,
}

/// Trades the pool back to the outside price whenever that earns at least `min_profit` after the pool's fee.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arbitrageur {
    /// How many such agents.
    #[serde(default = "one")]
    pub count: u32,
    /// What each starts with. It bounds the size of its trades.
    #[serde(default)]
    pub purse: Purse,
    /// How often it looks.
    #[serde(default = "one_hour")]
    pub every: Secs,
    /// Delay after the outside price has moved.
    #[serde(default = "two_seconds")]
    pub latency: Secs,
    /// Profit at the outside price below which it does not trade, in the quote token.
    pub min_profit: Located<Amount>,
    /// Whether it evens out its inventory at the outside venue (an account that always holds both tokens) by transfers
    /// at the outside price. Without it, it stops when one of its two balances is used up.
    #[serde(default = "yes")]
    pub rebalance: bool,
}

/// Pays other holders at random moments.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// How many such agents.
    #[serde(default = "one")]
    pub count: u32,
    /// What each starts with.
    #[serde(default)]
    pub purse: Purse,
    /// Average number of transfers of the token a day.
    #[serde(default)]
    pub transfers_per_day: Rate,
    /// Average size of such a transfer, in the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_transfer: Option<Located<Amount>>,
    /// Average number of payments in the quote token a day.
    #[serde(default)]
    pub payments_per_day: Rate,
    /// Average size of such a payment, in the quote token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_payment: Option<Located<Amount>>,
}

/// Owns pool shares, adds and removes some at random, and leaves when the price has fallen too far.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiquidityProvider {
    /// How many such agents.
    #[serde(default = "one")]
    pub count: u32,
    /// What each starts with.
    #[serde(default)]
    pub purse: Purse,
    /// Quote side of each agent's first deposit; the token side follows from the price.
    pub deposit: Located<Amount>,
    /// Average number of changes of its position a day.
    #[serde(default)]
    pub changes_per_day: Rate,
    /// Size of a change as a share of its position.
    #[serde(default = "tenth")]
    pub change_share: Fraction,
    /// Withdraws everything, for good, when the pool's price is this far below its highest since the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_drawdown: Option<Fraction>,
}

/// Calls what anyone may call, `latency` after it becomes possible.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keeper {
    /// How many such agents. The second one serves as a spare: it calls only what the first has not.
    #[serde(default = "one")]
    pub count: u32,
    /// Delay between the moment when a call becomes possible and the call.
    #[serde(default = "two_seconds")]
    pub latency: Secs,
    /// What it looks after.
    #[serde(default = "all_duties")]
    pub duties: Vec<Duty>,
    /// How often it mints the emission.
    #[serde(default = "one_hour")]
    pub mint_every: Secs,
}

/// A keeper's duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// `emission.mint()`.
    Emission,
    /// `buyback.kick()`.
    Buyback,
    /// `price_oracle.update()`.
    Oracle,
}

/// Sells a share of its tokens each time the price has fallen below its recent high by its personal threshold.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PanicSeller {
    /// How many such agents.
    #[serde(default = "one")]
    pub count: u32,
    /// What each starts with.
    #[serde(default)]
    pub purse: Purse,
    /// Smallest threshold: the drawdown at which the most nervous agent sells.
    pub drawdown_min: Located<Fraction>,
    /// Largest threshold. Each agent's own is drawn evenly between the two.
    pub drawdown_max: Fraction,
    /// Share of its tokens that it sells at a time.
    #[serde(default = "half")]
    pub sell_share: Fraction,
    /// Delay from seeing the fall to selling, and shortest time between two sales.
    #[serde(default = "one_hour")]
    pub reaction: Secs,
    /// How far back it remembers the high.
    #[serde(default = "one_week")]
    pub memory: Secs,
}

/// Sees a buyback coming, buys before it and sells after it: the trade that gains most and that the buyback's floor lets pass.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sandwich {
    /// How many such agents. When several see the same buyback, one of them, chosen at random, is first.
    #[serde(default = "one")]
    pub count: u32,
    /// What each starts with. The quote side bounds its trades.
    #[serde(default)]
    pub purse: Purse,
    /// Chance of getting its transaction in before the buyback.
    #[serde(default = "certain")]
    pub success: Fraction,
    /// Expected profit, in the quote token, below which it does nothing.
    pub min_profit: Located<Amount>,
}

pub(super) fn one() -> u32 {
    1
}
fn yes() -> bool {
    true
}
fn half() -> Fraction {
    Fraction(0.5)
}
fn tenth() -> Fraction {
    Fraction(0.1)
}
fn certain() -> Fraction {
    Fraction(1.0)
}
fn two_seconds() -> Secs {
    Secs(2)
}
fn one_hour() -> Secs {
    Secs(3_600)
}
fn one_week() -> Secs {
    Secs(604_800)
}
fn all_duties() -> Vec<Duty> {
    vec![Duty::Emission, Duty::Oracle, Duty::Buyback]
}

impl Default for Rate {
    fn default() -> Self {
        Self(0.0)
    }
}
