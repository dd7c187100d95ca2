//! The liquidity token: v2's ERC-20 with permit.

use mintage_kit::call::Target;
use mintage_kit::host;
use mintage_kit::prelude::*;
use mintage_kit::word::{Word, address_word, chunk_mut, constant, put_address, put_u64, put_u256};

use crate::refusal::{add_overflow, refuse, sub_underflow};
use crate::{Approval, Pair, Transfer};

/// The name in the domain of permits.
pub(crate) const NAME: &[u8] = b"Uniswap V2";

/// keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)").
pub(crate) fn permit_typehash() -> B256 {
    let [a, b, c, d] = PERMIT_TYPEHASH;
    B256::new(constant(a, b, c, d))
}

// As four little-endian parts, as the kit's `constant` takes them; the tests hold them against their texts.
const PERMIT_TYPEHASH: [u64; 4] = [
    0x7fb9_b112_aeed_716e,
    0x1010_ef0f_3760_1f4d,
    0x4a11_2601_aefa_a25f,
    0xc926_615d_8464_9c16,
];
const DOMAIN_TYPEHASH: [u64; 4] = [
    0x3dfe_b89b_c6c3_738b,
    0x79cc_59f7_4ccc_2e51,
    0xcafa_0f9b_177b_9f23,
    0x0f40_392b_525d_a7a9,
];

/// The EIP-712 domain: name, version 1, this chain, this pair.
pub(crate) fn domain_separator() -> B256 {
    let mut data = [0; 5 * 32];
    let [a, b, c, d] = DOMAIN_TYPEHASH;
    *chunk_mut(&mut data, 0) = constant(a, b, c, d);
    *chunk_mut(&mut data, 32) = host::keccak(NAME).0;
    *chunk_mut(&mut data, 64) = host::keccak(b"1").0;
    put_u64(chunk_mut(&mut data, 96), block::chain_id());
    put_address(chunk_mut(&mut data, 128), &this());
    host::keccak(&data)
}

impl Pair {
    pub(crate) fn mint_shares(&mut self, to: Address, value: U256) -> Result<()> {
        let supply = self
            .total_supply
            .get()
            .checked_add(value)
            .ok_or_else(add_overflow)?;
        self.total_supply.set(supply);
        self.credit(to, value)?;
        emit(Transfer {
            from: Address::ZERO,
            to,
            value,
        });
        Ok(())
    }

    pub(crate) fn burn_shares(&mut self, from: Address, value: U256) -> Result<()> {
        self.debit(from, value)?;
        let supply = self
            .total_supply
            .get()
            .checked_sub(value)
            .ok_or_else(sub_underflow)?;
        self.total_supply.set(supply);
        emit(Transfer {
            from,
            to: Address::ZERO,
            value,
        });
        Ok(())
    }

    pub(crate) fn move_shares(&mut self, from: Address, to: Address, value: U256) -> Result<()> {
        self.debit(from, value)?;
        self.credit(to, value)?;
        emit(Transfer { from, to, value });
        Ok(())
    }

    pub(crate) fn set_allowance(&mut self, owner: Address, spender: Address, value: U256) {
        self.allowances.at_mut(owner).set(spender, value);
        emit(Approval {
            owner,
            spender,
            value,
        });
    }

    /// Uses an allowance up, unless it is without limit. As in v2 without an event.
    pub(crate) fn use_allowance(&mut self, owner: Address, spender: Address, value: U256) -> Result<()> {
        let mut of_owner = self.allowances.at_mut(owner);
        let mut allowance = of_owner.at_mut(spender);
        let allowed = allowance.get();
        if allowed != U256::MAX {
            allowance.set(allowed.checked_sub(value).ok_or_else(sub_underflow)?);
        }
        Ok(())
    }

    /// Sets an allowance if its owner signed it with the next nonce. As in v2 either of a signature's two forms will do: the
    /// nonce lets only one of them through.
    pub(crate) fn permit_by_signature(
        &mut self,
        owner: Address,
        spender: Address,
        value: U256,
        deadline: U256,
        signature: (u8, B256, B256),
    ) -> Result<()> {
        if deadline < U256::from(block::timestamp()) {
            return refuse("EXPIRED");
        }
        let mut entry = self.nonces.at_mut(owner);
        let nonce = entry.get();
        entry.set(nonce.wrapping_add(U256::ONE));

        let mut data = [0; 6 * 32];
        *chunk_mut(&mut data, 0) = permit_typehash().0;
        put_address(chunk_mut(&mut data, 32), &owner);
        put_address(chunk_mut(&mut data, 64), &spender);
        put_u256(chunk_mut(&mut data, 96), &value);
        put_u256(chunk_mut(&mut data, 128), &nonce);
        put_u256(chunk_mut(&mut data, 160), &deadline);
        let digest = digest(&self.domain_separator.get(), &host::keccak(&data));
        if owner.is_zero() || recover(&digest, signature)? != address_word(&owner) {
            return refuse("INVALID_SIGNATURE");
        }
        self.set_allowance(owner, spender, value);
        Ok(())
    }

    fn debit(&mut self, from: Address, value: U256) -> Result<()> {
        let mut balance = self.balances.at_mut(from);
        balance.set(balance.get().checked_sub(value).ok_or_else(sub_underflow)?);
        Ok(())
    }

    fn credit(&mut self, to: Address, value: U256) -> Result<()> {
        let mut balance = self.balances.at_mut(to);
        balance.set(balance.get().checked_add(value).ok_or_else(add_overflow)?);
        Ok(())
    }
}

/// keccak256(0x1901 ++ domain ++ hash), EIP-712.
fn digest(domain: &B256, hash: &B256) -> B256 {
    let mut data = [0; 66];
    *chunk_mut(&mut data, 0) = [0x19, 0x01];
    *chunk_mut(&mut data, 2) = domain.0;
    *chunk_mut(&mut data, 34) = hash.0;
    host::keccak(&data)
}

/// The signer as a word, by the precompile at address 1; zero for what is no signature.
fn recover(digest: &B256, (v, r, s): (u8, B256, B256)) -> Result<Word> {
    let mut data = [0; 128];
    *chunk_mut(&mut data, 0) = digest.0;
    put_u64(chunk_mut(&mut data, 32), u64::from(v));
    *chunk_mut(&mut data, 64) = r.0;
    *chunk_mut(&mut data, 96) = s.0;
    let mut signer = [0; 32];
    let ecrecover = Address::with_last_byte(1);
    if Target::new(ecrecover).read(&data)? == 32 {
        mintage_kit::call::returned(&mut signer, 32);
    }
    Ok(signer)
}
