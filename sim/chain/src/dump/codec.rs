//! What is in the file, in RLP.

use std::sync::Arc;

use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, Log, U256};
use alloy_rlp::{RlpDecodable, RlpEncodable};
use mintage_vm::arbos::ArbosVersion;
use revm::bytecode::Bytecode;

use super::DumpError;
use crate::Chain;
use crate::archive::{Archive, Written};
use crate::block::Block;
use crate::clock::Clock;
use crate::error::Halt;
use crate::execute::Machine;
use crate::l1::L1Hashes;
use crate::ledger::{Entry, MinedTransaction, SealedBlock, TransactionReceipt};
use crate::pricing::Pricing;
use crate::publish::Mining;
use crate::remote::{RemoteSource, RemoteState};
use crate::state::{Base, State, StateSource};
use crate::transaction::Transaction;

/// The whole file.
#[derive(Debug, RlpEncodable, RlpDecodable)]
pub(super) struct Dump {
    chain_id: u64,
    arbos: u64,
    fee_moves: bool,
    clock: ClockDump,
    delayed_messages: u64,
    manual_mining: bool,
    /// The block that it is a fork of, if it is one.
    fork: Vec<u64>,
    codes: Vec<Bytes>,
    versions: Vec<VersionDump>,
    blocks: Vec<BlockDump>,
    pool: Vec<TransactionDump>,
}

#[derive(Debug, RlpEncodable, RlpDecodable)]
struct ClockDump {
    next_ts: u64,
    exact_ts: Vec<u64>,
    /// Two's complement.
    offset_secs: u64,
    auto_mine: bool,
    interval_secs: u64,
    l1_number: u64,
    l1_since: u64,
}

/// What one version of the state changed.
#[derive(Debug, RlpEncodable, RlpDecodable)]
struct VersionDump {
    version: u64,
    records: Vec<RecordDump>,
    slots: Vec<SlotDump>,
    cleared: Vec<Address>,
}

#[derive(Debug, RlpEncodable, RlpDecodable)]
struct RecordDump {
    address: Address,
    balance: U256,
    nonce: u64,
    code_hash: B256,
}

#[derive(Debug, RlpEncodable, RlpDecodable)]
struct SlotDump {
    address: Address,
    slot: U256,
    value: U256,
}

#[derive(Debug, RlpEncodable, RlpDecodable)]
struct BlockDump {
    header: Header,
    hash: B256,
    l1_block_number: u64,
    send_count: u64,
    send_root: B256,
    arbos_version: u64,
    secs_since_parent: u64,
    total_gas_used: u64,
    total_tx_count: u64,
    version: u64,
    sealed_version: u64,
    transactions: Vec<MinedDump>,
}

#[derive(Debug, RlpEncodable, RlpDecodable)]
struct TransactionDump {
    raw: Bytes,
    from: Address,
    impersonated: bool,
}

#[derive(Debug, RlpEncodable, RlpDecodable)]
struct MinedDump {
    transaction: TransactionDump,
    status: bool,
    gas_used: u64,
    cumulative_gas_used: u64,
    gas_used_for_l1: u64,
    effective_gas_price_wei: u128,
    first_log_index: u64,
    logs: Vec<Log>,
    contract_address: Vec<Address>,
    output: Bytes,
    halt: Vec<String>,
}

impl TransactionDump {
    fn of(transaction: &Transaction) -> Self {
        Self {
            raw: transaction.raw(),
            from: transaction.from(),
            impersonated: transaction.is_impersonated(),
        }
    }

    fn restore(&self) -> Result<Arc<Transaction>, String> {
        let transaction = Transaction::restore(&self.raw, self.from, self.impersonated);
        Ok(Arc::new(transaction.map_err(|error| error.to_string())?))
    }
}

