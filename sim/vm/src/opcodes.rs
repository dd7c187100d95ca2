//! Opcodes that behave otherwise on Arbitrum: BLOBBASEFEE and SELFDESTRUCT.
//!
//! The rest is Ethereum's. NUMBER and PREVRANDAO are a matter of the block environment that a chain sets, and BLOBHASH
//! is 0 because no transaction carries blobs.

use revm::{
    bytecode::opcode,
    context_interface::{ContextTr, JournalTr, cfg::GasParams, context::ContextError},
    handler::instructions::EthInstructions,
    interpreter::{
        Host, Instruction, InstructionContext, InstructionExecResult, InstructionResult,
        instructions::host::selfdestruct,
        interpreter::EthInterpreter,
        interpreter_types::{InputsTr, RuntimeFlag},
    },
    primitives::{Address, B256, hardfork::SpecId},
};

use crate::{
    code::{CLASSIC_PREFIX, ROOT_PREFIX},
    evm::StylusContext,
};

type Ctx<'a, H> = InstructionContext<'a, H, EthInterpreter>;

/// Ethereum's instructions of this fork with Arbitrum's changes.
pub(crate) fn instructions<H: StylusContext>(spec: SpecId) -> EthInstructions<EthInterpreter, H> {
    let mut instructions = EthInstructions::new_mainnet_with_spec(spec);
    let gas = |opcode: u8| instructions.gas_table()[usize::from(opcode)];
    let (basefee_gas, selfdestruct_gas) = (gas(opcode::BLOBBASEFEE), gas(opcode::SELFDESTRUCT));
    instructions.insert_instruction(
        opcode::BLOBBASEFEE,
        Instruction::new(no_blob_basefee),
        basefee_gas,
    );
    instructions.insert_instruction(
        opcode::SELFDESTRUCT,
        Instruction::new(selfdestruct_unless_program),
        selfdestruct_gas,
    );
    instructions
}

/// There are no blobs: the opcode ends the frame with an error.
fn no_blob_basefee<H: StylusContext>(_: Ctx<'_, H>) -> InstructionExecResult {
    Err(InstructionResult::NotActivated)
}

/// A Stylus program's account does not destroy itself: bytecode that a program calls by delegation reverts instead.
fn selfdestruct_unless_program<H: StylusContext>(context: Ctx<'_, H>) -> InstructionExecResult {
    let acting = context.interpreter.input.target_address();
    let code = context
        .host
        .journal()
        .evm_state()
        .get(&acting)
        .and_then(|account| account.info.code.as_ref());
    let acting_is_program = code.is_some_and(|code| is_program(code.original_byte_slice()));
    if !acting_is_program || context.interpreter.runtime_flag.is_static() {
        return selfdestruct(context);
    }
    refuse(context, acting)
}

/// Reverts after charging what Ethereum charges before it destroys.
fn refuse<H: StylusContext>(context: Ctx<'_, H>, acting: Address) -> InstructionExecResult {
    let InstructionContext { interpreter, host } = context;
    let Some([target]) = interpreter.stack.popn::<1>() else {
        return Err(InstructionResult::StackUnderflow);
    };
    let target = Address::from_word(B256::from(target));
    let journal = host.journal_mut();
    let has_value = journal
        .evm_state()
        .get(&acting)
        .is_some_and(|account| !account.info.balance.is_zero());
    let loaded = journal
        .load_account(target)
        .map(|account| (account.is_cold, account.info.is_empty()));
    let (is_cold, is_empty) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => {
            *host.error() = Err(ContextError::Db(error));
            return Err(InstructionResult::FatalExternalError);
        }
    };
    let gas: &GasParams = Host::gas_params(host);
    if !interpreter
        .gas
        .record_regular_cost(gas.selfdestruct_cost(has_value && is_empty, is_cold))
    {
        return Err(InstructionResult::OutOfGas);
    }
    Err(InstructionResult::Revert)
}

/// ambiguous: roots count from ArbOS 60, but no account has a root's code before.
fn is_program(code: &[u8]) -> bool {
    code.starts_with(&CLASSIC_PREFIX) || code.starts_with(&ROOT_PREFIX)
}
