//! ArbWasm (0x71): activates programs, keeps them alive, and tells their figures and the chain's parameters.

use revm::primitives::{Address, B256, U256, address, b256, keccak256};

use super::{
    abi::{error, one, words},
    call::{Call, Failure, Output},
    method::{Access, Method, Precompile, payable, view},
};
use crate::{
    activate::{Activation, DataPricer, FIXED_ACTIVATION_GAS, Lifetime, activate},
    arbos::{
        ArbosVersion, StylusParams,
        schema::schema,
        storage::{Result, Store},
    },
    code::{self, CodeKind, Root},
    pricing::{EntryGas, fragment_read_gas},
    state::{self, ProgramRecord, Unusable},
    validate::ActivationRules,
};

/// ArbWasm's address.
pub const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");

const PROGRAM_ACTIVATED: B256 = b256!("c0e812780707128d9a180db8ee4d1c1f1300b6dd0626d577b5d9ac759b76253c");
const LIFETIME_EXTENDED: B256 = b256!("03802ba32e3bd489d2ab04abb93d10687e0b6883bcb091206ca75172d248f2ec");

const PROGRAM_NOT_WASM: [u8; 4] = [0x27, 0xf3, 0x82, 0x12];
const PROGRAM_NOT_ACTIVATED: [u8; 4] = [0x6f, 0x80, 0x9c, 0x4e];
const PROGRAM_NEEDS_UPGRADE: [u8; 4] = [0x63, 0x7d, 0x96, 0x8f];
const PROGRAM_EXPIRED: [u8; 4] = [0xc9, 0xb1, 0x2e, 0x52];
const PROGRAM_UP_TO_DATE: [u8; 4] = [0xcc, 0x94, 0x4b, 0xf2];
const KEEPALIVE_TOO_SOON: [u8; 4] = [0x16, 0xbd, 0x0c, 0xf8];
const INSUFFICIENT_VALUE: [u8; 4] = [0x09, 0x78, 0x1a, 0xb7];

/// Gas of reading the parameters.
const PARAMS_GAS: u64 = 100;
/// Gas of reading an account's code hash.
const CODE_HASH_GAS: u64 = 2600;
/// A parameter that nothing uses any more.
const PAGE_RAMP: u64 = 620_674_314;

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_WASM,
    name: "ArbWasm",
    since: 30,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    payable(0x58c7_80c2, "activateProgram(address)", activate_program).since(30),
    payable(0xc689_bad5, "codehashKeepalive(bytes32)", keepalive).since(30),
    view(0xd70c_0ca7, "codehashVersion(bytes32)", |call| {
        Ok(one(active_by_hash(call)?.0.version))
    })
    .since(30),
    view(0x4089_267f, "codehashAsmSize(bytes32)", |call| {
        let kib = active_by_hash(call)?.0.asm_estimate_kib;
        Ok(one(u64::from(kib) * 1024))
    })
    .since(30),
    view(0xcc8f_4e88, "programVersion(address)", |call| {
        Ok(one(active_by_address(call)?.0.version))
    })
    .since(30),
    view(0x62b6_88aa, "programInitGas(address)", |call| {
        let (record, params) = active_by_address(call)?;
        let gas = EntryGas::new(&params, record.init_cost, record.cached_cost);
        Ok(words([
            U256::from(gas.charge(record.version, false)),
            U256::from(gas.cached),
        ]))
    })
    .since(30),
    view(0xaef3_6be3, "programMemoryFootprint(address)", |call| {
        Ok(one(active_by_address(call)?.0.footprint))
    })
    .since(30),
    view(0xc775_a62a, "programTimeLeft(address)", |call| {
        let (record, params) = active_by_address(call)?;
        Ok(one(record.lifetime().secs_left(&params, call.now_ts())))
    })
    .since(30),
    view(0xa996_e0c2, "stylusVersion()", |call| {
        Ok(one(params(call)?.version))
    })
    .since(30),
    view(0xd1c1_7abc, "inkPrice()", |call| Ok(one(params(call)?.ink_price))).since(30),
    view(0x8ccf_aa70, "maxStackDepth()", |call| {
        Ok(one(params(call)?.max_stack_depth))
    })
    .since(30),
    view(0x4490_c19d, "freePages()", |call| {
        Ok(one(params(call)?.free_pages))
    })
    .since(30),
    view(0x7af4_ba49, "pageGas()", |call| Ok(one(params(call)?.page_gas))).since(30),
    view(0x11c8_2ae8, "pageRamp()", |call| {
        params(call)?;
        Ok(one(PAGE_RAMP))
    })
    .since(30),
    view(0x9786_f96e, "pageLimit()", |call| {
        Ok(one(params(call)?.page_limit))
    })
    .since(30),
    view(0x99d0_b38d, "minInitGas()", |call| {
        let params = params(call)?;
        // The network's first versions always reverted here.
        if call.arbos < ArbosVersion::V32 {
            return Err(Failure::Plain);
        }
        let gas = EntryGas::new(&params, 0, 0);
        Ok(words([U256::from(gas.init), U256::from(gas.cached)]))
    })
    .since(30),
    view(0x5fc9_4c0b, "initCostScalar()", |call| {
        Ok(one(u64::from(params(call)?.init_cost_scalar) * 2))
    })
    .since(30),
    view(0x309f_6555, "expiryDays()", |call| {
        Ok(one(params(call)?.expiry_days))
    })
    .since(30),
    view(0x0a93_6455, "keepaliveDays()", |call| {
        Ok(one(params(call)?.keepalive_days))
    })
    .since(30),
    view(0x7af6_e819, "blockCacheSize()", |call| {
        Ok(one(params(call)?.block_cache_size))
    })
    .since(30),
    view(0x2278_c278, "activationGas()", |call| {
        call.read(schema().programs.activation_gas).map(one)
    })
    .since(59),
];

