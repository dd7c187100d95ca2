//! Random modules of wasm-smith, shaped to what the network accepts.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use mintage_vm::{ActivationRules, activate, rejection::Reason};
use wasm_smith::{Config, Module};

use crate::random::Random;

/// What every module imports and exports.
static SHAPE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    wat::parse_str(
        r#"(module
            (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
            (import "vm_hooks" "msg_reentrant" (func (result i32)))
            (import "vm_hooks" "evm_ink_left" (func (result i64)))
            (import "vm_hooks" "emit_log" (func (param i32 i32 i32)))
            (import "vm_hooks" "exit_early" (func (param i32)))
            (memory (export "memory") 1)
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#,
    )
    .expect("the shape")
});

/// A module that activation accepts.
pub(crate) fn module(random: &mut Random) -> Vec<u8> {
    loop {
        let bytes: Vec<u8> = (0..4096).flat_map(|_| random.next().to_le_bytes()).collect();
        let mut unstructured = Unstructured::new(&bytes);
        let size = 50 + random.below(400) as usize;
        if let Some(wasm) = draw(&mut unstructured, size).expect("enough bytes") {
            return wasm;
        }
    }
}

/// A module of at most `max_instructions` that the bytes stand for. `None` where a segment is outside of table or memory,
/// which wasm-smith cannot be told to avoid.
pub(crate) fn draw(
    unstructured: &mut Unstructured<'_>,
    max_instructions: usize,
) -> arbitrary::Result<Option<Vec<u8>>> {
    let wasm = Module::new(config(max_instructions), unstructured)?.to_bytes();
    let outside = |reason| {
        matches!(
            reason,
            Reason::DataOutOfBounds { .. } | Reason::ElementsOutOfBounds { .. }
        )
    };
    Ok(match activate(&wasm, &ActivationRules::default()) {
        Err(rejection) if outside(rejection.reason.clone()) => None,
        _ => Some(wasm),
    })
}

fn config(max_instructions: usize) -> Config {
    Config {
        module_shape: Some(SHAPE.clone()),
        allow_floats: false,
        allow_start_export: false,
        // Its passive segments would come with a data count section.
        bulk_memory_enabled: false,
        const_expr_fuel: 1,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        max_data_segments: 8,
        max_element_segments: 8,
        max_funcs: 12,
        max_instructions,
        max_memories: 1,
        max_memory32_bytes: 8 << 16,
        max_table_elements: 64,
        max_tables: 1,
        memory64_enabled: false,
        min_funcs: 3,
        multi_value_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        saturating_float_to_int_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        ..Config::default()
    }
}
