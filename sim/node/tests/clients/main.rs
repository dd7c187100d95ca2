//! The node under real clients, each as its users run it: viem and ethers by the scripts of `tests/e2e`, cast, forge and cargo-stylus as
//! processes. What a client sends and expects byte by byte belongs to `tests/main.rs`.
//!
//! The clients come from `node_modules` at the repository's root (`npm ci`, which `make test` runs), and cargo-stylus from crates.io
//! (`scripts/cargo-stylus.sh`); where they are missing, the tests fail and say so.

mod cast;
mod clients;
mod forge;
mod fork;
mod record;
mod run;
mod serve;
mod stylus;
