//! State of the past: every value that an account or a slot ever had, by version.
//!
//! One writer publishes versions; any number of readers, each pinned to one version, read at the same time. A reader
//! takes the lock of one shard for one look-up, so it never waits for a block to be made. Version numbers are used
//! once: going back drops the versions after a point, and a reader that was pinned to one of them is told so instead
//! of being given values of another history.
//!
//! Blocks, receipts and logs are in [`crate::ledger`]; this is only what the EVM reads.

mod export;
mod leaves;
mod versions;
mod view;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use alloy_primitives::map::{AddressMap, B256Map, HashMap};
use alloy_primitives::{Address, B256, U256};
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};
use revm::bytecode::Bytecode;

use crate::error::ReadError;
use crate::merkle::StateTree;
use crate::state::{Change, Record, State, StateSource};
use versions::Versions;

pub(crate) use export::Written;
pub(crate) use view::ArchiveView;

/// So many locks share the accounts; with a few readers two hardly ever want the same one.
const SHARDS: usize = 64;

/// Number of a version of the state. Later ones are greater; none is used twice.
pub(crate) type Version = u64;

/// An account's history: everything but its code's bytes, and its storage.
#[derive(Clone, Debug, Default)]
struct Account {
    records: Versions<Record>,
    slots: HashMap<U256, Versions<U256>>,
    /// When all storage was dropped: what was written before counts no more.
    cleared: Versions<()>,
    /// Roots of the storage's tree.
    storage_roots: Versions<B256>,
}

impl Account {
    /// What was written to a slot and counts at a version; `None` if nothing was.
    fn slot_at(&self, slot: U256, version: Version) -> Option<U256> {
        let (at, value) = self.slots.get(&slot)?.entry_at(version)?;
        // What is written in the version that clears is written after.
        let counts = self.cleared_at(version).is_none_or(|cleared| at >= cleared);
        counts.then_some(*value)
    }

    /// When its storage was last dropped.
    fn cleared_at(&self, version: Version) -> Option<Version> {
        Some(self.cleared.entry_at(version)?.0)
    }

    /// Its leaf in the tree of the state. An account without anything has none (EIP-161).
    fn leaf_at(&self, version: Version) -> Option<TrieAccount> {
        let record = self.records.at(version);
        let storage_root = self.storage_roots.at(version).copied().unwrap_or(EMPTY_ROOT_HASH);
        if record.is_none_or(Record::is_empty) && storage_root == EMPTY_ROOT_HASH {
            return None;
        }
        let record = record.cloned().unwrap_or_default();
        Some(TrieAccount {
            nonce: record.nonce,
            balance: record.balance,
            storage_root,
            code_hash: record.code_hash,
        })
    }

    fn is_unused(&self) -> bool {
        self.records.is_empty() && self.cleared.is_empty() && self.slots.is_empty()
    }
}

#[derive(Clone, Debug, Default)]
struct Shard {
    accounts: AddressMap<Account>,
    codes: B256Map<Bytecode>,
}

/// Versions that are gone: `first..=last` of each revert.
type Dropped = Vec<(Version, Version)>;

/// All versions of a chain's state.
#[derive(Debug)]
pub(crate) struct Archive {
    shards: [RwLock<Shard>; SHARDS],
    /// The newest version.
    head: AtomicU64,
    /// How many reverts there were, so that a look-up of `dropped` is needed only after one.
    reverts: AtomicU64,
    dropped: RwLock<Dropped>,
    /// Who wrote what in which version, so that a revert touches only that.
    written: RwLock<Vec<(Version, Vec<Change>)>>,
    /// What was there before the first version: the chain that this one is a fork of.
    origin: Option<Arc<dyn StateSource>>,
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Clone for Archive {
    fn clone(&self) -> Self {
        Self {
            shards: std::array::from_fn(|n| RwLock::new(read(&self.shards[n]).clone())),
            head: AtomicU64::new(self.head()),
            reverts: AtomicU64::new(self.reverts.load(Ordering::Acquire)),
            dropped: RwLock::new(read(&self.dropped).clone()),
            written: RwLock::new(read(&self.written).clone()),
            origin: self.origin.clone(),
        }
    }
}

impl Archive {
    pub(crate) fn new(origin: Option<Arc<dyn StateSource>>) -> Self {
        Self {
            shards: std::array::from_fn(|_| RwLock::default()),
            head: AtomicU64::new(0),
            reverts: AtomicU64::new(0),
            dropped: RwLock::default(),
            written: RwLock::default(),
            origin,
        }
    }

    /// The chain that this one is a fork of.
    pub(crate) fn origin(&self) -> Option<&Arc<dyn StateSource>> {
        self.origin.as_ref()
    }

    /// The newest version.
    pub(crate) fn head(&self) -> Version {
        self.head.load(Ordering::Acquire)
    }

    fn shard(&self, address: Address) -> &RwLock<Shard> {
        // Addresses are hashes, but precompiles differ in the last byte only.
        &self.shards[usize::from(address.0[19]) % SHARDS]
    }

    fn code_shard(&self, hash: B256) -> &RwLock<Shard> {
        &self.shards[usize::from(hash.0[0]) % SHARDS]
    }

