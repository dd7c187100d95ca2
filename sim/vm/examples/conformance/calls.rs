//! Rows about runs: `calls.jsonl` and `random.jsonl`. A run has ink alone (the program is entered directly) or is a whole
//! call with entry price, floor and EVM consequences.

use mintage_vm::{
    ActivationRules, ArbosVersion, DirectRun, StylusParams, activate,
    trace::{Callee, Entry, Frame, Hostio, Outcome, ProgramRun, Request, RequestKind, Step, Trace},
};
use revm::{
    context_interface::{ContextTr, JournalTr},
    handler::FrameResult,
    interpreter::InstructionResult,
    precompile::crypto,
    primitives::{Address, B256, Bytes, U256, hex},
};
use serde_json::{Value, json};

use super::{
    activation,
    row::{Difference, Differences, Row, RowError},
    scene::{Next, Scene},
};

/// Values with more hexadecimal digits stand as their hash.
const LONGEST_HEX: usize = 4096;

/// Whether this is a row that [`check`] takes.
pub(crate) fn is_run(row: &Row) -> bool {
    row.has("calldata") && row.has("ink_price") && (row.has("ink_in") || row.has("gas_in"))
}

/// Runs the program and compares every field that the row has.
pub(crate) fn check(row: &Row) -> Result<Differences, RowError> {
    let mut differences = Differences::new();
    compare_sha256(row, &mut differences)?;
    if row.has("rejected") {
        row.compare(&mut differences, "rejected", is_rejected(row)?);
        // What would have been done with the program.
        row.pass_over(&["args", "calldata", "gas_in", "ink_in", "ink_price"]);
        return Ok(differences);
    }
    if row.has("activation") {
        differences.extend(activation::check_figures_of_run(row)?);
    }
    let mut scene = Scene::of_run(row)?;
    if row.has("ink_in") && !row.has("detail") {
        check_direct(row, &mut scene, &mut differences)?;
    } else {
        check_call(row, &mut scene, &mut differences)?;
    }
    Ok(differences)
}

/// The row's module is the one that was recorded.
pub(crate) fn compare_sha256(row: &Row, differences: &mut Differences) -> Result<(), RowError> {
    row.compare(differences, "sha256", hex::encode(crypto().sha256(&row.wasm()?)));
    Ok(())
}

fn is_rejected(row: &Row) -> Result<bool, RowError> {
    let arbos = ArbosVersion::try_from(row.number("arbos")?).map_err(|error| error.to_string())?;
    let params = StylusParams {
        version: row.small("version")?,
        ..StylusParams::for_arbos(arbos)
    };
    Ok(activate(&row.wasm()?, &ActivationRules::new(arbos, &params, 0)).is_err())
}

fn check_direct(row: &Row, scene: &mut Scene, differences: &mut Differences) -> Result<(), RowError> {
    scene.begin(scene.contract)?;
    scene.open_own_pages();
    let ink = row.number("ink_in")?;
    let ink_price = row.number("ink_price")?;
    let inputs = scene.own_inputs(ink / ink_price)?;
    let DirectRun { run, output, refund } = scene
        .evm
        .run_with_ink(inputs, ink)
        .map_err(|error| format!("{error:?}"))?;
    let exhausted = run.outcome == Outcome::OutOfInk;
    row.compare(differences, "outcome", outcome_name(run.outcome));
    row.compare(
        differences,
        "output",
        if shows_output(run.outcome) {
            hex_of(&output)
        } else {
            "0x".into()
        },
    );
    row.compare(differences, "gas_in", ink / ink_price);
    row.compare(differences, "ink_left", run.ink_left);
    row.compare(differences, "ink_used", ink - run.ink_left);
    row.compare(differences, "gas_left", run.ink_left / ink_price);
    row.compare(
        differences,
        "meter",
        if exhausted { "exhausted" } else { "ready" },
    );
    row.compare(differences, "stack_left", run.stack_left);
    row.compare(differences, "memory_pages", run.memory_pages);
    row.compare(differences, "pages_ever", scene.evm.pages().ever);
    row.compare(differences, "refund", refund);
    let trace = scene.trace();
    // Which slots were written when gas ran out in a flush depends on the order of a hash map: rows leave them out.
    let in_flush = trace.as_ref().is_none_or(ends_in_flush);
    compare_effects(row, scene, exhausted && in_flush, differences);
    compare_trace(row, trace.as_ref(), differences);
    Ok(())
}

