//! Shares of a constant-product pair: what a deposit mints, what a withdrawal pays, what the protocol's fee mints.
//!
//! * **Equation.** First deposit `L = ⌊√(a₀·a₁)⌋ - 1000`; later `L = min(⌊a₀·S/R₀⌋, ⌊a₁·S/R₁⌋)`; withdrawal `⌊L·b/S⌋` of each;
//!   protocol fee `⌊S·(√k - √k_last) / (5·√k + √k_last)⌋`, a sixth of the growth of `√k`.
//! * **Symbols.** `a` deposited amounts, `R` reserves, `b` balances, base units; `S` share supply; `k = R₀·R₁`.
//! * **Source.** Uniswap v2 `UniswapV2Pair.mint`, `burn`, `_mintFee` (rules re-stated, systems.md 2.43 and 3.7).
//! * **Domain.** Reserves below 2^112; 256-bit products as in the reference, an overflow is an error.
//! * **Rounding.** Down everywhere, so what is lost stays in the pool.
//! * **In the wild.** The first depositor could own all shares and donate to make them dear (share inflation); the 1,000 shares that
//!   nobody owns make that cost a thousand times the gain.

use crate::error::errors;
use mintage_math::{U256, add, div_down, mul, sqrt_down, sub};

/// Shares minted to nobody with the first deposit.
pub const MINIMUM_LIQUIDITY: U256 = U256::from_limbs([1_000, 0, 0, 0]);

errors! {
    /// Why a deposit or a withdrawal is refused.
    LiquidityError {
        /// The deposit is worth less than one share.
        ZeroShares => "the deposit mints no share: deposit more, of both tokens",
        /// The shares are worth less than one unit of one of the tokens.
        ZeroPayout => "the shares pay nothing of one of the tokens: burn more of them",
    }
}

/// Shares for a deposit. With `supply = 0` the caller also mints [`MINIMUM_LIQUIDITY`] to nobody.
///
/// Errors: [`LiquidityError::ZeroShares`]; a first deposit whose root is below 1,000 is `Math(ResultNegative)`, as in the
/// reference; an overflow.
///
/// ```
/// use mintage_mechanism::liquidity::shares_for_deposit_down;
/// use mintage_math::U256;
/// let e18 = |n: u64| U256::from(n) * U256::from(10).pow(U256::from(18));
/// let shares = shares_for_deposit_down(e18(1), e18(4), U256::ZERO, U256::ZERO, U256::ZERO).unwrap();
/// assert_eq!(shares, e18(2) - U256::from(1_000));
/// ```
pub fn shares_for_deposit_down(
    amount0: U256,
    amount1: U256,
    reserve0: U256,
    reserve1: U256,
    supply: U256,
) -> Result<U256, LiquidityError> {
    let shares = if supply.is_zero() {
        sub(sqrt_down(mul(amount0, amount1)?), MINIMUM_LIQUIDITY)?
    } else {
        div_down(mul(amount0, supply)?, reserve0)?.min(div_down(mul(amount1, supply)?, reserve1)?)
    };
    if shares.is_zero() {
        Err(LiquidityError::ZeroShares)
    } else {
        Ok(shares)
    }
}

/// What `shares` of `supply` pay out of the balances.
///
/// Errors: [`LiquidityError::ZeroPayout`]; no supply; an overflow.
pub fn payout_down(
    shares: U256,
    balance0: U256,
    balance1: U256,
    supply: U256,
) -> Result<(U256, U256), LiquidityError> {
    let amount0 = div_down(mul(shares, balance0)?, supply)?;
    let amount1 = div_down(mul(shares, balance1)?, supply)?;
    if amount0.is_zero() || amount1.is_zero() {
        return Err(LiquidityError::ZeroPayout);
    }
    Ok((amount0, amount1))
}

