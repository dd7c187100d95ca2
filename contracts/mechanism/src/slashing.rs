//! Slashing: fixed amounts for downtime and double signing, shares of a stake, correlation, and magnitudes.
//!
//! * **Equation.** Ethereum: at once `⌊eff/4096⌋`, later `⌊eff·min(3·slashed, total)/total⌋` in whole increments; magnitudes `m' = m - ⌈m·w/10^18⌉`, shares
//!   that go `s - ⌈s·m'/m⌉`; deposit factors: withdrawable `⌊⌊d·f⌋·g⌋`, `f' = ⌊⌊(withdrawable + added)/(d + added)⌋/g⌋`.
//! * **Symbols.** Amounts base units; `w`, `m`, `f`, `g` wad; counters of missed blocks.
//! * **Source.** BSC `SlashIndicator`, `StakeHub`; consensus-specs (Electra); EigenLayer `AllocationManager`, `SlashingLib` (rules re-stated, systems.md 2.6,
//!   2.8).
//! * **Domain.** `w ≤ 10^18`; magnitudes only fall.
//! * **Rounding.** The slashed magnitude up and the shares that remain up, so that dust neither escapes nor is taken twice; a correlation penalty down.
//! * **In the wild.** Evidence used twice (key it by its id); exits that raced the slash (a queued withdrawal takes the factor at its completion); a stake that
//!   backed several services beyond its size (their magnitudes sum to at most one).

use crate::error::errors;
use mintage_math::{MathError, U256, WAD, add, mul, mul_div_down, mul_div_up, sub, wad_mul_down, wad_mul_up};

/// Missed blocks that cost the reward.
pub const MISDEMEANOUR: u32 = 50;
/// Missed blocks that cost stake and jail.
pub const FELONY: u32 = 150;
/// What downtime costs: ten tokens.
pub const DOWNTIME: U256 = U256::from_limbs([0x8ac7_2304_89e8_0000, 0, 0, 0]);
/// What a double signature costs: two hundred tokens.
pub const DOUBLE_SIGN: U256 = U256::from_limbs([0xd78e_bc5a_c620_0000, 0xa, 0, 0]);
/// Jail after downtime, seconds.
pub const DOWNTIME_JAIL_SECS: u64 = 172_800;
/// Jail after a double signature, seconds.
pub const DOUBLE_SIGN_JAIL_SECS: u64 = 2_592_000;
/// Ethereum's initial penalty and whistleblower's reward since Electra: this part of the effective balance.
pub const INITIAL_QUOTIENT: u64 = 4_096;

errors! {
    /// Why a slash is refused.
    SlashError {
        /// More than all.
        TooMuch => "the slashed part is above one",
        /// Magnitudes may only fall.
        Grows => "the new magnitude is above the old one",
        /// All magnitudes together are above the most.
        OverAllocated => "the magnitudes of all sets are above the most",
        /// A factor of zero: everything was slashed.
        Nothing => "everything was slashed: the factor is zero",
        /// The finder's part is above the penalty.
        Finder => "the finder's part is above 10,000 bps",
    }
}

/// What the count of missed blocks means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Downtime {
    /// Nothing yet.
    Fine,
    /// The reward is forfeited.
    Misdemeanour,
    /// Stake is slashed and the validator jailed; the count starts over.
    Felony,
}

/// The count after one more missed block, and its meaning.
///
/// ```
/// use mintage_mechanism::slashing::{missed, Downtime};
/// assert_eq!(missed(49), (50, Downtime::Misdemeanour));
/// assert_eq!(missed(149), (0, Downtime::Felony));
/// ```
pub fn missed(count: u32) -> (u32, Downtime) {
    let count = count.saturating_add(1);
    match count {
        FELONY.. => (0, Downtime::Felony),
        // every fiftieth block
        _ if count.is_multiple_of(MISDEMEANOUR) => (count, Downtime::Misdemeanour),
        _ => (count, Downtime::Fine),
    }
}

/// The count after a day without misses: a quarter of the felony threshold less.
pub fn decayed(count: u32) -> u32 {
    count.saturating_sub(FELONY >> 2)
}

/// Ethereum's initial penalty of an effective balance, rounded down.
pub fn initial_penalty_down(effective: U256) -> U256 {
    effective.wrapping_shr(INITIAL_QUOTIENT.trailing_zeros() as usize)
}

/// Ethereum's correlation penalty: `⌊inc·min(3·slashed, total)/total⌋` in whole increments of `increment`.
///
/// Errors: no total or increment; amounts that do not fit.
pub fn correlation_penalty_down(
    effective: U256,
    slashed: U256,
    total: U256,
    increment: U256,
) -> Result<U256, SlashError> {
    let adjusted = slashed.saturating_mul(U256::from(3)).min(total);
    let units = mul_div_down(effective, U256::ONE, increment)?;
    let penalty = mul_div_down(units, adjusted, total)?;
    Ok(mul(penalty, increment)?)
}

