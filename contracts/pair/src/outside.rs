//! The calls that a pair makes, as v2 makes them: what counts as an answer, and as none.

use mintage_kit::call::Target;
use mintage_kit::prelude::*;
use mintage_kit::word::{chunk_mut, put_address, put_u256};

use crate::refusal::{self, refuse};

mintage_kit::client! {
    /// A factory, as far as a pair asks it.
    interface FeeSource {
        /// Who receives the protocol's share; zero: the fee is off.
        function feeTo() external view returns (address);
    }
}

mintage_kit::client! {
    /// Who is called back during a swap.
    interface FlashBorrower {
        /// Has been paid and must pay back before it returns.
        function uniswapV2Call(address sender, uint256 amount0, uint256 amount1, bytes calldata data) external;
    }
}

mintage_kit::client! {
    /// A token, as far as its answer is relied on.
    interface HeldToken {
        /// The balance of an account.
        function balanceOf(address account) external view returns (uint256);
    }
}

/// `transfer(address,uint256)`.
const TRANSFER: u32 = 0xa905_9cbb;

/// What the pair holds of a token.
pub(crate) fn own_balance(token: Address) -> Result<U256> {
    HeldToken::at(token).balance_of(this())
}

/// Sends tokens. As in v2 an answer of nothing or of anything but zero is a yes, and an account without code never says no.
pub(crate) fn pay(token: Address, to: Address, amount: U256) -> Result<()> {
    let mut data = [0; 68];
    *chunk_mut(&mut data, 0) = TRANSFER.to_be_bytes();
    put_address(chunk_mut(&mut data, 4), &to);
    put_u256(chunk_mut(&mut data, 36), &amount);
    match Target::new(token).try_write(&data) {
        Ok(answer) if answer.is_empty() => Ok(()),
        Ok(answer) => match answer.first_chunk::<32>() {
            None => Err(Revert::empty()),
            Some(word) if *word == [0; 32] => refuse("TRANSFER_FAILED"),
            Some(_) => Ok(()),
        },
        Err(_) => refuse("TRANSFER_FAILED"),
    }
}

/// Sends what the pair holds above a reserve.
pub(crate) fn pay_excess(token: Address, to: Address, reserve: U256) -> Result<()> {
    let balance = own_balance(token)?;
    pay(token, to, refusal::math(mintage_math::sub(balance, reserve))?)
}