/// Shares to mint to the protocol for the growth of `√k` since `k_last`; zero if `k_last` is zero (the fee was off).
///
/// Errors: an overflow.
///
/// ```
/// use mintage_mechanism::liquidity::fee_shares_down;
/// use mintage_math::U256;
/// let (r, s) = (U256::from(1_100_000), U256::from(1_000_000));
/// // √k grew by a tenth: 1e6·100,000/(5·1,100,000 + 1,000,000)
/// assert_eq!(fee_shares_down(r, r, s * s, s), Ok(U256::from(15_384)));
/// ```
pub fn fee_shares_down(
    reserve0: U256,
    reserve1: U256,
    k_last: U256,
    supply: U256,
) -> Result<U256, LiquidityError> {
    if k_last.is_zero() {
        return Ok(U256::ZERO);
    }
    let root = sqrt_down(mul(reserve0, reserve1)?);
    let root_last = sqrt_down(k_last);
    if root <= root_last {
        return Ok(U256::ZERO);
    }
    let numerator = mul(supply, sub(root, root_last)?)?;
    Ok(div_down(numerator, add(mul(root, U256::from(5))?, root_last)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swap::amount_out_down;
    use crate::testing::{any_u256, int, wad};
    use mintage_math::MathError;
    use proptest::prelude::*;

    #[test]
    fn s3_7_initial_one_by_four() {
        let zero = U256::ZERO;
        assert_eq!(
            shares_for_deposit_down(wad("1"), wad("4"), zero, zero, zero),
            Ok(wad("2") - MINIMUM_LIQUIDITY)
        );
    }

    #[test]
    fn s3_7_fee_to_on() {
        let r = wad("1000");
        let out = amount_out_down(wad("1"), r, r).unwrap();
        let (r_in, r_out) = (r + wad("1"), r - out);
        let fee = fee_shares_down(r_in, r_out, r * r, r).unwrap();
        assert_eq!(fee, int("249750499251388"));
        // the liquidity provider burns all but the locked shares
        let supply = r + fee;
        let shares = r - MINIMUM_LIQUIDITY;
        let (out0, out1) = payout_down(shares, r_out, r_in, supply).unwrap();
        // token0 is the one that was bought, token1 the one that was sold
        assert_eq!(r_out - out0, int("249501683697445") + U256::from(1_000));
        assert_eq!(r_in - out1, int("250000187312969") + U256::from(1_000));
    }

    #[test]
    fn s2_43_fee_off_mints_nothing() {
        assert_eq!(
            fee_shares_down(wad("2"), wad("2"), U256::ZERO, wad("1")),
            Ok(U256::ZERO)
        );
        assert_eq!(
            fee_shares_down(wad("1"), wad("1"), wad("1") * wad("2"), wad("1")),
            Ok(U256::ZERO)
        );
    }

    #[test]
    fn refusals() {
        let (one, zero) = (U256::ONE, U256::ZERO);
        let low = shares_for_deposit_down(U256::from(999), U256::from(999), zero, zero, zero);
        assert_eq!(low, Err(LiquidityError::Math(MathError::ResultNegative)));
        let exact = shares_for_deposit_down(MINIMUM_LIQUIDITY, MINIMUM_LIQUIDITY, zero, zero, zero);
        assert_eq!(exact, Err(LiquidityError::ZeroShares));
        let r = wad("1");
        assert_eq!(
            shares_for_deposit_down(one, zero, r, r, r),
            Err(LiquidityError::ZeroShares)
        );
        assert_eq!(payout_down(one, r, one, r), Err(LiquidityError::ZeroPayout));
        assert!(matches!(
            payout_down(one, one, one, zero),
            Err(LiquidityError::Math(MathError::DivisionByZero))
        ));
    }

    fn amount() -> impl Strategy<Value = U256> {
        any_u256().prop_map(|x| (x >> 145usize).max(U256::ONE))
    }

    proptest! {
        #[test]
        fn prop_deposit_and_withdrawal_never_profit(a0 in amount(), a1 in amount(), r0 in amount(), r1 in amount(), s in amount()) {
            if let Ok(shares) = shares_for_deposit_down(a0, a1, r0, r1, s)
                && let Ok((b0, b1)) = payout_down(shares, r0 + a0, r1 + a1, s + shares) {
                prop_assert!(b0 <= a0 && b1 <= a1);
            }
        }

        #[test]
        fn prop_fee_takes_at_most_a_sixth_of_the_growth(r in amount(), growth in 0u64..u64::MAX, s in amount()) {
            let after = r + U256::from(growth);
            let fee = fee_shares_down(after, after, r * r, s).unwrap();
            // fee/(s+fee) ≤ (after-r)/(6·after)
            prop_assert!(mintage_math::mul_wide(fee * U256::from(6), after) <= mintage_math::mul_wide(after - r, s + fee));
        }
    }
}
