//! A dev node for Arbitrum Stylus: the chain of `mintage-chain` behind JSON-RPC, over HTTP and WebSocket on one port.
//! cargo-stylus, cast, forge, viem, ethers and alloy take it for an Arbitrum node.
//!
//! ```
//! use mintage_node::NodeHandle;
//!
//! let node = NodeHandle::spawn()?; // on a free port; stops when dropped
//! assert!(node.url().starts_with("http://127.0.0.1:"));
//! # Ok::<(), mintage_node::NodeError>(())
//! ```
//!
//! # How it is built
//! One thread owns the chain ([`writer`](self)); requests that change it queue there. Everything else reads through
//! `mintage_chain::ChainReader`, which never waits for that thread: quick look-ups on the connection's own task, executions on a pool
//! of threads, long ones (traces, logs) on fewer of them.
//!
//! The transport is axum on hyper and not jsonrpsee, because the quirks of clients are about what a framework decides
//! for itself: bodies of any content type, requests without `params` or with `null` in place of an argument, ids given
//! back as they were written, one invalid element in a batch that leaves the others alone, 204 for notifications, a method name
//! in many spellings, limits with errors of their own, and subscriptions that share one feed with filters.
//!
//! What belongs elsewhere: execution, blocks, pool, history (`mintage-chain`), the text of the banner and the command line
//! (`mintage`). This crate prints nothing and reads no environment; the clock of the machine it does read, and gives it to the chain.

mod activity;
mod calls;
mod config;
mod dispatch;
mod feed;
mod filters;
mod fork;
mod genesis;
mod handle;
mod methods;
mod node;
mod objects;
mod predeploys;
mod render;
mod rpc;
mod server;
mod subscribe;
mod wallet;
mod writer;

pub use activity::Activity;
pub use config::{Limits, NodeConfig};
pub use fork::{ForkBlock, ForkConfig, ForkError, Forked};
pub use handle::{NodeError, NodeHandle};
pub use methods::names as method_names;
pub use predeploys::{CACHE_MANAGER, CREATE2_FACTORY, MULTICALL3, STYLUS_DEPLOYER};
pub use wallet::{Account, DEFAULT_MNEMONIC, DERIVATION_PATH, MnemonicProblem, network_dev_account};
