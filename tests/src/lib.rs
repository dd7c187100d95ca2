//! What all kinds of evidence share: where the repository and its build products are.
//!
//! No test logic belongs here, and no fact about a program: those stand beside the tests that use them.

pub mod economy;
pub mod foreign;
pub mod signing;
pub mod solidity;

use std::path::PathBuf;

use mintage_chain::Artifact;

/// The root of the checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder that `mintage build` writes to.
pub fn artifacts() -> PathBuf {
    root().join("target/stylus")
}

/// A built program.
///
/// # Panics
/// If `mintage build` has not been run, with what to do.
pub fn artifact(program: &str) -> Artifact {
    let path = artifacts().join(format!("{program}.json"));
    Artifact::load(&path).unwrap_or_else(|e| {
        panic!(
            "{}: {e}: run `make test`, which builds the programs",
            path.display()
        )
    })
}
