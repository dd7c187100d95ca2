//! A compiled program, ready to deploy: what `mintage build` writes to `target/stylus/<program>.json`.
//!
//! Reading checks that the file fits together: the code decompresses to a WASM of the stated hash and size. Whether
//! the network would take that WASM is decided at deployment, by the rules of the chain that it is deployed on.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use alloy_json_abi::JsonAbi;
use alloy_primitives::{B256, Bytes, U256, keccak256};
use mintage_vm::activate::DataPricer;
use mintage_vm::arbos::StylusParams;
use mintage_vm::pricing::EntryGas;
use mintage_vm::{ActivationRules, activate};
use serde::{Deserialize, Serialize};

use crate::builder::DEFAULT_GENESIS_TS;
use crate::error::io;

/// The version of the file format that this library reads and writes.
pub const ARTIFACT_SCHEMA_VERSION: u32 = 1;

/// The largest WASM that any ArbOS version takes, in bytes; the chain that it is deployed on may take less.
const MAX_WASM_SIZE: u32 = 262_144;

/// A program with its code, its costs on a chain with default parameters, and its ABI.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// [`ARTIFACT_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Program name, such as `price-oracle`.
    pub name: String,
    /// Contract name, such as `PriceOracle`.
    pub contract: String,
    /// Name of the WASM file beside the artifact.
    pub wasm: String,
    /// keccak256 of the uncompressed WASM.
    pub wasm_hash: B256,
    /// The code as it stands on chain: `EF F0 00`, dictionary byte, brotli stream.
    pub code: Bytes,
    /// Size of the uncompressed WASM in bytes.
    pub raw_size: u64,
    /// Size of `code` in bytes, prefix included; the network takes 24,576.
    pub compressed_size: u64,
    /// Gas to enter the program when it is not cached, both parts together.
    pub init_gas: u64,
    /// Gas to enter the program when it is cached.
    pub cached_gas: u64,
    /// The program record's init cost, from which `init_gas` follows by the chain's parameters.
    pub init_cost: u16,
    /// The program record's cached init cost.
    pub cached_init_cost: u16,
    /// Pages of memory at the start, 64 KiB each.
    pub footprint_pages: u16,
    /// The network's estimate of the native code's size in bytes, which the data fee is for.
    pub asm_estimate: u32,
    /// Gas of the activation that depends on the program.
    pub activation_gas: u64,
    /// Data fee in wei of an activation on a chain where nothing was activated before.
    #[serde(with = "decimal")]
    pub data_fee_wei: U256,
    /// The contract's interface, constructor included.
    pub abi: JsonAbi,
    /// What it was built with.
    pub toolchain: Toolchain,
    /// Hash over the sources it was built from.
    pub source_hash: B256,
}

/// The tools that built a program. The same sources and tools give the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Toolchain {
    /// `rustc --version`; empty when the WASM came from elsewhere.
    pub rustc: String,
    /// `wasm-opt --version`; `None` when it was not run.
    pub wasm_opt: Option<String>,
}

/// What is wrong with an artifact or its file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The file cannot be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `write`.
        doing: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not JSON, or a field is missing, unknown or of the wrong type.
    #[error("{} is not a program artifact: {source}; build it again with `mintage build`", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column and field.
        source: serde_json::Error,
    },
    /// Written by another version of the tools.
    #[error(
        "artifact `{name}` has schema_version {found}, this version reads {ARTIFACT_SCHEMA_VERSION}; build it again \
         with `mintage build`"
    )]
    SchemaVersion {
        /// Program name.
        name: String,
        /// The file's version.
        found: u32,
    },
    /// A field contradicts the code.
    #[error("artifact `{name}`, field `{field}`: {problem}; build it again with `mintage build`")]
    Inconsistent {
        /// Program name.
        name: String,
        /// The field.
        field: &'static str,
        /// Stated against found.
        problem: String,
    },
    /// The network would refuse this WASM.
    #[error("`{name}`: the network would refuse this WASM: {reason}")]
    Rejected {
        /// Program name.
        name: String,
        /// The network's reason.
        reason: String,
    },
}

