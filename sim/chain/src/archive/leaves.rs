//! The archive as leaves of the state's tree. Only what this chain has written itself: of what a fork reads elsewhere there
//! is no list.

use alloy_primitives::{Address, B256, U256};
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};

use super::{Archive, Version, read, write};

impl Archive {
    /// What stands in a slot now; 0 if nothing was written.
    pub(crate) fn newest_slot(&self, address: Address, slot: U256) -> U256 {
        let shard = read(self.shard(address));
        let account = shard.accounts.get(&address);
        account
            .and_then(|account| account.slot_at(slot, Version::MAX))
            .unwrap_or_default()
    }

    /// The leaf of an account now, if it has one.
    pub(crate) fn newest_account(&self, address: Address) -> Option<TrieAccount> {
        read(self.shard(address))
            .accounts
            .get(&address)?
            .leaf_at(Version::MAX)
    }

    /// The root of an account's storage from a version on. One that was never written to keeps that of an empty one.
    pub(crate) fn set_storage_root(&self, address: Address, version: Version, root: B256) {
        let mut shard = write(self.shard(address));
        let Some(account) = shard.accounts.get_mut(&address) else {
            return;
        };
        let newest = account.storage_roots.at(Version::MAX);
        if *newest.unwrap_or(&EMPTY_ROOT_HASH) != root {
            account.storage_roots.set(version, root);
        }
    }

    /// All accounts that have a leaf at a version, in no order.
    pub(crate) fn accounts_at(&self, version: Version) -> Vec<(Address, TrieAccount)> {
        let mut all = Vec::new();
        for shard in &self.shards {
            let shard = read(shard);
            let leaves = shard.accounts.iter();
            all.extend(leaves.filter_map(|(address, account)| Some((*address, account.leaf_at(version)?))));
        }
        all
    }

    /// All slots of an account that are not 0 at a version, in no order.
    pub(crate) fn storage_at(&self, address: Address, version: Version) -> Vec<(U256, U256)> {
        let shard = read(self.shard(address));
        let Some(account) = shard.accounts.get(&address) else {
            return Vec::new();
        };
        let value = |slot: &U256| account.slot_at(*slot, version).filter(|value| !value.is_zero());
        let slots = account.slots.keys();
        slots.filter_map(|slot| Some((*slot, value(slot)?))).collect()
    }
}