impl MinedDump {
    fn of(mined: &MinedTransaction) -> Self {
        let receipt = &mined.receipt;
        Self {
            transaction: TransactionDump::of(&mined.transaction),
            status: receipt.status,
            gas_used: receipt.gas_used,
            cumulative_gas_used: receipt.cumulative_gas_used,
            gas_used_for_l1: receipt.gas_used_for_l1,
            effective_gas_price_wei: receipt.effective_gas_price_wei,
            first_log_index: receipt.first_log_index,
            logs: receipt.logs.clone(),
            contract_address: receipt.contract_address.into_iter().collect(),
            output: receipt.output.clone(),
            halt: receipt.halt.iter().map(ToString::to_string).collect(),
        }
    }

    fn restore(self) -> Result<MinedTransaction, String> {
        let transaction = self.transaction.restore()?;
        let receipt = TransactionReceipt {
            status: self.status,
            gas_used: self.gas_used,
            cumulative_gas_used: self.cumulative_gas_used,
            gas_used_for_l1: self.gas_used_for_l1,
            effective_gas_price_wei: self.effective_gas_price_wei,
            bloom: crate::ledger::bloom_of(&self.logs),
            logs: self.logs,
            first_log_index: self.first_log_index,
            contract_address: self.contract_address.first().copied(),
            tx_type: transaction.ty(),
            output: self.output,
            halt: self.halt.into_iter().next().map(Halt::Other),
        };
        Ok(MinedTransaction { transaction, receipt })
    }
}

impl BlockDump {
    fn of(entry: &Entry) -> Self {
        let block = &entry.block;
        Self {
            header: block.header.clone(),
            hash: block.hash,
            l1_block_number: block.l1_block_number,
            send_count: block.send_count,
            send_root: block.send_root,
            arbos_version: block.arbos_version,
            secs_since_parent: block.secs_since_parent,
            total_gas_used: block.numbers().total_gas_used,
            total_tx_count: block.numbers().total_tx_count,
            version: entry.version,
            sealed_version: entry.sealed_version,
            transactions: block.transactions.iter().map(MinedDump::of).collect(),
        }
    }

    fn restore(self, chain_id: u64) -> Result<Entry, String> {
        let transactions = self.transactions.into_iter().map(MinedDump::restore);
        let transactions = transactions.collect::<Result<Vec<_>, _>>()?;
        let block = Block {
            number: self.header.number,
            timestamp: self.header.timestamp,
            l1_number: self.l1_block_number,
            base_fee_wei: self.header.base_fee_per_gas.unwrap_or_default(),
            gas_used: self.header.gas_used,
            tx_count: transactions.len() as u32,
            total_gas_used: self.total_gas_used,
            total_tx_count: self.total_tx_count,
            chain_id,
            header_hash: Some(self.hash),
        };
        let block = SealedBlock {
            header: self.header,
            hash: self.hash,
            transactions,
            l1_block_number: self.l1_block_number,
            send_count: self.send_count,
            send_root: self.send_root,
            arbos_version: self.arbos_version,
            secs_since_parent: self.secs_since_parent,
            block,
        };
        Ok(Entry {
            block: Arc::new(block),
            version: self.version,
            sealed_version: self.sealed_version,
        })
    }
}

impl Dump {
    /// Everything of a chain with an archive, between two blocks.
    pub(super) fn of(chain: &Chain) -> Option<Self> {
        let node = chain.node.as_ref()?;
        let (codes, written) = node.ledger.archive.export();
        let clock = &chain.clock;
        let blocks = node.ledger.blocks();
        let pool = node.ledger.pool().list(|_| 0);
        Some(Self {
            chain_id: chain.chain_id(),
            arbos: chain.arbos_version(),
            fee_moves: chain.machine.pricing.moves(),
            clock: ClockDump {
                next_ts: clock.next_ts,
                exact_ts: clock.exact_ts.into_iter().collect(),
                offset_secs: clock.offset_secs as u64,
                auto_mine: clock.auto_mine,
                interval_secs: clock.interval_secs,
                l1_number: clock.l1_anchor.0,
                l1_since: clock.l1_anchor.1,
            },
            delayed_messages: chain.delayed_messages,
            manual_mining: node.mining == Mining::Manual,
            fork: node.fork.into_iter().collect(),
            codes,
            versions: written.into_iter().map(VersionDump::of).collect(),
            blocks: blocks.all().iter().map(BlockDump::of).collect(),
            pool: pool
                .iter()
                .map(|pooled| TransactionDump::of(&pooled.transaction))
                .collect(),
        })
    }

