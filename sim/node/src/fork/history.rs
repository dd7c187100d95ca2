//! What was before a fork: blocks, transactions, logs and old states, which the other node is asked for and which are told in
//! its words.
//!
//! The block that the fork begins after is the other's as a block; its state is this node's, for accounts were funded in it.
//! What the other has made since is not part of this chain.

use serde_json::{Value, json};

use super::Fork;
use crate::node::Node;
use crate::objects::LogFilter;
use crate::rpc::{Answer, BlockId, Params, RpcError};

/// What a method is about, and so which side has the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// The block of this parameter.
    Block(usize),
    /// The state at the block of this parameter.
    State(usize),
    /// A transaction by its hash.
    Transaction,
}

/// `None` for methods that are about this node alone.
fn about(method: &str) -> Option<About> {
    Some(match method {
        "eth_getBlockByNumber"
        | "eth_getBlockByHash"
        | "eth_getHeaderByNumber"
        | "eth_getHeaderByHash"
        | "eth_getBlockReceipts"
        | "eth_getBlockTransactionCountByNumber"
        | "eth_getBlockTransactionCountByHash"
        | "eth_getUncleCountByBlockNumber"
        | "eth_getUncleCountByBlockHash"
        | "eth_getTransactionByBlockNumberAndIndex"
        | "eth_getTransactionByBlockHashAndIndex"
        | "debug_traceBlockByNumber"
        | "debug_traceBlockByHash" => About::Block(0),
        "eth_getBalance"
        | "eth_getTransactionCount"
        | "eth_getCode"
        | "eth_getAccountInfo"
        | "eth_call"
        | "eth_estimateGas"
        | "eth_createAccessList"
        | "eth_feeHistory"
        | "debug_traceCall" => About::State(1),
        "eth_getStorageAt" | "eth_getProof" => About::State(2),
        "eth_getTransactionByHash"
        | "eth_getTransactionReceipt"
        | "eth_getRawTransactionByHash"
        | "debug_traceTransaction"
        | "debug_getRawTransaction" => About::Transaction,
        _ => return None,
    })
}

/// Whether a request may have to be handed on, which takes time.
pub(crate) fn may_ask(method: &str) -> bool {
    about(method).is_some()
}

/// The answer to a request that is about what was before the fork; `None` if it is about this node's own.
pub(crate) fn answer(node: &Node, fork: &Fork, method: &str, params: &Params) -> Option<Answer> {
    let handed_on = match about(method)? {
        About::Block(place) => of_block(node, fork, place, params),
        About::State(place) => of_state(node, fork, place, params),
        About::Transaction => of_transaction(node, fork, params),
    };
    match handed_on {
        Ok(Whose::Own) => None,
        Ok(Whose::Nobodys) => Some(Ok("null".to_owned())),
        Ok(Whose::Other(params)) => Some(ask(fork, method, &params)),
        Err(error) => Some(Err(error)),
    }
}

/// Whose a block, a state or a transaction is.
enum Whose {
    Own,
    /// The other's, with the parameters to ask it with.
    Other(Value),
    Nobodys,
}

fn ask(fork: &Fork, method: &str, params: &Value) -> Answer {
    Ok(fork.ask(method, params)?.to_string())
}

/// The parameters with a block by number in place of what only means that block here.
fn with_number(params: &Params, place: usize, number: u64) -> Value {
    let mut values = params.values().to_vec();
    values.resize(values.len().max(place + 1), Value::Null);
    values[place] = format!("{number:#x}").into();
    values.into()
}

fn of_block(node: &Node, fork: &Fork, place: usize, params: &Params) -> Result<Whose, RpcError> {
    let last = fork.point.number;
    let number = match params.block(place, BlockId::Latest)? {
        BlockId::Pending => return Ok(Whose::Own),
        BlockId::Latest => node.reader.block_number(),
        BlockId::Earliest => 0,
        BlockId::Number(number) => number,
        BlockId::Hash(hash) => match own_number(node, fork, hash) {
            Some(_) => return Ok(Whose::Own),
            None => {
                return Ok(match fork.number_of(hash)? {
                    Some(_) => Whose::Other(json!(params.values())),
                    None => Whose::Nobodys,
                });
            }
        },
    };
    Ok(if number <= last {
        Whose::Other(with_number(params, place, number))
    } else {
        Whose::Own
    })
}

