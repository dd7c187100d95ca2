//! `mintage trace`: run one call on a chain in the process and show what happened in it and what it cost.
//!
//! One file a step: [`scene`] sets the chain up, [`code`] finds programs, [`call`] reads what the user typed, [`abi`] decodes,
//! [`tree`] and [`text`] print, [`json`] for machines, [`profile`] where the ink went.

mod abi;
mod call;
mod code;
mod hostio;
mod json;
mod profile;
mod scene;
mod text;
mod tree;
mod words;

use crate::output::Output;
use abi::Names;
use mintage_chain::{Receipt, Status};
use mintage_vm::{ArbosVersion, profile::Profile, trace::Frame};
use scene::Scene;
use std::path::PathBuf;

/// Run a call on a local chain and show everything that happened in it: calls, events, host calls, storage, and what each cost.
///
/// The chain is new at every run. PROGRAM is put on it and called once, as a transaction. EVM and Stylus frames stand in one tree;
/// what the ABIs of this project know is shown by name.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct TraceArgs {
    /// A program that `mintage build` has built, by name, a WASM file, or an artifact (.json).
    #[arg(value_name = "PROGRAM")]
    program: String,
    /// The method's name or signature, or calldata as hex; nothing for empty calldata.
    #[arg(value_name = "METHOD")]
    method: Option<String>,
    /// The method's arguments. An address may be a name: `alice` is an account of that name, `token` the program.
    #[arg(value_name = "ARG", allow_negative_numbers = true)]
    args: Vec<String>,
    /// Who calls: an address, or a name, which is an account with 10,000 ETH.
    #[arg(long, value_name = "WHO", default_value = "caller")]
    from: String,
    /// Wei to send along.
    #[arg(long, value_name = "WEI", default_value = "0")]
    value: String,
    /// Gas limit of the call.
    #[arg(long, value_name = "GAS")]
    gas: Option<u64>,
    /// Arguments of the program's constructor, in one string; without it the program starts with empty storage.
    #[arg(long, value_name = "ARGS")]
    constructor: Option<String>,
    /// Another program that must be there: `name=program constructor arguments`. Repeatable, in order, before PROGRAM.
    #[arg(long = "with", value_name = "NAME=PROGRAM ARGS")]
    others: Vec<String>,
    /// A transaction before the call: `[who:] [name.]method arguments`. Repeatable, in order.
    #[arg(long, value_name = "CALL")]
    setup: Vec<String>,
    /// A storage slot of the program before the call. Repeatable.
    #[arg(long, value_name = "SLOT=VALUE")]
    storage: Vec<String>,
    /// A JSON ABI, or an artifact with one, to decode with. Repeatable.
    #[arg(long, value_name = "FILE")]
    abi: Vec<PathBuf>,
    /// A name for an address. Repeatable.
    #[arg(long, value_name = "ADDRESS=NAME")]
    label: Vec<String>,
    /// The program's WASM with the names of its functions [default: <program>.debug.wasm beside it].
    #[arg(long, value_name = "FILE.wasm")]
    names: Option<PathBuf>,
    /// The program is in the network's cache, so that entering it costs less.
    #[arg(long)]
    cached: bool,
    /// The chain's ArbOS version.
    #[arg(long, value_name = "VERSION", default_value_t = ArbosVersion::default())]
    arbos: ArbosVersion,
    /// How much to show: calls; -vv also events; -vvv also host calls and storage; -vvvv everything in full.
    #[arg(short, action = clap::ArgAction::Count)]
    verbosity: u8,
    /// Show which functions used the ink, by the meter itself.
    #[arg(long)]
    profile: bool,
    /// Write the profile as a flamegraph (SVG).
    #[arg(long, value_name = "FILE.svg")]
    flamegraph: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  mintage trace token name
  mintage trace token 'balanceOf(address)' alice -vvv
  mintage trace token transfer bob 1000 --from alice -vvvv \\
      --constructor \"Mint MINT 18 owner owner 1000000 0 alice 500000\"
  mintage trace token transfer bob 1000 --from alice --profile --flamegraph transfer.svg \\
      --constructor \"Mint MINT 18 owner owner 1000000 0 alice 500000\"
  mintage trace token transferFrom alice bob 5 --from bob --setup \"alice: approve bob 5\" \\
      --constructor \"Mint MINT 18 owner owner 1000000 0 alice 500000\"
  mintage trace my.wasm 0xa9059cbb... --storage 0x0=0x1 --names my.debug.wasm
  mintage trace token name --json | jq .trace.gas_used

