//! What Stylus transactions cost in time: the table of `PERFORMANCE.md`.
//!
//! ```text
//! cargo bench -p mintage-vm
//! ```
//!
//! One core. Time is the thread's own processor time where the system tells it (Linux), else the time of day, so that a
//! busy machine disturbs less. Each figure is the best of several rounds. No number here is ever asserted.

use std::{
    hint::black_box,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use mintage_vm::{
    Compilation, DiskCacheOptions, EngineOptions, StylusEngine,
    measure::{Figures, MeasureError, Rounds, Subject, per_run, thread_clock},
};
use revm::{ExecuteCommitEvm, primitives::Bytes};
use serde_json::Value;

const ROUNDS: Rounds<'static> = Rounds {
    clock: &thread_clock,
    runs: 0,
};

fn main() -> Result<(), MeasureError> {
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, asked, number, compilation] = &arguments[..]
        && asked == MEMORY
    {
        return print_memory(number.parse().expect("a number"), compilation);
    }
    let engine = StylusEngine::new();
    heading("ERC-20 transfer");
    let mut evm_transfer = Duration::MAX;
    for (name, file) in [
        ("lean router", "lean-z-opt.wasm"),
        ("plain stylus-sdk", "token-z-opt.wasm"),
    ] {
        let transfer = recorded(file, "transfer");
        let figures = transfer.measure(&engine, &ROUNDS)?;
        report_transfer(name, &figures);
        let threads = on_two_threads(&transfer, &engine)?;
        report(&format!("{name}: committed, by each of 2 threads"), threads);
        println!(
            "{:<64} {:>12}",
            format!("{name}: waits of both threads in all rounds"),
            WAITS.swap(0, Ordering::Relaxed)
        );
        let balance = recorded(file, "balanceOf");
        report(
            &format!("{name}: balanceOf, read-only"),
            balance.read_only(&engine, &ROUNDS)?,
        );
        let winch = engine_of(Compilation::Winch);
        report(
            &format!("{name}: committed, Winch's code"),
            transfer.committed(&winch, &ROUNDS)?,
        );
        evm_transfer = evm_transfer.min(figures.evm_transfer);
        let bound = 2 * figures.floor + figures.evm_transfer;
        note(
            &format!("{name}: 2 x floor + plain revm, to compare with committed"),
            bound,
        );
    }
    report("EVM bytecode: plain revm, committed", evm_transfer);

    heading("Metering: keccak in WASM, 1,000 rounds");
    let keccak = keccak();
    let figures = keccak.measure(&engine, &ROUNDS)?;
    report("bare wasmtime", figures.floor);
    report("metered, the whole call", figures.read_only);
    println!(
        "{:<64} {:>10.2}",
        "ratio",
        figures.read_only.as_secs_f64() / figures.floor.as_secs_f64()
    );

    heading("First call in a fresh engine");
    for (name, subject) in first_calls() {
        report_first_call(&name, &subject)?;
    }

    heading("Memory of a loaded program");
    for (number, (name, _)) in first_calls().iter().enumerate() {
        report_memory(number, name);
    }
    Ok(())
}

fn heading(text: &str) {
    println!("\n{text:<64} {:>12} {:>12}", "per second", "each");
}

fn report(name: &str, each: Duration) {
    println!(
        "{name:<64} {:>12.0} {:>9.2} us",
        1.0 / each.as_secs_f64(),
        each.as_secs_f64() * 1e6
    );
}

fn note(name: &str, each: Duration) {
    println!("{name:<64} {:>12} {:>9.2} us", "", each.as_secs_f64() * 1e6);
}

fn report_transfer(name: &str, figures: &Figures) {
    report(&format!("{name}: committed"), figures.committed);
    let split = figures.split;
    for (part, time) in [
        ("engine", split.engine),
        ("hostio", split.hostio),
        ("journal", split.journal),
        ("overhead", split.overhead),
    ] {
        note(&format!("  of it {part}"), time);
    }
    report(&format!("{name}: read-only"), figures.read_only);
    report(&format!("{name}: floor (bare wasmtime)"), figures.floor);
}

fn engine_of(compilation: Compilation) -> StylusEngine {
    StylusEngine::with_options(EngineOptions {
        compilation,
        ..EngineOptions::default()
    })
}

fn report_first_call(name: &str, subject: &Subject) -> Result<(), MeasureError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = || Some(DiskCacheOptions::new(folder.path().join("code")));
    let tiered = subject.first_call(Compilation::Tiered, cache(), &thread_clock)?;
    let cranelift = subject.first_call(Compilation::Cranelift, cache(), &thread_clock)?;
    note(&format!("{name}: compiled"), tiered.compiled);
    note(
        &format!("{name}: compiled by Cranelift, as before"),
        cranelift.compiled,
    );
    if let (Some(winch), Some(cranelift)) = (tiered.from_disk, cranelift.from_disk) {
        note(&format!("{name}: from disk, Winch's code"), winch);
        note(&format!("{name}: from disk, Cranelift's code"), cranelift);
    }
    note(&format!("{name}: second call"), tiered.later);
    Ok(())
}

