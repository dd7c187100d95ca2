//! Values in slots: how each lies in its bytes.

use super::Place;
use crate::word::{self, Word, chunk, chunk_mut};
use crate::{Address, FixedBytes, I256, U256};

/// A value that a [`Slot`](super::Slot) holds: one elementary value, or a `record` of several.
pub trait Value: Sized {
    /// As [`Layout::BYTES`](super::Layout::BYTES).
    const BYTES: usize;
    /// As [`Layout::SLOTS`](super::Layout::SLOTS).
    const SLOTS: u32;
    /// As [`Layout::ALONE`](super::Layout::ALONE).
    const ALONE: bool;
    /// Reads the value.
    fn load<P: Place>(place: P) -> Self;
    /// Writes the value, and leaves the rest of a shared slot as it is.
    fn store<P: Place>(self, place: P);
}

/// An elementary value: it lies in `BYTES` bytes of one slot.
pub trait Packed: Copy {
    /// Its size.
    const BYTES: usize;
    /// Reads the value `offset` bytes from the low end of a slot.
    fn read(slot: &Word, offset: usize) -> Self;
    /// Writes the value there.
    fn write(self, slot: &mut Word, offset: usize);
}

impl<T: Packed> Value for T {
    const BYTES: usize = T::BYTES;
    const SLOTS: u32 = 1;
    const ALONE: bool = false;
    #[inline(always)]
    fn load<P: Place>(place: P) -> Self {
        T::read(&place.load(0), P::OFFSET)
    }
    #[inline(always)]
    fn store<P: Place>(self, place: P) {
        let mut slot = if T::BYTES == 32 { [0; 32] } else { place.load(0) };
        self.write(&mut slot, P::OFFSET);
        place.store(0, &slot);
    }
}

/// The unsigned number in `bytes` bytes (at most 16), `offset` bytes from the low end of a slot.
#[inline(never)]
pub fn read_uint(slot: &Word, offset: usize, bytes: usize) -> u128 {
    let end = 32usize.wrapping_sub(offset);
    let mut value = [0; 16];
    if let (Some(to), Some(from)) =
        (value.get_mut(16usize.wrapping_sub(bytes)..), slot.get(end.wrapping_sub(bytes)..end))
    {
        to.copy_from_slice(from);
    }
    u128::from_be_bytes(value)
}

/// Writes an unsigned number into `bytes` bytes (at most 16), `offset` bytes from the low end of a slot. A number that
/// does not fit is a defect of the program: [`word::abort`].
#[inline(never)]
pub fn write_uint(slot: &mut Word, offset: usize, bytes: usize, value: u128) {
    if value.checked_shr((bytes as u32).wrapping_mul(8)).unwrap_or(0) != 0 {
        word::abort();
    }
    let end = 32usize.wrapping_sub(offset);
    let value = value.to_be_bytes();
    if let (Some(to), Some(from)) =
        (slot.get_mut(end.wrapping_sub(bytes)..end), value.get(16usize.wrapping_sub(bytes)..))
    {
        to.copy_from_slice(from);
    }
}

/// The unsigned number in `bytes` bytes, `offset` bytes from the low end of a slot.
#[inline(never)]
pub fn read_wide(slot: &Word, offset: usize, bytes: usize) -> U256 {
    let end = 32usize.wrapping_sub(offset);
    let mut value = [0; 32];
    if let (Some(to), Some(from)) =
        (value.get_mut(32usize.wrapping_sub(bytes)..), slot.get(end.wrapping_sub(bytes)..end))
    {
        to.copy_from_slice(from);
    }
    word::to_u256(&value)
}

/// Writes an unsigned number into `bytes` bytes, `offset` bytes from the low end of a slot. A number that does not fit is a
/// defect of the program: [`word::abort`].
#[inline(never)]
pub fn write_wide(slot: &mut Word, offset: usize, bytes: usize, value: &U256) {
    let mut number = [0; 32];
    word::put_u256(&mut number, value);
    let (above, number) = number.split_at(32usize.wrapping_sub(bytes));
    if above.iter().any(|byte| *byte != 0) {
        word::abort();
    }
    let end = 32usize.wrapping_sub(offset);
    if let Some(to) = slot.get_mut(end.wrapping_sub(bytes)..end) {
        to.copy_from_slice(number);
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

macro_rules! integers {
    ($($unsigned:ident $signed:ident),*) => {$(
        impl Packed for $unsigned {
            const BYTES: usize = size_of::<$unsigned>();
            #[inline(always)]
            fn read(slot: &Word, offset: usize) -> Self {
                $unsigned::from_be_bytes(read_bytes(slot, offset))
            }
            #[inline(always)]
            fn write(self, slot: &mut Word, offset: usize) {
                write_bytes(slot, offset, self.to_be_bytes());
            }
        }
        impl Packed for $signed {
            const BYTES: usize = size_of::<$signed>();
            #[inline(always)]
            fn read(slot: &Word, offset: usize) -> Self {
                $signed::from_be_bytes(read_bytes(slot, offset))
            }
            #[inline(always)]
            fn write(self, slot: &mut Word, offset: usize) {
                write_bytes(slot, offset, self.to_be_bytes());
            }
        }
    )*};
}

integers!(u8 i8, u16 i16, u32 i32, u64 i64, u128 i128);

impl Packed for bool {
    const BYTES: usize = 1;
    #[inline(always)]
    fn read(slot: &Word, offset: usize) -> Self {
        u8::read(slot, offset) != 0
    }
    #[inline(always)]
    fn write(self, slot: &mut Word, offset: usize) {
        u8::from(self).write(slot, offset);
    }
}

impl Packed for Address {
    const BYTES: usize = 20;
    #[inline(always)]
    fn read(slot: &Word, offset: usize) -> Self {
        Address::new(read_bytes(slot, offset))
    }
    #[inline(always)]
    fn write(self, slot: &mut Word, offset: usize) {
        write_bytes(slot, offset, self.into_array());
    }
}

impl<const N: usize> Packed for FixedBytes<N> {
    const BYTES: usize = N;
    #[inline(always)]
    fn read(slot: &Word, offset: usize) -> Self {
        FixedBytes::new(read_bytes(slot, offset))
    }
    #[inline(always)]
    fn write(self, slot: &mut Word, offset: usize) {
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
    fn write(self, slot: &mut Word, _: usize) {
        word::put_u256(slot, &self);
    }
}

impl Packed for I256 {
    const BYTES: usize = 32;
    #[inline(always)]
    fn read(slot: &Word, _: usize) -> Self {
        I256::from_raw(word::to_u256(slot))
    }
    #[inline(always)]
    fn write(self, slot: &mut Word, _: usize) {
        word::put_u256(slot, &self.into_raw());
    }
}
