//! Powers of ten, for tokens of different decimals.
//!
//! * **Equation.** `10^n`.
//! * **Symbols.** `n` the decimals of a token or a feed.
//! * **Source.** ERC-20's `decimals`, and the feeds beside it (systems.md 2.44).
//! * **Domain.** `n ≤ 77`; the mechanisms accept tokens of at most 36.
//! * **Rounding.** None.
//! * **In the wild.** Ribbon/Aevo lost about $2.7 M in December 2025 when a feed moved to 18 decimals under assets at 8. Normalise at the door, once, with the
//!   decimals that are stored beside the feed.
//!
//! What does not belong here: prices.

use mintage_math::U256;

/// `10^exponent`, or `None` above 77, where it does not fit.
///
/// ```
/// use mintage_mechanism::decimals::power_of_ten;
/// use mintage_math::{U256, WAD};
/// assert_eq!(power_of_ten(18), Some(WAD));
/// assert_eq!(power_of_ten(78), None);
/// ```
pub fn power_of_ten(exponent: u8) -> Option<U256> {
    if exponent > 77 {
        return None;
    }
    let mut power = U256::ONE;
    for _ in 0..exponent {
        power = power.wrapping_mul(U256::from(10));
    }
    Some(power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::int;

    #[test]
    fn s2_44_the_largest_power_that_fits_is_10_to_the_77() {
        assert_eq!(power_of_ten(0), Some(U256::ONE));
        assert_eq!(power_of_ten(1), Some(int("10")));
        assert_eq!(power_of_ten(77), Some(int(&format!("1{}", "0".repeat(77)))));
        assert_eq!(power_of_ten(78), None);
        assert_eq!(power_of_ten(u8::MAX), None);
    }
}
