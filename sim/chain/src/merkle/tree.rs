//! A Merkle-Patricia tree that stays in memory: after a change only the hashes on the way to it are computed anew.
//!
//! Keys are hashes, 32 bytes each, so no key is the beginning of another and no branch holds a value. What a node is made of
//! when it is hashed is `alloy-trie`'s; whose key a value has, and what a value means, is the caller's.

use alloy_primitives::{B256, keccak256};
use alloy_trie::nodes::{BranchNodeRef, ExtensionNodeRef, LeafNodeRef, RlpNode};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieMask};

/// Values by key, with the root over all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    top: Option<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Box<Leaf>),
    Branch(Box<Branch>),
}

#[derive(Clone, Debug)]
struct Leaf {
    /// What of the key the way from the root does not say.
    path: Nibbles,
    value: Box<[u8]>,
    reference: Option<RlpNode>,
}

/// At least two children, and the nibbles that all of them begin with: an extension and a branch in one.
#[derive(Clone, Debug)]
struct Branch {
    path: Nibbles,
    children: [Option<Node>; 16],
    /// How the parent names it; `None` after a change below.
    reference: Option<RlpNode>,
}

impl Tree {
    pub(super) fn is_empty(&self) -> bool {
        self.top.is_none()
    }

    /// Sets a value, which must not be empty.
    pub(super) fn set(&mut self, key: B256, value: Vec<u8>) {
        insert(&mut self.top, Nibbles::unpack(key), value.into());
    }

    pub(super) fn remove(&mut self, key: B256) {
        remove(&mut self.top, &Nibbles::unpack(key));
    }

    /// The root. What has not changed since the last time is not hashed again.
    pub(super) fn root(&mut self) -> B256 {
        let Some(top) = &mut self.top else {
            return EMPTY_ROOT_HASH;
        };
        let reference = top.reference(&mut Vec::new());
        // A whole tree of less than 32 bytes is named by itself, but a root is always a hash.
        reference.as_hash().unwrap_or_else(|| keccak256(&reference))
    }
}

impl Node {
    fn leaf(path: Nibbles, value: Box<[u8]>) -> Self {
        Self::Leaf(Box::new(Leaf {
            path,
            value,
            reference: None,
        }))
    }

    fn path(&self) -> &Nibbles {
        match self {
            Self::Leaf(leaf) => &leaf.path,
            Self::Branch(branch) => &branch.path,
        }
    }

    /// The same node at the end of another way.
    fn at(mut self, path: Nibbles) -> Self {
        match &mut self {
            Self::Leaf(leaf) => (leaf.path, leaf.reference) = (path, None),
            Self::Branch(branch) => (branch.path, branch.reference) = (path, None),
        }
        self
    }

    /// Its encoding if that is short, else the hash of it. `buffer` is room to encode in.
    fn reference(&mut self, buffer: &mut Vec<u8>) -> RlpNode {
        match self {
            Self::Leaf(leaf) => match &leaf.reference {
                Some(reference) => reference.clone(),
                None => {
                    buffer.clear();
                    let reference = LeafNodeRef::new(&leaf.path, &leaf.value).rlp(buffer);
                    leaf.reference.insert(reference).clone()
                }
            },
            Self::Branch(branch) => match &branch.reference {
                Some(reference) => reference.clone(),
                None => {
                    let reference = branch.encode(buffer);
                    branch.reference.insert(reference).clone()
                }
            },
        }
    }
}

impl Branch {
    fn encode(&mut self, buffer: &mut Vec<u8>) -> RlpNode {
        let mut mask = TrieMask::default();
        let mut references = Vec::with_capacity(16);
        for (nibble, child) in (0u8..).zip(&mut self.children) {
            if let Some(child) = child {
                mask.set_bit(nibble);
                references.push(child.reference(buffer));
            }
        }
        buffer.clear();
        let reference = BranchNodeRef::new(&references, mask).rlp(buffer);
        if self.path.is_empty() {
            return reference;
        }
        buffer.clear();
        ExtensionNodeRef::new(&self.path, &reference).rlp(buffer)
    }
}

/// Puts a value at the end of `path` below `place`. Whether that changed anything.
fn insert(place: &mut Option<Node>, path: Nibbles, value: Box<[u8]>) -> bool {
    let Some(node) = place else {
        *place = Some(Node::leaf(path, value));
        return true;
    };
    let common = node.path().common_prefix_length(&path);
    match node {
        Node::Leaf(leaf) if common == path.len() => {
            let changed = leaf.value != value;
            if changed {
                (leaf.value, leaf.reference) = (value, None);
            }
            changed
        }
        Node::Branch(branch) if common == branch.path.len() => {
            let child = &mut branch.children[usize::from(path.get_unchecked(common))];
            let changed = insert(child, path.slice(common + 1..), value);
            if changed {
                branch.reference = None;
            }
            changed
        }
        _ => {
            split(place, common, path, value);
            true
        }
    }
}

/// Puts a branch where the ways of the node in `place` and of a new leaf part, `common` nibbles on.
fn split(place: &mut Option<Node>, common: usize, path: Nibbles, value: Box<[u8]>) {
    let Some(old) = place.take() else { return };
    let old_path = *old.path();
    let mut children = [const { None }; 16];
    children[usize::from(old_path.get_unchecked(common))] = Some(old.at(old_path.slice(common + 1..)));
    children[usize::from(path.get_unchecked(common))] = Some(Node::leaf(path.slice(common + 1..), value));
    *place = Some(Node::Branch(Box::new(Branch {
        path: path.slice(..common),
        children,
        reference: None,
    })));
}

