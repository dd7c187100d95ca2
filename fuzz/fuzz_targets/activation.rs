//! Validation, instrumentation and activation of arbitrary bytes. The last byte also chooses the ArbOS version, so that
//! any file of WebAssembly is a seed.
#![no_main]

#[allow(dead_code)] // its other half is the `code` target's
#[path = "../../sim/vm/tests/hostile/bytes.rs"]
mod bytes;

use cap::Cap;
use libfuzzer_sys::fuzz_target;
use mintage_vm::ArbosVersion;
use std::alloc::System;

/// Memory of the whole process. An allocation beyond it aborts, which libFuzzer reports with the input.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, 512 << 20);

fuzz_target!(|data: &[u8]| {
    let version = usize::from(data.last().copied().unwrap_or_default());
    bytes::activation(data, ArbosVersion::ALL[version % ArbosVersion::ALL.len()]);
});
