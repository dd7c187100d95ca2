//! Whole runs on the built programs: the same seed gives the same bytes, whatever the thread count; a run that ends early or wrongly
//! leaves what it should; our pool and the real Uniswap v2 make the same economy. Needs the artifacts of `mintage build`, and
//! for one test the npm packages; `make test` sees to both.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mintage_lab::record::Status;
use mintage_lab::run::{Clock, Finished, Request, run};
use mintage_lab::scenario::Scenario;
use mintage_lab::{LabError, NoFiles, PriceFiles, ProgramSource, Progress};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;

const DEMO: &str = include_str!("../scenarios/halving-buyback.toml");
const BANK_RUN: &str = include_str!("../scenarios/bank-run.toml");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn source() -> ProgramSource {
    ProgramSource::new(root().join("target/stylus"), root().join("node_modules"))
}

/// Runs to a step with a clock that tells a time of its own for each run.
fn run_to(text: &str, place: &Path, until: u64) -> Result<Finished, LabError> {
    run_with(text, place, &NoFiles, Some(until), &mut |_| {
        ControlFlow::Continue(())
    })
}

fn run_with(
    text: &str,
    place: &Path,
    files: &dyn PriceFiles,
    until_step: Option<u64>,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Finished, LabError> {
    let scenario = Scenario::parse(text)?;
    let started_ts = place.to_string_lossy().len() as u64;
    let clock = Clock {
        started_ts,
        elapsed_secs: &|| started_ts as f64,
    };
    run(
        Request {
            scenario,
            files,
            source: &source(),
            place,
            replace: false,
            until_step,
        },
        &clock,
        watch,
    )
}

/// Every file of a run by name; the manifest without its wall clock.
fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        let mut bytes = fs::read(entry.path()).unwrap();
        if name == "manifest.json" {
            let mut manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert!(manifest["wall_clock"].take()["took_secs"].is_f64());
            bytes = manifest.to_string().into_bytes();
        }
        (name, bytes)
    };
    fs::read_dir(folder).unwrap().map(|e| read(e.unwrap())).collect()
}

#[track_caller]
fn assert_same(left: &Path, right: &Path) {
    let (left, right) = (files_of(left), files_of(right));
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (name, bytes) in &left {
        assert!(*bytes == right[name], "{name} differs");
    }
}

/// A column of a Parquet file as text.
fn column(folder: &Path, file: &str, name: &str) -> Vec<String> {
    let reader = SerializedFileReader::new(fs::File::open(folder.join(file)).unwrap()).unwrap();
    let value = |row: parquet::record::Row| {
        let field = row
            .get_column_iter()
            .find(|(n, _)| *n == name)
            .map(|(_, f)| f.clone());
        match field.unwrap_or_else(|| panic!("{file} has no column {name}")) {
            Field::Str(s) => s,
            other => other.to_string(),
        }
    };
    reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| value(row.unwrap()))
        .collect()
}

#[test]
fn test_same_seed_same_bytes_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let alone = run_to(DEMO, &dir.path().join("alone"), 60).unwrap().folder;
    let places: Vec<PathBuf> = (0..4).map(|i| dir.path().join(format!("together-{i}"))).collect();
    std::thread::scope(|scope| {
        for place in &places {
            scope.spawn(move || run_to(DEMO, place, 60).unwrap());
        }
    });
    for place in &places {
        assert_same(&alone, place);
    }
    let names: Vec<String> = files_of(&alone).into_keys().collect();
    let wanted = [
        "events.parquet",
        "manifest.json",
        "metrics.parquet",
        "report.html",
        "scenario.resolved.toml",
        "summary.json",
        "transactions.parquet",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn test_resolved_scenario_repeats_the_run_and_another_seed_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let first = run_to(BANK_RUN, &dir.path().join("first"), 50).unwrap().folder;
    let resolved = fs::read_to_string(first.join("scenario.resolved.toml")).unwrap();
    let again = run_to(&resolved, &dir.path().join("again"), 50).unwrap().folder;
    assert_same(&first, &again);
    let other = BANK_RUN.replace("seed = 1929", "seed = 1930");
    let other = run_to(&other, &dir.path().join("other"), 50).unwrap().folder;
    assert!(files_of(&first)["events.parquet"] != files_of(&other)["events.parquet"]);
}

