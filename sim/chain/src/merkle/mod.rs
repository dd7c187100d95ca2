//! The Merkle tree of the state as Ethereum defines it: a leaf an account, and in the account the root of the tree of its
//! storage. It gives the header's state root and the proofs against it.
//!
//! The writer keeps one [`StateTree`] beside the archive and brings it up to date with each version; what the archive holds
//! is all it reads, so that going back is an update like any other. Proofs of any version are made from the archive alone
//! ([`proof`]): readers do not need the writer.
//!
//! On a fork the archive holds only what was written since, and so does the tree: its root names the changes, not the
//! state, and there are no proofs.

pub(crate) mod proof;
mod tree;

use alloy_primitives::map::AddressMap;
use alloy_primitives::{Address, B256, U256, keccak256};

use crate::archive::{Archive, Version};
use crate::state::Change;
use tree::Tree;

/// The tree of the newest version.
#[derive(Clone, Debug, Default)]
pub(crate) struct StateTree {
    accounts: Tree,
    /// Only of accounts that have storage.
    storages: AddressMap<Tree>,
}

fn leaf_of_slot(slot: U256, value: U256) -> (B256, Vec<u8>) {
    (key_of_slot(slot), alloy_rlp::encode(value))
}

fn key_of_slot(slot: U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>())
}

impl StateTree {
    /// Takes over what the archive holds now of everything in `changes`, and gives the root. Roots of storages that are new
    /// are written into the archive at `version`.
    pub(crate) fn update(&mut self, archive: &Archive, changes: &[Change], version: Version) -> B256 {
        let mut with_storage = Vec::new();
        for change in changes {
            match *change {
                Change::Record(_) => {}
                Change::Slot(address, slot) => {
                    self.set_slot(address, slot, archive.newest_slot(address, slot));
                    with_storage.push(address);
                }
                Change::Cleared(address) => {
                    self.storages.remove(&address);
                    for (slot, value) in archive.storage_at(address, Version::MAX) {
                        self.set_slot(address, slot, value);
                    }
                    with_storage.push(address);
                }
            }
        }
        with_storage.dedup();
        for address in with_storage {
            let storage = self.storages.entry(address).or_default();
            archive.set_storage_root(address, version, storage.root());
            if storage.is_empty() {
                self.storages.remove(&address);
            }
        }
        let mut addresses: Vec<Address> = changes.iter().map(Change::address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        for address in addresses {
            let key = keccak256(address);
            match archive.newest_account(address) {
                Some(account) => self.accounts.set(key, alloy_rlp::encode(account)),
                None => self.accounts.remove(key),
            }
        }
        self.root()
    }

    /// The root as of the last update.
    pub(crate) fn root(&mut self) -> B256 {
        self.accounts.root()
    }

    fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        let storage = self.storages.entry(address).or_default();
        if value.is_zero() {
            storage.remove(key_of_slot(slot));
        } else {
            let (key, value) = leaf_of_slot(slot, value);
            storage.set(key, value);
        }
    }
}

#[cfg(test)]
mod tests;
