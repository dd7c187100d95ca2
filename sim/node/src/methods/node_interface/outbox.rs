//! Proofs for the outbox: that a message to L1 stands in the tree of a chain's messages. The outbox on the parent chain takes them.

use alloy_primitives::{B256, keccak256};
use mintage_chain::LogQuery;
use mintage_vm::precompile::{ARB_SYS, L2_TO_L1_TX};

use super::revert;
use crate::node::Node;
use crate::rpc::RpcError;

/// A message's hash, the root of a tree with it, and the hashes beside the way from the one to the other, from below.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) send: B256,
    pub(super) root: B256,
    pub(super) beside: Vec<B256>,
}

/// The proof for message `leaf` in the tree of the first `size` messages.
pub(super) fn proof(node: &Node, size: u64, leaf: u64) -> Result<Proof, RpcError> {
    if leaf >= size {
        return Err(revert("leaf does not exist: the tree is smaller"));
    }
    let size = usize::try_from(size).map_err(|_| revert("the tree is larger than any"))?;
    let sent = sent(node)?;
    let Some(messages) = sent.get(..size) else {
        return Err(revert("fewer messages were sent than the tree is to have"));
    };
    let messages: Option<Vec<B256>> = messages.iter().copied().collect();
    let messages =
        messages.ok_or_else(|| revert("messages that were sent before a fork are not known here"))?;
    // It fits: it is below the size.
    Ok(proof_of(&messages, leaf as usize))
}

/// The hashes of all messages in the order of their leaves; `None` for those that were sent before a fork.
fn sent(node: &Node) -> Result<Vec<Option<B256>>, RpcError> {
    // What is sent meanwhile counts in neither.
    let head = node.reader.head();
    let query = LogQuery {
        from: 0,
        to: head.number(),
        addresses: vec![ARB_SYS],
        topics: [vec![L2_TO_L1_TX], Vec::new(), Vec::new(), Vec::new()],
        max_results: Some(node.limits.logs),
    };
    let found = node
        .reader
        .logs(&query)
        .map_err(|e| RpcError::limit(e.to_string()))?;
    let count = usize::try_from(head.send_count).unwrap_or(usize::MAX);
    let before = count.saturating_sub(found.len());
    let own = found.iter().map(|entry| entry.log().topics().get(2).copied());
    Ok(std::iter::repeat_n(None, before).chain(own).collect())
}

/// An empty place of the tree is zero at every level.
fn proof_of(messages: &[B256], leaf: usize) -> Proof {
    let mut row: Vec<B256> = messages.iter().map(keccak256).collect();
    let (mut place, mut beside) = (leaf, Vec::new());
    while row.len() > 1 {
        row.resize(row.len().next_multiple_of(2), B256::ZERO);
        beside.push(row[place ^ 1]);
        row = row.chunks(2).map(|pair| keccak256(pair.concat())).collect();
        place /= 2;
    }
    Proof {
        send: messages[leaf],
        root: row[0],
        beside,
    }
}

/// The root that the outbox computes from a proof.
#[cfg(test)]
fn root_of(proof: &Proof, leaf: usize) -> B256 {
    let mut hash = keccak256(proof.send);
    for (level, beside) in proof.beside.iter().enumerate() {
        hash = match (leaf >> level) & 1 {
            0 => keccak256([hash, *beside].concat()),
            _ => keccak256([*beside, hash].concat()),
        };
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use mintage_vm::arbos::sends;
    use mintage_vm::arbos::storage::{Free, MemoryLedger};

    #[test]
    fn test_proofs_lead_to_the_root_that_headers_carry() {
        let mut ledger = MemoryLedger::default();
        let store = &mut Free(&mut ledger);
        let mut messages = Vec::new();
        for number in 0..40u8 {
            let message = B256::repeat_byte(number);
            messages.push(message);
            sends::append(store, message).unwrap();
            let root = sends::root(store).unwrap();
            for leaf in 0..messages.len() {
                let proof = proof_of(&messages, leaf);
                assert_eq!(
                    (proof.root, root_of(&proof, leaf)),
                    (root, root),
                    "{leaf} of {number}"
                );
            }
        }
    }
}
