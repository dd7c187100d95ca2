//! Parameters by position, each read as the type a method wants or refused with what was wrong.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::RpcError;

/// The parameters of a request, by position. `null` at the end or in the middle is the same as absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<Value>);

/// Which state a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockId {
    /// The newest block. `safe` and `finalized` are the same here: nothing is ever reorganised.
    Latest,
    /// The newest block and what waits.
    Pending,
    /// The genesis.
    Earliest,
    /// By L2 number.
    Number(u64),
    /// By hash.
    Hash(B256),
}

impl Params {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// The raw value at a place; `None` if absent or null.
    pub(crate) fn value(&self, place: usize) -> Option<&Value> {
        self.0.get(place).filter(|value| !value.is_null())
    }

    /// All values, as they came.
    pub(crate) fn values(&self) -> &[Value] {
        &self.0
    }

    fn required(&self, place: usize, what: &str) -> Result<&Value, RpcError> {
        self.value(place)
            .ok_or_else(|| RpcError::params(format!("missing value for required argument {place} ({what})")))
    }

    /// A value of a type that serde reads.
    pub(crate) fn typed<T: DeserializeOwned>(&self, place: usize, what: &str) -> Result<T, RpcError> {
        let value = self.required(place, what)?;
        T::deserialize(value).map_err(|e| RpcError::params(format!("invalid argument {place} ({what}): {e}")))
    }

    /// As [`Params::typed`], for what must be a JSON object: serde would read a list as its fields in order.
    pub(crate) fn object<T: DeserializeOwned>(&self, place: usize, what: &str) -> Result<T, RpcError> {
        if !self.required(place, what)?.is_object() {
            return Err(RpcError::params(format!(
                "invalid argument {place} ({what}): an object is expected"
            )));
        }
        self.typed(place, what)
    }

    /// As [`Params::typed`], `None` if absent.
    pub(crate) fn optional<T: DeserializeOwned>(
        &self,
        place: usize,
        what: &str,
    ) -> Result<Option<T>, RpcError> {
        match self.value(place) {
            None => Ok(None),
            Some(_) => self.typed(place, what).map(Some),
        }
    }

    pub(crate) fn address(&self, place: usize) -> Result<Address, RpcError> {
        self.typed(place, "an address")
    }

    pub(crate) fn hash(&self, place: usize) -> Result<B256, RpcError> {
        self.typed(place, "32 bytes as hex text")
    }

    pub(crate) fn bytes(&self, place: usize) -> Result<Bytes, RpcError> {
        self.typed(place, "bytes as hex text")
    }

    pub(crate) fn text(&self, place: usize) -> Result<String, RpcError> {
        self.typed(place, "a text")
    }

    pub(crate) fn flag(&self, place: usize) -> Result<bool, RpcError> {
        self.typed(place, "true or false")
    }

    /// A number, as a JSON number, or as hex or decimal text. Development tools send all three.
    pub(crate) fn word(&self, place: usize) -> Result<U256, RpcError> {
        let value = self.required(place, "a number")?;
        word(value).map_err(|problem| RpcError::params(format!("invalid argument {place}: {problem}")))
    }

    /// As [`Params::word`], for what fits 64 bits.
    pub(crate) fn number(&self, place: usize) -> Result<u64, RpcError> {
        u64::try_from(self.word(place)?)
            .map_err(|_| RpcError::params(format!("invalid argument {place}: the number is above 2^64-1")))
    }

    /// As [`Params::number`]; `None` if absent.
    pub(crate) fn optional_number(&self, place: usize) -> Result<Option<u64>, RpcError> {
        self.value(place).map(|_| self.number(place)).transpose()
    }

    /// A 32-byte word: as [`Params::word`], or 32 bytes of hex text with leading zeros.
    pub(crate) fn slot(&self, place: usize) -> Result<U256, RpcError> {
        self.word(place)
    }

    /// A block tag, number, hash or `{"blockNumber"}`/`{"blockHash"}`; `absent` if there is none.
    pub(crate) fn block(&self, place: usize, absent: BlockId) -> Result<BlockId, RpcError> {
        let Some(value) = self.value(place) else {
            return Ok(absent);
        };
        block_id(value).map_err(|problem| RpcError::params(format!("invalid argument {place}: {problem}")))
    }
}

