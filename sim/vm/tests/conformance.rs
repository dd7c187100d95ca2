//! Every recorded row of the network, through the same code as the `conformance` example.

#[path = "../examples/conformance/mod.rs"]
mod conformance;

use std::path::{Path, PathBuf};

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

/// Checks all rows of a file and tells which differ.
fn check_file(file: &str) {
    check_rows(file, |_| true);
}

fn check_rows(file: &str, is_ours: impl Fn(&conformance::Row) -> bool) {
    let wasm = vectors().join("stylus/wasm");
    let mut rows = conformance::Row::read_file(&vectors().join(file), &wasm).expect("a vector file");
    rows.retain(is_ours);
    assert!(!rows.is_empty(), "{file} has no rows");
    let mut failures = Vec::new();
    for row in &rows {
        match conformance::check(row) {
            Ok(differences) => failures.extend(
                differences
                    .iter()
                    .map(|difference| format!("{file}:{}: {difference}", row.line)),
            ),
            Err(error) => failures.push(format!("{file}:{}: cannot be checked: {error}", row.line)),
        }
    }
    assert!(
        failures.is_empty(),
        "{} differences:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn test_calls_equal_the_network() {
    check_file("stylus/vectors/calls.jsonl");
}

#[test]
fn test_random_modules_equal_the_network() {
    check_file("stylus/vectors/random.jsonl");
}

#[test]
fn test_contracts_equal_the_network() {
    check_file("stylus/vectors/contracts.jsonl");
}

#[test]
fn test_activations_equal_the_network() {
    check_file("stylus/vectors/activation.jsonl");
}

#[test]
fn test_data_fees_equal_the_network() {
    check_file("arbos/vectors_data_fee.jsonl");
}

#[test]
fn test_fragments_equal_the_network() {
    check_file("stylus/vectors/fragments.jsonl");
}

/// The file's other rows are about precompiles that the chain adds.
#[test]
fn test_gas_of_entry_and_stylus_precompiles_equals_the_network() {
    check_rows("arbos/vectors_call_gas.jsonl", conformance::is_stylus_gas);
}
