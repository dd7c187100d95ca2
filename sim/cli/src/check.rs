//! `mintage check`: would the network take a WASM file, and what would it cost. The judgement is `mintage_vm::report`.

use crate::{
    build::{Project, current_dir},
    output::Output,
    text::{ether_up, grouped},
};
use mintage_vm::{
    ArbosVersion,
    activate::START_TIMESTAMP,
    report::{Candidate, ChainView, Cost, Deployment, Report},
};
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// Judge WASM files as the network does at activation, offline, and say what they would cost.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    /// WASM files as a compiler or wasm-opt leaves them, or names of programs that `mintage build` has built.
    #[arg(value_name = "FILE.wasm|PROGRAM", required = true)]
    files: Vec<PathBuf>,
    /// The chain's ArbOS version.
    #[arg(long, value_name = "VERSION", default_value_t = ArbosVersion::default())]
    arbos: ArbosVersion,
}

const EXAMPLES: &str = "\
Examples:
  mintage check token pair                  programs of this project, as they were built last
  mintage check target/stylus/token.wasm
  mintage check my.wasm --arbos 51          a chain that has not upgraded yet
  mintage check *.wasm --json | jq '.[] | select(.accepted | not)'

Prices are those of a chain that left its parameters as ArbOS sets them and has no demand for data at the moment.

Exit codes: 0 all would be accepted; 1 at least one would be refused; 2 a file could not be read.";

/// `Ok(false)`: the network would refuse one of them.
pub(crate) fn run(args: &CheckArgs, output: &Output) -> miette::Result<bool> {
    let chain = ChainView::new(args.arbos, START_TIMESTAMP);
    let mut reports = vec![];
    for file in &args.files {
        reports.push((file.as_path(), Candidate::new(&read(file)?).check(&chain)));
    }
    let values: Vec<_> = reports
        .iter()
        .map(|(file, report)| as_json(file, report))
        .collect();
    output.result(&values, || {
        reports
            .iter()
            .map(|(file, report)| as_text(file, report))
            .collect::<Vec<_>>()
            .join("\n")
    });
    Ok(reports.iter().all(|(_, report)| report.accepted()))
}

/// A file's bytes, or those of the built program of that name.
fn read(file: &Path) -> miette::Result<Vec<u8>> {
    let is_name = !file.exists() && file.extension().is_none() && file.components().count() == 1;
    let path = if is_name { built(file)? } else { file.to_owned() };
    fs::read(&path).map_err(|e| miette::miette!("cannot read {}: {e}", path.display()))
}

/// Where `mintage build` puts a program of the project around the current folder.
fn built(program: &Path) -> miette::Result<PathBuf> {
    let name = program.display().to_string();
    let project = Project::around(&current_dir()?)?;
    project.select(std::slice::from_ref(&name))?;
    let path = project.root.join(format!("target/stylus/{name}.wasm"));
    miette::ensure!(
        path.exists(),
        "program `{name}` is not built yet; run `mintage build {name}`"
    );
    Ok(path)
}

fn as_json(file: &Path, report: &Report) -> Value {
    let mut value = json!({
        "file": file.display().to_string(),
        "accepted": report.accepted(),
        "arbos": report.arbos.number(),
        "raw_size": report.wasm_len,
        "compressed_size": report.code_len,
        "deployment": match &report.deployment {
            Deployment::OnePiece => json!({ "contracts": 1 }),
            Deployment::Fragments { count, code_lens } => json!({ "contracts": count + 1, "fragment_sizes": code_lens }),
            Deployment::TooLarge { limit, .. } => json!({ "contracts": 0, "limit": limit }),
        },
    });
    match &report.verdict {
        Ok(cost) => value["cost"] = cost_as_json(cost),
        Err(rejection) => value["refused"] = rejection.to_string().into(),
    }
    value
}

fn cost_as_json(cost: &Cost) -> Value {
    json!({
        "footprint_pages": cost.pages,
        "memory_gas": cost.memory_gas,
        "init_gas": cost.call_gas,
        "cached_gas": cost.cached_call_gas,
        "init_cost": cost.init_cost,
        "cached_init_cost": cost.cached_init_cost,
        "asm_estimate": cost.asm_estimate,
        "activation_gas": cost.activation_call_gas,
        "data_fee_wei": cost.data_fee_wei.to_string(),
        "hints": cost.hints.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn as_text(file: &Path, report: &Report) -> String {
    let verdict = if report.accepted() { "accepted" } else { "REFUSED" };
    let mut text = format!("{}: {verdict} by ArbOS {}\n", file.display(), report.arbos);
    let mut row = |label: &str, value: String| {
        let _ = writeln!(text, "  {label:<20} {value}");
    };
    if let Err(rejection) = &report.verdict {
        row("reason", rejection.to_string());
    }
    row(
        "size",
        format!(
            "{} bytes, {} on chain",
            grouped(report.wasm_len as u64),
            grouped(report.code_len as u64)
        ),
    );
    row("deployed as", report.deployment.to_string());
    if let Ok(cost) = &report.verdict {
        row("enter, uncached", format!("{} gas", grouped(cost.call_gas)));
        row("enter, cached", format!("{} gas", grouped(cost.cached_call_gas)));
        row(
            "memory",
            format!(
                "{} pages, {} gas of the above",
                cost.pages,
                grouped(cost.memory_gas)
            ),
        );
        row(
            "activation",
            format!(
                "{} gas and {} ETH",
                grouped(cost.activation_call_gas),
                ether_up(cost.data_fee_wei)
            ),
        );
        for hint in &cost.hints {
            row("hint", hint.to_string());
        }
    }
    text
}
