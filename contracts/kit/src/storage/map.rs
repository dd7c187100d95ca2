//! Mappings.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;

use super::{Dynamic, Layout, Place, Root, Slot, Value};
use crate::abi::Words;
use crate::word::{self, Cell, Word};
use crate::{Address, B256, U256, host};

/// A mapping's key: a type of one word.
pub trait Key {
    /// Writes the key as Solidity hashes it.
    fn write_word(&self, cell: &mut Cell);
}

impl Key for Address {
    #[inline(always)]
    fn write_word(&self, cell: &mut Cell) {
        word::address_into(cell, self);
    }
}

impl Key for U256 {
    #[inline(always)]
    fn write_word(&self, cell: &mut Cell) {
        word::u256_into(cell, self);
    }
}

impl Key for B256 {
    #[inline(always)]
    fn write_word(&self, cell: &mut Cell) {
        word::word_into(cell, &self.0);
    }
}

macro_rules! small_keys {
    ($($ty:ident),*) => {$(
        impl Key for $ty {
            #[inline(always)]
            fn write_word(&self, cell: &mut Cell) {
                word::u64_into(cell, u64::from(*self));
            }
        }
    )*};
}

small_keys!(u8, u16, u32, u64, bool);

/// Where the entry of a key of the mapping at slot `key` lies: keccak256(key ++ slot).
#[inline(never)]
fn entry<K: Key>(key: &K, slot: &Word) -> Word {
    let mut room = crate::abi::room::<2>();
    let mut words = Words::new(&mut room);
    words.with(|cell| key.write_word(cell));
    words.with(|cell| word::word_into(cell, slot));
    host::keccak(words.bytes()).0
}

/// [`entry`] of a mapping at a numbered slot.
#[inline(never)]
fn entry_numbered<K: Key>(key: &K, number: u32) -> Word {
    let mut room = crate::abi::room::<2>();
    let mut words = Words::new(&mut room);
    words.with(|cell| key.write_word(cell));
    words.with(|cell| word::u64_into(cell, u64::from(number)));
    host::keccak(words.bytes()).0
}

/// A mapping from `K` to state of kind `V`: `Map<Address, Slot<U256>>`, or a map again.
pub struct Map<K, V, P = Root> {
    place: P,
    entry: PhantomData<(K, V)>,
}

impl<K: Key, V: Layout, P: Place> Map<K, V, P> {
    /// The entry of a key, to be read.
    #[inline(always)]
    pub fn at(&self, key: K) -> View<V::At<Dynamic>> {
        View(self.of(&key))
    }

    /// The entry of a key, to be read and written: the key is hashed once for both.
    #[inline(always)]
    pub fn at_mut(&mut self, key: K) -> V::At<Dynamic> {
        self.of(&key)
    }

    /// [`Self::at_mut`] without taking the key.
    #[inline(always)]
    pub fn of_mut(&mut self, key: &K) -> V::At<Dynamic> {
        self.of(key)
    }

    #[inline(always)]
    fn of(&self, key: &K) -> V::At<Dynamic> {
        V::at(Dynamic(match P::NUMBER {
            Some(number) => entry_numbered(key, number),
            None => self.place.with_key(|slot| entry(key, slot)),
        }))
    }
}

impl<K: Key, T: Value, P: Place> Map<K, Slot<T>, P> {
    /// Reads the value of a key.
    #[inline(always)]
    pub fn get(&self, key: K) -> T {
        self.at(key).get()
    }

    /// Writes the value of a key.
    #[inline(always)]
    pub fn set(&mut self, key: K, value: T) {
        self.at_mut(key).set(value);
    }
}

impl<K: Key, V: Layout> Layout for Map<K, V> {
    const BYTES: usize = 32;
    const SLOTS: u32 = 1;
    const ALONE: bool = true;
    type At<P: Place> = Map<K, V, P>;
    #[inline(always)]
    fn at<P: Place>(place: P) -> Map<K, V, P> {
        Map {
            place,
            entry: PhantomData,
        }
    }
}

/// A handle that only reads.
pub struct View<T>(pub(super) T);

impl<T> Deref for View<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<K, V, P> fmt::Debug for Map<K, V, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Map")
    }
}

impl<T> fmt::Debug for View<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("View")
    }
}
