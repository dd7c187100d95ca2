//! The holder: pays other holders, in the token and in the quote token, and so pays the transfer fees.

use alloy_primitives::{Address, U256};

use super::{Agent, Context};
use crate::error::LabError;
use crate::scenario::Side;

const TRANSFER: u32 = 0;
const PAYMENT: u32 = 1;

/// Pays at the moments of two Poisson processes; sizes are exponentially distributed.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Average number of token transfers a day.
    pub transfers_per_day: f64,
    /// Their average size, token base units.
    pub mean_transfer: U256,
    /// Average number of payments in the quote token a day.
    pub payments_per_day: f64,
    /// Their average size, quote base units.
    pub mean_payment: U256,
    /// Whom it pays, each as likely as the other; itself among them is passed over.
    pub peers: Vec<Address>,
}

impl Agent for Holder {
    fn start(&mut self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        self.peers.retain(|p| *p != ctx.me);
        ctx.wake_randomly(self.transfers_per_day, TRANSFER);
        ctx.wake_randomly(self.payments_per_day, PAYMENT);
        Ok(())
    }

    fn act(&mut self, task: u32, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let (side, mean, per_day) = match task {
            TRANSFER => (Side::Token, self.mean_transfer, self.transfers_per_day),
            _ => (Side::Quote, self.mean_payment, self.payments_per_day),
        };
        let index = ctx.rng.below(self.peers.len() as u64) as usize;
        let amount = ctx.rng.exponential_amount(mean).min(ctx.balance(side));
        if let Some(peer) = self.peers.get(index).copied() {
            ctx.transfer(side, peer, amount)?;
        }
        ctx.wake_randomly(per_day, task);
        Ok(())
    }
}
