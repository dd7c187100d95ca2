//! The archive as a list of what each version changed, and back.

use alloy_primitives::map::B256Map;
use alloy_primitives::{Address, Bytes, U256};
use revm::bytecode::Bytecode;

use super::{Archive, Ordering, Version, read, write};
use crate::merkle::StateTree;
use crate::state::{Change, Record, State};

/// What one version changed.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) version: Version,
    /// Without the bytes of codes.
    pub(crate) records: Vec<(Address, Record)>,
    pub(crate) slots: Vec<(Address, U256, U256)>,
    pub(crate) cleared: Vec<Address>,
}

impl Archive {
    /// All codes, and what each version changed, oldest first.
    pub(crate) fn export(&self) -> (Vec<Bytes>, Vec<Written>) {
        let mut codes = Vec::new();
        for shard in &self.shards {
            codes.extend(read(shard).codes.values().map(Bytecode::original_bytes));
        }
        codes.sort_unstable();
        let all = read(&self.written);
        let versions = all
            .iter()
            .map(|(version, changes)| self.export_version(*version, changes));
        (codes, versions.collect())
    }

    fn export_version(&self, version: Version, changes: &[Change]) -> Written {
        let mut written = Written {
            version,
            records: Vec::new(),
            slots: Vec::new(),
            cleared: Vec::new(),
        };
        for change in changes {
            let address = change.address();
            let shard = read(self.shard(address));
            let Some(account) = shard.accounts.get(&address) else {
                continue;
            };
            match change {
                Change::Record(_) => {
                    written.records.extend(
                        account
                            .records
                            .at(version)
                            .cloned()
                            .map(|record| (address, record)),
                    );
                }
                Change::Slot(_, slot) => {
                    let value = account.slots.get(slot).and_then(|values| values.at(version));
                    written.slots.extend(value.map(|value| (address, *slot, *value)));
                }
                Change::Cleared(_) => written.cleared.push(address),
            }
        }
        written
    }

    /// Takes over what [`Archive::export`] gave, and brings a state to the newest version. Its tree comes back.
    pub(crate) fn import(
        &self,
        state: &mut State,
        codes: Vec<Bytecode>,
        versions: Vec<Written>,
    ) -> StateTree {
        let mut tree = StateTree::default();
        let codes: B256Map<Bytecode> = codes.into_iter().map(|code| (code.hash_slow(), code)).collect();
        for written in versions {
            let version = written.version;
            let mut changes = Vec::new();
            for address in written.cleared {
                state.replace_storage(address, &[]);
                self.change(address, |account| account.cleared.set(version, ()));
                changes.push(Change::Cleared(address));
            }
            for (address, mut record) in written.records {
                record.code = codes.get(&record.code_hash).cloned().unwrap_or_default();
                state.put(address, record.clone());
                self.change(address, |account| account.records.set(version, record));
                changes.push(Change::Record(address));
            }
            for (address, slot, value) in written.slots {
                state.set_storage(address, slot, value);
                self.change(address, |account| {
                    account.slots.entry(slot).or_default().set(version, value)
                });
                changes.push(Change::Slot(address, slot));
            }
            tree.update(self, &changes, version);
            write(&self.written).push((version, changes));
            self.head.store(version, Ordering::Release);
        }
        for (hash, code) in codes {
            write(self.code_shard(hash)).codes.insert(hash, code);
        }
        tree
    }
}
