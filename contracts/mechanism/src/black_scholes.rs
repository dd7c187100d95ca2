//! European options: price, greeks and implied volatility after Black and Scholes.
//!
//! * **Equation.** With `d₁ = (ln(S/K) + (r + σ²/2)·T)/(σ√T)` and `d₂ = d₁ - σ√T`:
//!   * call `C = S·N(d₁) - K·e^(-rT)·N(d₂)`, put `P = C - S + K·e^(-rT)`;
//!   * delta `N(d₁)`, gamma `φ(d₁)/(S·σ√T)`, vega `S·φ(d₁)·√T`;
//!   * theta, a year, `-S·φ(d₁)·σ/(2√T) - r·K·e^(-rT)·N(d₂)`, rho `K·T·e^(-rT)·N(d₂)`.
//! * **Symbols.** `S` spot, `K` strike, wad; `r`, `σ` a year, wad; `T` seconds of a year of 31,536,000.
//! * **Source.** Black, Scholes, Merton 1973; Lyra's library for the domain (rules re-stated, systems.md 2.39, 3.6).
//! * **Domain.** `1 ≤ S, K ≤ 2^96` units, `S/K` within 10^±9; `10^-4 ≤ σ ≤ 100`; `|r| ≤ 10`; `T` to a hundred years. `T = 0` pays what it is worth then.
//! * **Rounding.** To nearest inside; prices are clamped to `[max(S - K·e^(-rT), 0), S]`, puts to what parity gives, never below zero.
//! * **In the wild.** Pricing at a stale implied volatility; settlement that raced the oracle; `z > 37` that overflowed. At the seam to expiry use the
//!   time to the next settlement.
//!
//! # Error
//! Prices are within `10^-17·(S + max(K, K·e^(-rT)))` plus four units, so within `10^-14` of the spot while both are below `900·S`. Derivation: the logarithms,
//! the drift and the half variance are each cut by less than a unit of 10^-18, and so is `σ√T`, by `e₁ ≤ 2·10^-18`; so `d₁` is off by
//! `δ ≤ (3 + |d₁|)·10^-18/σ√T + 10^-18` and `d₂` by the same but for `e₁`. Since `S·φ(d₁) = K·e^(-rT)·φ(d₂)`, what is common to both cancels to first order; what
//! remains is `S·φ(d₁)·e₁ ≤ 10^-18·S`, the second order `½·S·φ(d₁)·σ√T·δ²`, which is nothing where `σ√T ≥ 10^-8`, the two distributions at half a unit of
//! `S` and `K·e^(-rT)` each, and the discount's own unit, whose exponent is cut by one. Below `σ√T = 10^-8` the price is its limit to the same accuracy.

use crate::error::errors;
use mintage_math::{
    U256, WAD, add, exp_wad_down, ln_wad, mul, mul_div_down, normal_cdf_wad, normal_inverse_wad,
    normal_pdf_wad, sqrt_down, wad_mul_down,
};

/// Seconds of the year of `r` and `σ`.
pub const YEAR_SECS: u64 = 31_536_000;
const ONE: i128 = 1_000_000_000_000_000_000;
/// The longest term: a hundred years.
const MAX_SECS: u64 = 3_153_600_000;
const YEAR: U256 = U256::from_limbs([YEAR_SECS, 0, 0, 0]);
/// The least volatility, 0.0001.
const MIN_SIGMA: U256 = U256::from_limbs([100_000_000_000_000, 0, 0, 0]);
/// The largest volatility, 100.
const MAX_SIGMA: U256 = U256::from_limbs([0x6bc7_5e2d_6310_0000, 5, 0, 0]);
const TWO_WAD: U256 = U256::from_limbs([2_000_000_000_000_000_000, 0, 0, 0]);

errors! {
    /// Why there is no price.
    OptionError {
        /// Spot or strike outside of the domain.
        Price => "spot and strike must lie within 1 and 2^96 units and within a factor of 10^9 of each other",
        /// The volatility is outside of its domain.
        Volatility => "the volatility must lie between 0.0001 and 100 a year",
        /// The rate is outside of its domain.
        Rate => "the rate must lie between -10 and 10 a year",
        /// The term is too long.
        Term => "the term must be at most a hundred years",
        /// The delta of a strike that is looked for is 0 or 1 or above.
        Delta => "the delta must lie between 0 and 1, both excluded",
        /// The option's price is outside of what any volatility gives.
        NoVolatility => "no volatility gives this price: it is outside of the arbitrage bounds",
    }
}

