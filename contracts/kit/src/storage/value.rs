//! Values in slots: how each lies in its bytes.

use super::place::{behind, numbered};
use crate::word::{self, Word, chunk, chunk_mut};
use crate::{Address, FixedBytes, I256, U256, host};

/// A value that a [`Slot`](super::Slot) holds: one elementary value, or a `record` of several.
pub trait Value: Sized {
    /// As [`Layout::BYTES`](super::Layout::BYTES).
    const BYTES: usize;
    /// As [`Layout::SLOTS`](super::Layout::SLOTS).
    const SLOTS: u32;
    /// As [`Layout::ALONE`](super::Layout::ALONE).
    const ALONE: bool;
    /// Reads the value `offset` bytes from the low end of the slot with that key (a record: from there on).
    fn load(key: &Word, offset: usize) -> Self;
    /// Writes the value there, and leaves the rest of a shared slot as it is.
    fn store(&self, key: &Word, offset: usize);
}

/// An elementary value: it lies in `BYTES` bytes of one slot.
pub trait Packed: Copy {
    /// Its size.
    const BYTES: usize;
    /// Reads the value `offset` bytes from the low end of a slot.
    fn read(slot: &Word, offset: usize) -> Self;
    /// Writes the value there.
    fn write(&self, slot: &mut Word, offset: usize);
}

impl<T: Packed> Value for T {
    const BYTES: usize = T::BYTES;
    const SLOTS: u32 = 1;
    const ALONE: bool = false;
    #[inline(never)]
    fn load(key: &Word, offset: usize) -> Self {
        T::read(&host::load(key), offset)
    }
    #[inline(never)]
    fn store(&self, key: &Word, offset: usize) {
        let mut slot = if T::BYTES == 32 { [0; 32] } else { host::load(key) };
        self.write(&mut slot, offset);
        host::store(key, &slot);
    }
}

/// [`Value::load`] from a numbered slot.
#[inline(never)]
pub(super) fn load_numbered<T: Value>(number: u32, offset: usize) -> T {
    T::load(&numbered(number), offset)
}

/// [`Value::store`] to a numbered slot.
#[inline(never)]
pub(super) fn store_numbered<T: Value>(number: u32, offset: usize, value: &T) {
    value.store(&numbered(number), offset);
}

/// Reads slots from a key on. Almost always it is one: the first is read without a loop.
#[inline(always)]
pub fn load_all(key: &Word, slots: &mut [Word]) {
    if let Some((first, others)) = slots.split_first_mut() {
        host::load_into(key, first);
        let mut plus = 1;
        for slot in others {
            host::load_into(&behind(key, plus), slot);
            plus = plus.wrapping_add(1);
        }
    }
}

/// Writes slots from a key on.
#[inline(always)]
pub fn store_all(key: &Word, slots: &[Word]) {
    if let Some((first, others)) = slots.split_first() {
        host::store(key, first);
        let mut plus = 1;
        for slot in others {
            host::store(&behind(key, plus), slot);
            plus = plus.wrapping_add(1);
        }
    }
}

/// The unsigned number in `bytes` bytes (at most 16), `offset` bytes from the low end of a slot.
#[inline(never)]
pub fn read_uint(slot: &Word, offset: usize, bytes: usize) -> u128 {
    let [a, b, ..] = *read_wide(slot, offset, bytes).as_limbs();
    u128::from(a) | u128::from(b) << 64
}

/// Writes an unsigned number into `bytes` bytes (at most 16), `offset` bytes from the low end of a slot. A number that
/// does not fit is a defect of the program: [`word::abort`].
#[inline(never)]
pub fn write_uint(slot: &mut Word, offset: usize, bytes: usize, value: u128) {
    write_wide(slot, offset, bytes, &word::widen(value));
}

/// The unsigned number in `bytes` bytes, `offset` bytes from the low end of a slot.
#[inline(never)]
pub fn read_wide(slot: &Word, offset: usize, bytes: usize) -> U256 {
    let end = 32usize.wrapping_sub(offset);
    let mut value = [0; 32];
    if let (Some(to), Some(from)) = (
        value.get_mut(32usize.wrapping_sub(bytes)..),
        slot.get(end.wrapping_sub(bytes)..end),
    ) {
        word::copy(to, from);
    }
    word::to_u256(&value)
}

