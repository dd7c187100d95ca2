//! Measures what a call of a program costs in time, and where the time goes.
//!
//! `mintage bench` and this crate's benchmark print what is measured here. The clock is the caller's: a thread's own
//! processor time is best, because other processes then disturb less. Only the split reads the system's clock itself.
//!
//! How the split is made: in rounds of their own, a clock is read where a transaction enters and leaves the program, at
//! each host function and at each request of one to the EVM. Of each of these times the tenth percentile over many
//! transactions counts, and what a reading costs, measured in the same run, is taken off. What the transaction takes beyond that, untimed, is overhead: validation, payment, entry, commit. A call to another
//! contract counts as a request as a whole.

mod evm;
mod floor;
mod rounds;
mod subject;

use std::time::Duration;

pub use rounds::{Rounds, per_run, thread_clock};
pub use subject::{MeasureError, Subject};

/// Times inside of the programs that transactions called directly, as read from the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timing {
    /// Around the program: an instance made ready, run and restored.
    pub(crate) program: Duration,
    /// Around host functions, of the above.
    pub(crate) host_functions: Duration,
    /// Around requests to the EVM, of the above.
    pub(crate) evm: Duration,
    pub(crate) runs: u32,
    pub(crate) host_calls: u32,
    pub(crate) requests: u32,
}

impl Timing {
    /// Adds a run: its time, that of its host functions and that of their requests, with their numbers.
    pub(crate) fn add(
        &mut self,
        program: Duration,
        (host_functions, host_calls): (Duration, u32),
        (evm, requests): (Duration, u32),
    ) {
        self.program += program;
        self.host_functions += host_functions;
        self.evm += evm;
        self.runs += 1;
        self.host_calls += host_calls;
        self.requests += requests;
    }
}

/// Where the time of a committed transaction goes. The parts add up to it, but for rounding, unless the clock's own cost
/// hides one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The program's own code, and making its instance fresh.
    pub engine: Duration,
    /// Host functions: charging, memory in and out, the storage cache.
    pub hostio: Duration,
    /// The EVM's work for host functions: state through the journal, logs, calls.
    pub journal: Duration,
    /// Everything around the program: validation, payment, entry, commit.
    pub overhead: Duration,
}

impl Split {
    /// The split of a transaction that takes `total`, by what was timed inside, with `reading` for each reading of the clock.
    fn of(total: Duration, timing: &Timing, reading: Duration) -> Self {
        let Timing {
            program,
            host_functions,
            evm,
            runs,
            host_calls,
            requests,
        } = *timing;
        if runs == 0 {
            return Self {
                overhead: total,
                ..Self::default()
            };
        }
        // Between two readings about one reading's time goes by; around them, in what encloses them, another one's.
        let engine = program
            .saturating_sub(host_functions)
            .saturating_sub(reading * (runs + host_calls));
        let hostio = host_functions
            .saturating_sub(evm)
            .saturating_sub(reading * (host_calls + requests));
        let journal = evm.saturating_sub(reading * requests);
        let (engine, hostio, journal) = (engine / runs, hostio / runs, journal / runs);
        Self {
            engine,
            hostio,
            journal,
            overhead: total.saturating_sub(engine + hostio + journal),
        }
    }
}

/// What was measured of a program's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// A transaction that calls the program, committed to the state.
    pub committed: Duration,
    /// The same call, its changes dropped.
    pub read_only: Duration,
    /// Where the time of the committed one goes.
    pub split: Split,
    /// The same module as it is, not instrumented, on bare wasmtime with pooled instances; host functions only give back
    /// what the real ones gave, so that the program takes the same way.
    pub floor: Duration,
    /// An ERC-20 transfer in EVM bytecode on plain revm, committed.
    pub evm_transfer: Duration,
    /// Gas that the first call used.
    pub gas_used: u64,
}

/// A program's first call in a fresh engine, from its code on chain to its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstCall {
    /// Compiled.
    pub compiled: Duration,
    /// Its compiled form loaded from disk; `None` when that cannot be used on this machine.
    pub from_disk: Option<Duration>,
    /// Every later call, for comparison.
    pub later: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_parts_add_up_to_the_whole() {
        let micros = Duration::from_micros;
        let timing = Timing {
            program: micros(1_000),
            host_functions: micros(600),
            evm: micros(200),
            runs: 10,
            host_calls: 50,
            requests: 20,
        };
        let split = Split::of(micros(150), &timing, micros(1));
        assert_eq!(split.engine, micros(34));
        assert_eq!(split.hostio, micros(33));
        assert_eq!(split.journal, micros(18));
        assert_eq!(
            split.engine + split.hostio + split.journal + split.overhead,
            micros(150)
        );
        let nothing = Split::of(micros(150), &Timing::default(), micros(1));
        assert_eq!(nothing.overhead, micros(150));
    }
}
