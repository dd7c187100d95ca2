//! Blocks, and transactions and receipts inside them.

use std::sync::Arc;

use mintage_chain::{PooledTransaction, SealedBlock};
use serde_json::{Value, json};

use super::Run;
use super::failure;
use crate::node::Node;
use crate::render::{self, Place, quantity};
use crate::rpc::{Answer, BlockId, Params, RpcError, ok};

pub(super) const METHODS: &[(&str, Run)] = &[
    (
        "eth_blockNumber",
        Run::Quick(|node, _| ok(&quantity(node.reader.block_number()))),
    ),
    ("eth_getBlockByNumber", Run::Quick(block_by_id)),
    ("eth_getBlockByHash", Run::Quick(block_by_id)),
    ("eth_getHeaderByNumber", Run::Quick(header_by_id)),
    ("eth_getHeaderByHash", Run::Quick(header_by_id)),
    ("eth_getBlockReceipts", Run::Quick(block_receipts)),
    (
        "eth_getBlockTransactionCountByNumber",
        Run::Quick(transaction_count),
    ),
    (
        "eth_getBlockTransactionCountByHash",
        Run::Quick(transaction_count),
    ),
    ("eth_getTransactionByHash", Run::Quick(transaction_by_hash)),
    (
        "eth_getTransactionByBlockNumberAndIndex",
        Run::Quick(transaction_by_index),
    ),
    (
        "eth_getTransactionByBlockHashAndIndex",
        Run::Quick(transaction_by_index),
    ),
    ("eth_getRawTransactionByHash", Run::Quick(raw_transaction)),
    ("eth_getTransactionReceipt", Run::Quick(transaction_receipt)),
    ("eth_getUncleCountByBlockNumber", Run::Quick(uncle_count)),
    ("eth_getUncleCountByBlockHash", Run::Quick(uncle_count)),
    (
        "eth_getUncleByBlockNumberAndIndex",
        Run::Quick(|_, _| Ok(NULL.to_owned())),
    ),
    (
        "eth_getUncleByBlockHashAndIndex",
        Run::Quick(|_, _| Ok(NULL.to_owned())),
    ),
    ("eth_feeHistory", Run::Quick(fee_history)),
    (
        "eth_gasPrice",
        Run::Quick(|node, _| ok(&quantity(node.reader.gas_price_wei()))),
    ),
    // Tips are dropped: nobody has to offer one.
    ("eth_maxPriorityFeePerGas", Run::Quick(|_, _| ok("0x0"))),
];

const NULL: &str = "null";

impl From<BlockId> for mintage_chain::BlockId {
    fn from(id: BlockId) -> Self {
        match id {
            BlockId::Latest => Self::Latest,
            BlockId::Pending => Self::Pending,
            BlockId::Earliest => Self::Earliest,
            BlockId::Number(number) => Self::Number(number),
            BlockId::Hash(hash) => Self::Hash(hash),
        }
    }
}

/// Whether the first parameter names the block that would be made next.
fn is_pending(params: &Params) -> Result<bool, RpcError> {
    Ok(params.block(0, BlockId::Latest)? == BlockId::Pending)
}

/// The block that the first parameter names; `None` if there is none. What waits is no block here.
fn named(node: &Node, params: &Params) -> Result<Option<Arc<SealedBlock>>, RpcError> {
    let id = params.block(0, BlockId::Latest)?;
    Ok(node.reader.block_of(id.into()))
}

fn or_null<T>(found: Option<T>, text: impl FnOnce(T) -> String) -> Answer {
    Ok(found.map_or_else(|| NULL.to_owned(), text))
}

fn block_by_id(node: &Node, params: &Params) -> Answer {
    let full = params
        .optional(1, "true for whole transactions")?
        .unwrap_or(false);
    if is_pending(params)? {
        return pending_block(node, full);
    }
    or_null(named(node, params)?, |block| {
        render::block(&block, full).to_string()
    })
}

/// What waits and misses no earlier nonce.
fn ready(node: &Node) -> Result<Vec<PooledTransaction>, RpcError> {
    let mut pool = node.reader.pool().map_err(failure::unread)?;
    pool.retain(|pooled| pooled.ready);
    Ok(pool)
}

/// The header of the block that would be made next. Its roots are unknown until it is made and read as zero.
fn pending_header(node: &Node) -> Value {
    let pending = node.reader.pending_header();
    let header = alloy_consensus::Header {
        parent_hash: pending.parent_hash,
        number: pending.number,
        timestamp: pending.timestamp,
        base_fee_per_gas: Some(pending.base_fee_wei),
        ..node.reader.head().header.clone()
    };
    let hash = header.hash_slow();
    let mut fields = render::header_fields(&header, hash);
    for root in ["stateRoot", "transactionsRoot", "receiptsRoot"] {
        fields[root] = json!(alloy_primitives::B256::ZERO);
    }
    fields["gasUsed"] = "0x0".into();
    fields["logsBloom"] = json!(alloy_primitives::Bloom::ZERO);
    fields["l1BlockNumber"] = quantity(pending.l1_block_number).into();
    fields
}

