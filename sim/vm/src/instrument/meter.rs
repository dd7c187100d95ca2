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

#[cfg(test)]
mod tests {
    use super::super::tests::{insertions, program};
    use crate::instrument::function::Insertion::Block;

    /// The charges of the entry point's blocks, in the order of the code.
    fn charges(body: &str) -> Vec<u64> {
        let blocks = insertions(&program(body))
            .into_iter()
            .filter_map(|insertion| match insertion {
                Block { ink } => Some(ink),
                _ => None,
            });
        blocks.collect()
    }

    #[test]
    fn test_block_pays_its_operators_its_ender_and_a_header() {
        assert_eq!(charges("i32.const 0"), [2452]);
        assert_eq!(charges("nop i32.const 0 return"), [2453, 2451]);
    }

    #[test]
    fn test_if_and_else_are_blocks_of_their_own() {
        // [get if] [const drop else] [nop end] [const end]
        let body = "local.get 0 if i32.const 1 drop else nop end i32.const 0";
        assert_eq!(
            charges(body),
            [2450 + 75 + 765, 2450 + 1 + 9 + 1, 2450 + 1 + 1, 2450 + 1 + 1]
        );
    }

    #[test]
    fn test_block_does_not_end_a_block_and_loop_does() {
        // [block nop end] [loop] [br 0] [end] [const end]: `end` of the loop is a block, though nothing reaches it.
        let body = "block nop end loop br 0 end i32.const 0";
        assert_eq!(
            charges(body),
            [2450 + 3, 2450 + 1, 2450 + 765, 2450 + 1, 2450 + 2]
        );
    }

    #[test]
    fn test_unreachable_and_grow_do_not_end_a_block() {
        assert_eq!(charges("unreachable nop"), [2450 + 3]);
        assert_eq!(charges("i32.const 1 memory.grow"), [2450 + 1 + 8050 + 1]);
    }

    #[test]
    fn test_calls_and_tables_end_a_block() {
        let call = "local.get 0 call $main";
        assert_eq!(charges(call), [2450 + 75 + 3800, 2450 + 1]);
        let indirect = "local.get 0 local.get 0 call_indirect (param i32) (result i32)";
        assert_eq!(charges(indirect), [2450 + 150 + 13_610 + 650, 2450 + 1]);
        let table = "block local.get 0 br_table 0 0 0 end i32.const 0";
        assert_eq!(charges(table), [2450 + 1 + 75 + 2400 + 650, 2450 + 1, 2450 + 2]);
    }

    #[test]
    fn test_float_makes_a_block_unpayable() {
        assert_eq!(charges("f32.const 1 drop i32.const 0"), [u64::MAX]);
    }
}
