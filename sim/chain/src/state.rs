//! The chain's state: accounts, their storage and code, held in memory, with snapshots as layers of undo records.
//!
//! A snapshot copies nothing. While one is alive, the first change of an account or slot after it stores the value
//! from before; going back applies these records. The cost of a snapshot is therefore the number of distinct
//! accounts and slots changed since, whatever the size of the state.
//!
//! This is the store under the EVM, not the EVM: gas, warm and cold, journals inside a transaction and hash
//! rules belong to the execution. Values become part of the state only by [`State::commit`] and the setters here.

use std::convert::Infallible;
use std::sync::Arc;

use alloy_primitives::map::{AddressMap, B256Map, HashMap};
use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use revm::bytecode::Bytecode;
use revm::database_interface::Database;
use revm::state::{Account, AccountId, AccountInfo, EvmState};

use crate::block::Block;
use crate::l1::L1Hashes;

/// What an account holds besides its storage. An account that does not exist equals the default.
#[derive(Clone, Debug)]
struct Record {
    balance: U256,
    nonce: u64,
    code_hash: B256,
    code: Bytecode,
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
    fn is_empty(&self) -> bool {
        self.balance.is_zero() && self.nonce == 0 && self.code_hash == KECCAK256_EMPTY
    }
}

#[derive(Clone, Debug, Default)]
struct Entry {
    record: Record,
    storage: HashMap<U256, U256>,
}

/// The values from before a snapshot's first change of each thing, by index of the account.
#[derive(Clone, Debug, Default)]
struct Undo {
    records: HashMap<u32, Record>,
    slots: HashMap<(u32, U256), U256>,
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
    /// What BLOCKHASH answers from.
    pub(crate) l1: L1Hashes,
}

impl State {
    fn find(&self, address: Address) -> Option<&Entry> {
        self.ids.get(&address).map(|id| &self.entries[*id as usize])
    }

    fn id_of(&mut self, address: Address) -> u32 {
        let next = self.entries.len() as u32;
        let id = *self.ids.entry(address).or_insert(next);
        if id == next {
            self.entries.push(Entry::default());
        }
        id
    }

    fn set_record(&mut self, id: u32, record: Record) {
        let old = std::mem::replace(&mut self.entries[id as usize].record, record);
        if let Some(layer) = self.undo.last_mut() {
            layer.records.entry(id).or_insert(old);
        }
    }

    fn set_slot(&mut self, id: u32, slot: U256, value: U256) {
        let storage = &mut self.entries[id as usize].storage;
        let old = if value.is_zero() {
            storage.remove(&slot)
        } else {
            storage.insert(slot, value)
        };
        if let Some(layer) = self.undo.last_mut() {
            layer.slots.entry((id, slot)).or_insert(old.unwrap_or_default());
        }
    }

    fn clear_storage(&mut self, id: u32) {
        let storage = std::mem::take(&mut self.entries[id as usize].storage);
        if let Some(layer) = self.undo.last_mut() {
            for (slot, old) in storage {
                layer.slots.entry((id, slot)).or_insert(old);
            }
        }
    }

    /// Balance in wei; 0 where there is no account.
    pub(crate) fn balance(&self, address: Address) -> U256 {
        self.find(address).map(|e| e.record.balance).unwrap_or_default()
    }

    pub(crate) fn nonce(&self, address: Address) -> u64 {
        self.find(address).map(|e| e.record.nonce).unwrap_or_default()
    }

    pub(crate) fn code(&self, address: Address) -> Bytecode {
        self.find(address)
            .map(|e| e.record.code.clone())
            .unwrap_or_default()
    }

    /// Hash of the code; zero where there is no account, as EXTCODEHASH answers.
    pub(crate) fn code_hash(&self, address: Address) -> B256 {
        match self.find(address) {
            Some(entry) if !entry.record.is_empty() => entry.record.code_hash,
            _ => B256::ZERO,
        }
    }

    pub(crate) fn slot(&self, address: Address, slot: U256) -> U256 {
        self.find(address)
            .and_then(|e| e.storage.get(&slot).copied())
            .unwrap_or_default()
    }

