//! A fair launch on a curve: constant product with virtual reserves.
//!
//! * **Equation.** `(X + x)·(Y - y) = X·Y`: paying `a` brings `⌊Y·a/(X + a)⌋`, and `y` tokens cost `⌈X·y/(Y - y)⌉`, where `X`, `Y` are the
//!   virtual reserves plus what happened so far.
//! * **Symbols.** `X` of the currency, `Y` of the token, base units; `sellable` how many tokens the curve has to sell.
//! * **Source.** Pump.fun's public curve: 30 SOL against 1,073,000,000 tokens, 793,100,000 of them to sell (systems.md 2.14).
//! * **Domain.** `sellable < Y`; reserves below 2^128.
//! * **Rounding.** Tokens out down, currency in up, currency out down: a round trip never profits.
//! * **In the wild.** "fair" launches with 10 % extra for the developer (MasterChef v1), and bots at the first block. Nothing is minted to
//!   anyone but who pays the curve.

use crate::error::errors;
use mintage_math::{U256, add, mul_div_down, mul_div_up, sub};

errors! {
    /// Why the curve does not trade.
    CurveError {
        /// Nothing is paid or asked for.
        Zero => "nothing is paid or asked for",
        /// More tokens than the curve has left, or as many as its virtual reserve.
        SoldOut => "the curve has fewer tokens left than that",
        /// More is sold back than was ever sold.
        NotSold => "more tokens are sold back than the curve has sold",
    }
}

/// Where the curve stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Curve {
    /// The currency's virtual reserve plus what was paid in, base units.
    pub currency: U256,
    /// The token's virtual reserve less what was sold, base units.
    pub tokens: U256,
    /// How many tokens are left to sell, base units.
    pub left: U256,
    /// What was paid in and not paid out again, base units: the curve's real money.
    pub raised: U256,
}

impl Curve {
    /// A curve on which nothing was sold yet.
    ///
    /// Error: [`CurveError::SoldOut`] where `sellable` is not below the token's virtual reserve.
    pub fn new(virtual_currency: U256, virtual_tokens: U256, sellable: U256) -> Result<Self, CurveError> {
        if sellable >= virtual_tokens || virtual_currency.is_zero() {
            return Err(CurveError::SoldOut);
        }
        Ok(Self {
            currency: virtual_currency,
            tokens: virtual_tokens,
            left: sellable,
            raised: U256::ZERO,
        })
    }

    /// What `tokens` cost now, rounded up.
    ///
    /// Errors: [`CurveError::Zero`], [`CurveError::SoldOut`].
    ///
    /// ```
    /// use mintage_mechanism::bonding_curve::Curve;
    /// use mintage_math::U256;
    /// let n = |v: u64| U256::from(v);
    /// let (sol, token) = (n(1_000_000_000), n(1_000_000));
    /// let curve = Curve::new(n(30) * sol, n(1_073_000_000) * token, n(793_100_000) * token).unwrap();
    /// // 85.005359 SOL sell it out
    /// assert_eq!(curve.cost_up(curve.left), Ok(n(85_005_359_057)));
    /// ```
    pub fn cost_up(&self, tokens: U256) -> Result<U256, CurveError> {
        if tokens.is_zero() {
            return Err(CurveError::Zero);
        }
        if tokens > self.left {
            return Err(CurveError::SoldOut);
        }
        Ok(mul_div_up(self.currency, tokens, sub(self.tokens, tokens)?)?)
    }

    /// The tokens that `amount` brings now, rounded down, and not more than are left.
    ///
    /// Error: [`CurveError::Zero`].
    pub fn tokens_for_down(&self, amount: U256) -> Result<U256, CurveError> {
        if amount.is_zero() {
            return Err(CurveError::Zero);
        }
        Ok(mul_div_down(self.tokens, amount, add(self.currency, amount)?)?.min(self.left))
    }