/// What an option depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The price of the underlying, wad.
    pub spot_wad: U256,
    /// The strike, wad.
    pub strike_wad: U256,
    /// The rate, wad a year, signed.
    pub rate_wad: i128,
    /// The volatility, wad a year.
    pub sigma_wad: U256,
    /// Time to settlement, seconds.
    pub secs: u64,
}

/// Prices of the call and the put, wad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// The call.
    pub call: U256,
    /// The put.
    pub put: U256,
}

/// The sensitivities of call and put, wad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeks {
    /// Of the call to the spot; the put's is this less one.
    pub delta: U256,
    /// Of delta to the spot, for both.
    pub gamma: U256,
    /// To the volatility, for both, for a change of 1.0.
    pub vega: U256,
    /// Of the call to time, a year, mostly negative.
    pub theta: i128,
    /// Of the call to the rate, for a change of 1.0.
    pub rho: U256,
}

/// The numbers that all of them share.
struct Inner {
    d1: i128,
    d2: i128,
    /// `σ√T`, wad
    width: U256,
    /// `K·e^(-rT)`, wad
    discounted: U256,
}

fn signed(value: U256) -> i128 {
    i128::try_from(value).unwrap_or(i128::MAX)
}

impl Terms {
    fn check(&self) -> Result<(), OptionError> {
        let fits = |p: U256| !p.is_zero() && p.bit_len() <= 96;
        let (low, high) = (
            self.spot_wad.min(self.strike_wad),
            self.spot_wad.max(self.strike_wad),
        );
        if !fits(low) || !fits(high) || mul(low, U256::from(1_000_000_000))? < high {
            return Err(OptionError::Price);
        }
        if self.sigma_wad < MIN_SIGMA || self.sigma_wad > MAX_SIGMA {
            return Err(OptionError::Volatility);
        }
        if self.rate_wad.unsigned_abs() > ONE.unsigned_abs().wrapping_mul(10) {
            return Err(OptionError::Rate);
        }
        if self.secs > MAX_SECS {
            Err(OptionError::Term)
        } else {
            Ok(())
        }
    }

    /// `x·T`.
    fn for_term(&self, x: U256) -> Result<U256, OptionError> {
        Ok(mul_div_down(x, U256::from(self.secs), YEAR)?)
    }

    /// `r·T`, wad, towards zero.
    fn rate_for_term(&self) -> Result<i128, OptionError> {
        let size = signed(self.for_term(U256::from(self.rate_wad.unsigned_abs()))?);
        Ok(if self.rate_wad < 0 {
            size.wrapping_neg()
        } else {
            size
        })
    }

    fn discounted(&self) -> Result<U256, OptionError> {
        let factor = exp_wad_down(self.rate_for_term()?.wrapping_neg())?;
        Ok(wad_mul_down(self.strike_wad, factor)?)
    }

    /// `σ√T` and `(r + σ²/2)·T`, wad.
    fn width_and_drift(&self) -> Result<(U256, i128), OptionError> {
        // units of 10^-36
        let variance = self.for_term(mul(self.sigma_wad, self.sigma_wad)?)?;
        let half = signed(mul_div_down(variance, U256::ONE, TWO_WAD)?);
        Ok((sqrt_down(variance), self.rate_for_term()?.wrapping_add(half)))
    }

    /// `None` where `σ√T` rounds to nothing.
    fn inner(&self) -> Result<Option<Inner>, OptionError> {
        let (width, drift) = self.width_and_drift()?;
        if width.is_zero() {
            return Ok(None);
        }
        let moneyness = ln_wad(self.spot_wad)?.wrapping_sub(ln_wad(self.strike_wad)?);
        let numerator = moneyness.wrapping_add(drift);
        let size = mul_div_down(U256::from(numerator.unsigned_abs()), WAD, width)?;
        // far beyond 9 the distribution is 0 or 1 anyway
        let size = signed(size).min(ONE.wrapping_mul(1_000_000));
        let d1 = if numerator < 0 { size.wrapping_neg() } else { size };
        Ok(Some(Inner {
            d1,
            d2: d1.wrapping_sub(signed(width)),
            width,
            discounted: self.discounted()?,
        }))
    }

