//! Transactions a second of the demo's economy, with and without records: `cargo bench -p mintage-lab` after `mintage build`.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use mintage_lab::record::{NoRecords, Recorder, Sink};
use mintage_lab::scenario::Scenario;
use mintage_lab::{NoFiles, ProgramSource, Simulation};

/// Steps of the demo that are run: sixty days.
const STEPS: u64 = 1_440;

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scenario = Scenario::parse(&std::fs::read_to_string(
        here.join("scenarios/halving-buyback.toml"),
    )?)?;
    let source = ProgramSource::new(here.join("../../target/stylus"), here.join("../../node_modules"));
    let folder = tempfile::tempdir()?;
    let recorder = Recorder::create(folder.path(), &scenario.record.metrics, true)?;
    measure("without records", &scenario, &source, Box::new(NoRecords))?;
    measure("with records", &scenario, &source, Box::new(recorder))
}

fn measure(
    name: &str,
    scenario: &Scenario,
    source: &ProgramSource,
    sink: Box<dyn Sink>,
) -> Result<(), Box<dyn Error>> {
    let simulation = Simulation::new(scenario.clone(), source, &NoFiles, sink)?;
    let (set_up, _) = simulation.world().transactions();
    let started = Instant::now();
    let outcome = simulation.run(Some(STEPS), &mut |_| ControlFlow::Continue(()))?;
    let secs = started.elapsed().as_secs_f64();
    let transactions = outcome.summary.transactions - set_up;
    println!(
        "demo, {STEPS} steps, {name:<16} {transactions} transactions in {secs:.2} s: {:.0} a second",
        transactions as f64 / secs
    );
    Ok(())
}
