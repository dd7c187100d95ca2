//! The archive as a reader pinned to one version sees it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use alloy_primitives::{Address, B256, U256};
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
        self.archive.origin.as_ref()
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
