//! Amounts between base units and the floats of prices and plots. Floats size decisions and fill plots; nothing that is moved or
//! compared exactly goes through them.

use alloy_primitives::U256;
use mintage_math::mul_div_down;

/// An amount in whole tokens: the nearest float to `amount / 10^decimals`, within two roundings.
pub fn whole(amount: U256, decimals: u8) -> f64 {
    to_f64(amount) / powi10(decimals)
}

/// `⌊units⌋` base units from a float; negative and NaN give 0, too large gives the maximum.
pub fn from_f64_down(units: f64) -> U256 {
    if units.is_nan() || units < 1.0 {
        return U256::ZERO;
    }
    if units >= 1.157_920_892_373_162e77 {
        return U256::MAX;
    }
    // IEEE 754: mantissa and exponent, exactly.
    let bits = units.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1_075;
    let mantissa = U256::from((bits & ((1 << 52) - 1)) | (1 << 52));
    if exponent >= 0 {
        mantissa << exponent as usize
    } else {
        mantissa >> (-exponent) as usize
    }
}

/// Base units as a float, from the 64 leading bits (cut, then rounded once).
pub fn to_f64(amount: U256) -> f64 {
    let excess = amount.bit_len().saturating_sub(64);
    let leading: u64 = (amount >> excess).to();
    leading as f64 * exp2(excess)
}

/// Value in quote base units, rounded down, of an amount of tokens at a price in quote per whole token.
pub fn value_down(amount: U256, price: f64, token_decimals: u8, quote_decimals: u8) -> U256 {
    // The price to 18 decimals, so that the product is exact integer arithmetic.
    let price_wad = from_f64_down(price * 1e18);
    let factor = price_wad.checked_mul(U256::from(10).pow(U256::from(quote_decimals)));
    let scale = U256::from(10).pow(U256::from(18 + u32::from(token_decimals)));
    factor
        .and_then(|f| mul_div_down(amount, f, scale).ok())
        .unwrap_or(U256::MAX)
}

/// `10^n` as a float, exact for n up to 22.
pub fn powi10(n: u8) -> f64 {
    (0..n).fold(1.0, |x, _| x * 10.0)
}

fn exp2(n: usize) -> f64 {
    f64::from_bits((1_023 + n as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn test_powers_are_exact() {
        assert_eq!(powi10(18), 1e18);
        assert_eq!(powi10(22), 1e22);
        assert_eq!(whole(U256::from(1_500_000_000_000_000_000u64), 18), 1.5);
        assert_eq!(to_f64(U256::MAX), 1.157_920_892_373_162e77);
    }

    #[test]
    fn test_value_down_units() {
        // 3 MINT (18 decimals) at 2.5 USD (6 decimals)
        let amount = U256::from(3_000_000_000_000_000_000u64);
        assert_eq!(value_down(amount, 2.5, 18, 6), U256::from(7_500_000));
        assert_eq!(value_down(U256::from(1), 2.5, 18, 6), U256::ZERO);
        assert_eq!(value_down(U256::MAX, 1e12, 0, 18), U256::MAX);
    }

    #[test]
    fn test_from_f64_down_refuses_nonsense() {
        for x in [-1.0, 0.0, 0.999, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(from_f64_down(x), U256::ZERO);
        }
        assert_eq!(from_f64_down(f64::INFINITY), U256::MAX);
        assert_eq!(from_f64_down(1.999), U256::from(1));
    }

    proptest! {
        #[test]
        fn prop_float_round_trip_is_exact_for_53_bits(mantissa in 1u64..(1 << 53), shift in 0usize..200) {
            let amount = U256::from(mantissa) << shift;
            prop_assert_eq!(from_f64_down(to_f64(amount)), amount);
        }

        #[test]
        fn prop_to_f64_within_one_ulp(limbs in any::<[u64; 4]>()) {
            let amount = U256::from_limbs(limbs);
            let error = to_f64(amount) / f64::from(amount) - 1.0;
            prop_assert!(amount.is_zero() || error.abs() <= 2.3e-16, "{}", error);
        }
    }
}
