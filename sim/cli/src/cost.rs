//! `mintage cost`: what each public function of the mathematics and the rules weighs and costs, as contracts/mechanism/COST.md.
//!
//! For the project's own use (`make cost`), so it is not in the list of commands. [`functions`] finds the functions, [`arguments`] says
//! with what they are called, [`probe`] writes a program for each, [`link`] takes them apart, [`measure`] runs them, [`report`] writes.

mod arguments;
mod error;
mod functions;
mod inspect;
mod link;
mod measure;
mod probe;
mod report;

use crate::{
    build::{Project, current_dir, write_atomically},
    output::Output,
};
use arguments::Table;
use error::CostError;
use functions::{Catalogue, Function};
use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Measure the size and the ink of every public function of contracts/math and contracts/mechanism.
#[derive(clap::Args)]
pub(crate) struct CostArgs {
    /// Compare with contracts/mechanism/COST.md instead of writing it.
    #[arg(long)]
    check: bool,
    /// Measure nothing; check that no function uses floats, allocates, or carries a table over 1 KB.
    #[arg(long, conflicts_with = "check")]
    inspect: bool,
    /// The project's folder [default: the one around the current folder].
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
}

/// A function, what it was called with, and what that cost.
#[derive(serde::Serialize)]
pub(crate) struct Row {
    pub(crate) krate: &'static str,
    pub(crate) key: String,
    pub(crate) call: String,
    pub(crate) cost: measure::Cost,
}

/// A function of a crate and how it is called.
type Call<'a> = (&'static str, &'a Function, String);

/// `Ok(false)`: with `--check`, the file is out of date.
pub(crate) fn run(args: &CostArgs, output: &Output) -> miette::Result<bool> {
    let project = match &args.project {
        Some(folder) => Project::at(folder)?,
        None => Project::around(&current_dir()?)?,
    };
    let table = Table::read(&project.contracts.join("mechanism/cost-arguments.txt"))?;
    let catalogues: Vec<(&'static str, Catalogue)> = probe::CRATES
        .iter()
        .map(|(folder, name)| {
            Ok((
                *name,
                functions::read(&project.contracts.join(folder).join("src"))?,
            ))
        })
        .collect::<Result<_, CostError>>()?;
    let calls = calls(&table, &catalogues)?;
    let spinner = output.spinner();
    spinner.message("compiling the probes".into());
    let folder = project.contracts.join("target/mintage/cost");
    probe::write_workspace(&project.contracts, &folder, &probe::source(&calls)?)?;
    let linker = link::Linker::new(&project, &folder)?;
    if args.inspect {
        let entries: Vec<String> = (0..calls.len()).map(probe::probe_name).collect();
        let findings = inspect::inspect(&linker.together(&entries)?).map_err(CostError::Unfit)?;
        output.result(&findings, || findings.to_string());
        return Ok(true);
    }
    spinner.message(format!("measuring {} functions", calls.len()));
    let rows = rows(calls, &linker)?;
    drop(spinner);
    let tools = linker.tools();
    let folder = project.contracts.join("mechanism");
    let references = Table::read(&folder.join("cost-references.txt"))?;
    let text = report::render(&rows, &references, &tools);
    let file = folder.join("COST.md");
    let there = fs::read_to_string(&file).unwrap_or_default();
    if args.check {
        output.result(&rows, || report::difference(&there, &text));
        return Ok(there == text);
    }
    write_atomically(&file, text.as_bytes()).map_err(|source| CostError::io("write", &file, source))?;
    output.result(&rows, || {
        format!("{} functions in {}", rows.len(), file.display())
    });
    Ok(true)
}

/// What all calls cost. Calls that a function refuses are an error: they cost less than work does.
fn rows(calls: Vec<Call<'_>>, linker: &link::Linker) -> Result<Vec<Row>, CostError> {
    let measured = measure::functions(linker, calls.len())?;
    let mut rows = vec![];
    let mut refused = vec![];
    for ((krate, function, call), cost) in calls.into_iter().zip(measured) {
        match cost {
            Some(cost) => rows.push(Row {
                krate,
                key: function.key(),
                call,
                cost,
            }),
            None => refused.push(format!("{} = {call}", function.key())),
        }
    }
    if refused.is_empty() {
        Ok(rows)
    } else {
        Err(CostError::Refused(refused.join("\n")))
    }
}

/// `work` for each of `0..count` on all cores, the results in order.
fn in_parallel<T: Send>(
    count: usize,
    work: impl Fn(usize) -> Result<T, CostError> + Sync,
) -> Result<Vec<T>, CostError> {
    let next = AtomicUsize::new(0);
    let take_turns = || {
        let mut done = vec![];
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(done);
            }
            done.push((index, work(index)?));
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut done = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(take_turns)).collect();
        let parts = workers
            .into_iter()
            .map(|worker| worker.join().expect("workers do not panic"));
        parts.collect::<Result<Vec<_>, CostError>>()
    })?
    .into_iter()
    .flatten()
    .collect::<Vec<_>>();
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// What each function is called with: its line in the table, or values by type and name.
fn calls<'a>(table: &Table, catalogues: &'a [(&'static str, Catalogue)]) -> Result<Vec<Call<'a>>, CostError> {
    let mut calls = vec![];
    let mut missing = vec![];
    for (krate, catalogue) in catalogues {
        for function in &catalogue.functions {
            let key = function.key();
            let call = table
                .get(&key)
                .map(str::to_owned)
                .or_else(|| arguments::default_call(function, catalogue));
            match call {
                Some(call) => calls.push((*krate, function, call)),
                None => missing.push(key),
            }
        }
    }
    let known = |key: &str| calls.iter().any(|(_, function, _)| function.key() == key);
    missing.extend(
        table
            .strangers(&known)
            .map(|key| format!("{key} (there is no such function)")),
    );
    if missing.is_empty() {
        Ok(calls)
    } else {
        Err(CostError::NoArguments(missing.join("\n")))
    }
}
