//! The wasmtime engines: one for each compiler and each size of native stack, started when first needed.

use std::{
    hash::{Hash, Hasher},
    num::NonZeroUsize,
    sync::OnceLock,
};

use sha2::{Digest, Sha256};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, Linker, OptLevel, PoolingAllocationConfig, RegallocAlgorithm,
    Strategy,
};

use super::{
    Depth, EngineError, EngineOptions,
    instance::{MAX_IDLE, MAX_NAMED},
};
use crate::hostio::{self, Env};

/// Instances that may run at once, in all threads. One transaction nests at most as many programs as it may open pages,
/// 128; before ArbOS 59 price bounds it to about the same.
const MAX_RUNNING: u32 = 1024;

/// Largest linear memory: WASM's own bound. Pages are limited by price, and before ArbOS 59 price alone allows many.
const MAX_MEMORY: usize = 1 << 32;

/// Memory that stays mapped in a free slot, reset by writing instead of by the operating system.
const KEEP_RESIDENT: usize = 1 << 20;

/// Bytes of an instance's own data: 16 for each of 32,768 globals, and as much again for functions and the rest.
const MAX_INSTANCE_SIZE: usize = 1 << 20;

/// Frames of a backtrace: of a profiled program two for each function, the one that starts the run, a shim.
const MAX_BACKTRACE: usize = 2 * MAX_NAMED + 2;

/// What makes machine code of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Compiler {
    Winch,
    Cranelift,
}

/// A wasmtime engine with the host functions.
pub(super) struct Backend {
    pub(super) engine: Engine,
    pub(super) linker: Linker<Env>,
    settings: OnceLock<[u8; 32]>,
}

impl Backend {
    fn start(depth: Depth, compiler: Compiler, options: &EngineOptions) -> Result<Self, EngineError> {
        let start = |error: wasmtime::Error| EngineError::Start(format!("{error:#}"));
        let engine = Engine::new(&config(depth, compiler, options)).map_err(start)?;
        let linker = hostio::linker(&engine).map_err(start)?;
        Ok(Self {
            engine,
            linker,
            settings: OnceLock::new(),
        })
    }

    /// A hash of all that code for this engine depends on: wasmtime's version, the processor's features, settings.
    pub(super) fn settings(&self) -> &[u8; 32] {
        self.settings.get_or_init(|| {
            let mut hasher = Sha256Hasher(Sha256::new());
            self.engine.precompile_compatibility_hash().hash(&mut hasher);
            hasher.0.finalize().into()
        })
    }
}

/// Collects what a value hashes.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        u64::from_le_bytes(std::array::from_fn(|index| digest[index]))
    }
}

/// The wasmtime engines of one [`StylusEngine`](super::StylusEngine).
#[derive(Default)]
pub(super) struct Backends {
    started: [OnceLock<Result<Backend, EngineError>>; 4],
}

impl Backends {
    pub(super) fn get(
        &self,
        depth: Depth,
        compiler: Compiler,
        options: &EngineOptions,
    ) -> Result<&Backend, EngineError> {
        let place = match (depth, compiler) {
            (Depth::Shallow, Compiler::Winch) => 0,
            (Depth::Shallow, Compiler::Cranelift) => 1,
            (Depth::Deep, Compiler::Winch) => 2,
            (Depth::Deep, Compiler::Cranelift) => 3,
        };
        self.started[place]
            .get_or_init(|| Backend::start(depth, compiler, options))
            .as_ref()
            .map_err(EngineError::clone)
    }
}

fn config(depth: Depth, compiler: Compiler, options: &EngineOptions) -> Config {
    let mut config = Config::new();
    match compiler {
        // What Winch leaves to Cranelift are small functions between it and the host. Its instances are few and soon
        // replaced, so they are mapped one by one instead of reserving a second pool's address space.
        Compiler::Winch => config
            .strategy(Strategy::Winch)
            .cranelift_opt_level(OptLevel::None)
            .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass)
            .allocation_strategy(InstanceAllocationStrategy::OnDemand),
        Compiler::Cranelift => config
            .strategy(Strategy::Cranelift)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(options))),
    };
    config
        .memory_init_cow(true)
        // Nobody unwinds through programs but wasmtime, which follows frame pointers; and places in the rewritten module
        // say nothing to the author of the original one.
        .native_unwind_info(false)
        .wasm_backtrace_max_frames(NonZeroUsize::new(MAX_BACKTRACE))
        .generate_address_map(false)
        // Asynchronous stacks are not used, but must not be smaller.
        .async_stack_size(depth.native_stack())
        .max_wasm_stack(depth.native_stack());
    config
}

fn pool(options: &EngineOptions) -> PoolingAllocationConfig {
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
    pool
}
