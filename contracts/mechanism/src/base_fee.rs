//! A fee that follows use: EIP-1559's controller.
//!
//! * **Equation.** With target `g = ⌊limit/elasticity⌋`: at `g` unchanged; above `b + max(⌊⌊b·(used-g)/g⌋/D⌋, 1)`; below
//!   `b - ⌊⌊b·(g-used)/g⌋/D⌋`.
//! * **Symbols.** `b` the fee of a unit of use; `used`, `limit` units of use in a block or period; `D` the denominator (8), which bounds a step
//!   to `1/D` at elasticity 2.
//! * **Source.** EIP-1559's specification, go-ethereum `CalcBaseFee` (rule re-stated, systems.md 2.3).
//! * **Domain.** `g ≥ 1`, `used ≤ limit`, `D ≥ 1`.
//! * **Rounding.** Two successive floors, in this order. A rise is at least 1, a fall may be 0: with empty blocks the fee sticks at
//!   `D - 1` (7), and from 0 it leaves with the first full block.
//! * **In the wild.** A fee burned in full with a tip to the producer; where the base fee went to the producer instead, producers filled
//!   blocks with their own transactions.

use crate::error::errors;
use mintage_math::{U256, add, div_down, mul_div_down, sub};

errors! {
    /// Why there is no next fee.
    BaseFeeError {
        /// The target is zero.
        NoTarget => "the limit divided by the elasticity is zero",
        /// More was used than the limit.
        AboveLimit => "more was used than the limit",
        /// The denominator is zero.
        NoDenominator => "the change denominator is zero",
    }
}

/// The controller's constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BaseFee {
    /// Limit divided by target.
    pub elasticity: u64,
    /// The inverse of the greatest step.
    pub denominator: u64,
}

/// Ethereum's.
pub const ETHEREUM: BaseFee = BaseFee {
    elasticity: 2,
    denominator: 8,
};

impl BaseFee {
    /// The fee of the next period.
    ///
    /// Errors: [`BaseFeeError`]; a fee of 2^256 or more.
    ///
    /// ```
    /// use mintage_mechanism::base_fee::ETHEREUM;
    /// use mintage_math::U256;
    /// let gwei = U256::from(1_000_000_000);
    /// assert_eq!(ETHEREUM.next(gwei, 20_000_000, 20_000_000), Ok(U256::from(1_125_000_000)));
    /// ```
    pub fn next(&self, fee: U256, used: u64, limit: u64) -> Result<U256, BaseFeeError> {
        if self.denominator == 0 {
            return Err(BaseFeeError::NoDenominator);
        }
        let target = limit
            .checked_div(self.elasticity)
            .filter(|t| *t > 0)
            .ok_or(BaseFeeError::NoTarget)?;
        if used > limit {
            return Err(BaseFeeError::AboveLimit);
        }
        let step = |gap: u64| -> Result<U256, BaseFeeError> {
            let wide = mul_div_down(fee, U256::from(gap), U256::from(target))?;
            Ok(div_down(wide, U256::from(self.denominator))?)
        };
        match used.checked_sub(target) {
            Some(0) => Ok(fee),
            Some(above) => Ok(add(fee, step(above)?.max(U256::ONE))?),
            // with a denominator of 1 an empty period takes all of it
            None => Ok(sub(fee, step(target.wrapping_sub(used))?.min(fee))?),
        }
    }
}

