//! ArbOS: the rules of the chain around programs and contracts, as pure functions and as operations on its state.
//!
//! The first half depends on numbers alone: what a version decides ([`ArbosVersion`]), the Stylus parameters
//! ([`StylusParams`]), how the base fee follows demand ([`base_fee`], [`multi_gas`]), what a transaction's bytes cost
//! ([`poster`]), how their price follows what the poster spends ([`l1_price`]), and who receives what ([`fees`]).
//!
//! The second half acts on the state, which [`schema`] lays out and [`storage`] reaches: the birth of a chain
//! ([`genesis`]), blocks and payment ([`block`], [`gas_price`], [`l1_blocks`], [`l1_report`], [`upgrade`]), messages from
//! and to L1 ([`retryable`], [`retry`], [`sends`], [`alias`]), sets, tables and strings. The precompiles charge for the
//! same operations, see [`precompile`](crate::precompile); chains call them free of charge.
//!
//! Prices of programs are in [`pricing`](crate::pricing), the page model in [`memory`](crate::memory), acceptance rules
//! in [`validate`](crate::validate).

mod address_set;
pub mod address_table;
pub mod alias;
pub mod base_fee;
pub mod block;
pub mod bytes;
mod context;
pub mod fees;
pub mod gas_price;
pub mod genesis;
pub mod l1_blocks;
pub mod l1_price;
pub mod l1_report;
pub mod multi_gas;
mod params;
pub mod poster;
pub mod retry;
pub mod retryable;
pub mod schema;
pub mod sends;
pub mod storage;
pub mod upgrade;
mod version;

pub use context::{ArbosContext, CurrentRedeem, L2BlockHashes};
pub use genesis::ArbosGenesis;
pub use params::StylusParams;
pub use version::{ArbosVersion, DEFAULT_MAX_WASM_SIZE, UnknownArbosVersion};
