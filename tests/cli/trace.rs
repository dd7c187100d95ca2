//! `mintage trace`: the tree in its levels, decoding, profiles, flamegraphs, exit codes and bad input.

use crate::command::{Outcome, recorded, run_in};
use mintage_tests::{artifact, root};
use serde_json::Value;
use std::fs;

const CONSTRUCTED: [&str; 2] = ["--constructor", "Mint MINT 18 owner owner 1000000 0 alice 500000"];

/// `mintage trace` with these arguments in the project.
fn trace(arguments: &[&str]) -> Outcome {
    run_in(&root(), &[&["trace"], arguments].concat())
}

fn transfer(more: &[&str]) -> Outcome {
    let call = ["token", "transfer", "bob", "1000", "--from", "alice"];
    trace(&[&call[..], &CONSTRUCTED, more].concat())
}

#[test]
fn test_trace_levels_show_more_and_more() {
    let calls = transfer(&[]);
    assert_eq!((calls.code, calls.stderr.as_str()), (0, ""), "{calls:?}");
    let has = |outcome: &Outcome, part: &str| outcome.stdout.contains(part);
    assert!(
        has(&calls, "token::transfer(to: bob, value: 1000) [stylus]"),
        "{}",
        calls.stdout
    );
    assert!(
        has(&calls, "└─ ← true") && has(&calls, "success, "),
        "{}",
        calls.stdout
    );
    assert!(!has(&calls, "emit") && !has(&calls, "storage_"));

    let events = transfer(&["-vv"]);
    assert!(
        has(&events, "emit Transfer(from: alice, to: bob, value: 1000)"),
        "{}",
        events.stdout
    );
    assert!(!has(&events, "storage_"));

    let hostios = transfer(&["-vvv"]);
    assert!(
        has(&hostios, "storage_flush_cache(clear: ") && has(&hostios, "slot "),
        "{}",
        hostios.stdout
    );
    assert!(has(&hostios, "enter (uncached): ") && !has(&hostios, "user_entrypoint("));

    let full = transfer(&["-vvvv"]);
    assert!(
        has(&full, "user_entrypoint(calldata bytes: 68)") && has(&full, " left"),
        "{}",
        full.stdout
    );
    assert!(
        !full.stdout.contains('…'),
        "nothing is shortened:\n{}",
        full.stdout
    );
    assert!(
        !full.stdout.contains('\x1b'),
        "no colours where there is no terminal"
    );
}

#[test]
fn test_trace_costs_are_those_of_the_program() {
    let token = artifact("token");
    let json: Value = serde_json::from_str(&transfer(&["--json"]).stdout).unwrap();
    assert_eq!(
        (&json["status"], &json["trace"]["call"]),
        (&"success".into(), &"transfer(to: bob, value: 1000)".into())
    );
    assert_eq!(json["trace"]["program"]["entry_gas"], token.init_gas);
    assert_eq!(json["trace"]["returned"], "true");
    let cached: Value = serde_json::from_str(&transfer(&["--json", "--cached"]).stdout).unwrap();
    assert_eq!(cached["trace"]["program"]["entry_gas"], token.cached_gas);
    let gas = |json: &Value| json["gas_used"].as_u64().unwrap();
    assert_eq!(gas(&json) - gas(&cached), token.init_gas - token.cached_gas);
    let steps = json["trace"]["steps"].as_array().unwrap();
    let event = steps.iter().find_map(|step| step.get("log")).unwrap();
    assert_eq!(event["event"], "Transfer(from: alice, to: bob, value: 1000)");
}

#[test]
fn test_trace_profile_adds_up_and_changes_nothing() {
    let plain: Value = serde_json::from_str(&transfer(&["--json"]).stdout).unwrap();
    let profiled: Value = serde_json::from_str(&transfer(&["--json", "--profile"]).stdout).unwrap();
    assert_eq!(
        (&plain["gas_used"], &plain["trace"]),
        (&profiled["gas_used"], &profiled["trace"])
    );
    let profile = &profiled["profile"];
    let number = |value: &Value| value.as_str().unwrap().parse::<u64>().unwrap();
    let whole = number(&profile["total_ink"]);
    assert_eq!(whole, plain["trace"]["gas_used"].as_u64().unwrap() * 10_000);
    let functions = profile["functions"].as_array().unwrap();
    assert_eq!(
        functions
            .iter()
            .map(|site| number(&site["self_ink"]))
            .sum::<u64>(),
        whole
    );
    let folded = profile["folded"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap());
    assert_eq!(
        folded
            .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
            .sum::<u64>(),
        whole
    );

    let table = transfer(&["--profile"]).stdout;
    for part in [
        "self ink",
        "storage_flush_cache",
        "enter program",
        "user_entrypoint",
        " gas\n",
    ] {
        assert!(table.contains(part), "`{part}` is not in:\n{table}");
    }
}

#[test]
fn test_trace_flamegraph_is_an_svg_of_every_site() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("transfer.svg");
    let outcome = transfer(&["--flamegraph", file.to_str().unwrap()]);
    assert_eq!(outcome.code, 0);
    outcome.assert_says(&["flamegraph: "]);
    let svg = fs::read_to_string(&file).unwrap();
    for part in [
        "<svg",
        "token transfer: ink",
        "storage_flush_cache",
        "enter program",
        "user_entrypoint",
    ] {
        assert!(svg.contains(part), "`{part}` is not in the flamegraph");
    }
}

