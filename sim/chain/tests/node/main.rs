//! A chain that was built for a node, as a node sees it: signed transactions, blocks, readers.

mod calls;
mod common;
mod files;
mod history;
mod inbox;
mod owner;
mod pool;
mod proofs;
mod transactions;