/// What is burned and what is the producer's tip of one use at `fee`: `(fee·units, tip·units)`, the tip limited by what the payer
/// still offers above the fee. `None` where his maximum is below the fee.
///
/// Errors: amounts that do not fit.
pub fn charge(
    fee: U256,
    max_fee: U256,
    max_tip: U256,
    units: u64,
) -> Result<Option<(U256, U256)>, BaseFeeError> {
    let Some(room) = max_fee.checked_sub(fee) else {
        return Ok(None);
    };
    let units = U256::from(units);
    Ok(Some((
        mintage_math::mul(fee, units)?,
        mintage_math::mul(room.min(max_tip), units)?,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_u256;
    use proptest::prelude::*;

    const LIMIT: u64 = 20_000_000;

    fn ladder(start: u64, used: u64, steps: usize) -> Vec<u64> {
        let mut fee = U256::from(start);
        (0..steps)
            .map(|_| {
                fee = ETHEREUM.next(fee, used, LIMIT).unwrap();
                fee.to::<u64>()
            })
            .collect()
    }

    #[test]
    fn s2_3_geth_vectors() {
        let polygon = BaseFee {
            denominator: 16,
            ..ETHEREUM
        };
        for (used, ethereum, delhi) in [
            (10_000_000, 1_000_000_000, 1_000_000_000),
            (9_000_000, 987_500_000, 993_750_000),
            (11_000_000, 1_012_500_000, 1_006_250_000),
            (20_000_000, 1_125_000_000, 1_062_500_000),
            (0, 875_000_000, 937_500_000),
        ] {
            let gwei = U256::from(1_000_000_000);
            assert_eq!(ETHEREUM.next(gwei, used, LIMIT), Ok(U256::from(ethereum)));
            assert_eq!(polygon.next(gwei, used, LIMIT), Ok(U256::from(delhi)));
        }
    }

    #[test]
    fn s3_2_ladders() {
        let full = [
            1_125_000_000,
            1_265_625_000,
            1_423_828_125,
            1_601_806_640,
            1_802_032_470,
            2_027_286_528,
            2_280_697_344,
            2_565_784_512,
            2_886_507_576,
            3_247_321_023,
        ];
        let empty = [
            875_000_000,
            765_625_000,
            669_921_875,
            586_181_641,
            512_908_936,
            448_795_319,
            392_695_905,
            343_608_917,
            300_657_803,
            263_075_578,
        ];
        assert_eq!(ladder(1_000_000_000, LIMIT, 10), full);
        assert_eq!(ladder(1_000_000_000, 0, 10), empty);
    }

    #[test]
    fn s3_2_seven_wei() {
        assert_eq!(ladder(7, LIMIT, 1), [8]);
        assert_eq!(ladder(7, 0, 1), [7]);
        assert_eq!(ladder(0, LIMIT, 1), [1]);
        assert_eq!(ladder(1_000_000_000, 0, 1_000).last(), Some(&7));
    }

    #[test]
    fn errors_and_charges() {
        assert_eq!(ETHEREUM.next(U256::ONE, 1, 1), Err(BaseFeeError::NoTarget));
        assert_eq!(ETHEREUM.next(U256::ONE, 3, 2), Err(BaseFeeError::AboveLimit));
        assert_eq!(
            BaseFee {
                denominator: 0,
                ..ETHEREUM
            }
            .next(U256::ONE, 1, 2),
            Err(BaseFeeError::NoDenominator)
        );
        assert_eq!(
            BaseFee {
                elasticity: 0,
                ..ETHEREUM
            }
            .next(U256::ONE, 1, 2),
            Err(BaseFeeError::NoTarget)
        );
        let n = |v: u64| U256::from(v);
        assert_eq!(charge(n(10), n(9), n(5), 3), Ok(None));
        assert_eq!(charge(n(10), n(12), n(5), 3), Ok(Some((n(30), n(6)))));
        assert_eq!(charge(n(10), n(50), n(5), 3), Ok(Some((n(30), n(15)))));
    }

    proptest! {
        #[test]
        fn prop_s2_3_step_is_at_most_an_eighth(fee in any_u256(), used in 0u64..=LIMIT) {
            let fee = fee >> 10usize;
            let next = ETHEREUM.next(fee, used, LIMIT).unwrap();
            let gap = next.max(fee) - next.min(fee);
            prop_assert!(gap <= (fee / U256::from(8)).max(U256::ONE));
            if !fee.is_zero() { prop_assert!(!next.is_zero()); }
            if fee >= U256::from(7) { prop_assert!(next >= U256::from(7)); }
        }

        #[test]
        fn prop_monotone_in_use(fee in any_u256(), a in 0u64..=LIMIT, b in 0u64..=LIMIT) {
            let fee = fee >> 10usize;
            prop_assert!(ETHEREUM.next(fee, a.min(b), LIMIT).unwrap() <= ETHEREUM.next(fee, a.max(b), LIMIT).unwrap());
        }
    }
}
