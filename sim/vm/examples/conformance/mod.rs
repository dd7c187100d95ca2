//! Checks rows of recorded vectors. Shared by the `conformance` example and the crate's integration test.

mod activation;
mod base_fee;
mod call_gas;
mod calls;
mod contracts;
mod data_fee;
mod poster;
mod precompiles;
mod row;
mod scene;

use std::collections::HashMap;

#[allow(unused_imports, reason = "runs have no dictionary")]
pub(crate) use activation::needs_dictionary;
pub(crate) use row::{Difference, Differences, Row, RowError};
#[allow(unused_imports, reason = "the example has no reason to choose")]
pub(crate) use scene::{Watching, use_compilation, watch};

/// Fields that name a row and say nothing of its outcome.
pub(crate) const LABELS: [&str; 4] = ["group", "note", "case", "source"];

/// How to tell a kind of row by its fields, and how to check it.
type Kind = (fn(&Row) -> bool, fn(&Row) -> Result<Differences, RowError>);

/// The first that knows a row takes it.
const KINDS: [Kind; 8] = [
    (activation::is_fragments, activation::check_fragments),
    (activation::is_activation, activation::check),
    (data_fee::is_data_fee, data_fee::check),
    (poster::is_poster, poster::check),
    (base_fee::is_base_fee, base_fee::check),
    (call_gas::is_call_gas, call_gas::check),
    (contracts::is_contract_call, contracts::check),
    (calls::is_run, calls::check),
];

/// Checks the rows of a file, one after the other.
#[derive(Default)]
pub(crate) struct Checker {
    /// Module hashes by module and Stylus version: what they are made of does not exist here, so that they can only be
    /// held to each other.
    module_hashes: HashMap<(String, u64), String>,
}

impl Checker {
    /// Checks a row of any kind.
    ///
    /// # Errors
    /// When the row is of no known kind, lacks what its kind needs, or has a field that no check looks at.
    pub(crate) fn check(&mut self, row: &Row) -> Result<Differences, RowError> {
        let (_, check) = KINDS
            .iter()
            .find(|(is_kind, _)| is_kind(row))
            .ok_or("the fields are those of no known kind of row")?;
        row.pass_over(&LABELS);
        let mut differences = check(row)?;
        if row.has("module_hash") {
            differences.extend(self.check_module_hash(row)?);
        }
        row.demand_all_seen()?;
        Ok(differences)
    }

    fn check_module_hash(&mut self, row: &Row) -> Result<Option<Difference>, RowError> {
        let hash = row.text("module_hash")?.to_owned();
        let key = (row.text("sha256")?.to_owned(), row.number("version")?);
        let known = self.module_hashes.entry(key).or_insert_with(|| hash.clone());
        Ok((*known != hash).then(|| Difference::new("module_hash", &hash, &*known)))
    }
}

/// The line that reports a row's differences.
pub(crate) fn report(row: &Row, differences: &[Difference]) -> String {
    let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
    format!("{row}: {}", texts.join("; "))
}
