//! What a program costs: its size on chain, and the ink of one run through the simulator's VM.

use super::{error::CostError, in_parallel, link::Linker, probe};
use mintage_chain::{Artifact, Chain};

/// A function's own cost, the probe's taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Cost {
    /// Bytes compressed.
    pub(crate) bytes: i64,
    /// Ink of the call.
    pub(crate) ink: i64,
}

/// Costs of functions `0..count`; `None`: the function refused its arguments.
pub(crate) fn functions(linker: &Linker, count: usize) -> Result<Vec<Option<Cost>>, CostError> {
    let names: Vec<String> = (0..count)
        .flat_map(|index| [probe::frame_name(index), probe::probe_name(index)])
        .collect();
    let programs = linker.programs(&names)?;
    in_parallel(count, |index| {
        let run = |at: usize| run(&names[at], &programs[at]);
        Ok(match (run(2 * index)?, run(2 * index + 1)?) {
            (Some(frame), Some(probe)) => Some(Cost {
                bytes: probe.bytes - frame.bytes,
                ink: probe.ink - frame.ink,
            }),
            _ => None,
        })
    })
}

/// `None` when the program answers that the function gave an error.
fn run(name: &str, wasm: &[u8]) -> Result<Option<Cost>, CostError> {
    let failed = |said: String| CostError::Run {
        name: name.to_owned(),
        said,
    };
    let artifact = Artifact::from_wasm(name, wasm).map_err(|e| failed(e.to_string()))?;
    let mut chain = Chain::new();
    let [caller] = chain.accounts();
    let program = chain.account("program");
    chain
        .set_program(program, &artifact)
        .map_err(|e| failed(e.to_string()))?;
    let receipt = chain
        .tx(caller, program)
        .traced()
        .include()
        .map_err(|e| failed(e.to_string()))?;
    let run = receipt
        .trace
        .as_ref()
        .and_then(|trace| trace.root())
        .and_then(|root| root.run.as_deref())
        .ok_or_else(|| failed("it did not run".into()))?;
    Ok(receipt.is_success().then(|| Cost {
        bytes: artifact.compressed_size as i64,
        ink: (run.ink_in - run.ink_left) as i64,
    }))
}
