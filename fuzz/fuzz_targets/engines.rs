//! Modules that wasm-smith makes of the bytes, on Cranelift, Winch and wasmi and against the reference interpreter.
#![no_main]

#[path = "../../sim/vm/tests/metering/differential/mod.rs"]
mod differential;
#[allow(dead_code)] // bytes take the place of most of it
#[path = "../../sim/vm/tests/metering/random.rs"]
mod random;
#[allow(dead_code)] // likewise
#[path = "../../sim/vm/tests/metering/smith.rs"]
mod smith;

// Where `differential` finds it for the private module that it looks into.
use mintage_vm::instrument;

use arbitrary::Unstructured;
use differential::{Budget, Ends, compare};
use libfuzzer_sys::fuzz_target;

/// Native stack for the reference interpreter, which recurses as the program does.
const STACK: usize = 512 << 20;

fuzz_target!(|data: &[u8]| {
    // Input that is too short for a module is no finding.
    let _ = stacker::grow(STACK, || run(&mut Unstructured::new(data)));
});

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let budget = Budget {
        ink: 1 << bytes.int_in_range(12..=24)?,
        stack: bytes.int_in_range(100..=22_000)?,
        input: bytes.arbitrary()?,
    };
    let size = bytes.int_in_range(10..=400)?;
    if let Some(wasm) = smith::draw(bytes, size)? {
        compare(&wasm, &[budget], "this input", &mut Ends::default());
    }
    Ok(())
}
