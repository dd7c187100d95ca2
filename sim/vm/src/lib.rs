//! Arbitrum's Stylus on revm: WASM programs and EVM bytecode in one transaction, priced as the network prices them.
//!
//! The crate has two halves. The static half judges and prepares a WASM module without running it. The dynamic half runs
//! it as one more frame of revm's frame loop. What a chain does around transactions is not here.

pub mod arbos;
pub mod evm;
pub mod memory;
pub mod precompile;
pub mod pricing;

pub use evm::StylusEvm;
