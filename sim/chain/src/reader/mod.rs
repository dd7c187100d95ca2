//! What other threads see of a chain: blocks, transactions, logs, state at any block, calls on it.
//!
//! A reader never waits for the writer to finish anything: it takes short locks and works on what has been published.

mod calls;
mod estimate;
mod fees;
mod proof;
mod scratch;
mod view;

use std::sync::Arc;

use alloy_primitives::{Address, B256};

use crate::error::ReadError;
use crate::ledger::{Entry, Ledger, SealedBlock};
use crate::logs::{LogEntry, LogQuery, LogQueryError};
use crate::pool::{PooledTransaction, nonce_after};
use crate::transaction::Transaction;

pub use calls::{AccessListOutcome, CallError, CallOutcome, CallRequest};
pub use fees::FeeHistory;
pub use proof::{AccountProof, SlotProof};
pub use scratch::Replay;
pub use view::StateView;

/// A reader of a chain, from [`Chain::reader`](crate::Chain::reader). Clones see the same chain.
///
/// ```
/// use mintage_chain::{BlockId, Chain, U256};
/// let mut chain = Chain::builder().archive(true).build()?;
/// let reader = chain.reader().expect("an archive is kept");
/// let [alice, bob] = chain.accounts();
/// chain.tx(alice, bob).value(7).send()?;
///
/// let head = reader.head();
/// assert_eq!((head.number(), head.transactions.len()), (1, 1));
/// let found = reader.transaction(head.transactions[0].transaction.hash()).expect("it is in block 1");
/// assert_eq!((found.block.hash, found.index), (head.hash, 0));
///
/// let balance = |block| -> Result<U256, mintage_chain::ReadError> { reader.state(block)?.balance(bob) };
/// assert_eq!(balance(BlockId::Latest)? - balance(BlockId::Number(0))?, U256::from(7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChainReader {
    pub(crate) ledger: Arc<Ledger>,
}

/// A block, and by it a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlockId {
    /// By L2 number.
    Number(u64),
    /// By hash.
    Hash(B256),
    /// The oldest.
    Earliest,
    /// The newest.
    #[default]
    Latest,
    /// The state of the newest, in the numbers of the block that would come next.
    Pending,
}

/// The numbers of the block that would come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingHeader {
    /// L2 number.
    pub number: u64,
    /// Hash of the newest block.
    pub parent_hash: B256,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Wei for a unit of gas.
    pub base_fee_wei: u64,
    /// What NUMBER gives.
    pub l1_block_number: u64,
}

/// Where a transaction is.
#[derive(Clone, Debug)]
pub struct Located {
    /// The block.
    pub block: Arc<SealedBlock>,
    /// Its place there.
    pub index: usize,
}

