//! A program's stack words end before the native stack does, whatever its frames look like and whichever compiler made
//! its code.

mod world;

use std::fmt::Write;

use mintage_vm::{ArbosVersion, Compilation, EngineOptions, StylusEngine, trace::Outcome};
use world::*;

/// A module whose entrypoint calls `$f`, which calls itself for ever.
fn recursive(types: &str, params: &str, args: &str, body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module {types}
            (memory (export "memory") 1 1)
            (table 1 1 funcref) (elem (i32.const 0) func $f)
            (global $g (mut i64) (i64.const 1))
            (func $f {params} {body})
            (func (export "user_entrypoint") (param i32) (result i32) {args} call $f i32.const 0))"#
    );
    wat::parse_str(text).expect("valid text")
}

/// Values that must all live across the call: read before it, used after it.
fn live_across(values: usize, call: &str) -> String {
    let mut body = String::new();
    for index in 0..values {
        write!(body, "global.get $g i64.const {index} i64.add ").unwrap();
    }
    body.push_str(call);
    for _ in 0..values {
        body.push_str(" global.set $g");
    }
    body
}

fn shapes() -> Vec<(&'static str, Vec<u8>)> {
    let params = |count: usize| format!("(param {})", "i64 ".repeat(count));
    let zeros = |count: usize| "i64.const 1 ".repeat(count);
    let pass = |count: usize| {
        let gets: String = (0..count).map(|index| format!("local.get {index} ")).collect();
        let keep: String = (0..count)
            .map(|index| format!("local.get {index} global.set $g "))
            .collect();
        format!("{gets} call $f {keep}")
    };
    let locals = |count: usize| {
        let mut body = format!("(local {})", "i64 ".repeat(count));
        for index in 0..count {
            write!(body, " global.get $g i64.const {index} i64.xor local.set {index}").unwrap();
        }
        body.push_str(" call $f");
        for index in 0..count {
            write!(body, " local.get {index} global.set $g").unwrap();
        }
        body
    };
    vec![
        ("nothing", recursive("", "", "", "call $f")),
        ("one value", recursive("", "", "", &live_across(1, "call $f"))),
        ("30 values", recursive("", "", "", &live_across(30, "call $f"))),
        (
            "3000 values",
            recursive("", "", "", &live_across(3000, "call $f")),
        ),
        ("20 locals", recursive("", "", "", &locals(20))),
        ("300 locals", recursive("", "", "", &locals(300))),
        ("8 parameters", recursive("", &params(8), &zeros(8), &pass(8))),
        (
            "300 parameters",
            recursive("", &params(300), &zeros(300), &pass(300)),
        ),
        (
            "indirect",
            recursive("(type $t (func))", "", "", "i32.const 0 call_indirect (type $t)"),
        ),
    ]
}

fn exhaust(arbos: ArbosVersion, compilation: Compilation) {
    for (name, wasm) in shapes() {
        let engine = StylusEngine::with_options(EngineOptions {
            compilation,
            ..EngineOptions::default()
        });
        let mut world = World::with_engine(arbos, engine);
        let program = world.program_of(&wasm);
        world.gas_limit = 1 << 40;
        let result = world.call(program, vec![]);
        assert!(result.is_halt(), "{name}: {result:?}");
        let run = world.evm.last_run().unwrap();
        assert_eq!((run.outcome, run.stack_left), (Outcome::OutOfStack, 0), "{name}");
    }
}

#[test]
fn test_words_end_first_with_22_000() {
    exhaust(ArbosVersion::default(), Compilation::Cranelift);
    exhaust(ArbosVersion::default(), Compilation::Winch);
}

#[test]
fn test_words_end_first_with_262_144() {
    exhaust(ArbosVersion::V32, Compilation::Cranelift);
    exhaust(ArbosVersion::V32, Compilation::Winch);
}
