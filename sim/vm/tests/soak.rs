//! Many calls leak nothing: what is alive afterwards is what was alive before, and the process is as large as it was.
//!
//! `MINTAGE_SOAK_CALLS` sets the number of calls (`make soak`: a million); without it there are few enough for every test run.

mod world;

use mintage_vm::{ArbosVersion, EngineOptions, StylusEngine};
use revm::{ExecuteEvm, primitives::TxKind};
use world::*;

/// What the process may have grown by, whatever the number of calls. The allocator keeps some of what is freed, and the
/// system counts whole pages.
const MAX_GROWTH_BYTES: u64 = 16 << 20;

const LOADED: usize = 3;

/// Ends as its calldata says: 0 returns, 1 reverts, 2 traps, 3 grows its memory, 4 runs out of ink in a loop.
fn program(number: usize) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "vm_hooks" "read_args" (func $read_args (param i32)))
            (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
            (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
            (import "vm_hooks" "emit_log" (func $log (param i32 i32 i32)))
            (import "vm_hooks" "pay_for_memory_grow" (func $pay (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 5000) "program {number}")
            (func (export "user_entrypoint") (param $len i32) (result i32)
                (call $read_args (i32.const 0))
                (call $load (i32.const 5000) (i32.const 64))
                (call $log (i32.const 5000) (i32.const 40) (i32.const 1))
                (call $write_result (i32.const 0) (i32.const 1000))
                (memory.fill (i32.const 8192) (i32.const 0xee) (i32.const 30000))
                (if (i32.eq (i32.load8_u (i32.const 0)) (i32.const 2)) (then unreachable))
                (if (i32.eq (i32.load8_u (i32.const 0)) (i32.const 3)) (then (drop (memory.grow (i32.const 1)))))
                (if (i32.eq (i32.load8_u (i32.const 0)) (i32.const 4)) (then (loop $ever (br $ever))))
                (i32.eq (i32.load8_u (i32.const 0)) (i32.const 1))))"#
    );
    wat::parse_str(text).expect("valid text")
}

/// Bytes of the process that are in memory.
fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

#[test]
fn test_calls_leak_nothing() {
    let calls: usize = std::env::var("MINTAGE_SOAK_CALLS")
        .ok()
        .map_or(4_000, |calls| calls.parse().expect("a number of calls"));
    let engine = StylusEngine::with_options(EngineOptions {
        max_programs: LOADED,
        ..EngineOptions::default()
    });
    let mut world = World::with_engine(ArbosVersion::default(), engine.clone());
    // More programs than stay loaded, so that they are dropped and compiled again all the time.
    let programs: Vec<_> = (0..LOADED + 1)
        .map(|number| world.program_of(&program(number)))
        .collect();
    world.gas_limit = 200_000;
    let mut run = |calls: usize| {
        for call in 0..calls {
            // Long stretches of one program, so that it is improved, between changes of all of them.
            let number = if call % 1_000 < 990 { call / 1_000 } else { call } % programs.len();
            let ending = [0, 0, 1, 2, 0, 3, 0, 0, 0, 4][call % 10];
            let tx = world.tx(TxKind::Call(programs[number]), 0, vec![ending].into());
            let result = world.evm.transact(tx).expect("a valid transaction").result;
            assert_eq!(result.is_success(), matches!(ending, 0 | 3), "{result:?}");
        }
        engine.finish_background_work();
    };
    run(4_000);
    let before = resident();
    run(calls);
    let stats = engine.stats();
    assert!(stats.compiled_by_cranelift > 0 && stats.compiled_by_winch > LOADED as u64);
    assert_eq!((engine.loaded(), stats.live_programs), (LOADED, LOADED as u64));
    // At most two idle ones of each.
    assert!(stats.live_instances <= 2 * LOADED as u64, "{stats:?}");
    if let (Some(before), Some(after)) = (before, resident()) {
        let grown = after.saturating_sub(before);
        println!(
            "{calls} calls: {} KiB before, {} KiB after",
            before >> 10,
            after >> 10
        );
        assert!(
            grown <= MAX_GROWTH_BYTES,
            "{calls} calls made the process {grown} bytes larger"
        );
    }
}