impl ChainReader {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger }
    }

    /// Tells the chain what the clock outside shows, in seconds since 1970: the time of the block that is made next, and of
    /// [`BlockId::Pending`]. Until the first call time moves only when the chain is told to.
    pub fn set_wall_clock(&self, secs: u64) {
        self.ledger.set_wall_secs(secs);
    }

    /// Grows with everything that is published.
    pub fn revision(&self) -> u64 {
        self.ledger.revision()
    }

    /// What CHAINID gives.
    pub fn chain_id(&self) -> u64 {
        self.ledger.tip().machine.chain_id()
    }

    /// The ArbOS version whose rules hold for the next block.
    pub fn arbos_version(&self) -> u64 {
        self.ledger.tip().machine.arbos().number()
    }

    /// L2 number of the newest block.
    pub fn block_number(&self) -> u64 {
        self.head().number()
    }

    /// The newest block.
    pub fn head(&self) -> Arc<SealedBlock> {
        self.head_entry().block
    }

    fn head_entry(&self) -> Entry {
        let blocks = self.ledger.blocks();
        // A ledger is given its genesis block before there is a reader, and never loses it.
        blocks
            .head()
            .cloned()
            .unwrap_or_else(|| unreachable!("a chain has a first block"))
    }

    /// A block by L2 number.
    pub fn block(&self, number: u64) -> Option<Arc<SealedBlock>> {
        Some(Arc::clone(&self.ledger.blocks().get(number)?.block))
    }

    /// A block by hash.
    pub fn block_by_hash(&self, hash: B256) -> Option<Arc<SealedBlock>> {
        let blocks = self.ledger.blocks();
        Some(Arc::clone(&blocks.get(blocks.number_of(hash)?)?.block))
    }

    /// A sealed block; the newest for [`BlockId::Pending`].
    pub fn block_of(&self, id: BlockId) -> Option<Arc<SealedBlock>> {
        Some(self.entry(id).ok()?.block)
    }

    pub(crate) fn entry(&self, id: BlockId) -> Result<Entry, ReadError> {
        let blocks = self.ledger.blocks();
        let entry = match id {
            BlockId::Number(number) => blocks.get(number),
            BlockId::Hash(hash) => blocks.number_of(hash).and_then(|number| blocks.get(number)),
            BlockId::Earliest => blocks.get(blocks.first()),
            BlockId::Latest | BlockId::Pending => blocks.head(),
        };
        entry.cloned().ok_or(ReadError::UnknownBlock)
    }

    /// The numbers of the block that would come next.
    pub fn pending_header(&self) -> PendingHeader {
        let tip = self.ledger.tip();
        let next = tip.clock.pending(self.ledger.wall_secs(), tip.next_base_fee_wei);
        PendingHeader {
            number: next.number,
            parent_hash: next.parent.hash(),
            timestamp: next.timestamp,
            base_fee_wei: next.base_fee_wei,
            l1_block_number: next.l1_number,
        }
    }

    /// A transaction that is in a block.
    pub fn transaction(&self, hash: B256) -> Option<Located> {
        let (block, index) = self.ledger.blocks().transaction(hash)?;
        Some(Located { block, index })
    }

    /// A transaction that waits for a block. Who wants one wherever it is asks here first and then for
    /// [`ChainReader::transaction`]: it leaves the pool when it can be found in its block.
    pub fn pending_transaction(&self, hash: B256) -> Option<Arc<Transaction>> {
        self.ledger.pool().get(hash)
    }

    /// All transactions that wait for a block, oldest first.
    ///
    /// # Errors
    /// If the senders' nonces cannot be read.
    pub fn pool(&self) -> Result<Vec<PooledTransaction>, ReadError> {
        // The state is read after it, so that what a block takes meanwhile is seen to be used; and without its lock.
        let pool = self.ledger.pool().clone();
        if pool.is_empty() {
            return Ok(Vec::new());
        }
        let state = self.state(BlockId::Latest)?;
        Ok(pool.list(|sender| state.nonce(sender).unwrap_or(0)))
    }

    /// The nonce that an account's next transaction needs, those that wait counted.
    ///
    /// # Errors
    /// If the account cannot be read.
    pub fn next_nonce(&self, account: Address) -> Result<u64, ReadError> {
        // Before the state: what a block takes meanwhile counts there or here.
        let waiting = self.ledger.pool().nonces_of(account);
        let used = self.state(BlockId::Latest)?.nonce(account)?;
        Ok(nonce_after(waiting, used))
    }

    /// The logs that a query wants, in order.
    ///
    /// # Errors
    /// [`LogQueryError`] for a range that ends before it begins, and for more results than the query allows.
    pub fn logs(&self, query: &LogQuery) -> Result<Vec<LogEntry>, LogQueryError> {
        if query.from > query.to {
            return Err(LogQueryError::Range {
                from: query.from,
                to: query.to,
            });
        }
        // Only the look-up of the blocks is under the lock.
        let candidates = self.ledger.blocks().candidates(query);
        let mut found = Vec::new();
        for block in candidates {
            found.extend(query.in_block(&block));
            if let Some(limit) = query.max_results.filter(|limit| found.len() > *limit) {
                return Err(LogQueryError::TooMany { limit });
            }
        }
        Ok(found)
    }

    /// The logs of one block, by its hash; the query's range does not count.
    ///
    /// # Errors
    /// [`LogQueryError::UnknownBlock`].
    pub fn logs_of_block(&self, hash: B256, query: &LogQuery) -> Result<Vec<LogEntry>, LogQueryError> {
        let block = self.block_by_hash(hash).ok_or(LogQueryError::UnknownBlock)?;
        Ok(query.in_block(&block))
    }
}
