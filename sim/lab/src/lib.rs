#![doc = include_str!("../README.md")]

pub mod agent;
pub mod amount;
mod cast;
mod error;
mod genesis;
pub mod invariant;
pub mod ledger;
pub mod market;
pub mod metrics;
pub mod observe;
pub mod price;
pub mod record;
pub mod report;
pub mod rng;
pub mod run;
pub mod scenario;
mod simulation;
pub mod sites;
mod source;
pub mod text;
mod uniswap;
pub mod world;

pub use cast::{NoFiles, PriceFiles};
pub use error::LabError;
pub use simulation::{Outcome, Progress, Simulation};
pub use source::ProgramSource;
