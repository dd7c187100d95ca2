//! What a transaction did, as one tree: frames of bytecode, programs and precompiles, and in each frame its host calls and
//! accesses to the state in order of execution.
//!
//! [`StylusEvm::set_trace`](crate::StylusEvm::set_trace) turns the recording on; it costs nothing when it is off and changes
//! no result when it is on. [`stylus_tracer`] and [`call_tracer`] give the tree in the forms of the network's and of geth's
//! tracers. Printing and decoding belong to others.

pub mod call_tracer;
mod frame;
mod hostio;
pub(crate) mod record;
mod request;
mod run;
pub mod stylus_tracer;
pub(crate) mod watch;

pub use frame::{Frame, FrameCode, FrameKind, Step};
pub use hostio::{END_MARK, ENTRY_MARK, Hostio};
pub use request::{CallRecord, Callee, CreateRecord, Request, RequestKind};
pub use run::{Entry, Outcome, ProgramRun};

/// What was recorded: one tree for each transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The transactions' own frames. A transaction that was rejected has none.
    pub roots: Vec<Frame>,
    /// Whether it came to more than [`StylusEvm::bound_trace`](crate::StylusEvm::bound_trace) allowed. Nothing of it is kept then.
    pub is_too_large: bool,
}

impl Trace {
    /// The last transaction's own frame.
    pub fn root(&self) -> Option<&Frame> {
        self.roots.last()
    }

    /// Everything in order of execution, see [`Frame::walk`].
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Frame, &'a Step)) {
        self.roots.iter().for_each(|root| root.walk(visit));
    }

    /// All frames, each before those below it.
    pub fn frames(&self) -> Vec<&Frame> {
        let mut frames = Vec::new();
        for root in &self.roots {
            frames.push(root);
            root.walk(&mut |_, step| {
                if let Step::Frame(frame) = step {
                    frames.push(frame);
                }
            });
        }
        frames
    }

    /// All host calls with their frames, in the order in which they ended.
    pub fn hostios(&self) -> impl Iterator<Item = (&Frame, &Hostio)> {
        let mut hostios = Vec::new();
        self.walk(&mut |frame, step| {
            if let Step::Hostio(hostio) = step {
                hostios.push((frame, hostio));
            }
        });
        hostios.into_iter()
    }

    /// All accesses to the state with their frames, those below a call before the call's own.
    pub fn requests(&self) -> impl Iterator<Item = (&Frame, &Request)> {
        let mut requests = Vec::new();
        self.walk(&mut |frame, step| {
            if let Step::Request(request) = step {
                requests.push((frame, request));
            }
        });
        requests.into_iter()
    }

    /// All runs of programs with their frames, in the order in which they began.
    pub fn runs(&self) -> impl Iterator<Item = (&Frame, &ProgramRun)> {
        let runs = |frame| -> Option<(&Frame, &ProgramRun)> {
            let frame: &Frame = frame;
            Some((frame, frame.run.as_deref()?))
        };
        self.frames().into_iter().filter_map(runs)
    }
}
