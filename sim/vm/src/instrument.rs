//! Rewrites a module so that it pays for what it does: ink per block and per byte, stack words, memory pages.
//!
//! The network's passes, in its order: start, block meter, dynamic meter, depth, heap. Each pass is a file that knows
//! the operators it puts in, how many the network counts for it, and where. One walk over a function applies them all;
//! bytes that no pass touches are copied as they are. Prices are in [`pricing`](crate::pricing).

mod depth;
mod dynamic;
mod function;
mod heap;
mod meter;
mod rewrite;

use crate::{
    rejection::Rejection,
    validate::{ActivationRules, Module, validate},
};

/// Name of the function that the network calls.
pub const ENTRYPOINT: &str = "user_entrypoint";
/// Name of the exported memory.
pub const MEMORY: &str = "memory";
/// Export of the global (i64) that holds the ink left. The host sets it before the start.
pub const INK_LEFT: &str = "stylus_ink_left";
/// Export of the global (i32) that becomes 1 when ink ran out.
pub const INK_STATUS: &str = "stylus_ink_status";
/// Export of the global (i32, unsigned) that holds the stack words left; 0 after a trap means that they ran out.
pub const STACK_LEFT: &str = "stylus_stack_left";

/// Globals that the instrumentation appends: ink, status, scratch, stack.
pub(crate) const ADDED_GLOBALS: u32 = 4;

/// A module that meters itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrumented {
    /// The module. Exports `user_entrypoint`, `memory` and the globals [`INK_LEFT`], [`INK_STATUS`], [`STACK_LEFT`].
    pub wasm: Vec<u8>,
    /// Stack words of each function's frame, imports not counted.
    pub frame_sizes: Vec<u32>,
    /// Operators of all functions as the network counts them after its passes. `wasm` itself may hold fewer.
    pub operators: u64,
    /// Index of `user_entrypoint` among the module's functions, imports included.
    pub entrypoint: u32,
    /// Index of the first of the four added globals.
    pub first_global: u32,
}

/// Index of each added global.
#[derive(Clone, Copy)]
pub(crate) struct Globals {
    ink_left: u32,
    ink_status: u32,
    scratch: u32,
    stack_left: u32,
}

impl Globals {
    const fn after(count: u32) -> Self {
        Self {
            ink_left: count,
            ink_status: count + 1,
            scratch: count + 2,
            stack_left: count + 3,
        }
    }
}

/// Validates and rewrites a module.
pub fn instrument(wasm: &[u8], rules: &ActivationRules) -> Result<Instrumented, Rejection> {
    apply(&validate(wasm, rules)?)
}

/// Rewrites a validated module.
pub(crate) fn apply(module: &Module<'_>) -> Result<Instrumented, Rejection> {
    let mut plans = Vec::with_capacity(module.bodies.len());
    for position in 0..module.bodies.len() {
        plans.push(function::plan(module, position)?);
    }
    let first_global = module.globals.len() as u32;
    Ok(Instrumented {
        wasm: rewrite::module(module, &plans, Globals::after(first_global)),
        frame_sizes: plans.iter().map(|plan| plan.frame_words).collect(),
        operators: plans.iter().map(|plan| plan.operators).sum(),
        entrypoint: module.entrypoint,
        first_global,
    })
}
