//! What the node does, for the person in front of the terminal: each block with its transactions, requests that were refused, and
//! with `--verbose` every request.

use super::Output;
use alloy_primitives::{Address, hex};
use alloy_sol_types::{Panic, Revert, SolError};
use mintage_chain::{MinedTransaction, SealedBlock};
use mintage_node::Activity;
use std::{
    fmt::Write as _,
    sync::mpsc::{self, Receiver, SyncSender},
    thread,
    time::Duration,
};

/// Lines that may wait to be written; what comes faster is left out.
const WAITING: usize = 4_096;
/// How long the end of the log may take.
const END: Duration = Duration::from_secs(1);

/// The log of a running node.
pub(super) struct Log {
    ended: Receiver<()>,
}

impl Log {
    /// Begins to write what comes through the sender.
    pub(super) fn start(output: Output, verbose: bool) -> (SyncSender<Activity>, Self) {
        let (sender, activity) = mpsc::sync_channel::<Activity>(WAITING);
        let (end, ended) = mpsc::channel();
        thread::spawn(move || {
            for happened in activity {
                if let Some(text) = line(&happened, verbose) {
                    output.note(text);
                }
            }
            // Nobody waits where the node could not start.
            let _ = end.send(());
        });
        (sender, Self { ended })
    }

    /// Waits until everything is written, but not for one who does not read.
    pub(super) fn finish(self) {
        let _ = self.ended.recv_timeout(END);
    }
}

fn line(activity: &Activity, verbose: bool) -> Option<String> {
    match activity {
        Activity::Request {
            method,
            error: Some(problem),
            ..
        } => Some(format!("{method}: {problem}")),
        Activity::Request { method, took, .. } if verbose => {
            Some(format!("{method}  {:.2} ms", took.as_secs_f64() * 1e3))
        }
        Activity::Request { .. } => None,
        Activity::Block(block) => Some(block_text(block)),
    }
}

fn block_text(block: &SealedBlock) -> String {
    let mut text = format!("block {}  {}", block.number(), block.hash);
    for mined in &block.transactions {
        let _ = write!(text, "\n  {}", transaction_text(mined));
    }
    text
}

fn transaction_text(mined: &MinedTransaction) -> String {
    let (transaction, receipt) = (&mined.transaction, &mined.receipt);
    let aim = match (transaction.to(), receipt.contract_address) {
        (_, Some(created)) => format!("creates {created}"),
        (Some(to), None) => format!("to {to}"),
        (None, None) => "creates nothing".to_owned(),
    };
    let outcome = match (receipt.status, &receipt.halt) {
        (true, _) => String::new(),
        (false, Some(halt)) => format!(", failed: {halt}"),
        (false, None) => format!(", reverted{}", reason(&receipt.output)),
    };
    format!(
        "{}  {} {aim}  {} gas ({} for L1){outcome}",
        transaction.hash(),
        short(transaction.from()),
        receipt.gas_used,
        receipt.gas_used_for_l1,
    )
}

/// Why something reverted: its text, or the first bytes of what it gave.
fn reason(output: &[u8]) -> String {
    if let Ok(revert) = Revert::abi_decode(output) {
        return format!(": {}", revert.reason);
    }
    match Panic::abi_decode(output) {
        Ok(panic) => format!(": {panic}"),
        Err(_) if output.is_empty() => " without a reason".to_owned(),
        Err(_) => format!(
            " with {}",
            hex::encode_prefixed(output.get(..36).unwrap_or(output))
        ),
    }
}

fn short(address: Address) -> String {
    let text = address.to_string();
    format!("{}…{}", &text[..6], &text[38..])
}
