//! The chain's roots against `alloy-trie`'s over all accounts, as the state under the EVM holds them.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy_trie::{HashBuilder, Nibbles, TrieAccount};

use crate::{BlockId, Chain};

fn root_of(leaves: BTreeMap<B256, Vec<u8>>) -> B256 {
    let mut builder = HashBuilder::default();
    for (key, value) in leaves {
        builder.add_leaf(Nibbles::unpack(key), &value);
    }
    builder.root()
}

fn root_from_all_leaves(chain: &Chain) -> B256 {
    let accounts = chain.state.held().map(|(address, record, storage)| {
        let slots = storage
            .iter()
            .map(|(slot, value)| (keccak256(slot.to_be_bytes::<32>()), alloy_rlp::encode(value)));
        let account = TrieAccount {
            nonce: record.nonce,
            balance: record.balance,
            storage_root: root_of(slots.collect()),
            code_hash: record.code_hash,
        };
        (address, account)
    });
    let accounts = accounts.filter(|(_, account)| *account != TrieAccount::default());
    root_of(
        accounts
            .map(|(address, account)| (keccak256(address), alloy_rlp::encode(account)))
            .collect(),
    )
}

fn assert_root(chain: &Chain) {
    assert_eq!(
        chain.reader().unwrap().head().state_root(),
        root_from_all_leaves(chain)
    );
}

/// Writes the second word of its calldata to the slot in the first.
const WRITER: [u8; 7] = hex!("6020355f355500");
/// Init code that writes a slot and destroys what it makes.
const SHORT_LIVED: [u8; 6] = hex!("60015f5533ff");

struct Seed(u64);

impl Seed {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// One step of a random life: a transaction, or a change without one.
fn step(chain: &mut Chain, seed: &mut Seed) {
    let from = chain.dev_account(seed.below(10) as usize);
    let account = Address::with_last_byte(0xb0 + seed.below(6) as u8);
    let (slot, value) = (U256::from(seed.below(5)), U256::from(seed.below(3)));
    match seed.below(10) {
        0..=3 => {
            let data = [slot.to_be_bytes::<32>(), value.to_be_bytes::<32>()].concat();
            chain.tx(from, account).data(data).send().unwrap();
        }
        4 => {
            chain.tx(from, account).value(seed.below(5)).send().unwrap();
        }
        5 => {
            chain.create(from, Bytes::from(SHORT_LIVED)).send().unwrap();
        }
        6 => chain.set_code(
            account,
            if value.is_zero() {
                Bytes::new()
            } else {
                WRITER.into()
            },
        ),
        7 => chain.set_storage(account, slot, value),
        8 => chain.set_balance(account, value),
        _ => chain.warp(seed.below(1_000)),
    }
}

#[test]
fn test_root_is_that_of_all_accounts_through_any_history() {
    for first in 0..4u64 {
        let mut seed = Seed(first);
        let mut chain = Chain::builder().archive(true).build().unwrap();
        assert_root(&chain);
        let mut snapshots = vec![(chain.snapshot(), chain.head().hash())];
        for round in 0..120 {
            step(&mut chain, &mut seed);
            match seed.below(12) {
                0 => snapshots.push((chain.snapshot(), chain.head().hash())),
                1 => {
                    let at = seed.below(snapshots.len() as u64) as usize;
                    let (snapshot, head) = snapshots[at];
                    snapshots.truncate(at + 1);
                    chain.revert_to(snapshot).unwrap();
                    assert_eq!(chain.head().hash(), head);
                }
                _ => {}
            }
            chain.seal_block();
            assert_eq!(
                chain.reader().unwrap().head().state_root(),
                root_from_all_leaves(&chain),
                "seed {first}, round {round}"
            );
        }
    }
}

#[test]
fn test_root_goes_on_after_loading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let mut seed = Seed(9);
    let mut chain = Chain::builder().archive(true).build().unwrap();
    for _ in 0..40 {
        step(&mut chain, &mut seed);
    }
    chain.dump(&path).unwrap();
    let mut loaded = Chain::load(&path, None).unwrap();
    for chain in [&mut chain, &mut loaded] {
        let mut seed = Seed(10);
        for _ in 0..10 {
            step(chain, &mut seed);
        }
        chain.seal_block();
        assert_root(chain);
    }
    let root = |chain: &Chain| chain.reader().unwrap().head().state_root();
    assert_eq!(root(&chain), root(&loaded));
}

#[test]
fn test_changes_between_blocks_are_in_the_next_ones_root() {
    let mut chain = Chain::builder().archive(true).build().unwrap();
    let reader = chain.reader().unwrap();
    let [alice] = chain.accounts();
    let before = reader.head().state_root();
    chain.set_balance(alice, U256::from(5));
    assert_eq!(reader.head().state_root(), before);
    assert_ne!(
        reader.proof(BlockId::Latest, alice, &[]).unwrap().balance,
        U256::from(5)
    );
    chain.seal_block();
    assert_root(&chain);
    assert_eq!(
        reader.proof(BlockId::Latest, alice, &[]).unwrap().balance,
        U256::from(5)
    );
}
