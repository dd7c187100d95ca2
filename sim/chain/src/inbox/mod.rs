//! Messages from L1, deposits and retryable tickets, and the redeems that transactions schedule.
//!
//! What they do to the state are ArbOS's rules in `mintage-vm`; here they get their blocks, receipts and places. Senders are
//! aliased as the inbox on L1 does it, so that no contract there can pass for an account here. Each is first made into its
//! transaction, and what that transaction does follows from it alone: so it can run again ([`Chain::run_of_network`]).

mod frame;
mod redeem;

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256};
use mintage_vm::arbos::storage::{Failure, Free, Store};
use mintage_vm::arbos::{alias, retry};

use crate::Chain;
use crate::error::Rejected;
use crate::include::Included;
use crate::outcome::{Outcome, Touched};
use crate::receipt::{Receipt, Status};
use crate::transaction::{Deposit, SubmitRetryable, Transaction, TransactionKind};

pub(crate) use redeem::Redeems;

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
        let deposit = Deposit {
            chain_id: self.chain_id(),
            request_id: self.next_request(),
            from: alias::to_l2(from),
            to,
            value: wei,
        };
        self.take_message(TransactionKind::Deposit(deposit))
    }

    /// Brings a retryable ticket from L1, in a block of its own. If its first redeem is paid for, that runs next in the same
    /// block. Returns the hash of the transaction of type 0x69, which is the ticket's name; whether the ticket was created
    /// is in its receipt.
    ///
    /// # Errors
    /// As [`Chain::deposit`].
    pub fn submit_retryable(&mut self, message: &RetryableMessage) -> Result<B256, Rejected> {
        let submit = SubmitRetryable {
            chain_id: self.chain_id(),
            request_id: self.next_request(),
            from: alias::to_l2(message.from),
            l1_base_fee: message.l1_base_fee_wei,
            deposit_value: message.deposit_wei,
            gas_fee_cap: message.max_fee_wei,
            gas: message.gas,
            retry_to: message.to.map_or(TxKind::Create, TxKind::Call),
            retry_value: message.value_wei,
            beneficiary: message.beneficiary,
            max_submission_fee: message.max_submission_fee_wei,
            fee_refund_addr: message.fee_refund_address,
            retry_data: message.data.clone(),
        };
        self.take_message(TransactionKind::SubmitRetryable(Box::new(submit)))
    }

    /// Messages are named by their number.
    fn next_request(&self) -> B256 {
        U256::from(self.delayed_messages + 1).into()
    }

    fn take_message(&mut self, kind: TransactionKind) -> Result<B256, Rejected> {
        self.seal_if_open();
        let transaction = Arc::new(Transaction::of_network(kind));
        self.run_of_network(&transaction, false)?;
        self.seal_if_open();
        Ok(transaction.hash())
    }

    /// Runs a transaction that only the network makes, in the block that is open or in a new one: what came of it, and if
    /// it is `traced` what it looked at. A redeem runs only if it is the next of those that are held ([`Redeems`]).
    pub(crate) fn run_of_network(
        &mut self,
        transaction: &Arc<Transaction>,
        traced: bool,
    ) -> Result<(Receipt, Vec<Touched>), Rejected> {
        self.whole(|chain| match transaction.kind() {
            TransactionKind::Deposit(deposit) => {
                chain.begin_message(deposit.from);
                chain.take_deposit(transaction, deposit, traced)
            }
            TransactionKind::SubmitRetryable(submit) => {
                chain.begin_message(submit.from);
                chain.take_retryable(transaction, submit, traced)
            }
            TransactionKind::Redeem(_) => chain.redeem_held(traced),
            TransactionKind::Internal(_) => {
                let watched = chain.watch(traced);
                let base_fee_wei = chain.open_block().base_fee_wei;
                let outcome = ended(Status::Success, 0, Vec::new());
                Ok(chain.record_of_network(transaction, outcome, base_fee_wei, watched))
            }
            TransactionKind::Ethereum(_) => Err(Rejected::TypeNotSupported { ty: transaction.ty() }),
        })
    }

    /// Its block is made by who sent the message.
    fn begin_message(&mut self, sender: Address) {
        self.open_block().coinbase = sender;
        self.delayed_messages += 1;
    }

    fn take_deposit(
        &mut self,
        transaction: &Arc<Transaction>,
        deposit: &Deposit,
        traced: bool,
    ) -> Result<(Receipt, Vec<Touched>), Rejected> {
        let watched = self.watch(traced);
        self.arbos_state(|store| {
            store.mint(deposit.from, deposit.value)?;
            store.transfer(deposit.from, deposit.to, deposit.value)
        })?;
        let outcome = ended(Status::Success, 0, Vec::new());
        Ok(self.record_of_network(transaction, outcome, 0, watched))
    }

    fn take_retryable(
        &mut self,
        transaction: &Arc<Transaction>,
        submit: &SubmitRetryable,
        traced: bool,
    ) -> Result<(Receipt, Vec<Touched>), Rejected> {
        let watched = self.watch(traced);
        let (block, arbos, rule) = (self.pending(), self.arbos(), submission(submit));
        let submitted =
            self.arbos_state(|store| rule.execute(store, arbos, block.timestamp, block.base_fee_wei))?;
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
        let outcome = ended(status, submitted.gas_used, submitted.logs);
        let ran = self.record_of_network(transaction, outcome, price_wei, watched);
        self.run_redeems(submitted.redeem.into_iter().collect())?;
        Ok(ran)
    }

    /// Runs ArbOS's rules on the state, free of charge.
    pub(crate) fn arbos_state<T>(
        &mut self,
        act: impl FnOnce(&mut dyn Store) -> Result<T, Failure>,
    ) -> Result<T, Rejected> {
        let state = Arc::make_mut(&mut self.state);
        act(&mut Free(state)).map_err(|failure| Rejected::Engine(format!("ArbOS's state: {failure:?}")))
    }

    /// Puts it into the open block, with what of the state it touched if that was watched.
    fn record_of_network(
        &mut self,
        transaction: &Arc<Transaction>,
        mut outcome: Outcome,
        price_wei: u64,
        watched: frame::Watched,
    ) -> (Receipt, Vec<Touched>) {
        let touched = self.end_watch(watched, transaction, &mut outcome);
        let receipt = self.record(Included {
            from: transaction.from(),
            to: transaction.to(),
            nonce: transaction.nonce(),
            shown: Some(Arc::clone(transaction)),
            outcome,
            poster_gas: 0,
            price_wei: price_wei.into(),
        });
        (receipt, touched)
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

/// The transaction in the form of the rule that executes it.
fn submission(submit: &SubmitRetryable) -> retry::SubmitRetryable {
    retry::SubmitRetryable {
        chain_id: submit.chain_id,
        request_id: submit.request_id,
        from: submit.from,
        l1_base_fee_wei: submit.l1_base_fee,
        deposit_wei: submit.deposit_value,
        gas_fee_cap_wei: submit.gas_fee_cap,
        gas: submit.gas,
        retry_to: submit.retry_to.to().copied(),
        retry_value_wei: submit.retry_value,
        beneficiary: submit.beneficiary,
        max_submission_fee_wei: submit.max_submission_fee,
        fee_refund_address: submit.fee_refund_addr,
        retry_data: submit.retry_data.clone(),
    }
}
