//! State and block numbers that a call sees instead of the chain's.

use alloy_primitives::{Address, Bytes, U256};

use crate::Chain;
use crate::chain::bytecode;
use crate::error::ReadError;

/// What a call sees changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Accounts.
    pub state: Vec<(Address, AccountOverride)>,
    /// The block that it runs in.
    pub block: BlockOverrides,
}

/// What is changed of an account; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountOverride {
    /// Balance in wei.
    pub balance: Option<U256>,
    /// Nonce.
    pub nonce: Option<u64>,
    /// Code; precompiles see it as well. At a precompile's address it runs in the precompile's place.
    pub code: Option<Bytes>,
    /// All of its storage: slots that are not listed are 0.
    pub state: Option<Vec<(U256, U256)>>,
    /// Some of its slots.
    pub state_diff: Vec<(U256, U256)>,
    /// Where the precompile of this address stands instead.
    pub move_precompile_to: Option<Address>,
}

/// Numbers of the block; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockOverrides {
    /// L2 number. NUMBER gives the L1 number and stays.
    pub number: Option<u64>,
    /// TIMESTAMP, in seconds since 1970.
    pub time: Option<u64>,
    /// GASLIMIT.
    pub gas_limit: Option<u64>,
    /// COINBASE. Only the sequencer's blocks charge for L1 data.
    pub coinbase: Option<Address>,
    /// BASEFEE in wei.
    pub base_fee_wei: Option<u64>,
    /// DIFFICULTY, which is PREVRANDAO.
    pub difficulty: Option<U256>,
}

impl Chain {
    /// Applies overrides to a chain that was made for a call.
    ///
    /// # Errors
    /// [`ReadError::Override`] if what is to be moved is no precompile, or if its new place is overridden itself.
    pub(crate) fn apply(&mut self, overrides: &Overrides) -> Result<(), ReadError> {
        self.move_precompiles(overrides)?;
        for (address, account) in &overrides.state {
            let state = self.state_mut();
            if let Some(balance) = account.balance {
                state.set_balance(*address, balance);
            }
            if let Some(nonce) = account.nonce {
                state.set_nonce(*address, nonce);
            }
            if let Some(code) = &account.code {
                state.set_code(*address, bytecode(code.clone()));
            }
            if let Some(slots) = &account.state {
                state.replace_storage(*address, slots);
            }
            for (slot, value) in &account.state_diff {
                state.set_storage(*address, *slot, *value);
            }
        }
        if overrides.block != BlockOverrides::default() {
            self.block_overrides = Some(Box::new(overrides.block.clone()));
        }
        Ok(())
    }

    /// Before anything else is overridden: what is a precompile is told by its code.
    fn move_precompiles(&mut self, overrides: &Overrides) -> Result<(), ReadError> {
        for (address, account) in &overrides.state {
            let is_precompile = self.is_precompile(*address);
            if let Some(to) = account.move_precompile_to {
                if !is_precompile {
                    return Err(ReadError::Override(format!(
                        "account {address} is not a precompile"
                    )));
                }
                let taken = |(other, _): &(Address, AccountOverride)| *other == to;
                let taken_twice = |(_, other): &(Address, Option<Address>)| *other == Some(to);
                if overrides.state.iter().any(taken) || self.moved_precompiles.iter().any(taken_twice) {
                    return Err(ReadError::Override(format!("account {to} is already overridden")));
                }
            }
            if is_precompile && (account.move_precompile_to.is_some() || account.code.is_some()) {
                self.moved_precompiles
                    .push((*address, account.move_precompile_to));
            }
        }
        Ok(())
    }
}