/// First argument of the processes in which memory is measured.
const MEMORY: &str = "memory";

/// Memory is measured in a process of its own, where nothing that was freed before hides what is taken up.
fn report_memory(number: usize, name: &str) {
    for compilation in ["Winch", "Cranelift"] {
        let output = std::env::current_exe().and_then(|this| {
            std::process::Command::new(this)
                .args([MEMORY, &number.to_string(), compilation])
                .output()
        });
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        let text = text.unwrap_or_else(|error| error.to_string());
        println!(
            "{:<64} {:>12} {text:>8} KiB",
            format!("{name}: {compilation}"),
            ""
        );
    }
}

/// Prints the KiB by which the process grows with each program that is loaded and called.
fn print_memory(number: usize, compilation: &str) -> Result<(), MeasureError> {
    const COPIES: usize = 40;
    let subject = &first_calls()[number].1;
    let engine = engine_of(match compilation {
        "Winch" => Compilation::Winch,
        _ => Compilation::Cranelift,
    });
    let mut before = 0;
    for copy in 0..2 * COPIES {
        if copy == COPIES {
            before = resident();
        }
        // Programs are told apart by their code's hash: a custom section makes another program of the same module.
        let mut subject = subject.clone();
        subject.wasm.extend([0, 3, 1, b'n', copy as u8]);
        let once = Rounds {
            clock: &thread_clock,
            runs: 1,
        };
        subject.committed(&engine, &once)?;
    }
    println!("{}", (resident().saturating_sub(before) / COPIES as u64) >> 10);
    Ok(())
}

fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}

/// How often threads gave up the processor to wait, for a lock say, while two of them shared an engine.
static WAITS: AtomicU64 = AtomicU64::new(0);

fn waits() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.and_then(|count| count.trim().parse().ok())
        .unwrap_or_default()
}

/// The slower of two threads that share an engine, and so a program and its idle instances.
fn on_two_threads(subject: &Subject, engine: &StylusEngine) -> Result<Duration, MeasureError> {
    let run = || -> Result<Duration, MeasureError> {
        let mut evm = subject.evm(engine.clone())?;
        let tx = subject.transaction();
        let mut transact = || match black_box(evm.transact_commit(tx.clone())) {
            Ok(_) => Ok(()),
            Err(error) => Err(MeasureError::Evm(error.to_string())),
        };
        let before = waits();
        let each = per_run(&ROUNDS, &mut transact);
        WAITS.fetch_add(waits() - before, Ordering::Relaxed);
        each
    };
    std::thread::scope(|scope| {
        let threads = [scope.spawn(run), scope.spawn(run)];
        let times = threads.map(|thread| thread.join().expect("no panic"));
        let [one, two] = times;
        Ok(one?.max(two?))
    })
}

fn vectors() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/stylus")
}

/// A recorded call. A transfer moves one unit, so that the recorded balance lasts for all rounds.
fn recorded(file: &str, case: &str) -> Subject {
    let wasm = std::fs::read(vectors().join("wasm").join(file)).expect("a recorded module");
    let text = std::fs::read_to_string(vectors().join("vectors/contracts.jsonl")).expect("recorded calls");
    let row = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .find(|row| row["wasm"] == file && row["kind"] == "call" && row["case"] == case)
        .expect("the case is recorded");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut data = text(&row["calldata"])
        .parse::<Bytes>()
        .expect("hexadecimal")
        .to_vec();
    if case == "transfer" {
        let end = data.len();
        data[end - 32..].fill(0);
        data[end - 1] = 1;
    }
    let mut subject = Subject::new(wasm, data.into());
    subject.caller = text(&row["caller"]).parse().expect("an address");
    let storage = row["storage"].as_object().expect("storage");
    subject.storage = storage
        .iter()
        .map(|(key, value)| (key.parse().expect("a word"), text(value).parse().expect("a word")))
        .collect();
    subject
}

fn keccak() -> Subject {
    let wasm = std::fs::read(vectors().join("wasm/c-keccak.wasm")).expect("a recorded module");
    let mut subject = Subject::new(wasm, Bytes::from(1000_u32.to_le_bytes()));
    subject.gas_limit = 1 << 40;
    subject
}

/// The recorded stylus-sdk token, and the program of 35 KB of this project if it is built.
fn first_calls() -> Vec<(String, Subject)> {
    let mut subjects = vec![(
        "stylus-sdk token, 49 KB".into(),
        recorded("token-z-opt.wasm", "balanceOf"),
    )];
    let pair = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/stylus/pair.wasm");
    if let Ok(wasm) = std::fs::read(pair) {
        // `name()` reads no storage.
        let subject = Subject::new(wasm, Bytes::from_static(&[0x06, 0xfd, 0xde, 0x03]));
        subjects.push(("pair, 35 KB".into(), subject));
    }
    subjects
}