impl Artifact {
    /// Reads and checks an artifact.
    ///
    /// # Errors
    /// The file cannot be read, is no artifact, is of another schema version, or contradicts itself.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ArtifactError> {
        let path = path.as_ref();
        let text = std::fs::read(path).map_err(|source| io(path, "read", source))?;
        // The version first: a file of another version fails in its fields for a reason that would mislead.
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
            #[serde(default)]
            name: String,
        }
        let parse = |source| ArtifactError::Parse {
            path: path.into(),
            source,
        };
        let version: Version = serde_json::from_slice(&text).map_err(parse)?;
        if version.schema_version != ARTIFACT_SCHEMA_VERSION {
            return Err(ArtifactError::SchemaVersion {
                name: version.name,
                found: version.schema_version,
            });
        }
        let artifact: Self = serde_json::from_slice(&text).map_err(parse)?;
        artifact.check()?;
        Ok(artifact)
    }

    /// Checks and writes the artifact, replacing the file in one step: a reader sees the old file or the new one.
    ///
    /// # Errors
    /// The artifact contradicts itself, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ArtifactError> {
        self.check()?;
        let path = path.as_ref();
        let mut text = serde_json::to_vec_pretty(self).map_err(|source| ArtifactError::Parse {
            path: path.into(),
            source,
        })?;
        text.push(b'\n');
        write_atomically(path, &text).map_err(|source| io(path, "write", source))
    }

    /// Whether everything in it fits together.
    ///
    /// # Errors
    /// Names the first field that does not.
    pub fn check(&self) -> Result<(), ArtifactError> {
        if self.schema_version != ARTIFACT_SCHEMA_VERSION {
            return Err(ArtifactError::SchemaVersion {
                name: self.name.clone(),
                found: self.schema_version,
            });
        }
        let wrong = |field, problem: String| {
            Err(ArtifactError::Inconsistent {
                name: self.name.clone(),
                field,
                problem,
            })
        };
        if self.compressed_size != self.code.len() as u64 {
            return wrong(
                "compressed_size",
                format!(
                    "{} stated, the code has {} bytes",
                    self.compressed_size,
                    self.code.len()
                ),
            );
        }
        let wasm = match self.decompressed() {
            Ok(wasm) => wasm,
            Err(problem) => return wrong("code", problem),
        };
        if self.raw_size != wasm.len() as u64 {
            return wrong(
                "raw_size",
                format!("{} stated, the code unpacks to {}", self.raw_size, wasm.len()),
            );
        }
        let hash = keccak256(&wasm);
        if self.wasm_hash != hash {
            return wrong(
                "wasm_hash",
                format!("{} stated, the code's is {hash}", self.wasm_hash),
            );
        }
        Ok(())
    }

    /// The uncompressed WASM.
    ///
    /// # Errors
    /// `code` is not a Stylus program.
    pub fn wasm_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        self.decompressed()
            .map_err(|problem| ArtifactError::Inconsistent {
                name: self.name.clone(),
                field: "code",
                problem,
            })
    }
}

impl Artifact {
    /// An artifact straight from a WASM, for tests and for WASM built elsewhere: costs by the rules of ArbOS 61, an empty
    /// ABI, and no statement about its sources. The contract's name is the program's.
    ///
    /// # Errors
    /// [`ArtifactError::Rejected`] with the network's reason if it would not take the WASM.
    ///
    /// ```
    /// # use mintage_chain::{Artifact, Chain};
    /// let wasm = include_bytes!(concat!(
    ///     env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/stylus/wasm/c-keccak.wasm"
    /// ));
    /// let artifact = Artifact::from_wasm("keccak", wasm)?;
    /// assert_eq!(artifact.raw_size, 2479);
    /// # Ok::<(), mintage_chain::ArtifactError>(())
    /// ```
    pub fn from_wasm(name: &str, wasm: &[u8]) -> Result<Self, ArtifactError> {
        let params = StylusParams::default();
        let activation =
            activate(wasm, &ActivationRules::default()).map_err(|error| ArtifactError::Rejected {
                name: name.into(),
                reason: error.to_string(),
            })?;
        let entry = EntryGas::new(&params, activation.init_cost, activation.cached_init_cost);
        let code = mintage_vm::code::encode(wasm);
        Ok(Self {
            schema_version: ARTIFACT_SCHEMA_VERSION,
            name: name.into(),
            contract: name.into(),
            wasm: format!("{name}.wasm"),
            wasm_hash: keccak256(wasm),
            raw_size: wasm.len() as u64,
            compressed_size: code.len() as u64,
            code,
            init_gas: entry.charge(params.version, false),
            cached_gas: entry.charge(params.version, true),
            init_cost: activation.init_cost,
            cached_init_cost: activation.cached_init_cost,
            footprint_pages: activation.footprint,
            asm_estimate: activation.asm_estimate,
            activation_gas: activation.activation_gas,
            data_fee_wei: DataPricer::default()
                .charge(activation.asm_estimate, DEFAULT_GENESIS_TS)
                .0,
            abi: JsonAbi::new(),
            toolchain: Toolchain::default(),
            source_hash: B256::ZERO,
        })
    }

    fn decompressed(&self) -> Result<Vec<u8>, String> {
        mintage_vm::code::decode(&self.code, MAX_WASM_SIZE).map_err(|error| error.to_string())
    }
}

fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path
        .file_name()
        .ok_or(std::io::ErrorKind::InvalidInput)?
        .to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = (|| {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // The failure to report is the first one; what was half written must not stay.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Wei as a decimal string: JSON numbers end at 2^53.
mod decimal {
    use super::U256;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &U256, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<U256, D::Error> {
        let text = String::deserialize(deserializer)?;
        U256::from_str_radix(&text, 10)
            .map_err(|_| D::Error::custom(format!("`{text}` is no decimal number")))
    }
}
