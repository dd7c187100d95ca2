//! The transactions around retryable tickets: submission (type 0x69) and the redeem (type 0x68) that a submission or
//! ArbRetryableTx.redeem schedules.
//!
//! A chain executes a scheduled redeem in the same block, right after the transaction that scheduled it:
//! [`scheduled`] finds them in a transaction's logs, [`begin`] prepares the state, the EVM runs the message as an
//! ordinary transaction from the ticket's sender, [`settle`] ends it.

use alloy_rlp::{Encodable, Header};
use revm::primitives::{Address, B256, Bytes, Log, U256, address, b256, keccak256};

use super::{
    retryable::{self, LIFETIME_SECS, Redeem, Ticket, escrow},
    schema::schema,
    storage::{Failure, Result, Store},
    version::ArbosVersion,
};

/// ArbRetryableTx's address.
pub const ARB_RETRYABLE_TX: Address = address!("000000000000000000000000000000000000006e");
/// Type of a redeem's transaction.
pub const RETRY_TX_TYPE: u8 = 0x68;
/// Type of a submission.
pub const SUBMIT_TX_TYPE: u8 = 0x69;
/// Least gas of a redeem.
pub const MIN_REDEEM_GAS: u64 = 21_000;

/// Topic of `TicketCreated(bytes32)`.
pub const TICKET_CREATED: B256 = b256!("7c793cced5743dc5f531bbe2bfb5a9fa3f40adef29231e6ab165c08a29e3dd89");
/// Topic of `RedeemScheduled(bytes32,bytes32,uint64,uint64,address,uint256,uint256)`.
pub const REDEEM_SCHEDULED: B256 = b256!("5ccd009502509cf28762c67858994d85b163bb6e451f5e9df7c5e18c9c2e123e");

/// A redeem's transaction, type 0x68.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryTx {
    /// Chain's id.
    pub chain_id: u64,
    /// Number of the try, from 0.
    pub nonce: u64,
    /// Who sends the message: the ticket's sender.
    pub from: Address,
    /// Wei for a unit of gas: the base fee of the block that scheduled it.
    pub gas_fee_cap_wei: U256,
    /// Gas that was donated.
    pub gas: u64,
    /// Who receives it; `None` deploys.
    pub to: Option<Address>,
    /// Wei sent along, in escrow until [`begin`].
    pub value_wei: U256,
    /// Calldata or init code.
    pub data: Bytes,
    /// Name of the ticket.
    pub ticket_id: B256,
    /// Who receives refunds.
    pub refund_to: Address,
    /// The most that is refunded to it; the rest goes to the sender.
    pub max_refund_wei: U256,
    /// Submission fee that comes back if it succeeds.
    pub submission_fee_refund_wei: U256,
}

impl RetryTx {
    fn of(redeem: Redeem, chain_id: u64, base_fee_wei: u64, terms: Terms) -> Self {
        Self {
            chain_id,
            nonce: redeem.tries,
            from: redeem.from,
            gas_fee_cap_wei: U256::from(base_fee_wei),
            gas: terms.gas,
            to: redeem.to,
            value_wei: redeem.value_wei,
            data: redeem.data,
            ticket_id: redeem.id,
            refund_to: terms.refund_to,
            max_refund_wei: terms.max_refund_wei,
            submission_fee_refund_wei: terms.submission_fee_refund_wei,
        }
    }

    /// Canonical bytes: the type, then the fields as an RLP list.
    pub fn raw(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        self.chain_id.encode(&mut fields);
        self.nonce.encode(&mut fields);
        self.from.encode(&mut fields);
        self.gas_fee_cap_wei.encode(&mut fields);
        self.gas.encode(&mut fields);
        encode_receiver(self.to, &mut fields);
        self.value_wei.encode(&mut fields);
        self.data.encode(&mut fields);
        self.ticket_id.encode(&mut fields);
        self.refund_to.encode(&mut fields);
        self.max_refund_wei.encode(&mut fields);
        self.submission_fee_refund_wei.encode(&mut fields);
        typed_list(RETRY_TX_TYPE, &fields)
    }

    /// Hash of the transaction.
    pub fn hash(&self) -> B256 {
        keccak256(self.raw())
    }
}

/// Under which terms a redeem runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) gas: u64,
    pub(crate) refund_to: Address,
    pub(crate) max_refund_wei: U256,
    pub(crate) submission_fee_refund_wei: U256,
}

