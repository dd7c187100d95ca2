//! The engine's promises: every run starts fresh, loaded programs are bounded, threads share.

mod world;

use mintage_vm::{ArbosVersion, EngineOptions, StylusEngine, engine::with_large_stack, trace::Outcome};
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
