//! Where requests execute code: on the thread that they came in by while few do, on threads of their own otherwise.
//!
//! To hand a call of microseconds to another thread and its answer back takes longer than the call. But a call may also take a second,
//! and the thread that runs it may be the one that watches all connections; nobody would look at them meanwhile. So as long as calls run
//! here, a [lookout](Lookout) gives the runtime something to do every few milliseconds: that wakes a thread that rests, and when it
//! goes to rest again it watches the connections. Calls take at most half of the runtime's threads in this way.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::rpc::RpcError;

/// Executions of code at once; more wait their turn.
const AT_ONCE: usize = 64;
/// How long the connections may be without a watch.
const ROUND: Duration = Duration::from_millis(5);
/// Rounds without a call after which the lookout rests, until there is one.
const QUIET_ROUNDS: u32 = 200;

/// Threads for a runtime: those that calls may take, and as many again.
pub(crate) fn runtime_threads() -> usize {
    2 * places()
}

/// Calls at once on the threads of the runtime.
fn places() -> usize {
    thread::available_parallelism().map_or(2, usize::from)
}

/// The places where code is executed.
#[derive(Debug)]
pub(crate) struct Calls {
    /// How long one may take.
    limit: Duration,
    lookout: Arc<Lookout>,
    places: usize,
    beside: Arc<Semaphore>,
    long: Arc<Semaphore>,
}

impl Calls {
    /// For the runtime that it is called in, which has [`runtime_threads`]. If reading a state `may_wait` for others, nothing runs on
    /// the runtime's own threads.
    pub(crate) fn new(limit: Duration, may_wait: bool) -> Self {
        Self {
            limit,
            lookout: Lookout::start(),
            places: if may_wait { 0 } else { places() },
            beside: Arc::new(Semaphore::new(AT_ONCE)),
            long: Arc::new(Semaphore::new(places().max(2))),
        }
    }

    /// Runs what is mostly short: here, if there is a place.
    pub(crate) async fn brief<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, RpcError> + Send + 'static,
    ) -> Result<T, RpcError> {
        let Some(_place) = self.lookout.enter(self.places) else {
            return self.beside(work).await;
        };
        let begun = Instant::now();
        // What is broken by a panic is not used again: the work owns what it works with, or shares it as threads do.
        let answer = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(failed(&"it panicked")));
        // Nobody could interrupt it: the answer is the same as if somebody had.
        if begun.elapsed() > self.limit {
            return Err(RpcError::too_long(self.limit));
        }
        answer
    }

    /// Runs something on a thread of its own.
    pub(crate) async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, RpcError> + Send + 'static,
    ) -> Result<T, RpcError> {
        on_a_thread(&self.beside, work).await
    }

    /// Runs what may take seconds on one of few threads, so that it never takes the last one.
    pub(crate) async fn long<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, RpcError> + Send + 'static,
    ) -> Result<T, RpcError> {
        on_a_thread(&self.long, work).await
    }
}

/// Runs something on a thread of the blocking pool, when a place is free there. The place stays taken until the work has ended, even
/// if nobody waits for it any more.
async fn on_a_thread<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> Result<T, RpcError> + Send + 'static,
) -> Result<T, RpcError> {
    let place: OwnedSemaphorePermit = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(|_| RpcError::internal("the node stops"))?;
    tokio::task::spawn_blocking(move || {
        let answer = work();
        drop(place);
        answer
    })
    .await
    .map_err(|failure| failed(&failure))?
}

fn failed(failure: &dyn std::fmt::Display) -> RpcError {
    RpcError::internal(format!("the request failed inside the node: {failure}"))
}

/// Sees to it that the runtime watches its connections while calls run on its threads.
#[derive(Debug)]
struct Lookout {
    /// Calls that run now.
    running: AtomicUsize,
    /// Whether one has begun since the last round.
    begun: AtomicBool,
    rests: AtomicBool,
    thread: OnceLock<Thread>,
}

/// A call that runs.
struct Place<'a>(&'a Lookout);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Lookout {
    fn start() -> Arc<Self> {
        let lookout = Arc::new(Self {
            running: AtomicUsize::new(0),
            begun: AtomicBool::new(false),
            rests: AtomicBool::new(false),
            thread: OnceLock::new(),
        });
        let (watched, runtime) = (Arc::downgrade(&lookout), Handle::current());
        let thread = thread::Builder::new()
            .name("lookout".to_owned())
            .spawn(move || look_out(&watched, &runtime));
        if let Ok(thread) = thread {
            let _ = lookout.thread.set(thread.thread().clone());
        }
        lookout
    }

    /// A place to run a call, if fewer than `most` are taken.
    fn enter(&self, most: usize) -> Option<Place<'_>> {
        // Without a lookout nothing runs here.
        let thread = self.thread.get()?;
        let taken = self.running.fetch_add(1, Ordering::SeqCst);
        let place = Place(self);
        if taken >= most {
            return None;
        }
        self.begun.store(true, Ordering::SeqCst);
        if self.rests.load(Ordering::SeqCst) && self.rests.swap(false, Ordering::SeqCst) {
            thread.unpark();
        }
        Some(place)
    }

    fn is_needed(&self) -> bool {
        // Both are read: one that has begun and ended may be of a batch that goes on.
        self.begun.swap(false, Ordering::SeqCst) | (self.running.load(Ordering::SeqCst) > 0)
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

/// The rounds, until nobody needs the lookout any more.
fn look_out(watched: &Weak<Lookout>, runtime: &Handle) {
    let mut quiet = 0;
    while let Some(lookout) = watched.upgrade() {
        if lookout.is_needed() {
            quiet = 0;
            // Nothing to do is enough to wake a thread.
            drop(runtime.spawn(async {}));
        } else {
            quiet += 1;
        }
        if quiet < QUIET_ROUNDS {
            drop(lookout);
            thread::sleep(ROUND);
            continue;
        }
        quiet = 0;
        lookout.rests.store(true, Ordering::SeqCst);
        // One that began before it could know of the rest has not woken anybody.
        if lookout.begun.load(Ordering::SeqCst) {
            lookout.rests.store(false, Ordering::SeqCst);
            continue;
        }
        drop(lookout);
        thread::park();
    }
}
