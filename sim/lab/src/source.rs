//! Where the code comes from: artifacts of our programs, and the npm package of the real Uniswap.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use mintage_chain::Artifact;

use crate::error::LabError;

/// Loads artifacts from a folder, each once. Can be shared between runs and threads.
#[derive(Debug)]
pub struct ProgramSource {
    artifacts: PathBuf,
    node_modules: PathBuf,
    loaded: Mutex<BTreeMap<&'static str, Artifact>>,
}

impl ProgramSource {
    /// `artifacts` is the folder that `mintage build` writes (`target/stylus`), `node_modules` that of npm; the latter is read
    /// only when a scenario asks for the real Uniswap.
    pub fn new(artifacts: impl Into<PathBuf>, node_modules: impl Into<PathBuf>) -> Self {
        Self {
            artifacts: artifacts.into(),
            node_modules: node_modules.into(),
            loaded: Mutex::default(),
        }
    }

    /// A program's artifact.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub fn artifact(&self, program: &'static str) -> Result<Artifact, LabError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(artifact) = loaded.get(program) {
            return Ok(artifact.clone());
        }
        let path = self.artifacts.join(format!("{program}.json"));
        let artifact = Artifact::load(path).map_err(|source| LabError::Artifact { program, source })?;
        loaded.insert(program, artifact.clone());
        Ok(artifact)
    }

    /// The folder of npm packages.
    pub fn node_modules(&self) -> &Path {
        &self.node_modules
    }
}
