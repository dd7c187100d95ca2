//! The executable module on wasmi, an interpreter, with the host functions of [`host`](super::host).

use std::sync::LazyLock;

use mintage_vm::{
    imports::HostFunction,
    instrument::{INK_LEFT, INK_STATUS, MEMORY, STACK_LEFT},
};
use wasmi::{
    Caller, Config, Engine, Error, Extern, Func, FuncType, Global, Instance, Memory, Module, Store, TrapCode,
    Val, ValType,
};

use super::{
    Budget, End, Program, Run,
    executable::RUN,
    host::{self, Call, Stop},
};

/// Deep enough that the stack budget of the program ends first: the smallest metered frame has 5 words.
const MAX_FRAMES: usize = 10_000;
/// Bytes for all frames' values.
const MAX_STACK: usize = 16 << 20;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::default();
    config
        .set_max_stack_height(MAX_STACK)
        .set_max_recursion_depth(MAX_FRAMES);
    Engine::new(&config)
});

pub(crate) struct Interpreted {
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

impl Interpreted {
    pub(crate) fn new(executable: &[u8]) -> Result<Self, Error> {
        Ok(Self {
            module: Module::new(&ENGINE, executable)?,
        })
    }
}

impl Program for Interpreted {
    fn run(&self, budget: Budget) -> Run {
        let mut store = Store::new(&ENGINE, State::default());
        let imports: Vec<Extern> = self
            .module
            .imports()
            .map(|import| link(&mut store, import.name()))
            .collect();
        let instance =
            Instance::new(&mut store, &self.module, &imports).expect("an accepted module instantiates");
        let memory = instance.get_memory(&store, MEMORY).expect("a memory");
        let global = |name| instance.get_global(&store, name).expect("a meter's global");
        let (ink, status, stack_left) = (global(INK_LEFT), global(INK_STATUS), global(STACK_LEFT));
        store.data_mut().seen = Some(Seen { memory, stack_left });

        let run = instance
            .get_typed_func::<(u32, u64, u32), (u32, u64, u32)>(&store, RUN)
            .expect("the function that starts a run");
        let result = run.call(&mut store, (budget.input, budget.ink, budget.stack));

        let (end, ink_left, stack_left) = match (result, store.data().stop) {
            (Ok((status, ink, stack)), _) => (End::Status(status), ink, stack),
            (Err(error), stop) => {
                let left = number(&stack_left.get(&store)) as u32;
                assert_ne!(
                    error.as_trap_code(),
                    Some(TrapCode::StackOverflow),
                    "{left} words left"
                );
                let refused = number(&status.get(&store)) != 0;
                host::after_trap(stop, number(&ink.get(&store)), refused, left)
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

/// A whole number without its sign.
fn number(value: &Val) -> u64 {
    match value {
        Val::I32(value) => u64::from(*value as u32),
        Val::I64(value) => *value as u64,
        other => panic!("{other:?} where a program has a whole number"),
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
    let ty = FuncType::new(params.collect::<Vec<_>>(), results.collect::<Vec<_>>());
    let call = move |mut caller: Caller<'_, State>, args: &[Val], results: &mut [Val]| {
        let args: Vec<u64> = args.iter().map(number).collect();
        let Seen { memory, stack_left } = caller.data().seen.expect("set before the start");
        let stack_left = number(&stack_left.get(&caller)) as u32;
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
                Err(Error::new("the program stops here"))
            }
        }
    };
    Func::new(store, ty, call).into()
}
