//! Random programs on Cranelift, Winch and wasmi against a simple interpreter of the original: the same ink and stack
//! words at every host call, the same end, the same memory.
//!
//! Seeded. `MINTAGE_FUZZ_MODULES=100000 cargo test -p mintage-vm --test metering` runs longer than the default.

mod differential;
mod generate;
mod random;
mod smith;

// Where `differential` finds it for the private module that it looks into.
use mintage_vm::instrument;

use differential::{Budget, End, Ends, compare};
use random::{Random, is_replay, seeds};

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
        for seed in seeds(1000) {
            let mut random = Random::new(seed);
            let wasm = generate::program(&mut random);
            let budgets: Vec<Budget> = (0..4).map(|_| Budget::random(&mut random)).collect();
            compare(&wasm, &budgets, &format!("seed {seed}"), &mut ends);
        }
        let Ends {
            status,
            failure,
            out_of_ink,
            out_of_stack,
            host_calls,
        } = ends;
        println!("{ends:?}");
        assert!(
            is_replay()
                || status > 100 && failure > 10 && out_of_ink > 100 && out_of_stack > 10 && host_calls > 1000
        );
    });
}

#[test]
fn prop_smith_modules_pay_what_the_reference_counts() {
    on_large_stack(|| {
        let mut ends = Ends::default();
        for seed in seeds(600) {
            let mut random = Random::new(seed);
            let wasm = smith::module(&mut random);
            let budgets: Vec<Budget> = (0..3).map(|_| Budget::random(&mut random)).collect();
            compare(&wasm, &budgets, &format!("seed {seed}"), &mut ends);
        }
        println!("{ends:?}");
        assert!(is_replay() || ends.status > 100 && ends.out_of_ink > 10);
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
            compare(&wasm, &[budget], operator, &mut ends);
            let seen = if ends.failure == 1 {
                End::Failure
            } else {
                End::OutOfInk
            };
            assert_eq!(seen, end, "{operator} with {ink} ink");
        }
    }
}
