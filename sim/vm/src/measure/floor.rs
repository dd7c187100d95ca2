//! The floor: the module as it is, on wasmtime alone. A pooled instance for each call, no metering, and host functions
//! that do nothing but give back what the real ones gave, so that the program takes the same way through itself.

use std::{hint::black_box, sync::Arc, time::Duration};

use wasmtime::{
    Caller, Config, Engine, InstanceAllocationStrategy, Linker, Memory, Module, PoolingAllocationConfig,
    Store,
};

use super::{MeasureError, Rounds, per_run};
use crate::{
    imports::{HostFunction, MODULE},
    instrument::{ENTRYPOINT, MEMORY},
    trace::Hostio,
};

/// What a host function gives back.
struct Answer {
    /// Memory that it writes: by which parameter, and what.
    written: Option<(usize, Vec<u8>)>,
    /// The same of the length of returned data.
    len: Option<(usize, [u8; 4])>,
    result: u64,
}

struct State {
    memory: Option<Memory>,
    answers: Arc<[Answer]>,
    next: usize,
}

/// Time of a call in which the host answers as it did in the host calls of the program's own frame.
pub(super) fn run(
    wasm: &[u8],
    args_len: usize,
    hostios: &[Hostio],
    rounds: &Rounds<'_>,
) -> Result<Duration, MeasureError> {
    let floor = |error: wasmtime::Error| MeasureError::Floor(format!("{error:#}"));
    let answers: Arc<[Answer]> = hostios.iter().filter_map(answer).collect();
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(1)
        .total_memories(1)
        .total_tables(1)
        .linear_memory_keep_resident(1 << 20)
        .table_keep_resident(1 << 20)
        .max_core_instance_size(1 << 20)
        .table_elements(crate::validate::MAX_TABLE_ENTRIES as usize);
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    let engine = Engine::new(&config).map_err(floor)?;
    let module = Module::new(&engine, wasm).map_err(floor)?;
    let linker = linker(&engine).map_err(floor)?;
    let program = linker.instantiate_pre(&module).map_err(floor)?;
    per_run(rounds, || {
        let call = || -> wasmtime::Result<u32> {
            let state = State {
                memory: None,
                answers: answers.clone(),
                next: 0,
            };
            let mut store = Store::new(&engine, state);
            let instance = program.instantiate(&mut store)?;
            store.data_mut().memory = instance.get_memory(&mut store, MEMORY);
            let run = instance.get_typed_func::<u32, u32>(&mut store, ENTRYPOINT)?;
            run.call(&mut store, args_len as u32)
        };
        match call() {
            Ok(status) => {
                black_box(status);
                Ok(())
            }
            // The recorded program ended here by itself, too.
            Err(error) if error.is::<Ended>() => Ok(()),
            Err(error) => Err(floor(error)),
        }
    })
}

/// The program asked to end.
#[derive(Debug, thiserror::Error)]
#[error("the program ended early")]
struct Ended;

/// What this call gave back; `None` for the records that frame a program.
fn answer(hostio: &Hostio) -> Option<Answer> {
    use HostFunction::*;
    let function = HostFunction::by_name(hostio.name)?;
    let outs = &hostio.outs;
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    let reversed =
        |bytes: &[u8]| -> [u8; 4] { std::array::from_fn(|at| bytes.get(3 - at).copied().unwrap_or(0)) };
    let mut answer = Answer {
        written: None,
        len: None,
        result: 0,
    };
    match function {
        CallContract | DelegateCallContract | StaticCallContract => {
            let (len, status) = outs.split_at_checked(4)?;
            answer.len = Some((function.params().len() - 1, reversed(len)));
            answer.result = number(status);
        }
        Create1 | Create2 => {
            let (address, len) = outs.split_at_checked(20)?;
            let params = function.params().len();
            answer.written = Some((params - 2, address.to_vec()));
            answer.len = Some((params - 1, reversed(len)));
        }
        AccountCode => {
            answer.written = Some((3, outs.to_vec()));
            answer.result = outs.len() as u64;
        }
        ReadReturnData => {
            answer.written = Some((0, outs.to_vec()));
            answer.result = outs.len() as u64;
        }
        NativeKeccak256 => answer.written = Some((2, outs.to_vec())),
        StorageLoadBytes32 | TransientLoadBytes32 | AccountBalance | AccountCodehash => {
            answer.written = Some((1, outs.to_vec()));
        }
        _ if function.result().is_some() => answer.result = number(outs),
        _ if !outs.is_empty() => answer.written = Some((0, outs.to_vec())),
        _ => {}
    }
    Some(answer)
}

