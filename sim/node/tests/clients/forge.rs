//! forge against the node: a script that deploys and sends, with a CREATE2 deployment through the factory.

use std::fs;
use std::path::Path;
use std::process::Command;

use mintage_tests::root;

use crate::run::{foundry, succeed};
use crate::serve::serve_chain;

const SCRIPT: &str = r#"
// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {Playground} from "../src/Playground.sol";

interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

contract Deploy {
    Vm private constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    event Made(address playground);

    function run() external {
        VM.startBroadcast();
        Playground play = new Playground{salt: bytes32(uint256(1))}(5);
        play.set(6);
        play.pay{value: 7}();
        VM.stopBroadcast();
        emit Made(address(play));
    }
}
"#;

/// A project of one contract and one script, compiled by the pinned solc without a network.
fn project(folder: &Path) {
    let source = root().join("tests/solidity/Playground.sol");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::create_dir_all(folder.join("script")).unwrap();
    fs::copy(source, folder.join("src/Playground.sol")).unwrap();
    fs::write(folder.join("script/Deploy.s.sol"), SCRIPT).unwrap();
    let solc = root().canonicalize().unwrap().join("tests/e2e/solc.js");
    let settings = format!(
        "[profile.default]\nsolc = {:?}\noffline = true\nevm_version = \"paris\"\n",
        solc
    );
    fs::write(folder.join("foundry.toml"), settings).unwrap();
}

fn forge(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = foundry("forge");
    command.args(arguments).current_dir(folder);
    command
}

/// On a chain id that forge knows as Arbitrum it asks the node for gas; on any other it sends what its own EVM used.
#[test]
fn test_forge_script_broadcasts_on_both_kinds_of_chain_id() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    for chain_id in [412_346, 42_161] {
        let node = serve_chain(&format!("forge-{chain_id}"), chain_id);
        let key = node.accounts()[0].key.to_string();
        let url = node.url();
        let arguments = [
            "script",
            "script/Deploy.s.sol:Deploy",
            "--rpc-url",
            &url,
            "--private-key",
            &key,
            "--broadcast",
            "--non-interactive",
        ];
        let out = succeed(&mut forge(folder.path(), &arguments));
        assert!(out.contains("ONCHAIN EXECUTION COMPLETE & SUCCESSFUL"), "{out}");
        let made = folder
            .path()
            .join(format!("broadcast/Deploy.s.sol/{chain_id}/run-latest.json"));
        let run: serde_json::Value = serde_json::from_slice(&fs::read(made).unwrap()).unwrap();
        let play = run["transactions"][0]["contractAddress"].as_str().unwrap();
        let mut cast = foundry("cast");
        cast.args(["call", play, "number()(uint256)", "--rpc-url", &url]);
        assert_eq!(succeed(&mut cast).trim(), "6");
        assert_eq!(run["receipts"].as_array().unwrap().len(), 3);
    }
}