impl Terms {
    /// The log that schedules a redeem under these terms.
    pub(crate) fn log(&self, retry: &RetryTx) -> Log {
        let words = [
            U256::from(self.gas),
            U256::from_be_bytes(self.refund_to.into_word().0),
            self.max_refund_wei,
            self.submission_fee_refund_wei,
        ];
        let data: Vec<u8> = words.iter().flat_map(U256::to_be_bytes::<32>).collect();
        let sequence = B256::from(U256::from(retry.nonce));
        Log::new_unchecked(
            ARB_RETRYABLE_TX,
            vec![REDEEM_SCHEDULED, retry.ticket_id, retry.hash(), sequence],
            data.into(),
        )
    }
}

fn encode_receiver(to: Option<Address>, out: &mut Vec<u8>) {
    to.as_ref().map_or(&[][..], |to| to.as_slice()).encode(out);
}

fn typed_list(kind: u8, fields: &[u8]) -> Vec<u8> {
    let header = Header {
        list: true,
        payload_length: fields.len(),
    };
    let mut raw = vec![kind];
    header.encode(&mut raw);
    raw.extend_from_slice(fields);
    raw
}

/// Makes the redeem's transaction of a ticket that was counted as tried.
pub(crate) fn make(redeem: Redeem, chain_id: u64, base_fee_wei: u64, terms: Terms) -> RetryTx {
    RetryTx::of(redeem, chain_id, base_fee_wei, terms)
}

/// The redeems that the logs of a transaction schedule, in order. The logs must be those that the transaction left: what
/// was reverted scheduled nothing.
///
/// # Errors
/// [`Failure::Ledger`] when the state fails.
pub fn scheduled(
    store: &mut dyn Store,
    logs: &[Log],
    arbos: ArbosVersion,
    chain_id: u64,
    base_fee_wei: u64,
    now_ts: u64,
) -> Result<Vec<RetryTx>> {
    let mut found = Vec::new();
    for log in logs {
        if log.address != ARB_RETRYABLE_TX || log.topics().first() != Some(&REDEEM_SCHEDULED) {
            continue;
        }
        let (&[_, id, _, sequence], [gas, refund_to, max_refund_wei, fee_refund_wei]) =
            (log.topics(), words(&log.data.data))
        else {
            continue;
        };
        // A ticket that the same transaction cancelled afterwards is not there any more.
        let Some(open) = retryable::open(store, arbos, id, now_ts)? else {
            continue;
        };
        let ticket = open.read(store)?;
        let redeem = Redeem {
            id,
            tries: U256::from_be_bytes(sequence.0).saturating_to(),
            from: ticket.from,
            to: ticket.to,
            value_wei: ticket.value_wei,
            data: ticket.data,
        };
        let terms = Terms {
            gas: gas.saturating_to(),
            refund_to: Address::from_word(refund_to.into()),
            max_refund_wei,
            submission_fee_refund_wei: fee_refund_wei,
        };
        found.push(RetryTx::of(redeem, chain_id, base_fee_wei, terms));
    }
    Ok(found)
}

fn words(data: &[u8]) -> [U256; 4] {
    std::array::from_fn(|index| {
        data.get(index * 32..index * 32 + 32)
            .map(U256::from_be_slice)
            .unwrap_or_default()
    })
}

/// Prepares a redeem: its value leaves escrow, and the gas that was paid for appears at the sender, who pays it as any
/// sender does. `false` when the ticket is gone by now: the transaction then fails without effect and without gas.
pub fn begin(store: &mut dyn Store, retry: &RetryTx, arbos: ArbosVersion, now_ts: u64) -> Result<bool> {
    if retryable::open(store, arbos, retry.ticket_id, now_ts)?.is_none() {
        return Ok(false);
    }
    match store.transfer(escrow(retry.ticket_id), retry.from, retry.value_wei) {
        Err(Failure::Plain) => return Ok(false),
        other => other?,
    }
    let prepaid_wei = retry.gas_fee_cap_wei.saturating_mul(U256::from(retry.gas));
    store.mint(retry.from, prepaid_wei)?;
    Ok(true)
}

