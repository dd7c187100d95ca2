//! Messages from L1, deposits and retryable tickets, and the redeems that transactions schedule.
//!
//! What they do to the state are ArbOS's rules in `mintage-vm`; here they get their blocks, receipts and places. Senders are
//! aliased as the inbox on L1 does it, so that no contract there can pass for an account here.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256};
use mintage_vm::arbos::retry::{self, ARB_RETRYABLE_TX, RETRY_TX_TYPE, RetryTx};
use mintage_vm::arbos::storage::{Failure, Free, Store};
use mintage_vm::arbos::{CurrentRedeem, alias};

use crate::Chain;
use crate::error::Rejected;
use crate::execute::{Request, Surroundings};
use crate::include::Included;
use crate::outcome::Outcome;
use crate::receipt::Status;
use crate::transaction::{Deposit, Redeem, SubmitRetryable, Transaction, TransactionKind};

/// A retryable ticket as it is sent on L1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetryableMessage {
    /// Who sends it on L1.
    pub from: Address,
    /// Wei that come with it.
    pub deposit_wei: U256,
    /// What the ticket calls; a creation if none.
    pub to: Option<Address>,
    /// Wei for that call.
    pub value_wei: U256,
    /// Calldata of that call.
    pub data: Bytes,
    /// Gas limit of the first redeem.
    pub gas: u64,
    /// The most to pay for a unit of gas of the first redeem, in wei.
    pub max_fee_wei: U256,
    /// The most to pay for keeping the ticket, in wei.
    pub max_submission_fee_wei: U256,
    /// Base fee on L1, in wei, from which the price of keeping the ticket follows.
    pub l1_base_fee_wei: U256,
    /// Who receives what was paid too much.
    pub fee_refund_address: Address,
    /// Who may cancel the ticket.
    pub beneficiary: Address,
}

impl Chain {
    /// Brings ether from L1, in a block of its own: it is minted to the sender's alias and moved to `to`. Returns the hash of
    /// the transaction of type 0x64.
    ///
    /// # Errors
    /// [`Rejected::Unreadable`] on a fork whose other chain does not answer.
    pub fn deposit(&mut self, from: Address, to: Address, wei: U256) -> Result<B256, Rejected> {
        self.seal_if_open();
        let hash = self.whole(|chain| chain.take_deposit(from, to, wei))?;
        self.seal_if_open();
        Ok(hash)
    }

    fn take_deposit(&mut self, from: Address, to: Address, wei: U256) -> Result<B256, Rejected> {
        let sender = alias::to_l2(from);
        let request_id = self.next_message(sender);
        let deposit = Deposit {
            chain_id: self.chain_id(),
            request_id,
            from: sender,
            to,
            value: wei,
        };
        self.arbos_state(|store| {
            store.mint(sender, wei)?;
            store.transfer(sender, to, wei)
        })?;
        let transaction = Arc::new(Transaction::of_network(TransactionKind::Deposit(deposit)));
        let hash = transaction.hash();
        self.record_of_network(transaction, ended(Status::Success, 0, Vec::new()), 0);
        Ok(hash)
    }

    /// Brings a retryable ticket from L1, in a block of its own. If its first redeem is paid for, that runs next in the same
    /// block. Returns the hash of the transaction of type 0x69, which is the ticket's name; whether the ticket was created
    /// is in its receipt.
    ///
    /// # Errors
    /// As [`Chain::deposit`].
    pub fn submit_retryable(&mut self, message: &RetryableMessage) -> Result<B256, Rejected> {
        self.seal_if_open();
        let hash = self.whole(|chain| chain.take_retryable(message))?;
        self.seal_if_open();
        Ok(hash)
    }

    fn take_retryable(&mut self, message: &RetryableMessage) -> Result<B256, Rejected> {
        let sender = alias::to_l2(message.from);
        let request_id = self.next_message(sender);
        let submit = self.submission(message, sender, request_id);
        let shown = shown_submission(&submit);
        let transaction = Arc::new(Transaction::of_network(TransactionKind::SubmitRetryable(
            Box::new(shown),
        )));
        let hash = transaction.hash();
        let block = self.pending();
        let arbos = self.arbos();
        let submitted =
            self.arbos_state(|store| submit.execute(store, arbos, block.timestamp, block.base_fee_wei))?;
        let status = if submitted.succeeded {
            Status::Success
        } else {
            Status::Reverted
        };
        let price_wei = if submitted.gas_used > 0 {
            block.base_fee_wei
        } else {
            0
        };
        self.record_of_network(
            transaction,
            ended(status, submitted.gas_used, submitted.logs),
            price_wei,
        );
        self.run_redeems(submitted.redeem.into_iter().collect())?;
        Ok(hash)
    }

