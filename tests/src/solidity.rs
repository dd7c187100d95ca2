//! EVM bytecode for tests: our own small contracts in `tests/solidity`, compiled by the pinned solc, and the reference
//! contracts that npm ships. Both come from `node_modules`; where it is missing, the test fails and says what to run.
//!
//! Nothing of the reference bytecode is ever written into the repository (Uniswap v2 is GPL).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use alloy_primitives::Bytes;

use crate::root;

/// What to do when a package is not there.
const INSTALL: &str = "run `npm ci` at the repository's root (`make test` does it)";

/// The init code of a contract in `tests/solidity`, without constructor arguments.
///
/// # Panics
/// If node or solc are missing, or the contracts do not compile.
pub fn compiled(contract: &str) -> Bytes {
    static CODES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let codes = CODES.get_or_init(compile);
    let code = codes
        .get(contract)
        .unwrap_or_else(|| panic!("no contract {contract} in tests/solidity"));
    Bytes::from(hex::decode(code).expect("solc prints hex"))
}

fn compile() -> BTreeMap<String, String> {
    let solc = root().join("node_modules/solc");
    assert!(solc.is_dir(), "solc is not installed: {INSTALL}");
    let script = root().join("tests/solidity/compile.js");
    let output = Command::new("node")
        .arg(&script)
        .output()
        .unwrap_or_else(|e| panic!("cannot run node: {e}"));
    assert!(
        output.status.success(),
        "solc: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("compile.js prints JSON")
}

/// The init code of a contract of `@uniswap/v2-core`, without constructor arguments.
///
/// # Panics
/// If the package is not installed.
pub fn uniswap_v2(contract: &str) -> Bytes {
    let path = root()
        .join("node_modules/@uniswap/v2-core/build")
        .join(format!("{contract}.json"));
    reference(&path, &["evm", "bytecode", "object"])
}

fn reference(path: &Path, field: &[&str]) -> Bytes {
    let text = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}: {INSTALL}", path.display()));
    let json: serde_json::Value =
        serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let code = field.iter().fold(&json, |value, key| &value[key]).as_str();
    let code = code.unwrap_or_else(|| panic!("{}: no bytecode", path.display()));
    Bytes::from(hex::decode(code.trim_start_matches("0x")).expect("bytecode is hex"))
}
