//! The end of a build: would the network take the module, what does it cost, and the files.

use super::{error::BuildError, project::Program, write_atomically};
use alloy_primitives::B256;
use mintage_abi_gen::Interface;
use mintage_chain::{Artifact, ArtifactError, Toolchain};
use mintage_vm::code::DEFAULT_MAX_CODE_SIZE;
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
    let priced = Artifact::from_wasm(&program.name, wasm).map_err(|error| BuildError::Refused {
        program: program.name.clone(),
        reason: match error {
            ArtifactError::Rejected { reason, .. } => reason,
            other => other.to_string(),
        },
    })?;
    if priced.code.len() > DEFAULT_MAX_CODE_SIZE {
        return Err(too_large(
            program,
            priced.code.len(),
            toolchain.wasm_opt.is_some(),
        ));
    }
    Ok(Artifact {
        contract: program.contract.clone(),
        abi: interface.abi,
        toolchain,
        source_hash,
        ..priced
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
