//! The standard normal distribution: density, distribution and its inverse, in wad.
//!
//! * **Equation.** `φ(x) = e^(-x²/2)/√(2π)`; for `|x| ≤ 4.5` `N(x) = 1/2 + φ(x)·(x + x³/3 + x⁵/15 + …)`; beyond, the tail
//!   `φ(x)/(x + 1/(x + 2/(x + 3/(x + …))))`.
//! * **Symbols.** `x` wad, signed; probabilities wad, 0 to 10^18.
//! * **Domain.** Every `x`. From `|x| = 9` on the tail is under an eighth of a unit of 10^-18: `N` is 0 or 10^18.
//!
//! # Error
//! [`normal_cdf_wad`] and [`normal_pdf_wad`] are the exact value rounded to the nearest, but for ties closer than 2^-20 units: at most
//! `0.5 + 2^-20` units of 10^-18. Derivation: `e^(-x²/2)` is relatively right to 2^-84; below 4.5 its exponent of two costs at most 15 of 127 bits; each
//! term of the series truncates below 2^-118 and errors grow by at most `e^(x²/2) < 2^15`, over 96 terms: below 2^-96; the last
//! term is below 2^-120. The continued fraction is cut after 40 levels, where it has converged to `e^(-2x√80) < 2^-110` at 4.5. (Unit: 2^-59.8.)
//! `N(-x) = 1 - N(x)` holds exactly.
//!
//! * **In the wild.** Polynomials of 7.5·10^-8 or 1.2·10^-7 priced options on chain; far in the tail their error is larger than the value.

use crate::exp::mantissa_and_power;
use crate::{MathError, WAD, mul_div_down, wide};
use alloy_primitives::U256;

/// `⌊2^128/√(2π)⌋`.
const INV_SQRT_TAU: u128 = 135_753_023_439_836_232_162_591_007_175_785_461_951;
/// From here on the tail is below half a unit.
const FAR: u128 = 9_000_000_000_000_000_000;
/// Up to here the series, beyond it the continued fraction.
const NEAR: u128 = 4_500_000_000_000_000_000;
/// The series ends here.
const TERMS: u32 = 96;
/// The fraction starts here.
const LEVELS: u64 = 40;

/// `φ(x)` of a magnitude below [`FAR`]: a mantissa of 2^-127 and a power of two.
#[inline(never)]
fn density(x: u128) -> Result<(u128, u32), MathError> {
    // x²/2 in units of 10^-18·2^-60; x is below 2^64
    let half = mul_div_down(U256::from(x), U256::from(x << 59), WAD)?;
    let (mantissa, k) = mantissa_and_power((to_u128(half) as i128).wrapping_neg());
    Ok((wide::mul_high(mantissa, INV_SQRT_TAU), k.unsigned_abs()))
}

fn to_u128(value: U256) -> u128 {
    let [low, high, ..] = *value.as_limbs();
    (u128::from(high) << 64) | u128::from(low)
}

/// A fraction of 2^127 to the nearest wad.
#[inline(never)]
fn to_wad(fraction: U256) -> U256 {
    let half = U256::from(1u128 << 126);
    wide::shr(wide::mul_low(fraction, WAD).wrapping_add(half), 127)
}

/// `φ(x)` to the nearest wad.
///
/// ```
/// use mintage_math::{normal_pdf_wad, U256};
/// assert_eq!(normal_pdf_wad(0), U256::from(398_942_280_401_432_678_u64));
/// ```
pub fn normal_pdf_wad(x_wad: i128) -> U256 {
    let x = x_wad.unsigned_abs();
    if x >= FAR.wrapping_add(FAR >> 3) {
        return U256::ZERO;
    }
    match density(x) {
        Ok((mantissa, shift)) => to_wad(U256::from(mantissa >> shift.min(127))),
        Err(_) => U256::ZERO,
    }
}

/// `N(x)`, the chance that a standard normal variable is at most `x`, to the nearest wad.
///
/// ```
/// use mintage_math::{normal_cdf_wad, U256, WAD};
/// let one = 1_000_000_000_000_000_000_i128;
/// assert_eq!(normal_cdf_wad(0), WAD / U256::from(2));
/// assert_eq!(normal_cdf_wad(one), U256::from(841_344_746_068_542_949_u64));
/// assert_eq!(normal_cdf_wad(one) + normal_cdf_wad(-one), WAD);
/// ```
#[inline(never)]
pub fn normal_cdf_wad(x_wad: i128) -> U256 {
    let x = x_wad.unsigned_abs();
    let above = if x >= FAR {
        WAD
    } else {
        let upper = if x <= NEAR { near(x) } else { far(x) };
        upper.unwrap_or(WAD)
    };
    // 1 - above for the lower half
    if x_wad < 0 { WAD.wrapping_sub(above) } else { above }
}

