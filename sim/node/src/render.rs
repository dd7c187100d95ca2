//! Blocks, transactions, receipts and logs as JSON, with the fields that an Arbitrum node gives.

use alloy_consensus::Header;
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, Log, U256};
use mintage_chain::{ChainReader, LogEntry, LogQuery, MinedTransaction, SealedBlock, Transaction};
use serde::Serialize;
use serde_json::{Value, json};

/// A number as clients want it: hex without leading zeros.
pub(crate) fn quantity(number: impl std::fmt::LowerHex) -> String {
    format!("{number:#x}")
}

/// A number that is written as [`quantity`].
#[derive(Clone, Copy, Debug)]
struct Quantity(u64);

impl Serialize for Quantity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogJson<'a> {
    address: Address,
    topics: &'a [B256],
    data: &'a Bytes,
    block_number: Quantity,
    block_hash: B256,
    block_timestamp: Quantity,
    transaction_hash: B256,
    transaction_index: Quantity,
    log_index: Quantity,
    removed: bool,
}

impl<'a> LogJson<'a> {
    fn new(block: &SealedBlock, tx_index: usize, hash: B256, log_index: u64, log: &'a Log) -> Self {
        Self {
            address: log.address,
            topics: log.topics(),
            data: &log.data.data,
            block_number: Quantity(block.number()),
            block_hash: block.hash,
            block_timestamp: Quantity(block.timestamp()),
            transaction_hash: hash,
            transaction_index: Quantity(tx_index as u64),
            log_index: Quantity(log_index),
            removed: false,
        }
    }
}

/// The answer to a query for logs.
pub(crate) fn logs(entries: &[LogEntry]) -> String {
    let rows: Vec<LogJson<'_>> = entries
        .iter()
        .map(|entry| {
            let hash = entry.block.transactions[entry.tx_index].transaction.hash();
            LogJson::new(&entry.block, entry.tx_index, hash, entry.log_index, entry.log())
        })
        .collect();
    text(&rows)
}

/// The logs of one block that a query wants, whatever its range.
pub(crate) fn matching_logs(block: &SealedBlock, query: &LogQuery) -> Vec<String> {
    let mut found = Vec::new();
    for (index, mined) in block.transactions.iter().enumerate() {
        for (log, number) in mined.receipt.logs.iter().zip(mined.receipt.first_log_index..) {
            if query.matches(log) {
                found.push(text(&LogJson::new(
                    block,
                    index,
                    mined.transaction.hash(),
                    number,
                    log,
                )));
            }
        }
    }
    found
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptJson<'a> {
    transaction_hash: B256,
    transaction_index: Quantity,
    block_hash: B256,
    block_number: Quantity,
    from: Address,
    to: Option<Address>,
    cumulative_gas_used: Quantity,
    effective_gas_price: U256,
    gas_used: Quantity,
    contract_address: Option<Address>,
    logs: Vec<LogJson<'a>>,
    logs_bloom: Bloom,
    r#type: Quantity,
    status: Quantity,
    gas_used_for_l1: Quantity,
    l1_block_number: Quantity,
    timeboosted: bool,
}

fn receipt_json(block: &SealedBlock, index: usize) -> ReceiptJson<'_> {
    let MinedTransaction { transaction, receipt } = &block.transactions[index];
    let hash = transaction.hash();
    ReceiptJson {
        transaction_hash: hash,
        transaction_index: Quantity(index as u64),
        block_hash: block.hash,
        block_number: Quantity(block.number()),
        from: transaction.from(),
        to: transaction.to(),
        cumulative_gas_used: Quantity(receipt.cumulative_gas_used),
        effective_gas_price: U256::from(receipt.effective_gas_price_wei),
        gas_used: Quantity(receipt.gas_used),
        contract_address: receipt.contract_address,
        logs: receipt
            .logs
            .iter()
            .zip(receipt.first_log_index..)
            .map(|(log, number)| LogJson::new(block, index, hash, number, log))
            .collect(),
        logs_bloom: receipt.bloom,
        r#type: Quantity(receipt.tx_type.into()),
        status: Quantity(receipt.status.into()),
        gas_used_for_l1: Quantity(receipt.gas_used_for_l1),
        l1_block_number: Quantity(block.l1_block_number),
        // Nothing here buys the express lane.
        timeboosted: false,
    }
}

/// The receipt of a transaction of a block.
pub(crate) fn receipt(block: &SealedBlock, index: usize) -> String {
    text(&receipt_json(block, index))
}

/// All receipts of a block.
pub(crate) fn receipts(block: &SealedBlock) -> String {
    let rows: Vec<_> = (0..block.transactions.len())
        .map(|index| receipt_json(block, index))
        .collect();
    text(&rows)
}

/// Where a transaction stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) block: &'a SealedBlock,
    pub(crate) index: usize,
}

