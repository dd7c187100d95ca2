//! cargo-stylus itself against the node: check, deploy, activate, cache, keep alive, trace, simulate, verify, and what its user is told when
//! something cannot be. `scripts/cargo-stylus.sh` runs the pinned version; `make test` compiles it first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use alloy_primitives::{U256, hex, keccak256};
use mintage_tests::{artifacts, root};
use tempfile::TempDir;

use crate::cast::Cast;
use crate::run::{fail, succeed};
use crate::serve::{Served, serve};

/// A node, and a folder that cargo-stylus takes for a workspace without programs of its own.
struct Stylus {
    node: Served,
    folder: TempDir,
}

impl Stylus {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("Cargo.toml"),
            "[workspace]\nresolver = \"2\"\n",
        )
        .unwrap();
        let settings = "[workspace]\n\n[workspace.networks]\n";
        fs::write(folder.path().join("Stylus.toml"), settings).unwrap();
        let node = serve(name);
        Self { node, folder }
    }

    /// The command in a folder. The endpoint stands before the arguments: `--constructor-args` takes all that follows.
    fn command_in(&self, folder: &Path, subcommand: &[&str], arguments: &[&str]) -> Command {
        let mut command = Command::new(root().canonicalize().unwrap().join("scripts/cargo-stylus.sh"));
        command.current_dir(folder).args(subcommand);
        if !matches!(subcommand, ["constructor" | "export-abi"]) {
            command.args(["--endpoint", &self.node.url()]);
        }
        command.args(arguments);
        command
    }

    /// What the tool printed, without its colours.
    #[track_caller]
    fn run(&self, subcommand: &[&str], arguments: &[&str]) -> String {
        plain(&succeed(&mut self.command_in(
            self.folder.path(),
            subcommand,
            arguments,
        )))
    }

    /// What the tool complained of.
    #[track_caller]
    fn refused(&self, subcommand: &[&str], arguments: &[&str]) -> String {
        plain(&fail(&mut self.command_in(
            self.folder.path(),
            subcommand,
            arguments,
        )))
    }

    /// The key of an account.
    fn key(&self, account: usize) -> String {
        self.node.accounts()[account].key.to_string()
    }

    /// Deploys a file with the first account's key; its address.
    #[track_caller]
    fn deploy(&self, file: &str, more: &[&str]) -> String {
        let key = self.key(0);
        let arguments = ["--no-verify", "--private-key", &key, "--wasm-file", file];
        let told = self.run(&["deploy"], &[&arguments, more].concat());
        told_after(&told, "deployed code at address: ")
    }

    fn cast(&self) -> Cast<'_> {
        Cast(&self.node)
    }
}

/// Text without escape sequences of a terminal.
fn plain(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        all += part.split_once('m').map_or("", |(_, rest)| rest);
    }
    all
}

/// The word that follows a label.
#[track_caller]
fn told_after(text: &str, label: &str) -> String {
    let (_, rest) = text
        .split_once(label)
        .unwrap_or_else(|| panic!("no `{label}` in:\n{text}"));
    let word = rest.split_whitespace().next().unwrap_or_default();
    word.trim_matches('"').to_owned()
}

/// A program that `mintage build` has built.
fn built(program: &str) -> String {
    let path = artifacts().canonicalize().unwrap();
    path.join(format!("{program}.wasm")).display().to_string()
}

/// A module of the recorded activations.
fn recorded(name: &str) -> PathBuf {
    root()
        .canonicalize()
        .unwrap()
        .join("tests/vectors/stylus/wasm")
        .join(name)
}

