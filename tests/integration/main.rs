//! Programs on the chain, as a user would call them: one module a program.
//!
//! A test belongs here when it sends transactions to a deployed program and looks at results, events, errors and
//! balances. Comparisons with other people's bytecode belong in `differential/`, long random sequences in `invariant/`.

#![allow(non_snake_case)] // bindings keep the names of the Solidity interfaces

mod buyback;
mod dapp;
mod emission;
mod pair;
mod price_oracle;
mod setting;
mod token;
mod treasury;
