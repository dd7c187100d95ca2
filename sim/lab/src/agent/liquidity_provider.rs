//! The liquidity provider: changes its position at random and leaves when the price has fallen too far. Its first deposit is
//! part of the set-up.

use alloy_primitives::U256;
use mintage_abi::IPair;
use mintage_mechanism::swap::quote_down;

use super::{Agent, Context};
use crate::error::LabError;
use crate::rng::scale_down;
use crate::scenario::Side;

const CHANGE: u32 = 0;
const LOOK: u32 = 1;
/// How often it looks at the price, seconds.
const LOOK_SECS: u64 = 3_600;

/// Adds or removes, each as likely, a share of its position.
#[derive(Clone, Debug)]
pub struct LiquidityProvider {
    /// Average number of changes a day.
    pub changes_per_day: f64,
    /// Size of a change as a share of the position.
    pub change_share: f64,
    /// Leaves when the pool's price is this far below its highest since the start.
    pub exit_drawdown: Option<f64>,
    /// Highest price seen.
    pub high: f64,
}

impl Agent for LiquidityProvider {
    fn start(&mut self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        ctx.wake_randomly(self.changes_per_day, CHANGE);
        if self.exit_drawdown.is_some() {
            let phase = ctx.rng.below(LOOK_SECS);
            ctx.wake_in(phase, LOOK);
        }
        Ok(())
    }

    fn act(&mut self, task: u32, ctx: &mut Context<'_>) -> Result<(), LabError> {
        if task == LOOK {
            return self.look(ctx);
        }
        let shares = shares_of_mine(ctx)?;
        if shares.is_zero() {
            return Ok(());
        }
        let change = scale_down(shares, self.change_share);
        if ctx.rng.chance(0.5) {
            add(shares, self.change_share, ctx)?
        } else {
            remove(change, ctx)?
        }
        ctx.wake_randomly(self.changes_per_day, CHANGE);
        Ok(())
    }
}

impl LiquidityProvider {
    fn look(&mut self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let price = ctx.pool_price();
        self.high = self.high.max(price);
        if self.exit_drawdown.is_some_and(|d| price < self.high * (1.0 - d)) {
            let shares = shares_of_mine(ctx)?;
            return remove(shares, ctx);
        }
        ctx.wake_in(LOOK_SECS, LOOK);
        Ok(())
    }
}

fn shares_of_mine(ctx: &Context<'_>) -> Result<U256, LabError> {
    ctx.world
        .view(ctx.world.sites.pair, IPair::balanceOfCall { owner: ctx.me })
}

/// Deposits a share of the position on top, in the ratio of the reserves, as far as the balances reach.
fn add(shares: U256, share: f64, ctx: &mut Context<'_>) -> Result<(), LabError> {
    let pair = ctx.world.sites.pair;
    let supply = ctx.world.view(pair, IPair::totalSupplyCall {})?;
    let (reserve_token, reserve_quote) = ctx.world.ledger.reserves;
    // Position in the quote token: ⌊R·s/S⌋, all below 2^112.
    let position = reserve_quote * shares / supply.max(U256::ONE);
    let mut quote = scale_down(position, share).min(ctx.balance(Side::Quote));
    let Ok(mut token) = quote_down(quote, reserve_quote, reserve_token) else {
        return Ok(());
    };
    if token > ctx.balance(Side::Token) {
        token = ctx.balance(Side::Token);
        let Ok(matching) = quote_down(token, reserve_token, reserve_quote) else {
            return Ok(());
        };
        quote = matching;
    }
    if token.is_zero() || quote.is_zero() {
        return Ok(());
    }
    if ctx.transfer(Side::Token, pair, token)? && ctx.transfer(Side::Quote, pair, quote)? {
        ctx.world.send(ctx.me, pair, IPair::mintCall { to: ctx.me })?;
    }
    Ok(())
}

/// Takes shares out of the pool.
fn remove(shares: U256, ctx: &mut Context<'_>) -> Result<(), LabError> {
    let pair = ctx.world.sites.pair;
    if shares.is_zero() {
        return Ok(());
    }
    if ctx
        .world
        .send(
            ctx.me,
            pair,
            IPair::transferCall {
                to: pair,
                value: shares,
            },
        )?
        .is_some()
    {
        ctx.world.send(ctx.me, pair, IPair::burnCall { to: ctx.me })?;
    }
    Ok(())
}
