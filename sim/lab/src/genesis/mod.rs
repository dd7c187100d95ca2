//! The set-up: deploys the programs with their parameters, wires them, hands out what everybody starts with and opens the pool.
//! All of it by transactions, in an order in which nothing ever has more rights than it will keep.

mod programs;

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolConstructor};
use mintage_abi::{IPair, IToken};
use mintage_chain::{Artifact, Chain};

use crate::amount::{from_f64_down, powi10, to_f64};
use crate::error::LabError;
use crate::record::{ProgramRecord, Sink};
use crate::scenario::{Located, Purse, Scenario, ScenarioError, Side};
use crate::sites::Sites;
use crate::source::ProgramSource;
use crate::world::World;

/// An agent's account and what it starts with.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) label: String,
    pub(crate) address: Address,
    pub(crate) token: U256,
    pub(crate) quote: U256,
    /// Quote side of the first deposit into the pool.
    pub(crate) deposit: Option<U256>,
}

/// What the set-up gives.
pub(crate) struct Genesis {
    pub(crate) world: World,
    pub(crate) programs: BTreeMap<String, ProgramRecord>,
}

/// Deploys and wires everything.
pub(crate) fn set_up(
    scenario: &Scenario,
    source: &ProgramSource,
    accounts: &[Account],
    start_price: f64,
    sink: Box<dyn Sink>,
) -> Result<Genesis, LabError> {
    let mut chain = Chain::builder()
        .genesis_ts(scenario.run.start_ts)
        .history(0)
        .build()
        .map_err(|e| LabError::chain("starting the chain", e))?;
    let owner = chain.account("owner");
    for account in accounts {
        chain.account(&account.label);
    }
    chain.auto_mine(false);
    let sites = Sites {
        owner,
        token: Address::ZERO,
        quote: Address::ZERO,
        pair: Address::ZERO,
        token_is_0: true,
        treasury: None,
        emission: None,
        oracle: None,
        buyback: None,
        venue: None,
    };
    let decimals = (
        *scenario.programs.token.decimals,
        *scenario.programs.quote.decimals,
    );
    let mut world = World::new(chain, sites, decimals, sink);
    world.outside_price = start_price;
    world.names.insert(owner, "owner");
    for account in accounts {
        world.names.insert(account.address, &account.label);
    }
    let mut setup = SetUp {
        scenario,
        source,
        world,
        programs: BTreeMap::new(),
    };
    setup.run(accounts, start_price)?;
    Ok(Genesis {
        world: setup.world,
        programs: setup.programs,
    })
}

struct SetUp<'a> {
    scenario: &'a Scenario,
    source: &'a ProgramSource,
    world: World,
    programs: BTreeMap<String, ProgramRecord>,
}

