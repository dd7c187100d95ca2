//! The host of a program's frame over revm: state through the journal, the environment from the context.
//!
//! Prices are the network's for requests from WASM; they differ from the EVM's opcodes in places (a cold load has no
//! warm part on top, a call's stipend is charged as far as it is used).

use std::marker::PhantomData;

use revm::{
    context::{Block, Cfg, Transaction},
    context_interface::{
        ContextTr, JournalTr,
        context::{ContextError, SStoreResult},
    },
    handler::{PrecompileProvider, evm::ContextDbError},
    interpreter::InterpreterResult,
    primitives::{Address, B256, Bytes, Log, U256},
};

use super::{Drive, ProgramCall};
use crate::{
    code::DEFAULT_MAX_CODE_SIZE,
    evm::{StylusContext, StylusEvm},
    host::{CallReply, CallRequest, CreateReply, CreateRequest, Fatal, Host, StoreReply},
    memory::MemoryModel,
    state::{self, DbError},
    trace::{Request, RequestKind, Step},
};

pub(super) const WARM_GAS: u64 = 100;
const COLD_SLOAD_GAS: u64 = 2100;
pub(super) const COLD_ACCOUNT_GAS: u64 = 2600;
const SSTORE_SET_GAS: u64 = 20_000;
const SSTORE_RESET_GAS: u64 = 2900;
/// Gas of an account's code for each 24 KiB that code may have.
const CODE_SIZE_GAS: u64 = 700;

/// The host of the program that runs in the EVM's top frame.
pub(super) struct FrameHost<'a, CTX: StylusContext, INSP, P, D> {
    pub(super) evm: &'a mut StylusEvm<CTX, INSP, P>,
    pub(super) call: &'a ProgramCall,
    pub(super) refund: i64,
    fatal: Option<ContextDbError<CTX>>,
    drive: PhantomData<fn() -> D>,
}

impl<'a, CTX, INSP, P, D> FrameHost<'a, CTX, INSP, P, D>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
    D: Drive<StylusEvm<CTX, INSP, P>, CTX>,
{
    pub(super) fn new(evm: &'a mut StylusEvm<CTX, INSP, P>, call: &'a ProgramCall) -> Self {
        Self {
            evm,
            call,
            refund: 0,
            fatal: None,
            drive: PhantomData,
        }
    }

    /// The refunds of the frame, and the EVM's failure if there was one.
    pub(super) fn finish(self) -> (i64, Option<ContextDbError<CTX>>) {
        (self.refund, self.fatal)
    }

    pub(super) fn ctx(&mut self) -> &mut CTX {
        &mut self.evm.inner.ctx
    }

    pub(super) fn journal(&mut self) -> &mut CTX::Journal {
        self.evm.inner.ctx.journal_mut()
    }

    pub(super) fn db<T>(&mut self, result: Result<T, DbError<CTX>>) -> Result<T, Fatal> {
        result.map_err(|error| self.fail(ContextError::Db(error)))
    }

    #[cold]
    pub(super) fn fail(&mut self, error: ContextDbError<CTX>) -> Fatal {
        self.fatal = Some(error);
        Fatal
    }

    pub(super) fn trace(&mut self, gas: u64, kind: impl FnOnce() -> RequestKind) {
        if let Some(trace) = &mut self.evm.runtime_mut().trace {
            trace.push(Step::Request(Request { kind: kind(), gas }));
        }
    }

    /// Warms an account and tells the gas of that.
    fn touch(&mut self, address: Address) -> Result<u64, Fatal> {
        let loaded = self
            .journal()
            .load_account(address)
            .map(|account| account.is_cold);
        Ok(if self.db(loaded)? {
            COLD_ACCOUNT_GAS
        } else {
            WARM_GAS
        })
    }
}

