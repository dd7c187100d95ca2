//! Acting at random: a chance each epoch, a random delay, a random lot, from a random word that somebody else proved.
//!
//! * **Equation.** Act in an epoch iff `u < ⌊p·2^256⌋`; a delay `low + (u mod n)` over `n = high - low + 1` values, where a word in the last incomplete
//!   multiple of `n` is rejected; a lot `⌊lot·(10⁴ - j + (u mod (2j+1)))/10⁴⌋`.
//! * **Symbols.** `u` a uniform word of 256 bits; `p` wad; delays seconds; `j` bps.
//! * **Source.** Consumer rules of verifiable randomness (VRF v2.5) and RANDAO-like commit-reveal (systems.md 2.30).
//! * **Domain.** `p ≤ 1`; `low ≤ high`; `j < 10⁴`.
//! * **Rounding.** The threshold and the lot down.
//! * **In the wild.** Hashing the timestamp, the number or the sender is no randomness; the last revealer has one bit to sell; a modulo
//!   without rejection is biased (a byte modulo 100 gives 0 to 55 three chances in 256 and 56 to 99 two). Freeze the parameters before
//!   the word is known, and separate fulfilling from acting, so that a bad outcome cannot be reverted away.

use crate::error::errors;
use mintage_math::{U256, WAD, add, div_rem, mul_div_down, sub};

errors! {
    /// Why a draw is refused.
    TriggerError {
        /// The chance is above one.
        ChanceTooHigh => "the chance is above one",
        /// The range is empty.
        EmptyRange => "the lower end of the range is above the upper one",
        /// The jitter is 100 % or more.
        JitterTooHigh => "the jitter must be below 10,000 bps",
    }
}

/// Whether the hazard of `chance_wad` strikes for this word.
///
/// Error: [`TriggerError::ChanceTooHigh`].
///
/// ```
/// use mintage_mechanism::random_trigger::strikes;
/// use mintage_math::{U256, WAD};
/// assert_eq!(strikes(U256::MAX, WAD), Ok(true));
/// assert_eq!(strikes(U256::ZERO, U256::ZERO), Ok(false));
/// ```
pub fn strikes(word: U256, chance_wad: U256) -> Result<bool, TriggerError> {
    if chance_wad > WAD {
        return Err(TriggerError::ChanceTooHigh);
    }
    if chance_wad == WAD {
        return Ok(true);
    }
    // u < ⌊p·2^256/10^18⌋ ⟺ u·10^18 + 10^18 ≤ p·2^256, that is: the upper word of (u+1)·10^18 is below p, or it is p with a lower word of 0
    let (high, low) = mintage_math::mul_wide(word, WAD);
    let (low, carry) = low.overflowing_add(WAD);
    let high = high.wrapping_add(U256::from(carry));
    Ok(high < chance_wad || (high == chance_wad && low.is_zero()))
}

/// A uniform number below `n`, or `None` where the word has to be rejected: hash it and try again (half of the words at most).
///
/// Error: [`TriggerError::EmptyRange`] for `n = 0`.
pub fn uniform_below(word: U256, n: U256) -> Result<Option<U256>, TriggerError> {
    if n.is_zero() {
        return Err(TriggerError::EmptyRange);
    }
    let (_, value) = div_rem(word, n)?;
    // The word's multiple of n must be complete: word - value + n ≤ 2^256.
    let start = sub(word, value)?;
    let complete = start <= U256::MAX.wrapping_sub(sub(n, U256::ONE)?);
    Ok(complete.then_some(value))
}

/// A uniform delay within `low..=high` seconds; `None`: rejected, take another word.
///
/// Error: [`TriggerError::EmptyRange`].
pub fn delay_secs(word: U256, low: u64, high: u64) -> Result<Option<u64>, TriggerError> {
    let width = high.checked_sub(low).ok_or(TriggerError::EmptyRange)?;
    let n = add(U256::from(width), U256::ONE)?;
    Ok(uniform_below(word, n)?.map(|value| low.wrapping_add(value.as_limbs().first().copied().unwrap_or(0))))
}

