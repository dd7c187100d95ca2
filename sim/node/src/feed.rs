//! What happened on the chain, in order: for subscriptions as it happens, for filters since they last asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy_primitives::B256;
use mintage_chain::SealedBlock;
use tokio::sync::broadcast;

/// Events a subscriber may be behind before it is dropped.
const BEHIND: usize = 16_384;
/// Events that filters can look back on.
const KEPT: usize = 65_536;

/// One thing that happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A block was made, with everything in it.
    Block(Arc<SealedBlock>),
    /// A transaction arrived.
    Transaction(B256),
}

/// The events, numbered from 0.
#[derive(Debug)]
pub(crate) struct Feed {
    sender: broadcast::Sender<Event>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Number of the first event in `events`.
    first: u64,
    events: VecDeque<Event>,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self {
            sender: broadcast::channel(BEHIND).0,
            kept: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    pub(crate) fn push(&self, event: Event) {
        let mut kept = self.lock();
        if kept.events.len() == KEPT {
            kept.events.pop_front();
            kept.first += 1;
        }
        kept.events.push_back(event.clone());
        drop(kept);
        // Nobody listening is no failure.
        let _ = self.sender.send(event);
    }

    /// The number that the next event will get.
    pub(crate) fn next(&self) -> u64 {
        let kept = self.lock();
        kept.first + kept.events.len() as u64
    }

    /// The events from number `from` on, and the number after them; `None` if some of them are forgotten.
    pub(crate) fn since(&self, from: u64) -> Option<(Vec<Event>, u64)> {
        let kept = self.lock();
        let skip = from.checked_sub(kept.first)?;
        let events: Vec<Event> = kept
            .events
            .iter()
            .skip(usize::try_from(skip).ok()?)
            .cloned()
            .collect();
        Some((events, kept.first + kept.events.len() as u64))
    }
}
