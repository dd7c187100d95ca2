//! The trace as JSON. Numbers that may be larger than 2^53 are strings.

use super::{abi::Names, profile};
use mintage_chain::{Receipt, Status, U256, hex};
use mintage_vm::{
    profile::Profile,
    trace::{Frame, FrameCode, ProgramRun, RequestKind, Step},
};
use serde_json::{Value, json};

pub(super) fn of(receipt: &Receipt, root: &Frame, profile: Option<&Profile>, names: &Names) -> Value {
    let (status, reason) = match &receipt.status {
        Status::Success => ("success", None),
        Status::Reverted => (
            "reverted",
            names.error(root.to.unwrap_or_default(), &receipt.output),
        ),
        Status::Halted(halt) => ("halted", Some(halt.to_string())),
    };
    let mut value = json!({
        "status": status,
        "gas_used": receipt.gas_used,
        "gas_refunded": receipt.gas_refunded,
        "gas_used_for_l1": receipt.gas_used_for_l1,
        "output": hex::encode_prefixed(&receipt.output),
        "trace": frame(root, names),
    });
    if let Some(reason) = reason {
        value["reason"] = reason.into();
    }
    if let Some(profile) = profile {
        value["profile"] = profile::as_json(profile, names);
    }
    value
}

fn frame(frame: &Frame, names: &Names) -> Value {
    let to = frame.to.unwrap_or_default();
    let code = match frame.code {
        FrameCode::None => "none",
        FrameCode::Precompile => "precompile",
        FrameCode::Evm => "evm",
        FrameCode::Stylus => "stylus",
    };
    let mut value = json!({
        "type": frame.kind.opcode(),
        "code": code,
        "from": frame.from.to_checksum(None),
        "to": frame.to.map(|to| to.to_checksum(None)),
        "acting": frame.acting.to_checksum(None),
        "value": frame.value.to_string(),
        "input": hex::encode_prefixed(&frame.input),
        "output": hex::encode_prefixed(&frame.output),
        "gas": frame.gas,
        "gas_used": frame.gas_used,
        "success": frame.is_success(),
        "steps": frame.steps.iter().map(|step| self::step(step, frame, names)).collect::<Vec<_>>(),
    });
    if let Some(label) = frame
        .to
        .map(|to| names.address(to))
        .filter(|label| !label.starts_with("0x"))
    {
        value["label"] = label.into();
    }
    if let Some(call) = names.call(to, &frame.input) {
        value["call"] = call.into();
    }
    let decoded = if frame.is_success() {
        names.output(to, &frame.input, &frame.output)
    } else {
        names.error(to, &frame.output)
    };
    if let Some(decoded) = decoded {
        value["returned"] = decoded.into();
    }
    if let Some(error) = mintage_vm::trace::call_tracer::error(frame) {
        value["error"] = error.into();
    }
    if let Some(run) = &frame.run {
        value["program"] = program(run);
    }
    value
}

fn program(run: &ProgramRun) -> Value {
    let mut value = json!({
        "outcome": format!("{:?}", run.outcome),
        "code_hash": run.code_hash.to_string(),
        "ink_price": run.ink_price,
        "ink_in": run.ink_in.to_string(),
        "ink_left": run.ink_left.to_string(),
        "memory_pages": run.memory_pages,
    });
    if let Some(entry) = run.entry {
        value["entry_gas"] = entry.total.into();
        value["cached"] = entry.cached.into();
    }
    if let Some(end) = run.end() {
        value["end"] = end.into();
        let functions = run.backtrace.iter().map(ToString::to_string);
        value["backtrace"] = functions.collect::<Vec<_>>().into();
    }
    value
}

fn step(step: &Step, frame_of: &Frame, names: &Names) -> Value {
    match step {
        Step::Frame(below) => json!({ "frame": frame(below, names) }),
        Step::Hostio(hostio) => json!({ "hostio": {
            "name": hostio.name,
            "args": hex::encode_prefixed(&hostio.args),
            "outs": hex::encode_prefixed(&hostio.outs),
            "start_ink": hostio.start_ink.to_string(),
            "end_ink": hostio.end_ink.to_string(),
        }}),
        Step::Request(request) => {
            let word = |value: &U256| hex::encode_prefixed(value.to_be_bytes::<32>());
            let mut value = match &request.kind {
                RequestKind::Log(log) => json!({ "log": {
                    "event": names.event(frame_of.acting, log),
                    "topics": log.topics().iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "data": hex::encode_prefixed(&log.data),
                }}),
                RequestKind::StorageLoad { key, value } => {
                    json!({ "storage_load": { "slot": word(key), "value": word(value) } })
                }
                RequestKind::StorageStore { key, before, value } => {
                    json!({ "storage_store": { "slot": word(key), "before": word(before), "value": word(value) } })
                }
                RequestKind::StorageFlush { writes, .. } => {
                    let writes = writes.iter().map(
                        |(key, value, gas)| json!({ "slot": word(key), "value": word(value), "gas": gas }),
                    );
                    json!({ "storage_flush": writes.collect::<Vec<_>>() })
                }
                RequestKind::TransientLoad { key, value } => {
                    json!({ "transient_load": { "slot": word(key), "value": word(value) } })
                }
                RequestKind::TransientStore { key, value } => {
                    json!({ "transient_store": { "slot": word(key), "value": word(value) } })
                }
                RequestKind::AccountBalance(account) => {
                    json!({ "account_balance": account.to_checksum(None) })
                }
                RequestKind::AccountCode(account, _) => json!({ "account_code": account.to_checksum(None) }),
                RequestKind::AccountCodeHash(account) => {
                    json!({ "account_code_hash": account.to_checksum(None) })
                }
                RequestKind::AddPages { new, open, .. } => {
                    json!({ "add_pages": { "new": new, "open": open } })
                }
                RequestKind::Call(call) => {
                    json!({ "call": { "to": call.to.to_checksum(None), "status": call.status } })
                }
                RequestKind::Create(create) => json!({ "create": create.address.to_checksum(None) }),
            };
            value["gas"] = request.gas.into();
            value
        }
    }
}