/// A lot moved by up to `jitter_bps` either way, rounded down; `None`: rejected, take another word.
///
/// Errors: [`TriggerError::JitterTooHigh`]; a lot that does not fit.
pub fn jittered_lot_down(word: U256, lot: U256, jitter_bps: u16) -> Result<Option<U256>, TriggerError> {
    const BPS: u16 = 10_000;
    if jitter_bps >= BPS {
        return Err(TriggerError::JitterTooHigh);
    }
    let values = U256::from(u32::from(jitter_bps).wrapping_mul(2).wrapping_add(1));
    let Some(value) = uniform_below(word, values)? else {
        return Ok(None);
    };
    let share = add(U256::from(BPS.wrapping_sub(jitter_bps)), value)?;
    Ok(Some(mul_div_down(lot, share, U256::from(BPS))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_u256;
    use alloy_primitives::keccak256;
    use proptest::prelude::*;

    fn words(count: u64) -> impl Iterator<Item = U256> {
        (0..count).map(|i| U256::from_be_bytes(keccak256(i.to_be_bytes()).0))
    }

    /// p = 1/24: the chance of no trigger in 72 epochs is 0.0466868734, and the long-run frequency is p.
    #[test]
    fn s2_30_hazard_of_one_in_24() {
        let p = WAD / U256::from(24);
        let q = mintage_math::rpow(
            mintage_math::RAY * U256::from(23) / U256::from(24),
            72,
            mintage_math::RAY,
        )
        .unwrap();
        let unit = U256::from(10u64.pow(17));
        assert_eq!((q + unit / U256::from(2)) / unit, U256::from(466_868_734));
        let n = 96_000;
        let hits = words(n).filter(|w| strikes(*w, p).unwrap()).count() as u64;
        // four standard deviations of a binomial: 4·√(96000·23/576) = 247
        assert!(hits.abs_diff(n / 24) < 247, "{hits}");
    }

    #[test]
    fn s2_30_threshold_is_exact() {
        // p = 1/4: words below 2^254 strike
        let p = WAD / U256::from(4);
        let edge = U256::ONE << 254usize;
        assert_eq!(strikes(edge - U256::ONE, p), Ok(true));
        assert_eq!(strikes(edge, p), Ok(false));
        // the least chance: ⌊2^256/10^18⌋ words
        let least = U256::MAX / WAD;
        assert_eq!(strikes(least - U256::ONE, U256::ONE), Ok(true));
        assert_eq!(strikes(least, U256::ONE), Ok(false));
        assert_eq!(
            strikes(U256::ZERO, WAD + U256::ONE),
            Err(TriggerError::ChanceTooHigh)
        );
    }

    /// A byte modulo 100 is biased; with rejection every value has the same number of words.
    #[test]
    fn s2_30_no_modulo_bias() {
        let mut naive = [0u32; 100];
        for byte in 0..256usize {
            naive[byte % 100] += 1;
        }
        assert!(naive[..56].iter().all(|c| *c == 3) && naive[56..].iter().all(|c| *c == 2));
        // the same at the top of 256 bits: the incomplete multiple is exactly what is rejected
        let n = U256::from(100);
        let incomplete = U256::MAX % n + U256::ONE; // 2^256 mod 100
        let first_rejected = U256::MAX - incomplete + U256::ONE;
        assert_eq!(
            uniform_below(first_rejected - U256::ONE, n),
            Ok(Some(U256::from(99)))
        );
        assert_eq!(uniform_below(first_rejected, n), Ok(None));
        assert_eq!(uniform_below(U256::MAX, n), Ok(None));
        // a power of two rejects nothing
        assert_eq!(uniform_below(U256::MAX, U256::from(64)), Ok(Some(U256::from(63))));
        assert_eq!(
            uniform_below(U256::ONE, U256::ZERO),
            Err(TriggerError::EmptyRange)
        );
    }

    /// χ² over ten cells of 50,000 draws: below 21.666, the 1 % limit at nine degrees of freedom.
    #[test]
    fn s2_30_delays_are_uniform() {
        let mut cells = [0i64; 10];
        for word in words(50_000) {
            cells[(delay_secs(word, 600, 609).unwrap().unwrap() - 600) as usize] += 1;
        }
        let sum: i64 = cells.iter().map(|c| (c - 5_000) * (c - 5_000)).sum();
        assert!(sum * 1_000 < 21_666 * 5_000, "{cells:?}");
        assert_eq!(delay_secs(U256::MAX, 0, u64::MAX), Ok(Some(u64::MAX)));
        assert_eq!(delay_secs(U256::ZERO, 2, 1), Err(TriggerError::EmptyRange));
    }

    #[test]
    fn s2_30_a_chance_of_one_strikes_always() {
        assert_eq!(strikes(U256::MAX, WAD), Ok(true));
        assert_eq!(strikes(U256::ZERO, WAD), Ok(true));
    }

    #[test]
    fn s2_30_lots_between_both_ends_of_the_jitter() {
        // ±5 %: 1,001 values from 95 % on
        let lot = |word: u64| jittered_lot_down(U256::from(word), WAD, 500).unwrap();
        assert_eq!(lot(0), Some(WAD / U256::from(100) * U256::from(95)));
        assert_eq!(lot(500), Some(WAD));
        assert_eq!(lot(1_000), Some(WAD / U256::from(100) * U256::from(105)));
        assert_eq!(lot(1_001), lot(0));
        assert_eq!(jittered_lot_down(U256::MAX, WAD, 0), Ok(Some(WAD)));
        assert_eq!(
            jittered_lot_down(U256::ZERO, WAD, 10_000),
            Err(TriggerError::JitterTooHigh)
        );
    }

    proptest! {
        #[test]
        fn prop_draws_stay_in_their_range(word in any_u256(), n in any_u256(), lot in 0u128.., jitter in 0u16..10_000) {
            if !n.is_zero() && let Some(v) = uniform_below(word, n).unwrap() { prop_assert!(v < n); }
            if let Some(moved) = jittered_lot_down(word, U256::from(lot), jitter).unwrap() {
                let lot = U256::from(lot);
                prop_assert!(moved <= lot * U256::from(10_000 + u32::from(jitter)) / U256::from(10_000));
                prop_assert!(moved >= lot * U256::from(10_000 - u32::from(jitter)) / U256::from(10_000));
            }
        }

        #[test]
        fn prop_a_higher_chance_strikes_wherever_a_lower_does(word in any_u256(), a in 0u64..=1_000_000_000_000_000_000, b in 0u64..=1_000_000_000_000_000_000) {
            let at = |p: u64| strikes(word, U256::from(p)).unwrap();
            prop_assert!(!at(a.min(b)) || at(a.max(b)));
        }
    }
}
