//! What the test binaries share: the recorded vectors, their programs, and a writer for the script program.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::path::PathBuf;

use mintage_chain::{Address, Artifact, B256, Bytes, U256};

fn stylus(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors/stylus")
        .join(path)
}

/// A recorded program by its file name, ready to deploy.
pub(crate) fn artifact(file: &str) -> Artifact {
    let wasm = std::fs::read(stylus(&format!("wasm/{file}"))).unwrap();
    Artifact::from_wasm(file.trim_end_matches(".wasm"), &wasm).unwrap()
}

/// The rows of a file of recorded vectors.
pub(crate) fn vectors(file: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(stylus(&format!("vectors/{file}"))).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Writes calldata for `own-script.wasm`, which runs it as a list of host calls (`wat/script.c`).
#[derive(Clone, Default)]
pub(crate) struct Script(Vec<u8>);

impl From<Script> for Bytes {
    fn from(script: Script) -> Self {
        script.0.into()
    }
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn op(mut self, code: u8, parts: &[&[u8]]) -> Self {
        self.0.push(code);
        parts.iter().for_each(|part| self.0.extend_from_slice(part));
        self
    }

    pub(crate) fn load(self, slot: u64) -> Self {
        self.op(1, &[&word(slot)])
    }

    pub(crate) fn cache(self, slot: u64, value: u64) -> Self {
        self.op(2, &[&word(slot), &word(value)])
    }

    pub(crate) fn flush(self) -> Self {
        self.op(3, &[&[0]])
    }

    pub(crate) fn call(self, to: Address, wei: u64, gas: u64, data: &[u8]) -> Self {
        let len = (data.len() as u16).to_le_bytes();
        self.op(
            6,
            &[&[0], to.as_slice(), &word(wei), &gas.to_le_bytes(), &len, data],
        )
    }

    pub(crate) fn log(self, topics: &[B256], data: &[u8]) -> Self {
        let all = [topics.concat().as_slice(), data].concat();
        self.op(
            7,
            &[&[topics.len() as u8], &(all.len() as u16).to_le_bytes(), &all],
        )
    }

    pub(crate) fn revert(self) -> Self {
        self.op(8, &[])
    }

    pub(crate) fn trap(self) -> Self {
        self.op(9, &[])
    }

    pub(crate) fn spin(self) -> Self {
        self.op(10, &[])
    }

    pub(crate) fn recurse(self) -> Self {
        self.op(11, &[])
    }
}

fn word(value: u64) -> [u8; 32] {
    U256::from(value).to_be_bytes()
}
