//! Transactions that wait for a block: by sender and nonce, oldest arrival first among those that can run.
//!
//! Order and replacement only; whether a transaction is valid is decided in [`crate::submit`] and at its execution.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use alloy_primitives::map::{AddressMap, B256Map};
use alloy_primitives::{Address, B256};

use crate::error::Rejected;
use crate::transaction::Transaction;

/// Percent by which fee and tip must rise for a transaction to take another's place.
const REPLACEMENT_RISE_PERCENT: u128 = 10;

/// Transactions that can wait: what go-ethereum keeps unless told otherwise, 5,120 that can run and 1,024 that cannot yet.
const CAPACITY: usize = 6_144;

/// A waiting transaction.
#[derive(Clone, Debug)]
pub struct PooledTransaction {
    /// The transaction.
    pub transaction: Arc<Transaction>,
    /// Whether all of the sender's nonces before it are used or wait too.
    pub ready: bool,
}

#[derive(Clone, Debug)]
struct Waiting {
    transaction: Arc<Transaction>,
    arrival: u64,
}

/// All waiting transactions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    by_sender: AddressMap<BTreeMap<u64, Waiting>>,
    by_hash: B256Map<(Address, u64)>,
    arrivals: u64,
}

impl Pool {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_hash.is_empty()
    }

    pub(crate) fn get(&self, hash: B256) -> Option<Arc<Transaction>> {
        let (sender, nonce) = self.by_hash.get(&hash)?;
        let waiting = self.by_sender.get(sender)?.get(nonce)?;
        Some(Arc::clone(&waiting.transaction))
    }

    /// A sender's transaction with this nonce.
    pub(crate) fn waiting(&self, sender: Address, nonce: u64) -> Option<Arc<Transaction>> {
        Some(Arc::clone(&self.by_sender.get(&sender)?.get(&nonce)?.transaction))
    }

    pub(crate) fn clear(&mut self) {
        self.by_sender.clear();
        self.by_hash.clear();
    }

    /// Adds a transaction, in the place of one with its nonce if it offers a tenth more, fee and tip.
    pub(crate) fn insert(&mut self, transaction: Arc<Transaction>) -> Result<(), Rejected> {
        if self.by_hash.contains_key(&transaction.hash()) {
            return Err(Rejected::AlreadyKnown);
        }
        let (sender, nonce) = (transaction.from(), transaction.nonce());
        if self.by_hash.len() >= CAPACITY && self.waiting(sender, nonce).is_none() {
            return Err(Rejected::PoolFull { limit: CAPACITY });
        }
        let waiting = self.by_sender.entry(sender).or_default();
        let arrival = match waiting.get(&nonce) {
            Some(old) if !outbids(&transaction, &old.transaction) => {
                return Err(Rejected::ReplacementUnderpriced);
            }
            Some(old) => {
                self.by_hash.remove(&old.transaction.hash());
                old.arrival
            }
            None => {
                self.arrivals += 1;
                self.arrivals
            }
        };
        self.by_hash.insert(transaction.hash(), (sender, nonce));
        waiting.insert(nonce, Waiting { transaction, arrival });
        Ok(())
    }

    /// Takes a transaction out; whether it was there.
    pub(crate) fn remove(&mut self, hash: B256) -> bool {
        let Some((sender, nonce)) = self.by_hash.remove(&hash) else {
            return false;
        };
        if let Some(waiting) = self.by_sender.get_mut(&sender) {
            waiting.remove(&nonce);
            if waiting.is_empty() {
                self.by_sender.remove(&sender);
            }
        }
        true
    }

    /// Takes all transactions of a sender out.
    pub(crate) fn remove_sender(&mut self, sender: Address) {
        for (_, waiting) in self.by_sender.remove(&sender).into_iter().flatten() {
            self.by_hash.remove(&waiting.transaction.hash());
        }
    }

    /// Takes the transactions out whose nonce is used.
    pub(crate) fn remove_used(&mut self, sender: Address, next_nonce: u64) {
        while let Some((_, waiting)) = self
            .by_sender
            .get(&sender)
            .and_then(|waiting| waiting.first_key_value())
            .filter(|(nonce, _)| **nonce < next_nonce)
        {
            let hash = waiting.transaction.hash();
            self.remove(hash);
        }
    }

    /// The nonces of the sender's waiting transactions, rising.
    pub(crate) fn nonces_of(&self, sender: Address) -> Vec<u64> {
        let waiting = self.by_sender.get(&sender);
        waiting.map_or_else(Vec::new, |waiting| waiting.keys().copied().collect())
    }

    /// All of them with their state, oldest first, without those whose nonce is used.
    pub(crate) fn list(&self, next_nonce: impl Fn(Address) -> u64) -> Vec<PooledTransaction> {
        let mut all = Vec::with_capacity(self.by_hash.len());
        for (sender, waiting) in &self.by_sender {
            let next = next_nonce(*sender);
            let ready_before = nonce_after(waiting.keys().copied(), next);
            all.extend(waiting.range(next..).map(|(nonce, one)| {
                let pooled = PooledTransaction {
                    transaction: Arc::clone(&one.transaction),
                    ready: *nonce < ready_before,
                };
                (one.arrival, pooled)
            }));
        }
        all.sort_by_key(|(arrival, _)| *arrival);
        all.into_iter().map(|(_, pooled)| pooled).collect()
    }

    /// Those that can run now, in the order of their arrival: first of each sender the one with its next nonce.
    pub(crate) fn ready(&self, next_nonce: impl Fn(Address) -> u64) -> Ready {
        let mut queue = BinaryHeap::new();
        for (sender, waiting) in &self.by_sender {
            let nonce = next_nonce(*sender);
            if let Some(first) = waiting.get(&nonce) {
                queue.push(Reverse((first.arrival, *sender, nonce)));
            }
        }
        Ready { queue }
    }
}

