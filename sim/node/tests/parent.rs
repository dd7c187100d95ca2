//! What a chain without a parent says of it: messages to L1 and their proofs, batches, tickets, `arb_*`.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{B256, U256, keccak256};
use mintage_node::NodeHandle;
use serde_json::{Value, json};

use crate::wire::{call, error, result};

const NODE_INTERFACE: &str = "0x00000000000000000000000000000000000000c8";
const NODE_INTERFACE_DEBUG: &str = "0x00000000000000000000000000000000000000c9";

fn words(numbers: &[u64]) -> String {
    numbers.iter().map(|number| format!("{number:064x}")).collect()
}

fn view(node: &NodeHandle, to: &str, data: String) -> Vec<B256> {
    let output = result(node, "eth_call", json!([{ "to": to, "data": data }, "latest"]));
    let bytes: alloy_primitives::Bytes = output.as_str().unwrap().parse().unwrap();
    bytes.chunks(32).map(B256::from_slice).collect()
}

fn refused(node: &NodeHandle, to: &str, data: String) -> String {
    let error = error(node, "eth_call", json!([{ "to": to, "data": data }, "latest"]));
    assert_eq!(error["code"], 3, "{error}");
    error["message"].to_string()
}

/// Sends messages to L1, and holds each proof against the root in the header.
#[test]
fn test_proofs_for_the_outbox() {
    let node = NodeHandle::spawn().unwrap();
    let from = node.accounts()[0].address;
    let proof = |size: u64, leaf: u64| format!("0x42696350{}", words(&[size, leaf]));
    assert!(refused(&node, NODE_INTERFACE, proof(1, 0)).contains("fewer messages"));
    let mut roots = Vec::new();
    for to in 1..=5u64 {
        let withdraw = format!("0x25e16063{}", words(&[to]));
        let sent = json!({ "from": from, "to": "0x0000000000000000000000000000000000000064", "value": "0x1", "data": withdraw });
        result(&node, "eth_sendTransaction", json!([sent]));
        let head = result(&node, "eth_getBlockByNumber", json!(["latest", false]));
        roots.push(head["sendRoot"].as_str().unwrap().parse::<B256>().unwrap());
    }
    for size in 1..=5u64 {
        for leaf in 0..size {
            let answer = view(&node, NODE_INTERFACE, proof(size, leaf));
            let (send, root, beside) = (answer[0], answer[1], &answer[4..]);
            assert_eq!(root, roots[size as usize - 1]);
            assert_eq!(U256::from_be_bytes(answer[3].0), U256::from(beside.len()));
            let mut hash = keccak256(send);
            for (level, other) in beside.iter().enumerate() {
                hash = match (leaf >> level) & 1 {
                    0 => keccak256([hash, *other].concat()),
                    _ => keccak256([*other, hash].concat()),
                };
            }
            assert_eq!(hash, root, "{leaf} of {size}");
        }
    }
    assert!(refused(&node, NODE_INTERFACE, proof(5, 5)).contains("leaf"));
    assert!(refused(&node, NODE_INTERFACE, proof(6, 0)).contains("fewer messages"));
}

#[test]
fn test_no_block_is_in_a_batch() {
    let node = NodeHandle::spawn().unwrap();
    let head = result(&node, "eth_getBlockByNumber", json!(["latest", false]));
    let hash = head["hash"].as_str().unwrap().trim_start_matches("0x");
    assert_eq!(
        view(&node, NODE_INTERFACE, format!("0xe5ca238c{hash}")),
        [B256::ZERO]
    );
    assert!(refused(&node, NODE_INTERFACE, format!("0xe5ca238c{}", words(&[7]))).contains("unknown block"));
    assert!(refused(&node, NODE_INTERFACE, format!("0x81f1adaf{}", words(&[0]))).contains("no batch"));
    assert!(refused(&node, NODE_INTERFACE, format!("0x89496270{}", words(&[0, 0]))).contains("Nitro"));
    assert_eq!(result(&node, "arb_checkPublisherHealth", json!([])), Value::Null);
    assert_eq!(result(&node, "arb_getL1Confirmations", json!([0])), 0);
    for (method, params, part) in [
        ("arb_getL1Confirmations", json!([9]), "unknown block"),
        ("arb_findBatchContainingBlock", json!([0]), "no batch"),
        ("arb_getRawBlockMetadata", json!(["0x0", "0x0"]), "timeboosted"),
        ("arb_latestValidated", json!([]), "validator"),
        ("arb_nothing", json!([]), "arb_nothing"),
    ] {
        let words = error(&node, method, params)["message"].to_string();
        assert!(words.contains(part), "{method}: {words}");
    }
}

