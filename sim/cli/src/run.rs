//! `mintage run`: runs a scenario.

use crate::output::Output;
use std::path::PathBuf;

/// Run a scenario and write its records and report.
#[derive(clap::Args)]
pub(crate) struct RunArgs {
    /// The scenario file (TOML).
    scenario: PathBuf,
}

/// `Ok(false)`: an invariant was violated.
pub(crate) fn run(args: &RunArgs, _output: &Output) -> miette::Result<bool> {
    Err(miette::miette!("cannot run {} yet", args.scenario.display()))
}
