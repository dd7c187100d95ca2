//! An ERC-20 token with a hard cap, rate-limited minters and an optional, bounded transfer fee.
//!
//! Every method here reads state, asks a rule (`mintage-mechanism`), writes state and emits the event. Nothing is called
//! outside except the signature precompile, so nothing can be re-entered.

mod fee;
mod supply;

use mintage_kit::parts::bucket::Limits;
use mintage_kit::parts::permit::{Allowance, Signature, domain_separator};
use mintage_kit::parts::{Bucket, Erc20, Pause, Permit, Roles};
use mintage_kit::prelude::*;
use mintage_kit::word::{constant, narrow, widen};

use fee::Fee;
use supply::{Issuance, Supply};

mintage_kit::interface!("../interfaces/IToken.sol");

/// The longest name and symbol, bytes: what a slot holds.
const MAX_TEXT: u128 = 31;

/// The token's state, in Solidity's layout.
#[storage]
pub struct Token {
    /// Balances and allowances.
    erc20: Erc20,
    /// Minted and burned.
    supply: Slot<Supply>,
    /// Cap, basis and decimals.
    issuance: Slot<Issuance>,
    /// The transfer fee.
    fee: Slot<Fee>,
    /// Accounts whose transfers are free.
    fee_exempt: Map<Address, Slot<bool>>,
    /// The mint limit of each minter.
    minters: Map<Address, Bucket>,
    permit: Permit,
    roles: Roles,
    fee_manager: Slot<Address>,
    /// Whether minting is stopped.
    minting: Pause,
    name: ShortText,
    symbol: ShortText,
}

#[entrypoint]
impl IToken for Token {
    fn constructor(
        &mut self,
        name: &[u8],
        symbol: &[u8],
        decimals: u8,
        owner: Address,
        guardian: Address,
        cap: U256,
        cap_basis: CapBasis,
        holder: Address,
        initial_supply: U256,
    ) -> Result<()> {
        ensure_short(self.name.set(name), const { self::name(b"name") }, name)?;
        ensure_short(self.symbol.set(symbol), const { self::name(b"symbol") }, symbol)?;
        self.roles.start(owner, guardian)?;
        self.start_cap(cap, cap_basis, decimals)?;
        if initial_supply.is_zero() {
            Ok(())
        } else {
            self.issue(&holder, &initial_supply)
        }
    }

    fn name(&self) -> Result<Vec<u8>> {
        Ok(self.name.get())
    }

    fn symbol(&self) -> Result<Vec<u8>> {
        Ok(self.symbol.get())
    }

    fn decimals(&self) -> Result<u8> {
        Ok(self.issuance.get().decimals)
    }

    fn total_supply(&self) -> Result<U256> {
        Ok(self.supply.get().circulating())
    }

    fn balance_of(&self, account: Address) -> Result<U256> {
        Ok(self.erc20.balance_of(account))
    }

    fn transfer(&mut self, to: Address, value: U256) -> Result<bool> {
        self.send(&msg::sender(), &to, &value)
    }

    fn allowance(&self, owner: Address, spender: Address) -> Result<U256> {
        Ok(self.erc20.allowance(owner, spender))
    }

    fn approve(&mut self, spender: Address, value: U256) -> Result<bool> {
        self.erc20.approve(&msg::sender(), &spender, &value)?;
        Ok(true)
    }

    fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool> {
        self.erc20.spend(&from, &msg::sender(), &value)?;
        self.send(&from, &to, &value)
    }

    fn permit(
        &mut self,
        owner: Address,
        spender: Address,
        value: U256,
        deadline: U256,
        v: u8,
        r: B256,
        s: B256,
    ) -> Result<()> {
        let signed = Allowance {
            owner: &owner,
            spender: &spender,
            value: &value,
            deadline: &deadline,
        };
        self.permit
            .use_signature(&self.name.get(), &signed, &Signature { v, r: &r, s: &s })?;
        self.erc20.approve(&owner, &spender, &value)
    }

    fn nonces(&self, owner: Address) -> Result<U256> {
        Ok(self.permit.nonce(owner))
    }

    fn domain_separator(&self) -> Result<B256> {
        Ok(domain_separator(&self.name.get()))
    }

    fn mint(&mut self, to: Address, amount: U256) -> Result<()> {
        self.minting.ensure_running()?;
        let minter = msg::sender();
        let mut bucket = self.minters.of_mut(&minter);
        ensure!(bucket.limits().capacity != 0, TokenNotMinter { account: minter });
        let now_ts = block::timestamp();
        if !bucket.try_draw(&amount, now_ts) {
            return Err(TokenMintLimited {
                minter,
                amount,
                available: bucket.available(now_ts),
            }
            .into());
        }
        self.issue(&to, &amount)
    }

    fn burn(&mut self, amount: U256) -> Result<()> {
        self.destroy(&msg::sender(), &amount)
    }

    fn burn_from(&mut self, account: Address, amount: U256) -> Result<()> {
        self.erc20.spend(&account, &msg::sender(), &amount)?;
        self.destroy(&account, &amount)
    }

    fn total_minted(&self) -> Result<U256> {
        Ok(widen(self.supply.get().minted))
    }

    fn total_burned(&self) -> Result<U256> {
        Ok(widen(self.supply.get().burned))
    }

