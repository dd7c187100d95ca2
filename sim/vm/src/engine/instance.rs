//! An instance of a compiled program, and how it becomes fresh again.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use wasmtime::{Global, InstancePre, Memory, Module, Store, TypedFunc, Val};

use crate::{
    executable::{FUNCTIONS, HOOKS, RUN},
    host_cell::HostCell,
    hostio::{End, Env, Escape},
    instrument::{INK_LEFT, INK_STATUS, MEMORY, STACK_LEFT},
    memory::PAGE_SIZE,
    pricing::UNPAYABLE,
    symbols::{WasmFrame, demangled},
};

/// Functions in a backtrace at most: the innermost.
pub(super) const MAX_NAMED: usize = 64;

/// Idle instances that are kept of each program.
pub(super) const MAX_IDLE: usize = 2;

/// Pages up to which an instance's memory is restored by comparing it with its first state. Larger ones are given back
/// to the pool, where the operating system tells which parts were touched.
const MAX_RESTORED_PAGES: u64 = 4;

/// The first state of a program's memory.
pub(super) struct Image {
    len: usize,
    /// Up to the last byte that is not zero, rounded up to whole chunks.
    data: Vec<u8>,
}

/// Memory is compared and restored in pieces of this size.
const CHUNK: usize = 1024;

impl Image {
    pub(super) fn of(memory: &[u8]) -> Self {
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
    pub(super) fn restore(&self, memory: &mut [u8]) -> bool {
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

/// How many functions the metered module has, by the name of an export that says so.
fn functions(module: &Module) -> u32 {
    let mut names = module.exports().map(|export| export.name());
    names
        .find_map(|name| name.strip_prefix(FUNCTIONS)?.parse().ok())
        .unwrap_or_default()
}

/// Counts how many of something there are.
#[derive(Clone, Default)]
pub(super) struct Census(Arc<AtomicU64>);

impl Census {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// One more, until what is returned is dropped.
    pub(super) fn enter(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.0.clone())
    }
}

/// See [`Census::enter`].
pub(super) struct Counted(Arc<AtomicU64>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
    /// Host functions that the program imports.
    imports: u32,
    /// Functions of the program, imports included.
    functions: u32,
    profiled: bool,
    _counted: Counted,
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
    /// The program's functions that were running when it broke off, the innermost first.
    pub(crate) backtrace: Vec<WasmFrame>,
}

impl Instance {
    pub(super) fn new(
        program: &InstancePre<Env>,
        counted: Counted,
        profiled: bool,
    ) -> wasmtime::Result<Self> {
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
            imports: program.module().imports().len() as u32 - if profiled { HOOKS } else { 0 },
            functions: functions(program.module()),
            profiled,
            _counted: counted,
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
                backtrace: Vec::new(),
            },
            Err(error) => self.trapped(error),
        }
    }

    #[cold]
    fn trapped(&mut self, error: wasmtime::Error) -> Finish {
        let exhausted = self.global(self.ink_status) != 0;
        // To end early is no accident, and no one asks where it was.
        let exited = matches!(
            self.store.data().run.end,
            Some(End {
                escape: Escape::Exit(_),
                ..
            })
        );
        Finish {
            backtrace: if exited {
                Vec::new()
            } else {
                self.backtrace(&error)
            },
            status: Err(error),
            ink_left: (!exhausted).then(|| self.global(self.ink_left)),
            stack_left: self.global(self.stack_left) as u32,
        }
    }

    /// Functions that this crate put in are left out: they stand behind the program's own.
    fn backtrace(&self, error: &wasmtime::Error) -> Vec<WasmFrame> {
        let Some(backtrace) = error.downcast_ref::<wasmtime::WasmBacktrace>() else {
            return Vec::new();
        };
        let frames = backtrace.frames().iter().filter_map(|frame| {
            let index = frame.func_index();
            let function = if self.profiled {
                // Each function has a wrapper, behind the shims, the starting function and the one that fills memory.
                index.checked_sub(self.functions + HOOKS + self.imports + 2)? + self.imports
            } else {
                index
            };
            (function < self.functions).then(|| WasmFrame {
                function,
                name: frame.func_name().map(demangled),
            })
        });
        frames.take(MAX_NAMED).collect()
    }

    fn global(&mut self, global: Global) -> u64 {
        match global.get(&mut self.store) {
            Val::I32(value) => u64::from(value as u32),
            Val::I64(value) => value as u64,
            _ => UNPAYABLE,
        }
    }

    pub(super) fn memory(&mut self) -> &mut [u8] {
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
