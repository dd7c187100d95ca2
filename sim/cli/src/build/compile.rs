//! Cargo: one program, one `-p`, to WASM.

use super::{
    error::BuildError,
    project::{Program, Project},
    toolchain::WasmToolchain,
};
use serde::Deserialize;
use std::{
    io::{self, BufRead as _, BufReader, Read},
    path::PathBuf,
    process::Stdio,
    thread,
};

/// What cargo says of each thing that it made.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// Compiles `program` and returns the path of the WASM, which has the names of its functions. `progress` hears what cargo is at.
pub(crate) fn run(
    project: &Project,
    toolchain: &WasmToolchain,
    program: &Program,
    progress: impl Fn(&str) + Sync,
) -> Result<PathBuf, BuildError> {
    let mut command = toolchain.cargo(project);
    // --lib: the crate's binary prints its interface on the host. One -p: cargo unifies features over all packages of a build.
    command.args([
        "build",
        "--lib",
        "--locked",
        "--release",
        "--target",
        "wasm32-unknown-unknown",
    ]);
    command.args([
        "--message-format",
        "json-render-diagnostics",
        "-p",
        &program.package,
    ]);
    // The profile's `strip = true` is for those who deploy what cargo writes. Here the names are taken off at the end.
    command.env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo");
    command.arg("--target-dir").arg(project.contracts.join("target"));
    let cannot_run = |source| BuildError::CannotRun {
        tool: "cargo".into(),
        source,
    };
    let mut cargo = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot_run)?;
    let (stdout, stderr) = (cargo.stdout.take(), cargo.stderr.take());

    let (said, artifacts) = thread::scope(|scope| {
        let listening = scope.spawn(|| stderr.map_or_else(String::new, |pipe| listen(pipe, &progress)));
        let artifacts = stdout.map_or_else(|| Ok(vec![]), artifacts);
        (listening.join().unwrap_or_default(), artifacts)
    });
    let status = cargo.wait().map_err(cannot_run)?;
    if !status.success() {
        return Err(BuildError::Compile {
            program: program.name.clone(),
            said: said.trim_end().into(),
        });
    }
    artifacts
        .map_err(cannot_run)?
        .into_iter()
        .filter(|message| message.reason == "compiler-artifact" && message.manifest_path == program.manifest)
        .flat_map(|message| message.filenames)
        .find(|file| file.extension().is_some_and(|e| e == "wasm"))
        .ok_or_else(|| BuildError::NoWasm {
            program: program.name.clone(),
        })
}

fn artifacts(pipe: impl Read) -> io::Result<Vec<Message>> {
    BufReader::new(pipe)
        .lines()
        .map(|line| line.map(|l| serde_json::from_str(&l).ok()))
        .filter_map(Result::transpose)
        .collect()
}

/// Passes on what cargo is at, and returns the rest of what it says: diagnostics.
fn listen(pipe: impl Read, progress: impl Fn(&str)) -> String {
    let mut rest = String::new();
    for line in BufReader::new(pipe).lines().map_while(Result::ok) {
        let step = [
            "Compiling",
            "Downloading",
            "Downloaded",
            "Finished",
            "Updating",
            "Locking",
            "Blocking",
        ]
        .iter()
        .any(|verb| line.trim_start().starts_with(verb));
        if step {
            progress(line.trim());
        } else {
            rest.push_str(&line);
            rest.push('\n');
        }
    }
    rest
}
