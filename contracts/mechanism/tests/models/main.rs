//! The crate against the plain Python models of `models/`: the same seeded cases, equal to the digit.
//!
//! A model without a test here, or the other way round, fails `every_model_is_tested`. New mechanisms: write the rule once more in
//! `models/*.py`, run `python3 models/make.py NAME`, and add its cases in the module of its group below.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs
)]

#[macro_use]
mod harness;

/// Shares, slashing, rebase, debt, liquidation, lending.
mod credit_staking;
/// Leverage, option vaults, feeds, volatility, votes.
mod derivatives_oracles;
/// Swap, fees, cap, bucket, buyback, reserve, emission.
mod foundation;
/// Issuance, burns and fees, the value side.
mod issuance_fees_value;
/// Auctions, sales, ticks, vesting, rewards, escrow.
mod markets_distribution;
/// exp, ln, pow, the normal distribution, option prices, weighted pools.
mod real_valued;
