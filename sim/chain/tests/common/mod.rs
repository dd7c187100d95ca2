//! What the test binaries share: small EVM contracts, the recorded vectors, their programs, and a writer for the script
//! program.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::path::PathBuf;

use alloy_primitives::keccak256;
use alloy_sol_types::sol;
use mintage_chain::{Address, Artifact, B256, Bytes, Chain, U256, hex};

sol! {
    function number() returns (uint256);
}

/// EVM code that adds 1 to slot 0 and returns it.
pub(crate) const COUNTER: [u8; 14] = hex!("5f54600101805f555f5260205ff3");

/// A contract at an address of its own.
pub(crate) fn contract(chain: &mut Chain, code: &[u8]) -> Address {
    let address = Address::from_word(keccak256(code));
    chain.set_code(address, code.to_vec());
    address
}

/// EVM code that returns the word that `ops` leave on the stack.
pub(crate) fn returning(ops: &[u8]) -> Vec<u8> {
    [ops, &hex!("5f5260205ff3")].concat()
}

/// The word that a contract returns to a read-only call.
pub(crate) fn word(chain: &Chain, at: Address) -> U256 {
    chain.call(chain.dev_account(0), at, numberCall {}).unwrap()
}

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
        self.op(1, &[&be_word(slot)])
    }

    pub(crate) fn cache(self, slot: u64, value: u64) -> Self {
        self.op(2, &[&be_word(slot), &be_word(value)])
    }

    pub(crate) fn flush(self) -> Self {
        self.op(3, &[&[0]])
    }

    pub(crate) fn call(self, to: Address, wei: u64, gas: u64, data: &[u8]) -> Self {
        let len = (data.len() as u16).to_le_bytes();
        self.op(
            6,
            &[&[0], to.as_slice(), &be_word(wei), &gas.to_le_bytes(), &len, data],
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

fn be_word(value: u64) -> [u8; 32] {
    U256::from(value).to_be_bytes()
}
