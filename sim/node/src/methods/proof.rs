//! Proofs of accounts and their storage (EIP-1186).

use alloy_primitives::{B256, U256};
use mintage_chain::SlotProof;
use serde_json::{Value, json};

use super::{Run, failure};
use crate::node::Node;
use crate::render::quantity;
use crate::rpc::{Answer, BlockId, Params, RpcError, word};

pub(super) const METHODS: &[(&str, Run)] = &[("eth_getProof", Run::Long(proof))];

/// So many keys may be asked for at once.
const MAX_KEYS: usize = 1_024;
/// Characters of a key that is written as 32 bytes.
const WHOLE_WORD: usize = 2 + 64;

/// A storage key, and how it was written: as 32 bytes or as a number. The answer repeats it in the same way.
struct Key {
    slot: U256,
    whole: bool,
}

impl Key {
    fn read(value: &Value) -> Result<Self, RpcError> {
        let slot =
            word(value).map_err(|problem| RpcError::params(format!("invalid argument 1: {problem}")))?;
        let whole = value.as_str().is_some_and(|text| text.len() == WHOLE_WORD);
        Ok(Self { slot, whole })
    }

    fn shown(&self) -> Value {
        if self.whole {
            json!(B256::from(self.slot))
        } else {
            json!(quantity(self.slot))
        }
    }
}

fn keys(params: &Params) -> Result<Vec<Key>, RpcError> {
    let Some(value) = params.value(1) else {
        return Ok(Vec::new());
    };
    let list = value
        .as_array()
        .ok_or_else(|| RpcError::params("invalid argument 1: a list of storage keys is expected"))?;
    if list.len() > MAX_KEYS {
        return Err(RpcError::params(format!(
            "invalid argument 1: {} storage keys, at most {MAX_KEYS} are allowed at once",
            list.len()
        )));
    }
    list.iter().map(Key::read).collect()
}

fn proof(node: &Node, params: &Params) -> Answer {
    let (address, keys) = (params.address(0)?, keys(params)?);
    let id = params.block(2, BlockId::Latest)?;
    let slots: Vec<U256> = keys.iter().map(|key| key.slot).collect();
    let proof = node
        .reader
        .proof(id.into(), address, &slots)
        .map_err(failure::unread)?;
    let of_slot = |(key, proven): (&Key, &SlotProof)| {
        json!({
            "key": key.shown(),
            "value": quantity(proven.value),
            "proof": proven.nodes,
        })
    };
    let fields = json!({
        "address": address,
        "accountProof": proof.nodes,
        "balance": quantity(proof.balance),
        "codeHash": proof.code_hash,
        "nonce": quantity(proof.nonce),
        "storageHash": proof.storage_root,
        "storageProof": keys.iter().zip(&proof.slots).map(of_slot).collect::<Vec<_>>(),
    });
    Ok(fields.to_string())
}
