//! A sealed block as clients see it: header, hash, transactions with their receipts.

use std::sync::Arc;

use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header};
use alloy_primitives::{Address, B64, B256, Bloom, BloomInput, Bytes, Log, U256};
use alloy_rlp::{BufMut, Encodable};
use alloy_sol_types::{SolCall, sol};
use alloy_trie::root::ordered_trie_root_with_encoder;

use crate::block::Block;
use crate::clock::BlockNumbers;
use crate::error::Halt;
use crate::execute::BLOCK_GAS_LIMIT;
use crate::receipt::{Receipt, Status};
use crate::transaction::{Internal, Transaction, TransactionKind};

sol! {
    function startBlock(uint256 l1BaseFee, uint64 l1BlockNumber, uint64 l2BlockNumber, uint64 timePassed);
}

/// A sealed block.
#[derive(Clone, Debug)]
pub struct SealedBlock {
    /// The header, with the fields of an Arbitrum chain.
    pub header: Header,
    /// keccak256 of the header.
    pub hash: B256,
    /// The transactions in order, each with its receipt. ArbOS's own at the start of the block is among them only where
    /// [`Chain::show_internal_transactions`](crate::Chain::show_internal_transactions) says so.
    pub transactions: Vec<MinedTransaction>,
    /// What NUMBER gave.
    pub l1_block_number: u64,
    /// Messages to L1 that had been sent at its end.
    pub send_count: u64,
    /// Root of the tree of these messages; zero without any.
    pub send_root: B256,
    /// ArbOS version at its end.
    pub arbos_version: u64,
    /// Seconds since the block before.
    pub secs_since_parent: u64,
    pub(crate) block: Block,
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub struct MinedTransaction {
    /// The transaction.
    pub transaction: Arc<Transaction>,
    /// What it did.
    pub receipt: TransactionReceipt,
}

impl MinedTransaction {
    /// The transaction by which ArbOS starts a block on the network. It costs nothing, and what it does the chain does by
    /// itself.
    pub(crate) fn start_of(block: &BlockNumbers) -> Self {
        let call = startBlockCall {
            l1BaseFee: U256::ZERO,
            l1BlockNumber: block.l1_number,
            l2BlockNumber: block.number,
            timePassed: block.timestamp.saturating_sub(block.parent.timestamp),
        };
        let transaction = Transaction::of_network(TransactionKind::Internal(Internal {
            chain_id: block.parent.chain_id,
            data: call.abi_encode().into(),
        }));
        let receipt = TransactionReceipt {
            status: true,
            gas_used: 0,
            cumulative_gas_used: 0,
            gas_used_for_l1: 0,
            effective_gas_price_wei: block.base_fee_wei.into(),
            logs: Vec::new(),
            first_log_index: 0,
            bloom: Bloom::ZERO,
            contract_address: None,
            tx_type: transaction.ty(),
            output: Bytes::new(),
            halt: None,
        };
        Self {
            transaction: Arc::new(transaction),
            receipt,
        }
    }
}

/// What a transaction in a block did, as clients see it.
#[derive(Clone, Debug)]
pub struct TransactionReceipt {
    /// Whether it did what it was meant to.
    pub status: bool,
    /// Gas paid for, L1 gas included.
    pub gas_used: u64,
    /// Gas of the block up to and with this transaction.
    pub cumulative_gas_used: u64,
    /// The part of `gas_used` for its data on L1.
    pub gas_used_for_l1: u64,
    /// Wei paid for a unit of gas.
    pub effective_gas_price_wei: u128,
    /// Events in order.
    pub logs: Vec<Log>,
    /// Place of its first log among the block's.
    pub first_log_index: u64,
    /// Bloom filter of the logs.
    pub bloom: Bloom,
    /// The created contract.
    pub contract_address: Option<Address>,
    /// The transaction's type.
    pub tx_type: u8,
    /// What the call returned, or the revert data.
    pub output: Bytes,
    /// What broke the execution off, if something did.
    pub halt: Option<Halt>,
}

impl TransactionReceipt {
    /// The chain's receipt as clients see it. `cumulative_gas_used` is what the block has used with it, `first_log_index` the number of
    /// logs in the block before it.
    pub(crate) fn new(
        receipt: &Receipt,
        tx_type: u8,
        cumulative_gas_used: u64,
        first_log_index: u64,
    ) -> Self {
        Self {
            status: receipt.is_success(),
            gas_used: receipt.gas_used,
            cumulative_gas_used,
            gas_used_for_l1: receipt.gas_used_for_l1,
            effective_gas_price_wei: receipt.effective_gas_price_wei,
            logs: receipt.logs.clone(),
            first_log_index,
            bloom: bloom_of(&receipt.logs),
            contract_address: receipt.contract_address,
            tx_type,
            output: receipt.output.clone(),
            halt: match &receipt.status {
                Status::Halted(halt) => Some(halt.clone()),
                Status::Success | Status::Reverted => None,
            },
        }
    }

