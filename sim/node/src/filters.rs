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
    Logs {
        query: LogQuery,
        /// The query begins where the chain stood when the filter was made. A chain that goes back takes it along.
        from_head: bool,
    },
}

/// How far a filter has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Told {
    /// The event to look at next.
    pub(crate) next: u64,
    /// What of it has been told.
    pub(crate) part: usize,
}

#[derive(Clone, Debug)]
struct Filter {
    wanted: Wanted,
    told: Told,
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
        let told = Told { next, part: 0 };
        filters.insert(id, Filter { wanted, told, used });
        true
    }

    pub(crate) fn remove(&self, id: u64) -> bool {
        self.lock().remove(&id).is_some()
    }

    /// What a filter looks for and how far it has told.
    pub(crate) fn get(&self, id: u64) -> Option<(Wanted, Told)> {
        let mut filters = self.lock();
        let filter = filters.get_mut(&id)?;
        filter.used = Instant::now();
        Some((filter.wanted.clone(), filter.told))
    }

    /// Remembers how far a filter has told. A slower answer to the same filter does not move it back.
    pub(crate) fn told(&self, id: u64, told: Told) {
        if let Some(filter) = self.lock().get_mut(&id) {
            filter.told = filter.told.max(told);
        }
    }

    /// The chain went back to this block: new ones come after it.
    pub(crate) fn went_back(&self, head: u64) {
        for filter in self.lock().values_mut() {
            if let Wanted::Logs {
                query,
                from_head: true,
            } = &mut filter.wanted
            {
                query.from = query.from.min(head + 1);
            }
        }
    }
}
