//! The depth checker: each frame takes words of a stack budget when it is entered and gives them back when it returns.
//!
//! The words are those of the network's own analysis, quirks included. It walks the stream that the meters have already
//! been put into, takes unreachable code as reachable and resets the height at the end of each block.
//!
//! Quirk: a function that is left by a branch to its own label does not give its words back. The give-back stands before
//! each `return` and before the final `end`, and such a branch jumps past both.

use wasm_encoder::{BlockType as Block, Instruction};
use wasmparser::{BlockType, FuncType, Operator};

use super::Globals;
use crate::validate::Module;

/// Operators that the network counts at a function's entry.
pub(super) const ENTRY_OPERATORS: u64 = 12;
/// Operators that the network counts before each `return`.
pub(super) const RETURN_OPERATORS: u64 = 4;
/// Operators that the network counts before the final `end`: giving back, and a `return` of its own.
pub(super) const EXIT_OPERATORS: u64 = RETURN_OPERATORS + 1;

/// Words that every frame takes beside its locals and its operands.
const FRAME_WORDS: u32 = 4;

/// Takes the frame's words, or leaves 0 and traps. Runs before the first block is paid.
pub(super) fn enter(words: u32, globals: Globals) -> [Instruction<'static>; ENTRY_OPERATORS as usize] {
    [
        Instruction::GlobalGet(globals.stack_left),
        Instruction::I32Const(words as i32),
        Instruction::I32LeU,
        Instruction::If(Block::Empty),
        Instruction::I32Const(0),
        Instruction::GlobalSet(globals.stack_left),
        Instruction::Unreachable,
        Instruction::End,
        Instruction::GlobalGet(globals.stack_left),
        Instruction::I32Const(words as i32),
        Instruction::I32Sub,
        Instruction::GlobalSet(globals.stack_left),
    ]
}

/// Gives the frame's words back.
pub(super) fn leave(words: u32, globals: Globals) -> [Instruction<'static>; RETURN_OPERATORS as usize] {
    [
        Instruction::GlobalGet(globals.stack_left),
        Instruction::I32Const(words as i32),
        Instruction::I32Add,
        Instruction::GlobalSet(globals.stack_left),
    ]
}

/// The words of a frame whose operand stack holds up to `worst` words.
pub(super) const fn frame_words(worst: u32, declared_locals: u32) -> u32 {
    worst + declared_locals + FRAME_WORDS
}

/// Height of the operand stack while walking a function. Every value is one word, whatever its type.
pub(super) struct StackHeight {
    height: u32,
    /// The most that it ever was.
    pub(super) worst: u32,
    /// Height at the start of each open block.
    scopes: Vec<u32>,
}

impl StackHeight {
    pub(super) fn new() -> Self {
        Self {
            height: 0,
            worst: 0,
            scopes: vec![0],
        }
    }

    fn push(&mut self, words: usize) {
        self.height += words as u32;
        self.worst = self.worst.max(self.height);
    }

    fn pop(&mut self, words: usize) {
        self.height = self.height.saturating_sub(words as u32);
    }

    /// The block meter's operators: they hold two words and leave the height as it was.
    pub(super) fn block_charge(&mut self) {
        self.push(2);
        self.pop(2);
    }

    /// The dynamic meter's operators: they take the length, hold four words and put the length back.
    pub(super) fn bulk_charge(&mut self) {
        self.pop(1);
        self.push(4);
        self.pop(4);
        self.push(1);
    }

    /// One operator of the module.
    pub(super) fn operator(&mut self, operator: &Operator<'_>, module: &Module<'_>) {
        use Operator::*;
        match operator {
            Block { blockty } | Loop { blockty } => self.open(blockty, module),
            If { blockty } => {
                self.pop(1);
                self.open(blockty, module);
            }
            Else => self.height = self.scopes.last().copied().unwrap_or(0),
            End => self.height = self.scopes.pop().unwrap_or(0),
            Call { function_index } => self.call(module.type_of_function(*function_index)),
            CallIndirect { type_index, .. } => {
                self.call(&module.types[*type_index as usize]);
                self.pop(1);
            }
            MemoryFill { .. } | MemoryCopy { .. } => self.pop(3),
            LocalGet { .. } | GlobalGet { .. } | MemorySize { .. } => self.push(1),
            I32Const { .. } | I64Const { .. } | F32Const { .. } | F64Const { .. } => self.push(1),
            Drop | BrIf { .. } | BrTable { .. } | LocalSet { .. } | GlobalSet { .. } => self.pop(1),
            Select => self.pop(2),
            other if is_store(other) => self.pop(2),
            other if is_binary(other) => self.pop(1),
            // Unary operators, loads, local.tee, memory.grow, br, return, nop, unreachable.
            _ => {}
        }
    }

