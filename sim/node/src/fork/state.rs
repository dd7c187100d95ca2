//! The state of another chain at one block, read when it is needed: each thing once, whoever and however many ask for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use alloy_primitives::{Address, B256, Bytes, U256};
use mintage_chain::{RemoteAccount, RemoteState};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::cache::{CacheFile, Facts};
use super::endpoint::{Endpoint, Request};
use super::trouble::Trouble;

/// So many new facts are written to the cache at once, at least.
const SAVE_EVERY: usize = 500;

/// One thing that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    Account(Address),
    Slot(Address, U256),
    Hash(u64),
}

/// What is on its way: set when it has arrived, or cannot.
type Arriving = Arc<OnceLock<Result<(), String>>>;

/// What a thing turned out to be.
#[derive(Clone, Debug)]
enum Fact {
    Account(RemoteAccount),
    Slot(U256),
    Hash(Option<B256>),
}

#[derive(Debug, Default)]
struct Known {
    facts: Facts,
    arriving: HashMap<Asked, Arriving>,
    /// Facts that the cache's file does not have.
    unsaved: usize,
}

/// The state of another chain at one block.
#[derive(Debug)]
pub(crate) struct RemoteChain {
    endpoint: Arc<Endpoint>,
    block: Value,
    /// The block's hash, under which things are kept. They are asked for by number, for not every node takes a hash there.
    hash: B256,
    known: Mutex<Known>,
    cache: Option<CacheFile>,
}

/// Tells those who wait, even if the one who asked panics.
struct Announced<'a> {
    chain: &'a RemoteChain,
    asked: &'a [Asked],
    outcome: Result<(), String>,
}

impl Drop for Announced<'_> {
    fn drop(&mut self) {
        let mut known = self.chain.lock();
        for asked in self.asked {
            if let Some(arriving) = known.arriving.remove(asked) {
                // It is set here alone.
                let _ = arriving.set(self.outcome.clone());
            }
        }
    }
}