/// Writes an unsigned number into `bytes` bytes, `offset` bytes from the low end of a slot. A number that does not fit is a
/// defect of the program: [`word::abort`].
#[inline(never)]
pub fn write_wide(slot: &mut Word, offset: usize, bytes: usize, value: &U256) {
    let number = word::written(|cell| word::u256_into(cell, value));
    let (above, number) = number.split_at(32usize.wrapping_sub(bytes));
    for byte in above {
        if *byte != 0 {
            word::abort();
        }
    }
    let end = 32usize.wrapping_sub(offset);
    if let Some(to) = slot.get_mut(end.wrapping_sub(bytes)..end) {
        word::copy(to, number);
    }
}

/// The `N` bytes that lie `offset` bytes from the low end of a slot.
#[inline(always)]
pub fn read_bytes<const N: usize>(slot: &Word, offset: usize) -> [u8; N] {
    *chunk(slot, 32usize.wrapping_sub(offset).wrapping_sub(N))
}

/// Writes `N` bytes, `offset` bytes from the low end of a slot.
#[inline(always)]
pub fn write_bytes<const N: usize>(slot: &mut Word, offset: usize, bytes: [u8; N]) {
    *chunk_mut(slot, 32usize.wrapping_sub(offset).wrapping_sub(N)) = bytes;
}

/// The unsigned number in `bytes` bytes (at most 8), `offset` bytes from the low end of a slot.
#[inline(never)]
pub fn read_small(slot: &Word, offset: usize, bytes: usize) -> u64 {
    let [low, ..] = *read_wide(slot, offset, bytes).as_limbs();
    low
}

macro_rules! integers {
    ($($unsigned:ident $signed:ident $read:ident),*) => {$(
        impl Packed for $unsigned {
            const BYTES: usize = size_of::<$unsigned>();
            #[inline(always)]
            fn read(slot: &Word, offset: usize) -> Self {
                $read(slot, offset, size_of::<$unsigned>()) as $unsigned
            }
            #[inline(always)]
            fn write(&self, slot: &mut Word, offset: usize) {
                write_uint(slot, offset, size_of::<$unsigned>(), u128::from(*self));
            }
        }
        impl Packed for $signed {
            const BYTES: usize = size_of::<$signed>();
            #[inline(always)]
            fn read(slot: &Word, offset: usize) -> Self {
                $unsigned::read(slot, offset) as $signed
            }
            #[inline(always)]
            fn write(&self, slot: &mut Word, offset: usize) {
                (*self as $unsigned).write(slot, offset);
            }
        }
    )*};
}

integers!(u8 i8 read_small, u16 i16 read_small, u32 i32 read_small, u64 i64 read_small, u128 i128 read_uint);

impl Packed for bool {
    const BYTES: usize = 1;
    #[inline(always)]
    fn read(slot: &Word, offset: usize) -> Self {
        u8::read(slot, offset) != 0
    }
    #[inline(always)]
    fn write(&self, slot: &mut Word, offset: usize) {
        u8::from(*self).write(slot, offset);
    }
}

impl Packed for Address {
    const BYTES: usize = 20;
    #[inline(always)]
    fn read(slot: &Word, offset: usize) -> Self {
        Address::new(read_bytes(slot, offset))
    }
    #[inline(always)]
    fn write(&self, slot: &mut Word, offset: usize) {
        write_bytes(slot, offset, self.0.0);
    }
}

impl<const N: usize> Packed for FixedBytes<N> {
    const BYTES: usize = N;
    #[inline(always)]
    fn read(slot: &Word, offset: usize) -> Self {
        FixedBytes::new(read_bytes(slot, offset))
    }
    #[inline(always)]
    fn write(&self, slot: &mut Word, offset: usize) {
        write_bytes(slot, offset, self.0);
    }
}

impl Packed for U256 {
    const BYTES: usize = 32;
    #[inline(always)]
    fn read(slot: &Word, _: usize) -> Self {
        word::to_u256(slot)
    }
    #[inline(always)]
    fn write(&self, slot: &mut Word, _: usize) {
        word::put_u256(slot, self);
    }
}

impl Packed for I256 {
    const BYTES: usize = 32;
    #[inline(always)]
    fn read(slot: &Word, _: usize) -> Self {
        I256::from_raw(word::to_u256(slot))
    }
    #[inline(always)]
    fn write(&self, slot: &mut Word, _: usize) {
        word::put_u256(slot, &self.into_raw());
    }
}
