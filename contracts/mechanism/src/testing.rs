//! What the tests share: numbers of every size, decimal text in wad, a seeded generator.

use mintage_math::U256;
use proptest::prelude::*;

/// Any 256-bit number, every bit length alike.
pub(crate) fn any_u256() -> impl Strategy<Value = U256> {
    (any::<[u64; 4]>(), 0usize..=256).prop_map(|(limbs, shift)| U256::from_limbs(limbs) >> shift)
}

/// Decimal text with up to `decimals` places as an integer of that scale: `scaled("0.05", 18)`.
pub(crate) fn scaled(text: &str, decimals: usize) -> U256 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(
        fraction.len() <= decimals,
        "{text} has more than {decimals} places"
    );
    let digits = format!("{}{fraction:0<decimals$}", whole.replace('_', ""));
    U256::from_str_radix(&digits, 10).unwrap()
}

/// Decimal text in units of 10^-18.
pub(crate) fn wad(text: &str) -> U256 {
    scaled(text, 18)
}

/// A decimal integer.
pub(crate) fn int(text: &str) -> U256 {
    scaled(text, 0)
}
