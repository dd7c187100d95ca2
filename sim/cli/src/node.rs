//! `mintage node`: a dev node that real clients take for Arbitrum. What it does is `mintage_node`; here are its options, its banner and its end.

mod log;

use crate::output::Output;
use alloy_primitives::{U256, utils::format_ether, utils::format_units};
use mintage_node::{
    Account, CACHE_MANAGER, CREATE2_FACTORY, DERIVATION_PATH, Limits, NodeConfig, NodeError, NodeHandle,
    STYLUS_DEPLOYER, network_dev_account,
};
use mintage_vm::ArbosVersion;
use serde_json::{Value, json};
use std::{fmt::Write as _, path::PathBuf, sync::mpsc, time::Duration};

/// Run a dev node for Stylus and Solidity: JSON-RPC over HTTP and WebSocket, with everything that anvil can.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct NodeArgs {
    /// Port for HTTP and WebSocket; 0 for a free one.
    #[arg(short, long, default_value_t = 8547)]
    port: u16,
    /// Name or address to listen on. Loopback names and addresses mean both 127.0.0.1 and ::1.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Chain id. forge estimates gas only on those that it knows as Arbitrum, such as 42161.
    #[arg(long, value_name = "ID", default_value_t = 412_346)]
    chain_id: u64,
    /// ArbOS version whose rules hold.
    #[arg(long, value_name = "VERSION", default_value_t = ArbosVersion::default())]
    arbos: ArbosVersion,
    /// Number of accounts to fund and to hold the keys of.
    #[arg(short, long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    accounts: u32,
    /// Balance of each account, in ether.
    #[arg(long, value_name = "ETHER", default_value_t = 10_000)]
    balance: u64,
    /// Words that the accounts' keys come from.
    #[arg(short, long, value_name = "WORDS", default_value = mintage_node::DEFAULT_MNEMONIC)]
    mnemonic: String,
    /// Base fee at the start and the least it falls to, in wei.
    #[arg(long, value_name = "WEI", default_value_t = mintage_chain::DEFAULT_BASE_FEE_WEI)]
    base_fee: u64,
    /// Price of a unit of L1 data, in wei; 16 units are one byte of a compressed transaction. 0 makes L1 data free.
    #[arg(long, value_name = "WEI", default_value_t = NodeConfig::default().l1_price_per_unit_wei)]
    l1_price: u64,
    /// Time of the genesis, in seconds since 1970 [default: now]
    #[arg(long, value_name = "SECONDS")]
    timestamp: Option<u64>,
    /// Make a block every so many seconds, instead of one with each transaction.
    #[arg(short, long, value_name = "SECONDS", value_parser = positive_secs)]
    block_time: Option<f64>,
    /// Make blocks only when told to (evm_mine).
    #[arg(long, visible_alias = "no-mine", conflicts_with = "block_time")]
    no_mining: bool,
    /// Begin each block with ArbOS's own transaction, of type 0x6a, as the network does; cast run cannot read such blocks.
    #[arg(long)]
    internal_transactions: bool,
    /// Read the chain from this file if it is there, and write it there at the end.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Where pages of browsers may come from.
    #[arg(long, value_name = "ORIGIN", default_value = "*")]
    allow_origin: String,
    /// Show every request on stderr, and not only blocks and refused requests; --quiet shows nothing.
    #[arg(short, long)]
    verbose: bool,
}

const EXAMPLES: &str = "\
Examples:
  mintage node                              on 127.0.0.1:8547, ten accounts with 10,000 ether each
  mintage node --port 0 --json              on a free port, the start as JSON
  mintage node --chain-id 42161             forge estimates gas as on Arbitrum One
  mintage node --block-time 2               a block every two seconds
  mintage node --state chain.mintage        goes on where it was stopped
  cargo stylus deploy --no-verify --private-key 0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
  cast rpc evm_increaseTime 86400 --rpc-url http://127.0.0.1:8547

Ctrl-C answers the requests that run, writes the state file and ends. The keys are known to everybody: never send
them anything of value on a real network.";

fn positive_secs(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(secs) if secs.is_finite() && (0.001..=86_400.0).contains(&secs) => Ok(secs),
        _ => Err("a time from 0.001 to 86400 seconds".to_owned()),
    }
}

