//! What ArbOS keeps beside the state: pages and open frames of a transaction, recent programs of a block.

use std::{collections::VecDeque, sync::Arc};

use revm::primitives::{Address, B256};

use crate::{
    arbos::{ArbosContext, ArbosVersion},
    measure::Timing,
    memory::Pages,
    symbols::SymbolTable,
    trace::{ProgramRun, record::Recorder},
};

/// Counters and lists that live for a transaction or a block. None of them is undone by a revert.
#[derive(Clone, Debug)]
pub struct Runtime {
    pub(crate) arbos: ArbosVersion,
    pub(crate) pages: Pages,
    pub(crate) frames: OpenFrames,
    pub(crate) recent: RecentPrograms,
    pub(crate) trace: Option<Box<Recorder>>,
    pub(crate) symbols: Arc<SymbolTable>,
    pub(crate) profiled: bool,
    pub(crate) last_run: Option<ProgramRun>,
    pub(crate) context: ArbosContext,
    /// Times inside of programs, while they are measured.
    pub(crate) timing: Option<Timing>,
}

impl Runtime {
    pub(crate) fn new(arbos: ArbosVersion) -> Self {
        Self {
            arbos,
            pages: Pages::default(),
            frames: OpenFrames::default(),
            recent: RecentPrograms::default(),
            trace: None,
            symbols: Arc::default(),
            profiled: false,
            last_run: None,
            context: ArbosContext::default(),
            timing: None,
        }
    }

    /// Ready for a transaction.
    pub(crate) fn begin_transaction(&mut self) {
        self.pages = Pages::default();
        self.frames.clear();
        self.last_run = None;
        if let Some(trace) = &mut self.trace {
            trace.begin_transaction();
        }
    }
}

/// A frame that is open.
#[derive(Clone, Copy, Debug)]
struct OpenFrame {
    /// The address as which it acts.
    acting: Address,
    /// Whether it counts for reentrancy.
    counts: bool,
    /// Who called it.
    caller: Address,
}

/// The open frames, outermost first.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenFrames {
    frames: Vec<OpenFrame>,
    /// Addresses taken for entered although no frame of theirs is open.
    assumed: Vec<Address>,
}

impl OpenFrames {
    /// The frame at `index` of the stack opens. Whatever stood there and above it has ended.
    pub(crate) fn open(&mut self, index: usize, acting: Address, counts: bool, caller: Address) {
        self.frames.truncate(index);
        self.frames.push(OpenFrame {
            acting,
            counts,
            caller,
        });
    }

    /// Who called the frame at `index`.
    pub(crate) fn caller_at(&self, index: usize) -> Option<Address> {
        self.frames.get(index).map(|frame| frame.caller)
    }

    /// Takes an address for entered.
    pub(crate) fn assume(&mut self, address: Address) {
        self.assumed.push(address);
    }

    fn clear(&mut self) {
        self.frames.clear();
        self.assumed.clear();
    }

    /// Whether more than one counting frame acts as `address`, among those up to `index`.
    pub(crate) fn is_reentrant(&self, index: usize, address: Address) -> bool {
        let open = self
            .frames
            .iter()
            .take(index + 1)
            .filter(|frame| frame.counts && frame.acting == address)
            .count();
        let assumed = self.assumed.iter().filter(|entered| **entered == address).count();
        open + assumed > 1
    }
}

/// The block's list of recently called programs (from ArbOS 60): their next call is priced as cached.
///
/// By code hash, least recently called out first. A chain empties it for each block. Nothing takes an entry back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentPrograms {
    /// Most recent last.
    programs: VecDeque<B256>,
    /// Fixed by the block's first call.
    capacity: Option<usize>,
}

impl RecentPrograms {
    /// Puts a program in front and tells whether it was in the list. `capacity` counts at the block's first call only,
    /// and 0 acts as 1.
    pub(crate) fn touch(&mut self, code_hash: B256, capacity: u16) -> bool {
        let capacity = *self.capacity.get_or_insert(usize::from(capacity).max(1));
        let place = self.programs.iter().position(|program| *program == code_hash);
        match place {
            Some(place) => {
                self.programs.remove(place);
            }
            None if self.programs.len() == capacity => {
                self.programs.pop_front();
            }
            None => {}
        }
        self.programs.push_back(code_hash);
        place.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: u8) -> B256 {
        B256::repeat_byte(n)
    }

    #[test]
    fn test_recent_programs_evict_the_least_recently_called() {
        let mut recent = RecentPrograms::default();
        assert!(!recent.touch(hash(1), 2));
        assert!(!recent.touch(hash(2), 2));
        assert!(recent.touch(hash(1), 2), "a hit refreshes");
        assert!(!recent.touch(hash(3), 2));
        assert!(!recent.touch(hash(2), 2));
        assert!(recent.touch(hash(3), 2));
    }

    #[test]
    fn test_recent_programs_capacity_is_fixed_by_the_first_call_and_at_least_one() {
        let mut recent = RecentPrograms::default();
        assert!(!recent.touch(hash(1), 0));
        assert!(recent.touch(hash(1), 32));
        assert!(!recent.touch(hash(2), 32));
        assert!(!recent.touch(hash(1), 32));
    }

    #[test]
    fn test_open_frames_count_only_live_and_counting_ones() {
        let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let mut frames = OpenFrames::default();
        frames.open(0, a, true, b);
        frames.open(1, a, false, b);
        assert!(!frames.is_reentrant(1, a), "a delegate frame does not count");
        frames.open(1, b, true, b);
        frames.open(2, a, true, b);
        assert!(frames.is_reentrant(2, a));
        assert!(!frames.is_reentrant(1, a), "frames above have ended");
        frames.open(1, a, true, b);
        assert!(frames.is_reentrant(1, a));
    }
}
