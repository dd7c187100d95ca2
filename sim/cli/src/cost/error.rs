//! What can go wrong while costs are measured, with what to do about it.

use crate::build::BuildError;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Every failure names the function or file and says what to do.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum CostError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Build(#[from] BuildError),

    #[error("cannot {doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    #[error("{} is not Rust", file.display())]
    Syntax { file: PathBuf, source: syn::Error },

    #[error("{}: {problem}", file.display())]
    #[diagnostic(help(
        "a line is `module::function = function(argument, ..)`; the file's head says what can stand in it"
    ))]
    Arguments { file: PathBuf, problem: String },

    #[error("there are no arguments for these functions:\n{0}")]
    #[diagnostic(help("write a line for each in contracts/mechanism/cost-arguments.txt"))]
    NoArguments(String),

    #[error("the probes do not compile\n{said}")]
    #[diagnostic(help(
        "the line that failed calls what cost-arguments.txt says; see target/mintage/cost in contracts/"
    ))]
    Compile { said: String },

    #[error("{tool} failed on {name}\n{said}")]
    #[diagnostic(help("`scripts/wasm-toolchain.sh install` installs what is missing"))]
    Link {
        tool: String,
        name: String,
        said: String,
    },

    #[error("these functions refuse their arguments, so their cost means nothing:\n{0}")]
    #[diagnostic(help("write a line for each in contracts/mechanism/cost-arguments.txt"))]
    Refused(String),

    #[error("the functions are not fit for a bare machine: {0}")]
    #[diagnostic(help(
        "mintage-math and mintage-mechanism promise: no floats, no allocation, no String, no table over 1 KB"
    ))]
    Unfit(String),

    #[error("`{name}` cannot be run: {said}")]
    Run { name: String, said: String },
}

impl CostError {
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            doing,
            path: path.into(),
            source,
        }
    }
}
