//! report.html: one self-contained page with the run's plots, numbers, invariants, parameters and how to reproduce it. It is
//! opened from disk and fetches nothing. Its bytes follow from the run alone.

mod charts;
mod page;

pub use page::render;

use crate::record::Manifest;
use crate::scenario::Scenario;
use crate::simulation::Outcome;

/// What a report is made of.
pub struct Report<'a> {
    /// The scenario as it was run.
    pub scenario: &'a Scenario,
    /// The run.
    pub outcome: &'a Outcome,
    /// Versions and code; the wall clock in it is not shown.
    pub manifest: &'a Manifest,
    /// scenario.resolved.toml.
    pub resolved: &'a str,
}
