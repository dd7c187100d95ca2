//! From a scenario to its people: their accounts, the agents on them, and the outside price they see.

use std::collections::VecDeque;

use alloy_primitives::{Address, U256};
use mintage_chain::account_of_name;

use crate::agent::{self, Agent};
use crate::error::LabError;
use crate::genesis::Account;
use crate::price::{CsvPrices, Gbm, OutsidePrice, PriceProcess};
use crate::rng::Stream;
use crate::scenario::{Amount, Duty, Located, Purse, Scenario, ScenarioError, Side};
use crate::sites::Sites;

/// Reads the files that a scenario names. The library knows no current folder; whoever has the scenario file does.
pub trait PriceFiles {
    /// The text of a file named in the scenario.
    ///
    /// # Errors
    /// It cannot be read; the reason in words.
    fn read(&self, file: &str) -> Result<String, String>;
}

/// No files: for scenarios that name none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl PriceFiles for NoFiles {
    fn read(&self, _file: &str) -> Result<String, String> {
        Err("this run was given no files".to_string())
    }
}

/// The outside price of a scenario.
pub(crate) fn outside_price(scenario: &Scenario, files: &dyn PriceFiles) -> Result<OutsidePrice, LabError> {
    let price = &scenario.price;
    let source: Box<dyn PriceProcess> = if let Some(csv) = &price.csv {
        let wrong = |reason: String| {
            let message = format!("price file {}: {reason}", *csv.file);
            ScenarioError::at(
                csv.file.span(),
                message,
                "it needs a header, a time column from 0 upwards and a price column",
            )
        };
        let text = files.read(&csv.file).map_err(wrong)?;
        Box::new(
            CsvPrices::parse(&text, &csv.time_column, &csv.price_column).map_err(|e| wrong(e.to_string()))?,
        )
    } else if let Some(gbm) = &price.gbm {
        Box::new(Gbm::new((**gbm).clone()))
    } else {
        return Err(ScenarioError::whole("the price has no source", "add [price.gbm] or [price.csv]").into());
    };
    let shocks = price.shock.iter().map(|s| (**s).clone()).collect();
    Ok(OutsidePrice::new(
        source,
        shocks,
        Stream::new(scenario.run.seed, 0, "price"),
    ))
}

/// The accounts of all agents, in the order of [`agents`].
pub(crate) fn accounts(scenario: &Scenario) -> Result<Vec<Account>, LabError> {
    let a = &scenario.agents;
    let mut accounts = Vec::new();
    let mut add =
        |kind: &str, count: u32, purse: &Purse, deposit: Option<&Located<Amount>>| -> Result<(), LabError> {
            let amount = |a: Option<&Located<Amount>>, side| {
                a.map_or(Ok(U256::ZERO), |a| scenario.base_units(a, side))
            };
            let token = amount(purse.token.as_ref(), Side::Token)?;
            let quote = amount(purse.quote.as_ref(), Side::Quote)?;
            let deposit = deposit.map(|d| scenario.base_units(d, Side::Quote)).transpose()?;
            let first = accounts
                .iter()
                .filter(|a: &&Account| a.label.starts_with(&format!("{kind}-")))
                .count();
            for i in 0..count as usize {
                let label = format!("{kind}-{}", first + i);
                accounts.push(Account {
                    address: account_of_name(&label),
                    label,
                    token,
                    quote,
                    deposit,
                });
            }
            Ok(())
        };
    a.liquidity_provider
        .iter()
        .try_for_each(|g| add("liquidity-provider", g.count, &g.purse, Some(&g.deposit)))?;
    a.trader
        .iter()
        .try_for_each(|g| add("trader", g.count, &g.purse, None))?;
    a.arbitrageur
        .iter()
        .try_for_each(|g| add("arbitrageur", g.count, &g.purse, None))?;
    a.holder
        .iter()
        .try_for_each(|g| add("holder", g.count, &g.purse, None))?;
    a.keeper
        .iter()
        .try_for_each(|g| add("keeper", g.count, &Purse::default(), None))?;
    a.panic_seller
        .iter()
        .try_for_each(|g| add("panic-seller", g.count, &g.purse, None))?;
    a.sandwich
        .iter()
        .try_for_each(|g| add("sandwich", g.count, &g.purse, None))?;
    Ok(accounts)
}