impl<CTX, INSP, P, D> Host for FrameHost<'_, CTX, INSP, P, D>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
    D: Drive<StylusEvm<CTX, INSP, P>, CTX>,
{
    fn sload(&mut self, key: U256) -> Result<(U256, u64), Fatal> {
        let address = self.call.address;
        let loaded = self.journal().sload(address, key);
        let slot = self.db(loaded)?;
        let (value, gas) = (slot.data, if slot.is_cold { COLD_SLOAD_GAS } else { WARM_GAS });
        self.trace(gas, || RequestKind::StorageLoad { key, value });
        Ok((value, gas))
    }

    fn sstore(&mut self, key: U256, value: U256, budget: u64) -> Result<StoreReply, Fatal> {
        let address = self.call.address;
        let stored = self.journal().sstore(address, key, value);
        let stored = self.db(stored)?;
        let gas = store_gas(&stored.data, stored.is_cold);
        if gas > budget {
            let before = stored.data.present_value;
            let restored = self.journal().sstore(address, key, before).map(drop);
            self.db(restored)?;
            return Ok(StoreReply::TooDear);
        }
        self.refund += self
            .evm
            .inner
            .ctx
            .cfg()
            .gas_params()
            .sstore_refund(true, &stored.data);
        Ok(StoreReply::Written(gas))
    }

    fn tload(&mut self, key: U256) -> U256 {
        let address = self.call.address;
        let value = self.journal().tload(address, key);
        self.trace(0, || RequestKind::TransientLoad { key, value });
        value
    }

    fn tstore(&mut self, key: U256, value: U256) {
        let address = self.call.address;
        self.journal().tstore(address, key, value);
        self.trace(0, || RequestKind::TransientStore { key, value });
    }

    fn balance(&mut self, address: Address) -> Result<(U256, u64), Fatal> {
        let gas = self.touch(address)?;
        let loaded = self
            .journal()
            .load_account(address)
            .map(|account| account.info.balance);
        let balance = self.db(loaded)?;
        self.trace(gas, || RequestKind::AccountBalance(address));
        Ok((balance, gas))
    }

    fn code(&mut self, address: Address, gas_left: u64) -> Result<(Bytes, u64), Fatal> {
        let size_gas = (self.ctx().cfg().max_code_size() / DEFAULT_MAX_CODE_SIZE) as u64 * CODE_SIZE_GAS;
        let gas = self.touch(address)? + size_gas;
        let code = if gas > gas_left {
            Bytes::new()
        } else {
            let loaded = self.journal().code(address).map(|code| code.data);
            self.db(loaded)?
        };
        let len = code.len();
        self.trace(gas, || RequestKind::AccountCode(address, len));
        Ok((code, gas))
    }

    fn code_hash(&mut self, address: Address) -> Result<(B256, u64), Fatal> {
        let gas = self.touch(address)?;
        let loaded = self.journal().load_account(address).map(|account| {
            let absent = account.info.is_empty() && account.is_loaded_as_not_existing();
            if absent {
                B256::ZERO
            } else {
                account.info.code_hash()
            }
        });
        let code_hash = self.db(loaded)?;
        self.trace(gas, || RequestKind::AccountCodeHash(address));
        Ok((code_hash, gas))
    }

    fn call(&mut self, request: CallRequest<'_>) -> Result<CallReply, Fatal> {
        self.make_call(request)
    }

    fn create(&mut self, request: CreateRequest<'_>) -> Result<Option<CreateReply>, Fatal> {
        self.make_create(request)
    }

    fn log(&mut self, topics: Vec<B256>, data: Bytes) {
        let log = Log::new_unchecked(self.call.address, topics, data);
        self.trace(0, || RequestKind::Log(log.data.clone()));
        D::log(self.evm, log);
    }

    fn add_pages(&mut self, new: u16) -> u64 {
        let arbos = self.evm.runtime().arbos;
        let params = match state::params(self.ctx(), arbos) {
            Ok(params) => params,
            Err(error) => {
                self.fail(ContextError::Db(error));
                return u64::MAX;
            }
        };
        let model = MemoryModel::new(&params, arbos);
        let before = self.evm.runtime().pages;
        let after = before.with(new);
        self.evm.runtime_mut().pages = after;
        let gas = if model.over_limit(after.open) {
            u64::MAX
        } else {
            model.gas_cost(new, before)
        };
        self.trace(gas, || RequestKind::AddPages {
            new,
            open: before.open,
            ever: before.ever,
        });
        gas
    }

    fn tx_origin(&self) -> Address {
        self.evm.inner.ctx.tx().caller()
    }

    fn tx_gas_price(&self) -> u128 {
        let ctx = &self.evm.inner.ctx;
        ctx.tx().effective_gas_price(ctx.block().basefee().into())
    }

    fn block_basefee(&self) -> u64 {
        self.evm.inner.ctx.block().basefee()
    }

    fn block_coinbase(&self) -> Address {
        self.evm.inner.ctx.block().beneficiary()
    }

    fn block_gas_limit(&self) -> u64 {
        self.evm.inner.ctx.block().gas_limit()
    }

    fn block_number(&self) -> u64 {
        self.evm.inner.ctx.block().number().saturating_to()
    }

    fn block_timestamp(&self) -> u64 {
        self.evm.inner.ctx.block().timestamp().saturating_to()
    }

    fn chain_id(&self) -> u64 {
        self.evm.inner.ctx.cfg().chain_id()
    }

    fn record(&mut self, step: Step) {
        if let Some(trace) = &mut self.evm.runtime_mut().trace {
            trace.push(step);
        }
    }
}

/// Gas of a storage write from WASM (EIP-2929 and EIP-3529).
fn store_gas(write: &SStoreResult, is_cold: bool) -> u64 {
    let cold = if is_cold { COLD_SLOAD_GAS } else { 0 };
    let change = if write.is_new_eq_present() || !write.is_original_eq_present() {
        WARM_GAS
    } else if write.is_original_zero() {
        SSTORE_SET_GAS
    } else {
        SSTORE_RESET_GAS
    };
    cold + change
}
