//! Where something lies: a slot and an offset in it. Constant places are types without a value.

use core::marker::PhantomData;

use crate::host;
use crate::word::{Word, put_u64};

/// A place in storage.
pub trait Place: Copy {
    /// Bytes from the low end of the slot.
    const OFFSET: usize;
    /// The key of the slot `plus` slots behind this one.
    fn key(self, plus: u32) -> Word;
    /// Reads that slot.
    #[inline(always)]
    fn load(self, plus: u32) -> Word {
        host::load(&self.key(plus))
    }
    /// Writes that slot.
    #[inline(always)]
    fn store(self, plus: u32, value: &Word) {
        host::store(&self.key(plus), value);
    }
}

/// Slot 0: where a contract's storage begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Root;

#[inline(never)]
fn numbered(slot: u32) -> Word {
    let mut word = [0; 32];
    put_u64(&mut word, u64::from(slot));
    word
}

#[inline(never)]
fn load_numbered(slot: u32) -> Word {
    host::load(&numbered(slot))
}

#[inline(never)]
fn store_numbered(slot: u32, value: &Word) {
    host::store(&numbered(slot), value);
}

impl Place for Root {
    const OFFSET: usize = 0;
    #[inline(always)]
    fn key(self, plus: u32) -> Word {
        numbered(plus)
    }
    #[inline(always)]
    fn load(self, plus: u32) -> Word {
        load_numbered(plus)
    }
    #[inline(always)]
    fn store(self, plus: u32, value: &Word) {
        store_numbered(plus, value);
    }
}

/// A field's place in its struct. The `storage` macro makes one type a field.
pub trait Relative {
    /// Slots from the struct's first.
    const SLOT: u32;
    /// Bytes from the low end of that slot.
    const OFFSET: usize;
}

/// The place of field `R` in a struct at `P`.
#[derive(Debug, PartialEq, Eq)]
pub struct At<P, R> {
    base: P,
    field: PhantomData<R>,
}

impl<P: Copy, R> Clone for At<P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Copy, R> Copy for At<P, R> {}

impl<P, R> At<P, R> {
    /// The field's place.
    #[inline(always)]
    pub const fn new(base: P) -> Self {
        Self { base, field: PhantomData }
    }
}

impl<P: Place, R: Relative> Place for At<P, R> {
    const OFFSET: usize = R::OFFSET;
    #[inline(always)]
    fn key(self, plus: u32) -> Word {
        self.base.key(R::SLOT.wrapping_add(plus))
    }
    #[inline(always)]
    fn load(self, plus: u32) -> Word {
        self.base.load(R::SLOT.wrapping_add(plus))
    }
    #[inline(always)]
    fn store(self, plus: u32, value: &Word) {
        self.base.store(R::SLOT.wrapping_add(plus), value);
    }
}

/// A place that is only known at run time: an element of a mapping or of a dynamic array. `OFFSET` is fixed at compile
/// time, so elements that share slots have a handle of their own kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dynamic(pub Word);

impl Place for Dynamic {
    const OFFSET: usize = 0;
    #[inline(always)]
    fn key(self, plus: u32) -> Word {
        if plus == 0 { self.0 } else { behind(&self.0, u64::from(plus)) }
    }
}

/// The key `plus` slots behind a key, modulo 2^256.
#[inline(never)]
pub(super) fn behind(key: &Word, plus: u64) -> Word {
    let mut out = [0; 32];
    let sum = crate::word::to_u256(key).wrapping_add(crate::U256::from(plus));
    crate::word::put_u256(&mut out, &sum);
    out
}
