//! A node that is a fork of another chain: where it begins, and what it asks the other for.
//!
//! State below the fork point is read by the chain itself, through [`state::RemoteChain`]. Blocks, transactions, logs and old
//! states are asked for by clients alone and are handed on by [`history`]. How the other is reached is [`endpoint`].

mod cache;
mod config;
mod endpoint;
pub(crate) mod history;
mod state;
mod trouble;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy_primitives::{Address, B256, U256};
use mintage_chain::{ForkPoint, RemoteState};
use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, Space, schema};
use serde::Deserialize;
use serde_json::{Value, json};

use cache::CacheFile;
pub use config::{ForkBlock, ForkConfig};
use endpoint::Endpoint;
use state::{Asked, RemoteChain};
use trouble::Trouble;

/// Why a node cannot be a fork of another chain.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForkError {
    /// The URL or a header cannot be used.
    #[error("{0}")]
    Setting(String),
    /// The other chain does not answer, or refuses.
    #[error("the chain to fork cannot be read: {0}")]
    Unread(String),
    /// There is no such block.
    #[error("{endpoint} has no block {block}; its newest is {newest}")]
    NoBlock {
        /// Scheme, host and port.
        endpoint: String,
        /// What was asked for.
        block: ForkBlock,
        /// The newest block there.
        newest: u64,
    },
    /// The state file holds another chain.
    #[error("state file: {0}")]
    StateFile(String),
}

impl From<Trouble> for ForkError {
    fn from(trouble: Trouble) -> Self {
        let hint = match trouble {
            Trouble::NoAnswer { .. } => "; is it running, and is the URL right?",
            _ => "",
        };
        Self::Unread(format!("{trouble}{hint}"))
    }
}

/// The chain that a running node is a fork of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forked {
    /// Scheme, host and port of the endpoint.
    pub endpoint: String,
    /// The other chain's id.
    pub chain_id: u64,
    /// Number of the block that the fork begins after.
    pub block: u64,
    /// Its hash.
    pub block_hash: B256,
    /// Its time, in seconds since 1970.
    pub timestamp: u64,
    /// Whether the other is an Arbitrum chain, whose ArbOS goes on here.
    pub is_arbitrum: bool,
}

/// What is needed of the header that the fork begins after.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemoteHeader {
    number: U256,
    hash: B256,
    timestamp: U256,
    base_fee_per_gas: Option<U256>,
    /// Of Arbitrum chains only.
    l1_block_number: Option<U256>,
}

/// The other chain, as the node knows it.
#[derive(Debug)]
pub(crate) struct Fork {
    endpoint: Arc<Endpoint>,
    pub(crate) point: ForkPoint,
    /// The other chain's id.
    pub(crate) chain_id: u64,
    /// Whether the other has an ArbOS, which then goes on here.
    pub(crate) is_arbitrum: bool,
    state: Arc<RemoteChain>,
    /// Numbers of blocks up to the fork point, by hash.
    numbers: Mutex<HashMap<B256, u64>>,
}

impl Fork {
    /// Asks the endpoint for the point where the fork begins. `patience`: how long a request may wait.
    pub(crate) fn open(config: &ForkConfig, patience: Duration) -> Result<Self, ForkError> {
        let endpoint = Arc::new(Endpoint::new(config, patience).map_err(ForkError::Setting)?);
        let chain_id: U256 = asked(&endpoint, "eth_chainId")?;
        let chain_id = chain_id.saturating_to();
        let point = point(&endpoint, config.block)?;
        let cache = config
            .cache
            .as_deref()
            .map(|folder| CacheFile::new(folder, chain_id, point.number, point.hash));
        let state = RemoteChain::new(Arc::clone(&endpoint), point.number, point.hash, cache);
        let state = Arc::new(state);
        let version = state
            .storage(ARBOS_STATE_ADDRESS, schema().root.version)
            .map_err(ForkError::Unread)?;
        Ok(Self {
            endpoint,
            point,
            chain_id,
            is_arbitrum: !version.is_zero(),
            state,
            numbers: Mutex::default(),
        })
    }

    /// The state at the fork point.
    pub(crate) fn state(&self) -> Arc<dyn RemoteState> {
        Arc::clone(&self.state) as Arc<dyn RemoteState>
    }

