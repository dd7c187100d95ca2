//! Running a client against a node.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use mintage_tests::root;

use crate::serve::Served;

/// What a client printed, after it ended well.
///
/// # Panics
/// If it cannot be run or ends with an error.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> String {
    let (ended_well, stdout, stderr) = outcome(command);
    assert!(ended_well, "{command:?}\n{stdout}\n{stderr}");
    stdout
}

/// What a client complained of, after it failed.
///
/// # Panics
/// If it cannot be run or ends well.
#[track_caller]
pub(crate) fn fail(command: &mut Command) -> String {
    let (ended_well, stdout, stderr) = outcome(command);
    assert!(!ended_well, "{command:?}\n{stdout}\n{stderr}");
    stderr
}

fn outcome(command: &mut Command) -> (bool, String, String) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{command:?} cannot be run: {e}; `npm ci` installs it"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// A script of this folder, run by Node.js against a node.
pub(crate) fn script(name: &str, node: &Served) -> Command {
    let mut command = Command::new("node");
    command
        .arg(root().join("tests/e2e").join(name))
        .env("MINTAGE_NODE_URL", node.url())
        .env("MINTAGE_NODE_WS_URL", node.ws_url());
    command
}

/// A program of foundry, as npm installs it for this machine.
pub(crate) fn foundry(program: &str) -> Command {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let path: PathBuf = root()
        .join("node_modules/@foundry-rs")
        .join(format!("{program}-{system}-{processor}/bin/{program}"));
    let mut command = Command::new(path);
    // Settings and keys of the person who runs the tests are none of theirs.
    command
        .env("FOUNDRY_DISABLE_NIGHTLY_WARNING", "1")
        .env_remove("ETH_RPC_URL")
        .env("NO_COLOR", "1");
    command
}
