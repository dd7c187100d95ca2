//! How often something is run to know its time.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

/// How to measure: a clock, and how many runs.
#[derive(Clone, Copy)]
pub struct Rounds<'a> {
    /// A clock that only ever goes on: the thread's processor time, or the time of day where there is none.
    pub clock: &'a dyn Fn() -> Duration,
    /// Runs of one round; the best of several rounds counts. 0: as many as take a tenth of a second.
    pub runs: u32,
}

const ROUNDS: usize = 7;
const LONG_ENOUGH: Duration = Duration::from_millis(100);

/// Time of one run: of the best of seven rounds, because what disturbs only ever adds.
///
/// # Errors
/// The first that `run` returns.
pub fn per_run<E>(rounds: &Rounds<'_>, mut run: impl FnMut() -> Result<(), E>) -> Result<Duration, E> {
    let mut count = if rounds.runs == 0 { 16 } else { rounds.runs };
    let mut best = Duration::MAX;
    let mut done = 0;
    while done < ROUNDS {
        let start = (rounds.clock)();
        for _ in 0..count {
            run()?;
        }
        let took = (rounds.clock)().saturating_sub(start);
        if rounds.runs == 0 && took < LONG_ENOUGH && count < 1 << 24 {
            count *= 2;
            continue;
        }
        best = best.min(took / count);
        done += 1;
    }
    Ok(best)
}

/// Processor time of this thread where the system tells it (Linux), else the time of day. Other processes disturb the first
/// little, the second much.
pub fn thread_clock() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    // Linux brings the figure up to date when a thread gives way.
    std::thread::yield_now();
    let nanos = std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}
