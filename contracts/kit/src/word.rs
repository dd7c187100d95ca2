//! The 32-byte words of the EVM and the numbers in them: one place for every byte order and every range check.
//!
//! The functions are deliberately not inlined and take references: a program calls each of them from many places, code is
//! paid for at every call of the program, and most of the code of a naive one copies numbers about. None allocates.

use core::mem::MaybeUninit;

use alloy_primitives::{Address, I256, U256};

pub use mintage_math::{give, take};

/// A big-endian word: a storage slot, a topic, a static ABI value.
pub type Word = [u8; 32];

/// Room for a word that is about to be written.
pub type Cell = MaybeUninit<Word>;

/// Ends the call at once: everything is undone and nothing is returned, as Solidity's `revert(0, 0)`.
///
/// This is what happens to calldata that is not an encoding of the method's parameters. Natively it panics.
#[cold]
pub fn abort() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    panic!("reverted without data");
}

/// The `N` bytes at `at`; [`abort`]s where there are none.
#[inline(always)]
pub fn chunk<const N: usize>(bytes: &[u8], at: usize) -> &[u8; N] {
    match bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(chunk) => chunk,
        None => abort(),
    }
}

/// The `N` bytes at `at`, to be written; [`abort`]s where there are none.
#[inline(always)]
pub fn chunk_mut<const N: usize>(bytes: &mut [u8], at: usize) -> &mut [u8; N] {
    match bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        Some(chunk) => chunk,
        None => abort(),
    }
}

/// A word as room for one.
#[inline(always)]
#[allow(unsafe_code)]
fn room(word: &mut Word) -> &mut Cell {
    // SAFETY: same layout; the functions of this module, which alone call this, only ever write initialised bytes.
    unsafe { &mut *core::ptr::from_mut(word).cast() }
}

/// Words in a byte buffer, from `at` on, as room for words.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn rooms(bytes: &mut [u8], at: usize) -> &mut [Cell] {
    let words = bytes
        .get_mut(at..)
        .map(|rest| rest.as_chunks_mut::<32>().0)
        .unwrap_or_default();
    // SAFETY: same layout; what is written through it is always an initialised word.
    unsafe { &mut *(core::ptr::from_mut(words) as *mut [Cell]) }
}

/// The bytes of a cell, all of which the caller writes.
#[inline(always)]
#[allow(unsafe_code)]
fn filled(cell: &mut Cell) -> &mut Word {
    // SAFETY: bytes have no invalid values that a write could meet, and every caller in this module writes all 32 before
    // anything reads them.
    unsafe { &mut *cell.as_mut_ptr() }
}

/// The word that a function of this module writes.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn written(write: impl FnOnce(&mut Cell)) -> Word {
    let mut cell = Cell::uninit();
    write(&mut cell);
    // SAFETY: every `write` passed here is a function of this module that fills the cell, or a host call that does.
    unsafe { cell.assume_init() }
}

/// Eight bytes as they lie, for tests against zero.
#[inline(always)]
fn raw(word: &Word, at: usize) -> u64 {
    u64::from_ne_bytes(*chunk(word, at))
}

/// Turns the byte order around. Twenty instructions that stand in the code once.
#[inline(never)]
fn swapped(value: u64) -> u64 {
    value.swap_bytes()
}

/// The number in eight big-endian bytes. (WebAssembly is little-endian; natively the order is the host's.)
#[inline(always)]
fn limb(word: &Word, at: usize) -> u64 {
    swapped(u64::from_le_bytes(*chunk(word, at)))
}

/// Writes a number as eight big-endian bytes.
#[inline(always)]
fn put_limb(word: &mut Word, at: usize, value: u64) {
    *chunk_mut(word, at) = swapped(value).to_le_bytes();
}

/// The number in a word.
#[inline(never)]
pub fn to_u256(word: &Word) -> U256 {
    U256::from_limbs([limb(word, 24), limb(word, 16), limb(word, 8), limb(word, 0)])
}

/// Writes a number into a cell.
#[inline(never)]
pub fn u256_into(cell: &mut Cell, value: &U256) {
    let [a, b, c, d] = *value.as_limbs();
    limbs_into(cell, a, b, c, d);
}