    /// The prices of call and put.
    ///
    /// Errors: [`OptionError`].
    ///
    /// ```
    /// use mintage_mechanism::black_scholes::Terms;
    /// use mintage_math::{U256, WAD};
    /// let n = |v: u64| U256::from(v);
    /// // Hull: S 42, K 40, 10 %, 20 %, half a year: 4.7594 and 0.8086
    /// let terms = Terms { spot_wad: WAD * n(42), strike_wad: WAD * n(40), rate_wad: 100_000_000_000_000_000, sigma_wad: WAD / n(5), secs: 15_768_000 };
    /// let prices = terms.prices().unwrap();
    /// assert_eq!(prices.call / n(100_000_000_000_000), n(47_594));
    /// assert_eq!(prices.put / n(100_000_000_000_000), n(8_085));
    /// ```
    pub fn prices(&self) -> Result<Prices, OptionError> {
        let (call, _, discounted) = self.evaluate()?;
        // parity; call ≥ S - K·e^(-rT), so the put is not negative
        let put = add(call, discounted)?.saturating_sub(self.spot_wad);
        Ok(Prices { call, put })
    }

    /// The call's price and its delta: what a hedge needs, for little more than the price alone.
    ///
    /// Errors: [`OptionError`].
    pub fn call_and_delta(&self) -> Result<(U256, U256), OptionError> {
        let (call, delta, _) = self.evaluate()?;
        Ok((call, delta))
    }

    /// `(call, delta, K·e^(-rT))`
    fn evaluate(&self) -> Result<(U256, U256, U256), OptionError> {
        self.check()?;
        let Some(inner) = self.inner()? else {
            let discounted = self.discounted()?;
            let intrinsic = self.spot_wad.saturating_sub(discounted);
            let delta = if intrinsic.is_zero() { U256::ZERO } else { WAD };
            return Ok((intrinsic, delta, discounted));
        };
        let delta = normal_cdf_wad(inner.d1);
        let up = wad_mul_down(self.spot_wad, delta)?;
        let down = wad_mul_down(inner.discounted, normal_cdf_wad(inner.d2))?;
        let intrinsic = self.spot_wad.saturating_sub(inner.discounted);
        Ok((
            up.saturating_sub(down).clamp(intrinsic, self.spot_wad),
            delta,
            inner.discounted,
        ))
    }

    /// The sensitivities. At expiry they are those of the limit: a delta of 0 or 1, nothing else.
    ///
    /// # Error
    /// With `w = 1/σ√T`, in units of 10^-18: the numerator of `d₁` is right to 3 (two logarithms, the drift, half of the variance), `σ√T` to 1, so `d₁` to
    /// `(3 + |d₁|)·w + 1`. The density's slope `|d|·φ(d)` is at most 0.25 and `d²·φ(d)` at most 0.3, the density itself 0.4; the distribution and the density
    /// are right to half a unit. Hence delta is within `1 + 1.5·w + 1`, gamma within `(1 + 1.5·w + w)/(S·σ√T) + 1`, vega within `S·(√T·(1 + 1.1·w) + 0.4) + 2`,
    /// theta within `S·σ/(2√T)·(1 + 1.1·w + 0.4/√T) + |r|·K·e^(-rT)·(2 + 1.5·w) + 3` and rho within `K·T·e^(-rT)·(2 + 1.5·w) + 2`; the tests hold `2 + 2·w` in
    /// place of each bracket.
    ///
    /// Errors: [`OptionError`].
    pub fn greeks(&self) -> Result<Greeks, OptionError> {
        self.check()?;
        let Some(inner) = self.inner()? else {
            let delta = if self.spot_wad > self.discounted()? {
                WAD
            } else {
                U256::ZERO
            };
            return Ok(Greeks {
                delta,
                gamma: U256::ZERO,
                vega: U256::ZERO,
                theta: 0,
                rho: U256::ZERO,
            });
        };
        let density = normal_pdf_wad(inner.d1);
        let spot_density = wad_mul_down(self.spot_wad, density)?;
        let exercised = wad_mul_down(inner.discounted, normal_cdf_wad(inner.d2))?;
        let gamma = mul_div_down(density, mul(WAD, WAD)?, mul(self.spot_wad, inner.width)?)?;
        // √T, wad
        let root = sqrt_down(self.for_term(mul(WAD, WAD)?)?);
        let decay = mul_div_down(spot_density, self.sigma_wad, mul(root, U256::from(2))?)?;
        let carry_size = wad_mul_down(U256::from(self.rate_wad.unsigned_abs()), exercised)?;
        let carry = signed(carry_size).wrapping_mul(self.rate_wad.signum());
        Ok(Greeks {
            delta: normal_cdf_wad(inner.d1),
            gamma,
            vega: wad_mul_down(spot_density, root)?,
            theta: signed(decay).wrapping_neg().wrapping_sub(carry),
            rho: self.for_term(exercised)?,
        })
    }

