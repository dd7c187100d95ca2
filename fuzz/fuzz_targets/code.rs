//! Program codes from arbitrary bytes: prefixes, Brotli, roots and fragments.
//!
//! The first byte chooses: 1 for a root with fragments, where each piece stands behind its length (two bytes,
//! little-endian); any other for a code in one piece, at a limit that the byte gives.
#![no_main]

#[allow(dead_code)] // its other half is the `activation` target's
#[path = "../../sim/vm/tests/hostile/bytes.rs"]
mod bytes;

use cap::Cap;
use libfuzzer_sys::fuzz_target;
use std::alloc::System;

/// Memory of the whole process. An allocation beyond it aborts, which libFuzzer reports with the input.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, 512 << 20);

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    if *choice == 1 {
        let pieces = pieces(rest);
        if let Some((root, fragments)) = pieces.split_first() {
            bytes::fragments(root, fragments);
        }
    } else {
        // Up to 2 MiB: the limit is a chain's parameter, 256 KiB by default.
        bytes::classic(rest, 1 << (choice % 22));
    }
});

fn pieces(mut data: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some((length, rest)) = data.split_first_chunk::<2>() {
        let length = (u16::from_le_bytes(*length) as usize).min(rest.len());
        let (piece, after) = rest.split_at(length);
        pieces.push(piece);
        data = after;
    }
    pieces
}
