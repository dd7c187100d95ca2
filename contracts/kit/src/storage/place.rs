//! Where something lies: a slot and an offset in it. Constant places are types without a value.

use core::marker::PhantomData;

use crate::word::{Word, u64_word};

/// A place in storage.
pub trait Place: Copy {
    /// The slot's number, for a place that is known at compile time.
    const NUMBER: Option<u32>;
    /// Bytes from the low end of the slot.
    const OFFSET: usize;
    /// The key of the slot `plus` slots behind this one.
    fn key(self, plus: u32) -> Word;
    /// Calls `f` with the key of this slot, which is copied only where it must be made.
    #[inline(always)]
    fn with_key<R>(&self, f: impl FnOnce(&Word) -> R) -> R {
        f(&self.key(0))
    }
}

/// Slot 0: where a contract's storage begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Root;

/// The key of a numbered slot.
#[inline(always)]
pub(super) fn numbered(slot: u32) -> Word {
    u64_word(u64::from(slot))
}

impl Place for Root {
    const NUMBER: Option<u32> = Some(0);
    const OFFSET: usize = 0;
    #[inline(always)]
    fn key(self, plus: u32) -> Word {
        numbered(plus)
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
        Self {
            base,
            field: PhantomData,
        }
    }
}

impl<P: Place, R: Relative> Place for At<P, R> {
    const NUMBER: Option<u32> = match P::NUMBER {
        Some(number) => Some(number.wrapping_add(R::SLOT)),
        None => None,
    };
    const OFFSET: usize = R::OFFSET;
    #[inline(always)]
    fn key(self, plus: u32) -> Word {
        self.base.key(R::SLOT.wrapping_add(plus))
    }
    #[inline(always)]
    fn with_key<X>(&self, f: impl FnOnce(&Word) -> X) -> X {
        if R::SLOT == 0 {
            self.base.with_key(f)
        } else {
            f(&self.base.key(R::SLOT))
        }
    }
}

/// A place that is only known at run time: an element of a mapping or of a dynamic array. `OFFSET` is fixed at compile
/// time, so elements that share slots have a handle of their own kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dynamic(pub Word);

impl Place for Dynamic {
    const NUMBER: Option<u32> = None;
    const OFFSET: usize = 0;
    #[inline(always)]
    fn key(self, plus: u32) -> Word {
        if plus == 0 {
            self.0
        } else {
            behind(&self.0, u64::from(plus))
        }
    }
    #[inline(always)]
    fn with_key<R>(&self, f: impl FnOnce(&Word) -> R) -> R {
        f(&self.0)
    }
}

/// The key `plus` slots behind a key, modulo 2^256.
#[inline(never)]
pub fn behind(key: &Word, plus: u64) -> Word {
    let mut sum = crate::word::to_u256(key);
    // A key is a hash or a small number: nobody finds one so near to 2^256 that this would pass it.
    let _fits = crate::word::give(&mut sum, &crate::word::widen(u128::from(plus)));
    crate::word::written(|cell| crate::word::u256_into(cell, &sum))
}
