//! Swaps in a pool of two weights, and weights that move: a liquidity bootstrapping pool.
//!
//! * **Equation.** `out = B_o·(1 - (B_i/(B_i + in))^(w_i/w_o))`, `in = B_i·((B_o/(B_o - out))^(w_o/w_i) - 1)`, spot `(B_i/w_i)/(B_o/w_o)`, invariant
//!   `Π B^w`; weights linear in time: `w(t) = w₀ ∓ ⌊|w₁ - w₀|·⌊t·10^18/T⌋/10^18⌋`.
//! * **Symbols.** `B` balances, `w` weights (wad, sum 10^18), `in` after the swap fee, `out`: all wad (normalise decimals first); `t`, `T` seconds.
//! * **Source.** Balancer v2 `WeightedMath`, `GradualValueChange` (rules re-stated, systems.md 2.13).
//! * **Domain.** Weights of 1 to 99 %; `out < B_o`.
//! * **Rounding.** Out down (the power up), in up (the power up): always for the pool.
//! * **In the wild.** Bots that bought the first block of a launch; owners who moved the weights by hand; powers rounded the wrong way.
//!
//! # Error
//! With `P` the power and `x = w_i/w_o`: `out` is never too large and at most `B_o·(10^-15·P + 10^-18·(P·x·(B_i + in)/B_i + 0.37/x)) + 3` units too small, since
//! [`mintage_math::pow_wad_up`] is within `10^-15·P + 1` and its base is rounded up by at most a unit of 10^-18, which counts `x` times over the base;
//! the exponent's own unit counts `P·|ln P|/x` times. For deposits up to the balance that is below `2·10^-15·B_o + 3`. `in` is never too small and, for
//! withdrawals of up to a third, at most `(B_i + in)·(10^-15 + 4·10^-18·(w_o/w_i + 1)) + 3` too large. The invariant is never too large and within
//! `2·10^-15` of itself and a unit of each power.

use crate::error::errors;
use mintage_math::{
    U256, WAD, add, mul_div_down, mul_div_up, pow_wad_down, pow_wad_up, sub, wad_mul_down, wad_mul_up,
};

/// The least weight: 1 %.
pub const MIN_WEIGHT_WAD: U256 = U256::from_limbs([10_000_000_000_000_000, 0, 0, 0]);

errors! {
    /// Why a weighted swap has no quote.
    WeightedError {
        /// A weight is below 1 % or above 99 %.
        Weight => "a weight is below 1 % or above 99 %",
        /// A balance is zero.
        EmptyPool => "a balance of the pool is zero",
        /// All of a balance or more is asked for.
        TooMuch => "as much as the pool's balance or more is asked for",
        /// The change of weights takes no time.
        NoTime => "the change of weights takes no time",
        /// The fee is below a millionth or above 10 %.
        Fee => "the swap fee is below 0.0001 % or above 10 %",
    }
}

/// One side of the pool, wad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// The balance.
    pub balance: U256,
    /// The weight.
    pub weight: U256,
}

/// `⌊a·10^18/b⌋` as an exponent.
fn ratio(a: U256, b: U256) -> Result<i128, WeightedError> {
    let ok = |w: U256| w >= MIN_WEIGHT_WAD && w <= WAD.wrapping_sub(MIN_WEIGHT_WAD);
    if !ok(a) || !ok(b) {
        return Err(WeightedError::Weight);
    }
    // at most 99
    Ok(i128::try_from(mul_div_down(a, WAD, b)?).unwrap_or(i128::MAX))
}

/// What `amount_in` (after the fee) brings, rounded down.
///
/// Errors: [`WeightedError::Weight`], [`WeightedError::EmptyPool`]; a sum that does not fit.
///
/// ```
/// use mintage_mechanism::weighted_pool::{out_down, Reserve};
/// use mintage_math::{U256, WAD};
/// let side = |b: u64, w: u64| Reserve { balance: WAD * U256::from(b), weight: WAD * U256::from(w) / U256::from(100) };
/// let out = out_down(side(100, 50), side(100, 40), WAD * U256::from(15)).unwrap();
/// assert_eq!(out / U256::from(10_000), U256::from(1_602_931_431_298_673_u64)); // 16.0293143129867
/// ```
pub fn out_down(from: Reserve, to: Reserve, amount_in: U256) -> Result<U256, WeightedError> {
    let exponent = ratio(from.weight, to.weight)?;
    if from.balance.is_zero() || to.balance.is_zero() {
        return Err(WeightedError::EmptyPool);
    }
    let base = mul_div_up(from.balance, WAD, add(from.balance, amount_in)?)?;
    // the exponent is rounded down and the base is at most one: the power is not too small
    let left = pow_wad_up(base, exponent)?.min(WAD);
    Ok(wad_mul_down(to.balance, sub(WAD, left)?)?)
}