/// Writes the number of four little-endian limbs into a cell. By value, so that what holds them need not lie in memory.
#[inline(never)]
pub fn limbs_into(cell: &mut Cell, a: u64, b: u64, c: u64, d: u64) {
    let word = filled(cell);
    put_limb(word, 0, d);
    put_limb(word, 8, c);
    put_limb(word, 16, b);
    put_limb(word, 24, a);
}

/// Writes a number into a word.
#[inline(always)]
pub fn put_u256(word: &mut Word, value: &U256) {
    u256_into(room(word), value);
}

/// The number in a word of a type of `bits` bits, at most 64; [`abort`]s when the word holds more.
#[inline(never)]
pub fn to_u64(word: &Word, bits: u32) -> u64 {
    let value = limb(word, 24);
    let above = value.checked_shr(bits).unwrap_or(0);
    if raw(word, 0) | raw(word, 8) | raw(word, 16) | above != 0 {
        abort();
    }
    value
}

/// The number in a word of a type of `bits` bits, at most 128; [`abort`]s when the word holds more.
#[inline(never)]
pub fn to_u128(word: &Word, bits: u32) -> u128 {
    let value = u128::from(limb(word, 24)) | u128::from(limb(word, 16)) << 64;
    if raw(word, 0) | raw(word, 8) != 0 || value.checked_shr(bits).unwrap_or(0) != 0 {
        abort();
    }
    value
}

/// Writes a small number into a cell.
#[inline(never)]
pub fn u64_into(cell: &mut Cell, value: u64) {
    let word = filled(cell);
    *chunk_mut(word, 0) = [0; 24];
    put_limb(word, 24, value);
}

/// Writes a small number into a word.
#[inline(always)]
pub fn put_u64(word: &mut Word, value: u64) {
    u64_into(room(word), value);
}

/// Writes a number of up to 128 bits into a cell.
#[inline(never)]
pub fn u128_into(cell: &mut Cell, value: u128) {
    let word = filled(cell);
    *chunk_mut(word, 0) = [0; 16];
    put_limb(word, 16, (value >> 64) as u64);
    put_limb(word, 24, value as u64);
}

/// Writes a number of up to 128 bits into a word.
#[inline(always)]
pub fn put_u128(word: &mut Word, value: u128) {
    u128_into(room(word), value);
}

/// The signed number in a word of a type of `bits` bits, at most 128; [`abort`]s when the sign bits are not uniform.
#[inline(never)]
pub fn to_i128(word: &Word, bits: u32) -> i128 {
    let high = i128::from_be_bytes(*chunk(word, 0));
    let value = i128::from_be_bytes(*chunk(word, 16));
    // All bits above the type's own sign bit are copies of it.
    if high != value >> 127 || value >> bits.saturating_sub(1) != value >> 127 {
        abort();
    }
    value
}

/// Writes a signed number of up to 128 bits into a cell.
#[inline(never)]
pub fn i128_into(cell: &mut Cell, value: i128) {
    let word = filled(cell);
    *chunk_mut(word, 0) = (value >> 127).to_be_bytes();
    *chunk_mut(word, 16) = value.to_be_bytes();
}

/// The signed number in a word of a type of `bits` bits, 136 to 256.
pub fn to_i256(word: &Word, bits: u32) -> I256 {
    let value = I256::from_raw(to_u256(word));
    let sign = value.asr(255);
    if value.asr(bits.saturating_sub(1) as usize) != sign {
        abort();
    }
    value
}

/// The address in a word; [`abort`]s when the upper twelve bytes are not zero.
#[inline(never)]
pub fn to_address(word: &Word) -> Address {
    let above = u64::from_ne_bytes(*chunk(word, 0)) | u64::from(u32::from_ne_bytes(*chunk(word, 8)));
    if above != 0 {
        abort();
    }
    Address::new(*chunk(word, 12))
}

/// Writes an address into a cell.
#[inline(never)]
pub fn address_into(cell: &mut Cell, value: &Address) {
    let word = filled(cell);
    *chunk_mut(word, 0) = [0; 12];
    *chunk_mut(word, 12) = value.0.0;
}

