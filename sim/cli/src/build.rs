//! `mintage build`: from the crates under `contracts/` to artifacts that the network accepts.
//!
//! One file a step: [`project`] finds the programs, [`toolchain`] the compiler, [`sources`] says whether anything changed,
//! [`compile`] runs cargo, [`optimize`] wasm-opt, [`product`] judges, prices and writes, [`table`] shows.

mod compile;
mod error;
mod optimize;
mod product;
mod project;
mod sources;
mod table;
mod toolchain;

use crate::output::{Output, Spinner};
use alloy_primitives::B256;
pub(crate) use error::BuildError;
use mintage_chain::{Artifact, Toolchain};
use mintage_vm::code;
pub(crate) use optimize::{MISSING as MISSING_WASM_OPT, WasmOpt};
use product::Product;
use project::Program;
pub(crate) use project::Project;
use sources::Sources;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
pub(crate) use toolchain::WasmToolchain;

/// Compile the programs under contracts/ to WASM, check them against the network's rules, and write their artifacts.
///
/// A program is a crate in a folder of contracts/ with a Stylus.toml. Each is built on its own, optimised with wasm-opt, judged
/// and priced as the network does at activation, compressed, and written to target/stylus/<program>.wasm and <program>.json;
/// <program>.debug.wasm is the same module with the names of its functions, which traces and profiles read.
/// What is up to date is not built again. The same sources and tools give the same bytes, wherever they are built.
#[derive(clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct BuildArgs {
    /// Programs to build, by folder name [default: all].
    #[arg(value_name = "PROGRAM")]
    programs: Vec<String>,
    /// Folder for the artifacts [default: target/stylus in the project].
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// The project's folder, which holds contracts/ [default: the one around the current folder].
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Build without wasm-opt, as where Node.js is missing.
    #[arg(long)]
    no_wasm_opt: bool,
    /// Build even what is up to date.
    #[arg(long)]
    force: bool,
}

const AFTER_HELP: &str = "\
Examples:
  mintage build                 everything
  mintage build token pair      two programs
  mintage build --json | jq '.[] | {name, compressed_size, init_gas}'

Columns of the table:
  raw, code     bytes of the WASM, and compressed as it stands on chain (at most 24,576)
  uncached      gas to enter the program on every call while the network does not cache it
  cached        gas to enter it once it is in the cache (ArbWasmCache), or called before in the same block
  data fee      ETH that activation costs beside gas, on a chain with default prices

The compiler is the one that scripts/wasm-toolchain.sh finds; MINTAGE_WASM_TOOLCHAIN chooses among several.";

/// Builds, writes and shows. Programs that succeed are written even if another fails.
pub(crate) fn run(args: &BuildArgs, output: &Output) -> miette::Result<bool> {
    let project = match &args.project {
        Some(folder) => Project::at(folder)?,
        None => Project::around(&current_dir()?)?,
    };
    let programs = project.select(&args.programs)?;
    let builder = Builder::new(project, args, output)?;

    let mut built = vec![];
    let mut failures = vec![];
    for program in &programs {
        let spinner = output.spinner();
        match builder.build(program, args.force, &spinner) {
            Ok(product) => built.push(product),
            Err(error) => failures.push(error),
        }
    }
    if !built.is_empty() {
        output.result(&built, || table::render(&built));
    }
    let Some(last) = failures.pop() else {
        return Ok(true);
    };
    for failure in failures {
        output.error(&failure.into());
    }
    Err(last.into())
}

pub(crate) fn current_dir() -> Result<PathBuf, BuildError> {
    std::env::current_dir().map_err(|source| BuildError::io("find", Path::new("the current folder"), source))
}

/// Everything that is the same for all programs of one invocation.
struct Builder {
    project: Project,
    toolchain: WasmToolchain,
    wasm_opt: Option<WasmOpt>,
    sources: Sources,
    out_dir: PathBuf,
}

