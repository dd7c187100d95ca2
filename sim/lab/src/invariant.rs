//! The invariants: what must hold after every step, whatever the agents do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One built-in check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Check {
    /// Supply is what was ever minted less what was ever burned, for both tokens.
    SupplyIdentity,
    /// The balances of all accounts add up to the supply, for both tokens, and each is what the events say.
    SumOfBalances,
    /// The cap is kept, for both tokens.
    Cap,
    /// The treasury never falls below its floor by a payment of its own.
    TreasuryFloor,
    /// The treasury's books agree with its balance.
    TreasuryBooks,
    /// The emission program has minted exactly what the schedule says for the time of its last mint.
    EmissionSchedule,
    /// Buybacks are a hop apart, spend at most a lot and bring at least the oracle's floor.
    BuybackRules,
    /// The pool holds at least its reserves, and its product never falls but by withdrawals of liquidity.
    PoolProduct,
}

impl Check {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::SupplyIdentity,
        Self::SumOfBalances,
        Self::Cap,
        Self::TreasuryFloor,
        Self::TreasuryBooks,
        Self::EmissionSchedule,
        Self::BuybackRules,
        Self::PoolProduct,
    ];
}
