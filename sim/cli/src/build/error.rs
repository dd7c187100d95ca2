//! What can go wrong in a build, with what to do about it.

use super::shown;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Every failure names the program or file and says what to do.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum BuildError {
    #[error("there is no contracts/Stylus.toml in {} or above it", shown(.0))]
    #[diagnostic(help("run the command inside the project, or name its folder with --project"))]
    NoProject(PathBuf),

    #[error("there is no program `{name}` under contracts/")]
    #[diagnostic(help("programs: {known}"))]
    UnknownProgram { name: String, known: String },

    #[error("there is no program under {}", shown(.0))]
    #[diagnostic(help(
        "a program is a crate in a folder of its own with a Stylus.toml that has a [contract] table"
    ))]
    NoPrograms(PathBuf),

    #[error("{}: {problem}", shown(file))]
    #[diagnostic(help("{help}"))]
    BadFile {
        file: PathBuf,
        problem: String,
        help: String,
    },

    #[error("cannot {doing} {}", shown(path))]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    #[error("no toolchain compiles the contracts here\n{said}")]
    #[diagnostic(help(
        "`scripts/wasm-toolchain.sh install` installs one where it can, and says what is missing where it cannot"
    ))]
    NoToolchain { said: String },

    #[error("cannot run {tool}")]
    #[diagnostic(help("`make setup` installs what the build needs, or says what is missing"))]
    CannotRun { tool: String, source: io::Error },

    #[error("cargo cannot read the contracts workspace\n{said}")]
    #[diagnostic(help(
        "when Cargo.lock is out of date: run `cargo metadata` in contracts/ once and commit the lock file"
    ))]
    Metadata { said: String },

    #[error("`{program}` does not compile\n{said}")]
    #[diagnostic(help(
        "when Cargo.lock is out of date: run `cargo metadata` in contracts/ once and commit the lock file"
    ))]
    Compile { program: String, said: String },

    #[error("`{program}` compiles to no WASM")]
    #[diagnostic(help("its Cargo.toml needs [lib] with crate-type = [\"lib\", \"cdylib\"]"))]
    NoWasm { program: String },

    #[error("binaryen {found} is installed, the build is pinned to {pinned}")]
    #[diagnostic(help("run `npm ci` in the project's folder: another version gives other bytes"))]
    WrongBinaryen { found: String, pinned: &'static str },

    #[error("wasm-opt failed on `{program}`\n{said}")]
    #[diagnostic(help(
        "run `npm ci` in the project's folder; with --no-wasm-opt the program is built without it"
    ))]
    WasmOpt { program: String, said: String },

    #[error("the network would refuse `{program}`: {reason}")]
    #[diagnostic(help(
        "nothing was written for it; the flags that the network needs are in contracts/.cargo/config.toml"
    ))]
    Refused { program: String, reason: String },

    #[error("`{program}` is {size} bytes compressed, {over} more than the {limit} that a contract may have")]
    #[diagnostic(help("nothing was written for it; move what it does not need into another program{hint}"))]
    TooLarge {
        program: String,
        size: usize,
        over: usize,
        limit: usize,
        hint: &'static str,
    },

    #[error("the artifact of `{program}` cannot be written")]
    Artifact {
        program: String,
        source: mintage_chain::ArtifactError,
    },
}

impl BuildError {
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            doing,
            path: path.into(),
            source,
        }
    }

    pub(crate) fn bad_file(file: &Path, problem: impl ToString, help: impl Into<String>) -> Self {
        Self::BadFile {
            file: file.into(),
            problem: problem.to_string(),
            help: help.into(),
        }
    }
}
