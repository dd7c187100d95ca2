//! Issuance that answers to a measured quantity: the premium over backing, the share that is staked, or revenue.
//!
//! * **Equation.** Four rules:
//!   * premium: `π = max(P/B - 1, 0)`; emission `⌊supply·⌊base·(1+π)/(1+π_min)⌋⌋` if `π ≥ π_min`, else 0;
//!   * staked share in steps: inflation `± step` a round towards the target share (up below it, down above, not below zero);
//!   * staked share, continuous: `i' = clamp(i + (1 - b/g)·c·Δt/year, i_min, i_max)`;
//!   * revenue: `E = min(⌊κ·R/P⌋, E_max, budget)`.
//! * **Symbols.** `P`, `B` price and backing of a token, wad; `base` a rate an epoch in 10^-9; `b`, `g` the staked share and its goal, wad;
//!   `i`, `c` a year, wad; `R` the revenue of the epoch *before*, base units of the asset; `κ` wad, below one.
//! * **Source.** Olympus `EmissionManager`, Livepeer `Minter.setInflation`, Cosmos `NextInflationRate` (rules re-stated, systems.md 2.21);
//!   the revenue rule is this project's.
//! * **Domain.** `B > 0`, `g > 0`, `P > 0`.
//! * **Rounding.** Emissions down; Cosmos' change towards zero.
//! * **In the wild.** Reflexive emission into a falling price; wash revenue, where a payer earns back more than he pays. Last epoch's
//!   revenue only, `κ < 1`, and never above the schedule's own budget.

use crate::error::errors;
use mintage_math::{U256, WAD, add, mul_div_down, sub};

/// The unit of [`premium_emission_down`]'s rates: 10^9.
pub const RATE_BASE: U256 = U256::from_limbs([1_000_000_000, 0, 0, 0]);
/// 10^18 as a signed number.
const ONE: i128 = 1_000_000_000_000_000_000;

errors! {
    /// Why there is no emission rate.
    ElasticityError {
        /// The backing of a token is zero.
        NoBacking => "the backing of a token is zero",
        /// The target share is zero.
        NoGoal => "the target of the staked share is zero",
        /// There is no price.
        NoPrice => "the price is zero",
        /// `κ` is one or more.
        KappaTooHigh => "kappa must be below one, or revenue could be washed for emission",
        /// The lower limit is above the upper one, or outside 0 to 10^18 a year.
        Limits => "the limits of the inflation are not in order, or outside of 0 to 100 % a year",
        /// The staked share is above one.
        ShareTooHigh => "the staked share is above one",
    }
}

/// How far the price is above the backing, wad, rounded down; zero at or below it.
///
/// Errors: [`ElasticityError::NoBacking`]; a ratio that does not fit.
pub fn premium_wad_down(price_wad: U256, backing_wad: U256) -> Result<U256, ElasticityError> {
    if backing_wad.is_zero() {
        return Err(ElasticityError::NoBacking);
    }
    Ok(mul_div_down(price_wad, WAD, backing_wad)?.saturating_sub(WAD))
}

/// The rate of an epoch (10^-9) and what it issues: nothing below the least premium.
///
/// Errors: [`ElasticityError::NoBacking`]; amounts that do not fit.
///
/// ```
/// use mintage_mechanism::elasticity::premium_emission_down;
/// use mintage_math::{U256, WAD};
/// let n = |v: u64| U256::from(v);
/// let backing = n(11_330_000_000_000_000_000);
/// // price 25, base 0.02 % an epoch, least premium 100 %, 16 M tokens of nine decimals: 3,530.448 tokens
/// let (rate, amount) = premium_emission_down(n(25) * WAD, backing, WAD, n(200_000), n(16_000_000_000_000_000)).unwrap();
/// assert_eq!((rate, amount), (n(220_653), n(3_530_448_000_000)));
/// ```
pub fn premium_emission_down(
    price_wad: U256,
    backing_wad: U256,
    min_premium_wad: U256,
    base_rate: U256,
    supply: U256,
) -> Result<(U256, U256), ElasticityError> {
    let premium = premium_wad_down(price_wad, backing_wad)?;
    if premium < min_premium_wad {
        return Ok((U256::ZERO, U256::ZERO));
    }
    let rate = mul_div_down(base_rate, add(WAD, premium)?, add(WAD, min_premium_wad)?)?;
    Ok((rate, mul_div_down(supply, rate, RATE_BASE)?))
}

