//! The engine's promises: every run starts fresh, loaded programs are bounded, threads share.

mod world;

use mintage_vm::{
    ArbosVersion, Compilation, EngineOptions, StylusEngine, engine::with_large_stack, trace::Outcome,
};
use revm::{
    ExecuteEvm,
    primitives::{Bytes, TxKind},
};
use world::*;

/// A program that shows its first memory and globals, then changes all of them, and ends as its calldata says:
/// 0 returns, 1 reverts, 2 traps, 3 grows its memory.
fn restless(marker: u8) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "vm_hooks" "read_args" (func $read_args (param i32)))
            (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
            (import "vm_hooks" "pay_for_memory_grow" (func $pay (param i32)))
            (memory (export "memory") 1)
            (global $i32 (mut i32) (i32.const -7))
            (global $i64 (mut i64) (i64.const 1234567890123))
            (data (i32.const 5000) "first{marker}")
            (func (export "user_entrypoint") (param $len i32) (result i32)
                (i64.store (i32.const 0) (i64.load (i32.const 5000)))
                (i64.store (i32.const 8) (i64.load (i32.const 65528)))
                (i32.store (i32.const 16) (global.get $i32))
                (i64.store (i32.const 24) (global.get $i64))
                (i64.store (i32.const 32) (i64.load (i32.const 30000)))
                (i32.store (i32.const 40) (memory.size))
                (call $write_result (i32.const 0) (i32.const 48))
                (global.set $i32 (i32.const 99))
                (global.set $i64 (i64.const 99))
                (memory.fill (i32.const 0) (i32.const 0xee) (i32.const 65536))
                (call $read_args (i32.const 100))
                (if (i32.eq (i32.load8_u (i32.const 100)) (i32.const 2)) (then unreachable))
                (if (i32.eq (i32.load8_u (i32.const 100)) (i32.const 3))
                    (then (drop (memory.grow (i32.const 1)))
                        (i32.store (i32.const 65536) (i32.const 0xeeee))
                        (return (i32.const 0))))
                (i32.load8_u (i32.const 100))))"#
    );
    wat::parse_str(text).expect("valid text")
}

#[test]
fn test_every_run_starts_with_fresh_memory_and_globals() {
    let mut world = World::new(ArbosVersion::default());
    let program = world.program_of(&restless(1));
    let first = world.call(program, vec![0]).output().unwrap().clone();
    assert_eq!(first[..6], *b"first1");
    assert_eq!(first[16..20], (-7_i32).to_le_bytes());
    for ending in [0, 1, 2, 0, 3, 0, 3, 1, 2, 2, 0] {
        let result = world.call(program, vec![ending]);
        let outcome = world.evm.last_run().unwrap().outcome;
        match ending {
            1 => assert_eq!((outcome, result.output()), (Outcome::Revert, Some(&first))),
            2 => assert_eq!(outcome, Outcome::Failure),
            _ => assert_eq!(
                (outcome, result.output()),
                (Outcome::Success, Some(&first)),
                "after {ending}"
            ),
        }
    }
}

#[test]
fn test_loaded_programs_are_bounded_and_come_back() {
    let mut world = World::with_engine(
        ArbosVersion::default(),
        StylusEngine::with_options(EngineOptions {
            max_programs: 2,
            ..EngineOptions::default()
        }),
    );
    let programs: Vec<_> = (0..5).map(|marker| world.program_of(&restless(marker))).collect();
    for _ in 0..3 {
        for (marker, program) in programs.iter().enumerate() {
            let output = world.call(*program, vec![0]).output().unwrap().clone();
            assert_eq!(output[5], b'0' + marker as u8);
            assert!(world.evm.engine().loaded() <= 2);
        }
    }
}

