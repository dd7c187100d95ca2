//! ERC-20 tokens of others, of which nothing may be taken for granted: they return nothing, or false, or keep a fee, or
//! are not there at all. What was moved is what the balances say.

use super::Target;
use crate::word::{abort, chunk_mut};
use crate::{Address, Result, Revert, U256, host};

mintage_kit_macros::solidity! {
    /// The token said no, or there is none at the address. (The name that OpenZeppelin's SafeERC20 uses.)
    error SafeERC20FailedOperation(address token);
}

mintage_kit_macros::client! {
    /// The ERC-20 methods whose answers can be trusted to be there.
    interface IForeignToken {
        function balanceOf(address account) external view returns (uint256);
        function totalSupply() external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
    }
}

const TRANSFER: u32 = 0xa905_9cbb;
const TRANSFER_FROM: u32 = 0x23b8_72dd;
const APPROVE: u32 = 0x095e_a7b3;

/// The token balance of an account.
///
/// # Errors
/// What the token reverted with.
pub fn balance_of(token: Address, account: Address) -> Result<U256> {
    IForeignToken::at(token).balance_of(account)
}

/// Sends this program's tokens. Accepts a token that returns nothing.
///
/// # Errors
/// What the token reverted with; [`SafeERC20FailedOperation`] when it returned anything but true, or has no code.
pub fn transfer(token: Address, to: Address, value: U256) -> Result<()> {
    let mut data = [0; 68];
    two(&mut data, TRANSFER, to, value);
    checked(token, &data)
}

/// Sends tokens of another account, which has allowed it. Accepts a token that returns nothing.
///
/// # Errors
/// As [`transfer`].
pub fn transfer_from(token: Address, from: Address, to: Address, value: U256) -> Result<()> {
    let mut data = [0; 100];
    *chunk_mut(&mut data, 0) = TRANSFER_FROM.to_be_bytes();
    crate::word::put_address(chunk_mut(&mut data, 4), &from);
    crate::word::put_address(chunk_mut(&mut data, 36), &to);
    crate::word::put_u256(chunk_mut(&mut data, 68), &value);
    checked(token, &data)
}

/// Sets an allowance; where the token refuses to change one that is not zero (USDT), through zero.
///
/// # Errors
/// As [`transfer`].
pub fn approve(token: Address, spender: Address, value: U256) -> Result<()> {
    let mut data = [0; 68];
    two(&mut data, APPROVE, spender, value);
    if let Ok(answer) = Target::new(token).try_write(&data)
        && accepted(token, answer.len(), answer.first_chunk())
    {
        return Ok(());
    }
    let mut zero = [0; 68];
    two(&mut zero, APPROVE, spender, U256::ZERO);
    checked(token, &zero)?;
    checked(token, &data)
}

/// Draws `value` tokens of `from` into this program and returns what really arrived.
///
/// # Errors
/// As [`transfer_from`]; an abort when the balance went down.
pub fn pull(token: Address, from: Address, value: U256) -> Result<U256> {
    let this = host::this();
    arrived(token, this, || transfer_from(token, from, this, value))
}

/// Sends `value` tokens to `to` and returns what really arrived there.
///
/// # Errors
/// As [`transfer`]; an abort when the receiver's balance went down.
pub fn push(token: Address, to: Address, value: U256) -> Result<U256> {
    arrived(token, to, || transfer(token, to, value))
}

/// By how much the balance of `account` grows during `action`.
///
/// # Errors
/// Those of the action and of the token; an abort when the balance went down.
pub fn arrived(token: Address, account: Address, action: impl FnOnce() -> Result<()>) -> Result<U256> {
    let before = balance_of(token, account)?;
    action()?;
    let after = balance_of(token, account)?;
    Ok(after.checked_sub(before).unwrap_or_else(|| abort()))
}

#[inline(never)]
fn two(data: &mut [u8; 68], selector: u32, account: Address, value: U256) {
    *chunk_mut(data, 0) = selector.to_be_bytes();
    crate::word::put_address(chunk_mut(data, 4), &account);
    crate::word::put_u256(chunk_mut(data, 36), &value);
}

/// Makes the call and demands an answer that means yes.
#[inline(never)]
fn checked(token: Address, data: &[u8]) -> Result<()> {
    let len = Target::new(token).write(data)?;
    let mut word = [0; 32];
    let word = (host::returned(&mut word) == 32).then_some(&word);
    if accepted(token, len, word) {
        Ok(())
    } else {
        Err(Revert::from(SafeERC20FailedOperation { token }))
    }
}

/// Nothing from an account with code, or a word that is exactly true.
fn accepted(token: Address, len: usize, word: Option<&[u8; 32]>) -> bool {
    match word {
        Some(word) => *word == crate::word::u64_word(1),
        None => len == 0 && host::code_size(token) > 0,
    }
}
