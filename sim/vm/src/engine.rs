//! The WASM engine: compiles programs once, keeps them, and lends ready instances to frames.
//!
//! wasmtime stays behind this module and the host functions. Whether a program may run, and at what price, is decided
//! elsewhere; here it is a module that was accepted.

mod options;
mod program;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use revm::primitives::B256;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, Linker, PoolingAllocationConfig, Strategy};

use crate::{
    hostio::{self, Env},
    instrument::Instrumented,
};

pub use options::{Compilation, EngineError, EngineOptions};
pub(crate) use program::{Finish, Instance, Program};

/// Stack words that a program has from ArbOS 50 on.
const SHALLOW_WORDS: u32 = 22_000;

/// Native stack for programs with at most [`SHALLOW_WORDS`] words.
///
/// A frame's words bound its native size. The smallest metered frame counts 6 words and takes at most 112 bytes
/// natively (return address, frame pointer, five saved registers, alignment); in a large one each word is a value that
/// lives in at most two slots, its own and that of an outgoing argument. So a word is at most 19 bytes: 418,000 for all
/// of them. This is more than three times that, and still fits the 2 MiB of an ordinary Rust thread.
const SHALLOW_STACK: usize = 1536 << 10;

/// Native stack for programs with up to 262,144 words, as before ArbOS 50.
const DEEP_STACK: usize = 16 << 20;

/// Native stack beside the program's own: host functions, the EVM's frames between two programs.
const STACK_MARGIN: usize = 192 << 10;

/// Instances that may run at once, in all threads. One transaction nests at most as many programs as it may open pages,
/// 128; before ArbOS 59 price bounds it to about the same.
const MAX_RUNNING: u32 = 1024;

/// Idle instances that are kept of each program.
const MAX_IDLE: usize = 2;

/// Largest linear memory: WASM's own bound. Pages are limited by price, and before ArbOS 59 price alone allows many.
const MAX_MEMORY: usize = 1 << 32;

/// Memory that stays mapped in a free slot, reset by writing instead of by the operating system.
const KEEP_RESIDENT: usize = 1 << 20;

/// Compiles Stylus programs and keeps them. Cheap to clone; clones share everything, also between threads.
#[derive(Clone, Default)]
pub struct StylusEngine {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    options: EngineOptions,
    shallow: OnceLock<Result<Tier, EngineError>>,
    deep: OnceLock<Result<Tier, EngineError>>,
    programs: RwLock<HashMap<Key, Arc<Program>>>,
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
}

/// How much native stack a program's words can need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Depth {
    Shallow,
    Deep,
}

impl Depth {
    pub(crate) const fn of(stack_words: u32) -> Self {
        if stack_words <= SHALLOW_WORDS {
            Self::Shallow
        } else {
            Self::Deep
        }
    }

    const fn native_stack(self) -> usize {
        match self {
            Self::Shallow => SHALLOW_STACK,
            Self::Deep => DEEP_STACK,
        }
    }

    /// Runs `run` with enough native stack for one program and what is between it and the next.
    pub(crate) fn with_stack<R>(self, run: impl FnOnce() -> R) -> R {
        let needed = self.native_stack() + STACK_MARGIN;
        // A grown segment has room for a few more frames, so that deep recursion does not map one each.
        stacker::maybe_grow(needed, 4 * needed, run)
    }
}

/// Runs `run` on a native stack with room for several programs that call each other. For threads whose stack is small
/// (2 MiB is Rust's default): around many transactions it costs nothing, while without it each nested program maps a
/// stack of its own.
pub fn with_large_stack<R>(run: impl FnOnce() -> R) -> R {
    let needed = 4 * (SHALLOW_STACK + STACK_MARGIN);
    stacker::maybe_grow(needed, 2 * needed, run)
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
                options,
                ..Inner::default()
            }),
        }
    }

    /// Number of programs that are loaded.
    pub fn loaded(&self) -> usize {
        self.inner
            .programs
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// The program of this key; `module` gives its instrumented form when it is not loaded yet.
    pub(crate) fn load<E>(
        &self,
        key: Key,
        wrap: impl Fn(EngineError) -> E,
        module: impl FnOnce() -> Result<Instrumented, E>,
    ) -> Result<Arc<Program>, E> {
        if let Some(program) = self
            .inner
            .programs
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
        {
            program.mark_used();
            return Ok(program.clone());
        }
        // Two threads may compile the same program at once; the second one's work is dropped.
        let tier = self.tier(key.depth).map_err(&wrap)?;
        let program = Arc::new(Program::compile(tier, &module()?, key.stylus_version).map_err(&wrap)?);
        let mut programs = self
            .inner
            .programs
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let kept = programs.entry(key).or_insert(program).clone();
        evict(&mut programs, self.inner.options.limit(), key);
        Ok(kept)
    }

    fn tier(&self, depth: Depth) -> Result<&Tier, EngineError> {
        let tier = match depth {
            Depth::Shallow => &self.inner.shallow,
            Depth::Deep => &self.inner.deep,
        };
        tier.get_or_init(|| Tier::start(depth, &self.inner.options))
            .as_ref()
            .map_err(EngineError::clone)
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

/// A wasmtime engine with the host functions.
struct Tier {
    engine: Engine,
    linker: Linker<Env>,
}

impl Tier {
    fn start(depth: Depth, options: &EngineOptions) -> Result<Self, EngineError> {
        let start = |error: wasmtime::Error| EngineError::Start(format!("{error:#}"));
        let engine = Engine::new(&config(depth, options)).map_err(start)?;
        let linker = hostio::linker(&engine).map_err(start)?;
        Ok(Self { engine, linker })
    }
}

fn config(depth: Depth, options: &EngineOptions) -> Config {
    let instances = MAX_RUNNING + (MAX_IDLE * options.limit()) as u32;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(instances)
        .total_memories(instances)
        .total_tables(instances)
        .max_tables_per_module(1)
        .max_memories_per_module(1)
        .max_memory_size(MAX_MEMORY)
        .table_elements(crate::validate::MAX_TABLE_ENTRIES as usize)
        .max_core_instance_size(MAX_INSTANCE_SIZE)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT);
    let mut config = Config::new();
    config
        .strategy(match options.compilation {
            Compilation::Tiered | Compilation::Cranelift => Strategy::Cranelift,
            Compilation::Winch => Strategy::Winch,
        })
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_init_cow(true)
        // Asynchronous stacks are not used, but must not be smaller.
        .async_stack_size(depth.native_stack())
        .max_wasm_stack(depth.native_stack());
    config
}

/// Bytes of an instance's own data: 16 for each of 32,768 globals, and as much again for functions and the rest.
const MAX_INSTANCE_SIZE: usize = 1 << 20;

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<StylusEngine>();
};