impl RemoteChain {
    pub(crate) fn new(endpoint: Arc<Endpoint>, number: u64, hash: B256, cache: Option<CacheFile>) -> Self {
        let facts = cache.as_ref().map(CacheFile::load).unwrap_or_default();
        Self {
            endpoint,
            block: json!(format!("{number:#x}")),
            hash,
            known: Mutex::new(Known {
                facts,
                ..Known::default()
            }),
            cache,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads several things at once.
    ///
    /// # Errors
    /// Why one of them cannot be read.
    pub(crate) fn prefetch(&self, wanted: impl IntoIterator<Item = Asked>) -> Result<(), String> {
        let missing: Vec<Asked> = {
            let mut known = self.lock();
            let missing = wanted.into_iter().filter(|asked| {
                let is_new = known.facts.get(*asked).is_none() && !known.arriving.contains_key(asked);
                if is_new {
                    known.arriving.insert(*asked, Arriving::default());
                }
                is_new
            });
            missing.collect()
        };
        self.fetch(&missing)
    }

    fn get(&self, asked: Asked) -> Result<Fact, String> {
        let arriving = {
            let mut known = self.lock();
            if let Some(fact) = known.facts.get(asked) {
                return Ok(fact);
            }
            let arriving = known.arriving.get(&asked).cloned();
            if arriving.is_none() {
                known.arriving.insert(asked, Arriving::default());
            }
            arriving
        };
        match arriving {
            Some(arriving) => arriving.wait().clone()?,
            None => self.fetch(&[asked])?,
        }
        match (self.lock().facts.get(asked), asked) {
            (Some(fact), _) => Ok(fact),
            // That a block is not there is not kept, for it may come.
            (None, Asked::Hash(_)) => Ok(Fact::Hash(None)),
            (None, _) => Err("what was read is gone".to_owned()),
        }
    }

    /// Asks for what nobody else is asking for.
    fn fetch(&self, asked: &[Asked]) -> Result<(), String> {
        if asked.is_empty() {
            return Ok(());
        }
        let mut announced = Announced {
            chain: self,
            asked,
            outcome: Err("the reading ended early".to_owned()),
        };
        let fetched = self.ask(asked).map_err(|trouble| trouble.to_string());
        let outcome = fetched.map(|facts| {
            let mut known = self.lock();
            for (asked, fact) in asked.iter().zip(facts) {
                known.facts.put(*asked, fact);
            }
            known.unsaved += asked.len();
        });
        announced.outcome = outcome.clone();
        drop(announced);
        if outcome.is_ok() {
            self.save_if_many();
        }
        outcome
    }

    fn ask(&self, asked: &[Asked]) -> Result<Vec<Fact>, Trouble> {
        let requests: Vec<Request> = asked.iter().flat_map(|asked| self.requests(*asked)).collect();
        let mut answers = self.endpoint.call_all(&requests)?.into_iter();
        asked
            .iter()
            .map(|asked| self.read(*asked, &mut answers))
            .collect()
    }

    fn requests(&self, asked: Asked) -> Vec<Request> {
        let block = &self.block;
        match asked {
            Asked::Account(address) => vec![
                ("eth_getBalance", json!([address, block])),
                ("eth_getTransactionCount", json!([address, block])),
                ("eth_getCode", json!([address, block])),
            ],
            Asked::Slot(address, slot) => {
                let slot = B256::from(slot);
                vec![("eth_getStorageAt", json!([address, slot, block]))]
            }
            Asked::Hash(number) => vec![("eth_getBlockByNumber", json!([format!("{number:#x}"), false]))],
        }
    }

    fn read(&self, asked: Asked, answers: &mut impl Iterator<Item = Value>) -> Result<Fact, Trouble> {
        Ok(match asked {
            Asked::Account(_) => Fact::Account(RemoteAccount {
                balance: self.next("eth_getBalance", answers)?,
                nonce: self
                    .next::<U256>("eth_getTransactionCount", answers)?
                    .saturating_to(),
                code: self.next::<Bytes>("eth_getCode", answers)?,
            }),
            Asked::Slot(..) => Fact::Slot(self.next("eth_getStorageAt", answers)?),
            Asked::Hash(_) => match answers.next() {
                Some(Value::Object(mut block)) => {
                    let hash = block.remove("hash").unwrap_or_default();
                    Fact::Hash(Some(self.endpoint.typed("eth_getBlockByNumber", hash)?))
                }
                _ => Fact::Hash(None),
            },
        })
    }

    fn next<T: DeserializeOwned>(
        &self,
        method: &'static str,
        answers: &mut impl Iterator<Item = Value>,
    ) -> Result<T, Trouble> {
        self.endpoint.typed(method, answers.next().unwrap_or_default())
    }

    fn save_if_many(&self) {
        let known = self.lock();
        if known.unsaved < SAVE_EVERY {
            return;
        }
        let slots: usize = known.facts.slots.values().map(|slots| slots.len()).sum();
        let all = known.facts.accounts.len() + slots;
        // The more there is, the more it costs to write it.
        let many = known.unsaved >= all / 4;
        drop(known);
        if many {
            self.save();
        }
    }

    /// Whether the block still has its number. If the other chain was taken back, what was read by number since is of another block.
    fn is_there(&self) -> bool {
        let found = self
            .endpoint
            .call_once("eth_getBlockByNumber", &json!([self.block, false]));
        found.is_some_and(|block| block["hash"] == json!(self.hash))
    }

    /// Writes what is known to the cache's file, if it is certain that it is of this block. A file that cannot be written is no reason
    /// to stop: it is only read again.
    pub(crate) fn save(&self) {
        let Some(cache) = &self.cache else { return };
        let facts = {
            let mut known = self.lock();
            if known.unsaved == 0 {
                return;
            }
            known.unsaved = 0;
            known.facts.clone()
        };
        // Asked for after what is to be kept was read.
        if self.is_there() {
            let _ = cache.save(facts);
        }
    }
}

impl Facts {
    fn get(&self, asked: Asked) -> Option<Fact> {
        match asked {
            Asked::Account(address) => self.accounts.get(&address).cloned().map(Fact::Account),
            Asked::Slot(address, slot) => self.slots.get(&address)?.get(&slot).copied().map(Fact::Slot),
            Asked::Hash(number) => self.hashes.get(&number).map(|hash| Fact::Hash(Some(*hash))),
        }
    }

    fn put(&mut self, asked: Asked, fact: Fact) {
        match (asked, fact) {
            (Asked::Account(address), Fact::Account(account)) => {
                self.accounts.insert(address, account);
            }
            (Asked::Slot(address, slot), Fact::Slot(value)) => {
                self.slots.entry(address).or_default().insert(slot, value);
            }
            (Asked::Hash(number), Fact::Hash(Some(hash))) => {
                self.hashes.insert(number, hash);
            }
            _ => {}
        }
    }
}

impl RemoteState for RemoteChain {
    fn account(&self, address: Address) -> Result<RemoteAccount, String> {
        match self.get(Asked::Account(address))? {
            Fact::Account(account) => Ok(account),
            other => Err(format!("an account was read as {other:?}")),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, String> {
        match self.get(Asked::Slot(address, slot))? {
            Fact::Slot(value) => Ok(value),
            other => Err(format!("a slot was read as {other:?}")),
        }
    }

    fn block_hash(&self, number: u64) -> Result<Option<B256>, String> {
        match self.get(Asked::Hash(number))? {
            Fact::Hash(hash) => Ok(hash),
            other => Err(format!("a hash was read as {other:?}")),
        }
    }
}
