//! Arguments and results of host calls, by name.

use super::abi::Names;
use mintage_chain::{Address, U256, hex};
use mintage_vm::trace::Hostio;

/// What stands at a place of the arguments or results.
#[derive(Clone, Copy)]
enum Field {
    Number(&'static str, usize),
    Word(&'static str),
    Address(&'static str),
    /// All that is left.
    Bytes(&'static str),
}

/// Layout of a host function's arguments and results.
fn layout(name: &str) -> (&'static [Field], &'static [Field]) {
    use Field::{Address as Account, Bytes, Number, Word};
    match name {
        "user_entrypoint" => (&[Number("calldata bytes", 4)], &[]),
        "user_returned" => (&[], &[Number("status", 4)]),
        "read_args" => (&[], &[Bytes("")]),
        "write_result" => (&[Bytes("")], &[]),
        "exit_early" => (&[Number("status", 4)], &[]),
        "storage_load_bytes32" | "transient_load_bytes32" => (&[Word("")], &[Word("")]),
        "storage_cache_bytes32" | "transient_store_bytes32" => (&[Word(""), Word("")], &[]),
        "storage_flush_cache" => (&[Number("clear", 1)], &[]),
        "account_balance" => (&[Account("")], &[Word("")]),
        "account_codehash" => (&[Account("")], &[Word("")]),
        "account_code" => (
            &[Account(""), Number("offset", 4), Number("size", 4)],
            &[Bytes("")],
        ),
        "account_code_size" => (&[Account("")], &[Number("", 4)]),
        "block_basefee" | "msg_value" | "tx_gas_price" => (&[], &[Word("")]),
        "block_coinbase" | "contract_address" | "msg_sender" | "tx_origin" => (&[], &[Account("")]),
        "block_gas_limit" | "block_number" | "block_timestamp" | "chainid" | "evm_gas_left"
        | "evm_ink_left" => (&[], &[Number("", 8)]),
        "msg_reentrant" | "tx_ink_price" | "return_data_size" => (&[], &[Number("", 4)]),
        "math_div" | "math_mod" | "math_pow" => (&[Word(""), Word("")], &[Word("")]),
        "math_add_mod" | "math_mul_mod" => (&[Word(""), Word(""), Word("")], &[Word("")]),
        "native_keccak256" => (&[Bytes("")], &[Word("")]),
        "pay_for_memory_grow" => (&[Number("pages", 2)], &[]),
        "emit_log" => (&[Number("topics", 4), Bytes("")], &[]),
        "read_return_data" => (&[Number("offset", 4), Number("size", 4)], &[Bytes("")]),
        "create1" => (&[Word("value"), Bytes("")], &[Account(""), Number("returned", 4)]),
        "create2" => (
            &[Word("value"), Word("salt"), Bytes("")],
            &[Account(""), Number("returned", 4)],
        ),
        "call_contract" => (
            &[Account(""), Number("gas", 8), Word("value"), Bytes("")],
            &[Number("returned", 4), Number("status", 1)],
        ),
        "delegate_call_contract" | "static_call_contract" => (
            &[Account(""), Number("gas", 8), Bytes("")],
            &[Number("returned", 4), Number("status", 1)],
        ),
        _ => (&[Bytes("")], &[Bytes("")]),
    }
}

/// `name(arguments) → results`. Bytes and words are shortened unless `full`.
pub(super) fn describe(hostio: &Hostio, names: &Names, full: bool) -> String {
    let (args, outs) = layout(hostio.name);
    let args = fields(args, &hostio.args, names, full).join(", ");
    let outs = fields(outs, &hostio.outs, names, full).join(", ");
    if outs.is_empty() {
        format!("{}({args})", hostio.name)
    } else {
        format!("{}({args}) → {outs}", hostio.name)
    }
}

fn fields(layout: &[Field], bytes: &[u8], names: &Names, full: bool) -> Vec<String> {
    let mut rest = bytes;
    let mut take = |len: usize| {
        let (taken, left) = rest.split_at(len.min(rest.len()));
        rest = left;
        taken
    };
    let mut texts = Vec::with_capacity(layout.len());
    for field in layout {
        let (name, text) = match *field {
            Field::Number(name, len) => (
                name,
                U256::try_from_be_slice(take(len)).unwrap_or_default().to_string(),
            ),
            Field::Word(name) => (
                name,
                word(U256::try_from_be_slice(take(32)).unwrap_or_default(), full),
            ),
            Field::Address(name) => {
                let taken = take(20);
                let address = <[u8; 20]>::try_from(taken).map(Address::from).unwrap_or_default();
                (name, names.address(address))
            }
            Field::Bytes(name) => (name, bytes_text(take(usize::MAX), full)),
        };
        texts.push(if name.is_empty() {
            text
        } else {
            format!("{name}: {text}")
        });
    }
    texts
}

/// A small number in decimal, anything else in hex; in the middle of a long one digits are left out unless `full`.
pub(super) fn word(word: U256, full: bool) -> String {
    if let Ok(small) = u64::try_from(word) {
        return small.to_string();
    }
    let digits = hex::encode_prefixed(word.to_be_bytes::<32>());
    if full {
        digits
    } else {
        format!("{}…{}", &digits[..10], &digits[58..])
    }
}

/// Bytes in hex; of many only the first and how many there are, unless `full`.
pub(super) fn bytes_text(bytes: &[u8], full: bool) -> String {
    const SHOWN: usize = 20;
    if full || bytes.len() <= SHOWN {
        hex::encode_prefixed(bytes)
    } else {
        format!(
            "{}… ({} bytes)",
            hex::encode_prefixed(&bytes[..SHOWN]),
            bytes.len()
        )
    }
}
