//! Host functions for all sides: they take ink, read and write memory, and answer from their arguments. What they answer
//! does not matter, only that it is the same on all sides and that ink runs out inside of them as it does on the network.

use mintage_vm::imports::HostFunction;

use super::End;

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
    /// With a status and the ink that is left.
    Exit(u32, u64),
}

/// Records the call, takes its ink and answers. On `OutOfInk` nothing is left.
pub(crate) fn call(
    function: HostFunction,
    args: &[u64],
    ink: &mut u64,
    stack_left: u32,
    memory: &mut [u8],
    calls: &mut Vec<Call>,
) -> Result<u64, Stop> {
    calls.push(Call {
        name: function.name(),
        args: args.to_vec(),
        ink_before: *ink,
        stack_left,
    });
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
        return Err(Stop::Exit(args[0] as u32, *ink));
    }
    Ok(answer(function, args, memory))
}

/// Any mixing of arguments and memory will do. It is left in memory, too.
fn answer(function: HostFunction, args: &[u64], memory: &mut [u8]) -> u64 {
    let mut answer = args
        .iter()
        .fold(function.base_ink(), |sum, arg| sum.rotate_left(9) ^ arg);
    let start = args.first().map_or(usize::MAX, |arg| *arg as usize);
    if let Some(word) = start.checked_add(8).and_then(|end| memory.get_mut(start..end))
        && function != HostFunction::PayForMemoryGrow
    {
        answer ^= word.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        word.copy_from_slice(&answer.to_le_bytes());
    }
    match function.result() {
        Some(wasmparser::ValType::I32) => answer & u64::from(u32::MAX),
        _ => answer,
    }
}

/// [`call`] in the executable form: the last argument is the ink, and what is left of it comes back beside the answer.
pub(crate) fn carried(
    function: HostFunction,
    args: &[u64],
    stack_left: u32,
    memory: &mut [u8],
    calls: &mut Vec<Call>,
) -> Result<(u64, u64), Stop> {
    let (ink, args) = args.split_last().expect("the ink");
    let mut ink = *ink;
    let answer = call(function, args, &mut ink, stack_left, memory, calls)?;
    Ok((answer, ink))
}

/// What a run came to that did not return: why the host ended it, and the meter's globals. The host knows the ink better
/// than the program's global when it ended the program itself.
pub(crate) fn after_trap(stop: Option<Stop>, ink: u64, refused: bool, stack_left: u32) -> (End, u64, u32) {
    match stop {
        Some(Stop::Exit(status, ink)) => (End::Status(status), ink, stack_left),
        Some(Stop::OutOfInk) => (End::OutOfInk, 0, stack_left),
        None if stack_left == 0 => (End::OutOfStack, ink, 0),
        None if refused => (End::OutOfInk, 0, stack_left),
        None => (End::Failure, ink, stack_left),
    }
}
