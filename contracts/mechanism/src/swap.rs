//! Constant-product swaps: Uniswap v2's arithmetic to the unit.
//!
//! * **Equation.** `(R_i + 0.997·in)·(R_o - out) ≥ R_i·R_o`. Solved: `out = ⌊997·in·R_o / (1000·R_i + 997·in)⌋`,
//!   `in = ⌊1000·R_i·out / (997·(R_o - out))⌋ + 1`.
//! * **Symbols.** `R_i`, `R_o` reserves of the token paid in and paid out, base units.
//! * **Source.** Uniswap v2 `UniswapV2Library`, `UniswapV2Pair.swap` (rules re-stated, systems.md 2.43 and 3.7).
//! * **Domain.** Reserves of at least 1. The quotes go through 512 bits, so every amount has an answer; the check of the pair keeps
//!   the reference's 256 bits, because there an overflow is a revert.
//! * **Rounding.** What is paid out down, what must be paid in up (plus one, as the reference does, also where the quotient is exact).
//! * **In the wild.** A pool's spot price as an oracle (Harvest, Inverse, Mango), and pools that credited the nominal amount of a
//!   token with a transfer fee (Balancer and STA, 2020): pass measured balances to [`check_swap`].

use crate::error::errors;
use mintage_math::{U256, add, div_down, mul, mul_div_down, sub};

/// What stays of the amount paid in after the fee of 0.3 %, in [`FEE_BASE`] parts.
pub const FEE_KEEPS: u64 = 997;
/// The parts of [`FEE_KEEPS`].
pub const FEE_BASE: u64 = 1_000;
/// The largest reserve: 2^112 - 1.
pub const MAX_RESERVE: U256 = U256::from_limbs([u64::MAX, (1 << 48) - 1, 0, 0]);

errors! {
    /// Why a swap has no quote or is refused.
    SwapError {
        /// Nothing is paid in.
        ZeroInput => "nothing is paid in",
        /// Nothing is asked for.
        ZeroOutput => "nothing is asked for",
        /// A reserve is empty, or all of it or more is asked for.
        Liquidity => "the reserve is empty or smaller than what is asked for",
        /// The product of the reserves would fall.
        K => "the product of the reserves, after the fee, would fall: pay in more",
    }
}

/// How much of the other token `amount_in` brings, rounded down.
///
/// Errors: [`SwapError::ZeroInput`], [`SwapError::Liquidity`]; a sum that does not fit.
///
/// ```
/// use mintage_mechanism::swap::amount_out_down;
/// use mintage_math::U256;
/// let e18 = |n: u64| U256::from(n) * U256::from(10).pow(U256::from(18));
/// // 1 into a pool of 5 and 10
/// assert_eq!(amount_out_down(e18(1), e18(5), e18(10)).unwrap(), U256::from(1_662_497_915_624_478_906_u64));
/// ```
pub fn amount_out_down(amount_in: U256, reserve_in: U256, reserve_out: U256) -> Result<U256, SwapError> {
    if amount_in.is_zero() {
        return Err(SwapError::ZeroInput);
    }
    if reserve_in.is_zero() || reserve_out.is_zero() {
        return Err(SwapError::Liquidity);
    }
    let kept = mul(amount_in, U256::from(FEE_KEEPS))?;
    let denominator = add(mul(reserve_in, U256::from(FEE_BASE))?, kept)?;
    Ok(mul_div_down(kept, reserve_out, denominator)?)
}

/// How much must be paid in for `amount_out`: enough, and as the reference has it one unit more than the quotient.
///
/// Errors: [`SwapError::ZeroOutput`], [`SwapError::Liquidity`]; an amount that does not fit.
///
/// ```
/// use mintage_mechanism::swap::amount_in_up;
/// use mintage_math::U256;
/// assert_eq!(amount_in_up(U256::from(1), U256::from(100), U256::from(100)), Ok(U256::from(2)));
/// ```
pub fn amount_in_up(amount_out: U256, reserve_in: U256, reserve_out: U256) -> Result<U256, SwapError> {
    if amount_out.is_zero() {
        return Err(SwapError::ZeroOutput);
    }
    if reserve_in.is_zero() || reserve_out <= amount_out {
        return Err(SwapError::Liquidity);
    }
    let left = mul(sub(reserve_out, amount_out)?, U256::from(FEE_KEEPS))?;
    let quotient = mul_div_down(mul(reserve_in, U256::from(FEE_BASE))?, amount_out, left)?;
    Ok(add(quotient, U256::ONE)?)
}