#[test]
fn test_a_wasm_file_is_checked_deployed_activated_and_cached() {
    let stylus = Stylus::new("cargo-stylus-file");
    let (file, key) = (built("pair"), stylus.key(0));
    let signed = ["--private-key", &key];

    let told = stylus.run(&["check"], &["--wasm-file", &file]);
    // Its exact size depends on the compiler.
    assert!(
        told.contains("contract size: 1") && told.contains(" bytes)"),
        "{told}"
    );
    assert!(told.contains("wasm data fee: 0.0000"), "{told}");
    let estimate = [
        "--no-verify",
        "--estimate-gas",
        "--private-key",
        &key,
        "--wasm-file",
        &file,
    ];
    let told = stylus.run(&["deploy"], &estimate);
    assert!(told.contains("deployment tx gas: "), "{told}");
    assert_eq!(stylus.cast().run(&["block-number"]), "0", "nothing was sent");

    let address = stylus.deploy(&file, &["--no-activate"]);
    assert_eq!(stylus.cast().run(&["block-number"]), "1");
    let at = ["--address", &address];
    let told = stylus.run(&["activate"], &[&signed[..], &at, &["--estimate-gas"]].concat());
    assert!(told.contains("activation tx gas: "), "{told}");
    let activate = [&signed[..], &at].concat();
    let told = stylus.run(&["activate"], &activate);
    assert!(told.contains("successfully activated contract"), "{told}");
    let told = stylus.refused(&["activate"], &activate);
    assert!(told.contains("the program is active already"), "{told}");

    // The same code again is active from the start.
    let again = ["--no-verify", "--private-key", &key, "--wasm-file", &file];
    let told = stylus.run(&["deploy"], &again);
    assert!(told.contains("wasm already activated!"), "{told}");

    let told = stylus.run(&["cache", "status"], &at);
    assert!(told.contains("Cache manager status: \"active\""), "{told}");
    assert!(told.contains("is not yet cached"), "{told}");
    let told = stylus.run(&["cache", "suggest-bid"], &[&address]);
    assert!(told.contains(": 0 wei"), "{told}");
    let bid = [&signed[..], &[&address, "0"]].concat();
    let told = stylus.run(&["cache", "bid"], &bid);
    assert!(told.contains("Successfully cached contract"), "{told}");
    assert!(stylus.run(&["cache", "status"], &at).contains("is cached"));
    let told = stylus.refused(&["cache", "bid"], &bid);
    assert!(told.contains("already cached"), "{told}");

    // A program is kept alive a month after its activation at the earliest, for its data fee, which this command does not send.
    let code = stylus.cast().run(&["code", &address]);
    let hash = keccak256(hex::decode(code).unwrap()).to_string();
    let keepalive = [&signed[..], &["--codehash", &hash]].concat();
    let told = stylus.refused(&["codehash-keepalive"], &keepalive);
    assert!(told.contains("ProgramKeepaliveTooSoon"), "{told}");
    stylus.cast().run(&["rpc", "evm_increaseTime", "3000000"]);
    stylus.cast().run(&["rpc", "evm_mine"]);
    let told = stylus.refused(&["codehash-keepalive"], &keepalive);
    assert!(told.contains("error ProgramInsufficientValue(0, "), "{told}");
}

/// The recorded echo with bytes that do not compress: more than one contract may hold.
fn echo_of_two_fragments(folder: &Path) -> String {
    let mut wasm = fs::read(recorded("own-echo.wasm")).unwrap();
    let noise: Vec<u8> = (0..1_000u64)
        .flat_map(|n| keccak256(n.to_be_bytes()).0)
        .take(30_000)
        .collect();
    let leb = |n: usize| {
        [
            (n & 0x7f | 0x80) as u8,
            (n >> 7 & 0x7f | 0x80) as u8,
            (n >> 14) as u8,
        ]
    };
    // A data section with one segment from the memory's byte 30,000 on, which the echo does not reach.
    let offset = [0x00, 0x41, 0xb0, 0xea, 0x01, 0x0b];
    let segment = [&offset[..], &leb(noise.len()), &noise].concat();
    wasm.push(11);
    wasm.extend(leb(1 + segment.len()));
    wasm.push(1);
    wasm.extend(segment);
    let path = folder.join("echo.wasm");
    fs::write(&path, wasm).unwrap();
    path.display().to_string()
}

#[test]
fn test_a_program_above_the_size_of_a_contract_is_deployed_in_fragments() {
    let stylus = Stylus::new("cargo-stylus-fragments");
    let file = echo_of_two_fragments(stylus.folder.path());
    let told = stylus.run(&["check"], &["--wasm-file", &file]);
    assert!(told.contains("(2 fragments)"), "{told}");
    let address = stylus.deploy(&file, &[]);
    // Two fragments, their root, the activation.
    assert_eq!(stylus.cast().run(&["block-number"]), "4");
    assert_eq!(
        stylus.cast().run(&["call", &address, "--data", "0x0badcafe"]),
        "0x0badcafe"
    );
}

#[test]
fn test_a_transaction_is_traced_and_a_call_simulated() {
    let stylus = Stylus::new("cargo-stylus-trace");
    let token = stylus.deploy(&built("token"), &[]);
    let spender = stylus.cast().address(1);
    let approve = [&token, "approve(address,uint256)", &spender, "5"];
    let receipt = stylus.cast().send(0, &approve);
    let hash = receipt["transactionHash"].as_str().unwrap();

    let by_script = stylus.run(&["trace"], &["--tx", hash]);
    let steps: Vec<serde_json::Value> = serde_json::from_str(&by_script).unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(
        (names[0], names[names.len() - 1]),
        ("user_entrypoint", "user_returned")
    );
    for name in [
        "read_args",
        "msg_sender",
        "storage_cache_bytes32",
        "emit_log",
        "write_result",
    ] {
        assert!(names.contains(&name), "no {name} among {names:?}");
    }
    assert_eq!(
        stylus.run(&["trace"], &["--tx", hash, "--use-native-tracer"]),
        by_script
    );

    let data = Cast::offline(&[
        "calldata",
        "allowance(address,address)",
        &stylus.cast().address(0),
        &spender,
    ]);
    let simulated = stylus.run(&["simulate"], &["--to", &token, "--data", &data]);
    let steps: Vec<serde_json::Value> = serde_json::from_str(&simulated).unwrap();
    let result = steps.iter().find(|step| step["name"] == "write_result").unwrap();
    assert_eq!(result["args"], format!("0x{:064x}", 5));

    let plain = stylus.cast().send(0, &[&spender, "--value", "1"]);
    let told = stylus.refused(&["trace"], &["--tx", plain["transactionHash"].as_str().unwrap()]);
    // The tool takes the empty list that is the right answer for the list of another tracer.
    assert!(told.contains("malformed tracing result"), "{told}");
}

