//! Proofs that an account and its storage are what they are, against a block's state root.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256};

use super::{BlockId, ChainReader};
use crate::archive::ArchiveView;
use crate::error::ReadError;
use crate::merkle::proof;

/// An account with the way to it in the tree of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProof {
    /// The nodes from the root on, in RLP; if there is no such account, the way to where it would be.
    pub nodes: Vec<Bytes>,
    /// Balance in wei.
    pub balance: U256,
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Hash of the code, which is that of nothing where there is none.
    pub code_hash: B256,
    /// Root of the tree of its storage.
    pub storage_root: B256,
    /// The slots that were asked for, in that order.
    pub slots: Vec<SlotProof>,
}

/// A storage slot with the way to it in the tree of its account's storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotProof {
    /// The slot.
    pub slot: U256,
    /// What stands there.
    pub value: U256,
    /// The nodes from the storage's root on, in RLP; none if the storage is empty.
    pub nodes: Vec<Bytes>,
}

impl ChainReader {
    /// An account and slots of it, with proofs against [`SealedBlock::state_root`](crate::SealedBlock::state_root) of a block.
    /// It is the state at the block's end: what was changed later without a transaction is in the next block's. The trees
    /// are made anew from the archive, which takes about a second for a million slots.
    ///
    /// ```
    /// use mintage_chain::{BlockId, Chain, U256};
    /// let mut chain = Chain::builder().archive(true).build()?;
    /// let reader = chain.reader().expect("an archive is kept");
    /// let [alice, bob] = chain.accounts();
    /// chain.tx(alice, bob).value(7).send()?;
    /// let proof = reader.proof(BlockId::Latest, alice, &[U256::ZERO])?;
    /// assert_eq!(proof.nonce, 1);
    /// assert_eq!(alloy_primitives::keccak256(&proof.nodes[0]), reader.head().state_root());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ReadError::UnknownBlock`], [`ReadError::Reverted`], [`ReadError::NotWhole`] on a fork.
    pub fn proof(&self, id: BlockId, address: Address, slots: &[U256]) -> Result<AccountProof, ReadError> {
        let version = self.entry(id)?.sealed_version;
        let view = ArchiveView::new(Arc::clone(&self.ledger.archive), version)?;
        let accounts = view.accounts()?;
        let account = accounts
            .iter()
            .find(|(other, _)| *other == address)
            .map(|(_, account)| *account)
            .unwrap_or_default();
        let values = slots.iter().map(|slot| view.slot(address, *slot));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let (storage_root, ways) = if slots.is_empty() {
            (account.storage_root, Vec::new())
        } else {
            proof::of_slots(view.storage(address)?, slots)
        };
        let nodes = proof::of_account(accounts, address);
        debug_assert_eq!(
            storage_root, account.storage_root,
            "the archive agrees with itself"
        );
        Ok(AccountProof {
            nodes,
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            storage_root,
            slots: slots
                .iter()
                .zip(values)
                .zip(ways)
                .map(|((slot, value), nodes)| SlotProof {
                    slot: *slot,
                    value,
                    nodes,
                })
                .collect(),
        })
    }
}
