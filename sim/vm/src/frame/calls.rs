//! Calls from a program: their price, the frame that they open, and what comes back.

use revm::{
    bytecode::Bytecode,
    context_interface::{JournalTr, context::take_error},
    handler::{
        FrameResult, ItemOrResult, PrecompileProvider,
        evm::{ContextDbError, EvmTr},
    },
    interpreter::{
        CallInput, CallInputs, CallScheme, CallValue, FrameInput, InstructionResult, InterpreterResult,
        interpreter_action::FrameInit,
    },
    primitives::{Address, B256, Bytes, KECCAK_EMPTY, U256},
};

use super::{
    Drive, ProgramCall,
    api::{COLD_ACCOUNT_GAS, FrameHost, WARM_GAS},
    entry::peek_bytecode,
};
use crate::{
    code::CodeKind,
    evm::{StylusContext, StylusEvm},
    host::{CallKind, CallReply, CallRequest, Fatal},
    trace::{CallRecord, Callee, RequestKind},
};

const NEW_ACCOUNT_GAS: u64 = 25_000;
const VALUE_GAS: u64 = 9000;
const STIPEND: u64 = 2300;

/// Status of a call that succeeded, and of any other.
const SUCCESS: u8 = 0;
const FAILURE: u8 = 2;

/// What is recorded of a call beside its reply.
struct Called {
    base: u64,
    gas: u64,
    ret_gas: u64,
    callee: Callee,
    result: Option<InstructionResult>,
}

