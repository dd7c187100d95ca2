//! `mintage run`: runs a scenario and says how it went. What a run is and leaves behind is `mintage_lab::run`.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use miette::{IntoDiagnostic as _, NamedSource, SourceSpan};
use mintage_lab::record::{RunFolder, Status};
use mintage_lab::run::{Clock, Finished, Request};
use mintage_lab::scenario::{Scenario, ScenarioError};
use mintage_lab::{LabError, PriceFiles, ProgramSource, Progress};
use serde::Serialize;

use crate::output::{Output, ProgressLine};

mod summary;

/// Run a scenario on the programs' real bytecode and write its records and report.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct RunArgs {
    /// The scenario file (TOML). `sim/lab/scenario.schema.json` describes it.
    scenario: PathBuf,
    /// Master seed, in place of the scenario's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// The run's folder [default: runs/<scenario's name>, with a number if that exists].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a run that stands in the folder. Anything else that stands there is never touched.
    #[arg(long)]
    force: bool,
    /// Stop after this step.
    #[arg(long, value_name = "STEP")]
    until_step: Option<u64>,
    /// Where `mintage build` put the programs.
    #[arg(long, value_name = "DIR", default_value = "target/stylus")]
    programs: PathBuf,
    /// Where npm put its packages; read only for the market uniswap-v2.
    #[arg(long, value_name = "DIR", default_value = "node_modules")]
    node_modules: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  mintage run sim/lab/scenarios/halving-buyback.toml            the demo: a year, hour by hour
  mintage run sim/lab/scenarios/bank-run.toml --seed 7          another future of the same economy
  mintage run my.toml --out runs/my --force                     run again in the same place
  mintage run runs/my/scenario.resolved.toml --until-step 120   replay up to a step

The folder has report.html, summary.json, metrics.parquet, events.parquet, transactions.parquet, the scenario with
every default written out, and manifest.json. Ctrl-C stops after the current step and keeps what there is.

Exit codes: 0 it ran; 1 an invariant or bound of the scenario was violated; 2 it could not be run.";

/// `Ok(false)`: an invariant was violated.
pub(crate) fn run(args: &RunArgs, output: &Output) -> miette::Result<bool> {
    let text = std::fs::read_to_string(&args.scenario)
        .map_err(|e| miette::miette!("cannot read the scenario {}: {e}", args.scenario.display()))?;
    let mut scenario = Scenario::parse(&text).map_err(|e| placed(e, args, &text))?;
    if let Some(seed) = args.seed {
        scenario.run.seed = seed;
    }
    let place = place_of(args, &scenario);
    let source = ProgramSource::new(&args.programs, &args.node_modules);
    let finished = execute(args, scenario, &source, &place, output).map_err(|e| explained(e, args, &text))?;
    report(&finished, args, output);
    Ok(finished.held())
}

fn place_of(args: &RunArgs, scenario: &Scenario) -> PathBuf {
    let usual = Path::new("runs").join(scenario.name.as_str());
    match &args.out {
        Some(out) => out.clone(),
        None if args.force => usual,
        None => RunFolder::free_place(&usual),
    }
}

fn execute(
    args: &RunArgs,
    scenario: Scenario,
    source: &ProgramSource,
    place: &Path,
    output: &Output,
) -> Result<Finished, LabError> {
    let stop = stop_on_interrupt();
    let line = output.progress(args.until_step.unwrap_or(u64::MAX).min(scenario.steps()));
    let started = Instant::now();
    let clock = Clock {
        started_ts: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| d.as_secs()),
        elapsed_secs: &|| started.elapsed().as_secs_f64(),
    };
    let files = FilesBeside(args.scenario.parent().unwrap_or(Path::new("")).to_path_buf());
    let request = Request {
        scenario,
        files: &files,
        source,
        place,
        replace: args.force,
        until_step: args.until_step,
    };
    mintage_lab::run::run(request, &clock, &mut |progress| {
        watch(progress, &line, &stop, started)
    })
}

fn watch(progress: Progress, line: &ProgressLine, stop: &AtomicBool, started: Instant) -> ControlFlow<()> {
    let rate = progress.transactions as f64 / started.elapsed().as_secs_f64().max(1e-3);
    line.at(progress.step, || {
        format!(
            "{} transactions, {rate:.0}/s",
            mintage_lab::text::grouped(progress.transactions)
        )
    });
    if stop.load(Ordering::Relaxed) {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

/// The first Ctrl-C asks for an end after the step, the second one ends at once.
fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    // Without a handler Ctrl-C simply ends the process: no reason not to run.
    let _ = ctrlc::set_handler(move || {
        if seen.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    stop
}

/// Files that a scenario names are looked for beside it.
struct FilesBeside(PathBuf);

impl PriceFiles for FilesBeside {
    fn read(&self, file: &str) -> Result<String, String> {
        let path = self.0.join(file);
        std::fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))
    }
}

/// A mistake in the scenario, shown in its file.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{message}")]
struct Placed {
    message: String,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("here")]
    span: Option<SourceSpan>,
    #[help]
    help: Option<String>,
}

fn placed(error: ScenarioError, args: &RunArgs, text: &str) -> miette::Report {
    // A place at the end of the file has no character to point at; the last one will do.
    let span = error.span.map(|s| {
        let start = s.start.min(text.len().saturating_sub(1));
        SourceSpan::from(start..s.end.clamp(start, text.len()))
    });
    let source_code = NamedSource::new(args.scenario.display().to_string(), text.to_string());
    Placed {
        message: error.message,
        source_code,
        span,
        help: error.help,
    }
    .into()
}

fn explained(error: LabError, args: &RunArgs, text: &str) -> miette::Report {
    match error {
        LabError::Scenario(error) => placed(error, args, text),
        LabError::Artifact { .. } => {
            miette::miette!(
                help = "build the programs with `mintage build`, or say where they are with --programs",
                "{error}"
            )
        }
        other => Err::<(), _>(other).into_diagnostic().unwrap_err(),
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct JsonResult<'a> {
    folder: String,
    report: String,
    #[serde(flatten)]
    finished: JsonParts<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<String>,
}

#[derive(Serialize)]
struct JsonParts<'a> {
    manifest: &'a mintage_lab::record::Manifest,
    summary: &'a mintage_lab::record::Summary,
}

fn report(finished: &Finished, args: &RunArgs, output: &Output) {
    let replay = replay_command(finished, args);
    let page = finished.folder.join("report.html").display().to_string();
    let result = JsonResult {
        folder: finished.folder.display().to_string(),
        report: page.clone(),
        finished: JsonParts {
            manifest: &finished.manifest,
            summary: &finished.summary,
        },
        replay: replay.clone(),
    };
    output.result(&result, || summary::text(finished, &page, replay.as_deref()));
}

/// One line to paste that comes to the same violation.
fn replay_command(finished: &Finished, args: &RunArgs) -> Option<String> {
    (finished.summary.status == Status::Violated).then(|| {
        let (seed, step) = (finished.summary.seed, finished.summary.steps);
        format!(
            "mintage run {} --seed {seed} --until-step {step}",
            args.scenario.display()
        )
    })
}
