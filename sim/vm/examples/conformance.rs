//! Checks this crate against recorded runs of the network:
//!
//! ```text
//! cargo run --release -p mintage-vm --example conformance -- FILE.jsonl --wasm DIR
//! ```
//!
//! The kind of a row is told by its fields, and every field counts. A line is printed for each row that differs; the
//! last line is `N passed, M failed`. Rows that need the network's own compression dictionary are named and not counted.
//! Exit code 0 when M is 0, 1 when it is not, 2 when a row or the file could not be read as what it is.

#[path = "conformance/mod.rs"]
mod conformance;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use conformance::{Checker, Row, needs_dictionary, report};

const USAGE: &str = "usage: conformance FILE.jsonl --wasm DIR";

fn main() -> ExitCode {
    let mut file = None;
    let mut wasm_dir = PathBuf::from(".");
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        match (arg.to_str(), &file) {
            (Some("--wasm"), _) => match args.next() {
                Some(dir) => wasm_dir = dir.into(),
                None => return refuse("--wasm needs a directory"),
            },
            (_, None) => file = Some(PathBuf::from(arg)),
            _ => return refuse(&format!("unexpected argument {}", arg.display())),
        }
    }
    match file {
        Some(file) => check(&file, &wasm_dir),
        None => refuse("no file given"),
    }
}

fn check(file: &Path, wasm_dir: &Path) -> ExitCode {
    let rows = match Row::read_file(file, wasm_dir) {
        Ok(rows) => rows,
        Err(error) => return refuse(&error),
    };
    let mut checker = Checker::default();
    let (mut passed, mut failed, mut malformed) = (0, 0, 0);
    for row in rows {
        let outcome = match &row {
            Ok(row) if needs_dictionary(row) => {
                println!("{row}: not checked, its code needs the network's own dictionary");
                continue;
            }
            Ok(row) => checker.check(row).map_err(|error| format!("{row}: {error}")),
            Err(error) => Err(error.clone()),
        };
        match (outcome, &row) {
            (Ok(differences), Ok(row)) if !differences.is_empty() => {
                println!("{}", report(row, &differences));
                failed += 1;
            }
            (Ok(_), _) => passed += 1,
            (Err(error), _) => {
                eprintln!("error: {}: {error}", file.display());
                malformed += 1;
            }
        }
    }
    println!("{passed} passed, {} failed", failed + malformed);
    match (malformed, failed) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(1),
        _ => ExitCode::from(2),
    }
}

fn refuse(error: &str) -> ExitCode {
    eprintln!("error: {error}\n{USAGE}");
    ExitCode::from(2)
}
