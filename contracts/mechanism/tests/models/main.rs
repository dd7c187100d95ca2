//! The crate against the plain Python models of `models/`: the same seeded cases, equal to the digit.
//!
//! A model without a test here, a test without vectors, or a module without a model fails `every_mechanism_has_a_tested_model`. New mechanisms: write the rule once more in
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
/// Airdrops, allocations, vesting, windows, real-world assets, votes.
mod distribution_governance;
/// Swap, fees, cap, bucket, buyback, reserve, emission.
mod foundation;
/// Issuance, burns and fees, the value side.
mod issuance_fees_value;
/// Auctions, sales, ticks, vesting, rewards, escrow.
mod markets_distribution;
/// Arithmetic, accumulators, feeds, samples, weights, walls, gates.
mod prices_markets;
/// exp, ln, pow, the normal distribution, option prices, weighted pools.
mod real_valued;
/// Shares, stakes, funds, positions, gons, rates, auctions.
mod shares_positions;
