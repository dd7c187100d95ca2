//! The command `mintage`: arguments, exit codes and where output goes. What a subcommand does is in its own file; what
//! it knows about chains, programs and scenarios is in the libraries.
#![allow(
    rustdoc::invalid_html_tags,
    reason = "doc comments of arguments are the help text, where <program> is a placeholder"
)]

mod bench;
mod build;
mod check;
mod code_cache;
mod cost;
mod node;
mod output;
mod run;
mod text;
mod trace;

use clap::{Parser, Subcommand};
use output::Output;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The command did what it was asked, and the answer is no.
const EXIT_FAILED: u8 = 1;
/// The command could not do what it was asked.
const EXIT_BAD_INPUT: u8 = 2;

/// Token economics for Arbitrum Stylus: build the contracts, run economies on their real bytecode.
#[derive(Parser)]
#[command(version, after_long_help = AFTER_HELP, arg_required_else_help = true, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    output: output::OutputArgs,
    #[command(flatten)]
    code_cache: code_cache::CodeCacheArgs,
}

#[derive(Subcommand)]
enum Command {
    Bench(bench::BenchArgs),
    Build(build::BuildArgs),
    Check(check::CheckArgs),
    Node(node::NodeArgs),
    #[command(hide = true)]
    Cost(cost::CostArgs),
    Run(run::RunArgs),
    Trace(Box<trace::TraceArgs>),
}

const AFTER_HELP: &str = "\
Examples:
  mintage build                                         compile every contract to target/stylus
  mintage build token --json                            one contract, the result as JSON
  mintage check my.wasm                                 would the network accept it, and what would it cost
  mintage trace token name -vvv                         what a call does, and what each step costs
  mintage node                                          a dev node on 127.0.0.1:8547
  mintage run sim/lab/scenarios/halving-buyback.toml    a year of an economy, report in runs/
  mintage bench --wasm my.wasm --calldata 0x06fdde03    what a call of a program costs in time

Environment:
  MINTAGE_CODE_CACHE    folder for compiled programs, or `off`; by default mintage/code in the user's cache folder

Exit codes:
  0  done
  1  done, and the answer is no: an invariant of a scenario was violated, the network would refuse a file, a traced
     call failed
  2  not done: bad arguments, a bad file, a program that cannot be built or would be refused, a missing tool

The result is on stdout, everything else on stderr.";

fn main() -> ExitCode {
    output::set_error_style();
    let args = match Cli::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are results (0), everything else is bad usage (2). A closed pipe is no reason to complain.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { EXIT_BAD_INPUT } else { 0 });
        }
    };
    let output = Output::new(&args.output);
    code_cache::set_up(&args.code_cache);
    let result = match &args.command {
        Command::Bench(bench) => bench::run(bench, &output),
        Command::Build(build) => build::run(build, &output),
        Command::Check(check) => check::run(check, &output),
        Command::Node(node) => node::run(node, &output),
        Command::Cost(cost) => cost::run(cost, &output),
        Command::Run(run) => run::run(run, &output),
        Command::Trace(trace) => trace::run(trace, &output),
    };
    code_cache::report(&output);
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_FAILED),
        Err(report) => {
            output.error(&report);
            ExitCode::from(EXIT_BAD_INPUT)
        }
    }
}
