//! What the node tells whoever runs it: each request as it is answered, each block as it is made.
//!
//! How that is shown is not here; the command prints it. Nobody has to listen, and the node never waits for who does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use mintage_chain::SealedBlock;

use crate::rpc::RpcError;

/// One thing that the node did.
#[derive(Clone, Debug)]
pub enum Activity {
    /// A request was answered.
    Request {
        /// Its method.
        method: String,
        /// From its arrival to its answer.
        took: Duration,
        /// The message of the error that it was answered with.
        error: Option<String>,
    },
    /// A block was made.
    Block(Arc<SealedBlock>),
}

/// The way to who listens, if anybody does.
#[derive(Debug)]
pub(crate) struct Reporter {
    listener: Option<SyncSender<Activity>>,
    on: AtomicBool,
}

impl Reporter {
    pub(crate) fn new(listener: Option<SyncSender<Activity>>) -> Self {
        let on = AtomicBool::new(listener.is_some());
        Self { listener, on }
    }

    /// Whether anything is reported (`anvil_setLoggingEnabled`).
    pub(crate) fn set_on(&self, on: bool) {
        self.on.store(on && self.listener.is_some(), Ordering::Relaxed);
    }

    fn report(&self, activity: Activity) {
        if let Some(listener) = &self.listener {
            // One who does not keep up misses something; one who has gone misses all.
            let _ = listener.try_send(activity);
        }
    }

    /// A request has arrived; `None` if nobody wants to know.
    pub(crate) fn request(&self, method: &str) -> Option<Started> {
        self.on.load(Ordering::Relaxed).then(|| Started {
            method: method.to_owned(),
            at: Instant::now(),
        })
    }

    /// It is answered.
    pub(crate) fn answered(&self, started: Option<Started>, error: Option<&RpcError>) {
        if let Some(Started { method, at }) = started {
            self.report(Activity::Request {
                method,
                took: at.elapsed(),
                error: error.map(|error| error.message.clone()),
            });
        }
    }

    /// A block was made.
    pub(crate) fn block(&self, block: &Arc<SealedBlock>) {
        if self.on.load(Ordering::Relaxed) {
            self.report(Activity::Block(Arc::clone(block)));
        }
    }
}

/// A request that runs.
pub(crate) struct Started {
    method: String,
    at: Instant,
}
