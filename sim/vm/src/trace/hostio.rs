//! Host calls of programs.

use revm::primitives::Bytes;

/// One host call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hostio {
    /// The import's name; `user_entrypoint` and `user_returned` frame each program's calls.
    pub name: &'static str,
    /// Arguments, integers big-endian, memory as it was read.
    pub args: Bytes,
    /// Results in the same form.
    pub outs: Bytes,
    /// Ink before the call.
    pub start_ink: u64,
    /// Ink after it.
    pub end_ink: u64,
}

impl Hostio {
    /// Ink that it took. A call's includes what the callee used.
    pub fn ink(&self) -> u64 {
        self.start_ink.saturating_sub(self.end_ink)
    }

    /// Whether it is one of the two marks that frame a program's host calls, and no host function.
    pub fn is_mark(&self) -> bool {
        matches!(self.name, ENTRY_MARK | END_MARK)
    }
}

/// The mark before a program's first host call: its argument is the calldata's length, its ink that of the start.
pub const ENTRY_MARK: &str = "user_entrypoint";
/// The mark after a program's last host call: its result is the status. The ink is that of the start, as the network shows it.
pub const END_MARK: &str = "user_returned";
