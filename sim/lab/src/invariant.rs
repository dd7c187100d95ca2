//! The invariants: what must hold after every step, whatever the agents do.

use alloy_primitives::{U256, U512};
use mintage_mechanism::emission::Schedule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ledger::{Ledger, TokenBook};
use crate::observe::{Observation, TokenState};
use crate::scenario::{Bound, CapCounts};
use crate::sites::Names;

/// One built-in check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Check {
    /// Supply is what was ever minted less what was ever burned, for both tokens.
    SupplyIdentity,
    /// The balances of all accounts add up to the supply, for both tokens, and each is what the events say.
    SumOfBalances,
    /// The cap is kept, for both tokens.
    Cap,
    /// The treasury never falls below its floor by a payment of its own.
    TreasuryFloor,
    /// The treasury's books agree with its balance.
    TreasuryBooks,
    /// The emission program has minted exactly what the schedule says for the time of its last mint.
    EmissionSchedule,
    /// Buybacks are a hop apart, spend at most a lot and bring at least the oracle's floor.
    BuybackRules,
    /// The pool holds at least its reserves, and its product never falls but by withdrawals of liquidity.
    PoolProduct,
}

impl Check {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::SupplyIdentity,
        Self::SumOfBalances,
        Self::Cap,
        Self::TreasuryFloor,
        Self::TreasuryBooks,
        Self::EmissionSchedule,
        Self::BuybackRules,
        Self::PoolProduct,
    ];
}

/// A check or bound that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The check's or bound's name.
    pub name: String,
    /// The step at whose end it was found.
    pub step: u64,
    /// Unix time.
    pub ts: u64,
    /// What does not fit, with numbers.
    pub message: String,
}

/// What the checks know of the scenario and of the step before.
#[derive(Clone, Debug, Default)]
pub struct Checker {
    checks: Vec<Check>,
    bounds: Vec<Bound>,
    limits: Limits,
    schedule: Option<Schedule>,
    /// Reserves' product and shares at the end of the step before.
    pool: Option<(U512, U256)>,
    treasury: Option<U256>,
    kicks_seen: usize,
}

/// What the programs were deployed with, base units and seconds.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Cap of the token and of the quote token, and what it counts.
    pub caps: [Option<(U256, CapCounts)>; 2],
    /// The treasury's floor.
    pub treasury_floor: U256,
    /// The buyback's lot and hop.
    pub buyback: Option<(U256, u64)>,
}

impl Check {
    /// Its name in scenario files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::SupplyIdentity => "supply_identity",
            Self::SumOfBalances => "sum_of_balances",
            Self::Cap => "cap",
            Self::TreasuryFloor => "treasury_floor",
            Self::TreasuryBooks => "treasury_books",
            Self::EmissionSchedule => "emission_schedule",
            Self::BuybackRules => "buyback_rules",
            Self::PoolProduct => "pool_product",
        }
    }
}

impl Checker {
    /// Checks for a run.
    pub fn new(checks: &[Check], bounds: Vec<Bound>, limits: Limits, schedule: Option<Schedule>) -> Self {
        Self {
            checks: checks.to_vec(),
            bounds,
            limits,
            schedule,
            ..Self::default()
        }
    }

    /// Everything that does not hold at the end of a step.
    pub fn check(&mut self, seen: &Observation, ledger: &Ledger, names: &Names) -> Vec<Violation> {
        let mut found = Vec::new();
        for check in self.checks.clone() {
            if let Err(message) = self.holds(check, seen, ledger, names) {
                found.push((check.name().to_string(), message));
            }
        }
        for bound in &self.bounds {
            let value = seen.value(bound.metric).as_f64();
            let (min, max) = (bound.min.unwrap_or(f64::MIN), bound.max.unwrap_or(f64::MAX));
            if !(min..=max).contains(&value) {
                let limits = match (bound.min, bound.max) {
                    (Some(min), Some(max)) => format!("between {min} and {max}"),
                    (Some(min), None) => format!("at least {min}"),
                    (_, max) => format!("at most {}", max.unwrap_or(f64::MAX)),
                };
                let name = bound.metric.name();
                found.push((
                    format!("bound on {name}"),
                    format!("{name} is {value} and must be {limits}"),
                ));
            }
        }
        self.remember(seen, ledger);
        let violation = |(name, message)| Violation {
            name,
            step: seen.step,
            ts: seen.ts,
            message,
        };
        found.into_iter().map(violation).collect()
    }

