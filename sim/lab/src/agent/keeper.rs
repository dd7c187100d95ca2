//! The keeper: calls what anyone may call, some time after it becomes possible. It tries a buyback by a call first and sends it
//! only if it would succeed.

use mintage_abi::{IBuyback, IEmission, IPriceOracle};

use super::{Agent, Context};
use crate::error::LabError;
use crate::world::PublicTransaction;

const EMISSION: u32 = 0;
const ORACLE: u32 = 1;
const BUYBACK: u32 = 2;
/// Wait before a call that cannot be made now is tried again, seconds.
const RETRY_SECS: u64 = 600;

/// Looks after emission, oracle and buyback, as far as it is told to and they exist.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// Delay between the moment when a call becomes possible and the call, seconds.
    pub latency_secs: u64,
    /// Seconds between two emissions.
    pub mint_every_secs: u64,
    /// Calls `emission.mint()`.
    pub emission: bool,
    /// Calls `price_oracle.observe()`.
    pub oracle: bool,
    /// Calls `buyback.kick()`.
    pub buyback: bool,
}

impl Agent for Keeper {
    fn start(&mut self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let sites = &ctx.world.sites;
        let duties = [
            (EMISSION, self.emission && sites.emission.is_some()),
            (ORACLE, self.oracle && sites.oracle.is_some()),
            (BUYBACK, self.buyback && sites.buyback.is_some()),
        ];
        for (task, wanted) in duties {
            if wanted {
                ctx.wake_in(self.latency_secs, task);
            }
        }
        Ok(())
    }

    fn act(&mut self, task: u32, ctx: &mut Context<'_>) -> Result<(), LabError> {
        match task {
            EMISSION => self.mint(ctx),
            ORACLE => self.observe(ctx),
            _ => self.kick(ctx),
        }
    }
}

impl Keeper {
    fn mint(&self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let Some(emission) = ctx.world.sites.emission else {
            return Ok(());
        };
        if ctx.world.view(emission, IEmission::dueCall {})? > alloy_primitives::U256::ZERO {
            ctx.world.send(ctx.me, emission, IEmission::mintCall {})?;
        }
        ctx.wake_in(self.mint_every_secs, EMISSION);
        Ok(())
    }

    fn observe(&self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let Some(oracle) = ctx.world.sites.oracle else {
            return Ok(());
        };
        let period = ctx.world.view(oracle, IPriceOracle::periodSecsCall {})?;
        let due = next_observation(oracle, period, ctx)?;
        if ctx.now() < due {
            ctx.wake_at(due.saturating_add(self.latency_secs), ORACLE);
            return Ok(());
        }
        ctx.world.send(ctx.me, oracle, IPriceOracle::observeCall {})?;
        let due = next_observation(oracle, period, ctx)?;
        // A refused observation (an empty pool) leaves `due` in the past.
        let next = due.max(ctx.now() + RETRY_SECS.min(period.max(1)));
        ctx.wake_at(next.saturating_add(self.latency_secs), ORACLE);
        Ok(())
    }

    fn kick(&self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let Some(buyback) = ctx.world.sites.buyback else {
            return Ok(());
        };
        let next = ctx.world.view(buyback, IBuyback::nextKickTsCall {})?;
        if ctx.now() < next {
            // A stopped buyback says 2^64 - 1: look again in a day.
            let soonest = next.saturating_add(self.latency_secs).min(ctx.now() + 86_400);
            ctx.wake_at(soonest, BUYBACK);
        } else if ctx
            .world
            .try_view(ctx.me, buyback, IBuyback::kickCall {})?
            .is_some()
        {
            ctx.publish(PublicTransaction::new(ctx.me, buyback, &IBuyback::kickCall {}));
            ctx.wake_in(1, BUYBACK);
        } else {
            ctx.wake_in(RETRY_SECS, BUYBACK);
        }
        Ok(())
    }
}

/// When the oracle takes its next observation, Unix time.
fn next_observation(
    oracle: alloy_primitives::Address,
    period: u64,
    ctx: &Context<'_>,
) -> Result<u64, LabError> {
    let count = ctx.world.view(oracle, IPriceOracle::observationCountCall {})?;
    if count.is_zero() {
        return Ok(0);
    }
    let number = count - alloy_primitives::U256::ONE;
    let last = ctx.world.view(oracle, IPriceOracle::observationCall { number })?;
    Ok(last.timestampTs.saturating_add(period))
}