/// A walk over a pool in the order in which a block takes transactions.
#[derive(Debug)]
pub(crate) struct Ready {
    queue: BinaryHeap<Reverse<(u64, Address, u64)>>,
}

impl Ready {
    /// The next one.
    pub(crate) fn next(&mut self, pool: &Pool) -> Option<Arc<Transaction>> {
        let Reverse((_, sender, nonce)) = self.queue.pop()?;
        let waiting = pool.by_sender.get(&sender)?.get(&nonce)?;
        Some(Arc::clone(&waiting.transaction))
    }

    /// The one that was given last has run: its sender's next may follow.
    pub(crate) fn follow(&mut self, pool: &Pool, done: &Transaction) {
        let (sender, nonce) = (done.from(), done.nonce() + 1);
        if let Some(next) = pool
            .by_sender
            .get(&sender)
            .and_then(|waiting| waiting.get(&nonce))
        {
            self.queue.push(Reverse((next.arrival, sender, nonce)));
        }
    }
}

/// The nonce after the run in `nonces`, which rise, that begins at `next`.
pub(crate) fn nonce_after(nonces: impl IntoIterator<Item = u64>, mut next: u64) -> u64 {
    for nonce in nonces {
        if nonce == next {
            next = next.saturating_add(1);
        }
    }
    next
}

fn outbids(new: &Transaction, old: &Transaction) -> bool {
    let tip = |tx: &Transaction| tx.max_priority_fee_per_gas().unwrap_or(tx.max_fee_per_gas());
    let rises = |new: u128, old: u128| {
        let least = old.saturating_add(old.saturating_mul(REPLACEMENT_RISE_PERCENT).div_ceil(100));
        new >= least
    };
    new.max_fee_per_gas() > old.max_fee_per_gas()
        && rises(new.max_fee_per_gas(), old.max_fee_per_gas())
        && rises(tip(new), tip(old))
}
