//! The sandwich attacker: buys immediately before a buyback what brings most and the buyback's floor lets pass, and sells
//! immediately after.
//! It is the worst case of an attacker: it sees the transaction in time and its own are placed right around it.

use alloy_primitives::U256;
use mintage_abi::IBuyback;

use super::{Agent, Context};
use crate::error::LabError;
use crate::market;
use crate::scenario::Side;
use crate::world::PublicTransaction;

/// Attacks buybacks.
#[derive(Clone, Debug)]
pub struct Sandwich {
    /// Chance of getting in front.
    pub success: f64,
    /// Least expected gain, quote base units.
    pub min_profit: U256,
    /// Tokens bought in front of the buyback that is being executed.
    pub bought: U256,
}

impl Agent for Sandwich {
    fn start(&mut self, _ctx: &mut Context<'_>) -> Result<(), LabError> {
        Ok(())
    }

    fn act(&mut self, _task: u32, _ctx: &mut Context<'_>) -> Result<(), LabError> {
        Ok(())
    }

    fn watches(&self) -> bool {
        true
    }

    fn before_public(&mut self, tx: &PublicTransaction, ctx: &mut Context<'_>) -> Result<(), LabError> {
        if ctx.world.sites.buyback != Some(tx.to) || !ctx.rng.chance(self.success) {
            return Ok(());
        }
        let lot = U256::from(ctx.world.view(tx.to, IBuyback::lotCall {})?);
        let Some(minimum) = ctx.world.try_view(ctx.me, tx.to, IBuyback::minimumOutCall {})? else {
            return Ok(());
        };
        let reserves = ctx.world.ledger.reserves;
        let front = market::best_front_run(reserves, lot, minimum, ctx.balance(Side::Quote));
        let gain = market::sandwich_gain(reserves, front, lot);
        if gain.is_positive() && gain.into_raw() >= self.min_profit {
            self.bought = ctx.swap(Side::Quote, front)?.unwrap_or_default();
        }
        Ok(())
    }

    fn after_public(&mut self, _tx: &PublicTransaction, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let bought = std::mem::take(&mut self.bought);
        ctx.swap(Side::Token, bought)?;
        Ok(())
    }
}
