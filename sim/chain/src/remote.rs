//! A chain elsewhere, from which a fork reads what it does not have itself.
//!
//! How the other chain is reached is not here: whoever builds the fork implements [`RemoteState`].

use std::fmt::Debug;
use std::sync::{Arc, PoisonError, RwLock};

use alloy_primitives::map::{AddressMap, B256Map, HashMap};
use alloy_primitives::{Address, B256, Bytes, U256};
use mintage_vm::arbos::schema::schema;
use mintage_vm::state::{ARBOS_STATE_ADDRESS, Space};
use revm::bytecode::Bytecode;
use serde::{Deserialize, Serialize};

use crate::chain::bytecode;
use crate::error::ReadError;
use crate::state::{Record, StateSource};

/// The state of another chain at one block.
pub trait RemoteState: Debug + Send + Sync {
    /// An account; one that does not exist is empty.
    ///
    /// # Errors
    /// Why it cannot be read, in words for the user. It is asked again the next time.
    fn account(&self, address: Address) -> Result<RemoteAccount, String>;

    /// A storage slot.
    ///
    /// # Errors
    /// As [`RemoteState::account`].
    fn storage(&self, address: Address, slot: U256) -> Result<U256, String>;

    /// The hash of a block up to the one that is forked, by its number; `None` if there is none.
    ///
    /// # Errors
    /// As [`RemoteState::account`].
    fn block_hash(&self, number: u64) -> Result<Option<B256>, String>;
}

/// An account of another chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteAccount {
    /// Wei.
    pub balance: U256,
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Code; empty if there is none.
    pub code: Bytes,
}

/// The block after which a fork goes its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForkPoint {
    /// Its L2 number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Its time, in seconds since 1970.
    pub timestamp: u64,
    /// L1 number at its end; of a chain that is no Arbitrum chain its own number, for that is what NUMBER gave there.
    pub l1_block_number: u64,
    /// Base fee in wei, with which a chain goes on that is no Arbitrum chain. ArbOS brings its own.
    pub base_fee_wei: u64,
}

#[derive(Debug, Default)]
struct Known {
    accounts: AddressMap<Record>,
    slots: HashMap<(Address, U256), U256>,
    hashes: HashMap<u64, B256>,
    codes: B256Map<Bytecode>,
}

/// A remote state that is asked once for each thing.
#[derive(Debug)]
pub(crate) struct RemoteSource {
    remote: Arc<dyn RemoteState>,
    /// The other chain's last block that is this one's too.
    last: u64,
    known: RwLock<Known>,
}

impl RemoteSource {
    /// The state at block `last`.
    pub(crate) fn new(remote: Arc<dyn RemoteState>, last: u64) -> Self {
        Self {
            remote,
            last,
            known: RwLock::default(),
        }
    }

    fn known<T>(&self, look_up: impl FnOnce(&Known) -> Option<T>) -> Option<T> {
        look_up(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn learn(&self, learn: impl FnOnce(&mut Known)) {
        learn(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl StateSource for RemoteSource {
    fn record(&self, address: Address) -> Result<Record, ReadError> {
        if let Some(record) = self.known(|known| known.accounts.get(&address).cloned()) {
            return Ok(record);
        }
        // No lock is held while the other chain answers.
        let account = self.remote.account(address).map_err(ReadError::Remote)?;
        let code = bytecode(account.code);
        let record = Record {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: code.hash_slow(),
            code,
        };
        self.learn(|known| {
            known.codes.insert(record.code_hash, record.code.clone());
            known.accounts.insert(address, record.clone());
        });
        Ok(record)
    }

    fn slot(&self, address: Address, slot: U256) -> Result<U256, ReadError> {
        if let Some(value) = self.known(|known| known.slots.get(&(address, slot)).copied()) {
            return Ok(value);
        }
        let value = self.remote.storage(address, slot).map_err(ReadError::Remote)?;
        self.learn(|known| {
            known.slots.insert((address, slot), value);
        });
        Ok(value)
    }

    fn code(&self, code_hash: B256) -> Result<Option<Bytecode>, ReadError> {
        // The EVM asks for code by hash only of accounts that it has read.
        Ok(self.known(|known| known.codes.get(&code_hash).cloned()))
    }

    fn l1_hash(&self, number: u64) -> Result<B256, ReadError> {
        if self.slot(ARBOS_STATE_ADDRESS, schema().root.version)?.is_zero() {
            // No Arbitrum chain: its own numbers are what its contracts know.
            return Ok(self.l2_hash(number)?.unwrap_or_default());
        }
        // ArbOS keeps the hashes of 256 numbers in a ring.
        let ring = Space::root().sub(&[6]);
        Ok(self
            .slot(ARBOS_STATE_ADDRESS, ring.field(1 + number % 256))?
            .into())
    }

    fn l2_hash(&self, number: u64) -> Result<Option<B256>, ReadError> {
        // What the other chain did since is of another history.
        if number > self.last {
            return Ok(None);
        }
        if let Some(hash) = self.known(|known| known.hashes.get(&number).copied()) {
            return Ok(Some(hash));
        }
        let hash = self.remote.block_hash(number).map_err(ReadError::Remote)?;
        // A block that is not there yet may come: the endpoint may only lag behind.
        if let Some(hash) = hash {
            self.learn(|known| {
                known.hashes.insert(number, hash);
            });
        }
        Ok(hash)
    }
}