/// `N(x)` by the series, `x ≤ 4.5`.
#[inline(never)]
fn near(x: u128) -> Result<U256, MathError> {
    let (mantissa, shift) = density(x)?;
    // x in units of 2^-124, x² in units of 2^-120
    let x_fixed = to_u128(mul_div_down(U256::from(x), U256::ONE.wrapping_shl(124), WAD)?);
    let square = wide::mul_high(x_fixed, x_fixed);
    // each term is a part of N - 1/2, so it fits 127 bits
    let mut term = wide::mul_high(mantissa >> shift.min(127), x_fixed) << 4;
    let mut sum = term;
    for n in 1..=TERMS {
        term = wide::div_small(wide::mul_high(term, square), n.wrapping_mul(2).wrapping_add(1)) << 8;
        if term == 0 {
            break;
        }
        sum = sum.wrapping_add(term);
    }
    Ok(to_wad(U256::from(1u128 << 126).wrapping_add(U256::from(sum))))
}

/// `N(x)` by the tail's continued fraction, `4.5 < x < 9`.
fn far(x: u128) -> Result<U256, MathError> {
    let (mantissa, shift) = density(x)?;
    let unit = U256::ONE.wrapping_shl(120);
    let x = mul_div_down(U256::from(x), unit, WAD)?;
    let mut fraction = x;
    for level in (1..=LEVELS).rev() {
        let over = mul_div_down(wide::shl(U256::from(level), 120), unit, fraction)?;
        fraction = x.wrapping_add(over);
    }
    // above 4.5 the fraction is above 4, so the quotient keeps its place below 2^127
    let tail = wide::shr(
        mul_div_down(U256::from(mantissa), unit, fraction)?,
        shift as usize,
    );
    Ok(WAD.wrapping_sub(to_wad(tail)))
}