    fn remember(&mut self, seen: &Observation, ledger: &Ledger) {
        self.pool = Some((product(seen), seen.pool.shares));
        self.treasury = Some(seen.treasury.1);
        self.kicks_seen = ledger.kicks.len();
    }

    fn holds(&self, check: Check, seen: &Observation, ledger: &Ledger, names: &Names) -> Result<(), String> {
        match check {
            Check::SupplyIdentity => both(seen, ledger, |_, token, book| supply_identity(token, book)),
            Check::SumOfBalances => both(seen, ledger, |_, token, _| sum_of_balances(token, names)),
            Check::Cap => both(seen, ledger, |i, token, _| cap(self.limits.caps[i], token)),
            Check::TreasuryFloor => self.treasury_floor(seen, ledger),
            Check::TreasuryBooks => treasury_books(seen, ledger),
            Check::EmissionSchedule => self.emission_schedule(ledger),
            Check::BuybackRules => self.buyback_rules(ledger),
            Check::PoolProduct => self.pool_product(seen, ledger),
        }
    }

    fn treasury_floor(&self, seen: &Observation, ledger: &Ledger) -> Result<(), String> {
        let floor = self.limits.treasury_floor;
        for (amount, balance) in &ledger.treasury_spent {
            ensure(*balance >= floor, || {
                format!("a payment of {amount} left {balance}, below the floor {floor}")
            })?;
        }
        // Between payments the balance can only grow, so it may be below the floor only if it was so before.
        let least = floor.min(self.treasury.unwrap_or(U256::ZERO));
        ensure(seen.treasury.1 >= least, || {
            format!("the treasury holds {}, below {least}", seen.treasury.1)
        })
    }

    /// The WASM against the same rule run natively.
    fn emission_schedule(&self, ledger: &Ledger) -> Result<(), String> {
        let (Some(schedule), Some((minted, elapsed))) = (&self.schedule, ledger.emission) else {
            return Ok(());
        };
        let issued = schedule
            .issued(elapsed)
            .map_err(|e| format!("the schedule has no value at {elapsed} s: {e}"))?;
        ensure(minted == issued, || {
            format!("{minted} minted after {elapsed} s, the schedule says {issued}")
        })
    }

    fn buyback_rules(&self, ledger: &Ledger) -> Result<(), String> {
        let Some((lot, hop)) = self.limits.buyback else {
            return Ok(());
        };
        for (i, kick) in ledger.kicks.iter().enumerate().skip(self.kicks_seen) {
            ensure(kick.spent <= lot, || {
                format!("buyback {i} spent {}, the lot is {lot}", kick.spent)
            })?;
            ensure(kick.bought >= kick.minimum, || {
                format!(
                    "buyback {i} brought {}, below its floor {}",
                    kick.bought, kick.minimum
                )
            })?;
            if let Some(before) = i.checked_sub(1).and_then(|b| ledger.kicks.get(b)) {
                let gap = kick.ts.saturating_sub(before.ts);
                ensure(gap >= hop, || {
                    format!("buyback {i} came {gap} s after the one before, the hop is {hop} s")
                })?;
            }
        }
        Ok(())
    }

    fn pool_product(&self, seen: &Observation, ledger: &Ledger) -> Result<(), String> {
        let said = ledger.reserves;
        ensure(seen.pool.reserves == said, || {
            format!(
                "the pool's reserves are {:?}, its events said {said:?}",
                seen.pool.reserves
            )
        })?;
        let Some((product_before, shares_before)) = self.pool else {
            return Ok(());
        };
        // k/L^2 never falls: k' L^2 >= k L'^2.
        let square = |shares: U256| U512::from(shares) * U512::from(shares);
        let fine = product(seen) * square(shares_before) >= product_before * square(seen.pool.shares);
        ensure(fine, || {
            "the product of the reserves fell for each pool share".to_string()
        })
    }
}

fn product(seen: &Observation) -> U512 {
    U512::from(seen.pool.reserves.0) * U512::from(seen.pool.reserves.1)
}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}

