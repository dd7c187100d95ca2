//! What a transaction pays for its bytes on L1: poster gas.
//!
//! The network compresses the signed transaction, counts 16 units for each compressed byte, and turns their price into
//! gas at the base fee. A transaction in this process has no signature; its place is taken by two words that do not
//! compress, as in the network's own estimates.

use alloy_primitives::{Address, U256, keccak256};
use brotli::enc::BrotliEncoderParams;

/// L1 units that a compressed byte counts.
const UNITS_PER_BYTE: u64 = 16;
/// Units that the network adds to a transaction which is only estimated, before the percentage.
const ESTIMATE_PADDING_UNITS: u64 = 256;
/// Parts of ten thousand by which the units of an estimate are raised.
const ESTIMATE_PADDING_BIPS: u64 = 100;

/// What the network puts into the made-up transaction of a read-only call where the call says nothing: incompressible
/// numbers, so that the real transaction is hardly ever larger.
const FAKE_NONCE: u64 = 12_125_040_168_863_184_969;
const FAKE_TIP_WEI: u128 = 968_523_046;
const FAKE_MAX_FEE_WEI: u128 = 4_054_464_639;
const FAKE_GAS_LIMIT: u64 = 3_091_729_570;
const FAKE_V: u64 = 126_483;

/// The fields of a transaction that its bytes are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) chain_id: u64,
    pub(crate) nonce: u64,
    pub(crate) tip_wei: u128,
    pub(crate) max_fee_wei: u128,
    pub(crate) gas_limit: u64,
    pub(crate) to: Option<Address>,
    pub(crate) value_wei: U256,
    pub(crate) data: &'a [u8],
    /// Parity of the signature.
    pub(crate) v: u64,
}

impl<'a> Fields<'a> {
    /// The transaction that the network makes up for a read-only call; `None` and 0 are what the call left open.
    pub(crate) fn made_up(
        nonce: Option<u64>,
        max_fee_wei: Option<u128>,
        gas_limit: Option<u64>,
        to: Option<Address>,
        value_wei: U256,
        data: &'a [u8],
    ) -> Self {
        Self {
            chain_id: 0,
            nonce: nonce.filter(|nonce| *nonce > 0).unwrap_or(FAKE_NONCE),
            tip_wei: FAKE_TIP_WEI,
            max_fee_wei: max_fee_wei.filter(|wei| *wei > 0).unwrap_or(FAKE_MAX_FEE_WEI),
            gas_limit: gas_limit.filter(|gas| *gas > 0).unwrap_or(FAKE_GAS_LIMIT),
            to,
            value_wei,
            data,
            v: FAKE_V,
        }
    }

    /// L1 units of the transaction.
    pub(crate) fn units(&self) -> u64 {
        units_of(&self.raw())
    }

    /// L1 units by which a read-only call is charged: more, because its transaction may turn out larger.
    pub(crate) fn padded_units(&self) -> u64 {
        padded(self.units())
    }

    /// The bytes of the transaction of type 2, with a stand-in for its signature.
    fn raw(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(160 + self.data.len());
        let numbers = [
            self.chain_id.into(),
            self.nonce.into(),
            self.tip_wei,
            self.max_fee_wei,
            self.gas_limit.into(),
        ];
        for number in numbers {
            rlp_number(&mut payload, U256::from(number));
        }
        rlp_string(&mut payload, self.to.as_ref().map_or(&[][..], |to| to.as_slice()));
        rlp_number(&mut payload, self.value_wei);
        rlp_string(&mut payload, self.data);
        payload.push(0xc0);
        rlp_number(&mut payload, U256::from(self.v));
        rlp_string(&mut payload, keccak256("R").as_slice());
        rlp_string(&mut payload, keccak256("S").as_slice());
        let mut raw = Vec::with_capacity(payload.len() + 8);
        raw.push(0x02);
        rlp_length(&mut raw, 0xc0, payload.len());
        raw.extend(payload);
        raw
    }
}

fn padded(units: u64) -> u64 {
    let raised =
        u128::from(units + ESTIMATE_PADDING_UNITS) * u128::from(10_000 + ESTIMATE_PADDING_BIPS) / 10_000;
    u64::try_from(raised).unwrap_or(u64::MAX)
}

/// Gas that pays for `units` at a price for each and a base fee; 0 if gas is free.
pub(crate) fn gas_down(units: u64, price_per_unit_wei: U256, base_fee_wei: u64) -> u64 {
    if base_fee_wei == 0 {
        return 0;
    }
    let cost_wei = price_per_unit_wei.saturating_mul(U256::from(units));
    (cost_wei / U256::from(base_fee_wei)).saturating_to()
}

/// L1 units of a transaction's bytes: 16 times their length after Brotli at quality 1 with a window of 2^22.
fn units_of(raw: &[u8]) -> u64 {
    let params = BrotliEncoderParams {
        quality: 1,
        lgwin: 22,
        size_hint: raw.len(),
        ..Default::default()
    };
    let mut compressed = Vec::with_capacity(raw.len() + 16);
    let length = brotli::BrotliCompress(&mut &*raw, &mut compressed, &params).unwrap_or(usize::MAX);
    debug_assert_eq!(length, compressed.len());
    UNITS_PER_BYTE.saturating_mul(compressed.len() as u64)
}

fn rlp_number(out: &mut Vec<u8>, number: U256) {
    rlp_string(out, &number.to_be_bytes_trimmed_vec());
}