    /// Type, then the fields that consensus knows.
    fn encode(&self, out: &mut dyn BufMut) {
        let receipt = alloy_consensus::Receipt {
            status: self.status.into(),
            cumulative_gas_used: self.cumulative_gas_used,
            logs: self.logs.as_slice().to_vec(),
        };
        if self.tx_type != 0 {
            out.put_u8(self.tx_type);
        }
        alloy_consensus::ReceiptWithBloom::new(receipt, self.bloom).encode(out);
    }
}

/// What a header says that follows from nothing in the block itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderContext {
    pub(crate) parent_hash: B256,
    pub(crate) parent_timestamp: u64,
    pub(crate) coinbase: Address,
    pub(crate) state_root: B256,
    pub(crate) delayed_messages: u64,
    pub(crate) send_count: u64,
    pub(crate) send_root: B256,
    pub(crate) arbos_version: u64,
    pub(crate) collects_tips: bool,
}

impl SealedBlock {
    pub(crate) fn new(mut block: Block, transactions: Vec<MinedTransaction>, context: HeaderContext) -> Self {
        let mut logs_bloom = Bloom::ZERO;
        transactions
            .iter()
            .for_each(|mined| logs_bloom.accrue_bloom(&mined.receipt.bloom));
        let header = Header {
            parent_hash: context.parent_hash,
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: context.coinbase,
            state_root: context.state_root,
            transactions_root: ordered_trie_root_with_encoder(&transactions, |mined, out| {
                out.put_slice(&mined.transaction.raw());
            }),
            receipts_root: ordered_trie_root_with_encoder(&transactions, |mined, out| {
                mined.receipt.encode(out)
            }),
            logs_bloom,
            difficulty: U256::from(1),
            number: block.number,
            gas_limit: BLOCK_GAS_LIMIT,
            gas_used: block.gas_used,
            timestamp: block.timestamp,
            extra_data: context.send_root.into(),
            mix_hash: mix_hash(&context, block.l1_number),
            nonce: B64::from(context.delayed_messages),
            base_fee_per_gas: Some(block.base_fee_wei),
            ..Header::default()
        };
        // The block that a fork begins after has its name from the other chain.
        let hash = block.header_hash.unwrap_or_else(|| header.hash_slow());
        block.header_hash = Some(hash);
        Self {
            header,
            hash,
            transactions,
            l1_block_number: block.l1_number,
            send_count: context.send_count,
            send_root: context.send_root,
            arbos_version: context.arbos_version,
            secs_since_parent: block.timestamp.saturating_sub(context.parent_timestamp),
            block,
        }
    }

    /// L2 number.
    pub fn number(&self) -> u64 {
        self.header.number
    }

    /// Seconds since 1970.
    pub fn timestamp(&self) -> u64 {
        self.header.timestamp
    }

    /// Wei for a unit of gas.
    pub fn base_fee_wei(&self) -> u64 {
        self.block.base_fee_wei
    }

    /// The block's numbers as the in-process interface shows them.
    pub fn numbers(&self) -> &Block {
        &self.block
    }

    /// Root of the Merkle-Patricia tree of all accounts and their storage at the block's end, ArbOS's among them. On a fork it
    /// is the root over what this chain has written itself, for it does not know the rest.
    pub fn state_root(&self) -> B256 {
        self.header.state_root
    }

    /// Bytes of the block in RLP.
    pub fn size(&self) -> usize {
        let list = |payload: usize| payload + alloy_rlp::length_of_length(payload);
        let transactions = self.transactions.iter().map(|mined| {
            let raw = mined.transaction.raw();
            // Typed ones are strings inside the list.
            if mined.transaction.ty() == 0 {
                raw.len()
            } else {
                raw.as_ref().length()
            }
        });
        list(self.header.length() + list(transactions.sum()) + 1)
    }

    /// Number of logs of all transactions.
    pub fn log_count(&self) -> usize {
        self.transactions
            .iter()
            .map(|mined| mined.receipt.logs.len())
            .sum()
    }
}

/// Bytes 0 to 7 the messages sent to L1, 8 to 15 the L1 number, 16 to 23 the ArbOS version, byte 25 whether tips are
/// collected.
fn mix_hash(context: &HeaderContext, l1_number: u64) -> B256 {
    let mut mix = B256::ZERO;
    mix.0[..8].copy_from_slice(&context.send_count.to_be_bytes());
    mix.0[8..16].copy_from_slice(&l1_number.to_be_bytes());
    mix.0[16..24].copy_from_slice(&context.arbos_version.to_be_bytes());
    mix.0[25] = context.collects_tips.into();
    mix
}

/// The bloom filter of some logs.
pub(crate) fn bloom_of(logs: &[Log]) -> Bloom {
    let mut bloom = Bloom::ZERO;
    for log in logs {
        bloom.accrue(BloomInput::Raw(log.address.as_slice()));
        log.topics()
            .iter()
            .for_each(|topic| bloom.accrue(BloomInput::Raw(topic.as_slice())));
    }
    bloom
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{b256, hex};

    /// Block 485,279,792 of Arbitrum One (its recorded header).
    #[test]
    fn test_mix_hash_is_laid_out_as_on_the_network() {
        let context = HeaderContext {
            parent_hash: B256::ZERO,
            parent_timestamp: 0,
            coinbase: Address::ZERO,
            state_root: B256::ZERO,
            delayed_messages: 0,
            send_count: 0x28082,
            send_root: B256::ZERO,
            arbos_version: 51,
            collects_tips: false,
        };
        let mix = b256!("0x00000000000280820000000001860ce500000000000000330000000000000000");
        assert_eq!(mix_hash(&context, 25_562_341), mix);
    }

    #[test]
    fn test_internal_transaction_calls_start_block() {
        assert_eq!(startBlockCall::SELECTOR, hex!("6bf6a42d"));
    }
}