    /// Writes to an account's versions, while no reader looks at its shard.
    fn change(&self, address: Address, write_to: impl FnOnce(&mut Account)) {
        write_to(write(self.shard(address)).accounts.entry(address).or_default());
    }

    /// Takes over the values of everything in `changes` as they are in `state` now, as a new version, and publishes it.
    /// With it comes the root of the state, for which `tree` is brought up to date. Only the chain's writer calls this.
    pub(crate) fn publish(
        &self,
        state: &State,
        mut changes: Vec<Change>,
        tree: &mut StateTree,
    ) -> (Version, B256) {
        let version = self.next_version();
        // A storage that is dropped after it was written holds what the state says now in any case.
        changes.sort_unstable();
        changes.dedup();
        // It is kept, and most of it were repetitions.
        changes.shrink_to_fit();
        for change in &changes {
            self.take_over(state, *change, version);
        }
        let root = tree.update(self, &changes, version);
        write(&self.written).push((version, changes));
        self.head.store(version, Ordering::Release);
        (version, root)
    }

    /// One more than any that was ever used.
    fn next_version(&self) -> Version {
        let last_dropped = read(&self.dropped)
            .iter()
            .map(|(_, last)| *last)
            .max()
            .unwrap_or(0);
        self.head().max(last_dropped) + 1
    }

    fn take_over(&self, state: &State, change: Change, version: Version) {
        match change {
            Change::Record(address) => {
                let record = state.record(address);
                if !record.code.is_empty() {
                    let mut shard = write(self.code_shard(record.code_hash));
                    shard
                        .codes
                        .entry(record.code_hash)
                        .or_insert_with(|| record.code.clone());
                }
                self.change(address, |account| account.records.set(version, record));
            }
            Change::Slot(address, slot) => {
                let value = state.slot(address, slot);
                self.change(address, |account| {
                    account.slots.entry(slot).or_default().set(version, value)
                });
            }
            Change::Cleared(address) => {
                self.change(address, |account| account.cleared.set(version, ()));
            }
        }
    }

    /// Drops every version after `version`, and gives what had changed in them. Readers pinned to one of them fail from
    /// here on.
    pub(crate) fn truncate(&self, version: Version) -> Vec<Change> {
        let mut undone = Vec::new();
        let head = self.head();
        if head <= version {
            return undone;
        }
        // Announced before anything goes away: who reads a value and then sees no announcement read a whole one.
        let mut dropped = write(&self.dropped);
        while dropped.pop_if(|(first, _)| *first > version).is_some() {}
        dropped.push((version + 1, head));
        drop(dropped);
        self.reverts.fetch_add(1, Ordering::AcqRel);
        self.head.store(version, Ordering::Release);
        let mut written = write(&self.written);
        while let Some((_, changes)) = written.pop_if(|(at, _)| *at > version) {
            for change in changes {
                self.forget(change, version);
                undone.push(change);
            }
        }
        undone.sort_unstable();
        undone.dedup();
        undone
    }

    fn forget(&self, change: Change, version: Version) {
        let address = change.address();
        let mut shard = write(self.shard(address));
        let Some(account) = shard.accounts.get_mut(&address) else {
            return;
        };
        match change {
            Change::Record(_) => account.records.truncate(version),
            Change::Cleared(_) => account.cleared.truncate(version),
            Change::Slot(_, slot) => {
                if let Some(values) = account.slots.get_mut(&slot) {
                    values.truncate(version);
                    if values.is_empty() {
                        account.slots.remove(&slot);
                    }
                }
            }
        }
        account.storage_roots.truncate(version);
        if account.is_unused() {
            shard.accounts.remove(&address);
        }
    }

    /// Whether a version has been dropped.
    fn is_dropped(&self, version: Version) -> bool {
        read(&self.dropped)
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&version))
    }

    fn record_at(&self, address: Address, version: Version) -> Result<Record, ReadError> {
        let held = read(self.shard(address))
            .accounts
            .get(&address)
            .and_then(|account| account.records.at(version).cloned());
        match (held, &self.origin) {
            (Some(record), _) => Ok(record),
            (None, Some(origin)) => origin.record(address),
            (None, None) => Ok(Record::default()),
        }
    }

    fn slot_at(&self, address: Address, slot: U256, version: Version) -> Result<U256, ReadError> {
        let (value, was_cleared) = match read(self.shard(address)).accounts.get(&address) {
            Some(account) => (
                account.slot_at(slot, version),
                account.cleared_at(version).is_some(),
            ),
            None => (None, false),
        };
        match (value, &self.origin) {
            (Some(value), _) => Ok(value),
            (None, Some(origin)) if !was_cleared => origin.slot(address, slot),
            (None, _) => Ok(U256::ZERO),
        }
    }

    fn code(&self, code_hash: B256) -> Result<Option<Bytecode>, ReadError> {
        let held = read(self.code_shard(code_hash)).codes.get(&code_hash).cloned();
        match (held, &self.origin) {
            (Some(code), _) => Ok(Some(code)),
            (None, Some(origin)) => origin.code(code_hash),
            (None, None) => Ok(None),
        }
    }
}