/// Reads a tag, number or hash of a block.
pub(crate) fn block_id(value: &Value) -> Result<BlockId, String> {
    match value {
        Value::String(text) => match text.as_str() {
            "latest" | "safe" | "finalized" => Ok(BlockId::Latest),
            "pending" => Ok(BlockId::Pending),
            "earliest" => Ok(BlockId::Earliest),
            // EIP-1898 allows a hash only inside an object, geth and anvil take it here too.
            hash if hash.len() == 66 => hash
                .parse()
                .map(BlockId::Hash)
                .map_err(|e| format!("`{hash}` is no block hash: {e}")),
            _ => block_number(value),
        },
        Value::Number(_) => block_number(value),
        Value::Object(fields) => match (fields.get("blockHash"), fields.get("blockNumber")) {
            (Some(hash), None) => serde_json::from_value(hash.clone())
                .map(BlockId::Hash)
                .map_err(|e| format!("`blockHash`: {e}")),
            (None, Some(number)) => block_id(number),
            _ => Err("a block object has either `blockHash` or `blockNumber`".to_owned()),
        },
        _ => Err("a block is a tag, a number, or an object with its hash or number".to_owned()),
    }
}

fn block_number(value: &Value) -> Result<BlockId, String> {
    let number = word(value).map_err(|_| {
        format!("{value} is no block: use latest, pending, earliest, safe, finalized, a number or a hash")
    })?;
    u64::try_from(number)
        .map(BlockId::Number)
        .map_err(|_| format!("block number {number} is above 2^64-1"))
}

/// A number as JSON number, hex text or decimal text.
pub(crate) fn word(value: &Value) -> Result<U256, String> {
    match value {
        Value::Number(number) => {
            if let Some(number) = number.as_u64() {
                return Ok(U256::from(number));
            }
            // JavaScript writes large numbers as 1e21; whole ones below 2^53 are exact.
            match number.as_f64() {
                Some(float) if float >= 0.0 && float.fract() == 0.0 && float < 9_007_199_254_740_992.0 => {
                    Ok(U256::from(float as u64))
                }
                _ => Err(format!(
                    "{number} is no whole number from 0 that JSON holds exactly; send it as hex text"
                )),
            }
        }
        Value::String(text) => {
            let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some("") => return Ok(U256::ZERO),
                Some(digits) => U256::from_str_radix(digits, 16),
                None if text.is_empty() => return Err("an empty text is no number".to_owned()),
                None => U256::from_str_radix(text, 10),
            };
            let shown: String = text.chars().take(80).collect();
            parsed.map_err(|e| format!("`{shown}` is no number: {e}"))
        }
        _ => Err("a number is expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn test_numbers_in_every_spelling() {
        for value in [
            json!(255),
            json!("0xff"),
            json!("255"),
            json!("0x00ff"),
            json!(255.0),
        ] {
            assert_eq!(word(&value), Ok(U256::from(255)), "{value}");
        }
        for value in [
            json!(-1),
            json!(1.5),
            json!("0xg"),
            json!("ff"),
            json!(""),
            json!({}),
            json!(1e40),
        ] {
            assert!(word(&value).is_err(), "{value}");
        }
        assert!(word(&json!(format!("0x1{}", "0".repeat(64)))).is_err(), "2^256");
        assert_eq!(word(&json!(format!("0x{}", "f".repeat(64)))), Ok(U256::MAX));
    }

    #[test]
    fn test_blocks_in_every_spelling() {
        let hash = B256::repeat_byte(7);
        let cases = [
            (json!("latest"), BlockId::Latest),
            (json!("finalized"), BlockId::Latest),
            (json!("pending"), BlockId::Pending),
            (json!("earliest"), BlockId::Earliest),
            (json!("0x10"), BlockId::Number(16)),
            (json!(16), BlockId::Number(16)),
            (json!(hash), BlockId::Hash(hash)),
            (
                json!({ "blockHash": hash, "requireCanonical": true }),
                BlockId::Hash(hash),
            ),
            (json!({ "blockNumber": "0x10" }), BlockId::Number(16)),
        ];
        for (value, expected) in cases {
            assert_eq!(block_id(&value), Ok(expected), "{value}");
        }
        for value in [
            json!("newest"),
            json!({}),
            json!([]),
            json!(true),
            json!("0x1ffffffffffffffff"),
        ] {
            assert!(block_id(&value).is_err(), "{value}");
        }
    }
}
