//! Filters over HTTP: what happened since a client last asked.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mintage_chain::LogQuery;

/// A filter that nobody asks for so long is gone.
const UNUSED: Duration = Duration::from_secs(300);

/// What a filter looks for.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Blocks,
    Transactions,
    /// Logs of new blocks; the range of the query only bounds which blocks.
    Logs(LogQuery),
}

#[derive(Clone, Debug)]
struct Filter {
    wanted: Wanted,
    /// The event to look at next.
    next: u64,
    used: Instant,
}

/// The live filters.
#[derive(Debug, Default)]
pub(crate) struct Filters(Mutex<HashMap<u64, Filter>>);

impl Filters {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Filter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a filter that sees events from `next` on; false if there are `limit` of them already.
    pub(crate) fn add(&self, id: u64, wanted: Wanted, next: u64, limit: usize) -> bool {
        let mut filters = self.lock();
        let now = Instant::now();
        filters.retain(|_, filter| now.duration_since(filter.used) < UNUSED);
        if filters.len() >= limit {
            return false;
        }
        let used = now;
        filters.insert(id, Filter { wanted, next, used });
        true
    }

    pub(crate) fn remove(&self, id: u64) -> bool {
        self.lock().remove(&id).is_some()
    }

    /// What a filter looks for and from which event on.
    pub(crate) fn get(&self, id: u64) -> Option<(Wanted, u64)> {
        let mut filters = self.lock();
        let filter = filters.get_mut(&id)?;
        filter.used = Instant::now();
        Some((filter.wanted.clone(), filter.next))
    }

    /// Remembers how far a filter has told. A slower answer to the same filter does not move it back.
    pub(crate) fn told(&self, id: u64, next: u64) {
        if let Some(filter) = self.lock().get_mut(&id) {
            filter.next = filter.next.max(next);
        }
    }
}
