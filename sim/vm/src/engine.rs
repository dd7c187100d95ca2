//! The WASM engine: compiles programs once, keeps them, and lends ready instances to frames.
//!
//! wasmtime stays behind this module and [`crate::hostio`]. Whether a program may run, and at what price, is decided
//! elsewhere; here it is a module that was accepted.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use revm::primitives::B256;
use wasmtime::{
    Config, Engine, Global, InstanceAllocationStrategy, InstancePre, Linker, Memory, Module,
    PoolingAllocationConfig, Store, TypedFunc, Val,
};

use crate::{
    executable::{RUN, executable},
    host_cell::HostCell,
    hostio::{self, Env},
    instrument::{INK_LEFT, INK_STATUS, Instrumented, MEMORY, STACK_LEFT},
    memory::PAGE_SIZE,
    pricing::UNPAYABLE,
};

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

/// Programs that an engine keeps at most, whatever its options say.
const MAX_PROGRAMS: usize = 4096;

/// Pages up to which an instance's memory is restored by comparing it with its first state. Larger ones are given back
/// to the pool, where the operating system tells which parts were touched.
const MAX_RESTORED_PAGES: u64 = 4;

/// Largest linear memory: WASM's own bound. Pages are limited by price, and before ArbOS 59 price alone allows many.
const MAX_MEMORY: usize = 1 << 32;

/// Memory that stays mapped in a free slot, reset by writing instead of by the operating system.
const KEEP_RESIDENT: usize = 1 << 20;

/// What an engine may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Compiled programs that stay loaded, at most 4096. The ones not used for longest go first.
    pub max_programs: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { max_programs: 512 }
    }
}

impl EngineOptions {
    fn limit(&self) -> usize {
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
        let goes = excess > 0 && *key != newest && !program.used.swap(false, Ordering::Relaxed);
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
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_init_cow(true)
        // Asynchronous stacks are not used, but must not be smaller.
        .async_stack_size(depth.native_stack())
        .max_wasm_stack(depth.native_stack());
    config
}

/// Bytes of an instance's own data: 16 for each of 32,768 globals, and as much again for functions and the rest.
const MAX_INSTANCE_SIZE: usize = 1 << 20;

/// A compiled program.
pub(crate) struct Program {
    instance: InstancePre<Env>,
    /// Memory as it is when an instance starts.
    image: OnceLock<Image>,
    idle: Mutex<Vec<Instance>>,
    used: AtomicBool,
}

impl Program {
    fn compile(tier: &Tier, instrumented: &Instrumented, stylus_version: u16) -> Result<Self, EngineError> {
        let wasm = executable(instrumented, stylus_version)
            .map_err(|error| EngineError::Compile(error.to_string()))?;
        let compile = |error: wasmtime::Error| EngineError::Compile(format!("{error:#}"));
        let module = Module::new(&tier.engine, &wasm).map_err(compile)?;
        let instance = tier.linker.instantiate_pre(&module).map_err(compile)?;
        Ok(Self {
            instance,
            image: OnceLock::new(),
            idle: Mutex::default(),
            used: AtomicBool::new(true),
        })
    }

    fn mark_used(&self) {
        // Only the first use after a sweep writes: a line that all threads read stays shared.
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }

    /// An instance with fresh memory. Its globals become fresh when it runs.
    pub(crate) fn instance(&self) -> Result<Instance, EngineError> {
        if let Some(idle) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(idle);
        }
        let mut instance =
            Instance::new(&self.instance).map_err(|error| EngineError::Instantiate(format!("{error:#}")))?;
        self.image.get_or_init(|| Image::of(instance.memory()));
        Ok(instance)
    }

    /// Takes an instance back after a run, however that ended.
    pub(crate) fn give_back(&self, mut instance: Instance) {
        if self
            .image
            .get()
            .is_some_and(|image| image.restore(instance.memory()))
        {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < MAX_IDLE {
                idle.push(instance);
            }
        }
    }
}

/// The first state of a program's memory.
struct Image {
    len: usize,
    /// Up to the last byte that is not zero, rounded up to whole chunks.
    data: Vec<u8>,
}

