//! Checks this crate against recorded runs of the network:
//!
//! ```text
//! cargo run --release -p mintage-vm --example conformance -- FILE.jsonl --wasm DIR
//! ```
//!
//! The kind of a row is told by its fields. A line is printed for each field that differs; the last line is
//! `N passed, M failed`. Exit code 0 when M is 0, 1 when it is not, 2 when the check could not be made.

#[path = "conformance/mod.rs"]
mod conformance;

use std::{path::PathBuf, process::ExitCode};

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
    let Some(file) = file else {
        return refuse("no file given");
    };
    let rows = match conformance::Row::read_file(&file, &wasm_dir) {
        Ok(rows) => rows,
        Err(error) => return refuse(&error),
    };
    let mut failed = 0;
    for row in &rows {
        let differences = match conformance::check(row) {
            Ok(differences) => differences,
            Err(error) => {
                println!("line {}: cannot be checked: {error}", row.line);
                failed += 1;
                continue;
            }
        };
        failed += usize::from(!differences.is_empty());
        for difference in differences {
            println!("line {}: {difference}", row.line);
        }
    }
    println!("{} passed, {failed} failed", rows.len() - failed);
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}

fn refuse(error: &str) -> ExitCode {
    eprintln!("error: {error}\n{USAGE}");
    ExitCode::from(2)
}