#[test]
fn test_what_cannot_be_is_explained() {
    let stylus = Stylus::new("cargo-stylus-refusals");
    for (module, reason) in [
        ("bad-op-f64add.wasm", "`f64.add` works on floating-point numbers"),
        // The tool's own words for modules without the SDK's entrypoint.
        ("grow-no-import.wasm", "missing an entrypoint"),
        ("acc-entry-missing.wasm", "`user_entrypoint`"),
    ] {
        let file = recorded(module).display().to_string();
        let told = stylus.refused(&["check"], &["--wasm-file", &file]);
        assert!(told.contains(reason), "{module}: {told}");
    }

    let file = built("token");
    let deploy = |key: &str, more: &[&str]| {
        let arguments = ["--no-verify", "--private-key", key, "--wasm-file", &file];
        stylus.refused(&["deploy"], &[&arguments, more].concat())
    };
    let (poor, key) = (format!("0x{}", "11".repeat(32)), stylus.key(0));
    let told = deploy(&poor, &[]);
    assert!(
        told.contains("not enough funds") && told.contains("balance 0 <"),
        "{told}"
    );
    // Enough for the data fee and not for the gas.
    let account = Cast::offline(&["wallet", "address", &poor]);
    let balance = format!("{:#x}", U256::from(80_000_000_000_000u64));
    stylus
        .cast()
        .run(&["rpc", "anvil_setBalance", &account, &balance]);
    let told = deploy(&poor, &["--max-fee-per-gas-gwei", "1"]);
    assert!(
        told.contains("insufficient funds for gas * price + value"),
        "{told}"
    );
    let told = deploy(&key, &["--max-fee-per-gas-gwei", "0.001"]);
    assert!(
        told.contains("max fee per gas less than block base fee"),
        "{told}"
    );

    let nobody = stylus.cast().address(5);
    let told = stylus.refused(&["activate"], &["--private-key", &key, "--address", &nobody]);
    assert!(told.contains("there is no program at this address"), "{told}");
    let told = stylus.refused(&["cache", "suggest-bid"], &[&nobody]);
    assert!(told.contains("not yet activated"), "{told}");
}

#[test]
fn test_a_project_with_a_constructor_is_built_deployed_and_verified() {
    let stylus = Stylus::new("cargo-stylus-project");
    let project = root().canonicalize().unwrap().join("contracts/token");
    let run = |subcommand: &str, arguments: &[&str]| {
        plain(&succeed(&mut stylus.command_in(
            &project,
            &[subcommand],
            arguments,
        )))
    };
    let constructor = run("constructor", &[]);
    assert!(
        constructor.starts_with("constructor(string name_, string symbol_"),
        "{constructor}"
    );
    assert!(
        run("export-abi", &[]).contains("interface IToken"),
        "{constructor}"
    );

    let (key, owner, holder) = (stylus.key(0), stylus.cast().address(0), stylus.cast().address(1));
    let cap = "21000000000000000000000000";
    let zero = "0x0000000000000000000000000000000000000000";
    let arguments = [
        "--no-verify",
        "--private-key",
        &key,
        "--constructor-args",
        "Mintage",
        "MINT",
        "18",
        &owner,
        zero,
        cap,
        "0",
        &holder,
        "1000",
    ];
    let told = run("deploy", &arguments);
    let address = told_after(&told, "deployed code at address: ");
    let hash = told_after(&told, "deployment tx hash: ");
    for (call, answer) in [
        (&["name()(string)"][..], "\"Mintage\""),
        (&["symbol()(string)"], "\"MINT\""),
        (&["totalSupply()(uint256)"], "1000"),
        (&["balanceOf(address)(uint256)", &holder], "1000"),
    ] {
        assert_eq!(
            stylus.cast().run(&[&["call", &address], call].concat()),
            answer,
            "{call:?}"
        );
    }
    let sent = stylus
        .cast()
        .send(1, &[&address, "transfer(address,uint256)", &owner, "7"]);
    assert_eq!(sent["status"], "0x1");

    let told = run(
        "verify",
        &["--no-verify", "--skip-clean", "--deployment-tx", &hash],
    );
    assert!(told.contains("Verification successful"), "{told}");
    let foreign = sent["transactionHash"].as_str().unwrap();
    let wrong = ["--no-verify", "--skip-clean", "--deployment-tx", foreign];
    let told = plain(&fail(&mut stylus.command_in(&project, &["verify"], &wrong)));
    assert!(told.contains("Failed to decode the deployer call"), "{told}");
}
