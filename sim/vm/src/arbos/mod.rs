//! ArbOS: the rules of the chain around programs and contracts, as pure functions and as operations on its state.
//!
//! The first half depends on numbers alone: what a version decides ([`ArbosVersion`]), the Stylus parameters
//! ([`StylusParams`]), how the base fee follows demand ([`base_fee`], [`multi_gas`]), what a transaction's bytes cost
//! ([`poster`]), how their price follows what the poster spends ([`l1_price`]), and who receives what ([`fees`]).
//! Prices of programs are in [`pricing`](crate::pricing), the page model in [`memory`](crate::memory), acceptance rules
//! in [`validate`](crate::validate).

pub mod base_fee;
pub mod fees;
pub mod l1_price;
pub mod multi_gas;
mod params;
pub mod poster;
mod version;

pub use params::StylusParams;
pub use version::{ArbosVersion, DEFAULT_MAX_WASM_SIZE, UnknownArbosVersion};
