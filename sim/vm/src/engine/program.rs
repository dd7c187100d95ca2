//! A compiled program: its code, the idle instances, and how often it is used.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use wasmtime::{InstancePre, Module};

use super::{
    EngineError,
    backend::Backend,
    instance::{Census, Counted, Image, Instance, MAX_IDLE},
};
use crate::{hostio::Env, symbols::Symbols};

/// A compiled program.
pub(crate) struct Program {
    instance: InstancePre<Env>,
    /// Memory as it is when an instance starts.
    image: OnceLock<Image>,
    idle: Mutex<Vec<Instance>>,
    used: AtomicBool,
    /// Calls until better code is made, 0 when none will be.
    calls_left: AtomicU32,
    /// Of a profiled program, its functions' names.
    pub(crate) symbols: Option<Arc<Symbols>>,
    census: Census,
    _counted: Counted,
}

/// How many programs and instances of an engine are alive, whether or not the engine still knows them.
#[derive(Default)]
pub(super) struct Population {
    pub(super) programs: Census,
    pub(super) instances: Census,
}

impl Program {
    /// A program of compiled code that is to be replaced after so many calls, or never (0).
    pub(super) fn new(
        backend: &Backend,
        module: &Module,
        population: &Population,
        replace_after: u32,
        symbols: Option<Arc<Symbols>>,
    ) -> Result<Self, EngineError> {
        let instance = backend
            .linker
            .instantiate_pre(module)
            .map_err(|error| EngineError::Compile(format!("{error:#}")))?;
        Ok(Self {
            instance,
            image: OnceLock::new(),
            idle: Mutex::default(),
            used: AtomicBool::new(true),
            calls_left: AtomicU32::new(replace_after),
            symbols,
            census: population.instances.clone(),
            _counted: population.programs.enter(),
        })
    }

    pub(super) fn mark_used(&self) {
        // Only the first use after a sweep writes: a line that all threads read stays shared.
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it was used since this was asked the last time.
    pub(super) fn was_used(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }

    /// Counts a call. `true` once, when it is time for better code.
    pub(super) fn count_call(&self) -> bool {
        // Final code is never written to here.
        self.calls_left.load(Ordering::Relaxed) != 0
            && self
                .calls_left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                == Ok(1)
    }

    /// An instance with fresh memory. Its globals become fresh when it runs.
    pub(crate) fn instance(&self) -> Result<Instance, EngineError> {
        if let Some(idle) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(idle);
        }
        let mut instance = Instance::new(&self.instance, self.census.enter(), self.symbols.is_some())
            .map_err(|error| EngineError::Instantiate(format!("{error:#}")))?;
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
