//! Queries for logs over blocks.

use alloy_primitives::B256;
use mintage_chain::{LogEntry, LogQueryError};
use serde_json::Value;

use super::Run;
use crate::fork::history;
use crate::node::Node;
use crate::objects::{LogFilter, LogRange};
use crate::render;
use crate::rpc::{Answer, BlockId, Params, RpcError, ok};

pub(super) const METHODS: &[(&str, Run)] = &[("eth_getLogs", Run::Long(get_logs))];

fn get_logs(node: &Node, params: &Params) -> Answer {
    find(node, &LogFilter::read(params, 0)?)
}

/// The number of a block that a filter names; `pending` is the newest.
pub(super) fn number_of(node: &Node, id: BlockId) -> Result<u64, RpcError> {
    match id {
        BlockId::Number(number) => Ok(number),
        BlockId::Latest | BlockId::Pending => Ok(node.reader.block_number()),
        BlockId::Earliest => Ok(0),
        BlockId::Hash(hash) => match (node.reader.block_by_hash(hash), &node.fork) {
            (Some(block), _) => Ok(block.number()),
            (None, Some(fork)) => history::number_of(fork, hash)?.ok_or_else(unknown),
            (None, None) => Err(unknown()),
        },
    }
}

fn unknown() -> RpcError {
    RpcError::server("unknown block")
}

/// Everything that a filter wants, within the limits of the node, as JSON text. What is before a fork comes from the other
/// chain, within its limits.
pub(super) fn find(node: &Node, filter: &LogFilter) -> Answer {
    match filter.range {
        LogRange::Block(hash) => of_block(node, filter, hash),
        LogRange::From(from, to) => {
            let (from, to) = (number_of(node, from)?, number_of(node, to)?);
            if from > to {
                return Err(RpcError::params(format!(
                    "invalid block range params: fromBlock {from} is above toBlock {to}"
                )));
            }
            let to = to.min(node.reader.block_number());
            let Some(fork) = node.fork.as_ref().filter(|fork| from <= fork.point.number) else {
                return own(node, filter, from, to);
            };
            let last = fork.point.number;
            let before = history::logs(fork, filter, from, to.min(last))?;
            let after = own(node, filter, last + 1, to)?;
            Ok(joined(&before, &after))
        }
    }
}

/// The logs of blocks that were made here.
fn own(node: &Node, filter: &LogFilter, from: u64, to: u64) -> Answer {
    if from > to {
        return Ok("[]".to_owned());
    }
    if to - from >= node.limits.log_blocks {
        return Err(RpcError::limit(format!(
            "{} blocks asked for; at most {} are searched at once, ask for a smaller range",
            to - from + 1,
            node.limits.log_blocks
        )));
    }
    let query = filter.query(from, to, Some(node.limits.logs));
    shown(node.reader.logs(&query))
}

fn of_block(node: &Node, filter: &LogFilter, hash: B256) -> Answer {
    if let Some(fork) = &node.fork
        && let Some(logs) = history::logs_of_block(fork, filter, hash)?
    {
        return ok(&logs);
    }
    if node.reader.block_by_hash(hash).is_none() {
        return Err(unknown());
    }
    let query = filter.query(0, u64::MAX, Some(node.limits.logs));
    shown(node.reader.logs_of_block(hash, &query))
}

fn shown(found: Result<Vec<LogEntry>, LogQueryError>) -> Answer {
    match found {
        Ok(entries) => Ok(render::logs(&entries)),
        Err(error) => Err(RpcError::limit(format!(
            "{error}; ask for fewer blocks or narrower topics"
        ))),
    }
}

/// One list of two: values, and a list as text.
fn joined(first: &[Value], second: &str) -> String {
    let rest = second.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let mut parts: Vec<String> = first.iter().map(Value::to_string).collect();
    parts.extend(rest.filter(|rest| !rest.is_empty()).map(str::to_owned));
    format!("[{}]", parts.join(","))
}
