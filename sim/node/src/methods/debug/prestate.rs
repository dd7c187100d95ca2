//! `prestateTracer`: the accounts that an execution looked at, as they were before it, and with `diffMode` what it changed.

use alloy_primitives::{Address, B256, U256};
use mintage_chain::{Chain, Touched};
use serde_json::{Map, Value, json};

use crate::render::quantity;

/// What is not to be shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Omit {
    pub(super) code: bool,
    pub(super) storage: bool,
}

/// Every account as it was before, with the slots that were read or written.
pub(super) fn before(touched: &[Touched], chain: &Chain, omit: Omit) -> Value {
    let accounts: Map<String, Value> = touched
        .iter()
        .map(|one| {
            (
                text(one.address),
                account(chain, one.address, &one.slots, omit).into(),
            )
        })
        .collect();
    accounts.into()
}

/// The accounts that changed: before as a whole, after only what differs.
pub(super) fn changes(touched: &[Touched], before: &Chain, after: &Chain, omit: Omit) -> Value {
    let (mut pre, mut post) = (Map::new(), Map::new());
    for Touched { address, slots } in touched {
        let changed: Vec<U256> = slots
            .iter()
            .filter(|slot| before.storage_at(*address, **slot) != after.storage_at(*address, **slot))
            .copied()
            .collect();
        let mut old = account(before, *address, &changed, omit);
        let new = account(after, *address, &changed, omit);
        if old == new {
            continue;
        }
        let mut difference: Map<String, Value> = new
            .into_iter()
            .filter(|(field, value)| old.get(field) != Some(value))
            .collect();
        without_zeros(&mut old);
        without_zeros(&mut difference);
        // What was not there before is not shown as it was.
        if before.code_hash_of(*address) != B256::ZERO {
            pre.insert(text(*address), old.into());
        }
        post.insert(text(*address), difference.into());
    }
    json!({ "pre": pre, "post": post })
}

/// A slot of 0 is one that is not there.
fn without_zeros(account: &mut Map<String, Value>) {
    let Some(storage) = account.get_mut("storage").and_then(Value::as_object_mut) else {
        return;
    };
    storage.retain(|_, value| *value != json!(B256::ZERO));
    if storage.is_empty() {
        account.remove("storage");
    }
}

/// An account as geth writes it: a nonce of 0, no code and no slots are left out.
fn account(chain: &Chain, address: Address, slots: &[U256], omit: Omit) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("balance".to_owned(), quantity(chain.balance_of(address)).into());
    let nonce = chain.nonce(address);
    if nonce > 0 {
        fields.insert("nonce".to_owned(), nonce.into());
    }
    let code = chain.code_at(address);
    if !code.is_empty() && !omit.code {
        fields.insert("code".to_owned(), json!(code));
    }
    if !slots.is_empty() && !omit.storage {
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
