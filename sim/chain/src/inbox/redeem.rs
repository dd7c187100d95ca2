//! Redeems: the transactions of type 0x68 that run right after what scheduled them.

use std::collections::VecDeque;
use std::sync::Arc;

use alloy_primitives::{Log, TxKind, U256};
use mintage_vm::arbos::CurrentRedeem;
use mintage_vm::arbos::retry::{self, ARB_RETRYABLE_TX, RETRY_TX_TYPE, RetryTx};

use super::ended;
use crate::Chain;
use crate::error::Rejected;
use crate::execute::{Offer, Request, Surroundings};
use crate::outcome::{Outcome, Touched};
use crate::receipt::{Receipt, Status};
use crate::transaction::{Redeem, Transaction, TransactionKind};

/// What happens to redeems that are scheduled.
#[derive(Clone, Debug, Default)]
pub(crate) enum Redeems {
    /// They run at once.
    #[default]
    Run,
    /// They wait until they are asked for, one by one: when a block runs again to be looked at.
    Hold(VecDeque<RetryTx>),
}

impl Chain {
    /// Runs the redeems that the logs of an included transaction schedule, and those that these schedule, in order.
    pub(crate) fn run_scheduled(&mut self, logs: &[Log]) -> Result<(), Rejected> {
        // Hardly any transaction schedules one.
        if logs.iter().all(|log| log.address != ARB_RETRYABLE_TX) {
            return Ok(());
        }
        let redeems = self.scheduled_by(logs)?;
        self.run_redeems(redeems)
    }

    fn scheduled_by(&mut self, logs: &[Log]) -> Result<Vec<RetryTx>, Rejected> {
        let (arbos, chain_id, block) = (self.arbos(), self.chain_id(), self.pending());
        self.arbos_state(|store| {
            retry::scheduled(store, logs, arbos, chain_id, block.base_fee_wei, block.timestamp)
        })
    }

    pub(super) fn run_redeems(&mut self, redeems: Vec<RetryTx>) -> Result<(), Rejected> {
        if let Redeems::Hold(held) = &mut self.redeems {
            held.extend(redeems);
            return Ok(());
        }
        let mut waiting = VecDeque::from(redeems);
        while let Some(next) = waiting.pop_front() {
            let (receipt, _) = self.redeem(&next, false)?;
            waiting.extend(self.scheduled_by(&receipt.logs)?);
        }
        Ok(())
    }

    /// Runs the first of the redeems that are held.
    pub(super) fn redeem_held(&mut self, traced: bool) -> Result<(Receipt, Vec<Touched>), Rejected> {
        let next = match &mut self.redeems {
            Redeems::Hold(held) => held.pop_front(),
            Redeems::Run => None,
        };
        let next = next.ok_or(Rejected::TypeNotSupported { ty: RETRY_TX_TYPE })?;
        let (receipt, touched) = self.redeem(&next, traced)?;
        self.run_scheduled(&receipt.logs)?;
        Ok((receipt, touched))
    }

    /// One redeem: the value leaves escrow, the call runs as a transaction of the ticket's sender whose gas is paid for, and
    /// what is left goes back.
    fn redeem(&mut self, retry: &RetryTx, traced: bool) -> Result<(Receipt, Vec<Touched>), Rejected> {
        let watched = self.watch(traced);
        let (arbos, block) = (self.arbos(), self.pending());
        let transaction = Arc::new(Transaction::of_network(TransactionKind::Redeem(Box::new(shown(
            retry,
        )))));
        let began = self.arbos_state(|store| retry::begin(store, retry, arbos, block.timestamp))?;
        if !began {
            let outcome = ended(Status::Reverted, 0, Vec::new());
            return Ok(self.record_of_network(&transaction, outcome, 0, watched));
        }
        let outcome = self.run_redeem(retry, traced)?;
        let (succeeded, gas_used) = (outcome.status == Status::Success, outcome.gas_used);
        self.arbos_state(|store| {
            retry::settle(store, retry, arbos, succeeded, gas_used, block.base_fee_wei)
        })?;
        Ok(self.record_of_network(&transaction, outcome, block.base_fee_wei, watched))
    }

    fn run_redeem(&mut self, retry: &RetryTx, traced: bool) -> Result<Outcome, Rejected> {
        let block = self.pending();
        let offer = Offer {
            max_fee_wei: block.base_fee_wei.into(),
            tip_wei: 0,
        };
        let request = Request {
            from: retry.from,
            to: retry.to,
            value_wei: Some(retry.value_wei),
            data: retry.data.clone(),
            gas: Some(retry.gas),
            traced,
            ..Request::default()
        };
        let surroundings = Surroundings {
            tx_type: RETRY_TX_TYPE,
            redeem: Some(CurrentRedeem {
                ticket_id: retry.ticket_id,
                refund_to: retry.refund_to,
            }),
            ..self.surroundings(block)
        };
        let recent = self.open_block().recent.clone();
        let executed = self.machine.execute(
            self.state_reader(block),
            &request,
            self.block_env(block, offer.max_fee_wei),
            retry.gas,
            offer,
            (recent, surroundings),
        );
        match executed {
            Ok((outcome, changes, recent)) => {
                self.open_block().recent = recent;
                self.state_mut().commit(changes);
                Ok(outcome)
            }
            Err(error @ (Rejected::Unreadable(_) | Rejected::Engine(_))) => Err(error),
            // The gas does not even cover what comes before the call: it is gone.
            Err(_) => {
                self.arbos_state(|store| {
                    store.burn_wei(retry.from, U256::from(retry.gas) * U256::from(block.base_fee_wei))
                })?;
                Ok(ended(
                    Status::Halted(crate::Halt::OutOfGas),
                    retry.gas,
                    Vec::new(),
                ))
            }
        }
    }
}

/// The redeem as it stands in a block.
fn shown(retry: &RetryTx) -> Redeem {
    Redeem {
        chain_id: retry.chain_id,
        nonce: retry.nonce,
        from: retry.from,
        gas_fee_cap: retry.gas_fee_cap_wei,
        gas: retry.gas,
        to: retry.to.map_or(TxKind::Create, TxKind::Call),
        value: retry.value_wei,
        data: retry.data.clone(),
        ticket_id: retry.ticket_id,
        refund_to: retry.refund_to,
        max_refund: retry.max_refund_wei,
        submission_fee_refund: retry.submission_fee_refund_wei,
    }
}
