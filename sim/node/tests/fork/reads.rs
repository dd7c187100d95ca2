//! What a fork sees of the other chain, and what the other sees of it: nothing.

use mintage_node::{ForkBlock, ForkConfig, NodeConfig, NodeHandle};
use serde_json::{Value, json};

use super::{AT, Origin, PROGRAM, count, head, send, start};
use crate::wire::{error, number, result};

#[test]
fn test_fork_runs_the_programs_of_the_other_chain_at_the_same_gas() {
    let origin = Origin::new();
    let fork = origin.fork();
    let at = head(&origin.node);
    let told = fork.fork().unwrap();
    assert_eq!((told.block, told.chain_id, told.is_arbitrum), (at, 42_161, true));
    assert_eq!((head(&fork), fork.chain_id()), (at, 42_161));
    let from = fork.accounts()[0].address;
    let call = json!({ "from": from, "to": PROGRAM, "data": origin.transfer });
    assert_eq!(
        result(&fork, "eth_call", json!([call, "latest"])),
        result(&origin.node, "eth_call", json!([call, "latest"]))
    );
    // The same transaction on both, first as it is and then with the program run before. L1 gas follows the base fee, which falls
    // with time.
    for _ in 0..2 {
        let [here, there] = [&fork, &origin.node].map(|node| {
            let receipt = send(node, call.clone());
            let gas = number(&receipt["gasUsed"]) - number(&receipt["gasUsedForL1"]);
            let log = &receipt["logs"][0];
            (gas, log["topics"].clone(), log["data"].clone())
        });
        assert_eq!(here, there);
        assert!(here.0 > 30_000, "{}", here.0);
    }
}

#[test]
fn test_what_is_done_on_a_fork_stays_there() {
    let origin = Origin::new();
    let fork = origin.fork();
    let at = head(&origin.node);
    let from = fork.accounts()[1].address;
    send(&fork, json!({ "from": from, "to": AT }));
    result(&fork, "anvil_setBalance", json!([PROGRAM, "0x7"]));
    assert_eq!(
        (
            count(&fork, "latest").to::<u64>(),
            count(&origin.node, "latest").to::<u64>()
        ),
        (4, 3)
    );
    assert_eq!(head(&origin.node), at);
    assert_eq!(result(&origin.node, "eth_getBalance", json!([PROGRAM])), "0x0");
    // And the other way: what the other does now is not of the fork's past.
    let other = fork.accounts()[3].address;
    let receipt = send(&origin.node, json!({ "from": other, "to": AT }));
    send(&origin.node, json!({ "from": other, "to": AT }));
    assert_eq!(count(&fork, "latest").to::<u64>(), 4);
    let gone = json!([receipt["transactionHash"]]);
    for method in ["eth_getTransactionByHash", "eth_getTransactionReceipt"] {
        assert_eq!(result(&fork, method, gone.clone()), Value::Null, "{method}");
    }
    let block = json!([receipt["blockHash"], false]);
    assert_eq!(result(&fork, "eth_getBlockByHash", block), Value::Null);
    error(&fork, "eth_getBalance", json!([AT, receipt["blockHash"]]));
    error(
        &fork,
        "eth_getLogs",
        json!([{ "blockHash": receipt["blockHash"] }]),
    );
}

