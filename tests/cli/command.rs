//! Running the command and looking at what came out.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What a run of the command left.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Exit code 2, nothing on stdout, and all of `parts` in the message.
    #[track_caller]
    pub(crate) fn assert_refused(&self, parts: &[&str]) {
        assert_eq!(self.code, 2, "{self:?}");
        assert_eq!(self.stdout, "", "the message belongs on stderr");
        self.assert_says(parts);
    }

    /// All of `parts` are on stderr.
    #[track_caller]
    pub(crate) fn assert_says(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is not in:\n{}", self.stderr);
        }
    }
}

/// The command, built beside this test.
pub(crate) fn mintage(folder: &Path) -> Command {
    let test = std::env::current_exe().expect("a test has a path");
    let binary: PathBuf = test
        .ancestors()
        .nth(2)
        .expect("target/<profile>/deps")
        .join("mintage");
    assert!(
        binary.is_file(),
        "{} is missing: run `cargo build -p mintage` (make test does)",
        binary.display()
    );
    let mut command = Command::new(binary);
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("NO_COLOR", "1")
        // A test leaves nothing in the user's own folders.
        .env("MINTAGE_CODE_CACHE", "off")
        .env_remove("MINTAGE_WASM_TOOLCHAIN");
    command
}

/// Runs it to its end.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let output = command.output().expect("the command starts");
    Outcome {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// `mintage` with these arguments in `folder`.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Outcome {
    run(mintage(folder).args(arguments))
}

/// A module of the network's recorded activations, as an argument.
pub(crate) fn recorded(name: &str) -> String {
    mintage_tests::root()
        .join("tests/vectors/stylus/wasm")
        .join(name)
        .display()
        .to_string()
}
