//! Integer square roots.
//!
//! * **Equation.** `r = ⌊√x⌋`, that is `r² ≤ x < (r+1)²`, by Newton's `(r + x/r)/2` from above: each step is at least `⌊√x⌋` and below the
//!   one before until that is the root (the arithmetic mean is never below the geometric one). The first guess is the root of the upper 64
//!   bits, by the same steps in machine words; it is right to 31 bits, so two or three divisions of 256 bits follow.

use crate::{div_down, wide};
use alloy_primitives::U256;

/// `⌊√x⌋`.
///
/// ```
/// use mintage_math::{sqrt_down, sqrt_up, U256};
/// assert_eq!(sqrt_down(U256::from(17)), U256::from(4));
/// assert_eq!(sqrt_up(U256::from(17)), U256::from(5));
/// ```
#[inline(never)]
pub fn sqrt_down(x: U256) -> U256 {
    // an even shift that leaves 63 or 64 bits
    let shift = x.bit_len().saturating_sub(63) & !1;
    let upper = wide::shr(x, shift).as_limbs()[0];
    let root = sqrt_word(upper);
    if shift == 0 {
        return U256::from(root);
    }
    // √x < (√upper + 1)·2^(shift/2)
    let mut root = wide::shl(U256::from(root.wrapping_add(1)), shift >> 1);
    while let Ok(other) = div_down(x, root) {
        if other >= root {
            break;
        }
        root = wide::shr(root.wrapping_add(other), 1);
    }
    root
}

/// `⌊√x⌋` of a machine word.
fn sqrt_word(x: u64) -> u64 {
    // 2^⌈bits/2⌉ is above the root
    let bits = 64u32.wrapping_sub(x.leading_zeros());
    let mut root = 1u64 << (bits.wrapping_add(1) >> 1);
    while let Some(other) = x.checked_div(root) {
        if other >= root {
            break;
        }
        root = root.wrapping_add(other) >> 1;
    }
    root
}

/// `⌈√x⌉`.
pub fn sqrt_up(x: U256) -> U256 {
    let root = sqrt_down(x);
    // √(2^256-1) rounds up to 2^128: no overflow
    if wide::mul_low(root, root) == x {
        root
    } else {
        root.wrapping_add(U256::ONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Rng, any_u256, big, cases};
    use proptest::prelude::*;

    #[test]
    fn sqrt_agrees_with_big_integers_on_100_000_cases() {
        let mut rng = Rng::new(0x5eed_0040);
        for _ in 0..cases(50_000) {
            let x = rng.u256();
            assert_eq!(big(sqrt_down(x)), big(x).sqrt(), "{x}");
            // and right at a square, where off-by-one lives
            let r: U256 = x >> 128usize;
            let square = r * r;
            assert_eq!(sqrt_down(square), r);
            assert_eq!(sqrt_up(square), r);
            if r > U256::ONE {
                assert_eq!(sqrt_down(square - U256::ONE), r - U256::ONE);
                assert_eq!(sqrt_up(square - U256::ONE), r);
            }
        }
    }

    #[test]
    fn words_and_their_squares() {
        let mut rng = Rng::new(0x5eed_0041);
        for _ in 0..cases(100_000) {
            let x = rng.next() >> (rng.next() % 64);
            assert_eq!(sqrt_word(x), x.isqrt());
            let r = x >> 32;
            assert_eq!(sqrt_word(r * r), r);
            assert_eq!(sqrt_word((r * r).saturating_sub(1)), r.saturating_sub(1));
        }
        assert_eq!(sqrt_word(u64::MAX), u64::from(u32::MAX));
        for bits in 0..256usize {
            for x in [
                U256::ONE << bits,
                (U256::ONE << bits) - U256::ONE,
                (U256::ONE << bits) + U256::ONE,
            ] {
                assert_eq!(big(sqrt_down(x)), big(x).sqrt(), "{x}");
            }
        }
    }

    #[test]
    fn edges() {
        assert_eq!(sqrt_down(U256::ZERO), U256::ZERO);
        assert_eq!(sqrt_up(U256::ZERO), U256::ZERO);
        assert_eq!(sqrt_down(U256::MAX), (U256::ONE << 128) - U256::ONE);
        assert_eq!(sqrt_up(U256::MAX), U256::ONE << 128);
    }

    proptest! {
        #[test]
        fn prop_root_brackets(x in any_u256()) {
            let r = sqrt_down(x);
            prop_assert!(r * r <= x);
            prop_assert!(big(x) < big(r + U256::ONE).pow(2));
            prop_assert!(sqrt_up(x) - r <= U256::ONE);
        }

        #[test]
        fn prop_monotone(x in any_u256(), y in any_u256()) {
            prop_assert_eq!(sqrt_down(x.min(y)) <= sqrt_down(x.max(y)), true);
        }
    }
}