/// A transaction; without a place it waits in the pool.
pub(crate) fn transaction(transaction: &Transaction, place: Option<Place<'_>>) -> Value {
    let base_fee = place.map(|place| place.block.base_fee_wei());
    let mut fields = json!({
        "blockHash": place.map(|place| place.block.hash),
        "blockNumber": place.map(|place| quantity(place.block.number())),
        "transactionIndex": place.map(|place| quantity(place.index as u64)),
        "hash": transaction.hash(),
        "type": quantity(u64::from(transaction.ty())),
        "from": transaction.from(),
        "to": transaction.to(),
        "nonce": quantity(transaction.nonce()),
        "gas": quantity(transaction.gas_limit()),
        "gasPrice": quantity(U256::from(transaction.gas_price(base_fee))),
        "value": quantity(transaction.value()),
        "input": transaction.input(),
    });
    if let Some(chain_id) = transaction.chain_id() {
        fields["chainId"] = quantity(chain_id).into();
    }
    if let Some(tip) = transaction.max_priority_fee_per_gas() {
        fields["maxFeePerGas"] = quantity(U256::from(transaction.max_fee_per_gas())).into();
        fields["maxPriorityFeePerGas"] = quantity(U256::from(tip)).into();
    }
    if let Some(list) = transaction.access_list() {
        fields["accessList"] = access_list(list);
    }
    if let Some(list) = transaction.authorization_list() {
        fields["authorizationList"] = list
            .iter()
            .map(|signed| {
                json!({
                    "chainId": quantity(signed.chain_id()),
                    "address": signed.address(),
                    "nonce": quantity(signed.nonce()),
                    "yParity": quantity(signed.y_parity()),
                    "r": quantity(signed.r()),
                    "s": quantity(signed.s()),
                })
            })
            .collect();
    }
    signature(transaction, &mut fields);
    fields
}

/// v, r, s; all 0 where nobody signed (impersonation, the network's own kinds).
fn signature(transaction: &Transaction, fields: &mut Value) {
    let (r, s, odd) = transaction
        .signature()
        .map_or((U256::ZERO, U256::ZERO, false), |signature| {
            (signature.r(), signature.s(), signature.v())
        });
    fields["r"] = quantity(r).into();
    fields["s"] = quantity(s).into();
    let parity = u128::from(odd);
    let v = match (transaction.ty(), transaction.chain_id()) {
        (0, _) if transaction.signature().is_none() => 0,
        (0, Some(chain_id)) => u128::from(chain_id) * 2 + 35 + parity,
        (0, None) => 27 + parity,
        _ => parity,
    };
    fields["v"] = quantity(v).into();
    if transaction.ty() != 0 {
        fields["yParity"] = quantity(parity).into();
    }
}

/// An access list as clients write it.
pub(crate) fn access_list(list: &alloy_eips::eip2930::AccessList) -> Value {
    list.iter()
        .map(|item| json!({ "address": item.address, "storageKeys": item.storage_keys }))
        .collect()
}

/// A transaction by its hash, mined or waiting.
pub(crate) fn transaction_by_hash(reader: &ChainReader, hash: B256) -> Option<String> {
    // In this order, or one that is mined in between is nowhere.
    if let Some(waiting) = reader.pending_transaction(hash) {
        return Some(transaction(&waiting, None).to_string());
    }
    let located = reader.transaction(hash)?;
    let place = Place {
        block: &located.block,
        index: located.index,
    };
    let mined = &located.block.transactions[located.index];
    Some(transaction(&mined.transaction, Some(place)).to_string())
}

/// The header fields of a block.
pub(crate) fn header_fields(header: &Header, hash: B256) -> Value {
    json!({
        "number": quantity(header.number),
        "hash": hash,
        "parentHash": header.parent_hash,
        "sha3Uncles": header.ommers_hash,
        "miner": header.beneficiary,
        "stateRoot": header.state_root,
        "transactionsRoot": header.transactions_root,
        "receiptsRoot": header.receipts_root,
        "logsBloom": header.logs_bloom,
        "difficulty": quantity(header.difficulty),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "extraData": header.extra_data,
        "mixHash": header.mix_hash,
        "nonce": B64::from(header.nonce),
        "baseFeePerGas": quantity(header.base_fee_per_gas.unwrap_or_default()),
    })
}

fn arbitrum_fields(block: &SealedBlock, fields: &mut Value) {
    fields["l1BlockNumber"] = quantity(block.l1_block_number).into();
    fields["sendCount"] = quantity(block.send_count).into();
    fields["sendRoot"] = json!(block.send_root);
}

/// A header, as subscriptions tell it.
pub(crate) fn header(block: &SealedBlock) -> String {
    let mut fields = header_fields(&block.header, block.hash);
    arbitrum_fields(block, &mut fields);
    fields.to_string()
}

/// A block with the hashes of its transactions, or with the transactions.
pub(crate) fn block(block: &SealedBlock, full: bool) -> Value {
    let mut fields = header_fields(&block.header, block.hash);
    arbitrum_fields(block, &mut fields);
    fields["size"] = quantity(block.size() as u64).into();
    fields["uncles"] = json!([]);
    fields["transactions"] = block
        .transactions
        .iter()
        .enumerate()
        .map(|(index, mined)| {
            if full {
                transaction(&mined.transaction, Some(Place { block, index }))
            } else {
                json!(mined.transaction.hash())
            }
        })
        .collect();
    fields
}
