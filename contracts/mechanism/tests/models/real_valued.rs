//! models/real_valued.py: 100,000 points each, in sixty digits. What stands here as an error is what the documentation of each function states.

use crate::harness::{Got, Rng, units};
use mintage_math::{
    U256, WAD, exp_wad_down, exp_wad_up, ln_wad, mul_div_down, mul_div_up, normal_cdf_wad,
    normal_inverse_wad, normal_pdf_wad, pow_wad_down, pow_wad_up, sqrt_down,
};
use mintage_mechanism::{
    black_scholes::{Terms, YEAR_SECS, strike_for_delta},
    dutch::Vrgda,
    leverage::{drag_wad_down, pool_transfer_down},
    margin::LYRA,
    tick::{quote_down, sqrt_price_x96, tick_at},
    vesting::{Segment, segments_vested_down},
    volatility::{log_return_wad, parkinson_wad_down},
    weighted_pool::{Reserve, in_up, invariant_wad_down, out_down},
};

const E18: i128 = 1_000_000_000_000_000_000;

fn n(value: u64) -> U256 {
    U256::from(value)
}

fn ten(power: u64) -> u128 {
    10u128.pow(power as u32)
}

/// The lower 32 bits.
fn low(value: U256) -> u32 {
    value.as_limbs()[0] as u32
}

/// A number of units that is far below 2^32.
fn count(value: U256) -> u32 {
    u32::try_from(value).unwrap()
}

/// The length in bits and the leading `bits` of them.
fn leading(value: U256, bits: usize) -> (u64, U256) {
    let length = value.bit_len();
    (length as u64, value >> length.saturating_sub(bits))
}

/// `value` in parts of `whole·2^-60`.
fn parts(value: U256, whole: U256) -> U256 {
    mul_div_down(value, U256::ONE << 60, whole).unwrap()
}

fn parts_up(value: U256, whole: U256) -> u32 {
    count(mul_div_up(value, U256::ONE << 60, whole).unwrap())
}

/// How far a value is shifted so that it has sixty bits.
fn sixty_bits(value: U256) -> usize {
    value.bit_len().saturating_sub(60)
}

/// `10^-15` in units of a number of sixty bits.
const RELATIVE: u32 = 1_153;

// ---------------------------------------------------------------------------------------------------- mintage-math

model!(real_exp, |rng| {
    let x = rng.signed(-42 * E18, 135_999_146_549_453_176_898);
    let (down, up) = (exp_wad_down(x).unwrap(), exp_wad_up(x));
    // the promise between the two sides; at the very end the upper one may not fit
    if let Ok(up) = up {
        assert!(down <= up && up - down <= (down >> 82) + n(2), "{x}");
    }
    case!([x] => Some(leading(down, 60)))
});

model!(real_ln, |rng| {
    let x = if rng.u8(0, 1) == 1 {
        WAD + rng.bits(59)
    } else {
        rng.bits(256)
    };
    case!([x] => ln_wad(x).ok())
});

table!(real_pow, |rng| {
    let near = rng.u8(0, 3) == 0;
    let x = if near {
        WAD + n(10_000) + rng.bits(50)
    } else {
        U256::ONE + rng.bits(160)
    };
    let y = if near {
        rng.signed(-10 * 1_000 * E18, 10 * 1_000 * E18)
    } else {
        rng.signed(-3 * E18, 3 * E18)
    };
    // what is below one unit, and what has 256 bits, is not in the table
    let down = pow_wad_down(x, y)
        .ok()
        .filter(|v| !v.is_zero() && v.bit_len() < 256)?;
    let up = pow_wad_up(x, y).unwrap();
    let shift = sixty_bits(down);
    let promised = (mul_div_up(down, n(2), n(1_000_000_000_000_000)).unwrap()) + n(2);
    assert!(down <= up && up - down <= promised, "{x} {y}");
    Some(Got {
        units: low(down >> shift),
        below: RELATIVE + 1,
        above: 0,
    })
});

model!(real_cdf, |rng| {
    let x = rng.signed(-10 * E18, 10 * E18);
    case!([x] => Some(normal_cdf_wad(x)))
});

model!(real_pdf, |rng| {
    let x = rng.signed(-10 * E18, 10 * E18);
    case!([x] => Some(normal_pdf_wad(x)))
});

