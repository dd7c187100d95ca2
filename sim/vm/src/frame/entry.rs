//! Entering a program: is it usable, what does it cost, and its compiled form.

use std::sync::Arc;

use revm::{
    Database,
    bytecode::Bytecode,
    context::Block,
    context_interface::{ContextTr, JournalTr, context::ContextError},
    handler::evm::ContextDbError,
    primitives::{Address, B256, Bytes, KECCAK_EMPTY},
    state::{AccountInfo, EvmState},
};

use super::ProgramCall;
use crate::{
    arbos::{ArbosVersion, StylusParams},
    code::{CodeKind, Root},
    engine::{Depth, Key, Program, Source},
    evm::{StylusContext, StylusEvm},
    memory::MemoryModel,
    pricing::EntryGas,
    state::{self, DbError, ProgramRecord, Unusable},
    trace::Entry,
    validate::ActivationRules,
};

/// Whether a program was entered.
pub(super) enum Entered {
    Yes {
        params: StylusParams,
        version: u16,
        entry: Entry,
        footprint: u16,
    },
    /// It may not be called at all. Nothing was charged or counted.
    Unusable(Unusable),
    /// The frame's gas does not pay for it.
    TooDear(Entry),
}

/// Prices the entry. Puts the program in the block's list of recent ones, whether or not it can then be paid.
pub(super) fn enter<CTX: StylusContext, INSP, P>(
    evm: &mut StylusEvm<CTX, INSP, P>,
    call: &ProgramCall,
) -> Result<Entered, DbError<CTX>> {
    let arbos = evm.runtime().arbos;
    let params = state::params(&mut evm.inner.ctx, arbos)?;
    let record = ProgramRecord::decode(state::read(
        &mut evm.inner.ctx,
        state::record_slot(call.code_hash),
    )?);
    let now_ts = evm.inner.ctx.block().timestamp().saturating_to();
    if let Err(reason) = record.check_usable(&params, now_ts) {
        return Ok(Entered::Unusable(reason));
    }
    let runtime = evm.runtime_mut();
    let is_recent =
        arbos >= ArbosVersion::V60 && runtime.recent.touch(call.code_hash, params.block_cache_size);
    let cached = record.cached || is_recent;

    let model = MemoryModel::new(&params, arbos);
    let footprint = record.footprint;
    let page_cost = model.gas_cost(footprint, runtime.pages);
    let gas = EntryGas::new(&params, record.init_cost, record.cached_cost);
    let total = if model.over_limit(runtime.pages.open.saturating_add(footprint)) {
        u64::MAX
    } else {
        page_cost.saturating_add(gas.charge(record.version, cached))
    };
    let entry = Entry {
        cached,
        cached_gas: gas.cached,
        init_gas: gas.init,
        page_cost,
        total,
    };
    if call.gas < total {
        return Ok(Entered::TooDear(entry));
    }
    Ok(Entered::Yes {
        params,
        version: record.version,
        entry,
        footprint,
    })
}

/// Native stack that a run needs. The wrappers of a profiled program's functions need some as well.
pub(super) const fn native_depth(params: &StylusParams, profiled: bool) -> Depth {
    if profiled {
        Depth::Deep
    } else {
        Depth::of(params.max_stack_depth)
    }
}

/// The program's compiled form.
pub(super) fn load<CTX: StylusContext, INSP, P>(
    evm: &mut StylusEvm<CTX, INSP, P>,
    call: &ProgramCall,
    params: &StylusParams,
    stylus_version: u16,
) -> Result<Arc<Program>, ContextDbError<CTX>> {
    let arbos = evm.runtime().arbos;
    let key = Key {
        code_hash: call.code_hash,
        stylus_version,
        depth: native_depth(params, evm.runtime().profiled),
        profiled: evm.runtime().profiled,
    };
    let StylusEvm { engine, inner, .. } = evm;
    let custom =
        |error: &dyn std::fmt::Display| ContextError::Custom(format!("program {}: {error}", call.address));
    engine.load(
        key,
        |error| custom(&error),
        || {
            let rules = ActivationRules {
                arbos,
                stylus_version,
                page_limit: u16::MAX,
                max_wasm_size: u32::MAX,
            };
            let mut fragments = Vec::new();
            if CodeKind::of(&call.code, arbos) == CodeKind::Root {
                for fragment in Root::parse(&call.code).map_err(|error| custom(&error))?.fragments {
                    fragments.push(peek_code(&mut inner.ctx, fragment)?);
                }
            }
            Ok(Source::new(call.code.clone(), fragments, rules))
        },
    )
}

/// An account's code, without a trace of having been looked at.
pub(crate) fn peek_code<CTX>(ctx: &mut CTX, address: Address) -> Result<Bytes, DbError<CTX>>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    peek_bytecode(ctx, address).map(|code| code.original_bytes())
}

/// An account's code hash, without a trace of having been looked at. Zero when there is no such account.
pub(crate) fn peek_code_hash<CTX>(ctx: &mut CTX, address: Address) -> Result<B256, DbError<CTX>>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    Ok(peek_info(ctx, address)?
        .filter(|info| !info.is_empty())
        .map_or(B256::ZERO, |info| info.code_hash))
}

/// [`peek_code`] in revm's form.
pub(crate) fn peek_bytecode<CTX>(ctx: &mut CTX, address: Address) -> Result<Bytecode, DbError<CTX>>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let Some(info) = peek_info(ctx, address)? else {
        return Ok(Bytecode::default());
    };
    match info.code {
        Some(code) => Ok(code),
        None if info.code_hash == KECCAK_EMPTY => Ok(Bytecode::default()),
        None => ctx.journal_mut().db_mut().code_by_hash(info.code_hash),
    }
}

fn peek_info<CTX>(ctx: &mut CTX, address: Address) -> Result<Option<AccountInfo>, DbError<CTX>>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let (db, state) = ctx.journal_mut().db_and_state_mut();
    match state.get(&address) {
        Some(account) => Ok(Some(account.info.clone())),
        None => db.basic(address),
    }
}
