//! Balances and allowances of an ERC-20 token, with the errors of ERC-6093. The supply is the program's to count: what a
//! cap or a fee means differs from token to token.

use crate::prelude::*;
use crate::storage::Place;
use crate::word::{give, is_zero, take};

mintage_kit_macros::solidity! {
    /// Tokens moved, were minted (from zero) or burned (to zero).
    event Transfer(address indexed from, address indexed to, uint256 value);
    /// An allowance was set.
    event Approval(address indexed owner, address indexed spender, uint256 value);
    /// The sender has less than it sends.
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
    /// The zero address cannot send.
    error ERC20InvalidSender(address sender);
    /// The address cannot receive.
    error ERC20InvalidReceiver(address receiver);
    /// The spender may spend less.
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    /// The zero address cannot approve.
    error ERC20InvalidApprover(address approver);
    /// The zero address cannot be approved.
    error ERC20InvalidSpender(address spender);
}

/// `mapping(address => uint256) balances; mapping(address => mapping(address => uint256)) allowances;`
#[crate::storage]
pub struct Erc20 {
    balances: Map<Address, Slot<U256>>,
    allowances: Map<Address, Map<Address, Slot<U256>>>,
}

impl<P: Place> Erc20<P> {
    /// The balance of an account.
    #[inline(always)]
    pub fn balance_of(&self, account: Address) -> U256 {
        self.balances.get(account)
    }

    /// What `spender` may still spend of `owner`'s tokens.
    #[inline(always)]
    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.allowances.at(owner).get(spender)
    }

    /// Moves tokens and writes the event.
    ///
    /// # Errors
    /// A zero address on either side; too small a balance.
    #[inline(never)]
    pub fn transfer(&mut self, from: &Address, to: &Address, value: &U256) -> Result<()> {
        self.debit(from, value)?;
        self.credit(from, to, value)
    }

    /// Takes tokens from an account. The event is [`Self::credit`]'s or [`Self::burned`]'s.
    ///
    /// # Errors
    /// The zero address; too small a balance.
    #[inline(never)]
    pub fn debit(&mut self, from: &Address, value: &U256) -> Result<()> {
        ensure!(!is_zero(from), ERC20InvalidSender { sender: *from });
        let mut entry = self.balances.of_mut(from);
        let mut balance = entry.get();
        if !take(&mut balance, value) {
            return Err(ERC20InsufficientBalance {
                sender: *from,
                balance,
                needed: *value,
            }
            .into());
        }
        entry.write(&balance);
        Ok(())
    }

    /// Gives tokens to an account and writes the event. They were `from`'s; from zero they are new.
    ///
    /// # Errors
    /// The zero address as receiver; a balance above 2^256-1.
    #[inline(never)]
    pub fn credit(&mut self, from: &Address, to: &Address, value: &U256) -> Result<()> {
        ensure!(!is_zero(to), ERC20InvalidReceiver { receiver: *to });
        let mut entry = self.balances.of_mut(to);
        let mut balance = entry.get();
        ensure!(give(&mut balance, value), Overflow);
        entry.write(&balance);
        log_transfer(from, to, value);
        Ok(())
    }

    /// Writes the event of tokens that were debited and are no more.
    #[inline(never)]
    pub fn burned(&self, from: &Address, value: &U256) {
        emit(Transfer {
            from: *from,
            to: Address::ZERO,
            value: *value,
        });
    }

    /// Sets an allowance and writes the event.
    ///
    /// # Errors
    /// A zero address on either side.
    #[inline(never)]
    pub fn approve(&mut self, owner: &Address, spender: &Address, value: &U256) -> Result<()> {
        ensure!(!is_zero(owner), ERC20InvalidApprover { approver: *owner });
        ensure!(!is_zero(spender), ERC20InvalidSpender { spender: *spender });
        self.allowances.of_mut(owner).of_mut(spender).write(value);
        emit(Approval {
            owner: *owner,
            spender: *spender,
            value: *value,
        });
        Ok(())
    }

    /// Uses up an allowance. The greatest one, 2^256-1, is without limit and stays.
    ///
    /// # Errors
    /// Too small an allowance.
    #[inline(never)]
    pub fn spend(&mut self, owner: &Address, spender: &Address, value: &U256) -> Result<()> {
        let mut entry = self.allowances.of_mut(owner).of_mut(spender);
        let mut allowance = entry.get();
        if is_max(&allowance) {
            return Ok(());
        }
        if !take(&mut allowance, value) {
            return Err(ERC20InsufficientAllowance {
                spender: *spender,
                allowance,
                needed: *value,
            }
            .into());
        }
        entry.write(&allowance);
        Ok(())
    }
}

fn is_max(value: &U256) -> bool {
    let [a, b, c, d] = *value.as_limbs();
    a & b & c & d == u64::MAX
}

#[inline(never)]
fn log_transfer(from: &Address, to: &Address, value: &U256) {
    emit(Transfer {
        from: *from,
        to: *to,
        value: *value,
    });
}
