//! Bytes from anyone: no panic, no hang, no blow-up, whatever they are; and what is accepted is sound.
//!
//! Seeded. `MINTAGE_FUZZ_MODULES=1000000 cargo test -p mintage-vm --test hostile` runs longer than the default.

use std::{fs, path::Path, sync::LazyLock};

use mintage_vm::{
    ActivationRules, ArbosVersion, activate,
    code::{self, CodeKind, Root},
};

#[path = "metering/random.rs"]
#[allow(dead_code)] // programs need more kinds of numbers than bytes do
mod random;

use random::Random;

/// Bytes of the rewritten module for each byte of the original, at most: the shortest operator (one byte) is charged as
/// a block and gives back a frame, with five-byte indices.
const GROWTH: usize = 64;

/// The recorded modules up to a size that keeps the test quick.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/stylus/wasm");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("vectors")
        .map(|entry| entry.expect("entry").path())
        .collect();
    files.sort();
    let modules = files.iter().map(|file| fs::read(file).expect("a module"));
    modules.filter(|wasm| wasm.len() < 20_000).collect()
});

fn cases(default: u64) -> u64 {
    match std::env::var("MINTAGE_FUZZ_MODULES") {
        Ok(text) => text.parse().expect("MINTAGE_FUZZ_MODULES is a number"),
        Err(_) => default,
    }
}

/// Changes a few bytes: flips, cuts, repeats, and pieces of other modules.
fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    let changes = if random.one_in(2) { 1 } else { 1 + random.below(4) };
    for _ in 0..changes {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len() as u64) as usize;
        match random.below(8) {
            0..=2 => bytes[at] ^= 1 << random.below(8),
            3 => bytes[at] = *random.pick(&[0, 1, 0x0b, 0x11, 0x40, 0x7f, 0x80, 0xfc, 0xff]),
            4 => drop(bytes.remove(at)),
            5 => bytes.insert(at, random.next() as u8),
            6 => bytes.truncate(at.max(8)),
            _ => {
                let other = random.pick(&SEEDS);
                let from = random.below(other.len() as u64) as usize;
                let length = (random.below(40) as usize)
                    .min(other.len() - from)
                    .min(bytes.len() - at);
                bytes[at..at + length].copy_from_slice(&other[from..from + length]);
            }
        }
    }
}

#[test]
fn prop_mutated_modules_are_refused_in_words_or_sound() {
    let engine = wasmtime::Engine::default();
    let (mut accepted, mut refused) = (0_u64, 0_u64);
    for seed in 0..cases(20_000) {
        let mut random = Random::new(seed);
        let mut wasm = random.pick(&SEEDS).clone();
        mutate(&mut random, &mut wasm);
        let arbos = *random.pick(&ArbosVersion::ALL);
        match activate(&wasm, &ActivationRules::for_arbos(arbos)) {
            Ok(activation) => {
                let rewritten = &activation.instrumented.wasm;
                assert!(
                    rewritten.len() <= GROWTH * wasm.len(),
                    "seed {seed}: {} bytes",
                    rewritten.len()
                );
                wasmtime::Module::validate(&engine, rewritten)
                    .unwrap_or_else(|error| panic!("seed {seed}: accepted, but not sound: {error}"));
                accepted += 1;
            }
            Err(rejection) => {
                let words = rejection.to_string();
                assert!(words.ends_with(rejection.advice()), "seed {seed}: {words}");
                refused += 1;
            }
        }
    }
    println!("{accepted} accepted, {refused} refused");
    assert!(
        accepted > 300 && refused > 1000,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn prop_random_bytes_are_no_module() {
    for seed in 0..cases(20_000) {
        let mut random = Random::new(seed);
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        // Sections by chance: an id, a size that fits, and noise.
        for _ in 0..random.below(6) {
            let size = random.below(40) as u8;
            wasm.extend([random.below(15) as u8, size]);
            wasm.extend((0..size).map(|_| *random.pick(&[0, 1, 2, 0x60, 0x7f, 0x7e, 0x0b, 0x41, 0xff])));
        }
        if random.one_in(3) {
            wasm = (0..random.below(200)).map(|_| random.next() as u8).collect();
        }
        let rejection = activate(&wasm, &ActivationRules::default()).expect_err("no entry point by chance");
        assert!(!rejection.to_string().is_empty());
    }
}

#[test]
fn prop_mutated_code_decodes_within_its_limit_or_not_at_all() {
    const LIMIT: u32 = 50_000;
    let codes: Vec<Vec<u8>> = SEEDS
        .iter()
        .take(40)
        .map(|wasm| code::encode(wasm).to_vec())
        .collect();
    let (mut decoded, mut refused) = (0_u64, 0_u64);
    for seed in 0..cases(20_000) {
        let mut random = Random::new(seed);
        let mut bytes = random.pick(&codes).clone();
        mutate(&mut random, &mut bytes);
        if let Some(start) = bytes.get_mut(..4)
            && !random.one_in(4)
        {
            start.copy_from_slice(&[0xef, 0xf0, random.below(3) as u8, 0]);
        }
        match code::decode(&bytes, LIMIT) {
            Ok(wasm) => {
                assert!(wasm.len() <= LIMIT as usize);
                assert_eq!(CodeKind::of(&bytes, ArbosVersion::V61), CodeKind::Classic);
                decoded += 1;
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
        if let Ok(root) = Root::parse(&bytes) {
            assert_eq!(root.encode(), bytes, "seed {seed}");
            assert!(root.join([]).is_err() || root.fragments.is_empty());
        }
    }
    println!("{decoded} decoded, {refused} refused");
    assert!(
        decoded > 300 && refused > 1000,
        "{decoded} decoded, {refused} refused"
    );
}

/// The worst that fits into the limits: much code, little in each block.
#[test]
fn test_rewriting_stays_within_its_growth() {
    let body = format!("{} i32.const 0", "i32.const 0 drop return ".repeat(2000));
    let function = format!(
        "(func (result i32) {})",
        "i32.const 0 return ".repeat(3600) + "i32.const 0"
    );
    let globals = "(global i32 (i32.const 0))".repeat(5000);
    let text = format!(
        r#"(module (memory (export "memory") 1 1) {globals} {}
            (func (export "user_entrypoint") (param i32) (result i32) {}))"#,
        function.repeat(16),
        body.replace("drop", "")
    );
    let wasm = wat::parse_str(text).expect("the test's module");
    let activation = activate(&wasm, &ActivationRules::default()).expect("within all limits");
    let growth = activation.instrumented.wasm.len().div_ceil(wasm.len());
    assert!(growth <= GROWTH, "{growth} times");
}