table!(real_inverse, |rng| {
    let tail = if rng.u8(0, 1) == 1 {
        n(1_000) + rng.bits(58)
    } else {
        rng.wide(1_000, E18 as u128 / 2)
    };
    let p = if rng.u8(0, 1) == 1 { WAD - tail } else { tail };
    let x = normal_inverse_wad(p).unwrap();
    let shift = (WAD / tail).bit_len().saturating_sub(10);
    // |N(x) - p| ≤ 2.5 units, so |x - x*| is that over the density, which changes little on the way
    let error = mul_div_up(n(3), WAD, normal_pdf_wad(x)).unwrap();
    Some(Got::within((x >> shift) as u32, (error >> shift) + n(2)))
});

// ---------------------------------------------------------------------------------------------------- options

fn terms(rng: &mut Rng) -> Terms {
    let wide = rng.u8(0, 3) == 0;
    let spot_wad = if wide {
        U256::from(ten(12)) + rng.bits(95)
    } else {
        rng.wide(ten(15), ten(21))
    };
    let strike_wad = (spot_wad * rng.wide(ten(16), ten(20)) / WAD).min((U256::ONE << 96) - U256::ONE);
    let rate_wad = if wide {
        rng.signed(-E18, E18)
    } else {
        rng.signed(-E18 / 10, 3 * E18 / 10)
    };
    let sigma_wad = if wide {
        U256::from(ten(14)) + rng.bits(66)
    } else {
        rng.wide(ten(16), 3 * ten(18))
    };
    let secs = if wide {
        rng.bits_u64(31)
    } else {
        rng.u64(0, 3 * YEAR_SECS)
    };
    Terms {
        spot_wad,
        strike_wad,
        rate_wad,
        sigma_wad,
        secs,
    }
}

fn steep_discount(t: &Terms) -> bool {
    t.rate_wad * i128::from(t.secs) < -3 * E18 * i128::from(YEAR_SECS)
}

/// A price within `10^-17·(S + max(K, K·e^(-rT)))` and four units, in parts of `S + K`.
fn price(value: U256, t: &Terms, discounted: U256) -> Option<Got> {
    let whole = t.spot_wad + t.strike_wad;
    let error = (t.spot_wad + t.strike_wad.max(discounted)) / U256::from(ten(17)) + n(5);
    Some(Got::within(
        low(parts(value, whole)),
        U256::from(parts_up(error, whole) + 1),
    ))
}

table!(real_call, |rng| {
    let t = terms(rng);
    let p = t.prices().ok().filter(|_| !steep_discount(&t))?;
    // parity
    price(p.call, &t, p.put + t.spot_wad - p.call)
});

table!(real_put, |rng| {
    let t = terms(rng);
    let p = t.prices().ok().filter(|_| !steep_discount(&t))?;
    price(p.put, &t, p.put + t.spot_wad - p.call)
});

/// Whole numbers at least as large as 1/(σ√T), S, K, √T and 1/√T.
struct Scales {
    steep: U256,
    spot: U256,
    strike: U256,
    root: U256,
    over_root: U256,
    width: U256,
}

fn scales(t: &Terms) -> Option<Scales> {
    let (secs, year, one) = (n(t.secs), n(YEAR_SECS), U256::ONE);
    let width = sqrt_down(t.sigma_wad * t.sigma_wad * secs / year);
    let root = sqrt_down(secs * WAD * WAD / year);
    (!width.is_zero() && !root.is_zero()).then(|| Scales {
        steep: WAD / width + one,
        spot: t.spot_wad / WAD + one,
        strike: t.strike_wad / WAD + one,
        root: root / WAD + one,
        over_root: WAD / root + one,
        width,
    })
}

/// A sensitivity in wad; those whose stated error is above 2^23 units are left out.
fn greek(
    t: &Terms,
    bound: impl FnOnce(&Scales) -> U256,
    value: impl FnOnce() -> (U256, bool),
) -> Option<Got> {
    let bound = bound(&scales(t).filter(|_| !steep_discount(t))?);
    if bound >= n(1 << 23) {
        return None;
    }
    let (size, negative) = value();
    Some(Got::within(units(size, negative, 0), bound + U256::ONE))
}

