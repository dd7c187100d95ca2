//! A test chain in process that runs transactions as an Arbitrum chain does: Stylus programs and EVM bytecode,
//! accounts, blocks, time, snapshots, receipts.
//!
//! ```
//! use mintage_chain::{Chain, ChainError, U256};
//!
//! let mut chain = Chain::new();
//! let [alice, bob] = chain.accounts();
//!
//! let snapshot = chain.snapshot();
//! let receipt = chain.tx(alice, bob).value(1_000).send()?;
//! assert_eq!((receipt.block, receipt.gas_used), (1, 21_000));
//!
//! chain.warp(7 * 86_400);
//! chain.revert_to(snapshot)?;
//! assert_eq!(chain.block_number(), 0);
//!
//! let nobody = "nobody".repeat(3);
//! let error = chain.tx(mintage_chain::account_of_name(&nobody), bob).send().unwrap_err();
//! assert!(matches!(error, ChainError::Rejected(_)));
//! # Ok::<(), ChainError>(())
//! ```
//!
//! A Stylus program comes as an [`Artifact`], which `mintage build` writes, and is deployed as the network does it:
//!
//! ```
//! # use mintage_chain::{Artifact, Chain};
//! # let wasm = include_bytes!(concat!(
//! #     env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/stylus/wasm/own-echo.wasm"
//! # ));
//! let echo = Artifact::from_wasm("echo", wasm)?; // or Artifact::load("target/stylus/echo.json")?
//! let mut chain = Chain::new();
//! let [alice] = chain.accounts();
//!
//! let deployed = chain.deploy(&echo).from(alice).send()?;
//! assert_eq!(deployed.data_fee_wei, echo.data_fee_wei);
//!
//! let receipt = chain.tx(alice, deployed.address).data(b"hello".to_vec()).traced().send()?;
//! assert_eq!(receipt.output.as_ref(), b"hello");
//! for cost in receipt.hostio_costs() {
//!     println!("{:>24} {:>4} calls {:>10} ink", cost.name, cost.calls, cost.ink);
//! }
//! # Ok::<(), mintage_chain::ChainError>(())
//! ```
//!
//! A chain for a node keeps everything that clients ask for, for readers in other threads:
//!
//! ```
//! # use mintage_chain::{BlockId, CallRequest, Chain, Overrides, U256};
//! let mut chain = Chain::builder().archive(true).build()?;
//! let reader = chain.reader().expect("an archive is kept");
//! let [alice, bob] = chain.accounts();
//! let receipt = chain.tx(alice, bob).value(1_000).send()?;
//!
//! let block = reader.block(receipt.block).expect("it is sealed");
//! assert_eq!(block.transactions[0].transaction.from(), alice);
//! let call = CallRequest { from: Some(alice), to: Some(bob), value: U256::from(1), ..CallRequest::default() };
//! let gas = reader.estimate_gas(BlockId::Pending, &call, &Overrides::default())?;
//! assert_eq!(gas, 21_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What belongs elsewhere: the virtual machine and its prices (`mintage-vm`), markets and agents (`mintage-lab`),
//! JSON-RPC. This crate reads no environment and no clock, and prints nothing; the files it touches are the artifacts
//! and chains that it is told to load or save.

mod accounts;
mod activation;
mod archive;
mod artifact;
mod attempt;
mod block;
mod builder;
mod call;
mod chain;
mod check;
mod clock;
mod deploy;
mod dump;
mod engine;
mod error;
mod execute;
mod inbox;
mod include;
mod l1;
mod ledger;
mod logs;
mod merkle;
mod outcome;
mod overrides;
mod pool;
mod pricing;
mod profile;
mod publish;
mod reader;
mod receipt;
mod remote;
mod revert;
mod snapshot;
mod start;
mod state;
mod submit;
mod transaction;
mod tx;

pub use accounts::{DEV_ACCOUNTS, DEV_BALANCE_WEI, account_of_name};
pub use alloy_json_abi::JsonAbi;
pub use alloy_primitives::{Address, B256, Bytes, Log, U256, address, hex};
pub use artifact::{ARTIFACT_SCHEMA_VERSION, Artifact, ArtifactError, Toolchain};
pub use block::Block;
pub use builder::{
    ChainBuilder, DEFAULT_BASE_FEE_WEI, DEFAULT_CHAIN_ID, DEFAULT_GENESIS_TS, DEFAULT_HISTORY,
};
pub use call::L1Estimate;
pub use chain::Chain;
pub use deploy::{ARB_WASM, CONSTRUCTOR_SELECTOR, Deploy, Deployment};
pub use dump::DumpError;
pub use engine::{EngineInUse, engine_stats, set_engine_options};
pub use error::{ChainError, Halt, ReadError, Rejected};
pub use inbox::RetryableMessage;
pub use ledger::{MinedTransaction, SealedBlock, TransactionReceipt};
pub use logs::{LogEntry, LogQuery, LogQueryError};
pub use mintage_vm::arbos::base_fee::GasConstraint;
pub use mintage_vm::symbols::Symbols;
pub use mintage_vm::trace;
pub use outcome::Touched;
pub use overrides::{AccountOverride, BlockOverrides, Overrides};
pub use pool::PooledTransaction;
pub use pricing::BaseFeeRule;
pub use profile::HostioCost;
pub use publish::Mining;
pub use reader::{
    AccessListOutcome, AccountProof, BlockId, CallError, CallOutcome, CallRequest, ChainReader, FeeHistory,
    Located, PendingHeader, Replay, SlotProof, StateView,
};
pub use receipt::{Receipt, Status};
pub use remote::{ForkPoint, RemoteAccount, RemoteState};
pub use revert::Revert;
pub use snapshot::Snapshot;
pub use transaction::{
    Deposit, Internal, Redeem, SubmitRetryable, Transaction, TransactionKind, TxEnvelope, TypedTransaction,
};
pub use tx::{Decode, Raw, TxBuilder, Typed};
