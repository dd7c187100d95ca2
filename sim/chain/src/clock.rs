//! Blocks and time: when a block begins and ends, what number and time it has, and how a test moves them.
//!
//! Arbitrum makes a block when there are transactions; its time is never before its parent's and may be equal.
//! `block.number` is the L1 estimate; the number of the block itself is the L2 number of [`Block::number`].

use std::sync::Arc;

use alloy_primitives::Address;
use mintage_vm::runtime::RecentPrograms;

use crate::Chain;
use crate::block::Block;
use crate::error::{ChainError, ReadError, Rejected};
use crate::execute::SEQUENCER;
use crate::ledger::MinedTransaction;
use crate::receipt::Receipt;

/// Seconds between two L1 blocks.
const L1_BLOCK_SECS: u64 = 12;

/// What a transaction takes of a block's budget at least, also the one by which ArbOS starts the block.
pub(crate) const LEAST_BUDGET: u64 = 21_000;

/// A block that has transactions and is not sealed yet.
#[derive(Clone, Debug)]
pub(crate) struct OpenBlock {
    pub(crate) number: u64,
    pub(crate) timestamp: u64,
    pub(crate) l1_number: u64,
    pub(crate) base_fee_wei: u64,
    pub(crate) gas_used: u64,
    /// What of the budget is used up that the chain's owner gives a block.
    pub(crate) budget_used: u64,
    pub(crate) tx_count: u32,
    pub(crate) receipts: Vec<Receipt>,
    /// The same for readers, on a chain that has some.
    pub(crate) mined: Vec<MinedTransaction>,
    /// COINBASE: the sequencer, or who sent what arrives from L1.
    pub(crate) coinbase: Address,
    /// Programs that ran in this block, which are entered at the price of cached ones.
    pub(crate) recent: RecentPrograms,
}

/// How far an open block was.
#[derive(Debug)]
pub(crate) struct OpenMark {
    gas_used: u64,
    budget_used: u64,
    tx_count: u32,
    receipts: usize,
    mined: usize,
    coinbase: Address,
    recent: RecentPrograms,
}

/// Where the chain stands in blocks and time.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    pub(crate) head: Block,
    pub(crate) open: Option<OpenBlock>,
    /// Time of the next block; with a clock outside, the earliest that it can have.
    pub(crate) next_ts: u64,
    /// Time that the next block has in any case.
    pub(crate) exact_ts: Option<u64>,
    /// Seconds that the chain is ahead of the clock outside.
    pub(crate) offset_secs: i64,
    pub(crate) auto_mine: bool,
    /// Seconds that every sealed block moves the clock on.
    pub(crate) interval_secs: u64,
    /// The L1 number was `l1_anchor.0` at time `l1_anchor.1`, and rises by one in 12 seconds.
    pub(crate) l1_anchor: (u64, u64),
}

/// The numbers of the block that a transaction or call runs in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockNumbers {
    pub(crate) number: u64,
    pub(crate) timestamp: u64,
    pub(crate) l1_number: u64,
    pub(crate) base_fee_wei: u64,
    pub(crate) coinbase: Address,
    pub(crate) parent: Block,
}

impl Clock {
    pub(crate) fn genesis(head: Block) -> Self {
        Self {
            head,
            open: None,
            next_ts: head.timestamp,
            exact_ts: None,
            offset_secs: 0,
            auto_mine: true,
            interval_secs: 0,
            l1_anchor: (head.l1_number, head.timestamp),
        }
    }

    /// How far the open block is, if there is one.
    pub(crate) fn mark(&self) -> Option<OpenMark> {
        self.open.as_ref().map(|open| OpenMark {
            gas_used: open.gas_used,
            budget_used: open.budget_used,
            tx_count: open.tx_count,
            receipts: open.receipts.len(),
            mined: open.mined.len(),
            coinbase: open.coinbase,
            recent: open.recent.clone(),
        })
    }

