//! The worked example of the README, and the ABI's strictness seen through a whole program.
#![allow(missing_docs, clippy::unwrap_used, clippy::arithmetic_side_effects)]

use mintage_kit::call::foreign;
use mintage_kit::prelude::*;
use mintage_kit::testing;

mintage_kit::interface!("tests/IVault.sol");

#[record]
pub struct Rule {
    tier: Tier,
    #[bits(112)]
    amount: u128,
}

#[storage]
pub struct Vault {
    owner: Slot<Address>,
    token: Slot<Address>,
    balances: Map<Address, Slot<U256>>,
    rules: Map<Address, Slot<Rule>>,
    last_note: Text,
}

#[entrypoint]
impl IVault for Vault {
    fn constructor(&mut self, owner: Address, token: Address) -> Result<()> {
        self.owner.set(owner);
        self.token.set(token);
        Ok(())
    }

    fn token(&self) -> Result<Address> {
        Ok(self.token.get())
    }

    fn balance_of(&self, account: Address) -> Result<U256> {
        Ok(self.balances.get(account))
    }

    fn limit_of(&self, account: Address) -> Result<(Tier, u128)> {
        let rule = self.rules.get(account);
        Ok((rule.tier, rule.amount))
    }

    fn deposit(&mut self, amount: U256) -> Result<U256> {
        let from = msg::sender();
        let received = foreign::pull(self.token.get(), from, amount)?;
        let mut balance = self.balances.at_mut(from);
        balance.set(balance.get().checked_add(received).ok_or(Overflow)?);
        emit(Deposited {
            from,
            amount: received,
        });
        Ok(received)
    }

    fn withdraw(&mut self, amount: U256, to: Address) -> Result<()> {
        let account = msg::sender();
        let mut entry = self.balances.at_mut(account);
        let balance = entry.get();
        ensure!(
            balance >= amount,
            Insufficient {
                account,
                balance,
                wanted: amount
            }
        );
        entry.set(balance - amount);
        foreign::transfer(self.token.get(), to, amount)
    }

    fn set_limits(&mut self, limits: Array<'_, Limit>, tier: Tier) -> Result<()> {
        let caller = msg::sender();
        ensure!(caller == self.owner.get(), NotOwner { caller });
        for limit in limits.iter() {
            self.rules.set(
                limit.account,
                Rule {
                    tier,
                    amount: limit.amount,
                },
            );
        }
        Ok(())
    }

    fn note(&mut self, text: &[u8]) -> Result<()> {
        self.last_note.set(text);
        emit(Noted {
            from: msg::sender(),
            note: text,
        });
        Ok(())
    }

    fn last_note(&self) -> Result<Vec<u8>> {
        Ok(self.last_note.get())
    }
}

#[test]
fn test_constructor_runs_once() {
    testing::reset();
    let mut data = vec![0x55, 0x85, 0x25, 0x8d];
    data.extend([[0u8; 12].as_slice(), &[7; 20], &[0; 12], &[9; 20]].concat());
    assert_eq!(dispatch(&data), Ok(vec![]));
    assert_eq!(Vault::default().token(), Ok(Address::repeat_byte(9)));
    assert_eq!(dispatch(&data), Err(vec![]));
}
