//! A whole run from scenario to folder: the one call that the command makes.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use alloy_primitives::keccak256;

use crate::cast::PriceFiles;
use crate::error::LabError;
use crate::record::{Manifest, Recorder, RunFolder, Status, Summary, WallClock};
use crate::report::{self, Report};
use crate::scenario::{Located, Scenario, ScenarioError};
use crate::simulation::{Outcome, Progress, Simulation};
use crate::source::ProgramSource;

/// What is to be run and where it goes.
pub struct Request<'a> {
    /// The scenario.
    pub scenario: Scenario,
    /// Reads the files that it names.
    pub files: &'a dyn PriceFiles,
    /// Where the code comes from.
    pub source: &'a ProgramSource,
    /// The folder that the run becomes.
    pub place: &'a Path,
    /// Whether a run that stands there is replaced.
    pub replace: bool,
    /// Step after which to stop; `None`: the scenario's last.
    pub until_step: Option<u64>,
}

/// Time as the caller's clock tells it. The library has none; nothing but manifest.json's `wall_clock` depends on it.
pub struct Clock<'a> {
    /// Unix time of the start.
    pub started_ts: u64,
    /// Seconds since the start.
    pub elapsed_secs: &'a dyn Fn() -> f64,
}

/// A run that has ended.
pub struct Finished {
    /// Its folder.
    pub folder: PathBuf,
    /// Its numbers.
    pub summary: Summary,
    /// manifest.json.
    pub manifest: Manifest,
}

/// Runs a scenario and writes its folder: manifest.json, scenario.resolved.toml, events.parquet, transactions.parquet,
/// metrics.parquet, summary.json and report.html. The folder appears in one step at the end; after an error there is none.
///
/// # Errors
/// The folder is taken, the scenario is refused, code is missing, the chain cannot go on, or a file cannot be written.
pub fn run(
    request: Request<'_>,
    clock: &Clock<'_>,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Finished, LabError> {
    let folder = RunFolder::begin(request.place, request.replace)?;
    let scenario = request.scenario;
    let record = &scenario.record;
    let recorder = Recorder::create(folder.path(), &record.metrics, record.events)?;
    let simulation = Simulation::new(
        scenario.clone(),
        request.source,
        request.files,
        Box::new(recorder),
    )?;
    let outcome = simulation.run(request.until_step, watch)?;
    let took_secs = (clock.elapsed_secs)();

    let scenario = with_own_files(scenario, request.files, &folder)?;
    let resolved = scenario.to_toml();
    let mut manifest = manifest_of(&scenario, &resolved, &outcome);
    let report = report::render(&Report {
        scenario: &scenario,
        outcome: &outcome,
        manifest: &manifest,
        resolved: &resolved,
    });
    manifest.wall_clock = Some(WallClock {
        started_ts: clock.started_ts,
        took_secs,
        transactions_per_second: outcome.summary.transactions as f64 / took_secs.max(1e-9),
    });
    folder.write("scenario.resolved.toml", &resolved)?;
    folder.write("summary.json", &json(&outcome.summary))?;
    folder.write("report.html", &report)?;
    folder.write("manifest.json", &json(&manifest))?;
    Ok(Finished {
        folder: folder.finish()?,
        summary: outcome.summary,
        manifest,
    })
}

/// Copies the files that the scenario names into the folder, so that the folder is enough to run it again.
fn with_own_files(
    mut scenario: Scenario,
    files: &dyn PriceFiles,
    folder: &RunFolder,
) -> Result<Scenario, LabError> {
    if let Some(csv) = &scenario.price.csv {
        let text = files.read(&csv.file).map_err(|reason| {
            ScenarioError::at(
                csv.file.span(),
                reason,
                "the file was there at the start of the run",
            )
        })?;
        folder.write("price.csv", &text)?;
        let mut price = (*scenario.price).clone();
        price.csv = price.csv.map(|c| {
            let mut c = (*c).clone();
            c.file = Located::nowhere("price.csv".to_string());
            Located::nowhere(c)
        });
        scenario.price = Located::nowhere(price);
    }
    Ok(scenario)
}

fn manifest_of(scenario: &Scenario, resolved: &str, outcome: &Outcome) -> Manifest {
    Manifest {
        schema_version: 1,
        mintage_version: env!("CARGO_PKG_VERSION").to_string(),
        scenario: scenario.name.to_string(),
        scenario_hash: keccak256(resolved).to_string(),
        seed: scenario.run.seed,
        status: outcome.summary.status,
        steps: outcome.summary.steps,
        steps_planned: scenario.steps(),
        arbos_version: outcome.arbos_version,
        programs: outcome.programs.clone(),
        wall_clock: None,
    }
}

fn json(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("records are plain data");
    text.push('\n');
    text
}

impl Finished {
    /// Whether every invariant and bound held.
    pub fn held(&self) -> bool {
        self.summary.status != Status::Violated
    }
}
