//! The chain's state: accounts, their storage and code, held in memory, with snapshots as layers of undo records.
//!
//! A snapshot copies nothing. While one is alive, the first change of an account or slot after it stores the value
//! from before; going back applies these records. The cost of a snapshot is therefore the number of distinct
//! accounts and slots changed since, whatever the size of the state.
//!
//! A state may stand on a [`StateSource`], from which comes what it does not hold itself: a version of an archive, or a
//! chain elsewhere. Such a source can fail. The EVM's reads report it; what is read or written outside of an execution
//! treats what cannot be read as empty and keeps the failure until [`State::failure`] asks, so that the caller can
//! refuse the whole operation.
//!
//! This is the store under the EVM, not the EVM: gas, warm and cold, journals inside a transaction and hash
//! rules belong to the execution. Values become part of the state only by [`State::commit`] and the setters here.

mod arbos;
mod reader;
mod source;
mod undo;

use alloy_primitives::map::{AddressMap, B256Map, HashMap};
use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use revm::bytecode::Bytecode;
use revm::state::{Account, EvmState};

use crate::error::ReadError;
use crate::l1::L1Hashes;

pub(crate) use reader::Reader;
pub(crate) use source::{Base, StateSource};
use undo::Undo;

/// What an account holds besides its storage. An account that does not exist equals the default.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) balance: U256,
    pub(crate) nonce: u64,
    pub(crate) code_hash: B256,
    pub(crate) code: Bytecode,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            balance: U256::ZERO,
            nonce: 0,
            code_hash: KECCAK256_EMPTY,
            code: Bytecode::default(),
        }
    }
}

impl Record {
    /// EIP-161: such an account is the same as none.
    pub(crate) fn is_empty(&self) -> bool {
        self.balance.is_zero() && self.nonce == 0 && self.code_hash == KECCAK256_EMPTY
    }
}

#[derive(Clone, Debug, Default)]
struct Entry {
    record: Record,
    /// Without a source below, zeros are not kept.
    storage: HashMap<U256, U256>,
    /// Nothing of its storage comes from the source below any more.
    detached: bool,
}

/// What was changed, for the archive: the value is read when it is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// Balance, nonce or code.
    Record(Address),
    /// One slot.
    Slot(Address, U256),
    /// All storage was dropped.
    Cleared(Address),
}

impl Change {
    /// The account that changed.
    pub(crate) fn address(&self) -> Address {
        match self {
            Self::Record(address) | Self::Slot(address, _) | Self::Cleared(address) => *address,
        }
    }
}

/// All accounts of the chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// Where an address stands in `entries`. Entries are never removed, so an index stays valid through reverts.
    ids: AddressMap<u32>,
    entries: Vec<Entry>,
    codes: B256Map<Bytecode>,
    /// One layer a live snapshot, the newest last.
    undo: Vec<Undo>,
    /// An empty layer whose memory is used again: every transaction needs one.
    spare: Undo,
    /// Where everything comes from that is not here.
    base: Option<Base>,
    /// Changes since they were last taken, if somebody takes them.
    changes: Option<Vec<Change>>,
    /// What BLOCKHASH answers from.
    pub(crate) l1: L1Hashes,
}

impl State {
    /// A state that holds nothing itself and reads everything from `base`.
    pub(crate) fn over(base: Base, l1: L1Hashes) -> Self {
        Self {
            base: Some(base),
            l1,
            ..Self::default()
        }
    }

    /// From now on changes are listed for [`State::take_changes`].
    pub(crate) fn list_changes(&mut self) {
        self.changes.get_or_insert_default();
    }

    /// Lists everything that is held here as changed.
    pub(crate) fn note_everything(&mut self) {
        let mut all = Vec::new();
        for (address, _, storage) in self.held() {
            all.push(Change::Record(address));
            all.extend(storage.keys().map(|slot| Change::Slot(address, *slot)));
        }
        all.into_iter().for_each(|change| self.note(change));
    }

