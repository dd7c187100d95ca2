//! The selectors of functions and errors and the topics of events, listed, and refused when two of them collide.

use crate::interface::Interface;
use alloy_primitives::hex;
use std::{collections::BTreeMap, fmt};

/// What a selector stands for. Selectors have to be unique within a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A function: the first four bytes of calldata.
    Function,
    /// An error: the first four bytes of revert data.
    Error,
    /// An event: the first topic.
    Event,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Function => "function",
            Self::Error => "error",
            Self::Event => "event",
        })
    }
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector {
    /// Function, error or event.
    pub kind: Kind,
    /// The contracts that have it, sorted.
    pub contracts: Vec<String>,
    /// Canonical signature, `transfer(address,uint256)`.
    pub signature: String,
    /// Four bytes, or 32 for an event, in hexadecimal with 0x.
    pub selector: String,
}

/// Two signatures of one kind that share a selector: callers could not tell them apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {kind}s `{first}` and `{second}` have the same selector {selector}; rename one of them")]
pub struct Collision {
    /// Function, error or event.
    pub kind: Kind,
    /// The selector that they share.
    pub selector: String,
    /// A signature.
    pub first: String,
    /// The other signature.
    pub second: String,
}

/// All selectors and topics of the interfaces, by kind and signature.
///
/// # Errors
/// [`Collision`] when two different signatures of a kind have the same selector, be it in two interfaces: an error bubbles
/// through other contracts and explorers look functions up without knowing the contract.
pub fn list(interfaces: &[Interface]) -> Result<Vec<Selector>, Collision> {
    let mut found: BTreeMap<(Kind, String), Selector> = BTreeMap::new();
    for interface in interfaces {
        for (kind, signature, selector) in of(interface) {
            let entry = found
                .entry((kind, signature.clone()))
                .or_insert_with(|| Selector {
                    kind,
                    contracts: vec![],
                    signature,
                    selector,
                });
            entry.contracts.push(interface.contract.clone());
        }
    }
    let mut by_selector: BTreeMap<(Kind, &str), &str> = BTreeMap::new();
    for s in found.values() {
        if let Some(other) = by_selector.insert((s.kind, &s.selector), &s.signature) {
            return Err(Collision {
                kind: s.kind,
                selector: s.selector.clone(),
                first: other.to_owned(),
                second: s.signature.clone(),
            });
        }
    }
    Ok(found.into_values().map(sorted).collect())
}

fn sorted(mut selector: Selector) -> Selector {
    selector.contracts.sort();
    selector.contracts.dedup();
    selector
}

fn of(interface: &Interface) -> impl Iterator<Item = (Kind, String, String)> {
    let abi = &interface.abi;
    let functions = abi
        .functions()
        .map(|f| (Kind::Function, f.signature(), hex::encode_prefixed(f.selector())));
    let errors = abi
        .errors()
        .map(|e| (Kind::Error, e.signature(), hex::encode_prefixed(e.selector())));
    let events = abi
        .events()
        .map(|e| (Kind::Event, e.signature(), hex::encode_prefixed(e.selector())));
    functions.chain(errors).chain(events)
}