impl<CTX, INSP, P, D> FrameHost<'_, CTX, INSP, P, D>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
    D: Drive<StylusEvm<CTX, INSP, P>, CTX>,
{
    /// A call, priced and recorded.
    pub(super) fn make_call(&mut self, request: CallRequest<'_>) -> Result<CallReply, Fatal> {
        let refused = |cost, callee| {
            let output = Bytes::new();
            let reply = CallReply {
                status: FAILURE,
                cost,
                output,
                opened: false,
            };
            (
                reply,
                Called {
                    base: 0,
                    gas: 0,
                    ret_gas: 0,
                    callee,
                    result: None,
                },
            )
        };
        let (reply, called) = if self.call.is_static && !request.value.is_zero() {
            refused(0, Callee::WriteProtected)
        } else if let Some(base) = self.call_base_gas(&request)? {
            self.call_with_base(&request, base)?
        } else {
            refused(request.gas_left, Callee::BaseTooDear)
        };
        let kind = match request.kind {
            CallKind::Call => "call",
            CallKind::Delegate => "delegate",
            CallKind::Static => "static",
        };
        let CallRequest {
            to,
            value,
            gas_left,
            gas_req,
            ..
        } = request;
        let Called {
            base,
            gas,
            ret_gas,
            callee,
            result,
        } = called;
        self.trace(reply.cost, || {
            let (status, output) = (reply.status, reply.output.clone());
            RequestKind::Call(CallRecord {
                kind,
                to,
                value,
                gas_left,
                gas_req,
                base,
                gas,
                ret_gas,
                status,
                output,
                callee,
                result,
            })
        });
        Ok(reply)
    }

    /// Runs a frame below this one to its end.
    pub(super) fn run_child(&mut self, frame_input: FrameInput) -> Result<FrameResult, Fatal> {
        self.drive_child(frame_input).map_err(|error| self.fail(error))
    }

    fn drive_child(&mut self, frame_input: FrameInput) -> Result<FrameResult, ContextDbError<CTX>> {
        let evm = &mut *self.evm;
        let memory = evm.inner.frame_stack.get().interpreter.memory.new_child_context();
        let init = FrameInit {
            depth: self.call.depth + 1,
            memory,
            frame_input,
        };
        let result = match D::open(evm, init)? {
            Some(result) => result,
            None => run_until::<_, _, _, D>(evm, self.call.index)?,
        };
        evm.inner
            .frame_stack
            .get()
            .interpreter
            .memory
            .free_child_context();
        take_error::<ContextDbError<CTX>, _>(evm.inner.ctx.error())?;
        Ok(result)
    }

    /// Code that a call to `to` runs, and its hash: that of the account, or of the one that it delegates to.
    fn callee(&mut self, to: Address) -> Result<(B256, Bytecode), Fatal> {
        let loaded = self.journal().load_account_with_code(to).map(|account| {
            (
                account.info.code_hash(),
                account.info.code.clone().unwrap_or_default(),
            )
        });
        let (hash, code) = self.db(loaded)?;
        let Some(delegate) = code.eip7702_address() else {
            return Ok((hash, code));
        };
        if self.evm.is_empty_delegate(&delegate) {
            return Ok((KECCAK_EMPTY, Bytecode::default()));
        }
        // The delegate's account is not touched by this.
        let code = peek_bytecode(self.ctx(), delegate);
        let code = self.db(code)?;
        Ok((code.hash_slow(), code))
    }

    /// Base gas of a call, or `None` as soon as it exceeds what the caller has.
    fn call_base_gas(&mut self, request: &CallRequest<'_>) -> Result<Option<u64>, Fatal> {
        let mut base = WARM_GAS;
        if base > request.gas_left {
            return Ok(None);
        }
        let loaded = self
            .journal()
            .load_account(request.to)
            .map(|account| (account.is_cold, account.info.is_empty()));
        let (is_cold, is_empty) = self.db(loaded)?;
        if is_cold {
            base += COLD_ACCOUNT_GAS - WARM_GAS;
        }
        if !request.value.is_zero() {
            base += VALUE_GAS + if is_empty { NEW_ACCOUNT_GAS } else { 0 };
        }
        Ok((base <= request.gas_left).then_some(base))
    }

    fn call_inputs(&mut self, request: &CallRequest<'_>, gas_limit: u64) -> Result<CallInputs, Fatal> {
        let known_bytecode = self.callee(request.to)?;
        let ProgramCall {
            address,
            sender,
            value,
            is_static,
            ..
        } = *self.call;
        let (scheme, target_address, caller, value) = match request.kind {
            CallKind::Call => (
                CallScheme::Call,
                request.to,
                address,
                CallValue::Transfer(request.value),
            ),
            CallKind::Static => (
                CallScheme::StaticCall,
                request.to,
                address,
                CallValue::Transfer(U256::ZERO),
            ),
            CallKind::Delegate => (
                CallScheme::DelegateCall,
                address,
                sender,
                CallValue::Apparent(value),
            ),
        };
        Ok(CallInputs {
            input: CallInput::Bytes(Bytes::copy_from_slice(request.data)),
            return_memory_offset: 0..0,
            gas_limit,
            reservoir: 0,
            bytecode_address: request.to,
            known_bytecode,
            target_address,
            caller,
            value,
            scheme,
            is_static: is_static || request.kind == CallKind::Static,
            charged_new_account_state_gas: false,
        })
    }

    /// Calls, once the base price is known to be there.
    fn call_with_base(&mut self, request: &CallRequest<'_>, base: u64) -> Result<(CallReply, Called), Fatal> {
        let available = (u128::from(request.gas_left - base) * 63 / 64) as u64;
        let stipend = if request.value.is_zero() { 0 } else { STIPEND };
        let gas = available.min(request.gas_req) + stipend;
        let inputs = self.call_inputs(request, gas)?;
        let callee = match &inputs.known_bytecode.1 {
            code if code.is_empty() => Callee::Empty,
            code if CodeKind::of(code.original_byte_slice(), self.evm.arbos()).is_program() => {
                Callee::Program
            }
            _ => Callee::Evm,
        };
        let result = self.run_child(FrameInput::Call(Box::new(inputs)))?;
        let ret_gas = self.settle(&result);
        let kind = result.instruction_result();
        let status = if kind.is_ok() { SUCCESS } else { FAILURE };
        let output = result.into_interpreter_result().output;
        let cost = base + gas - ret_gas;
        let called = Called {
            base,
            gas,
            ret_gas,
            callee,
            result: Some(kind),
        };
        let reply = CallReply {
            status,
            cost,
            output,
            opened: true,
        };
        Ok((reply, called))
    }

    /// Gas that a finished frame gives back; merges its refunds.
    pub(super) fn settle(&mut self, result: &FrameResult) -> u64 {
        let kind = result.instruction_result();
        if kind.is_ok() {
            self.refund += result.gas().refunded();
        }
        if kind.is_ok_or_revert() {
            result.gas().remaining()
        } else {
            0
        }
    }
}

/// Runs frames until the one at `index` is on top again, and gives the result that it is to receive.
fn run_until<CTX, INSP, P, D>(
    evm: &mut StylusEvm<CTX, INSP, P>,
    index: usize,
) -> Result<FrameResult, ContextDbError<CTX>>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
    D: Drive<StylusEvm<CTX, INSP, P>, CTX>,
{
    loop {
        let result = match D::run(evm)? {
            ItemOrResult::Item(init) => match D::open(evm, init)? {
                Some(result) => result,
                None => continue,
            },
            ItemOrResult::Result(result) => result,
        };
        let stack = &mut evm.inner.frame_stack;
        if stack.get().is_finished() {
            stack.pop();
        }
        if stack.index() == Some(index) {
            return Ok(result);
        }
        evm.frame_return_result(result)?;
    }
}
