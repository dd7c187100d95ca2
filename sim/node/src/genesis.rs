//! The chain that a node starts with: a new one, one from a file, or a fork of another.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::Address;
use mintage_chain::{
    BaseFeeRule, Chain, ChainBuilder, ChainError, DEFAULT_CHAIN_ID, DumpError, GasConstraint, Rejected,
};

use crate::config::NodeConfig;
use crate::fork::{Fork, ForkBlock, ForkConfig, ForkError};
use crate::handle::NodeError;
use crate::node::unix_secs;
use crate::predeploys;
use crate::wallet::{Wallet, network_dev_account};

/// The chain, and what it is a fork of.
pub(crate) type Started = (Chain, Option<Arc<Fork>>);

pub(crate) fn start(config: &NodeConfig, wallet: &Wallet) -> Result<Started, NodeError> {
    if let Some(path) = config.state.as_deref().filter(|path| path.exists()) {
        let started = load(config, path)?;
        let found = started.0.chain_id();
        return match config.chain_id {
            Some(wanted) if wanted != found => Err(NodeError::OtherChain {
                path: path.to_owned(),
                found,
                wanted,
            }),
            _ => Ok(started),
        };
    }
    match &config.fork {
        None => new(config, wallet),
        Some(wanted) => fork(config, wanted, wallet),
    }
}

fn new(config: &NodeConfig, wallet: &Wallet) -> Result<Started, NodeError> {
    let chain = builder(config, wallet)
        .chain_id(config.chain_id.unwrap_or(DEFAULT_CHAIN_ID))
        .genesis_ts(config.genesis_ts.unwrap_or_else(unix_secs))
        .genesis(predeploys::install)
        .build()?;
    Ok((chain, None))
}

fn builder(config: &NodeConfig, wallet: &Wallet) -> ChainBuilder {
    let rule = if config.arbos_version >= 50 {
        BaseFeeRule::Constraints(GasConstraint::ARBITRUM_ONE.to_vec())
    } else {
        BaseFeeRule::Legacy
    };
    let builder = Chain::builder()
        .archive(true)
        .arbos_version(config.arbos_version)
        .base_fee_wei(config.base_fee_wei)
        .base_fee_rule(rule)
        .l1_price_per_unit_wei(config.l1_price_per_unit_wei)
        .fund_nobody();
    funded(wallet).fold(builder, |builder, account| {
        builder.fund(account, config.balance_wei)
    })
}

/// The accounts that begin with a balance.
fn funded(wallet: &Wallet) -> impl Iterator<Item = Address> {
    let own = wallet.accounts().iter().map(|account| account.address);
    own.chain([network_dev_account().address])
}

/// The time that a request may wait for the other chain, so that it is told of that and not of its own limit.
fn patience(config: &NodeConfig) -> Duration {
    config.limits.request_time * 5 / 6
}

fn fork(config: &NodeConfig, wanted: &ForkConfig, wallet: &Wallet) -> Result<Started, NodeError> {
    let fork = Fork::open(wanted, patience(config))?;
    // Everything that is written below is known before, so that nothing can fail half way.
    let precompiles = (0x64..=0x74).chain([0xff]).map(Address::with_last_byte);
    let touched = funded(wallet)
        .chain(mintage_chain::DEV_ACCOUNTS)
        .chain(predeploys::ADDRESSES)
        .chain(precompiles);
    fork.prefetch(touched)?;
    let mut chain = builder(config, wallet)
        .chain_id(config.chain_id.unwrap_or(fork.chain_id))
        .fork(fork.state(), fork.point)
        .genesis(if fork.is_arbitrum {
            predeploys::deploy
        } else {
            predeploys::install
        })
        .build()?;
    if let Some(reader) = chain.reader() {
        reader.set_wall_clock(unix_secs());
    }
    chain.go_on_at(config.genesis_ts.unwrap_or(fork.point.timestamp))?;
    rehearse(&chain, wallet)?;
    Ok((chain, Some(Arc::new(fork))))
}

/// Sends a transaction on a copy of the chain, so that what ArbOS reads for each block and each transaction is known from the
/// start: a fork whose other chain goes away later still makes blocks.
fn rehearse(chain: &Chain, wallet: &Wallet) -> Result<(), ForkError> {
    let Some(account) = wallet.accounts().first() else {
        return Ok(());
    };
    match chain.clone().tx(account.address, account.address).include() {
        Err(ChainError::Rejected(Rejected::Unreadable(error))) => Err(ForkError::Unread(error.to_string())),
        // Only what was read counts.
        _ => Ok(()),
    }
}

/// The chain of a file. A fork needs the chain that it is one of, at the block where it began.
fn load(config: &NodeConfig, path: &Path) -> Result<Started, NodeError> {
    let refused =
        |problem: String| NodeError::Fork(ForkError::StateFile(format!("{}: {problem}", path.display())));
    let block = match (Chain::load(path, None), &config.fork) {
        (Ok(chain), None) => return Ok((chain, None)),
        (Ok(_), Some(_)) => {
            return Err(refused(
                "it holds a chain that is no fork; leave --fork-url away, or give another file".into(),
            ));
        }
        (Err(DumpError::NeedsRemote { block }), Some(_)) => block,
        (Err(DumpError::NeedsRemote { block }), None) => {
            return Err(refused(format!(
                "it holds a fork of another chain at block {block}; give that chain's --fork-url"
            )));
        }
        (Err(error), _) => return Err(error.into()),
    };
    let wanted = config.fork.clone().unwrap_or_else(|| ForkConfig::new(""));
    if !matches!(wanted.block, ForkBlock::Latest) && wanted.block != ForkBlock::Number(block) {
        return Err(refused(format!(
            "it holds a fork at block {block}, not at {}; leave --fork-block away",
            wanted.block
        )));
    }
    let wanted = ForkConfig {
        block: ForkBlock::Number(block),
        ..wanted
    };
    let fork = Fork::open(&wanted, patience(config))?;
    let chain = Chain::load(path, Some(fork.state()))?;
    let began = chain
        .reader()
        .and_then(|reader| reader.block(block))
        .map(|block| block.hash);
    if began != Some(fork.point.hash) {
        return Err(refused(format!(
            "it holds a fork of another chain than that of {}: block {block} has another hash there",
            fork.shown()
        )));
    }
    Ok((chain, Some(Arc::new(fork))))
}
