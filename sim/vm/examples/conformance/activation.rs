//! Rows about activation: `activation.jsonl`, the `activate` rows of `contracts.jsonl`, the `activation` part of
//! `random.jsonl`, and `fragments.jsonl`.

use mintage_vm::{
    Activation, ActivationRules, ArbosVersion, Rejection, StylusParams, activate,
    code::{CodeError, DICTIONARY_STYLUS, Root},
    pricing::{EntryGas, fragment_read_gas},
    rejection::Reason,
};
use revm::primitives::{B256, hex};
use serde_json::Value;

use super::{
    calls::compare_sha256,
    row::{Difference, Differences, Row, RowError},
};

/// Whether this is a row that [`check`] takes: an activation of a module.
pub(crate) fn is_activation(row: &Row) -> bool {
    row.has("ok") && row.has("wasm") && !row.has("root")
}

/// Whether this is a row that [`check_fragments`] takes: a root and its fragments.
pub(crate) fn is_fragments(row: &Row) -> bool {
    row.has("root")
}

/// Checks an activation: accepted or refused, and every figure.
pub(crate) fn check(row: &Row) -> Result<Differences, RowError> {
    let outcome = activate_module(row, &row.wasm()?, row.flag("ok")?)?;
    let mut differences = check_outcome(row, outcome)?;
    compare_sha256(row, &mut differences)?;
    row.compare(&mut differences, "kind", "activate");
    // The recordings gave every module this hash; nothing in activation depends on it.
    row.compare(&mut differences, "codehash", B256::ZERO.to_string());
    Ok(differences)
}

/// Checks the activation figures of a row about a run (`activation` in `random.jsonl`).
pub(crate) fn check_figures_of_run(row: &Row) -> Result<Differences, RowError> {
    let figures = row.nested("activation")?;
    match activate_module(row, &row.wasm()?, true)? {
        Ok(activation) => {
            let found = compare(row, &figures, &activation)?;
            figures
                .demand_all_seen()
                .map_err(|error| format!("`activation`: {error}"))?;
            let named = |Difference { field, expected, got }| {
                Difference::new(format!("activation.{field}"), expected, got)
            };
            Ok(found.into_iter().map(named).collect())
        }
        Err(rejection) => Ok(vec![Difference::new("activation", "accepted", rejection)]),
    }
}

/// Whether the fragments of a row were compressed with the network's own dictionary, which is not free to copy. Such rows
/// cannot be checked; no tool makes such code.
#[allow(dead_code, reason = "runs have no dictionary")]
pub(crate) fn needs_dictionary(row: &Row) -> bool {
    let root = row.text("root").ok().and_then(|root| hex::decode(root).ok());
    root.and_then(|root| Root::parse(&root).ok())
        .is_some_and(|root| root.dictionary == DICTIONARY_STYLUS)
}

/// Checks a root with its fragments: joined, then activated as any module.
pub(crate) fn check_fragments(row: &Row) -> Result<Differences, RowError> {
    let expected = row.flag("ok")?;
    // A root that cannot be read has no use for the rest.
    row.pass_over(&["arbos", "version", "fragments"]);
    let (root, wasm, read_gas) = match join(row)? {
        Ok(joined) => joined,
        Err(error) if expected => return Ok(vec![Difference::new("ok", true, error)]),
        Err(_) => return Ok(vec![]),
    };
    let mut differences = check_outcome(row, activate_module(row, &wasm, expected)?)?;
    row.compare(&mut differences, "fragment_gas_cold", read_gas);
    if row.has("wasm") {
        compare_sha256(row, &mut differences)?;
        if row.wasm()? != wasm {
            differences.push(Difference::new("wasm", row.text("wasm")?, "another module"));
        }
    }
    if expected && root.wasm_len as usize != wasm.len() {
        differences.push(Difference::new("length in the root", root.wasm_len, wasm.len()));
    }
    Ok(differences)
}

type Joined = (Root, Vec<u8>, u64);

fn join(row: &Row) -> Result<Result<Joined, CodeError>, RowError> {
    let (_, params) = versions(row)?;
    let bytes = |field: &str, text: &str| {
        hex::decode(text).map_err(|error| format!("`{field}` is not hexadecimal: {error}"))
    };
    let root = match Root::parse(&bytes("root", row.text("root")?)?) {
        Ok(root) => root,
        Err(error) => return Ok(Err(error)),
    };
    let fragments = row.nested("fragments")?;
    let mut codes = Vec::new();
    for address in &root.fragments {
        let address = hex::encode(address);
        let code = fragments
            .text(&address)
            .map_err(|error| format!("`fragments`: {error}"))?;
        codes.push(bytes("fragments", code)?);
    }
    let read_gas = codes.iter().map(|code| fragment_read_gas(code.len(), true)).sum();
    let wasm = root
        .check(&params)
        .and_then(|()| root.join(codes.iter().map(Vec::as_slice)));
    Ok(wasm.map(|wasm| (root, wasm, read_gas)))
}

/// The row's ArbOS version, and the parameters of a chain of that version with the row's Stylus version.
fn versions(row: &Row) -> Result<(ArbosVersion, StylusParams), RowError> {
    let arbos = ArbosVersion::try_from(row.number("arbos")?).map_err(|error| error.to_string())?;
    let mut params = StylusParams::for_arbos(arbos);
    if row.has("version") {
        params.version = row.small("version")?;
    }
    Ok((arbos, params))
}

