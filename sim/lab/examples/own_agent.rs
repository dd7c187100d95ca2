//! An agent of one's own: buys a little whenever the pool is well below its price of a day ago. Run it with
//! `cargo run -p mintage-lab --example own_agent` after `mintage build`.

use std::collections::VecDeque;
use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

use mintage_chain::U256;
use mintage_lab::agent::{Agent, Context};
use mintage_lab::record::NoRecords;
use mintage_lab::scenario::{Scenario, Side};
use mintage_lab::{LabError, NoFiles, ProgramSource, Simulation};

/// Seconds between two looks.
const HOUR: u64 = 3_600;

/// Buys for `spend` when the price has fallen by `dip` within a day.
struct DipBuyer {
    /// Quote base units.
    spend: U256,
    /// Share of the price.
    dip: f64,
    /// The last day's prices, oldest first.
    day: VecDeque<f64>,
}

impl Agent for DipBuyer {
    fn start(&mut self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        ctx.wake_in(HOUR, 0);
        Ok(())
    }

    fn act(&mut self, _task: u32, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let price = ctx.pool_price();
        self.day.push_back(price);
        if self.day.len() > 24 {
            self.day.pop_front();
        }
        if price < self.day[0] * (1.0 - self.dip) {
            let spend = self.spend.min(ctx.balance(Side::Quote));
            // A transfer to the pool and a swap: two transactions on the deployed programs.
            ctx.swap(Side::Quote, spend)?;
        }
        ctx.wake_in(HOUR, 0);
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scenario = Scenario::parse(&std::fs::read_to_string(here.join("scenarios/bank-run.toml"))?)?;
    let decimals = *scenario.programs.quote.decimals;
    let dollars = |n: u64| U256::from(n) * U256::from(10).pow(U256::from(decimals));

    let source = ProgramSource::new(here.join("../../target/stylus"), here.join("../../node_modules"));
    let mut simulation = Simulation::new(scenario, &source, &NoFiles, Box::new(NoRecords))?;
    let buyer = DipBuyer {
        spend: dollars(500),
        dip: 0.05,
        day: VecDeque::new(),
    };
    let account = simulation.add_agent("dip-buyer", "venue", U256::ZERO, dollars(50_000), Box::new(buyer))?;

    let mut bought = U256::ZERO;
    let outcome = simulation.run_and_then(None, &mut |_| ControlFlow::Continue(()), |world| {
        bought = world.token_of(account);
    })?;
    println!(
        "after {} transactions the dip buyer has {bought} base units",
        outcome.summary.transactions
    );
    Ok(())
}
