//! The heap bound: `memory.grow` pays for its pages first, if the memory can grow at all.

use wasm_encoder::{Instruction, MemoryType};

use super::Globals;

/// Operators that the network counts before each `memory.grow` of a memory that can grow.
pub(super) const OPERATORS: u64 = 4;

/// The network keeps every memory below the last page that a signed length could reach.
const MAX_PAGES: u64 = 65_534;

/// Hands the number of pages on top of the stack (which stays there) to the paying import.
pub(super) fn pay(payer: u32, globals: Globals) -> [Instruction<'static>; OPERATORS as usize] {
    [
        Instruction::GlobalSet(globals.scratch),
        Instruction::GlobalGet(globals.scratch),
        Instruction::GlobalGet(globals.scratch),
        Instruction::Call(payer),
    ]
}

/// The memory as it is declared in the rewritten module: its maximum is tightened.
pub(super) fn bound(memory: &wasmparser::MemoryType) -> MemoryType {
    MemoryType {
        minimum: memory.initial,
        maximum: Some(memory.maximum.unwrap_or(MAX_PAGES).min(MAX_PAGES)),
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}