/// The amount of the other token at the ratio of the reserves, without fee or slippage: `⌊amount·R_other/R_own⌋`.
///
/// Errors: [`SwapError::ZeroInput`], [`SwapError::Liquidity`]; an amount that does not fit.
pub fn quote_down(amount: U256, reserve_own: U256, reserve_other: U256) -> Result<U256, SwapError> {
    if amount.is_zero() {
        return Err(SwapError::ZeroInput);
    }
    if reserve_own.is_zero() || reserve_other.is_zero() {
        return Err(SwapError::Liquidity);
    }
    Ok(mul_div_down(amount, reserve_other, reserve_own)?)
}

/// One side of a pair during a swap, base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// The reserve before the swap.
    pub reserve: U256,
    /// What was paid out of it.
    pub amount_out: U256,
    /// The measured balance after everything was paid out and in.
    pub balance: U256,
}

/// Whether what is to be paid out is allowed at all, before anything is paid: something, and less than the reserves.
///
/// Errors: [`SwapError::ZeroOutput`], [`SwapError::Liquidity`], in the reference's order.
pub fn check_output(out0: U256, out1: U256, reserve0: U256, reserve1: U256) -> Result<(), SwapError> {
    if out0.is_zero() && out1.is_zero() {
        return Err(SwapError::ZeroOutput);
    }
    if out0 >= reserve0 || out1 >= reserve1 {
        return Err(SwapError::Liquidity);
    }
    Ok(())
}

/// Judges a swap after everything was paid out and in; returns what came in of each token.
///
/// The product of the balances, each less 0.3 % of what came in, must be at least that of the reserves. In the reference's
/// order and its 256 bits: an overflow is [`SwapError::Math`].
///
/// Errors: [`SwapError::ZeroInput`], [`SwapError::K`], [`SwapError::Math`].
pub fn check_swap(side0: Side, side1: Side) -> Result<(U256, U256), SwapError> {
    let (in0, in1) = (paid_in(side0)?, paid_in(side1)?);
    if in0.is_zero() && in1.is_zero() {
        return Err(SwapError::ZeroInput);
    }
    let base = U256::from(FEE_BASE);
    let adjusted0 = after_fee(side0.balance, in0)?;
    let adjusted1 = after_fee(side1.balance, in1)?;
    let before = mul(mul(side0.reserve, side1.reserve)?, mul(base, base)?)?;
    if mul(adjusted0, adjusted1)? < before {
        Err(SwapError::K)
    } else {
        Ok((in0, in1))
    }
}

fn paid_in(side: Side) -> Result<U256, SwapError> {
    Ok(side.balance.saturating_sub(sub(side.reserve, side.amount_out)?))
}

/// `1000·balance - 3·in`
fn after_fee(balance: U256, paid_in: U256) -> Result<U256, SwapError> {
    let fee = mul(paid_in, U256::from(FEE_BASE.wrapping_sub(FEE_KEEPS)))?;
    Ok(sub(mul(balance, U256::from(FEE_BASE))?, fee)?)
}

/// The price that the pool ends at after a swap is not the price of the swap; this is the price impact in wad,
/// `1 - (out/in)/(R_o/R_i)`, rounded up: what a trader loses against the reserves' ratio, fee included.
///
/// Errors: as [`amount_out_down`].
pub fn price_impact_wad_up(amount_in: U256, reserve_in: U256, reserve_out: U256) -> Result<U256, SwapError> {
    let out = amount_out_down(amount_in, reserve_in, reserve_out)?;
    // out·R_i / (in·R_o), the second product in 256 bits: amounts of the pair have 112
    let received = mul_div_down(
        mul(out, reserve_in)?,
        mintage_math::WAD,
        mul(amount_in, reserve_out)?,
    )?;
    Ok(mintage_math::WAD.saturating_sub(received))
}

/// The product of two reserves, as the pair keeps it to mint the protocol's fee later.
pub fn k(reserve0: U256, reserve1: U256) -> Result<U256, SwapError> {
    Ok(mul(reserve0, reserve1)?)
}

