//! Allowances by signature: ERC-2612 over EIP-712, version "1".

use crate::call::Target;
use crate::host;
use crate::prelude::*;
use crate::storage::Place;
use crate::word::{self, Word, chunk_mut, constant, put_address, put_u64, put_u256};

mintage_kit_macros::solidity! {
    /// The deadline has passed.
    error ERC2612ExpiredSignature(uint256 deadline);
    /// The signature is another account's, or none at all (`signer` zero).
    error ERC2612InvalidSigner(address signer, address owner);
}

/// What the owner signs.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Whose tokens.
    pub owner: Address,
    /// Who may spend them.
    pub spender: Address,
    /// How many.
    pub value: U256,
    /// The last second in which the signature counts.
    pub deadline: U256,
}

/// An ECDSA signature.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// 27 or 28.
    pub v: u8,
    /// The x coordinate.
    pub r: B256,
    /// The proof; only its lower half counts.
    pub s: B256,
}

/// `mapping(address => uint256) nonces;`
#[crate::storage]
pub struct Permit {
    nonces: Map<Address, Slot<U256>>,
}

/// Half the order of secp256k1: an `s` above it has a twin below it that signs the same.
const HALF_ORDER: U256 = U256::from_limbs([
    0xdfe9_2f46_681b_20a0,
    0x5d57_6e73_57a4_501d,
    u64::MAX,
    u64::MAX >> 1,
]);

impl<P: Place> Permit<P> {
    /// How many signatures of an account were used: the number that its next one must hold.
    pub fn nonce(&self, owner: Address) -> U256 {
        self.nonces.get(owner)
    }

    /// Checks a signature and uses up the account's nonce. The allowance itself is the caller's to set.
    ///
    /// # Errors
    /// A deadline in the past; a signature that is not the owner's, that was used, that is malleable or malformed.
    pub fn use_signature(&mut self, name: &[u8], signed: &Allowance, signature: &Signature) -> Result<()> {
        let &Allowance { owner, deadline, .. } = signed;
        ensure!(
            U256::from(block::timestamp()) <= deadline,
            ERC2612ExpiredSignature { deadline }
        );
        let mut entry = self.nonces.at_mut(owner);
        let nonce = entry.get();
        // One a signature: it cannot reach 2^256.
        entry.set(nonce.wrapping_add(U256::ONE));
        let signer = recover(
            &digest(&domain_separator(name), &struct_hash(signed, nonce)),
            signature,
        )?;
        ensure!(
            signer == owner && !signer.is_zero(),
            ERC2612InvalidSigner { signer, owner }
        );
        Ok(())
    }
}

/// The domain separator of a token of that name, for the chain as it is now: after a fork that changes the chain's id, old
/// signatures are worth nothing there.
#[inline(never)]
pub fn domain_separator(name: &[u8]) -> B256 {
    let mut buffer = [0; 160];
    // keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    *chunk_mut(&mut buffer, 0) = constant(
        0x3dfe_b89b_c6c3_738b,
        0x79cc_59f7_4ccc_2e51,
        0xcafa_0f9b_177b_9f23,
        0x0f40_392b_525d_a7a9,
    );
    *chunk_mut(&mut buffer, 32) = host::keccak(name).0;
    // keccak256("1")
    *chunk_mut(&mut buffer, 64) = constant(
        0x0cf2_c054_aafd_9ec8,
        0x5009_df82_2861_df7a,
        0xcd07_037e_6351_a9f5,
        0xc68b_8b29_2f67_4ccb,
    );
    put_u64(chunk_mut(&mut buffer, 96), block::chain_id());
    put_address(chunk_mut(&mut buffer, 128), &this());
    host::keccak(&buffer)
}

#[inline(never)]
fn struct_hash(signed: &Allowance, nonce: U256) -> B256 {
    let mut buffer = [0; 192];
    // keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")
    *chunk_mut(&mut buffer, 0) = constant(
        0x7fb9_b112_aeed_716e,
        0x1010_ef0f_3760_1f4d,
        0x4a11_2601_aefa_a25f,
        0xc926_615d_8464_9c16,
    );
    put_address(chunk_mut(&mut buffer, 32), &signed.owner);
    put_address(chunk_mut(&mut buffer, 64), &signed.spender);
    put_u256(chunk_mut(&mut buffer, 96), &signed.value);
    put_u256(chunk_mut(&mut buffer, 128), &nonce);
    put_u256(chunk_mut(&mut buffer, 160), &signed.deadline);
    host::keccak(&buffer)
}

fn digest(separator: &B256, hash: &B256) -> B256 {
    let mut buffer = [0; 66];
    *chunk_mut(&mut buffer, 0) = [0x19, 0x01];
    *chunk_mut(&mut buffer, 2) = separator.0;
    *chunk_mut(&mut buffer, 34) = hash.0;
    host::keccak(&buffer)
}

/// Who signed a digest; zero when nobody did.
///
/// # Errors
/// None of its own: the precompile does not revert.
pub fn recover(digest: &B256, signature: &Signature) -> Result<Address> {
    if word::to_u256(&signature.s.0) > HALF_ORDER {
        return Ok(Address::ZERO);
    }
    let mut input = [0; 128];
    *chunk_mut(&mut input, 0) = digest.0;
    put_u64(chunk_mut(&mut input, 32), u64::from(signature.v));
    *chunk_mut(&mut input, 64) = signature.r.0;
    *chunk_mut(&mut input, 96) = signature.s.0;
    let len = Target::new(Address::with_last_byte(1)).read(&input)?;
    if len != 32 {
        return Ok(Address::ZERO);
    }
    let mut out: Word = [0; 32];
    host::returned(&mut out);
    Ok(word::to_address(&out))
}
