//! What a trace shows of a transaction that ArbOS carries out itself: one frame without code, with its logs, and the accounts
//! that it changed.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256};
use mintage_vm::state::ARBOS_STATE_ADDRESS;
use mintage_vm::trace::{Frame, FrameCode, FrameKind, Request, RequestKind, Step, Trace};
use revm::interpreter::InstructionResult;

use crate::Chain;
use crate::outcome::{Outcome, Touched};
use crate::receipt::Status;
use crate::state::Change;
use crate::transaction::Transaction;

/// Whether the changes of the state are being listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watched(bool);

impl Chain {
    /// Begins to list what changes, if it is to be traced. Only a chain made for a replay traces, and nobody else wants
    /// its list.
    pub(super) fn watch(&mut self, traced: bool) -> Watched {
        if traced {
            let state = self.state_mut();
            state.list_changes();
            state.take_changes();
        }
        Watched(traced)
    }

    /// What was touched: by the EVM, and by ArbOS around it. An outcome of ArbOS alone gets its frame.
    pub(super) fn end_watch(
        &mut self,
        watched: Watched,
        transaction: &Transaction,
        outcome: &mut Outcome,
    ) -> Vec<Touched> {
        if !watched.0 {
            return Vec::new();
        }
        let mut all: BTreeMap<Address, BTreeSet<U256>> = BTreeMap::new();
        for one in std::mem::take(&mut outcome.touched) {
            all.entry(one.address).or_default().extend(one.slots);
        }
        for change in self.state_mut().take_changes() {
            let slots = all.entry(change.address()).or_default();
            if let Change::Slot(_, slot) = change {
                slots.insert(slot);
            }
        }
        // As in other traces, ArbOS's own state is not shown.
        all.remove(&ARBOS_STATE_ADDRESS);
        outcome
            .trace
            .get_or_insert_with(|| Box::new(trace(transaction, outcome.logs.clone(), &outcome.status)));
        all.into_iter()
            .map(|(address, slots)| Touched {
                address,
                slots: slots.into_iter().collect(),
            })
            .collect()
    }
}

fn trace(transaction: &Transaction, logs: Vec<alloy_primitives::Log>, status: &Status) -> Trace {
    let to = transaction.to();
    let steps = logs.into_iter().map(|log| {
        Step::Request(Request {
            kind: RequestKind::Log(log.data),
            gas: 0,
        })
    });
    let root = Frame {
        kind: match to {
            Some(_) => FrameKind::Call,
            None => FrameKind::Create,
        },
        depth: 1,
        from: transaction.from(),
        to,
        acting: to.unwrap_or_default(),
        value: transaction.value(),
        input: transaction.input(),
        gas: transaction.gas_limit(),
        gas_used: 0,
        output: alloy_primitives::Bytes::new(),
        result: match status {
            Status::Success => InstructionResult::Stop,
            Status::Reverted => InstructionResult::Revert,
            Status::Halted(_) => InstructionResult::OutOfGas,
        },
        code: FrameCode::None,
        run: None,
        steps: steps.collect(),
    };
    Trace {
        roots: vec![root],
        ..Trace::default()
    }
}
