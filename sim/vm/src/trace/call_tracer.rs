//! The tree in the form of geth's `callTracer`.

use revm::{
    interpreter::InstructionResult,
    primitives::{Address, B256, Bytes, U256},
};

use super::{Frame, FrameKind, Outcome, RequestKind, Step};

/// What geth's `tracerConfig` can ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Only the transaction's own frame.
    pub only_top_call: bool,
    /// Logs as well.
    pub with_log: bool,
}

/// One frame as geth writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct CallFrame {
    /// Who called.
    pub from: Address,
    /// Gas given.
    #[cfg_attr(feature = "serde", serde(serialize_with = "quantity"))]
    pub gas: u64,
    /// Gas used, without refunds.
    #[cfg_attr(feature = "serde", serde(serialize_with = "quantity"))]
    pub gas_used: u64,
    /// The callee or the new contract; absent when a deployment failed.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub to: Option<Address>,
    /// Calldata or init code.
    pub input: Bytes,
    /// What came back; absent when it is empty.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub output: Option<Bytes>,
    /// Why it failed.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub error: Option<String>,
    /// The text of an `Error(string)` or the meaning of a `Panic(uint256)`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub revert_reason: Option<String>,
    /// The frames below.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub calls: Vec<CallFrame>,
    /// Its logs, if they were asked for and it did not fail.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub logs: Vec<CallLog>,
    /// Wei sent; absent in static calls.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub value: Option<U256>,
    /// The opcode's name.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub kind: &'static str,
}

/// One log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CallLog {
    /// Who emitted it.
    pub address: Address,
    /// Its topics.
    pub topics: Vec<B256>,
    /// Its data.
    pub data: Bytes,
    /// Its number in the transaction, counting those that a revert took back too.
    #[cfg_attr(feature = "serde", serde(serialize_with = "quantity"))]
    pub index: u64,
    /// Frames of its own frame that stand before it.
    #[cfg_attr(feature = "serde", serde(serialize_with = "quantity"))]
    pub position: u64,
}

/// The frame and those below it. Of a transaction, its own gas limit and the gas of its receipt then go into `gas` and
/// `gas_used` of the result, as geth has them.
pub fn call_frame(frame: &Frame, config: Config) -> CallFrame {
    Writer { config, logs: 0 }.frame(frame, false)
}

struct Writer {
    config: Config,
    /// Logs so far.
    logs: u64,
}

impl Writer {
    /// `undone`: a frame above failed, so that its logs are gone.
    fn frame(&mut self, frame: &Frame, undone: bool) -> CallFrame {
        let undone = undone || !frame.is_success();
        let (mut calls, mut logs) = (Vec::new(), Vec::new());
        for step in &frame.steps {
            match step {
                Step::Frame(below) if !self.config.only_top_call => calls.push(self.frame(below, undone)),
                Step::Request(request) if self.config.with_log => {
                    if let RequestKind::Log(log) = &request.kind {
                        let entry = CallLog {
                            address: frame.acting,
                            topics: log.topics().to_vec(),
                            data: log.data.clone(),
                            index: self.logs,
                            position: calls.len() as u64,
                        };
                        self.logs += 1;
                        if !undone {
                            logs.push(entry);
                        }
                    }
                }
                _ => {}
            }
        }
        let keeps_output = frame.is_success() || frame.result == InstructionResult::Revert;
        CallFrame {
            from: frame.from,
            gas: frame.gas,
            gas_used: frame.gas_used,
            to: frame.to,
            input: frame.input.clone(),
            output: (keeps_output && !frame.output.is_empty()).then(|| frame.output.clone()),
            error: error(frame),
            revert_reason: revert_reason(frame),
            calls,
            logs,
            value: (frame.kind != FrameKind::StaticCall).then_some(frame.value),
            kind: frame.kind.opcode(),
        }
    }
}

/// Why a frame failed, in geth's words where it has some.
pub fn error(frame: &Frame) -> Option<String> {
    use InstructionResult as Result;
    if frame.is_success() {
        return None;
    }
    // A program that runs out of stack words ends as the EVM does when its calls are too deep.
    let out_of_stack = frame
        .run
        .as_ref()
        .is_some_and(|run| run.outcome == Outcome::OutOfStack);
    let text = match frame.result {
        _ if out_of_stack => "max call depth exceeded",
        Result::Revert => "execution reverted",
        Result::OutOfFunds => "insufficient balance for transfer",
        Result::CallTooDeep => "max call depth exceeded",
        Result::CreateCollision => "contract address collision",
        Result::CreateContractSizeLimit => "max code size exceeded",
        Result::CreateContractStartingWithEF => "invalid code: must not begin with 0xef",
        Result::CreateInitCodeSizeLimit => "max initcode size exceeded",
        Result::StateChangeDuringStaticCall | Result::CallNotAllowedInsideStatic => "write protection",
        Result::InvalidJump => "invalid jump destination",
        Result::NonceOverflow => "nonce uint64 overflow",
        Result::StackUnderflow => "stack underflow",
        Result::StackOverflow => "stack limit reached 1024",
        Result::OpcodeNotFound | Result::InvalidFEOpcode | Result::NotActivated => "invalid opcode",
        Result::PrecompileError => match &frame.run {
            Some(run) => {
                return Some(
                    run.reason
                        .clone()
                        .unwrap_or_else(|| "program not usable".to_owned()),
                );
            }
            None => "precompile failed",
        },
        _ => "out of gas",
    };
    Some(text.to_owned())
}

/// The text with which a frame reverted, where the data is `Error(string)` with one, or `Panic(uint256)`.
fn revert_reason(frame: &Frame) -> Option<String> {
    if frame.result != InstructionResult::Revert {
        return None;
    }
    let (selector, data) = frame.output.split_at_checked(4)?;
    match selector {
        [0x08, 0xc3, 0x79, 0xa0] => {
            let len = U256::from_be_slice(data.get(32..64)?).try_into().ok()?;
            let end = usize::checked_add(64, len)?;
            let text = String::from_utf8_lossy(data.get(64..end)?).into_owned();
            (!text.is_empty()).then_some(text)
        }
        [0x4e, 0x48, 0x7b, 0x71] => {
            let code: u64 = U256::from_be_slice(data.get(..32)?).try_into().ok()?;
            Some(match panic(code) {
                Some(meaning) => meaning.to_owned(),
                None => format!("unknown panic code: {code:#x}"),
            })
        }
        _ => None,
    }
}

/// The meaning of Solidity's panic codes.
const fn panic(code: u64) -> Option<&'static str> {
    Some(match code {
        0x00 => "generic panic",
        0x01 => "assert(false)",
        0x11 => "arithmetic underflow or overflow",
        0x12 => "division or modulo by zero",
        0x21 => "enum overflow",
        0x22 => "invalid encoded storage byte array accessed",
        0x31 => "out-of-bounds array access; popping on an empty array",
        0x32 => "out-of-bounds access of an array or bytesN",
        0x41 => "out of memory",
        0x51 => "uninitialized function",
        _ => return None,
    })
}

#[cfg(feature = "serde")]
fn quantity<S: serde::Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{number:#x}"))
}
