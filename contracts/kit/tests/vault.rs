//! The worked example of the README, and the ABI's strictness seen through a whole program.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing
)]

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

// ------------------------------------------------------------------------------------------------ the ABI's strictness

fn word(value: u64) -> Vec<u8> {
    U256::from(value).to_be_bytes::<32>().to_vec()
}

fn padded(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    bytes.resize(text.len().div_ceil(32) * 32, 0);
    bytes
}

fn call(signature: &str, words: &[Vec<u8>]) -> core::result::Result<Vec<u8>, Vec<u8>> {
    let mut data = mintage_kit::host::keccak(signature.as_bytes())[..4].to_vec();
    data.extend(words.concat());
    dispatch(&data)
}

#[test]
fn test_dynamic_bytes_follow_offset_and_length() {
    testing::reset();
    let note = |words: &[Vec<u8>]| call("note(string)", words);
    for len in [0usize, 1, 32, 33, 70] {
        let text: Vec<u8> = (1..=len as u8).collect();
        assert_eq!(note(&[word(32), word(len as u64), padded(&text)]), Ok(vec![]));
        let out = call("lastNote()", &[]).unwrap();
        assert_eq!(out, [word(32), word(len as u64), padded(&text)].concat(), "{len}");
        let log = testing::with(|host| host.logs.pop()).unwrap();
        assert_eq!(log.data, out);
        assert_eq!(
            log.topics[0],
            mintage_kit::host::keccak(b"Noted(address,string)").0
        );
    }
    // unpadded is fine, as for solc; so is an offset elsewhere
    assert_eq!(note(&[word(32), word(3), b"abc".to_vec()]), Ok(vec![]));
    assert_eq!(note(&[word(64), word(99), word(2), padded(b"xy")]), Ok(vec![]));
    assert_eq!(Vault::default().last_note(), Ok(b"xy".to_vec()));
    let max = vec![0xff; 32];
    for bad in [
        vec![],
        vec![word(32)],
        vec![word(33), word(0)],
        vec![word(1 << 32), word(0)],
        vec![max.clone(), word(0)],
        vec![word(32), word(4), b"abc".to_vec()],
        vec![word(32), max, padded(b"abc")],
    ] {
        assert_eq!(note(&bad), Err(vec![]), "{bad:?}");
    }
}

#[test]
fn test_arrays_of_structs_and_enums_are_checked_whole() {
    testing::reset();
    testing::with(|host| host.storage.insert([0; 32], word(0xbb).try_into().unwrap()));
    testing::with(|host| host.sender = Address::with_last_byte(0xbb));
    let set = |words: &[Vec<u8>]| call("setLimits((address,uint112)[],uint8)", words);
    assert_eq!(
        set(&[word(64), word(1), word(2), word(5), word(100), word(6), word(200)]),
        Ok(vec![])
    );
    assert_eq!(
        call("limitOf(address)", &[word(6)]),
        Ok([word(1), word(200)].concat())
    );
    let wide: U256 = U256::from(1) << 112;
    let wide = wide.to_be_bytes::<32>().to_vec();
    for bad in [
        // an enum that is not, an element that is not there, a number too wide in the last element, a dirty address
        vec![word(64), word(2), word(0)],
        vec![word(64), word(1), word(2), word(5), word(100), word(6)],
        vec![word(64), word(1), word(1), word(5), wide],
        vec![word(64), word(1), word(1), vec![0xff; 32], word(1)],
        vec![word(64), word(1), vec![0xff; 32]],
    ] {
        assert_eq!(set(&bad), Err(vec![]), "{bad:?}");
    }
    // somebody else gets the typed error
    testing::with(|host| host.sender = Address::with_last_byte(0xcc));
    let error = set(&[word(64), word(1), word(0)]).unwrap_err();
    assert_eq!(
        error,
        [
            mintage_kit::host::keccak(b"NotOwner(address)")[..4].to_vec(),
            word(0xcc)
        ]
        .concat()
    );
}

#[test]
fn test_value_selector_and_short_calldata() {
    testing::reset();
    assert_eq!(dispatch(&[]), Err(vec![]));
    assert_eq!(dispatch(&[1, 2, 3]), Err(vec![]));
    assert_eq!(dispatch(&[1, 2, 3, 4]), Err(vec![]));
    assert_eq!(call("balanceOf(address)", &[]), Err(vec![]));
    assert_eq!(call("balanceOf(address)", &[word(1), word(2)]), Ok(word(0)));
    testing::with(|host| host.value = U256::from(1));
    assert_eq!(call("balanceOf(address)", &[word(1)]), Err(vec![]));
    assert_eq!(call("note(string)", &[word(32), word(0)]), Ok(vec![]));
}

#[test]
fn test_foreign_tokens_are_not_believed() {
    let token = Address::repeat_byte(9);
    let refusal = |answer: &[u8]| {
        let answer = answer.to_vec();
        testing::answer(move |_| Ok(answer.clone()));
        foreign::transfer(token, Address::ZERO, U256::from(1)).is_err()
    };
    testing::reset();
    testing::with(|host| host.code_sizes.insert(token, 1));
    // nothing, true; false, two, half a word
    assert!(!refusal(&[]));
    assert!(!refusal(&word(1)));
    assert!(refusal(&word(0)));
    assert!(refusal(&word(2)));
    assert!(refusal(&[1]));
    // nothing from nobody
    testing::with(|host| host.code_sizes.clear());
    assert!(refusal(&[]));
    // a revert is passed on as it is
    testing::answer(|_| Err(vec![1, 2, 3]));
    let error = foreign::transfer(token, Address::ZERO, U256::from(1)).unwrap_err();
    assert_eq!(error.data, [1, 2, 3]);
}
