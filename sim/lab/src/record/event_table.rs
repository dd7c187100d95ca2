//! Reads logs by a contract's JSON ABI into a name and readable arguments.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use alloy_primitives::{Address, B256, I256, U256, hex};
use mintage_abi::JsonAbi;
use mintage_chain::Log;

use crate::sites::Names;

/// The events of one contract.
#[derive(Clone, Debug, Default)]
pub struct EventTable(BTreeMap<B256, Shape>);

#[derive(Clone, Debug)]
struct Shape {
    name: String,
    inputs: Vec<Input>,
}

#[derive(Clone, Debug)]
struct Input {
    name: String,
    kind: Kind,
    indexed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Address,
    Unsigned,
    Signed,
    Bool,
    Word,
    /// Anything that is not one word in place: shown as the word that stands there (an offset or a hash).
    Other,
}

impl EventTable {
    /// The events that an ABI declares.
    pub fn new(abi: &JsonAbi) -> Self {
        let shapes = abi.events().map(|event| {
            let inputs = event.inputs.iter().map(|i| Input {
                name: i.name.clone(),
                kind: kind_of(&i.ty),
                indexed: i.indexed,
            });
            (
                event.selector(),
                Shape {
                    name: event.name.clone(),
                    inputs: inputs.collect(),
                },
            )
        });
        Self(shapes.collect())
    }

    /// Name and arguments (a JSON object) of a log; a log that no event fits is given in hexadecimal.
    pub fn read<'a>(&'a self, log: &Log, names: &Names) -> (Cow<'a, str>, String) {
        let shape = log.topics().first().and_then(|topic| self.0.get(topic));
        match shape.and_then(|s| s.args(log, names).map(|args| (s.name.as_str().into(), args))) {
            Some(read) => read,
            None => Self::unknown(log),
        }
    }

    /// A log of an unknown contract or event.
    pub fn unknown(log: &Log) -> (Cow<'static, str>, String) {
        let topics: Vec<String> = log.topics().iter().map(|t| format!("\"{t}\"")).collect();
        let data = hex::encode_prefixed(&log.data.data);
        (
            "unknown".into(),
            format!("{{\"topics\":[{}],\"data\":\"{data}\"}}", topics.join(",")),
        )
    }
}

impl Shape {
    fn args(&self, log: &Log, names: &Names) -> Option<String> {
        let mut topics = log.topics().iter().skip(1);
        let mut words = log.data.data.chunks_exact(32).map(B256::from_slice);
        let mut out = String::from("{");
        for (i, input) in self.inputs.iter().enumerate() {
            let word = if input.indexed {
                *topics.next()?
            } else {
                words.next()?
            };
            let separator = if i == 0 { "" } else { "," };
            let value = input.kind.show(word, names);
            write!(out, "{separator}\"{}\":\"{value}\"", input.name).ok()?;
        }
        out.push('}');
        Some(out)
    }
}

impl Kind {
    fn show(self, word: B256, names: &Names) -> String {
        match self {
            Self::Address => names.of(Address::from_word(word)).into_owned(),
            Self::Unsigned => U256::from_be_bytes(word.0).to_string(),
            Self::Signed => I256::from_be_bytes(word.0).to_string(),
            Self::Bool => (!word.is_zero()).to_string(),
            Self::Word | Self::Other => word.to_string(),
        }
    }
}

fn kind_of(solidity: &str) -> Kind {
    let width = |prefix: &str| {
        solidity
            .strip_prefix(prefix)
            .is_some_and(|w| w.bytes().all(|b| b.is_ascii_digit()))
    };
    match solidity {
        "address" => Kind::Address,
        "bool" => Kind::Bool,
        _ if width("uint") => Kind::Unsigned,
        _ if width("int") => Kind::Signed,
        _ if solidity != "bytes" && width("bytes") => Kind::Word,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, b256};

    #[test]
    fn test_read_names_addresses_and_numbers() {
        let table = EventTable::new(&mintage_abi::json_abi("pair").unwrap());
        let holder = address!("0x00000000000000000000000000000000000000aa");
        let mut names = Names::default();
        names.insert(holder, "holder-0");
        let topics = vec![
            b256!("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"),
            Address::ZERO.into_word(),
            holder.into_word(),
        ];
        let log = Log::new_unchecked(Address::ZERO, topics, U256::from(1_234).to_be_bytes_vec().into());
        let (name, args) = table.read(&log, &names);
        assert_eq!(name, "Transfer");
        assert_eq!(
            args,
            r#"{"from":"0x0000000000000000000000000000000000000000","to":"holder-0","value":"1234"}"#
        );
    }

    #[test]
    fn test_read_wrong_shape_is_hex() {
        let table = EventTable::new(&mintage_abi::json_abi("pair").unwrap());
        let topic = b256!("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
        let log = Log::new_unchecked(Address::ZERO, vec![topic], vec![1, 2].into());
        assert_eq!(table.read(&log, &Names::default()).0, "unknown");
    }
}