    /// Takes back what was added to the open block since the mark was made, or the block itself if it was begun since.
    pub(crate) fn back_to(&mut self, mark: Option<OpenMark>) {
        let Some(mark) = mark else {
            self.open = None;
            return;
        };
        if let Some(open) = &mut self.open {
            open.gas_used = mark.gas_used;
            open.budget_used = mark.budget_used;
            open.tx_count = mark.tx_count;
            open.receipts.truncate(mark.receipts);
            open.mined.truncate(mark.mined);
            open.coinbase = mark.coinbase;
            open.recent = mark.recent;
        }
    }

    /// Time of the next block when the clock outside shows `wall_secs`; 0 if there is none.
    pub(crate) fn time_at(&self, wall_secs: u64) -> u64 {
        match (self.exact_ts, wall_secs) {
            (Some(ts), _) => ts,
            (None, 0) => self.next_ts,
            (None, _) => wall_secs
                .saturating_add_signed(self.offset_secs)
                .max(self.next_ts),
        }
    }

    /// The numbers of the next block, or of the open one.
    pub(crate) fn pending(&self, wall_secs: u64, next_base_fee_wei: u64) -> BlockNumbers {
        let parent = self.head;
        match &self.open {
            Some(open) => BlockNumbers {
                number: open.number,
                timestamp: open.timestamp,
                l1_number: open.l1_number,
                base_fee_wei: open.base_fee_wei,
                coinbase: open.coinbase,
                parent,
            },
            None => {
                let timestamp = self.time_at(wall_secs);
                BlockNumbers {
                    number: parent.number + 1,
                    timestamp,
                    l1_number: self.l1_at(timestamp),
                    base_fee_wei: next_base_fee_wei,
                    coinbase: SEQUENCER,
                    parent,
                }
            }
        }
    }

    /// The clock is set: the next block has this time, and from there it goes on with the clock outside.
    fn set(&mut self, ts: u64, wall_secs: u64) {
        self.next_ts = ts;
        self.exact_ts = None;
        self.anchor(ts, wall_secs);
    }

    fn anchor(&mut self, ts: u64, wall_secs: u64) {
        if wall_secs > 0 {
            self.offset_secs = i64::try_from(i128::from(ts) - i128::from(wall_secs)).unwrap_or(i64::MAX);
        }
    }

    pub(crate) fn l1_at(&self, timestamp: u64) -> u64 {
        let (number, since) = self.l1_anchor;
        let estimate = number.saturating_add(timestamp.saturating_sub(since) / L1_BLOCK_SECS);
        estimate.max(self.head.l1_number)
    }
}

impl Chain {
    /// The block that the next transaction runs in: the open one, or the one it would open.
    pub(crate) fn pending(&self) -> BlockNumbers {
        let next_base_fee_wei = match self.clock.open {
            Some(_) => 0,
            None => self.machine.pricing.base_fee_wei(&self.state),
        };
        self.clock.pending(self.wall_secs(), next_base_fee_wei)
    }

    /// The chain's time in seconds since 1970: that of the block which the next transaction or call runs in.
    pub fn now(&self) -> u64 {
        match &self.clock.open {
            Some(open) => open.timestamp,
            None => self.clock.time_at(self.wall_secs()),
        }
    }

    /// L2 number of the last sealed block; 0 is the genesis block.
    pub fn block_number(&self) -> u64 {
        self.clock.head.number
    }

    /// What NUMBER gives to the next transaction or call: the L1 block number, which rises by one in 12 seconds of
    /// the chain's time.
    pub fn l1_block_number(&self) -> u64 {
        self.pending().l1_number
    }

    /// Base fee of the block that the next transaction runs in, in wei for a unit of gas.
    pub fn base_fee_wei(&self) -> u64 {
        self.pending().base_fee_wei
    }