/// One round of Livepeer's rule: a step up below the target share, a step down above it, none at it; never below zero.
///
/// All in the same unit of parts (Livepeer: 10^-9).
///
/// ```
/// use mintage_mechanism::elasticity::stepped_inflation;
/// assert_eq!(stepped_inflation(1_000, 3, 49, 50), 1_003);
/// assert_eq!(stepped_inflation(2, 3, 51, 50), 0);
/// assert_eq!(stepped_inflation(1_000, 3, 50, 50), 1_000);
/// ```
pub fn stepped_inflation(inflation: u64, step: u64, staked_share: u64, target_share: u64) -> u64 {
    match staked_share.cmp(&target_share) {
        core::cmp::Ordering::Less => inflation.saturating_add(step),
        core::cmp::Ordering::Greater => inflation.saturating_sub(step),
        core::cmp::Ordering::Equal => inflation,
    }
}

/// What a round may mint at an inflation in parts of `parts`: `⌊supply·inflation/parts⌋`.
///
/// Errors: no parts; an amount that does not fit.
pub fn round_mintable_down(supply: U256, inflation: u64, parts: u64) -> Result<U256, ElasticityError> {
    Ok(mul_div_down(supply, U256::from(inflation), U256::from(parts))?)
}

/// Cosmos' parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BondedInflation {
    /// The staked share that is aimed at, wad.
    pub goal_wad: u64,
    /// How fast the inflation may change, wad a year for a full gap.
    pub change_wad: u64,
    /// The least inflation, wad a year.
    pub min_wad: u64,
    /// The greatest inflation, wad a year.
    pub max_wad: u64,
}

/// Cosmos' defaults: 67 %, 13 points a year, 7 to 20 %.
pub const COSMOS: BondedInflation = BondedInflation {
    goal_wad: 670_000_000_000_000_000,
    change_wad: 130_000_000_000_000_000,
    min_wad: 70_000_000_000_000_000,
    max_wad: 200_000_000_000_000_000,
};

impl BondedInflation {
    /// By how much the inflation changes in a year at this staked share, wad, signed, towards zero.
    ///
    /// Errors: [`ElasticityError::NoGoal`], [`ElasticityError::ShareTooHigh`].
    ///
    /// ```
    /// use mintage_mechanism::elasticity::COSMOS;
    /// assert_eq!(COSMOS.change_a_year_wad(0), Ok(130_000_000_000_000_000));
    /// assert_eq!(COSMOS.change_a_year_wad(670_000_000_000_000_000), Ok(0));
    /// ```
    pub fn change_a_year_wad(&self, staked_wad: u64) -> Result<i128, ElasticityError> {
        if self.goal_wad == 0 {
            return Err(ElasticityError::NoGoal);
        }
        if i128::from(staked_wad) > ONE {
            return Err(ElasticityError::ShareTooHigh);
        }
        let (goal, staked) = (i128::from(self.goal_wad), i128::from(staked_wad));
        // (goal - staked)·change/goal: below 2^64·2^64
        let gap = goal.wrapping_sub(staked);
        Ok(gap
            .wrapping_mul(i128::from(self.change_wad))
            .checked_div(goal)
            .unwrap_or(0))
    }

    /// The inflation `secs` later, wad a year, within the limits.
    ///
    /// Errors: [`ElasticityError::Limits`]; as [`Self::change_a_year_wad`].
    pub fn next_wad(&self, inflation_wad: u64, staked_wad: u64, secs: u32) -> Result<u64, ElasticityError> {
        if self.min_wad > self.max_wad || i128::from(self.max_wad) > ONE {
            return Err(ElasticityError::Limits);
        }
        const YEAR: i128 = 31_536_000;
        let change = self.change_a_year_wad(staked_wad)?;
        // |change| ≤ 2^64·10^18/1, secs < 2^32: clamp before the product could leave 127 bits
        let change = change
            .clamp(ONE.wrapping_neg(), ONE)
            .wrapping_mul(i128::from(secs))
            .checked_div(YEAR)
            .unwrap_or(0);
        let next = i128::from(inflation_wad).wrapping_add(change);
        Ok(next.clamp(i128::from(self.min_wad), i128::from(self.max_wad)) as u64)
    }
}

