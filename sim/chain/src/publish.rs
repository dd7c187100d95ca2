//! The writer's side of a chain that was built for a node: what changed is published to the readers.
//!
//! After every public operation of the chain the readers see its result as a whole: a block with its state, or a change
//! made without one. Without [`ChainBuilder::archive`](crate::ChainBuilder::archive) everything here does nothing.

use std::sync::Arc;

use alloy_primitives::{Address, B256};
use mintage_vm::arbos::sends;
use mintage_vm::arbos::storage::Store;

use crate::Chain;
use crate::archive::{Archive, Version};
use crate::ledger::{Entry, HeaderContext, Ledger, MinedTransaction, SealedBlock, Tip};
use crate::merkle::StateTree;
use crate::pool::Pool;
use crate::reader::ChainReader;

/// What the writer has of the node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) ledger: Arc<Ledger>,
    /// The Merkle tree of the newest state.
    pub(crate) tree: StateTree,
    pub(crate) mining: Mining,
    /// Whether blocks begin with ArbOS's own transaction.
    pub(crate) internal_transactions: bool,
    /// The block of another chain that this one is a fork of.
    pub(crate) fork: Option<u64>,
}

/// When transactions that wait are put into blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mining {
    /// At once, each in a block of its own.
    #[default]
    PerTransaction,
    /// When [`Chain::mine_pending`] is called.
    Manual,
}

impl Clone for Node {
    /// An independent copy: readers of the one do not see what happens to the other.
    fn clone(&self) -> Self {
        Self {
            ledger: Arc::new((*self.ledger).clone()),
            tree: self.tree.clone(),
            ..*self
        }
    }
}

/// What a snapshot keeps of the node.
#[derive(Clone, Debug)]
pub(crate) struct SavedNode {
    pub(crate) version: Version,
    pub(crate) head_version: Version,
    pub(crate) pool: Pool,
}

impl Chain {
    /// A reader of this chain, for any thread; `None` unless it was built with
    /// [`ChainBuilder::archive`](crate::ChainBuilder::archive).
    pub fn reader(&self) -> Option<ChainReader> {
        let node = self.node.as_ref()?;
        Some(ChainReader::new(Arc::clone(&node.ledger)))
    }

    /// Makes the chain one with readers. Its state so far becomes that of the head.
    pub(crate) fn open_to_readers(&mut self, archive: Archive, fork: Option<u64>) {
        let ledger = Ledger::new(archive, self.tip());
        self.state_mut().list_changes();
        self.node = Some(Node {
            ledger: Arc::new(ledger),
            tree: StateTree::default(),
            mining: Mining::default(),
            internal_transactions: false,
            fork,
        });
        self.state_mut().note_everything();
        self.publish_block(Vec::new(), Address::ZERO);
    }

    /// Makes the chain go on with the blocks of a saved one, whose state it has.
    pub(crate) fn resume(
        &mut self,
        archive: Archive,
        entries: Vec<Entry>,
        tree: StateTree,
        mining: Mining,
        fork: Option<u64>,
    ) {
        let ledger = Ledger::new(archive, self.tip());
        let state = self.state_mut();
        for pair in entries.windows(2) {
            state
                .l1
                .advance(pair[1].block.l1_block_number, *pair[0].block.numbers());
        }
        state.list_changes();
        entries
            .into_iter()
            .for_each(|entry| ledger.push(entry, self.tip()));
        self.node = Some(Node {
            ledger: Arc::new(ledger),
            tree,
            mining,
            internal_transactions: false,
            fork,
        });
    }

    /// What the clock outside shows, in seconds since 1970; 0 if nobody told.
    pub(crate) fn wall_secs(&self) -> u64 {
        self.node.as_ref().map_or(0, |node| node.ledger.wall_secs())
    }

    fn tip(&self) -> Tip {
        let mut clock = self.clock.clone();
        clock.open = None;
        Tip {
            clock,
            machine: Arc::clone(&self.machine),
            next_base_fee_wei: self.machine.pricing.base_fee_wei(&self.state),
        }
    }

    /// A change without a transaction belongs between blocks.
    pub(crate) fn before_change(&mut self) {
        if self.node.is_some() {
            self.seal_if_open();
        }
    }

    /// Brings the state's changes into the archive. The version that they make, and the root of the state.
    fn archive_changes(&mut self) -> (Version, B256) {
        let changes = self.state_mut().take_changes();
        let Some(node) = &mut self.node else {
            return (0, B256::ZERO);
        };
        let archive = &node.ledger.archive;
        if changes.is_empty() {
            return (archive.head(), node.tree.root());
        }
        archive.publish(&self.state, changes, &mut node.tree)
    }

    /// Shows the readers what was changed without a block. Within a block they see nothing yet.
    pub(crate) fn publish(&mut self) {
        if self.node.is_none() || self.clock.open.is_some() {
            return;
        }
        let (version, _) = self.archive_changes();
        let tip = self.tip();
        if let Some(node) = &self.node {
            node.ledger.update(version, tip);
        }
    }

    /// Shows the readers the block that has just become the head.
    pub(crate) fn publish_block(&mut self, mut mined: Vec<MinedTransaction>, coinbase: Address) {
        if self.node.is_none() {
            return;
        }
        // It is kept for good.
        mined.shrink_to_fit();
        let (version, state_root) = self.archive_changes();
        let (send_count, send_root) = self.sends();
        let collects_tips = self.machine.pricing.collects_tips(&self.state);
        let Some(node) = &self.node else { return };
        let parent = node.ledger.blocks().head().map(|entry| Arc::clone(&entry.block));
        let context = HeaderContext {
            parent_hash: parent.as_ref().map_or(B256::ZERO, |parent| parent.hash),
            parent_timestamp: parent.map_or(self.clock.head.timestamp, |parent| parent.timestamp()),
            coinbase,
            state_root,
            delayed_messages: self.delayed_messages,
            send_count,
            send_root,
            arbos_version: self.arbos_version(),
            collects_tips,
        };
        let block = Arc::new(SealedBlock::new(self.clock.head, mined, context));
        self.clock.head = *block.numbers();
        let tip = self.tip();
        if let Some(node) = &self.node {
            node.ledger.push(Entry::sealed(block, version), tip);
        }
    }

    /// How many messages to L1 there are, and the root of their tree.
    fn sends(&mut self) -> (u64, B256) {
        let read = |store: &mut dyn Store| match sends::count(store)? {
            0 => Ok((0, B256::ZERO)),
            count => Ok((count, sends::root(store)?)),
        };
        // It is in memory since the messages were sent.
        self.arbos_state(read).unwrap_or_default()
    }

    pub(crate) fn save_node(&mut self) -> Option<SavedNode> {
        let (version, _) = self.archive_changes();
        let node = self.node.as_ref()?;
        let head_version = node.ledger.blocks().head().map_or(0, |entry| entry.version);
        Some(SavedNode {
            version,
            head_version,
            pool: node.ledger.pool().clone(),
        })
    }

    pub(crate) fn restore_node(&mut self, saved: SavedNode) {
        // Going back is not a change of its own: the archive drops what it has from after the snapshot.
        self.state_mut().take_changes();
        let tip = self.tip();
        let number = self.clock.head.number;
        if let Some(node) = &mut self.node {
            let undone = node
                .ledger
                .truncate(number, saved.version, saved.head_version, tip);
            node.tree.update(&node.ledger.archive, &undone, saved.version);
            *node.ledger.pool_mut() = saved.pool;
        }
    }
}
