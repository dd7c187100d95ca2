//! What an engine may be told, and how it fails.

use super::{DiskCacheOptions, DiskStats};

/// Programs that an engine keeps at most, whatever its options say.
const MAX_PROGRAMS: usize = 4096;

/// Which compilers make machine code of programs.
///
/// Results, gas and ink never depend on it: every compiler gets the same instrumented module. Only time does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compilation {
    /// Winch for a program's first calls, because it compiles in a tenth of the time; Cranelift's code, which runs
    /// faster, once a program has been called often and a thread in the background has compiled it. Where Winch is not
    /// mature (other processors than x86-64), or refuses a program, Cranelift from the first call.
    #[default]
    Tiered,
    /// Cranelift only: the first call of a program waits for it.
    Cranelift,
    /// Winch only: for differential tests, and for many programs that are called a few times each.
    Winch,
}

/// What an engine may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Compiled programs that stay loaded, at most 4096. The ones not used for longest go first.
    pub max_programs: usize,
    /// Which compilers are used.
    pub compilation: Compilation,
    /// Where compiled programs are kept between processes; nowhere unless set.
    pub disk_cache: Option<DiskCacheOptions>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            max_programs: 512,
            compilation: Compilation::default(),
            disk_cache: None,
        }
    }
}

impl EngineOptions {
    pub(super) fn limit(&self) -> usize {
        self.max_programs.clamp(1, MAX_PROGRAMS)
    }
}

/// The engine could not be set up, or a program not be loaded into it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The machine refuses what the engine needs.
    #[error(
        "the WebAssembly engine cannot start: {0}; it reserves some TiB of address space (not memory), so look at `ulimit -v`"
    )]
    Start(String),
    /// Not a module that instrumentation gave out.
    #[error("the program cannot be compiled: {0}")]
    Compile(String),
    /// No room for another instance.
    #[error("the program cannot be instantiated: {0}")]
    Instantiate(String),
}

/// What an engine has done since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineStats {
    /// Programs compiled by Winch.
    pub compiled_by_winch: u64,
    /// Programs compiled by Cranelift.
    pub compiled_by_cranelift: u64,
    /// Compiled programs in memory: the loaded ones, and those that were replaced or dropped while a call still ran them.
    pub live_programs: u64,
    /// Instances in memory, running or idle.
    pub live_instances: u64,
    /// The cache on disk, if the engine has one.
    pub disk: Option<DiskStats>,
}
