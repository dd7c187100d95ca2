//! Filters over HTTP: how many alternatives they have, how much they tell at once, and chains that go back.

use alloy_primitives::{Address, B256};
use mintage_node::{Limits, NodeConfig, NodeHandle};
use serde_json::{Value, json};

use crate::wire::{error, result};

/// Emits an empty log.
const LOGS: &str = "0x60006000a0";
/// Emits five.
const LOGS_5: &str = "0x60006000a060006000a060006000a060006000a060006000a0";
const AT: &str = "0x00000000000000000000000000000000000beef6";

fn node(logs: usize, code: &str) -> NodeHandle {
    let node = NodeHandle::start(NodeConfig {
        port: 0,
        limits: Limits {
            logs,
            ..Limits::default()
        },
        ..NodeConfig::default()
    })
    .unwrap();
    result(&node, "anvil_setCode", json!([AT, code]));
    node
}

/// A block with what the contract emits.
fn emit(node: &NodeHandle) -> String {
    let sent = json!({ "from": node.accounts()[0].address, "to": AT, "gas": "0x100000" });
    let hash = result(node, "eth_sendTransaction", json!([sent]));
    let receipt = result(node, "eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["status"], "0x1");
    receipt["blockHash"].as_str().unwrap().to_owned()
}

/// Block and index of each log that is new.
fn changes(node: &NodeHandle, filter: &Value) -> Vec<(String, String)> {
    logs(result(node, "eth_getFilterChanges", json!([filter])))
}

fn logs(found: Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = found.as_array().unwrap().iter();
    found
        .map(|log| (text(&log["blockHash"]), text(&log["logIndex"])))
        .collect()
}

#[test]
fn test_log_filters_have_few_alternatives() {
    let node = NodeHandle::spawn().unwrap();
    let addresses = |count: usize| vec![Address::ZERO; count];
    let topics = |count: usize| vec![B256::ZERO; count];
    for method in ["eth_getLogs", "eth_newFilter"] {
        for filter in [
            json!({ "address": addresses(1_001) }),
            json!({ "topics": [topics(1_001)] }),
            json!({ "topics": [null, null, null, topics(1_001)] }),
        ] {
            let answer = error(&node, method, json!([filter]));
            assert_eq!(answer["code"], -32005, "{answer}");
            assert!(answer["message"].to_string().contains("1000"), "{answer}");
        }
        let most = json!({ "address": addresses(1_000), "topics": [topics(1_000), topics(1_000)] });
        result(&node, method, json!([most]));
    }
}

#[test]
fn test_what_does_not_fit_stays_for_the_next_time() {
    let node = node(3, LOGS_5);
    let filter = result(&node, "eth_newFilter", json!([{}]));
    let blocks = [emit(&node), emit(&node)];
    let mut told = Vec::new();
    for expected in [3, 3, 3, 1, 0] {
        let new = changes(&node, &filter);
        assert_eq!(new.len(), expected);
        told.extend(new);
    }
    let all = blocks.iter().zip([0, 0]).flat_map(|(block, first)| {
        (first..first + 5).map(move |index| (block.clone(), format!("{index:#x}")))
    });
    assert_eq!(told, all.collect::<Vec<_>>());
    // So do hashes.
    let filter = result(&node, "eth_newBlockFilter", json!([]));
    result(&node, "anvil_mine", json!([7]));
    for expected in [3, 3, 1, 0] {
        let new = result(&node, "eth_getFilterChanges", json!([filter]));
        assert_eq!(new.as_array().unwrap().len(), expected);
    }
}

#[test]
fn test_filters_follow_a_chain_that_goes_back() {
    let node = node(100, LOGS);
    let snapshot = result(&node, "evm_snapshot", json!([]));
    result(&node, "anvil_mine", json!([5]));
    let new_logs = result(&node, "eth_newFilter", json!([{}]));
    let from_six = result(&node, "eth_newFilter", json!([{ "fromBlock": "0x6" }]));
    let new_blocks = result(&node, "eth_newBlockFilter", json!([]));
    // Told by nobody: it is undone before anybody asks.
    emit(&node);
    assert_eq!(result(&node, "evm_revert", json!([snapshot])), true);
    let first = emit(&node);
    let of_first = vec![(first.clone(), "0x0".to_owned())];
    assert_eq!(changes(&node, &new_logs), of_first);
    assert_eq!(
        logs(result(&node, "eth_getFilterLogs", json!([new_logs]))),
        of_first
    );
    assert_eq!(changes(&node, &from_six), []);
    let told = result(&node, "eth_getFilterChanges", json!([new_blocks]));
    assert_eq!(told, json!([first]));
    // A reset goes back too.
    result(&node, "anvil_reset", json!([]));
    result(&node, "anvil_setCode", json!([AT, LOGS]));
    let again = emit(&node);
    assert_eq!(changes(&node, &new_logs), [(again, "0x0".to_owned())]);
}
