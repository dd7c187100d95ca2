//! The noise trader: buys and sells at random moments, in random sizes, whatever the price.

use alloy_primitives::U256;

use super::{Agent, Context};
use crate::amount::{from_f64_down, powi10, to_f64};
use crate::error::LabError;
use crate::scenario::Side;

/// Trades at the moments of a Poisson process; sizes are exponentially distributed in the quote token.
#[derive(Clone, Debug)]
pub struct Trader {
    /// Average number of trades a day.
    pub trades_per_day: f64,
    /// Average size, quote base units.
    pub mean_trade: U256,
    /// Share of trades that buy.
    pub buy_share: f64,
}

impl Agent for Trader {
    fn start(&mut self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        ctx.wake_randomly(self.trades_per_day, 0);
        Ok(())
    }

    fn act(&mut self, _task: u32, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let size = ctx.rng.exponential_amount(self.mean_trade);
        if ctx.rng.chance(self.buy_share) {
            let spend = size.min(ctx.balance(Side::Quote));
            ctx.swap(Side::Quote, spend)?;
        } else {
            let sell = tokens_worth(size, ctx).min(ctx.balance(Side::Token));
            ctx.swap(Side::Token, sell)?;
        }
        ctx.wake_randomly(self.trades_per_day, 0);
        Ok(())
    }
}

/// Token base units that are worth about this much of the quote token in the pool.
pub(super) fn tokens_worth(quote: U256, ctx: &Context<'_>) -> U256 {
    let price = ctx.pool_price();
    if price <= 0.0 {
        return U256::ZERO;
    }
    let (token_decimals, quote_decimals) = ctx.world.decimals;
    from_f64_down(to_f64(quote) / powi10(quote_decimals) / price * powi10(token_decimals))
}
