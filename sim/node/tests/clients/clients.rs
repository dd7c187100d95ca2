//! viem and ethers, by their scripts and by the npm package.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use mintage_tests::root;

use crate::run::{foundry, script, succeed};
use crate::serve::serve;

#[test]
fn test_viem() {
    let node = serve("viem");
    let out = succeed(&mut script("viem.mjs", &node));
    assert!(out.ends_with("checks passed\n"), "{out}");
}

#[test]
fn test_ethers() {
    let node = serve("ethers");
    let out = succeed(&mut script("ethers.mjs", &node));
    assert!(out.ends_with("checks passed\n"), "{out}");
}

/// The programs come from `mintage build`, which `make test` runs first.
#[test]
fn test_stylus_programs_by_the_calls_of_cargo_stylus() {
    let node = serve("stylus-calls");
    let out = succeed(&mut script("stylus.mjs", &node));
    assert!(out.ends_with("checks passed\n"), "{out}");
}

/// A Solidity contract over the published interfaces, on the programs' bytecode.
#[test]
fn test_a_solidity_dapp() {
    let node = serve("dapp");
    let out = succeed(&mut script("dapp.mjs", &node));
    assert!(out.ends_with("checks passed\n"), "{out}");
}

/// The npm package's own example: the token is deployed by one transaction and transferred.
#[test]
fn test_the_example_of_the_npm_package() {
    let node = serve("npm-example");
    succeed(Command::new("node").arg(root().join("scripts/pack-npm.js")));
    let example = root().join("target/npm/package/example-dist/deploy-token.js");
    let out = succeed(Command::new("node").arg(example).env("RPC_URL", node.url()));
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["balance"], "1000000000000000000");
}

/// anvil beside the node; it ends with the test.
pub(crate) struct Anvil {
    process: Child,
    pub(crate) url: String,
}

impl Anvil {
    pub(crate) fn start(chain_id: u64) -> Self {
        let mut process = foundry("anvil")
            .args(["--port", "0", "--chain-id", &chain_id.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("`npm ci` installs anvil");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("Listening on ")?.to_owned()))
            .expect("it says where it listens");
        // What it prints later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            process,
            url: format!("http://{address}"),
        }
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn test_what_the_evm_decides_equals_anvils() {
    let node = serve("beside-anvil");
    let anvil = Anvil::start(node.chain_id());
    let out = succeed(script("anvil.mjs", &node).env("MINTAGE_ANVIL_URL", &anvil.url));
    assert!(out.ends_with("checks passed\n"), "{out}");
}
