//! How a program's run went: its entry, its ink, its end.

use revm::primitives::{Address, B256};

use crate::{profile::FunctionProfile, symbols::WasmFrame};

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned 0.
    Success,
    /// It returned another status.
    Revert,
    /// It trapped, or a host call refused it. Nothing is returned; the gas left is kept.
    Failure,
    /// Its ink ran out.
    OutOfInk,
    /// Its stack words ran out.
    OutOfStack,
    /// It was not entered: the frame's gas does not pay the entry.
    TooDear,
    /// It was not entered: it is not activated, activated for another version, or expired.
    Unusable,
}

/// What was paid before the program ran, in gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whether the program counted as cached.
    pub cached: bool,
    /// Loading from the cache.
    pub cached_gas: u64,
    /// Initialisation.
    pub init_gas: u64,
    /// Memory pages.
    pub page_cost: u64,
    /// What was charged of them.
    pub total: u64,
}

impl ProgramRun {
    /// Why and where it broke off, in words: the reason, the host function, the functions that were running, innermost first.
    /// `None` when it returned.
    pub fn end(&self) -> Option<String> {
        let mut text = match (&self.reason, self.outcome) {
            (Some(reason), _) => reason.clone(),
            (None, Outcome::Success | Outcome::Revert) => return None,
            (None, Outcome::Failure) => "the program failed".to_owned(),
            (None, Outcome::OutOfInk) => "out of ink".to_owned(),
            (None, Outcome::OutOfStack) => "out of stack".to_owned(),
            (None, Outcome::TooDear) => "the gas does not pay for entering the program".to_owned(),
            (None, Outcome::Unusable) => "the program is not usable".to_owned(),
        };
        if let Some(hostio) = self.hostio {
            text += &format!(", in {hostio}");
        }
        for (place, frame) in self.backtrace.iter().take(MAX_NAMED).enumerate() {
            text += if place == 0 && self.hostio.is_none() {
                ", in "
            } else {
                ", called by "
            };
            text += &frame.to_string();
        }
        if self.backtrace.len() > MAX_NAMED {
            text += &format!(", and {} more", self.backtrace.len() - MAX_NAMED);
        }
        Some(text)
    }
}

/// Functions that [`ProgramRun::end`] names; the others are in the backtrace.
const MAX_NAMED: usize = 8;

/// One program's run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramRun {
    /// The address that it acted as.
    pub address: Address,
    /// Hash of its code.
    pub code_hash: B256,
    /// The entry price; `None` when there is none because the program is unusable.
    pub entry: Option<Entry>,
    /// Ink that a unit of gas buys; 0 when it was not entered.
    pub ink_price: u32,
    /// Ink at its start; 0 when it was not entered.
    pub ink_in: u64,
    /// Ink at its end; 0 when it ran out of ink or stack.
    pub ink_left: u64,
    /// Gas of the frame at its end, after the floor for returned data.
    pub gas_left: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// Stack words left.
    pub stack_left: u32,
    /// Pages of its memory at the end.
    pub memory_pages: u64,
    /// Why it failed or is unusable, in words; only with [`Outcome::Failure`] and [`Outcome::Unusable`].
    pub reason: Option<String>,
    /// Where a failure, or the end of ink or stack, met it: the innermost 64 functions, that of the end first. Empty
    /// otherwise.
    pub backtrace: Vec<WasmFrame>,
    /// The host function that ended it, if one did.
    pub hostio: Option<&'static str>,
    /// What its functions used, if that was asked for.
    pub profile: Option<Box<FunctionProfile>>,
}
