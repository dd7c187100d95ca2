//! Draws the cases that `models/common.py` draws, and compares digests.

use mintage_math::U256;
use std::fmt::Write;

/// SplitMix64, as in `models/common.py`.
pub(crate) struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number of 0 to `most` bits, every length alike.
    pub(crate) fn bits(&mut self, most: u64) -> U256 {
        let length = (self.next() % (most + 1)) as usize;
        let value = U256::from_limbs([self.next(), self.next(), self.next(), self.next()]);
        if length == 0 {
            U256::ZERO
        } else {
            value << (256 - length) >> (256 - length)
        }
    }

    /// A number within `low..=high`.
    pub(crate) fn between(&mut self, low: u128, high: u128) -> u128 {
        let value = (u128::from(self.next()) << 64) | u128::from(self.next());
        low + value % (high - low + 1)
    }

    pub(crate) fn bits_u64(&mut self, most: u64) -> u64 {
        self.bits(most).to()
    }

    pub(crate) fn u64(&mut self, low: u64, high: u64) -> u64 {
        self.between(u128::from(low), u128::from(high)) as u64
    }

    pub(crate) fn u32(&mut self, low: u32, high: u32) -> u32 {
        self.between(u128::from(low), u128::from(high)) as u32
    }

    pub(crate) fn u16(&mut self, low: u16, high: u16) -> u16 {
        self.between(u128::from(low), u128::from(high)) as u16
    }

    pub(crate) fn u8(&mut self, low: u8, high: u8) -> u8 {
        self.between(u128::from(low), u128::from(high)) as u8
    }

    pub(crate) fn wide(&mut self, low: u128, high: u128) -> U256 {
        U256::from(self.between(low, high))
    }

    /// A signed number within `low..=high`.
    pub(crate) fn signed(&mut self, low: i128, high: i128) -> i128 {
        let value = (u128::from(self.next()) << 64) | u128::from(self.next());
        low + (value % (high - low + 1) as u128) as i128
    }
}

