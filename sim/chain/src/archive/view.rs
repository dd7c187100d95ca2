//! The archive as a reader pinned to one version sees it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use alloy_primitives::{Address, B256, U256};
use alloy_trie::TrieAccount;
use revm::bytecode::Bytecode;

use super::{Archive, Version};
use crate::error::ReadError;
use crate::state::{Record, StateSource};

/// State at one version.
#[derive(Clone, Debug)]
pub(crate) struct ArchiveView {
    archive: Arc<Archive>,
    version: Version,
    /// Reverts that there had been when it was pinned.
    reverts: u64,
}

impl ArchiveView {
    /// Pins `version`.
    ///
    /// # Errors
    /// [`ReadError::Reverted`] if it has been dropped.
    pub(crate) fn new(archive: Arc<Archive>, version: Version) -> Result<Self, ReadError> {
        let reverts = archive.reverts.load(Ordering::Acquire);
        if archive.is_dropped(version) {
            return Err(ReadError::Reverted);
        }
        Ok(Self {
            archive,
            version,
            reverts,
        })
    }

    pub(crate) fn record(&self, address: Address) -> Result<Record, ReadError> {
        let record = self.archive.record_at(address, self.version)?;
        self.still_there(record)
    }

    pub(crate) fn slot(&self, address: Address, slot: U256) -> Result<U256, ReadError> {
        let value = self.archive.slot_at(address, slot, self.version)?;
        self.still_there(value)
    }

    pub(crate) fn code(&self, code_hash: B256) -> Result<Option<Bytecode>, ReadError> {
        self.archive.code(code_hash)
    }

    /// The chain that this one is a fork of.
    pub(crate) fn origin(&self) -> Option<&Arc<dyn StateSource>> {
        self.archive.origin()
    }

    /// All accounts with their roots, in no order.
    pub(crate) fn accounts(&self) -> Result<Vec<(Address, TrieAccount)>, ReadError> {
        self.own()?;
        let accounts = self.archive.accounts_at(self.version);
        self.still_there(accounts)
    }

    /// All slots of an account that are not 0, in no order.
    pub(crate) fn storage(&self, address: Address) -> Result<Vec<(U256, U256)>, ReadError> {
        self.own()?;
        let storage = self.archive.storage_at(address, self.version);
        self.still_there(storage)
    }

    /// Of a fork only a part is known.
    fn own(&self) -> Result<(), ReadError> {
        match self.origin() {
            Some(_) => Err(ReadError::NotWhole),
            None => Ok(()),
        }
    }

    /// What was read before this call was whole if it says so: a revert announces itself before it drops anything.
    fn still_there<T>(&self, value: T) -> Result<T, ReadError> {
        let reverts = self.archive.reverts.load(Ordering::Acquire);
        if reverts != self.reverts && self.archive.is_dropped(self.version) {
            return Err(ReadError::Reverted);
        }
        Ok(value)
    }
}
