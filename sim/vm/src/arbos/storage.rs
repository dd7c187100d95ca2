//! ArbOS's storage as its rules see it: a place that keeps words and wei ([`Ledger`]), and a meter on top ([`Store`]).
//!
//! Every rule that touches state is written once, against [`Store`]. A precompile brings a store that charges the caller;
//! a chain that starts a block or settles a transaction brings [`Free`]. Where things stand is in
//! [`schema`](super::schema).

use revm::primitives::{Address, B256, Bytes, U256, keccak256};

use super::schema::ARBOS_STATE_ADDRESS;

/// Gas of reading a slot of ArbOS's storage (R).
pub const READ_GAS: u64 = 800;
/// Gas of writing a value other than zero to a slot of ArbOS's storage (W).
pub const WRITE_GAS: u64 = 20_000;
/// Gas of writing zero to a slot of ArbOS's storage (Z).
pub const WRITE_ZERO_GAS: u64 = 5000;

/// Gas of hashing `bytes` bytes in ArbOS (K).
pub const fn keccak_gas(bytes: u64) -> u64 {
    30 + 6 * bytes.div_ceil(32)
}

/// The state below could not be read: a database failed. In memory it never happens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state could not be read: {0}")]
pub struct LedgerError(pub String);

/// State of accounts, read and written without gas and without a mark in any access list.
///
/// A chain implements it over its state, to start blocks and to settle transactions; the EVM's journal implements it for
/// precompiles, so that what they write is undone with the frame.
pub trait Ledger {
    /// A storage slot of an account.
    fn storage(&mut self, account: Address, slot: U256) -> Result<U256, LedgerError>;
    /// Writes a storage slot of an account.
    fn set_storage(&mut self, account: Address, slot: U256, value: U256) -> Result<(), LedgerError>;
    /// An account's wei.
    fn balance(&mut self, account: Address) -> Result<U256, LedgerError>;
    /// Sets an account's wei.
    fn set_balance(&mut self, account: Address, wei: U256) -> Result<(), LedgerError>;
    /// Sets an account's code.
    fn set_code(&mut self, account: Address, code: Bytes) -> Result<(), LedgerError>;
    /// Sets an account's nonce.
    fn set_nonce(&mut self, account: Address, nonce: u64) -> Result<(), LedgerError>;
}

/// Why an operation of ArbOS, or a call of a precompile, ends without a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// All gas is gone: the call was not let in, its data is broken, its gas ran out, or the failure burns it.
    Burnt,
    /// A revert without data; the gas left is kept.
    Plain,
    /// A revert with an ABI-encoded error; the gas left, less the price of the data, is kept.
    Error(Vec<u8>),
    /// The state below failed.
    Ledger(LedgerError),
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

/// The result of an operation on ArbOS's state.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// ArbOS's storage with a meter.
pub trait Store {
    /// Takes gas; when it is not there, all is gone ([`Failure::Burnt`]).
    fn burn(&mut self, gas: u64) -> Result<()>;
    /// The state below.
    fn ledger(&mut self) -> &mut dyn Ledger;

    /// Reads a slot, charged R.
    fn read(&mut self, slot: U256) -> Result<U256> {
        self.burn(READ_GAS)?;
        self.peek(slot)
    }

    /// Reads a slot that holds a number of 64 bits, charged R.
    fn read_u64(&mut self, slot: U256) -> Result<u64> {
        self.read(slot).map(|value| value.saturating_to())
    }

    /// Reads a slot that holds an address, charged R.
    fn read_address(&mut self, slot: U256) -> Result<Address> {
        self.read(slot).map(|value| Address::from_word(value.into()))
    }

    /// Writes a slot, charged W, or Z for zero.
    fn write(&mut self, slot: U256, value: U256) -> Result<()> {
        self.burn(if value.is_zero() {
            WRITE_ZERO_GAS
        } else {
            WRITE_GAS
        })?;
        self.poke(slot, value)
    }

    /// Reads a slot, free.
    fn peek(&mut self, slot: U256) -> Result<U256> {
        Ok(self.ledger().storage(ARBOS_STATE_ADDRESS, slot)?)
    }

    /// Writes a slot, free.
    fn poke(&mut self, slot: U256, value: U256) -> Result<()> {
        Ok(self.ledger().set_storage(ARBOS_STATE_ADDRESS, slot, value)?)
    }

    /// Hashes bytes, charged K.
    fn hash(&mut self, bytes: &[u8]) -> Result<B256> {
        self.burn(keccak_gas(bytes.len() as u64))?;
        Ok(keccak256(bytes))
    }

    /// Creates wei.
    fn mint(&mut self, account: Address, wei: U256) -> Result<()> {
        if wei.is_zero() {
            return Ok(());
        }
        let ledger = self.ledger();
        let balance = ledger.balance(account)?.saturating_add(wei);
        Ok(ledger.set_balance(account, balance)?)
    }

    /// Destroys wei. [`Failure::Plain`] when they are not there.
    fn burn_wei(&mut self, account: Address, wei: U256) -> Result<()> {
        if wei.is_zero() {
            return Ok(());
        }
        let ledger = self.ledger();
        let balance = ledger.balance(account)?.checked_sub(wei).ok_or(Failure::Plain)?;
        Ok(ledger.set_balance(account, balance)?)
    }

    /// Moves wei. [`Failure::Plain`] when they are not there.
    fn transfer(&mut self, from: Address, to: Address, wei: U256) -> Result<()> {
        self.burn_wei(from, wei)?;
        self.mint(to, wei)
    }
}

/// ArbOS's storage without a meter.
pub struct Free<'a>(pub &'a mut dyn Ledger);

impl std::fmt::Debug for Free<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Free")
    }
}

impl Store for Free<'_> {
    fn burn(&mut self, _gas: u64) -> Result<()> {
        Ok(())
    }

    fn ledger(&mut self) -> &mut dyn Ledger {
        self.0
    }
}

/// A ledger in memory: for chains that need no more, and for tests of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryLedger {
    /// Slots that are not zero, by account.
    pub storage: std::collections::BTreeMap<(Address, U256), U256>,
    /// Wei, by account.
    pub balances: std::collections::BTreeMap<Address, U256>,
    /// Code, by account.
    pub code: std::collections::BTreeMap<Address, Bytes>,
    /// Nonces, by account.
    pub nonces: std::collections::BTreeMap<Address, u64>,
}

impl Ledger for MemoryLedger {
    fn storage(&mut self, account: Address, slot: U256) -> Result<U256, LedgerError> {
        Ok(self.storage.get(&(account, slot)).copied().unwrap_or_default())
    }

    fn set_storage(&mut self, account: Address, slot: U256, value: U256) -> Result<(), LedgerError> {
        if value.is_zero() {
            self.storage.remove(&(account, slot));
        } else {
            self.storage.insert((account, slot), value);
        }
        Ok(())
    }

    fn balance(&mut self, account: Address) -> Result<U256, LedgerError> {
        Ok(self.balances.get(&account).copied().unwrap_or_default())
    }

    fn set_balance(&mut self, account: Address, wei: U256) -> Result<(), LedgerError> {
        self.balances.insert(account, wei);
        Ok(())
    }

    fn set_code(&mut self, account: Address, code: Bytes) -> Result<(), LedgerError> {
        self.code.insert(account, code);
        Ok(())
    }

    fn set_nonce(&mut self, account: Address, nonce: u64) -> Result<(), LedgerError> {
        self.nonces.insert(account, nonce);
        Ok(())
    }
}
