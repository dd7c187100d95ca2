//! What `mintage check` tells: would the network accept a module, how must it be deployed, what will it cost.
//!
//! Pure and offline: the chain is described by its parameters. Nothing is printed here.

use std::fmt;

use revm::primitives::U256;

use crate::{
    activate::{Activation, DataPricer, FIXED_ACTIVATION_GAS, activate},
    arbos::{ArbosVersion, StylusParams},
    code,
    memory::{MemoryModel, Pages},
    pricing::{EntryGas, fragment_read_gas},
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
        let verdict = activate(self.wasm, &rules).map(|activation| Cost::of(&activation, &deployment, chain));
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

/// How a module's code gets on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// As one contract.
    OnePiece,
    /// As fragments and a root contract that names them.
    Fragments {
        /// Number of fragments.
        count: usize,
        /// Bytes of each fragment's code, in order.
        code_lens: Vec<usize>,
    },
    /// Not at all.
    TooLarge {
        /// Bytes of the compressed code.
        code_len: usize,
        /// Bytes that fit on this chain.
        limit: usize,
    },
}

impl Deployment {
    fn of(code_len: usize, chain: &ChainView) -> Self {
        if code_len <= chain.max_code_size {
            return Self::OnePiece;
        }
        // The classic prefix and the dictionary byte stand once, in the root; each fragment has its own prefix.
        let stream = code_len - code::CLASSIC_PREFIX.len() - 1;
        let room = chain.max_code_size.saturating_sub(code::FRAGMENT_PREFIX.len());
        let most = usize::from(chain.params.max_fragment_count);
        if room * most < stream {
            return Self::TooLarge {
                code_len,
                limit: chain.max_code_size.max(room * most),
            };
        }
        let count = stream.div_ceil(room);
        let payload = |index| room.min(stream - index * room);
        let code_lens = (0..count)
            .map(|index| payload(index) + code::FRAGMENT_PREFIX.len())
            .collect();
        Self::Fragments { count, code_lens }
    }

    /// Whether there is a way.
    pub const fn fits(&self) -> bool {
        !matches!(self, Self::TooLarge { .. })
    }
}

impl fmt::Display for Deployment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnePiece => write!(formatter, "one contract"),
            Self::Fragments { count, .. } => write!(formatter, "{count} fragments and a root contract"),
            Self::TooLarge { code_len, limit } => write!(
                formatter,
                "does not fit: the compressed code has {code_len} bytes, this chain allows {limit}; \
                 make it smaller (opt-level \"z\", wasm-opt -Oz, fewer dependencies) or split the contract"
            ),
        }
    }
}

/// What an accepted program costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory pages that each call opens.
    pub pages: u16,
    /// Gas for those pages, if no other program of the transaction has opened any.
    pub memory_gas: u64,
    /// Init and cached gas.
    pub entry: EntryGas,
    /// Gas of entering the program, memory included.
    pub call_gas: u64,
    /// The same when the program is cached.
    pub cached_call_gas: u64,
    /// Recorded init cost.
    pub init_cost: u16,
    /// Recorded cached init cost.
    pub cached_init_cost: u16,
    /// Predicted bytes of compiled code.
    pub asm_estimate: u32,
    /// Activation's gas that depends on the module.
    pub activation_gas: u64,
    /// All gas that `ArbWasm.activateProgram` takes, called from a transaction of its own.
    pub activation_call_gas: u64,
    /// Data fee in wei: to be sent along with the activation.
    pub data_fee_wei: U256,
}

impl Cost {
    fn of(activation: &Activation, deployment: &Deployment, chain: &ChainView) -> Self {
        let params = &chain.params;
        let entry = EntryGas::new(params, activation.init_cost, activation.cached_init_cost);
        let memory = MemoryModel::new(params, chain.arbos);
        let memory_gas = memory.gas_cost(activation.footprint, Pages::default());
        let (data_fee_wei, after) = chain.pricer.charge(activation.asm_estimate, chain.now_ts);
        let fragments: u64 = match deployment {
            Deployment::Fragments { code_lens, .. } => code_lens
                .iter()
                .map(|code_len| fragment_read_gas(*code_len, true))
                .sum(),
            _ => 0,
        };
        Self {
            pages: activation.footprint,
            memory_gas,
            call_gas: memory_gas.saturating_add(entry.charge(params.version, false)),
            cached_call_gas: memory_gas.saturating_add(entry.charge(params.version, true)),
            entry,
            init_cost: activation.init_cost,
            cached_init_cost: activation.cached_init_cost,
            asm_estimate: activation.asm_estimate,
            activation_gas: activation.activation_gas,
            activation_call_gas: activation.activation_gas
                + fragments
                + around_activation(chain, after.demand),
            data_fee_wei,
        }
    }
}