/// The number of a block that was made here.
fn own_number(node: &Node, fork: &Fork, hash: alloy_primitives::B256) -> Option<u64> {
    let number = node.reader.block_by_hash(hash)?.number();
    (number > fork.point.number).then_some(number)
}

fn of_state(node: &Node, fork: &Fork, place: usize, params: &Params) -> Result<Whose, RpcError> {
    let first = fork.point.number;
    let number = match params.block(place, BlockId::Latest)? {
        BlockId::Pending | BlockId::Latest => return Ok(Whose::Own),
        BlockId::Earliest => 0,
        BlockId::Number(number) => number,
        BlockId::Hash(hash) if node.reader.block_by_hash(hash).is_some() => return Ok(Whose::Own),
        BlockId::Hash(hash) => match fork.number_of(hash)? {
            Some(number) => number,
            // The node says that there is none.
            None => return Ok(Whose::Own),
        },
    };
    Ok(if number < first {
        Whose::Other(with_number(params, place, number))
    } else {
        Whose::Own
    })
}

fn of_transaction(node: &Node, fork: &Fork, params: &Params) -> Result<Whose, RpcError> {
    let hash = params.hash(0)?;
    if node.reader.pending_transaction(hash).is_some() || node.reader.transaction(hash).is_some() {
        return Ok(Whose::Own);
    }
    let found = fork.ask("eth_getTransactionByHash", &json!([hash]))?;
    // What the other got since, or what waits there, is not of this chain: the node says that there is none.
    Ok(match fork.past(&found["blockNumber"]) {
        Some(_) => Whose::Other(json!(params.values())),
        None => Whose::Own,
    })
}

/// Logs of blocks `from` to `to` of the other chain, each as JSON text.
pub(crate) fn logs(fork: &Fork, filter: &LogFilter, from: u64, to: u64) -> Result<Vec<Value>, RpcError> {
    let mut wanted = filter_json(filter);
    wanted["fromBlock"] = format!("{from:#x}").into();
    wanted["toBlock"] = format!("{to:#x}").into();
    list(fork, wanted)
}

/// Logs of a block of the other chain; `None` if it has none of this hash up to the fork point.
pub(crate) fn logs_of_block(
    fork: &Fork,
    filter: &LogFilter,
    hash: alloy_primitives::B256,
) -> Result<Option<Vec<Value>>, RpcError> {
    if fork.number_of(hash)?.is_none() {
        return Ok(None);
    }
    let mut wanted = filter_json(filter);
    wanted["blockHash"] = json!(hash);
    list(fork, wanted).map(Some)
}

/// The number of a block of the other chain that is part of this one.
pub(crate) fn number_of(fork: &Fork, hash: alloy_primitives::B256) -> Result<Option<u64>, RpcError> {
    Ok(fork.number_of(hash)?)
}

fn list(fork: &Fork, wanted: Value) -> Result<Vec<Value>, RpcError> {
    match fork.ask("eth_getLogs", &json!([wanted]))? {
        Value::Array(logs) => Ok(logs),
        _ => Err(RpcError::server(format!(
            "{} answers eth_getLogs without a list",
            fork.shown()
        ))),
    }
}

fn filter_json(filter: &LogFilter) -> Value {
    let mut fields = json!({});
    if !filter.addresses.is_empty() {
        fields["address"] = json!(filter.addresses);
    }
    let mut topics: Vec<Value> = filter
        .topics
        .iter()
        .map(|wanted| {
            if wanted.is_empty() {
                Value::Null
            } else {
                json!(wanted)
            }
        })
        .collect();
    while topics.pop_if(|topic| topic.is_null()).is_some() {}
    if !topics.is_empty() {
        fields["topics"] = topics.into();
    }
    fields
}