/// The parameters, charged.
pub(super) fn params(call: &mut Call<'_>) -> Result<StylusParams> {
    call.burn(PARAMS_GAS)?;
    call.stylus_params()
}

/// A program's record, charged.
pub(super) fn record(call: &mut Call<'_>, code_hash: B256) -> Result<ProgramRecord> {
    call.read(state::record_slot(code_hash))
        .map(ProgramRecord::decode)
}

/// The code hash at the address that is the first argument, charged.
pub(super) fn code_hash_of_argument(call: &mut Call<'_>) -> Result<B256> {
    let program = call.args.address(0)?;
    call.burn(CODE_HASH_GAS)?;
    Ok(call.host.code_hash(program)?)
}

fn active_by_address(call: &mut Call<'_>) -> Result<(ProgramRecord, StylusParams)> {
    let code_hash = code_hash_of_argument(call)?;
    active(call, code_hash)
}

fn active_by_hash(call: &mut Call<'_>) -> Result<(ProgramRecord, StylusParams)> {
    let code_hash = call.args.word(0)?;
    active(call, code_hash)
}

/// A usable program's record and the parameters, charged.
fn active(call: &mut Call<'_>, code_hash: B256) -> Result<(ProgramRecord, StylusParams)> {
    let params = params(call)?;
    let record = record(call, code_hash)?;
    record.check_usable(&params, call.now_ts()).map_err(unusable)?;
    Ok((record, params))
}

/// Why a program is not usable, as an ABI error.
pub(super) fn unusable(reason: Unusable) -> Failure {
    match reason {
        Unusable::NotActivated => error(PROGRAM_NOT_ACTIVATED, []),
        Unusable::NeedsUpgrade {
            version,
            stylus_version,
        } => error(
            PROGRAM_NEEDS_UPGRADE,
            [U256::from(version), U256::from(stylus_version)],
        ),
        Unusable::Expired { age_secs } => error(PROGRAM_EXPIRED, [U256::from(age_secs)]),
    }
}

fn activate_program(call: &mut Call<'_>) -> Output {
    let program = call.args.address(0)?;
    if call.arbos >= ArbosVersion::V59 {
        let extra = call.read(schema().programs.activation_gas)?;
        call.burn(extra.saturating_to())?;
    }
    call.burn(FIXED_ACTIVATION_GAS)?;
    let params = params(call)?;
    let now_ts = call.now_ts();
    let code_hash = call.host.code_hash(program)?;
    let before = record(call, code_hash)?;
    if before.check_usable(&params, now_ts).is_ok() {
        return Err(error(PROGRAM_UP_TO_DATE, []));
    }
    let wasm = read_wasm(call, program, &params)?;
    let rules = ActivationRules::new(call.arbos, &params, call.caller.open_pages);
    let activation = activate(&wasm, &rules).map_err(|_| Failure::Burnt)?;
    call.burn(activation.activation_gas)?;
    if before.cached {
        // The network drops the old form from its cache.
        call.read(state::module_hash_slot(code_hash))?;
    }
    let module_hash = module_hash(code_hash, &activation);
    call.write(state::module_hash_slot(code_hash), module_hash.into())?;
    let fee = charge_data(call, activation.asm_estimate, now_ts)?;
    let record = ProgramRecord {
        version: params.version,
        init_cost: activation.init_cost,
        cached_cost: activation.cached_init_cost,
        footprint: activation.footprint,
        activated_at_hours: Lifetime::starting_at(now_ts).activated_at_hours,
        asm_estimate_kib: activation.asm_estimate_kib_up(),
        cached: before.cached,
    };
    call.write(state::record_slot(code_hash), record.encode())?;
    pay_fee(call, fee)?;
    let event = words([
        module_hash.into(),
        program.into_word().into(),
        fee,
        U256::from(params.version),
    ]);
    call.log(vec![PROGRAM_ACTIVATED, code_hash], event)?;
    Ok(words([U256::from(params.version), fee]))
}

