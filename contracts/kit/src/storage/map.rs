//! Mappings.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;

use super::{Dynamic, Layout, Place, Root, Slot, Value};
use crate::word::{self, Word};
use crate::{Address, B256, U256, host};

/// A mapping's key: a type of one word.
pub trait Key {
    /// The key as Solidity hashes it.
    fn word(&self) -> Word;
}

impl Key for Address {
    #[inline(always)]
    fn word(&self) -> Word {
        word::address_word(self)
    }
}

impl Key for U256 {
    #[inline(always)]
    fn word(&self) -> Word {
        let mut word = [0; 32];
        word::put_u256(&mut word, self);
        word
    }
}

impl Key for B256 {
    #[inline(always)]
    fn word(&self) -> Word {
        self.0
    }
}

macro_rules! small_keys {
    ($($ty:ident),*) => {$(
        impl Key for $ty {
            #[inline(always)]
            fn word(&self) -> Word {
                word::u64_word(u64::from(*self))
            }
        }
    )*};
}

small_keys!(u8, u16, u32, u64, bool);

/// A mapping from `K` to state of kind `V`: `Map<Address, Slot<U256>>`, or a map again.
pub struct Map<K, V, P = Root> {
    place: P,
    entry: PhantomData<(K, V)>,
}

impl<K: Key, V: Layout, P: Place> Map<K, V, P> {
    /// The entry of a key, to be read.
    #[inline(always)]
    pub fn at(&self, key: K) -> View<V::At<Dynamic>> {
        View(V::at(Dynamic(hashed(&key.word(), &self.place.key(0)))))
    }

    /// The entry of a key, to be read and written: the key is hashed once for both.
    #[inline(always)]
    pub fn at_mut(&mut self, key: K) -> V::At<Dynamic> {
        V::at(Dynamic(hashed(&key.word(), &self.place.key(0))))
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

/// keccak256(key ++ slot).
#[inline(never)]
fn hashed(key: &Word, slot: &Word) -> Word {
    let mut both = [0; 64];
    *word::chunk_mut(&mut both, 0) = *key;
    *word::chunk_mut(&mut both, 32) = *slot;
    host::keccak(&both).0
}

impl<K: Key, V: Layout> Layout for Map<K, V> {
    const BYTES: usize = 32;
    const SLOTS: u32 = 1;
    const ALONE: bool = true;
    type At<P: Place> = Map<K, V, P>;
    #[inline(always)]
    fn at<P: Place>(place: P) -> Map<K, V, P> {
        Map { place, entry: PhantomData }
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
