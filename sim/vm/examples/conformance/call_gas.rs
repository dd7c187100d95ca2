//! Rows about gas that is not a program's (`vectors_call_gas.jsonl`): entering a program, and calls of precompiles.

use mintage_vm::{
    ArbosVersion, StylusParams,
    memory::{MemoryModel, Pages},
    pricing::EntryGas,
};

use super::{
    precompiles::{self, Answer},
    row::{Difference, Differences, Row, RowError},
};

/// Whether this is a row that [`check`] takes.
pub(crate) fn is_call_gas(row: &Row) -> bool {
    is_entry(row) || is_precompile(row)
}

fn is_entry(row: &Row) -> bool {
    row.text("kind") == Ok("stylus_entry")
}

fn is_precompile(row: &Row) -> bool {
    row.text("kind") == Ok("precompile")
}

/// Checks the gas and the sizes.
pub(crate) fn check(row: &Row) -> Result<Differences, RowError> {
    if is_entry(row) {
        check_entry(row)
    } else {
        check_precompile(row)
    }
}

fn check_entry(row: &Row) -> Result<Differences, RowError> {
    let params = StylusParams {
        version: row.small("version")?,
        ..StylusParams::default()
    };
    let model = MemoryModel::new(&params, ArbosVersion::default());
    let pages = Pages {
        open: row.small("open")?,
        ever: row.small("ever")?,
    };
    let footprint: u16 = row.small("footprint")?;
    let cached = row.flag("cached_flag")? | row.flag("recent_hit")?;
    let gas = EntryGas::new(&params, row.small("init_cost")?, row.small("cached_cost")?);
    let mut differences = Differences::new();
    if model.over_limit(pages.open.saturating_add(footprint)) {
        row.compare(&mut differences, "gas", "out of gas (page limit, ArbOS>=59)");
    } else {
        row.compare(
            &mut differences,
            "gas",
            model.gas_cost(footprint, pages) + gas.charge(params.version, cached),
        );
    }
    Ok(differences)
}

fn check_precompile(row: &Row) -> Result<Differences, RowError> {
    let Answer { gas, output, reverts } =
        precompiles::call(row.text("call")?, row.number("arg_bytes")? as usize)
            .map_err(|error| format!("`call`: {error}"))?;
    let mut differences = Differences::new();
    row.compare(&mut differences, "gas", gas);
    row.compare(&mut differences, "ret_bytes", output.len());
    row.compare(&mut differences, "reverts", reverts);
    if reverts && !row.has("reverts") {
        differences.push(Difference::new("reverts", false, true));
    }
    Ok(differences)
}
