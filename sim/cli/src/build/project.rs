//! The project's folders and the programs in it.

use super::error::BuildError;
use mintage_abi_gen::Interface;
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder with a `contracts` workspace.
pub(crate) struct Project {
    /// The folder that holds `contracts`.
    pub(crate) root: PathBuf,
    /// The contracts workspace.
    pub(crate) contracts: PathBuf,
}

/// A deployable crate.
pub(crate) struct Program {
    /// Its folder's name, which is the artifact's: `price-oracle`.
    pub(crate) name: String,
    /// Its name in Solidity: `PriceOracle`.
    pub(crate) contract: String,
    /// Its name for cargo.
    pub(crate) package: String,
    /// Its Cargo.toml.
    pub(crate) manifest: PathBuf,
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

impl Project {
    /// The project whose folder is `root`.
    pub(crate) fn at(root: &Path) -> Result<Self, BuildError> {
        let root = root
            .canonicalize()
            .map_err(|source| BuildError::io("open", root, source))?;
        let contracts = root.join("contracts");
        if contracts.join("Stylus.toml").is_file() {
            Ok(Self { root, contracts })
        } else {
            Err(BuildError::NoProject(root))
        }
    }

    /// The innermost project that `folder` is in.
    pub(crate) fn around(folder: &Path) -> Result<Self, BuildError> {
        folder
            .ancestors()
            .find_map(|root| Self::at(root).ok())
            .ok_or_else(|| BuildError::NoProject(folder.into()))
    }

    /// The programs named, in the order of their names, or all.
    pub(crate) fn select(&self, names: &[String]) -> Result<Vec<Program>, BuildError> {
        let mut programs = self.programs()?;
        if programs.is_empty() {
            return Err(BuildError::NoPrograms(self.contracts.clone()));
        }
        for name in names {
            if !programs.iter().any(|p| p.name == *name) {
                let known: Vec<_> = programs.iter().map(|p| p.name.as_str()).collect();
                return Err(BuildError::UnknownProgram {
                    name: name.clone(),
                    known: known.join(", "),
                });
            }
        }
        programs.retain(|p| names.is_empty() || names.contains(&p.name));
        Ok(programs)
    }

    fn programs(&self) -> Result<Vec<Program>, BuildError> {
        let unreadable = |source| BuildError::io("read", &self.contracts, source);
        let mut programs = vec![];
        for entry in fs::read_dir(&self.contracts).map_err(unreadable)? {
            let folder = entry.map_err(unreadable)?.path();
            if folder.join("Stylus.toml").is_file() {
                programs.push(Program::read(&folder)?);
            }
        }
        programs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(programs)
    }
}

impl Program {
    fn read(folder: &Path) -> Result<Self, BuildError> {
        let stylus = folder.join("Stylus.toml");
        let marks_contract =
            toml_file::<toml::Table>(&stylus, "see another program's Stylus.toml")?.contains_key("contract");
        if !marks_contract {
            let help = "write `[contract]` in it to mark the folder as a program, or remove the file";
            return Err(BuildError::bad_file(
                &stylus,
                "there is no [contract] table",
                help,
            ));
        }
        let manifest = folder.join("Cargo.toml");
        let package = toml_file::<Manifest>(&manifest, "a program is a crate with a [package] name")?
            .package
            .name;
        let name = folder
            .file_name()
            .and_then(|n| n.to_str())
            .map(str::to_owned)
            .ok_or_else(|| {
                BuildError::bad_file(
                    folder,
                    "the folder's name is not text",
                    "name it in lower case with dashes",
                )
            })?;
        Ok(Self {
            contract: pascal_case(&name),
            name,
            package,
            manifest,
        })
    }

    /// The program's interface, which its ABI comes from.
    pub(crate) fn interface(&self, project: &Project) -> Result<Interface, BuildError> {
        let file = project
            .contracts
            .join(format!("interfaces/I{}.sol", self.contract));
        let help = format!(
            "the program `{}` is described by contracts/interfaces/I{}.sol",
            self.name, self.contract
        );
        let source = fs::read_to_string(&file).map_err(|e| BuildError::bad_file(&file, e, help.as_str()))?;
        Interface::parse(&format!("contracts/interfaces/I{}.sol", self.contract), &source)
            .map_err(|e| BuildError::bad_file(&file, e.problem_at_line(), help))
    }
}

/// `PriceOracle` of `price-oracle`.
fn pascal_case(name: &str) -> String {
    name.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
        })
        .collect()
}

fn toml_file<T: serde::de::DeserializeOwned>(file: &Path, help: &str) -> Result<T, BuildError> {
    let text = fs::read_to_string(file).map_err(|e| BuildError::bad_file(file, e, help))?;
    toml::from_str(&text).map_err(|e| BuildError::bad_file(file, e, help))
}