/// The `x` at which `N(x)` is `p`: `|N(x) - p| ≤ 2` units of 10^-18. Where the density is small many `x` are that good; one of them is returned.
///
/// Error: `p = 0` or `p ≥ 1` ([`MathError::ProbabilityOutOfRange`]).
///
/// ```
/// use mintage_math::{normal_inverse_wad, U256, WAD};
/// let x = normal_inverse_wad(U256::from(990_000_000_000_000_000_u64)).unwrap();
/// assert!((x - 2_326_347_874_040_841_100).abs() < 100); // 2.3263478740408411
/// assert_eq!(normal_inverse_wad(WAD / U256::from(2)), Ok(0));
/// ```
pub fn normal_inverse_wad(p_wad: U256) -> Result<i128, MathError> {
    if p_wad.is_zero() || p_wad >= WAD {
        return Err(MathError::ProbabilityOutOfRange);
    }
    // Newton's steps kept within a bracket that halves at worst
    let (mut low, mut high) = ((FAR as i128).wrapping_neg(), FAR as i128);
    let mut x = 0i128;
    for _ in 0..128 {
        let chance = normal_cdf_wad(x);
        if chance == p_wad || high.wrapping_sub(low) <= 1 {
            break;
        }
        let (gap, too_high) = if chance > p_wad {
            (chance.wrapping_sub(p_wad), true)
        } else {
            (p_wad.wrapping_sub(chance), false)
        };
        if too_high {
            high = x
        } else {
            low = x
        }
        let step = mul_div_down(gap, WAD, normal_pdf_wad(x))
            .map_or(i128::MAX, |s| i128::try_from(s).unwrap_or(i128::MAX));
        let next = if too_high {
            x.saturating_sub(step)
        } else {
            x.saturating_add(step)
        };
        x = if next > low && next < high {
            next
        } else {
            low.wrapping_add(high) >> 1
        };
    }
    Ok(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: i128 = 1_000_000_000_000_000_000;

    /// Printed to 18 significant digits: within half a unit of 10^-18 (and the print's own rounding).
    fn near_printed(x: i128, printed: &str) {
        let (_, digits) = printed.split_once('.').unwrap();
        let padded = format!("{digits:0<18}");
        let value = U256::from_str_radix(&padded[..18], 10).unwrap();
        let got = normal_cdf_wad(x);
        assert!(got.max(value) - got.min(value) <= U256::ONE, "{got} {value}");
    }

    #[test]
    fn s3_6_normal_distribution() {
        near_printed(ONE / 2, ".6914624612740131036");
        near_printed(ONE, ".8413447460685429486");
        near_printed(3 * ONE / 2, ".9331927987311419340");
        near_printed(2 * ONE, ".9772498680518207928");
        near_printed(3 * ONE, ".9986501019683699055");
        near_printed(-3 * ONE, ".0013498980316300945");
        near_printed(-5 * ONE, ".00000028665157187919391");
        near_printed(-6 * ONE, ".00000000098658764503769814");
        assert_eq!(normal_cdf_wad(-37 * ONE), U256::ZERO);
        assert_eq!(normal_cdf_wad(i128::MIN), U256::ZERO);
        assert_eq!(normal_cdf_wad(i128::MAX), WAD);
        assert_eq!(normal_pdf_wad(i128::MIN), U256::ZERO);
    }

    /// mpmath, 50 digits, to the nearest.
    #[test]
    fn known_values_to_the_last_digit() {
        for (thousandths, cdf, pdf) in [
            (0, 500_000_000_000_000_000_u64, 398_942_280_401_432_678_u64),
            (500, 691_462_461_274_013_104, 352_065_326_764_299_478),
            (1_000, 841_344_746_068_542_949, 241_970_724_519_143_350),
            (2_000, 977_249_868_051_820_793, 53_990_966_513_188_052),
            (3_000, 998_650_101_968_369_905, 4_431_848_411_938_007),
            (-1_500, 66_807_201_268_858_066, 129_517_595_665_891_728),
            (4_500, 999_996_602_326_875_270, 15_983_741_106_905),
            (-4_600, 2_112_454_702_503, 10_140_852_065_487),
            (6_000, 999_999_999_013_412_355, 6_075_882_850),
            (-8_500, 9, 82),
            (-9_100, 0, 0),
            (11_000, 1_000_000_000_000_000_000, 0),
            (-50_000, 0, 0),
        ] {
            let x = ONE / 1_000 * thousandths;
            assert_eq!(normal_cdf_wad(x), U256::from(cdf), "N({x})");
            assert_eq!(normal_pdf_wad(x), U256::from(pdf), "density at {x}");
        }
        assert_eq!(normal_inverse_wad(U256::from(500_000_000_000_000_000_u64)), Ok(0));
    }

    /// The ends of the inverse, where a step is much larger than what is left of the bracket.
    #[test]
    fn the_inverse_of_single_units() {
        for units in 1..200u64 {
            for p in [U256::from(units), WAD - U256::from(units)] {
                let x = normal_inverse_wad(p).unwrap();
                assert!((8 * ONE..9 * ONE).contains(&x.abs()) && (x < 0) == (p < U256::from(1_000)));
                let back = normal_cdf_wad(x);
                assert!(back.max(p) - back.min(p) <= U256::from(2), "{p}");
            }
        }
    }

    #[test]
    fn s3_6_inverse_as_solstat() {
        for (p, x) in [
            (990_000_000_000_000_000_u64, 2_326_347_874_040_841_100_i128),
            (999_999_000_000_000_000, 4_753_424_308_822_899_000),
            (322_222_200_000_000_000, -461_493_756_180_050_379),
        ] {
            let got = normal_inverse_wad(U256::from(p)).unwrap();
            // the reference's tests: 10^-6
            assert!((got - x).abs() <= 1_000_000_000_000, "{got}");
        }
        assert_eq!(
            normal_inverse_wad(U256::ZERO),
            Err(MathError::ProbabilityOutOfRange)
        );
        assert_eq!(normal_inverse_wad(WAD), Err(MathError::ProbabilityOutOfRange));
    }

    /// Where the series hands over to the fraction.
    #[test]
    fn monotone_at_the_seam() {
        let seam = NEAR as i128;
        for x in (seam - 2_000..seam + 2_000).step_by(7) {
            assert!(normal_cdf_wad(x) <= normal_cdf_wad(x + 7), "{x}");
        }
    }

    proptest! {
        #[test]
        fn prop_cdf_is_monotone_and_symmetric(x in -10 * ONE..10 * ONE, gap in 0i128..1_000_000) {
            prop_assert!(normal_cdf_wad(x) <= normal_cdf_wad(x + gap));
            prop_assert_eq!(normal_cdf_wad(x) + normal_cdf_wad(-x), WAD);
            prop_assert_eq!(normal_pdf_wad(x), normal_pdf_wad(-x));
        }

        #[test]
        fn prop_inverse_undoes(p in 1u64..1_000_000_000_000_000_000) {
            let p = U256::from(p);
            let back = normal_cdf_wad(normal_inverse_wad(p).unwrap());
            prop_assert!(back.max(p) - back.min(p) <= U256::from(2));
        }
    }
}