fn check_call(row: &Row, scene: &mut Scene, differences: &mut Differences) -> Result<(), RowError> {
    let gas = row.number("gas_in")?;
    let call = whole_call(scene, scene.contract, scene.input.clone(), gas)?;
    for (field, value) in call.as_object().into_iter().flatten() {
        if field != "error" || row.has("error") || !value.is_null() {
            compare_optional(row, differences, field, value);
        }
    }
    compare_effects(row, scene, false, differences);
    scene.end();
    let mut results = Vec::new();
    for next in std::mem::take(&mut scene.next) {
        match next {
            Next::Block => scene.evm.begin_block(),
            Next::Call { to, input, gas: own } => {
                results.push(whole_call(scene, to, input, own.unwrap_or(gas))?);
                scene.end();
            }
        }
    }
    row.compare(differences, "pages_ever", scene.evm.pages().ever);
    if row.has("next") {
        compare_list(row, differences, "next", &results);
    }
    compare_trace(row, scene.trace().as_ref(), differences);
    Ok(())
}

/// Makes one transaction's call and tells its result as rows do.
fn whole_call(scene: &mut Scene, to: Address, input: Bytes, gas: u64) -> Result<Value, RowError> {
    scene.begin(to)?;
    let result = scene.call(to, input, gas)?;
    let kind = result.instruction_result();
    let gas_left = if kind.is_ok_or_revert() {
        result.gas().remaining()
    } else {
        0
    };
    let refund = if kind.is_ok() { result.gas().refunded() } else { 0 };
    let run = scene.evm.last_run().cloned();
    Ok(json!({
        "to": hex_of(&to.0.0),
        "gas_in": gas,
        "gas_left": gas_left,
        "gas_used": gas - gas_left,
        "output": hex_of(&output_of(result)),
        "refund": refund,
        "error": error_of(kind, run.as_ref()),
        "detail": run.as_ref().map(detail),
    }))
}

fn output_of(result: FrameResult) -> Bytes {
    result.into_interpreter_result().output
}

fn error_of(kind: InstructionResult, run: Option<&ProgramRun>) -> Option<&'static str> {
    if kind.is_ok() {
        return None;
    }
    Some(match run.map(|run| run.outcome) {
        Some(Outcome::Unusable) => "program not usable",
        Some(Outcome::OutOfStack) => "max call depth exceeded",
        _ if kind.is_revert() => "execution reverted",
        _ => "out of gas",
    })
}

/// The parts of a whole call.
fn detail(run: &ProgramRun) -> Value {
    let entry = run.entry.map(entry_of);
    if matches!(run.outcome, Outcome::TooDear | Outcome::Unusable) {
        return json!({ "entry": entry });
    }
    json!({
        "entry": entry,
        "ink_in": run.ink_in,
        "ink_left": run.ink_left,
        "ink_used": run.ink_in - run.ink_left,
        "gas_left": run.gas_left,
        "outcome": outcome_name(run.outcome),
    })
}

pub(crate) fn entry_of(entry: Entry) -> Value {
    json!({
        "cached": entry.cached,
        "cached_gas": entry.cached_gas,
        "init_gas": entry.init_gas,
        "page_cost": entry.page_cost,
        "total": entry.total,
    })
}

pub(crate) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Revert => "revert",
        Outcome::Failure => "failure",
        Outcome::OutOfInk => "out_of_ink",
        Outcome::OutOfStack => "out_of_stack",
        Outcome::TooDear => "not entered",
        Outcome::Unusable => "not usable",
    }
}

fn shows_output(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Success | Outcome::Revert)
}

/// Storage, logs, balances and new accounts as they stand in the journal. `any_writes`: a row without storage writes does
/// not say that there are none.
fn compare_effects(row: &Row, scene: &mut Scene, any_writes: bool, differences: &mut Differences) {
    let journal = scene.evm.inner.ctx.journal_mut();
    let logs: Vec<_> = journal.logs().iter().map(log_of).collect();
    let mut writes = Vec::new();
    let mut balances = Vec::new();
    let mut created = Vec::new();
    let mut accounts: Vec<_> = journal.evm_state().iter().collect();
    accounts.sort_by_key(|(address, _)| **address);
    for (address, account) in accounts {
        let mut slots: Vec<_> = account.changed_storage_slots().collect();
        slots.sort_by_key(|(key, _)| **key);
        for (key, slot) in slots {
            writes.push(json!([
                hex_of(&address.0.0),
                word(*key),
                word(slot.present_value)
            ]));
        }
        if account.info.balance != scene.balances.get(address).copied().unwrap_or_default() {
            balances.push(json!([hex_of(&address.0.0), word(account.info.balance)]));
        }
        if account.is_created() {
            let code = account
                .info
                .code
                .as_ref()
                .map(|code| code.original_bytes())
                .unwrap_or_default();
            created.push(json!({ "address": hex_of(&address.0.0), "code": hex_of(&code) }));
        }
    }
    compare_list(row, differences, "logs", &logs);
    if row.has("storage_writes") || !any_writes {
        compare_set(row, differences, "storage_writes", writes);
    }
    compare_set(row, differences, "balances", balances);
    compare_set(row, differences, "created", created);
}

