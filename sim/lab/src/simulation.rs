//! The simulation: an event queue of agents over a chain, cut into steps at whose ends the outside price moves, metrics are
//! taken and invariants checked.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::ControlFlow;

use alloy_primitives::{Address, U256};
use mintage_chain::account_of_name;

use crate::agent::{Agent, Context};
use crate::cast;
use crate::error::LabError;
use crate::genesis::{self, Account, Genesis};
use crate::invariant::{Checker, Limits, Violation};
use crate::observe::{AttackerStart, Observation, Point, observe};
use crate::price::OutsidePrice;
use crate::record::{ProgramRecord, Sink, Status, Summary, summary};
use crate::rng::Stream;
use crate::scenario::{Scenario, Side};
use crate::source::ProgramSource;
use crate::world::{PublicTransaction, World};

/// How often the balances of all accounts are asked for, in steps; in the others only of those that moved.
const FULL_AUDIT_STEPS: u64 = 24;

/// An agent with its account and randomness.
struct Seat {
    agent: Box<dyn Agent>,
    address: Address,
    rng: Stream,
}

/// A wake in the queue: earliest first; at the same second in random order, drawn when it was asked for.
type Wake = Reverse<(u64, u64, u64, usize, u32)>;

/// How far a run has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Steps that are done.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// Transactions so far.
    pub transactions: u64,
}

/// How a run ended, and what is to be said about it.
pub struct Outcome {
    /// The numbers.
    pub summary: Summary,
    /// The metrics of all steps, the state before the first one included.
    pub history: Vec<Point>,
    /// Everything at the end of the last step.
    pub last: Observation,
    /// The programs' code.
    pub programs: BTreeMap<String, ProgramRecord>,
    /// The ArbOS version that it ran on.
    pub arbos_version: u64,
}

/// A run in the making.
pub struct Simulation {
    scenario: Scenario,
    world: World,
    programs: BTreeMap<String, ProgramRecord>,
    seats: Vec<Seat>,
    queue: BinaryHeap<Wake>,
    order: Stream,
    sequence: u64,
    price: OutsidePrice,
    checker: Checker,
    attackers: Vec<AttackerStart>,
    history: Vec<Point>,
    last: Observation,
    /// Least that the treasury held at the end of a step, base units of quote.
    lowest_treasury: U256,
}

impl Simulation {
    /// Sets a scenario up: deploys its programs and seats its agents.
    ///
    /// # Errors
    /// The scenario's parameters are refused, or code is missing.
    pub fn new(
        scenario: Scenario,
        source: &ProgramSource,
        files: &dyn crate::cast::PriceFiles,
        sink: Box<dyn Sink>,
    ) -> Result<Self, LabError> {
        let mut price = cast::outside_price(&scenario, files)?;
        let start_price = price.advance(0);
        let accounts = cast::accounts(&scenario)?;
        let Genesis { world, programs } = genesis::set_up(&scenario, source, &accounts, start_price, sink)?;
        let order = Stream::new(scenario.run.seed, 0, "order");
        let checker = checker_of(&scenario)?;
        let mut simulation = Self {
            scenario,
            world,
            programs,
            seats: Vec::new(),
            queue: BinaryHeap::new(),
            order,
            sequence: 0,
            price,
            checker,
            attackers: Vec::new(),
            history: Vec::new(),
            last: Observation::default(),
            lowest_treasury: U256::MAX,
        };
        simulation.seat_cast(&accounts)?;
        // What was handed out is no trade: flows are counted from here.
        simulation.world.begin_step(0);
        Ok(simulation)
    }

    /// The world, for reading.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Adds an agent of one's own. Its account is named `label`; what it starts with is transferred from `from`, an account that
    /// exists (an agent's label, or `venue`), token and quote in base units.
    ///
    /// # Errors
    /// The transfers could not be sent, or there is no account `from`.
    pub fn add_agent(
        &mut self,
        label: &str,
        from: &str,
        token: U256,
        quote: U256,
        agent: Box<dyn Agent>,
    ) -> Result<Address, LabError> {
        let address = self.world.adopt(label);
        let Some(donor) = self.world.names.address(from) else {
            return Err(LabError::SetUp {
                doing: format!("adding {label}"),
                reason: format!("there is no account {from}"),
            });
        };
        for (side, amount) in [(Side::Token, token), (Side::Quote, quote)] {
            self.world.endow(donor, side, address, amount)?;
        }
        self.take_seat(label, address, agent)?;
        Ok(address)
    }

