//! What [`StylusEvm`] tells its recorder of frames.

use revm::{context_interface::JournalTr, handler::FrameResult, interpreter::FrameInput, primitives::Bytes};

use super::{StylusContext, StylusEvm};
use crate::trace::{Request, RequestKind, Step, record::Recorder};

impl<CTX: StylusContext, INSP, P> StylusEvm<CTX, INSP, P> {
    pub(super) fn record(&mut self, note: impl FnOnce(&mut Recorder)) {
        if let Some(trace) = &mut self.runtime_mut().trace {
            note(trace);
        }
    }

    /// Bytes that the recorder has room for.
    pub(super) fn trace_room(&self) -> usize {
        self.runtime().trace.as_ref().map_or(0, |trace| trace.room())
    }

    pub(super) fn record_open(&mut self, input: &FrameInput) {
        if self.runtime().trace.is_none() {
            return;
        }
        let calldata = match input {
            FrameInput::Call(call) => call.input.bytes(&self.inner.ctx),
            FrameInput::Create(create) => create.init_code().clone(),
            FrameInput::Empty => Bytes::new(),
        };
        self.record(|trace| trace.open(input, calldata));
    }

    pub(super) fn record_precompile_logs(&mut self, result: &FrameResult, logs_before: usize) {
        if self.runtime().trace.is_none() {
            return;
        }
        let mut logs = self.inner.ctx.journal().logs()[logs_before..].to_vec();
        // Logs of a precompile that failed are gone from the journal.
        if let FrameResult::Call(outcome) = result {
            logs.extend(outcome.precompile_call_logs.iter().cloned());
        }
        let steps = logs.into_iter().map(|log| {
            let kind = RequestKind::Log(log.data);
            Step::Request(Request { kind, gas: 0 })
        });
        let steps = steps.collect();
        self.record(|trace| trace.extend(steps));
    }

    pub(super) fn record_close(&mut self, result: &FrameResult) {
        self.record(|trace| trace.close(result));
    }
}