table!(real_delta, |rng| {
    let t = terms(rng);
    greek(
        &t,
        |s| n(2) + n(2) * s.steep,
        || (t.greeks().unwrap().delta, false),
    )
});

table!(real_gamma, |rng| {
    let t = terms(rng);
    let bound = |s: &Scales| {
        let scale = WAD * WAD / (t.spot_wad * s.width) + U256::ONE;
        n(2) + n(2) * (U256::ONE + s.steep) * scale
    };
    greek(&t, bound, || (t.greeks().unwrap().gamma, false))
});

table!(real_vega, |rng| {
    let t = terms(rng);
    let bound = |s: &Scales| n(2) + s.spot * (s.root * (U256::ONE + n(2) * s.steep) + U256::ONE);
    greek(&t, bound, || (t.greeks().unwrap().vega, false))
});

table!(real_theta, |rng| {
    let t = terms(rng);
    let bound = |s: &Scales| {
        let decay = s.spot * (t.sigma_wad / WAD + U256::ONE) * s.over_root;
        let rate = U256::from(t.rate_wad.unsigned_abs()) / WAD + U256::ONE;
        n(4) + decay * (U256::ONE + n(2) * s.steep + s.over_root)
            + rate * n(21) * s.strike * (n(2) + n(2) * s.steep)
    };
    greek(&t, bound, || {
        let theta = t.greeks().unwrap().theta;
        (U256::from(theta.unsigned_abs()), theta < 0)
    })
});

table!(real_rho, |rng| {
    let t = terms(rng);
    let bound =
        |s: &Scales| n(3) + n(21) * s.strike * (n(t.secs / YEAR_SECS) + U256::ONE) * (n(2) + n(2) * s.steep);
    greek(&t, bound, || (t.greeks().unwrap().rho, false))
});

table!(real_implied, |rng| {
    let spot = rng.wide(ten(15), ten(21));
    let strike = spot * rng.wide(3 * ten(17), 3 * ten(18)) / WAD;
    let (rate_wad, secs) = (rng.signed(-E18 / 10, 3 * E18 / 10), rng.u64(3_600, 3 * YEAR_SECS));
    // the model divides towards minus infinity
    let (k, s) = (i128::try_from(strike).unwrap(), i128::try_from(spot).unwrap());
    let grown = U256::from(k.unsigned_abs()) * U256::from(rate_wad.unsigned_abs()) * n(secs);
    let whole = WAD * n(YEAR_SECS);
    let lower = if rate_wad < 0 {
        let fall = mul_div_up(grown, U256::ONE, whole).unwrap();
        s - k - i128::try_from(fall).unwrap()
    } else {
        s - k + i128::try_from(grown / whole).unwrap()
    };
    let lower = U256::from(lower.max(0) as u128);
    let call = lower + spot.saturating_sub(lower) * rng.wide(1_000_000, 900_000_000) / n(1_000_000_000);
    let t = Terms {
        spot_wad: spot,
        strike_wad: strike,
        rate_wad,
        sigma_wad: WAD,
        secs,
    };
    let thousandth = U256::from(ten(15));
    let sigma_wad = t
        .implied_volatility(call)
        .ok()
        .filter(|s| *s > thousandth && *s < WAD * n(99))?;
    // the price that it gives is within the error of prices, twice; over vega that is the volatility's
    let error = (spot + strike) * n(3) / U256::from(ten(17)) + n(12);
    let vega = Terms { sigma_wad, ..t }.greeks().unwrap().vega;
    Some(Got::within(
        low(sigma_wad),
        mul_div_up(error, WAD, vega).unwrap() + n(2),
    ))
});

table!(real_strike, |rng| {
    let (spot, rate_wad) = (rng.wide(ten(15), ten(21)), rng.signed(-E18 / 10, 3 * E18 / 10));
    let (sigma_wad, secs) = (rng.wide(ten(16), 3 * ten(18)), rng.u64(3_600, YEAR_SECS));
    let delta = rng.wide(ten(15), (E18 as u128) - ten(15));
    let strike = strike_for_delta(spot, rate_wad, sigma_wad, secs, delta).unwrap();
    let shift = sixty_bits(strike);
    // the inverse's three units over the density, times σ√T, and what else is rounded
    let x = normal_inverse_wad(delta).unwrap();
    let width = sqrt_down(sigma_wad * sigma_wad * n(secs) / n(YEAR_SECS));
    let relative = mul_div_up(n(3), width, normal_pdf_wad(x)).unwrap() + n(16);
    let error = (mul_div_up(strike, relative, WAD).unwrap() >> shift) + n(3);
    Some(Got::within(low(strike >> shift), error))
});