    /// What was changed since this was last called, in order.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        self.changes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// How many changes are listed.
    pub(crate) fn change_count(&self) -> usize {
        self.changes.as_ref().map_or(0, Vec::len)
    }

    /// Takes the newest changes off the list, until there are `count`: they were undone.
    pub(crate) fn forget_changes_since(&mut self, count: usize) {
        if let Some(changes) = &mut self.changes {
            changes.truncate(count);
        }
    }

    /// Why something could not be read since this was last called.
    pub(crate) fn failure(&self) -> Option<ReadError> {
        self.base.as_ref().and_then(Base::failure)
    }

    /// All accounts that are held here, with their storage, in no order.
    pub(crate) fn held(&self) -> impl Iterator<Item = (Address, &Record, &HashMap<U256, U256>)> {
        self.ids.iter().map(|(address, id)| {
            let entry = &self.entries[*id as usize];
            (*address, &entry.record, &entry.storage)
        })
    }

    /// How many accounts are held here.
    pub(crate) fn held_count(&self) -> usize {
        self.entries.len()
    }

    /// Gives up the accounts that came after there were `count` of them. No change of theirs may be left.
    pub(crate) fn forget_since(&mut self, count: usize) {
        self.entries.truncate(count);
        self.ids.retain(|_, id| (*id as usize) < count);
    }

    fn find(&self, address: Address) -> Option<&Entry> {
        self.ids.get(&address).map(|id| &self.entries[*id as usize])
    }

    fn id_of(&mut self, address: Address) -> u32 {
        let next = self.entries.len() as u32;
        if let Some(id) = self.ids.get(&address) {
            return *id;
        }
        let entry = match &self.base {
            None => Entry::default(),
            Some(base) => Entry {
                record: base.record(address),
                ..Entry::default()
            },
        };
        self.ids.insert(address, next);
        self.entries.push(entry);
        next
    }

    fn note(&mut self, change: Change) {
        if let Some(changes) = &mut self.changes {
            changes.push(change);
        }
    }

    fn set_record(&mut self, id: u32, address: Address, record: Record) {
        let old = std::mem::replace(&mut self.entries[id as usize].record, record);
        if let Some(layer) = self.undo.last_mut() {
            layer.records.entry(id).or_insert(old);
        }
        self.note(Change::Record(address));
    }

    fn set_slot(&mut self, id: u32, address: Address, slot: U256, value: U256) {
        let entry = &mut self.entries[id as usize];
        let keeps_zeros = self.base.is_some() && !entry.detached;
        let old = if value.is_zero() && !keeps_zeros {
            entry.storage.remove(&slot)
        } else {
            entry.storage.insert(slot, value)
        };
        if let Some(layer) = self.undo.last_mut() {
            layer.slots.entry((id, slot)).or_insert(old);
        }
        self.note(Change::Slot(address, slot));
    }

    /// Drops all storage of an account.
    fn clear_storage(&mut self, id: u32, address: Address) {
        let entry = &mut self.entries[id as usize];
        let storage = std::mem::take(&mut entry.storage);
        let was_attached = !std::mem::replace(&mut entry.detached, true);
        if let Some(layer) = self.undo.last_mut() {
            for (slot, old) in storage {
                layer.slots.entry((id, slot)).or_insert(Some(old));
            }
            if was_attached {
                layer.detached.push(id);
            }
        }
        self.note(Change::Cleared(address));
    }

    /// Replaces all storage of an account.
    pub(crate) fn replace_storage(&mut self, address: Address, slots: &[(U256, U256)]) {
        let id = self.id_of(address);
        self.clear_storage(id, address);
        for (slot, value) in slots {
            self.set_slot(id, address, *slot, *value);
        }
    }

    /// Everything about an account but its storage.
    pub(crate) fn record(&self, address: Address) -> Record {
        match (self.find(address), &self.base) {
            (Some(entry), _) => entry.record.clone(),
            (None, Some(base)) => base.record(address),
            (None, None) => Record::default(),
        }
    }

