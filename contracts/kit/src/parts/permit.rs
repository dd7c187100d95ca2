//! Allowances by signature: ERC-2612 over EIP-712, version "1".

use crate::abi::Words;
use crate::call::Target;
use crate::host;
use crate::prelude::*;
use crate::storage::Place;
use crate::word::{self, Word};

mintage_kit_macros::solidity! {
    /// The deadline has passed.
    error ERC2612ExpiredSignature(uint256 deadline);
    /// The signature is another account's, or none at all (`signer` zero).
    error ERC2612InvalidSigner(address signer, address owner);
}

/// What the owner signs.
#[derive(Clone, Copy, Debug)]
pub struct Allowance<'a> {
    /// Whose tokens.
    pub owner: &'a Address,
    /// Who may spend them.
    pub spender: &'a Address,
    /// How many.
    pub value: &'a U256,
    /// The last second in which the signature counts.
    pub deadline: &'a U256,
}

/// An ECDSA signature.
#[derive(Clone, Copy, Debug)]
pub struct Signature<'a> {
    /// 27 or 28.
    pub v: u8,
    /// The x coordinate.
    pub r: &'a B256,
    /// The proof; only its lower half counts.
    pub s: &'a B256,
}

/// `mapping(address => uint256) nonces;`
#[crate::storage]
pub struct Permit {
    nonces: Map<Address, Slot<U256>>,
}

impl<P: Place> Permit<P> {
    /// How many signatures of an account were used: the number that its next one must hold.
    pub fn nonce(&self, owner: Address) -> U256 {
        self.nonces.get(owner)
    }

    /// Checks a signature and uses up the account's nonce. The allowance itself is the caller's to set.
    ///
    /// # Errors
    /// A deadline in the past; a signature that is not the owner's, that was used, that is malleable or malformed.
    pub fn use_signature(
        &mut self,
        name: &[u8],
        signed: &Allowance<'_>,
        signature: &Signature<'_>,
    ) -> Result<()> {
        let mut now = U256::from(block::timestamp());
        let deadline = signed.deadline;
        ensure!(
            !word::take(&mut now, deadline) || now.is_zero(),
            ERC2612ExpiredSignature { deadline: *deadline }
        );
        let mut entry = self.nonces.of_mut(signed.owner);
        let mut nonce = entry.get();
        let hash = struct_hash(signed, &nonce);
        // One a signature: it cannot reach 2^256.
        let _fits = word::give(&mut nonce, &word::widen(1));
        entry.write(&nonce);
        let signer = recover(&digest(&domain_separator(name), &hash), signature)?;
        let known = word::same(&signer, signed.owner) && !word::is_zero(&signer);
        ensure!(
            known,
            ERC2612InvalidSigner {
                signer,
                owner: *signed.owner
            }
        );
        Ok(())
    }
}

/// The domain separator of a token of that name, for the chain as it is now: after a fork that changes the chain's id, old
/// signatures are worth nothing there.
#[inline(never)]
pub fn domain_separator(name: &[u8]) -> B256 {
    let mut room = crate::abi::room::<5>();
    let mut words = Words::new(&mut room);
    // keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    words.constant(
        0x3dfe_b89b_c6c3_738b,
        0x79cc_59f7_4ccc_2e51,
        0xcafa_0f9b_177b_9f23,
        0x0f40_392b_525d_a7a9,
    );
    words.word(&host::keccak(name));
    // keccak256("1")
    words.constant(
        0x0cf2_c054_aafd_9ec8,
        0x5009_df82_2861_df7a,
        0xcd07_037e_6351_a9f5,
        0xc68b_8b29_2f67_4ccb,
    );
    words.push::<u64>(&block::chain_id());
    words.push::<Address>(&this());
    host::keccak(words.bytes())
}

#[inline(never)]
fn struct_hash(signed: &Allowance<'_>, nonce: &U256) -> B256 {
    let mut room = crate::abi::room::<6>();
    let mut words = Words::new(&mut room);
    // keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")
    words.constant(
        0x7fb9_b112_aeed_716e,
        0x1010_ef0f_3760_1f4d,
        0x4a11_2601_aefa_a25f,
        0xc926_615d_8464_9c16,
    );
    words.push::<Address>(signed.owner);
    words.push::<Address>(signed.spender);
    words.push::<U256>(signed.value);
    words.push::<U256>(nonce);
    words.push::<U256>(signed.deadline);
    host::keccak(words.bytes())
}

fn digest(separator: &B256, hash: &B256) -> B256 {
    let mut room = crate::abi::room::<3>();
    // 0x19 0x01 at the end of the first word
    let mut words = Words::selector(&mut room, 0x1901);
    words.word(separator);
    words.word(hash);
    host::keccak(words.bytes().get(30..).unwrap_or_default())
}

/// Who signed a digest; zero when nobody did, and for a malleable signature.
///
/// # Errors
/// None of its own: the precompile does not revert.
pub fn recover(digest: &B256, signature: &Signature<'_>) -> Result<Address> {
    if above_half_order(&word::to_u256(&signature.s.0)) {
        return Ok(Address::ZERO);
    }
    let mut room = crate::abi::room::<4>();
    let mut words = Words::new(&mut room);
    words.word(digest);
    words.push::<u8>(&signature.v);
    words.word(signature.r);
    words.word(signature.s);
    let len = Target::new(Address::with_last_byte(1)).read(words.bytes())?;
    if len != 32 {
        return Ok(Address::ZERO);
    }
    let mut out: Word = [0; 32];
    host::returned(&mut out);
    Ok(word::to_address(&out))
}

/// Whether `s` is above half the order of secp256k1: then it has a twin below that signs the same.
fn above_half_order(s: &U256) -> bool {
    let mut half = U256::from_limbs([
        0xdfe9_2f46_681b_20a0,
        0x5d57_6e73_57a4_501d,
        u64::MAX,
        u64::MAX >> 1,
    ]);
    !word::take(&mut half, s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_constants_are_the_hashes_of_their_texts() {
        let name = b"Mintage";
        let (chain_id, this) = crate::testing::with(|host| (host.chain_id, host.this));
        let hash = |text: &[u8]| host::keccak(text).0;
        let mut expected = Vec::new();
        expected.extend(hash(
            b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
        ));
        expected.extend(hash(name));
        expected.extend(hash(b"1"));
        expected.extend(U256::from(chain_id).to_be_bytes::<32>());
        expected.extend(word::address_word(&this));
        assert_eq!(domain_separator(name), host::keccak(&expected));

        let signed = Allowance {
            owner: &Address::repeat_byte(1),
            spender: &Address::repeat_byte(2),
            value: &U256::from(3),
            deadline: &U256::from(4),
        };
        let mut expected = Vec::new();
        expected.extend(hash(
            b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
        ));
        expected.extend(word::address_word(signed.owner));
        expected.extend(word::address_word(signed.spender));
        for number in [3u64, 5, 4] {
            expected.extend(U256::from(number).to_be_bytes::<32>());
        }
        assert_eq!(struct_hash(&signed, &U256::from(5)), host::keccak(&expected));
    }

    #[test]
    fn test_half_order_is_exact() {
        // The order of secp256k1 is odd: half of it, rounded down, is the greatest s that counts.
        let order: U256 = U256::from_str_radix(
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
            16,
        )
        .expect("a number");
        let half: U256 = order >> 1;
        assert!(!above_half_order(&half));
        assert!(above_half_order(&half.saturating_add(U256::ONE)));
        assert!(!above_half_order(&U256::ZERO));
        assert!(above_half_order(&U256::MAX));
    }
}
