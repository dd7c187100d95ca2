//! What the chain's events say, kept up to date as an indexer does: balances, flows, reserves, buybacks. Metrics and agents read it;
//! the invariants hold it against what the contracts answer.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use mintage_abi::{IBuyback, IEmission, IPair, IToken, ITreasury};
use mintage_chain::Log;

use crate::sites::Sites;

/// One token's accounts.
#[derive(Clone, Debug, Default)]
pub struct TokenBook {
    balances: BTreeMap<Address, U256>,
    touched: BTreeSet<Address>,
    /// Minted since deployment, base units.
    pub minted: U256,
    /// Burned since deployment, base units.
    pub burned: U256,
    /// Transferred between accounts since the last step, mints and burns aside, base units.
    pub volume: U256,
}

impl TokenBook {
    /// Balance in base units.
    pub fn balance(&self, account: Address) -> U256 {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// All accounts that ever held the token, by address, with their balances.
    pub fn accounts(&self) -> impl Iterator<Item = (Address, U256)> {
        self.balances.iter().map(|(a, b)| (*a, *b))
    }

    /// Accounts whose balance moved since the last step.
    pub fn touched(&self) -> impl Iterator<Item = Address> {
        self.touched.iter().copied()
    }

    /// Begins a new step.
    pub fn begin_step(&mut self) {
        self.touched.clear();
        self.volume = U256::ZERO;
    }

    // Wrapping on purpose: if the events contradict each other, the invariants must see it, not a panic.
    fn transfer(&mut self, event: &IToken::Transfer) {
        if event.from.is_zero() {
            self.minted = self.minted.wrapping_add(event.value);
        } else {
            let from = self.balances.entry(event.from).or_default();
            *from = from.wrapping_sub(event.value);
            self.touched.insert(event.from);
        }
        if event.to.is_zero() {
            self.burned = self.burned.wrapping_add(event.value);
        } else {
            let to = self.balances.entry(event.to).or_default();
            *to = to.wrapping_add(event.value);
            self.touched.insert(event.to);
        }
        if !event.from.is_zero() && !event.to.is_zero() {
            self.volume = self.volume.saturating_add(event.value);
        }
    }
}

/// A buyback as its event tells it, with the outside price at that moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Kick {
    /// Unix time.
    pub ts: u64,
    /// Quote base units spent.
    pub spent: U256,
    /// Token base units bought and burned.
    pub bought: U256,
    /// The oracle's floor for `bought`.
    pub minimum: U256,
    /// Outside price, quote per token.
    pub outside_price: f64,
}

/// Everything that events have said so far.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The economy's token.
    pub token: TokenBook,
    /// The quote token.
    pub quote: TokenBook,
    /// The pool's reserves: of the token, of the quote token.
    pub reserves: (U256, U256),
    /// Buybacks, in order.
    pub kicks: Vec<Kick>,
    /// Quote tokens that left the treasury by `spend`: each amount with the booked balance after it, since the last step.
    pub treasury_spent: Vec<(U256, U256)>,
    /// What the treasury's events say that its books hold of the quote token.
    pub treasury_books: U256,
    /// Emission: total minted and time on the schedule's clock, as of the last mint.
    pub emission: Option<(U256, u64)>,
}

impl Ledger {
    /// Takes in one log of a successful transaction.
    pub fn apply(&mut self, log: &Log, sites: &Sites, now: u64, outside_price: f64) {
        let Some(topic) = log.topics().first().copied() else {
            return;
        };
        let from = |site: Option<Address>| site == Some(log.address);
        if topic == IToken::Transfer::SIGNATURE_HASH {
            if let Ok(event) = IToken::Transfer::decode_log_data(&log.data) {
                if log.address == sites.token {
                    self.token.transfer(&event);
                } else if log.address == sites.quote {
                    self.quote.transfer(&event);
                }
            }
        } else if topic == IPair::Sync::SIGNATURE_HASH && log.address == sites.pair {
            if let Ok(event) = IPair::Sync::decode_log_data(&log.data) {
                self.reserves = sites.token_first(U256::from(event.reserve0), U256::from(event.reserve1));
            }
        } else if from(sites.buyback) && topic == IBuyback::Kicked::SIGNATURE_HASH {
            if let Ok(e) = IBuyback::Kicked::decode_log_data(&log.data) {
                let (spent, bought, minimum) = (e.spent, e.bought, e.minimum);
                self.kicks.push(Kick {
                    ts: now,
                    spent,
                    bought,
                    minimum,
                    outside_price,
                });
            }
        } else if from(sites.emission) && topic == IEmission::Minted::SIGNATURE_HASH {
            if let Ok(e) = IEmission::Minted::decode_log_data(&log.data) {
                self.emission = Some((e.totalMinted, e.elapsedSecs));
            }
        } else if from(sites.treasury) {
            self.apply_treasury(log, sites.quote);
        }
    }

    fn apply_treasury(&mut self, log: &Log, asset: Address) {
        if let Ok(e) = ITreasury::Received::decode_log(log) {
            if e.asset == asset {
                self.treasury_books = self.treasury_books.wrapping_add(e.amount);
            }
        } else if let Ok(e) = ITreasury::Spent::decode_log(log) {
            if e.asset == asset {
                self.treasury_books = self.treasury_books.wrapping_sub(e.amount);
                self.treasury_spent.push((e.amount, e.balance));
            }
        } else if let Ok(e) = ITreasury::Lost::decode_log(log)
            && e.asset == asset
        {
            self.treasury_books = self.treasury_books.wrapping_sub(e.amount);
        }
    }

    /// Begins a new step.
    pub fn begin_step(&mut self) {
        self.token.begin_step();
        self.quote.begin_step();
        self.treasury_spent.clear();
    }
}
