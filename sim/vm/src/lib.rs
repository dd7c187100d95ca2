//! Arbitrum's Stylus on revm: WASM programs and EVM bytecode in one transaction, priced as the network prices them.
//!
//! The crate has two halves. The static half judges and prepares a WASM module without running it. The dynamic half runs
//! it as one more frame of revm's frame loop. What a chain does around transactions is not here.

pub mod activate;
pub mod arbos;
pub mod code;
pub mod evm;
pub mod imports;
pub mod instrument;
pub mod memory;
pub mod precompile;
pub mod pricing;
pub mod rejection;
pub mod validate;

pub use activate::{Activation, activate};
pub use arbos::{ArbosVersion, StylusParams};
pub use evm::StylusEvm;
pub use instrument::{Instrumented, instrument};
pub use rejection::Rejection;
pub use validate::ActivationRules;