/// An agent, and whether it is an attacker.
pub(crate) type Cast = (Box<dyn Agent>, bool);

/// The agents of a scenario.
pub(crate) fn agents(scenario: &Scenario, sites: &Sites) -> Result<Vec<Cast>, LabError> {
    let a = &scenario.agents;
    let quote = |amount: &Located<Amount>| scenario.base_units(amount, Side::Quote);
    let mut cast: Vec<Cast> = Vec::new();
    for g in &a.liquidity_provider {
        let agent = agent::LiquidityProvider {
            changes_per_day: g.changes_per_day.0,
            change_share: g.change_share.0,
            exit_drawdown: g.exit_drawdown.map(|d| d.0),
            high: 0.0,
        };
        seat(&mut cast, g.count, |_| agent.clone());
    }
    for g in &a.trader {
        let agent = agent::Trader {
            trades_per_day: g.trades_per_day.0,
            mean_trade: quote(&g.mean_trade)?,
            buy_share: g.buy_share.0,
        };
        seat(&mut cast, g.count, |_| agent.clone());
    }
    for g in &a.arbitrageur {
        let agent = agent::Arbitrageur {
            every_secs: g.every.0,
            latency_secs: g.latency.0,
            min_profit: quote(&g.min_profit)?.max(U256::ONE),
            venue: sites.venue.filter(|_| g.rebalance),
            target_token: U256::ZERO,
        };
        seat(&mut cast, g.count, |_| agent.clone());
    }
    let peers: Vec<Address> = {
        let holders: u32 = a.holder.iter().map(|g| g.count).sum();
        (0..holders)
            .map(|i| account_of_name(&format!("holder-{i}")))
            .collect()
    };
    for g in &a.holder {
        let mean_transfer = g
            .mean_transfer
            .as_ref()
            .map(|m| scenario.base_units(m, Side::Token))
            .transpose()?;
        let agent = agent::Holder {
            transfers_per_day: g.transfers_per_day.0,
            mean_transfer: mean_transfer.unwrap_or_default(),
            payments_per_day: g.payments_per_day.0,
            mean_payment: g
                .mean_payment
                .as_ref()
                .map(quote)
                .transpose()?
                .unwrap_or_default(),
            peers: peers.clone(),
        };
        seat(&mut cast, g.count, |_| agent.clone());
    }
    for g in &a.keeper {
        let on = |duty| g.duties.contains(&duty);
        seat(&mut cast, g.count, |i| agent::Keeper {
            // A spare comes a latency later than the one before it.
            latency_secs: g.latency.0.saturating_mul(u64::from(i) + 1),
            mint_every_secs: g.mint_every.0,
            emission: on(Duty::Emission),
            oracle: on(Duty::Oracle),
            buyback: on(Duty::Buyback),
        });
    }
    seat_panic_sellers(scenario, &mut cast);
    for g in &a.sandwich {
        let agent = agent::Sandwich {
            success: g.success.0,
            min_profit: quote(&g.min_profit)?,
            bought: U256::ZERO,
        };
        cast.extend((0..g.count).map(|_| (Box::new(agent.clone()) as Box<dyn Agent>, true)));
    }
    Ok(cast)
}

/// Each has a threshold of its own, drawn from its own stream.
fn seat_panic_sellers(scenario: &Scenario, cast: &mut Vec<Cast>) {
    let mut number = 0u64;
    for g in &scenario.agents.panic_seller {
        seat(cast, g.count, |_| {
            let mut nerves = Stream::new(scenario.run.seed, 0, &format!("nerves/panic-seller-{number}"));
            number += 1;
            let (low, high) = (g.drawdown_min.0, g.drawdown_max.0);
            agent::PanicSeller {
                drawdown: low + (high - low) * nerves.unit(),
                sell_share: g.sell_share.0,
                reaction_secs: g.reaction.0,
                memory_secs: g.memory.0,
                highs: VecDeque::new(),
            }
        });
    }
}

fn seat<A: Agent + 'static>(cast: &mut Vec<Cast>, count: u32, mut make: impl FnMut(u32) -> A) {
    cast.extend((0..count).map(|i| (Box::new(make(i)) as Box<dyn Agent>, false)));
}
