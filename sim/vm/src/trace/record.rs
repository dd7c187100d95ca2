//! Builds the call tree while frames open and end.

use revm::{
    context_interface::CreateScheme,
    handler::FrameResult,
    interpreter::{CallScheme, CallValue, FrameInput, InstructionResult},
    primitives::{Address, Bytes, U256},
};

use super::{Frame, FrameCode, FrameKind, ProgramRun, Step, Trace};

/// Ended trees, and the frames that are open, outermost first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    ended: Trace,
    open: Vec<Frame>,
}

impl Recorder {
    /// Drops what a transaction left that broke off without result.
    pub(crate) fn begin_transaction(&mut self) {
        self.open.clear();
    }

    /// What has ended since the last time.
    pub(crate) fn take(&mut self) -> Trace {
        std::mem::take(&mut self.ended)
    }

    /// A frame opens. `input` is its calldata, which for bytecode lies in the memory of the frame above.
    pub(crate) fn open(&mut self, frame: &FrameInput, calldata: Bytes) {
        let depth = self.open.len() as u32 + 1;
        self.open.push(opened(frame, calldata, depth));
    }

    /// What runs in the frame on top.
    pub(crate) fn runs(&mut self, code: FrameCode) {
        if let Some(frame) = self.open.last_mut() {
            frame.code = code;
        }
    }

    /// How the program in the frame on top ran.
    pub(crate) fn ran(&mut self, run: ProgramRun) {
        if let Some(frame) = self.open.last_mut() {
            frame.run = Some(Box::new(run));
        }
    }

    /// Something happens in the frame on top.
    pub(crate) fn push(&mut self, step: Step) {
        if let Some(frame) = self.open.last_mut() {
            frame.steps.push(step);
        }
    }

    /// As [`Recorder::push`], for several. Frames among them get their depth here.
    pub(crate) fn extend(&mut self, mut steps: Vec<Step>) {
        let depth = self.open.len() as u32 + 1;
        for step in &mut steps {
            if let Step::Frame(frame) = step {
                frame.depth = depth;
            }
        }
        if let Some(frame) = self.open.last_mut() {
            frame.steps.extend(steps);
        }
    }

    /// The frame on top ends.
    pub(crate) fn close(&mut self, result: &FrameResult) {
        let Some(mut frame) = self.open.pop() else {
            return;
        };
        let kind = result.instruction_result();
        let kept = if kind.is_ok_or_revert() {
            result.gas().remaining()
        } else {
            0
        };
        frame.result = kind;
        frame.gas_used = frame.gas.saturating_sub(kept);
        match result {
            FrameResult::Call(outcome) => {
                if outcome.was_precompile_called {
                    frame.code = FrameCode::Precompile;
                }
                frame.output = outcome.result.output.clone();
            }
            FrameResult::Create(outcome) => {
                let address = outcome.address.filter(|_| kind.is_ok());
                frame.to = address;
                frame.acting = address.unwrap_or_default();
                frame.output = outcome.result.output.clone();
            }
        }
        match self.open.last_mut() {
            Some(above) => above.steps.push(Step::Frame(Box::new(frame))),
            None => self.ended.roots.push(frame),
        }
    }
}

fn opened(input: &FrameInput, calldata: Bytes, depth: u32) -> Frame {
    let mut frame = Frame {
        kind: FrameKind::Call,
        depth,
        from: Address::ZERO,
        to: None,
        acting: Address::ZERO,
        value: U256::ZERO,
        input: calldata,
        gas: 0,
        gas_used: 0,
        output: Bytes::new(),
        result: InstructionResult::Stop,
        code: FrameCode::None,
        run: None,
        steps: Vec::new(),
    };
    match input {
        FrameInput::Call(call) => {
            frame.kind = match call.scheme {
                CallScheme::Call => FrameKind::Call,
                CallScheme::CallCode => FrameKind::CallCode,
                CallScheme::DelegateCall => FrameKind::DelegateCall,
                CallScheme::StaticCall => FrameKind::StaticCall,
            };
            // Under a delegate call the caller is the one above the contract that makes it.
            frame.from = match call.scheme {
                CallScheme::DelegateCall => call.target_address,
                _ => call.caller,
            };
            frame.to = Some(call.bytecode_address);
            frame.acting = call.target_address;
            frame.value = match call.value {
                CallValue::Transfer(value) | CallValue::Apparent(value) => value,
            };
            frame.gas = call.gas_limit;
        }
        FrameInput::Create(create) => {
            frame.kind = match create.scheme() {
                CreateScheme::Create2 { .. } => FrameKind::Create2,
                _ => FrameKind::Create,
            };
            frame.from = create.caller();
            frame.value = create.value();
            frame.gas = create.gas_limit();
        }
        FrameInput::Empty => {}
    }
    frame
}
