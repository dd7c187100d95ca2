//! Deploying program code: the exception from Ethereum's rule that no code may begin with 0xEF.
//!
//! Everything else about CREATE is revm's.

use revm::{
    bytecode::Bytecode,
    context::Cfg,
    context_interface::{ContextTr, JournalTr},
    handler::{EthFrame, FrameData, FrameResult},
    interpreter::{
        CreateOutcome, InstructionResult, InterpreterAction, InterpreterResult, interpreter::EthInterpreter,
    },
};

use crate::{arbos::ArbosVersion, code::CodeKind};

/// Ends a create frame whose init code returned program code, or gives the action back to be processed by revm.
///
/// Classic programs may be deployed from ArbOS 30, fragments and roots from 60; each must be longer than its prefix.
pub(crate) fn program<CTX: ContextTr>(
    frame: &EthFrame<EthInterpreter>,
    ctx: &mut CTX,
    action: InterpreterAction,
    arbos: ArbosVersion,
) -> Result<FrameResult, InterpreterAction> {
    let FrameData::Create(create) = &frame.data else {
        return Err(action);
    };
    let mut result = match action {
        InterpreterAction::Return(result)
            if result.result.is_ok() && is_deployable(&result.output, arbos) =>
        {
            result
        }
        action => return Err(action),
    };
    let kept = keep(ctx, &mut result);
    if kept {
        ctx.journal_mut().checkpoint_commit();
        ctx.journal_mut().set_code(
            create.created_address,
            Bytecode::new_legacy(result.output.clone()),
        );
        result.result = InstructionResult::Return;
    } else {
        ctx.journal_mut().checkpoint_revert(frame.checkpoint);
    }
    Ok(FrameResult::Create(CreateOutcome::new(
        result,
        Some(create.created_address),
    )))
}

fn is_deployable(code: &[u8], arbos: ArbosVersion) -> bool {
    code.first() == Some(&0xef) && CodeKind::of(code, arbos) != CodeKind::Evm
}

/// Checks the size and takes the deposit, in Ethereum's order.
fn keep<CTX: ContextTr>(ctx: &mut CTX, result: &mut InterpreterResult) -> bool {
    let cfg = ctx.cfg();
    let len = result.output.len();
    if len > cfg.max_code_size() {
        result.result = InstructionResult::CreateContractSizeLimit;
        return false;
    }
    if !result
        .gas
        .record_regular_cost(cfg.gas_params().code_deposit_cost(len))
    {
        result.result = InstructionResult::OutOfGas;
        return false;
    }
    true
}
