//! Messages to L1: a Merkle tree that only grows, of which the left edges are kept.
//!
//! Slot 0 of the space counts leaves, slot 2+n holds the full subtree of 2^n leaves that waits for its right neighbour.
//! An empty place of the tree is zero at every level, and so is the root of an empty tree.

use revm::primitives::{B256, U256, keccak256};

use super::{
    schema::schema,
    storage::{Result, Store},
};

/// A subtree that a new leaf completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MerkleUpdate {
    /// Leaves of the subtree are 2 to this power.
    pub level: u64,
    /// Number of the leaf that completed it, from 0.
    pub leaf: u64,
    /// Root of the subtree.
    pub hash: B256,
}

impl MerkleUpdate {
    /// The position by which events name it: level · 2^192 + leaf.
    pub fn position(&self) -> U256 {
        (U256::from(self.level) << 192) | U256::from(self.leaf)
    }
}

fn partial(level: u64) -> U256 {
    schema().sends.field(2 + level)
}

/// Number of messages. R.
pub fn count(store: &mut dyn Store) -> Result<u64> {
    store.read_u64(schema().sends.field(0))
}

/// Adds a message by its hash: the number of its leaf and the subtrees that it completes, smallest first.
///
/// R+W for the count; for each completed level R+Z+K(64); at the end W for a level that is new, else R+W.
pub fn append(store: &mut dyn Store, message: B256) -> Result<(u64, Vec<MerkleUpdate>)> {
    let count_slot = schema().sends.field(0);
    let size = store.read_u64(count_slot)?.saturating_add(1);
    store.write(count_slot, U256::from(size))?;
    let leaf = size - 1;
    let mut hash = keccak256(message);
    let mut updates = Vec::new();
    for level in 0.. {
        if level == levels(leaf) {
            // No subtree of this size was ever completed.
            store.write(partial(level), hash.into())?;
            break;
        }
        let left = store.read(partial(level))?;
        if left.is_zero() {
            store.write(partial(level), hash.into())?;
            break;
        }
        hash = store.hash(&[left.to_be_bytes::<32>(), hash.0].concat())?;
        store.write(partial(level), U256::ZERO)?;
        updates.push(MerkleUpdate {
            level: level + 1,
            leaf,
            hash,
        });
    }
    Ok((leaf, updates))
}

/// Levels that a tree of this many leaves ever used.
const fn levels(leaves: u64) -> u64 {
    64 - leaves.leading_zeros() as u64
}

/// The subtrees that wait, smallest first; zero where none does.
pub fn partials(store: &mut dyn Store) -> Result<Vec<B256>> {
    let size = count(store)?;
    (0..levels(size))
        .map(|level| store.read(partial(level)).map(B256::from))
        .collect()
}

/// Root of the tree: the `sendRoot` of a block's header.
pub fn root(store: &mut dyn Store) -> Result<B256> {
    let pair = |left: B256, right: B256| keccak256([left.0, right.0].concat());
    let mut right: Option<(B256, usize)> = None;
    for (level, left) in partials(store)?.into_iter().enumerate() {
        if left.is_zero() {
            continue;
        }
        right = Some(match right {
            None => (left, level),
            Some((mut root, height)) => {
                // Raised to the full subtree's height beside empty places.
                for _ in height..level {
                    root = pair(root, B256::ZERO);
                }
                (pair(left, root), level + 1)
            }
        });
    }
    Ok(right.map_or(B256::ZERO, |(root, _)| root))
}

#[cfg(test)]
mod tests {
    use super::{
        super::storage::{Free, MemoryLedger},
        *,
    };

    /// The whole tree, level by level: an empty place is zero, and so is the parent of two of them.
    fn full_root(leaves: &[B256]) -> B256 {
        let mut row = leaves.to_vec();
        row.resize(leaves.len().next_power_of_two(), B256::ZERO);
        while row.len() > 1 {
            row = row
                .chunks(2)
                .map(|pair| match pair {
                    [B256::ZERO, B256::ZERO] => B256::ZERO,
                    pair => keccak256(pair.concat()),
                })
                .collect();
        }
        row[0]
    }

    #[test]
    fn test_root_and_updates_equal_the_whole_tree() {
        let mut ledger = MemoryLedger::default();
        let store = &mut Free(&mut ledger);
        assert_eq!(root(store).unwrap(), B256::ZERO);
        let mut leaves: Vec<B256> = Vec::new();
        for n in 0..70u64 {
            let message = keccak256(n.to_be_bytes());
            leaves.push(keccak256(message));
            let (leaf, updates) = append(store, message).unwrap();
            assert_eq!((leaf, count(store).unwrap()), (n, n + 1));
            assert_eq!(root(store).unwrap(), full_root(&leaves), "{} leaves", n + 1);
            // A leaf completes a subtree of 2^l for each zero bit that it carries over.
            let completed = (n + 1).trailing_zeros();
            assert_eq!(updates.len() as u32, completed);
            for (level, update) in (1..).zip(&updates) {
                let first = leaves.len() - (1 << level);
                assert_eq!(update.hash, full_root(&leaves[first..]));
                assert_eq!(update.position(), (U256::from(level) << 192) + U256::from(n));
            }
        }
    }
}
