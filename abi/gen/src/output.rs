//! The files of the `abi` folder: rendered in memory, then written, or compared with what is there.

use crate::{
    interface::{Interface, InterfaceError},
    selectors::{Collision, list},
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// Folders of the output that hold generated files only: what is in them and not rendered is stale.
const OWNED_FOLDERS: [&str; 2] = ["solidity", "json"];

/// What can go wrong between the interfaces and the generated files.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file is not a usable interface.
    #[error(transparent)]
    Interface(#[from] InterfaceError),
    /// Two signatures collide.
    #[error(transparent)]
    Collision(#[from] Collision),
    /// A file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds no interface.
    #[error("{path} holds no I*.sol file", path = .0.display())]
    Nothing(PathBuf),
}

/// A generated file that is not what the interfaces say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// It is not there.
    Missing(PathBuf),
    /// It has another content.
    Differs(PathBuf),
    /// No interface leads to it.
    Stale(PathBuf),
}

impl std::fmt::Display for Drift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(p) => write!(f, "{} is missing", p.display()),
            Self::Differs(p) => write!(f, "{} differs from its interface", p.display()),
            Self::Stale(p) => write!(f, "{} has no interface any more", p.display()),
        }
    }
}

/// Parses every `I*.sol` in `folder`, sorted by name.
///
/// # Errors
/// [`OutputError::Nothing`] when there is none, otherwise the first problem met.
pub fn read_interfaces(folder: &Path) -> Result<Vec<Interface>, OutputError> {
    let mut files: Vec<PathBuf> = entries(folder)?;
    files.retain(|f| f.extension().is_some_and(|e| e == "sol"));
    files.sort();
    if files.is_empty() {
        return Err(OutputError::Nothing(folder.into()));
    }
    files
        .iter()
        .map(|file| {
            let source = fs::read_to_string(file).map_err(|source| OutputError::Io {
                path: file.clone(),
                source,
            })?;
            Ok(Interface::parse(&file.display().to_string(), &source)?)
        })
        .collect()
}

/// Every generated file with its content, by path relative to the `abi` folder.
///
/// # Errors
/// When two selectors collide.
pub fn render(interfaces: &[Interface]) -> Result<BTreeMap<PathBuf, String>, OutputError> {
    let mut files = BTreeMap::new();
    for interface in interfaces {
        let Interface { contract, source, .. } = interface;
        files.insert(PathBuf::from(format!("solidity/I{contract}.sol")), source.clone());
        files.insert(PathBuf::from(format!("json/{contract}.json")), json(interface));
    }
    files.insert("selectors.txt".into(), selectors(interfaces)?);
    files.insert("src/bindings.rs".into(), bindings(interfaces));
    Ok(files)
}

/// Writes `files` under `folder`, only those that changed, and removes stale ones.
/// Returns the paths that were written or removed.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>, OutputError> {
    let mut touched = vec![];
    for drift in check(folder, files)? {
        let (Drift::Missing(path) | Drift::Differs(path) | Drift::Stale(path)) = drift;
        let full = folder.join(&path);
        let done = match files.get(&path) {
            Some(content) => {
                fs::create_dir_all(full.parent().unwrap_or(folder)).and_then(|()| fs::write(&full, content))
            }
            None => fs::remove_file(&full),
        };
        done.map_err(|source| OutputError::Io { path: full, source })?;
        touched.push(path);
    }
    Ok(touched)
}

/// Compares `files` with what is under `folder`. Empty when everything is up to date.
///
/// # Errors
/// When a folder or file that exists cannot be read.
pub fn check(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Vec<Drift>, OutputError> {
    let mut drift = vec![];
    for (path, content) in files {
        let full = folder.join(path);
        match fs::read_to_string(&full) {
            Ok(there) if there == *content => {}
            Ok(_) => drift.push(Drift::Differs(path.clone())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => drift.push(Drift::Missing(path.clone())),
            Err(source) => return Err(OutputError::Io { path: full, source }),
        }
    }
    for owned in OWNED_FOLDERS {
        let full = folder.join(owned);
        if !full.is_dir() {
            continue;
        }
        for entry in entries(&full)? {
            let relative = Path::new(owned).join(entry.file_name().unwrap_or_default());
            if !files.contains_key(&relative) {
                drift.push(Drift::Stale(relative));
            }
        }
    }
    Ok(drift)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let io_error = |source| OutputError::Io {
        path: folder.into(),
        source,
    };
    fs::read_dir(folder)
        .map_err(io_error)?
        .map(|e| Ok(e.map_err(io_error)?.path()))
        .collect()
}

fn json(interface: &Interface) -> String {
    let mut text = serde_json::to_string_pretty(&interface.abi).expect("an ABI is plain data");
    text.push('\n');
    text
}

fn selectors(interfaces: &[Interface]) -> Result<String, OutputError> {
    let mut text = String::from(
        "# Selectors of functions and errors, topics of events. Generated by `make abi` from contracts/interfaces.\n",
    );
    let mut last = None;
    for s in list(interfaces)? {
        if last != Some(s.kind) {
            let _ = writeln!(text, "\n[{}s]", s.kind);
            last = Some(s.kind);
        }
        let _ = writeln!(
            text,
            "{} {}  # {}",
            s.selector,
            s.signature,
            s.contracts.join(", ")
        );
    }
    Ok(text)
}

fn bindings(interfaces: &[Interface]) -> String {
    let mut text = String::from("//! Generated by `make abi` from contracts/interfaces: do not edit.\n\n");
    for Interface { contract, .. } in interfaces {
        let _ = writeln!(
            text,
            "alloy_sol_types::sol!(#![sol(all_derives, abi)] \"solidity/I{contract}.sol\");"
        );
    }
    text.push_str("\n/// Program name, contract name and JSON ABI of every program.\n");
    let _ = writeln!(
        text,
        "pub(crate) const PROGRAMS: [(&str, &str, &str); {}] = [",
        interfaces.len()
    );
    for Interface {
        contract, program, ..
    } in interfaces
    {
        let _ = writeln!(
            text,
            "    (\"{program}\", \"{contract}\", include_str!(\"../json/{contract}.json\")),"
        );
    }
    text.push_str("];\n\n/// The same ABIs as alloy derives them from the bindings, in the same order: the second opinion.\n#[cfg(test)]\n");
    let _ = writeln!(
        text,
        "pub(crate) const DERIVED: [fn() -> crate::JsonAbi; {}] = [",
        interfaces.len()
    );
    for Interface { contract, .. } in interfaces {
        let _ = writeln!(text, "    I{contract}::abi::contract,");
    }
    text.push_str("];\n");
    text
}