impl Builder {
    fn new(project: Project, args: &BuildArgs, output: &Output) -> Result<Self, BuildError> {
        let toolchain = WasmToolchain::find(&project)?;
        let wasm_opt = if args.no_wasm_opt {
            None
        } else {
            WasmOpt::find(&project.root)?
        };
        if wasm_opt.is_none() && !args.no_wasm_opt {
            output.note(optimize::MISSING);
        }
        if let Some(note) = toolchain.note() {
            output.note(note);
        }
        let sources = Sources::read(&project, &toolchain)?;
        let out_dir = args
            .out_dir
            .clone()
            .unwrap_or_else(|| project.root.join("target/stylus"));
        fs::create_dir_all(&out_dir).map_err(|source| BuildError::io("create", &out_dir, source))?;
        Ok(Self {
            project,
            toolchain,
            wasm_opt,
            sources,
            out_dir,
        })
    }

    /// What the artifact will say of the tools.
    fn tools(&self) -> Toolchain {
        Toolchain {
            rustc: self.toolchain.rustc.clone(),
            wasm_opt: self.wasm_opt.as_ref().map(|w| w.version.to_owned()),
        }
    }

    fn build(&self, program: &Program, force: bool, spinner: &Spinner) -> Result<Product, BuildError> {
        spinner.message(format!("{}: reading the sources", program.name));
        let interface = program.interface(&self.project)?;
        let source_hash = self.sources.hash(program, &self.tools(), &self.toolchain.mode)?;
        let there = if force {
            None
        } else {
            self.up_to_date(program, source_hash)
        };
        let fresh = there.is_some();
        let (wasm, named) = match there {
            Some(wasm) => (wasm, None),
            None => {
                let named = self.compile(program, spinner)?;
                (code::strip_custom_sections(&named), Some(named))
            }
        };
        // Judged and priced anew even when nothing changed: the rules are this command's, not the artifact's.
        spinner.message(format!("{}: checking and compressing", program.name));
        let artifact = product::artifact(program, interface, &wasm, source_hash, self.tools())?;
        product::write(&self.out_dir, &artifact, &wasm)?;
        if let Some(named) = named {
            product::write_names(&self.out_dir, program, &named)?;
        }
        Ok(Product {
            rebuilt: !fresh,
            artifact,
        })
    }

    /// The WASM of an earlier build, when it is complete and from the same sources and tools.
    fn up_to_date(&self, program: &Program, source_hash: B256) -> Option<Vec<u8>> {
        let artifact = Artifact::load(self.out_dir.join(format!("{}.json", program.name))).ok()?;
        let wasm = fs::read(self.out_dir.join(&artifact.wasm)).ok()?;
        let same = artifact.source_hash == source_hash
            && artifact.name == program.name
            && artifact.wasm_bytes().is_ok_and(|decoded| decoded == wasm);
        same.then_some(wasm)
    }

    fn compile(&self, program: &Program, spinner: &Spinner) -> Result<Vec<u8>, BuildError> {
        let name = &program.name;
        let compiled = compile::run(&self.project, &self.toolchain, program, |step| {
            spinner.message(format!("{name}: {step}"))
        })?;
        let Some(wasm_opt) = &self.wasm_opt else {
            return fs::read(&compiled).map_err(|source| BuildError::io("read", &compiled, source));
        };
        spinner.message(format!("{name}: wasm-opt"));
        let scratch = self.project.contracts.join("target/mintage");
        wasm_opt.run(name, &compiled, &scratch)
    }
}

/// `path` as text without the current folder in front, for messages.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    match path.strip_prefix(here) {
        Ok(rest) if rest.as_os_str().is_empty() => "the current folder".to_owned(),
        Ok(rest) => rest.display().to_string(),
        Err(_) => path.display().to_string(),
    }
}

/// Writes `bytes` to `path` in one step: a reader sees the old file or the new one. Nothing is written when nothing changed.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let temporary = path.with_extension(format!("tmp{}", std::process::id()));
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}
