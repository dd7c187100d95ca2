//! The tree in the form of the network's `stylusTracer`, which `cargo stylus trace` and `replay` read.
//!
//! An array of the host calls of the transaction's own program, in order. A call carries the callee's address and its array;
//! what bytecode calls appears under names that begin with `evm_`. A transaction that does not run a program directly shows
//! what its bytecode calls.

use revm::primitives::{Address, Bytes};

use super::{Frame, FrameKind, Hostio, Step};

/// One element of the array.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct StylusStep {
    /// The host function's import name, a mark's, or `evm_call_contract` and the like.
    pub name: String,
    /// Arguments, integers big-endian.
    pub args: Bytes,
    /// Results in the same form.
    pub outs: Bytes,
    /// Ink before it.
    pub start_ink: u64,
    /// Ink after it.
    pub end_ink: u64,
    /// The callee, of calls.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub address: Option<Address>,
    /// What the callee did, of calls.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub steps: Option<Vec<StylusStep>>,
}

/// The array of a frame: of a transaction, that of its own frame.
pub fn steps(frame: &Frame) -> Vec<StylusStep> {
    let mut steps: Vec<StylusStep> = Vec::new();
    // Whether the last element is a frame that the host call to come may have opened.
    let mut opened = false;
    for step in &frame.steps {
        match step {
            Step::Frame(below) => {
                steps.push(of_frame(below));
                opened = true;
            }
            Step::Hostio(hostio) => {
                let below = if is_call(hostio) && opened {
                    steps.pop()
                } else {
                    None
                };
                steps.push(of_hostio(hostio, below));
                opened = false;
            }
            Step::Request(_) => {}
        }
    }
    steps
}

fn of_frame(frame: &Frame) -> StylusStep {
    let name = match frame.kind {
        FrameKind::Call | FrameKind::CallCode => "evm_call_contract",
        FrameKind::DelegateCall => "evm_delegate_call_contract",
        FrameKind::StaticCall => "evm_static_call_contract",
        FrameKind::Create => "evm_create1",
        FrameKind::Create2 => "evm_create2",
        FrameKind::SelfDestruct => "evm_self_destruct",
    };
    StylusStep {
        name: name.to_owned(),
        args: Bytes::new(),
        outs: Bytes::new(),
        start_ink: 0,
        end_ink: 0,
        address: Some(frame.to.unwrap_or_default()),
        steps: Some(steps(frame)),
    }
}

/// A call takes over the frame that it opened. One that opened none, because it could not be paid, has no steps.
fn of_hostio(hostio: &Hostio, below: Option<StylusStep>) -> StylusStep {
    let (address, steps) = match below {
        Some(below) => (below.address, below.steps),
        None if is_call(hostio) => {
            let callee = hostio.args.get(..20).map(Address::from_slice);
            (callee, Some(Vec::new()))
        }
        None => (None, None),
    };
    StylusStep {
        name: hostio.name.to_owned(),
        args: hostio.args.clone(),
        outs: hostio.outs.clone(),
        start_ink: hostio.start_ink,
        end_ink: hostio.end_ink,
        address,
        steps,
    }
}

fn is_call(hostio: &Hostio) -> bool {
    matches!(
        hostio.name,
        "call_contract" | "delegate_call_contract" | "static_call_contract"
    )
}