    /// Reads accounts, and what ArbOS needs for each block, in a few requests.
    pub(crate) fn prefetch(&self, accounts: impl IntoIterator<Item = Address>) -> Result<(), ForkError> {
        let accounts = accounts.into_iter().map(Asked::Account);
        let slots = self.is_arbitrum.then(arbos_slots).into_iter().flatten();
        let slots = slots.map(|slot| Asked::Slot(ARBOS_STATE_ADDRESS, slot));
        self.state
            .prefetch(accounts.chain(slots))
            .map_err(ForkError::Unread)
    }

    /// Whether this is a fork of that endpoint's chain at that block; either may be left open.
    pub(crate) fn is_of(&self, url: Option<&str>, block: Option<u64>) -> bool {
        url.is_none_or(|url| self.endpoint.is_at(url)) && block.is_none_or(|block| block == self.point.number)
    }

    /// Scheme, host and port: the rest of the URL may hold a key.
    pub(crate) fn shown(&self) -> &str {
        self.endpoint.shown()
    }

    pub(crate) fn told(&self) -> Forked {
        Forked {
            endpoint: self.shown().to_owned(),
            chain_id: self.chain_id,
            block: self.point.number,
            block_hash: self.point.hash,
            timestamp: self.point.timestamp,
            is_arbitrum: self.is_arbitrum,
        }
    }

    /// Writes the cache's file, if there is one.
    pub(crate) fn save_cache(&self) {
        self.state.save();
    }

    fn ask(&self, method: &str, params: &Value) -> Result<Value, Trouble> {
        self.endpoint.call(method, params)
    }

    /// The number of a block of the other chain that is part of this one; `None` if there is none.
    fn number_of(&self, hash: B256) -> Result<Option<u64>, Trouble> {
        let numbers = || self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if hash == self.point.hash {
            return Ok(Some(self.point.number));
        }
        if let Some(number) = numbers().get(&hash) {
            return Ok(Some(*number));
        }
        let block = self.ask("eth_getBlockByHash", &json!([hash, false]))?;
        let number = self.past(&block["number"]);
        if let Some(number) = number {
            numbers().insert(hash, number);
        }
        Ok(number)
    }

    /// A number of the other chain, if it is not above the fork point.
    fn past(&self, number: &Value) -> Option<u64> {
        let number = u64::from_str_radix(number.as_str()?.strip_prefix("0x")?, 16).ok()?;
        (number <= self.point.number).then_some(number)
    }
}

/// What ArbOS reads at the start of a block, or for a transaction.
fn arbos_slots() -> impl Iterator<Item = U256> {
    let root = Space::root();
    let (l1, l2, stylus) = (root.sub(&[0]), root.sub(&[1]), root.sub(&[8]).sub(&[0]));
    let fields = |space: Space, count: u64| (0..count).map(move |field| space.field(field));
    let constraints = &schema().l2.constraints;
    let elements = (0..4).flat_map(move |index| fields(constraints.element(index), 3));
    fields(root, 12)
        .chain(fields(l1, 13))
        .chain(fields(l2, 8))
        .chain(fields(stylus, 1))
        .chain([constraints.len_slot()])
        .chain(elements)
}

/// A number that a method without parameters gives.
fn asked(endpoint: &Endpoint, method: &'static str) -> Result<U256, Trouble> {
    endpoint.typed(method, endpoint.call(method, &json!([]))?)
}

fn point(endpoint: &Endpoint, block: ForkBlock) -> Result<ForkPoint, ForkError> {
    const METHOD: &str = "eth_getBlockByNumber";
    let found = endpoint.call(METHOD, &json!([block.to_string(), false]))?;
    if found.is_null() {
        let newest: U256 = asked(endpoint, "eth_blockNumber")?;
        return Err(ForkError::NoBlock {
            endpoint: endpoint.shown().to_owned(),
            block,
            newest: newest.saturating_to(),
        });
    }
    let header: RemoteHeader = endpoint.typed(METHOD, found)?;
    let number = header.number.saturating_to();
    Ok(ForkPoint {
        number,
        hash: header.hash,
        timestamp: header.timestamp.saturating_to(),
        l1_block_number: header
            .l1_block_number
            .map_or(number, |number| number.saturating_to()),
        base_fee_wei: header.base_fee_per_gas.map_or(0, |wei| wei.saturating_to()),
    })
}
