//! Bytes from anyone: no panic, no hang, no blow-up, whatever they are; and what is accepted is sound.
//!
//! Seeded. `MINTAGE_FUZZ_MODULES=1000000 cargo test -p mintage-vm --test hostile` runs longer than the default.

mod bytes;
#[path = "../metering/random.rs"]
#[allow(dead_code)] // programs need more kinds of numbers than bytes do
mod random;

use std::{fs, path::Path, sync::LazyLock};

use bytes::{GROWTH, Verdict};
use mintage_vm::{ActivationRules, ArbosVersion, activate, code};
use random::{Random, seeds};

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

/// How often each verdict was given: a test that never saw one proves nothing about it.
#[derive(Debug, Default)]
struct Verdicts {
    accepted: u64,
    refused: u64,
}

impl Verdicts {
    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Accepted => self.accepted += 1,
            Verdict::Refused => self.refused += 1,
        }
    }

    fn demand(&self, accepted: u64, refused: u64) {
        println!("{self:?}");
        assert!(self.accepted > accepted && self.refused > refused, "{self:?}");
    }
}

#[test]
fn prop_mutated_modules_are_refused_in_words_or_sound() {
    let mut verdicts = Verdicts::default();
    for seed in seeds(20_000) {
        let mut random = Random::new(seed);
        let mut wasm = random.pick(&SEEDS).clone();
        mutate(&mut random, &mut wasm);
        let arbos = *random.pick(&ArbosVersion::ALL);
        verdicts.count(bytes::activation(&wasm, arbos));
    }
    verdicts.demand(300, 1000);
}

#[test]
fn prop_random_bytes_are_no_module() {
    for seed in seeds(20_000) {
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
    let mut verdicts = Verdicts::default();
    for seed in seeds(20_000) {
        let mut random = Random::new(seed);
        let mut bytes = random.pick(&codes).clone();
        mutate(&mut random, &mut bytes);
        if let Some(start) = bytes.get_mut(..4)
            && !random.one_in(4)
        {
            start.copy_from_slice(&[0xef, 0xf0, random.below(3) as u8, 0]);
        }
        verdicts.count(bytes::classic(&bytes, LIMIT));
        bytes::fragments(&bytes, &[]);
    }
    verdicts.demand(300, 1000);
}

#[test]
fn prop_mutated_fragments_join_to_the_stated_length_or_not_at_all() {
    let mut verdicts = Verdicts::default();
    for seed in seeds(5000) {
        let mut random = Random::new(seed);
        let wasm = random.pick(&SEEDS).clone();
        let wasm = &wasm[..wasm.len().min(600)];
        let codes = code::encode_fragments(wasm, wasm.len() / 2 + 20);
        let mut root = code::ROOT_PREFIX.to_vec();
        root.extend([0]);
        root.extend((wasm.len() as u32).to_be_bytes());
        root.resize(root.len() + 20 * codes.len(), 0);
        let mut pieces: Vec<Vec<u8>> = codes.iter().map(|code| code.to_vec()).collect();
        match random.below(4) {
            0 => {}
            1 => mutate(&mut random, &mut root),
            _ => {
                let piece = random.below(pieces.len() as u64) as usize;
                mutate(&mut random, &mut pieces[piece]);
            }
        }
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        verdicts.count(bytes::fragments(&root, &pieces));
    }
    verdicts.demand(1000, 1000);
}

#[test]
fn prop_any_bytes_survive_encoding() {
    for seed in seeds(200) {
        let mut random = Random::new(seed);
        let mut wasm = random.pick(&SEEDS).clone();
        wasm.truncate(random.below(600) as usize);
        bytes::round_trip(&wasm, 4 + random.below(100) as usize);
    }
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
