//! ArbWasm (0x71): activates programs, keeps them alive, and tells their figures and the chain's parameters.

use revm::{
    context::{Block, Cfg},
    context_interface::{ContextTr, JournalTr},
    primitives::{Address, B256, U256, address, b256, keccak256},
    state::EvmState,
};

use super::call::{Call, Failure, Method, Mutability, Output, error, words};
use crate::{
    activate::{Activation, DataPricer, FIXED_ACTIVATION_GAS, Lifetime, activate},
    arbos::{ArbosVersion, StylusParams},
    code::{self, CodeKind, Root},
    frame::{peek_code, peek_code_hash},
    pricing::{EntryGas, fragment_read_gas},
    state::{self, DbError, ProgramRecord, Unusable},
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

#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    ActivateProgram,
    CodehashKeepalive,
    CodehashVersion,
    CodehashAsmSize,
    ProgramVersion,
    ProgramInitGas,
    ProgramMemoryFootprint,
    ProgramTimeLeft,
    MinInitGas,
    ActivationGas,
    /// A getter of one parameter.
    Param(fn(&StylusParams) -> u64),
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

const fn getter(selector: u32, param: fn(&StylusParams) -> u64) -> Method<Body> {
    method(selector, Mutability::View, Body::Param(param))
}

pub(super) const METHODS: &[Method<Body>] = &[
    method(0x58c7_80c2, Mutability::Payable, Body::ActivateProgram),
    method(0xc689_bad5, Mutability::Payable, Body::CodehashKeepalive),
    method(0xd70c_0ca7, Mutability::View, Body::CodehashVersion),
    method(0x4089_267f, Mutability::View, Body::CodehashAsmSize),
    method(0xcc8f_4e88, Mutability::View, Body::ProgramVersion),
    method(0x62b6_88aa, Mutability::View, Body::ProgramInitGas),
    method(0xaef3_6be3, Mutability::View, Body::ProgramMemoryFootprint),
    method(0xc775_a62a, Mutability::View, Body::ProgramTimeLeft),
    method(0x99d0_b38d, Mutability::View, Body::MinInitGas),
    Method {
        since: ArbosVersion::V59,
        ..method(0x2278_c278, Mutability::View, Body::ActivationGas)
    },
    getter(0xa996_e0c2, |params| params.version as u64),
    getter(0xd1c1_7abc, |params| params.ink_price as u64),
    getter(0x8ccf_aa70, |params| params.max_stack_depth as u64),
    getter(0x4490_c19d, |params| params.free_pages as u64),
    getter(0x7af4_ba49, |params| params.page_gas as u64),
    getter(0x11c8_2ae8, |_| PAGE_RAMP),
    getter(0x9786_f96e, |params| params.page_limit as u64),
    getter(0x5fc9_4c0b, |params| params.init_cost_scalar as u64 * 2),
    getter(0x309f_6555, |params| params.expiry_days as u64),
    getter(0x0a93_6455, |params| params.keepalive_days as u64),
    getter(0x7af6_e819, |params| params.block_cache_size as u64),
];

/// Runs a method. `open_pages` are those of the transaction so far.
pub(super) fn run<CTX>(call: &mut Call<'_, CTX>, body: Body, open_pages: u16) -> Output<CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    match body {
        Body::ActivateProgram => activate_program(call, open_pages),
        Body::CodehashKeepalive => keepalive(call),
        Body::Param(param) => one(param(&params(call)?)),
        Body::MinInitGas => {
            let params = params(call)?;
            // The network's first versions always reverted here.
            if call.arbos < ArbosVersion::V32 {
                return Err(Failure::Plain);
            }
            let gas = EntryGas::new(&params, 0, 0);
            Ok(words([U256::from(gas.init), U256::from(gas.cached)]))
        }
        Body::ActivationGas => call.read(state::activation_gas_slot()).map(|gas| words([gas])),
        Body::CodehashVersion => one(active_by_hash(call)?.0.version.into()),
        Body::CodehashAsmSize => one(u64::from(active_by_hash(call)?.0.asm_estimate_kib) * 1024),
        Body::ProgramVersion => one(active_by_address(call)?.0.version.into()),
        Body::ProgramMemoryFootprint => one(active_by_address(call)?.0.footprint.into()),
        Body::ProgramInitGas => {
            let (record, params) = active_by_address(call)?;
            let gas = EntryGas::new(&params, record.init_cost, record.cached_cost);
            Ok(words([
                U256::from(gas.charge(record.version, false)),
                U256::from(gas.cached),
            ]))
        }
        Body::ProgramTimeLeft => {
            let (record, params) = active_by_address(call)?;
            one(record.lifetime().secs_left(&params, now_ts(call)))
        }
    }
}