/// Gas that `activateProgram` takes beside the module's own part: what it reads, writes, logs and returns.
fn around_activation(chain: &ChainView, demand_after: u32) -> u64 {
    const READ: u64 = 800;
    const WRITE: u64 = 20_000;
    const WRITE_ZERO: u64 = 5000;
    let arguments_and_state = 3 + READ;
    let extra = if chain.arbos >= ArbosVersion::V59 {
        READ + chain.extra_activation_gas
    } else {
        0
    };
    let params_and_record = 100 + READ;
    let module_hash = WRITE;
    let pricer = 5 * READ + WRITE + if demand_after == 0 { WRITE_ZERO } else { WRITE };
    let record = WRITE;
    let fee_account = READ;
    let event_and_result = 2149 + 6;
    FIXED_ACTIVATION_GAS
        + arguments_and_state
        + extra
        + params_and_record
        + module_hash
        + pricer
        + record
        + fee_account
        + event_and_result
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn chain() -> ChainView {
        ChainView::new(ArbosVersion::V61, NOW)
    }

    #[test]
    fn test_deployment_at_its_edges() {
        assert_eq!(Deployment::of(24_576, &chain()), Deployment::OnePiece);
        // 24,573 bytes of stream fill a fragment; 24,577 of code leave exactly that, and one contract is too small.
        assert_eq!(
            Deployment::of(24_577, &chain()),
            Deployment::Fragments {
                count: 1,
                code_lens: vec![24_576]
            }
        );
        assert_eq!(
            Deployment::of(24_578, &chain()),
            Deployment::Fragments {
                count: 2,
                code_lens: vec![24_576, 4]
            }
        );
        assert_eq!(
            Deployment::of(4 * 24_573 + 4, &chain()),
            Deployment::Fragments {
                count: 4,
                code_lens: vec![24_576; 4]
            }
        );
        let over = Deployment::of(4 * 24_573 + 5, &chain());
        assert_eq!(
            over,
            Deployment::TooLarge {
                code_len: 98_297,
                limit: 98_292
            }
        );
        assert!(!over.fits() && over.to_string().contains("98292"));
    }

    #[test]
    fn test_deployment_before_fragments() {
        let chain = ChainView::new(ArbosVersion::V51, NOW);
        assert_eq!(
            Deployment::of(24_577, &chain),
            Deployment::TooLarge {
                code_len: 24_577,
                limit: 24_576
            }
        );
    }

    /// A fragment count and lengths that [`code::encode_fragments`] agrees with.
    #[test]
    fn test_deployment_is_what_the_encoder_makes() {
        // Bytes that do not compress: xorshift.
        let mut state = 1_u32;
        let mut byte = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        };
        let wasm: Vec<u8> = (0..60_000).map(|_| byte()).collect();
        let codes = code::encode_fragments(&wasm, 10_000);
        let chain = ChainView {
            max_code_size: 10_000,
            ..chain()
        };
        let chain = ChainView {
            params: StylusParams {
                max_fragment_count: 9,
                ..chain.params
            },
            ..chain
        };
        let deployment = Deployment::of(code::encode(&wasm).len(), &chain);
        let code_lens: Vec<usize> = codes.iter().map(|code| code.len()).collect();
        assert_eq!(
            deployment,
            Deployment::Fragments {
                count: codes.len(),
                code_lens
            }
        );
    }

    #[test]
    fn test_around_activation_adds_up() {
        let common = 1_659_168 + 803 + 900 + 20_000 + 44_000 + 20_000 + 800 + 2155;
        assert_eq!(
            around_activation(&ChainView::new(ArbosVersion::V51, NOW), 1),
            common
        );
        let chain = ChainView {
            extra_activation_gas: 7,
            ..chain()
        };
        assert_eq!(around_activation(&chain, 0), common + 807 - 15_000);
    }
}
