//! The executable module on wasmtime, by either of its compilers, with the host functions of [`host`](super::host).

use std::sync::LazyLock;

use mintage_vm::{
    imports::HostFunction,
    instrument::{INK_LEFT, INK_STATUS, MEMORY, STACK_LEFT},
};
use wasmtime::{
    Config, Engine, Extern, Func, FuncType, Global, Instance, Memory, Module, Store, Strategy, Val, ValType,
};

use super::{
    Budget, End, Program, Run,
    executable::RUN,
    host::{self, Call, Stop},
};

/// Deep enough that the stack budget of the program ends first.
const NATIVE_STACK: usize = 1536 << 10;

static CRANELIFT: LazyLock<Engine> = LazyLock::new(|| engine(Strategy::Cranelift));
static WINCH: LazyLock<Engine> = LazyLock::new(|| engine(Strategy::Winch));

fn engine(strategy: Strategy) -> Engine {
    let mut config = Config::new();
    config.strategy(strategy).max_wasm_stack(NATIVE_STACK);
    Engine::new(&config).expect("an engine")
}

pub(crate) struct Compiled {
    module: Module,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    stop: Option<Stop>,
    seen: Option<Seen>,
}

/// What a host function sees of the program beside its arguments.
#[derive(Clone, Copy)]
struct Seen {
    memory: Memory,
    stack_left: Global,
}

impl Compiled {
    pub(crate) fn cranelift(executable: &[u8]) -> wasmtime::Result<Self> {
        Self::new(&CRANELIFT, executable)
    }

    pub(crate) fn winch(executable: &[u8]) -> wasmtime::Result<Self> {
        Self::new(&WINCH, executable)
    }

    fn new(engine: &Engine, executable: &[u8]) -> wasmtime::Result<Self> {
        Ok(Self {
            module: Module::new(engine, executable)?,
        })
    }
}

impl Program for Compiled {
    fn run(&self, budget: Budget) -> Run {
        let mut store = Store::new(self.module.engine(), State::default());
        let imports: Vec<Extern> = self
            .module
            .imports()
            .map(|import| link(&mut store, import.name()))
            .collect();
        let instance =
            Instance::new(&mut store, &self.module, &imports).expect("an accepted module instantiates");
        let memory = instance.get_memory(&mut store, MEMORY).expect("a memory");
        let global =
            |store: &mut Store<State>, name| instance.get_global(store, name).expect("a meter's global");
        let stack_left = global(&mut store, STACK_LEFT);
        let (ink, status) = (global(&mut store, INK_LEFT), global(&mut store, INK_STATUS));
        store.data_mut().seen = Some(Seen { memory, stack_left });

        let run = instance
            .get_typed_func::<(u32, u64, u32), (u32, u64, u32)>(&mut store, RUN)
            .expect("the function that starts a run");
        let result = run.call(&mut store, (budget.input, budget.ink, budget.stack));

        let (end, ink_left, stack_left) = match (result, store.data().stop) {
            (Ok((status, ink, stack)), _) => (End::Status(status), ink, stack),
            (Err(error), stop) => {
                let overflow = error.downcast_ref() == Some(&wasmtime::Trap::StackOverflow);
                let left = stack_left.get(&mut store).unwrap_i32() as u32;
                assert!(
                    !overflow,
                    "the native stack ended before the program's, {left} words left"
                );
                let refused = status.get(&mut store).unwrap_i32() != 0;
                host::after_trap(stop, ink.get(&mut store).unwrap_i64() as u64, refused, left)
            }
        };
        let memory = memory.data(&store).to_vec();
        Run {
            end,
            ink_left,
            stack_left,
            calls: store.into_data().calls,
            memory,
        }
    }
}

fn link(store: &mut Store<State>, name: &str) -> Extern {
    let function = HostFunction::by_name(name).expect("a host function");
    let convert = |ty: &wasmparser::ValType| match ty {
        wasmparser::ValType::I64 => ValType::I64,
        _ => ValType::I32,
    };
    let params = function.params().iter().map(convert).chain([ValType::I64]);
    let results = function
        .result()
        .as_ref()
        .map(convert)
        .into_iter()
        .chain([ValType::I64]);
    let ty = FuncType::new(store.engine(), params, results);
    let call = move |mut caller: wasmtime::Caller<'_, State>, args: &[Val], results: &mut [Val]| {
        let args: Vec<u64> = args
            .iter()
            .map(|arg| match arg {
                Val::I32(value) => u64::from(*value as u32),
                other => other.unwrap_i64() as u64,
            })
            .collect();
        let Seen { memory, stack_left } = caller.data().seen.expect("set before the start");
        let stack_left = stack_left.get(&mut caller).unwrap_i32() as u32;
        let (memory, state) = memory.data_and_store_mut(&mut caller);
        match host::carried(function, &args, stack_left, memory, &mut state.calls) {
            Ok((answer, ink)) => {
                let answer = match function.result() {
                    Some(wasmparser::ValType::I64) => Some(Val::I64(answer as i64)),
                    Some(_) => Some(Val::I32(answer as i32)),
                    None => None,
                };
                let given = answer.into_iter().chain([Val::I64(ink as i64)]);
                results
                    .iter_mut()
                    .zip(given)
                    .for_each(|(result, value)| *result = value);
                Ok(())
            }
            Err(stop) => {
                state.stop = Some(stop);
                Err(wasmtime::Error::msg("the program stops here"))
            }
        }
    };
    Func::new(store, ty, call).into()
}
