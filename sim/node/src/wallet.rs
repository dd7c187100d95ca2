//! The accounts that the node holds keys of, and what they sign.
//!
//! The keys come from a mnemonic that everybody knows: they protect nothing. Accounts without a key can act too, by
//! impersonation; that is a matter of who may send ([`Wallet::may_send`]) and not of signatures.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

use alloy_primitives::{Address, B256, Signature, U256, eip191_hash_message, keccak256};
use bip32::{ChildNumber, DerivationPath, XPrv};
use bip39::{Language, Mnemonic};
use k256::ecdsa::SigningKey;

/// The mnemonic of Hardhat, anvil and every tutorial.
pub const DEFAULT_MNEMONIC: &str = "test test test test test test test test test test test junk";
/// Where the keys stand under the mnemonic; the account's index follows.
pub const DERIVATION_PATH: &str = "m/44'/60'/0'/0/";
/// The key of the account that owns the chain on the network's own dev node; as public as the mnemonic.
const NETWORK_DEV_KEY: B256 = B256::new(alloy_primitives::hex!(
    "b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659"
));

/// Why a mnemonic gives no keys.
#[derive(Debug, thiserror::Error)]
#[error("the mnemonic gives no keys: {0}")]
pub struct MnemonicProblem(String);

/// An account with its key.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its address.
    pub address: Address,
    /// Its private key.
    pub key: B256,
}

/// Keys, and the addresses that may send without one.
#[derive(Debug)]
pub(crate) struct Wallet {
    keys: BTreeMap<Address, SigningKey>,
    accounts: Vec<Account>,
    open: RwLock<Open>,
}

#[derive(Clone, Debug, Default)]
struct Open {
    impersonated: BTreeSet<Address>,
    everybody: bool,
}

impl Wallet {
    /// The accounts of a mnemonic and the network's dev account.
    pub(crate) fn new(mnemonic: &str, count: u32) -> Result<Self, MnemonicProblem> {
        let accounts = derive(mnemonic, count)?;
        let mut keys = BTreeMap::new();
        for account in accounts.iter().chain([&network_dev_account()]) {
            keys.insert(account.address, signing_key(account.key));
        }
        Ok(Self {
            keys,
            accounts,
            open: RwLock::default(),
        })
    }

    /// The accounts of the mnemonic, in order.
    pub(crate) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    pub(crate) fn has_key(&self, address: Address) -> bool {
        self.keys.contains_key(&address)
    }

    /// Whether `eth_sendTransaction` may send from here.
    pub(crate) fn may_send(&self, address: Address) -> bool {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.everybody || self.has_key(address) || open.impersonated.contains(&address)
    }

    pub(crate) fn impersonate(&self, address: Address, on: bool) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if on {
            open.impersonated.insert(address);
        } else {
            open.impersonated.remove(&address);
        }
    }

    pub(crate) fn impersonate_everybody(&self, on: bool) {
        self.open
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .everybody = on;
    }

    /// Only accounts with a key send from now on.
    pub(crate) fn impersonate_nobody(&self) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = Open::default();
    }

    /// The signature of a hash; `None` if there is no key.
    pub(crate) fn sign_hash(&self, address: Address, hash: B256) -> Option<Signature> {
        let key = self.keys.get(&address)?;
        // It fails for hashes that are too short, which this one is not.
        let (signature, recovery) = key.sign_prehash_recoverable(hash.as_slice()).ok()?;
        let (r, s) = (signature.r().to_bytes(), signature.s().to_bytes());
        Some(Signature::new(
            U256::from_be_slice(&r),
            U256::from_be_slice(&s),
            recovery.is_y_odd(),
        ))
    }

    /// The signature of a message under EIP-191, as `personal_sign` gives it.
    pub(crate) fn sign_message(&self, address: Address, message: &[u8]) -> Option<Signature> {
        self.sign_hash(address, eip191_hash_message(message))
    }
}

/// The account that owns a chain of the network's own dev node, and ours.
pub fn network_dev_account() -> Account {
    Account {
        address: address_of(&signing_key(NETWORK_DEV_KEY)),
        key: NETWORK_DEV_KEY,
    }
}

fn derive(phrase: &str, count: u32) -> Result<Vec<Account>, MnemonicProblem> {
    let problem = |e: bip32::Error| MnemonicProblem(e.to_string());
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, phrase)
        .map_err(|e| MnemonicProblem(e.to_string()))?;
    let path: DerivationPath = DERIVATION_PATH.trim_end_matches('/').parse().map_err(problem)?;
    // One slow hash for all accounts, then one derivation each.
    let parent = XPrv::derive_from_path(mnemonic.to_seed_normalized(""), &path).map_err(problem)?;
    let mut accounts = Vec::new();
    for index in 0..count {
        let child = ChildNumber::new(index, false).and_then(|index| parent.derive_child(index));
        let key = B256::from_slice(&child.map_err(problem)?.private_key().to_bytes());
        accounts.push(Account {
            address: address_of(&signing_key(key)),
            key,
        });
    }
    Ok(accounts)
}

fn signing_key(key: B256) -> SigningKey {
    SigningKey::from_slice(key.as_slice()).expect("a derived or listed key is in the field")
}

fn address_of(key: &SigningKey) -> Address {
    let point = key.verifying_key().to_encoded_point(false);
    Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, b256};
    use mintage_chain::DEV_ACCOUNTS;

    #[test]
    fn test_the_mnemonic_gives_the_well_known_accounts() {
        let wallet = Wallet::new(DEFAULT_MNEMONIC, 10).unwrap();
        let addresses: Vec<Address> = wallet.accounts().iter().map(|a| a.address).collect();
        assert_eq!(addresses, DEV_ACCOUNTS);
        assert_eq!(
            wallet.accounts()[0].key,
            b256!("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
        );
    }

    #[test]
    fn test_the_networks_dev_account() {
        assert_eq!(
            network_dev_account().address,
            address!("0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E")
        );
    }

    #[test]
    fn test_a_mnemonic_with_a_wrong_word_is_refused() {
        assert!(Wallet::new("test test test", 1).is_err());
        assert!(
            Wallet::new(&DEFAULT_MNEMONIC.replace("junk", "test"), 1).is_err(),
            "checksum"
        );
    }

    #[test]
    fn test_signatures_recover_their_signer() {
        let wallet = Wallet::new(DEFAULT_MNEMONIC, 1).unwrap();
        let signer = wallet.accounts()[0].address;
        let signature = wallet.sign_message(signer, b"hello").unwrap();
        let hash = eip191_hash_message(b"hello");
        assert_eq!(signature.recover_address_from_prehash(&hash).unwrap(), signer);
        assert_eq!(wallet.sign_message(Address::ZERO, b"hello"), None);
    }

    #[test]
    fn test_only_keys_and_impersonated_accounts_may_send() {
        let wallet = Wallet::new(DEFAULT_MNEMONIC, 1).unwrap();
        let stranger = Address::repeat_byte(1);
        assert!(!wallet.may_send(stranger));
        wallet.impersonate(stranger, true);
        assert!(wallet.may_send(stranger));
        wallet.impersonate(stranger, false);
        assert!(!wallet.may_send(stranger));
        wallet.impersonate_everybody(true);
        assert!(wallet.may_send(stranger));
    }
}