/// What must be paid in (after the fee) for `amount_out`, rounded up.
///
/// Errors: [`WeightedError::Weight`], [`WeightedError::EmptyPool`], [`WeightedError::TooMuch`]; an amount that does not fit.
pub fn in_up(from: Reserve, to: Reserve, amount_out: U256) -> Result<U256, WeightedError> {
    // rounded up: the base is at least one
    let exponent = ratio(to.weight, from.weight)?.wrapping_add(1);
    if from.balance.is_zero() || to.balance.is_zero() {
        return Err(WeightedError::EmptyPool);
    }
    let left = to
        .balance
        .checked_sub(amount_out)
        .filter(|l| !l.is_zero())
        .ok_or(WeightedError::TooMuch)?;
    if amount_out.is_zero() {
        return Ok(U256::ZERO);
    }
    let power = pow_wad_up(mul_div_up(to.balance, WAD, left)?, exponent)?;
    Ok(wad_mul_up(from.balance, sub(power, WAD)?)?)
}

/// The price of one unit of `to` in `from`, without fee, wad, rounded up: for display and limits.
///
/// Errors: [`WeightedError::Weight`], [`WeightedError::EmptyPool`]; a price that does not fit.
pub fn spot_wad_up(from: Reserve, to: Reserve) -> Result<U256, WeightedError> {
    ratio(from.weight, to.weight)?;
    if to.balance.is_zero() {
        return Err(WeightedError::EmptyPool);
    }
    let numerator = mul_div_up(from.balance, WAD, from.weight)?;
    let denominator = mul_div_down(to.balance, WAD, to.weight)?;
    Ok(mul_div_up(numerator, WAD, denominator)?)
}

/// The invariant `Π B^w`, wad, from below.
///
/// Errors: as [`spot_wad_up`].
pub fn invariant_wad_down(a: Reserve, b: Reserve) -> Result<U256, WeightedError> {
    ratio(a.weight, b.weight)?;
    let power = |side: Reserve| pow_wad_down(side.balance, i128::try_from(side.weight).unwrap_or(i128::MAX));
    Ok(wad_mul_down(power(a)?, power(b)?)?)
}

/// What is left of an amount after the swap fee, which is rounded up.
///
/// Error: [`WeightedError::Fee`].
pub fn after_fee_down(amount_in: U256, fee_wad: U256) -> Result<U256, WeightedError> {
    if fee_wad < U256::from(1_000_000_000_000_u64) || fee_wad > U256::from(100_000_000_000_000_000_u64) {
        return Err(WeightedError::Fee);
    }
    Ok(sub(amount_in, wad_mul_up(amount_in, fee_wad)?)?)
}

/// A weight that moves linearly. Before the start it stands at the first, after the end at the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovingWeight {
    /// At the start, wad.
    pub start_wad: U256,
    /// At the end, wad.
    pub end_wad: U256,
    /// Seconds of the move, at least 1. A start in the past is to be taken as now, so that nothing jumps.
    pub duration_secs: u64,
}