#[test]
fn test_trace_setup_other_programs_storage_and_revert() {
    // Without an allowance it reverts, which is an answer.
    let arguments = ["token", "transferFrom", "alice", "carol", "5", "--from", "bob"];
    let refused = trace(&[&arguments[..], &CONSTRUCTED].concat());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.stdout.contains("← revert: ERC20InsufficientAllowance("),
        "{}",
        refused.stdout
    );
    let setup = ["--setup", "alice: approve bob 5"];
    let allowed = trace(&[&arguments[..], &CONSTRUCTED, &setup].concat());
    assert_eq!(allowed.code, 0, "{allowed:?}");
    // Another token under a name of its own, to which the first is sent.
    let other = [
        "--with",
        "cash=token Cash USD 6 owner owner 1000 0 alice 7",
        "--setup",
        "alice: cash.transfer bob 7",
    ];
    let to = [
        "token",
        "transfer(address,uint256)",
        "cash",
        "1",
        "--from",
        "alice",
        "-vv",
    ];
    let sent = trace(&[&to[..], &CONSTRUCTED, &other].concat());
    assert!(
        sent.stdout
            .contains("emit Transfer(from: alice, to: cash, value: 1)"),
        "{sent:?}"
    );
    // A slot of an unconstructed program: the script loads slot 1.
    let load = format!("0x01{:064x}", 1);
    let script = recorded("own-script.wasm");
    let loaded = trace(&[&script, &load, "--storage", "1=0x2a", "-vvv"]);
    assert!(
        loaded.stdout.contains("storage_load_bytes32(1) → 42"),
        "{loaded:?}"
    );
}

#[test]
fn test_trace_shows_where_a_program_broke_off() {
    let script = recorded("own-script.wasm");
    let trapped = trace(&[&script, "0x09"]);
    assert_eq!(trapped.code, 1, "{trapped:?}");
    for part in ["broke off: ", "unreachable", "at func["] {
        assert!(
            trapped.stdout.contains(part),
            "`{part}` is not in:\n{}",
            trapped.stdout
        );
    }
    let spun = trace(&[&script, "0x0a", "--gas", "300000"]);
    assert_eq!(spun.code, 1);
    assert!(spun.stdout.contains("← broke off: out of ink"), "{}", spun.stdout);
}

#[test]
fn test_trace_bad_input_is_refused_with_what_to_do() {
    trace(&[]).assert_refused(&["PROGRAM"]);
    trace(&["tokn", "name"]).assert_refused(&["tokn", "token"]);
    trace(&["nowhere.wasm"]).assert_refused(&["cannot read nowhere.wasm"]);
    trace(&["token", "nam"]).assert_refused(&["no method `nam`", "name()"]);
    trace(&["token", "transfer", "bob"])
        .assert_refused(&["transfer(address,uint256) takes 2 arguments, 1 are given"]);
    trace(&["token", "transfer", "bob", "many"]).assert_refused(&["`many` is no uint256 for `value`"]);
    trace(&["token", "0xa9059cbb", "bob"]).assert_refused(&["takes no arguments"]);
    trace(&["token", "0xabc"]).assert_refused(&["not calldata in hex"]);
    trace(&["token", "name", "--from", "0x12"]).assert_refused(&["neither a name nor an address"]);
    trace(&["token", "name", "--value", "1.5"]).assert_refused(&["--value 1.5", "whole wei"]);
    trace(&["token", "name", "--storage", "7"]).assert_refused(&["SLOT=VALUE"]);
    trace(&["token", "name", "--label", "bob"]).assert_refused(&["ADDRESS=NAME"]);
    trace(&["token", "name", "--constructor", "Mint"])
        .assert_refused(&["constructor of token", "takes 9 arguments"]);
    trace(&["token", "name", "--constructor", "'Mint"]).assert_refused(&["not closed"]);
    trace(&["token", "name", "--setup", "cash.name"]).assert_refused(&["no program `cash`", "--with"]);
    trace(&["token", "name", "--with", "cash"]).assert_refused(&["name=program"]);
    trace(&["token", "name", "--names", &recorded("own-echo.wasm")])
        .assert_refused(&["is not the module of token"]);
    trace(&["token", "name", "--abi", "Cargo.toml"]).assert_refused(&["Cargo.toml is not JSON"]);
    trace(&[&recorded("own-echo.wasm"), "name"]).assert_refused(&["ABI", "--abi"]);
    trace(&[&recorded("bad-op-f64add.wasm"), "0x"]).assert_refused(&["would not run it", "mintage check"]);
    trace(&["token", "name", "--gas", "20000"]).assert_refused(&["cannot be made", "20000"]);
    let setup = trace(&["token", "name", "--setup", "transfer bob 1"]);
    setup.assert_refused(&["--setup 'transfer bob 1' failed", "ERC20InsufficientBalance"]);
    let elsewhere = tempfile::tempdir().unwrap();
    run_in(elsewhere.path(), &["trace", "token"])
        .assert_refused(&["`token` is no file", "contracts/Stylus.toml"]);
}
