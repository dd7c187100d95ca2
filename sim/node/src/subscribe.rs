//! The subscriptions of one WebSocket.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mintage_chain::LogQuery;

use crate::dispatch::Service;
use crate::feed::Event;
use crate::render::{self, quantity};
use crate::rpc::{self, RpcError};

/// Subscriptions that one connection may hold.
const LIMIT: usize = 256;

/// What a subscription wants to be told.
#[derive(Clone, Debug)]
pub(crate) enum Topic {
    Heads,
    Logs(LogQuery),
    /// Hashes, or whole transactions.
    Transactions {
        full: bool,
    },
}

/// The subscriptions of a connection, by id.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions(Mutex<BTreeMap<u64, Topic>>);

impl Subscriptions {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Topic>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(crate) fn add(&self, id: u64, topic: Topic) -> Result<(), RpcError> {
        let mut topics = self.lock();
        if topics.len() >= LIMIT {
            return Err(RpcError::limit(format!(
                "a connection may hold {LIMIT} subscriptions"
            )));
        }
        topics.insert(id, topic);
        Ok(())
    }

    pub(crate) fn remove(&self, id: u64) -> bool {
        self.lock().remove(&id).is_some()
    }

    /// What an event makes this connection be told.
    pub(crate) fn texts(&self, service: &Service, event: &Event) -> Vec<String> {
        let topics = self.lock();
        let mut texts = Vec::new();
        for (id, topic) in topics.iter() {
            let mut tell = |result: String| texts.push(rpc::notification(&quantity(*id), &result));
            match (topic, event) {
                (Topic::Heads, Event::Block(block)) => tell(render::header(block)),
                (Topic::Logs(query), Event::Block(block)) => {
                    for log in render::matching_logs(block, query) {
                        tell(log);
                    }
                }
                (Topic::Transactions { full: false }, Event::Transaction(hash)) => {
                    tell(format!("\"{hash}\""))
                }
                (Topic::Transactions { full: true }, Event::Transaction(hash)) => {
                    if let Some(transaction) = render::transaction_by_hash(&service.node().reader, *hash) {
                        tell(transaction);
                    }
                }
                _ => {}
            }
        }
        texts
    }
}