    /// Balance in wei; 0 where there is no account.
    pub(crate) fn balance(&self, address: Address) -> U256 {
        match self.find(address) {
            Some(entry) => entry.record.balance,
            None => self.record(address).balance,
        }
    }

    pub(crate) fn nonce(&self, address: Address) -> u64 {
        match self.find(address) {
            Some(entry) => entry.record.nonce,
            None => self.record(address).nonce,
        }
    }

    pub(crate) fn code(&self, address: Address) -> Bytecode {
        self.record(address).code
    }

    /// Hash of the code; zero where there is no account, as EXTCODEHASH answers.
    pub(crate) fn code_hash(&self, address: Address) -> B256 {
        let record = self.record(address);
        if record.is_empty() {
            B256::ZERO
        } else {
            record.code_hash
        }
    }

    pub(crate) fn slot(&self, address: Address, slot: U256) -> U256 {
        let entry = self.find(address);
        if let Some(value) = entry.and_then(|entry| entry.storage.get(&slot)) {
            return *value;
        }
        match &self.base {
            Some(base) if entry.is_none_or(|entry| !entry.detached) => base.slot(address, slot),
            _ => U256::ZERO,
        }
    }

    pub(crate) fn set_balance(&mut self, address: Address, balance: U256) {
        let id = self.id_of(address);
        let record = Record {
            balance,
            ..self.entries[id as usize].record.clone()
        };
        self.set_record(id, address, record);
    }

    pub(crate) fn set_nonce(&mut self, address: Address, nonce: u64) {
        let id = self.id_of(address);
        let record = Record {
            nonce,
            ..self.entries[id as usize].record.clone()
        };
        self.set_record(id, address, record);
    }

    pub(crate) fn set_code(&mut self, address: Address, code: Bytecode) {
        let id = self.id_of(address);
        let code_hash = code.hash_slow();
        if code_hash != KECCAK256_EMPTY {
            self.codes.entry(code_hash).or_insert_with(|| code.clone());
        }
        let record = Record {
            code_hash,
            code,
            ..self.entries[id as usize].record.clone()
        };
        self.set_record(id, address, record);
    }

    /// Sets everything about an account but its storage.
    pub(crate) fn put(&mut self, address: Address, record: Record) {
        let id = self.id_of(address);
        if record.code_hash != KECCAK256_EMPTY {
            self.codes
                .entry(record.code_hash)
                .or_insert_with(|| record.code.clone());
        }
        self.set_record(id, address, record);
    }

    /// Whether something comes from a source below, which may fail.
    pub(crate) fn has_source(&self) -> bool {
        self.base.is_some()
    }

    pub(crate) fn set_storage(&mut self, address: Address, slot: U256, value: U256) {
        let id = self.id_of(address);
        self.set_slot(id, address, slot, value);
    }

    /// Takes over what an execution changed.
    pub(crate) fn commit(&mut self, changes: EvmState) {
        for (address, account) in changes {
            self.apply(address, account);
        }
    }

