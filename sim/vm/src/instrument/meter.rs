//! The block meter: each basic block pays for all its operators when it is entered.

use wasm_encoder::{BlockType, Instruction};
use wasmparser::Operator;

use super::Globals;

/// Operators that the network counts for one block.
pub(super) const OPERATORS: u64 = 12;

/// Whether an operator is the last of its block.
pub(super) const fn ends_block(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        operator,
        End | Else
            | Return
            | Loop { .. }
            | Br { .. }
            | BrTable { .. }
            | BrIf { .. }
            | If { .. }
            | Call { .. }
            | CallIndirect { .. }
    )
}

/// Takes `ink` or marks the meter exhausted and traps; what is left then stays as it is.
pub(super) fn charge(ink: u64, globals: Globals) -> [Instruction<'static>; OPERATORS as usize] {
    let ink = Instruction::I64Const(ink as i64);
    [
        Instruction::GlobalGet(globals.ink_left),
        ink.clone(),
        Instruction::I64LtU,
        Instruction::If(BlockType::Empty),
        Instruction::I32Const(1),
        Instruction::GlobalSet(globals.ink_status),
        Instruction::Unreachable,
        Instruction::End,
        Instruction::GlobalGet(globals.ink_left),
        ink,
        Instruction::I64Sub,
        Instruction::GlobalSet(globals.ink_left),
    ]
}