/// The parts of an address, as its bytes lie in memory.
#[inline(always)]
pub fn address_parts(address: &Address) -> (u64, u64, u32) {
    let bytes = &address.0.0;
    (
        u64::from_ne_bytes(*chunk(bytes, 0)),
        u64::from_ne_bytes(*chunk(bytes, 8)),
        u32::from_ne_bytes(*chunk(bytes, 16)),
    )
}

/// Writes the address of three [`address_parts`] into a cell. By value, so that what holds them need not lie in memory.
#[inline(never)]
pub fn parts_into(cell: &mut Cell, a: u64, b: u64, c: u32) {
    let word = filled(cell);
    *chunk_mut(word, 0) = [0; 12];
    *chunk_mut(word, 12) = a.to_ne_bytes();
    *chunk_mut(word, 20) = b.to_ne_bytes();
    *chunk_mut(word, 28) = c.to_ne_bytes();
}

/// Whether two addresses are the same.
#[inline(never)]
pub fn same(a: &Address, b: &Address) -> bool {
    let (a, b) = (address_parts(a), address_parts(b));
    (a.0 ^ b.0) | (a.1 ^ b.1) | u64::from(a.2 ^ b.2) == 0
}

/// Writes an address into a word.
#[inline(always)]
pub fn put_address(word: &mut Word, value: &Address) {
    address_into(room(word), value);
}

/// An address as a word.
#[inline(always)]
pub fn address_word(value: &Address) -> Word {
    written(|cell| address_into(cell, value))
}

/// Whether an address is zero.
#[inline(never)]
pub fn is_zero(address: &Address) -> bool {
    let (a, b, c) = address_parts(address);
    a | b | u64::from(c) == 0
}

/// A small number as a word.
#[inline(always)]
pub fn u64_word(value: u64) -> Word {
    written(|cell| u64_into(cell, value))
}

/// Writes any 32 bytes into a cell.
#[inline(never)]
pub fn word_into(cell: &mut Cell, value: &Word) {
    *filled(cell) = *value;
}

/// Writes bytes at the high end of a cell and zeros behind them.
#[inline(always)]
pub fn bytes_into<const N: usize>(cell: &mut Cell, value: &[u8; N]) {
    let word = filled(cell);
    *word = [0; 32];
    *chunk_mut(word, 0) = *value;
}

/// Copies as many bytes as both have. (`copy_from_slice` would carry a panic and its place in the source along.)
#[inline(never)]
#[allow(unsafe_code)]
pub fn copy(to: &mut [u8], from: &[u8]) {
    // SAFETY: both are valid for that many bytes, and a mutable slice overlaps no other.
    unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), to.as_mut_ptr(), to.len().min(from.len())) }
}

/// Whether a word is zero.
#[inline(never)]
pub fn is_zero_word(word: &Word) -> bool {
    raw(word, 0) | raw(word, 8) | raw(word, 16) | raw(word, 24) == 0
}

/// Writes the word of four little-endian parts: a constant written so lies in the code instead of the data segment, where
/// every byte would be paid again at every call.
#[inline(never)]
pub fn constant_into(cell: &mut Cell, a: u64, b: u64, c: u64, d: u64) {
    let word = filled(cell);
    *chunk_mut(word, 0) = a.to_le_bytes();
    *chunk_mut(word, 8) = b.to_le_bytes();
    *chunk_mut(word, 16) = c.to_le_bytes();
    *chunk_mut(word, 24) = d.to_le_bytes();
}

/// The word of four little-endian parts, as [`constant_into`] writes it.
#[inline(always)]
pub fn constant(a: u64, b: u64, c: u64, d: u64) -> Word {
    written(|cell| constant_into(cell, a, b, c, d))
}

/// A number of 128 bits as 256.
#[inline(always)]
pub fn widen(value: u128) -> U256 {
    U256::from_limbs([value as u64, (value >> 64) as u64, 0, 0])
}

/// The low 128 bits, if there are no others.
#[inline(always)]
pub fn narrow(value: &U256) -> Option<u128> {
    let [a, b, c, d] = *value.as_limbs();
    (c | d == 0).then_some(u128::from(a) | u128::from(b) << 64)
}

#[cfg(test)]
mod tests;
