//! The WASM engine: compiles programs once, keeps them, and lends ready instances to frames.
//!
//! wasmtime stays behind this module and the host functions. Whether a program may run, and at what price, is decided
//! elsewhere; here it is a module that was accepted.
//!
//! A program starts with code that is made fast (Winch) and gets code that runs fast (Cranelift) when it is called often.
//! Both come from the same instrumented module, so that no result, no ink and no stack word can tell which one ran.

mod backend;
mod disk;
mod instance;
mod options;
mod precompiled;
mod program;
mod source;
mod stack;
mod worker;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use revm::primitives::B256;
use wasmtime::Module;

use crate::symbols::Symbols;

pub use disk::{DiskCacheOptions, DiskCacheProblem, DiskStats};
pub use options::{Compilation, EngineError, EngineOptions, EngineStats};
pub use stack::with_large_stack;

pub(crate) use instance::{Finish, Instance};
pub(crate) use program::Program;
pub(crate) use source::Source;
pub(crate) use stack::Depth;

use backend::{Backend, Backends, Compiler};
use disk::{DiskCache, FileKey};
use program::Population;
use worker::Worker;

/// Calls of a program after which Cranelift compiles it in the background.
const IMPROVE_AFTER: u32 = 100;

/// Compiles Stylus programs and keeps them. Cheap to clone; clones share everything, also between threads.
#[derive(Clone, Default)]
pub struct StylusEngine {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    options: EngineOptions,
    backends: Backends,
    programs: RwLock<HashMap<Key, Arc<Program>>>,
    worker: Worker,
    disk: Option<DiskCache>,
    population: Population,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    winch: AtomicU64,
    cranelift: AtomicU64,
}

impl fmt::Debug for StylusEngine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StylusEngine")
            .field("programs", &self.loaded())
            .finish_non_exhaustive()
    }
}

/// What a compiled program depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) code_hash: B256,
    pub(crate) stylus_version: u16,
    pub(crate) depth: Depth,
    /// Whether its functions tell when they begin and end.
    pub(crate) profiled: bool,
}

impl StylusEngine {
    /// An engine with default options. The machine's resources are asked for when the first program is loaded.
    pub fn new() -> Self {
        Self::default()
    }

    /// An engine with these options.
    pub fn with_options(options: EngineOptions) -> Self {
        Self {
            inner: Arc::new(Inner {
                disk: options.disk_cache.clone().map(DiskCache::new),
                options,
                ..Inner::default()
            }),
        }
    }

    /// Number of programs that are loaded.
    pub fn loaded(&self) -> usize {
        self.inner.programs().len()
    }

    /// Waits until the programs that are being compiled in the background run their new code. No result depends on it;
    /// for measurements.
    pub fn finish_background_work(&self) {
        self.inner.worker.finish();
    }

    /// What the engine has done so far.
    pub fn stats(&self) -> EngineStats {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        EngineStats {
            compiled_by_winch: count(&self.inner.counters.winch),
            compiled_by_cranelift: count(&self.inner.counters.cranelift),
            live_programs: self.inner.population.programs.count(),
            live_instances: self.inner.population.instances.count(),
            disk: self.inner.disk.as_ref().map(DiskCache::stats),
        }
    }

    /// The program of this key; `source` gives its code when it has to be compiled.
    pub(crate) fn load<E>(
        &self,
        key: Key,
        wrap: impl Fn(EngineError) -> E,
        source: impl FnOnce() -> Result<Source, E>,
    ) -> Result<Arc<Program>, E> {
        let loaded = self.inner.programs().get(&key).cloned();
        if let Some(program) = loaded {
            program.mark_used();
            if program.count_call() {
                let engine = Arc::downgrade(&self.inner);
                self.inner.worker.improve(engine, key, source()?);
            }
            return Ok(program);
        }
        // Two threads may compile the same program at once; the second one's work is dropped.
        let program = Arc::new(self.inner.make(key, &source()?).map_err(wrap)?);
        let mut programs = self.inner.programs_mut();
        let kept = programs.entry(key).or_insert(program).clone();
        evict(&mut programs, self.inner.options.limit(), key);
        Ok(kept)
    }
}