/// The block that would be made next, with what waits.
fn pending_block(node: &Node, full: bool) -> Answer {
    let ready = ready(node)?;
    let mut fields = pending_header(node);
    fields["size"] = "0x0".into();
    fields["uncles"] = json!([]);
    fields["transactions"] = ready
        .iter()
        .map(|pooled| {
            if full {
                render::transaction(&pooled.transaction, None)
            } else {
                json!(pooled.transaction.hash())
            }
        })
        .collect();
    Ok(fields.to_string())
}

fn header_by_id(node: &Node, params: &Params) -> Answer {
    if is_pending(params)? {
        return Ok(pending_header(node).to_string());
    }
    or_null(named(node, params)?, |block| render::header(&block))
}

fn block_receipts(node: &Node, params: &Params) -> Answer {
    if is_pending(params)? {
        return Ok(NULL.to_owned());
    }
    or_null(named(node, params)?, |block| render::receipts(&block))
}

fn transaction_count(node: &Node, params: &Params) -> Answer {
    if is_pending(params)? {
        return ok(&quantity(ready(node)?.len() as u64));
    }
    or_null(named(node, params)?, |block| {
        format!("\"{}\"", quantity(block.transactions.len() as u64))
    })
}

fn uncle_count(node: &Node, params: &Params) -> Answer {
    or_null(named(node, params)?, |_| "\"0x0\"".to_owned())
}

fn transaction_by_hash(node: &Node, params: &Params) -> Answer {
    or_null(
        render::transaction_by_hash(&node.reader, params.hash(0)?),
        |text| text,
    )
}

fn transaction_by_index(node: &Node, params: &Params) -> Answer {
    let index = usize::try_from(params.number(1)?).unwrap_or(usize::MAX);
    if is_pending(params)? {
        let ready = ready(node)?;
        return or_null(ready.get(index), |pooled| {
            render::transaction(&pooled.transaction, None).to_string()
        });
    }
    let block = named(node, params)?.filter(|block| index < block.transactions.len());
    or_null(block, |block| {
        let place = Place { block: &block, index };
        render::transaction(&block.transactions[index].transaction, Some(place)).to_string()
    })
}

pub(super) fn raw_transaction(node: &Node, params: &Params) -> Answer {
    let hash = params.hash(0)?;
    // In this order, or one that is mined in between is nowhere.
    let raw = match node.reader.pending_transaction(hash) {
        Some(waiting) => Some(waiting.raw()),
        None => {
            let found = node.reader.transaction(hash);
            found.map(|found| found.block.transactions[found.index].transaction.raw())
        }
    };
    or_null(raw, |raw| format!("\"{raw}\""))
}

fn transaction_receipt(node: &Node, params: &Params) -> Answer {
    or_null(node.reader.transaction(params.hash(0)?), |found| {
        render::receipt(&found.block, found.index)
    })
}

fn fee_history(node: &Node, params: &Params) -> Answer {
    let count = params.number(0)?;
    let newest = params.block(1, BlockId::Latest)?;
    let percentiles: Vec<f64> = params.optional(2, "percentiles of rewards")?.unwrap_or_default();
    let ascending = percentiles.windows(2).all(|pair| pair[0] <= pair[1]);
    if !ascending || percentiles.iter().any(|share| !(0.0..=100.0).contains(share)) {
        return Err(RpcError::params(
            "percentiles of rewards are from 0 to 100 and ascend",
        ));
    }
    if percentiles.len() > 100 {
        return Err(RpcError::params("at most 100 percentiles are taken"));
    }
    let history = node
        .reader
        .fee_history(count, newest.into())
        .map_err(failure::unread)?;
    let words = |fees: &[u64]| fees.iter().map(|fee| quantity(*fee)).collect::<Vec<_>>();
    let mut fields = json!({
        "oldestBlock": quantity(history.oldest),
        "baseFeePerGas": words(&history.base_fees_wei),
        "gasUsedRatio": history.gas_used_ratios,
    });
    if !percentiles.is_empty() {
        // Tips are dropped, so that every reward is 0.
        fields["reward"] = json!(vec![
            vec!["0x0"; percentiles.len()];
            history.gas_used_ratios.len()
        ]);
    }
    Ok(fields.to_string())
}
