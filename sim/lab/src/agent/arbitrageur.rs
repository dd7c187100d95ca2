//! The arbitrageur: trades the pool back to the outside price, up to the pool's fee, and evens out at the outside venue.

use alloy_primitives::{Address, U256};
use mintage_abi::IToken;

use super::{Agent, Context};
use crate::amount::value_down;
use crate::error::LabError;
use crate::market::{self, ArbitrageTrade};
use crate::scenario::Side;

/// Looks every so often and takes the most profitable trade if it earns enough.
#[derive(Clone, Debug)]
pub struct Arbitrageur {
    /// Seconds between two looks.
    pub every_secs: u64,
    /// Delay of the first look, and so of every one, after a step's beginning.
    pub latency_secs: u64,
    /// Least profit at the outside price, quote base units.
    pub min_profit: U256,
    /// Account of the venue, if it evens out its inventory there.
    pub venue: Option<Address>,
    /// Tokens that it aims to hold; set at the start.
    pub target_token: U256,
}

impl Agent for Arbitrageur {
    fn start(&mut self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        self.target_token = ctx.balance(Side::Token);
        ctx.wake_in(self.latency_secs, 0);
        Ok(())
    }

    fn act(&mut self, _task: u32, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let world = &ctx.world;
        let (reserves, decimals, price) = (world.ledger.reserves, world.decimals, world.outside_price);
        match market::arbitrage(reserves, decimals, price) {
            Some(ArbitrageTrade::SpendQuote(amount)) => self.trade(Side::Quote, amount, ctx)?,
            Some(ArbitrageTrade::SellToken(amount)) => self.trade(Side::Token, amount, ctx)?,
            None => {}
        }
        ctx.wake_in(self.every_secs, 0);
        Ok(())
    }
}

impl Arbitrageur {
    fn trade(&self, sell: Side, best: U256, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let amount = best.min(ctx.balance(sell));
        if self.profit(sell, amount, ctx) < self.min_profit {
            return Ok(());
        }
        if ctx.swap(sell, amount)?.is_some()
            && let Some(venue) = self.venue
        {
            self.rebalance(venue, ctx)?;
        }
        Ok(())
    }

    /// Profit at the outside price, quote base units; 0 for a loss.
    fn profit(&self, sell: Side, amount: U256, ctx: &Context<'_>) -> U256 {
        let (token, quote) = ctx.world.ledger.reserves;
        let worth = |tokens| value(tokens, ctx);
        let gain =
            match sell {
                Side::Quote => market::amount_out_down(amount, quote, token)
                    .and_then(|out| worth(out).checked_sub(amount)),
                Side::Token => market::amount_out_down(amount, token, quote)
                    .and_then(|out| out.checked_sub(worth(amount))),
            };
        gain.unwrap_or_default()
    }

    /// Once half its tokens are gone or half as many came on top: back to the target, at the outside price.
    fn rebalance(&self, venue: Address, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let (have, target) = (ctx.balance(Side::Token), self.target_token);
        if have.abs_diff(target) <= target / U256::from(2) {
            return Ok(());
        }
        let amount = have.abs_diff(target);
        let payment = value(amount, ctx);
        let (quote, token, me) = (ctx.world.sites.quote, ctx.world.sites.token, ctx.me);
        if have > target && ctx.world.quote_of(venue) >= payment {
            if ctx.transfer(Side::Token, venue, amount)? {
                ctx.world.send(
                    venue,
                    quote,
                    IToken::transferCall {
                        to: me,
                        value: payment,
                    },
                )?;
            }
        } else if have < target
            && ctx.world.token_of(venue) >= amount
            && ctx.transfer(Side::Quote, venue, payment)?
        {
            ctx.world.send(
                venue,
                token,
                IToken::transferCall {
                    to: me,
                    value: amount,
                },
            )?;
        }
        Ok(())
    }
}

fn value(tokens: U256, ctx: &Context<'_>) -> U256 {
    let (token_decimals, quote_decimals) = ctx.world.decimals;
    value_down(tokens, ctx.world.outside_price, token_decimals, quote_decimals)
}