/// A slash of `wad` of a magnitude: `(what is left, what is gone)`; the loss rounded up.
///
/// Error: [`SlashError::TooMuch`].
///
/// ```
/// use mintage_mechanism::slashing::slash_magnitude;
/// use mintage_math::{U256, WAD};
/// let tenth = WAD / U256::from(10);
/// let (left, _) = slash_magnitude(WAD, tenth).unwrap();
/// assert_eq!(slash_magnitude(left, tenth).unwrap().0, tenth * tenth * U256::from(81) / WAD);
/// ```
pub fn slash_magnitude(magnitude: U256, wad: U256) -> Result<(U256, U256), SlashError> {
    if wad > WAD {
        return Err(SlashError::TooMuch);
    }
    let gone = wad_mul_up(magnitude, wad)?;
    Ok((sub(magnitude, gone)?, gone))
}

/// The shares that go when a magnitude falls from `old` to `new`; what remains is rounded up.
///
/// Errors: [`SlashError::Grows`]; an old magnitude of zero.
pub fn slashed_shares(shares: U256, old: U256, new: U256) -> Result<U256, SlashError> {
    if new > old {
        return Err(SlashError::Grows);
    }
    Ok(sub(shares, mul_div_up(shares, new, old)?)?)
}

/// Whether the magnitudes of all sets fit the most.
///
/// Error: [`SlashError::OverAllocated`]; a sum that does not fit.
pub fn check_allocation(magnitudes: impl IntoIterator<Item = U256>, most: U256) -> Result<U256, SlashError> {
    let mut sum = U256::ZERO;
    for magnitude in magnitudes {
        sum = add(sum, magnitude)?;
    }
    if sum > most || most > WAD {
        Err(SlashError::OverAllocated)
    } else {
        Ok(sum)
    }
}

/// What a depositor may withdraw: `⌊⌊deposit·scaling⌋·factor⌋`.
///
/// Error: an amount that does not fit.
pub fn withdrawable_down(deposit: U256, scaling_wad: U256, factor_wad: U256) -> Result<U256, SlashError> {
    Ok(wad_mul_down(wad_mul_down(deposit, scaling_wad)?, factor_wad)?)
}

/// The scaling after a further deposit, which must not pay for slashes before it. A first deposit is `⌊10^36/factor⌋`.
///
/// Errors: [`SlashError::Nothing`]; amounts that do not fit.
pub fn scaling_after_down(
    deposit: U256,
    scaling_wad: U256,
    added: U256,
    factor_wad: U256,
) -> Result<U256, SlashError> {
    if factor_wad.is_zero() {
        return Err(SlashError::Nothing);
    }
    let own = withdrawable_down(deposit, scaling_wad, factor_wad)?;
    let part = match mul_div_down(add(own, added)?, WAD, add(deposit, added)?) {
        Err(MathError::DivisionByZero) => return Err(SlashError::Nothing),
        other => other?,
    };
    Ok(mul_div_down(part, WAD, factor_wad)?)
}

