//! What a transaction pays for its bytes on L1: poster gas.
//!
//! The network compresses the signed transaction, counts 16 units for each compressed byte, and turns their price into
//! gas at the base fee. For a call that no one signed it makes a transaction up ([`MadeUp`]) and counts a little more.

use alloy_rlp::{BufMut, Encodable, Header};
use brotli::enc::BrotliEncoderParams;
use revm::{
    context::transaction::{AccessList, SignedAuthorization},
    primitives::{Address, U256, keccak256},
};

/// L1 units that a compressed byte counts.
pub const UNITS_PER_BYTE: u64 = 16;
/// The network's level of compression since ArbOS 20.
pub const BROTLI_LEVEL: u32 = 1;
/// Units that the network adds to a transaction which is only estimated, before the percentage.
const ESTIMATE_PADDING_UNITS: u64 = 256;
/// Parts of ten thousand by which the units of an estimate are raised.
const ESTIMATE_PADDING_BIPS: u64 = 100;
/// Parts of ten thousand by which an estimate raises the cost.
const ESTIMATE_COST_BIPS: u64 = 1_000;

/// L1 units of a transaction's canonical bytes (type byte and signature included): 16 times their length after Brotli
/// with a window of 2^22 at a level of 0 to 11.
pub fn units(raw: &[u8], brotli_level: u32) -> u64 {
    let params = BrotliEncoderParams {
        quality: brotli_level.min(11) as i32,
        lgwin: 22,
        size_hint: raw.len(),
        ..Default::default()
    };
    let mut compressed = Vec::with_capacity(raw.len() + 16);
    // Writing to memory does not fail; if it did, the price would be beyond any limit.
    match brotli::BrotliCompress(&mut &*raw, &mut compressed, &params) {
        Ok(_) => UNITS_PER_BYTE.saturating_mul(compressed.len() as u64),
        Err(_) => u64::MAX,
    }
}

/// Units by which a call without a transaction is charged, rounded down: more, because its transaction may turn out
/// larger than the one that was made up.
pub fn padded_units_down(units: u64) -> u64 {
    let padded = u128::from(units) + u128::from(ESTIMATE_PADDING_UNITS);
    let raised = padded * u128::from(10_000 + ESTIMATE_PADDING_BIPS) / 10_000;
    u64::try_from(raised).unwrap_or(u64::MAX)
}

/// Gas, rounded down, that pays for `units` at a price for each and a base fee; 0 if gas is free.
pub fn gas_down(units: u64, price_per_unit_wei: U256, base_fee_wei: u64) -> u64 {
    gas_for_down(price_per_unit_wei.saturating_mul(U256::from(units)), base_fee_wei)
}

/// [`gas_down`] as an estimate of gas tells it: a tenth more, at seven eighths of the base fee (rounded down) but not
/// below the least one, since the price may rise and the base fee fall until the transaction is sent.
pub fn estimated_gas_down(
    units: u64,
    price_per_unit_wei: U256,
    base_fee_wei: u64,
    min_base_fee_wei: u64,
) -> u64 {
    let cost_wei = price_per_unit_wei.saturating_mul(U256::from(units));
    let raised_wei = cost_wei.saturating_mul(U256::from(10_000 + ESTIMATE_COST_BIPS)) / U256::from(10_000);
    let fee_wei = u64::try_from(u128::from(base_fee_wei) * 7 / 8).unwrap_or(u64::MAX);
    gas_for_down(raised_wei, fee_wei.max(min_base_fee_wei))
}

fn gas_for_down(cost_wei: U256, base_fee_wei: u64) -> u64 {
    if base_fee_wei == 0 {
        return 0;
    }
    (cost_wei / U256::from(base_fee_wei)).saturating_to()
}

/// A transaction of type 2, or with authorizations of type 4, whose signature is not known: two words that do not compress
/// stand for it.
#[derive(Clone, Copy, Debug)]
pub struct StandIn<'a> {
    /// Chain's id.
    pub chain_id: u64,
    /// Sender's nonce.
    pub nonce: u64,
    /// Priority fee in wei.
    pub tip_wei: u128,
    /// The most that a unit of gas may cost, in wei.
    pub max_fee_wei: u128,
    /// Gas limit.
    pub gas_limit: u64,
    /// Receiver; `None` deploys.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value_wei: U256,
    /// Calldata or init code.
    pub data: &'a [u8],
    /// Access list; `None` is an empty one.
    pub access_list: Option<&'a AccessList>,
    /// Delegations; with one it is of type 4.
    pub authorization_list: &'a [SignedAuthorization],
    /// Parity of the signature.
    pub v: u64,
}