/// Activates under the row's rules.
///
/// The bound on the module's size belongs to decompression, on the network a step before this one. Some rows above the
/// bound were recorded behind that step: they show it by being accepted, or by an error of a later step. For those the
/// bound is lifted, and everything else in them still counts.
fn activate_module(
    row: &Row,
    wasm: &[u8],
    accepted: bool,
) -> Result<Result<Activation, Rejection>, RowError> {
    let (arbos, params) = versions(row)?;
    let mut rules = ActivationRules::new(arbos, &params, 0);
    let outcome = activate(wasm, &rules);
    let too_large = matches!(
        outcome,
        Err(Rejection {
            reason: Reason::TooLarge { .. },
            ..
        })
    );
    if too_large && (accepted || row.has("error")) {
        rules.max_wasm_size = u32::MAX;
        return Ok(activate(wasm, &rules));
    }
    Ok(outcome)
}

fn check_outcome(row: &Row, outcome: Result<Activation, Rejection>) -> Result<Differences, RowError> {
    match (outcome, row.flag("ok")?) {
        (Ok(activation), true) => compare(row, row, &activation),
        (Ok(_), false) => Ok(vec![Difference::new("ok", false, true)]),
        (Err(rejection), true) => Ok(vec![Difference::new("ok", true, format!("refused: {rejection}"))]),
        (Err(rejection), false) => Ok(check_reason(row, &rejection)),
    }
}

fn compare(row: &Row, figures: &Row, activation: &Activation) -> Result<Differences, RowError> {
    let (_, params) = versions(row)?;
    let entry = EntryGas::new(&params, activation.init_cost, activation.cached_init_cost);
    let globals = activation.instrumented.first_global;
    let mut found = Differences::new();
    figures.compare(&mut found, "footprint", activation.footprint);
    figures.compare(&mut found, "init_cost", activation.init_cost);
    figures.compare(&mut found, "cached_init_cost", activation.cached_init_cost);
    figures.compare(&mut found, "asm_estimate", activation.asm_estimate);
    figures.compare(&mut found, "activation_gas", activation.activation_gas);
    figures.compare(&mut found, "program_init_gas", entry.init);
    figures.compare(&mut found, "program_cached_gas", entry.cached);
    figures.compare(
        &mut found,
        "frame_sizes",
        activation.instrumented.frame_sizes.clone(),
    );
    figures.compare(&mut found, "wasm_len", activation.wasm_len);
    figures.compare(&mut found, "user_main", activation.instrumented.entrypoint);
    figures.compare(&mut found, "ink_left_global", globals);
    figures.compare(&mut found, "ink_status_global", globals + 1);
    figures.compare(&mut found, "depth_left_global", globals + 3);
    Ok(found)
}

/// Where the row tells why the network refused, the reason here must be the same one.
fn check_reason(row: &Row, rejection: &Rejection) -> Differences {
    let Ok(Value::String(words)) = row.get("error") else {
        return vec![];
    };
    let rule = REASONS.iter().find(|(fragment, _)| words.contains(fragment));
    match rule {
        Some((_, same)) if same(&rejection.reason) => vec![],
        _ => vec![Difference::new("error", words.replace('\n', " "), rejection)],
    }
}

type IsReason = fn(&Reason) -> bool;

/// The network's words for a refusal, and the reason they stand for.
const REASONS: &[(&str, IsReason)] = &[
    ("failed to validate user", |reason| {
        matches!(reason, Reason::Proposal { .. } | Reason::Invalid { .. })
    }),
    ("too many wasm", |reason| matches!(reason, Reason::TooMany { .. })),
    ("missing export with name user_entrypoint", |reason| {
        matches!(reason, Reason::NoEntrypoint)
    }),
    ("exports an import with the same name", |reason| {
        matches!(reason, Reason::ExportShadowsImport)
    }),
    ("No implementation for floating point", |reason| {
        matches!(reason, Reason::FloatOperator { .. })
    }),
    ("unsupported import kind", |reason| {
        matches!(reason, Reason::ImportKind { .. })
    }),
    ("not enabled debug_funcs", |reason| {
        matches!(reason, Reason::UnknownImport)
    }),
    ("No such import", |reason| matches!(reason, Reason::UnknownImport)),
    ("missing import pay_for_memory_grow", |reason| {
        matches!(reason, Reason::GrowthUnpaid)
    }),
    ("with export name memory", |reason| {
        matches!(reason, Reason::NoMemory)
    }),
    ("missing memory export", |reason| {
        matches!(reason, Reason::NoMemory)
    }),
    ("module name too long", |reason| {
        matches!(reason, Reason::NameTooLong { .. })
    }),
    ("wrong type for", |reason| {
        matches!(reason, Reason::ImportSignature { .. })
    }),
    ("unsupported section type", |reason| {
        matches!(reason, Reason::Section)
    }),
    ("too many values on the stack", |reason| {
        matches!(reason, Reason::StackContention { .. })
    }),
    ("memory size", |reason| {
        matches!(reason, Reason::TooManyPages { .. })
    }),
    ("cost too high", |reason| {
        matches!(reason, Reason::CostOverflow { .. })
    }),
];