    fn apply(&mut self, address: Address, account: Account) {
        if !account.is_touched() {
            return;
        }
        let id = self.id_of(address);
        if account.is_selfdestructed() {
            self.clear_storage(id, address);
            self.set_record(id, address, Record::default());
            return;
        }
        // A newly created account reads no storage from here, so nothing old may remain.
        if account.is_created() && (self.base.is_some() || !self.entries[id as usize].storage.is_empty()) {
            self.clear_storage(id, address);
        }
        let info = account.info;
        let old = &self.entries[id as usize].record;
        if old.balance != info.balance || old.nonce != info.nonce || old.code_hash != info.code_hash {
            // The account's code is unchanged, newly set, or (hash only) one that was stored before.
            let code = if info.code_hash == old.code_hash {
                old.code.clone()
            } else {
                let code = info
                    .code
                    .or_else(|| self.codes.get(&info.code_hash).cloned())
                    .unwrap_or_default();
                if info.code_hash != KECCAK256_EMPTY {
                    self.codes.entry(info.code_hash).or_insert_with(|| code.clone());
                }
                code
            };
            self.set_record(
                id,
                address,
                Record {
                    balance: info.balance,
                    nonce: info.nonce,
                    code_hash: info.code_hash,
                    code,
                },
            );
        }
        for (slot, value) in account.storage {
            if value.original_value != value.present_value {
                self.set_slot(id, address, slot, value.present_value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use revm::database_interface::Database;

    use crate::block::Block;

    fn addr(n: u8) -> Address {
        Address::repeat_byte(n)
    }

    type Dumped = (Address, U256, u64, B256, Vec<(U256, U256)>);

    /// Everything visible, in a fixed order.
    fn dump(state: &State) -> Vec<Dumped> {
        let mut all: Vec<_> = state
            .ids
            .iter()
            .map(|(address, id)| {
                let entry = &state.entries[*id as usize];
                let mut slots: Vec<_> = entry.storage.iter().map(|(k, v)| (*k, *v)).collect();
                slots.sort();
                (
                    *address,
                    entry.record.balance,
                    entry.record.nonce,
                    entry.record.code_hash,
                    slots,
                )
            })
            .filter(|(_, balance, nonce, hash, slots)| {
                !(balance.is_zero() && *nonce == 0 && *hash == KECCAK256_EMPTY && slots.is_empty())
            })
            .collect();
        all.sort();
        all
    }

    fn change(state: &mut State, seed: u64) {
        let a = addr((seed % 7) as u8 + 1);
        match seed % 5 {
            0 => state.set_balance(a, U256::from(seed)),
            1 => state.set_nonce(a, seed),
            2 => state.set_storage(a, U256::from(seed % 3), U256::from(seed % 4)),
            3 => state.set_code(a, Bytecode::new_raw(vec![(seed % 200) as u8 + 1].into())),
            _ => {
                let id = state.id_of(a);
                state.clear_storage(id, a);
            }
        }
    }

    #[test]
    fn test_nested_snapshots_give_back_every_value() {
        let mut state = State::default();
        let mut kept = Vec::new();
        for n in 0..400u64 {
            if n % 40 == 0 {
                kept.push((state.undo.len(), dump(&state)));
                state.push_snapshot();
            }
            change(&mut state, n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32);
        }
        for (level, expected) in kept.iter().rev() {
            state.revert_to(*level);
            assert_eq!(&dump(&state), expected, "level {level}");
            // The snapshot is still alive: change and go back once more.
            change(&mut state, 5);
            change(&mut state, 12);
            state.revert_to(*level);
            assert_eq!(&dump(&state), expected, "level {level}, second time");
        }
    }

    #[test]
    fn test_released_snapshot_leaves_its_records_to_the_outer_one() {
        let mut state = State::default();
        state.set_balance(addr(1), U256::from(1));
        let before = dump(&state);
        state.push_snapshot();
        state.set_balance(addr(1), U256::from(2));
        state.push_snapshot();
        state.set_balance(addr(1), U256::from(3));
        state.set_storage(addr(2), U256::from(9), U256::from(9));
        state.release(1);
        assert_eq!(state.balance(addr(1)), U256::from(3));
        state.revert_to(0);
        assert_eq!(dump(&state), before);
        state.release(0);
        assert_eq!(state.undo.len(), 0);
    }

    #[test]
    fn test_empty_account_is_no_account() {
        let mut state = State::default();
        state.set_balance(addr(1), U256::from(1));
        assert_eq!(state.code_hash(addr(1)), KECCAK256_EMPTY);
        state.set_balance(addr(1), U256::ZERO);
        let mut reader = Reader {
            state: Arc::new(state.clone()),
            l1_number: 0,
            parent: Block::default(),
        };
        assert!(reader.basic(addr(1)).unwrap().is_none());
        assert_eq!(state.code_hash(addr(1)), B256::ZERO);
    }
}
