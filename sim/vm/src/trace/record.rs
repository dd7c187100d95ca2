//! Builds the call tree while frames open and end.

use revm::{
    context_interface::CreateScheme,
    handler::FrameResult,
    interpreter::{CallScheme, CallValue, FrameInput, InstructionResult},
    primitives::{Address, Bytes, U256},
};

use super::{Frame, FrameCode, FrameKind, Hostio, ProgramRun, Request, RequestKind, Step, Trace};

/// Ended trees, and the frames that are open, outermost first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    ended: Trace,
    open: Vec<Frame>,
    /// Bytes that `ended` and `open` may take.
    bound: Option<usize>,
    /// Bytes that they take, about.
    taken: usize,
}

impl Recorder {
    /// Drops what a transaction left that broke off without result.
    pub(crate) fn begin_transaction(&mut self) {
        self.open.clear();
    }

    /// Sets how many bytes there may be.
    pub(crate) fn bound(&mut self, bytes: usize) {
        self.bound = Some(bytes);
    }

    /// What has ended since the last time.
    pub(crate) fn take(&mut self) -> Trace {
        self.taken = 0;
        std::mem::take(&mut self.ended)
    }

    /// Bytes that there is room for.
    pub(crate) fn room(&self) -> usize {
        self.bound
            .map_or(usize::MAX, |bound| bound.saturating_sub(self.taken))
    }

    /// Whether there is room for so many bytes more. If not, nothing is kept.
    fn has_room(&mut self, bytes: usize) -> bool {
        self.taken = self.taken.saturating_add(bytes);
        if self.bound.is_some_and(|bound| self.taken > bound) {
            self.open = Vec::new();
            self.ended = Trace {
                roots: Vec::new(),
                is_too_large: true,
            };
        }
        !self.ended.is_too_large
    }

    /// A frame opens. `input` is its calldata, which for bytecode lies in the memory of the frame above.
    pub(crate) fn open(&mut self, frame: &FrameInput, calldata: Bytes) {
        if !self.has_room(size_of::<Frame>() + calldata.len()) {
            return;
        }
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
        if self.has_room(size_of::<ProgramRun>())
            && let Some(frame) = self.open.last_mut()
        {
            frame.run = Some(Box::new(run));
        }
    }

    /// Something happens in the frame on top.
    pub(crate) fn push(&mut self, step: Step) {
        if self.has_room(step.bytes())
            && let Some(frame) = self.open.last_mut()
        {
            frame.steps.push(step);
        }
    }

    /// As [`Recorder::push`], for several. Frames among them get their depth here.
    pub(crate) fn extend(&mut self, mut steps: Vec<Step>) {
        if !self.has_room(steps.iter().map(Step::bytes).sum()) {
            return;
        }
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
        if !self.has_room(frame.output.len()) {
            return;
        }
        match self.open.last_mut() {
            Some(above) => above.steps.push(Step::Frame(Box::new(frame))),
            None => self.ended.roots.push(frame),
        }
    }
}

impl Step {
    /// Bytes that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let beside = match self {
            Self::Frame(_) => size_of::<Frame>(),
            Self::Hostio(Hostio { args, outs, .. }) => args.len() + outs.len(),
            Self::Request(Request { kind, .. }) => match kind {
                RequestKind::StorageFlush { writes, .. } => size_of_val(&writes[..]),
                RequestKind::Call(call) => call.output.len(),
                RequestKind::Create(create) => create.output.len(),
                RequestKind::Log(log) => size_of_val(log.topics()) + log.data.len(),
                _ => 0,
            },
        };
        size_of::<Self>() + beside
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
