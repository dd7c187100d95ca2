//! The state as ArbOS's own rules reach it: at a chain's birth, at the start of blocks, and when transactions are settled.

use alloy_primitives::{Address, Bytes, U256};
use mintage_vm::arbos::storage::{Ledger, LedgerError};
use revm::bytecode::Bytecode;

use super::State;

/// Nothing here fails: what a source cannot give counts as empty, and [`State::failure`] tells it afterwards.
impl Ledger for State {
    fn storage(&mut self, account: Address, slot: U256) -> Result<U256, LedgerError> {
        Ok(self.slot(account, slot))
    }

    fn set_storage(&mut self, account: Address, slot: U256, value: U256) -> Result<(), LedgerError> {
        Self::set_storage(self, account, slot, value);
        Ok(())
    }

    fn balance(&mut self, account: Address) -> Result<U256, LedgerError> {
        Ok(Self::balance(self, account))
    }

    fn set_balance(&mut self, account: Address, wei: U256) -> Result<(), LedgerError> {
        Self::set_balance(self, account, wei);
        Ok(())
    }

    fn set_code(&mut self, account: Address, code: Bytes) -> Result<(), LedgerError> {
        Self::set_code(self, account, Bytecode::new_legacy(code));
        Ok(())
    }

    fn set_nonce(&mut self, account: Address, nonce: u64) -> Result<(), LedgerError> {
        Self::set_nonce(self, account, nonce);
        Ok(())
    }
}
