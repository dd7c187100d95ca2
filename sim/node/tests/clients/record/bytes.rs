//! Long bytes in requests: kept once, or named where they come from an npm package. Nothing of the packages' bytecode is ever written into
//! the repository (Uniswap v2 is GPL).

use std::collections::BTreeSet;
use std::fs;

use mintage_tests::root;
use serde_json::Value;

/// Characters from which bytes are long.
const LONG: usize = 1_000;
/// Folders of compiled contracts in npm packages that clients deploy.
const PACKAGES: [&str; 2] = ["@uniswap/v2-core/build", "@uniswap/v2-periphery/build"];

/// The named bytecode of packages as hex, the longest first: one holds another.
pub(super) fn packaged() -> Vec<(String, String)> {
    let mut codes = vec![];
    for package in PACKAGES {
        let folder = root().join("node_modules").join(package);
        let files =
            fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}: run `npm ci`", folder.display()));
        for file in files.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let Ok(contract) = serde_json::from_slice::<Value>(&fs::read(file.path()).expect("readable"))
            else {
                continue;
            };
            for field in [&contract["bytecode"], &contract["evm"]["bytecode"]["object"]] {
                let code = field.as_str().unwrap_or_default().trim_start_matches("0x");
                if code.len() > LONG {
                    codes.push((format!("<{package}/{name}>"), code.to_owned()));
                }
            }
        }
    }
    codes.sort_by_key(|(name, code)| (usize::MAX - code.len(), name.clone()));
    codes.dedup_by(|a, b| a.1 == b.1);
    codes
}

/// Puts names in place of packaged code, and of all long bytes that come more than once; gives the latter.
pub(super) fn shorten(texts: &mut [String]) -> Vec<String> {
    for (name, code) in packaged() {
        for text in texts.iter_mut() {
            *text = text.replace(&code, &name);
        }
    }
    let mut long: Vec<String> = texts
        .iter()
        .flat_map(|text| long_bytes(&serde_json::from_str(text).expect("a request is JSON")))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    long.sort_by_key(String::len);
    let mut kept: Vec<String> = vec![];
    for bytes in long {
        // Shorter ones are part of it.
        let bytes = kept
            .iter()
            .enumerate()
            .fold(bytes, |bytes, (n, part)| bytes.replace(part, &name(n)));
        let times: usize = texts.iter().map(|text| text.matches(&bytes).count()).sum();
        if bytes.len() > LONG && times > 1 {
            for text in texts.iter_mut() {
                *text = text.replace(&bytes, &name(kept.len()));
            }
            kept.push(bytes);
        }
    }
    kept
}

/// The text as it was before it was shortened.
pub(super) fn lengthen(text: &str, kept: &[String]) -> String {
    let whole = kept
        .iter()
        .enumerate()
        .rev()
        .fold(text.to_owned(), |text, (n, part)| text.replace(&name(n), part));
    if !whole.contains("<@") {
        return whole;
    }
    packaged()
        .iter()
        .fold(whole, |text, (name, code)| text.replace(name, code))
}

fn name(number: usize) -> String {
    format!("<bytes {number}>")
}

fn long_bytes(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.len() > LONG => vec![text.trim_start_matches("0x").to_owned()],
        Value::Array(items) => items.iter().flat_map(long_bytes).collect(),
        Value::Object(fields) => fields.values().flat_map(long_bytes).collect(),
        _ => vec![],
    }
}