    /// The volatility at which the call costs `price`, wad: the price it gives is within the accuracy of prices of it. `sigma_wad` is ignored.
    ///
    /// Newton's steps within a bracket that halves at worst; at most 64 prices. The volatility is within three times the error of prices over vega, and two
    /// units: where vega is small, many volatilities give the price to its last digit.
    ///
    /// Errors: [`OptionError::NoVolatility`]; as [`Self::prices`].
    pub fn implied_volatility(&self, call_price_wad: U256) -> Result<U256, OptionError> {
        let (mut low, mut high) = (MIN_SIGMA, MAX_SIGMA);
        let at = |sigma_wad: U256| Self { sigma_wad, ..*self };
        if call_price_wad < at(low).prices()?.call || call_price_wad > at(high).prices()?.call {
            return Err(OptionError::NoVolatility);
        }
        let mut sigma = WAD;
        for _ in 0..64 {
            let call = at(sigma).prices()?.call;
            if call == call_price_wad || high.wrapping_sub(low) <= U256::ONE {
                break;
            }
            let too_high = call > call_price_wad;
            if too_high {
                high = sigma
            } else {
                low = sigma
            }
            let vega = at(sigma).greeks()?.vega;
            let gap = if too_high {
                call.wrapping_sub(call_price_wad)
            } else {
                call_price_wad.wrapping_sub(call)
            };
            let step = mul_div_down(gap, WAD, vega).unwrap_or(U256::MAX);
            // a root that is approached from one side leaves the other end of the bracket far away
            if step.is_zero() {
                break;
            }
            let next = if too_high {
                sigma.saturating_sub(step)
            } else {
                sigma.saturating_add(step)
            };
            sigma = if next > low && next < high {
                next
            } else {
                low.wrapping_add(high).wrapping_shr(1)
            };
        }
        Ok(sigma)
    }
}

