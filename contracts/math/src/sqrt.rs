//! Integer square roots.
//!
//! * **Equation.** `r = ⌊√x⌋`, that is `r² ≤ x < (r+1)²`; digit by digit in base 2 (Woo's abacus), exact for all 256 bits and
//!   without a division: the root's bits are tried from the top, keeping `x - r²` as it goes.

use alloy_primitives::U256;

/// `⌊√x⌋`.
///
/// ```
/// use mintage_math::{sqrt_down, sqrt_up, U256};
/// assert_eq!(sqrt_down(U256::from(17)), U256::from(4));
/// assert_eq!(sqrt_up(U256::from(17)), U256::from(5));
/// ```
pub fn sqrt_down(x: U256) -> U256 {
    root_and_rest(x).0
}

/// `⌈√x⌉`.
pub fn sqrt_up(x: U256) -> U256 {
    let (root, rest) = root_and_rest(x);
    // √(2^256-1) rounds up to 2^128: no overflow
    if rest.is_zero() {
        root
    } else {
        root.wrapping_add(U256::ONE)
    }
}

/// `⌊√x⌋` and `x - ⌊√x⌋²`.
#[inline(never)]
fn root_and_rest(x: U256) -> (U256, U256) {
    let (mut root, mut rest) = (U256::ZERO, x);
    // the highest power of four that is not above x
    let mut bit = match x.bit_len().checked_sub(1) {
        None => return (U256::ZERO, U256::ZERO),
        Some(top) => U256::ONE.wrapping_shl(top & !1),
    };
    while !bit.is_zero() {
        let trial = root.wrapping_add(bit);
        root = root.wrapping_shr(1);
        if rest >= trial {
            rest = rest.wrapping_sub(trial);
            root = root.wrapping_add(bit);
        }
        bit = bit.wrapping_shr(2);
    }
    (root, rest)
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
