//! From a message to its answer: finds the method and runs it where it belongs.
//!
//! Quick methods run on the connection's own task, and so do most reads that execute code ([`crate::calls`]); long ones
//! (traces, logs) have threads of their own. Writes go to the one thread that owns the chain. Every request has a time limit; what
//! has begun to execute ends by its gas.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::calls::Calls;
use crate::feed::Event;
use crate::fork::{Fork, history};
use crate::methods::{self, Run};
use crate::node::Node;
use crate::rpc::{self, Answer, Call, Incoming, Params, RpcError};
use crate::subscribe::Subscriptions;

/// Answers messages.
#[derive(Debug)]
pub(crate) struct Service {
    node: Arc<Node>,
    calls: Calls,
}

impl Service {
    /// To be called in the runtime that will serve.
    pub(crate) fn new(node: Arc<Node>) -> Self {
        let calls = Calls::new(node.limits.request_time, node.fork.is_some());
        Self { node, calls }
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.node.feed.subscribe()
    }

    pub(crate) fn parse(&self, message: &[u8]) -> Incoming {
        Incoming::parse(message, self.node.limits.batch)
    }

    /// Whether a message holds a request that should not make others of its connection wait.
    pub(crate) fn may_take_long(&self, incoming: &Incoming) -> bool {
        match incoming {
            Incoming::Batch(_) => true,
            Incoming::Single(Ok(call)) => methods::find(&call.method).is_some_and(Run::may_take_long),
            Incoming::Single(Err(_)) => false,
        }
    }

    /// The answer to a body; `None` if there is nothing to say.
    pub(crate) async fn answer(&self, body: &[u8]) -> Option<String> {
        self.answer_all(self.parse(body), None).await
    }

    /// The answer to a message. The requests of a batch run in their order, so that one may build on the one before.
    pub(crate) async fn answer_all(
        &self,
        incoming: Incoming,
        subscriptions: Option<&Arc<Subscriptions>>,
    ) -> Option<String> {
        let calls = match incoming {
            Incoming::Single(Ok(call)) => return self.answer_one(call, subscriptions).await,
            Incoming::Single(Err((id, error))) => return Some(rpc::answer(&id, &Err(error))),
            Incoming::Batch(calls) => calls,
        };
        let mut answers = Vec::with_capacity(calls.len());
        let mut size = 0;
        for parsed in calls {
            let answer = match parsed {
                Ok(call) if size > self.node.limits.batch_answer_bytes => call.id.map(|id| {
                    let problem = format!(
                        "the answers of this batch are above {} bytes; send this request by itself",
                        self.node.limits.batch_answer_bytes
                    );
                    rpc::answer(&id, &Err(RpcError::limit(problem)))
                }),
                Ok(call) => self.answer_one(call, subscriptions).await,
                Err((id, error)) => Some(rpc::answer(&id, &Err(error))),
            };
            size += answer.as_ref().map_or(0, String::len);
            answers.extend(answer);
        }
        rpc::batch(&answers)
    }

    async fn answer_one(&self, call: Call, subscriptions: Option<&Arc<Subscriptions>>) -> Option<String> {
        let id = call.id.clone();
        let started = self.node.reporter.request(&call.method);
        let limit = self.node.limits.request_time;
        let answer = tokio::time::timeout(limit, self.run(call, subscriptions))
            .await
            .unwrap_or_else(|_| Err(RpcError::too_long(limit)));
        self.node.reporter.answered(started, answer.as_ref().err());
        id.map(|id| rpc::answer(&id, &answer))
    }

    async fn run(&self, call: Call, subscriptions: Option<&Arc<Subscriptions>>) -> Answer {
        let Some(run) = methods::find(&call.method) else {
            return Err(RpcError::no_method(&call.method));
        };
        let params = call.params;
        self.node.tick();
        if let Some(fork) = &self.node.fork
            && history::may_ask(&call.method)
        {
            return self.run_on_a_fork(fork, run, call.method, params).await;
        }
        match *run {
            Run::Quick(method) => method(&self.node, &params),
            Run::Brief(method) => {
                let node = Arc::clone(&self.node);
                self.calls.brief(move || method(&node, &params)).await
            }
            Run::Call(method) => {
                let node = Arc::clone(&self.node);
                self.calls.beside(move || method(&node, &params)).await
            }
            Run::Long(method) => {
                let node = Arc::clone(&self.node);
                self.calls.long(move || method(&node, &params)).await
            }
            Run::Write(method) => {
                self.node
                    .writer
                    .run(move |writer| method(writer, &params))
                    .await?
            }
            Run::Submit(method) => {
                let node = Arc::clone(&self.node);
                let submission = self.calls.brief(move || method(&node, &params)).await?;
                self.node.writer.run(submission).await?
            }
            Run::Socket(method) => match subscriptions {
                Some(subscriptions) => method(&self.node, subscriptions, &params),
                None => Err(RpcError::unsupported(
                    "subscriptions need a WebSocket connection; over HTTP use eth_newFilter and eth_getFilterChanges",
                )),
            },
        }
    }
}

impl Service {
    /// Answers a request that the chain may have to be asked for which the node is a fork of: beside the others, for that takes
    /// time, even where it only looks something up here.
    async fn run_on_a_fork(
        &self,
        fork: &Arc<Fork>,
        run: &'static Run,
        name: String,
        params: Params,
    ) -> Answer {
        let (node, fork) = (Arc::clone(&self.node), Arc::clone(fork));
        let work = move || {
            if let Some(answer) = history::answer(&node, &fork, &name, &params) {
                return answer;
            }
            match run {
                Run::Quick(method) | Run::Brief(method) | Run::Call(method) | Run::Long(method) => {
                    method(&node, &params)
                }
                _ => Err(RpcError::internal("this method is not about blocks or states")),
            }
        };
        match run {
            Run::Long(_) => self.calls.long(work).await,
            _ => self.calls.beside(work).await,
        }
    }
}
