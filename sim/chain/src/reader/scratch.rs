//! Chains made for one purpose on top of a past state: calls, estimates, traces.

use std::collections::VecDeque;
use std::sync::Arc;

use alloy_primitives::B256;
use mintage_vm::arbos::{ArbosVersion, L2BlockHashes};
use mintage_vm::runtime::RecentPrograms;

use super::{BlockId, ChainReader, Located};
use crate::Chain;
use crate::archive::ArchiveView;
use crate::block::Block;
use crate::clock::{Clock, OpenBlock};
use crate::error::ReadError;
use crate::execute::{Machine, Request};
use crate::inbox::Redeems;
use crate::l1::L1Hashes;
use crate::ledger::{Entry, MinedTransaction, PinnedState, SealedBlock};
use crate::outcome::Touched;
use crate::overrides::Overrides;
use crate::reader::CallError;
use crate::receipt::Receipt;
use crate::state::{Base, State};
use crate::transaction::{Transaction, TransactionKind};

/// A past transaction that is about to run again.
#[derive(Debug)]
pub struct Replay {
    /// A chain of its own in the state right before the transaction, and once it has run right after it.
    pub chain: Chain,
    block: Arc<SealedBlock>,
    index: usize,
    /// Accounts and slots that the transaction looked at: empty until it has run. What stood there is told by `chain`, before
    /// and after.
    pub touched: Vec<Touched>,
}

impl Replay {
    fn mined(&self) -> &MinedTransaction {
        &self.block.transactions[self.index]
    }

    /// The transaction.
    pub fn transaction(&self) -> &Arc<Transaction> {
        &self.mined().transaction
    }

    /// Runs the transaction as it ran then, recording what is done and what is looked at.
    ///
    /// # Errors
    /// [`CallError`] if the state cannot be read.
    pub fn run(&mut self) -> Result<Receipt, CallError> {
        let (receipt, touched) = self.again(true)?;
        self.touched = touched;
        Ok(receipt)
    }

    fn again(&mut self, traced: bool) -> Result<(Receipt, Vec<Touched>), CallError> {
        let transaction = &self.block.transactions[self.index].transaction;
        let ran = if let TransactionKind::Ethereum(_) = transaction.kind() {
            let request = Request {
                traced,
                // Only one made in the process can offer nothing where there is a base fee; without one it is the same.
                free_gas: transaction.max_fee_per_gas() == 0,
                ..Request::of(Arc::clone(transaction))
            };
            self.chain.run_transaction_whole(&request)?
        } else {
            self.chain.run_of_network(transaction, traced)?
        };
        self.chain.readable()?;
        Ok(ran)
    }

    /// After a transaction that has run, the next of its block; `None` after the last.
    #[must_use]
    pub fn following(self) -> Option<Self> {
        let index = self.index + 1;
        (index < self.block.transactions.len()).then_some(Self {
            index,
            touched: Vec::new(),
            ..self
        })
    }
}

impl ChainReader {
    /// A chain of its own on top of the state at a block, with `overrides`. Calls on it run in that block's numbers, or for
    /// [`BlockId::Pending`] in those of the next one. What happens on it changes nothing here.
    ///
    /// # Errors
    /// [`ReadError::UnknownBlock`], [`ReadError::Override`].
    pub fn scratch(&self, id: BlockId, overrides: &Overrides) -> Result<Chain, ReadError> {
        let entry = self.entry(id)?;
        let head = *entry.block.numbers();
        let mut chain = match id {
            BlockId::Pending => {
                let tip = self.ledger.tip();
                let mut clock = tip.clock.clone();
                clock.exact_ts = Some(clock.time_at(self.ledger.wall_secs()));
                clock.head = head;
                self.over(&entry, clock)?
            }
            _ => {
                let mut clock = Clock::genesis(self.parent_of(&entry.block).unwrap_or(head));
                clock.open = Some(reopened(&entry.block));
                self.over(&entry, clock)?
            }
        };
        chain.apply(overrides)?;
        Ok(chain)
    }

