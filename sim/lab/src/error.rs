//! Why a run could not be set up or go on. What the economy itself refuses (a reverted transaction) is a result, not an error.

use std::path::PathBuf;

use mintage_chain::{ArtifactError, ChainError};

use crate::scenario::ScenarioError;

/// Why a run could not be set up or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// The scenario is wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A program's artifact cannot be used.
    #[error("program `{program}` is not built: {source}")]
    Artifact {
        /// The program.
        program: &'static str,
        /// Why.
        source: ArtifactError,
    },
    /// The chain refused something while the economy was being set up.
    #[error("setting up: {doing}: {reason}")]
    SetUp {
        /// What was being done.
        doing: String,
        /// The chain's reason.
        reason: String,
    },
    /// The chain could not execute something that it should always be able to.
    #[error("{doing}: {source}")]
    Chain {
        /// What was being done.
        doing: String,
        /// The chain's error.
        source: Box<ChainError>,
    },
    /// A file could not be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// `read`, `write`, ...
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The npm package with the Uniswap bytecode is missing or damaged.
    #[error(
        "the market is uniswap-v2, but {} {problem}; install it with `npm install @uniswap/v2-core@1.0.1` and name the folder \
         with --node-modules",
        path.display()
    )]
    Uniswap {
        /// The file that was looked for.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The run's folder cannot be used.
    #[error("{} {problem}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it and what to do.
        problem: String,
    },
    /// A Parquet file could not be encoded.
    #[error("writing {file}: {reason}")]
    Parquet {
        /// The file's name.
        file: &'static str,
        /// The encoder's reason.
        reason: String,
    },
}

impl LabError {
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io {
            doing,
            path: path.into(),
            source,
        }
    }

    pub(crate) fn chain(doing: impl Into<String>, source: ChainError) -> Self {
        Self::Chain {
            doing: doing.into(),
            source: Box::new(source),
        }
    }
}