    fn cap(&self) -> Result<U256> {
        Ok(widen(self.issuance.get().cap))
    }

    fn cap_basis(&self) -> Result<CapBasis> {
        Ok(self.issuance.get().basis)
    }

    fn lower_cap(&mut self, new_cap: U256) -> Result<()> {
        self.roles.ensure_owner()?;
        self.change_cap(new_cap)
    }

    fn set_minter(&mut self, minter: Address, limit_per_day: U256) -> Result<()> {
        self.roles.ensure_owner()?;
        let limit = bounded(limit_per_day, const { name(b"limitPerDay") })?;
        let next = Limits::strict(limit);
        let old = self.minters.of_mut(&minter).change(next, block::timestamp());
        emit(MinterSet {
            minter,
            old_limit_per_day: per_day(old),
            new_limit_per_day: per_day(next),
        });
        Ok(())
    }

    fn minter_limit(&self, minter: Address) -> Result<(U256, U256)> {
        let bucket = self.minters.at(minter);
        Ok((per_day(bucket.limits()), bucket.available(block::timestamp())))
    }

    fn transfer_fee(&self) -> Result<(u16, u16, Address)> {
        let fee = self.fee.get();
        Ok((fee.fee_bps, fee.burn_bps, fee.receiver))
    }

    fn set_transfer_fee(&mut self, fee_bps: u16, burn_bps: u16, receiver: Address) -> Result<()> {
        self.only_fee_manager()?;
        self.fee.set(Fee::checked(fee_bps, burn_bps, &receiver)?);
        emit(TransferFeeSet {
            fee_bps,
            burn_bps,
            receiver,
        });
        Ok(())
    }

    fn is_fee_exempt(&self, account: Address) -> Result<bool> {
        Ok(self.fee_exempt.get(account))
    }

    fn set_fee_exempt(&mut self, account: Address, exempt: bool) -> Result<()> {
        self.only_fee_manager()?;
        self.fee_exempt.set(account, exempt);
        emit(FeeExemptSet { account, exempt });
        Ok(())
    }

    fn owner(&self) -> Result<Address> {
        Ok(self.roles.owner())
    }

    fn pending_owner(&self) -> Result<Address> {
        Ok(self.roles.pending_owner())
    }

    fn transfer_ownership(&mut self, new_owner: Address) -> Result<()> {
        self.roles.transfer_ownership(new_owner)
    }

    fn accept_ownership(&mut self) -> Result<()> {
        self.roles.accept_ownership()
    }

    fn renounce_ownership(&mut self) -> Result<()> {
        self.roles.renounce_ownership()
    }

    fn fee_manager(&self) -> Result<Address> {
        Ok(self.fee_manager.get())
    }

    fn set_fee_manager(&mut self, new_fee_manager: Address) -> Result<()> {
        self.roles.ensure_owner()?;
        let previous_fee_manager = self.fee_manager.get();
        self.fee_manager.set(new_fee_manager);
        emit(FeeManagerChanged {
            previous_fee_manager,
            new_fee_manager,
        });
        Ok(())
    }

    fn guardian(&self) -> Result<Address> {
        Ok(self.roles.guardian())
    }

    fn set_guardian(&mut self, new_guardian: Address) -> Result<()> {
        self.roles.set_guardian(new_guardian)
    }

    fn pause_minting(&mut self) -> Result<()> {
        let account = self.roles.only_guardian()?;
        self.minting.pause(account)
    }

    fn unpause_minting(&mut self) -> Result<()> {
        let account = self.roles.only_owner()?;
        self.minting.unpause(account)
    }

    fn minting_paused(&self) -> Result<bool> {
        Ok(self.minting.is_paused())
    }
}

/// The limit that [`Limits::strict`] was made from; odd ones lose their last unit.
fn per_day(limits: Limits) -> U256 {
    widen(limits.capacity.wrapping_shl(1))
}

/// An amount of at most 128 bits.
fn bounded(value: U256, parameter: Name) -> Result<u128> {
    match narrow(&value) {
        Some(bounded) => Ok(bounded),
        None => Err(out_of_range(parameter, &value, 0, u128::MAX)),
    }
}

/// Refuses a text that was too long to be stored.
#[inline(always)]
fn ensure_short(stored: bool, parameter: Name, text: &[u8]) -> Result<()> {
    if stored {
        Ok(())
    } else {
        Err(out_of_range(parameter, &U256::from(text.len()), 0, MAX_TEXT))
    }
}

/// A parameter's name of at most 16 bytes, as numbers: so it lies in the code and not in the data, which every call pays for.
type Name = (u64, u64);

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // evaluated at compile time, where both are errors
const fn name(text: &[u8]) -> Name {
    let mut bytes = [0; 16];
    let mut i = 0;
    while i < text.len() {
        bytes[i] = text[i];
        i += 1;
    }
    let name = u128::from_le_bytes(bytes);
    (name as u64, (name >> 64) as u64)
}

#[cold]
#[inline(never)]
fn out_of_range((a, b): Name, value: &U256, min: u128, max: u128) -> Revert {
    let parameter = B256::new(constant(a, b, 0, 0));
    ParameterOutOfRange {
        parameter,
        value: *value,
        min: widen(min),
        max: widen(max),
    }
    .into()
}
