//! Host functions for both sides: they take ink and answer from their arguments. What they answer does not matter, only
//! that it is the same on both sides and that ink runs out inside of them as it does on the network.

use mintage_vm::imports::HostFunction;

/// One host call as the program made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) args: Vec<u64>,
    pub(crate) ink_before: u64,
    pub(crate) stack_left: u32,
}

/// Why a host call does not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    OutOfInk,
    Exit(u32),
}

/// Takes the call's ink and answers. On `OutOfInk` nothing is left.
pub(crate) fn call(function: HostFunction, args: &[u64], ink: &mut u64) -> Result<u64, Stop> {
    let cost = match function {
        HostFunction::PayForMemoryGrow if args[0] == 0 => 8400,
        HostFunction::PayForMemoryGrow => args[0].saturating_mul(1_000_000),
        _ => function.base_ink(),
    };
    match ink.checked_sub(cost) {
        Some(left) => *ink = left,
        None => {
            *ink = 0;
            return Err(Stop::OutOfInk);
        }
    }
    if function == HostFunction::ExitEarly {
        return Err(Stop::Exit(args[0] as u32));
    }
    // Any mixing will do.
    let answer = args
        .iter()
        .fold(function.base_ink(), |sum, arg| sum.rotate_left(9) ^ arg);
    match function.result() {
        Some(wasmparser::ValType::I32) => Ok(answer & u64::from(u32::MAX)),
        _ => Ok(answer),
    }
}
