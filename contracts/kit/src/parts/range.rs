//! Parameters that have a range, and the one error for those outside it.

use crate::prelude::*;

mintage_kit_macros::solidity! {
    /// A parameter is outside its range.
    error ParameterOutOfRange(bytes32 parameter, uint256 value, uint256 min, uint256 max);
}

/// Lets only a value of `min..=max` pass. `parameter` is its name, at most 32 bytes.
///
/// # Errors
/// [`ParameterOutOfRange`].
pub fn ensure_within(parameter: &str, value: u64, min: u64, max: u64) -> Result<()> {
    ensure_within_wide(parameter, U256::from(value), U256::from(min), U256::from(max))
}

/// The same for values of 256 bits.
///
/// # Errors
/// [`ParameterOutOfRange`].
#[inline(never)]
pub fn ensure_within_wide(parameter: &str, value: U256, min: U256, max: U256) -> Result<()> {
    ensure!(
        value >= min && value <= max,
        ParameterOutOfRange {
            parameter: name_word(parameter),
            value,
            min,
            max
        }
    );
    Ok(())
}

/// A short name as `bytes32`, as Solidity converts a literal.
pub fn name_word(name: &str) -> B256 {
    let mut word = B256::ZERO;
    for (to, from) in word.0.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_range_is_inclusive() {
        crate::testing::reset();
        assert!(ensure_within("x", 3, 3, 5).is_ok());
        assert!(ensure_within("x", 5, 3, 5).is_ok());
        assert!(ensure_within("x", 2, 3, 5).is_err());
        assert!(ensure_within("x", 6, 3, 5).is_err());
        assert!(ensure_within_wide("x", U256::MAX, U256::ZERO, U256::MAX).is_ok());
        assert!(ensure_within("x", 4, 5, 3).is_err(), "an empty range");
    }

    #[test]
    fn test_name_is_padded_on_the_right() {
        let word = name_word("hopSecs");
        assert_eq!(&word[..8], b"hopSecs\0");
        assert_eq!(word[8..], [0; 24]);
        assert_eq!(name_word("abcdefghijklmnopqrstuvwxyz0123456789")[31], b'5');
    }
}
