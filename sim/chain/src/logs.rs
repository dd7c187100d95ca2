//! Queries for logs over ranges of blocks.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Log};

use crate::ledger::{SealedBlock, log_matches};

/// Which logs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// First block, by L2 number.
    pub from: u64,
    /// Last block.
    pub to: u64,
    /// Emitters, any of them; empty: all.
    pub addresses: Vec<Address>,
    /// Topics by place, in each place any of them; empty: anything, even nothing.
    pub topics: [Vec<B256>; 4],
    /// More logs than this are an error.
    pub max_results: Option<usize>,
}

impl LogQuery {
    /// Whether a log is wanted, whatever its block.
    pub fn matches(&self, log: &Log) -> bool {
        log_matches(self, log.address, log.topics())
    }

    /// The wanted logs of one block, in order.
    pub fn in_block(&self, block: &Arc<SealedBlock>) -> Vec<LogEntry> {
        let mut found = Vec::new();
        for (tx_index, mined) in block.transactions.iter().enumerate() {
            for (in_transaction, log) in mined.receipt.logs.iter().enumerate() {
                if self.matches(log) {
                    found.push(LogEntry {
                        block: Arc::clone(block),
                        tx_index,
                        in_transaction,
                        log_index: mined.receipt.first_log_index + in_transaction as u64,
                    });
                }
            }
        }
        found
    }
}

/// A log with its place.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// The block.
    pub block: Arc<SealedBlock>,
    /// Place of the transaction in the block.
    pub tx_index: usize,
    /// Place of the log in the block.
    pub log_index: u64,
    in_transaction: usize,
}

impl LogEntry {
    /// The log.
    pub fn log(&self) -> &Log {
        &self.block.transactions[self.tx_index].receipt.logs[self.in_transaction]
    }

    /// Hash of the transaction that emitted it.
    pub fn transaction_hash(&self) -> B256 {
        self.block.transactions[self.tx_index].transaction.hash()
    }
}

/// Why a query is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogQueryError {
    /// The range ends before it begins.
    #[error("invalid block range: from block {from} is after to block {to}")]
    Range {
        /// First block asked for.
        from: u64,
        /// Last block asked for.
        to: u64,
    },
    /// More logs than the query allows.
    #[error("query returned more than {limit} results; ask for fewer blocks")]
    TooMany {
        /// What it allows.
        limit: usize,
    },
    /// No block has this hash.
    #[error("unknown block")]
    UnknownBlock,
}
