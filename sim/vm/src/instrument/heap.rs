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

#[cfg(test)]
mod tests {
    use super::super::{
        function::Insertion::Growth,
        tests::{insertions, instrumented, program_with_memory},
    };

    #[test]
    fn test_growth_is_paid_only_where_the_memory_can_grow() {
        for (limits, paid) in [
            ("1", true),
            ("1 2", true),
            ("1 65536", true),
            ("1 1", false),
            ("0 0", false),
        ] {
            let text = program_with_memory(limits, "i32.const 1 memory.grow");
            assert_eq!(insertions(&text).contains(&Growth), paid, "({limits})");
        }
    }

    #[test]
    fn test_maximum_is_tightened() {
        let cases = [
            ("1", 65_534),
            ("1 65533", 65_533),
            ("1 65535", 65_534),
            ("1 65536", 65_534),
            ("3 3", 3),
        ];
        for (limits, expected) in cases {
            let wasm = instrumented(&program_with_memory(limits, "i32.const 0")).wasm;
            let memory = wasmparser::Parser::new(0)
                .parse_all(&wasm)
                .find_map(|payload| match payload {
                    Ok(wasmparser::Payload::MemorySection(reader)) => reader.into_iter().next()?.ok(),
                    _ => None,
                });
            assert_eq!(
                memory.and_then(|memory| memory.maximum),
                Some(expected),
                "({limits})"
            );
        }
    }
}
