//! What is read at the end of a step: answers of the contracts beside what the events said. Metrics are taken from it, invariants
//! hold its two halves against each other.

use alloy_primitives::{Address, U256};
use mintage_abi::{IPair, IToken, ITreasury};

use crate::amount::{to_f64, whole};
use crate::error::LabError;
use crate::ledger::TokenBook;
use crate::market;
use crate::metrics::{Metric, Value};
use crate::world::World;

/// One token as its contract answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TokenState {
    /// Total supply, base units.
    pub supply: U256,
    /// Ever minted, base units.
    pub minted: U256,
    /// Ever burned, base units.
    pub burned: U256,
    /// Accounts whose balance differs from what the events said: account, contract's answer, events' answer.
    pub wrong_balances: Vec<(Address, U256, U256)>,
    /// Sum of all balances, base units.
    pub sum_of_balances: U256,
}

/// The pool as its contract answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolState {
    /// Reserves, base units: token, quote.
    pub reserves: (U256, U256),
    /// Supply of pool shares.
    pub shares: U256,
}

/// Everything at the end of a step.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// The step; 0 is the state before the first one.
    pub step: u64,
    /// Unix time.
    pub ts: u64,
    /// Length of a step, seconds.
    pub step_secs: u64,
    /// Outside price, quote per token.
    pub outside_price: f64,
    /// Decimals of token and quote.
    pub decimals: (u8, u8),
    /// The economy's token.
    pub token: TokenState,
    /// The quote token.
    pub quote: TokenState,
    /// The pool.
    pub pool: PoolState,
    /// Treasury's balances, base units: token, quote.
    pub treasury: (U256, U256),
    /// The treasury's own books of the quote token, base units.
    pub treasury_recorded: Option<U256>,
    /// Minted by the emission program, base units.
    pub emission: U256,
    /// Number of buybacks so far.
    pub buybacks: u64,
    /// Spent by them, base units of quote.
    pub buyback_spent: U256,
    /// Bought and burned by them, base units of the token.
    pub buyback_burned: U256,
    /// Value of what they burned at the outside prices of their times, in whole quote tokens.
    pub buyback_value: f64,
    /// Sandwich attackers' gain in whole quote tokens.
    pub attacker_profit: f64,
    /// Concentration, 0 to 10,000.
    pub hhi: f64,
    /// Accounts with tokens.
    pub holders: u64,
    /// Token volume of the step, base units.
    pub volume: U256,
    /// Transactions so far.
    pub transactions: u64,
    /// Gas so far.
    pub gas_used: u64,
}

impl Observation {
    /// The value of a metric.
    pub fn value(&self, metric: Metric) -> Value {
        let token = |base_units| Value::Amount {
            base_units,
            whole: whole(base_units, self.decimals.0),
        };
        let quote = |base_units| Value::Amount {
            base_units,
            whole: whole(base_units, self.decimals.1),
        };
        match metric {
            Metric::OutsidePrice => Value::Number(self.outside_price),
            Metric::PoolPrice => Value::Number(market::pool_price(self.pool.reserves, self.decimals)),
            Metric::Supply => token(self.token.supply),
            Metric::Minted => token(self.token.minted),
            Metric::Burned => token(self.token.burned),
            Metric::Emission => token(self.emission),
            Metric::QuoteSupply => quote(self.quote.supply),
            Metric::Treasury => quote(self.treasury.1),
            Metric::TreasuryToken => token(self.treasury.0),
            Metric::PoolToken => token(self.pool.reserves.0),
            Metric::PoolQuote => quote(self.pool.reserves.1),
            Metric::PoolDepth => quote(market::depth(self.pool.reserves.1, 0.02)),
            Metric::Buybacks => Value::Count(self.buybacks),
            Metric::BuybackSpent => quote(self.buyback_spent),
            Metric::BuybackBurned => token(self.buyback_burned),
            Metric::BuybackEfficiency => Value::Number(self.buyback_efficiency()),
            Metric::AttackerProfit => Value::Number(self.attacker_profit),
            Metric::Hhi => Value::Number(self.hhi),
            Metric::Holders => Value::Count(self.holders),
            Metric::Velocity => Value::Number(self.velocity_per_day()),
            Metric::Transactions => Value::Count(self.transactions),
            Metric::GasUsed => Value::Count(self.gas_used),
        }
    }

    /// Value burned for each quote token spent; 1 before the first buyback, so that plots begin at a perfect market.
    fn buyback_efficiency(&self) -> f64 {
        if self.buyback_spent.is_zero() {
            1.0
        } else {
            self.buyback_value / whole(self.buyback_spent, self.decimals.1)
        }
    }

    fn velocity_per_day(&self) -> f64 {
        if self.token.supply.is_zero() || self.step_secs == 0 {
            return 0.0;
        }
        to_f64(self.volume) / to_f64(self.token.supply) * (86_400.0 / self.step_secs as f64)
    }
}

/// A step's metrics as floats: what plots and a run's memory need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The step.
    pub step: u64,
    values: [f64; Metric::ALL.len()],
}

impl Point {
    /// The metric's value.
    pub fn value(&self, metric: Metric) -> f64 {
        self.values[metric as usize]
    }
}