    /// The chain. `damaged` makes an error of what does not fit.
    pub(super) fn restore(
        self,
        remote: Option<Arc<dyn RemoteState>>,
        damaged: impl Fn(String) -> DumpError,
    ) -> Result<Chain, DumpError> {
        let fork = self.fork.first().copied();
        let origin: Option<Arc<dyn StateSource>> = match (fork, remote) {
            (Some(block), Some(remote)) => Some(Arc::new(RemoteSource::new(remote, block))),
            (Some(block), None) => return Err(DumpError::NeedsRemote { block }),
            (None, _) => None,
        };
        let arbos = ArbosVersion::try_from(self.arbos).map_err(|error| damaged(error.to_string()))?;
        let archive = Archive::new(origin.clone());
        let mut state = origin.map_or_else(State::default, |origin| {
            State::over(Base::new(origin), L1Hashes::default())
        });
        let codes: Vec<Bytecode> = self.codes.into_iter().map(crate::chain::bytecode).collect();
        let written = self.versions.into_iter().map(VersionDump::restore).collect();
        let tree = archive.import(&mut state, codes, written);
        let mut entries = Vec::with_capacity(self.blocks.len());
        for block in self.blocks {
            entries.push(block.restore(self.chain_id).map_err(&damaged)?);
        }
        let first_l1 = entries.first().map_or(0, |entry| entry.block.l1_block_number);
        state.l1 = L1Hashes::new(first_l1);
        let head = *entries
            .last()
            .ok_or_else(|| damaged("it has no block".into()))?
            .block
            .numbers();
        let clock = Clock {
            head,
            open: None,
            next_ts: self.clock.next_ts,
            exact_ts: self.clock.exact_ts.first().copied(),
            offset_secs: self.clock.offset_secs as i64,
            auto_mine: self.clock.auto_mine,
            interval_secs: self.clock.interval_secs,
            l1_anchor: (self.clock.l1_number, self.clock.l1_since),
        };
        let pricing = Pricing::new(self.fee_moves, arbos);
        let machine = Arc::new(Machine::new(arbos, self.chain_id, pricing));
        let mut chain = Chain::assemble(state, machine, clock, 0);
        let mining = if self.manual_mining {
            Mining::Manual
        } else {
            Mining::PerTransaction
        };
        chain.delayed_messages = self.delayed_messages;
        chain.resume(archive, entries, tree, mining, fork);
        for waiting in self.pool {
            let transaction = waiting.restore().map_err(&damaged)?;
            chain
                .wait_again(transaction)
                .map_err(|error| damaged(error.to_string()))?;
        }
        chain.readable()?;
        Ok(chain)
    }
}

impl VersionDump {
    fn of(written: Written) -> Self {
        Self {
            version: written.version,
            records: written
                .records
                .into_iter()
                .map(|(address, record)| RecordDump {
                    address,
                    balance: record.balance,
                    nonce: record.nonce,
                    code_hash: record.code_hash,
                })
                .collect(),
            slots: written
                .slots
                .into_iter()
                .map(|(address, slot, value)| SlotDump { address, slot, value })
                .collect(),
            cleared: written.cleared,
        }
    }

    fn restore(self) -> Written {
        Written {
            version: self.version,
            records: self
                .records
                .into_iter()
                .map(|record| {
                    let read = crate::state::Record {
                        balance: record.balance,
                        nonce: record.nonce,
                        code_hash: record.code_hash,
                        ..Default::default()
                    };
                    (record.address, read)
                })
                .collect(),
            slots: self
                .slots
                .into_iter()
                .map(|slot| (slot.address, slot.slot, slot.value))
                .collect(),
            cleared: self.cleared,
        }
    }
}
