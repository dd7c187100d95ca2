//! `mintage node`: its banner, its JSON, how it ends, and what it refuses. What it answers is tested in `sim/node` and `tests/e2e`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;

use crate::command::{mintage, run};

/// A running node and what it prints.
struct Running {
    process: Child,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let folder = std::env::temp_dir();
        let mut process = mintage(&folder)
            .arg("node")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let stdout = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { process, stdout }
    }

    /// Everything up to the line that says where it listens.
    fn banner(&mut self) -> (String, String) {
        let mut text = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(
                self.stdout.read_line(&mut line).expect("text"),
                0,
                "it ended early:\n{text}"
            );
            text += &line;
            if let Some(address) = line.strip_prefix("Listening on ") {
                return (address.trim().to_owned(), text);
            }
        }
    }

    /// Where it listens, whichever way it says so.
    fn address(&mut self) -> String {
        let mut text = String::new();
        loop {
            assert_ne!(
                self.stdout.read_line(&mut text).expect("text"),
                0,
                "it ended early:\n{text}"
            );
            let line = text.lines().last().unwrap_or_default();
            if let Some(address) = line.strip_prefix("Listening on ") {
                return address.trim().to_owned();
            }
            if let Ok(start) = serde_json::from_str::<Value>(&text) {
                return start["listening"].as_str().expect("an address").to_owned();
            }
        }
    }

    /// Interrupts it as Ctrl-C does; what it said on stderr.
    fn interrupt_and_listen(mut self) -> String {
        let mut stderr = self.process.stderr.take().expect("a pipe");
        assert_eq!(self.interrupt(), Some(0));
        let mut said = String::new();
        stderr.read_to_string(&mut said).expect("text");
        said
    }

    /// Interrupts it as Ctrl-C does; its exit code.
    fn interrupt(mut self) -> Option<i32> {
        let id = self.process.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .expect("kill runs");
        assert!(sent.success());
        self.process.wait().expect("it ends").code()
    }
}

fn ask(address: &str, body: &str) -> Value {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("JSON")
}