    fn open(&mut self, ty: &BlockType, module: &Module<'_>) {
        match ty {
            BlockType::Empty => {}
            BlockType::Type(_) => self.push(1),
            BlockType::FuncType(index) => self.call(&module.types[*index as usize]),
        }
        self.scopes.push(self.height);
    }

    /// Results first: the network's analysis is not below what both need together.
    fn call(&mut self, ty: &FuncType) {
        self.push(ty.results().len());
        self.pop(ty.params().len());
    }
}

const fn is_store(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        operator,
        I32Store { .. }
            | I64Store { .. }
            | F32Store { .. }
            | F64Store { .. }
            | I32Store8 { .. }
            | I32Store16 { .. }
            | I64Store8 { .. }
            | I64Store16 { .. }
            | I64Store32 { .. }
    )
}

#[rustfmt::skip]
const fn is_binary(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        operator,
        I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS | I32GeU
            | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU | I64GeS | I64GeU
            | I32Add | I32Sub | I32Mul | I32DivS | I32DivU | I32RemS | I32RemU | I32And | I32Or | I32Xor
            | I32Shl | I32ShrS | I32ShrU | I32Rotl | I32Rotr
            | I64Add | I64Sub | I64Mul | I64DivS | I64DivU | I64RemS | I64RemU | I64And | I64Or | I64Xor
            | I64Shl | I64ShrS | I64ShrU | I64Rotl | I64Rotr
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::{entry_frame, instrumented, program};

    /// Words that the analysis finds on the entry point's stack.
    fn worst(body: &str) -> u32 {
        entry_frame(&program(body)) - super::FRAME_WORDS
    }

    #[test]
    fn test_metering_itself_takes_two_words() {
        assert_eq!(worst("i32.const 0"), 2);
        assert_eq!(worst("i32.const 0 drop i32.const 0 drop i32.const 0"), 2);
    }

    #[test]
    fn test_locals_count_and_parameters_do_not() {
        assert_eq!(
            entry_frame(&program("(local i32 i64 f64) i32.const 0")),
            2 + 3 + 4
        );
    }

    #[test]
    fn test_a_charge_stands_above_what_the_stack_holds() {
        // The block that starts after the `if` is charged with two values below.
        let body = "i32.const 1 i32.const 2 local.get 0 if end drop";
        assert_eq!(worst(body), 4);
    }

    #[test]
    fn test_bulk_charge_takes_four_above_the_length() {
        let body = "i32.const 0 i32.const 0 i32.const 0 memory.fill i32.const 0";
        assert_eq!(worst(body), 2 + 4);
    }

    #[test]
    fn test_results_are_pushed_before_parameters_are_popped() {
        let fields = program("i32.const 0 i32.const 0 i32.const 0 call $three");
        let three = "(func $three (param i32 i32 i32) (result i32) i32.const 0)";
        assert_eq!(entry_frame(&format!("{fields} {three}")), 4 + 4);
    }

    #[test]
    fn test_block_with_a_value_starts_one_higher() {
        // The block's value is counted at its start, and a height is reset to it at the end.
        assert_eq!(worst("block (result i32) i32.const 1 end"), 1 + 2);
        assert_eq!(
            worst("block (result i32) i32.const 1 i32.const 2 i32.const 3 drop drop end"),
            4
        );
    }

    #[test]
    fn test_unreachable_code_is_walked() {
        let body = "i32.const 0 return i32.const 1 i32.const 2 i32.const 3 i32.const 4 drop drop drop";
        assert_eq!(worst(body), 5);
    }

    #[test]
    fn test_every_frame_is_listed_in_order() {
        let more = "(func (local i32) nop) (func i64.const 1 i64.const 2 i64.const 3 i64.add i64.add drop)";
        let module = instrumented(&format!("{} {more}", program("i32.const 0")));
        assert_eq!(module.frame_sizes, [6, 7, 7]);
    }
}