impl Inner {
    fn programs(&self) -> RwLockReadGuard<'_, HashMap<Key, Arc<Program>>> {
        self.programs.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn programs_mut(&self) -> RwLockWriteGuard<'_, HashMap<Key, Arc<Program>>> {
        self.programs.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The program as it first runs.
    fn make(&self, key: Key, source: &Source) -> Result<Program, EngineError> {
        use Compiler::{Cranelift, Winch};
        match self.options.compilation {
            Compilation::Cranelift => self.obtain(key, Cranelift, source, 0),
            Compilation::Winch => self.obtain(key, Winch, source, 0),
            Compilation::Tiered if !cfg!(target_arch = "x86_64") || self.is_stored(key, Cranelift) => {
                self.obtain(key, Cranelift, source, 0)
            }
            Compilation::Tiered => self
                .obtain(key, Winch, source, IMPROVE_AFTER)
                .or_else(|_| self.obtain(key, Cranelift, source, 0)),
        }
    }

    fn is_stored(&self, key: Key, compiler: Compiler) -> bool {
        let disk = self.disk.as_ref();
        disk.is_some_and(|disk| disk.has(&FileKey::new(&key, compiler)))
    }

    /// The program from disk, else compiled and then kept there.
    fn obtain(
        &self,
        key: Key,
        compiler: Compiler,
        source: &Source,
        replace_after: u32,
    ) -> Result<Program, EngineError> {
        let backend = self.backends.get(key.depth, compiler, &self.options)?;
        // A profiled program is rarely wanted twice, and its names are not in a file.
        let Some(disk) = self.disk.as_ref().filter(|_| !key.profiled) else {
            let (module, symbols) = self.compile(backend, compiler, source, key.profiled)?;
            return Program::new(backend, &module, &self.population, replace_after, symbols);
        };
        let file_key = FileKey::new(&key, compiler);
        let settings = backend.settings();
        if let Some(file) = disk.load(&file_key, settings) {
            let program = precompiled::module(&backend.engine, &file)
                .ok()
                .and_then(|module| {
                    Program::new(backend, &module, &self.population, replace_after, None).ok()
                });
            disk.used(&file_key, program.is_some());
            if let Some(program) = program {
                return Ok(program);
            }
        }
        let (module, _) = self.compile(backend, compiler, source, false)?;
        if let Ok(bytes) = module.serialize() {
            disk.store(&file_key, settings, &bytes);
        }
        Program::new(backend, &module, &self.population, replace_after, None)
    }

    fn compile(
        &self,
        backend: &Backend,
        compiler: Compiler,
        source: &Source,
        profiled: bool,
    ) -> Result<(Module, Option<Arc<Symbols>>), EngineError> {
        let (wasm, symbols) = source.executable(profiled)?;
        let module =
            Module::new(&backend.engine, wasm).map_err(|error| EngineError::Compile(format!("{error:#}")))?;
        let counter = match compiler {
            Compiler::Winch => &self.counters.winch,
            Compiler::Cranelift => &self.counters.cranelift,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        Ok((module, symbols))
    }

    /// Replaces a loaded program by Cranelift's code. Runs that have begun end on the old one, which then goes.
    fn improve(&self, key: Key, source: &Source) {
        // Code that Cranelift refuses goes on running as it is.
        if let Ok(program) = self.obtain(key, Compiler::Cranelift, source, 0)
            && let Some(loaded) = self.programs_mut().get_mut(&key)
        {
            *loaded = Arc::new(program);
        }
    }
}

/// Drops programs beyond `limit`, those first that were not used since the last time.
fn evict(programs: &mut HashMap<Key, Arc<Program>>, limit: usize, newest: Key) {
    if programs.len() <= limit {
        return;
    }
    let mut excess = programs.len() - limit;
    programs.retain(|key, program| {
        let goes = excess > 0 && *key != newest && !program.was_used();
        excess -= usize::from(goes);
        !goes
    });
    programs.retain(|key, _| {
        let goes = excess > 0 && *key != newest;
        excess -= usize::from(goes);
        !goes
    });
}

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<StylusEngine>();
};
