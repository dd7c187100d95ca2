//! How a chain is set up before its first block.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use mintage_vm::arbos::base_fee::GasConstraint;
use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, schema};
use mintage_vm::arbos::{ArbosGenesis, ArbosVersion};

use crate::Chain;
use crate::accounts::{DEV_ACCOUNTS, DEV_BALANCE_WEI, account_of_name};
use crate::archive::Archive;
use crate::block::Block;
use crate::clock::Clock;
use crate::error::ChainError;
use crate::execute::Machine;
use crate::l1::L1Hashes;
use crate::pricing::{BaseFeeRule, Pricing};
use crate::remote::{ForkPoint, RemoteSource, RemoteState};
use crate::state::{Base, State, StateSource};

/// Chain id of a local Arbitrum development chain.
pub const DEFAULT_CHAIN_ID: u64 = 412_346;
/// Genesis time: 2027-01-15 08:00:00 UTC.
pub const DEFAULT_GENESIS_TS: u64 = 1_800_000_000;
/// Arbitrum One's least base fee, 0.02 gwei, in wei for a unit of gas.
pub const DEFAULT_BASE_FEE_WEI: u64 = 20_000_000;
/// Sealed blocks that are kept with their receipts.
pub const DEFAULT_HISTORY: usize = 1_024;
/// L1 block number at genesis, so that 256 numbers below it exist.
const DEFAULT_L1_NUMBER: u64 = 25_000_000;

/// Settings of a new chain. Each method sets one; [`ChainBuilder::build`] checks them.
///
/// ```
/// use mintage_chain::{Chain, U256};
/// let mut chain = Chain::builder()
///     .arbos_version(60)
///     .base_fee_wei(100_000_000)
///     .block_interval_secs(1)
///     .fund(mintage_chain::account_of_name("poor"), U256::from(1))
///     .build()?;
/// assert_eq!(chain.arbos_version(), 60);
/// let now = chain.now();
/// chain.mine(3);
/// assert_eq!(chain.now(), now + 3);
/// # Ok::<(), mintage_chain::ChainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChainBuilder {
    arbos: u64,
    chain_id: u64,
    genesis_ts: u64,
    base_fee_wei: u64,
    block_interval_secs: u64,
    l1_block_number: u64,
    history: usize,
    archive: bool,
    fork: Option<(Arc<dyn RemoteState>, ForkPoint)>,
    owners: Vec<Address>,
    network_fee_account: Address,
    infra_fee_account: Address,
    base_fee_rule: BaseFeeRule,
    l1_price_per_unit_wei: U256,
    funded: Vec<(Address, U256)>,
    genesis: Option<fn(&mut Chain)>,
}

impl Default for ChainBuilder {
    fn default() -> Self {
        Self {
            arbos: ArbosVersion::default().number(),
            chain_id: DEFAULT_CHAIN_ID,
            genesis_ts: DEFAULT_GENESIS_TS,
            base_fee_wei: DEFAULT_BASE_FEE_WEI,
            block_interval_secs: 0,
            l1_block_number: DEFAULT_L1_NUMBER,
            history: DEFAULT_HISTORY,
            archive: false,
            fork: None,
            owners: vec![DEV_ACCOUNTS[0]],
            network_fee_account: account_of_name("network fees"),
            infra_fee_account: Address::ZERO,
            base_fee_rule: BaseFeeRule::Flat,
            l1_price_per_unit_wei: U256::ZERO,
            funded: DEV_ACCOUNTS.map(|account| (account, DEV_BALANCE_WEI)).to_vec(),
            genesis: None,
        }
    }
}

impl ChainBuilder {
    /// ArbOS version whose rules hold: 30, 31, 32, 40, 41, 50, 51, 59, 60 or 61 (default).
    #[must_use]
    pub fn arbos_version(mut self, version: u64) -> Self {
        self.arbos = version;
        self
    }

    /// What CHAINID gives; [`DEFAULT_CHAIN_ID`] unless set.
    #[must_use]
    pub fn chain_id(mut self, chain_id: u64) -> Self {
        self.chain_id = chain_id;
        self
    }

    /// Time of the genesis block and of the clock, in seconds since 1970; [`DEFAULT_GENESIS_TS`] unless set.
    #[must_use]
    pub fn genesis_ts(mut self, ts: u64) -> Self {
        self.genesis_ts = ts;
        self
    }

    /// Base fee and least base fee, in wei for a unit of gas; [`DEFAULT_BASE_FEE_WEI`] unless set.
    #[must_use]
    pub fn base_fee_wei(mut self, wei: u64) -> Self {
        self.base_fee_wei = wei;
        self
    }

