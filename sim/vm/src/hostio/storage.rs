//! Storage through the instance's cache, and transient storage.

use revm::primitives::{HashMap, U256};

use crate::{
    arbos::ArbosVersion,
    host::StoreReply,
    imports::HostFunction,
    pricing::{
        EVM_API_INK, STORAGE_CACHE_REQUIRED_GAS, STORAGE_WRITE_SENTRY_GAS, ink_to_gas_down,
        storage_cache_step_gas, storage_load_step_gas,
    },
    trace::{Request, RequestKind, Step},
};

use super::{Escape, Io, hash};

/// Gas of reading a cold slot: what must be left before any load.
const COLD_SLOAD_GAS: u64 = 2100;

/// Gas of a transient load or store.
const TRANSIENT_GAS: u64 = 100;

/// From this many slots on, the cache looks them up by hash.
const INDEXED_FROM: usize = 12;

/// The storage cache of one program instance.
///
/// Slots are kept in the order in which they were first touched, and flushed in that order. The network's order is
/// that of a hash map, which no one can tell: where the gas for a flush runs out, everything is undone.
#[derive(Default)]
pub(crate) struct StorageCache {
    slots: Vec<Slot>,
    index: HashMap<U256, usize>,
    loads: u32,
    stores: u32,
}

struct Slot {
    key: U256,
    value: U256,
    /// The value that the state is known to have.
    known: Option<U256>,
}

impl StorageCache {
    fn get(&mut self, key: U256) -> Option<&mut Slot> {
        let at = if self.slots.len() < INDEXED_FROM {
            self.slots.iter().position(|slot| slot.key == key)
        } else {
            self.index.get(&key).copied()
        };
        at.map(|at| &mut self.slots[at])
    }

    fn insert(&mut self, slot: Slot) {
        if self.slots.len() + 1 == INDEXED_FROM {
            self.index = self
                .slots
                .iter()
                .enumerate()
                .map(|(at, slot)| (slot.key, at))
                .collect();
        }
        if self.slots.len() + 1 >= INDEXED_FROM {
            self.index.insert(slot.key, self.slots.len());
        }
        self.slots.push(slot);
    }

    /// Forgets the slots. The counters go on.
    fn forget(&mut self) {
        self.slots.clear();
        self.index.clear();
    }
}

impl Io<'_> {
    pub(super) fn storage_load_bytes32(&mut self, key: u32, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::StorageLoadBytes32)?;
        // Before ArbOS 32 the price of the request was taken for gas where it is ink.
        let request_gas = if self.run.arbos < ArbosVersion::V32 {
            EVM_API_INK
        } else {
            ink_to_gas_down(EVM_API_INK, self.run.ink_price)
        };
        self.require_gas(COLD_SLOAD_GAS + STORAGE_CACHE_REQUIRED_GAS + request_gas)?;
        let key = self.read_word(key)?;
        self.run.storage.loads += 1;
        let step = storage_load_step_gas(self.run.storage.loads);
        let (value, gas) = match self.run.storage.get(key) {
            Some(slot) => (slot.value, step),
            None => {
                let (value, gas) = self.host().sload(key)?;
                self.run.storage.insert(Slot {
                    key,
                    value,
                    known: Some(value),
                });
                (value, step + gas + request_gas)
            }
        };
        self.buy_gas(gas)?;
        self.write_word(dest, value)?;
        self.trace(&[&hash(key).0], &[&hash(value).0]);
        Ok(())
    }

    pub(super) fn storage_cache_bytes32(&mut self, key: u32, value: u32) -> Result<(), Escape> {
        self.begin(HostFunction::StorageCacheBytes32)?;
        self.require_gas(STORAGE_WRITE_SENTRY_GAS + STORAGE_CACHE_REQUIRED_GAS)?;
        let key = self.read_word(key)?;
        let value = self.read_word(value)?;
        self.run.storage.stores += 1;
        let gas = storage_cache_step_gas(self.run.storage.stores);
        match self.run.storage.get(key) {
            Some(slot) => slot.value = value,
            None => self.run.storage.insert(Slot {
                key,
                value,
                known: None,
            }),
        }
        self.buy_gas(gas)?;
        self.trace(&[&hash(key).0, &hash(value).0], &[]);
        Ok(())
    }

    pub(super) fn storage_flush_cache(&mut self, clear: u32) -> Result<(), Escape> {
        self.begin(HostFunction::StorageFlushCache)?;
        self.require_gas(STORAGE_WRITE_SENTRY_GAS)?;
        let gas = self.flush()?;
        if clear != 0 {
            self.run.storage.forget();
        }
        // Until ArbOS 32 the network forgot to charge for the writes.
        if self.run.arbos >= ArbosVersion::V32 {
            self.buy_gas(gas)?;
        }
        self.trace(&[&[u8::from(clear != 0)]], &[]);
        Ok(())
    }

    /// Writes every slot whose value is not known to be the state's already, and returns the gas.
    fn flush(&mut self) -> Result<u64, Escape> {
        // One more than what is there: a flush that ends with nothing left of it could not be paid.
        let budget = self.gas_left().saturating_add(1);
        let mut left = budget;
        let mut writes = Vec::new();
        let mut done = true;
        for slot in &mut self.run.storage.slots {
            if slot.known == Some(slot.value) {
                continue;
            }
            if self.run.is_static {
                return Err(Escape::Failure("storage cannot be written in a static call"));
            }
            match self.host.get().sstore(slot.key, slot.value, left)? {
                StoreReply::Written(gas) if gas < left => {
                    left -= gas;
                    slot.known = Some(slot.value);
                    if self.run.tracing {
                        writes.push((slot.key, slot.value, gas));
                    }
                }
                _ => {
                    done = false;
                    left = 0;
                    break;
                }
            }
        }
        let gas = budget - left;
        if self.run.tracing && gas > 0 {
            self.host().record(Step::Request(Request {
                kind: RequestKind::StorageFlush { writes, done },
                gas,
            }));
        }
        match done {
            true => Ok(gas),
            false if self.run.arbos >= ArbosVersion::V50 => self.out_of_ink(),
            false => Err(Escape::Failure("the gas for writing storage ran out")),
        }
    }

    pub(super) fn transient_load_bytes32(&mut self, key: u32, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::TransientLoadBytes32)?;
        self.buy_gas(TRANSIENT_GAS)?;
        let key = self.read_word(key)?;
        let value = self.host().tload(key);
        self.write_word(dest, value)?;
        self.trace(&[&hash(key).0], &[&hash(value).0]);
        Ok(())
    }

    pub(super) fn transient_store_bytes32(&mut self, key: u32, value: u32) -> Result<(), Escape> {
        self.begin(HostFunction::TransientStoreBytes32)?;
        self.buy_gas(TRANSIENT_GAS)?;
        let key = self.read_word(key)?;
        let value = self.read_word(value)?;
        if self.run.is_static {
            return Err(Escape::Failure(
                "transient storage cannot be written in a static call",
            ));
        }
        self.host().tstore(key, value);
        self.trace(&[&hash(key).0, &hash(value).0], &[]);
        Ok(())
    }
}
