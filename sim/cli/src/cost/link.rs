//! From the compiled probes to one program a function: the linker takes one entry out, wasm-opt makes it small.

use super::error::CostError;
use super::in_parallel;
use crate::build::{Project, WasmOpt, WasmToolchain};
use alloy_primitives::keccak256;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const TARGET: &str = "wasm32-unknown-unknown";
/// The name of a program's entry on the network.
const ENTRY: &str = "user_entrypoint";

/// The compiled probes and the tools to take them apart.
pub(crate) struct Linker {
    archive: PathBuf,
    scratch: PathBuf,
    command: PathBuf,
    /// rust-lld is every linker in one and has to be told.
    flavor: &'static [&'static str],
    /// What contracts/.cargo/config.toml adds to the linker's line.
    args: Vec<String>,
    wasm_opt: WasmOpt,
    root: PathBuf,
    rustc: String,
}

impl Linker {
    /// Compiles the probe crate of the workspace in `folder`, with the toolchain and flags of `mintage build`.
    pub(crate) fn new(project: &Project, folder: &Path) -> Result<Self, CostError> {
        let toolchain = WasmToolchain::find(project)?;
        let wasm_opt = WasmOpt::find(&project.root)?.ok_or_else(|| CostError::Link {
            tool: "wasm-opt".into(),
            name: "the probes".into(),
            said: crate::build::MISSING_WASM_OPT.into(),
        })?;
        let target_dir = project.contracts.join("target");
        let mut cargo = toolchain.cargo(project);
        // From the probe workspace contracts/.cargo/config.toml is found as well: it is below contracts/.
        cargo.current_dir(folder);
        cargo.args(["build", "--lib", "--release", "--target", TARGET, "-p", "probe"]);
        cargo.arg("--target-dir").arg(&target_dir);
        let answer = cargo
            .stdin(Stdio::null())
            .output()
            .map_err(|source| CostError::io("run", Path::new("cargo"), source))?;
        if !answer.status.success() {
            return Err(CostError::Compile {
                said: String::from_utf8_lossy(&answer.stderr).into_owned(),
            });
        }
        let (command, flavor) = toolchain.linker()?;
        Ok(Self {
            archive: target_dir.join(TARGET).join("release/libprobe.a"),
            scratch: folder.join("wasm"),
            command,
            flavor,
            args: link_args(&project.contracts)?,
            wasm_opt,
            root: project.root.clone(),
            rustc: toolchain.rustc,
        })
    }

    /// The versions that sizes depend on.
    pub(crate) fn tools(&self) -> String {
        let rustc: Vec<_> = self.rustc.split_whitespace().take(2).collect();
        format!("{}, {}", rustc.join(" "), self.wasm_opt.version)
    }

    /// One module with all of these entries, with names and with each constant in a data segment of its own, for inspection.
    pub(crate) fn together(&self, exports: &[String]) -> Result<Vec<u8>, CostError> {
        let exports: Vec<String> = exports.iter().map(|name| format!("--export={name}")).collect();
        self.link("all", &exports, &["--no-merge-data-segments"])
    }

    /// The linker's output, with names.
    fn link(&self, name: &str, exports: &[String], more: &[&str]) -> Result<Vec<u8>, CostError> {
        fs::create_dir_all(&self.scratch).map_err(|source| CostError::io("create", &self.scratch, source))?;
        let linked = self.scratch.join(format!("{name}.linked.wasm"));
        let answer = Command::new(&self.command)
            .args(self.flavor)
            .args([
                "--no-entry",
                "--gc-sections",
                "--stack-first",
                "-O2",
                "--initial-memory=65536",
                "--max-memory=65536",
            ])
            .args(&self.args)
            .args(more)
            .args(exports)
            .arg(&self.archive)
            .arg("-o")
            .arg(&linked)
            .output()
            .map_err(|source| CostError::io("run", &self.command, source))?;
        if !answer.status.success() {
            return Err(self.failed(name, String::from_utf8_lossy(&answer.stderr).into_owned()));
        }
        fs::read(&linked).map_err(|source| CostError::io("read", &linked, source))
    }

    fn failed(&self, name: &str, said: String) -> CostError {
        CostError::Link {
            tool: self.command.display().to_string(),
            name: name.to_owned(),
            said,
        }
    }

    /// For each of `exports` the program whose only entry it is, as `mintage build` would leave it. What was linked to the same bytes
    /// before is not optimised again.
    pub(crate) fn programs(&self, exports: &[String]) -> Result<Vec<Vec<u8>>, CostError> {
        let linked = in_parallel(exports.len(), |index| self.alone(&exports[index]))?;
        let mut open: Vec<_> = linked
            .iter()
            .filter(|(_, kept)| !kept.is_file())
            .cloned()
            .collect();
        // Frames without arguments are the same bytes.
        open.sort_by(|a, b| a.1.cmp(&b.1));
        open.dedup_by(|a, b| a.1 == b.1);
        // Under another name until all are complete.
        let parts: Vec<_> = open
            .iter()
            .map(|(from, kept)| (from.clone(), kept.with_extension("part")))
            .collect();
        self.wasm_opt.run_many(&self.root, &parts)?;
        for ((_, part), (_, kept)) in parts.iter().zip(&open) {
            fs::rename(part, kept).map_err(|source| CostError::io("rename", part, source))?;
        }
        let read = |(_, kept): &(PathBuf, PathBuf)| {
            fs::read(kept).map_err(|source| CostError::io("read", kept, source))
        };
        linked.iter().map(read).collect()
    }

    /// Links one entry: the file, and where its optimised form is or belongs.
    fn alone(&self, export: &str) -> Result<(PathBuf, PathBuf), CostError> {
        let mut wasm = self.link(export, &[format!("--export={export}")], &["--strip-all"])?;
        rename(&mut wasm, export).map_err(|said| self.failed(export, said))?;
        let linked = self.scratch.join(format!("{export}.linked.wasm"));
        fs::write(&linked, &wasm).map_err(|source| CostError::io("write", &linked, source))?;
        let kept = self.scratch.join(format!("{:x}.wasm", keccak256(&wasm)));
        Ok((linked, kept))
    }
}

/// Gives the entry its name on the network. The names are equally long, so that nothing else in the module moves. The first place is
/// the export; others are in the names for debuggers.
fn rename(wasm: &mut [u8], export: &str) -> Result<(), String> {
    assert_eq!(export.len(), ENTRY.len(), "the generator's names fit");
    let place = wasm
        .windows(export.len())
        .position(|window| window == export.as_bytes());
    let at = place.ok_or("the module does not name its entry")?;
    wasm[at..at + ENTRY.len()].copy_from_slice(ENTRY.as_bytes());
    Ok(())
}

/// `-zstack-size=16384` of `-Clink-arg=-zstack-size=16384`.
fn link_args(contracts: &Path) -> Result<Vec<String>, CostError> {
    let file = contracts.join(".cargo/config.toml");
    let text = fs::read_to_string(&file).map_err(|source| CostError::io("read", &file, source))?;
    let config: toml::Table = toml::from_str(&text).map_err(|e| CostError::Arguments {
        file: file.clone(),
        problem: e.to_string(),
    })?;
    let flags = config
        .get("target")
        .and_then(|t| t.get(TARGET))
        .and_then(|t| t.get("rustflags"))
        .and_then(toml::Value::as_array);
    Ok(flags
        .into_iter()
        .flatten()
        .filter_map(|flag| flag.as_str()?.strip_prefix("-Clink-arg="))
        .map(str::to_owned)
        .collect())
}