fn rlp_string(out: &mut Vec<u8>, bytes: &[u8]) {
    if let [byte @ 0..0x80] = bytes {
        out.push(*byte);
        return;
    }
    rlp_length(out, 0x80, bytes.len());
    out.extend_from_slice(bytes);
}

fn rlp_length(out: &mut Vec<u8>, kind: u8, length: usize) {
    if length < 56 {
        out.push(kind + length as u8);
        return;
    }
    let bytes = U256::from(length).to_be_bytes_trimmed_vec();
    out.push(kind + 55 + bytes.len() as u8);
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, hex};
    use serde_json::Value;

    fn rows() -> Vec<Value> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/vectors/arbos/vectors_l1_poster.jsonl"
        );
        let text = std::fs::read_to_string(path).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Real transactions of the network at its present level of compression, and those that it makes up for estimates.
    #[test]
    fn test_compressed_length_equals_the_networks() {
        let rows = rows();
        let mut seen = 0;
        for row in rows.iter().filter(|row| row["brotli_level"] == 1) {
            let Some(raw) = row["raw"].as_str() else { continue };
            let raw = hex::decode(raw).unwrap();
            assert_eq!(units_of(&raw), row["brotli_len"].as_u64().unwrap() * 16, "{row}");
            seen += 1;
        }
        assert_eq!(seen, 39);
    }

    #[test]
    fn test_gas_equals_the_recorded_transactions() {
        let (mut exact, mut estimated) = (0, 0);
        for row in rows() {
            let number = |field: &str| row[field].as_u64().unwrap();
            if let Some(unpadded) = row["units_unpadded"].as_u64() {
                assert_eq!(padded(unpadded), number("units"), "{row}");
                estimated += 1;
                continue;
            }
            let (price, base_fee) = (U256::from(number("price_per_unit")), number("base_fee"));
            let gas = gas_down(number("units"), price, base_fee);
            assert_eq!(gas, number("poster_gas"), "{row}");
            assert_eq!(gas * base_fee, number("poster_fee_wei"), "{row}");
            exact += usize::from(row["exact_on_chain"] == true);
        }
        assert_eq!((exact, estimated), (10, 4));
    }

    /// The recorded estimates name no fee and no gas: a transfer of 10^15 wei, and a token's transfer.
    #[test]
    fn test_made_up_transactions_equal_the_networks() {
        let mut seen = 0;
        for row in rows().iter().filter(|row| row["units_unpadded"].is_u64()) {
            let raw = hex::decode(row["raw"].as_str().unwrap()).unwrap();
            let transfer = row["source"].as_str().unwrap().contains(": transfer");
            // Before the value's byte stands the receiver; after the data the access list (1), V (4), R and S (66).
            let made_up = if transfer {
                let to = address!("0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E");
                Fields::made_up(None, None, None, Some(to), U256::from(10u64.pow(15)), &[])
            } else {
                let to = address!("0xff970a61a04b1ca14834a43f5de4533ebddb5cc8");
                let data = &raw[raw.len() - 71 - 68..raw.len() - 71];
                Fields::made_up(Some(5), None, None, Some(to), U256::ZERO, data)
            };
            assert_eq!(hex::encode(made_up.raw()), hex::encode(&raw), "{row}");
            assert_eq!(made_up.padded_units(), row["units"].as_u64().unwrap());
            seen += 1;
        }
        assert_eq!(seen, 4);
    }

    #[test]
    fn test_free_gas_pays_no_poster() {
        assert_eq!(gas_down(1_000, U256::from(50), 0), 0);
        assert_eq!(gas_down(u64::MAX, U256::MAX, 1), u64::MAX);
    }

    /// The same transaction as an RLP library writes it.
    #[test]
    fn test_raw_bytes_are_those_of_a_type_2_transaction() {
        let to = Address::repeat_byte(0x11);
        for length in [0, 1, 55, 56, 300, 70_000] {
            let data = vec![0x7f; length];
            let fields = Fields {
                chain_id: 412_346,
                nonce: 0,
                tip_wei: 0,
                max_fee_wei: 20_000_000,
                gas_limit: 127,
                to: Some(to),
                value_wei: U256::from(128),
                data: &data,
                v: 1,
            };
            let mut payload = hex!("83064aba" "80" "80" "8401312d00" "7f" "94").to_vec();
            payload.extend(to);
            payload.extend(hex!("8180"));
            match length {
                0 => payload.push(0x80),
                1 => payload.push(0x7f),
                55 => payload.push(0x80 + 55),
                56 => payload.extend([0xb8, 56]),
                300 => payload.extend([0xb9, 1, 44]),
                _ => payload.extend([0xba, 1, 0x11, 0x70]),
            }
            if length > 1 {
                payload.extend(&data);
            }
            payload.extend(hex!("c001a0"));
            payload.extend(keccak256("R"));
            payload.push(0xa0);
            payload.extend(keccak256("S"));
            let raw = fields.raw();
            assert_eq!(raw[0], 2);
            assert!(raw.ends_with(&payload), "length {length}");
            let head = &raw[1..raw.len() - payload.len()];
            let size = U256::from(payload.len()).to_be_bytes_trimmed_vec();
            assert_eq!(
                head,
                [&[0xf7 + size.len() as u8][..], &size].concat(),
                "length {length}"
            );
        }
    }
}
