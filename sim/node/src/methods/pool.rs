//! What waits for a block: `txpool_*`.

use std::collections::BTreeMap;

use alloy_primitives::Address;
use serde_json::{Map, Value, json};

use super::{Run, failure};
use crate::node::Node;
use crate::render::{self, quantity};
use crate::rpc::{Answer, Params};

pub(super) const METHODS: &[(&str, Run)] = &[
    ("txpool_status", Run::Quick(status)),
    ("txpool_content", Run::Quick(content)),
    ("txpool_inspect", Run::Quick(inspect)),
];

fn status(node: &Node, _: &Params) -> Answer {
    let pool = node.reader.pool().map_err(failure::unread)?;
    let ready = pool.iter().filter(|pooled| pooled.ready).count();
    let fields =
        json!({ "pending": quantity(ready as u64), "queued": quantity((pool.len() - ready) as u64) });
    Ok(fields.to_string())
}

/// What waits, by sender and nonce: first what the next block takes, then what misses an earlier nonce.
fn sorted(node: &Node, show: impl Fn(&mintage_chain::Transaction) -> Value) -> Answer {
    let mut groups = [BTreeMap::<Address, Map<String, Value>>::new(), BTreeMap::new()];
    for pooled in node.reader.pool().map_err(failure::unread)? {
        let transaction = &pooled.transaction;
        groups[usize::from(!pooled.ready)]
            .entry(transaction.from())
            .or_default()
            .insert(transaction.nonce().to_string(), show(transaction));
    }
    let [pending, queued] = groups;
    Ok(json!({ "pending": pending, "queued": queued }).to_string())
}

fn content(node: &Node, _: &Params) -> Answer {
    sorted(node, |transaction| render::transaction(transaction, None))
}

fn inspect(node: &Node, _: &Params) -> Answer {
    sorted(node, |transaction| {
        let to = transaction
            .to()
            .map_or_else(|| "contract creation".to_owned(), |to| to.to_string());
        let (value, gas) = (transaction.value(), transaction.gas_limit());
        let price = transaction.max_fee_per_gas();
        format!("{to}: {value} wei + {gas} gas x {price} wei").into()
    })
}
