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

/// Compares the crate's answers with the model's file.
pub(crate) fn check(name: &str, file: &str, mut case: impl FnMut(&mut Rng) -> Case) {
    let (samples, digests) = file.split_once("digests\n").unwrap();
    let (mut samples, mut rng) = (samples.lines(), Rng(fnv(name.as_bytes())));
    let mut cases = 0;
    for (block, digest) in digests.lines().enumerate() {
        let mut text = String::new();
        for _ in 0..100 {
            let (inputs, outputs) = case(&mut rng);
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
    assert!(cases >= 1_000, "{name}: only {cases} cases");
}

/// Compares fractions `value/whole` with a table in units of 2^-63, within `error` of them.
pub(crate) fn table(name: &str, file: &[u8], error: u64, mut fraction: impl FnMut(&mut Rng) -> (U256, U256)) {
    let mut rng = Rng(fnv(name.as_bytes()));
    assert!(file.len() >= 800_000);
    for (i, bytes) in file.chunks_exact(8).enumerate() {
        let expected = u64::from_le_bytes(bytes.try_into().unwrap());
        let (value, whole) = fraction(&mut rng);
        let got: u64 = mintage_math::mul_div_down(value, U256::from(1u64 << 63), whole)
            .unwrap()
            .to();
        assert!(
            got.abs_diff(expected) <= error,
            "{name}: case {i}: {got} {expected}: {value} of {whole}"
        );
    }
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

/// Every vector file has its test, and every model its file.
#[test]
fn every_model_is_tested() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap();
    let mut tests = String::new();
    for entry in std::fs::read_dir(root.join("tests/models")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "rs") {
            tests += &read(path);
        }
    }
    for entry in std::fs::read_dir(root.join("models/vectors")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "txt") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            assert!(
                tests.contains(&format!("model!({name},")),
                "models/vectors/{name}.txt has no test"
            );
        }
    }
}