    fn submission(
        &self,
        message: &RetryableMessage,
        from: Address,
        request_id: B256,
    ) -> retry::SubmitRetryable {
        retry::SubmitRetryable {
            chain_id: self.chain_id(),
            request_id,
            from,
            l1_base_fee_wei: message.l1_base_fee_wei,
            deposit_wei: message.deposit_wei,
            gas_fee_cap_wei: message.max_fee_wei,
            gas: message.gas,
            retry_to: message.to,
            retry_value_wei: message.value_wei,
            beneficiary: message.beneficiary,
            max_submission_fee_wei: message.max_submission_fee_wei,
            fee_refund_address: message.fee_refund_address,
            retry_data: message.data.clone(),
        }
    }

    /// Opens the block of the next message from L1, and names the message by its number.
    fn next_message(&mut self, sender: Address) -> B256 {
        self.open_block().coinbase = sender;
        self.delayed_messages += 1;
        U256::from(self.delayed_messages).into()
    }

    /// Runs ArbOS's rules on the state, free of charge.
    pub(crate) fn arbos_state<T>(
        &mut self,
        act: impl FnOnce(&mut dyn Store) -> Result<T, Failure>,
    ) -> Result<T, Rejected> {
        let state = Arc::make_mut(&mut self.state);
        act(&mut Free(state)).map_err(|failure| Rejected::Engine(format!("ArbOS's state: {failure:?}")))
    }

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

    fn run_redeems(&mut self, redeems: Vec<RetryTx>) -> Result<(), Rejected> {
        let mut waiting = std::collections::VecDeque::from(redeems);
        while let Some(next) = waiting.pop_front() {
            let logs = self.redeem(&next)?;
            waiting.extend(self.scheduled_by(&logs)?);
        }
        Ok(())
    }

    /// One redeem: the value leaves escrow, the call runs as a transaction of the ticket's sender whose gas is paid for, and
    /// what is left goes back.
    fn redeem(&mut self, retry: &RetryTx) -> Result<Vec<Log>, Rejected> {
        let (arbos, block) = (self.arbos(), self.pending());
        let transaction = Arc::new(Transaction::of_network(TransactionKind::Redeem(Box::new(
            shown_redeem(retry),
        ))));
        let began = self.arbos_state(|store| retry::begin(store, retry, arbos, block.timestamp))?;
        if !began {
            self.record_of_network(transaction, ended(Status::Reverted, 0, Vec::new()), 0);
            return Ok(Vec::new());
        }
        let outcome = self.run_redeem(retry)?;
        let (succeeded, gas_used) = (outcome.status == Status::Success, outcome.gas_used);
        self.arbos_state(|store| {
            retry::settle(store, retry, arbos, succeeded, gas_used, block.base_fee_wei)
        })?;
        let logs = outcome.logs.clone();
        self.record_of_network(transaction, outcome, block.base_fee_wei);
        Ok(logs)
    }

    fn run_redeem(&mut self, retry: &RetryTx) -> Result<Outcome, Rejected> {
        let block = self.pending();
        let price_wei = u128::from(block.base_fee_wei);
        let request = Request {
            from: retry.from,
            to: retry.to,
            value_wei: Some(retry.value_wei),
            data: retry.data.clone(),
            gas: Some(retry.gas),
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
            self.block_env(block, price_wei),
            retry.gas,
            price_wei,
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

    fn record_of_network(&mut self, transaction: Arc<Transaction>, outcome: Outcome, price_wei: u64) {
        self.record(Included {
            from: transaction.from(),
            to: transaction.to(),
            nonce: transaction.nonce(),
            shown: Some(transaction),
            outcome,
            poster_gas: 0,
            price_wei,
        });
    }
}

/// The outcome of what ran without the EVM.
fn ended(status: Status, gas_used: u64, logs: Vec<Log>) -> Outcome {
    Outcome {
        status,
        output: Bytes::new(),
        created: None,
        logs,
        gas_used,
        gas_refunded: 0,
        trace: None,
        touched: Vec::new(),
    }
}

fn kind(to: Option<Address>) -> TxKind {
    to.map_or(TxKind::Create, TxKind::Call)
}

fn shown_submission(submit: &retry::SubmitRetryable) -> SubmitRetryable {
    SubmitRetryable {
        chain_id: submit.chain_id,
        request_id: submit.request_id,
        from: submit.from,
        l1_base_fee: submit.l1_base_fee_wei,
        deposit_value: submit.deposit_wei,
        gas_fee_cap: submit.gas_fee_cap_wei,
        gas: submit.gas,
        retry_to: kind(submit.retry_to),
        retry_value: submit.retry_value_wei,
        beneficiary: submit.beneficiary,
        max_submission_fee: submit.max_submission_fee_wei,
        fee_refund_addr: submit.fee_refund_address,
        retry_data: submit.retry_data.clone(),
    }
}

fn shown_redeem(retry: &RetryTx) -> Redeem {
    Redeem {
        chain_id: retry.chain_id,
        nonce: retry.nonce,
        from: retry.from,
        gas_fee_cap: retry.gas_fee_cap_wei,
        gas: retry.gas,
        to: kind(retry.to),
        value: retry.value_wei,
        data: retry.data.clone(),
        ticket_id: retry.ticket_id,
        refund_to: retry.refund_to,
        max_refund: retry.max_refund_wei,
        submission_fee_refund: retry.submission_fee_refund_wei,
    }
}
