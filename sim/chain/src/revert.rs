//! Revert data and what it says: typed errors, Solidity's own `Error(string)` and `Panic(uint256)`, and errors
//! named by a JSON ABI.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use alloy_dyn_abi::{DynSolValue, ErrorExt};
use alloy_json_abi::{Error as AbiError, JsonAbi};
use alloy_primitives::{Bytes, Selector, U256, hex};
use alloy_sol_types::{Panic, PanicKind, Revert as ErrorString, SolError};

use crate::Receipt;

/// A call or transaction that the program refused. Nothing that it did remains; of a transaction the nonce and the
/// gas remain used, as the receipt says.
#[derive(Clone, Debug)]
pub struct Revert {
    data: Bytes,
    names: ErrorNames,
    receipt: Option<Box<Receipt>>,
    gas_used: u64,
}

impl Revert {
    pub(crate) fn new(data: Bytes, gas_used: u64, receipt: Option<Box<Receipt>>, names: ErrorNames) -> Self {
        Self {
            data,
            names,
            receipt,
            gas_used,
        }
    }

    /// The bytes that the program reverted with; may be empty.
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    /// Gas that the call or transaction used.
    pub fn gas_used(&self) -> u64 {
        self.gas_used
    }

    /// The receipt, if this was a transaction and not a read-only call.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.receipt.as_deref()
    }

    /// Whether the data is error `E`: its selector, followed by values that decode.
    pub fn is<E: SolError>(&self) -> bool {
        self.decode::<E>().is_some()
    }

    /// The error `E` with its values, or `None` if the data is something else. The values must decode strictly.
    ///
    /// ```
    /// use alloy_sol_types::{SolError, sol};
    /// use mintage_chain::{Chain, ChainError, hex};
    /// sol! { #[derive(Debug, PartialEq)] error TooSoon(uint256 now_ts); }
    /// let mut chain = Chain::new();
    /// // Reverts with TooSoon(5): PUSH4 selector, PUSH0, MSTORE, PUSH1 5, PUSH1 32, MSTORE, PUSH1 36, PUSH1 28, REVERT
    /// let code = [&hex!("63")[..], &TooSoon::SELECTOR, &hex!("5f5260056020526024601cfd")].concat();
    /// let target = chain.account("target");
    /// chain.set_code(target, code);
    /// let Err(ChainError::Revert(revert)) = chain.tx(chain.dev_account(0), target).call() else { panic!() };
    /// assert_eq!(revert.decode::<TooSoon>().unwrap().now_ts.to::<u64>(), 5);
    /// ```
    pub fn decode<E: SolError>(&self) -> Option<E> {
        E::abi_decode_validate(&self.data).ok()
    }

    /// The text of a `require(…, "text")` or `revert("text")`.
    pub fn reason(&self) -> Option<String> {
        self.decode::<ErrorString>().map(|error| error.reason)
    }

    /// The code of a Solidity panic: 0x01 assert, 0x11 overflow, 0x12 division by zero, 0x32 index, …
    pub fn panic_code(&self) -> Option<U256> {
        self.decode::<Panic>().map(|panic| panic.code)
    }

    /// The error's name and values by `abi`, such as `ERC20InsufficientBalance(sender: 0x70…C8, balance: 5, needed:
    /// 10)`; `None` when the data is no error of this ABI. [`Display`](fmt::Display) does the same by itself with the
    /// ABIs of what was deployed on the chain and of [`Chain::remember_errors`](crate::Chain::remember_errors).
    pub fn name_with(&self, abi: &JsonAbi) -> Option<String> {
        let selector = self.data.get(..4)?;
        abi.errors()
            .find(|error| error.selector() == selector)
            .and_then(|error| name(error, &self.data))
    }

    /// The error's name and values by the ABIs that the chain knows.
    pub fn name(&self) -> Option<String> {
        self.names.name(&self.data)
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(named) = self.name() {
            f.write_str(&named)
        } else if self.data.is_empty() {
            f.write_str("no data")
        } else if let Some(reason) = self.reason() {
            write!(f, "{reason:?}")
        } else if let Some(code) = self.panic_code() {
            write!(f, "Panic(0x{code:02x})")?;
            match u32::try_from(code).ok().and_then(PanicKind::from_number) {
                Some(kind) => write!(f, ": {}", kind.as_str()),
                None => Ok(()),
            }
        } else {
            write!(f, "data {}", hex::encode_prefixed(&self.data))
        }
    }
}

/// The errors that a chain can name, by selector. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct ErrorNames(Arc<BTreeMap<Selector, AbiError>>);

impl ErrorNames {
    /// Adds the errors of an ABI. Of two with the same selector the first stays.
    pub(crate) fn add(&mut self, abi: &JsonAbi) {
        if abi.errors.is_empty() {
            return;
        }
        let errors = Arc::make_mut(&mut self.0);
        for error in abi.errors() {
            errors.entry(error.selector()).or_insert_with(|| error.clone());
        }
    }

    fn name(&self, data: &[u8]) -> Option<String> {
        let selector = Selector::try_from(data.get(..4)?).ok()?;
        name(self.0.get(&selector)?, data)
    }
}