    /// Runs all steps (`until_step`: at most to this one), or until `watch` breaks it off or an invariant is violated.
    ///
    /// # Errors
    /// The chain could not go on, or the records could not be written.
    pub fn run(
        self,
        until_step: Option<u64>,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Outcome, LabError> {
        self.run_and_then(until_step, watch, |_| ())
    }

    /// As [`Simulation::run`], with a last look at the world as it was left.
    ///
    /// # Errors
    /// As [`Simulation::run`].
    pub fn run_and_then(
        mut self,
        until_step: Option<u64>,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
        look: impl FnOnce(&World),
    ) -> Result<Outcome, LabError> {
        let (planned, step_secs) = (self.scenario.steps(), self.scenario.run.step.0);
        let steps = until_step.unwrap_or(planned).min(planned);
        let mut violations = self.end_of_step(step_secs, true)?;
        let mut status = if violations.is_empty() {
            Status::Complete
        } else {
            Status::Violated
        };
        let mut step = 0;
        while status == Status::Complete && step < steps {
            step += 1;
            self.world.begin_step(step);
            let until = self.scenario.run.start_ts + step * step_secs;
            self.act_until(until)?;
            self.world.set_time(until)?;
            let all = step % FULL_AUDIT_STEPS == 0 || step == steps;
            violations = self.end_of_step(step_secs, all)?;
            self.world.outside_price = self.price.advance(step * step_secs);
            if !violations.is_empty() {
                status = Status::Violated;
            } else if watch(Progress {
                step,
                steps,
                transactions: self.world.transactions().0,
            })
            .is_break()
                && step < steps
            {
                status = Status::Interrupted;
            }
        }
        if status == Status::Complete && step < planned {
            status = Status::Interrupted;
        }
        self.world.sink().finish()?;
        look(&self.world);
        Ok(self.outcome(status, step, violations))
    }

    /// Everything that agents do before a moment.
    fn act_until(&mut self, until: u64) -> Result<(), LabError> {
        while self.queue.peek().is_some_and(|Reverse((ts, ..))| *ts < until) {
            let Some(Reverse((ts, _, _, seat, task))) = self.queue.pop() else {
                break;
            };
            self.world.set_time(ts.max(self.world.now()))?;
            let public = self.with_seat(seat, |agent, ctx| agent.act(task, ctx))?;
            for tx in public {
                self.execute_public(&tx)?;
            }
        }
        Ok(())
    }

    /// A public transaction between those who watch: the first in front is the last behind.
    fn execute_public(&mut self, tx: &PublicTransaction) -> Result<(), LabError> {
        let mut watchers: Vec<(u64, usize)> = Vec::new();
        for (i, seat) in self.seats.iter().enumerate() {
            if seat.agent.watches() {
                watchers.push((self.order.bits(), i));
            }
        }
        watchers.sort_unstable();
        // What watchers publish themselves is executed unseen: nobody sandwiches a sandwich here.
        let mut published = Vec::new();
        for (_, seat) in &watchers {
            published.extend(self.with_seat(*seat, |agent, ctx| agent.before_public(tx, ctx))?);
        }
        self.world.send_public(tx)?;
        for (_, seat) in watchers.iter().rev() {
            published.extend(self.with_seat(*seat, |agent, ctx| agent.after_public(tx, ctx))?);
        }
        published
            .iter()
            .try_for_each(|tx| self.world.send_public(tx).map(|_| ()))
    }

    /// Lets an agent act and takes over what it asked for; gives the transactions that it published.
    fn with_seat(
        &mut self,
        index: usize,
        act: impl FnOnce(&mut dyn Agent, &mut Context<'_>) -> Result<(), LabError>,
    ) -> Result<Vec<PublicTransaction>, LabError> {
        let (mut wakes, mut public) = (Vec::new(), Vec::new());
        let Some(seat) = self.seats.get_mut(index) else {
            return Ok(public);
        };
        let mut ctx = Context {
            world: &mut self.world,
            rng: &mut seat.rng,
            me: seat.address,
            wakes: &mut wakes,
            public: &mut public,
        };
        act(seat.agent.as_mut(), &mut ctx)?;
        for (ts, task) in wakes {
            self.sequence += 1;
            self.queue
                .push(Reverse((ts, self.order.bits(), self.sequence, index, task)));
        }
        Ok(public)
    }

    fn end_of_step(&mut self, step_secs: u64, all: bool) -> Result<Vec<Violation>, LabError> {
        let seen = observe(&self.world, step_secs, &self.attackers, all)?;
        let violations = self.checker.check(&seen, &self.world.ledger, &self.world.names);
        self.world.sink().metrics(&seen, &self.scenario.record.metrics)?;
        self.history.push(Point::from(&seen));
        self.lowest_treasury = self.lowest_treasury.min(seen.treasury.1);
        self.last = seen;
        Ok(violations)
    }

    fn seat_cast(&mut self, accounts: &[Account]) -> Result<(), LabError> {
        let cast = cast::agents(&self.scenario, &self.world.sites)?;
        for (account, (agent, attacker)) in accounts.iter().zip(cast) {
            if attacker {
                let (token, quote) = (
                    self.world.token_of(account.address),
                    self.world.quote_of(account.address),
                );
                self.attackers.push((account.address, token, quote));
            }
            self.take_seat(&account.label, account.address, agent)?;
        }
        Ok(())
    }

    fn take_seat(&mut self, label: &str, address: Address, agent: Box<dyn Agent>) -> Result<(), LabError> {
        debug_assert_eq!(address, account_of_name(label));
        let rng = Stream::new(self.scenario.run.seed, 0, &format!("agent/{label}"));
        self.seats.push(Seat { agent, address, rng });
        let public = self.with_seat(self.seats.len() - 1, |agent, ctx| agent.start(ctx))?;
        public
            .iter()
            .try_for_each(|tx| self.world.send_public(tx).map(|_| ()))
    }

    fn outcome(self, status: Status, steps: u64, violations: Vec<Violation>) -> Outcome {
        let (transactions, failed_transactions) = self.world.transactions();
        let last = self.last;
        let programs = &self.scenario.programs;
        let symbols = (programs.token.symbol.as_str(), programs.quote.symbol.as_str());
        let treasury_floor = programs.treasury.as_ref().map(|t| {
            let floor = self
                .scenario
                .base_units(&t.floor, Side::Quote)
                .unwrap_or_default();
            let lowest = self.lowest_treasury;
            summary::FloorRecord {
                floor_base_units: floor.to_string(),
                lowest_base_units: lowest.to_string(),
                held: lowest >= floor,
            }
        });
        let token = &last.token;
        let summary = Summary {
            schema_version: 1,
            scenario: self.scenario.name.to_string(),
            seed: self.scenario.run.seed,
            status,
            steps,
            step_secs: self.scenario.run.step.0,
            transactions,
            failed_transactions,
            metrics: summary::numbers(&last, symbols),
            supply_identity_holds: token.minted.checked_sub(token.burned) == Some(token.supply),
            treasury_floor,
            violations,
            gas: summary::gas_table(self.world.gas_by_method()),
            gas_of_set_up: summary::gas_table(self.world.gas_of_set_up()),
        };
        let arbos_version = self.world.chain.arbos_version();
        Outcome {
            summary,
            history: self.history,
            last,
            programs: self.programs,
            arbos_version,
        }
    }
}

/// The checks of a scenario with the limits that its programs were deployed with.
fn checker_of(scenario: &Scenario) -> Result<Checker, LabError> {
    let programs = &scenario.programs;
    let cap = |side| -> Result<_, LabError> {
        let token = scenario.token(side);
        match &token.cap {
            Some(cap) => Ok(Some((scenario.base_units(cap, side)?, token.cap_counts))),
            None => Ok(None),
        }
    };
    let treasury_floor = match &programs.treasury {
        Some(t) => scenario.base_units(&t.floor, Side::Quote)?,
        None => U256::ZERO,
    };
    let buyback = match &programs.buyback {
        Some(b) => Some((scenario.base_units(&b.lot, Side::Quote)?, b.hop.0)),
        None => None,
    };
    let schedule = match &programs.emission {
        Some(e) => Some(scenario.schedule_words(&e.schedule)?.2),
        None => None,
    };
    let limits = Limits {
        caps: [cap(Side::Token)?, cap(Side::Quote)?],
        treasury_floor,
        buyback,
    };
    let bounds = scenario.bound.iter().map(|b| (**b).clone()).collect();
    Ok(Checker::new(&scenario.invariants, bounds, limits, schedule))
}