/// Runs until it is interrupted.
pub(crate) fn run(args: &NodeArgs, output: &Output) -> miette::Result<bool> {
    let (interrupted, interrupt) = mpsc::channel();
    ctrlc::set_handler(move || {
        // The second one finds nobody waiting, and the first is being served.
        let _ = interrupted.send(());
    })
    .map_err(|e| miette::miette!("cannot listen for Ctrl-C: {e}"))?;
    let config = config(args);
    let failed = |e: NodeError| miette::miette!("{e}");
    let (activity, log) = log::Log::start(*output, args.verbose);
    let node = NodeHandle::start(NodeConfig {
        activity: Some(activity),
        ..config.clone()
    })
    .map_err(failed)?;
    if !node.address().ip().is_loopback() {
        output.note(format!(
            "warning: {} can be reached from other machines, and the keys of its accounts are known to everybody",
            node.address()
        ));
    }
    output.result(&start_as_json(&node, &config), || start_as_text(&node, &config));
    // An error would mean that the handler is gone, which is an end as well.
    let _ = interrupt.recv();
    output.note("stopping");
    let stopped = node.stop().map_err(failed);
    log.finish();
    stopped.map(|()| true)
}

fn config(args: &NodeArgs) -> NodeConfig {
    NodeConfig {
        host: args.host.clone(),
        port: args.port,
        chain_id: args.chain_id,
        arbos_version: args.arbos.number(),
        mnemonic: args.mnemonic.clone(),
        accounts: args.accounts,
        balance_wei: U256::from(args.balance) * U256::from(10).pow(U256::from(18)),
        base_fee_wei: args.base_fee,
        l1_price_per_unit_wei: args.l1_price,
        genesis_ts: args.timestamp,
        block_time: args.block_time.map(Duration::from_secs_f64),
        no_mining: args.no_mining,
        internal_transactions: args.internal_transactions,
        state: args.state.clone(),
        allow_origin: args.allow_origin.clone(),
        limits: Limits::default(),
        activity: None,
    }
}

fn start_as_json(node: &NodeHandle, config: &NodeConfig) -> Value {
    let account = |account: &Account| json!({ "address": account.address, "private_key": account.key });
    json!({
        "listening": node.address().to_string(),
        "url": node.url(),
        "ws_url": node.ws_url(),
        "chain_id": node.chain_id(),
        "arbos": config.arbos_version,
        "base_fee_wei": config.base_fee_wei,
        "l1_price_per_unit_wei": config.l1_price_per_unit_wei,
        "mnemonic": config.mnemonic,
        "derivation_path": DERIVATION_PATH,
        "accounts": node.accounts().iter().map(account).collect::<Vec<_>>(),
        "chain_owner": account(&network_dev_account()),
        "create2_factory": CREATE2_FACTORY,
        "stylus_deployer": STYLUS_DEPLOYER,
        "cache_manager": CACHE_MANAGER,
    })
}

fn start_as_text(node: &NodeHandle, config: &NodeConfig) -> String {
    let mut text = String::from("\nAvailable Accounts\n==================\n\n");
    for (index, account) in node.accounts().iter().enumerate() {
        let ether = format_ether(config.balance_wei);
        let ether = ether.trim_end_matches('0').trim_end_matches('.');
        let _ = writeln!(text, "({index}) {} ({ether} ETH)", account.address);
    }
    text += "\nPrivate Keys\n==================\n\n";
    for (index, account) in node.accounts().iter().enumerate() {
        let _ = writeln!(text, "({index}) {}", account.key);
    }
    let owner = network_dev_account();
    let gwei = format_units(config.base_fee_wei, "gwei").unwrap_or_default();
    let _ = write!(
        text,
        "
Wallet
==================
Mnemonic:          {}
Derivation path:   {DERIVATION_PATH}

Chain
==================
Chain ID:          {}
ArbOS:             {}
Base Fee:          {} gwei
L1 price per unit: {} wei
Chain owner:       {}
                   {}

Contracts
==================
CREATE2 factory:   {CREATE2_FACTORY}
StylusDeployer:    {STYLUS_DEPLOYER}
CacheManager:      {CACHE_MANAGER}

Listening on {}",
        config.mnemonic,
        node.chain_id(),
        config.arbos_version,
        gwei.trim_end_matches('0').trim_end_matches('.'),
        config.l1_price_per_unit_wei,
        owner.address,
        owner.key,
        node.address(),
    );
    text
}
