//! What the node reports to whoever runs it.

use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use mintage_node::{Activity, NodeConfig, NodeHandle};
use serde_json::json;

use crate::wire::{error, result};

fn node_with(places: usize) -> (NodeHandle, Receiver<Activity>) {
    let (sender, activity) = sync_channel(places);
    let config = NodeConfig {
        port: 0,
        activity: Some(sender),
        ..NodeConfig::default()
    };
    (NodeHandle::start(config).unwrap(), activity)
}

fn next(activity: &Receiver<Activity>) -> Activity {
    activity.recv_timeout(Duration::from_secs(60)).expect("a report")
}

fn expect_request(activity: &Receiver<Activity>, expected: &str) -> Option<String> {
    match next(activity) {
        Activity::Request { method, error, .. } => {
            assert_eq!(method, expected);
            error
        }
        other => panic!("{expected} was expected, {other:?} came"),
    }
}

#[test]
fn test_requests_and_blocks_are_reported_as_they_happen() {
    let (node, activity) = node_with(100);
    result(&node, "eth_chainId", json!([]));
    assert_eq!(expect_request(&activity, "eth_chainId"), None);
    error(&node, "eth_nonsense", json!([]));
    let problem = expect_request(&activity, "eth_nonsense").expect("it was refused");
    assert!(problem.contains("eth_nonsense"), "{problem}");

    let [from, to] = [node.accounts()[0].address, node.accounts()[1].address];
    let hash = result(
        &node,
        "eth_sendTransaction",
        json!([{ "from": from, "to": to, "value": "0x1" }]),
    );
    let Activity::Block(block) = next(&activity) else {
        panic!("the block comes before the answer to the sender");
    };
    assert_eq!(block.number(), 1);
    assert_eq!(json!(block.transactions[0].transaction.hash()), hash);
    assert_eq!(expect_request(&activity, "eth_sendTransaction"), None);
}

#[test]
fn test_reports_can_be_turned_off_and_on() {
    let (node, activity) = node_with(100);
    result(&node, "anvil_setLoggingEnabled", json!([false]));
    expect_request(&activity, "anvil_setLoggingEnabled");
    result(&node, "evm_mine", json!([]));
    result(&node, "hardhat_setLoggingEnabled", json!([true]));
    result(&node, "eth_blockNumber", json!([]));
    assert_eq!(expect_request(&activity, "eth_blockNumber"), None);
}

/// One listener has no room and is not heard from, the other is gone.
#[test]
fn test_the_node_waits_for_no_listener() {
    let (full, _activity) = node_with(0);
    let (alone, activity) = node_with(1);
    drop(activity);
    for node in [&full, &alone] {
        for _ in 0..3 {
            result(node, "evm_mine", json!([]));
        }
        assert_eq!(result(node, "eth_blockNumber", json!([])), "0x3");
    }
}
