//! The state as one execution reads it.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256};
use revm::bytecode::Bytecode;
use revm::database_interface::Database;
use revm::state::{AccountId, AccountInfo};

use super::{Record, State};
use crate::block::Block;
use crate::error::ReadError;

/// The state as one execution reads it. What the execution writes comes back as a list of changes for
/// [`State::commit`], so reading needs no exclusive access and a read-only call cannot change anything.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) state: Arc<State>,
    /// The L1 number of the block that is executed in, which may be ahead of the last block's.
    pub(crate) l1_number: u64,
    /// The L2 block before it.
    pub(crate) parent: Block,
}

impl Database for Reader {
    type Error = ReadError;

    #[inline]
    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, ReadError> {
        let Some(id) = self.state.ids.get(&address).copied() else {
            return match &self.state.base {
                None => Ok(None),
                Some(base) => Ok(info(&base.source.record(address)?)),
            };
        };
        Ok(info(&self.state.entries[id as usize].record).map(|mut info| {
            info.account_id = AccountId::new(id as usize);
            info
        }))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, ReadError> {
        match (self.state.codes.get(&code_hash), &self.state.base) {
            (Some(code), _) => Ok(code.clone()),
            (None, None) => Ok(Bytecode::default()),
            (None, Some(base)) => Ok(base.source.code(code_hash)?.unwrap_or_default()),
        }
    }

    #[inline]
    fn storage(&mut self, address: Address, index: U256) -> Result<U256, ReadError> {
        let entry = self.state.find(address);
        if let Some(value) = entry.and_then(|entry| entry.storage.get(&index)) {
            return Ok(*value);
        }
        match &self.state.base {
            Some(base) if entry.is_none_or(|entry| !entry.detached) => base.source.slot(address, index),
            _ => Ok(U256::ZERO),
        }
    }

    #[inline]
    fn storage_by_account_id(
        &mut self,
        address: Address,
        id: AccountId,
        key: U256,
    ) -> Result<U256, ReadError> {
        let entry = &self.state.entries[id.get()];
        if let Some(value) = entry.storage.get(&key) {
            return Ok(*value);
        }
        match &self.state.base {
            Some(base) if !entry.detached => base.source.slot(address, key),
            _ => Ok(U256::ZERO),
        }
    }

    /// `number` is an L1 block number, as everything that BLOCKHASH sees on this network.
    fn block_hash(&mut self, number: u64) -> Result<B256, ReadError> {
        match self.state.l1.hash_in_block(number, self.l1_number, self.parent) {
            Some(hash) => Ok(hash),
            None => self
                .state
                .base
                .as_ref()
                .map_or(Ok(B256::ZERO), |base| base.source.l1_hash(number)),
        }
    }
}

fn info(record: &Record) -> Option<AccountInfo> {
    let code = || record.code.clone();
    (!record.is_empty()).then(|| AccountInfo::new(record.balance, record.nonce, record.code_hash, code()))
}