/// ambiguous: the network hashes its fraud proof's form of the module, which no one else needs; here the hash names the
/// code and the version, on which the network's depends.
fn module_hash(code_hash: B256, activation: &Activation) -> B256 {
    keccak256([&code_hash.0[..], &activation.stylus_version.to_be_bytes()].concat())
}

/// The program's WASM, from one account or from a root's fragments.
fn read_wasm(call: &mut Call<'_>, program: Address, params: &StylusParams) -> Result<Vec<u8>> {
    let code = call.host.code(program)?;
    match CodeKind::of(&code, call.arbos) {
        CodeKind::Classic => code::decode(&code, params.max_wasm_size).map_err(|_| Failure::Plain),
        CodeKind::Root => {
            let root = Root::parse(&code).map_err(|_| Failure::Plain)?;
            root.check(params).map_err(|_| Failure::Plain)?;
            let mut parts = Vec::with_capacity(root.fragments.len());
            for fragment in &root.fragments {
                parts.push(read_fragment(call, *fragment)?);
            }
            root.join(parts.iter().map(|part| &part[..]))
                .map_err(|_| Failure::Plain)
        }
        _ if call.arbos >= ArbosVersion::V60 => Err(error(PROGRAM_NOT_WASM, [])),
        _ => Err(Failure::Plain),
    }
}

/// A fragment's code, charged. Gas for the longest possible one must be there first.
fn read_fragment(call: &mut Call<'_>, fragment: Address) -> Result<revm::primitives::Bytes> {
    let max_code_size = call.host.max_code_size();
    let cold = call.host.warm(fragment)?;
    if call.gas_left() < fragment_read_gas(max_code_size, cold) {
        return Err(Failure::Burnt);
    }
    let code = call.host.code(fragment)?;
    call.burn(fragment_read_gas(code.len(), cold))?;
    Ok(code)
}

fn keepalive(call: &mut Call<'_>) -> Output {
    let code_hash = call.args.word(0)?;
    let (record, params) = active(call, code_hash)?;
    let now_ts = call.now_ts();
    if !record.lifetime().may_keep_alive(&params, now_ts) {
        let age_secs = record.lifetime().age_secs(now_ts);
        return Err(error(KEEPALIVE_TOO_SOON, [U256::from(age_secs)]));
    }
    let fee = charge_data(call, record.asm_estimate_kib.saturating_mul(1024), now_ts)?;
    let Lifetime { activated_at_hours } = Lifetime::starting_at(now_ts);
    call.write(
        state::record_slot(code_hash),
        ProgramRecord {
            activated_at_hours,
            ..record
        }
        .encode(),
    )?;
    pay_fee(call, fee)?;
    call.log(vec![LIFETIME_EXTENDED, code_hash], words([fee]))?;
    Ok(Vec::new())
}

/// Moves the data pricer on by `bytes` and tells the fee.
fn charge_data(call: &mut Call<'_>, bytes: u32, now_ts: u64) -> Result<U256> {
    let slots = schema().programs.data_pricer;
    let mut fields = [U256::ZERO; 5];
    for (field, slot) in fields.iter_mut().zip(slots) {
        *field = call.read(slot)?;
    }
    let pricer = DataPricer {
        demand: fields[0].saturating_to(),
        bytes_per_second: fields[1].saturating_to(),
        last_update_ts: fields[2].saturating_to(),
        min_price: fields[3].saturating_to(),
        inertia: fields[4].saturating_to(),
    };
    let (fee, after) = pricer.charge(bytes, now_ts);
    call.write(slots[0], U256::from(after.demand))?;
    call.write(slots[2], U256::from(after.last_update_ts))?;
    Ok(fee)
}

/// Sends the fee to the network's account and what is left of the value back to the caller.
fn pay_fee(call: &mut Call<'_>, fee: U256) -> Result<()> {
    let value = call.inputs.call_value();
    let Some(rest) = value.checked_sub(fee) else {
        return Err(error(INSUFFICIENT_VALUE, [value, fee]));
    };
    let network = call.read_address(schema().root.network_fee_account)?;
    call.transfer(ARB_WASM, network, fee)?;
    call.transfer(ARB_WASM, call.sender(), rest)?;
    Ok(())
}