#[test]
fn test_threads_share_an_engine() {
    let engine = StylusEngine::new();
    let run = |engine: StylusEngine| {
        let mut world = World::with_engine(ArbosVersion::default(), engine);
        let program = world.program_of(&restless(1));
        let outputs: Vec<_> = (0..200)
            .map(|_| world.call(program, vec![0]).output().cloned())
            .collect();
        assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]));
        outputs[0].clone()
    };
    let outputs: Vec<Option<Bytes>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| run(engine.clone()))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    assert!(
        outputs
            .iter()
            .all(|output| output.is_some() && *output == outputs[0])
    );
    assert_eq!(engine.loaded(), 1);
}

#[test]
fn test_a_large_stack_changes_no_result() {
    let mut world = World::new(ArbosVersion::default());
    let script = world.program("own-script.wasm");
    let nested = script_call(0, script, 0, &script_call(0, script, 0, &[13]));
    let tx = world.tx(TxKind::Call(script), 0, nested.into());
    let plain = world.evm.transact(tx.clone()).unwrap();
    world.evm.begin_block();
    let again = world.evm.transact(tx.clone()).unwrap();
    world.evm.begin_block();
    let large = with_large_stack(|| world.evm.transact(tx).unwrap());
    assert_eq!((&again.result, &again.state), (&large.result, &large.state));
    assert!(plain.result.is_success());
}

fn engine_of(compilation: Compilation) -> StylusEngine {
    StylusEngine::with_options(EngineOptions {
        compilation,
        ..EngineOptions::default()
    })
}

#[test]
fn test_compilers_agree_on_results_records_and_reasons() {
    let runs = |compilation| {
        let mut world = World::with_engine(ArbosVersion::default(), engine_of(compilation));
        let program = world.program_of(&restless(1));
        let script = world.program("own-script.wasm");
        let mut seen = Vec::new();
        for ending in [0, 1, 2, 3] {
            seen.push((world.call(program, vec![ending]), world.evm.last_run().cloned()));
        }
        let nested = script_call(0, script, 0, &script_call(0, program, 0, &[2]));
        seen.push((world.call(script, nested), world.evm.last_run().cloned()));
        seen
    };
    let cranelift = runs(Compilation::Cranelift);
    assert_eq!(cranelift, runs(Compilation::Winch));
    assert_eq!(cranelift, runs(Compilation::Tiered));
    assert_eq!(cranelift[2].1.as_ref().unwrap().outcome, Outcome::Failure);
}

#[test]
fn test_compilation_is_what_was_asked_for() {
    for (compilation, winch, cranelift) in [(Compilation::Winch, 1, 0), (Compilation::Cranelift, 0, 1)] {
        let mut world = World::with_engine(ArbosVersion::default(), engine_of(compilation));
        let program = world.program_of(&restless(1));
        for _ in 0..300 {
            assert!(world.call(program, vec![0]).is_success());
        }
        let stats = world.evm.engine().stats();
        assert_eq!(
            (stats.compiled_by_winch, stats.compiled_by_cranelift),
            (winch, cranelift)
        );
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn test_a_program_that_is_called_often_gets_better_code_and_the_same_results() {
    let mut world = World::with_engine(ArbosVersion::default(), engine_of(Compilation::Tiered));
    let program = world.program_of(&restless(1));
    let mut call = || {
        world.evm.begin_block();
        let result = world.call(program, vec![0]);
        (
            result,
            world.evm.last_run().cloned(),
            world.evm.engine().stats().compiled_by_cranelift,
        )
    };
    let (first_result, first_run, improved) = call();
    assert_eq!(improved, 0, "the first call waits for Winch only");
    let mut calls_after = 0;
    while calls_after < 10 {
        let (result, run, improved) = call();
        assert_eq!((&result, &run), (&first_result, &first_run));
        calls_after += improved;
    }
    let stats = world.evm.engine().stats();
    assert_eq!((stats.compiled_by_winch, stats.compiled_by_cranelift), (1, 1));
    assert_eq!(world.evm.engine().loaded(), 1);
}