fn fnv(data: &[u8]) -> u64 {
    data.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// One line: the inputs, and the outputs or nothing for an error.
pub(crate) type Case = (String, Option<String>);

/// What the first line of a vector file says: `of swap; 10000 cases; 517 errors`.
pub(crate) struct Head {
    pub(crate) modules: Vec<String>,
    pub(crate) cases: usize,
    pub(crate) errors: usize,
}

impl Head {
    pub(crate) fn parse(line: &str) -> Self {
        let mut parts = line.split("; ");
        let modules = parts.next().unwrap().strip_prefix("of ").unwrap();
        let mut number = |unit: &str| parts.next().unwrap().strip_suffix(unit).unwrap().parse().unwrap();
        Self {
            modules: modules.split(' ').map(str::to_owned).collect(),
            cases: number(" cases"),
            errors: number(" errors"),
        }
    }
}

/// What part of the cases runs: a tenth while mutants are tried (`MINTAGE_FEW_CASES` is set), where each of thousands of
/// builds runs every test.
fn part() -> usize {
    if std::env::var_os("MINTAGE_FEW_CASES").is_some() {
        10
    } else {
        1
    }
}

/// Compares the crate's answers with the model's file.
pub(crate) fn check(name: &str, file: &str, mut case: impl FnMut(&mut Rng) -> Case) {
    let (head, body) = file.split_once('\n').unwrap();
    let head = Head::parse(head);
    let (samples, digests) = body.split_once("digests\n").unwrap();
    let (mut samples, mut rng) = (samples.lines(), Rng(fnv(name.as_bytes())));
    let (mut cases, mut errors) = (0, 0);
    let blocks = digests.lines().count() / part();
    for (block, digest) in digests.lines().take(blocks).enumerate() {
        let mut text = String::new();
        for _ in 0..100 {
            let (inputs, outputs) = case(&mut rng);
            errors += usize::from(outputs.is_none());
            let line = format!("{inputs} = {}", outputs.as_deref().unwrap_or("error"));
            if let Some(sample) = samples.next() {
                assert_eq!(
                    line, sample,
                    "{name}: the crate (left) and the model (right) disagree"
                );
            }
            writeln!(text, "{line}").unwrap();
            cases += 1;
        }
        let expected = u64::from_str_radix(digest, 16).unwrap();
        assert!(
            fnv(text.as_bytes()) == expected,
            "{name}: block {block} differs from `python3 models/make.py show {name} {block}`:\n{text}"
        );
    }
    assert!(
        head.cases >= 10_000 && head.errors * 2 <= head.cases,
        "{name}: too few cases, or mostly errors"
    );
    assert_eq!(cases, head.cases / part(), "{name}");
    assert!(
        !name.starts_with("real_") || head.cases - head.errors >= 100_000,
        "{name}: fewer than 100,000 points"
    );
    assert!(part() > 1 || errors == head.errors, "{name}: {errors} errors");
}

/// What the crate says in a case of a table, and by how much it may be off either way, all in the table's units.
pub(crate) struct Got {
    /// The value in units, rounded down, modulo 2^32.
    pub(crate) units: u32,
    /// How far below the exact value it may lie, rounded up.
    pub(crate) below: u32,
    /// How far above, rounded up: zero for a result that is rounded down.
    pub(crate) above: u32,
}

impl Got {
    /// As far off on either side.
    pub(crate) fn within(units: u32, error: U256) -> Self {
        let error = u32::try_from(error).unwrap();
        Self {
            units,
            below: error,
            above: error,
        }
    }
}

/// `⌊value·10^digits⌋` for a value in wad: the units of a table of `10^-(18 + digits)`.
pub(crate) fn units(value: U256, negative: bool, digits: u8) -> u32 {
    let scale = U256::from(10u64).pow(U256::from(digits));
    let low = value.wrapping_mul(scale).as_limbs()[0] as u32;
    if negative { low.wrapping_neg() } else { low }
}

/// Compares the crate's answers with a table. `None`: a case that has no value, which the table must know as well.
pub(crate) fn table(name: &str, file: &[u8], mut case: impl FnMut(&mut Rng) -> Option<Got>) {
    let line_end = file.iter().position(|b| *b == b'\n').unwrap();
    let head = Head::parse(std::str::from_utf8(&file[..line_end]).unwrap());
    let rows = file[line_end + 1..].chunks_exact(4);
    assert!(rows.remainder().is_empty() && rows.len() == head.cases);
    assert!(
        head.cases - head.errors >= 100_000,
        "{name}: fewer than 100,000 points"
    );
    let (mut rng, mut empty, mut worst) = (Rng(fnv(name.as_bytes())), 0, 0);
    for (i, row) in rows.take(head.cases / part()).enumerate() {
        let exact = u32::from_le_bytes(row.try_into().unwrap());
        let Some(Got { units, below, above }) = case(&mut rng) else {
            empty += 1;
            continue;
        };
        // the difference modulo 2^32, which is far wider than any stated error
        assert!(
            below.max(above) < 1 << 25,
            "{name}: case {i}: the error is too wide for the table"
        );
        let off = i64::from(units.wrapping_sub(exact) as i32);
        assert!(
            -i64::from(below) <= off && off <= i64::from(above),
            "{name}: case {i}: off by {off} units, {below} below and {above} above are allowed"
        );
        worst = worst.max(off.unsigned_abs() * 1_000 / u64::from(below.max(above)));
    }
    assert!(
        part() > 1 || empty == head.errors,
        "{name}: {empty} cases without a value"
    );
    println!("{name}: at worst {worst} thousandths of the stated error");
}

/// `model!(name, |rng| [inputs] => result)`: a test that compares the crate with `models/vectors/name.txt`.
/// `result` is an `Option` of something that [`Outputs`] can print.
macro_rules! model {
    ($name:ident, |$rng:ident| $body:block) => {
        #[test]
        fn $name() {
            let file = include_str!(concat!("../../models/vectors/", stringify!($name), ".txt"));
            crate::harness::check(stringify!($name), file, |$rng| $body);
        }
    };
}

/// `table!(name, |rng| { Option<Got> })`: a test that compares the crate with `models/vectors/name.bin`.
macro_rules! table {
    ($name:ident, |$rng:ident| $body:block) => {
        #[test]
        fn $name() {
            let file = include_bytes!(concat!("../../models/vectors/", stringify!($name), ".bin"));
            crate::harness::table(stringify!($name), file, |$rng| $body);
        }
    };
}

/// `case!([a, b] => option_of_outputs)`
macro_rules! case {
    ([$($input:expr),* $(,)?] => $result:expr) => {{
        let inputs: Vec<String> = vec![$($input.to_string()),*];
        (inputs.join(" "), $result.map(|out| crate::harness::Outputs::text(&out)))
    }};
}

/// What a rule returns, as the line of a file.
pub(crate) trait Outputs {
    fn text(&self) -> String;
}

macro_rules! plain {
    ($($kind:ty),*) => { $(impl Outputs for $kind { fn text(&self) -> String { self.to_string() } })* };
}
plain!(U256, u8, u16, u32, u64, u128, i32, i64, i128);

impl Outputs for bool {
    fn text(&self) -> String {
        u8::from(*self).to_string()
    }
}

impl<T: Outputs> Outputs for Vec<T> {
    fn text(&self) -> String {
        self.iter().map(Outputs::text).collect::<Vec<_>>().join(" ")
    }
}

macro_rules! tuples {
    ($(($($name:ident $at:tt),*)),*) => {
        $(impl<$($name: Outputs),*> Outputs for ($($name,)*) {
            fn text(&self) -> String { [$(self.$at.text()),*].join(" ") }
        })*
    };
}
tuples!((A 0, B 1), (A 0, B 1, C 2), (A 0, B 1, C 2, D 3), (A 0, B 1, C 2, D 3, E 4), (A 0, B 1, C 2, D 3, E 4, F 5));

/// Every vector file has its test, and every module of both crates that states a rule has a model.
#[test]
fn every_mechanism_has_a_tested_model() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = |folder: &str| {
        let paths = std::fs::read_dir(root.join(folder)).unwrap();
        paths.map(|entry| entry.unwrap().path())
    };
    let tests: String = entries("tests/models")
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let mut modelled = std::collections::BTreeSet::new();
    for path in entries("models/vectors") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            tests.contains(&format!("model!({name},")) || tests.contains(&format!("table!({name},")),
            "models/vectors/{name} has no test"
        );
        let content = std::fs::read(&path).unwrap();
        let line = content.split(|b| *b == b'\n').next().unwrap();
        modelled.extend(Head::parse(std::str::from_utf8(line).unwrap()).modules);
    }
    let modules = |file: &str, prefix: &str| -> Vec<String> {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let names = text
            .lines()
            .filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';'));
        names.map(|name| format!("{prefix}{name}")).collect()
    };
    for module in modules("src/lib.rs", "") {
        assert!(
            modelled.contains(&module),
            "no model is of {module}: write one in models/"
        );
    }
    for module in ["exp", "ln", "pow", "normal", "mul_div", "fixed", "rpow", "sqrt"] {
        let module = format!("math::{module}");
        assert!(
            modelled.contains(&module),
            "no model is of {module}: write one in models/"
        );
    }
}
