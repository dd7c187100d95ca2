//! The static half against everything that was recorded about activation: every row, equality, no tolerance.
//!
//! The checkers are those of the `conformance` example, which takes the same rows from the command line.

use std::path::{Path, PathBuf};

#[path = "../examples/conformance/activation.rs"]
mod activation;
#[path = "../examples/conformance/data_fee.rs"]
mod data_fee;
#[path = "../examples/conformance/row.rs"]
mod row;

use row::{Differences, Row, RowError};

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

/// Checks all rows of a file that `of_kind` picks; returns how many those were.
fn check_file(
    file: &str,
    of_kind: impl Fn(&Row) -> bool,
    check: impl Fn(&Row) -> Result<Differences, RowError>,
) -> usize {
    let wasm_dir = vectors().join("stylus/wasm");
    let rows = Row::read_file(&vectors().join(file), &wasm_dir).expect("vectors of the project");
    let rows: Vec<Row> = rows.into_iter().filter(of_kind).collect();
    let mut failures = Vec::new();
    for row in &rows {
        match check(row) {
            Ok(differences) => failures.extend(differences.iter().map(|found| format!("{row}: {found}"))),
            Err(error) => failures.push(format!("{row}: {error}")),
        }
    }
    assert!(
        failures.is_empty(),
        "{} differences:\n{}",
        failures.len(),
        failures.join("\n")
    );
    rows.len()
}

#[test]
fn test_activation_vectors_all_equal() {
    let rows = check_file(
        "stylus/vectors/activation.jsonl",
        activation::is_activation,
        activation::check,
    );
    assert_eq!(rows, 1789);
}

#[test]
fn test_random_modules_activation_figures_all_equal() {
    let figures = |row: &Row| row.has("activation");
    let rows = check_file(
        "stylus/vectors/random.jsonl",
        figures,
        activation::check_figures_of_run,
    );
    assert_eq!(rows, 286);
}

#[test]
fn test_contracts_activations_all_equal() {
    let rows = check_file(
        "stylus/vectors/contracts.jsonl",
        activation::is_activation,
        activation::check,
    );
    assert_eq!(rows, 3);
}

#[test]
fn test_fragments_all_equal() {
    let rows = check_file(
        "stylus/vectors/fragments.jsonl",
        activation::is_fragments,
        activation::check_fragments,
    );
    assert_eq!(rows, 8);
}

#[test]
fn test_data_fee_all_equal() {
    let rows = check_file(
        "arbos/vectors_data_fee.jsonl",
        data_fee::is_data_fee,
        data_fee::check,
    );
    assert_eq!(rows, 8);
}
