//! wasm-opt, from npm's binaryen, in two runs.

use super::error::BuildError;
use serde::Deserialize;
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What package-lock.json pins.
const PINNED: &str = "132.0.0";

/// The features that the network accepts. `--enable-bulk-memory` would write a DataCount section, which it refuses.
const FEATURES: [&str; 4] = [
    "--mvp-features",
    "--enable-bulk-memory-opt",
    "--enable-sign-ext",
    "--enable-mutable-globals",
];

/// The first run: a `target_features` section would turn on more features, and it is read before a pass can remove it.
const STRIP: [&str; 3] = ["--strip-dwarf", "--strip-producers", "--strip-target-features"];

/// The second run. For size: in a call that is not cached each byte is paid. Twice, because the first leaves something to
/// the second. The bound lets in what is smaller inside than a call.
pub(crate) const PASSES: [&str; 3] = ["--always-inline-max-function-size=10", "-Oz", "-Oz"];

/// Keeps the names of functions, in both runs. It changes no other byte of the module.
const KEEP_NAMES: &str = "-g";

/// Said when there is no wasm-opt.
pub(crate) const MISSING: &str = "\
note: building without wasm-opt, because Node.js or the npm package binaryen is not installed. Programs come out larger: a call of the
token costs about 2,500 gas more while it is not cached, and 120 in the cache. To get it: install Node.js 18 or newer and run `npm ci`
in the project's folder.";

/// An installed wasm-opt of the pinned version.
pub(crate) struct WasmOpt {
    script: PathBuf,
    /// `binaryen 132.0.0`, for the artifact.
    pub(crate) version: &'static str,
}

#[derive(Deserialize)]
struct NpmPackage {
    version: String,
}

impl WasmOpt {
    /// `None` when Node.js or the package is not there.
    pub(crate) fn find(root: &Path) -> Result<Option<Self>, BuildError> {
        let package = root.join("node_modules/binaryen");
        let Ok(text) = fs::read_to_string(package.join("package.json")) else {
            return Ok(None);
        };
        let has_node = Command::new("node")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !has_node.is_ok_and(|status| status.success()) {
            return Ok(None);
        }
        let found = serde_json::from_str::<NpmPackage>(&text)
            .map(|p| p.version)
            .unwrap_or_default();
        if found != PINNED {
            return Err(BuildError::WrongBinaryen {
                found,
                pinned: PINNED,
            });
        }
        Ok(Some(Self {
            script: package.join("bin/wasm-opt"),
            version: concat!("binaryen ", "132.0.0"),
        }))
    }

    /// The optimised module with the names of its functions. `scratch` is a folder for files in between.
    pub(crate) fn run(&self, program: &str, wasm: &Path, scratch: &Path) -> Result<Vec<u8>, BuildError> {
        fs::create_dir_all(scratch).map_err(|source| BuildError::io("create", scratch, source))?;
        let stripped = scratch.join(format!("{program}.stripped.wasm"));
        let optimised = scratch.join(format!("{program}.wasm"));
        self.step(program, &STRIP, wasm, &stripped)?;
        self.step(program, &PASSES, &stripped, &optimised)?;
        fs::read(&optimised).map_err(|source| BuildError::io("read", &optimised, source))
    }

    /// The same for many small modules, `(from, to)`, in one process: starting wasm-opt for each would take most of the time.
    pub(crate) fn run_many(&self, root: &Path, modules: &[(PathBuf, PathBuf)]) -> Result<(), BuildError> {
        let mut lines = String::new();
        for (from, to) in modules {
            let stripped = to.with_extension("stripped.wasm");
            for (passes, from, to) in [(&STRIP, from, &stripped), (&PASSES, &stripped, to)] {
                let (from, to) = (from.to_string_lossy(), to.to_string_lossy());
                let line = FEATURES.iter().chain(passes).copied().chain([&*from, "-o", &*to]);
                lines.push_str(&line.collect::<Vec<_>>().join("\t"));
                lines.push('\n');
            }
        }
        let cannot_run = |source| BuildError::CannotRun {
            tool: "node".into(),
            source,
        };
        let mut node = Command::new("node")
            .arg(root.join("scripts/wasm-opt-many.cjs"))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(cannot_run)?;
        if let Some(mut input) = node.stdin.take() {
            input.write_all(lines.as_bytes()).map_err(cannot_run)?;
        }
        let answer = node.wait_with_output().map_err(cannot_run)?;
        if answer.status.success() {
            return Ok(());
        }
        Err(BuildError::WasmOpt {
            program: "the probes".into(),
            said: String::from_utf8_lossy(&answer.stderr).trim().into(),
        })
    }

    fn step(&self, program: &str, passes: &[&str], from: &Path, to: &Path) -> Result<(), BuildError> {
        let mut command = Command::new("node");
        command
            .arg(&self.script)
            .args(FEATURES)
            .args(passes)
            .arg(KEEP_NAMES)
            .arg(from)
            .arg("-o")
            .arg(to);
        let answer = command.output().map_err(|source| BuildError::CannotRun {
            tool: "node".into(),
            source,
        })?;
        if answer.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&answer.stderr).trim().into();
        Err(BuildError::WasmOpt {
            program: program.into(),
            said,
        })
    }
}
