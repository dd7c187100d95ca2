//! Proofs: the nodes on the way from a root to a leaf, or to where one would be.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_trie::proof::ProofRetainer;
use alloy_trie::{HashBuilder, Nibbles, TrieAccount};

use super::{key_of_slot, leaf_of_slot};

/// The way to an account in the tree of all accounts.
pub(crate) fn of_account(accounts: Vec<(Address, TrieAccount)>, address: Address) -> Vec<Bytes> {
    let leaves = accounts
        .into_iter()
        .map(|(address, account)| (keccak256(address), alloy_rlp::encode(account)));
    let (_, mut ways) = prove(leaves.collect(), &[keccak256(address)]);
    ways.pop().unwrap_or_default()
}

/// The ways to `slots` in the tree of a storage, and its root.
pub(crate) fn of_slots(storage: Vec<(U256, U256)>, slots: &[U256]) -> (B256, Vec<Vec<Bytes>>) {
    let leaves = storage.into_iter().map(|(slot, value)| leaf_of_slot(slot, value));
    let keys: Vec<B256> = slots.iter().map(|slot| key_of_slot(*slot)).collect();
    prove(leaves.collect(), &keys)
}

/// In a tree without leaves no way has a node.
fn prove(mut leaves: Vec<(B256, Vec<u8>)>, keys: &[B256]) -> (B256, Vec<Vec<Bytes>>) {
    if leaves.is_empty() {
        return (alloy_trie::EMPTY_ROOT_HASH, vec![Vec::new(); keys.len()]);
    }
    leaves.sort_unstable();
    let wanted: Vec<Nibbles> = keys.iter().map(Nibbles::unpack).collect();
    let mut builder = HashBuilder::default().with_proof_retainer(ProofRetainer::new(wanted.clone()));
    for (key, value) in &leaves {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    let root = builder.root();
    let nodes = builder.take_proof_nodes();
    let way = |key: &Nibbles| nodes.matching_nodes_sorted(key).into_iter().map(|(_, node)| node);
    (root, wanted.iter().map(|key| way(key).collect()).collect())
}