#[test]
fn test_node_prints_its_accounts_serves_and_ends_on_interrupt() {
    let mut node = Running::start(&[
        "--port",
        "0",
        "--chain-id",
        "42161",
        "--accounts",
        "2",
        "--balance",
        "7",
    ]);
    let (address, banner) = node.banner();
    for part in [
        "(0) 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 (7 ETH)",
        "(1) 0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
        "Chain ID:          42161",
        "0xcEcba2F1DC234f70Dd89F2041029807F8D03A990",
    ] {
        assert!(banner.contains(part), "`{part}` is not in:\n{banner}");
    }
    assert!(!banner.contains("(2)"), "two accounts were asked for:\n{banner}");
    assert_eq!(
        ask(&address, r#"{"id":1,"method":"eth_chainId"}"#)["result"],
        "0xa4b1"
    );
    let balance =
        r#"{"id":1,"method":"eth_getBalance","params":["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"]}"#;
    assert_eq!(ask(&address, balance)["result"], "0x6124fee993bc0000");
    assert_eq!(node.interrupt(), Some(0));
}

/// What a user has to know before the first request: keys of the ten accounts, who owns the chain, the contracts of tools; the address last.
#[test]
fn test_node_banner_is_complete_and_says_last_where_it_listens() {
    let mut node = Running::start(&["--port", "0"]);
    let (address, banner) = node.banner();
    for part in [
        "(9) 0xa0Ee7A142d267C1f36714E4a8F75612F20a79720 (10000 ETH)",
        "(9) 0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
        "test test test test test test test test test test test junk",
        "Chain ID:          412346",
        "0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E",
        "0x4e59b44847b379578588920cA78FbF26c0B4956C",
    ] {
        assert!(banner.contains(part), "`{part}` is not in:\n{banner}");
    }
    let owner =
        r#"{"id":1,"method":"eth_getBalance","params":["0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E"]}"#;
    assert_eq!(ask(&address, owner)["result"], "0x21e19e0c9bab2400000");
    let unlocked = r#"{"id":1,"method":"eth_accounts"}"#;
    assert_eq!(
        ask(&address, unlocked)["result"].as_array().map(Vec::len),
        Some(10)
    );
    assert!(!node.interrupt_and_listen().contains("warning"));
}

#[test]
fn test_node_warns_when_other_machines_reach_it() {
    let mut node = Running::start(&["--host", "0.0.0.0", "--port", "0"]);
    node.banner();
    let said = node.interrupt_and_listen();
    assert!(said.contains("can be reached from other machines"), "{said}");
}

#[test]
fn test_node_with_a_still_clock_makes_the_same_blocks_twice() {
    let run = || {
        let mut node = Running::start(&["--port", "0", "--timestamp", "1790000000", "--still-clock"]);
        let (address, _) = node.banner();
        ask(&address, r#"{"id":1,"method":"evm_increaseTime","params":[5]}"#);
        ask(&address, r#"{"id":1,"method":"evm_mine"}"#);
        let latest = r#"{"id":1,"method":"eth_getBlockByNumber","params":["latest",false]}"#;
        let block = ask(&address, latest)["result"].clone();
        assert_eq!(node.interrupt(), Some(0));
        block
    };
    let block = run();
    assert_eq!(block["timestamp"], format!("{:#x}", 1_790_000_005));
    assert_eq!(run(), block);
}

#[test]
fn test_node_starts_as_json() {
    let mut node = Running::start(&["--port", "0", "--json"]);
    let mut text = String::new();
    let start: Value = loop {
        assert_ne!(
            node.stdout.read_line(&mut text).expect("text"),
            0,
            "it ended early:\n{text}"
        );
        if let Ok(start) = serde_json::from_str(&text) {
            break start;
        }
    };
    assert_eq!(start["accounts"].as_array().map(Vec::len), Some(10));
    assert_eq!(
        start["chain_owner"]["address"],
        "0x3f1eae7d46d88f08fc2f8ed27fcb2ab183eb2d0e"
    );
    let address = start["listening"].as_str().expect("an address");
    assert_eq!(
        ask(address, r#"{"id":1,"method":"net_version"}"#)["result"],
        "412346"
    );
    assert_eq!(node.interrupt(), Some(0));
}

/// The accounts are the same in every run, so the transactions' texts are known.
#[test]
fn test_node_shows_what_it_does_on_stderr() {
    let transfer = r#"{"id":1,"method":"eth_sendTransaction","params":[{"from":"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","to":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","value":"0x1"}]}"#;
    // Init code that reverts.
    let failing = r#"{"id":1,"method":"eth_sendTransaction","params":[{"from":"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","gas":"0x186a0","data":"0x60006000fd"}]}"#;
    let unknown = r#"{"id":1,"method":"eth_nonsense"}"#;
    for (option, requests_are_shown, anything_is_shown) in [
        ("--json", false, true),
        ("--verbose", true, true),
        ("--quiet", false, false),
    ] {
        let mut node = Running::start(&["--port", "0", "--l1-price", "0", option]);
        let mut stderr = node.process.stderr.take().expect("a pipe");
        let address = node.address();
        let sent = ask(&address, transfer);
        ask(&address, failing);
        ask(&address, unknown);
        assert_eq!(node.interrupt(), Some(0));
        let mut text = String::new();
        stderr.read_to_string(&mut text).expect("text");
        let hash = sent["result"].as_str().expect("a hash");
        let transaction = format!(
            "{hash}  0xf39F…2266 to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8  21000 gas (0 for L1)"
        );
        for part in [
            "block 1  0x",
            &transaction,
            ", reverted without a reason",
            "eth_nonsense: ",
        ] {
            assert_eq!(
                text.contains(part),
                anything_is_shown,
                "{option}, `{part}`:\n{text}"
            );
        }
        assert_eq!(
            text.contains("eth_sendTransaction  "),
            requests_are_shown,
            "{option}:\n{text}"
        );
    }
}

#[test]
fn test_node_is_a_fork_of_another() {
    let mut origin = Running::start(&["--port", "0", "--chain-id", "42161"]);
    let (there, _) = origin.banner();
    let url = format!("http://{there}");
    ask(&there, r#"{"id":1,"method":"evm_mine"}"#);
    ask(&there, r#"{"id":1,"method":"evm_mine"}"#);
    let mut fork = Running::start(&["--port", "0", "--fork-url", &url, "--fork-block", "0x1"]);
    let (here, banner) = fork.banner();
    for part in [
        "Chain ID:          42161".to_owned(),
        format!("Fork of:           {url}"),
        "Fork block:        1\n".to_owned(),
    ] {
        assert!(banner.contains(&part), "`{part}` is not in:\n{banner}");
    }
    assert!(
        !banner.contains("Chain owner"),
        "it is the other chain's:\n{banner}"
    );
    assert_eq!(
        ask(&here, r#"{"id":1,"method":"eth_blockNumber"}"#)["result"],
        "0x1"
    );
    assert_eq!(fork.interrupt(), Some(0));
    assert_eq!(origin.interrupt(), Some(0));
}

#[test]
fn test_node_refuses_forks_of_nothing() {
    let folder = std::env::temp_dir();
    let refused = |arguments: &[&str], part: &str| {
        run(mintage(&folder).args(["node", "--port", "0"]).args(arguments)).assert_refused(&[part]);
    };
    refused(&["--fork-block", "1"], "--fork-url");
    refused(&["--fork-url", "example"], "https://");
    refused(&["--fork-url", "ws://127.0.0.1:1"], "http");
    refused(
        &["--fork-url", "http://127.0.0.1:1", "--fork-block", "newest"],
        "latest",
    );
    refused(
        &["--fork-url", "http://127.0.0.1:1", "--fork-header", "nothing"],
        "colon",
    );
    let nobody = ["--fork-url", "http://127.0.0.1:1/key", "--fork-retries", "0"];
    refused(&nobody, "http://127.0.0.1:1 does not answer");
}

#[test]
fn test_node_refuses_what_it_cannot_do() {
    let folder = std::env::temp_dir();
    run(mintage(&folder).args(["node", "--port", "0", "--mnemonic", "test junk"]))
        .assert_refused(&["mnemonic"]);
    run(mintage(&folder).args(["node", "--port", "0", "--arbos", "12"])).assert_refused(&["12"]);
    run(mintage(&folder).args(["node", "--port", "0", "--block-time", "0"])).assert_refused(&["0.001"]);
    run(mintage(&folder).args(["node", "--host", "no.such.host.invalid"]))
        .assert_refused(&["no.such.host.invalid"]);
}
