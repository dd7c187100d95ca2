//! Gives wasmtime the host functions, in the form in which executable modules import them.

use std::time::Instant;

use wasmtime::{Caller, Linker};

use super::{End, Env, Escape, Io};
use crate::{
    executable::{ENTER_HOOK, HOOK_MODULE, LEAVE_HOOK},
    imports::{HostFunction, MODULE},
};

/// A host function's result together with the ink that is left.
trait WithInk {
    type Out;
    fn with_ink(self, ink: u64) -> Self::Out;
}

impl WithInk for () {
    type Out = u64;
    fn with_ink(self, ink: u64) -> u64 {
        ink
    }
}

impl WithInk for u32 {
    type Out = (u32, u64);
    fn with_ink(self, ink: u64) -> (u32, u64) {
        (self, ink)
    }
}

impl WithInk for u64 {
    type Out = (u64, u64);
    fn with_ink(self, ink: u64) -> (u64, u64) {
        (self, ink)
    }
}

/// Runs a host function's body on the calling program.
#[inline]
fn enter<R: WithInk>(
    mut caller: Caller<'_, Env>,
    ink: u64,
    body: impl FnOnce(&mut Io<'_>) -> Result<R, Escape>,
) -> wasmtime::Result<R::Out> {
    let (memory, env) = match caller.data().memory {
        Some(memory) => memory.data_and_store_mut(&mut caller),
        None => (&mut [][..], caller.data_mut()),
    };
    let Env { host, run, .. } = env;
    let mut io = Io {
        memory,
        host,
        run,
        function: HostFunction::ReadArgs,
        start_ink: ink,
        ink,
    };
    let opened = io.run.opened;
    let start = io.run.timing.then(Instant::now);
    let result = body(&mut io);
    if let Some(start) = start {
        io.run.host_time += start.elapsed();
        io.run.host_calls += 1;
    }
    let frames = io.run.opened - opened;
    if let Some(meter) = &mut io.run.meter {
        meter.hostio(io.function.name(), io.start_ink, io.ink, frames);
    }
    match result {
        Ok(result) => Ok(result.with_ink(io.ink)),
        Err(escape) => {
            io.run.end = Some(End {
                escape,
                ink_left: io.ink,
                function: io.function,
            });
            Err(escape.into())
        }
    }
}

macro_rules! link {
    ($linker:ident: $($name:ident($($arg:ident: $ty:ty),*);)*) => {
        $(
            $linker.func_wrap(MODULE, stringify!($name), |caller: Caller<'_, Env>, $($arg: $ty,)* ink: u64| {
                enter(caller, ink, |io| io.$name($($arg),*))
            })?;
        )*
    };
}

/// Every function of `vm_hooks`, in the form in which instrumented modules import it.
pub(crate) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Env>> {
    let mut linker = Linker::new(engine);
    link! { linker:
        read_args(dest: u32);
        write_result(data: u32, len: u32);
        exit_early(status: u32);
        storage_load_bytes32(key: u32, dest: u32);
        storage_cache_bytes32(key: u32, value: u32);
        storage_flush_cache(clear: u32);
        transient_load_bytes32(key: u32, dest: u32);
        transient_store_bytes32(key: u32, value: u32);
        call_contract(to: u32, data: u32, data_len: u32, value: u32, gas: u64, ret_len: u32);
        delegate_call_contract(to: u32, data: u32, data_len: u32, gas: u64, ret_len: u32);
        static_call_contract(to: u32, data: u32, data_len: u32, gas: u64, ret_len: u32);
        create1(code: u32, code_len: u32, endowment: u32, contract: u32, ret_len: u32);
        create2(code: u32, code_len: u32, endowment: u32, salt: u32, contract: u32, ret_len: u32);
        read_return_data(dest: u32, offset: u32, size: u32);
        return_data_size();
        emit_log(data: u32, len: u32, topics: u32);
        account_balance(address: u32, dest: u32);
        account_code(address: u32, offset: u32, size: u32, dest: u32);
        account_code_size(address: u32);
        account_codehash(address: u32, dest: u32);
        block_basefee(dest: u32);
        block_coinbase(dest: u32);
        block_gas_limit();
        block_number();
        block_timestamp();
        chainid();
        contract_address(dest: u32);
        evm_gas_left();
        evm_ink_left();
        math_div(value: u32, divisor: u32);
        math_mod(value: u32, modulus: u32);
        math_pow(value: u32, exponent: u32);
        math_add_mod(value: u32, addend: u32, modulus: u32);
        math_mul_mod(value: u32, multiplier: u32, modulus: u32);
        msg_reentrant();
        msg_sender(dest: u32);
        msg_value(dest: u32);
        native_keccak256(input: u32, len: u32, output: u32);
        tx_gas_price(dest: u32);
        tx_ink_price();
        tx_origin(dest: u32);
        pay_for_memory_grow(pages: u32);
    }
    linker.func_wrap(
        HOOK_MODULE,
        ENTER_HOOK,
        |mut caller: Caller<'_, Env>, function: u32, ink: u64| {
            if let Some(meter) = &mut caller.data_mut().run.meter {
                meter.enter(function, ink);
            }
        },
    )?;
    linker.func_wrap(
        HOOK_MODULE,
        LEAVE_HOOK,
        |mut caller: Caller<'_, Env>, ink: u64| {
            if let Some(meter) = &mut caller.data_mut().run.meter {
                meter.leave(ink);
            }
        },
    )?;
    Ok(linker)
}