    pub(crate) fn set_balance(&mut self, address: Address, balance: U256) {
        let id = self.id_of(address);
        let record = Record {
            balance,
            ..self.entries[id as usize].record.clone()
        };
        self.set_record(id, record);
    }

    /// Adds to a balance; saturates, which no amount of ether that exists can reach.
    pub(crate) fn credit(&mut self, address: Address, wei: U256) {
        if !wei.is_zero() {
            self.set_balance(address, self.balance(address).saturating_add(wei));
        }
    }

    pub(crate) fn set_nonce(&mut self, address: Address, nonce: u64) {
        let id = self.id_of(address);
        let record = Record {
            nonce,
            ..self.entries[id as usize].record.clone()
        };
        self.set_record(id, record);
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
        self.set_record(id, record);
    }

    pub(crate) fn set_storage(&mut self, address: Address, slot: U256, value: U256) {
        let id = self.id_of(address);
        self.set_slot(id, slot, value);
    }

    /// Begins a snapshot; its level is the number of those that were alive before.
    pub(crate) fn push_snapshot(&mut self) {
        self.undo.push(Undo::default());
    }

    /// Back to the state at the time of snapshot number `level`. That snapshot stays alive, later ones end.
    pub(crate) fn revert_to(&mut self, level: usize) {
        while self.undo.len() > level {
            let Some(layer) = self.undo.pop() else { return };
            for (id, record) in layer.records {
                self.entries[id as usize].record = record;
            }
            for ((id, slot), value) in layer.slots {
                let storage = &mut self.entries[id as usize].storage;
                if value.is_zero() {
                    storage.remove(&slot);
                } else {
                    storage.insert(slot, value);
                }
            }
        }
        self.push_snapshot();
    }

    /// Forgets snapshot number `level` and all later ones, and keeps the state as it is. The records go to the
    /// snapshot before, which still needs them.
    pub(crate) fn release(&mut self, level: usize) {
        while self.undo.len() > level {
            let Some(layer) = self.undo.pop() else { return };
            if let Some(below) = self.undo.last_mut() {
                for (id, record) in layer.records {
                    below.records.entry(id).or_insert(record);
                }
                for (key, value) in layer.slots {
                    below.slots.entry(key).or_insert(value);
                }
            }
        }
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
            self.clear_storage(id);
            self.set_record(id, Record::default());
            return;
        }
        // A newly created account reads no storage from here, so nothing old may remain.
        if account.is_created() && !self.entries[id as usize].storage.is_empty() {
            self.clear_storage(id);
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
                self.set_slot(id, slot, value.present_value);
            }
        }
    }
}

/// The state as one execution reads it. What the execution writes comes back as a list of changes for
/// [`State::commit`], so reading needs no exclusive access and a read-only call cannot change anything.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) state: Arc<State>,
    /// The L1 number of the block that is executed in, which may be ahead of the last block's.
    pub(crate) l1_number: u64,
    /// The L2 block before it.
    pub(crate) parent: Block,
}

impl Database for Reader {
    type Error = Infallible;

    #[inline]
    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        let Some(id) = self.state.ids.get(&address).copied() else {
            return Ok(None);
        };
        let record = &self.state.entries[id as usize].record;
        if record.is_empty() {
            return Ok(None);
        }
        let mut info = AccountInfo::new(
            record.balance,
            record.nonce,
            record.code_hash,
            record.code.clone(),
        );
        info.account_id = AccountId::new(id as usize);
        Ok(Some(info))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.state.codes.get(&code_hash).cloned().unwrap_or_default())
    }

    #[inline]
    fn storage(&mut self, address: Address, index: U256) -> Result<U256, Infallible> {
        Ok(self.state.slot(address, index))
    }

    #[inline]
    fn storage_by_account_id(&mut self, _: Address, id: AccountId, key: U256) -> Result<U256, Infallible> {
        Ok(self.state.entries[id.get()]
            .storage
            .get(&key)
            .copied()
            .unwrap_or_default())
    }

    /// `number` is an L1 block number, as everything that BLOCKHASH sees on this network.
    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        Ok(self.state.l1.hash_in_block(number, self.l1_number, self.parent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
                state.clear_storage(id);
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