    /// How the base fee moves; flat unless set.
    ///
    /// ```
    /// use mintage_chain::{BaseFeeRule, Chain, GasConstraint};
    /// let rule = BaseFeeRule::Constraints(GasConstraint::ARBITRUM_ONE.to_vec());
    /// let chain = Chain::builder().base_fee_rule(rule).build()?;
    /// assert_eq!(chain.base_fee_wei(), 20_000_000);
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    #[must_use]
    pub fn base_fee_rule(mut self, rule: BaseFeeRule) -> Self {
        self.base_fee_rule = rule;
        self
    }

    /// What a unit of a transaction's data costs on L1, in wei; 0 unless set, so that gas is the execution's alone. A byte
    /// after compression is 16 units. On Arbitrum One in 2026 it was between 0 and about 8,300,000.
    #[must_use]
    pub fn l1_price_per_unit_wei(mut self, wei: u64) -> Self {
        self.l1_price_per_unit_wei = U256::from(wei);
        self
    }

    /// Seconds by which each sealed block moves the clock on; 0 unless set, so that time moves only by
    /// [`Chain::warp`].
    #[must_use]
    pub fn block_interval_secs(mut self, secs: u64) -> Self {
        self.block_interval_secs = secs;
        self
    }

    /// L1 block number at genesis; it rises by one in 12 seconds of the chain's time.
    #[must_use]
    pub fn l1_block_number(mut self, number: u64) -> Self {
        self.l1_block_number = number;
        self
    }

    /// How many sealed blocks are kept with their receipts; [`DEFAULT_HISTORY`] unless set, 0 keeps none.
    #[must_use]
    pub fn history(mut self, blocks: usize) -> Self {
        self.history = blocks;
        self
    }

    /// Whether the chain keeps everything that a node is asked for: headers with their hashes, all blocks, transactions and
    /// receipts, an index of logs, and every version of the state, for readers in other threads ([`Chain::reader`]).
    /// [`ChainBuilder::history`] has no meaning then. Off unless set, for it costs time and memory.
    #[must_use]
    pub fn archive(mut self, on: bool) -> Self {
        self.archive = on;
        self
    }

    /// Makes an account an owner of the chain, besides the first development account: ArbOwner lets it change prices and
    /// rules.
    #[must_use]
    pub fn chain_owner(mut self, account: Address) -> Self {
        if !self.owners.contains(&account) {
            self.owners.push(account);
        }
        self
    }

    /// Makes the chain a fork of another: its state is the other's at that block, read when it is needed, and its first block
    /// follows that block. If the other is an Arbitrum chain, its ArbOS goes on with its version, prices and programs,
    /// and the builder's settings of these do not count; otherwise ArbOS is born here.
    #[must_use]
    pub fn fork(mut self, remote: Arc<dyn RemoteState>, point: ForkPoint) -> Self {
        self.fork = Some((remote, point));
        self
    }

    /// Who receives the base fee of every transaction; by default the account named `network fees`.
    #[must_use]
    pub fn network_fee_account(mut self, account: Address) -> Self {
        self.network_fee_account = account;
        self
    }

    /// Who receives the least base fee's part of every fee, the network account then receiving the rest; by default
    /// nobody does.
    #[must_use]
    pub fn infra_fee_account(mut self, account: Address) -> Self {
        self.infra_fee_account = account;
        self
    }

    /// Gives no account a balance, not even the development accounts, but for those of later calls of
    /// [`ChainBuilder::fund`]. On a fork the others then have what they have there.
    #[must_use]
    pub fn fund_nobody(mut self) -> Self {
        self.funded.clear();
        self
    }

    /// Gives an account a balance at genesis, in wei; replaces an earlier one.
    #[must_use]
    pub fn fund(mut self, account: Address, wei: U256) -> Self {
        self.funded.push((account, wei));
        self
    }

    /// Changes the state before the first block is sealed, so that contracts put there are in its root.
    #[must_use]
    pub fn genesis(mut self, change: fn(&mut Chain)) -> Self {
        self.genesis = Some(change);
        self
    }

    /// The chain.
    ///
    /// # Errors
    /// [`ChainError::Setting`] names the setting that no chain can have and what is allowed.
    pub fn build(self) -> Result<Chain, ChainError> {
        let arbos = ArbosVersion::try_from(self.arbos).map_err(|error| ChainError::Setting {
            setting: "arbos_version",
            problem: error.to_string(),
        })?;
        if self.chain_id == 0 {
            return Err(ChainError::Setting {
                setting: "chain_id",
                problem: "must be at least 1".into(),
            });
        }
        self.check_rule(arbos)?;
        match self.fork.clone() {
            Some((remote, point)) => self.start_fork(remote, point, arbos),
            None => Ok(self.start_at(arbos)),
        }
    }

