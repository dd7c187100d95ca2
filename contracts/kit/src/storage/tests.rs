//! Places against Solidity's rules, worked out by hand.

use std::collections::HashMap;

use crate::testing;
use crate::word::{Word, u64_word};
use crate::{Address, U256, host};

use super::{Extent, List, Map, ShortText, Slot, Text, layout};

#[crate::record]
struct Pairing {
    #[bits(112)]
    a: u128,
    #[bits(112)]
    b: u128,
    ts: u32,
}

#[crate::storage]
struct Inner {
    x: Slot<u64>,
    y: Slot<U256>,
}

#[crate::storage]
struct Outer {
    flag: Slot<bool>,                   // 0, offset 0
    owner: Slot<Address>,               // 0, offset 1
    small: Slot<u64>,                   // 0, offset 21
    wide: Slot<u128>,                   // 1, offset 0: does not fit behind the others
    next: Slot<u128>,                   // 1, offset 16
    inner: Inner,                       // 2 and 3
    after: Slot<u8>,                    // 4: a struct is not shared
    map: Map<Address, Slot<U256>>,      // 5
    nested: Map<u64, Map<U256, Inner>>, // 6
    list: List<Slot<Pairing>>,          // 7
    text: Text,                         // 8
    last: Slot<Pairing>,                // 9
}

fn stored() -> HashMap<Word, Word> {
    testing::with(|host| host.storage.clone())
}

fn hashed(key: &Word, slot: &Word) -> Word {
    host::keccak(&[*key, *slot].concat()).0
}

fn plus(key: Word, n: u64) -> Word {
    (U256::from_be_bytes(key) + U256::from(n)).to_be_bytes()
}

fn number(word: &Word) -> U256 {
    U256::from_be_bytes(*word)
}

#[test]
fn test_small_neighbours_share_a_slot_from_its_low_end() {
    testing::reset();
    let mut state = Outer::default();
    state.small.set(0x1122);
    state.owner.set(Address::repeat_byte(0xab));
    state.flag.set(true);
    state.wide.set(5);
    state.next.set(u128::MAX);
    state.after.set(9);
    let storage = stored();
    let owner = U256::from_be_slice(&[0xab; 20]);
    assert_eq!(
        number(&storage[&u64_word(0)]),
        U256::from(1) | owner << 8 | U256::from(0x1122) << 168
    );
    assert_eq!(
        number(&storage[&u64_word(1)]),
        U256::from(5) | U256::from(u128::MAX) << 128
    );
    assert_eq!(number(&storage[&u64_word(4)]), U256::from(9));
    assert_eq!(storage.len(), 3);
    // a write leaves the neighbours alone
    state.owner.set(Address::ZERO);
    assert_eq!(
        (state.flag.get(), state.small.get(), state.owner.get()),
        (true, 0x1122, Address::ZERO)
    );
}

#[test]
fn test_structs_maps_and_lists_lie_where_solidity_puts_them() {
    testing::reset();
    let mut state = Outer::default();
    let key = Address::repeat_byte(1);
    state.inner.x.set(3);
    state.inner.y.set(U256::from(4));
    state.map.set(key, U256::from(7));
    state.nested.at_mut(8).at_mut(U256::from(9)).y.set(U256::from(10));
    let mut pairing = Pairing { a: 1, b: 2, ts: 3 };
    for i in 0..3 {
        pairing.ts = i;
        state.list.push().set(pairing);
    }
    state.last.set(pairing);
    let storage = stored();
    let value = |key: &Word| number(&storage[key]);
    assert_eq!(
        (value(&u64_word(2)), value(&u64_word(3))),
        (U256::from(3), U256::from(4))
    );
    assert_eq!(
        value(&hashed(&crate::word::address_word(&key), &u64_word(5))),
        U256::from(7)
    );
    let inner = hashed(&u64_word(9), &hashed(&u64_word(8), &u64_word(6)));
    assert_eq!(value(&plus(inner, 1)), U256::from(10));
    assert_eq!(value(&u64_word(7)), U256::from(3));
    let packed = |ts: u64| U256::from(1) | U256::from(2) << 112 | U256::from(ts) << 224;
    for i in 0..3 {
        assert_eq!(value(&plus(host::keccak(&u64_word(7)).0, i)), packed(i));
    }
    assert_eq!(value(&u64_word(9)), packed(2));
    assert_eq!(storage.len(), 9);
    assert_eq!(state.list.at(2).map(|slot| slot.get()), Some(pairing));
    assert!(state.list.at(3).is_none());
    state.list.truncate(1);
    assert_eq!(state.list.len(), 1);
}

#[test]
fn test_texts_are_short_or_long_and_clean_up() {
    testing::reset();
    let mut state = Outer::default();
    let bytes: Vec<u8> = (0..100).collect();
    for len in [0usize, 1, 31, 32, 33, 64, 100, 31, 65, 0] {
        state.text.set(&bytes[..len]);
        assert_eq!(state.text.get(), &bytes[..len]);
        let storage = stored();
        let used = storage.values().filter(|word| **word != [0; 32]).count();
        let expected = match len {
            0 => 0,
            1..=31 => 1,
            _ => 1 + len.div_ceil(32),
        };
        assert_eq!(used, expected, "{len}: old slots are cleared");
        let slot = number(&storage[&u64_word(8)]);
        let tail = if len < 32 { 2 * len } else { 2 * len + 1 };
        assert_eq!(slot & U256::from(255), U256::from(tail & 255));
    }
}

#[test]
fn test_a_value_too_wide_for_its_field_is_refused() {
    testing::reset();
    let mut state = Outer::default();
    let aborted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        state.last.set(Pairing {
            a: 1 << 112,
            b: 0,
            ts: 0,
        });
    }));
    assert!(aborted.is_err());
    assert!(stored().is_empty());
}

#[test]
fn test_layout_starts_a_slot_where_the_next_does_not_fit() {
    let field = |bytes| Extent {
        bytes,
        slots: 1,
        alone: false,
    };
    let alone = Extent {
        bytes: 32,
        slots: 3,
        alone: true,
    };
    let (places, slots) = layout([
        field(20),
        field(12),
        field(1),
        field(32),
        field(16),
        alone,
        field(8),
    ]);
    assert_eq!(places, [(0, 0), (0, 20), (1, 0), (2, 0), (3, 0), (4, 0), (7, 0)]);
    assert_eq!(slots, 8);
}

#[crate::storage]
struct Named {
    first: Slot<u8>,
    name: ShortText,
    same: Text,
}

#[test]
fn test_a_short_text_lies_as_a_text_of_its_length() {
    for len in 0..=31 {
        testing::reset();
        let bytes: Vec<u8> = (1..=len).collect();
        let mut state = Named::default();
        assert!(state.name.set(&bytes));
        state.same.set(&bytes);
        let storage = stored();
        assert_eq!(
            storage.get(&u64_word(1)),
            storage.get(&u64_word(2)),
            "{len} bytes"
        );
        assert_eq!(state.name.get(), bytes);
    }
}

#[test]
fn test_a_short_text_refuses_32_bytes_and_keeps_what_it_had() {
    testing::reset();
    let mut state = Named::default();
    assert!(state.name.set(b"kept"));
    for len in [32, 33, 64] {
        assert!(!state.name.set(&vec![7; len]));
    }
    assert_eq!(state.name.get(), b"kept");
}
