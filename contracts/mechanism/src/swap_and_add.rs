//! How much of a one-sided lot to sell so that the rest and what was bought can be added to the pool.
//!
//! * **Equation.** Sell `s` of `lot` into `(R, Q)` and add `lot - s` with what `s` bought: the pool's ratio after the sale must be that
//!   of the deposit. With the fee of 0.3 %: `997·s² + 1997·R·s - 1000·R·lot = 0`, hence
//!   `s = ⌊(⌊√(R·(lot·3,988,000 + R·3,988,009))⌋ - 1997·R)/1994⌋`.
//! * **Symbols.** `R` the reserve of the token that is sold, `lot`, `s`: base units.
//! * **Source.** Sky `FlapperUniV2` (rule re-stated, systems.md 2.33).
//! * **Domain.** `R < 2^112` and more: whatever keeps the radicand below 2^256.
//! * **Rounding.** Down; dust of at most a billionth stays on the side of the lot.
//! * **In the wild.** Pools whose balances were raised by a donation: sync first, and bound the purchase by the oracle.

use mintage_math::{MathError, U256, add, div_down, mul, sqrt_down, sub};

/// How much of `lot` to sell into a pool that holds `reserve` of the same token. At most `lot`.
///
/// Error: numbers that do not fit 256 bits.
///
/// ```
/// use mintage_mechanism::swap_and_add::sell_down;
/// use mintage_math::{U256, WAD};
/// let e18 = |n: u64| U256::from(n) * WAD;
/// assert_eq!(sell_down(e18(10_000), e18(1_000_000)).unwrap(), U256::from(4_995_054_722_102_270_504_634_u128));
/// ```
pub fn sell_down(lot: U256, reserve: U256) -> Result<U256, MathError> {
    let inner = add(
        mul(lot, U256::from(3_988_000))?,
        mul(reserve, U256::from(3_988_009))?,
    )?;
    let root = sqrt_down(mul(reserve, inner)?);
    // √(3,988,009)·R = 1997·R: the root is never below it
    let sell = div_down(sub(root, mul(reserve, U256::from(1_997))?)?, U256::from(1_994))?;
    // an empty pool sells nothing; rounding cannot exceed the lot otherwise
    Ok(sell.min(lot))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swap::amount_out_down;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    #[test]
    fn s2_33_lot_of_10_000() {
        let (lot, r, q) = (wad("10000"), wad("1000000"), wad("20000000"));
        let sell = sell_down(lot, r).unwrap();
        assert_eq!(sell, wad("4995.054722102270504634"));
        let bought = amount_out_down(sell, r, q).unwrap();
        assert_eq!(bought, wad("99107.827285103554363680"));
        let rest = lot - sell;
        assert_eq!(rest, wad("5004.945277897729495366"));
        // both ratios .0505 (as printed), and equal to a billionth
        let deposit = mintage_math::wad_div_down(rest, bought).unwrap();
        let pool = mintage_math::wad_div_down(r + sell, q - bought).unwrap();
        assert_eq!(deposit / wad("0.0001"), U256::from(505));
        assert!(deposit.max(pool) - deposit.min(pool) <= pool / U256::from(1_000_000_000));
    }

    #[test]
    fn edges() {
        assert_eq!(sell_down(U256::ZERO, wad("1")), Ok(U256::ZERO));
        assert_eq!(sell_down(wad("1"), U256::ZERO), Ok(U256::ZERO));
        assert_eq!(sell_down(U256::MAX, U256::MAX), Err(MathError::ResultTooLarge));
    }

    proptest! {
        #[test]
        fn prop_s2_33_deposit_fits_the_pool(lot in 1u128..1 << 100, r in 1u128 << 60..1 << 110, q in 1u128 << 60..1 << 110) {
            let lot = U256::from(lot.max(r >> 40).max(1 << 40)).min(U256::from(r) * U256::from(4));
            let (r, q) = (U256::from(r), U256::from(q));
            let sell = sell_down(lot, r).unwrap();
            let bought = amount_out_down(sell, r, q).unwrap();
            // cross-multiplied ratios of deposit and pool: equal but for rounding of one unit in each factor
            let (rest, pool_r, pool_q) = (lot - sell, r + sell, q - bought);
            let (a, b) = (rest * pool_q, bought * pool_r);
            prop_assert!(a.max(b) - a.min(b) <= (pool_q + pool_r) * U256::from(4));
        }

        #[test]
        fn prop_never_above_the_lot(lot in any_u256(), r in any_u256()) {
            if let Ok(sell) = sell_down(lot >> 130usize, r >> 130usize) { prop_assert!(sell <= lot >> 130usize); }
            let _ = sell_down(lot, r);
        }
    }
}
