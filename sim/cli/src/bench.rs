//! `mintage bench`: what a call of a program costs in time. The measuring is `mintage_vm::measure`.

use crate::output::Output;
use alloy_primitives::{Address, Bytes, U256};
use miette::IntoDiagnostic as _;
use mintage_vm::{
    ArbosVersion, Compilation, DiskCacheOptions, StylusEngine,
    engine::with_large_stack,
    measure::{Figures, FirstCall, MeasureError, Rounds, Subject, thread_clock},
};
use serde_json::{Value, json};
use std::{fmt::Write as _, fs, path::PathBuf, time::Duration};

/// Measure a call of a program: transactions per second, where the time goes, and what it could be at best.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct BenchArgs {
    /// The program, as a compiler or wasm-opt leaves it.
    #[arg(long, value_name = "FILE")]
    wasm: PathBuf,
    /// What it is called with, in hexadecimal. The call must succeed any number of times.
    #[arg(long, value_name = "HEX", value_parser = hex)]
    calldata: Bytes,
    /// Calls in each of seven rounds, of which the best counts [default: as many as take a tenth of a second].
    #[arg(short = 'n', value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    calls: Option<u32>,
    /// A slot of the program's storage beforehand; may be given several times. Numbers are decimal, or hexadecimal after 0x.
    #[arg(long, value_name = "K=V", value_parser = slot)]
    storage: Vec<(U256, U256)>,
    /// Who calls.
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "0x1111111111111111111111111111111111111111"
    )]
    caller: Address,
    /// Gas of the call.
    #[arg(long, value_name = "GAS", default_value_t = 30_000_000)]
    gas: u64,
    /// The chain's ArbOS version.
    #[arg(long, value_name = "VERSION", default_value_t = ArbosVersion::default())]
    arbos: ArbosVersion,
    /// Measure the first call in a fresh engine, too: compiled, and with its machine code from disk.
    #[arg(long)]
    cold: bool,
}

const EXAMPLES: &str = "\
Examples:
  mintage bench --wasm target/stylus/pair.wasm --calldata 0x06fdde03             name() of a pair
  mintage bench --wasm target/stylus/pair.wasm --calldata 0x06fdde03 --cold      and its first call
  mintage bench --wasm my.wasm --calldata 0xa9059cbb... --storage 0x2a=1000      with a balance to spend
  mintage bench --wasm my.wasm --calldata 0x --json | jq .committed.per_second

committed   a transaction that calls the program, its changes written to the state
engine      of it the program's own code, and making its instance fresh
hostio      of it host functions: charging, memory in and out, the storage cache
journal     of it the EVM's work for them: state, logs, calls to other contracts
overhead    the rest: validation, payment, entry, commit
read-only   the same call, its changes dropped
floor       the same module without metering on bare wasmtime, pooled instances, host functions that only repeat
EVM         an ERC-20 transfer in EVM bytecode on plain revm, in the same run

For the split a clock is read at each boundary in rounds of their own, and the cost of reading it is taken off. Time is
the thread's processor time where the system tells it, else the time of day; the best of seven rounds counts.

Exit codes: 0 measured; 2 not measured: the program would be refused, the call fails, a bad file or argument.";

pub(crate) fn run(args: &BenchArgs, output: &Output) -> miette::Result<bool> {
    let wasm = fs::read(&args.wasm)
        .map_err(|error| miette::miette!("cannot read {}: {error}", args.wasm.display()))?;
    let mut subject = Subject::new(wasm, args.calldata.clone());
    subject.storage.clone_from(&args.storage);
    subject.caller = args.caller;
    subject.gas_limit = args.gas;
    subject.arbos = args.arbos;
    let rounds = Rounds {
        clock: &thread_clock,
        runs: args.calls.unwrap_or(0),
    };
    let spinner = output.spinner();
    spinner.message(format!("measuring {}", args.wasm.display()));
    let figures = with_large_stack(|| subject.measure(&StylusEngine::new(), &rounds)).map_err(explained)?;
    let cold = if args.cold { Some(cold(&subject)?) } else { None };
    drop(spinner);
    output.result(&as_json(&figures, cold.as_ref()), || {
        as_text(&figures, cold.as_ref())
    });
    Ok(true)
}

