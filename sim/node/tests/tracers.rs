//! Traces in the form of geth's tracers, where that has corners.

use mintage_node::NodeHandle;
use serde_json::{Value, json};

use crate::wire::result;

const CONTRACT: &str = "0x00000000000000000000000000000000000beef4";
/// SSTORE of the calldata's first word at slot 0.
const STORES: &str = "0x60003560005500";

/// What a transaction of the first account changed.
fn difference(node: &NodeHandle, to: Option<&str>, data: &str, config: &Value) -> Value {
    let from = node.accounts()[0].address;
    let hash = result(
        node,
        "eth_sendTransaction",
        json!([{ "from": from, "to": to, "data": data, "gas": "0x493e0" }]),
    );
    let options = json!({ "tracer": "prestateTracer", "tracerConfig": config });
    result(node, "debug_traceTransaction", json!([hash, options]))
}

#[test]
fn test_slots_of_zero_and_new_accounts_are_not_in_what_was_before() {
    let node = NodeHandle::spawn().unwrap();
    let diff = json!({ "diffMode": true });
    result(&node, "anvil_setCode", json!([CONTRACT, STORES]));
    let word = |number: u64| format!("0x{number:064x}");

    let set = difference(&node, Some(CONTRACT), &word(5), &diff);
    assert_eq!(set["pre"][CONTRACT]["storage"], Value::Null, "{set}");
    assert_eq!(set["pre"][CONTRACT]["balance"], "0x0");
    assert_eq!(set["post"][CONTRACT], json!({ "storage": { word(0): word(5) } }));

    let cleared = difference(&node, Some(CONTRACT), &word(0), &diff);
    assert_eq!(
        cleared["pre"][CONTRACT]["storage"],
        json!({ word(0): word(5) }),
        "{cleared}"
    );
    assert_eq!(cleared["post"][CONTRACT], json!({}));

    // Init code that stores, and leaves one byte of code.
    let made = difference(&node, None, "0x600760005560016000f3", &diff);
    let created = made["post"]
        .as_object()
        .and_then(|accounts| accounts.iter().find(|(_, account)| account.get("code").is_some()))
        .unwrap_or_else(|| panic!("{made}"));
    assert_eq!(created.1["storage"], json!({ word(0): word(7) }));
    assert_eq!(made["pre"].get(created.0), None, "{made}");
}

#[test]
fn test_code_and_storage_are_left_out_where_asked() {
    let node = NodeHandle::spawn().unwrap();
    result(&node, "anvil_setCode", json!([CONTRACT, STORES]));
    let whole = difference(&node, Some(CONTRACT), "0x", &json!({}));
    assert!(whole[CONTRACT]["code"].is_string() && whole[CONTRACT]["storage"].is_object());
    let less = json!({ "disableCode": true, "disableStorage": true });
    let short = difference(&node, Some(CONTRACT), "0x", &less);
    assert_eq!(short[CONTRACT], json!({ "balance": "0x0" }));
}
