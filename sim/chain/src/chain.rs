//! The chain itself: its state, its accounts, and what a test may do to them without a transaction.
//!
//! Transactions are in [`crate::tx`] and [`crate::execute`], blocks and time in [`crate::clock`], snapshots in
//! [`crate::snapshot`], deployment in [`crate::deploy`].

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use alloy_json_abi::JsonAbi;
use alloy_primitives::{Address, B256, Bytes, U256};
use mintage_vm::arbos::{ArbosVersion, L2BlockHashes};
use mintage_vm::symbols::Symbols;
use revm::bytecode::Bytecode;

use crate::accounts::{DEV_ACCOUNTS, DEV_BALANCE_WEI, account_of_name};
use crate::block::Block;
use crate::builder::ChainBuilder;
use crate::clock::Clock;
use crate::error::ReadError;
use crate::execute::{Machine, Recording};
use crate::inbox::Redeems;
use crate::overrides::BlockOverrides;
use crate::publish::Node;
use crate::receipt::Receipt;
use crate::revert::ErrorNames;
use crate::snapshot::Saved;
use crate::state::State;

/// A chain inside the process that prices and runs transactions as an Arbitrum chain does: Stylus programs and EVM
/// bytecode in one state.
///
/// It moves only when told to: a transaction makes a block, [`Chain::warp`] moves the clock, and nothing depends on
/// the machine's time or on chance. The same calls give the same chain.
///
/// A clone is independent of its original and cheap until one of the two changes; then the state is copied once.
///
/// ```
/// use mintage_chain::Chain;
/// let mut chain = Chain::new();
/// let [alice, bob] = chain.accounts();
/// let before = chain.balance_of(bob);
/// let receipt = chain.tx(alice, bob).value(1_000).send()?;
/// assert_eq!(receipt.gas_used, 21_000);
/// assert_eq!(chain.balance_of(bob) - before, mintage_chain::U256::from(1_000));
/// # Ok::<(), mintage_chain::ChainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chain {
    pub(crate) state: Arc<State>,
    pub(crate) machine: Arc<Machine>,
    pub(crate) clock: Clock,
    pub(crate) history: VecDeque<(Block, Vec<Receipt>)>,
    pub(crate) history_limit: usize,
    pub(crate) snapshots: Vec<Saved>,
    pub(crate) next_snapshot: u64,
    pub(crate) errors: ErrorNames,
    pub(crate) labels: Arc<BTreeMap<Address, String>>,
    /// Messages from L1 that the chain has taken.
    pub(crate) delayed_messages: u64,
    /// Why a block that was asked for was not made, until somebody asks.
    pub(crate) unread: Option<ReadError>,
    /// Where a chain that was made for one call finds the hashes of earlier blocks.
    pub(crate) l2_hashes: Option<Arc<dyn L2BlockHashes>>,
    /// What readers share, on a chain that was built for a node.
    pub(crate) node: Option<Node>,
    /// Numbers of the block that are not its own, of a chain that was made for one call.
    pub(crate) block_overrides: Option<Box<BlockOverrides>>,
    /// What happens to redeems that transactions schedule.
    pub(crate) redeems: Redeems,
    /// Precompiles that stand elsewhere, of a chain that was made for one call.
    pub(crate) moved_precompiles: Vec<(Address, Option<Address>)>,
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Chain {
    /// A new chain with the defaults of [`ChainBuilder`]: ArbOS 61, chain id 412346, base fee 0.02 gwei, the ten
    /// [`DEV_ACCOUNTS`] with 10,000 ether each.
    pub fn new() -> Self {
        ChainBuilder::default().start()
    }

    /// A new chain with other settings.
    ///
    /// ```
    /// use mintage_chain::Chain;
    /// let chain = Chain::builder().chain_id(42161).genesis_ts(1_900_000_000).build()?;
    /// assert_eq!((chain.chain_id(), chain.now()), (42161, 1_900_000_000));
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn builder() -> ChainBuilder {
        ChainBuilder::default()
    }

    pub(crate) fn assemble(state: State, machine: Arc<Machine>, clock: Clock, history_limit: usize) -> Self {
        Self {
            state: Arc::new(state),
            machine,
            clock,
            history: VecDeque::new(),
            history_limit,
            snapshots: Vec::new(),
            next_snapshot: 1,
            errors: ErrorNames::default(),
            labels: Arc::default(),
            delayed_messages: 0,
            unread: None,
            l2_hashes: None,
            node: None,
            block_overrides: None,
            redeems: Redeems::default(),
            moved_precompiles: Vec::new(),
        }
    }

    /// Hashes of earlier blocks, for ArbSys, if they are kept.
    pub(crate) fn l2_hashes(&self) -> Option<Arc<dyn L2BlockHashes>> {
        match &self.node {
            Some(node) => Some(Arc::clone(&node.ledger) as Arc<dyn L2BlockHashes>),
            None => self.l2_hashes.clone(),
        }
    }

    /// The state to write to. Copies it if a clone of this chain shares it.
    pub(crate) fn state_mut(&mut self) -> &mut State {
        Arc::make_mut(&mut self.state)
    }

    /// The ArbOS version whose rules hold.
    pub fn arbos_version(&self) -> u64 {
        self.machine.arbos().number()
    }

    pub(crate) fn arbos(&self) -> ArbosVersion {
        self.machine.arbos()
    }

    /// What CHAINID gives.
    pub fn chain_id(&self) -> u64 {
        self.machine.chain_id()
    }

    /// The first `N` of the ten funded development accounts; `N` follows from the pattern.
    ///
    /// ```
    /// # let chain = mintage_chain::Chain::new();
    /// let [alice, bob, carol] = chain.accounts();
    /// assert_eq!(alice.to_string(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    /// ```
    pub fn accounts<const N: usize>(&self) -> [Address; N] {
        const {
            assert!(
                N <= DEV_ACCOUNTS.len(),
                "there are ten development accounts; use `account(name)` for more"
            )
        };
        std::array::from_fn(|i| DEV_ACCOUNTS[i])
    }

    /// Development account number `index`, counted from 0; after the ten it begins again.
    pub fn dev_account(&self, index: usize) -> Address {
        DEV_ACCOUNTS[index % DEV_ACCOUNTS.len()]
    }

    /// The account of this name. The first use funds it with [`DEV_BALANCE_WEI`] and remembers its label. The
    /// address follows from the name alone, see [`account_of_name`].
    ///
    /// ```
    /// # let mut chain = mintage_chain::Chain::new();
    /// let whale = chain.account("whale");
    /// assert_eq!(chain.account("whale"), whale);
    /// assert_eq!(chain.label_of(whale), Some("whale"));
    /// assert_eq!(chain.balance_of(whale), mintage_chain::DEV_BALANCE_WEI);
    /// ```
    pub fn account(&mut self, name: &str) -> Address {
        let address = account_of_name(name);
        if self.label_of(address).is_none() {
            self.label(address, name);
            self.set_balance(address, DEV_BALANCE_WEI);
        }
        address
    }

    /// Remembers a name for an address, for messages and reports. It changes nothing on the chain.
    pub fn label(&mut self, address: Address, name: impl Into<String>) {
        Arc::make_mut(&mut self.labels).insert(address, name.into());
    }

    /// The name of an address: its label, if it has one.
    pub fn label_of(&self, address: Address) -> Option<&str> {
        self.labels.get(&address).map(String::as_str)
    }

    /// All labels, by address.
    pub fn labels(&self) -> impl Iterator<Item = (Address, &str)> {
        self.labels
            .iter()
            .map(|(address, name)| (*address, name.as_str()))
    }

    /// Remembers the errors of an ABI, so that reverts with one of them are shown by name and values. Deployment of an
    /// artifact does this by itself.
    pub fn remember_errors(&mut self, abi: &JsonAbi) {
        self.errors.add(abi);
    }

    /// Traces every transaction from now on, as [`TxBuilder::traced`](crate::TxBuilder::traced) does one, and with `profiled` also
    /// as [`TxBuilder::profiled`](crate::TxBuilder::profiled) does. It changes no result.
    pub fn trace_all(&mut self, profiled: bool) {
        let machine = Arc::make_mut(&mut self.machine);
        machine.recording = Recording {
            traced: true,
            profiled,
            ..machine.recording
        };
    }

    /// The most bytes of memory, about, that the trace of one transaction or call takes from now on. One that would take more is
    /// empty and [says so](crate::trace::Trace::is_too_large).
    pub fn bound_traces(&mut self, bytes: usize) {
        Arc::make_mut(&mut self.machine).recording.trace_bytes = Some(bytes);
    }

    /// Gives names to the functions of the program at an address, for backtraces and profiles; code on chain has none. They are
    /// found by the code, so that all programs with the same have them.
    pub fn set_symbols(&mut self, program: Address, symbols: Symbols) {
        let code_hash = self.code_hash_of(program);
        let machine = Arc::make_mut(&mut self.machine);
        Arc::make_mut(&mut machine.symbols).insert(code_hash, Arc::new(symbols));
    }

    /// Balance in wei.
    pub fn balance_of(&self, address: Address) -> U256 {
        self.state.balance(address)
    }

    /// Transactions sent by an account, or contracts created by a contract.
    pub fn nonce(&self, address: Address) -> u64 {
        self.state.nonce(address)
    }

    /// The code at an address, as EXTCODECOPY sees it; empty where there is none.
    pub fn code_at(&self, address: Address) -> Bytes {
        self.state.code(address).original_bytes()
    }

    pub(crate) fn has_code(&self, address: Address) -> bool {
        !self.state.code(address).is_empty()
    }

    /// Hash of the code at an address, as EXTCODEHASH gives it: zero where there is no account.
    pub fn code_hash_of(&self, address: Address) -> B256 {
        self.state.code_hash(address)
    }

    /// The word at a storage slot; 0 where nothing was written.
    ///
    /// ```
    /// # use mintage_chain::U256;
    /// # let mut chain = mintage_chain::Chain::new();
    /// let account = chain.account("vault");
    /// chain.set_storage(account, U256::from(3), U256::from(7));
    /// assert_eq!(chain.storage_at(account, U256::from(3)), U256::from(7));
    /// ```
    pub fn storage_at(&self, address: Address, slot: U256) -> U256 {
        self.state.slot(address, slot)
    }

    /// Sets a balance, in wei, without a transaction.
    pub fn set_balance(&mut self, address: Address, wei: U256) {
        self.before_change();
        self.state_mut().set_balance(address, wei);
        self.publish();
    }

    /// Sets a nonce without a transaction.
    pub fn set_nonce(&mut self, address: Address, nonce: u64) {
        self.before_change();
        self.state_mut().set_nonce(address, nonce);
        self.publish();
    }

    /// Puts code at an address without a transaction: EVM bytecode, or a Stylus program, which then still has to be
    /// activated. The account keeps its storage, nonce and balance.
    pub fn set_code(&mut self, address: Address, code: impl Into<Bytes>) {
        let code = code.into();
        let code = bytecode(code);
        self.before_change();
        self.state_mut().set_code(address, code);
        self.publish();
    }

    /// Sets what a unit of L1 data costs, in wei; see [`ChainBuilder::l1_price_per_unit_wei`].
    pub fn set_l1_price_per_unit_wei(&mut self, wei: u64) {
        self.before_change();
        self.machine
            .pricing
            .set_l1_price_wei(Arc::make_mut(&mut self.state), U256::from(wei));
        self.publish();
    }

    /// Writes a storage slot without a transaction.
    pub fn set_storage(&mut self, address: Address, slot: U256, value: U256) {
        self.before_change();
        self.state_mut().set_storage(address, slot, value);
        self.publish();
    }
}

/// Code as the EVM runs it: delegations are told by their prefix, everything else is taken as it is.
pub(crate) fn bytecode(code: Bytes) -> Bytecode {
    Bytecode::new_raw_checked(code.clone()).unwrap_or_else(|_| Bytecode::new_legacy(code))
}
