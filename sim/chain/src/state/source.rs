//! What a state can stand on: a source of accounts and slots that may fail.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use alloy_primitives::{Address, B256, U256};
use revm::bytecode::Bytecode;

use super::Record;
use crate::error::ReadError;

/// Accounts, slots and hashes as they were at one moment.
pub(crate) trait StateSource: Debug + Send + Sync {
    fn record(&self, address: Address) -> Result<Record, ReadError>;

    fn slot(&self, address: Address, slot: U256) -> Result<U256, ReadError>;

    fn code(&self, code_hash: B256) -> Result<Option<Bytecode>, ReadError>;

    /// What BLOCKHASH gives for an L1 number within the window.
    fn l1_hash(&self, number: u64) -> Result<B256, ReadError>;

    /// The hash of an L2 block; `None` if there is none.
    fn l2_hash(&self, number: u64) -> Result<Option<B256>, ReadError>;
}

/// A source with the first failure that nobody was told of.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) source: Arc<dyn StateSource>,
    failure: Arc<Mutex<Option<ReadError>>>,
}

impl Base {
    pub(crate) fn new(source: Arc<dyn StateSource>) -> Self {
        Self {
            source,
            failure: Arc::default(),
        }
    }

    /// As the source has it; empty if it cannot be read, which is remembered.
    pub(super) fn record(&self, address: Address) -> Record {
        self.source.record(address).unwrap_or_else(|error| {
            self.remember(error);
            Record::default()
        })
    }

    /// As the source has it; 0 if it cannot be read, which is remembered.
    pub(super) fn slot(&self, address: Address, slot: U256) -> U256 {
        self.source.slot(address, slot).unwrap_or_else(|error| {
            self.remember(error);
            U256::ZERO
        })
    }

    fn remember(&self, error: ReadError) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(error);
    }

    pub(super) fn failure(&self) -> Option<ReadError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
