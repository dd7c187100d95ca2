//! ArbOwner's setters of Stylus parameters. In calls and estimates they act on nothing, as on the network.

use revm::primitives::U256;

use super::call::{Call, Failure, Output};
use crate::{
    StylusParams,
    arbos::{
        schema::schema,
        storage::{Result, Store},
    },
};

fn change(call: &mut Call<'_>, change: impl FnOnce(&mut StylusParams)) -> Output {
    let mut params = call.stylus_params()?;
    change(&mut params);
    let word = params.encode(call.arbos).into();
    store(call, schema().programs.params, word)?;
    Ok(Vec::new())
}

fn store(call: &mut Call<'_>, slot: U256, value: U256) -> Result<()> {
    if call.context.off_chain {
        return Ok(());
    }
    call.write(slot, value)
}

pub(super) fn ink_price(call: &mut Call<'_>) -> Output {
    let price: u32 = call.args.small(0)?;
    if !(1..1 << 24).contains(&price) {
        return Err(Failure::Plain);
    }
    change(call, |params| params.ink_price = price)
}

pub(super) fn max_stack_depth(call: &mut Call<'_>) -> Output {
    let words = call.args.small(0)?;
    change(call, |params| params.max_stack_depth = words)
}

pub(super) fn free_pages(call: &mut Call<'_>) -> Output {
    let pages = call.args.small(0)?;
    change(call, |params| params.free_pages = pages)
}

pub(super) fn page_gas(call: &mut Call<'_>) -> Output {
    let gas = call.args.small(0)?;
    change(call, |params| params.page_gas = gas)
}

pub(super) fn page_limit(call: &mut Call<'_>) -> Output {
    let pages = call.args.small(0)?;
    change(call, |params| params.page_limit = pages)
}

pub(super) fn max_size(call: &mut Call<'_>) -> Output {
    let bytes = call.args.small(0)?;
    change(call, |params| params.max_wasm_size = bytes)
}

/// Both are rounded up to the units in which they are kept, and held at what a byte of these can say.
pub(super) fn min_init_gas(call: &mut Call<'_>) -> Output {
    let (gas, cached): (u8, u16) = (call.args.small(0)?, call.args.small(1)?);
    change(call, |params| {
        params.min_init_gas = gas.div_ceil(128);
        params.min_cached_init_gas = u8::try_from(cached.div_ceil(32)).unwrap_or(u8::MAX);
    })
}

/// Percent, rounded up to the unit of two and held at what a byte of these can say.
pub(super) fn init_cost_scalar(call: &mut Call<'_>) -> Output {
    let percent: u64 = call.args.small(0)?;
    change(call, |params| {
        params.init_cost_scalar = u8::try_from(percent.div_ceil(2)).unwrap_or(u8::MAX);
    })
}

pub(super) fn expiry_days(call: &mut Call<'_>) -> Output {
    let days = call.args.small(0)?;
    change(call, |params| params.expiry_days = days)
}

pub(super) fn keepalive_days(call: &mut Call<'_>) -> Output {
    let days = call.args.small(0)?;
    change(call, |params| params.keepalive_days = days)
}

pub(super) fn block_cache_size(call: &mut Call<'_>) -> Output {
    let programs = call.args.small(0)?;
    change(call, |params| params.block_cache_size = programs)
}

pub(super) fn max_fragments(call: &mut Call<'_>) -> Output {
    let fragments = call.args.small(0)?;
    change(call, |params| params.max_fragment_count = fragments)
}

pub(super) fn activation_gas(call: &mut Call<'_>) -> Output {
    let gas: u64 = call.args.small(0)?;
    store(call, schema().programs.activation_gas, U256::from(gas))?;
    Ok(Vec::new())
}
