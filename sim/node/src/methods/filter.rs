//! Filters over HTTP and subscriptions over WebSocket.

use std::sync::Arc;

use serde_json::Value;

use super::{Run, log};
use crate::feed::Event;
use crate::filters::Wanted;
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
    ("eth_getFilterChanges", Run::Quick(changes)),
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
    let (from, to) = match filter.range {
        LogRange::Block(hash) => {
            let number = log::number_of(node, BlockId::Hash(hash))?;
            (number, number)
        }
        LogRange::From(from, to) => {
            let first = log::number_of(node, from)?;
            let last = match to {
                BlockId::Latest | BlockId::Pending => u64::MAX,
                other => log::number_of(node, other)?,
            };
            (first, last)
        }
    };
    if from > to {
        return Err(RpcError::params("invalid block range params"));
    }
    add(node, Wanted::Logs(filter.query(from, to, Some(node.limits.logs))))
}

fn gone() -> RpcError {
    RpcError::server("filter not found")
}

fn changes(node: &Node, params: &Params) -> Answer {
    let id = params.number(0)?;
    let (wanted, next) = node.filters.get(id).ok_or_else(gone)?;
    let Some((events, next)) = node.feed.since(next) else {
        // It was not asked for so long that what it should tell is forgotten.
        node.filters.remove(id);
        return Err(gone());
    };
    let mut told: Vec<String> = Vec::new();
    for event in &events {
        match (&wanted, event) {
            (Wanted::Blocks, Event::Block(block)) => told.push(format!("\"{}\"", block.hash)),
            (Wanted::Transactions, Event::Transaction(hash)) => told.push(format!("\"{hash}\"")),
            (Wanted::Logs(query), Event::Block(block))
                if (query.from..=query.to).contains(&block.number()) =>
            {
                told.extend(render::matching_logs(block, query));
            }
            _ => {}
        }
    }
    node.filters.told(id, next);
    Ok(format!("[{}]", told.join(",")))
}

fn all_logs(node: &Node, params: &Params) -> Answer {
    let (wanted, _) = node.filters.get(params.number(0)?).ok_or_else(gone)?;
    let Wanted::Logs(query) = wanted else {
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
