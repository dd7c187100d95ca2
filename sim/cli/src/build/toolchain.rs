//! The compiler of the contracts, as `scripts/wasm-toolchain.sh` finds it.

use super::{error::BuildError, project::Project};
use std::{collections::BTreeMap, path::PathBuf, process::Command};

/// Where the script is.
const SCRIPT: &str = "scripts/wasm-toolchain.sh";

/// Variables that would change the flags of the build without being part of the project.
const FOREIGN_VARIABLES: [&str; 9] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_INCREMENTAL",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTUP_TOOLCHAIN",
];
const FOREIGN_PREFIXES: [&str; 3] = ["CARGO_PROFILE_", "CARGO_UNSTABLE_", "CARGO_TARGET_WASM32_"];

/// A cargo and the environment that it compiles contracts in.
pub(crate) struct WasmToolchain {
    /// `rustup-buildstd`, `debian-buildstd` or `rustup-prebuilt`.
    pub(crate) mode: String,
    /// The first line of `rustc --version`.
    pub(crate) rustc: String,
    cargo: PathBuf,
    environment: BTreeMap<String, String>,
}

impl WasmToolchain {
    /// Asks the script; it installs nothing.
    pub(crate) fn find(project: &Project) -> Result<Self, BuildError> {
        let script = project.root.join(SCRIPT);
        let cannot_run = |source| BuildError::CannotRun {
            tool: SCRIPT.into(),
            source,
        };
        let answer = Command::new("sh")
            .arg(&script)
            .arg("print")
            .output()
            .map_err(cannot_run)?;
        if !answer.status.success() {
            return Err(BuildError::NoToolchain {
                said: String::from_utf8_lossy(&answer.stderr).trim().into(),
            });
        }
        let mut environment: BTreeMap<String, String> = String::from_utf8_lossy(&answer.stdout)
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut take = |name: &str| {
            environment.remove(name).ok_or_else(|| BuildError::NoToolchain {
                said: format!("{SCRIPT} did not print {name}"),
            })
        };
        let mode = take("MINTAGE_WASM_TOOLCHAIN")?;
        let cargo = PathBuf::from(take("CARGO")?);
        let rustc = environment.get("RUSTC").map_or("rustc", String::as_str);
        let rustc = version_of(rustc)?;
        Ok(Self {
            mode,
            rustc,
            cargo,
            environment,
        })
    }

    /// What a person should know about this toolchain.
    pub(crate) fn note(&self) -> Option<&'static str> {
        (self.mode == "rustup-prebuilt").then_some(
            "note: building with the ready-made standard library, because its sources are not installed: programs come out larger\n\
             and every call of them costs more. `scripts/wasm-toolchain.sh install` looks for the sources.",
        )
    }

    /// Cargo in the contracts workspace with the build's environment and nothing of anybody else's.
    pub(crate) fn cargo(&self, project: &Project) -> Command {
        let mut command = self.plain_cargo(project);
        command.envs(&self.environment);
        command
    }

    /// The same without the settings of the small build, for questions to cargo.
    pub(crate) fn plain_cargo(&self, project: &Project) -> Command {
        let mut command = Command::new(&self.cargo);
        // .cargo/config.toml is looked for from the current folder upwards.
        command.current_dir(&project.contracts);
        for (name, _) in std::env::vars_os() {
            let foreign = name.to_str().is_some_and(|n| {
                FOREIGN_VARIABLES.contains(&n) || FOREIGN_PREFIXES.iter().any(|prefix| n.starts_with(prefix))
            });
            if foreign {
                command.env_remove(&name);
            }
        }
        if let Some(rustc) = self.environment.get("RUSTC") {
            command.env("RUSTC", rustc);
        }
        command
    }

    /// The linker that this toolchain uses for WASM, and the arguments that make it one for WASM.
    pub(crate) fn linker(&self) -> Result<(PathBuf, &'static [&'static str]), BuildError> {
        if let Some(linker) = self.environment.get("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER") {
            return Ok((linker.into(), &[]));
        }
        let rustc = self.environment.get("RUSTC").map_or("rustc", String::as_str);
        let cannot_run = |source| BuildError::CannotRun {
            tool: rustc.into(),
            source,
        };
        let answer = Command::new(rustc)
            .args(["--print", "target-libdir"])
            .output()
            .map_err(cannot_run)?;
        // <sysroot>/lib/rustlib/<host>/lib: its neighbour bin holds the linker
        let libdir = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim());
        Ok((
            libdir.with_file_name("bin").join("rust-lld"),
            &["-flavor", "wasm"],
        ))
    }
}

fn version_of(rustc: &str) -> Result<String, BuildError> {
    let cannot_run = |source| BuildError::CannotRun {
        tool: rustc.into(),
        source,
    };
    let answer = Command::new(rustc)
        .arg("--version")
        .output()
        .map_err(cannot_run)?;
    Ok(String::from_utf8_lossy(&answer.stdout)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned())
}