impl SetUp<'_> {
    fn run(&mut self, accounts: &[Account], price: f64) -> Result<(), LabError> {
        self.tokens(accounts)?;
        self.pool()?;
        self.treasury()?;
        self.venue_and_purses(accounts)?;
        self.open_pool(accounts, price)?;
        self.emission()?;
        self.buyback()?;
        self.fees()
    }

    fn initial_supply(&self, side: Side, accounts: &[Account]) -> Result<U256, LabError> {
        let of = |a: &Account| if side == Side::Token { a.token } else { a.quote };
        let venue = self.purse(self.scenario.venue.as_deref(), side)?;
        let treasury = match (&self.scenario.programs.treasury, side) {
            (Some(t), Side::Quote) => self.optional(t.initial.as_ref(), side)?,
            _ => U256::ZERO,
        };
        accounts
            .iter()
            .map(of)
            .chain([venue, treasury])
            .try_fold(U256::ZERO, |sum, x| {
                sum.checked_add(x).ok_or_else(|| {
                    ScenarioError::whole(
                        "what everybody starts with does not fit 256 bits",
                        "lower the purses",
                    )
                    .into()
                })
            })
    }

    fn venue_and_purses(&mut self, accounts: &[Account]) -> Result<(), LabError> {
        if let Some(venue) = self.scenario.venue.clone() {
            let address = self.world.adopt("venue");
            self.world.sites.venue = Some(address);
            for side in [Side::Token, Side::Quote] {
                let amount = self.purse(Some(&venue), side)?;
                self.pay(side, address, amount)?;
            }
        }
        for account in accounts {
            self.pay(Side::Token, account.address, account.token)?;
            self.pay(Side::Quote, account.address, account.quote)?;
        }
        Ok(())
    }

    /// The liquidity providers' first deposits, in the ratio of the outside price.
    fn open_pool(&mut self, accounts: &[Account], price: f64) -> Result<(), LabError> {
        let (token_decimals, quote_decimals) = self.world.decimals;
        let pair = self.world.sites.pair;
        for account in accounts {
            let Some(quote) = account.deposit.filter(|d| !d.is_zero()) else {
                continue;
            };
            let tokens =
                from_f64_down(to_f64(quote) / powi10(quote_decimals) / price * powi10(token_decimals));
            if tokens > account.token || quote > account.quote {
                let message = format!(
                    "{} cannot pay its deposit: it takes {tokens} and {quote} base units",
                    account.label
                );
                return Err(
                    ScenarioError::whole(message, "give the liquidity providers larger purses").into(),
                );
            }
            let (token_site, quote_site) = (self.world.sites.token, self.world.sites.quote);
            let me = account.address;
            let doing = "opening the pool";
            self.send_from(
                me,
                token_site,
                IToken::transferCall {
                    to: pair,
                    value: tokens,
                },
                doing,
            )?;
            self.send_from(
                me,
                quote_site,
                IToken::transferCall {
                    to: pair,
                    value: quote,
                },
                doing,
            )?;
            self.send_from(me, pair, IPair::mintCall { to: me }, doing)?;
        }
        Ok(())
    }

    fn pay(&mut self, side: Side, to: Address, amount: U256) -> Result<(), LabError> {
        self.world.endow(self.world.sites.owner, side, to, amount)
    }

    fn purse(&self, purse: Option<&Purse>, side: Side) -> Result<U256, LabError> {
        let amount = purse.and_then(|p| {
            if side == Side::Token {
                p.token.as_ref()
            } else {
                p.quote.as_ref()
            }
        });
        self.optional(amount, side)
    }

    fn optional(
        &self,
        amount: Option<&Located<crate::scenario::Amount>>,
        side: Side,
    ) -> Result<U256, LabError> {
        Ok(amount.map_or(Ok(U256::ZERO), |a| self.scenario.base_units(a, side))?)
    }

    fn u128(&self, amount: &Located<crate::scenario::Amount>) -> Result<u128, LabError> {
        let base_units = self.scenario.base_units(amount, Side::Quote)?;
        u128::try_from(base_units).map_err(|_| {
            ScenarioError::at(
                amount.span(),
                "this amount does not fit the program's 128 bits",
                "make it smaller",
            )
            .into()
        })
    }

    /// A transaction of the owner's.
    fn send<C: SolCall>(&mut self, to: Address, call: C, doing: &str) -> Result<(), LabError> {
        self.send_from(self.world.sites.owner, to, call, doing)
    }

    fn send_from<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: C,
        doing: &str,
    ) -> Result<(), LabError> {
        let data = Bytes::from(call.abi_encode());
        self.world.set_up(from, to, C::SIGNATURE, data, doing)
    }

    /// Deploys a program; a constructor that refuses its parameters is told at their place in the scenario.
    fn deploy<A: SolConstructor>(
        &mut self,
        program: &'static str,
        name: &str,
        args: &A,
        span: core::ops::Range<usize>,
        place: impl FnOnce(&mut Sites, Address),
    ) -> Result<Address, LabError> {
        let artifact = self.source.artifact(program)?;
        let address = self
            .world
            .deploy(&artifact, name, args, place)?
            .map_err(|reason| {
                let help = format!("the ranges are in contracts/{program}/README.md");
                ScenarioError::at(
                    span,
                    format!("program `{name}` refuses its parameters: {reason}"),
                    help,
                )
            })?;
        self.note(name, address, Some(&artifact));
        Ok(address)
    }

    fn note(&mut self, name: &str, address: Address, artifact: Option<&Artifact>) {
        let chain = &self.world.chain;
        let record = ProgramRecord {
            address: address.to_checksum(None),
            code_hash: chain.code_hash_of(address).to_string(),
            wasm_hash: artifact.map(|a| a.wasm_hash.to_string()),
            source_hash: artifact.map(|a| a.source_hash.to_string()),
            rustc: artifact.map(|a| a.toolchain.rustc.clone()),
            code_bytes: chain.code_at(address).len() as u64,
        };
        self.programs.insert(name.to_string(), record);
    }
}

pub(crate) fn abi_of(program: &str) -> mintage_abi::JsonAbi {
    mintage_abi::json_abi(program).unwrap_or_default()
}
