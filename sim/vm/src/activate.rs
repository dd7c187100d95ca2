//! Activation as a pure, offline function: would the network accept a module, and what will it record and charge.
//!
//! The chain's part (reading code, records, moving the data fee) is not here, but its arithmetic is:
//! [`DataPricer`] and the hours in which an activation's age is kept.

mod data_fee;
mod lifetime;

pub use data_fee::DataPricer;
pub use lifetime::{Lifetime, START_TIMESTAMP};

use crate::{
    arbos::ArbosVersion,
    instrument::{self, ADDED_GLOBALS, Instrumented},
    rejection::{Reason, Rejection},
    state::ProgramRecord,
    validate::{ActivationRules, Module, validate},
};

/// Gas that activation takes before and beside the program-dependent part.
pub const FIXED_ACTIVATION_GAS: u64 = 1_659_168;

/// What the network records for a program, what activation costs, and the module that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// The module with its metering.
    pub instrumented: Instrumented,
    /// Stylus version that it was activated for.
    pub stylus_version: u16,
    /// Bytes of the module as deployed, decompressed.
    pub wasm_len: u32,
    /// Memory pages that each call opens.
    pub footprint: u16,
    /// Recorded cost of initialising the program (before the chain's scalar and minimum).
    pub init_cost: u16,
    /// Recorded cost of entering it from the cache.
    pub cached_init_cost: u16,
    /// Predicted bytes of compiled code: what the data fee is for.
    pub asm_estimate: u32,
    /// The program-dependent part of activation's gas.
    pub activation_gas: u64,
}

impl Activation {
    /// The asm estimate in KiB, rounded up, as it is recorded.
    pub const fn asm_estimate_kib_up(&self) -> u32 {
        self.asm_estimate.div_ceil(1024)
    }

    /// What the chain records of an activation at `now_ts` (Unix time in seconds), not cached. Kept under
    /// [`record_slot`](crate::state::record_slot) of the code's hash, it makes the program callable.
    pub fn record_at(&self, now_ts: u64) -> ProgramRecord {
        ProgramRecord {
            version: self.stylus_version,
            init_cost: self.init_cost,
            cached_cost: self.cached_init_cost,
            footprint: self.footprint,
            activated_at_hours: Lifetime::starting_at(now_ts).activated_at_hours,
            asm_estimate_kib: self.asm_estimate_kib_up(),
            cached: false,
        }
    }
}

/// Judges, rewrites and prices a module.
///
/// # Errors
/// The first rule that the module breaks, with its place and what to do.
pub fn activate(wasm: &[u8], rules: &ActivationRules) -> Result<Activation, Rejection> {
    let module = validate(wasm, rules)?;
    let instrumented = instrument::apply(&module)?;
    let measures = Measures::of(&module, instrumented.operators);
    let cached_init_cost = recordable("cached init cost", measures.cached_init_cost())?;
    let init_cost = recordable("init cost", measures.init_cost(rules.stylus_version))?;
    Ok(Activation {
        stylus_version: rules.stylus_version,
        wasm_len: wasm.len() as u32,
        footprint: measures.pages as u16,
        init_cost,
        cached_init_cost,
        asm_estimate: measures.asm_estimate() as u32,
        activation_gas: measures.activation_gas(rules.arbos),
        instrumented,
    })
}

fn recordable(what: &'static str, cost: u64) -> Result<u16, Rejection> {
    u16::try_from(cost).map_err(|_| Rejection::new(Reason::CostOverflow { what, cost }))
}

/// What the predictions look at. All terms are floored one by one.
struct Measures {
    functions: u64,
    /// Parameters and results of all functions together.
    type_words: u64,
    wasm_len: u64,
    globals: u64,
    /// Bytes of data segments as encoded.
    data_range: u64,
    /// Bytes of the data segments' content.
    data: u64,
    /// Bytes of element segments as encoded.
    elements: u64,
    pages: u64,
    operators: u64,
}

impl Measures {
    fn of(module: &Module<'_>, operators: u64) -> Self {
        let words = |type_index: &u32| {
            let ty = &module.types[*type_index as usize];
            (ty.params().len() + ty.results().len()) as u64
        };
        Self {
            functions: module.functions.len() as u64,
            type_words: module.functions.iter().map(words).sum(),
            wasm_len: module.wasm.len() as u64,
            globals: module.globals.len() as u64 + u64::from(ADDED_GLOBALS),
            data_range: module.data_range_bytes,
            data: module.data_bytes,
            elements: module.element_bytes,
            pages: module.memory.map_or(0, |memory| memory.initial),
            operators,
        }
    }

    const fn asm_estimate(&self) -> u64 {
        512_000
            + self.functions * 996_829 / 1000
            + self.type_words * 11_416 / 1000
            + self.wasm_len * 62_628 / 10_000
    }

    const fn cached_init_cost(&self) -> u64 {
        self.functions * 13_420 / 100_000
            + self.type_words * 89 / 100_000
            + self.wasm_len * 122 / 100_000
            + self.globals * 1628 / 1000
            + (self.data_range + self.elements) * 75_244 / 100_000
            + self.pages * 5
    }

    /// Under Stylus version 1 the cached cost is a part of it.
    const fn init_cost(&self, stylus_version: u16) -> u64 {
        let cached = if stylus_version <= 1 {
            self.cached_init_cost()
        } else {
            0
        };
        cached + self.functions * 8252 / 1000 + self.type_words * 1059 / 1000 + self.wasm_len * 1286 / 10_000
    }

    /// The terms are paid in microseconds of work, 28 gas each.
    fn activation_gas(&self, arbos: ArbosVersion) -> u64 {
        const GAS_PER_MICROSECOND: u64 = 28;
        let parse = if arbos >= ArbosVersion::V32 {
            self.wasm_len * 31_733 / 100_000
        } else {
            0
        };
        let micros = parse
            + self.functions * 17_263 / 100_000
            + self.data * 17_376 / 100_000
            + self.elements * 17_376 / 100_000
            + self.pages * 2217
            + self.operators * 535 / 1000;
        micros * GAS_PER_MICROSECOND
    }
}
