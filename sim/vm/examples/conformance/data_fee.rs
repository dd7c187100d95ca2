//! Rows about the data fee (`vectors_data_fee.jsonl`).

use mintage_vm::activate::DataPricer;

use super::row::{Difference, Differences, Row, RowError};

/// Whether this is a row that [`check`] takes.
pub(crate) fn is_data_fee(row: &Row) -> bool {
    row.has("data_fee")
}

/// Checks the fee and the demand after it.
pub(crate) fn check(row: &Row) -> Result<Differences, RowError> {
    let state = row.nested("state")?;
    let pricer = DataPricer {
        demand: state.small("demand")?,
        bytes_per_second: state.small("bytes_per_second")?,
        last_update_ts: state.number("last")?,
        min_price: state.small("min_price")?,
        inertia: state.small("inertia")?,
    };
    state.demand_all_seen()?;
    row.pass_over(&["chain_verified"]);
    let (fee, after) = pricer.charge(row.small("asm_estimate")?, row.number("now")?);
    let mut found = Differences::new();
    // Fees under extreme demand are larger than a JSON number keeps.
    let (expected, fee) = (row.digits("data_fee")?, fee.to_string());
    if expected != fee {
        found.push(Difference::new("data_fee", expected, fee));
    }
    row.compare(&mut found, "demand_after", after.demand);
    Ok(found)
}
