//! `mintage check`: verdicts, costs and exit codes.

use crate::command::{recorded, run_in};
use mintage_tests::{artifact, artifacts, root};

#[test]
fn test_check_accepts_a_built_program_at_the_artifact_s_costs() {
    let token = artifact("token");
    let file = artifacts().join("token.wasm").display().to_string();
    let text = run_in(&root(), &["check", &file]);
    assert_eq!((text.code, text.stderr.as_str()), (0, ""));
    assert!(
        text.stdout.contains("accepted by ArbOS 61") && text.stdout.contains("one contract"),
        "{}",
        text.stdout
    );

    let json = run_in(&root(), &["check", &file, "--json"]);
    let report = &serde_json::from_str::<serde_json::Value>(&json.stdout).unwrap()[0];
    assert_eq!(report["accepted"], true);
    assert_eq!(report["raw_size"], token.raw_size);
    assert_eq!(report["compressed_size"], token.compressed_size);
    // One page of memory is free, so that entering costs what the artifact says.
    assert_eq!(report["cost"]["init_gas"], token.init_gas);
    assert_eq!(report["cost"]["cached_gas"], token.cached_gas);
    assert_eq!(report["cost"]["data_fee_wei"], token.data_fee_wei.to_string());
}

#[test]
fn test_check_takes_the_name_of_a_program() {
    let inside = root().join("contracts/token/src");
    let by_name = run_in(&inside, &["check", "token", "price-oracle", "--json"]);
    let reports: serde_json::Value = serde_json::from_str(&by_name.stdout).unwrap();
    assert_eq!(
        (by_name.code, reports.as_array().map(Vec::len)),
        (0, Some(2)),
        "{by_name:?}"
    );
    assert_eq!(reports[0]["raw_size"], artifact("token").raw_size);
    assert_eq!(reports[1]["raw_size"], artifact("price-oracle").raw_size);
    run_in(&root(), &["check", "tokn"]).assert_refused(&["tokn", "token"]);
    let elsewhere = tempfile::tempdir().unwrap();
    run_in(elsewhere.path(), &["check", "token"]).assert_refused(&["contracts"]);
}

#[test]
fn test_check_refusal_is_an_answer_with_its_reason_and_exit_code_1() {
    let (good, bad) = (recorded("acc-data-128.wasm"), recorded("bad-op-f64add.wasm"));
    let outcome = run_in(&root(), &["check", &good, &bad]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""), "{outcome:?}");
    assert!(
        outcome.stdout.contains("acc-data-128.wasm: accepted"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome
            .stdout
            .contains("bad-op-f64add.wasm: REFUSED by ArbOS 61\n  reason "),
        "{}",
        outcome.stdout
    );
}

#[test]
fn test_check_of_other_files_and_versions_exits_with_2_or_refuses() {
    run_in(&root(), &["check", "nowhere.wasm"]).assert_refused(&["cannot read nowhere.wasm"]);
    run_in(&root(), &["check"]).assert_refused(&["FILE.wasm"]);
    let file = recorded("acc-data-128.wasm");
    run_in(&root(), &["check", &file, "--arbos", "7"]).assert_refused(&["--arbos", "7"]);
    let text = root().join("README.md").display().to_string();
    let outcome = run_in(&root(), &["check", &text]);
    assert_eq!(outcome.code, 1, "what is no WASM would be refused: {outcome:?}");
}
