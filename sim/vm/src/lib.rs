//! Arbitrum's Stylus on revm: WASM programs and EVM bytecode in one transaction, priced as the network prices them.
//!
//! The crate has two halves. The static half judges and prepares a WASM module without running it. The dynamic half runs
//! it as one more frame of revm's frame loop. What a chain does around transactions is not here.

pub mod activate;
pub mod arbos;
pub mod code;
mod deploy;
pub mod engine;
pub mod evm;
mod executable;
mod frame;
mod host;
mod host_cell;
mod hostio;
pub mod imports;
pub mod instrument;
pub mod memory;
mod opcodes;
pub mod precompile;
pub mod pricing;
pub mod rejection;
pub mod report;
pub mod runtime;
pub mod state;
pub mod trace;
pub mod validate;

pub use activate::{Activation, activate};
pub use arbos::{ArbosVersion, StylusParams};
pub use engine::{Compilation, DiskCacheOptions, EngineOptions, StylusEngine};
pub use evm::StylusEvm;
pub use frame::DirectRun;
pub use instrument::{Instrumented, instrument};
pub use rejection::Rejection;
pub use validate::ActivationRules;