/// Runs a check on the token (0) and on the quote token (1).
fn both(
    seen: &Observation,
    ledger: &Ledger,
    check: impl Fn(usize, &TokenState, &TokenBook) -> Result<(), String>,
) -> Result<(), String> {
    check(0, &seen.token, &ledger.token).map_err(|m| format!("token: {m}"))?;
    check(1, &seen.quote, &ledger.quote).map_err(|m| format!("quote: {m}"))
}

fn supply_identity(token: &TokenState, book: &TokenBook) -> Result<(), String> {
    let TokenState {
        supply,
        minted,
        burned,
        ..
    } = token;
    let difference = minted.checked_sub(*burned);
    ensure(difference == Some(*supply), || {
        format!("supply {supply} is not minted {minted} less burned {burned}")
    })?;
    ensure(*minted == book.minted && *burned == book.burned, || {
        let (m, b) = (book.minted, book.burned);
        format!("minted {minted} and burned {burned}, but the events say {m} and {b}")
    })
}

fn sum_of_balances(token: &TokenState, names: &Names) -> Result<(), String> {
    if let Some((account, answer, said)) = token.wrong_balances.first() {
        return Err(format!(
            "{} has {answer}, its events say {said}",
            names.of(*account)
        ));
    }
    let (sum, supply) = (token.sum_of_balances, token.supply);
    ensure(sum == supply, || {
        format!("the balances add up to {sum}, the supply is {supply}")
    })
}

fn cap(cap: Option<(U256, CapCounts)>, token: &TokenState) -> Result<(), String> {
    let Some((limit, counts)) = cap else { return Ok(()) };
    let (counted, what) = match counts {
        CapCounts::Lifetime => (token.minted, "minted"),
        CapCounts::Circulating => (token.supply, "in circulation"),
    };
    ensure(counted <= limit, || {
        format!("{counted} {what}, above the cap {limit}")
    })
}