/// What last epoch's revenue issues: `min(⌊κ·R/P⌋, E_max, budget)`.
///
/// `price_wad` is the token's time-weighted price in the revenue's asset (same decimals), `budget` what the schedule still has.
///
/// Errors: [`ElasticityError::KappaTooHigh`], [`ElasticityError::NoPrice`].
///
/// ```
/// use mintage_mechanism::elasticity::revenue_emission_down;
/// use mintage_math::{U256, WAD};
/// let half = WAD / U256::from(2);
/// // 1,000 of revenue at a price of 2, half of it: 250 tokens
/// let e = revenue_emission_down(U256::from(1_000), WAD * U256::from(2), half, U256::MAX, U256::MAX);
/// assert_eq!(e, Ok(U256::from(250)));
/// ```
pub fn revenue_emission_down(
    revenue: U256,
    price_wad: U256,
    kappa_wad: U256,
    most: U256,
    budget: U256,
) -> Result<U256, ElasticityError> {
    if kappa_wad >= WAD {
        return Err(ElasticityError::KappaTooHigh);
    }
    if price_wad.is_zero() {
        return Err(ElasticityError::NoPrice);
    }
    // a quotient beyond 256 bits is above every limit
    let wanted = mul_div_down(revenue, kappa_wad, price_wad).unwrap_or(U256::MAX);
    Ok(wanted.min(most).min(budget))
}

