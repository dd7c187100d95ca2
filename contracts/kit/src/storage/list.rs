//! Dynamic arrays.

use core::fmt;
use core::marker::PhantomData;

use super::place::behind;
use super::{Dynamic, Layout, Place, Root, View};
use crate::host;
use crate::word::{Word, abort, to_u64, u64_word};

/// A dynamic array `V[]` of state whose elements begin slots of their own: records, structs, mappings, and elementary
/// values wider than 16 bytes. (Solidity packs narrower ones; a list of those does not compile.)
pub struct List<V, P = Root> {
    place: P,
    element: PhantomData<V>,
}

impl<V: Layout, P: Place> List<V, P> {
    const WHOLE_SLOTS: () = assert!(
        V::BYTES > 16 || V::ALONE,
        "elements of a list must not share a slot"
    );

    /// How many elements there are.
    #[inline(always)]
    pub fn len(&self) -> u64 {
        to_u64(&host::load(&self.place.key(0)), 64)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `index`, to be read.
    pub fn at(&self, index: u64) -> Option<View<V::At<Dynamic>>> {
        (index < self.len()).then(|| View(V::at(self.element(index))))
    }

    /// The element at `index`, to be read and written.
    pub fn at_mut(&mut self, index: u64) -> Option<V::At<Dynamic>> {
        (index < self.len()).then(|| V::at(self.element(index)))
    }

    /// Adds an element at the end and returns its handle. What an earlier, truncated list left there is still in it:
    /// write every field.
    pub fn push(&mut self) -> V::At<Dynamic> {
        let len = self.len();
        host::store(
            &self.place.key(0),
            &u64_word(len.checked_add(1).unwrap_or_else(|| abort())),
        );
        V::at(self.element(len))
    }

    /// Cuts the list to `len` elements at most. Their slots keep what they hold.
    pub fn truncate(&mut self, len: u64) {
        if len < self.len() {
            host::store(&self.place.key(0), &u64_word(len));
        }
    }

    fn element(&self, index: u64) -> Dynamic {
        let () = Self::WHOLE_SLOTS;
        let first: Word = host::keccak(&self.place.key(0)).0;
        let slots = index.checked_mul(u64::from(V::SLOTS)).unwrap_or_else(|| abort());
        Dynamic(behind(&first, slots))
    }
}

impl<V: Layout> Layout for List<V> {
    const BYTES: usize = 32;
    const SLOTS: u32 = 1;
    const ALONE: bool = true;
    type At<P: Place> = List<V, P>;
    #[inline(always)]
    fn at<P: Place>(place: P) -> List<V, P> {
        List {
            place,
            element: PhantomData,
        }
    }
}

impl<V, P> fmt::Debug for List<V, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("List")
    }
}
