//! From the EVM's results to this crate's: what an execution came to, and why a transaction is rejected.

use alloy_primitives::{Address, Bytes, Log, U256};
use mintage_vm::state::ARBOS_STATE_ADDRESS;
use mintage_vm::trace::{Outcome as RunOutcome, ProgramRun, Trace};
use revm::context::result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction, Output};
use revm::state::EvmState;

use crate::error::{Halt, ReadError, Rejected};
use crate::execute::{INIT_CODE_LIMIT, Request};
use crate::receipt::Status;

/// What came of an execution.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) output: Bytes,
    pub(crate) created: Option<Address>,
    pub(crate) logs: Vec<Log>,
    pub(crate) gas_used: u64,
    pub(crate) gas_refunded: u64,
    pub(crate) trace: Option<Box<Trace>>,
    /// What was read or written, if it was recorded.
    pub(crate) touched: Vec<Touched>,
}

/// An account that an execution looked at, with the slots that it read or wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The account.
    pub address: Address,
    /// Its slots, rising.
    pub slots: Vec<U256>,
}

/// Everything that an execution looked at, by address. What ArbOS itself looks at is not in it.
pub(crate) fn touched(state: &EvmState) -> Vec<Touched> {
    let mut all: Vec<Touched> = state
        .iter()
        .filter(|(address, _)| **address != ARBOS_STATE_ADDRESS)
        .map(|(address, account)| {
            let mut slots: Vec<U256> = account.storage.keys().copied().collect();
            slots.sort_unstable();
            Touched {
                address: *address,
                slots,
            }
        })
        .collect();
    all.sort_unstable_by_key(|one| one.address);
    all
}

/// `run` is how the program ended that the transaction called directly, which tells more than the EVM's result.
pub(crate) fn outcome(result: ExecutionResult<HaltReason>, run: Option<&ProgramRun>) -> Outcome {
    let gas = *result.gas();
    let (status, output, created, logs) = match result {
        ExecutionResult::Success { output, logs, .. } => match output {
            Output::Call(bytes) => (Status::Success, bytes, None, logs),
            Output::Create(bytes, address) => (Status::Success, bytes, address, logs),
        },
        ExecutionResult::Revert { output, .. } => {
            let status = match run.filter(|run| run.outcome == RunOutcome::Failure) {
                Some(run) => Status::Halted(Halt::Trap(run.end().unwrap_or_default())),
                None => Status::Reverted,
            };
            (status, output, None, Vec::new())
        }
        ExecutionResult::Halt { reason, .. } => {
            let reason = run.and_then(program_halt).unwrap_or_else(|| halt(reason));
            (Status::Halted(reason), Bytes::new(), None, Vec::new())
        }
    };
    Outcome {
        status,
        output,
        created,
        logs,
        gas_used: gas.tx_gas_used(),
        gas_refunded: gas.final_refunded(),
        trace: None,
        touched: Vec::new(),
    }
}

fn program_halt(run: &ProgramRun) -> Option<Halt> {
    match run.outcome {
        RunOutcome::OutOfInk => Some(Halt::OutOfInk),
        RunOutcome::OutOfStack => Some(Halt::OutOfStack),
        RunOutcome::Unusable => Some(Halt::Unusable(run.reason.clone().unwrap_or_default())),
        RunOutcome::Success | RunOutcome::Revert | RunOutcome::Failure | RunOutcome::TooDear => None,
    }
}

fn halt(reason: HaltReason) -> Halt {
    match reason {
        HaltReason::OutOfGas(_) => Halt::OutOfGas,
        HaltReason::CallTooDeep => Halt::TooDeep,
        HaltReason::OpcodeNotFound | HaltReason::InvalidFEOpcode | HaltReason::NotActivated => {
            Halt::InvalidOpcode
        }
        HaltReason::InvalidJump => Halt::InvalidJump,
        HaltReason::StackUnderflow | HaltReason::StackOverflow => Halt::Stack,
        HaltReason::StateChangeDuringStaticCall | HaltReason::CallNotAllowedInsideStatic => Halt::StaticCall,
        HaltReason::CreateContractSizeLimit => Halt::CreatedCode("over 24,576 bytes"),
        HaltReason::CreateContractStartingWithEF => {
            Halt::CreatedCode("begins with 0xEF and is no Stylus program")
        }
        HaltReason::CreateInitCodeSizeLimit => Halt::CreatedCode("init code over 49,152 bytes"),
        HaltReason::CreateCollision => Halt::CreateCollision,
        HaltReason::OutOfFunds => Halt::OutOfFunds,
        HaltReason::PrecompileErrorWithContext(message) => Halt::Precompile(message),
        HaltReason::PrecompileError => Halt::Precompile("invalid input".into()),
        other => Halt::Other(other.to_string()),
    }
}

pub(crate) fn rejected(error: EVMError<ReadError>, request: &Request) -> Rejected {
    let from = request.from;
    match error {
        EVMError::Transaction(InvalidTransaction::CallGasCostMoreThanGasLimit {
            initial_gas,
            gas_limit,
        }) => Rejected::GasLimitTooLow {
            limit: gas_limit,
            needed: initial_gas,
        },
        EVMError::Transaction(InvalidTransaction::GasFloorMoreThanGasLimit { gas_floor, gas_limit }) => {
            Rejected::GasLimitTooLow {
                limit: gas_limit,
                needed: gas_floor,
            }
        }
        EVMError::Transaction(InvalidTransaction::LackOfFundForMaxFee { fee, balance }) => Rejected::Funds {
            from,
            balance_wei: *balance,
            needed_wei: *fee,
        },
        EVMError::Transaction(InvalidTransaction::NonceOverflowInTransaction) => {
            Rejected::NonceExhausted { from }
        }
        EVMError::Transaction(InvalidTransaction::CreateInitCodeSizeLimit) => Rejected::InitCodeTooLarge {
            size: request.data.len(),
            limit: INIT_CODE_LIMIT,
        },
        EVMError::Transaction(other) => Rejected::Invalid(other.to_string()),
        EVMError::Header(other) => Rejected::Invalid(other.to_string()),
        EVMError::Custom(other) => Rejected::Engine(other),
        EVMError::CustomAny(other) => Rejected::Engine(other.to_string()),
        EVMError::Database(error) => Rejected::Unreadable(error),
    }
}