/// Every method that takes a block, for blocks before the fork, at it and after it.
#[test]
fn test_the_past_is_told_in_the_words_of_the_other_chain() {
    let origin = Origin::new();
    let at = head(&origin.node);
    let fork = origin.fork_at(at - 1);
    assert_eq!(head(&fork), at - 1);
    let block = |node: &NodeHandle, number: u64| {
        result(
            node,
            "eth_getBlockByNumber",
            json!([format!("{number:#x}"), true]),
        )
    };
    let from = fork.accounts()[2].address;
    for number in 0..at {
        let there = block(&origin.node, number);
        assert_eq!(block(&fork, number), there, "{number}");
        let (by_number, hash) = (format!("{number:#x}"), &there["hash"]);
        for (method, params) in [
            ("eth_getBlockByHash", json!([hash, false])),
            ("eth_getBlockReceipts", json!([by_number])),
            ("eth_getBlockTransactionCountByHash", json!([hash])),
            (
                "eth_getTransactionByBlockNumberAndIndex",
                json!([by_number, "0x0"]),
            ),
            ("eth_getLogs", json!([{ "blockHash": hash }])),
        ] {
            let (here, there) = (
                result(&fork, method, params.clone()),
                result(&origin.node, method, params),
            );
            assert_eq!(here, there, "{method} at {number}");
        }
        if number < at - 1 {
            for (method, params) in [
                ("eth_getBalance", json!([from, by_number])),
                ("eth_getTransactionCount", json!([from, { "blockHash": hash }])),
                ("eth_getCode", json!([PROGRAM, by_number])),
                ("eth_getStorageAt", json!([AT, "0x0", hash])),
                (
                    "eth_call",
                    json!([{ "to": PROGRAM, "data": "0x18160ddd" }, by_number]),
                ),
            ] {
                let asked = |node: &NodeHandle| crate::wire::call(node, method, params.clone());
                let (here, there) = (asked(&fork), asked(&origin.node));
                assert_eq!(here, there, "{method} at {number}");
            }
        }
    }
    let receipt = send(&fork, json!({ "from": from, "to": AT }));
    assert_eq!(number(&receipt["blockNumber"]), at);
    let parent = block(&fork, at);
    assert_eq!(parent["parentHash"], block(&origin.node, at - 1)["hash"]);
    assert_ne!(parent["hash"], block(&origin.node, at)["hash"]);
    let first = &block(&origin.node, at - 1)["transactions"][0]["hash"];
    for method in [
        "eth_getTransactionByHash",
        "eth_getTransactionReceipt",
        "debug_traceTransaction",
    ] {
        let params = json!([first, { "tracer": "callTracer" }]);
        let (here, there) = (
            result(&fork, method, params.clone()),
            result(&origin.node, method, params),
        );
        assert_eq!(here, there, "{method}");
    }
    assert_eq!(
        result(&fork, "eth_getBlockByNumber", json!(["earliest", false]))["number"],
        "0x0"
    );
    assert_eq!(
        result(&fork, "eth_getBlockByNumber", json!(["0xffffff", false])),
        Value::Null
    );
}

#[test]
fn test_logs_across_the_fork_are_those_of_both() {
    let origin = Origin::new();
    let at = head(&origin.node);
    let fork = origin.fork_at(at - 1);
    let from = fork.accounts()[0].address;
    let own = send(&fork, json!({ "from": from, "to": AT }));
    send(&fork, json!({ "from": from, "to": AT }));
    let hashes = |filter: Value| -> Vec<Value> {
        let mut logs = result(&fork, "eth_getLogs", json!([filter]));
        let logs = logs.as_array_mut().unwrap();
        logs.iter_mut().map(|log| log["blockHash"].take()).collect()
    };
    let topic = format!("{:#066x}", 0x77);
    let all =
        hashes(json!({ "fromBlock": "earliest", "toBlock": "latest", "address": AT, "topics": [topic] }));
    assert_eq!(all.len(), 4, "two before, two here");
    assert_eq!(all[2], own["blockHash"]);
    let range = |from: u64, to: u64| {
        hashes(json!({ "fromBlock": format!("{from:#x}"), "toBlock": format!("{to:#x}"), "address": AT }))
    };
    assert_eq!(range(at - 1, at), all[1..3]);
    assert_eq!(range(at, at + 1), all[2..]);
    assert_eq!(range(0, at - 1), all[..2]);
    assert!(hashes(json!({ "fromBlock": "0x0", "topics": [null, topic] })).is_empty());
    let filter = result(
        &fork,
        "eth_newFilter",
        json!([{ "fromBlock": "0x0", "address": AT }]),
    );
    let logs = result(&fork, "eth_getFilterLogs", json!([filter]));
    assert_eq!(logs.as_array().unwrap().len(), 4);
}

