//! Rewrites a module so that it pays for what it does: ink per block and per byte, stack words, memory pages.
//!
//! The network's passes, in its order: start, block meter, dynamic meter, depth, heap. Each pass is a file that knows
//! the operators it puts in, how many the network counts for it, and where. One walk over a function applies them all;
//! bytes that no pass touches are copied as they are. Prices are in [`pricing`](crate::pricing).
//!
//! Time and memory are linear in the module: the result has at most 64 bytes for each byte of the original, which has at
//! most 256 KiB on chain.

mod depth;
mod dynamic;
mod function;
mod heap;
mod meter;
mod rewrite;

use crate::{
    rejection::Rejection,
    validate::{ActivationRules, Module, validate, validate_shape},
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
    /// Functions with code that no one can pay for (operators on floats that are accepted): index in the module. Entering
    /// such a block ends the program, out of ink.
    pub unpayable_functions: Vec<u32>,
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

/// Rewrites a module that was accepted before, so that it can run.
pub(crate) fn instrument_accepted(wasm: &[u8], rules: &ActivationRules) -> Result<Instrumented, Rejection> {
    apply(&validate_shape(wasm, rules)?)
}

/// Rewrites a validated module.
pub(crate) fn apply(module: &Module<'_>) -> Result<Instrumented, Rejection> {
    let mut plans = Vec::with_capacity(module.bodies.len());
    for position in 0..module.bodies.len() {
        plans.push(function::plan(module, position)?);
    }
    let first_global = module.globals.len() as u32;
    let unpayable = plans.iter().enumerate().filter(|(_, plan)| plan.unpayable);
    Ok(Instrumented {
        unpayable_functions: unpayable
            .map(|(index, _)| (module.imports.len() + index) as u32)
            .collect(),
        wasm: rewrite::module(module, &plans, Globals::after(first_global)),
        frame_sizes: plans.iter().map(|plan| plan.frame_words).collect(),
        operators: plans.iter().map(|plan| plan.operators).sum(),
        entrypoint: module.entrypoint,
        first_global,
    })
}

#[cfg(test)]
mod tests {
    use super::{function::Insertion, *};

    /// Fields of a module whose entry point has this body and whose memory can grow.
    pub(super) fn program(body: &str) -> String {
        program_with_memory("1", body)
    }

    /// The same with other limits of the memory.
    pub(super) fn program_with_memory(limits: &str, body: &str) -> String {
        format!(
            r#"(import "vm_hooks" "pay_for_memory_grow" (func $pay (param i32)))
               (memory (export "memory") {limits}) (table 1 funcref)
               (func $main (export "user_entrypoint") (param i32) (result i32) {body})"#
        )
    }

    fn assemble(fields: &str) -> Vec<u8> {
        wat::parse_str(format!("(module {fields})")).expect("the test's module")
    }

    /// The rewritten module.
    pub(super) fn instrumented(fields: &str) -> Instrumented {
        match instrument(&assemble(fields), &ActivationRules::default()) {
            Ok(instrumented) => instrumented,
            Err(rejection) => panic!("refused: {rejection}"),
        }
    }

    /// What is put into the entry point, in order.
    pub(super) fn insertions(fields: &str) -> Vec<Insertion> {
        let wasm = assemble(fields);
        let module = validate(&wasm, &ActivationRules::default()).expect("an acceptable module");
        let plan = function::plan(&module, 0).expect("an acceptable function");
        plan.insertions
            .into_iter()
            .map(|(_, insertion)| insertion)
            .collect()
    }

    /// Words of the entry point's frame.
    pub(super) fn entry_frame(fields: &str) -> u32 {
        instrumented(fields).frame_sizes[0]
    }

    /// Operators that the network counts for the entry point.
    fn operators(body: &str) -> u64 {
        instrumented(&program(body)).operators
    }

    #[test]
    fn test_operators_are_counted_after_all_passes() {
        // i32.const, end; a block; entry and exit.
        assert_eq!(operators("i32.const 0"), 2 + 12 + 12 + 5);
        assert_eq!(operators("i32.const 0 return"), 3 + 2 * 12 + 12 + 5 + 4);
        assert_eq!(operators("i32.const 1 memory.grow"), 3 + 12 + 17 + 4);
        assert_eq!(
            operators("i32.const 0 i32.const 0 i32.const 0 memory.fill i32.const 0"),
            6 + 12 + 17 + 17
        );
        assert_eq!(
            operators("i32.const 0 i32.const 0 i32.const 0 memory.copy i32.const 0"),
            6 + 12 + 17 + 17
        );
    }

    #[test]
    fn test_insertions_stand_in_the_order_of_the_passes() {
        use Insertion::{Block, Bulk, Growth, Leave};
        assert_eq!(insertions(&program("i32.const 0")), [Block { ink: 2452 }, Leave]);
        // `return` alone in its block: the block is paid, then the words are given back.
        let found = insertions(&program("i32.const 0 i32.const 1 br_if 0 return"));
        let blocks = [
            Block { ink: 2450 + 2 + 765 },
            Block { ink: 2451 },
            Leave,
            Block { ink: 2451 },
            Leave,
        ];
        assert_eq!(found, blocks);
        let found = insertions(&program(
            "i32.const 1 memory.grow local.get 0 local.get 0 memory.fill i32.const 0",
        ));
        let ink = 2450 + 1 + 8050 + 150 + 950 + 1 + 1;
        assert_eq!(found, [Block { ink }, Growth, Bulk, Leave]);
    }

    #[test]
    fn test_rewritten_module_is_valid_and_exports_the_meter() {
        let fields = program("i32.const 1 memory.grow if nop end i32.const 0 return");
        for fields in [
            fields.clone(),
            format!("{fields} (global (mut i64) (i64.const 7)) (data \"x\")"),
        ] {
            let module = instrumented(&format!("{fields} (func (export \"other\"))"));
            wasmparser::Validator::new()
                .validate_all(&module.wasm)
                .expect("valid");
            let exports =
                wasmparser::Parser::new(0)
                    .parse_all(&module.wasm)
                    .find_map(|payload| match payload {
                        Ok(wasmparser::Payload::ExportSection(reader)) => Some(
                            reader
                                .into_iter()
                                .flatten()
                                .map(|export| (export.name, export.index))
                                .collect::<Vec<_>>(),
                        ),
                        _ => None,
                    });
            let first = module.first_global;
            let expected = [
                (ENTRYPOINT, 1),
                (MEMORY, 0),
                (INK_LEFT, first),
                (INK_STATUS, first + 1),
                (STACK_LEFT, first + 3),
            ];
            assert_eq!(exports.as_deref(), Some(&expected[..]));
        }
    }

    #[test]
    fn test_functions_that_no_one_can_pay_for_are_named() {
        let float = "(func f64.const 1 drop)";
        let module = instrumented(&format!("{} (func) {float}", program("i32.const 0")));
        assert_eq!(module.unpayable_functions, [3]);
        assert_eq!(
            instrumented(&program("i32.const 0")).unpayable_functions,
            [0_u32; 0]
        );
    }

    #[test]
    fn test_custom_sections_are_dropped_but_for_the_names() {
        let module = instrumented(&format!(
            "{} (@custom \"notes\" \"secret\")",
            program("i32.const 0")
        ));
        let customs =
            wasmparser::Parser::new(0)
                .parse_all(&module.wasm)
                .filter_map(|payload| match payload {
                    Ok(wasmparser::Payload::CustomSection(section)) => Some(section.name()),
                    _ => None,
                });
        assert_eq!(customs.collect::<Vec<_>>(), ["name"]);
    }
}
