//! What a Mintage program is written with.
//!
//! * [`interface!`] turns a Solidity interface file into a trait, events, errors and the router; [`entrypoint`] makes an
//!   implementation of that trait the program.
//! * [`storage`](mod@storage) types lie where Solidity would put them and cost nothing to build.
//! * [`call`] reaches other contracts, [`parts`] are reusable pieces of state with their rules.
//!
//! The kit holds no economics: those are `mintage-mechanism`. It knows no program and no simulator.
//! See the README for how a program is written.

#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::indexing_slicing
    )
)]

// The derive macros name the crate by its path, here too.
extern crate self as mintage_kit;

pub mod abi;
pub mod call;
pub mod entry;
#[cfg(not(target_arch = "wasm32"))]
pub mod export;
pub mod host;
pub mod parts;
pub mod revert;
pub mod storage;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod word;

pub use alloy_primitives::{Address, B256, FixedBytes, I256, U256, keccak256};
pub use mintage_kit_macros::{client, entrypoint, interface, record, solidity, storage};
pub use revert::{Result, Revert};
pub use std::vec::Vec;

/// Everything that a program's source usually needs.
pub mod prelude {
    pub use crate::abi::{Array, Event as _};
    pub use crate::host::{block, emit, msg, this};
    pub use crate::revert::{Overflow, Result, Revert};
    pub use crate::storage::{List, Map, ShortText, Slot, Text};
    pub use crate::{Address, B256, FixedBytes, I256, U256, Vec, ensure, entrypoint, record, storage};
}