#[test]
fn test_numbers_and_times_go_on() {
    let origin = Origin::new();
    let at = head(&origin.node);
    // Its time is an hour ahead of the clock; a fork lives there too.
    result(&origin.node, "evm_increaseTime", json!([3_600]));
    result(&origin.node, "evm_mine", json!([]));
    let there = result(&origin.node, "eth_getBlockByNumber", json!(["latest", false]));
    let fork = origin.fork();
    assert_eq!(head(&fork), at + 1);
    let pending = result(&fork, "eth_getBlockByNumber", json!(["pending", false]));
    let ahead = number(&pending["timestamp"]) - number(&there["timestamp"]);
    assert!(ahead < 600, "{ahead} s");
    assert_eq!(number(&pending["number"]), at + 2);
    let l1_ahead = number(&pending["l1BlockNumber"]) - number(&there["l1BlockNumber"]);
    assert_eq!(l1_ahead, ahead / 12);
    assert_eq!(pending["parentHash"], there["hash"]);
    let info = result(&fork, "anvil_nodeInfo", json!([]));
    assert_eq!(info["forkConfig"]["forkUrl"], origin.proxy.url());
    assert_eq!(info["forkConfig"]["forkBlockNumber"], at + 1);
    let forked = result(&fork, "anvil_metadata", json!([]))["forkedNetwork"].take();
    assert_eq!(
        forked,
        json!({ "chainId": 42_161, "forkBlockNumber": at + 1, "forkBlockHash": there["hash"] })
    );
    // A reset goes back to the fork point, and to no other.
    send(&fork, json!({ "from": fork.accounts()[0].address, "to": AT }));
    let forking = |url: &str, block: u64| json!([{ "forking": { "jsonRpcUrl": url, "blockNumber": block } }]);
    error(&fork, "anvil_reset", forking(&origin.proxy.url(), at));
    error(&fork, "anvil_reset", forking("http://127.0.0.1:1", at + 1));
    result(&fork, "anvil_reset", forking(&origin.proxy.url(), at + 1));
    assert_eq!((head(&fork), count(&fork, "latest").to::<u64>()), (at + 1, 3));
    let other_id = NodeHandle::start(NodeConfig {
        port: 0,
        chain_id: Some(31_337),
        fork: Some(origin.config()),
        ..NodeConfig::default()
    });
    assert_eq!(other_id.unwrap().chain_id(), 31_337);
}

#[test]
fn test_a_saved_fork_goes_on_with_its_own_chain_alone() {
    let origin = Origin::new();
    let at = head(&origin.node);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let start_with = |fork: Option<ForkConfig>| {
        NodeHandle::start(NodeConfig {
            port: 0,
            state: Some(path.clone()),
            fork,
            ..NodeConfig::default()
        })
    };
    let fork = start_with(Some(origin.config())).unwrap();
    send(&fork, json!({ "from": fork.accounts()[0].address, "to": AT }));
    fork.stop().unwrap();
    // The other went on meanwhile, and the file's fork point holds.
    send(
        &origin.node,
        json!({ "from": origin.node.accounts()[0].address, "to": AT }),
    );
    let again = start_with(Some(origin.config())).unwrap();
    assert_eq!((head(&again), count(&again, "latest").to::<u64>()), (at + 1, 4));
    assert_eq!(again.fork().unwrap().block, at);
    again.stop().unwrap();
    let refused = |fork: Option<ForkConfig>, part: &str| {
        let words = start_with(fork).unwrap_err().to_string();
        assert!(words.contains(part), "{words}");
    };
    refused(None, "--fork-url");
    let other_block = ForkBlock::Number(at - 1);
    refused(
        Some(ForkConfig {
            block: other_block,
            ..origin.config()
        }),
        "--fork-block",
    );
    let stranger = Origin::born_at(Some(1_700_000_000));
    refused(Some(stranger.config()), "another hash");
    // And a file of a chain that is no fork takes none.
    std::fs::remove_file(&path).unwrap();
    start_with(None).unwrap().stop().unwrap();
    refused(Some(origin.config()), "no fork");
    assert!(
        start(ForkConfig {
            block: ForkBlock::Number(at + 99),
            ..origin.config()
        })
        .unwrap_err()
        .to_string()
        .contains(&format!("its newest is {}", at + 1))
    );
}
