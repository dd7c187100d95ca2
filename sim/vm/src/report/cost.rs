//! What an accepted program costs: to activate, to enter, and what its author may want to change.

use std::fmt;

use revm::primitives::U256;

use super::{ChainView, Deployment};
use crate::{
    activate::{Activation, FIXED_ACTIVATION_GAS},
    arbos::{ArbosVersion, StylusParams},
    memory::{MemoryModel, Pages},
    pricing::{EntryGas, fragment_read_gas},
    rejection::Place,
    validate::function_place,
};

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
    /// What its author may want to know beside the figures.
    pub hints: Vec<Hint>,
}

/// Something that the network accepts and that is seldom wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// The module starts with more memory than is free.
    PaidPages {
        /// Initial pages.
        pages: u16,
        /// Pages that are free in a transaction.
        free: u16,
        /// Gas for the others, paid at every call.
        gas: u64,
    },
    /// A function has code that no one can pay for.
    Unpayable {
        /// Where.
        function: Place,
    },
}

impl fmt::Display for Hint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PaidPages { pages, free, gas } => write!(
                formatter,
                "the module starts with {pages} memory pages of which {free} are free: {gas} gas at every call; \
                 lower the stack size at link time (`-C link-arg=-zstack-size=32768`) and keep large arrays out of \
                 static data"
            ),
            Self::Unpayable { function } => write!(
                formatter,
                "{function} has floating-point code that the network accepts but that no gas can pay for: a call that \
                 reaches it runs out of ink; use integers or fixed-point arithmetic"
            ),
        }
    }
}

impl Cost {
    pub(super) fn of(
        wasm: &[u8],
        activation: &Activation,
        deployment: &Deployment,
        chain: &ChainView,
    ) -> Self {
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
            hints: hints(wasm, activation, memory_gas, params),
        }
    }
}

fn hints(wasm: &[u8], activation: &Activation, memory_gas: u64, params: &StylusParams) -> Vec<Hint> {
    let (pages, free) = (activation.footprint, params.free_pages);
    let paid = (memory_gas > 0).then_some(Hint::PaidPages {
        pages,
        free,
        gas: memory_gas,
    });
    let unpayable = activation.instrumented.unpayable_functions.iter();
    let unpayable = unpayable.map(|index| Hint::Unpayable {
        function: function_place(wasm, *index),
    });
    paid.into_iter().chain(unpayable).collect()
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

    #[test]
    fn test_around_activation_adds_up() {
        let common = 1_659_168 + 803 + 900 + 20_000 + 44_000 + 20_000 + 800 + 2155;
        assert_eq!(
            around_activation(&ChainView::new(ArbosVersion::V51, NOW), 1),
            common
        );
        let chain = ChainView {
            extra_activation_gas: 7,
            ..ChainView::new(ArbosVersion::V61, NOW)
        };
        assert_eq!(around_activation(&chain, 0), common + 807 - 15_000);
    }
}
