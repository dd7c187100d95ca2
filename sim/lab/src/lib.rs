//! Mintage-lab: token economies run on their real bytecode.

pub mod invariant;
pub mod metrics;
pub mod price;
pub mod rng;
pub mod scenario;