#[test]
fn test_records_are_exact_and_name_their_units() {
    let dir = tempfile::tempdir().unwrap();
    let finished = run_to(DEMO, &dir.path().join("run"), 100).unwrap();
    let folder = &finished.folder;
    let steps: Vec<String> = (0..=100).map(|s| s.to_string()).collect();
    assert_eq!(column(folder, "metrics.parquet", "step"), steps);
    let supply = column(folder, "metrics.parquet", "supply_token_base_units");
    let last = finished.summary.metrics["supply"].base_units.clone().unwrap();
    assert_eq!(supply.last(), Some(&last));
    assert!(finished.summary.supply_identity_holds && finished.held());
    for name in [
        "treasury_quote",
        "pool_price_quote_per_token",
        "hhi_bps",
        "velocity_per_day",
    ] {
        assert_eq!(column(folder, "metrics.parquet", name).len(), 101);
    }
    let transactions = column(folder, "transactions.parquet", "used_gas").len() as u64;
    assert_eq!(transactions, finished.summary.transactions);
    // What the events say was minted and burned is the supply: the identity once more, from the records alone.
    let (contracts, names) = (
        column(folder, "events.parquet", "contract"),
        column(folder, "events.parquet", "event"),
    );
    let args = column(folder, "events.parquet", "args_json");
    let mut from_events: i128 = 0;
    for ((contract, name), args) in contracts.iter().zip(&names).zip(&args) {
        if contract != "token" || name != "Transfer" {
            continue;
        }
        let args: serde_json::Value = serde_json::from_str(args).unwrap();
        let value: i128 = args["value"].as_str().unwrap().parse().unwrap();
        let zero = "0x0000000000000000000000000000000000000000";
        from_events += value * (i128::from(args["from"] == zero) - i128::from(args["to"] == zero));
    }
    assert_eq!(from_events.to_string(), last);
}

#[test]
fn test_stopped_run_is_readable_and_a_prefix_of_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let whole = run_to(DEMO, &dir.path().join("whole"), 40).unwrap();
    let mut stop = |p: Progress| {
        if p.step == 17 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let part = run_with(DEMO, &dir.path().join("part"), &NoFiles, Some(40), &mut stop).unwrap();
    assert_eq!(
        (part.summary.status, part.summary.steps),
        (Status::Interrupted, 17)
    );
    for name in [
        "supply_token_base_units",
        "treasury_quote_base_units",
        "transactions_count",
    ] {
        let (whole, part) = (
            column(&whole.folder, "metrics.parquet", name),
            column(&part.folder, "metrics.parquet", name),
        );
        assert_eq!(part, whole[..=17]);
    }
    assert!(
        fs::read_to_string(part.folder.join("report.html"))
            .unwrap()
            .contains("stopped before its end")
    );
}

#[test]
fn test_violated_bound_ends_the_run_and_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("{DEMO}\n[[bound]]\nmetric = \"emission\"\nmax = 2999.0\n");
    let finished = run_to(&text, &dir.path().join("run"), 100).unwrap();
    assert_eq!(finished.summary.status, Status::Violated);
    assert!(!finished.held());
    let [violation] = finished.summary.violations.as_slice() else {
        panic!("{:?}", finished.summary.violations)
    };
    // 50 MINT each ten minutes: the tenth hour has seen 59 blocks of the keeper's last call at 09:00:12 and more.
    assert_eq!(violation.name, "bound on emission");
    assert_eq!(violation.step, finished.summary.steps);
    assert!(
        violation.message.ends_with("must be at most 2999"),
        "{}",
        violation.message
    );
    assert_eq!(
        column(&finished.folder, "metrics.parquet", "step").len() as u64,
        finished.summary.steps + 1
    );
    // The command that is printed comes to the same step.
    let replay = run_to(&text, &dir.path().join("replay"), finished.summary.steps).unwrap();
    assert_eq!(replay.summary.violations, finished.summary.violations);
}