impl StandIn<'_> {
    /// The bytes of the transaction.
    pub fn raw(&self) -> Vec<u8> {
        let no_list = AccessList::default();
        let mut payload = Vec::with_capacity(160 + self.data.len());
        self.chain_id.encode(&mut payload);
        self.nonce.encode(&mut payload);
        self.tip_wei.encode(&mut payload);
        self.max_fee_wei.encode(&mut payload);
        self.gas_limit.encode(&mut payload);
        let to = self.to.as_ref().map_or(&[][..], |to| to.as_slice());
        to.encode(&mut payload);
        self.value_wei.encode(&mut payload);
        self.data.encode(&mut payload);
        self.access_list.unwrap_or(&no_list).encode(&mut payload);
        let delegates = !self.authorization_list.is_empty();
        if delegates {
            alloy_rlp::encode_list(self.authorization_list, &mut payload);
        }
        self.v.encode(&mut payload);
        U256::from_be_bytes(keccak256("R").0).encode(&mut payload);
        U256::from_be_bytes(keccak256("S").0).encode(&mut payload);
        let header = Header {
            list: true,
            payload_length: payload.len(),
        };
        let mut raw = Vec::with_capacity(payload.len() + 8);
        raw.put_u8(if delegates { 4 } else { 2 });
        header.encode(&mut raw);
        raw.extend(payload);
        raw
    }
}

/// The transaction of type 2 that the network makes up for a call: where the call says nothing, it holds numbers that do
/// not compress, so that the real transaction is hardly ever larger. `None` and 0 both say nothing. Of one that delegates
/// (EIP-7702) only the bytes without the authorizations are known from the network; here they are in it, for they do not
/// compress and the estimate would fall short of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct MadeUp<'a> {
    /// Nonce of the call.
    pub nonce: Option<u64>,
    /// Priority fee of the call in wei.
    pub tip_wei: Option<u128>,
    /// The most that the call pays for a unit of gas, in wei.
    pub max_fee_wei: Option<u128>,
    /// Gas limit of the call. The network leaves it out when it estimates gas.
    pub gas_limit: Option<u64>,
    /// Receiver; `None` deploys.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value_wei: U256,
    /// Calldata or init code.
    pub data: &'a [u8],
    /// Access list of the call.
    pub access_list: Option<&'a AccessList>,
    /// Delegations of the call.
    pub authorization_list: &'a [SignedAuthorization],
}

impl MadeUp<'_> {
    const NONCE: u64 = 12_125_040_168_863_184_969;
    const TIP_WEI: u128 = 968_523_046;
    const MAX_FEE_WEI: u128 = 4_054_464_639;
    /// The gas limit of a call that names none.
    pub const GAS_LIMIT: u64 = 3_091_729_570;
    const V: u64 = 126_483;

    /// The bytes of the transaction.
    pub fn raw(&self) -> Vec<u8> {
        let said = |wei: Option<u128>| wei.filter(|wei| *wei > 0);
        StandIn {
            // The network leaves the chain's id out.
            chain_id: 0,
            nonce: self.nonce.filter(|nonce| *nonce > 0).unwrap_or(Self::NONCE),
            tip_wei: said(self.tip_wei).unwrap_or(Self::TIP_WEI),
            max_fee_wei: said(self.max_fee_wei).unwrap_or(Self::MAX_FEE_WEI),
            gas_limit: self.gas_limit.filter(|gas| *gas > 0).unwrap_or(Self::GAS_LIMIT),
            to: self.to,
            value_wei: self.value_wei,
            data: self.data,
            access_list: self.access_list,
            authorization_list: self.authorization_list,
            v: Self::V,
        }
        .raw()
    }

    /// Units by which the call is charged.
    pub fn padded_units(&self, brotli_level: u32) -> u64 {
        padded_units_down(units(&self.raw(), brotli_level))
    }
}

#[cfg(test)]
mod tests {
    use revm::primitives::{B256, address, hex};
    use serde_json::Value;

    use super::*;