/// Takes the value at the end of `path` below `place` away. Whether there was one.
fn remove(place: &mut Option<Node>, path: &Nibbles) -> bool {
    match place {
        None => false,
        Some(Node::Leaf(leaf)) => {
            let found = leaf.path == *path;
            if found {
                *place = None;
            }
            found
        }
        Some(Node::Branch(branch)) => {
            let length = branch.path.len();
            if branch.path.common_prefix_length(path) < length {
                return false;
            }
            let child = &mut branch.children[usize::from(path.get_unchecked(length))];
            let found = remove(child, &path.slice(length + 1..));
            if found {
                branch.reference = None;
                if let Some(only) = last_child(branch) {
                    *place = Some(only);
                }
            }
            found
        }
    }
}

/// The only child of a branch that has no other any more, to stand in its place.
fn last_child(branch: &mut Branch) -> Option<Node> {
    let mut left = (0u8..)
        .zip(&mut branch.children)
        .filter(|(_, child)| child.is_some());
    let (Some((nibble, child)), None) = (left.next(), left.next()) else {
        return None;
    };
    let child = child.take()?;
    let mut path = branch.path;
    path.push(nibble);
    let path = path.join(child.path());
    Some(child.at(path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use alloy_primitives::{address, b256, hex};
    use alloy_trie::HashBuilder;

    use super::*;

    fn root_from_all_leaves(values: &BTreeMap<B256, Vec<u8>>) -> B256 {
        let mut builder = HashBuilder::default();
        for (key, value) in values {
            builder.add_leaf(Nibbles::unpack(key), value);
        }
        builder.root()
    }

    /// Five accounts, from Ethereum's published tests (TrieTests/hex_encoded_securetrie_test.json).
    #[test]
    fn test_root_of_published_accounts() {
        let accounts = [
            (
                address!("0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b"),
                hex!("f848018405f446a7a056e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421a0c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470").to_vec(),
            ),
            (
                address!("0x095e7baea6a6c7c4c2dfeb977efac326af552d87"),
                hex!("f8440101a056e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421a004bccc5d94f4d1f99aab44369a910179931772f2a5c001c3229f57831c102769").to_vec(),
            ),
            (
                address!("0xd2571607e241ecf590ed94b12d87c94babe36db6"),
                hex!("f8440180a0ba4b47865c55a341a4a78759bb913cd15c3ee8eaf30a62fa8d1c8863113d84e8a0c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470").to_vec(),
            ),
            (
                address!("0x62c01474f089b07dae603491675dc5b5748f7049"),
                hex!("f8448080a056e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421a0c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470").to_vec(),
            ),
            (
                address!("0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba"),
                hex!("f8478083019a59a056e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421a0c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470").to_vec(),
            ),
        ];
        let mut tree = Tree::default();
        for (address, account) in accounts {
            tree.set(keccak256(address), account);
        }
        let root = b256!("0x730a444e08ab4b8dee147c9b232fc52d34a223d600031c1e9d25bfc985cbd797");
        assert_eq!(tree.root(), root);
    }

    /// With deletions, from Ethereum's published tests (TrieTests/trietest_secureTrie.json, `emptyValues`).
    #[test]
    fn test_root_after_published_deletions() {
        let steps = [
            ("do", "verb"),
            ("ether", "wookiedoo"),
            ("horse", "stallion"),
            ("shaman", "horse"),
            ("doge", "coin"),
            ("ether", ""),
            ("dog", "puppy"),
            ("shaman", ""),
        ];
        let mut tree = Tree::default();
        for (key, value) in steps {
            let key = keccak256(key);
            match value {
                "" => tree.remove(key),
                value => tree.set(key, value.into()),
            }
            tree.root();
        }
        let root = b256!("0x29b235a58c3c25ab83010c327d5932bcf05324b7d6b1185e650798034783ca9d");
        assert_eq!(tree.root(), root);
    }

    /// Keys that share long beginnings, and values so short that nodes stand in their parents.
    #[test]
    fn test_root_is_that_of_all_leaves_after_any_changes() {
        let mut seed = 1u64;
        let mut next = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            seed >> 33
        };
        let (mut tree, mut values) = (Tree::default(), BTreeMap::new());
        for round in 0..2_000u64 {
            let mut key = B256::repeat_byte(0x11);
            let place = next() as usize % 32;
            key.0[place] = (next() % 4) as u8;
            key.0[31] = (next() % 3) as u8 * 16;
            // Grows, then shrinks, again and again.
            if next() % 8 < (round / 250) % 2 * 4 + 2 {
                tree.remove(key);
                values.remove(&key);
            } else {
                let value = vec![1 + (next() % 5) as u8; 1 + (next() % 40) as usize * (next() % 2) as usize];
                tree.set(key, value.clone());
                values.insert(key, value);
            }
            if round % 3 == 0 {
                assert_eq!(tree.root(), root_from_all_leaves(&values), "round {round}");
            }
        }
        for key in values.into_keys() {
            tree.remove(key);
        }
        assert!(tree.is_empty());
        assert_eq!(tree.root(), EMPTY_ROOT_HASH);
    }
}
