//! What an event and an error of an interface can do. The macros implement these traits.

use crate::Vec;

/// An event of an interface.
pub trait Event {
    /// Writes the log.
    fn emit(&self);
}

/// An error of an interface.
pub trait Error {
    /// The four bytes that its data starts with.
    const SELECTOR: u32;
    /// Calls `f` with the encoded error: selector and parameters.
    fn encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R;
}

/// The data of a log: topics first.
pub type LogData = Vec<u8>;

/// A log as the native host records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The topics, the event's signature first.
    pub topics: Vec<[u8; 32]>,
    /// The parameters that are not indexed.
    pub data: LogData,
}