#[test]
fn test_our_pool_and_the_real_uniswap_make_the_same_economy() {
    let dir = tempfile::tempdir().unwrap();
    let real = DEMO.replace("kind = \"pair\"", "kind = \"uniswap-v2\"");
    let ours = run_to(DEMO, &dir.path().join("ours"), 400).unwrap();
    let real = run_to(&real, &dir.path().join("real"), 400).unwrap();
    assert!(
        ours.summary.metrics["buybacks"].value > 0.0 && ours.summary.metrics["attacker_profit"].value > 0.0
    );
    for (name, value) in &ours.summary.metrics {
        // The real pool is made in another number of transactions, and its code uses other gas.
        if !["gas_used", "transactions"].contains(name) {
            assert_eq!(*value, real.summary.metrics[name], "{name}");
        }
    }
    let calls = |run: &Finished| {
        let uses = run
            .summary
            .gas
            .iter()
            .map(|g| (g.contract.clone(), g.method.clone(), g.count, g.failed));
        uses.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(calls(&ours), calls(&real));
}

#[test]
fn test_refused_parameters_point_into_the_scenario_and_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("run");
    let text = DEMO.replace(
        "initial = \"60_000 USD\"",
        "initial = \"60_000 USD\"\nfloor_delay = \"1d\"",
    );
    let Err(LabError::Scenario(error)) = run_to(&text, &place, 1) else {
        panic!("it was accepted")
    };
    assert!(
        error.message.contains("ParameterOutOfRange") && error.message.contains("86400"),
        "{error}"
    );
    assert_eq!(error.span.and_then(|s| text.get(s)), Some("[programs.treasury]"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn test_missing_code_says_what_to_do_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = |text| Scenario::parse(text).unwrap();
    let clock = Clock {
        started_ts: 0,
        elapsed_secs: &|| 0.0,
    };
    let refused = |scenario, source: ProgramSource| {
        let place = dir.path().join("run");
        let request = Request {
            scenario,
            files: &NoFiles,
            source: &source,
            place: &place,
            replace: false,
            until_step: None,
        };
        let error = run(request, &clock, &mut |_| ControlFlow::Continue(()))
            .err()
            .expect("nothing to run")
            .to_string();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        error
    };
    let no_artifacts = ProgramSource::new(dir.path().join("none"), "none");
    assert!(refused(scenario(DEMO), no_artifacts).starts_with("program `token` is not built: cannot read"));
    let real = DEMO.replace("kind = \"pair\"", "kind = \"uniswap-v2\"");
    let no_npm = ProgramSource::new(root().join("target/stylus"), "nowhere");
    assert!(refused(scenario(&real), no_npm).contains("npm install @uniswap/v2-core@1.0.1"));
}

/// The price file of a scenario, as text.
struct OneFile(&'static str);

impl PriceFiles for OneFile {
    fn read(&self, _: &str) -> Result<String, String> {
        Ok(self.0.to_string())
    }
}

#[test]
fn test_price_file_is_followed_and_kept_with_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let (before, rest) = DEMO.split_once("[price.gbm]").unwrap();
    let (_, after) = rest.split_once("[[agents.").unwrap();
    let text = format!("{before}[price.csv]\nfile = \"history/mint.csv\"\n\n[[agents.{after}");
    let csv = "time_secs,price\n0,2.0\n7200,2.5\n";
    let files = OneFile(csv);
    let finished = run_with(&text, &dir.path().join("run"), &files, Some(4), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(
        column(
            &finished.folder,
            "metrics.parquet",
            "outside_price_quote_per_token"
        ),
        ["2.0", "2.0", "2.0", "2.5", "2.5"]
    );
    assert_eq!(
        fs::read_to_string(finished.folder.join("price.csv")).unwrap(),
        csv
    );
    let resolved = fs::read_to_string(finished.folder.join("scenario.resolved.toml")).unwrap();
    assert!(resolved.contains("file = \"price.csv\""));

    let broken = OneFile("time_secs,price\n0,2.0\n0,3.0\n");
    let error = run_with(&text, &dir.path().join("other"), &broken, Some(4), &mut |_| {
        ControlFlow::Continue(())
    });
    let Err(LabError::Scenario(error)) = error else {
        panic!("it was accepted")
    };
    assert!(error.message.contains("line 3"), "{error}");
    assert_eq!(error.span.and_then(|s| text.get(s)), Some("\"history/mint.csv\""));
}

/// The least that makes an economy: two tokens, a pool, a price, somebody who opens the pool and somebody who trades.
const SMALLEST: &str = r#"
schema_version = 1
name = "smallest"
[run]
seed = 1
duration = "2d"
step = "6h"
[programs.token]
name = "Token"
symbol = "TOK"
decimals = 8
[programs.quote]
name = "Quote"
symbol = "QUO"
decimals = 18
[price.gbm]
start = 0.003
volatility = 0.5
[[agents.liquidity_provider]]
deposit = "30 QUO"
purse = { token = "10_000 TOK", quote = "30 QUO" }
[[agents.trader]]
trades_per_day = 24.0
mean_trade = "0.05 QUO"
purse = { token = "100 TOK", quote = "1 QUO" }
"#;

#[test]
fn test_smallest_scenario_runs() {
    let dir = tempfile::tempdir().unwrap();
    let finished = run_to(SMALLEST, &dir.path().join("run"), 8).unwrap();
    assert_eq!(
        (finished.summary.status, finished.summary.failed_transactions),
        (Status::Complete, 0)
    );
    assert!(finished.summary.treasury_floor.is_none());
    assert_eq!(
        finished.summary.metrics["supply"].base_units.as_deref(),
        Some("1010000000000")
    );
    assert!(
        finished
            .summary
            .gas
            .iter()
            .any(|g| g.method == "swap" && g.count > 0)
    );
}

#[test]
fn test_every_schedule_is_minted_as_its_rule_says() {
    let schedules = [
        ("linear", "total = \"1_000 TOK\"\nover = \"1d\""),
        (
            "halving",
            "reward = \"50 TOK\"\nsmallest_unit = \"0.0001 TOK\"\nblock = \"10m\"\nblocks_per_halving = 30",
        ),
        (
            "geometric",
            "initial_per_second = \"0.01 TOK\"\ndivisor_wad = \"1189207115002721024\"\nepoch = \"5h\"\nepochs = 7",
        ),
        (
            "weekly",
            "first = \"100 TOK\"\ngrowth_bps = 10_300\ngrowth_epochs = 3\ndecay_bps = 9_900\ntail_below = \"105 TOK\"\n\
             tail_bps = 67\ninitial_supply = \"10_100 TOK\"\nepoch = \"4h\"",
        ),
        (
            "exponential",
            "total = \"5_000 TOK\"\nfactor_wad = \"999_000_000_000_000_000\"\nstep = \"1m\"",
        ),
        (
            "piecewise",
            "piece = [{ amount = \"10 TOK\", over = \"7h\" }, { amount = \"900 TOK\", over = \"1d\" }]",
        ),
        (
            "tail",
            "programme = \"300 TOK\"\nover = \"9h\"\ntail = \"0.6 TOK\"\nperiod = \"2m\"",
        ),
    ];
    let dir = tempfile::tempdir().unwrap();
    for (kind, parameters) in schedules {
        let text = format!(
            "{SMALLEST}\n[[agents.keeper]]\nmint_every = \"70m\"\n[programs.emission]\nbegins = \"1h\"\nlimit_per_day = \"100_000 TOK\"\n\
             [[programs.emission.recipient]]\nto = \"trader-0\"\nshare_bps = 7_500\n\
             [[programs.emission.recipient]]\nto = \"liquidity-provider-0\"\nshare_bps = 2_500\n\
             [programs.emission.schedule.{kind}]\n{parameters}\n"
        );
        // The invariant `emission_schedule` holds the WASM against the native rule after every step.
        let finished = run_to(&text, &dir.path().join(kind), 8).unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!(finished.summary.violations, [], "{kind}");
        assert!(
            finished.summary.metrics["emission"].value > 100.0,
            "{kind}: {:?}",
            finished.summary.metrics["emission"]
        );
        assert_eq!(finished.summary.failed_transactions, 0, "{kind}");
    }
}
