//! Powers of ten, for tokens of different decimals.
//!
//! What does not belong here: prices. Normalise at the door, once, with the decimals that are stored beside the feed: the
//! loss of Ribbon/Aevo in December 2025 (about $2.7 M) was a feed that had moved to 18 decimals under assets at 8.

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
