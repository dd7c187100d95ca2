//! The metrics: what each one means, its unit, and its value from a step's observation. Reading the chain is `crate::observe`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One metric. Amounts are in whole tokens where they are floats, and exact in base units beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Metric {
    /// Price away from the pool, quote per token.
    OutsidePrice,
    /// Price in the pool (reserves' ratio), quote per token.
    PoolPrice,
    /// Total supply of the token.
    Supply,
    /// Tokens minted since deployment.
    Minted,
    /// Tokens burned since deployment.
    Burned,
    /// Tokens minted by the emission program.
    Emission,
    /// Total supply of the quote token.
    QuoteSupply,
    /// Quote tokens in the treasury.
    Treasury,
    /// Tokens in the treasury.
    TreasuryToken,
    /// Tokens in the pool.
    PoolToken,
    /// Quote tokens in the pool.
    PoolQuote,
    /// Quote tokens that raise the pool's price by 2 %.
    PoolDepth,
    /// Number of buybacks.
    Buybacks,
    /// Quote tokens that buybacks have spent.
    BuybackSpent,
    /// Tokens that buybacks have bought and burned.
    BuybackBurned,
    /// Value at the outside price of what buybacks burned, for each quote token that they spent; 1 is a perfect market.
    BuybackEfficiency,
    /// What sandwich attackers own, less what they began with, in the quote token; tokens count at the outside price. The ether
    /// that they pay for gas is not taken off.
    AttackerProfit,
    /// Concentration of the token among holders (Herfindahl–Hirschman): 10,000 is one holder. Without pool, programs and venue.
    Hhi,
    /// Accounts that hold the token.
    Holders,
    /// Tokens transferred a day for each token in supply.
    Velocity,
    /// Transactions since the start, failed ones included.
    Transactions,
    /// Gas used since the start.
    GasUsed,
}

/// What a metric counts, and so which columns it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The economy's token: an exact column in base units beside the float.
    Token,
    /// The quote token: an exact column in base units beside the float.
    Quote,
    /// Quote token, possibly negative: float only.
    SignedQuote,
    /// Quote tokens a token.
    Price,
    /// A whole number.
    Count,
    /// A plain number.
    Ratio,
}

impl Metric {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 22] = [
        Self::OutsidePrice,
        Self::PoolPrice,
        Self::Supply,
        Self::Minted,
        Self::Burned,
        Self::Emission,
        Self::QuoteSupply,
        Self::Treasury,
        Self::TreasuryToken,
        Self::PoolToken,
        Self::PoolQuote,
        Self::PoolDepth,
        Self::Buybacks,
        Self::BuybackSpent,
        Self::BuybackBurned,
        Self::BuybackEfficiency,
        Self::AttackerProfit,
        Self::Hhi,
        Self::Holders,
        Self::Velocity,
        Self::Transactions,
        Self::GasUsed,
    ];

    /// Its name in scenario files and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::OutsidePrice => "outside_price",
            Self::PoolPrice => "pool_price",
            Self::Supply => "supply",
            Self::Minted => "minted",
            Self::Burned => "burned",
            Self::Emission => "emission",
            Self::QuoteSupply => "quote_supply",
            Self::Treasury => "treasury",
            Self::TreasuryToken => "treasury_token",
            Self::PoolToken => "pool_token",
            Self::PoolQuote => "pool_quote",
            Self::PoolDepth => "pool_depth",
            Self::Buybacks => "buybacks",
            Self::BuybackSpent => "buyback_spent",
            Self::BuybackBurned => "buyback_burned",
            Self::BuybackEfficiency => "buyback_efficiency",
            Self::AttackerProfit => "attacker_profit",
            Self::Hhi => "hhi",
            Self::Holders => "holders",
            Self::Velocity => "velocity",
            Self::Transactions => "transactions",
            Self::GasUsed => "gas_used",
        }
    }

    /// Its unit.
    pub fn unit(self) -> Unit {
        match self {
            Self::OutsidePrice | Self::PoolPrice => Unit::Price,
            Self::Supply | Self::Minted | Self::Burned | Self::Emission => Unit::Token,
            Self::TreasuryToken | Self::PoolToken | Self::BuybackBurned => Unit::Token,
            Self::QuoteSupply | Self::Treasury | Self::PoolQuote | Self::PoolDepth | Self::BuybackSpent => {
                Unit::Quote
            }
            Self::AttackerProfit => Unit::SignedQuote,
            Self::Buybacks | Self::Holders | Self::Transactions | Self::GasUsed => Unit::Count,
            Self::BuybackEfficiency | Self::Hhi | Self::Velocity => Unit::Ratio,
        }
    }

    /// Its column in metrics.parquet (the float column of an amount).
    pub fn column(self) -> String {
        let name = self.name();
        match (self, self.unit()) {
            (Self::TreasuryToken | Self::PoolToken | Self::PoolQuote, _) => name.to_string(),
            (_, Unit::Token) => format!("{name}_token"),
            (Self::QuoteSupply, _) => "supply_quote".to_string(),
            (_, Unit::Quote | Unit::SignedQuote) => format!("{name}_quote"),
            (_, Unit::Price) => format!("{name}_quote_per_token"),
            (Self::Hhi, _) => "hhi_bps".to_string(),
            (Self::Velocity, _) => "velocity_per_day".to_string(),
            (Self::GasUsed, _) => name.to_string(),
            (Self::BuybackEfficiency, _) => format!("{name}_ratio"),
            (_, Unit::Count | Unit::Ratio) => format!("{name}_count"),
        }
    }
}

/// The value of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// An amount: exact, and as a float in whole tokens.
    Amount {
        /// Base units.
        base_units: alloy_primitives::U256,
        /// Whole tokens.
        whole: f64,
    },
    /// A whole number.
    Count(u64),
    /// A plain number.
    Number(f64),
}

impl Value {
    /// The value as a float, for bounds and plots.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Amount { whole, .. } => whole,
            Self::Count(n) => n as f64,
            Self::Number(x) => x,
        }
    }
}