    fn check_rule(&self, arbos: ArbosVersion) -> Result<(), ChainError> {
        let BaseFeeRule::Constraints(constraints) = &self.base_fee_rule else {
            return Ok(());
        };
        let zero =
            |constraint: &GasConstraint| constraint.target_gas_per_sec == 0 || constraint.window_secs == 0;
        let problem = if arbos < ArbosVersion::V50 {
            format!("constraints need ArbOS 50, this chain has {arbos}; use `BaseFeeRule::Legacy`")
        } else if constraints.is_empty() {
            "there is no constraint; use `BaseFeeRule::Flat` or `Legacy`".into()
        } else if constraints.len() > 20 {
            format!("{} constraints, at most 20 are allowed", constraints.len())
        } else if constraints.iter().any(zero) {
            "target and window of a constraint must be at least 1".into()
        } else {
            return Ok(());
        };
        Err(ChainError::Setting {
            setting: "base_fee_rule",
            problem,
        })
    }

    /// The chain of settings that are known to be valid: the defaults.
    pub(crate) fn start(self) -> Chain {
        self.start_at(ArbosVersion::default())
    }

    fn start_at(self, arbos: ArbosVersion) -> Chain {
        let mut state = State::default();
        state.l1 = L1Hashes::new(self.l1_block_number);
        self.write_genesis(&mut state, arbos, self.base_fee_wei);
        let pricing = Pricing::new(self.base_fee_rule.moves(), arbos);
        let head = Block {
            timestamp: self.genesis_ts,
            l1_number: self.l1_block_number,
            base_fee_wei: self.base_fee_wei,
            chain_id: self.chain_id,
            ..Block::default()
        };
        self.assemble(state, arbos, pricing, head, Archive::new(None), None)
    }

    fn write_genesis(&self, state: &mut State, arbos: ArbosVersion, base_fee_wei: u64) {
        for (account, wei) in &self.funded {
            state.set_balance(*account, *wei);
        }
        let constraints = match &self.base_fee_rule {
            BaseFeeRule::Constraints(constraints) => constraints.clone(),
            BaseFeeRule::Flat | BaseFeeRule::Legacy => Vec::new(),
        };
        let genesis = ArbosGenesis {
            arbos,
            chain_id: self.chain_id,
            l1_block_number: self.l1_block_number,
            owners: self.owners.clone(),
            network_fee_account: self.network_fee_account,
            infra_fee_account: self.infra_fee_account,
            base_fee_wei,
            min_base_fee_wei: self.base_fee_wei,
            constraints,
            l1_price_per_unit_wei: self.l1_price_per_unit_wei,
            l1_reward_recipient: DEV_ACCOUNTS[0],
            ..ArbosGenesis::default()
        };
        genesis.write(state).expect("this ledger never fails");
    }

    fn start_fork(
        mut self,
        remote: Arc<dyn RemoteState>,
        point: ForkPoint,
        own_arbos: ArbosVersion,
    ) -> Result<Chain, ChainError> {
        let source: Arc<dyn StateSource> = Arc::new(RemoteSource::new(remote, point.number));
        let mut state = State::over(
            Base::new(Arc::clone(&source)),
            L1Hashes::new(point.l1_block_number),
        );
        let version: u64 = source
            .slot(ARBOS_STATE_ADDRESS, schema().root.version)?
            .saturating_to();
        let (arbos, pricing) = if version == 0 {
            self.l1_block_number = point.l1_block_number;
            let base_fee_wei = point.base_fee_wei.max(self.base_fee_wei);
            self.write_genesis(&mut state, own_arbos, base_fee_wei);
            (own_arbos, Pricing::new(self.base_fee_rule.moves(), own_arbos))
        } else {
            let arbos = ArbosVersion::try_from(version).map_err(|error| ChainError::Setting {
                setting: "fork",
                problem: error.to_string(),
            })?;
            for (account, wei) in &self.funded {
                state.set_balance(*account, *wei);
            }
            (arbos, Pricing::new(self.base_fee_rule.moves(), arbos))
        };
        state.failure().map_or(Ok(()), Err)?;
        let head = Block {
            number: point.number,
            timestamp: point.timestamp,
            l1_number: point.l1_block_number,
            base_fee_wei: point.base_fee_wei,
            chain_id: self.chain_id,
            header_hash: Some(point.hash),
            ..Block::default()
        };
        let archive = Archive::new(Some(source));
        let chain = self.assemble(state, arbos, pricing, head, archive, Some(point.number));
        chain.readable()?;
        Ok(chain)
    }

    fn assemble(
        self,
        state: State,
        arbos: ArbosVersion,
        pricing: Pricing,
        head: Block,
        archive: Archive,
        fork: Option<u64>,
    ) -> Chain {
        let mut clock = Clock::genesis(head);
        clock.interval_secs = self.block_interval_secs;
        let machine = Arc::new(Machine::new(arbos, self.chain_id, pricing));
        let history = if self.archive { 0 } else { self.history };
        let mut chain = Chain::assemble(state, machine, clock, history);
        if let Some(change) = self.genesis {
            change(&mut chain);
        }
        if self.archive {
            chain.open_to_readers(archive, fork);
        }
        chain
    }
}