pub(crate) fn log_of(log: &revm::primitives::Log) -> Value {
    json!({
        "address": hex_of(&log.address.0.0),
        "data": hex_of(&log.data.data),
        "topics": log.data.topics().iter().map(|topic| hex_of(&topic.0)).collect::<Vec<_>>(),
    })
}

/// Whether the last that was asked of the EVM was to write the cache's changes.
fn ends_in_flush(trace: &Trace) -> bool {
    let last = trace.requests().last();
    last.is_some_and(|(_, request)| {
        matches!(
            request.kind,
            RequestKind::StorageFlush { .. } | RequestKind::StorageStore { .. }
        )
    })
}

fn compare_trace(row: &Row, trace: Option<&Trace>, differences: &mut Differences) {
    let Some(trace) = trace else {
        row.pass_over(&["hostios", "api_calls"]);
        return;
    };
    for (_, run) in trace.runs() {
        // What the functions and host calls of a profiled run used is all that it used.
        let Some(profile) = &run.profile else {
            continue;
        };
        let used: u64 = profile.nodes.iter().map(|node| node.ink).sum();
        if used != run.ink_in - run.ink_left {
            differences.push(Difference::new("profile", run.ink_in - run.ink_left, used));
        }
    }
    if row.has("hostios") {
        let got: Vec<_> = trace
            .hostios()
            .map(|(frame, hostio)| hostio_of(frame, hostio))
            .collect();
        compare_list(row, differences, "hostios", &got);
    }
    if row.has("api_calls") {
        // Logs and transient storage are no priced requests; rows list what costs EVM gas.
        let mut got = Vec::new();
        trace.roots.iter().for_each(|root| requests_of(root, &mut got));
        compare_list(row, differences, "api_calls", &got);
    }
}

/// The requests of a frame's program and of those below it. A call's stands right after the frame that it opened.
fn requests_of(frame: &Frame, requests: &mut Vec<Value>) {
    let mut below = None;
    for step in &frame.steps {
        match step {
            Step::Frame(child) => {
                requests_of(child, requests);
                below = Some(&**child);
            }
            Step::Request(request) if frame.run.is_some() => {
                requests.extend(request_of(frame, request, below));
                below = None;
            }
            _ => {}
        }
    }
}

fn hostio_of(frame: &Frame, hostio: &Hostio) -> Value {
    json!({
        "depth": frame.depth,
        "name": hostio.name,
        "args": hex_of(&hostio.args),
        "outs": hex_of(&hostio.outs),
        "start_ink": hostio.start_ink,
        "end_ink": hostio.end_ink,
        "ink": hostio.start_ink - hostio.end_ink,
    })
}

fn request_of(frame: &Frame, request: &Request, below: Option<&Frame>) -> Option<Value> {
    let (api, detail) = match &request.kind {
        RequestKind::StorageLoad { key, value } => {
            ("get_bytes32", json!({ "key": word(*key), "value": word(*value) }))
        }
        RequestKind::StorageFlush { writes, done } => {
            let writes: Vec<_> = writes
                .iter()
                .map(|(key, value, gas)| json!({ "key": word(*key), "value": word(*value), "gas": gas }))
                .collect();
            (
                "set_trie_slots",
                json!({ "status": if *done { 0 } else { 2 }, "writes": writes }),
            )
        }
        RequestKind::AccountBalance(address) => ("account_balance", json!({ "addr": hex_of(&address.0.0) })),
        RequestKind::AccountCodeHash(address) => {
            ("account_codehash", json!({ "addr": hex_of(&address.0.0) }))
        }
        RequestKind::AccountCode(address, len) => (
            "account_code",
            json!({ "addr": hex_of(&address.0.0), "len": len }),
        ),
        RequestKind::AddPages { new, open, ever } => {
            ("add_pages", json!({ "new": new, "open": open, "ever": ever }))
        }
        RequestKind::Call(call) => {
            let info = match &call.callee {
                Callee::WriteProtected => json!("write protection"),
                Callee::BaseTooDear => json!("oog in base cost"),
                callee => json!({
                    "base": call.base,
                    "gas": call.gas,
                    "ret_gas": call.ret_gas,
                    "err": call.result.and_then(error_name),
                    "info": callee_of(callee, call.result, below),
                }),
            };
            let detail = json!({
                "to": hex_of(&call.to.0.0),
                "value": word(call.value),
                "gas_left": call.gas_left,
                "gas_req": call.gas_req,
                "status": call.status,
                "ret": hex_of(&call.output),
                "info": info,
            });
            (call.kind, detail)
        }
        RequestKind::Create(create) => {
            let detail = json!({
                "two": create.two,
                "len": create.len,
                "gas": create.gas,
                "ret_gas": create.ret_gas,
                "address": hex_of(&create.address.0.0),
                "ret": hex_of(&create.output),
                "err": if create.deposit_failed { Some("code store out of gas") } else { error_name(create.result) },
            });
            ("create", detail)
        }
        RequestKind::TransientLoad { .. }
        | RequestKind::TransientStore { .. }
        | RequestKind::StorageStore { .. }
        | RequestKind::Log(_) => return None,
    };
    Some(json!({ "api": api, "depth": frame.depth, "gas": request.gas, "detail": detail }))
}

