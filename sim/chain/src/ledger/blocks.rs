//! Blocks by number and hash, transactions by hash, and the index of logs.

use std::sync::Arc;

use alloy_primitives::map::{AddressMap, B256Map, HashMap};
use alloy_primitives::{Address, B256};

use super::sealed::SealedBlock;
use crate::archive::Version;
use crate::logs::LogQuery;

/// A block with the state that belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) block: Arc<SealedBlock>,
    /// The newest version: at its end, or after a change without transaction that followed.
    pub(crate) version: Version,
    /// The version whose root its header has.
    pub(crate) sealed_version: Version,
}

impl Entry {
    /// A block that has just been sealed in a version of the state.
    pub(crate) fn sealed(block: Arc<SealedBlock>, version: Version) -> Self {
        Self {
            block,
            version,
            sealed_version: version,
        }
    }
}

/// All blocks from the first to the head.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blocks {
    first: u64,
    list: Vec<Entry>,
    by_hash: B256Map<u64>,
    by_transaction: B256Map<(u64, u32)>,
    /// Numbers of the blocks with a log of this address, rising.
    by_address: AddressMap<Vec<u64>>,
    /// Numbers of the blocks with a log that has this topic in this place, rising.
    by_topic: HashMap<(u8, B256), Vec<u64>>,
}

impl Blocks {
    pub(crate) fn get(&self, number: u64) -> Option<&Entry> {
        self.list
            .get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    pub(crate) fn head(&self) -> Option<&Entry> {
        self.list.last()
    }

    /// All of them, oldest first.
    pub(crate) fn all(&self) -> &[Entry] {
        &self.list
    }

    /// Number of the oldest block.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    pub(crate) fn number_of(&self, hash: B256) -> Option<u64> {
        self.by_hash.get(&hash).copied()
    }

    pub(crate) fn transaction(&self, hash: B256) -> Option<(Arc<SealedBlock>, usize)> {
        let (number, index) = *self.by_transaction.get(&hash)?;
        Some((Arc::clone(&self.get(number)?.block), index as usize))
    }

    /// Changes without a block belong to the head.
    pub(crate) fn set_head_version(&mut self, version: Version) {
        if let Some(head) = self.list.last_mut() {
            head.version = version;
        }
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        let number = entry.block.number();
        if self.list.is_empty() {
            self.first = number;
        }
        self.by_hash.insert(entry.block.hash, number);
        for (index, mined) in (0u32..).zip(&entry.block.transactions) {
            self.by_transaction
                .insert(mined.transaction.hash(), (number, index));
            for log in &mined.receipt.logs {
                note(self.by_address.entry(log.address).or_default(), number);
                for (place, topic) in (0u8..).zip(log.topics()) {
                    note(self.by_topic.entry((place, *topic)).or_default(), number);
                }
            }
        }
        self.list.push(entry);
    }

    /// Drops the blocks after `number`.
    pub(crate) fn truncate(&mut self, number: u64) {
        while self.list.len() > 1
            && let Some(entry) = self.list.pop_if(|entry| entry.block.number() > number)
        {
            self.forget(&entry.block);
        }
    }

    fn forget(&mut self, block: &SealedBlock) {
        self.by_hash.remove(&block.hash);
        for mined in &block.transactions {
            self.by_transaction.remove(&mined.transaction.hash());
            for log in &mined.receipt.logs {
                drop_from(&mut self.by_address, log.address, block.number());
                for (place, topic) in (0u8..).zip(log.topics()) {
                    drop_from(&mut self.by_topic, (place, *topic), block.number());
                }
            }
        }
    }

    /// The blocks of a query's range that may have logs for it: those of its rarest condition.
    pub(crate) fn candidates(&self, query: &LogQuery) -> Vec<Arc<SealedBlock>> {
        let in_range = |list: &[u64]| {
            let start = list.partition_point(|number| *number < query.from);
            let end = list.partition_point(|number| *number <= query.to);
            start..end.max(start)
        };
        let of_address = |address: &Address| self.by_address.get(address);
        let mut conditions: Vec<Vec<&Vec<u64>>> = Vec::new();
        if !query.addresses.is_empty() {
            conditions.push(query.addresses.iter().filter_map(of_address).collect());
        }
        for (place, topics) in (0u8..)
            .zip(&query.topics)
            .filter(|(_, topics)| !topics.is_empty())
        {
            let of_topic = |topic: &B256| self.by_topic.get(&(place, *topic));
            conditions.push(topics.iter().filter_map(of_topic).collect());
        }
        let conditions = conditions
            .into_iter()
            .map(|lists| -> Vec<&[u64]> { lists.into_iter().map(|list| &list[in_range(list)]).collect() });
        let rarest = conditions.min_by_key(|lists| lists.iter().map(|list| list.len()).sum::<usize>());
        let block = |number: u64| self.get(number).map(|entry| Arc::clone(&entry.block));
        match rarest {
            Some(lists) => {
                let mut numbers: Vec<u64> = lists.concat();
                numbers.sort_unstable();
                numbers.dedup();
                numbers.into_iter().filter_map(block).collect()
            }
            None => {
                let last = self.head().map_or(0, |entry| entry.block.number());
                (query.from.max(self.first)..=query.to.min(last))
                    .filter_map(block)
                    .collect()
            }
        }
    }
}

fn note(list: &mut Vec<u64>, number: u64) {
    if list.last() != Some(&number) {
        list.push(number);
    }
}

fn drop_from<K: std::hash::Hash + Eq, S: std::hash::BuildHasher>(
    index: &mut std::collections::HashMap<K, Vec<u64>, S>,
    key: K,
    number: u64,
) {
    if let Some(list) = index.get_mut(&key) {
        list.pop_if(|last| *last == number);
        if list.is_empty() {
            index.remove(&key);
        }
    }
}

impl Blocks {
    /// The hash that BLOCKHASH gives for an L1 number to a block with the L1 number `l1_number` and the L2 number after
    /// `parent`: recorded by the first block that brought a greater L1 number.
    pub(crate) fn l1_hash(&self, number: u64, parent: u64) -> Option<B256> {
        let known = self.list.partition_point(|entry| entry.block.number() <= parent);
        let list = &self.list[..known];
        let bringer = list.partition_point(|entry| entry.block.l1_block_number <= number);
        let before = list.get(bringer.checked_sub(1)?)?;
        let to = list.get(bringer)?.block.l1_block_number;
        Some(crate::l1::step_hash(before.block.hash, to, number))
    }
}

/// Nobody but a log's own address counts as its emitter.
pub(crate) fn matches(query: &LogQuery, address: Address, topics: &[B256]) -> bool {
    let address_fits = query.addresses.is_empty() || query.addresses.contains(&address);
    address_fits
        && query.topics.iter().enumerate().all(|(place, wanted)| {
            wanted.is_empty() || topics.get(place).is_some_and(|topic| wanted.contains(topic))
        })
}