type Result<T, CTX> = std::result::Result<T, Failure<DbError<CTX>>>;

fn one<E>(value: u64) -> std::result::Result<Vec<u8>, Failure<E>> {
    Ok(words([U256::from(value)]))
}

fn now_ts<CTX: ContextTr>(call: &Call<'_, CTX>) -> u64 {
    call.ctx.block().timestamp().saturating_to()
}

/// The parameters, charged.
pub(super) fn params<CTX>(call: &mut Call<'_, CTX>) -> Result<StylusParams, CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    call.burn(PARAMS_GAS)?;
    state::params(call.ctx, call.arbos).map_err(Failure::Db)
}

/// A program's record, charged.
pub(super) fn record<CTX>(call: &mut Call<'_, CTX>, code_hash: B256) -> Result<ProgramRecord, CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    call.read(state::record_slot(code_hash))
        .map(ProgramRecord::decode)
}

/// The code hash at the address that is the first argument, charged.
pub(super) fn code_hash_of_argument<CTX>(call: &mut Call<'_, CTX>) -> Result<B256, CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let program = call.address(0)?;
    call.burn(CODE_HASH_GAS)?;
    peek_code_hash(call.ctx, program).map_err(Failure::Db)
}

fn active_by_address<CTX>(call: &mut Call<'_, CTX>) -> Result<(ProgramRecord, StylusParams), CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let code_hash = code_hash_of_argument(call)?;
    active(call, code_hash)
}

fn active_by_hash<CTX>(call: &mut Call<'_, CTX>) -> Result<(ProgramRecord, StylusParams), CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let code_hash = call.word(0)?;
    active(call, code_hash)
}

/// A usable program's record and the parameters, charged.
fn active<CTX>(call: &mut Call<'_, CTX>, code_hash: B256) -> Result<(ProgramRecord, StylusParams), CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let params = params(call)?;
    let record = record(call, code_hash)?;
    record.check_usable(&params, now_ts(call)).map_err(unusable)?;
    Ok((record, params))
}

/// Why a program is not usable, as an ABI error.
pub(super) fn unusable<E>(reason: Unusable) -> Failure<E> {
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

fn activate_program<CTX>(call: &mut Call<'_, CTX>, open_pages: u16) -> Output<CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let program = call.address(0)?;
    if call.arbos >= ArbosVersion::V59 {
        let extra = call.read(state::activation_gas_slot())?;
        call.burn(extra.saturating_to())?;
    }
    call.burn(FIXED_ACTIVATION_GAS)?;
    let params = params(call)?;
    let now_ts = now_ts(call);
    let code_hash = peek_code_hash(call.ctx, program).map_err(Failure::Db)?;
    let before = record(call, code_hash)?;
    if before.check_usable(&params, now_ts).is_ok() {
        return Err(error(PROGRAM_UP_TO_DATE, []));
    }
    let wasm = read_wasm(call, program, &params)?;
    let rules = ActivationRules::new(call.arbos, &params, open_pages);
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
fn read_wasm<CTX>(call: &mut Call<'_, CTX>, program: Address, params: &StylusParams) -> Result<Vec<u8>, CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let code = peek_code(call.ctx, program).map_err(Failure::Db)?;
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
fn read_fragment<CTX>(call: &mut Call<'_, CTX>, fragment: Address) -> Result<revm::primitives::Bytes, CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let max_code_size = call.ctx.cfg().max_code_size();
    let cold = call
        .ctx
        .journal_mut()
        .load_account(fragment)
        .map_err(Failure::Db)?
        .is_cold;
    if call.gas_left() < fragment_read_gas(max_code_size, cold) {
        return Err(Failure::Burnt);
    }
    let code = peek_code(call.ctx, fragment).map_err(Failure::Db)?;
    call.burn(fragment_read_gas(code.len(), cold))?;
    Ok(code)
}

fn keepalive<CTX>(call: &mut Call<'_, CTX>) -> Output<CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let code_hash = call.word(0)?;
    let (record, params) = active(call, code_hash)?;
    let now_ts = now_ts(call);
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
fn charge_data<CTX>(call: &mut Call<'_, CTX>, bytes: u32, now_ts: u64) -> Result<U256, CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let slots = state::data_pricer_slots();
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
fn pay_fee<CTX>(call: &mut Call<'_, CTX>, fee: U256) -> Result<(), CTX>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let value = call.inputs.call_value();
    let Some(rest) = value.checked_sub(fee) else {
        return Err(error(INSUFFICIENT_VALUE, [value, fee]));
    };
    let network = Address::from_word(call.read(state::network_account_slot())?.into());
    call.pay(network, fee)?;
    call.pay(call.inputs.caller, rest)
}