fn callee_of(callee: &Callee, result: Option<InstructionResult>, below: Option<&Frame>) -> Value {
    if result == Some(InstructionResult::OutOfFunds) {
        return json!("insufficient balance");
    }
    match callee {
        Callee::Empty => json!("no code"),
        Callee::Program => below
            .and_then(|frame| frame.run.as_deref())
            .map_or(Value::Null, detail),
        _ => json!("evm"),
    }
}

fn error_name(result: InstructionResult) -> Option<&'static str> {
    Some(match result {
        result if result.is_ok() => return None,
        InstructionResult::Revert => "execution reverted",
        InstructionResult::OutOfFunds => "insufficient balance",
        InstructionResult::PrecompileError => "program not usable",
        // Programs only: no bytecode of the rows overflows its stack.
        InstructionResult::StackOverflow => "max call depth exceeded",
        InstructionResult::StackUnderflow => "stack underflow",
        InstructionResult::CreateCollision => "address collision",
        InstructionResult::CreateContractSizeLimit => "max code size",
        InstructionResult::CreateContractStartingWithEF => "invalid code",
        InstructionResult::OpcodeNotFound | InstructionResult::InvalidFEOpcode => "invalid opcode",
        _ => "out of gas",
    })
}

/// Bytes as rows write them.
pub(crate) fn hex_of(bytes: &[u8]) -> String {
    if bytes.len() * 2 > LONGEST_HEX {
        format!("sha256:{}:{}", hex::encode(crypto().sha256(bytes)), bytes.len())
    } else {
        hex::encode_prefixed(bytes)
    }
}

fn word(value: U256) -> String {
    hex_of(&B256::from(value).0)
}

fn compare_optional(row: &Row, differences: &mut Differences, field: &str, got: &Value) {
    match row.get(field) {
        Ok(expected) => compare_value(differences, field, expected, got),
        Err(_) if field == "error" => differences.push(Difference::new(field, "none", got)),
        Err(_) => {}
    }
}

/// Compares a list entry by entry, so that a difference names the entry. A row without the list has an empty one.
fn compare_list(row: &Row, differences: &mut Differences, field: &str, got: &[Value]) {
    let none = Vec::new();
    let expected = row.get(field).ok().and_then(Value::as_array).unwrap_or(&none);
    for (index, (expected, got)) in expected.iter().zip(got).enumerate() {
        compare_value(differences, &format!("{field}[{index}]"), expected, got);
    }
    if expected.len() != got.len() {
        differences.push(Difference::new(
            format!("{field}.length"),
            expected.len(),
            got.len(),
        ));
    }
}

fn compare_set(row: &Row, differences: &mut Differences, field: &str, got: Vec<Value>) {
    let sorted = |list: &[Value]| {
        let mut list: Vec<_> = list.iter().map(Value::to_string).collect();
        list.sort();
        list.join(" ")
    };
    let none = Vec::new();
    let expected = sorted(row.get(field).ok().and_then(Value::as_array).unwrap_or(&none));
    let got = sorted(&got);
    if expected != got {
        differences.push(Difference::new(field, expected, got));
    }
}

/// Compares what both have; of objects, every field that is expected must be there unless this VM has no such notion.
fn compare_value(differences: &mut Differences, field: &str, expected: &Value, got: &Value) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for (key, expected) in expected {
                match got.get(key) {
                    Some(got) => compare_value(differences, &format!("{field}.{key}"), expected, got),
                    None => differences.push(Difference::new(format!("{field}.{key}"), expected, "nothing")),
                }
            }
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            for (index, (expected, got)) in expected.iter().zip(got).enumerate() {
                compare_value(differences, &format!("{field}[{index}]"), expected, got);
            }
        }
        _ if expected == got => {}
        _ => differences.push(Difference::new(field, expected, got)),
    }
}
