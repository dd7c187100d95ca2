//! `prestateTracer`: the accounts that an execution looked at, as they were before it, and with `diffMode` what it changed.

use alloy_primitives::{Address, B256, U256};
use mintage_chain::{Chain, Touched};
use serde_json::{Map, Value, json};

use crate::render::quantity;

/// Every account as it was before, with the slots that were read or written.
pub(super) fn before(touched: &[Touched], chain: &Chain) -> Value {
    let accounts: Map<String, Value> = touched
        .iter()
        .map(|one| (text(one.address), account(chain, one.address, &one.slots).into()))
        .collect();
    accounts.into()
}

/// The accounts that changed: before as a whole, after only what differs.
pub(super) fn changes(touched: &[Touched], before: &Chain, after: &Chain) -> Value {
    let (mut pre, mut post) = (Map::new(), Map::new());
    for Touched { address, slots } in touched {
        let changed: Vec<U256> = slots
            .iter()
            .filter(|slot| before.storage_at(*address, **slot) != after.storage_at(*address, **slot))
            .copied()
            .collect();
        let old = account(before, *address, &changed);
        let new = account(after, *address, &changed);
        if old == new {
            continue;
        }
        let mut difference: Map<String, Value> = new
            .into_iter()
            .filter(|(field, value)| old.get(field) != Some(value))
            .collect();
        // Slots that were cleared are absent after.
        if let Some(storage) = difference.get_mut("storage").and_then(Value::as_object_mut) {
            storage.retain(|_, value| *value != json!(B256::ZERO));
        }
        pre.insert(text(*address), old.into());
        post.insert(text(*address), difference.into());
    }
    json!({ "pre": pre, "post": post })
}

/// An account as geth writes it: a nonce of 0, no code and no slots are left out.
fn account(chain: &Chain, address: Address, slots: &[U256]) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("balance".to_owned(), quantity(chain.balance_of(address)).into());
    let nonce = chain.nonce(address);
    if nonce > 0 {
        fields.insert("nonce".to_owned(), nonce.into());
    }
    let code = chain.code_at(address);
    if !code.is_empty() {
        fields.insert("code".to_owned(), json!(code));
    }
    if !slots.is_empty() {
        let slot = |slot: &U256| {
            let value = B256::from(chain.storage_at(address, *slot));
            (B256::from(*slot).to_string(), json!(value))
        };
        let storage: Map<String, Value> = slots.iter().map(slot).collect();
        fields.insert("storage".to_owned(), storage.into());
    }
    fields
}

/// Lower case, as in all other answers.
fn text(address: Address) -> String {
    format!("{address:#x}")
}
