//! Rows about what transactions pay for their bytes on L1 (`vectors_l1_poster.jsonl`): recorded transactions, and the
//! network's estimates.

use alloy_rlp::{Decodable, Header};
use mintage_vm::arbos::poster::{UNITS_PER_BYTE, estimated_gas_down, gas_down, padded_units_down, units};
use revm::primitives::{Bytes, U256, hex, keccak256};

use super::row::{Difference, Differences, Row, RowError};

/// Window of the network's compression, as a power of two.
const WINDOW_BITS: u64 = 22;
/// Gas of a transaction before its bytes.
const TRANSACTION_GAS: u64 = 21_000;

/// Whether this is a row that [`check`] takes.
pub(crate) fn is_poster(row: &Row) -> bool {
    row.has("poster_gas") && row.has("units") && row.has("price_per_unit")
}

/// Checks lengths, units, gas and fee, and the receipt as far as the transaction determines it.
pub(crate) fn check(row: &Row) -> Result<Differences, RowError> {
    row.pass_over(&["block"]);
    let mut found = Differences::new();
    row.compare(&mut found, "lgwin", WINDOW_BITS);
    let raw = raw(row)?;
    match &raw {
        Some(raw) => check_bytes(row, raw, &mut found)?,
        None => check_lengths(row, &mut found)?,
    }
    let counted = UNITS_PER_BYTE.saturating_mul(row.number("brotli_len")?);
    let price = U256::from(row.number("price_per_unit")?);
    let base_fee = row.number("base_fee")?;
    let (units, gas) = if row.has("units_unpadded") {
        row.compare(&mut found, "units_unpadded", counted);
        let units = padded_units_down(counted);
        let gas = estimated_gas_down(units, price, base_fee, row.number("min_base_fee")?);
        row.compare(&mut found, "exact_on_chain", false);
        (units, gas)
    } else {
        (counted, gas_down(counted, price, base_fee))
    };
    row.compare(&mut found, "units", units);
    row.compare(&mut found, "poster_gas", gas);
    row.compare(&mut found, "poster_fee_wei", gas.saturating_mul(base_fee));
    if row.has("receipt_gas_used") {
        check_receipt(row, raw.as_deref(), gas, &mut found)?;
    }
    Ok(found)
}

/// The transaction's bytes; `None` where the recording left them out for their size.
fn raw(row: &Row) -> Result<Option<Vec<u8>>, RowError> {
    if row.get("raw")?.is_null() {
        return Ok(None);
    }
    let raw = hex::decode(row.text("raw")?);
    raw.map(Some)
        .map_err(|error| format!("`raw` is not hexadecimal: {error}"))
}

fn check_bytes(row: &Row, raw: &[u8], found: &mut Differences) -> Result<(), RowError> {
    row.compare(found, "raw_len", raw.len());
    row.compare(found, "tx", hex::encode_prefixed(keccak256(raw)));
    let units = units(raw, row.small("brotli_level")?);
    row.compare(found, "brotli_len", units / UNITS_PER_BYTE);
    Ok(())
}

/// Without the bytes, their lengths are held to each other: Brotli adds at most a few bytes, and its level is one that
/// ArbOS has used.
fn check_lengths(row: &Row, found: &mut Differences) -> Result<(), RowError> {
    const MOST_ADDED: u64 = 8;
    row.pass_over(&["tx"]);
    let (raw, compressed) = (row.number("raw_len")?, row.number("brotli_len")?);
    if compressed > raw + MOST_ADDED {
        found.push(Difference::new(
            "raw_len",
            raw,
            format!("at least {}", compressed - MOST_ADDED),
        ));
    }
    let level = row.number("brotli_level")?;
    if level > 1 {
        found.push(Difference::new("brotli_level", level, "0 or 1"));
    }
    Ok(())
}

/// Gas of the receipt beside the poster's: where nothing else is unknown, exactly the transaction's own, else at least.
fn check_receipt(
    row: &Row,
    raw: Option<&[u8]>,
    poster_gas: u64,
    found: &mut Differences,
) -> Result<(), RowError> {
    let own = match raw {
        Some(raw) => intrinsic_gas(raw).map_err(|error| format!("`raw` is not a transaction: {error}"))?,
        None => TRANSACTION_GAS,
    };
    let expected = own.saturating_add(poster_gas);
    let used = row.number("receipt_gas_used")?;
    let exact = row.flag("exact_on_chain")?;
    if used < expected || (exact && used != expected) {
        let relation = if exact { "" } else { "at least " };
        found.push(Difference::new(
            "receipt_gas_used",
            used,
            format!("{relation}{expected}"),
        ));
    }
    Ok(())
}

/// What a signed transaction costs before it runs.
fn intrinsic_gas(raw: &[u8]) -> alloy_rlp::Result<u64> {
    // Where the receiver stands, in legacy transactions and those of types 1, 2 and 4.
    let (mut body, receiver) = match raw.first() {
        Some(0x01) => (&raw[1..], 4),
        Some(0x02 | 0x04) => (&raw[1..], 5),
        _ => (raw, 3),
    };
    let mut fields = Header::decode_bytes(&mut body, true)?;
    for _ in 0..receiver {
        skip(&mut fields)?;
    }
    let to = Bytes::decode(&mut fields)?;
    skip(&mut fields)?;
    let data = Bytes::decode(&mut fields)?;
    let zeros = data.iter().filter(|byte| **byte == 0).count() as u64;
    let creation = if to.is_empty() {
        32_000 + 2 * (data.len() as u64).div_ceil(32)
    } else {
        0
    };
    Ok(TRANSACTION_GAS
        + creation
        + 4 * zeros
        + 16 * (data.len() as u64 - zeros)
        + access_list_gas(&mut fields, receiver)?)
}

fn skip(fields: &mut &[u8]) -> alloy_rlp::Result<()> {
    let header = Header::decode(fields)?;
    *fields = fields
        .get(header.payload_length..)
        .ok_or(alloy_rlp::Error::InputTooShort)?;
    Ok(())
}

/// 2400 for each account and 1900 for each slot. Legacy transactions have no list.
fn access_list_gas(fields: &mut &[u8], receiver: usize) -> alloy_rlp::Result<u64> {
    if receiver == 3 {
        return Ok(0);
    }
    let mut gas = 0;
    let mut accounts = Header::decode_bytes(fields, true)?;
    while !accounts.is_empty() {
        let mut account = Header::decode_bytes(&mut accounts, true)?;
        skip(&mut account)?;
        let slots = Header::decode_bytes(&mut account, true)?;
        gas += 2400 + 1900 * (slots.len() as u64 / 33);
    }
    Ok(gas)
}