/// The spot price of one unit, `⌊R_other·10^18/R_own⌋`. For reports only: never decide about money by it.
pub fn spot_wad_down(reserve_own: U256, reserve_other: U256) -> Result<U256, SwapError> {
    if reserve_own.is_zero() {
        return Err(SwapError::Liquidity);
    }
    Ok(div_down(mul(reserve_other, mintage_math::WAD)?, reserve_own)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, int, wad};
    use proptest::prelude::*;

    /// A swap of `amount_in` of token 0 that takes `out` of token 1.
    fn one_way(amount_in: U256, r0: U256, r1: U256, out: U256) -> Result<(U256, U256), SwapError> {
        check_output(U256::ZERO, out, r0, r1)?;
        check_swap(
            Side {
                reserve: r0,
                amount_out: U256::ZERO,
                balance: r0 + amount_in,
            },
            Side {
                reserve: r1,
                amount_out: out,
                balance: r1 - out,
            },
        )
    }

    #[test]
    fn s3_7_get_amount_out() {
        for (amount_in, r_in, r_out, out) in [
            ("1", "5", "10", "1662497915624478906"),
            ("1", "10", "5", "453305446940074565"),
            ("2", "5", "10", "2851015155847869602"),
            ("2", "10", "5", "831248957812239453"),
            ("1", "10", "10", "906610893880149131"),
            ("1", "100", "100", "987158034397061298"),
            ("1", "1000", "1000", "996006981039903216"),
        ] {
            let (amount_in, r_in, r_out, out) = (wad(amount_in), wad(r_in), wad(r_out), int(out));
            assert_eq!(amount_out_down(amount_in, r_in, r_out), Ok(out));
            // the pair takes exactly that, and not one unit more
            assert_eq!(one_way(amount_in, r_in, r_out, out), Ok((amount_in, U256::ZERO)));
            assert_eq!(
                one_way(amount_in, r_in, r_out, out + U256::ONE),
                Err(SwapError::K)
            );
        }
    }

    #[test]
    fn s3_7_same_side_swaps() {
        // in 1, the same token out: at most 0.997 of it; out 1 needs 1003009027081243732 in
        let same = |r0: &str, out: U256, amount_in: U256| {
            let (r0, r1) = (wad(r0), wad("10"));
            check_swap(
                Side {
                    reserve: r0,
                    amount_out: out,
                    balance: r0 - out + amount_in,
                },
                Side {
                    reserve: r1,
                    amount_out: U256::ZERO,
                    balance: r1,
                },
            )
        };
        for pool in ["5", "10"] {
            assert!(same(pool, wad("0.997"), wad("1")).is_ok());
            assert_eq!(same(pool, wad("0.997") + U256::ONE, wad("1")), Err(SwapError::K));
            assert!(same(pool, wad("1"), int("1003009027081243732")).is_ok());
            assert_eq!(
                same(pool, wad("1"), int("1003009027081243731")),
                Err(SwapError::K)
            );
        }
    }

    #[test]
    fn s3_7_router_quotes() {
        let n = |v: u64| U256::from(v);
        assert_eq!(amount_out_down(n(2), n(100), n(100)), Ok(n(1)));
        assert_eq!(amount_in_up(n(1), n(100), n(100)), Ok(n(2)));
        assert_eq!(quote_down(n(1), n(100), n(200)), Ok(n(2)));
        assert_eq!(quote_down(n(2), n(200), n(100)), Ok(n(1)));
    }

    #[test]
    fn s2_43_refusals() {
        let n = |v: u64| U256::from(v);
        assert_eq!(amount_out_down(n(0), n(100), n(100)), Err(SwapError::ZeroInput));
        assert_eq!(amount_out_down(n(2), n(0), n(100)), Err(SwapError::Liquidity));
        assert_eq!(amount_out_down(n(2), n(100), n(0)), Err(SwapError::Liquidity));
        assert_eq!(amount_in_up(n(0), n(100), n(100)), Err(SwapError::ZeroOutput));
        assert_eq!(amount_in_up(n(100), n(100), n(100)), Err(SwapError::Liquidity));
        assert_eq!(amount_in_up(n(1), n(0), n(100)), Err(SwapError::Liquidity));
        assert_eq!(quote_down(n(0), n(100), n(200)), Err(SwapError::ZeroInput));
        assert_eq!(check_output(n(0), n(0), n(9), n(9)), Err(SwapError::ZeroOutput));
        assert_eq!(check_output(n(9), n(0), n(9), n(9)), Err(SwapError::Liquidity));
        assert_eq!(one_way(n(0), n(100), n(100), n(1)), Err(SwapError::ZeroInput));
        let full = Side {
            reserve: n(1),
            amount_out: n(0),
            balance: U256::MAX,
        };
        assert!(matches!(check_swap(full, full), Err(SwapError::Math(_))));
    }

    fn reserve() -> impl Strategy<Value = U256> {
        any_u256().prop_map(|x| (x >> 144usize).max(U256::ONE))
    }

    #[test]
    fn s3_7_price_impact_of_1_into_5_and_10() {
        // 1.662497915624478906 for 1, where the reserves' ratio is 2
        assert_eq!(
            price_impact_wad_up(wad("1"), wad("5"), wad("10")),
            Ok(wad("0.168751042187760547"))
        );
        assert_eq!(spot_wad_down(wad("5"), wad("10")), Ok(wad("2")));
        assert_eq!(spot_wad_down(U256::ZERO, wad("10")), Err(SwapError::Liquidity));
        assert_eq!(k(U256::from(5), U256::from(10)), Ok(U256::from(50)));
    }

    #[test]
    fn either_reserve_may_be_empty() {
        let (none, one) = (U256::ZERO, wad("1"));
        for (own, other) in [(none, one), (one, none)] {
            assert_eq!(quote_down(one, own, other), Err(SwapError::Liquidity));
            assert_eq!(amount_out_down(one, own, other), Err(SwapError::Liquidity));
        }
    }

    #[test]
    fn s2_43_reserves_have_112_bits() {
        assert_eq!(MAX_RESERVE, (U256::ONE << 112) - U256::ONE);
    }

    proptest! {
        #[test]
        fn prop_s2_43_k_never_falls(r0 in reserve(), r1 in reserve(), amount in reserve()) {
            let out = amount_out_down(amount, r0, r1).unwrap();
            prop_assert!(out < r1);
            prop_assert!(mintage_math::mul_wide(r0 + amount, r1 - out) >= mintage_math::mul_wide(r0, r1));
            if !out.is_zero() { prop_assert!(one_way(amount, r0, r1, out).is_ok()); }
            if out + U256::ONE < r1 { prop_assert_eq!(one_way(amount, r0, r1, out + U256::ONE), Err(SwapError::K)); }
        }

        #[test]
        fn prop_no_profitable_round_trip(r0 in reserve(), r1 in reserve(), amount in reserve()) {
            let out = amount_out_down(amount, r0, r1).unwrap();
            if !out.is_zero() {
                let back = amount_out_down(out, r1 - out, r0 + amount).unwrap();
                prop_assert!(back <= amount);
            }
        }

        #[test]
        fn prop_amount_in_is_enough_and_barely(r0 in reserve(), r1 in reserve(), out in reserve()) {
            // the least reserve of which something can be taken has two units
            let r1 = r1 + U256::ONE;
            let out = out % (r1 - U256::ONE) + U256::ONE;
            let needed = amount_in_up(out, r0, r1).unwrap();
            prop_assert!(amount_out_down(needed, r0, r1).unwrap() >= out);
            if needed > U256::from(2) {
                prop_assert!(amount_out_down(needed - U256::from(2), r0, r1).unwrap() < out);
            }
        }

        #[test]
        fn prop_slippage_grows_with_size(r0 in reserve(), r1 in reserve(), a in 1u64..u64::MAX, b in 1u64..u64::MAX) {
            let (small, large) = (U256::from(a.min(b)), U256::from(a.max(b)));
            let (out_small, out_large) = (amount_out_down(small, r0, r1).unwrap(), amount_out_down(large, r0, r1).unwrap());
            prop_assert!(out_small <= out_large);
            // splitting a trade in two brings no more than the whole, in the same direction, by more than rounding
            let first = amount_out_down(small, r0, r1).unwrap();
            let whole = amount_out_down(small + large, r0, r1).unwrap();
            let second = amount_out_down(large, r0 + small, r1 - first).unwrap();
            prop_assert!(first + second <= whole + U256::ONE);
        }

        #[test]
        fn prop_every_input_has_an_answer_or_an_error(a in any_u256(), b in any_u256(), c in any_u256(), d in any_u256()) {
            let _ = (amount_out_down(a, b, c), amount_in_up(a, b, c), quote_down(a, b, c), price_impact_wad_up(a, b, c));
            let _ = check_swap(Side { reserve: a, amount_out: b, balance: c }, Side { reserve: b, amount_out: c, balance: d });
        }
    }
}