/// First calls: with the compilers as they are used, from a cache of its own that starts empty.
struct Cold {
    compiled: FirstCall,
    optimised: FirstCall,
}

fn cold(subject: &Subject) -> miette::Result<Cold> {
    let folder = tempfile::tempdir().into_diagnostic()?;
    let first = |compilation, name| {
        let cache = DiskCacheOptions::new(folder.path().join(name));
        let measure = || subject.first_call(compilation, Some(cache), &thread_clock);
        with_large_stack(measure).map_err(explained)
    };
    Ok(Cold {
        compiled: first(Compilation::Tiered, "tiered")?,
        optimised: first(Compilation::Cranelift, "cranelift")?,
    })
}

fn explained(error: MeasureError) -> miette::Report {
    let help = match &error {
        MeasureError::Refused(_) => "`mintage check` says what the network asks for",
        MeasureError::Failed(_) => "look at the call with the options of `mintage bench --help`",
        _ => return miette::miette!("{error}"),
    };
    miette::miette!(help = help, "{error}")
}

fn per_second(each: Duration) -> f64 {
    1.0 / each.as_secs_f64()
}

fn micros(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e9).round() / 1e3
}

fn as_json(figures: &Figures, cold: Option<&Cold>) -> Value {
    let rate = |each| json!({ "per_second": per_second(each).round(), "micros": micros(each) });
    let split = figures.split;
    let mut value = json!({
        "committed": rate(figures.committed),
        "split_micros": {
            "engine": micros(split.engine),
            "hostio": micros(split.hostio),
            "journal": micros(split.journal),
            "overhead": micros(split.overhead),
        },
        "read_only": rate(figures.read_only),
        "floor": rate(figures.floor),
        "evm_transfer": rate(figures.evm_transfer),
        "gas_used": figures.gas_used,
    });
    if let Some(Cold { compiled, optimised }) = cold {
        value["first_call_micros"] = json!({
            "compiled": micros(compiled.compiled),
            "compiled_by_cranelift": micros(optimised.compiled),
            "from_disk": compiled.from_disk.map(micros),
            "from_disk_by_cranelift": optimised.from_disk.map(micros),
        });
    }
    value
}

fn as_text(figures: &Figures, cold: Option<&Cold>) -> String {
    let mut text = format!("{:<44} {:>12} {:>12}\n", "", "per second", "each");
    let mut row = |name: &str, each: Duration, with_rate: bool| {
        let rate = if with_rate {
            format!("{:.0}", per_second(each))
        } else {
            String::new()
        };
        let _ = writeln!(text, "{name:<44} {rate:>12} {:>9.2} us", micros(each));
    };
    let split = figures.split;
    row("committed", figures.committed, true);
    row("  engine", split.engine, false);
    row("  hostio", split.hostio, false);
    row("  journal", split.journal, false);
    row("  overhead", split.overhead, false);
    row("read-only", figures.read_only, true);
    row("floor: bare wasmtime, not metered", figures.floor, true);
    row("EVM: ERC-20 transfer on plain revm", figures.evm_transfer, true);
    if let Some(Cold { compiled, optimised }) = cold {
        row("first call, compiled", compiled.compiled, false);
        row("first call, compiled by Cranelift", optimised.compiled, false);
        for (name, call) in [
            ("first call, from disk", compiled),
            ("first call, from disk, Cranelift", optimised),
        ] {
            if let Some(time) = call.from_disk {
                row(name, time, false);
            }
        }
    }
    let _ = write!(text, "{} gas a call", figures.gas_used);
    text
}

fn hex(text: &str) -> Result<Bytes, String> {
    text.parse()
        .map_err(|error| format!("{error}; calldata is hexadecimal, such as 0xa9059cbb, or 0x for none"))
}

fn slot(text: &str) -> Result<(U256, U256), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("a slot is KEY=VALUE, such as 0x2a=1000")?;
    let word = |text: &str| {
        text.parse::<U256>().map_err(|error| {
            format!(
                "`{text}` is no 256-bit number ({error}); write it in decimal, or in hexadecimal after 0x"
            )
        })
    };
    Ok((word(key)?, word(value)?))
}