/// Ends a redeem that [`begin`] prepared and the EVM ran as a transaction of `retry.from` at a price of the base fee:
/// the sender holds the wei of the gas that was left, and no one has received the fee yet (it was received when the
/// redeem was scheduled).
///
/// Gas that was left is refunded, a ticket that succeeded is removed, the value of one that failed goes back to escrow,
/// and the backlogs grow by all of the gas that was used.
pub fn settle(
    store: &mut dyn Store,
    retry: &RetryTx,
    arbos: ArbosVersion,
    succeeded: bool,
    gas_used: u64,
    base_fee_wei: u64,
) -> Result<()> {
    let slots = schema();
    let gas_left = retry.gas.saturating_sub(gas_used);
    let fee = U256::from(base_fee_wei);
    let network = store.read_address(slots.root.network_fee_account)?;
    let infra = store.read_address(slots.root.infra_fee_account)?;
    // The wei came back to the sender; they are given out below, from who received them.
    store.burn_wei(
        retry.from,
        retry.gas_fee_cap_wei.saturating_mul(U256::from(gas_left)),
    )?;
    let mut budget = Budget(retry.max_refund_wei);
    if succeeded {
        budget.refund(store, network, retry, retry.submission_fee_refund_wei)?;
    } else {
        budget.take(retry.submission_fee_refund_wei);
    }
    budget.take(fee.saturating_mul(U256::from(gas_used)));
    let least = store.read_u64(slots.l2.min_base_fee)?;
    let infra_fee = if infra.is_zero() {
        0
    } else {
        base_fee_wei.min(least)
    };
    let left = U256::from(gas_left);
    budget.refund(store, infra, retry, left.saturating_mul(U256::from(infra_fee)))?;
    let network_wei = left.saturating_mul(U256::from(base_fee_wei - infra_fee));
    budget.refund(store, network, retry, network_wei)?;
    if succeeded {
        remove(store, retry.ticket_id)?;
    } else {
        store.transfer(retry.from, escrow(retry.ticket_id), retry.value_wei)?;
    }
    super::gas_price::grow(store, arbos, gas_used, &[0; super::multi_gas::KINDS])
}

/// Removes a ticket whatever its age: a redeem may succeed in the second after its end.
fn remove(store: &mut dyn Store, id: B256) -> Result<()> {
    match retryable::open(store, ArbosVersion::V61, id, 0)? {
        Some(ticket) => ticket.delete(store),
        None => Ok(()),
    }
}

/// What may still go to the receiver of refunds; what is beyond goes to the sender.
struct Budget(U256);

impl Budget {
    fn take(&mut self, wei: U256) -> U256 {
        let taken = wei.min(self.0);
        self.0 -= taken;
        taken
    }

    /// Refunds from an account; one that is short gives nothing at all.
    fn refund(&mut self, store: &mut dyn Store, from: Address, retry: &RetryTx, wei: U256) -> Result<()> {
        if store.ledger().balance(from)? < wei {
            return Ok(());
        }
        let to_receiver = self.take(wei);
        store.transfer(from, retry.refund_to, to_receiver)?;
        store.transfer(from, retry.from, wei - to_receiver)
    }
}

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
        let retry = RetryTx::of(redeem, self.chain_id, base_fee_wei, terms);
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
        let split = super::fees::FeeSplit::new(self.gas, 0, base_fee_wei, 0, least, !infra.is_zero());
        store.transfer(self.from, infra, split.infra_wei)?;
        store.transfer(self.from, network, split.network_wei)
    }
}

