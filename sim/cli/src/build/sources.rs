//! Whether a program has to be built again: a hash over everything that its bytes follow from.
//!
//! Paths in it are relative to the contracts folder, so that the same sources have the same hash wherever they are.

use super::{
    error::BuildError,
    optimize,
    project::{Program, Project},
    toolchain::WasmToolchain,
};
use alloy_primitives::{B256, Keccak256};
use mintage_chain::Toolchain;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Raised when the steps of the build change so that equal sources give other bytes.
const PIPELINE_VERSION: &str = "mintage build 1";

/// Files of the workspace that every program depends on, if they are there.
const SHARED_FILES: [&str; 4] = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "small.env"];

/// Files of a crate that its build reads.
const SOURCE_EXTENSIONS: [&str; 2] = ["rs", "toml"];

/// Folders of a crate that its build does not read.
const OTHER_FOLDERS: [&str; 4] = ["target", "tests", "benches", "examples"];

/// The local crates of the contracts workspace and how they depend on each other.
pub(crate) struct Sources {
    contracts: PathBuf,
    /// Manifest of a local crate, to the manifests of the local crates that it needs for a build.
    needs: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetaPackage>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct MetaPackage {
    id: String,
    manifest_path: PathBuf,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

impl Sources {
    /// Asks cargo for the crates.
    pub(crate) fn read(project: &Project, toolchain: &WasmToolchain) -> Result<Self, BuildError> {
        let mut command = toolchain.plain_cargo(project);
        command.args(["metadata", "--locked", "--format-version", "1"]);
        command.args(["--filter-platform", "wasm32-unknown-unknown"]);
        let answer = command.output().map_err(|source| BuildError::CannotRun {
            tool: "cargo metadata".into(),
            source,
        })?;
        if !answer.status.success() {
            return Err(BuildError::Metadata {
                said: String::from_utf8_lossy(&answer.stderr).trim().into(),
            });
        }
        let metadata: Metadata = serde_json::from_slice(&answer.stdout)
            .map_err(|e| BuildError::Metadata { said: e.to_string() })?;
        Ok(Self {
            contracts: project.contracts.clone(),
            needs: needs(&metadata),
        })
    }

    /// The hash for one program: its own sources, those of the local crates that it needs, the interfaces, the versions and settings of all tools.
    pub(crate) fn hash(&self, program: &Program, tools: &Toolchain, mode: &str) -> Result<B256, BuildError> {
        let mut hasher = Keccak256::new();
        let mut add = |label: &str, content: &[u8]| {
            hasher.update((label.len() as u64).to_be_bytes());
            hasher.update(label);
            hasher.update((content.len() as u64).to_be_bytes());
            hasher.update(content);
        };
        add("pipeline", PIPELINE_VERSION.as_bytes());
        add("program", program.package.as_bytes());
        add("toolchain", mode.as_bytes());
        add("rustc", tools.rustc.as_bytes());
        if let Some(version) = &tools.wasm_opt {
            add("wasm-opt", version.as_bytes());
            add("passes", optimize::PASSES.join(" ").as_bytes());
        }
        for file in self.files(program)? {
            let content = fs::read(&file).map_err(|source| BuildError::io("read", &file, source))?;
            let label = file.strip_prefix(&self.contracts).unwrap_or(&file);
            add(&label.to_string_lossy(), &content);
        }
        Ok(hasher.finalize())
    }

    /// All files, sorted.
    fn files(&self, program: &Program) -> Result<BTreeSet<PathBuf>, BuildError> {
        let shared = SHARED_FILES.iter().map(|name| self.contracts.join(name));
        let mut files: BTreeSet<PathBuf> = shared.filter(|file| file.is_file()).collect();
        collect(&self.contracts.join("interfaces"), &["sol"], &mut files)?;
        for manifest in self.closure(&program.manifest) {
            let folder = manifest.parent().unwrap_or(&self.contracts);
            collect(folder, &SOURCE_EXTENSIONS, &mut files)?;
        }
        Ok(files)
    }

    /// The crate and every local crate that it needs.
    fn closure(&self, manifest: &Path) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        let mut open = vec![manifest.to_owned()];
        while let Some(next) = open.pop() {
            if found.insert(next.clone()) {
                open.extend(self.needs.get(&next).into_iter().flatten().cloned());
            }
        }
        found
    }
}

fn needs(metadata: &Metadata) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let local: BTreeMap<&str, &PathBuf> = metadata
        .packages
        .iter()
        .filter(|p| p.source.is_none())
        .map(|p| (p.id.as_str(), &p.manifest_path))
        .collect();
    let mut needs = BTreeMap::new();
    for node in &metadata.resolve.nodes {
        let Some(manifest) = local.get(node.id.as_str()) else {
            continue;
        };
        let for_build = node
            .deps
            .iter()
            .filter(|d| d.dep_kinds.iter().any(|k| k.kind.as_deref() != Some("dev")));
        let wanted = for_build
            .filter_map(|d| local.get(d.pkg.as_str()))
            .map(|m| (*m).clone())
            .collect();
        needs.insert((*manifest).clone(), wanted);
    }
    needs
}

/// Adds the files below `folder` that have one of the extensions.
fn collect(folder: &Path, extensions: &[&str], files: &mut BTreeSet<PathBuf>) -> Result<(), BuildError> {
    let unreadable = |source| BuildError::io("read", folder, source);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !OTHER_FOLDERS.contains(&name) && !name.starts_with('.') {
                collect(&path, extensions, files)?;
            }
        } else if path
            .extension()
            .and_then(|e| e.to_str())
            .is_some_and(|e| extensions.contains(&e))
        {
            files.insert(path);
        }
    }
    Ok(())
}
