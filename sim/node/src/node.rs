//! What all requests share: readers of the chain, the way to its writer, accounts, filters, limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use mintage_chain::ChainReader;

use crate::activity::Reporter;
use crate::config::Limits;
use crate::feed::Feed;
use crate::filters::Filters;
use crate::fork::Fork;
use crate::wallet::Wallet;
use crate::writer::WriterHandle;

/// The node as its methods see it.
#[derive(Debug)]
pub(crate) struct Node {
    /// The chain's blocks and states; never waits for the writer.
    pub(crate) reader: ChainReader,
    pub(crate) writer: WriterHandle,
    pub(crate) wallet: Wallet,
    pub(crate) feed: Feed,
    pub(crate) filters: Filters,
    pub(crate) limits: Limits,
    pub(crate) reporter: Reporter,
    /// The chain that this one is a fork of.
    pub(crate) fork: Option<Arc<Fork>>,
    /// The time, if it is not the machine's.
    still_ts: Option<u64>,
    ids: AtomicU64,
}

impl Node {
    pub(crate) fn new(
        reader: ChainReader,
        writer: WriterHandle,
        wallet: Wallet,
        limits: Limits,
        reporter: Reporter,
        fork: Option<Arc<Fork>>,
        still_ts: Option<u64>,
    ) -> Self {
        Self {
            reader,
            writer,
            wallet,
            feed: Feed::new(),
            filters: Filters::default(),
            limits,
            reporter,
            fork,
            still_ts,
            ids: AtomicU64::new(1),
        }
    }

    /// The time in seconds since 1970, without what requests added to it.
    pub(crate) fn now_ts(&self) -> u64 {
        self.still_ts.unwrap_or_else(unix_secs)
    }

    /// Tells the chain what time it is.
    pub(crate) fn tick(&self) {
        self.reader.set_wall_clock(self.now_ts());
    }

    /// A new name for a filter or a subscription.
    pub(crate) fn new_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}

/// Seconds since 1970; 0 on a machine whose clock stands before.
pub(crate) fn unix_secs() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}
