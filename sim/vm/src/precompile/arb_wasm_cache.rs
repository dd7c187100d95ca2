//! ArbWasmCache (0x72): which programs are entered at the cached price, and who may decide it.

use revm::primitives::{Address, B256, U256, address, b256};

use super::{
    abi::{one, words},
    arb_owner_public::{all, is_member},
    arb_wasm::{code_hash_of_argument, params, record, unusable},
    call::{Call, Failure, Output},
    method::{Access, Method, Precompile, view, write},
};
use crate::{
    arbos::{schema::schema, storage::Store},
    state::{self, ProgramRecord, Unusable},
};

/// ArbWasmCache's address.
pub const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");

const UPDATE_PROGRAM_CACHE: B256 = b256!("1bfaa29b4618e78f5b398027d530826dbb266dc976a5067f67fdad15434ecfab");

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_WASM_CACHE,
    name: "ArbWasmCache",
    since: 30,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    view(0x85e2_de85, "isCacheManager(address)", |call| {
        is_member(call, &schema().programs.cache_managers)
    })
    .since(30),
    view(0x0ec1_d773, "allCacheManagers()", |call| {
        all(call, &schema().programs.cache_managers)
    })
    .since(30),
    write(0x4cea_c817, "cacheCodehash(bytes32)", |call| {
        let code_hash = call.args.word(0)?;
        set_cached(call, code_hash, true)
    })
    .since(30)
    .until(30),
    write(0xe73a_c9f2, "cacheProgram(address)", |call| {
        let code_hash = code_hash_of_argument(call)?;
        set_cached(call, code_hash, true)
    })
    .since(31),
    write(0xce97_2013, "evictCodehash(bytes32)", |call| {
        let code_hash = call.args.word(0)?;
        set_cached(call, code_hash, false)
    })
    .since(30),
    view(0xa72f_179b, "codehashIsCached(bytes32)", |call| {
        let code_hash = call.args.word(0)?;
        Ok(one(record(call, code_hash)?.cached))
    })
    .since(30),
];

fn set_cached(call: &mut Call<'_>, code_hash: B256, cached: bool) -> Output {
    let caller = call.sender();
    let managers = &schema().programs.cache_managers;
    if !managers.contains(call, caller)? && !schema().chain_owners.contains(call, caller)? {
        return Err(Failure::Burnt);
    }
    let params = params(call)?;
    let record = record(call, code_hash)?;
    if cached {
        let now_ts = call.now_ts();
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
