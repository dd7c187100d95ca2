//! Agents: who acts in an economy, and the trait for one's own.
//!
//! Time is continuous to the second: an agent asks to be woken at a moment with a task number of its own, acts through
//! [`Context`], and asks again. Steps only say when the outside price moves and when metrics and invariants are taken.
//! What an agent knows is public: the chain, its events, the outside price.

mod arbitrageur;
mod holder;
mod keeper;
mod liquidity_provider;
mod panic_seller;
mod sandwich;
mod trader;

pub use arbitrageur::Arbitrageur;
pub use holder::Holder;
pub use keeper::Keeper;
pub use liquidity_provider::LiquidityProvider;
pub use panic_seller::PanicSeller;
pub use sandwich::Sandwich;
pub use trader::Trader;

use alloy_primitives::{Address, Bytes, U256};
use mintage_abi::{IPair, IToken};

use crate::error::LabError;
use crate::market;
use crate::rng::Stream;
use crate::scenario::Side;
use crate::world::{PublicTransaction, World};

/// A participant of the economy. Implement it for agents of your own and add them with
/// [`Simulation::add_agent`](crate::Simulation::add_agent); `examples/own_agent.rs` shows one.
pub trait Agent: Send {
    /// Called once, before the first step. Ask for the first wake here.
    ///
    /// # Errors
    /// Only what the chain could not do; a refused transaction is no error.
    fn start(&mut self, ctx: &mut Context<'_>) -> Result<(), LabError>;

    /// Called at a moment that the agent asked for, with the task number that it gave.
    ///
    /// # Errors
    /// As [`Agent::start`].
    fn act(&mut self, task: u32, ctx: &mut Context<'_>) -> Result<(), LabError>;

    /// Whether it looks at public transactions.
    fn watches(&self) -> bool {
        false
    }

    /// Called immediately before a public transaction is executed, if it watches.
    ///
    /// # Errors
    /// As [`Agent::start`].
    fn before_public(&mut self, _tx: &PublicTransaction, _ctx: &mut Context<'_>) -> Result<(), LabError> {
        Ok(())
    }

    /// Called immediately after a public transaction was executed, if it watches.
    ///
    /// # Errors
    /// As [`Agent::start`].
    fn after_public(&mut self, _tx: &PublicTransaction, _ctx: &mut Context<'_>) -> Result<(), LabError> {
        Ok(())
    }
}

/// What an agent has in its hands while it acts.
pub struct Context<'a> {
    /// The chain and what is known about it.
    pub world: &'a mut World,
    /// The agent's own randomness.
    pub rng: &'a mut Stream,
    /// The agent's account.
    pub me: Address,
    pub(crate) wakes: &'a mut Vec<(u64, u32)>,
    pub(crate) public: &'a mut Vec<PublicTransaction>,
}

impl Context<'_> {
    /// Unix time.
    pub fn now(&self) -> u64 {
        self.world.now()
    }

    /// Asks to be woken at a Unix time, at once if it has passed.
    pub fn wake_at(&mut self, ts: u64, task: u32) {
        self.wakes.push((ts.max(self.now()), task));
    }

    /// Asks to be woken after some seconds.
    pub fn wake_in(&mut self, secs: u64, task: u32) {
        self.wakes.push((self.now().saturating_add(secs), task));
    }

    /// Asks to be woken after a random time, exponentially distributed: `per_day` events a day on average. 0 is never.
    pub fn wake_randomly(&mut self, per_day: f64, task: u32) {
        if per_day > 0.0 {
            let secs = self.rng.exponential() / per_day * 86_400.0;
            self.wake_in(secs as u64, task);
        }
    }

    /// Hands in a transaction that others see before it is executed. It is executed when the agent returns.
    pub fn publish(&mut self, tx: PublicTransaction) {
        self.public.push(tx);
    }

    /// The agent's balance of a token, base units.
    pub fn balance(&self, of: Side) -> U256 {
        match of {
            Side::Token => self.world.token_of(self.me),
            Side::Quote => self.world.quote_of(self.me),
        }
    }

    /// Sends tokens of its own; whether it succeeded. An amount of 0 or above the balance is not sent.
    ///
    /// # Errors
    /// As [`World::send`].
    pub fn transfer(&mut self, of: Side, to: Address, amount: U256) -> Result<bool, LabError> {
        if amount.is_zero() || amount > self.balance(of) {
            return Ok(false);
        }
        let token = match of {
            Side::Token => self.world.sites.token,
            Side::Quote => self.world.sites.quote,
        };
        Ok(self
            .world
            .send(self.me, token, IToken::transferCall { to, value: amount })?
            .is_some())
    }

    /// Sells `amount` of one token for the other on the pool: a transfer to the pool and a swap, one after the other in one
    /// block, as a router does in one transaction. What it brought, or `None` if it did not happen.
    ///
    /// # Errors
    /// As [`World::send`].
    pub fn swap(&mut self, sell: Side, amount: U256) -> Result<Option<U256>, LabError> {
        let (reserve_token, reserve_quote) = self.world.ledger.reserves;
        let (reserve_in, reserve_out) = match sell {
            Side::Token => (reserve_token, reserve_quote),
            Side::Quote => (reserve_quote, reserve_token),
        };
        let Some(out) = market::amount_out_down(amount, reserve_in, reserve_out) else {
            return Ok(None);
        };
        let pair = self.world.sites.pair;
        if !self.transfer(sell, pair, amount)? {
            return Ok(None);
        }
        let (out0, out1) = match sell {
            Side::Token => self.world.sites.pool_order(U256::ZERO, out),
            Side::Quote => self.world.sites.pool_order(out, U256::ZERO),
        };
        let call = IPair::swapCall {
            amount0Out: out0,
            amount1Out: out1,
            to: self.me,
            data: Bytes::new(),
        };
        if self.world.send(self.me, pair, call)?.is_none() {
            // A token that takes a fee on the way to the pool, for example: what arrived is fetched back.
            self.world.send(self.me, pair, IPair::skimCall { to: self.me })?;
            return Ok(None);
        }
        Ok(Some(out))
    }

    /// Price in the pool, quote per token; 0 if the pool is empty.
    pub fn pool_price(&self) -> f64 {
        market::pool_price(self.world.ledger.reserves, self.world.decimals)
    }
}
