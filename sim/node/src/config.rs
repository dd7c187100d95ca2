//! What a node can be told: its chain, its port, its accounts, its limits.

use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use alloy_primitives::U256;
use mintage_chain::{DEFAULT_BASE_FEE_WEI, DEV_BALANCE_WEI};

use crate::activity::Activity;
use crate::fork::ForkConfig;
use crate::wallet::DEFAULT_MNEMONIC;

/// Bounds that keep one client from taking the node away from the others. Each is answered with an error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body of a request, and largest WebSocket message, in bytes.
    pub body_bytes: usize,
    /// Requests in one batch.
    pub batch: usize,
    /// Bytes of the answers to one batch after which the rest of it is refused.
    pub batch_answer_bytes: usize,
    /// Connections at once.
    pub connections: usize,
    /// Blocks that one `eth_getLogs` may look through.
    pub log_blocks: u64,
    /// Log entries that one answer may hold.
    pub logs: usize,
    /// Gas of a call that asks for none, and the most one may ask for; L1 gas comes on top.
    pub call_gas: u64,
    /// Bytes of memory, about, that the trace of one execution may take, and bytes of the traces of one block.
    pub trace_bytes: usize,
    /// Time for one request to be answered.
    pub request_time: Duration,
    /// Time for a body to arrive.
    pub body_time: Duration,
    /// Time a connection may stay open without a request.
    pub idle_time: Duration,
    /// Time that running requests get when the node stops.
    pub stop_time: Duration,
    /// Filters alive at once; unused ones end after five minutes.
    pub filters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 8 << 20,
            batch: 1_000,
            batch_answer_bytes: 64 << 20,
            connections: 1_000,
            log_blocks: 100_000,
            logs: 100_000,
            call_gas: 50_000_000,
            trace_bytes: 64 << 20,
            request_time: Duration::from_secs(30),
            body_time: Duration::from_secs(20),
            idle_time: Duration::from_secs(60),
            stop_time: Duration::from_secs(10),
            filters: 1_000,
        }
    }
}

/// What the node is started with.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// Name or address to listen on. The loopback names and addresses mean both 127.0.0.1 and ::1.
    pub host: String,
    /// Port; 0 for a free one.
    pub port: u16,
    /// Chain id; if not given that of the network's own dev node, 412346, or on a fork the other chain's.
    pub chain_id: Option<u64>,
    /// ArbOS version whose rules hold.
    pub arbos_version: u64,
    /// Words that the accounts' keys come from.
    pub mnemonic: String,
    /// Accounts made from the mnemonic.
    pub accounts: u32,
    /// Wei that each account begins with.
    pub balance_wei: U256,
    /// Base fee at the start and the least it falls to, in wei.
    pub base_fee_wei: u64,
    /// Wei for a unit of L1 data; 16 units are one byte of a compressed transaction.
    pub l1_price_per_unit_wei: u64,
    /// Time of the genesis in seconds since 1970; the clock's if not given. On a fork the time of its first block, if not given
    /// that of the block before, from where the clock goes on.
    pub genesis_ts: Option<u64>,
    /// Looks at no clock: time is that of the genesis and what requests add to it, so that the same requests make the same blocks.
    pub still_clock: bool,
    /// Time from one block to the next, above 0 and at most a year; blocks come with transactions if not given.
    pub block_time: Option<Duration>,
    /// Make blocks only when told to.
    pub no_mining: bool,
    /// Begin each block with ArbOS's own transaction, of type 0x6a.
    pub internal_transactions: bool,
    /// File that the chain is read from, if it is there, and written to at the end. What it holds goes before the settings of the chain
    /// here.
    pub state: Option<PathBuf>,
    /// The chain that this one is to be a fork of. If it is an Arbitrum chain, its ArbOS goes on here, and `arbos_version`,
    /// `base_fee_wei` and `l1_price_per_unit_wei` do not count.
    pub fork: Option<ForkConfig>,
    /// The one origin from which pages in browsers may use the node, and value of `Access-Control-Allow-Origin`; `*` for all. A request with
    /// another `Origin` is refused; one without (from anything but a browser) is not.
    pub allow_origin: String,
    /// Bounds on what clients may ask for.
    pub limits: Limits,
    /// Where each request and each block is reported. The node never waits for it: what does not fit is not reported.
    pub activity: Option<SyncSender<Activity>>,
}

/// About what Arbitrum One asked for most of 2026.
const L1_PRICE_PER_UNIT_WEI: u64 = 1_000_000;

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8547,
            chain_id: None,
            arbos_version: 61,
            mnemonic: DEFAULT_MNEMONIC.to_owned(),
            accounts: 10,
            balance_wei: DEV_BALANCE_WEI,
            base_fee_wei: DEFAULT_BASE_FEE_WEI,
            l1_price_per_unit_wei: L1_PRICE_PER_UNIT_WEI,
            genesis_ts: None,
            still_clock: false,
            block_time: None,
            no_mining: false,
            internal_transactions: false,
            state: None,
            fork: None,
            allow_origin: "*".to_owned(),
            limits: Limits::default(),
            activity: None,
        }
    }
}
