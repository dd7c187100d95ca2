//! The view of a dynamic array in calldata.

use core::fmt;
use core::marker::PhantomData;

use super::Decode;
use crate::word::abort;

/// A `T[]` as it lies in the calldata. All elements were checked when the array was decoded.
pub struct Array<'a, T> {
    frame: &'a [u8],
    len: usize,
    element: PhantomData<T>,
}

impl<'a, T: Decode> Array<'a, T> {
    /// The view of `len` elements at the start of `frame`; aborts when they are not there or not valid.
    pub(super) fn new(frame: &'a [u8], len: usize) -> Self {
        match len.checked_mul(T::HEAD) {
            Some(bytes) if bytes <= frame.len() => {}
            _ => abort(),
        }
        let array = Self {
            frame,
            len,
            element: PhantomData,
        };
        for i in 0..len {
            let _valid = array.at(i);
        }
        array
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The element at `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<T::Arg<'a>> {
        (index < self.len).then(|| self.at(index))
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = T::Arg<'a>> {
        let array = *self;
        (0..array.len).map(move |i| array.at(i))
    }

    fn at(&self, index: usize) -> T::Arg<'a> {
        T::decode(self.frame, index.saturating_mul(T::HEAD))
    }
}

impl<T> Clone for Array<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Array<'_, T> {}

impl<T> fmt::Debug for Array<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