/// Memory is compared and restored in pieces of this size.
const CHUNK: usize = 1024;

impl Image {
    fn of(memory: &[u8]) -> Self {
        let end = memory
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        Self {
            len: memory.len(),
            data: memory[..end.next_multiple_of(CHUNK)].to_vec(),
        }
    }

    /// Makes memory as it was. `false` where that is not worth it, or not possible because it has grown.
    fn restore(&self, memory: &mut [u8]) -> bool {
        if memory.len() != self.len || self.len > MAX_RESTORED_PAGES as usize * PAGE_SIZE as usize {
            return false;
        }
        let (head, tail) = memory.split_at_mut(self.data.len());
        for (chunk, first) in head.chunks_exact_mut(CHUNK).zip(self.data.chunks_exact(CHUNK)) {
            if chunk != first {
                chunk.copy_from_slice(first);
            }
        }
        for chunk in tail.chunks_exact_mut(CHUNK) {
            if *chunk != [0; CHUNK] {
                chunk.fill(0);
            }
        }
        true
    }
}

/// An instance of a program in a store of its own.
pub(crate) struct Instance {
    pub(crate) store: Store<Env>,
    run: TypedFunc<(u32, u64, u32), (u32, u64, u32)>,
    memory: Option<Memory>,
    ink_left: Global,
    ink_status: Global,
    stack_left: Global,
}

/// How a run ended on the engine's side.
#[derive(Debug)]
pub(crate) struct Finish {
    /// The entrypoint's status, or why it did not return.
    pub(crate) status: Result<u32, wasmtime::Error>,
    /// Ink by the program's own meter, `None` when the meter refused. After a host function ended the program, the
    /// host's own figure counts.
    pub(crate) ink_left: Option<u64>,
    pub(crate) stack_left: u32,
}

impl Instance {
    fn new(program: &InstancePre<Env>) -> wasmtime::Result<Self> {
        let mut store = Store::new(program.module().engine(), Env::default());
        let instance = program.instantiate(&mut store)?;
        let run = instance.get_typed_func(&mut store, RUN)?;
        let memory = instance.get_memory(&mut store, MEMORY);
        let mut global = |name: &str| {
            instance
                .get_global(&mut store, name)
                .ok_or_else(|| wasmtime::Error::msg(format!("no global `{name}`")))
        };
        let (ink_left, ink_status, stack_left) =
            (global(INK_LEFT)?, global(INK_STATUS)?, global(STACK_LEFT)?);
        store.data_mut().memory = memory;
        Ok(Self {
            store,
            run,
            memory,
            ink_left,
            ink_status,
            stack_left,
        })
    }

    /// Where a frame lends its host to the instance.
    pub(crate) fn host_cell(&mut self) -> &mut HostCell {
        &mut self.store.data_mut().host
    }

    /// Runs the entrypoint.
    pub(crate) fn run(&mut self, args_len: u32, ink: u64, stack_words: u32) -> Finish {
        match self.run.call(&mut self.store, (args_len, ink, stack_words)) {
            Ok((status, ink, stack_left)) => Finish {
                status: Ok(status),
                ink_left: Some(ink),
                stack_left,
            },
            Err(error) => self.trapped(error),
        }
    }

    #[cold]
    fn trapped(&mut self, error: wasmtime::Error) -> Finish {
        let exhausted = self.global(self.ink_status) != 0;
        Finish {
            status: Err(error),
            ink_left: (!exhausted).then(|| self.global(self.ink_left)),
            stack_left: self.global(self.stack_left) as u32,
        }
    }

    fn global(&mut self, global: Global) -> u64 {
        match global.get(&mut self.store) {
            Val::I32(value) => u64::from(value as u32),
            Val::I64(value) => value as u64,
            _ => UNPAYABLE,
        }
    }

    fn memory(&mut self) -> &mut [u8] {
        match self.memory {
            Some(memory) => memory.data_mut(&mut self.store),
            None => &mut [],
        }
    }

    /// Pages of the program's memory.
    pub(crate) fn memory_pages(&self) -> u64 {
        self.memory.map_or(0, |memory| memory.size(&self.store))
    }
}

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<StylusEngine>();
};
