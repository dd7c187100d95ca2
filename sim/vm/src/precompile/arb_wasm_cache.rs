//! ArbWasmCache (0x72): which programs are entered at the cached price, and who may decide it.

use revm::{
    context_interface::{ContextTr, JournalTr},
    primitives::{Address, B256, U256, address, b256},
    state::EvmState,
};

use super::{
    arb_wasm::{code_hash_of_argument, params, record, unusable},
    call::{Call, Failure, Method, Mutability, Output, words},
};
use crate::{
    arbos::ArbosVersion,
    state::{self, DbError, ProgramRecord, Unusable},
};

/// ArbWasmCache's address.
pub const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");

const UPDATE_PROGRAM_CACHE: B256 = b256!("1bfaa29b4618e78f5b398027d530826dbb266dc976a5067f67fdad15434ecfab");

#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    IsCacheManager,
    AllCacheManagers,
    CacheCodehash,
    CacheProgram,
    EvictCodehash,
    CodehashIsCached,
}

const fn method(selector: u32, mutability: Mutability, body: Body) -> Method<Body> {
    Method {
        selector: selector.to_be_bytes(),
        mutability,
        since: ArbosVersion::V30,
        until: None,
        body,
    }
}

pub(super) const METHODS: &[Method<Body>] = &[
    method(0x85e2_de85, Mutability::View, Body::IsCacheManager),
    method(0x0ec1_d773, Mutability::View, Body::AllCacheManagers),
    Method {
        until: Some(ArbosVersion::V30),
        ..method(0x4cea_c817, Mutability::Write, Body::CacheCodehash)
    },
    Method {
        since: ArbosVersion::V31,
        ..method(0xe73a_c9f2, Mutability::Write, Body::CacheProgram)
    },
    method(0xce97_2013, Mutability::Write, Body::EvictCodehash),
    method(0xa72f_179b, Mutability::View, Body::CodehashIsCached),
];

/// Runs a method.
pub(super) fn run<CTX>(call: &mut Call<'_, CTX>, body: Body) -> Output<CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    match body {
        Body::IsCacheManager => {
            let address = call.address(0)?;
            is_manager(call, address).map(|is| words([U256::from(is)]))
        }
        Body::AllCacheManagers => all_managers(call),
        Body::CacheCodehash => {
            let code_hash = call.word(0)?;
            set_cached(call, code_hash, true)
        }
        Body::CacheProgram => {
            let code_hash = code_hash_of_argument(call)?;
            set_cached(call, code_hash, true)
        }
        Body::EvictCodehash => {
            let code_hash = call.word(0)?;
            set_cached(call, code_hash, false)
        }
        Body::CodehashIsCached => {
            let code_hash = call.word(0)?;
            let cached = record(call, code_hash)?.cached;
            Ok(words([U256::from(cached)]))
        }
    }
}

fn is_manager<CTX>(call: &mut Call<'_, CTX>, address: Address) -> Result<bool, Failure<DbError<CTX>>>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    call.read(state::cache_managers().place_slot(address))
        .map(|place| !place.is_zero())
}

fn all_managers<CTX>(call: &mut Call<'_, CTX>) -> Output<CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let managers = state::cache_managers();
    let count: u64 = call.read(managers.size_slot())?.saturating_to();
    let mut output = words([U256::from(32), U256::from(count)]);
    for place in 1..=count {
        output.extend(words([call.read(managers.member_slot(place))?]));
    }
    Ok(output)
}

fn set_cached<CTX>(call: &mut Call<'_, CTX>, code_hash: B256, cached: bool) -> Output<CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let caller = call.inputs.caller;
    if !is_manager(call, caller)? && call.read(state::chain_owners().place_slot(caller))?.is_zero() {
        return Err(Failure::Burnt);
    }
    let params = params(call)?;
    let record = record(call, code_hash)?;
    if cached {
        let now_ts = revm::context::Block::timestamp(call.ctx.block()).saturating_to();
        match record.check_usable(&params, now_ts) {
            // A program without a record is one of version 0 here.
            Err(Unusable::NotActivated) => {
                let reason = Unusable::NeedsUpgrade {
                    version: 0,
                    stylus_version: params.version,
                };
                return Err(unusable(reason));
            }
            Err(reason) => return Err(unusable(reason)),
            Ok(()) => {}
        }
    }
    if record.cached == cached {
        return Ok(Vec::new());
    }
    let topics = vec![UPDATE_PROGRAM_CACHE, caller.into_word(), code_hash];
    call.log(topics, words([U256::from(cached)]))?;
    call.burn(record.init_cost.into())?;
    call.read(state::module_hash_slot(code_hash))?;
    call.write(
        state::record_slot(code_hash),
        ProgramRecord { cached, ..record }.encode(),
    )?;
    Ok(Vec::new())
}