macro_rules! stub {
    ($linker:ident, $name:expr, ($($arg:ident: $ty:ty),*) -> $out:ty) => {
        $linker.func_wrap(MODULE, $name, |mut caller: Caller<'_, State>, $($arg: $ty),*| {
            give_back(&mut caller, &[$($arg as u32),*]).map(|result| result as $out)
        })?
    };
    ($linker:ident, $name:expr, ($($arg:ident: $ty:ty),*)) => {
        $linker.func_wrap(MODULE, $name, |mut caller: Caller<'_, State>, $($arg: $ty),*| {
            give_back(&mut caller, &[$($arg as u32),*]).map(drop)
        })?
    };
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    use wasmparser::ValType::{I32, I64};
    let mut linker = Linker::new(engine);
    for function in HostFunction::ALL {
        let name = function.name();
        if *function == HostFunction::ExitEarly {
            linker.func_wrap(MODULE, name, |_: u32| Err::<(), _>(Ended.into()))?;
            continue;
        }
        match (function.params(), function.result()) {
            ([], Some(I32)) => stub!(linker, name, () -> u32),
            ([], Some(I64)) => stub!(linker, name, () -> u64),
            ([I32], None) => stub!(linker, name, (a: u32)),
            ([I32], Some(I32)) => stub!(linker, name, (a: u32) -> u32),
            ([I32, I32], None) => stub!(linker, name, (a: u32, b: u32)),
            ([I32, I32, I32], None) => stub!(linker, name, (a: u32, b: u32, c: u32)),
            ([I32, I32, I32], Some(I32)) => stub!(linker, name, (a: u32, b: u32, c: u32) -> u32),
            ([I32, I32, I32, I32], Some(I32)) => {
                stub!(linker, name, (a: u32, b: u32, c: u32, d: u32) -> u32)
            }
            ([I32, I32, I32, I64, I32], Some(I32)) => {
                stub!(linker, name, (a: u32, b: u32, c: u32, d: u64, e: u32) -> u32)
            }
            ([I32, I32, I32, I32, I64, I32], Some(I32)) => {
                stub!(linker, name, (a: u32, b: u32, c: u32, d: u32, e: u64, f: u32) -> u32)
            }
            ([I32, I32, I32, I32, I32], None) => {
                stub!(linker, name, (a: u32, b: u32, c: u32, d: u32, e: u32))
            }
            ([I32, I32, I32, I32, I32, I32], None) => {
                stub!(linker, name, (a: u32, b: u32, c: u32, d: u32, e: u32, f: u32))
            }
            _ => {
                let message = format!("no stand-in for `{}`", function.signature());
                return Err(wasmtime::Error::msg(message));
            }
        };
    }
    Ok(linker)
}

/// Does what the real host function did to the program: memory written, and its result.
fn give_back(caller: &mut Caller<'_, State>, args: &[u32]) -> wasmtime::Result<u64> {
    let Some(memory) = caller.data().memory else {
        return Err(wasmtime::Error::msg("the program has no memory"));
    };
    let (memory, state) = memory.data_and_store_mut(caller);
    let Some(answer) = state.answers.get(state.next) else {
        return Err(wasmtime::Error::msg(
            "the program asks for more than it did under the meter",
        ));
    };
    state.next += 1;
    let written = answer.written.as_ref().map(|(param, bytes)| (*param, &bytes[..]));
    let len = answer.len.as_ref().map(|(param, bytes)| (*param, &bytes[..]));
    for (param, bytes) in written.into_iter().chain(len) {
        let start = args[param] as usize;
        if let Some(place) = memory.get_mut(start..start + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
    Ok(answer.result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_every_host_function_has_a_stand_in() {
        linker(&Engine::default()).expect("all signatures are known");
    }
}
