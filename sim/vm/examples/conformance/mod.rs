//! Checks rows of recorded vectors. Shared by the `conformance` example and the crate's integration test.

mod activation;
mod call_gas;
mod calls;
mod contracts;
mod data_fee;
mod row;
mod scene;

pub(crate) use row::{Differences, Row, RowError};
#[allow(unused_imports, reason = "the example watches in one way only")]
pub(crate) use scene::{Watching, watch};

/// Whether a row of `vectors_call_gas.jsonl` is about this crate, not about the chain around it.
#[allow(dead_code)]
pub(crate) fn is_stylus_gas(row: &Row) -> bool {
    call_gas::is_call_gas(row)
}

/// Checks a row of any kind.
pub(crate) fn check(row: &Row) -> Result<Differences, RowError> {
    if activation::is_fragments(row) {
        activation::check_fragments(row)
    } else if activation::is_activation(row) {
        activation::check(row)
    } else if data_fee::is_data_fee(row) {
        data_fee::check(row)
    } else if call_gas::is_call_gas(row) {
        call_gas::check(row)
    } else if contracts::is_contract_call(row) {
        contracts::check(row)
    } else if calls::is_run(row) {
        let mut differences = calls::check(row)?;
        if row.has("activation") {
            differences.extend(activation::check_figures_of_run(row)?);
        }
        Ok(differences)
    } else {
        Err("no known kind of row has these fields".into())
    }
}
