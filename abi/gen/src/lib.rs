//! From a Solidity interface to everything that speaks its ABI.
//!
//! `contracts/interfaces/I*.sol` is the one source of truth for functions, events, errors and constructors. This crate parses
//! such a file ([`Interface`]) into its JSON ABI, and renders ([`render`]) what the `abi` folder holds: copies of the Solidity
//! files, the JSON, the list of selectors and topics, and the module of Rust bindings.
//!
//! What does not belong here: the bindings themselves (crate `mintage-abi`, which must not be needed to generate it anew), and
//! the router of the programs (`mintage-kit` reads the interfaces itself, at compile time).

mod interface;
mod output;
mod selectors;
mod types;

pub use interface::{Interface, InterfaceError};
pub use output::{Drift, OutputError, check, read_interfaces, render, write};
pub use selectors::{Collision, Kind, Selector, list};
