//! Lending positions: health, and how much a liquidator may take.
//!
//! * **Equation.** `HF = Σ c_i·p_i·LT_i / debt`; liquidatable below one; up to half of the debt, all of it at `HF ≤ 0.95` or for a position under 2,000; the
//!   liquidator gets `debt covered·(1 + bonus)/price`, at most the collateral.
//! * **Symbols.** Amounts of value in wad (base currency); thresholds `LT` and `bonus` bps.
//! * **Source.** Aave v3.3 `LiquidationLogic`, `GenericLogic` (rules re-stated, systems.md 2.25).
//! * **Domain.** Thresholds to 10,000 bps; prices above zero.
//! * **Rounding.** Health down, collateral to the liquidator down, debt that he must bring up.
//! * **In the wild.** Liquidations that left dust nobody would pay for (what is left must be worth 1,000, or nothing); a bonus so high that each
//!   liquidation worsened the health.

use crate::error::errors;
use mintage_math::{U256, WAD, add, mul, mul_div_down, mul_div_up, sub};

const BPS: u64 = 10_000;
/// Below this health the whole debt may be covered.
pub const CLOSE_ALL_WAD: U256 = U256::from_limbs([950_000_000_000_000_000, 0, 0, 0]);
/// Positions smaller than this in the base currency are closed at once: 2,000.
pub const SMALL_WAD: U256 = U256::from_limbs([7_751_640_039_368_425_472, 108, 0, 0]);
/// What a partial liquidation must leave on either side: 1,000.
pub const LEFTOVER_WAD: U256 = U256::from_limbs([3_875_820_019_684_212_736, 54, 0, 0]);

errors! {
    /// Why a liquidation is refused.
    LendingError {
        /// The position is healthy.
        Healthy => "the position is healthy",
        /// Too little would be left.
        Leftover => "a partial liquidation must leave collateral and debt worth 1,000, or nothing of one of them",
        /// A threshold or bonus above its range.
        Parameter => "a threshold above 10,000 bps, or a bonus outside of 10,000 to 20,000 bps",
        /// There is no price.
        NoPrice => "a price is zero",
        /// Nothing would be covered.
        Zero => "no debt would be covered",
    }
}

/// One collateral, valued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collateral {
    /// Its worth in the base currency, wad.
    pub value_wad: U256,
    /// The part that counts against liquidation, bps.
    pub threshold_bps: u16,
}

/// The health factor, wad, rounded down; `None` without debt.
///
/// Errors: [`LendingError::Parameter`]; a sum that does not fit.
///
/// ```
/// use mintage_mechanism::lending::{health_wad_down, Collateral};
/// use mintage_math::{U256, WAD};
/// // 10 ETH at 2,000, 82.5 %, against 15,000: 1.1
/// let eth = Collateral { value_wad: WAD * U256::from(20_000), threshold_bps: 8_250 };
/// assert_eq!(health_wad_down([eth], WAD * U256::from(15_000)), Ok(Some(WAD * U256::from(11) / U256::from(10))));
/// ```
pub fn health_wad_down(
    collateral: impl IntoIterator<Item = Collateral>,
    debt_wad: U256,
) -> Result<Option<U256>, LendingError> {
    let mut counted = U256::ZERO;
    for part in collateral {
        if u64::from(part.threshold_bps) > BPS {
            return Err(LendingError::Parameter);
        }
        counted = add(
            counted,
            mul_div_down(part.value_wad, U256::from(part.threshold_bps), U256::from(BPS))?,
        )?;
    }
    if debt_wad.is_zero() {
        return Ok(None);
    }
    Ok(Some(mul_div_down(counted, WAD, debt_wad)?))
}

/// The price at which a single collateral's position can be liquidated, rounded up: `⌈debt·10⁴/(amount·LT)⌉`, all wad.
///
/// Errors: [`LendingError::Parameter`]; no collateral or threshold.
pub fn liquidation_price_wad_up(
    amount_wad: U256,
    threshold_bps: u16,
    debt_wad: U256,
) -> Result<U256, LendingError> {
    if u64::from(threshold_bps) > BPS {
        return Err(LendingError::Parameter);
    }
    let counted = mul_div_down(amount_wad, U256::from(threshold_bps), U256::from(BPS))?;
    Ok(mul_div_up(debt_wad, WAD, counted)?)
}

/// A liquidation of one debt against one collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liquidation {
    /// Debt that is covered, wad units of the debt asset.
    pub debt: U256,
    /// Collateral that the liquidator gets, wad units.
    pub collateral: U256,
}

/// The position as the liquidation sees it, amounts and prices in wad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The collateral's amount.
    pub collateral: U256,
    /// Its price in the base currency.
    pub collateral_price: U256,
    /// The debt's amount.
    pub debt: U256,
    /// Its price in the base currency.
    pub debt_price: U256,
    /// The health factor.
    pub health: U256,
}

