//! The rules of token systems, as pure functions on plain values.
//!
//! One file holds one mechanism and opens with its equation, symbols and units, source, domain, rounding, and what went wrong
//! with it in the wild. Values in; values or a typed error out. Nothing here knows storage, callers or a clock: the contracts
//! compile these functions in, the simulator uses them as the reference, and the tests hold them against published numbers.
//!
//! Conventions: amounts are base units of their token; `_wad` is 10^18, `_ray` 10^27, `_bps` 1/10,000, `_secs` and `_ts` seconds.
//! `_down` and `_up` say where a result is rounded. To users down, from users up, fees up, minimum amounts up.
//!
//! What does not belong here: arithmetic without an economic meaning (`mintage-math`), and anything with a side effect.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::indexing_slicing
    )
)]

pub mod allocation;
pub mod auto_burn;
pub mod base_fee;
pub mod batch_auction;
pub mod black_scholes;
pub mod bonding_curve;
pub mod buyback;
pub mod cap;
pub mod cdp;
pub mod continuous_auction;
pub mod counter_cycle;
pub mod decimals;
pub mod delegation;
pub mod difficulty;
pub mod dutch;
pub mod elasticity;
pub mod emission;
mod error;
pub mod exit_penalty;
pub mod governance_mint;
pub mod grant;
pub mod lending;
pub mod leverage;
pub mod liquidation;
pub mod liquidity;
pub mod loyalty;
pub mod margin;
pub mod merkle;
pub mod nav;
pub mod option_vault;
pub mod pair_price;
pub mod price_feed;
pub mod random_trigger;
pub mod range_walls;
pub mod rate_bucket;
pub mod rebase;
pub mod report_limiter;
pub mod reserve;
pub mod rewards;
pub mod rwa;
pub mod sale;
pub mod share_out;
pub mod shares;
pub mod slashing;
pub mod stake_issuance;
pub mod swap;
pub mod swap_and_add;
#[cfg(test)]
mod testing;
pub mod tick;
pub mod token_jar;
pub mod transfer_fee;
pub mod twap;
pub mod vesting;
pub mod volatility;
pub mod volatility_fee;
pub mod vote_escrow;
pub mod votes;
pub mod waterfall;
pub mod weighted_pool;

pub use mintage_math::{MathError, U256};
