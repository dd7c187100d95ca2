//! Rows about whole calls of realistic programs: the calls of `contracts.jsonl`.

use revm::{
    context_interface::{ContextTr, JournalTr},
    primitives::{B256, hex},
};
use serde_json::{Value, json};

use super::{
    calls::{compare_sha256, entry_of, hex_of, log_of, outcome_name},
    row::{Differences, Row, RowError},
    scene::{Scene, account},
};

/// Whether this is a row that [`check`] takes.
pub(crate) fn is_contract_call(row: &Row) -> bool {
    row.has("case") && row.has("storage") && row.has("writes")
}

/// Makes the call and compares every field.
pub(crate) fn check(row: &Row) -> Result<Differences, RowError> {
    let mut differences = Differences::new();
    compare_sha256(row, &mut differences)?;
    row.compare(&mut differences, "kind", "call");
    // Only names the contract: the recording ran it at the usual address, as the logs show.
    account(row.text("contract")?).map_err(|error| format!("`contract`: {error}"))?;
    let mut scene = Scene::of_contract(row)?;
    let gas = row.number("gas_in")?;
    scene.begin(scene.contract)?;
    let result = scene.call(scene.contract, scene.input.clone(), gas)?;
    let kind = result.instruction_result();
    let gas_left = if kind.is_ok_or_revert() {
        result.gas().remaining()
    } else {
        0
    };
    let run = scene
        .evm
        .last_run()
        .cloned()
        .ok_or("the call reached no program")?;
    row.compare(&mut differences, "outcome", outcome_name(run.outcome));
    row.compare(&mut differences, "gas_used", gas - gas_left);
    row.compare(&mut differences, "ink_used", run.ink_in - run.ink_left);
    row.compare(&mut differences, "entry", run.entry.map(entry_of));
    row.compare(
        &mut differences,
        "output",
        hex_of(&result.into_interpreter_result().output),
    );

    let contract = scene.contract;
    let journal = scene.evm.inner.ctx.journal_mut();
    let logs: Vec<Value> = journal.logs().iter().map(log_of).collect();
    row.compare(&mut differences, "logs", logs);
    let mut slots: Vec<_> = journal.evm_state()[&contract].changed_storage_slots().collect();
    slots.sort_by_key(|(key, _)| **key);
    let writes: Vec<Value> = slots
        .into_iter()
        .map(|(key, slot)| {
            let word = |value| hex::encode_prefixed(B256::from(value));
            json!({ "key": word(*key), "value": word(slot.present_value) })
        })
        .collect();
    row.compare(&mut differences, "writes", writes);
    Ok(differences)
}