/// A penalty shared: `(to the finder, burned)`; the finder's part rounded down.
///
/// Error: [`SlashError::Finder`].
pub fn share_penalty_down(penalty: U256, finder_bps: u16) -> Result<(U256, U256), SlashError> {
    if finder_bps > 10_000 {
        return Err(SlashError::Finder);
    }
    let finder = mul_div_down(penalty, U256::from(finder_bps), U256::from(10_000))?;
    Ok((finder, sub(penalty, finder)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    #[test]
    fn s2_6_counters_and_amounts() {
        assert_eq!((DOWNTIME, DOUBLE_SIGN), (wad("10"), wad("200")));
        assert_eq!(missed(0), (1, Downtime::Fine));
        assert_eq!(missed(99), (100, Downtime::Misdemeanour));
        assert_eq!(missed(u32::MAX), (0, Downtime::Felony));
        assert_eq!((decayed(40), decayed(37), decayed(3)), (3, 0, 0));
    }

    #[test]
    fn s2_6_ethereum_penalties() {
        let (ether, gwei) = (U256::from(1_000_000_000), |e: u64| {
            U256::from(e) * U256::from(1_000_000_000)
        });
        assert_eq!(initial_penalty_down(gwei(32)), U256::from(7_812_500));
        // a hundredth of all slashed: three hundredths of 32, whole ether
        let p = |slashed| correlation_penalty_down(gwei(32), gwei(slashed), gwei(30_000_000), ether).unwrap();
        assert_eq!(p(300_000), U256::ZERO);
        assert_eq!(p(1_000_000), gwei(3));
        assert_eq!(p(10_000_000), gwei(32));
        assert_eq!(p(30_000_000), gwei(32));
    }

    #[test]
    fn s2_6_ten_percent_twice_leaves_81() {
        let (one, _) = slash_magnitude(WAD, wad("0.1")).unwrap();
        let (two, gone) = slash_magnitude(one, wad("0.1")).unwrap();
        assert_eq!((two, gone), (wad("0.81"), wad("0.09")));
        assert_eq!(slash_magnitude(WAD, WAD + U256::ONE), Err(SlashError::TooMuch));
        // dust cannot escape
        assert_eq!(slash_magnitude(U256::ONE, U256::ONE), Ok((U256::ZERO, U256::ONE)));
    }

    #[test]
    fn s2_8_deposits_after_a_slash_do_not_pay_for_it() {
        let half = wad("0.5");
        let first = scaling_after_down(U256::ZERO, WAD, wad("100"), WAD).unwrap();
        assert_eq!(withdrawable_down(wad("100"), first, half), Ok(wad("50")));
        let second = scaling_after_down(wad("100"), first, wad("100"), half).unwrap();
        assert_eq!(withdrawable_down(wad("200"), second, half), Ok(wad("150")));
        assert_eq!(
            scaling_after_down(wad("1"), WAD, wad("1"), U256::ZERO),
            Err(SlashError::Nothing)
        );
        assert_eq!(
            scaling_after_down(U256::ZERO, WAD, U256::ZERO, WAD),
            Err(SlashError::Nothing)
        );
        assert_eq!(check_allocation([half, half], WAD), Ok(WAD));
        assert_eq!(
            check_allocation([half, half, U256::ONE], WAD),
            Err(SlashError::OverAllocated)
        );
        assert_eq!(slashed_shares(wad("1"), half, WAD), Err(SlashError::Grows));
        assert_eq!(
            share_penalty_down(U256::from(101), 500),
            Ok((U256::from(5), U256::from(96)))
        );
        assert_eq!(share_penalty_down(U256::ONE, 10_001), Err(SlashError::Finder));
    }

    #[test]
    fn s2_6_every_fiftieth_missed_block_and_the_150th() {
        for (before, after) in [
            (48, (49, Downtime::Fine)),
            (49, (50, Downtime::Misdemeanour)),
            (50, (51, Downtime::Fine)),
            (148, (149, Downtime::Fine)),
            (149, (0, Downtime::Felony)),
            (150, (0, Downtime::Felony)),
        ] {
            assert_eq!(missed(before), after, "after {before}");
        }
    }

    #[test]
    fn s2_6_all_may_be_slashed_and_all_may_be_the_finders() {
        assert_eq!(slash_magnitude(wad("0.3"), WAD), Ok((U256::ZERO, wad("0.3"))));
        assert_eq!(slashed_shares(wad("5"), wad("0.3"), wad("0.3")), Ok(U256::ZERO));
        assert_eq!(slashed_shares(wad("5"), wad("0.3"), U256::ZERO), Ok(wad("5")));
        assert_eq!(share_penalty_down(wad("5"), 10_000), Ok((wad("5"), U256::ZERO)));
    }

    #[test]
    fn s2_8_no_set_of_magnitudes_is_above_one() {
        let one_more = WAD + U256::ONE;
        assert_eq!(check_allocation([wad("0.4")], wad("0.5")), Ok(wad("0.4")));
        assert_eq!(
            check_allocation([wad("0.4")], one_more),
            Err(SlashError::OverAllocated)
        );
    }

    proptest! {
        #[test]
        fn prop_s2_8_slashing_compounds_and_never_over_slashes(shares in any_u256(), parts in prop::collection::vec(0u64..=1_000_000_000_000_000_000, 1..8)) {
            let (mut magnitude, mut left) = (WAD, shares);
            for part in parts {
                if magnitude.is_zero() { break; }
                let (next, _) = slash_magnitude(magnitude, U256::from(part)).unwrap();
                let gone = slashed_shares(left, magnitude, next).unwrap();
                prop_assert!(gone <= left);
                left -= gone;
                magnitude = next;
            }
            // what is left is at least the exact part, up to a unit each
            prop_assert!(left >= wad_mul_down(shares, magnitude).unwrap());
        }

        #[test]
        fn prop_new_money_is_not_slashed_for_the_past(d in 1u128..1 << 90, added in 1u128..1 << 90, f in 1_000_000_000_000_000u64..1_000_000_000_000_000_000) {
            let (d, added, f) = (U256::from(d), U256::from(added), U256::from(f));
            let scaling = scaling_after_down(d, WAD, added, f).unwrap();
            let now = withdrawable_down(d + added, scaling, f).unwrap();
            let exact = withdrawable_down(d, WAD, f).unwrap() + added;
            prop_assert!(now <= exact);
            // the loss is the rounding of two divisions of 10^18
            prop_assert!(exact - now <= (d + added) / U256::from(100_000_000_000_000_000_u64) + U256::from(4));
        }
    }
}
