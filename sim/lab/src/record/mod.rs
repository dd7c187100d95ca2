//! What a run leaves behind. [`Sink`] is the seam between the simulation and its records; [`RunFolder`] is the folder that
//! appears in one step when a run has ended.

mod event_table;
mod folder;
mod manifest;
mod recorder;
pub(crate) mod summary;
mod table;

pub use event_table::EventTable;
pub use folder::RunFolder;
pub use manifest::{Manifest, ProgramRecord, Status, WallClock};
pub use recorder::Recorder;
pub use summary::{FloorRecord, MethodGas, Number, Summary};

use crate::error::LabError;
use crate::metrics::Metric;
use crate::observe::Observation;

/// One transaction.
#[derive(Clone, Copy, Debug)]
pub struct TransactionRow<'a> {
    /// Number of the transaction in the run, from 0.
    pub tx: u64,
    /// Step; 0 is the set-up.
    pub step: u64,
    /// Unix time.
    pub ts: u64,
    /// Sender's name.
    pub from: &'a str,
    /// Called contract's name.
    pub contract: &'a str,
    /// Method's name.
    pub method: &'a str,
    /// Gas paid for.
    pub gas_used: u64,
    /// Why it failed; `None`: it did not.
    pub error: Option<&'a str>,
}

/// One event of a contract.
#[derive(Clone, Copy, Debug)]
pub struct EventRow<'a> {
    /// The transaction.
    pub tx: u64,
    /// Step; 0 is the set-up.
    pub step: u64,
    /// Unix time.
    pub ts: u64,
    /// Position among the transaction's events, from 0.
    pub log: u64,
    /// Emitting contract's name.
    pub contract: &'a str,
    /// Event's name.
    pub event: &'a str,
    /// Its arguments as a JSON object; numbers are decimal strings, known addresses are names.
    pub args_json: &'a str,
}

/// Takes what happens.
pub trait Sink: Send {
    /// Whether transactions and events are wanted at all.
    fn wants_events(&self) -> bool;

    /// A transaction was included.
    ///
    /// # Errors
    /// It could not be written.
    fn transaction(&mut self, row: &TransactionRow<'_>) -> Result<(), LabError>;

    /// An event was emitted.
    ///
    /// # Errors
    /// It could not be written.
    fn event(&mut self, row: &EventRow<'_>) -> Result<(), LabError>;

    /// A step has ended.
    ///
    /// # Errors
    /// It could not be written.
    fn metrics(&mut self, observation: &Observation, metrics: &[Metric]) -> Result<(), LabError>;

    /// Nothing more will come.
    ///
    /// # Errors
    /// It could not be written.
    fn finish(&mut self) -> Result<(), LabError>;
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecords;

impl Sink for NoRecords {
    fn wants_events(&self) -> bool {
        false
    }
    fn transaction(&mut self, _: &TransactionRow<'_>) -> Result<(), LabError> {
        Ok(())
    }
    fn event(&mut self, _: &EventRow<'_>) -> Result<(), LabError> {
        Ok(())
    }
    fn metrics(&mut self, _: &Observation, _: &[Metric]) -> Result<(), LabError> {
        Ok(())
    }
    fn finish(&mut self) -> Result<(), LabError> {
        Ok(())
    }
}