    /// Buys for at most `amount`: the curve after it, the tokens, and what they cost (the rest is the buyer's).
    ///
    /// Errors: as [`Self::tokens_for_down`]; [`CurveError::Zero`] where the amount brings nothing.
    pub fn buy(&self, amount: U256) -> Result<(Self, U256, U256), CurveError> {
        let tokens = self.tokens_for_down(amount)?;
        // what these tokens cost is at most the amount: the same curve, rounded the other way, from a rounded-down count
        let cost = self.cost_up(tokens)?.min(amount);
        let after = Self {
            currency: add(self.currency, cost)?,
            tokens: sub(self.tokens, tokens)?,
            left: sub(self.left, tokens)?,
            raised: add(self.raised, cost)?,
        };
        Ok((after, tokens, cost))
    }

    /// Sells tokens back: the curve after it and what is paid out, rounded down and never more than was raised.
    ///
    /// `sellable` is the number the curve started with.
    ///
    /// Errors: [`CurveError::Zero`], [`CurveError::NotSold`].
    pub fn sell(&self, tokens: U256, sellable: U256) -> Result<(Self, U256), CurveError> {
        if tokens.is_zero() {
            return Err(CurveError::Zero);
        }
        if add(self.left, tokens)? > sellable {
            return Err(CurveError::NotSold);
        }
        let out = mul_div_down(self.currency, tokens, add(self.tokens, tokens)?)?.min(self.raised);
        let after = Self {
            currency: sub(self.currency, out)?,
            tokens: add(self.tokens, tokens)?,
            left: add(self.left, tokens)?,
            raised: sub(self.raised, out)?,
        };
        Ok((after, out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pump() -> Curve {
        let n = |v: u64| U256::from(v);
        Curve::new(
            n(30_000_000_000),
            n(1_073_000_000_000_000),
            n(793_100_000_000_000),
        )
        .unwrap()
    }

    #[test]
    fn s2_14_selling_out_costs_85_005359() {
        let cost = pump().cost_up(pump().left).unwrap();
        assert_eq!(cost / U256::from(1_000), U256::from(85_005_359));
        let (after, tokens, paid) = pump().buy(U256::from(100_000_000_000_u64)).unwrap();
        assert_eq!((tokens, paid, after.left), (pump().left, cost, U256::ZERO));
        assert_eq!(after.tokens_for_down(U256::ONE), Ok(U256::ZERO));
        assert_eq!(after.cost_up(U256::ONE), Err(CurveError::SoldOut));
    }

    #[test]
    fn s2_14_refusals() {
        let one = U256::ONE;
        assert_eq!(Curve::new(one, one, one), Err(CurveError::SoldOut));
        assert_eq!(pump().buy(U256::ZERO), Err(CurveError::Zero));
        assert_eq!(pump().sell(one, pump().left), Err(CurveError::NotSold));
        assert_eq!(pump().sell(U256::ZERO, pump().left), Err(CurveError::Zero));
    }

    proptest! {
        /// Whoever buys and sells in whatever steps never takes out more than was paid in, and k never falls.
        #[test]
        fn prop_s2_14_buy_then_sell_never_profits(steps in prop::collection::vec((any::<bool>(), 1u64..40_000_000_000), 1..40)) {
            let (start, mut curve) = (pump(), pump());
            let (mut paid, mut received, mut held) = (U256::ZERO, U256::ZERO, U256::ZERO);
            for (buys, amount) in steps {
                if buys {
                    let Ok((next, tokens, cost)) = curve.buy(U256::from(amount)) else { continue };
                    prop_assert!(cost <= U256::from(amount));
                    paid += cost; held += tokens; curve = next;
                } else {
                    let tokens = held.min(U256::from(amount) * U256::from(1_000));
                    let Ok((next, out)) = curve.sell(tokens, start.left) else { continue };
                    received += out; held -= tokens; curve = next;
                }
                prop_assert_eq!(curve.raised + received, paid);
                prop_assert_eq!(curve.left + held, start.left);
                prop_assert!(curve.currency * curve.tokens >= start.currency * start.tokens);
            }
            if !held.is_zero() { received += curve.sell(held, start.left).unwrap().1; }
            prop_assert!(received <= paid);
        }
    }
}
