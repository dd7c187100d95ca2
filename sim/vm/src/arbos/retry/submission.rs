//! The submission of a ticket: what it pays, what it puts into escrow, and the first redeem that it may schedule.

use alloy_rlp::Encodable;
use revm::primitives::{Address, B256, Bytes, Log, U256, keccak256};

use super::{
    super::{
        fees::FeeSplit,
        retryable::{self, Ticket, escrow},
        schema::schema,
        storage::{Failure, Result, Store},
        version::ArbosVersion,
    },
    ARB_RETRYABLE_TX, MIN_REDEEM_GAS, RetryTx, SUBMIT_TX_TYPE, TICKET_CREATED, Terms, encode_receiver,
    execution::Budget,
    typed_list,
};

/// A submission of a ticket, type 0x69.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmitRetryable {
    /// Chain's id.
    pub chain_id: u64,
    /// Number of the L1 message.
    pub request_id: B256,
    /// Who submits: an aliased L1 address.
    pub from: Address,
    /// Wei for a unit of gas on L1, by which the submission fee is counted.
    pub l1_base_fee_wei: U256,
    /// Wei that come from L1 with it.
    pub deposit_wei: U256,
    /// The most that a unit of the redeem's gas may cost.
    pub gas_fee_cap_wei: U256,
    /// Gas of the redeem.
    pub gas: u64,
    /// Receiver of the message; `None` deploys.
    pub retry_to: Option<Address>,
    /// Wei of the message.
    pub retry_value_wei: U256,
    /// Who may cancel the ticket, and receives its value when it dies.
    pub beneficiary: Address,
    /// The most that the submission may cost.
    pub max_submission_fee_wei: U256,
    /// Who receives what was deposited too much.
    pub fee_refund_address: Address,
    /// Calldata or init code of the message.
    pub retry_data: Bytes,
}

/// What a submission did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submitted {
    /// Whether the ticket was created. If not, only the deposit was made.
    pub succeeded: bool,
    /// Gas that the submission's receipt shows: the redeem's limit when one was scheduled, else 0.
    pub gas_used: u64,
    /// Its logs.
    pub logs: Vec<Log>,
    /// The redeem that runs next.
    pub redeem: Option<RetryTx>,
}

impl SubmitRetryable {
    /// Canonical bytes: the type, then the fields as an RLP list.
    pub fn raw(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        self.chain_id.encode(&mut fields);
        self.request_id.encode(&mut fields);
        self.from.encode(&mut fields);
        self.l1_base_fee_wei.encode(&mut fields);
        self.deposit_wei.encode(&mut fields);
        self.gas_fee_cap_wei.encode(&mut fields);
        self.gas.encode(&mut fields);
        encode_receiver(self.retry_to, &mut fields);
        self.retry_value_wei.encode(&mut fields);
        self.beneficiary.encode(&mut fields);
        self.max_submission_fee_wei.encode(&mut fields);
        self.fee_refund_address.encode(&mut fields);
        self.retry_data.encode(&mut fields);
        typed_list(SUBMIT_TX_TYPE, &fields)
    }

    /// Hash of the transaction: the name of its ticket.
    pub fn hash(&self) -> B256 {
        keccak256(self.raw())
    }

    /// What the submission costs: (1400 + 6 for each byte of data) times the L1 base fee.
    pub fn submission_fee_wei(&self) -> U256 {
        let units = 1_400 + 6 * self.retry_data.len() as u64;
        self.l1_base_fee_wei.saturating_mul(U256::from(units))
    }