fn name(error: &AbiError, data: &[u8]) -> Option<String> {
    let values = error.decode_error(data).ok()?.body;
    let values: Vec<String> = error
        .inputs
        .iter()
        .zip(&values)
        .map(|(input, value)| match input.name.as_str() {
            "" => render(value),
            name => format!("{name}: {}", render(value)),
        })
        .collect();
    Some(format!("{}({})", error.name, values.join(", ")))
}

/// A decoded value as a person reads it: numbers in decimal, addresses with their checksum, bytes in hex.
fn render(value: &DynSolValue) -> String {
    let list = |values: &[DynSolValue]| values.iter().map(render).collect::<Vec<_>>().join(", ");
    match value {
        DynSolValue::Bool(v) => v.to_string(),
        DynSolValue::Int(v, _) => v.to_string(),
        DynSolValue::Uint(v, _) => v.to_string(),
        DynSolValue::FixedBytes(word, size) => hex::encode_prefixed(&word[..*size]),
        DynSolValue::Address(v) => v.to_checksum(None),
        DynSolValue::Function(v) => hex::encode_prefixed(v),
        DynSolValue::Bytes(v) => hex::encode_prefixed(v),
        DynSolValue::String(v) => format!("{v:?}"),
        DynSolValue::Array(v) | DynSolValue::FixedArray(v) => format!("[{}]", list(v)),
        DynSolValue::Tuple(v) => format!("({})", list(v)),
        // Structs by name exist only where another crate asks for typed data; an ABI's are tuples.
        #[allow(
            unreachable_patterns,
            reason = "a feature of alloy-dyn-abi that others may turn on"
        )]
        other => format!("({})", list(other.as_fixed_seq().unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, address};
    use alloy_sol_types::sol;

    sol! {
        #[derive(Debug, PartialEq)]
        error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
        error Odd(int8 a, bytes4 b, string c, uint256[] d);
    }

    fn revert(data: impl Into<Bytes>) -> Revert {
        Revert::new(data.into(), 0, None, ErrorNames::default())
    }

    fn abi() -> JsonAbi {
        JsonAbi::parse([
            "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
            "error Odd(int8 a, bytes4 b, string c, uint256[] d)",
        ])
        .unwrap()
    }

    #[test]
    fn test_typed_error_decodes_and_is_named_by_abi() {
        let sender: Address = address!("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
        let error = ERC20InsufficientBalance {
            sender,
            balance: U256::from(5),
            needed: U256::from(10),
        };
        let r = revert(error.abi_encode());
        assert_eq!(r.decode::<ERC20InsufficientBalance>(), Some(error));
        assert!(!r.is::<Odd>());
        let named = "ERC20InsufficientBalance(sender: 0x70997970C51812dc3A010C7d01b50e0d17dc79C8, balance: 5, needed: 10)";
        assert_eq!(r.name_with(&abi()).as_deref(), Some(named));
        let mut names = ErrorNames::default();
        names.add(&abi());
        assert_eq!(Revert::new(r.data().clone(), 0, None, names).to_string(), named);
        assert!(r.to_string().starts_with("data 0xe450d38c"), "{r}");
    }

    #[test]
    fn test_values_of_every_kind_are_rendered() {
        let odd = Odd {
            a: -3,
            b: [1, 2, 3, 4].into(),
            c: "a\"b".into(),
            d: vec![U256::from(1), U256::from(2)],
        };
        let named = revert(odd.abi_encode()).name_with(&abi()).unwrap();
        assert_eq!(named, r#"Odd(a: -3, b: 0x01020304, c: "a\"b", d: [1, 2])"#);
    }

    #[test]
    fn test_solidity_builtins_are_told() {
        let text = revert(
            ErrorString {
                reason: "paused".into(),
            }
            .abi_encode(),
        );
        assert_eq!(
            (text.reason().as_deref(), text.to_string().as_str()),
            (Some("paused"), "\"paused\"")
        );
        let panic = revert(
            Panic {
                code: U256::from(0x11),
            }
            .abi_encode(),
        );
        assert_eq!(panic.panic_code(), Some(U256::from(0x11)));
        assert!(panic.to_string().starts_with("Panic(0x11): "), "{panic}");
        let odd = revert(Panic { code: U256::MAX }.abi_encode());
        assert!(odd.to_string().starts_with("Panic(0xff"), "{odd}");
        assert_eq!(revert(vec![]).to_string(), "no data");
    }

    #[test]
    fn test_truncated_or_foreign_data_is_no_error() {
        let mut data = ERC20InsufficientBalance {
            sender: Address::ZERO,
            balance: U256::ZERO,
            needed: U256::ZERO,
        }
        .abi_encode();
        data.truncate(data.len() - 1);
        let r = revert(data);
        assert!(r.decode::<ERC20InsufficientBalance>().is_none());
        assert!(r.name_with(&abi()).is_none());
        assert!(revert(vec![1, 2, 3]).name_with(&abi()).is_none());
        // Dirty upper bytes of an address are not an address.
        let dirty = [&ERC20InsufficientBalance::SELECTOR[..], &[0xff; 96]].concat();
        assert!(revert(dirty).decode::<ERC20InsufficientBalance>().is_none());
    }
}
