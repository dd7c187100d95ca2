//! The rewritten module on wasmtime against a simple interpreter of the original: the same ink and stack words at every
//! host call, the same end, the same memory and globals.
//!
//! Seeded. `MINTAGE_FUZZ_MODULES=100000 cargo test -p mintage-vm --test metering` runs longer than the default.

mod engine;
mod generate;
mod host;
mod random;
mod reference;
mod smith;

use mintage_vm::{ActivationRules, ArbosVersion, activate};
use random::Random;

/// What one run did, as far as it can be seen.
#[derive(Debug, PartialEq)]
struct Run {
    end: End,
    /// Ink left; 0 when it ran out.
    ink_left: u64,
    /// Stack words left; 0 when they ran out.
    stack_left: u32,
    /// Every host call, in order.
    calls: Vec<host::Call>,
    /// Memory at the end.
    memory: Vec<u8>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The entry point returned, or the program exited early.
    Status(u32),
    /// A trap of the program's own.
    Failure,
    OutOfInk,
    OutOfStack,
}

/// The budgets of one run.
#[derive(Clone, Copy, Debug)]
struct Budget {
    ink: u64,
    stack: u32,
    /// Argument of the entry point.
    input: u32,
}

impl Budget {
    /// Mostly enough to get far, sometimes so little that it runs out in between.
    fn random(random: &mut Random) -> Self {
        Self {
            ink: 1 << (12 + random.below(15)),
            stack: if random.one_in(4) {
                200 + random.below(2000) as u32
            } else {
                22_000
            },
            input: random.below(1 << 16) as u32,
        }
    }
}

/// How often each end was seen: a test that never saw one proves nothing about it.
#[derive(Debug, Default)]
struct Ends {
    status: u32,
    failure: u32,
    out_of_ink: u32,
    out_of_stack: u32,
    host_calls: usize,
}

/// Runs a module both ways and compares.
fn compare(wasm: &[u8], budgets: &[Budget], seed: u64, ends: &mut Ends) {
    let rules = ActivationRules::for_arbos(ArbosVersion::V61);
    let activation = activate(wasm, &rules).unwrap_or_else(|rejection| {
        panic!("seed {seed}: a module shaped to the rules was refused: {rejection}")
    });
    let frames = &activation.instrumented.frame_sizes;
    let compiled = engine::Compiled::new(&activation.instrumented.wasm)
        .unwrap_or_else(|error| panic!("seed {seed}: the rewritten module does not compile: {error}"));
    for budget in budgets {
        let expected = reference::run(wasm, frames, *budget);
        let got = compiled.run(*budget);
        assert!(
            expected == got,
            "seed {seed}, {budget:?}: {}\n{}",
            describe("reference", &expected),
            describe("rewritten", &got)
        );
        ends.host_calls += got.calls.len();
        match got.end {
            End::Status(_) => ends.status += 1,
            End::Failure => ends.failure += 1,
            End::OutOfInk => ends.out_of_ink += 1,
            End::OutOfStack => ends.out_of_stack += 1,
        }
    }
}

fn describe(which: &str, run: &Run) -> String {
    let Run {
        end,
        ink_left,
        stack_left,
        calls,
        memory,
    } = run;
    let set = memory.iter().filter(|byte| **byte != 0).count();
    format!(
        "{which}: {end:?}, ink {ink_left}, stack {stack_left}, {set} bytes set of {}, {calls:?}",
        memory.len()
    )
}

/// Modules to try: a default that CI can afford, or what the environment asks for.
fn modules(default: u64) -> u64 {
    match std::env::var("MINTAGE_FUZZ_MODULES") {
        Ok(text) => text.parse().expect("MINTAGE_FUZZ_MODULES is a number"),
        Err(_) => default,
    }
}

/// Programs recurse as deep as their stack budget lets them; the interpreter does the same on the native stack.
fn on_large_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(512 << 20)
        .spawn(work)
        .expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn prop_generated_programs_pay_what_the_reference_counts() {
    on_large_stack(|| {
        let mut ends = Ends::default();
        for seed in 0..modules(400) {
            let mut random = Random::new(seed);
            let wasm = generate::program(&mut random);
            let budgets: Vec<Budget> = (0..4).map(|_| Budget::random(&mut random)).collect();
            compare(&wasm, &budgets, seed, &mut ends);
        }
        let Ends {
            status,
            failure,
            out_of_ink,
            out_of_stack,
            host_calls,
        } = ends;
        println!("{ends:?}");
        assert!(status > 100 && failure > 10 && out_of_ink > 100 && out_of_stack > 10 && host_calls > 1000);
    });
}

#[test]
fn prop_smith_modules_pay_what_the_reference_counts() {
    on_large_stack(|| {
        let mut ends = Ends::default();
        for seed in 0..modules(300) {
            let mut random = Random::new(seed);
            let wasm = smith::module(&mut random);
            let budgets: Vec<Budget> = (0..3).map(|_| Budget::random(&mut random)).collect();
            compare(&wasm, &budgets, seed, &mut ends);
        }
        println!("{ends:?}");
        assert!(ends.status > 100 && ends.out_of_ink > 10);
    });
}

/// Lengths from 2 GiB on are as positive as the others: with enough ink they are paid and then do not fit the memory.
#[test]
fn test_bulk_lengths_are_unsigned() {
    for operator in ["memory.fill", "memory.copy"] {
        let wasm = wat::parse_str(format!(
            r#"(module (memory (export "memory") 1 1)
                (func (export "user_entrypoint") (param i32) (result i32)
                    i32.const 0 i32.const 0 i32.const -1 {operator} i32.const 0))"#
        ))
        .expect("the test's module");
        let paid = u64::from(u32::MAX) * 100;
        let block = 2450 + 4 + 950 + 1;
        for (ink, end) in [(block + paid, End::Failure), (block + paid - 1, End::OutOfInk)] {
            let budget = Budget {
                ink,
                stack: 22_000,
                input: 0,
            };
            let mut ends = Ends::default();
            compare(&wasm, &[budget], 0, &mut ends);
            let seen = if ends.failure == 1 {
                End::Failure
            } else {
                End::OutOfInk
            };
            assert_eq!(seen, end, "{operator} with {ink} ink");
        }
    }
}
