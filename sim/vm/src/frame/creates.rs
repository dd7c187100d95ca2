//! Deployments from a program: their price, and what comes back.

use revm::{
    context::CreateScheme,
    handler::{FrameResult, PrecompileProvider},
    interpreter::{CreateInputs, FrameInput, InstructionResult, InterpreterResult},
    primitives::{Address, Bytes},
};

use super::{Drive, api::FrameHost};
use crate::{
    evm::{StylusContext, StylusEvm},
    host::{CreateReply, CreateRequest, Fatal},
    trace::{CreateRecord, RequestKind},
};

const CREATE_GAS: u64 = 32_000;
const HASH_WORD_GAS: u64 = 6;

impl<CTX, INSP, P, D> FrameHost<'_, CTX, INSP, P, D>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
    D: Drive<StylusEvm<CTX, INSP, P>, CTX>,
{
    /// A deployment, priced and recorded.
    pub(super) fn make_create(&mut self, request: CreateRequest<'_>) -> Result<Option<CreateReply>, Fatal> {
        let words = request.init_code.len().div_ceil(32) as u64;
        let base = CREATE_GAS
            + if request.salt.is_some() {
                HASH_WORD_GAS * words
            } else {
                0
            };
        if self.call.is_static || request.gas_left < base {
            return Ok(None);
        }
        let available = request.gas_left - base;
        let withheld = available / 64;
        let gas = available - withheld;
        let scheme = request
            .salt
            .map_or(CreateScheme::Create, |salt| CreateScheme::Create2 { salt });
        let init_code = Bytes::copy_from_slice(request.init_code);
        let inputs = CreateInputs::new(self.call.address, scheme, request.endowment, init_code, gas, 0);
        let result = self.run_child(FrameInput::Create(Box::new(inputs)))?;
        let ret_gas = self.settle(&result);
        let kind = result.instruction_result();
        let address = match &result {
            FrameResult::Create(outcome) if kind.is_ok() => outcome.address.unwrap_or_default(),
            _ => Address::ZERO,
        };
        let output = result.into_interpreter_result().output;
        // revm leaves the code in the output when its deposit could not be paid.
        let deposit_failed = kind == InstructionResult::OutOfGas && !output.is_empty();
        let output = if kind.is_revert() { output } else { Bytes::new() };
        let cost = request.gas_left - ret_gas - withheld;
        let (two, len) = (request.salt.is_some(), request.init_code.len());
        self.trace(cost, || {
            let output = output.clone();
            RequestKind::Create(CreateRecord {
                two,
                len,
                gas,
                ret_gas,
                address,
                output,
                result: kind,
                deposit_failed,
            })
        });
        Ok(Some(CreateReply {
            address,
            cost,
            output,
        }))
    }
}