    /// Executes it: makes the deposit, creates the ticket and schedules its first redeem if that is paid for.
    pub fn execute(
        &self,
        store: &mut dyn Store,
        arbos: ArbosVersion,
        now_ts: u64,
        base_fee_wei: u64,
    ) -> Result<Submitted> {
        store.mint(self.from, self.deposit_wei)?;
        let fee_wei = self.submission_fee_wei();
        let max_fee_wei = self.max_submission_fee_wei;
        let needed_wei = max_fee_wei.saturating_add(self.retry_value_wei);
        if max_fee_wei < fee_wei || store.ledger().balance(self.from)? < needed_wei {
            return Ok(Submitted::default());
        }
        let id = self.hash();
        // Refunds never exceed what came with the message.
        let mut deposit = Budget(self.deposit_wei);
        let network = store.read_address(schema().root.network_fee_account)?;
        store.transfer(self.from, network, fee_wei)?;
        let paid_fee_wei = deposit.take(fee_wei);
        let excess_wei = deposit.take(max_fee_wei - fee_wei);
        store.transfer(self.from, self.fee_refund_address, excess_wei)?;
        deposit.take(self.retry_value_wei);
        store.transfer(self.from, escrow(id), self.retry_value_wei)?;
        let ticket = Ticket {
            tries: 0,
            from: self.from,
            to: self.retry_to,
            value_wei: self.retry_value_wei,
            beneficiary: self.beneficiary,
            data: self.retry_data.clone(),
        };
        retryable::create(store, id, &ticket, now_ts)?;
        let created = Log::new_unchecked(ARB_RETRYABLE_TX, vec![TICKET_CREATED, id], Bytes::new());
        let mut submitted = Submitted {
            succeeded: true,
            logs: vec![created],
            ..Submitted::default()
        };
        self.schedule(
            store,
            arbos,
            now_ts,
            base_fee_wei,
            (deposit, paid_fee_wei),
            &mut submitted,
        )?;
        Ok(submitted)
    }

    /// Pays for the first redeem and schedules it, or gives the gas funds back.
    fn schedule(
        &self,
        store: &mut dyn Store,
        arbos: ArbosVersion,
        now_ts: u64,
        base_fee_wei: u64,
        (mut deposit, paid_fee_wei): (Budget, U256),
        submitted: &mut Submitted,
    ) -> Result<()> {
        let gas = U256::from(self.gas);
        let most_wei = gas.saturating_mul(self.gas_fee_cap_wei);
        let payable = store.ledger().balance(self.from)? >= most_wei
            && self.gas >= MIN_REDEEM_GAS
            && self.gas_fee_cap_wei >= U256::from(base_fee_wei);
        if !payable {
            let back_wei = deposit.take(most_wei);
            return match store.transfer(self.from, self.fee_refund_address, back_wei) {
                // Who spent the funds elsewhere gets none back.
                Err(Failure::Plain) => Ok(()),
                other => other,
            };
        }
        let cost_wei = gas.saturating_mul(U256::from(base_fee_wei));
        self.pay_gas(store, base_fee_wei)?;
        let withheld_wei = deposit.take(cost_wei);
        let too_much_wei = deposit.take(most_wei - cost_wei);
        store.transfer(self.from, self.fee_refund_address, too_much_wei)?;
        let terms = Terms {
            gas: self.gas,
            refund_to: self.fee_refund_address,
            max_refund_wei: deposit
                .0
                .saturating_add(withheld_wei)
                .saturating_add(paid_fee_wei),
            submission_fee_refund_wei: self.submission_fee_wei(),
        };
        let Some(redeem) = retryable::begin_redeem(store, arbos, self.hash(), now_ts)? else {
            return Ok(());
        };
        let retry = super::make(redeem, self.chain_id, base_fee_wei, terms);
        submitted.logs.push(terms.log(&retry));
        submitted.gas_used = self.gas;
        submitted.redeem = Some(retry);
        Ok(())
    }

    fn pay_gas(&self, store: &mut dyn Store, base_fee_wei: u64) -> Result<()> {
        let slots = schema();
        let network = store.read_address(slots.root.network_fee_account)?;
        let infra = store.read_address(slots.root.infra_fee_account)?;
        let least = store.read_u64(slots.l2.min_base_fee)?;
        let split = FeeSplit::new(self.gas, 0, base_fee_wei, 0, least, !infra.is_zero());
        store.transfer(self.from, infra, split.infra_wei)?;
        store.transfer(self.from, network, split.network_wei)
    }
}
