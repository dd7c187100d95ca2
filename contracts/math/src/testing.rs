//! What the tests share: a seeded generator that likes edges, and the way to big integers and back.

use alloy_primitives::U256;
use num_bigint::BigUint;
use proptest::prelude::*;

/// SplitMix64: small, seeded, the same on every machine.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Every bit length alike, with every eighth value at a power of two or next to it.
    pub(crate) fn u256(&mut self) -> U256 {
        let kind = self.next();
        let shift = (kind >> 8) as usize % 257;
        match kind % 16 {
            0 => U256::MAX >> shift,
            1 => U256::ONE.checked_shl(shift).unwrap_or(U256::MAX),
            _ => U256::from_limbs([self.next(), self.next(), self.next(), self.next()]) >> shift,
        }
    }

    pub(crate) fn u128(&mut self) -> u128 {
        let shift = self.next() % 128;
        ((u128::from(self.next()) << 64) | u128::from(self.next())) >> shift
    }
}

/// How many of `full` random cases a test runs: a hundredth while mutants are tried (`MINTAGE_FEW_CASES` is set), where each
/// of thousands of builds runs every test.
pub(crate) fn cases(full: u32) -> u32 {
    if std::env::var_os("MINTAGE_FEW_CASES").is_some() {
        full / 100
    } else {
        full
    }
}

pub(crate) fn big(value: U256) -> BigUint {
    BigUint::from_bytes_le(&value.to_le_bytes::<32>())
}

/// Panics above 2^256-1.
pub(crate) fn from_big(value: &BigUint) -> U256 {
    U256::from_le_slice(&value.to_bytes_le())
}

/// `None` above 2^256-1, as the functions under test say with an error.
pub(crate) fn fits(value: &BigUint) -> Option<U256> {
    (value.bits() <= 256).then(|| from_big(value))
}

/// Any 256-bit number, every bit length alike.
pub(crate) fn any_u256() -> impl Strategy<Value = U256> {
    (any::<[u64; 4]>(), 0usize..=256).prop_map(|(limbs, shift)| U256::from_limbs(limbs) >> shift)
}