    /// The chain as it was before a transaction that is in a block: its block's start and the transactions before it are
    /// executed again.
    ///
    /// # Errors
    /// [`CallError::UnknownTransaction`], [`CallError::Read`] if the state is gone.
    pub fn replay(&self, hash: B256) -> Result<Replay, CallError> {
        let Located { block, index } = self.transaction(hash).ok_or(CallError::UnknownTransaction)?;
        let mut replay = self.replay_block(&block)?.ok_or(CallError::UnknownTransaction)?;
        while replay.index < index {
            replay.again(false)?;
            replay.index += 1;
        }
        Ok(replay)
    }

    /// The first transaction of a block, about to run again; the others follow it. `None` if the block has none.
    ///
    /// # Errors
    /// [`ReadError`] if the state is gone.
    pub fn replay_block(&self, block: &Arc<SealedBlock>) -> Result<Option<Replay>, ReadError> {
        if block.transactions.is_empty() {
            return Ok(None);
        }
        let mut chain = self.before(block)?;
        // Each redeem runs in its own place.
        chain.redeems = Redeems::Hold(VecDeque::new());
        Ok(Some(Replay {
            chain,
            block: Arc::clone(block),
            index: 0,
            touched: Vec::new(),
        }))
    }

    /// A chain of its own about to make a block again: its transactions have to be executed in order.
    ///
    /// # Errors
    /// [`ReadError::UnknownBlock`] of the first block, before which there is nothing.
    pub fn before(&self, block: &SealedBlock) -> Result<Chain, ReadError> {
        let parent_number = block.number().checked_sub(1).ok_or(ReadError::UnknownBlock)?;
        let parent = self.entry(BlockId::Number(parent_number))?;
        let head = *parent.block.numbers();
        let mut clock = Clock::genesis(head);
        clock.exact_ts = Some(block.timestamp());
        clock.l1_anchor = (block.l1_block_number, block.timestamp());
        clock.auto_mine = false;
        self.over(&parent, clock)
    }

    fn parent_of(&self, block: &SealedBlock) -> Option<Block> {
        Some(*self.block(block.number().checked_sub(1)?)?.numbers())
    }

    /// A chain on top of the state of a block, with another clock.
    fn over(&self, entry: &Entry, clock: Clock) -> Result<Chain, ReadError> {
        let head = entry.block.numbers();
        let source = PinnedState {
            view: ArchiveView::new(Arc::clone(&self.ledger.archive), entry.version)?,
            ledger: Arc::clone(&self.ledger),
            block: head.number,
        };
        let state = State::over(Base::new(Arc::new(source)), L1Hashes::new(head.l1_number));
        let mut chain = Chain::assemble(state, self.machine_of(&entry.block), clock, 0);
        chain.l2_hashes = Some(Arc::clone(&self.ledger) as Arc<dyn L2BlockHashes>);
        Ok(chain)
    }

    /// The rules that held at the end of a block.
    fn machine_of(&self, block: &SealedBlock) -> Arc<Machine> {
        let machine = Arc::clone(&self.ledger.tip().machine);
        match ArbosVersion::try_from(block.arbos_version) {
            Ok(version) if version != machine.arbos() => Arc::new(machine.at(version)),
            _ => machine,
        }
    }
}

/// A sealed block as if it were still open, so that what runs next sees its numbers.
fn reopened(block: &SealedBlock) -> OpenBlock {
    let numbers = block.numbers();
    OpenBlock {
        number: numbers.number,
        timestamp: numbers.timestamp,
        l1_number: numbers.l1_number,
        base_fee_wei: numbers.base_fee_wei,
        gas_used: 0,
        budget_used: 0,
        tx_count: 0,
        receipts: Vec::new(),
        mined: Vec::new(),
        coinbase: crate::execute::SEQUENCER,
        recent: RecentPrograms::default(),
    }
}

impl Chain {
    /// Whether everything that was read outside of executions could be read.
    pub(crate) fn readable(&self) -> Result<(), ReadError> {
        self.state.failure().map_or(Ok(()), Err)
    }
}
