//! `mintage node`: a dev node that real clients take for Arbitrum. What it does is `mintage_node`; here are its options, its banner and its end.

mod log;

use crate::{code_cache, output::Output};
use alloy_primitives::{U256, utils::format_ether, utils::format_units};
use mintage_node::{
    Account, CACHE_MANAGER, CREATE2_FACTORY, DERIVATION_PATH, ForkBlock, ForkConfig, Limits, MULTICALL3,
    NodeConfig, NodeError, NodeHandle, STYLUS_DEPLOYER, network_dev_account,
};
use mintage_vm::ArbosVersion;
use serde_json::{Value, json};
use std::{fmt::Write as _, path::PathBuf, sync::mpsc, time::Duration};

/// Run a dev node for Stylus and Solidity: JSON-RPC over HTTP and WebSocket, with anvil's development methods.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct NodeArgs {
    /// Port for HTTP and WebSocket; 0 for a free one.
    #[arg(short, long, default_value_t = 8547)]
    port: u16,
    /// Name or address to listen on. Loopback names and addresses mean both 127.0.0.1 and ::1.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Chain id [default: 412346, on a fork the other chain's]. forge estimates gas only on those that it knows as Arbitrum, such
    /// as 42161.
    #[arg(long, value_name = "ID")]
    chain_id: Option<u64>,
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
    /// Time of the genesis, in seconds since 1970 [default: now, on a fork that of the forked block]
    #[arg(long, value_name = "SECONDS")]
    timestamp: Option<u64>,
    /// Look at no clock: time moves by requests alone, and the same requests make the same blocks.
    #[arg(long)]
    still_clock: bool,
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
    #[command(flatten)]
    fork: ForkArgs,
    /// Where pages of browsers may come from.
    #[arg(long, value_name = "ORIGIN", default_value = "*")]
    allow_origin: String,
    /// Show every request on stderr, and not only blocks and refused requests; --quiet shows nothing.
    #[arg(short, long)]
    verbose: bool,
}

/// The chain that this one is to be a fork of.
#[derive(clap::Args)]
#[command(next_help_heading = "Fork")]
struct ForkArgs {
    /// Begin as a fork of the chain behind this endpoint (http or https). What is missing is read from there when it is needed;
    /// nothing is ever written there.
    #[arg(short, long, value_name = "URL", visible_alias = "rpc-url")]
    fork_url: Option<String>,
    /// The block to begin after: a number (decimal, or hex with 0x), latest, safe, finalized or earliest [default: latest]
    #[arg(
        long,
        value_name = "BLOCK",
        visible_alias = "fork-block-number",
        requires = "fork_url"
    )]
    fork_block: Option<ForkBlock>,
    /// How often a request is sent again that met no connection, HTTP status 429 or 5xx, or a broken answer [default: 5]
    #[arg(long, value_name = "NUMBER", requires = "fork_url")]
    fork_retries: Option<u32>,
    /// Time that the endpoint has for one answer [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = positive_secs, requires = "fork_url")]
    fork_timeout: Option<f64>,
    /// A header for the requests, such as `Authorization: Bearer KEY`; may be given several times.
    #[arg(long, value_name = "NAME: VALUE", value_parser = header, requires = "fork_url")]
    fork_header: Vec<(String, String)>,
    /// Folder in which is kept what was read [default: in the user's cache folder; nothing of an endpoint on this machine]
    #[arg(long, value_name = "FOLDER", requires = "fork_url")]
    fork_cache: Option<PathBuf>,
    /// Keep nothing of what was read.
    #[arg(long, requires = "fork_url", conflicts_with = "fork_cache")]
    no_fork_cache: bool,
}

impl ForkArgs {
    fn config(&self) -> Option<ForkConfig> {
        let mut config = ForkConfig::new(self.fork_url.clone()?);
        config.block = self.fork_block.unwrap_or_default();
        config.retries = self.fork_retries.unwrap_or(config.retries);
        config.timeout = self.fork_timeout.map_or(config.timeout, Duration::from_secs_f64);
        config.headers.clone_from(&self.fork_header);
        config.cache = match &self.fork_cache {
            Some(folder) => Some(folder.clone()),
            None if self.no_fork_cache || config.is_local() => None,
            None => code_cache::fork_folder(),
        };
        Some(config)
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("a header is a name, a colon and a value".to_owned()),
    }
}

const EXAMPLES: &str = "\
Examples:
  mintage node                              on 127.0.0.1:8547, ten accounts with 10,000 ether each
  mintage node --port 0 --json              on a free port, the start as JSON
  mintage node --chain-id 42161             forge estimates gas as on Arbitrum One
  mintage node --block-time 2               a block every two seconds
  mintage node --state chain.mintage        goes on where it was stopped
  mintage node --fork-url https://arb1.arbitrum.io/rpc --fork-block 400000000
                                            Arbitrum One as it was, to change at will
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
        still_clock: args.still_clock,
        block_time: args.block_time.map(Duration::from_secs_f64),
        no_mining: args.no_mining,
        internal_transactions: args.internal_transactions,
        state: args.state.clone(),
        fork: args.fork.config(),
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
        "multicall3": MULTICALL3,
        "cache_manager": CACHE_MANAGER,
        "fork": node.fork().map(|fork| json!({
            "endpoint": fork.endpoint,
            "chain_id": fork.chain_id,
            "block": fork.block,
            "block_hash": fork.block_hash,
            "timestamp": fork.timestamp,
            "is_arbitrum": fork.is_arbitrum,
        })),
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
    let _ = write!(
        text,
        "
Wallet
==================
Mnemonic:          {}
Derivation path:   {DERIVATION_PATH}
",
        config.mnemonic
    );
    text += &chain_as_text(node, config);
    let _ = write!(text, "\nListening on {}", node.address());
    text
}

/// What the chain is like: of a fork of an Arbitrum chain only what it brought is not known here.
fn chain_as_text(node: &NodeHandle, config: &NodeConfig) -> String {
    let mut text = format!(
        "\nChain\n==================\nChain ID:          {}\n",
        node.chain_id()
    );
    if let Some(fork) = node.fork() {
        let _ = write!(
            text,
            "Fork of:           {}
Fork block:        {}
                   {}
",
            fork.endpoint, fork.block, fork.block_hash
        );
    }
    let contracts = format!(
        "CREATE2 factory:   {CREATE2_FACTORY}\nStylusDeployer:    {STYLUS_DEPLOYER}\nMulticall3:        {MULTICALL3}\n"
    );
    if node.fork().is_some_and(|fork| fork.is_arbitrum) {
        text += "ArbOS:             the forked chain's, with its prices and owners\n";
        return text + "\nContracts\n==================\n" + &contracts;
    }
    let owner = network_dev_account();
    let gwei = format_units(config.base_fee_wei, "gwei").unwrap_or_default();
    let _ = write!(
        text,
        "ArbOS:             {}
Base Fee:          {} gwei
L1 price per unit: {} wei
Chain owner:       {}
                   {}

Contracts
==================
{contracts}CacheManager:      {CACHE_MANAGER}
",
        config.arbos_version,
        gwei.trim_end_matches('0').trim_end_matches('.'),
        config.l1_price_per_unit_wei,
        owner.address,
        owner.key,
    );
    text
}
