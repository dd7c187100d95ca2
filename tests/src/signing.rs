//! EIP-712 signatures of the chain's development accounts, for permits.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use k256::ecdsa::SigningKey;

/// The private keys of the first three development accounts: those of the mnemonic "test test ... junk", known to everybody.
const KEYS: [&str; 3] = [
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
];

/// The order of the curve.
const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

/// The domain of version 1 of a contract.
pub fn domain_separator(name: &str, chain_id: u64, contract: Address) -> B256 {
    let kind =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    keccak256(
        (
            kind,
            keccak256(name),
            keccak256("1"),
            U256::from(chain_id),
            contract,
        )
            .abi_encode(),
    )
}

/// The signature (v, r, s) of development account `signer` under an ERC-2612 permit.
///
/// # Panics
/// If there is no such account here.
pub fn permit(
    signer: u32,
    domain: B256,
    owner: Address,
    spender: Address,
    value: U256,
    nonce: U256,
    deadline: U256,
) -> (u8, B256, B256) {
    let kind =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    let hash = keccak256((kind, owner, spender, value, nonce, deadline).abi_encode());
    let digest = keccak256([&[0x19, 0x01], domain.as_slice(), hash.as_slice()].concat());
    let key = SigningKey::from_slice(&hex::decode(KEYS[signer as usize]).expect("hex")).expect("a key");
    let (signature, recovery) = key.sign_prehash_recoverable(digest.as_slice()).expect("signs");
    let (r, s) = (signature.r().to_bytes(), signature.s().to_bytes());
    (
        27 + recovery.to_byte(),
        B256::from_slice(&r),
        B256::from_slice(&s),
    )
}

/// The s of the other form of a signature, which recovers the same signer with the other v.
///
/// # Panics
/// Never: the order of the curve is a number.
pub fn other_s(s: B256) -> B256 {
    let order = U256::from_str_radix(ORDER, 16).expect("hex");
    B256::from(order - U256::from_be_bytes(s.0))
}
