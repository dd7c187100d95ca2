//! Keys, signatures and small contracts.

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_primitives::{Address, B256, Signature, TxKind, U256, hex};
use k256::ecdsa::SigningKey;
use mintage_chain::{Chain, ChainReader, TypedTransaction};

/// Keys of the first development accounts, as every tool prints them.
const KEYS: [[u8; 32]; 2] = [
    hex!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    hex!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
];

pub(crate) const GWEI: u128 = 1_000_000_000;

pub(crate) fn sign_hash(account: usize, hash: B256) -> Signature {
    let key = SigningKey::from_slice(&KEYS[account]).unwrap();
    let (signature, recovery) = key.sign_prehash_recoverable(hash.as_slice()).unwrap();
    Signature::from_signature_and_parity(signature, recovery.is_y_odd())
}

/// The bytes of the transaction, signed by a development account.
pub(crate) fn signed(account: usize, body: TypedTransaction) -> Vec<u8> {
    let hash = match &body {
        TypedTransaction::Legacy(tx) => tx.signature_hash(),
        TypedTransaction::Eip2930(tx) => tx.signature_hash(),
        TypedTransaction::Eip1559(tx) => tx.signature_hash(),
        TypedTransaction::Eip4844(tx) => tx.signature_hash(),
        TypedTransaction::Eip7702(tx) => tx.signature_hash(),
    };
    let envelope = body.into_envelope(sign_hash(account, hash));
    alloy_eips::eip2718::Encodable2718::encoded_2718(&envelope)
}

pub(crate) fn transfer(nonce: u64, to: Address, wei: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: 412_346,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: GWEI,
        max_priority_fee_per_gas: 0,
        to: TxKind::Call(to),
        value: U256::from(wei),
        ..TxEip1559::default()
    }
}

pub(crate) fn node() -> (Chain, ChainReader) {
    let chain = Chain::builder().archive(true).build().unwrap();
    let reader = chain.reader().unwrap();
    (chain, reader)
}

/// Counts its calls in slot 0 and emits LOG1 with the topic 0x77.
pub(crate) const COUNTER: [u8; 16] = hex!("600160005401600055607760006000a1");
