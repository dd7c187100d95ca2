//! What all kinds of evidence share: where the repository and its build products are.
//!
//! No test logic belongs here, and no fact about a program: those stand beside the tests that use them.

use std::path::PathBuf;

/// The root of the checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder that `mintage build` writes to.
pub fn artifacts() -> PathBuf {
    root().join("target/stylus")
}