/// The backing of a token after reserves and supply have changed: `⌊B·(1 + Δ reserves) / (1 + Δ supply)⌋`, growths in wad.
///
/// Errors: no supply; amounts that do not fit.
pub fn backing_after_down(
    backing_wad: U256,
    reserves: (U256, U256),
    supply: (U256, U256),
) -> Result<U256, ElasticityError> {
    let reserve_growth = mul_div_down(reserves.1, WAD, reserves.0)?;
    let supply_growth = mul_div_down(supply.1, WAD, supply.0)?;
    sub(supply_growth, U256::ONE).map_err(|_| ElasticityError::NoBacking)?;
    Ok(mul_div_down(backing_wad, reserve_growth, supply_growth)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    #[test]
    fn s2_21_olympus_premium() {
        let (backing, supply, base) = (
            wad("11.33"),
            U256::from(16_000_000_000_000_000_u64),
            U256::from(200_000),
        );
        // 76.5225066195939982 %, below the least premium of 100 %
        assert_eq!(
            premium_wad_down(wad("20"), backing).unwrap() / U256::from(100),
            U256::from(7_652_250_661_959_399_u64)
        );
        assert_eq!(
            premium_wad_down(wad("20"), backing).unwrap(),
            wad("0.765225066195939982")
        );
        let none = (U256::ZERO, U256::ZERO);
        assert_eq!(
            premium_emission_down(wad("20"), backing, WAD, base, supply),
            Ok(none)
        );
        let some = (U256::from(220_653), U256::from(3_530_448_000_000_u64));
        assert_eq!(
            premium_emission_down(wad("25"), backing, WAD, base, supply),
            Ok(some)
        );
        assert_eq!(premium_wad_down(wad("11"), backing), Ok(U256::ZERO));
        assert_eq!(
            premium_wad_down(wad("11"), U256::ZERO),
            Err(ElasticityError::NoBacking)
        );
    }

    #[test]
    fn s2_21_cosmos_change_a_year() {
        let ten_digits = |staked: &str| {
            let change = COSMOS
                .change_a_year_wad(u64::try_from(wad(staked)).unwrap())
                .unwrap();
            let half = 50_000_000 * change.signum();
            (change + half) / 100_000_000
        };
        assert_eq!(ten_digits("0"), 1_300_000_000);
        assert_eq!(ten_digits("0.5"), 329_850_746);
        assert_eq!(ten_digits("0.67"), 0);
        assert_eq!(ten_digits("1"), -640_298_507);
    }

    #[test]
    fn s2_21_cosmos_stops_at_7_and_20_percent() {
        let year = 31_536_000;
        assert_eq!(COSMOS.next_wad(COSMOS.max_wad, 0, year), Ok(COSMOS.max_wad));
        assert_eq!(
            COSMOS.next_wad(COSMOS.min_wad, 1_000_000_000_000_000_000, year),
            Ok(COSMOS.min_wad)
        );
        // one block of 6,311,520 a year, from 7 % with nothing bonded
        let next = COSMOS.next_wad(COSMOS.min_wad, 0, 5).unwrap();
        assert_eq!(
            next,
            70_000_000_000_000_000 + 130_000_000_000_000_000 * 5 / 31_536_000
        );
        assert_eq!(COSMOS.next_wad(0, 0, 0), Ok(COSMOS.min_wad));
        assert_eq!(
            COSMOS.change_a_year_wad(1_000_000_000_000_000_001),
            Err(ElasticityError::ShareTooHigh)
        );
        assert_eq!(
            BondedInflation {
                goal_wad: 0,
                ..COSMOS
            }
            .next_wad(0, 0, 1),
            Err(ElasticityError::NoGoal)
        );
        assert_eq!(
            BondedInflation {
                min_wad: 2,
                max_wad: 1,
                ..COSMOS
            }
            .next_wad(0, 0, 1),
            Err(ElasticityError::Limits)
        );
    }

    #[test]
    fn s2_21_livepeer_steps_towards_half_bonded() {
        let (mut inflation, share) = (300u64, 499_999_999u64);
        for _ in 0..10 {
            inflation = stepped_inflation(inflation, 3, share, 500_000_000);
        }
        assert_eq!(inflation, 330);
        assert_eq!(
            round_mintable_down(U256::from(10_000_000), 330, 1_000_000),
            Ok(U256::from(3_300))
        );
    }

    #[test]
    fn s2_21_backing_follows_reserves_and_supply() {
        let n = |v: u64| U256::from(v);
        // reserves +10 %, supply unchanged
        assert_eq!(
            backing_after_down(wad("10"), (n(100), n(110)), (n(5), n(5))),
            Ok(wad("11"))
        );
        assert_eq!(
            backing_after_down(wad("10"), (n(100), n(100)), (n(5), n(10))),
            Ok(wad("5"))
        );
        assert!(backing_after_down(wad("10"), (n(100), n(100)), (n(5), n(0))).is_err());
    }

    #[test]
    fn s2_21_the_least_premium_itself_issues_at_the_base_rate() {
        let (base, supply) = (U256::from(200_000), U256::from(16_000_000_000_000_000_u64));
        let at = |price| premium_emission_down(price, wad("11.33"), WAD, base, supply).unwrap();
        assert_eq!(at(wad("22.66")), (base, U256::from(3_200_000_000_000_u64)));
        assert_eq!(at(wad("22.66") - U256::ONE), (U256::ZERO, U256::ZERO));
    }

    #[test]
    fn s2_21_limits_may_be_one_number_up_to_all_of_the_supply() {
        let limits = |min_wad, max_wad| BondedInflation {
            min_wad,
            max_wad,
            ..COSMOS
        };
        let all = 1_000_000_000_000_000_000;
        assert_eq!(limits(all, all).next_wad(0, 0, 1), Ok(all));
        assert_eq!(limits(0, all + 1).next_wad(0, 0, 1), Err(ElasticityError::Limits));
    }

    #[test]
    fn s2_21_revenue_issues_a_part_of_its_worth() {
        let n = |v: u64| U256::from(v);
        let emission =
            |revenue, most, budget| revenue_emission_down(n(revenue), wad("2"), wad("0.5"), most, budget);
        assert_eq!(emission(1_000, U256::MAX, U256::MAX), Ok(n(250)));
        assert_eq!(emission(1_000, n(200), U256::MAX), Ok(n(200)));
        assert_eq!(emission(1_000, n(200), n(199)), Ok(n(199)));
        assert_eq!(emission(0, U256::MAX, U256::MAX), Ok(n(0)));
        assert_eq!(
            revenue_emission_down(n(1), wad("2"), WAD, n(1), n(1)),
            Err(ElasticityError::KappaTooHigh)
        );
        assert_eq!(
            revenue_emission_down(n(1), n(0), wad("0.5"), n(1), n(1)),
            Err(ElasticityError::NoPrice)
        );
    }

    proptest! {
        #[test]
        fn prop_s2_21_revenue_is_never_rewarded_above_itself(r in any_u256(), price in any_u256(), kappa in 0u64..1_000_000_000_000_000_000, most in any_u256(), budget in any_u256()) {
            let price = price.max(U256::ONE);
            let e = revenue_emission_down(r, price, U256::from(kappa), most, budget).unwrap();
            prop_assert!(e <= most && e <= budget);
            // worth of the emission at the price is below the revenue: washing does not pay
            prop_assert!(mintage_math::mul_wide(e, price) <= mintage_math::mul_wide(r, WAD));
            if r.is_zero() { prop_assert_eq!(e, U256::ZERO); }
        }

        #[test]
        fn prop_inflation_stays_within_limits(i in any::<u64>(), staked in 0u64..=1_000_000_000_000_000_000, secs in any::<u32>()) {
            let next = COSMOS.next_wad(i, staked, secs).unwrap();
            prop_assert!((COSMOS.min_wad..=COSMOS.max_wad).contains(&next));
        }

        #[test]
        fn prop_any_parameters_answer(goal in any::<u64>(), change in any::<u64>(), min in any::<u64>(), max in any::<u64>(), i in any::<u64>(), s in any::<u64>(), secs in any::<u32>()) {
            let _ = BondedInflation { goal_wad: goal, change_wad: change, min_wad: min, max_wad: max }.next_wad(i, s, secs);
        }
    }
}
