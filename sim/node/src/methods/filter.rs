//! Filters over HTTP and subscriptions over WebSocket.

use std::sync::Arc;

use mintage_chain::SealedBlock;
use serde_json::Value;

use super::{Run, log};
use crate::feed::Event;
use crate::filters::{Told, Wanted};
use crate::node::Node;
use crate::objects::{LogFilter, LogRange};
use crate::render::{self, quantity};
use crate::rpc::{Answer, BlockId, Params, RpcError, ok};
use crate::subscribe::{Subscriptions, Topic};

pub(super) const METHODS: &[(&str, Run)] = &[
    // On a fork the other chain may have to be asked for the number of a block.
    ("eth_newFilter", Run::Call(new_log_filter)),
    (
        "eth_newBlockFilter",
        Run::Quick(|node, _| add(node, Wanted::Blocks)),
    ),
    (
        "eth_newPendingTransactionFilter",
        Run::Quick(|node, _| add(node, Wanted::Transactions)),
    ),
    ("eth_getFilterChanges", Run::Long(changes)),
    ("eth_getFilterLogs", Run::Long(all_logs)),
    (
        "eth_uninstallFilter",
        Run::Quick(|node, params| ok(&node.filters.remove(params.number(0)?))),
    ),
    ("eth_subscribe", Run::Socket(subscribe)),
    (
        "eth_unsubscribe",
        Run::Socket(|_, subscriptions, params| ok(&subscriptions.remove(params.number(0)?))),
    ),
];

fn add(node: &Node, wanted: Wanted) -> Answer {
    let id = node.new_id();
    if !node
        .filters
        .add(id, wanted, node.feed.next(), node.limits.filters)
    {
        return Err(RpcError::limit(format!(
            "this node holds {} filters at once; uninstall some, or wait: unused ones end after five minutes",
            node.limits.filters
        )));
    }
    ok(&quantity(id))
}

fn new_log_filter(node: &Node, params: &Params) -> Answer {
    let filter = LogFilter::read(params, 0)?;
    let is_head = |id: BlockId| matches!(id, BlockId::Latest | BlockId::Pending);
    let (from, to, from_head) = match filter.range {
        LogRange::Block(hash) => {
            let number = log::number_of(node, BlockId::Hash(hash))?;
            (number, number, false)
        }
        LogRange::From(from, to) => {
            let first = log::number_of(node, from)?;
            let last = if is_head(to) {
                u64::MAX
            } else {
                log::number_of(node, to)?
            };
            (first, last, is_head(from))
        }
    };
    if from > to {
        return Err(RpcError::params("invalid block range params"));
    }
    let query = filter.query(from, to, Some(node.limits.logs));
    add(node, Wanted::Logs { query, from_head })
}

fn gone() -> RpcError {
    RpcError::server("filter not found")
}

/// What is new since the last time, up to [`Limits::logs`](crate::Limits::logs): the rest stays for the next time. Blocks that the chain
/// has gone back behind meanwhile, and their logs, are not told.
fn changes(node: &Node, params: &Params) -> Answer {
    let id = params.number(0)?;
    let (wanted, mut at) = node.filters.get(id).ok_or_else(gone)?;
    let Some((events, next)) = node.feed.since(at.next) else {
        // It was not asked for so long that what it should tell is forgotten.
        node.filters.remove(id);
        return Err(gone());
    };
    let mut told: Vec<String> = Vec::new();
    for event in &events {
        let left = node.limits.logs - told.len();
        let (new, is_all) = told_of(node, &wanted, event, at.part, left);
        told.extend(new);
        if !is_all {
            at.part += left;
            node.filters.told(id, at);
            return Ok(list(&told));
        }
        at = Told {
            next: at.next + 1,
            part: 0,
        };
    }
    node.filters.told(id, Told { next, part: 0 });
    Ok(list(&told))
}

fn list(told: &[String]) -> String {
    format!("[{}]", told.join(","))
}

/// What a filter tells of an event, without the first `skip` and at most `limit`, and whether that is all of it.
fn told_of(node: &Node, wanted: &Wanted, event: &Event, skip: usize, limit: usize) -> (Vec<String>, bool) {
    let is_there = |block: &SealedBlock| {
        let there = node.reader.block(block.number());
        there.is_some_and(|there| there.hash == block.hash)
    };
    let mut all = match (wanted, event) {
        (Wanted::Blocks, Event::Block(block)) if is_there(block) => vec![format!("\"{}\"", block.hash)],
        (Wanted::Transactions, Event::Transaction(hash)) => vec![format!("\"{hash}\"")],
        (Wanted::Logs { query, .. }, Event::Block(block))
            if (query.from..=query.to).contains(&block.number()) && is_there(block) =>
        {
            render::matching_logs(block, query)
        }
        _ => Vec::new(),
    };
    all.drain(..skip.min(all.len()));
    let is_all = all.len() <= limit;
    all.truncate(limit);
    (all, is_all)
}

fn all_logs(node: &Node, params: &Params) -> Answer {
    let (wanted, _) = node.filters.get(params.number(0)?).ok_or_else(gone)?;
    let Wanted::Logs { query, .. } = wanted else {
        return Err(RpcError::params("this filter is not about logs"));
    };
    let filter = LogFilter {
        range: LogRange::From(
            BlockId::Number(query.from),
            BlockId::Number(query.to.min(node.reader.block_number()).max(query.from)),
        ),
        addresses: query.addresses.clone(),
        topics: query.topics.clone(),
    };
    log::find(node, &filter)
}

fn subscribe(node: &Node, subscriptions: &Arc<Subscriptions>, params: &Params) -> Answer {
    let topic = match params.text(0)?.as_str() {
        "newHeads" => Topic::Heads,
        "logs" => Topic::Logs(LogFilter::read(params, 1)?.query(0, u64::MAX, None)),
        "newPendingTransactions" => Topic::Transactions {
            full: params.value(1).and_then(Value::as_bool).unwrap_or(false),
        },
        other => {
            let shown: String = other.chars().take(60).collect();
            return Err(RpcError::params(format!(
                "no subscription `{shown}`; there are newHeads, logs and newPendingTransactions"
            )));
        }
    };
    let id = node.new_id();
    subscriptions.add(id, topic)?;
    ok(&quantity(id))
}