fn treasury_books(seen: &Observation, ledger: &Ledger) -> Result<(), String> {
    let Some(recorded) = seen.treasury_recorded else {
        return Ok(());
    };
    let (said, balance) = (ledger.treasury_books, seen.treasury.1);
    ensure(recorded == said, || {
        format!("the treasury's books say {recorded}, its events {said}")
    })?;
    ensure(recorded <= balance, || {
        format!("the treasury's books say {recorded}, it holds {balance}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Kick;

    fn u(n: u64) -> U256 {
        U256::from(n)
    }

    /// A world in which everything holds: 100 minted, 10 burned, a pool of 50 and 80, a treasury of 30 above a floor of 20.
    fn sound() -> (Observation, Ledger) {
        let token = TokenState {
            supply: u(90),
            minted: u(100),
            burned: u(10),
            wrong_balances: Vec::new(),
            sum_of_balances: u(90),
        };
        let seen = Observation {
            step: 7,
            token: token.clone(),
            quote: token,
            pool: crate::observe::PoolState {
                reserves: (u(50), u(80)),
                shares: u(60),
            },
            treasury: (u(0), u(30)),
            treasury_recorded: Some(u(25)),
            ..Observation::default()
        };
        let mut ledger = Ledger {
            reserves: (u(50), u(80)),
            treasury_books: u(25),
            ..Ledger::default()
        };
        for book in [&mut ledger.token, &mut ledger.quote] {
            (book.minted, book.burned) = (u(100), u(10));
        }
        ledger.emission = Some((u(50), 5));
        ledger.kicks = [1_000, 1_600].map(|ts| kick(ts, 40, 9, 9)).to_vec();
        (seen, ledger)
    }

    fn kick(ts: u64, spent: u64, bought: u64, minimum: u64) -> Kick {
        Kick {
            ts,
            spent: u(spent),
            bought: u(bought),
            minimum: u(minimum),
            outside_price: 1.0,
        }
    }

    fn checker() -> Checker {
        let limits = Limits {
            caps: [
                Some((u(100), CapCounts::Lifetime)),
                Some((u(90), CapCounts::Circulating)),
            ],
            treasury_floor: u(20),
            buyback: Some((u(40), 600)),
        };
        let linear = mintage_mechanism::emission::Linear {
            total: u(100),
            duration_secs: 10,
        };
        Checker::new(&Check::ALL, Vec::new(), limits, Some(Schedule::Linear(linear)))
    }

    /// Names of the checks that fail after a sound step, when a second step is changed.
    fn failing(change: impl FnOnce(&mut Observation, &mut Ledger)) -> Vec<String> {
        let mut checker = checker();
        let (seen, ledger) = sound();
        assert_eq!(checker.check(&seen, &ledger, &Names::default()), []);
        let (mut seen, mut ledger) = sound();
        change(&mut seen, &mut ledger);
        checker
            .check(&seen, &ledger, &Names::default())
            .into_iter()
            .map(|v| v.name)
            .collect()
    }

    #[test]
    fn test_sound_world_passes_every_check() {
        assert!(failing(|_, _| ()).is_empty());
    }

    #[test]
    fn test_each_check_sees_its_fault() {
        assert_eq!(
            failing(|o, _| o.token.supply = u(91)),
            ["supply_identity", "sum_of_balances"]
        );
        assert_eq!(failing(|o, _| o.quote.burned = u(9)), ["supply_identity"]);
        assert_eq!(failing(|_, l| l.token.minted = u(101)), ["supply_identity"]);
        assert_eq!(
            failing(|o, _| o.token.sum_of_balances = u(89)),
            ["sum_of_balances"]
        );
        let wrong = (alloy_primitives::Address::ZERO, u(1), u(2));
        assert_eq!(
            failing(|o, _| o.quote.wrong_balances.push(wrong)),
            ["sum_of_balances"]
        );
        assert_eq!(
            failing(|o, _| o.treasury.1 = u(19)),
            ["treasury_floor", "treasury_books"]
        );
        assert_eq!(
            failing(|_, l| l.treasury_spent.push((u(5), u(19)))),
            ["treasury_floor"]
        );
        assert_eq!(failing(|_, l| l.treasury_books = u(24)), ["treasury_books"]);
        assert_eq!(
            failing(|_, l| l.emission = Some((u(51), 5))),
            ["emission_schedule"]
        );
        assert_eq!(failing(|_, l| l.reserves.0 = u(51)), ["pool_product"]);
        assert_eq!(
            failing(|o, l| (o.pool.reserves, l.reserves) = ((u(49), u(80)), (u(49), u(80)))),
            ["pool_product"]
        );
        assert_eq!(failing(|o, _| o.pool.shares = u(61)), ["pool_product"]);
    }

    #[test]
    fn test_cap_counts_what_it_says() {
        let mint_and_burn = |o: &mut Observation, l: &mut Ledger| {
            for (token, book) in [(&mut o.token, &mut l.token), (&mut o.quote, &mut l.quote)] {
                (token.minted, token.burned, book.minted, book.burned) = (u(101), u(11), u(101), u(11));
            }
        };
        let mut checker = checker();
        let (mut seen, mut ledger) = sound();
        mint_and_burn(&mut seen, &mut ledger);
        let found = checker.check(&seen, &ledger, &Names::default());
        // 101 minted passes the lifetime cap of 100; 90 in circulation keeps the other token's cap.
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].name.as_str(), found[0].message.as_str()),
            ("cap", "token: 101 minted, above the cap 100")
        );
    }

    #[test]
    fn test_buyback_rules_look_at_new_ones_only() {
        let with = |k: Kick| failing(move |_, l| l.kicks.push(k));
        assert!(with(kick(2_200, 40, 9, 9)).is_empty());
        assert_eq!(with(kick(2_199, 40, 9, 9)), ["buyback_rules"]);
        assert_eq!(with(kick(2_200, 41, 9, 9)), ["buyback_rules"]);
        assert_eq!(with(kick(2_200, 40, 8, 9)), ["buyback_rules"]);
    }

    #[test]
    fn test_bounds_are_inclusive() {
        let bound = |min, max| Bound {
            metric: crate::metrics::Metric::Holders,
            min,
            max,
        };
        let check = |b: Bound| {
            let mut checker = Checker::new(&[], vec![b], Limits::default(), None);
            checker
                .check(
                    &Observation {
                        holders: 5,
                        ..Observation::default()
                    },
                    &Ledger::default(),
                    &Names::default(),
                )
                .len()
        };
        assert_eq!(check(bound(Some(5.0), Some(5.0))), 0);
        assert_eq!(check(bound(Some(5.1), None)), 1);
        assert_eq!(check(bound(None, Some(4.9))), 1);
    }
}