/// By the chain's rule: its compression, all that the transaction will carry, the prices of the block that is asked for.
#[test]
fn test_estimates_of_l1_gas() {
    use mintage_vm::arbos::poster::{MadeUp, estimated_gas_down, gas_down};
    let node = NodeHandle::spawn().unwrap();
    let (from, to) = (node.accounts()[0].address, node.accounts()[1].address);
    let data = alloy_primitives::Bytes::from(b"a sentence that says nothing. ".repeat(30));
    let access_list = AccessList(
        (1..20u8)
            .map(|n| AccessListItem {
                address: alloy_primitives::Address::repeat_byte(n),
                storage_keys: vec![B256::repeat_byte(n)],
            })
            .collect(),
    );
    let list: Vec<Value> = access_list
        .iter()
        .map(|item| json!({ "address": item.address, "storageKeys": item.storage_keys }))
        .collect();
    // `(address, bool, bytes)` of gasEstimateL1Component, and of gasEstimateComponents.
    let asked = |selector: &str| {
        let address = to.into_word().to_string();
        let padded = format!(
            "{data:x}{}",
            "00".repeat(data.len().next_multiple_of(32) - data.len())
        );
        let length = data.len() as u64;
        let address = address.trim_start_matches("0x");
        format!(
            "0x{selector}{address}{}{}",
            words(&[0, 0x60, length]),
            padded.trim_start_matches("0x")
        )
    };
    let view = |selector: &str, block: &str| {
        let call = json!({ "from": from, "to": NODE_INTERFACE, "data": asked(selector), "accessList": list });
        let output = result(&node, "eth_call", json!([call, block]));
        let bytes: alloy_primitives::Bytes = output.as_str().unwrap().parse().unwrap();
        bytes.chunks(32).map(U256::from_be_slice).collect::<Vec<_>>()
    };
    let mut seen = Vec::new();
    for (number, level, base_fee) in [(1u64, 1, 50_000_000), (3, 11, 80_000_000)] {
        // ArbOwner.setBrotliCompressionLevel.
        let set = format!("0x5399126f{}", words(&[level]));
        let owner = json!({ "from": from, "to": "0x0000000000000000000000000000000000000070", "data": set });
        result(&node, "anvil_setNextBlockBaseFeePerGas", json!([base_fee]));
        result(&node, "eth_sendTransaction", json!([owner]));
        let made_up = MadeUp {
            to: Some(to),
            data: &data,
            access_list: Some(&access_list),
            ..MadeUp::default()
        };
        let units = made_up.padded_units(level as u32);
        let price = U256::from(1_000_000);
        let raised = price * U256::from(units) * U256::from(11_000) / U256::from(10_000);
        let fee = U256::from(base_fee);
        let least = 20_000_000;
        let expected = (
            U256::from(estimated_gas_down(units, price, base_fee, least)),
            U256::from(gas_down(1, raised, base_fee)),
        );
        seen.push((format!("{number:#x}"), expected, fee, price));
        result(&node, "evm_mine", json!([]));
    }
    assert_ne!(seen[0].1, seen[1].1);
    for (block, (part, whole), fee, price) in seen {
        assert_eq!(view("c94e6eeb", &block)[1..], [part, fee, price], "{block}");
        assert_eq!(view("77d488a2", &block), [whole, fee, price], "{block}");
    }
}

/// The redeem of a ticket is estimated as its sender's alias would make it.
#[test]
fn test_tickets() {
    let node = NodeHandle::spawn().unwrap();
    let (sender, to) = (node.accounts()[0].address, node.accounts()[1].address);
    let ticket = |deposit: u64, value: u64| {
        let address =
            |one: alloy_primitives::Address| one.into_word().to_string().trim_start_matches("0x").to_owned();
        format!(
            "0xc3dc5879{}{}{}{}{}{}{}",
            address(sender),
            words(&[deposit]),
            address(to),
            words(&[value]),
            address(sender),
            address(sender),
            words(&[0xe0, 0])
        )
    };
    let estimate = |data: String| {
        call(
            &node,
            "eth_estimateGas",
            json!([{ "to": NODE_INTERFACE, "data": data }]),
        )
    };
    assert_eq!(estimate(ticket(1_000, 1_000))["result"], "0x5208");
    assert!(
        estimate(ticket(0, 1_000))["error"]["message"]
            .to_string()
            .contains("insufficient")
    );
    let unknown = refused(&node, NODE_INTERFACE_DEBUG, format!("0x4d7953ad{}", words(&[1])));
    assert!(unknown.contains("no retryable"), "{unknown}");
}
