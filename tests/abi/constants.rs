//! Every four bytes in a program's code that a router could compare a selector with.

use std::collections::BTreeSet;

use wasmparser::{DataKind, Operator, Parser, Payload};

use crate::program::Selector;

/// All constants of the code and all windows of its data, in both byte orders, with what a compiler makes of a
/// comparison (negated for a subtraction, a neighbour for a range).
pub(crate) fn selectors(wasm: &[u8]) -> BTreeSet<Selector> {
    let mut found = BTreeSet::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("accepted by the network's rules") {
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().expect("valid") {
                    match operator.expect("valid") {
                        Operator::I32Const { value } => add(&mut found, value as u32),
                        Operator::I64Const { value } => {
                            add(&mut found, value as u32);
                            add(&mut found, (value >> 32) as u32);
                        }
                        _ => {}
                    }
                }
            }
            Payload::DataSection(segments) => {
                for segment in segments {
                    let segment = segment.expect("valid");
                    assert!(matches!(segment.kind, DataKind::Active { .. }));
                    for window in segment.data.windows(4) {
                        let word: Selector = window.try_into().expect("four bytes");
                        found.insert(word);
                        found.insert(u32::from_be_bytes(word).to_le_bytes());
                    }
                }
            }
            _ => {}
        }
    }
    found
}

fn add(found: &mut BTreeSet<Selector>, constant: u32) {
    for word in [constant, constant.wrapping_neg(), !constant] {
        for near in [word, word.wrapping_sub(1), word.wrapping_add(1)] {
            found.insert(near.to_be_bytes());
            found.insert(near.to_le_bytes());
        }
    }
}
