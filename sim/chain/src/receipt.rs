//! What a transaction leaves behind: the receipt, its logs and events.

use alloy_primitives::{Address, Bytes, Log};
use alloy_sol_types::SolEvent;
use mintage_vm::trace::Trace;

use crate::error::Halt;

/// How an included transaction ended. Only [`Status::Success`] keeps what the execution did to the state; in every
/// case the nonce is used and the gas paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The call returned, or the contract was created.
    Success,
    /// The program refused and said why in the receipt's `output`.
    Reverted,
    /// The execution broke off: out of gas, out of ink, an invalid opcode. There is no output.
    Halted(Halt),
}

/// The receipt of an included transaction. `T` is what its output decodes to: the method's return value for typed
/// sends, the raw bytes otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt<T = Bytes> {
    /// How it ended.
    pub status: Status,
    /// What the call returned. Of a creation: the deployed code. Of a revert: the revert data.
    pub output: T,
    /// Gas paid for, after refunds, L1 gas included.
    pub gas_used: u64,
    /// The part of `gas_used` that pays for the transaction's data on L1; 0 unless the chain prices it.
    pub gas_used_for_l1: u64,
    /// Gas given back for freed storage, at most a fifth of what was used; already taken off `gas_used`.
    pub gas_refunded: u64,
    /// Wei paid for each unit of gas: the block's base fee, and the tip where tips are collected.
    pub effective_gas_price_wei: u128,
    /// The events, in order; empty unless successful.
    pub logs: Vec<Log>,
    /// Address of the created contract, for creations that succeeded.
    pub contract_address: Option<Address>,
    /// Sender.
    pub from: Address,
    /// Receiver; `None` for creations.
    pub to: Option<Address>,
    /// The sender's nonce that the transaction used.
    pub nonce: u64,
    /// L2 number of the block.
    pub block: u64,
    /// The block's time, in seconds since 1970.
    pub timestamp: u64,
    /// Position in the block, from 0.
    pub tx_index: u32,
    /// The call tree, if [`TxBuilder::traced`](crate::TxBuilder::traced) asked.
    pub trace: Option<Box<Trace>>,
}

impl<T> Receipt<T> {
    /// Whether the transaction did what it was meant to.
    pub fn is_success(&self) -> bool {
        self.status == Status::Success
    }

    /// What the sender paid for gas, in wei.
    pub fn gas_cost_wei(&self) -> u128 {
        u128::from(self.gas_used).saturating_mul(self.effective_gas_price_wei)
    }

    /// All events of type `E`, whoever emitted them, in order. Logs that are another event are passed over.
    ///
    /// ```
    /// use alloy_sol_types::sol;
    /// use mintage_chain::{Chain, hex};
    /// sol! { event Ping(uint256 indexed n); }
    /// let mut chain = Chain::new();
    /// // Emits Ping(7): PUSH1 7, PUSH32 topic, PUSH0, PUSH0, LOG2
    /// use alloy_sol_types::SolEvent;
    /// let code = [&hex!("60077f")[..], Ping::SIGNATURE_HASH.as_slice(), &hex!("5f5fa2")].concat();
    /// let pinger = chain.account("pinger");
    /// chain.set_code(pinger, code);
    /// let receipt = chain.tx(chain.dev_account(0), pinger).send()?;
    /// let pings: Vec<Ping> = receipt.events::<Ping>().collect();
    /// assert_eq!(pings[0].n.to::<u64>(), 7);
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn events<'a, E: SolEvent + 'a>(&'a self) -> impl Iterator<Item = E> + 'a {
        self.logs.iter().filter_map(decode_event::<E>)
    }

    /// As [`Receipt::events`], only those emitted by `emitter`.
    pub fn events_of<'a, E: SolEvent + 'a>(&'a self, emitter: Address) -> impl Iterator<Item = E> + 'a {
        self.logs
            .iter()
            .filter(move |log| log.address == emitter)
            .filter_map(decode_event::<E>)
    }

    /// The first event of type `E`, if there is one.
    pub fn event<E: SolEvent>(&self) -> Option<E> {
        self.events::<E>().next()
    }

    /// The receipt with raw output, for typed transactions whose output has been looked at.
    pub(crate) fn without_output(self) -> Receipt {
        self.with_output(Bytes::new())
    }

    /// The same receipt with another output.
    pub(crate) fn with_output<U>(self, output: U) -> Receipt<U> {
        Receipt {
            status: self.status,
            output,
            gas_used: self.gas_used,
            gas_used_for_l1: self.gas_used_for_l1,
            gas_refunded: self.gas_refunded,
            effective_gas_price_wei: self.effective_gas_price_wei,
            logs: self.logs,
            contract_address: self.contract_address,
            from: self.from,
            to: self.to,
            nonce: self.nonce,
            block: self.block,
            timestamp: self.timestamp,
            tx_index: self.tx_index,
            trace: self.trace,
        }
    }
}

/// An anonymous event has no signature to tell it by, so any log of its shape counts.
fn decode_event<E: SolEvent>(log: &Log) -> Option<E> {
    if !E::ANONYMOUS && log.topics().first() != Some(&E::SIGNATURE_HASH) {
        return None;
    }
    E::decode_log_data(&log.data).ok()
}