table!(real_margin, |rng| {
    let (s, k) = (rng.wide(ten(19), ten(22)), rng.wide(ten(19), ten(22)));
    let secs = rng.u64(0, 100 * 86_400);
    let rate = rng.signed(-E18 / 10, E18 / 10);
    let margin = LYRA.short_call(s, k, rate, secs).unwrap();
    let shocked = (s * n(12)).div_ceil(n(10));
    let t = Terms {
        spot_wad: shocked,
        strike_wad: k,
        rate_wad: rate,
        sigma_wad: WAD,
        secs,
    };
    price(margin, &t, k + k / n(10))
});

// ---------------------------------------------------------------------------------------------------- pools, auctions, vesting, leverage, volatility

fn weights(rng: &mut Rng) -> (U256, U256) {
    let w = rng.wide(ten(16), 99 * ten(16));
    (w, WAD - w)
}

fn reserves(rng: &mut Rng) -> (Reserve, Reserve) {
    let (a, b) = (rng.wide(ten(15), ten(30)), rng.wide(ten(15), ten(30)));
    let (wa, wb) = weights(rng);
    let side = |balance, weight| Reserve { balance, weight };
    (side(a, wa), side(b, wb))
}

table!(real_weighted_out, |rng| {
    let (from, to) = reserves(rng);
    let (bi, bo) = (from.balance, to.balance);
    let a = bi * rng.wide(1, 1_000_000_000) / n(1_000_000_000) * n(10).pow(rng.wide(0, 3));
    // never too much; too little by 10^-15 and the base's unit, which counts w_i/w_o·(B_i + in)/B_i times
    let (exponent, over_base) = (from.weight / to.weight + n(1), (bi + a) / bi + n(1));
    let base = count(n(2) * exponent * over_base);
    Some(Got {
        units: low(parts(out_down(from, to, a).unwrap(), bo)),
        below: RELATIVE + base + parts_up(n(3), bo) + 1,
        above: 0,
    })
});

table!(real_weighted_in, |rng| {
    let (from, to) = reserves(rng);
    let a = to.balance * rng.wide(1, 333) / n(1_000);
    let paid = in_up(from, to, a).ok().filter(|v| v.bit_len() <= 160)?;
    let shift = sixty_bits(paid + from.balance);
    let exponent = count(to.weight / from.weight) + 1;
    Some(Got {
        units: low(paid >> shift),
        below: 0,
        above: RELATIVE + 4 * exponent + 4,
    })
});

table!(real_invariant, |rng| {
    let (a, b) = reserves(rng);
    let value = invariant_wad_down(a, b).unwrap();
    let shift = sixty_bits(value);
    let power = |side: Reserve| pow_wad_up(side.balance, i128::try_from(side.weight).unwrap()).unwrap();
    let rest = (power(a) + power(b)) / WAD + n(3);
    Some(Got {
        units: low(value >> shift),
        below: 2 * RELATIVE + count(rest >> shift) + 2,
        above: 0,
    })
});

table!(real_vrgda, |rng| {
    let (target_wad, decay_wad) = (U256::ONE + rng.bits(80), rng.wide(ten(16), 99 * ten(16)));
    let (rate_wad, time, sold) = (rng.wide(ten(15), ten(21)), rng.bits(67), rng.u64(0, 10_000));
    let auction = Vrgda {
        target_wad,
        decay_wad,
        rate_wad,
    };
    // the same cut as the model's, by the logarithm; a wad's rounding cannot decide it but at the edge itself
    let due = (n(sold) + n(1)) * WAD * WAD / rate_wad;
    let gap = time.max(due) - time.min(due);
    let ln = ln_wad(WAD - decay_wad).unwrap().unsigned_abs();
    if mul_div_down(gap, U256::from(ln), WAD).unwrap() > WAD * n(40) {
        return None;
    }
    let price = auction.price_wad_up(time, sold).unwrap();
    let shift = sixty_bits(price);
    Some(Got {
        units: low(price >> shift),
        below: 0,
        above: RELATIVE
            + 12
            + count(target_wad / WAD + n(3))
                .checked_shr(shift as u32)
                .unwrap_or(0),
    })
});

