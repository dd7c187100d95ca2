//! The transactions around retryable tickets: submission (type 0x69) and the redeem (type 0x68) that a submission or
//! ArbRetryableTx.redeem schedules.
//!
//! A chain executes a scheduled redeem in the same block, right after the transaction that scheduled it:
//! [`scheduled`] finds them in a transaction's logs, [`begin`] prepares the state, the EVM runs the message as an
//! ordinary transaction from the ticket's sender, [`settle`] ends it.

mod execution;
mod submission;
#[cfg(test)]
mod tests;

use alloy_rlp::{Encodable, Header};
use revm::primitives::{Address, B256, Bytes, Log, U256, address, b256, keccak256};

use super::{
    retryable::{self, LIFETIME_SECS, Redeem},
    storage::{Result, Store},
    version::ArbosVersion,
};

pub use execution::{begin, settle};
pub use submission::{SubmitRetryable, Submitted};

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
/// [`Failure::Ledger`](super::storage::Failure::Ledger) when the state fails.
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

/// Gas that a transaction with these logs gave to the redeems that it scheduled: it is part of what it used.
pub fn donated_gas(logs: &[Log]) -> u64 {
    logs.iter()
        .filter(|log| log.address == ARB_RETRYABLE_TX && log.topics().first() == Some(&REDEEM_SCHEDULED))
        .map(|log| words(&log.data.data)[0].saturating_to())
        .fold(0, u64::saturating_add)
}

fn words(data: &[u8]) -> [U256; 4] {
    std::array::from_fn(|index| {
        data.get(index * 32..index * 32 + 32)
            .map(U256::from_be_slice)
            .unwrap_or_default()
    })
}

/// Until when a ticket that is submitted now lives at first.
pub const fn first_timeout_ts(now_ts: u64) -> u64 {
    now_ts.saturating_add(LIFETIME_SECS)
}
