//! Every recorded row of the network, through the same code as the `conformance` example; and that this code sees every
//! recorded field.

#[path = "../examples/conformance/mod.rs"]
mod conformance;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use conformance::{Checker, LABELS, Row, needs_dictionary, report, use_compilation};
use mintage_vm::engine::Compilation;
use serde_json::{Map, Value};

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

fn rows(file: &str) -> Vec<Row> {
    let rows = Row::read_file(&vectors().join(file), &vectors().join("stylus/wasm")).expect("a vector file");
    assert!(!rows.is_empty(), "{file} has no rows");
    rows.into_iter().map(|row| row.expect("a row")).collect()
}

/// Checks all rows of a file, which are `count`, and tells which differ.
fn check_file(file: &str, count: usize) {
    let mut checker = Checker::default();
    let rows = rows(file);
    assert_eq!(rows.len(), count, "{file}");
    let failures: Vec<String> = rows
        .iter()
        .filter(|row| !needs_dictionary(row))
        .filter_map(|row| match checker.check(row) {
            Ok(differences) if differences.is_empty() => None,
            Ok(differences) => Some(report(row, &differences)),
            Err(error) => Some(format!("{row}: {error}")),
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} rows:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

const RUNS: [(&str, usize); 3] = [
    ("stylus/vectors/calls.jsonl", 1133),
    ("stylus/vectors/random.jsonl", 286),
    ("stylus/vectors/contracts.jsonl", 120),
];

#[test]
fn test_runs_equal_the_network() {
    RUNS.iter().for_each(|(file, count)| check_file(file, *count));
}

/// The other compiler, held to the same rows.
#[test]
fn test_runs_on_winch_equal_the_network() {
    use_compilation(Compilation::Winch);
    RUNS.iter().for_each(|(file, count)| check_file(file, *count));
}

#[test]
fn test_activations_equal_the_network() {
    check_file("stylus/vectors/activation.jsonl", 1789);
    check_file("stylus/vectors/fragments.jsonl", 8);
}

#[test]
fn test_data_fees_equal_the_network() {
    check_file("arbos/vectors_data_fee.jsonl", 8);
}

#[test]
fn test_base_fees_equal_the_network() {
    check_file("arbos/vectors_base_fee.jsonl", 57);
}

#[test]
fn test_poster_gas_equals_the_network() {
    check_file("arbos/vectors_l1_poster.jsonl", 58);
}

#[test]
fn test_gas_of_entry_and_precompiles_equals_the_network() {
    check_file("arbos/vectors_call_gas.jsonl", 16);
}

/// What is not the outcome of a row of a file: labels, and what the outcome follows from.
fn inputs(file: &str) -> &'static [&'static str] {
    match file {
        "stylus/vectors/calls.jsonl" | "stylus/vectors/random.jsonl" => &[
            "arbos",
            "args",
            "calldata",
            "ink_in",
            "ink_price",
            "version",
            "wasm",
        ],
        // `contract` only names the program: see `contracts.rs`.
        "stylus/vectors/contracts.jsonl" => &[
            "arbos", "cached", "calldata", "caller", "contract", "gas_in", "storage", "version", "wasm",
        ],
        "stylus/vectors/activation.jsonl" => &["arbos", "version", "wasm"],
        "stylus/vectors/fragments.jsonl" => &["arbos", "version", "fragments", "root"],
        "arbos/vectors_data_fee.jsonl" => &["state", "now", "asm_estimate", "chain_verified"],
        "arbos/vectors_base_fee.jsonl" => &[
            "kind",
            "terms",
            "x",
            "speed",
            "inertia",
            "tolerance",
            "min_fee",
            "backlog_in",
            "dt",
            "constraints",
            "grow",
            "model",
            "chain",
            "block",
            "arbos",
            "chain_verified",
            "blocks.dt",
            "blocks.compute_gas",
        ],
        "arbos/vectors_l1_poster.jsonl" => &[
            "block",
            "brotli_level",
            "raw",
            "price_per_unit",
            "base_fee",
            "min_base_fee",
            "exact_on_chain",
        ],
        "arbos/vectors_call_gas.jsonl" => &[
            "kind",
            "call",
            "arg_bytes",
            "version",
            "init_cost",
            "cached_cost",
            "footprint",
            "open",
            "ever",
            "cached_flag",
            "recent_hit",
        ],
        other => panic!("no list for {other}"),
    }
}

/// Places of a row's values: a path of names, entries of lists under their list's name, and how to reach it.
fn places(value: &Value, name: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    let joined = |key: &str| {
        if name.is_empty() {
            key.to_owned()
        } else {
            format!("{name}.{key}")
        }
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                places(value, &joined(key), &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (index, value) in list.iter().enumerate() {
                places(value, name, &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push((name.to_owned(), pointer.to_owned())),
    }
}

/// Another value of the same kind.
fn changed(value: &Value) -> Value {
    match value {
        Value::Null => Value::from("something"),
        Value::Bool(value) => Value::from(!value),
        Value::Number(number) => match number.as_u64() {
            Some(number) => Value::from(number ^ 1),
            // Larger than a JSON number holds: half of it is another in any case.
            None => Value::from(number.as_f64().expect("a number") as u64 / 2),
        },
        Value::String(text) => Value::from(match text.strip_prefix("0x") {
            Some("") => "0x01".to_owned(),
            Some(digits) => {
                let last = if digits.ends_with('0') { "1" } else { "0" };
                format!("0x{}{last}", &digits[..digits.len() - 1])
            }
            None => format!("not {}", text.len()),
        }),
        Value::Array(_) => Value::from(vec![1]),
        Value::Object(_) => Value::from(Map::from_iter([("something".to_owned(), Value::from(1))])),
    }
}

/// Changes every recorded value of up to `each` rows of a place and kind, one at a time, and demands that the runner
/// tells.
fn demand_every_field_counts(file: &str, each: usize) {
    let wasm = vectors().join("stylus/wasm");
    let inputs = inputs(file);
    let mut tried: BTreeMap<String, usize> = BTreeMap::new();
    let mut unseen = BTreeSet::new();
    // Module hashes are held to those of the rows before.
    let mut checker = Checker::default();
    for row in rows(file) {
        let fields = Value::Object(row.fields().clone());
        checker.check(&row).expect("a row that can be checked");
        let mut found = Vec::new();
        places(&fields, "", "", &mut found);
        for (name, pointer) in found {
            let is_input = |input: &&str| name == **input || name.starts_with(&format!("{input}."));
            if LABELS.iter().chain(inputs).any(is_input) || is_underivable(&row, &name) {
                continue;
            }
            let kind = row.fields().get("kind").or(row.fields().get("group"));
            let count = tried.entry(format!("{name} {kind:?}")).or_default();
            if *count == each {
                continue;
            }
            *count += 1;
            let mut fields = fields.clone();
            let value = fields.pointer_mut(&pointer).expect("a place");
            *value = changed(value);
            let text = fields.to_string();
            let row = Row::parse(row.line, &text, &wasm).expect("still a row");
            if checker
                .check(&row)
                .is_ok_and(|differences| differences.is_empty())
            {
                unseen.insert(format!("{name} ({pointer}), e.g. line {}", row.line));
            }
        }
    }
    assert!(tried.len() > 1, "{file}: {tried:?}");
    assert!(unseen.is_empty(), "{file}: changes that nobody saw:\n{unseen:#?}");
}

/// What nothing in the row determines: the bytes of a transaction that the recording left out, and what follows from
/// nothing else; gas of transactions that are not in the row.
fn is_underivable(row: &Row, name: &str) -> bool {
    let fields = row.fields();
    let no_bytes = fields.get("raw").is_some_and(Value::is_null);
    let other_gas = fields.get("exact_on_chain") == Some(&Value::from(false));
    let of_block = fields.get("kind") == Some(&Value::from("chain"));
    match name {
        "tx" | "raw_len" => no_bytes,
        "receipt_gas_used" => other_gas,
        "backlog_end" => of_block,
        // What a refused module would have been called with.
        "gas_in" => fields.contains_key("rejected"),
        _ => false,
    }
}

#[test]
fn test_every_field_of_a_run_counts() {
    demand_every_field_counts("stylus/vectors/calls.jsonl", 2);
    demand_every_field_counts("stylus/vectors/random.jsonl", 3);
    demand_every_field_counts("stylus/vectors/contracts.jsonl", 2);
}

#[test]
fn test_every_field_of_an_activation_counts() {
    demand_every_field_counts("stylus/vectors/activation.jsonl", 10);
    demand_every_field_counts("stylus/vectors/fragments.jsonl", 10);
}

#[test]
fn test_every_field_of_a_chain_row_counts() {
    demand_every_field_counts("arbos/vectors_data_fee.jsonl", 10);
    demand_every_field_counts("arbos/vectors_base_fee.jsonl", 20);
    demand_every_field_counts("arbos/vectors_l1_poster.jsonl", 60);
    demand_every_field_counts("arbos/vectors_call_gas.jsonl", 20);
}

/// Effects that a row does not have must not happen either: an empty list is as good as a full one.
#[test]
fn test_effects_that_a_row_lacks_count() {
    let wasm = vectors().join("stylus/wasm");
    let mut seen = BTreeSet::new();
    for row in rows("stylus/vectors/calls.jsonl") {
        for effect in ["logs", "storage_writes", "balances", "created"] {
            if !row.has(effect) || !seen.insert(format!("{effect} {:?}", row.fields()["group"])) {
                continue;
            }
            let mut fields = row.fields().clone();
            fields.remove(effect);
            let row = Row::parse(row.line, &Value::Object(fields).to_string(), &wasm).expect("still a row");
            let differences = Checker::default().check(&row).expect("still checked");
            assert!(!differences.is_empty(), "{row}: {effect} happened unseen");
        }
    }
    assert!(seen.len() > 8, "{seen:?}");
}

/// The only rows that are not checked: their fragments need a dictionary that is not free to copy.
#[test]
fn test_only_the_networks_own_dictionary_is_left_out() {
    let wasm = vectors().join("stylus/wasm");
    for row in rows("stylus/vectors/fragments.jsonl") {
        assert!(!needs_dictionary(&row), "{row}");
        let mut fields = row.fields().clone();
        let root = fields["root"].as_str().expect("a root").to_owned();
        // Prefix, dictionary, length.
        let at = root.find("eff002").expect("a root's prefix") + 6;
        fields.insert(
            "root".into(),
            format!("{}01{}", &root[..at], &root[at + 2..]).into(),
        );
        let row = Row::parse(row.line, &Value::Object(fields).to_string(), &wasm).expect("still a row");
        // A root that cannot be read has no dictionary.
        let readable = !row.fields()["note"]
            .as_str()
            .is_some_and(|note| note.contains("79 bytes"));
        assert_eq!(needs_dictionary(&row), readable, "{row}");
    }
}

/// A field that no check looks at, a missing one, and one of another type: errors that name it.
#[test]
fn test_malformed_rows_name_line_and_field() {
    let wasm = vectors().join("stylus/wasm");
    for file in ["stylus/vectors/calls.jsonl", "arbos/vectors_base_fee.jsonl"] {
        let row = rows(file).swap_remove(0);
        let with = |field: &str, value: Option<Value>| {
            let mut fields = row.fields().clone();
            match value {
                Some(value) => drop(fields.insert(field.to_owned(), value)),
                None => drop(fields.remove(field)),
            }
            let row = Row::parse(7, &Value::Object(fields).to_string(), &wasm).expect("an object");
            let error = Checker::default().check(&row).expect_err("a malformed row");
            assert!(row.to_string().starts_with("line 7"), "{row}");
            error
        };
        let unknown = with("surprise", Some(Value::from(1)));
        assert!(unknown.contains("`surprise`"), "{unknown}");
        let input = if row.has("wasm") { "version" } else { "terms" };
        for value in [None, Some(Value::from("one"))] {
            let error = with(input, value);
            assert!(error.contains(&format!("`{input}`")), "{error}");
        }
    }
    assert!(Row::parse(1, "[1]", &wasm).is_err());
}