    /// Moves the clock on by `secs`. The next block has the new time; a block that is open is sealed first, for a
    /// block has one time. No block is made otherwise. The clock stops at 2^64−1.
    ///
    /// ```
    /// # let mut chain = mintage_chain::Chain::new();
    /// let start = chain.now();
    /// chain.warp(3_600);
    /// assert_eq!(chain.now(), start + 3_600);
    /// ```
    pub fn warp(&mut self, secs: u64) {
        self.seal_if_open();
        let ts = self.now().saturating_add(secs);
        self.clock.set(ts, self.wall_secs());
        self.publish();
    }

    /// Sets the clock. The next block has this time; a block that is open is sealed first.
    ///
    /// # Errors
    /// [`ChainError::TimeGoesBack`] if it is before [`Chain::now`].
    ///
    /// ```
    /// # let mut chain = mintage_chain::Chain::new();
    /// let start = chain.now();
    /// chain.set_timestamp(start)?;
    /// assert!(chain.set_timestamp(start - 1).is_err());
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn set_timestamp(&mut self, ts: u64) -> Result<(), ChainError> {
        let now = self.now();
        if ts < now {
            return Err(ChainError::TimeGoesBack { requested: ts, now });
        }
        if ts > now {
            self.seal_if_open();
        }
        self.clock.set(ts, self.wall_secs());
        self.publish();
        Ok(())
    }

    /// Has the clock go on from a time, whatever the clock outside shows: a fork of a past block lives in that block's time.
    ///
    /// # Errors
    /// [`ChainError::TimeGoesBack`] if it is before the last block's time.
    pub fn go_on_at(&mut self, ts: u64) -> Result<(), ChainError> {
        self.seal_if_open();
        let now = self.clock.head.timestamp;
        if ts < now {
            return Err(ChainError::TimeGoesBack { requested: ts, now });
        }
        self.clock.set(ts, self.wall_secs());
        self.publish();
        Ok(())
    }

    /// Sets the time of the next block alone: it has this time however late it is made, and the clock goes on from
    /// there. A block that is open is sealed first.
    ///
    /// # Errors
    /// [`ChainError::TimeGoesBack`] if it is before the last block's time. Unlike [`Chain::set_timestamp`] it may be
    /// before [`Chain::now`], as far as no block has been made since.
    pub fn set_next_timestamp(&mut self, ts: u64) -> Result<(), ChainError> {
        self.seal_if_open();
        let now = self.clock.head.timestamp;
        if ts < now {
            return Err(ChainError::TimeGoesBack { requested: ts, now });
        }
        self.clock.exact_ts = Some(ts);
        self.publish();
        Ok(())
    }

    /// Sets the L1 block number that the next block sees; from there it goes on rising with time. A block that is
    /// open is sealed first.
    ///
    /// # Errors
    /// [`ChainError::L1GoesBack`] if it is below [`Chain::l1_block_number`].
    pub fn set_l1_block_number(&mut self, number: u64) -> Result<(), ChainError> {
        let now = self.l1_block_number();
        if number < now {
            return Err(ChainError::L1GoesBack {
                requested: number,
                now,
            });
        }
        self.seal_if_open();
        self.clock.l1_anchor = (number, self.now());
        self.publish();
        Ok(())
    }

    /// Sets the base fee of the next block and those after it, in wei for a unit of gas. A block that is open is
    /// sealed first.
    pub fn set_base_fee_wei(&mut self, wei: u64) {
        self.seal_if_open();
        self.machine
            .pricing
            .set_base_fee_wei(Arc::make_mut(&mut self.state), wei);
        self.publish();
    }

    /// Whether each transaction is sealed into a block of its own, which is so at the start. Turning it on seals the
    /// open block.
    ///
    /// ```
    /// # let mut chain = mintage_chain::Chain::new();
    /// # let [alice, bob] = chain.accounts();
    /// chain.auto_mine(false);
    /// chain.tx(alice, bob).value(1).send()?;
    /// chain.tx(bob, alice).value(1).send()?;
    /// assert_eq!(chain.block_number(), 0);
    /// let block = chain.seal_block();
    /// assert_eq!((block.number, block.tx_count), (1, 2));
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn auto_mine(&mut self, on: bool) {
        if on {
            self.seal_if_open();
        }
        self.clock.auto_mine = on;
    }