table!(real_segments, |rng| {
    let least = U256::from(ten(13));
    let amounts = [least + rng.bits(100), least + rng.bits(100)];
    let exponents = [rng.wide(ten(17), 5 * ten(18)), rng.wide(ten(17), 5 * ten(18))];
    let lengths = [rng.u64(1, 1_000_000), rng.u64(1, 1_000_000)];
    let t = rng.u64(0, lengths[0] + lengths[1]);
    let segment = |i: usize| Segment {
        amount: amounts[i],
        exponent_wad: exponents[i],
        secs: lengths[i],
    };
    let vested = segments_vested_down([segment(0), segment(1)], t).unwrap();
    let whole = amounts[0] + amounts[1];
    // the elapsed part's unit counts exponent·length/elapsed times
    let (at, elapsed) = if t < lengths[0] {
        (0, t)
    } else {
        (1, t - lengths[0])
    };
    let over = n(lengths[at]).checked_div(n(elapsed)).unwrap_or_default() + n(1);
    let base = count(n(2) * over * (exponents[at] / WAD + n(1)));
    Some(Got {
        units: low(parts(vested, whole)),
        below: RELATIVE + base + parts_up(n(3), whole) + 1,
        above: 0,
    })
});

table!(real_pool_transfer, |rng| {
    let (balance, leverage) = (U256::from(ten(15)) + rng.bits(100), rng.u16(1, 20));
    let mut ratio = rng.wide(0, E18 as u128);
    if rng.u8(0, 1) == 1 {
        ratio = WAD - rng.bits(50);
    }
    let paid = pool_transfer_down(balance, leverage, ratio).unwrap();
    Some(Got {
        units: low(parts(paid, balance)),
        below: 4 + parts_up(U256::ONE, balance),
        above: 0,
    })
});

table!(real_drag, |rng| {
    let leverage = rng.signed(-10, 10) as i16;
    let (sigma, secs) = (rng.wide(0, 2 * ten(18)), rng.u64(0, 2 * YEAR_SECS));
    let factor = i32::from(leverage) * (i32::from(leverage) - 1);
    Some(Got {
        units: low(drag_wad_down(leverage, sigma, secs).unwrap()),
        below: factor as u32 / 2 + 3,
        above: 0,
    })
});

table!(real_returns, |rng| {
    let one = U256::ONE;
    let (price, mut last) = (one + rng.bits(200), one + rng.bits(200));
    if rng.u8(0, 3) > 0 {
        last = price * rng.wide(8_000, 12_500) / n(10_000) + one;
    }
    let change = log_return_wad(price, last, i128::MAX).unwrap();
    // two logarithms to the nearest unit
    Some(Got::within(
        units(U256::from(change.unsigned_abs()), change < 0, 3),
        n(1_003),
    ))
});

table!(real_parkinson, |rng| {
    let low_price = n(1_000_000) + rng.bits(100);
    let high = low_price * rng.wide(ten(9), ten(10)) / n(1_000_000_000);
    let variance = parkinson_wad_down(high, low_price).unwrap();
    // the logarithm's unit counts 2·ln(10)/(4·ln 2) < 1.7 times, and three roundings
    Some(Got::within(units(variance, false, 3), n(5_000)))
});

// ---------------------------------------------------------------------------------------------------- ticks

model!(tick_roots, |rng| {
    let tick = rng.signed(-400_000, 887_272) as i32;
    case!([tick] => sqrt_price_x96(tick).ok().map(|root| leading(root, 30)))
});

model!(ticks_of_prices, |rng| {
    let root = rng.bits(161);
    case!([root] => tick_at(root).ok())
});

model!(tick_quotes, |rng| {
    let (tick, amount) = (
        rng.signed(-300_000, 300_000) as i32,
        (U256::ONE << 100) + rng.bits(127),
    );
    let all = || {
        let there = leading(quote_down(tick, amount, true).ok()?, 45);
        let back = leading(quote_down(tick, amount, false).ok()?, 45);
        Some((there.0, there.1, back.0, back.1))
    };
    case!([tick, amount] => all())
});

