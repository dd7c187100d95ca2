//! The state at one block.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256};

use super::{BlockId, ChainReader};
use crate::archive::ArchiveView;
use crate::error::ReadError;

/// The state at one block. It stays what it is whatever the chain does; if the chain is taken back to before the block,
/// every read fails with [`ReadError::Reverted`].
#[derive(Clone, Debug)]
pub struct StateView {
    view: ArchiveView,
}

impl StateView {
    /// Balance in wei.
    ///
    /// # Errors
    /// As for all methods here: [`ReadError::Reverted`], or [`ReadError::Remote`] on a fork.
    pub fn balance(&self, address: Address) -> Result<U256, ReadError> {
        Ok(self.view.record(address)?.balance)
    }

    /// Transactions sent by an account, or contracts created by a contract.
    ///
    /// # Errors
    /// As [`StateView::balance`].
    pub fn nonce(&self, address: Address) -> Result<u64, ReadError> {
        Ok(self.view.record(address)?.nonce)
    }

    /// The code at an address; empty where there is none.
    ///
    /// # Errors
    /// As [`StateView::balance`].
    pub fn code(&self, address: Address) -> Result<Bytes, ReadError> {
        Ok(self.view.record(address)?.code.original_bytes())
    }

    /// Hash of the code as EXTCODEHASH gives it: zero where there is no account.
    ///
    /// # Errors
    /// As [`StateView::balance`].
    pub fn code_hash(&self, address: Address) -> Result<B256, ReadError> {
        let record = self.view.record(address)?;
        Ok(if record.is_empty() {
            B256::ZERO
        } else {
            record.code_hash
        })
    }

    /// The word at a storage slot.
    ///
    /// # Errors
    /// As [`StateView::balance`].
    pub fn storage(&self, address: Address, slot: U256) -> Result<U256, ReadError> {
        self.view.slot(address, slot)
    }
}

impl ChainReader {
    /// The state at the end of a block, together with what was changed after it without a transaction.
    ///
    /// # Errors
    /// [`ReadError::UnknownBlock`].
    pub fn state(&self, id: BlockId) -> Result<StateView, ReadError> {
        let entry = self.entry(id)?;
        let view = ArchiveView::new(Arc::clone(&self.ledger.archive), entry.version)?;
        Ok(StateView { view })
    }
}