/// The strike at which a call has this delta: `K = S·e^((r + σ²/2)·T - N⁻¹(Δ)·σ√T)`, to nearest. Vaults that sell calls of a tenth of delta ask for it.
///
/// # Error
/// Relative to the strike at most `10^-18·(16 + 3·σ√T/φ(N⁻¹(Δ)))`, and two units: the inverse is right to `3·10^-18/φ`, which counts `σ√T` times; the
/// exponent adds four roundings, the exponential a unit and `2^-84`, taken on the side where it is above one.
///
/// Errors: [`OptionError::Delta`]; as [`Terms::prices`], the strike's domain included.
///
/// ```
/// use mintage_mechanism::black_scholes::{strike_for_delta, Terms};
/// use mintage_math::{U256, WAD};
/// // a week, 80 % of volatility, a spot of 2,000: the strike of a tenth of delta
/// let (spot, sigma, tenth, week) = (WAD * U256::from(2_000), WAD / U256::from(10) * U256::from(8), WAD / U256::from(10), 604_800);
/// let strike = strike_for_delta(spot, 0, sigma, week, tenth).unwrap();
/// assert_eq!(strike / WAD, U256::from(2_319));
/// let call = Terms { spot_wad: spot, strike_wad: strike, rate_wad: 0, sigma_wad: sigma, secs: week };
/// assert!(call.greeks().unwrap().delta.abs_diff(tenth) < U256::from(100));
/// ```
pub fn strike_for_delta(
    spot_wad: U256,
    rate_wad: i128,
    sigma_wad: U256,
    secs: u64,
    delta_wad: U256,
) -> Result<U256, OptionError> {
    let terms = Terms {
        spot_wad,
        strike_wad: spot_wad,
        rate_wad,
        sigma_wad,
        secs,
    };
    terms.check()?;
    let distance = normal_inverse_wad(delta_wad).map_err(|_| OptionError::Delta)?;
    let (width, drift) = terms.width_and_drift()?;
    let away = signed(wad_mul_down(U256::from(distance.unsigned_abs()), width)?);
    let exponent = drift.wrapping_sub(away.wrapping_mul(distance.signum()));
    let factor = exp_wad_down(exponent.saturating_abs()).map_err(|_| OptionError::Price)?;
    let strike_wad = if exponent < 0 {
        mul_div_down(spot_wad, WAD, factor)?
    } else {
        wad_mul_down(spot_wad, factor)?
    };
    Terms { strike_wad, ..terms }.check()?;
    Ok(strike_wad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wad;
    use proptest::prelude::*;

    fn terms(spot: &str, strike: &str, rate: &str, sigma: &str, secs: u64) -> Terms {
        Terms {
            spot_wad: wad(spot),
            strike_wad: wad(strike),
            rate_wad: signed(wad(rate)),
            sigma_wad: wad(sigma),
            secs,
        }
    }

    /// 20/52 of a year, to the nearest second.
    const TWENTY_WEEKS: u64 = 12_129_231;

    /// Printed to 17 digits; the accuracy of prices is 10^-14 of the spot.
    fn near(got: U256, printed: &str, spot: U256) {
        let (whole, fraction) = printed.split_once('.').unwrap();
        let printed = wad(&format!("{whole}.{}", &fraction[..fraction.len().min(18)]));
        let gap = got.max(printed) - got.min(printed);
        assert!(
            gap <= spot / U256::from(100_000_000_000_000_u64),
            "{got} {printed}"
        );
    }

    #[test]
    fn prices_end_at_96_bits() {
        let at = |price: U256| Terms {
            spot_wad: price,
            strike_wad: price,
            rate_wad: 0,
            sigma_wad: WAD,
            secs: YEAR_SECS,
        };
        let most = (U256::ONE << 96) - U256::ONE;
        assert!(at(most).prices().is_ok());
        assert_eq!(at(most + U256::ONE).prices(), Err(OptionError::Price));
        assert_eq!(at(U256::ZERO).prices(), Err(OptionError::Price));
    }

    #[test]
    fn s3_6_prices_and_greeks() {
        for (t, d1, call, put, delta, gamma, vega, theta) in [
            (
                terms("42", "40", "0.1", "0.2", YEAR_SECS / 2),
                "0.76926262810603138",
                "4.7594223928715332",
                "0.80859937290009358",
                "0.77913129094266894",
                "0.049962670405911856",
                "8.8134150596028513",
                "4.5590921945926",
            ),
            (
                terms("49", "50", "0.05", "0.2", TWENTY_WEEKS),
                "0.054181351923835818",
                "2.4005273232717145",
                "2.4481754412818495",
                "0.52160466106639639",
                "0.065544039347844398",
                "12.10547988262880",
                "4.3053298229325734",
            ),
            (
                terms("100", "100", "0.05", "0.2", YEAR_SECS),
                "0.35",
                "10.450583572185567",
                "5.5735260222569677",
                "0.63683065117561907",
                "0.018762017345846894",
                "37.524034691693788",
                "6.4140275464381958",
            ),
            (
                terms("2998.7", "3100", "0.05", "0.7", 1_209_600),
                "-0.15980512610459797",
                "123.11733864512268",
                "218.47783040498444",
                "0.43651729296658666",
                "0.00095811134824392755",
                "231.32109247094464",
                "2170.0983221860589",
            ),
            (
                terms("100", "110", "0", "0.8", YEAR_SECS / 365 * 30),
                "-0.30088487425575790",
                "5.3980235446885229",
                "15.398023544688523",
                "0.38175114238589468",
                "0.016624445677608535",
                "10.931142363359037",
                "53.198226168347311",
            ),
        ] {
            let (prices, greeks) = (t.prices().unwrap(), t.greeks().unwrap());
            // 20/52 of a year is no whole number of seconds: a quarter of one in twelve million is missing, 2·10^-8 of everything
            let s = if t.secs == TWENTY_WEEKS {
                t.spot_wad * U256::from(10_000_000)
            } else {
                t.spot_wad
            };
            let one = s / (t.spot_wad / wad("1"));
            let d1_got = t.inner().unwrap().unwrap().d1;
            assert_eq!(d1_got < 0, d1.starts_with('-'));
            near(U256::from(d1_got.unsigned_abs()), d1.trim_start_matches('-'), s);
            near(prices.call, call, s);
            near(prices.put, put, s);
            near(greeks.delta, delta, one);
            near(greeks.gamma, gamma, one);
            near(greeks.vega, vega, s * U256::from(10));
            // printed to 14 digits at least
            near(
                U256::from(greeks.theta.unsigned_abs()),
                theta,
                s * U256::from(1_000),
            );
            assert!(greeks.theta < 0);
        }
    }

    #[test]
    fn s2_39_limits() {
        // no time: what it is worth now
        let t = terms("42", "40", "0.1", "0.2", 0);
        assert_eq!(
            t.prices().unwrap(),
            Prices {
                call: wad("2"),
                put: U256::ZERO
            }
        );
        assert_eq!(t.greeks().unwrap().delta, WAD);
        // one second, least volatility: the same but for nothing
        let t = terms("42", "40", "0", "0.0001", 1);
        assert_eq!(
            t.prices().unwrap(),
            Prices {
                call: wad("2"),
                put: U256::ZERO
            }
        );
        // far beyond 37 standard deviations: no panic
        let t = terms("1000", "1", "0", "0.0001", 1);
        assert_eq!(t.prices().unwrap().call, wad("999"));
        let huge = terms("100", "100", "0", "100", MAX_SECS);
        assert_eq!(huge.prices().unwrap().call, wad("100"));
    }

    /// A tenth of delta a week out, and the limits of the question.
    #[test]
    fn s2_38_strike_of_a_delta() {
        let tenth = wad("0.1");
        let strike = strike_for_delta(wad("2000"), 0, wad("0.8"), 604_800, tenth).unwrap();
        let call = Terms {
            strike_wad: strike,
            ..terms("2000", "2000", "0", "0.8", 604_800)
        };
        assert!(call.greeks().unwrap().delta.abs_diff(tenth) < U256::from(100));
        // half of delta: above the spot by the drift alone
        let half = strike_for_delta(wad("100"), 0, wad("0.2"), YEAR_SECS, wad("0.5")).unwrap();
        assert_eq!(half / wad("0.0001"), U256::from(1_020_201)); // 100·e^0.02
        let ask = |delta| strike_for_delta(wad("100"), 0, wad("0.2"), YEAR_SECS, delta);
        assert_eq!(ask(U256::ZERO), Err(OptionError::Delta));
        assert_eq!(ask(WAD), Err(OptionError::Delta));
        assert_eq!(
            strike_for_delta(wad("100"), 0, wad("100"), MAX_SECS, wad("0.5")),
            Err(OptionError::Price)
        );
    }

    #[test]
    fn s2_39_refusals() {
        let t = terms("42", "40", "0.1", "0.2", 1);
        assert_eq!(
            Terms {
                spot_wad: U256::ZERO,
                ..t
            }
            .prices(),
            Err(OptionError::Price)
        );
        assert_eq!(
            Terms {
                spot_wad: U256::MAX,
                ..t
            }
            .prices(),
            Err(OptionError::Price)
        );
        assert_eq!(
            Terms {
                spot_wad: U256::ONE,
                ..t
            }
            .prices(),
            Err(OptionError::Price)
        );
        assert_eq!(
            Terms {
                sigma_wad: wad("0.00009"),
                ..t
            }
            .prices(),
            Err(OptionError::Volatility)
        );
        assert_eq!(
            Terms {
                sigma_wad: wad("101"),
                ..t
            }
            .prices(),
            Err(OptionError::Volatility)
        );
        assert_eq!(
            Terms {
                rate_wad: i128::MIN,
                ..t
            }
            .prices(),
            Err(OptionError::Rate)
        );
        assert_eq!(
            Terms {
                secs: MAX_SECS + 1,
                ..t
            }
            .prices(),
            Err(OptionError::Term)
        );
        assert_eq!(t.implied_volatility(wad("1")), Err(OptionError::NoVolatility));
        assert_eq!(t.implied_volatility(wad("43")), Err(OptionError::NoVolatility));
    }

    fn any_terms() -> impl Strategy<Value = Terms> {
        (
            1_000_000u64..1_000_000_000,
            1_000_000u64..1_000_000_000,
            -200i128..200,
            1u64..30_000,
            0u64..YEAR_SECS * 3,
        )
            .prop_map(|(s, k, r, v, secs)| Terms {
                spot_wad: U256::from(s) * U256::from(1_000_000_000_000_u64),
                strike_wad: U256::from(k) * U256::from(1_000_000_000_000_u64),
                rate_wad: r * 1_000_000_000_000_000,
                sigma_wad: U256::from(v) * U256::from(100_000_000_000_000_u64),
                secs,
            })
    }

    /// What prices may be off by, in both.
    fn slack(t: &Terms) -> U256 {
        (t.spot_wad + t.strike_wad) / U256::from(100_000_000_000_000_000_u64) + U256::from(4)
    }

    proptest! {
        #[test]
        fn prop_s2_39_parity_and_bounds(t in any_terms()) {
            let (p, g) = (t.prices().unwrap(), t.greeks().unwrap());
            let discounted = t.discounted().unwrap();
            prop_assert_eq!(p.call + discounted, p.put + t.spot_wad);
            prop_assert!(p.call <= t.spot_wad && p.call >= t.spot_wad.saturating_sub(discounted));
            prop_assert!(g.delta <= WAD);
            prop_assert_eq!(t.call_and_delta().unwrap(), (p.call, g.delta));
        }

        #[test]
        fn prop_s2_39_monotone(t in any_terms(), more in 1_000u64..1_000_000) {
            let call = |t: Terms| t.prices().unwrap().call;
            let base = call(t);
            let by = t.spot_wad * U256::from(more) / U256::from(10_000_000);
            let slack = slack(&t) * U256::from(2);
            let dearer = call(Terms { spot_wad: t.spot_wad + by, ..t });
            let higher = call(Terms { strike_wad: t.strike_wad + by, ..t });
            let rougher = call(Terms { sigma_wad: t.sigma_wad + by / U256::from(1_000), ..t });
            let longer = call(Terms { secs: t.secs + more, ..t });
            prop_assert!(dearer + slack >= base);
            prop_assert!(higher <= base + slack);
            prop_assert!(rougher + slack >= base);
            prop_assert!(t.rate_wad < 0 || longer + slack >= base);
        }

        /// What a hedged call earns on a small move is half of gamma times its square, less theta: the third-order rest is bounded by the move.
        #[test]
        fn prop_s2_40_hedged_profit_is_gamma_less_theta(strike in 80u64..125, sigma in 20u64..150, days in 30u64..365, move_bps in 1u64..50, up: bool, hours in 0u64..12) {
            let t = Terms {
                spot_wad: wad("100"),
                strike_wad: U256::from(strike) * WAD,
                rate_wad: 0,
                sigma_wad: U256::from(sigma) * wad("0.01"),
                secs: days * 86_400,
            };
            let by = wad("0.01") * U256::from(move_bps);
            let spot_wad = if up { t.spot_wad + by } else { t.spot_wad - by };
            let after = Terms { spot_wad, secs: t.secs - hours * 3_600, ..t }.prices().unwrap().call;
            let (g, by) = (t.greeks().unwrap(), signed(by));
            let moved = if up { by } else { -by };
            let earned = signed(after) - signed(t.prices().unwrap().call) - signed(g.delta) / 1_000_000_000 * moved / 1_000_000_000;
            let curve = signed(wad_mul_down(g.gamma, U256::from((by * (by / 1_000_000_000) / 1_000_000_000) as u128)).unwrap()) / 2;
            let decay = g.theta / i128::from(YEAR_SECS) * i128::from(hours * 3_600);
            // ΔS ≤ 0.5 and Δt ≤ 12 h, against σ√T ≥ 0.05 and a spot of 100: terms of third order, and the divisions above
            let allowed = wad("0.01");
            prop_assert!((earned - curve - decay).unsigned_abs() < u128::try_from(allowed).unwrap(), "{earned} {curve} {decay}");
            // and it is a law, not a width: the gain and the decay are of opposite sign
            prop_assert!(curve >= 0 && decay <= 0);
        }

        #[test]
        fn prop_implied_volatility_gives_the_price_back(t in any_terms()) {
            let price = t.prices().unwrap().call;
            if let Ok(sigma) = t.implied_volatility(price) {
                let back = Terms { sigma_wad: sigma, ..t }.prices().unwrap().call;
                prop_assert!(back.max(price) - back.min(price) <= slack(&t) * U256::from(4));
            }
        }
    }
}