impl Position {
    /// The most debt that may be covered now: half, or all of a sick or small position.
    ///
    /// Errors: [`LendingError::Healthy`]; values that do not fit.
    pub fn most_debt(&self) -> Result<U256, LendingError> {
        if self.health >= WAD {
            return Err(LendingError::Healthy);
        }
        let worth = mul_div_down(self.collateral, self.collateral_price, WAD)?;
        let owed = mul_div_down(self.debt, self.debt_price, WAD)?;
        let small = worth < SMALL_WAD || owed < SMALL_WAD;
        Ok(if small || self.health <= CLOSE_ALL_WAD {
            self.debt
        } else {
            self.debt.wrapping_shr(1)
        })
    }

    /// Sizes a liquidation of up to `wanted` debt. `bonus_bps` is 10,000 plus the bonus.
    ///
    /// Errors: [`LendingError`]; values that do not fit.
    pub fn liquidate(&self, wanted: U256, bonus_bps: u16) -> Result<Liquidation, LendingError> {
        if !(10_000..=20_000).contains(&bonus_bps) {
            return Err(LendingError::Parameter);
        }
        if self.collateral_price.is_zero() || self.debt_price.is_zero() {
            return Err(LendingError::NoPrice);
        }
        let bonus = U256::from(bonus_bps);
        let mut debt = wanted.min(self.most_debt()?);
        let gross = mul(mul(debt, self.debt_price)?, bonus)?;
        let mut collateral = mul_div_down(gross, U256::ONE, mul(self.collateral_price, U256::from(BPS))?)?;
        if collateral > self.collateral {
            collateral = self.collateral;
            // what this collateral is worth without the bonus
            let plain = mul_div_up(collateral, self.collateral_price, self.debt_price)?;
            debt = mul_div_up(plain, U256::from(BPS), bonus)?.min(debt);
        }
        if debt.is_zero() {
            return Err(LendingError::Zero);
        }
        let rest_debt = sub(self.debt, debt)?;
        let rest = sub(self.collateral, collateral)?;
        if !rest_debt.is_zero() && !rest.is_zero() {
            let debt_left = mul_div_down(rest_debt, self.debt_price, WAD)?;
            let worth_left = mul_div_down(rest, self.collateral_price, WAD)?;
            if debt_left < LEFTOVER_WAD || worth_left < LEFTOVER_WAD {
                return Err(LendingError::Leftover);
            }
        }
        Ok(Liquidation { debt, collateral })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wad;
    use proptest::prelude::*;

    fn position(price: &str) -> Position {
        let value = mul_div_down(wad("10"), wad(price), WAD).unwrap();
        let debt = wad("15000");
        let health = health_wad_down(
            [Collateral {
                value_wad: value,
                threshold_bps: 8_250,
            }],
            debt,
        )
        .unwrap()
        .unwrap();
        Position {
            collateral: wad("10"),
            collateral_price: wad(price),
            debt,
            debt_price: WAD,
            health,
        }
    }

    #[test]
    fn s2_25_health_and_liquidation_price() {
        assert_eq!(position("2000").health, wad("1.1"));
        let price = liquidation_price_wad_up(wad("10"), 8_250, wad("15000")).unwrap();
        assert_eq!(price / wad("0.0001"), U256::from(18_181_818));
        assert_eq!(position("2000").most_debt(), Err(LendingError::Healthy));
        assert_eq!((SMALL_WAD, LEFTOVER_WAD), (wad("2000"), wad("1000")));
        assert_eq!(health_wad_down([], U256::ZERO), Ok(None));
    }

    #[test]
    fn s2_25_close_factor() {
        // 0.99: half; 0.95 and below: all
        assert_eq!(position("1800").most_debt(), Ok(wad("7500")));
        assert_eq!(position("1700").most_debt(), Ok(wad("15000")));
        let small = Position {
            debt: wad("1999"),
            ..position("1800")
        };
        assert_eq!(small.most_debt(), Ok(wad("1999")));
        let l = position("1800").liquidate(U256::MAX, 10_500).unwrap();
        assert_eq!((l.debt, l.collateral), (wad("7500"), wad("4.375")));
        // more than there is: all of the collateral, for what it is worth
        let l = position("1000").liquidate(U256::MAX, 10_500).unwrap();
        assert_eq!(l.collateral, wad("10"));
        assert_eq!(l.debt / wad("0.01"), U256::from(952_380));
        assert_eq!(
            position("1700").liquidate(wad("14500"), 10_500),
            Err(LendingError::Leftover)
        );
        assert_eq!(
            position("1800").liquidate(U256::ZERO, 10_500),
            Err(LendingError::Zero)
        );
        assert_eq!(
            position("1800").liquidate(wad("1"), 9_999),
            Err(LendingError::Parameter)
        );
    }

    #[test]
    fn s2_25_a_threshold_is_at_most_all_of_the_value() {
        let health = |threshold_bps| {
            let part = Collateral {
                value_wad: wad("3"),
                threshold_bps,
            };
            health_wad_down([part], wad("2"))
        };
        assert_eq!(health(10_000), Ok(Some(wad("1.5"))));
        assert_eq!(health(10_001), Err(LendingError::Parameter));
        assert_eq!(liquidation_price_wad_up(wad("3"), 10_000, wad("6")), Ok(wad("2")));
        assert_eq!(
            liquidation_price_wad_up(wad("3"), 10_001, wad("6")),
            Err(LendingError::Parameter)
        );
    }

    /// A position of given amounts at a price, a little sick.
    fn sick(collateral: &str, price: &str, debt: &str) -> Position {
        Position {
            collateral: wad(collateral),
            collateral_price: wad(price),
            debt: wad(debt),
            debt_price: WAD,
            health: wad("0.99"),
        }
    }

    #[test]
    fn s2_25_a_position_of_2_000_is_not_small() {
        // by its collateral, by its debt
        assert_eq!(sick("1", "2000", "2500").most_debt(), Ok(wad("1250")));
        assert_eq!(sick("1", "1999", "2500").most_debt(), Ok(wad("2500")));
        assert_eq!(sick("2", "2000", "2000").most_debt(), Ok(wad("1000")));
        assert_eq!(sick("2", "2000", "1999").most_debt(), Ok(wad("1999")));
    }

    #[test]
    fn s2_25_either_price_may_be_missing() {
        let no_price = Err(LendingError::NoPrice);
        assert_eq!(sick("1", "0", "2500").liquidate(WAD, 10_500), no_price);
        let unpriced = Position {
            debt_price: U256::ZERO,
            ..sick("1", "2000", "2500")
        };
        assert_eq!(unpriced.liquidate(WAD, 10_500), no_price);
    }

    #[test]
    fn s2_25_1_000_may_be_left_on_either_side() {
        let ok = |debt: &str, collateral: &str| {
            Ok(Liquidation {
                debt: wad(debt),
                collateral: wad(collateral),
            })
        };
        let all_at_once = |p| Position {
            health: CLOSE_ALL_WAD,
            ..p
        };
        // 1,000 of debt is left, and collateral worth more
        let p = all_at_once(sick("10", "2000", "15000"));
        assert_eq!(p.liquidate(wad("14000"), 10_000), ok("14000", "7"));
        assert_eq!(
            p.liquidate(wad("14000") + U256::ONE, 10_000),
            Err(LendingError::Leftover)
        );
        // collateral worth 1,000 is left, and more debt
        let p = all_at_once(sick("10", "2000", "25000"));
        assert_eq!(p.liquidate(wad("19000"), 10_000), ok("19000", "9.5"));
        assert_eq!(
            p.liquidate(wad("19000") + U256::from(2_000), 10_000),
            Err(LendingError::Leftover)
        );
    }

    /// Only where the collateral does not suffice is less debt covered than was wanted: not where it just does, rounded down.
    #[test]
    fn s2_25_collateral_that_just_suffices_covers_what_was_wanted() {
        let n = |v: u64| U256::from(v);
        let p = Position {
            collateral: n(3),
            collateral_price: n(3),
            debt: n(20),
            debt_price: n(1),
            health: U256::ZERO,
        };
        let l = |wanted| p.liquidate(n(wanted), 10_000).map(|l| (l.debt, l.collateral));
        assert_eq!(l(10), Ok((n(10), n(3))));
        assert_eq!(l(12), Ok((n(9), n(3))));
    }

    proptest! {
        /// A liquidation of a position that can bear the bonus (`LT·bonus < HF`) raises its health, and the liquidator never gets more than bonus and price give.
        #[test]
        fn prop_s2_25_health_rises(price in 1_600u64..1_817, wanted in 1_000u64..15_000, bonus in 10_000u16..10_600) {
            let p = position(&price.to_string());
            let Ok(l) = p.liquidate(U256::from(wanted) * WAD, bonus) else { return Ok(()) };
            prop_assert!(l.collateral <= p.collateral && l.debt <= p.debt);
            prop_assert!(l.collateral * p.collateral_price * U256::from(10_000) <= l.debt * WAD * U256::from(bonus));
            if l.debt < p.debt && l.collateral < p.collateral {
                let value = mul_div_down(p.collateral - l.collateral, p.collateral_price, WAD).unwrap();
                let after = health_wad_down([Collateral { value_wad: value, threshold_bps: 8_250 }], p.debt - l.debt).unwrap().unwrap();
                prop_assert!(after >= p.health);
            }
        }
    }
}