impl From<&Observation> for Point {
    fn from(seen: &Observation) -> Self {
        Self {
            step: seen.step,
            values: Metric::ALL.map(|m| seen.value(m).as_f64()),
        }
    }
}

/// What an attacker had at the start: account, token, quote.
pub(crate) type AttackerStart = (Address, U256, U256);

/// Reads everything. `all` also asks for the balance of every account, not only of those that moved in the step.
pub(crate) fn observe(
    world: &World,
    step_secs: u64,
    attackers: &[AttackerStart],
    all: bool,
) -> Result<Observation, LabError> {
    let (ledger, sites) = (&world.ledger, &world.sites);
    let pool = read_pool(world)?;
    let treasury_recorded = match sites.treasury {
        Some(t) => Some(world.view(t, ITreasury::recordedOfCall { asset: sites.quote })?),
        None => None,
    };
    let treasury = sites
        .treasury
        .map(|t| (world.token_of(t), world.quote_of(t)))
        .unwrap_or_default();
    let (hhi, holders) = concentration(world);
    Ok(Observation {
        step: world.step(),
        ts: world.now(),
        step_secs,
        outside_price: world.outside_price,
        decimals: world.decimals,
        token: read_token(world, sites.token, &ledger.token, all)?,
        quote: read_token(world, sites.quote, &ledger.quote, all)?,
        pool,
        treasury,
        treasury_recorded,
        emission: ledger.emission.map(|(minted, _)| minted).unwrap_or_default(),
        buybacks: ledger.kicks.len() as u64,
        buyback_spent: ledger
            .kicks
            .iter()
            .fold(U256::ZERO, |sum, k| sum.saturating_add(k.spent)),
        buyback_burned: ledger
            .kicks
            .iter()
            .fold(U256::ZERO, |sum, k| sum.saturating_add(k.bought)),
        buyback_value: ledger
            .kicks
            .iter()
            .map(|k| whole(k.bought, world.decimals.0) * k.outside_price)
            .sum(),
        attacker_profit: attackers.iter().map(|a| attacker_gain(world, a)).sum(),
        hhi,
        holders,
        volume: ledger.token.volume,
        transactions: world.transactions().0,
        gas_used: world.gas_used(),
    })
}

fn read_token(world: &World, token: Address, book: &TokenBook, all: bool) -> Result<TokenState, LabError> {
    let mut wrong_balances = Vec::new();
    let mut check = |account: Address| -> Result<(), LabError> {
        let (answer, said) = (
            world.view(token, IToken::balanceOfCall { account })?,
            book.balance(account),
        );
        if answer != said {
            wrong_balances.push((account, answer, said));
        }
        Ok(())
    };
    if all {
        book.accounts().try_for_each(|(account, _)| check(account))?;
    } else {
        book.touched().try_for_each(&mut check)?;
    }
    Ok(TokenState {
        supply: world.view(token, IToken::totalSupplyCall {})?,
        minted: world.view(token, IToken::totalMintedCall {})?,
        burned: world.view(token, IToken::totalBurnedCall {})?,
        wrong_balances,
        sum_of_balances: book
            .accounts()
            .fold(U256::ZERO, |sum, (_, b)| sum.saturating_add(b)),
    })
}

fn read_pool(world: &World) -> Result<PoolState, LabError> {
    let pair = world.sites.pair;
    let answer = world.view(pair, IPair::getReservesCall {})?;
    let reserves = world
        .sites
        .token_first(U256::from(answer._reserve0), U256::from(answer._reserve1));
    Ok(PoolState {
        reserves,
        shares: world.view(pair, IPair::totalSupplyCall {})?,
    })
}

/// Herfindahl–Hirschman index over holders that are not part of the system, and their number.
fn concentration(world: &World) -> (f64, u64) {
    let held = || {
        let accounts = world.ledger.token.accounts();
        accounts
            .filter(|(a, b)| !b.is_zero() && !world.sites.is_system(*a))
            .map(|(_, b)| to_f64(b))
    };
    let (total, count) = held().fold((0.0, 0), |(sum, n), b| (sum + b, n + 1));
    if total <= 0.0 {
        return (0.0, 0);
    }
    (
        held().map(|b| (b / total) * (b / total)).sum::<f64>() * 10_000.0,
        count,
    )
}

/// Change of what an attacker owns, in whole quote tokens; the change of tokens counts at the outside price.
fn attacker_gain(world: &World, (account, token, quote): &AttackerStart) -> f64 {
    let (token_decimals, quote_decimals) = world.decimals;
    let change = |now: U256, then: U256, decimals| {
        let magnitude = whole(now.abs_diff(then), decimals);
        if now >= then { magnitude } else { -magnitude }
    };
    change(world.quote_of(*account), *quote, quote_decimals)
        + change(world.token_of(*account), *token, token_decimals) * world.outside_price
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_point_keeps_every_metric_in_its_place() {
        let seen = Observation {
            step: 3,
            holders: 7,
            hhi: 0.5,
            transactions: 11,
            gas_used: 13,
            ..Observation::default()
        };
        let point = Point::from(&seen);
        for metric in Metric::ALL {
            assert_eq!(
                point.value(metric),
                seen.value(metric).as_f64(),
                "{}",
                metric.name()
            );
        }
        assert_eq!(point.value(Metric::GasUsed), 13.0);
    }
}
