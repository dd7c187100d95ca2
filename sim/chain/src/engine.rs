//! The engine that compiles the programs of all chains in a process.
//!
//! Programs are compiled once in a process and not once a chain. What is shared is a cache and has no influence on any
//! result; an engine also reserves much address space, which thousands of chains could not.

use std::sync::OnceLock;

use mintage_vm::{EngineOptions, StylusEngine, engine::EngineStats};

static ENGINE: OnceLock<StylusEngine> = OnceLock::new();

/// The engine has been used already: options come too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chain has been made already; set the engine's options before the first one")]
pub struct EngineInUse;

/// Sets the options of the engine that all chains of this process use: which compilers, and where compiled programs are kept
/// between processes. To be called before the first chain is made.
///
/// # Errors
/// [`EngineInUse`] afterwards.
///
/// ```
/// use mintage_chain::{Chain, set_engine_options};
/// use mintage_vm::{DiskCacheOptions, EngineOptions};
/// # let folder = std::env::temp_dir().join("mintage-doc");
/// set_engine_options(EngineOptions { disk_cache: Some(DiskCacheOptions::new(folder)), ..EngineOptions::default() })?;
/// let chain = Chain::new();
/// assert!(set_engine_options(EngineOptions::default()).is_err());
/// # Ok::<(), mintage_chain::EngineInUse>(())
/// ```
pub fn set_engine_options(options: EngineOptions) -> Result<(), EngineInUse> {
    ENGINE
        .set(StylusEngine::with_options(options))
        .map_err(|_| EngineInUse)
}

/// What the engine of this process has compiled, loaded and kept; `None` when there is none yet.
pub fn engine_stats() -> Option<EngineStats> {
    ENGINE.get().map(StylusEngine::stats)
}

pub(crate) fn engine() -> StylusEngine {
    ENGINE.get_or_init(StylusEngine::new).clone()
}
