//! The 32-byte words of the EVM and the numbers in them: one place for every byte order and every range check.
//!
//! The functions are deliberately not inlined: a program calls each of them from many places, and code is paid for
//! at every call of the program. None of them allocates or loops.

use alloy_primitives::{Address, I256, U256};

/// A big-endian word: a storage slot, a topic, a static ABI value.
pub type Word = [u8; 32];

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

#[inline(always)]
fn limb(word: &Word, at: usize) -> u64 {
    u64::from_be_bytes(*chunk(word, at))
}

/// The number in a word.
#[inline(never)]
pub fn to_u256(word: &Word) -> U256 {
    U256::from_limbs([limb(word, 24), limb(word, 16), limb(word, 8), limb(word, 0)])
}

/// Writes a number into a word.
#[inline(never)]
pub fn put_u256(word: &mut Word, value: &U256) {
    let [a, b, c, d] = *value.as_limbs();
    *chunk_mut(word, 0) = d.to_be_bytes();
    *chunk_mut(word, 8) = c.to_be_bytes();
    *chunk_mut(word, 16) = b.to_be_bytes();
    *chunk_mut(word, 24) = a.to_be_bytes();
}

/// The number in a word of a type of `bits` bits, at most 64; [`abort`]s when the word holds more.
#[inline(never)]
pub fn to_u64(word: &Word, bits: u32) -> u64 {
    let value = limb(word, 24);
    let above = value.checked_shr(bits).unwrap_or(0);
    if limb(word, 0) | limb(word, 8) | limb(word, 16) | above != 0 {
        abort();
    }
    value
}

/// The number in a word of a type of `bits` bits, at most 128; [`abort`]s when the word holds more.
#[inline(never)]
pub fn to_u128(word: &Word, bits: u32) -> u128 {
    let value = u128::from_be_bytes(*chunk(word, 16));
    if limb(word, 0) | limb(word, 8) != 0 || value.checked_shr(bits).unwrap_or(0) != 0 {
        abort();
    }
    value
}

/// Writes a small number into a word.
#[inline(never)]
pub fn put_u64(word: &mut Word, value: u64) {
    *word = [0; 32];
    *chunk_mut(word, 24) = value.to_be_bytes();
}

/// Writes a number of up to 128 bits into a word.
#[inline(never)]
pub fn put_u128(word: &mut Word, value: u128) {
    *chunk_mut(word, 0) = [0; 16];
    *chunk_mut(word, 16) = value.to_be_bytes();
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

/// Writes a signed number of up to 128 bits into a word.
#[inline(never)]
pub fn put_i128(word: &mut Word, value: i128) {
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
    if limb(word, 0) | u64::from(u32::from_be_bytes(*chunk(word, 8))) != 0 {
        abort();
    }
    Address::new(*chunk(word, 12))
}

/// Writes an address into a word.
#[inline(never)]
pub fn put_address(word: &mut Word, value: &Address) {
    *chunk_mut(word, 0) = [0; 12];
    *chunk_mut(word, 12) = value.into_array();
}

/// An address as a word.
#[inline(always)]
pub fn address_word(value: &Address) -> Word {
    let mut word = [0; 32];
    put_address(&mut word, value);
    word
}

/// A small number as a word.
#[inline(always)]
pub fn u64_word(value: u64) -> Word {
    let mut word = [0; 32];
    put_u64(&mut word, value);
    word
}

/// The word of four little-endian parts: a constant written so lies in the code instead of the data segment, where every
/// byte would be paid again at every call.
#[inline(never)]
pub fn constant(a: u64, b: u64, c: u64, d: u64) -> Word {
    let mut word = [0; 32];
    *chunk_mut(&mut word, 0) = a.to_le_bytes();
    *chunk_mut(&mut word, 8) = b.to_le_bytes();
    *chunk_mut(&mut word, 16) = c.to_le_bytes();
    *chunk_mut(&mut word, 24) = d.to_le_bytes();
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(hex: u128, low: u128) -> Word {
        let mut w = [0; 32];
        w[..16].copy_from_slice(&hex.to_be_bytes());
        w[16..].copy_from_slice(&low.to_be_bytes());
        w
    }

    fn aborts(f: impl FnOnce() + std::panic::UnwindSafe) -> bool {
        std::panic::catch_unwind(f).is_err()
    }

    #[test]
    fn test_u256_agrees_with_ruint() {
        for value in [U256::ZERO, U256::from(1), U256::MAX, U256::from(0x1234_5678_9abc_def0u64) << 77] {
            let word = value.to_be_bytes::<32>();
            assert_eq!(to_u256(&word), value);
            let mut out = [0xff; 32];
            put_u256(&mut out, &value);
            assert_eq!(out, word);
        }
    }

    #[test]
    fn test_unsigned_edges_are_exact() {
        for bits in [8u32, 16, 24, 32, 40, 48, 56, 64] {
            let max = u128::from(u64::MAX >> (64 - bits));
            assert_eq!(u128::from(to_u64(&word(0, max), bits)), max);
            assert!(aborts(move || drop(to_u64(&word(0, max + 1), bits))), "{bits}");
        }
        for bits in [72u32, 112, 120] {
            let max = u128::MAX >> (128 - bits);
            assert_eq!(to_u128(&word(0, max), bits), max);
            assert!(aborts(move || drop(to_u128(&word(0, max + 1), bits))), "{bits}");
        }
        assert_eq!(to_u128(&word(0, u128::MAX), 128), u128::MAX);
        assert!(aborts(|| drop(to_u128(&word(1, 0), 128))));
        assert!(aborts(|| drop(to_u64(&word(1 << 127, 0), 64))));
    }

    #[test]
    fn test_signed_edges_are_exact() {
        for bits in [8u32, 24, 64, 112, 128] {
            let max = i128::MAX >> (128 - bits);
            let min = i128::MIN >> (128 - bits);
            for value in [0, 1, -1, max, min] {
                let mut w = [0x55; 32];
                put_i128(&mut w, value);
                assert_eq!(to_i128(&w, bits), value);
            }
            if bits < 128 {
                for value in [max + 1, min - 1] {
                    let mut w = [0; 32];
                    put_i128(&mut w, value);
                    assert!(aborts(move || drop(to_i128(&w, bits))), "{bits} {value}");
                }
            }
        }
        assert!(aborts(|| drop(to_i128(&word(0, u128::MAX), 128))));
        assert_eq!(to_i256(&word(u128::MAX, u128::MAX), 136), I256::MINUS_ONE);
        assert!(aborts(|| drop(to_i256(&word(1 << 8, 0), 136))));
    }

    #[test]
    fn test_address_refuses_dirty_bits() {
        let clean = word(0x0102_0304, u128::MAX);
        assert_eq!(address_word(&to_address(&clean)), clean);
        for bit in 0..12 {
            let mut dirty = clean;
            dirty[bit] = 1;
            assert!(aborts(move || drop(to_address(&dirty))));
        }
    }

    #[test]
    fn test_constant_keeps_byte_order() {
        let bytes: Word = core::array::from_fn(|i| i as u8);
        let part = |i: usize| u64::from_le_bytes(bytes[i..i + 8].try_into().expect("eight bytes"));
        assert_eq!(constant(part(0), part(8), part(16), part(24)), bytes);
    }
}
