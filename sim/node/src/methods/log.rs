//! Queries for logs over blocks.

use mintage_chain::{LogEntry, LogQueryError};

use super::Run;
use crate::node::Node;
use crate::objects::{LogFilter, LogRange};
use crate::render;
use crate::rpc::{Answer, BlockId, Params, RpcError};

pub(super) const METHODS: &[(&str, Run)] = &[("eth_getLogs", Run::Long(get_logs))];

fn get_logs(node: &Node, params: &Params) -> Answer {
    Ok(render::logs(&find(node, &LogFilter::read(params, 0)?)?))
}

/// The number of a block that a filter names; `pending` is the newest.
pub(super) fn number_of(node: &Node, id: BlockId) -> Result<u64, RpcError> {
    match id {
        BlockId::Number(number) => Ok(number),
        BlockId::Latest | BlockId::Pending => Ok(node.reader.block_number()),
        BlockId::Earliest => Ok(node
            .reader
            .block_of(mintage_chain::BlockId::Earliest)
            .map_or(0, |block| block.number())),
        BlockId::Hash(hash) => match node.reader.block_by_hash(hash) {
            Some(block) => Ok(block.number()),
            None => Err(RpcError::server("unknown block")),
        },
    }
}

/// Everything that a filter wants, within the limits of the node.
pub(super) fn find(node: &Node, filter: &LogFilter) -> Result<Vec<LogEntry>, RpcError> {
    let most = Some(node.limits.logs);
    let found = match filter.range {
        LogRange::Block(hash) => {
            if node.reader.block_by_hash(hash).is_none() {
                return Err(RpcError::server("unknown block"));
            }
            node.reader.logs_of_block(hash, &filter.query(0, u64::MAX, most))
        }
        LogRange::From(from, to) => {
            let (from, to) = (number_of(node, from)?, number_of(node, to)?);
            if from > to {
                return Err(RpcError::params(format!(
                    "invalid block range params: fromBlock {from} is above toBlock {to}"
                )));
            }
            let to = to.min(node.reader.block_number());
            if from > to {
                return Ok(Vec::new());
            }
            if to - from >= node.limits.log_blocks {
                return Err(RpcError::limit(format!(
                    "{} blocks asked for; at most {} are searched at once, ask for a smaller range",
                    to - from + 1,
                    node.limits.log_blocks
                )));
            }
            node.reader.logs(&filter.query(from, to, most))
        }
    };
    found.map_err(|error: LogQueryError| {
        RpcError::limit(format!("{error}; ask for fewer blocks or narrower topics"))
    })
}