    fn rows() -> Vec<Value> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/vectors/arbos/vectors_l1_poster.jsonl"
        );
        let text = std::fs::read_to_string(path).unwrap();
        let rows: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(rows.len(), 58);
        rows
    }

    /// Real transactions of the network at its present level of compression and the one before, and those that it makes
    /// up for estimates. Sixteen rows give the length alone.
    #[test]
    fn test_compressed_length_equals_the_networks() {
        let mut seen = [0; 2];
        for row in rows() {
            let Some(raw) = row["raw"].as_str() else { continue };
            let raw = hex::decode(raw).unwrap();
            let level = row["brotli_level"].as_u64().unwrap() as u32;
            assert_eq!(raw.len() as u64, row["raw_len"].as_u64().unwrap());
            assert_eq!(
                units(&raw, level),
                row["brotli_len"].as_u64().unwrap() * UNITS_PER_BYTE,
                "{row}"
            );
            seen[level as usize] += 1;
        }
        assert_eq!(seen, [3, 39]);
    }

    #[test]
    fn test_gas_equals_every_row() {
        let (mut exact, mut computed, mut estimated) = (0, 0, 0);
        for row in rows() {
            let number = |field: &str| row[field].as_u64().unwrap();
            let (price, base_fee) = (U256::from(number("price_per_unit")), number("base_fee"));
            if let Some(unpadded) = row["units_unpadded"].as_u64() {
                assert_eq!(unpadded, number("brotli_len") * UNITS_PER_BYTE, "{row}");
                let units = padded_units_down(unpadded);
                assert_eq!(units, number("units"), "{row}");
                let gas = estimated_gas_down(units, price, base_fee, number("min_base_fee"));
                assert_eq!(gas, number("poster_gas"), "{row}");
                estimated += 1;
                continue;
            }
            assert_eq!(number("units"), number("brotli_len") * UNITS_PER_BYTE, "{row}");
            let gas = gas_down(number("units"), price, base_fee);
            assert_eq!(gas, number("poster_gas"), "{row}");
            assert_eq!(gas * base_fee, number("poster_fee_wei"), "{row}");
            if row["exact_on_chain"] == true {
                assert!(gas < number("receipt_gas_used"));
                exact += 1;
            } else {
                computed += 1;
            }
        }
        assert_eq!((exact, computed, estimated), (10, 44, 4));
    }

    /// The recorded estimates name no fee and no gas: a transfer of 10^15 wei, and a token's transfer.
    #[test]
    fn test_made_up_transactions_equal_the_networks() {
        let mut seen = 0;
        for row in rows().iter().filter(|row| row["units_unpadded"].is_u64()) {
            let raw = hex::decode(row["raw"].as_str().unwrap()).unwrap();
            let transfer = row["source"].as_str().unwrap().contains(": transfer");
            let made_up = if transfer {
                MadeUp {
                    to: Some(address!("0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E")),
                    value_wei: U256::from(10u64.pow(15)),
                    ..MadeUp::default()
                }
            } else {
                MadeUp {
                    nonce: Some(5),
                    to: Some(address!("0xff970a61a04b1ca14834a43f5de4533ebddb5cc8")),
                    // After the data stand the access list (1 byte), V (4), R and S (66).
                    data: &raw[raw.len() - 71 - 68..raw.len() - 71],
                    ..MadeUp::default()
                }
            };
            assert_eq!(hex::encode(made_up.raw()), hex::encode(&raw), "{row}");
            assert_eq!(made_up.padded_units(BROTLI_LEVEL), row["units"].as_u64().unwrap());
            seen += 1;
        }
        assert_eq!(seen, 4);
    }

    #[test]
    fn test_made_up_transaction_keeps_what_the_call_says() {
        let list = AccessList(vec![revm::context::transaction::AccessListItem {
            address: Address::repeat_byte(9),
            storage_keys: vec![B256::repeat_byte(8)],
        }]);
        let made_up = MadeUp {
            nonce: Some(1),
            tip_wei: Some(2),
            max_fee_wei: Some(3),
            gas_limit: Some(4),
            access_list: Some(&list),
            ..MadeUp::default()
        };
        let raw = made_up.raw();
        assert!(
            raw.starts_with(&hex!("02f8888001020304808080f838f794")),
            "{}",
            hex::encode(&raw)
        );
        let zeros = MadeUp {
            nonce: Some(0),
            tip_wei: Some(0),
            max_fee_wei: Some(0),
            gas_limit: Some(0),
            ..MadeUp::default()
        };
        assert_eq!(zeros.raw(), MadeUp::default().raw(), "zeros say nothing");
    }

    #[test]
    fn test_free_gas_pays_no_poster_and_nothing_overflows() {
        assert_eq!(gas_down(1_000, U256::from(50), 0), 0);
        assert_eq!(gas_down(u64::MAX, U256::MAX, 1), u64::MAX);
        assert_eq!(estimated_gas_down(u64::MAX, U256::MAX, 0, 0), 0);
        assert_eq!(estimated_gas_down(u64::MAX, U256::MAX, u64::MAX, 1), u64::MAX);
        assert_eq!(padded_units_down(u64::MAX), u64::MAX);
    }
}
