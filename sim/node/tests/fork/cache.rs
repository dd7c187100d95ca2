//! What a fork keeps of the other chain on disk, and how often it asks.

use std::path::Path;

use mintage_node::{ForkBlock, ForkConfig, NodeHandle};
use serde_json::json;

use super::{AT, Origin, count, head, send, start};
use crate::wire::result;

/// Uses the fork as a user would.
fn work(fork: &NodeHandle, origin: &Origin) {
    let from = fork.accounts()[0].address;
    let call = json!({ "from": from, "to": super::PROGRAM, "data": origin.transfer });
    send(fork, call);
    send(fork, json!({ "from": from, "to": AT }));
    assert_eq!(count(fork, "latest").to::<u64>(), 4);
}

/// The methods that a start, the work and the end ask for, other than what finds the fork point.
fn asked(origin: &Origin, folder: &Path) -> Vec<String> {
    origin.proxy.methods();
    let fork = start(ForkConfig {
        cache: Some(folder.to_owned()),
        block: ForkBlock::Number(head(&origin.node)),
        ..origin.config()
    })
    .unwrap();
    work(&fork, origin);
    fork.stop().unwrap();
    let mut methods = origin.proxy.methods();
    methods.retain(|method| method != "eth_chainId" && method != "eth_getBlockByNumber");
    methods
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let chain = folder.join("42161");
    let entries = std::fs::read_dir(chain).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn test_what_was_read_once_is_not_asked_for_again() {
    let origin = Origin::new();
    let folder = tempfile::tempdir().unwrap();
    let first = asked(&origin, folder.path());
    assert!(first.len() > 50, "{}", first.len());
    assert_eq!(asked(&origin, folder.path()), Vec::<String>::new());
    // A damaged file is as none, and is whole again afterwards.
    let [file] = files(folder.path()).try_into().unwrap();
    let whole = std::fs::read(&file).unwrap();
    for bytes in [
        whole[..whole.len() / 2].to_vec(),
        b"nonsense".to_vec(),
        Vec::new(),
    ] {
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(asked(&origin, folder.path()), first);
        assert_eq!(std::fs::read(&file).unwrap(), whole);
    }
    // A folder that cannot be written costs the cache and nothing else.
    let no_folder = folder.path().join("file");
    std::fs::write(&no_folder, "").unwrap();
    assert_eq!(asked(&origin, &no_folder), first);
}

#[test]
fn test_the_cache_of_one_block_is_not_taken_for_another() {
    let origin = Origin::new();
    let folder = tempfile::tempdir().unwrap();
    let first = asked(&origin, folder.path());
    // The same number with another hash: the chain was taken back and went another way.
    let snapshot = result(&origin.node, "evm_snapshot", json!([]));
    result(&origin.node, "evm_mine", json!([]));
    let number = head(&origin.node);
    asked(&origin, folder.path());
    result(&origin.node, "evm_revert", json!([snapshot]));
    result(&origin.node, "evm_increaseTime", json!([50]));
    result(&origin.node, "evm_mine", json!([]));
    assert_eq!(head(&origin.node), number);
    assert_eq!(asked(&origin, folder.path()), first);
    assert_eq!(files(folder.path()).len(), 3);
}

#[test]
fn test_what_was_read_of_two_blocks_is_not_kept() {
    let origin = Origin::new();
    let folder = tempfile::tempdir().unwrap();
    let snapshot = result(&origin.node, "evm_snapshot", json!([]));
    result(&origin.node, "evm_mine", json!([]));
    let config = ForkConfig {
        cache: Some(folder.path().to_owned()),
        ..origin.config()
    };
    let fork = start(config.clone()).unwrap();
    let from = origin.node.accounts()[0].address;
    // The chain is taken back, and another block gets the number.
    result(&origin.node, "evm_revert", json!([snapshot]));
    send(&origin.node, json!({ "from": from, "to": AT }));
    assert_eq!(head(&origin.node), head(&fork));
    assert_eq!(count(&fork, "latest").to::<u64>(), 4, "of the other block");
    fork.stop().unwrap();
    assert!(!folder.path().join("42161").exists());
    // Nor is what nobody can be asked about.
    let fork = start(config).unwrap();
    count(&fork, "latest");
    origin.proxy.go_away(true);
    fork.stop().unwrap();
    assert!(!folder.path().join("42161").exists());
}

#[test]
fn test_many_who_want_the_same_ask_once() {
    let origin = Origin::new();
    let fork = origin.fork();
    origin.proxy.methods();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert_eq!(count(&fork, "latest").to::<u64>(), 3));
            scope.spawn(|| result(&fork, "eth_getBalance", json!([AT])));
        }
    });
    let mut methods = origin.proxy.methods();
    methods.sort();
    let account = [
        "eth_getBalance",
        "eth_getCode",
        "eth_getStorageAt",
        "eth_getTransactionCount",
    ];
    assert_eq!(methods, account);
}

#[test]
fn test_headers_are_sent_with_each_request() {
    let origin = Origin::new();
    let headers = vec![("Authorization".to_owned(), "Bearer key".to_owned())];
    let fork = start(ForkConfig {
        headers,
        ..origin.config()
    })
    .unwrap();
    count(&fork, "latest");
    let heads = origin.proxy.heads();
    assert_eq!(
        heads.matches("authorization: bearer key").count(),
        heads.matches("post /").count()
    );
}
