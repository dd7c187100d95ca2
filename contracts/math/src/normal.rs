//! The standard normal distribution: density, distribution and its inverse, in wad.
//!
//! * **Equation.** `φ(x) = e^(-x²/2)/√(2π)`; for `|x| ≤ 4.5` `N(x) = 1/2 + φ(x)·(x + x³/3 + x⁵/15 + …)`; beyond, the tail
//!   `φ(x)/(x + 1/(x + 2/(x + 3/(x + …))))`.
//! * **Symbols.** `x` wad, signed; probabilities wad, 0 to 10^18.
//! * **Domain.** Every `x`. From `|x| = 9` on the tail is under an eighth of a unit of 10^-18: `N` is 0 or 10^18.
//!
//! # Error
//! [`normal_cdf_wad`] and [`normal_pdf_wad`] are the exact value rounded to the nearest, but for ties closer than 2^-18 units: at most
//! `0.5 + 2^-18` units of 10^-18. (Unit: 2^-59.8.) Derivation:
//! * `x` is low by less than 8 units of 2^-123 and its square by less than 2^-114; `e^(-x²/2)` is relatively right to 2^-84, since its series is that
//!   of `exp`;
//! * below 4.5 the series has `15 + 10·x` terms, `10·x` rounded down, after which less than `2^-89` of `N` is left (at 4.5, elsewhere less); each
//!   step is low by less than 2^10 units of 2^-112, which grow as the sum grows: together below a part `2^-102` of the sum; the products around it
//!   lose less than `2^-105`. So `N` is right to `2^-84`, far below 2^-18 units;
//! * the tail's fraction is cut after 36 levels: relatively `2^-63` at 4.5, less beyond. In units of 2^-60 each level is off by one of `x`, by one of
//!   its division, and by `level/fraction²` times what the level below is off: 2.1 at the first level, where the fraction is above 4.7. So the
//!   tail is relatively right to `2^-60.8`. It is below 3.4·10^12 units, of which that is `2^-19.2`; its own division is cut at `2^-21`.
//!
//! Monotone: from one wad to the next `N` rises by `φ(x)·10^-18`. Below 4.5 that is at least `2^-76`, far above the errors; beyond, it is a part
//! `x·10^-18 > 2^-57.7` of the tail, of which rounding takes less than `2^-60.8` either way; between the two, at 4.5, it is `2^-15.9` units.
//! `N(-x) = 1 - N(x)` holds exactly.
//!
//! * **In the wild.** Polynomials of 7.5·10^-8 or 1.2·10^-7 priced options on chain; far in the tail their error is larger than the value.

use crate::exp::{power_of_two, series};
use crate::{MathError, WAD, mul_div_down, wide};
use alloy_primitives::U256;

/// `⌊2^128/√(2π)⌋`.
const INV_SQRT_TAU: u128 = 135_753_023_439_836_232_162_591_007_175_785_461_951;
/// `⌊2^187/10^18⌋`: times a wad in the upper word, shifted down by 128, is the wad in units of 2^-123.
const WAD_FIXED: u128 = 196_159_429_230_833_773_869_868_419_475_239_575_503;
/// `⌊2^125/ln2⌋`: times a number in units of 2^-121, shifted down by 128, is half of it in powers of two, in units of 2^-119.
const HALF_PER_LN2: u128 = 61_365_460_407_349_570_718_296_168_285_761_654_690;
/// One, in wad.
const ONE: u64 = 1_000_000_000_000_000_000;
/// From here on the tail is below half a unit.
const FAR: u64 = 9_000_000_000_000_000_000;
/// From here on the density is below half a unit.
const FAR_DENSITY: u64 = 9_200_000_000_000_000_000;
/// Up to here the series, beyond it the continued fraction.
const NEAR: u64 = 4_500_000_000_000_000_000;
/// The fraction starts here.
const LEVELS: u64 = 36;

/// What both parts of the distribution start from.
struct Density {
    /// `x` in units of 2^-123
    x: u128,
    /// `x²` in units of 2^-121
    square: u128,
    /// `φ(x)` is `size·2^-127·2^-shift`.
    size: u128,
    shift: u32,
}

