//! What a chain that was built for a node keeps for its readers: blocks, the versions of its state, the pool, the
//! numbers of the next block.
//!
//! One writer, the chain, publishes; readers take short locks. A block, its receipts, its logs and its state appear at
//! once, with one write to [`Ledger::blocks`].

mod blocks;
mod sealed;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use alloy_primitives::{Address, B256, U256};
use mintage_vm::arbos::L2BlockHashes;
use mintage_vm::arbos::storage::LedgerError;
use revm::bytecode::Bytecode;

use crate::archive::{Archive, ArchiveView, Version};
use crate::clock::Clock;
use crate::error::ReadError;
use crate::execute::Machine;
use crate::pool::Pool;
use crate::state::{Change, Record, StateSource};
use crate::transaction::TransactionKind;

pub(crate) use blocks::{Blocks, Entry, matches as log_matches};
pub(crate) use sealed::{HeaderContext, bloom_of};
pub use sealed::{MinedTransaction, SealedBlock, TransactionReceipt};

/// What the next block will be like, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct Tip {
    pub(crate) clock: Clock,
    pub(crate) machine: Arc<Machine>,
    pub(crate) next_base_fee_wei: u64,
}

/// Everything that the writer of a chain shares with its readers.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) archive: Arc<Archive>,
    blocks: RwLock<Blocks>,
    tip: RwLock<Arc<Tip>>,
    pool: RwLock<Pool>,
    /// The time outside, in seconds since 1970; 0 if nobody told.
    wall_secs: AtomicU64,
    /// How often something was published.
    revision: AtomicU64,
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Clone for Ledger {
    fn clone(&self) -> Self {
        Self {
            archive: Arc::new((*self.archive).clone()),
            blocks: RwLock::new(self.blocks().clone()),
            tip: RwLock::new(self.tip()),
            pool: RwLock::new(self.pool().clone()),
            wall_secs: AtomicU64::new(self.wall_secs()),
            revision: AtomicU64::new(self.revision()),
        }
    }
}

impl Ledger {
    pub(crate) fn new(archive: Archive, tip: Tip) -> Self {
        Self {
            archive: Arc::new(archive),
            blocks: RwLock::default(),
            tip: RwLock::new(Arc::new(tip)),
            pool: RwLock::default(),
            wall_secs: AtomicU64::new(0),
            revision: AtomicU64::new(0),
        }
    }

    pub(crate) fn blocks(&self) -> RwLockReadGuard<'_, Blocks> {
        read(&self.blocks)
    }

    pub(crate) fn tip(&self) -> Arc<Tip> {
        Arc::clone(&read(&self.tip))
    }

    pub(crate) fn pool(&self) -> RwLockReadGuard<'_, Pool> {
        read(&self.pool)
    }

    pub(crate) fn pool_mut(&self) -> RwLockWriteGuard<'_, Pool> {
        write(&self.pool)
    }

    pub(crate) fn wall_secs(&self) -> u64 {
        self.wall_secs.load(Ordering::Relaxed)
    }

    pub(crate) fn set_wall_secs(&self, secs: u64) {
        self.wall_secs.store(secs, Ordering::Relaxed);
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Publishes a block with the version of the state at its end, and what comes after it. Its transactions wait no more.
    pub(crate) fn push(&self, entry: Entry, tip: Tip) {
        let block = Arc::clone(&entry.block);
        let mut blocks = write(&self.blocks);
        blocks.push(entry);
        *write(&self.tip) = Arc::new(tip);
        self.revision.fetch_add(1, Ordering::AcqRel);
        drop(blocks);
        // Not before it is in a block for everybody: who looks into the pool first and then into the blocks misses none.
        self.forget_used(&block);
    }

    /// Takes those out of the pool whose nonces a block used.
    fn forget_used(&self, block: &SealedBlock) {
        if self.pool().is_empty() {
            return;
        }
        let mut pool = self.pool_mut();
        for mined in &block.transactions {
            let transaction = &mined.transaction;
            if let TransactionKind::Ethereum(_) = transaction.kind() {
                pool.remove_used(transaction.from(), transaction.nonce().saturating_add(1));
            }
        }
    }

    /// Publishes a change of the state, or of the settings, without a block.
    pub(crate) fn update(&self, version: Version, tip: Tip) {
        let mut blocks = write(&self.blocks);
        blocks.set_head_version(version);
        *write(&self.tip) = Arc::new(tip);
        self.revision.fetch_add(1, Ordering::AcqRel);
    }

    /// Back to block `number`, whose state was `head_version`, and to state `version`, which is later if a block was
    /// being made. What of the state was undone.
    pub(crate) fn truncate(
        &self,
        number: u64,
        version: Version,
        head_version: Version,
        tip: Tip,
    ) -> Vec<Change> {
        let mut blocks = write(&self.blocks);
        let undone = self.archive.truncate(version);
        blocks.truncate(number);
        blocks.set_head_version(head_version);
        *write(&self.tip) = Arc::new(tip);
        self.revision.fetch_add(1, Ordering::AcqRel);
        undone
    }
}

impl L2BlockHashes for Ledger {
    fn hash_of(&self, number: u64) -> Result<Option<B256>, LedgerError> {
        let own = self.blocks().get(number).map(|entry| entry.block.hash);
        match (own, self.archive.origin()) {
            (None, Some(origin)) => origin
                .l2_hash(number)
                .map_err(|error| LedgerError(error.to_string())),
            (own, _) => Ok(own),
        }
    }
}

/// The state at one version, with the hashes that BLOCKHASH gives after block `block`.
#[derive(Debug)]
pub(crate) struct PinnedState {
    pub(crate) view: ArchiveView,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) block: u64,
}

impl StateSource for PinnedState {
    fn record(&self, address: Address) -> Result<Record, ReadError> {
        self.view.record(address)
    }

    fn slot(&self, address: Address, slot: U256) -> Result<U256, ReadError> {
        self.view.slot(address, slot)
    }

    fn code(&self, code_hash: B256) -> Result<Option<Bytecode>, ReadError> {
        self.view.code(code_hash)
    }

    fn l1_hash(&self, number: u64) -> Result<B256, ReadError> {
        let own = self.ledger.blocks().l1_hash(number, self.block);
        match (own, self.view.origin()) {
            (Some(hash), _) => Ok(hash),
            (None, Some(origin)) => origin.l1_hash(number),
            (None, None) => Ok(B256::ZERO),
        }
    }

    fn l2_hash(&self, number: u64) -> Result<Option<B256>, ReadError> {
        let own = self.ledger.blocks().get(number).map(|entry| entry.block.hash);
        match (own, self.view.origin()) {
            (None, Some(origin)) => origin.l2_hash(number),
            (own, _) => Ok(own),
        }
    }
}
