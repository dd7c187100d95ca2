//! `make abi`: brings the `abi` folder in line with `contracts/interfaces`, or checks that it is.

use clap::Parser;
use mintage_abi_gen::{OutputError, check, read_interfaces, render, write};
use std::{path::PathBuf, process::ExitCode};

/// Generates abi/solidity, abi/json, abi/selectors.txt and abi/src/bindings.rs from contracts/interfaces/I*.sol.
///
/// Exit codes: 0 done or up to date, 1 `--check` found a difference, 2 an interface or a file is bad.
#[derive(Parser)]
struct Args {
    /// Write nothing; exit with 1 when a generated file is not what the interfaces say.
    #[arg(long)]
    check: bool,
    /// Folder of the interfaces.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/interfaces"))]
    interfaces: PathBuf,
    /// Folder of the generated files.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."))]
    out: PathBuf,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, OutputError> {
    let files = render(&read_interfaces(&args.interfaces)?)?;
    if !args.check {
        let touched = write(&args.out, &files)?;
        for path in &touched {
            println!("{}", path.display());
        }
        eprintln!("{} generated files, {} changed", files.len(), touched.len());
        return Ok(ExitCode::SUCCESS);
    }
    let drift = check(&args.out, &files)?;
    for d in &drift {
        eprintln!("abi: {d}");
    }
    if drift.is_empty() {
        eprintln!("{} generated files are up to date", files.len());
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("run `make abi` and commit the result");
    Ok(ExitCode::FAILURE)
}
