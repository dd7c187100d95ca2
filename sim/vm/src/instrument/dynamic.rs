//! The dynamic meter: `memory.fill` and `memory.copy` pay for the bytes they touch, right before they run.

use wasm_encoder::{BlockType, Instruction};
use wasmparser::Operator;

use super::Globals;
use crate::pricing::BULK_MEMORY_BYTE_INK;

/// Operators that the network counts before each such operator.
pub(super) const OPERATORS: u64 = 17;

/// Whether an operator pays by length.
pub(super) const fn applies(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryFill { .. } | Operator::MemoryCopy { .. }
    )
}

/// Takes ink for the length on top of the stack (which stays there), or marks the meter exhausted and traps.
///
/// On failure the global holds the wrapped difference, as on the network; hosts read it as 0.
pub(super) fn charge(globals: Globals) -> [Instruction<'static>; OPERATORS as usize] {
    [
        Instruction::GlobalSet(globals.scratch),
        Instruction::GlobalGet(globals.ink_left),
        Instruction::GlobalGet(globals.ink_left),
        Instruction::GlobalGet(globals.scratch),
        Instruction::I64ExtendI32U,
        Instruction::I64Const(BULK_MEMORY_BYTE_INK as i64),
        Instruction::I64Mul,
        Instruction::I64Sub,
        Instruction::GlobalSet(globals.ink_left),
        Instruction::GlobalGet(globals.ink_left),
        Instruction::I64LtU,
        Instruction::If(BlockType::Empty),
        Instruction::I32Const(1),
        Instruction::GlobalSet(globals.ink_status),
        Instruction::Unreachable,
        Instruction::End,
        Instruction::GlobalGet(globals.scratch),
    ]
}
