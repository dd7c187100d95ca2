//! A program as the user names it: built in this project, a WASM file, an artifact; and the names of its functions.

use crate::build::Project;
use mintage_chain::{Artifact, Symbols};
use mintage_vm::{ArbosVersion, code::strip_custom_sections};
use std::{fs, path::Path};

/// A program's code, what it is called, and the module with its functions' names.
pub(super) struct Code {
    pub(super) name: String,
    pub(super) artifact: Artifact,
    pub(super) symbols: Option<Symbols>,
}

impl Code {
    /// By name from the project's artifacts, or from a file.
    pub(super) fn load(
        program: &str,
        names: Option<&Path>,
        project: Option<&Project>,
        arbos: ArbosVersion,
    ) -> miette::Result<Self> {
        let path = Path::new(program);
        let is_name = path.extension().is_none() && path.components().count() == 1;
        let path = match project {
            Some(project) if is_name && !path.is_file() => {
                project.select(&[program.to_owned()])?;
                let built = project.root.join(format!("target/stylus/{program}.json"));
                miette::ensure!(
                    built.exists(),
                    "program `{program}` is not built yet; run `mintage build {program}`"
                );
                built
            }
            None if is_name && !path.is_file() => miette::bail!(
                help = "run it inside the project, or name a .wasm file",
                "`{program}` is no file, and there is no contracts/Stylus.toml here or above to look for a program of that name"
            ),
            _ => path.to_owned(),
        };
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let artifact = if path.extension().is_some_and(|extension| extension == "json") {
            Artifact::load(&path).map_err(|error| miette::miette!("{error}"))?
        } else {
            let wasm = read(&path)?;
            artifact_of(&name, &wasm, arbos)?
        };
        let debug = names.map_or_else(|| path.with_extension("debug.wasm"), Path::to_owned);
        let symbols = if names.is_some() || debug.exists() {
            Some(symbols_of(&debug, &artifact)?)
        } else {
            // A module that was not stripped has them itself.
            let own = fs::read(&path).ok();
            own.filter(|wasm| strip_custom_sections(wasm) != *wasm)
                .map(|wasm| Symbols::of_wasm(&wasm))
        };
        Ok(Self {
            name,
            artifact,
            symbols,
        })
    }
}

/// An artifact of a bare WASM file, which has no ABI.
fn artifact_of(name: &str, wasm: &[u8], arbos: ArbosVersion) -> miette::Result<Artifact> {
    let stripped = strip_custom_sections(wasm);
    let refused = |error: &dyn std::fmt::Display| {
        miette::miette!(
            help = "`mintage check` says what it would take",
            "{name}: the network (ArbOS {arbos}) would not run it: {error}"
        )
    };
    Artifact::from_wasm(name, &stripped).map_err(|error| refused(&error))
}

/// Names are of use only if they are those of this code.
fn symbols_of(file: &Path, artifact: &Artifact) -> miette::Result<Symbols> {
    let named = read(file)?;
    let same = artifact
        .wasm_bytes()
        .is_ok_and(|wasm| strip_custom_sections(&wasm) == strip_custom_sections(&named));
    miette::ensure!(
        same,
        "{} is not the module of {} with names added; build both again (`mintage build --force {}`)",
        file.display(),
        artifact.name,
        artifact.name
    );
    Ok(Symbols::of_wasm(&named))
}

pub(super) fn read(path: &Path) -> miette::Result<Vec<u8>> {
    fs::read(path).map_err(|error| miette::miette!("cannot read {}: {error}", path.display()))
}