/// Until when a ticket that is submitted now lives at first.
pub const fn first_timeout_ts(now_ts: u64) -> u64 {
    now_ts.saturating_add(LIFETIME_SECS)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            genesis::ArbosGenesis,
            storage::{Free, Ledger, MemoryLedger},
        },
        *,
    };

    const NOW: u64 = 1_000_000;
    const FROM: Address = Address::repeat_byte(0xf0);
    const TO: Address = Address::repeat_byte(0x70);
    const BENEFICIARY: Address = Address::repeat_byte(0xbe);
    const REFUND: Address = Address::repeat_byte(0x4e);
    const NETWORK: Address = Address::repeat_byte(0xee);
    const INFRA: Address = Address::repeat_byte(0x1f);
    const BASE_FEE: u64 = 100_000_000;
    const V: ArbosVersion = ArbosVersion::V61;

    fn chain() -> MemoryLedger {
        let mut ledger = MemoryLedger::default();
        let genesis = ArbosGenesis {
            network_fee_account: NETWORK,
            infra_fee_account: INFRA,
            min_base_fee_wei: 60_000_000,
            ..ArbosGenesis::default()
        };
        genesis.write(&mut ledger).unwrap();
        ledger
    }

    fn wei(n: u64) -> U256 {
        U256::from(n)
    }

    fn submission() -> SubmitRetryable {
        SubmitRetryable {
            chain_id: 412_346,
            request_id: B256::with_last_byte(1),
            from: FROM,
            l1_base_fee_wei: wei(10),
            deposit_wei: wei(10_000_000_000_000_000),
            gas_fee_cap_wei: wei(BASE_FEE * 2),
            gas: 100_000,
            retry_to: Some(TO),
            retry_value_wei: wei(777),
            beneficiary: BENEFICIARY,
            max_submission_fee_wei: wei(50_000),
            fee_refund_address: REFUND,
            retry_data: vec![5; 33].into(),
        }
    }

    fn total(ledger: &MemoryLedger) -> U256 {
        ledger.balances.values().fold(U256::ZERO, |sum, wei| sum + wei)
    }

    fn balance(ledger: &mut MemoryLedger, of: Address) -> U256 {
        ledger.balance(of).unwrap()
    }

    #[test]
    fn test_submission_pays_escrows_and_schedules() {
        let mut ledger = chain();
        let submission = submission();
        let done = submission
            .execute(&mut Free(&mut ledger), V, NOW, BASE_FEE)
            .unwrap();
        let fee = wei(10 * (1400 + 6 * 33));
        assert_eq!(submission.submission_fee_wei(), fee);
        assert!(done.succeeded);
        assert_eq!((done.gas_used, done.logs.len()), (100_000, 2));
        assert_eq!(done.logs[0].topics(), [TICKET_CREATED, submission.hash()]);
        let retry = done.redeem.unwrap();
        assert_eq!(done.logs[1].topics()[2], retry.hash());
        assert_eq!(retry.nonce, 0);
        let gas_wei = wei(100_000) * wei(BASE_FEE);
        assert_eq!(balance(&mut ledger, escrow(submission.hash())), wei(777));
        assert_eq!(balance(&mut ledger, INFRA), wei(100_000) * wei(60_000_000));
        assert_eq!(
            balance(&mut ledger, NETWORK),
            fee + wei(100_000) * wei(40_000_000)
        );
        assert_eq!(balance(&mut ledger, REFUND), wei(50_000) - fee + gas_wei);
        assert_eq!(total(&ledger), submission.deposit_wei, "nothing is made or lost");
        // The whole deposit but the value, the excess and the price above the base fee.
        let refunded = wei(50_000) - fee + gas_wei;
        assert_eq!(retry.max_refund_wei, submission.deposit_wei - wei(777) - refunded);
        let logs = done.logs;
        let found = scheduled(&mut Free(&mut ledger), &logs, V, 412_346, BASE_FEE, NOW).unwrap();
        assert_eq!(found, [retry], "the logs tell the same redeem");
    }

    #[test]
    fn test_submission_without_gas_waits_and_one_without_fee_only_deposits() {
        let mut ledger = chain();
        let cheap = SubmitRetryable {
            gas_fee_cap_wei: wei(BASE_FEE - 1),
            ..submission()
        };
        let done = cheap.execute(&mut Free(&mut ledger), V, NOW, BASE_FEE).unwrap();
        assert!(done.succeeded && done.redeem.is_none());
        assert_eq!((done.gas_used, done.logs.len()), (0, 1));
        let gas_funds = wei(100_000) * wei(BASE_FEE - 1);
        let fee = cheap.submission_fee_wei();
        assert_eq!(balance(&mut ledger, REFUND), wei(50_000) - fee + gas_funds);

        let mut ledger = chain();
        let poor = SubmitRetryable {
            max_submission_fee_wei: submission().submission_fee_wei() - wei(1),
            ..submission()
        };
        let done = poor.execute(&mut Free(&mut ledger), V, NOW, BASE_FEE).unwrap();
        assert_eq!(done, Submitted::default());
        assert_eq!(balance(&mut ledger, FROM), poor.deposit_wei);
    }

    /// The EVM between [`begin`] and [`settle`]: takes the gas, gives back what is left, moves the value on success.
    fn run(ledger: &mut MemoryLedger, retry: &RetryTx, succeeded: bool, gas_used: u64) {
        assert!(begin(&mut Free(ledger), retry, V, NOW).unwrap());
        let store = &mut Free(ledger);
        store
            .burn_wei(retry.from, wei(gas_used) * retry.gas_fee_cap_wei)
            .unwrap();
        if succeeded {
            store.transfer(retry.from, TO, retry.value_wei).unwrap();
        }
        settle(store, retry, V, succeeded, gas_used, BASE_FEE).unwrap();
    }

    #[test]
    fn test_redeem_that_succeeds_refunds_and_removes_the_ticket() {
        let mut ledger = chain();
        let submission = submission();
        let done = submission
            .execute(&mut Free(&mut ledger), V, NOW, BASE_FEE)
            .unwrap();
        let retry = done.redeem.unwrap();
        let before = total(&ledger);
        let refund_before = balance(&mut ledger, REFUND);
        run(&mut ledger, &retry, true, 30_000);
        assert_eq!(total(&ledger), before, "what was minted for gas was burnt again");
        assert_eq!(balance(&mut ledger, TO), wei(777));
        assert_eq!(balance(&mut ledger, INFRA), wei(30_000) * wei(60_000_000));
        assert_eq!(balance(&mut ledger, NETWORK), wei(30_000) * wei(40_000_000));
        let back = submission.submission_fee_wei() + wei(70_000) * wei(BASE_FEE);
        assert_eq!(balance(&mut ledger, REFUND), refund_before + back);
        let id = submission.hash();
        assert!(
            retryable::open(&mut Free(&mut ledger), V, id, NOW)
                .unwrap()
                .is_none()
        );
        assert!(
            !begin(&mut Free(&mut ledger), &retry, V, NOW).unwrap(),
            "not twice"
        );
        let backlog = Free(&mut ledger).peek(schema().l2.backlog).unwrap();
        assert_eq!(backlog, wei(30_000));
    }

    #[test]
    fn test_redeem_that_fails_puts_the_value_back() {
        let mut ledger = chain();
        let submission = submission();
        let done = submission
            .execute(&mut Free(&mut ledger), V, NOW, BASE_FEE)
            .unwrap();
        let retry = done.redeem.unwrap();
        let before = total(&ledger);
        run(&mut ledger, &retry, false, 100_000);
        assert_eq!(total(&ledger), before);
        assert_eq!(balance(&mut ledger, escrow(submission.hash())), wei(777));
        assert_eq!(balance(&mut ledger, TO), U256::ZERO);
        let open = retryable::open(&mut Free(&mut ledger), V, submission.hash(), NOW).unwrap();
        assert_eq!(open.unwrap().read(&mut Free(&mut ledger)).unwrap().tries, 1);
    }

    #[test]
    fn test_refund_from_an_account_that_is_short_is_skipped_whole() {
        let mut ledger = chain();
        let done = submission()
            .execute(&mut Free(&mut ledger), V, NOW, BASE_FEE)
            .unwrap();
        let retry = done.redeem.unwrap();
        ledger.set_balance(NETWORK, wei(5)).unwrap();
        let before = balance(&mut ledger, REFUND);
        run(&mut ledger, &retry, true, 30_000);
        assert_eq!(balance(&mut ledger, NETWORK), wei(5));
        assert_eq!(
            balance(&mut ledger, REFUND),
            before + wei(70_000) * wei(60_000_000)
        );
    }

    /// A ticket lives through the second of its end, and keepalives put weeks on.
    #[test]
    fn test_end_of_a_ticket_at_the_second() {
        let id = B256::with_last_byte(9);
        let ticket = Ticket {
            tries: 0,
            from: FROM,
            to: None,
            value_wei: U256::ZERO,
            beneficiary: BENEFICIARY,
            data: Bytes::new(),
        };
        for arbos in [ArbosVersion::V51, V] {
            let mut ledger = chain();
            let store = &mut Free(&mut ledger);
            retryable::create(store, id, &ticket, NOW).unwrap();
            let end = NOW + LIFETIME_SECS;
            assert_eq!(end, first_timeout_ts(NOW));
            assert!(retryable::open(store, arbos, id, end).unwrap().is_some());
            assert!(retryable::open(store, arbos, id, end + 1).unwrap().is_none());
            assert!(!retryable::reap_one(store, end).unwrap());
            let kept = retryable::keepalive(store, arbos, id, NOW).unwrap();
            assert_eq!(kept, retryable::Kept::Until(end + LIFETIME_SECS));
            let again = retryable::keepalive(store, arbos, id, NOW).unwrap();
            assert_eq!(again, retryable::Kept::TooSoon);
            // From ArbOS 60 the week counts before a block has moved the stored end.
            let alive = retryable::open(store, arbos, id, end + 1).unwrap().is_some();
            assert_eq!(alive, arbos >= ArbosVersion::V60);
            assert!(retryable::reap_one(store, end + 1).unwrap(), "moves the end");
            assert!(retryable::open(store, arbos, id, end + 1).unwrap().is_some());
            let last = end + LIFETIME_SECS;
            assert!(!retryable::reap_one(store, last).unwrap());
            store.mint(escrow(id), wei(3)).unwrap();
            assert!(retryable::reap_one(store, last + 1).unwrap(), "removes it");
            assert!(!retryable::reap_one(store, u64::MAX).unwrap());
            assert!(retryable::open(store, arbos, id, 0).unwrap().is_none());
            assert_eq!(balance(&mut ledger, BENEFICIARY), wei(3));
        }
    }
}