/// The ends of the stated domain of Black-Scholes belong to it, and nothing beyond them.
mod black_scholes_domain {
    use super::{E18, Terms, U256, WAD, n, strike_for_delta, ten};
    use mintage_mechanism::black_scholes::OptionError;

    /// At the money at 2,000, a volatility of 80 %, a week.
    fn week() -> Terms {
        Terms {
            spot_wad: n(2_000) * WAD,
            strike_wad: n(2_000) * WAD,
            rate_wad: 0,
            sigma_wad: U256::from(ten(17) * 8),
            secs: 604_800,
        }
    }

    #[test]
    fn s2_39_prices_of_up_to_96_bits_a_factor_of_10_to_the_9_apart() {
        let prices = |spot_wad, strike_wad| {
            let terms = Terms {
                spot_wad,
                strike_wad,
                ..week()
            };
            terms.prices().map(|_| ())
        };
        let largest = (U256::from(1) << 96) - U256::from(1);
        assert_eq!(prices(largest, largest), Ok(()));
        let above = largest + U256::from(1);
        assert_eq!(prices(above, largest), Err(OptionError::Price));
        assert_eq!(prices(largest, above), Err(OptionError::Price));
        let far = WAD * U256::from(ten(9));
        assert_eq!(prices(WAD, far), Ok(()));
        assert_eq!(prices(far, WAD), Ok(()));
        assert_eq!(prices(WAD, far + U256::from(1)), Err(OptionError::Price));
        assert_eq!(prices(far + U256::from(1), WAD), Err(OptionError::Price));
    }

    #[test]
    fn s2_39_rates_of_up_to_ten_a_year_either_way() {
        let prices = |rate_wad| Terms { rate_wad, ..week() }.prices().map(|_| ());
        for rate_wad in [10 * E18, -10 * E18] {
            assert_eq!(prices(rate_wad), Ok(()));
            assert_eq!(prices(rate_wad + rate_wad.signum()), Err(OptionError::Rate));
        }
    }

    #[test]
    fn s2_39_implied_volatility_from_the_least_price_to_the_greatest() {
        let price = |sigma_wad| Terms { sigma_wad, ..week() }.prices().unwrap().call;
        let (least, most) = (U256::from(ten(14)), n(100) * WAD);
        for sigma_wad in [least, most] {
            let found = week().implied_volatility(price(sigma_wad)).unwrap();
            assert_eq!(price(found), price(sigma_wad));
        }
        let one = U256::from(1);
        let outside = Err(OptionError::NoVolatility);
        assert_eq!(week().implied_volatility(price(least) - one), outside);
        assert_eq!(week().implied_volatility(price(most) + one), outside);
    }

    /// Where the search begins, at 100 %, this call has no vega at all: Newton's step would leave the domain, the bracket keeps it.
    #[test]
    fn s2_39_implied_volatility_of_a_call_far_out_of_the_money() {
        let far = Terms {
            strike_wad: n(20_000) * WAD,
            sigma_wad: n(3) * WAD,
            ..week()
        };
        let flat = Terms {
            sigma_wad: WAD,
            ..far
        };
        let vega = |terms: Terms| terms.greeks().unwrap().vega;
        assert_eq!(vega(flat), U256::ZERO);
        let found = flat.implied_volatility(far.prices().unwrap().call).unwrap();
        // three times the error of prices, 10^-14 of the spot, over vega, and two units
        let bound = n(3) * n(2_000) * n(10_000) * WAD / vega(far) + n(2);
        assert!(found.abs_diff(far.sigma_wad) <= bound);
        assert!(bound < WAD / n(100_000));
    }

    #[test]
    fn s2_39_a_strike_beyond_the_domain_is_refused() {
        // a year of 500 %: e^(σ²/2) is 3·10^5, and a delta of a hundredth is 2.33 widths of 5 further out, e^24 in all
        let strike = |delta| strike_for_delta(WAD, 0, n(5) * WAD, 31_536_000, delta);
        assert!(strike(WAD / n(10)).is_ok());
        assert_eq!(strike(WAD / n(100)), Err(OptionError::Price));
    }
}