    /// Seals the open block; without one, an empty block. On a fork whose other chain does not answer there may be no empty
    /// block: the head stays what it was, and [`Chain::take_unread`] tells why.
    pub fn seal_block(&mut self) -> Block {
        let opened = self.whole(|chain| {
            chain.open_block();
            Ok(())
        });
        match opened {
            Err(Rejected::Unreadable(error)) => self.unread = Some(error),
            _ => self.seal_if_open(),
        }
        self.clock.head
    }

    /// Why a block was not made that was asked for since this was last called: what ArbOS needs to start it could not be read
    /// from the chain that this one is a fork of.
    pub fn take_unread(&mut self) -> Option<ReadError> {
        self.unread.take()
    }

    /// Seals `blocks` blocks. Transactions of an open block are in the first; the others are empty. The clock moves
    /// only by the block interval of the builder, which is 0 unless set.
    pub fn mine(&mut self, blocks: u64) {
        for _ in 0..blocks {
            self.seal_block();
        }
    }

    /// The last sealed block.
    pub fn head(&self) -> &Block {
        &self.clock.head
    }

    /// A block by its L2 number, if it is among those that are kept (see [`ChainBuilder::history`]).
    ///
    /// [`ChainBuilder::history`]: crate::ChainBuilder::history
    pub fn block(&self, number: u64) -> Option<&Block> {
        self.kept(number).map(|(block, _)| block)
    }

    /// The receipts of a block by its L2 number, if it is among those that are kept.
    pub fn receipts_of(&self, number: u64) -> Option<&[Receipt]> {
        self.kept(number).map(|(_, receipts)| receipts.as_slice())
    }

    fn kept(&self, number: u64) -> Option<&(Block, Vec<Receipt>)> {
        let first = self.history.front()?.0.number;
        self.history
            .get(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    /// The open block. Begins one if there is none: ArbOS starts it.
    pub(crate) fn open_block(&mut self) -> &mut OpenBlock {
        let next = self.pending();
        if self.clock.open.is_none() {
            self.start_block(next);
        }
        let shows_start = self.node.as_ref().is_some_and(|node| node.internal_transactions);
        self.clock.open.get_or_insert_with(|| OpenBlock {
            number: next.number,
            timestamp: next.timestamp,
            l1_number: next.l1_number,
            base_fee_wei: next.base_fee_wei,
            gas_used: 0,
            budget_used: LEAST_BUDGET,
            tx_count: shows_start.into(),
            receipts: Vec::new(),
            mined: shows_start
                .then(|| MinedTransaction::start_of(&next))
                .into_iter()
                .collect(),
            coinbase: next.coinbase,
            recent: RecentPrograms::default(),
        })
    }

    pub(crate) fn seal_if_open(&mut self) {
        let Some(open) = self.clock.open.take() else {
            return;
        };
        let block = Block {
            timestamp: open.timestamp,
            l1_number: open.l1_number,
            base_fee_wei: open.base_fee_wei,
            ..self
                .clock
                .head
                .successor(open.number, open.gas_used, open.tx_count)
        };
        self.clock.head = block;
        if let Some(ts) = self.clock.exact_ts.take() {
            let wall_secs = self.wall_secs();
            self.clock.anchor(ts, wall_secs);
        }
        self.clock.next_ts = block.timestamp.saturating_add(self.clock.interval_secs);
        self.publish_block(open.mined, open.coinbase);
        if self.history_limit > 0 {
            while self.history.len() >= self.history_limit {
                self.history.pop_front();
            }
            self.history.push_back((block, open.receipts));
        }
    }
}
