//! What `mintage check` tells: would the network accept a module, how must it be deployed, what will it cost.
//!
//! Pure and offline: the chain is described by its parameters. Nothing is printed here.

mod cost;
mod deployment;

pub use cost::{Cost, Hint};
pub use deployment::Deployment;

use crate::{
    activate::{DataPricer, activate},
    arbos::{ArbosVersion, StylusParams},
    code,
    rejection::Rejection,
    validate::ActivationRules,
};

/// The chain on which a program is to run, as far as acceptance and cost depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainView {
    /// ArbOS version.
    pub arbos: ArbosVersion,
    /// Stylus parameters.
    pub params: StylusParams,
    /// Bytes that a contract's code may have.
    pub max_code_size: usize,
    /// State of the data pricer.
    pub pricer: DataPricer,
    /// Gas that the chain's owner adds to each activation (from ArbOS 59).
    pub extra_activation_gas: u64,
    /// Unix time of the activation in seconds.
    pub now_ts: u64,
}

impl ChainView {
    /// A chain that left everything as ArbOS sets it and has no unworked demand for data at `now_ts`.
    pub fn new(arbos: ArbosVersion, now_ts: u64) -> Self {
        Self {
            arbos,
            params: StylusParams::for_arbos(arbos),
            max_code_size: code::DEFAULT_MAX_CODE_SIZE,
            pricer: DataPricer {
                last_update_ts: now_ts,
                ..DataPricer::default()
            },
            extra_activation_gas: 0,
            now_ts,
        }
    }
}

/// A module that someone wants to deploy. Compressing takes most of the time of a check and does not depend on the chain.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    wasm: &'a [u8],
    code_len: usize,
}

impl<'a> Candidate<'a> {
    /// Takes and compresses a module.
    pub fn new(wasm: &'a [u8]) -> Self {
        Self {
            wasm,
            code_len: code::encode(wasm).len(),
        }
    }

    /// What `chain` would do with it.
    pub fn check(&self, chain: &ChainView) -> Report {
        let deployment = Deployment::of(self.code_len, chain);
        let rules = ActivationRules::new(chain.arbos, &chain.params, 0);
        let verdict = activate(self.wasm, &rules)
            .map(|activation| Cost::of(self.wasm, &activation, &deployment, chain));
        Report {
            arbos: chain.arbos,
            wasm_len: self.wasm.len(),
            code_len: self.code_len,
            deployment,
            verdict,
        }
    }
}

/// The answer of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The chain's ArbOS version.
    pub arbos: ArbosVersion,
    /// Bytes of the module.
    pub wasm_len: usize,
    /// Bytes of its compressed code, prefix included.
    pub code_len: usize,
    /// How it must be deployed.
    pub deployment: Deployment,
    /// What it costs, or why it is refused.
    pub verdict: Result<Cost, Rejection>,
}

impl Report {
    /// Whether it can be deployed and activated.
    pub const fn accepted(&self) -> bool {
        self.verdict.is_ok() && self.deployment.fits()
    }
}
