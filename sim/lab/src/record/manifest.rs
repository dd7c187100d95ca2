//! manifest.json: what was run, on what code, and how it ended. The wall clock is told here and in no other file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It ran to its end.
    Complete,
    /// It was stopped before its end (Ctrl-C, `--until-step`); the records reach as far as it came.
    Interrupted,
    /// An invariant or bound was violated; the records end with that step.
    Violated,
}

/// A deployed program's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramRecord {
    /// Its address on the chain.
    pub address: String,
    /// keccak256 of the code on the chain.
    pub code_hash: String,
    /// keccak256 of the uncompressed WASM; none for EVM bytecode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wasm_hash: Option<String>,
    /// Hash over the sources that it was built from; none for EVM bytecode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_hash: Option<String>,
    /// The compiler that built it; none for EVM bytecode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rustc: Option<String>,
    /// Size of the code on the chain in bytes.
    pub code_bytes: u64,
}

/// When a run was made and how long it took. Given by whoever has a clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WallClock {
    /// Unix time of the start.
    pub started_ts: u64,
    /// Seconds from the start to the end of the last step.
    pub took_secs: f64,
    /// Transactions a second, set-up and reading included.
    pub transactions_per_second: f64,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this file's format: 1.
    pub schema_version: u32,
    /// Version of mintage.
    pub mintage_version: String,
    /// The scenario's name.
    pub scenario: String,
    /// keccak256 of scenario.resolved.toml.
    pub scenario_hash: String,
    /// Master seed.
    pub seed: u64,
    /// How the run ended.
    pub status: Status,
    /// Steps that were run.
    pub steps: u64,
    /// Steps that the scenario asks for.
    pub steps_planned: u64,
    /// The ArbOS version of the chain.
    pub arbos_version: u64,
    /// The programs by name.
    pub programs: BTreeMap<String, ProgramRecord>,
    /// Everything that differs between two equal runs.
    pub wall_clock: Option<WallClock>,
}
