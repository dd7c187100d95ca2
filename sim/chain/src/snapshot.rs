//! Going back: snapshots of the whole chain.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::Address;
use mintage_vm::arbos::ArbosVersion;

use crate::Chain;
use crate::clock::Clock;
use crate::error::ChainError;
use crate::l1::L1Hashes;
use crate::publish::SavedNode;

/// A point to which a chain can go back. It belongs to the chain that made it, and to clones made after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snapshot(u64);

/// What a snapshot holds besides the state's undo records.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    id: Snapshot,
    clock: Clock,
    l1: L1Hashes,
    labels: Arc<BTreeMap<Address, String>>,
    delayed_messages: u64,
    arbos: ArbosVersion,
    node: Option<SavedNode>,
}

impl From<Snapshot> for u64 {
    fn from(snapshot: Snapshot) -> Self {
        snapshot.0
    }
}

impl From<u64> for Snapshot {
    /// The snapshot of this number, whether or not it is alive: a node names snapshots by numbers.
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl Chain {
    /// Remembers the chain as it is: state, blocks, clock, what waits for a block, settings made since. It costs next to nothing; while it
    /// lives, the values that change are kept once each.
    ///
    /// ```
    /// # let mut chain = mintage_chain::Chain::new();
    /// # let [alice, bob] = chain.accounts();
    /// let snapshot = chain.snapshot();
    /// chain.warp(86_400);
    /// chain.tx(alice, bob).value(5).send()?;
    /// chain.revert_to(snapshot)?;
    /// assert_eq!((chain.block_number(), chain.nonce(alice)), (0, 0));
    /// // It is still alive: go back as often as you like.
    /// chain.tx(alice, bob).value(6).send()?;
    /// chain.revert_to(snapshot)?;
    /// chain.release(snapshot)?;
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn snapshot(&mut self) -> Snapshot {
        let id = Snapshot(self.next_snapshot);
        self.next_snapshot += 1;
        let node = self.save_node();
        self.snapshots.push(Saved {
            id,
            clock: self.clock.clone(),
            l1: self.state.l1.clone(),
            labels: Arc::clone(&self.labels),
            delayed_messages: self.delayed_messages,
            arbos: self.arbos(),
            node,
        });
        self.state_mut().push_snapshot();
        id
    }

    /// Takes the chain back to a snapshot. The snapshot stays alive; those taken after it end. Blocks that
    /// the history has dropped since are not brought back.
    ///
    /// # Errors
    /// [`ChainError::UnknownSnapshot`] if it is not alive.
    pub fn revert_to(&mut self, snapshot: Snapshot) -> Result<(), ChainError> {
        let level = self.level_of(snapshot)?;
        self.snapshots.truncate(level + 1);
        let saved = self.snapshots[level].clone();
        let state = self.state_mut();
        state.revert_to(level);
        state.l1 = saved.l1;
        self.clock = saved.clock;
        self.labels = saved.labels;
        self.delayed_messages = saved.delayed_messages;
        self.set_arbos(saved.arbos);
        while self
            .history
            .back()
            .is_some_and(|(block, _)| block.number > self.clock.head.number)
        {
            self.history.pop_back();
        }
        if let Some(node) = saved.node {
            self.restore_node(node);
        }
        Ok(())
    }

    /// Forgets a snapshot and those taken after it; the chain stays as it is.
    ///
    /// # Errors
    /// [`ChainError::UnknownSnapshot`] if it is not alive.
    pub fn release(&mut self, snapshot: Snapshot) -> Result<(), ChainError> {
        let level = self.level_of(snapshot)?;
        self.snapshots.truncate(level);
        self.state_mut().release(level);
        Ok(())
    }

    fn level_of(&self, snapshot: Snapshot) -> Result<usize, ChainError> {
        self.snapshots
            .binary_search_by_key(&snapshot, |saved| saved.id)
            .map_err(|_| ChainError::UnknownSnapshot(snapshot))
    }
}
