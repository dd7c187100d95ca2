//! The rewritten module on wasmtime, with the host functions of [`host`](crate::host).

use std::sync::LazyLock;

use mintage_vm::{
    imports::{HostFunction, MODULE},
    instrument::{ENTRYPOINT, INK_LEFT, INK_STATUS, MEMORY, STACK_LEFT},
};
use wasmtime::{Config, Engine, Extern, Func, FuncType, Global, Instance, Module, Store, Val, ValType};

use crate::{
    Budget, End, Run,
    host::{self, Call, Stop},
};

/// Deep enough that the stack budget of the program ends first.
const NATIVE_STACK: usize = 1 << 20;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config.max_wasm_stack(NATIVE_STACK);
    Engine::new(&config).expect("an engine")
});

pub(crate) struct Compiled {
    module: Module,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    stop: Option<Stop>,
    meter: Option<Meter>,
}

#[derive(Clone, Copy)]
struct Meter {
    ink: Global,
    status: Global,
    stack: Global,
}

impl Compiled {
    pub(crate) fn new(wasm: &[u8]) -> wasmtime::Result<Self> {
        Ok(Self {
            module: Module::new(&ENGINE, wasm)?,
        })
    }

    pub(crate) fn run(&self, budget: Budget) -> Run {
        let mut store = Store::new(&ENGINE, State::default());
        let imports: Vec<Extern> = self
            .module
            .imports()
            .map(|import| link(&mut store, &import))
            .collect();
        let instance =
            Instance::new(&mut store, &self.module, &imports).expect("an accepted module instantiates");
        let global =
            |store: &mut Store<State>, name| instance.get_global(store, name).expect("a meter's global");
        let meter = Meter {
            ink: global(&mut store, INK_LEFT),
            status: global(&mut store, INK_STATUS),
            stack: global(&mut store, STACK_LEFT),
        };
        store.data_mut().meter = Some(meter);
        meter
            .ink
            .set(&mut store, Val::I64(budget.ink as i64))
            .expect("mutable");
        meter
            .stack
            .set(&mut store, Val::I32(budget.stack as i32))
            .expect("mutable");

        let entrypoint = instance
            .get_typed_func::<u32, u32>(&mut store, ENTRYPOINT)
            .expect("an entry point");
        let result = entrypoint.call(&mut store, budget.input);

        let ink = meter.ink.get(&mut store).unwrap_i64() as u64;
        let status = meter.status.get(&mut store).unwrap_i32();
        let stack_left = meter.stack.get(&mut store).unwrap_i32() as u32;
        let end = match (result, store.data().stop) {
            (Ok(status), _) => End::Status(status),
            (Err(_), Some(Stop::Exit(status))) => End::Status(status),
            (Err(_), _) if stack_left == 0 => End::OutOfStack,
            (Err(_), _) if status != 0 => End::OutOfInk,
            (Err(_), _) => End::Failure,
        };
        let memory = instance
            .get_memory(&mut store, MEMORY)
            .expect("a memory")
            .data(&store)
            .to_vec();
        let ink_left = if end == End::OutOfInk { 0 } else { ink };
        Run {
            end,
            ink_left,
            stack_left,
            calls: store.into_data().calls,
            memory,
        }
    }
}

fn link(store: &mut Store<State>, import: &wasmtime::ImportType<'_>) -> Extern {
    assert_eq!(import.module(), MODULE);
    let function = HostFunction::by_name(import.name()).expect("a host function");
    let convert = |ty: &wasmparser::ValType| match ty {
        wasmparser::ValType::I64 => ValType::I64,
        _ => ValType::I32,
    };
    let params: Vec<ValType> = function.params().iter().map(convert).collect();
    let results: Vec<ValType> = function.result().iter().map(convert).collect();
    let ty = FuncType::new(&ENGINE, params, results);
    let call = move |mut caller: wasmtime::Caller<'_, State>, args: &[Val], results: &mut [Val]| {
        let args: Vec<u64> = args
            .iter()
            .map(|arg| match arg {
                Val::I32(value) => u64::from(*value as u32),
                other => other.unwrap_i64() as u64,
            })
            .collect();
        let meter = caller.data().meter.expect("set before the start");
        let mut ink = meter.ink.get(&mut caller).unwrap_i64() as u64;
        let stack_left = meter.stack.get(&mut caller).unwrap_i32() as u32;
        let record = Call {
            name: function.name(),
            args: args.clone(),
            ink_before: ink,
            stack_left,
        };
        caller.data_mut().calls.push(record);
        let answer = host::call(function, &args, &mut ink);
        meter.ink.set(&mut caller, Val::I64(ink as i64))?;
        let answer = match answer {
            Ok(answer) => answer,
            Err(stop) => {
                caller.data_mut().stop = Some(stop);
                if stop == Stop::OutOfInk {
                    meter.status.set(&mut caller, Val::I32(1))?;
                }
                return Err(wasmtime::Error::msg("the program stops here"));
            }
        };
        if let Some(result) = results.first_mut() {
            *result = match function.result() {
                Some(wasmparser::ValType::I64) => Val::I64(answer as i64),
                _ => Val::I32(answer as i32),
            };
        }
        Ok(())
    };
    Func::new(store, ty, call).into()
}