The first number of a call is the gas that it used; ink is a ten-thousandth of it. A name that stands for an address is an
account of its own, always the same one.

Exit codes: 0 the call succeeded; 1 it reverted or broke off, and the trace says where; 2 it could not be made.";

/// `Ok(false)`: the call did not succeed.
pub(crate) fn run(args: &TraceArgs, output: &Output) -> miette::Result<bool> {
    let mut scene = Scene::set_up(args)?;
    if let Some(note) = scene.note() {
        output.note(note);
    }
    let wants_profile = args.profile || args.flamegraph.is_some();
    let receipt = scene.run(wants_profile)?;
    let root = root(&receipt)?;
    let profile = wants_profile.then(|| Profile::of_frame(root));
    if let (Some(file), Some(profile)) = (&args.flamegraph, &profile) {
        profile::write_flamegraph(file, &scene.title, profile, &scene.names)?;
        output.note(format!("flamegraph: {}", file.display()));
    }
    let value = json::of(&receipt, root, profile.as_ref(), &scene.names);
    output.result(&value, || {
        as_text(
            args,
            output.color(),
            &receipt,
            root,
            profile.as_ref(),
            &scene.names,
        )
    });
    Ok(receipt.is_success())
}

fn root(receipt: &Receipt) -> miette::Result<&Frame> {
    let trace = receipt.trace.as_deref();
    trace.and_then(|trace| trace.root()).ok_or_else(|| {
        miette::miette!("the call was not executed: its gas does not pay for the transaction itself")
    })
}

fn as_text(
    args: &TraceArgs,
    color: bool,
    receipt: &Receipt,
    root: &Frame,
    profile: Option<&Profile>,
    names: &Names,
) -> String {
    let style = text::Style { color };
    let mut text = tree::render(root, args.verbosity.max(1), names, style);
    text += "\n";
    text += &summary(receipt, root, style);
    if let Some(profile) = profile.filter(|_| args.profile) {
        text += "\n\n";
        text += &profile::table(profile, names);
    }
    text
}

fn summary(receipt: &Receipt, root: &Frame, style: text::Style) -> String {
    use crate::text::grouped;
    let end = match &receipt.status {
        Status::Success => style.good("success"),
        Status::Reverted => style.bad("reverted"),
        Status::Halted(halt) => style.bad(&format!("broke off: {halt}")),
    };
    let whole = receipt.gas_used + receipt.gas_refunded;
    let mut parts = vec![format!(
        "transaction {}",
        grouped(whole.saturating_sub(root.gas_used + receipt.gas_used_for_l1))
    )];
    if let Some(entry) = root.run.as_ref().and_then(|run| run.entry) {
        let how = if entry.cached { "cached" } else { "uncached" };
        parts.push(format!(
            "entering ({how}) {}",
            grouped(entry.total.min(root.gas_used))
        ));
        parts.push(format!(
            "execution {}",
            grouped(root.gas_used.saturating_sub(entry.total))
        ));
    } else {
        parts.push(format!("execution {}", grouped(root.gas_used)));
    }
    if receipt.gas_refunded > 0 {
        parts.push(format!("refund -{}", grouped(receipt.gas_refunded)));
    }
    format!("{end}, {} gas: {}", grouped(receipt.gas_used), parts.join(", "))
}
