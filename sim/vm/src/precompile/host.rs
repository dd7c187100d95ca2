//! The EVM as a precompile sees it, free of revm's type parameters: every precompile is compiled once.

use revm::{
    context::{Block, Cfg, Transaction},
    context_interface::{ContextTr, JournalTr, journaled_state::account::JournaledAccountTr},
    primitives::{Address, B256, Bytes, Log, U256},
    state::{Account, EvmState},
};

use crate::{
    arbos::storage::{Ledger, LedgerError},
    frame::{peek_code, peek_code_hash},
};

/// The EVM around one call of a precompile: state with its undo records, block and transaction.
pub trait Host: Ledger {
    /// Emits a log of a precompile.
    fn log(&mut self, log: Log);
    /// An account's code; a delegation's is the marker.
    fn code(&mut self, account: Address) -> Result<Bytes, LedgerError>;
    /// An account's code hash; zero when there is no such account.
    fn code_hash(&mut self, account: Address) -> Result<B256, LedgerError>;
    /// Puts an account into the access list: whether it was not there before.
    fn warm(&mut self, account: Address) -> Result<bool, LedgerError>;
    /// Unix time of the block.
    fn timestamp(&self) -> u64;
    /// L1 number of the block: what NUMBER gives.
    fn l1_number(&self) -> U256;
    /// What BASEFEE gives, in wei.
    fn base_fee_wei(&self) -> u64;
    /// The transaction's sender.
    fn origin(&self) -> Address;
    /// The chain's id.
    fn chain_id(&self) -> u64;
    /// Most bytes of a contract's code.
    fn max_code_size(&self) -> usize;
    /// Open frames, the precompile's own included: 1 for a transaction that calls it directly.
    fn depth(&self) -> usize;
}

/// [`Host`] over a revm context.
#[derive(Debug)]
pub(crate) struct RevmHost<'a, CTX>(pub(crate) &'a mut CTX);

fn failed(error: impl std::fmt::Display) -> LedgerError {
    LedgerError(error.to_string())
}

impl<CTX> RevmHost<'_, CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    /// Changes an account through the journal. ArbOS's own accesses leave no mark in the access list.
    fn change(
        &mut self,
        account: Address,
        change: impl FnOnce(&mut <CTX::Journal as JournalTr>::JournaledAccount<'_>),
    ) -> Result<(), LedgerError> {
        let mut loaded = self.0.journal_mut().load_account_mut(account).map_err(failed)?;
        let was_cold = loaded.is_cold;
        change(&mut loaded.data);
        if was_cold {
            loaded.data.unsafe_mark_cold();
        }
        Ok(())
    }
}

impl<CTX> Ledger for RevmHost<'_, CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    fn storage(&mut self, account: Address, slot: U256) -> Result<U256, LedgerError> {
        let (db, state) = self.0.journal_mut().db_and_state_mut();
        let known = state.get(&account);
        match known.and_then(|account| account.storage.get(&slot)) {
            Some(value) => Ok(value.present_value),
            None => revm::Database::storage(db, account, slot).map_err(failed),
        }
    }

    fn set_storage(&mut self, account: Address, slot: U256, value: U256) -> Result<(), LedgerError> {
        let journal = self.0.journal_mut();
        let was_cold = journal.load_account(account).map_err(failed)?.is_cold;
        journal.touch_account(account);
        journal.sstore(account, slot, value).map_err(failed)?;
        if was_cold && let Some(account) = journal.evm_state_mut().get_mut(&account) {
            account.mark_cold();
        }
        Ok(())
    }

    fn balance(&mut self, account: Address) -> Result<U256, LedgerError> {
        let (db, state) = self.0.journal_mut().db_and_state_mut();
        match state.get(&account) {
            Some(Account { info, .. }) => Ok(info.balance),
            None => revm::Database::basic(db, account)
                .map(|info| info.map_or(U256::ZERO, |info| info.balance))
                .map_err(failed),
        }
    }

    fn set_balance(&mut self, account: Address, wei: U256) -> Result<(), LedgerError> {
        self.change(account, |account| account.set_balance(wei))
    }

    fn set_code(&mut self, account: Address, code: Bytes) -> Result<(), LedgerError> {
        let code = revm::bytecode::Bytecode::new_legacy(code);
        self.change(account, |account| account.set_code_and_hash_slow(code))
    }

    fn set_nonce(&mut self, account: Address, nonce: u64) -> Result<(), LedgerError> {
        self.change(account, |account| account.set_nonce(nonce))
    }
}

impl<CTX> Host for RevmHost<'_, CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    fn log(&mut self, log: Log) {
        self.0.journal_mut().log(log);
    }

    fn code(&mut self, account: Address) -> Result<Bytes, LedgerError> {
        peek_code(self.0, account).map_err(failed)
    }

    fn code_hash(&mut self, account: Address) -> Result<B256, LedgerError> {
        peek_code_hash(self.0, account).map_err(failed)
    }

    fn warm(&mut self, account: Address) -> Result<bool, LedgerError> {
        let loaded = self.0.journal_mut().load_account(account).map_err(failed)?;
        Ok(loaded.is_cold)
    }

    fn timestamp(&self) -> u64 {
        self.0.block().timestamp().saturating_to()
    }

    fn l1_number(&self) -> U256 {
        self.0.block().number()
    }

    fn base_fee_wei(&self) -> u64 {
        self.0.block().basefee()
    }

    fn origin(&self) -> Address {
        self.0.tx().caller()
    }

    fn chain_id(&self) -> u64 {
        self.0.cfg().chain_id()
    }

    fn max_code_size(&self) -> usize {
        self.0.cfg().max_code_size()
    }

    fn depth(&self) -> usize {
        self.0.journal().depth()
    }
}
