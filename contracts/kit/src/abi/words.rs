//! A fixed buffer of words, filled from the front: what events, errors, static results and calldata are encoded into.

use crate::host;
use crate::word::{Cell, abort, constant_into};

use super::Encode;

/// Room for `N` words, for [`Words`] to fill.
#[inline(always)]
pub const fn room<const N: usize>() -> [Cell; N] {
    [Cell::uninit(); N]
}

/// Fills room for `N` words. Nothing is written twice and nothing is cleared first. The room is kept apart so that the
/// count beside it becomes a constant when all this is inlined.
#[derive(Debug)]
pub struct Words<'r, const N: usize> {
    cells: &'r mut [Cell; N],
    filled: usize,
}

impl<'r, const N: usize> Words<'r, N> {
    /// Empty.
    #[inline(always)]
    pub const fn new(cells: &'r mut [Cell; N]) -> Self {
        Self { cells, filled: 0 }
    }

    /// With four bytes at the end of the first word: [`Self::data`] begins with them.
    #[inline(always)]
    pub fn selector(cells: &'r mut [Cell; N], selector: u32) -> Self {
        let mut words = Self::new(cells);
        // As a number: the same four bytes, and one function serves all.
        words.with(|cell| crate::word::u64_into(cell, u64::from(selector)));
        words
    }

    /// Adds a value of a static type.
    #[inline(always)]
    pub fn push<T: Encode>(&mut self, value: &T::Ref<'_>) {
        match self.cells.get_mut(self.filled..) {
            Some(cells) => T::put(value, cells),
            None => abort(),
        }
        self.filled = self.filled.wrapping_add(T::HEAD / 32);
    }

    /// Adds a returned value of a static type.
    #[inline(always)]
    pub fn push_owned<T: Encode>(&mut self, value: &T::Ret) {
        match self.cells.get_mut(self.filled..) {
            Some(cells) => T::put_owned(value, cells),
            None => abort(),
        }
        self.filled = self.filled.wrapping_add(T::HEAD / 32);
    }

    /// Adds a constant, see [`crate::word::constant`].
    #[inline(always)]
    pub fn constant(&mut self, a: u64, b: u64, c: u64, d: u64) {
        match self.cells.get_mut(self.filled) {
            Some(cell) => constant_into(cell, a, b, c, d),
            None => abort(),
        }
        self.filled = self.filled.wrapping_add(1);
    }

    /// Adds the word that `write`, a function of [`crate::word`], fills in.
    #[inline(always)]
    pub(crate) fn with(&mut self, write: impl FnOnce(&mut Cell)) {
        match self.cells.get_mut(self.filled) {
            Some(cell) => write(cell),
            None => abort(),
        }
        self.filled = self.filled.wrapping_add(1);
    }

    /// Adds 32 bytes that lie in memory anyway.
    #[inline(always)]
    pub fn word(&mut self, word: &crate::B256) {
        self.with(|cell| crate::word::word_into(cell, &word.0));
    }

    /// All words, once all are filled.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub fn bytes(&self) -> &[u8] {
        if self.filled != N {
            abort();
        }
        // SAFETY: `push` and `constant` initialise exactly the words that they count, and all N are counted.
        unsafe { core::slice::from_raw_parts(self.cells.as_ptr().cast(), N.wrapping_mul(32)) }
    }

    /// The selector and what follows it.
    #[inline(always)]
    pub fn data(&self) -> &[u8] {
        self.bytes().get(28..).unwrap_or_default()
    }

    /// Writes a log whose first `topics` words are its topics.
    #[inline(always)]
    pub fn log(&self, topics: usize) {
        host::log(self.bytes(), topics);
    }

    /// Hands the words to the host as the call's result.
    #[inline(always)]
    pub fn give(&self) {
        host::result(self.bytes());
    }
}
