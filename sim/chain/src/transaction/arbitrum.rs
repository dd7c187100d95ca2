//! The transactions that only the network itself makes: what arrives from L1, redeems, the start of a block.
//!
//! A type byte before an RLP list of fields, in the network's order; the hash is keccak256 of that.

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address};
use alloy_rlp::{Encodable, RlpDecodable, RlpEncodable};
use alloy_sol_types::{SolCall, sol};

sol! {
    function submitRetryable(
        bytes32 requestId, uint256 l1BaseFee, uint256 deposit, uint256 callvalue, uint256 gasFeeCap, uint64 gasLimit,
        uint256 maxSubmissionFee, address feeRefundAddress, address beneficiary, address retryTo, bytes retryData
    );
}

fn encode(ty: u8, fields: &impl Encodable) -> Vec<u8> {
    let mut raw = vec![ty];
    fields.encode(&mut raw);
    raw
}

/// Ether deposited on L1 (type 0x64).
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct Deposit {
    /// The chain.
    pub chain_id: u64,
    /// Which message of the L1 inbox brought it.
    pub request_id: B256,
    /// The depositor's alias; that is where the ether is minted.
    pub from: Address,
    /// Who receives it.
    pub to: Address,
    /// Wei.
    pub value: U256,
}

impl Deposit {
    pub(crate) const TYPE: u8 = 0x64;

    pub(crate) fn raw(&self) -> Vec<u8> {
        encode(Self::TYPE, self)
    }
}

/// A retryable ticket that arrives from L1 (type 0x69).
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct SubmitRetryable {
    /// The chain.
    pub chain_id: u64,
    /// Which message of the L1 inbox brought it.
    pub request_id: B256,
    /// The sender's alias.
    pub from: Address,
    /// L1 base fee when it was sent, in wei: the submission fee follows from it.
    pub l1_base_fee: U256,
    /// Wei that come with it.
    pub deposit_value: U256,
    /// The most to pay for a unit of gas of the first redeem, in wei.
    pub gas_fee_cap: U256,
    /// Gas limit of the first redeem.
    pub gas: u64,
    /// What the ticket calls; a creation if none.
    pub retry_to: TxKind,
    /// Wei for that call.
    pub retry_value: U256,
    /// Who may cancel it, and receives the value of what is cancelled or expires.
    pub beneficiary: Address,
    /// The most to pay for keeping the ticket, in wei.
    pub max_submission_fee: U256,
    /// Who receives what was paid too much.
    pub fee_refund_addr: Address,
    /// Calldata of the call.
    pub retry_data: Bytes,
}

impl SubmitRetryable {
    pub(crate) const TYPE: u8 = 0x69;
    /// ArbRetryableTx, which such a transaction shows as its receiver.
    pub(crate) const SHOWN_TO: Address = address!("0x000000000000000000000000000000000000006e");

    pub(crate) fn raw(&self) -> Vec<u8> {
        encode(Self::TYPE, self)
    }

    pub(crate) fn shown_input(&self) -> Bytes {
        submitRetryableCall {
            requestId: self.request_id,
            l1BaseFee: self.l1_base_fee,
            deposit: self.deposit_value,
            callvalue: self.retry_value,
            gasFeeCap: self.gas_fee_cap,
            gasLimit: self.gas,
            maxSubmissionFee: self.max_submission_fee,
            feeRefundAddress: self.fee_refund_addr,
            beneficiary: self.beneficiary,
            retryTo: self.retry_to.to().copied().unwrap_or_default(),
            retryData: self.retry_data.clone(),
        }
        .abi_encode()
        .into()
    }
}

/// An attempt to redeem a ticket (type 0x68).
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct Redeem {
    /// The chain.
    pub chain_id: u64,
    /// Number of the try, from 0.
    pub nonce: u64,
    /// The ticket's sender.
    pub from: Address,
    /// Price of a unit of gas, in wei.
    pub gas_fee_cap: U256,
    /// Gas limit.
    pub gas: u64,
    /// What is called.
    pub to: TxKind,
    /// Wei, from the ticket's escrow.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
    /// The ticket: hash of the transaction that submitted it.
    pub ticket_id: B256,
    /// Who receives the gas that is left.
    pub refund_to: Address,
    /// The most that is given back, in wei.
    pub max_refund: U256,
    /// Submission fee that is given back on success, in wei.
    pub submission_fee_refund: U256,
}

impl Redeem {
    pub(crate) const TYPE: u8 = 0x68;

    pub(crate) fn raw(&self) -> Vec<u8> {
        encode(Self::TYPE, self)
    }
}

/// What ArbOS does at the start of a block (type 0x6a).
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct Internal {
    /// The chain.
    pub chain_id: u64,
    /// The call: `startBlock(l1BaseFee, l1BlockNumber, l2BlockNumber, timePassed)`.
    pub data: Bytes,
}

impl Internal {
    pub(crate) const TYPE: u8 = 0x6a;
    /// ArbOS, its sender and receiver.
    pub(crate) const FROM: Address = address!("0x00000000000000000000000000000000000a4b05");
}

impl Internal {
    pub(crate) fn raw(&self) -> Vec<u8> {
        encode(Self::TYPE, self)
    }
}