/// Of a magnitude below [`FAR_DENSITY`].
#[inline(never)]
fn density(x_wad: u64) -> Density {
    let x = wide::mul_high(u128::from(x_wad) << 64, WAD_FIXED);
    let square = wide::mul_high(x, x) << 3;
    let exponent = wide::mul_high(square, HALF_PER_LN2) as i128;
    let (mantissa, k) = power_of_two(exponent.wrapping_neg());
    Density {
        x,
        square,
        size: wide::mul_high(mantissa << 15, INV_SQRT_TAU),
        shift: k.unsigned_abs() & 127,
    }
}

/// `φ(x)` to the nearest wad.
///
/// ```
/// use mintage_math::{normal_pdf_wad, U256};
/// assert_eq!(normal_pdf_wad(0), U256::from(398_942_280_401_432_678_u64));
/// ```
pub fn normal_pdf_wad(x_wad: i128) -> U256 {
    let x = x_wad.unsigned_abs();
    if x >= u128::from(FAR_DENSITY) {
        return U256::ZERO;
    }
    let Density { size, shift, .. } = density(x as u64);
    let value = wide::mul_word(size, ONE) >> shift;
    U256::from(round(value, 63))
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
    let above = if x >= u128::from(FAR) {
        ONE
    } else if x <= u128::from(NEAR) {
        near(x as u64)
    } else {
        ONE.wrapping_sub(far(x as u64))
    };
    // 1 - above for the lower half
    U256::from(if x_wad < 0 { ONE.wrapping_sub(above) } else { above })
}

/// `N(x)` by the series, `x ≤ 4.5`.
fn near(x_wad: u64) -> u64 {
    let density = density(x_wad);
    let terms = (x_wad / (ONE / 10)).wrapping_add(15);
    let sum = series(density.square, terms << 1, 1);
    // φ(x)·x in units of 2^-122
    let first = wide::mul_high(density.size >> density.shift, density.x);
    // N - 1/2 in units of 2^-113
    let part = wide::mul_high(first << 7, sum);
    round(wide::mul_word(part, ONE), 49).wrapping_add(ONE / 2)
}

/// `1 - N(x)` by the tail's continued fraction, `4.5 < x < 9`.
fn far(x_wad: u64) -> u64 {
    let density = density(x_wad);
    // in units of 2^-60: `fraction` stays between 4.5 and 13, so it has 63 or 64 bits
    let x = (density.x >> 63) as u64;
    let mut fraction = x;
    let mut level = LEVELS;
    while level != 0 {
        let spare = fraction.leading_zeros() & 1;
        let over = wide::div_words(level << 56 << spare, 0, fraction << spare);
        fraction = x.wrapping_add(over);
        level = level.wrapping_sub(1);
    }
    // 10^18·φ(x) in units of 2^-81: below 2^125, since above 4.5 the shift is at least 15
    let size = wide::mul_word(density.size, ONE) << 3 >> (density.shift.wrapping_sub(15) & 127);
    let spare = fraction.leading_zeros() & 1;
    let size = size << spare;
    let tail = wide::div_words((size >> 64) as u64, size as u64, fraction << spare);
    round(u128::from(tail), 21)
}

/// `⌊value/2^bits + 1/2⌋`.
fn round(value: u128, bits: u32) -> u64 {
    ((value >> bits.wrapping_sub(1)).wrapping_add(1) >> 1) as u64
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
    let (mut low, mut high) = (i128::from(FAR).wrapping_neg(), i128::from(FAR));
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

    const ONE: i128 = super::ONE as i128;

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
        let seam = i128::from(NEAR);
        for x in (seam - 2_000..seam + 2_000).step_by(7) {
            assert!(normal_cdf_wad(x) <= normal_cdf_wad(x + 7), "{x}");
        }
    }

    /// Where the number of terms changes, and where neighbours differ least.
    #[test]
    fn monotone_where_terms_are_added_and_in_the_tail() {
        for tenth in 0..=90i128 {
            for x in tenth * ONE / 10 - 300..tenth * ONE / 10 + 300 {
                assert!(normal_cdf_wad(x) <= normal_cdf_wad(x + 1), "{x}");
            }
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