impl MovingWeight {
    /// The weight `elapsed_secs` after the start.
    ///
    /// Error: [`WeightedError::NoTime`].
    pub fn at(&self, elapsed_secs: u64) -> Result<U256, WeightedError> {
        if self.duration_secs == 0 {
            return Err(WeightedError::NoTime);
        }
        if elapsed_secs >= self.duration_secs {
            return Ok(self.end_wad);
        }
        let progress = mul_div_down(U256::from(elapsed_secs), WAD, U256::from(self.duration_secs))?;
        if self.start_wad > self.end_wad {
            let moved = wad_mul_down(sub(self.start_wad, self.end_wad)?, progress)?;
            Ok(sub(self.start_wad, moved)?)
        } else {
            let moved = wad_mul_down(sub(self.end_wad, self.start_wad)?, progress)?;
            Ok(add(self.start_wad, moved)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wad;
    use proptest::prelude::*;

    fn side(balance: &str, weight: &str) -> Reserve {
        Reserve {
            balance: wad(balance),
            weight: wad(weight),
        }
    }

    fn near(got: U256, printed: &str) {
        let printed = wad(printed);
        let gap = got.max(printed) - got.min(printed);
        // the printed numbers are doubles of 17 digits
        assert!(
            gap <= printed / U256::from(1_000_000_000_000_000_u64) * U256::from(3),
            "{got} {printed}"
        );
    }

    #[test]
    fn s2_13_weighted_math() {
        let (a, b) = (side("100", "0.5"), side("100", "0.4"));
        near(out_down(a, b, wad("15")).unwrap(), "16.029314312986737");
        near(in_up(a, b, wad("15")).unwrap(), "13.884562941468395");
        near(
            invariant_wad_down(side("10", "0.3"), side("12", "0.7")).unwrap(),
            "11.361269771988887",
        );
    }

    #[test]
    fn s2_13_lbp_from_96_to_50() {
        let token = MovingWeight {
            start_wad: wad("0.96"),
            end_wad: wad("0.5"),
            duration_secs: 100,
        };
        let quote = MovingWeight {
            start_wad: wad("0.04"),
            end_wad: wad("0.5"),
            duration_secs: 100,
        };
        for (at, price) in [
            (0, "2.4"),
            (25, "0.545161"),
            (50, "0.270370"),
            (75, "0.159740"),
            (100, "0.1"),
        ] {
            let from = Reserve {
                balance: wad("100000"),
                weight: quote.at(at).unwrap(),
            };
            let to = Reserve {
                balance: wad("1000000"),
                weight: token.at(at).unwrap(),
            };
            let unit = wad("0.000001");
            let spot = spot_wad_up(from, to).unwrap();
            assert_eq!(
                (spot + unit / U256::from(2)) / unit * unit,
                wad(price),
                "at {at} %"
            );
        }
        assert_eq!(
            MovingWeight {
                duration_secs: 0,
                ..token
            }
            .at(1),
            Err(WeightedError::NoTime)
        );
        assert_eq!(token.at(u64::MAX), Ok(wad("0.5")));
    }

    #[test]
    fn s2_13_fee_bounds_and_refusals() {
        assert_eq!(
            after_fee_down(wad("1"), wad("0.0000009")),
            Err(WeightedError::Fee)
        );
        assert_eq!(after_fee_down(wad("1"), wad("0.11")), Err(WeightedError::Fee));
        assert_eq!(after_fee_down(wad("1"), wad("0.000001")), Ok(wad("0.999999")));
        let (a, b) = (side("100", "0.5"), side("100", "0.5"));
        assert_eq!(in_up(a, b, wad("100")), Err(WeightedError::TooMuch));
        assert_eq!(
            out_down(side("100", "0.991"), b, wad("1")),
            Err(WeightedError::Weight)
        );
        assert_eq!(
            out_down(side("0", "0.5"), b, wad("1")),
            Err(WeightedError::EmptyPool)
        );
        assert_eq!(out_down(a, b, U256::ZERO), Ok(U256::ZERO));
        assert_eq!(in_up(a, b, U256::ZERO), Ok(U256::ZERO));
    }

    /// At equal weights it is the constant product without a fee.
    #[test]
    fn equal_weights_are_the_constant_product() {
        let (a, b) = (side("1000", "0.5"), side("3000", "0.5"));
        let exact = wad("3000") * wad("10") / wad("1010");
        let got = out_down(a, b, wad("10")).unwrap();
        assert!(got <= exact && exact - got <= U256::from(10_000));
    }

    fn any_side() -> impl Strategy<Value = (u128, u64)> {
        (1_000_000_000u128..1 << 100, 1u64..=99)
    }

    #[test]
    fn s2_13_either_balance_may_be_empty() {
        let (none, some) = (side("0", "0.5"), side("100", "0.5"));
        for (from, to) in [(none, some), (some, none)] {
            assert_eq!(out_down(from, to, WAD), Err(WeightedError::EmptyPool));
            assert_eq!(in_up(from, to, WAD), Err(WeightedError::EmptyPool));
        }
    }

    #[test]
    fn s2_13_swap_fees_from_a_millionth_to_a_tenth() {
        let kept = |fee| after_fee_down(wad("2"), wad(fee));
        assert_eq!(kept("0.000001"), Ok(wad("1.999998")));
        assert_eq!(kept("0.1"), Ok(wad("1.8")));
        assert_eq!(kept("0.000000999999999999"), Err(WeightedError::Fee));
        assert_eq!(kept("0.100000000000000001"), Err(WeightedError::Fee));
    }

    proptest! {
        #[test]
        fn prop_s2_13_no_profitable_round_trip((b1, w) in any_side(), (b2, _) in any_side(), amount in 1u128..1 << 100) {
            let percent = |n: u64| WAD / U256::from(100) * U256::from(n);
            let a = Reserve { balance: U256::from(b1), weight: percent(w) };
            let b = Reserve { balance: U256::from(b2), weight: percent(100 - w) };
            let amount = U256::from(amount);
            let out = out_down(a, b, amount).unwrap();
            prop_assert!(out < b.balance);
            let (a2, b2) = (Reserve { balance: a.balance + amount, ..a }, Reserve { balance: b.balance - out, ..b });
            if !b2.balance.is_zero() {
                prop_assert!(out_down(b2, a2, out).unwrap() <= amount);
            }
            // paying for that much out costs no less
            if !out.is_zero() && let Ok(needed) = in_up(a, b, out) {
                let enough = needed + U256::from(2);
                prop_assert!(out_down(a, b, enough).is_ok());
            }
        }

        #[test]
        fn prop_more_in_more_out((b1, w) in any_side(), (b2, _) in any_side(), x in 0u128..1 << 90, y in 0u128..1 << 90) {
            let percent = |n: u64| WAD / U256::from(100) * U256::from(n);
            let a = Reserve { balance: U256::from(b1), weight: percent(w) };
            let b = Reserve { balance: U256::from(b2), weight: percent(100 - w) };
            let out = |v: u128| out_down(a, b, U256::from(v)).unwrap();
            // monotone but for the width of the power's bound
            let slack = b.balance / U256::from(100_000_000_000_000_u64) + U256::from(4);
            prop_assert!(out(x.min(y)) <= out(x.max(y)) + slack);
        }
    }
}
