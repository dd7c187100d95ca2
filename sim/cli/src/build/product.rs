//! The end of a build: would the network take the module, what does it cost, and the files.

use super::{error::BuildError, project::Program, write_atomically};
use alloy_primitives::{B256, keccak256};
use mintage_abi_gen::Interface;
use mintage_chain::{ARTIFACT_SCHEMA_VERSION, Artifact, Toolchain};
use mintage_vm::{
    ActivationRules, ArbosVersion, StylusParams, activate,
    activate::{DataPricer, START_TIMESTAMP},
    code::{self, DEFAULT_MAX_CODE_SIZE},
    pricing::EntryGas,
};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::path::Path;

/// What one program came to.
pub(crate) struct Product {
    /// Whether it was compiled now; otherwise it was up to date.
    pub(crate) rebuilt: bool,
    pub(crate) artifact: Artifact,
}

/// The result for `--json`: sizes and costs, without code and ABI, which are in the artifact.
impl Serialize for Product {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Artifact {
            name,
            contract,
            wasm_hash,
            source_hash,
            toolchain,
            ..
        } = &self.artifact;
        let a = &self.artifact;
        let mut object = serializer.serialize_struct("Product", 15)?;
        object.serialize_field("name", name)?;
        object.serialize_field("contract", contract)?;
        object.serialize_field("rebuilt", &self.rebuilt)?;
        object.serialize_field("raw_size", &a.raw_size)?;
        object.serialize_field("compressed_size", &a.compressed_size)?;
        object.serialize_field("init_gas", &a.init_gas)?;
        object.serialize_field("cached_gas", &a.cached_gas)?;
        object.serialize_field("init_cost", &a.init_cost)?;
        object.serialize_field("cached_init_cost", &a.cached_init_cost)?;
        object.serialize_field("footprint_pages", &a.footprint_pages)?;
        object.serialize_field("activation_gas", &a.activation_gas)?;
        object.serialize_field("data_fee_wei", &a.data_fee_wei.to_string())?;
        object.serialize_field("wasm_hash", wasm_hash)?;
        object.serialize_field("source_hash", source_hash)?;
        object.serialize_field("toolchain", toolchain)?;
        object.end()
    }
}

/// Judges and prices `wasm` by the rules of the newest ArbOS with default parameters.
pub(crate) fn artifact(
    program: &Program,
    interface: Interface,
    wasm: &[u8],
    source_hash: B256,
    toolchain: Toolchain,
) -> Result<Artifact, BuildError> {
    let arbos = ArbosVersion::default();
    let activation =
        activate(wasm, &ActivationRules::for_arbos(arbos)).map_err(|reason| BuildError::Refused {
            program: program.name.clone(),
            reason: reason.to_string(),
        })?;
    let code = code::encode(wasm);
    if code.len() > DEFAULT_MAX_CODE_SIZE {
        return Err(too_large(program, code.len(), toolchain.wasm_opt.is_some()));
    }
    let params = StylusParams::for_arbos(arbos);
    let entry = EntryGas::new(&params, activation.init_cost, activation.cached_init_cost);
    let (data_fee_wei, _) = DataPricer::default().charge(activation.asm_estimate, START_TIMESTAMP);
    Ok(Artifact {
        schema_version: ARTIFACT_SCHEMA_VERSION,
        name: program.name.clone(),
        contract: program.contract.clone(),
        wasm: format!("{}.wasm", program.name),
        wasm_hash: keccak256(wasm),
        raw_size: wasm.len() as u64,
        compressed_size: code.len() as u64,
        code,
        init_gas: entry.charge(activation.stylus_version, false),
        cached_gas: entry.charge(activation.stylus_version, true),
        init_cost: activation.init_cost,
        cached_init_cost: activation.cached_init_cost,
        footprint_pages: activation.footprint,
        asm_estimate: activation.asm_estimate,
        activation_gas: activation.activation_gas,
        data_fee_wei,
        abi: interface.abi,
        toolchain,
        source_hash,
    })
}

fn too_large(program: &Program, size: usize, optimised: bool) -> BuildError {
    let limit = DEFAULT_MAX_CODE_SIZE;
    let hint = if optimised {
        ""
    } else {
        ", and build with wasm-opt"
    };
    BuildError::TooLarge {
        program: program.name.clone(),
        size,
        over: size - limit,
        limit,
        hint,
    }
}

/// Writes the module with the names of its functions, for traces and profiles.
pub(crate) fn write_names(folder: &Path, program: &Program, named: &[u8]) -> Result<(), BuildError> {
    let file = folder.join(format!("{}.debug.wasm", program.name));
    write_atomically(&file, named).map_err(|source| BuildError::io("write", &file, source))
}

/// Writes both files. The artifact comes last: it holds the code as well, so it is complete whenever it is there.
pub(crate) fn write(folder: &Path, artifact: &Artifact, wasm: &[u8]) -> Result<(), BuildError> {
    let wasm_file = folder.join(&artifact.wasm);
    write_atomically(&wasm_file, wasm).map_err(|source| BuildError::io("write", &wasm_file, source))?;
    let file = folder.join(format!("{}.json", artifact.name));
    if Artifact::load(&file).is_ok_and(|there| there == *artifact) {
        return Ok(());
    }
    artifact.save(&file).map_err(|source| BuildError::Artifact {
        program: artifact.name.clone(),
        source,
    })
}
