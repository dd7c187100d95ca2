//! models/prices_markets.py

use mintage_math::{
    self as math, RAY, U256, WAD, mul_div_down, mul_div_half_up, mul_div_rem, mul_div_up, rpow, sqrt_down,
    sqrt_up,
};
use mintage_mechanism::{
    auto_burn::{FeeShares, formula_blocks, limit_to_floor},
    buyback::{check_hop, check_surplus, price_at_par_down, split_lot_down},
    continuous_auction::{Price, Sums, bid_rate_down, partial_fill},
    elasticity::{backing_after_down, round_mintable_down, stepped_inflation},
    exit_penalty::{LYRA_BREAKER, fee_penalty_down},
    liquidity::payout_down,
    option_vault::{hedge_price_down, next_expiry_ts},
    pair_price::{accumulate, mean_x112_down, price_ray_down},
    price_feed::{Delayed, Reading, check_sequencer, spiked_mean_down, truncated},
    random_trigger::{delay_secs, jittered_lot_down},
    range_walls::{Regeneration, Wall, cap_next_yield, daily_yield_down, ramp_down},
    swap::{price_impact_wad_up, quote_down, spot_wad_down},
    twap::{deviates, youngest_at_or_before},
    volatility::{annual_wad_down, bounded_forecast, sample_ts},
    volatility_fee::{BinFee, BinState, Sigmoid, SigmoidFee},
    weighted_pool::{MovingWeight, after_fee_down},
};

model!(mul_div_roundings, |rng| {
    let (mut a, b, d) = (rng.bits(256), rng.bits(256), rng.bits(256));
    if rng.u8(0, 3) > 0 {
        a = a.wrapping_shr(256 - d.bit_len());
    }
    let all = || {
        Some((
            mul_div_down(a, b, d).ok()?,
            mul_div_up(a, b, d).ok()?,
            mul_div_half_up(a, b, d).ok()?,
            mul_div_rem(a, b, d).ok()?.1,
        ))
    };
    case!([a, b, d] => all())
});

model!(wads_and_rays, |rng| {
    let (a, b) = (rng.bits(200), U256::ONE + rng.bits(160));
    let all = [
        math::wad_mul_down(a, b),
        math::wad_mul_up(a, b),
        math::wad_div_down(a, b),
        math::wad_div_up(a, b),
        math::ray_mul_down(a, b),
        math::ray_mul_up(a, b),
        math::ray_div_down(a, b),
        math::ray_div_up(a, b),
    ];
    case!([a, b] => all.into_iter().collect::<Result<Vec<_>, _>>().ok())
});

model!(roots, |rng| {
    let mut x = rng.bits(256);
    if rng.u8(0, 1) == 1 {
        let square = (x >> 128usize) * (x >> 128usize);
        x = match rng.signed(-1, 1) {
            -1 => square.saturating_sub(U256::ONE),
            0 => square,
            _ => square + U256::ONE,
        };
    }
    case!([x] => Some((sqrt_down(x), sqrt_up(x))))
});

model!(powers, |rng| {
    // the exponent of ten is drawn before the choice
    let ten = U256::from(10).pow(rng.wide(0, 30));
    let base = [WAD, RAY, ten][rng.u8(0, 2) as usize];
    let most = i128::try_from(base / U256::from(1_000)).unwrap();
    let x = U256::try_from(i128::try_from(base).unwrap() + rng.signed(-most, most)).unwrap();
    let n = rng.bits_u64(20);
    case!([x, n, base] => rpow(x, n, base).ok())
});

model!(pair_accumulators, |rng| {
    let (start, own_decimals, other_decimals) = (rng.bits(256), rng.u8(0, 36), rng.u8(0, 37));
    let (mut sum, mut secs) = (start, 0u64);
    for _ in 0..8 {
        let (own, other, elapsed) = (rng.bits(112), rng.bits(112), rng.bits_u64(30));
        sum = accumulate(sum, own, other, elapsed as u32);
        secs += elapsed;
    }
    let all = || {
        let mean = mean_x112_down(start, sum, secs).ok()?;
        Some((
            sum,
            mean,
            price_ray_down(mean, own_decimals, other_decimals).ok()?,
        ))
    };
    case!([start, own_decimals, other_decimals] => all())
});

model!(window_starts, |rng| {
    let (mut now, mut times) = (0u64, vec![]);
    for _ in 0..rng.u8(0, 20) {
        now += rng.u64(0, 30);
        times.push(now);
    }
    let (first, limit) = (rng.u64(0, times.len() as u64), rng.u64(0, 400));
    let (mean, off, bps) = (rng.bits(200), rng.wide(0, 20_000), rng.u16(0, 10_000));
    let recent = mean * off / U256::from(10_000);
    let found = youngest_at_or_before(first, times.len() as u64, limit, |i| times[i as usize]);
    case!([times.len(), first, limit, mean, recent, bps] => Some((found.map_or(0, |i| i + 1), deviates(mean, recent, bps))))
});

model!(readings, |rng| {
    let (price, updated, now, heartbeat) = (
        rng.bits(100),
        rng.u64(0, 1_000),
        rng.u64(0, 2_000),
        rng.u64(0, 1_000),
    );
    let (up_since, grace) = (rng.u64(0, 2_000), rng.u64(0, 500));
    let (last, mut new, limit) = (rng.bits(255), rng.bits(255), rng.u16(0, 10_000));
    let (base, spike, spiked, window) = (rng.bits(150), rng.bits(150), rng.u64(0, 3_000), rng.u64(0, 3_000));
    if rng.u8(0, 3) > 0 {
        new = mul_div_down(last, rng.wide(5_000, 15_000), U256::from(10_000)).unwrap_or(U256::MAX);
    }
    let reading = Reading {
        price,
        updated_ts: updated,
    };
    let all = || {
        Some((
            reading.check(now, heartbeat).is_ok(),
            check_sequencer(Some(up_since), now, grace).is_ok(),
            truncated(last, new, limit).ok()?,
            spiked_mean_down(base, spike, spiked, window).ok()?,
        ))
    };
    case!([price, updated, now, heartbeat, up_since, grace, last, new, limit, base, spike, spiked, window] => all())
});

model!(delayed_feed, |rng| {
    let delay = rng.u64(1, 5_000);
    let (mut feed, mut now, mut out) = (Delayed::default(), 0u64, vec![]);
    for _ in 0..15 {
        let (kind, gap, value) = (rng.u8(0, 14), rng.u64(0, 6_000), rng.bits(100));
        now += gap;
        feed = if kind == 0 {
            feed.void(now)
        } else {
            feed.poke(value, now, delay).unwrap_or(feed)
        };
        out.push(feed.current);
    }
    out.extend([feed.next, U256::from(feed.stored_ts)]);
    case!([delay] => Some(out))
});

model!(sample_times, |rng| {
    let (period, commit) = (rng.u64(0, 1_000), rng.u64(0, 300));
    let (mut now, mut last, mut out) = (0u64, 0u64, vec![]);
    for _ in 0..12 {
        now += rng.u64(0, 900);
        last = sample_ts(now, last, period, commit).unwrap_or(last);
        out.push(last);
    }
    case!([period, commit] => (period > 0).then_some(out))
});

model!(forecasts, |rng| {
    let (silent, forecast) = (rng.u8(0, 4), rng.bits(80));
    let (last, measured, step) = (rng.bits(80), rng.bits(80), rng.bits(61));
    let (variance, secs) = (rng.bits(150), rng.bits_u64(40));
    let all = || {
        let believed = bounded_forecast((silent > 0).then_some(forecast), last, measured, step).ok()?;
        Some((believed, annual_wad_down(variance, secs).ok()?))
    };
    case!([silent, forecast, last, measured, step, variance, secs] => all())
});

model!(quotes, |rng| {
    let one = U256::ONE;
    let (amount, own, other) = (rng.bits(112), one + rng.bits(111), one + rng.bits(111));
    let (mut shares, supply) = (rng.bits(110), one + rng.bits(110));
    shares %= supply + one;
    let all = || {
        let (a, b) = payout_down(shares, own, other, supply).unwrap_or_default();
        let quote = quote_down(amount, own, other).ok()?;
        let impact = price_impact_wad_up(amount, own, other).ok()?;
        Some((quote, impact, spot_wad_down(own, other).ok()?, a, b))
    };
    case!([amount, own, other, shares, supply] => all())
});

model!(moving_weights, |rng| {
    let (start, end) = (rng.bits(60), rng.bits(60));
    let (duration, t) = (rng.u64(0, 1_000_000), rng.u64(0, 1_000_000));
    let amount = rng.bits(190);
    let fee = rng.wide(10u128.pow(12) - 10u128.pow(10), 10u128.pow(17) + 10u128.pow(15));
    let weight = MovingWeight {
        start_wad: start,
        end_wad: end,
        duration_secs: duration,
    };
    let all = || Some((weight.at(t).ok()?, after_fee_down(amount, fee).ok()?));
    case!([start, end, duration, t, amount, fee] => all())
});

model!(continuous_settlement, |rng| {
    let one = U256::ONE;
    let steps: Vec<_> = (0..10)
        .map(|_| (rng.u32(0, 1_200_000), one + rng.bits(80)))
        .collect();
    let (enter, amount) = (rng.u8(0, 9) as usize, rng.bits(100));
    let (above, at, supply, mine) = (rng.bits(90), one + rng.bits(90), rng.bits(90), rng.bits(88));
    let all = || {
        let (mut sums, mut since, mut rate) = (Sums::default(), Sums::default(), U256::ZERO);
        for (i, (parts, price)) in steps.iter().enumerate() {
            if i == enter {
                since = sums;
                rate = bid_rate_down(amount, sums.parts).ok()?;
            }
            sums = sums.step(*parts, *price).unwrap_or(sums);
        }
        let (spent, tokens) = sums.settle(&since, rate).ok()?;
        let price = Price {
            price_wad: steps[9].1,
            above,
            at,
        };
        let (cost, got) = partial_fill(&price, mine, supply, sums.parts).ok()?;
        Some((rate, spent, tokens, cost, got))
    };
    case!([enter, amount, above, at, supply, mine] => all())
});

model!(wall_regeneration, |rng| {
    let (capacity, threshold) = (rng.bits(80), rng.u16(0, 10_000));
    let (needed, wait) = (rng.u32(1, 21), rng.u64(0, 400));
    let full = Wall::full(capacity, threshold).unwrap();
    let (mut wall, mut seen, mut now, mut since, mut out) =
        (full, Regeneration::default(), 0u64, 0u64, vec![]);
    for _ in 0..40 {
        let (favour, gap, ask) = (rng.u8(0, 3), rng.u64(0, 40), rng.bits(80));
        now += gap;
        seen = seen.observe(favour > 0);
        if seen.is_due(needed, now - since, wait) {
            (wall, since) = (full, now);
        }
        wall = wall.pay(ask).unwrap_or(wall);
        out.push(wall.capacity);
    }
    out.push(U256::from(wall.up));
    case!([capacity, threshold, needed, wait] => Some(out))
});

model!(yields_and_ramps, |rng| {
    let (left, day, most) = (rng.bits(200), rng.u8(0, 8), rng.bits(200));
    let (t, ramp) = (rng.bits_u64(40), rng.bits_u64(40));
    let (last, asked) = (rng.bits(200), rng.bits(200));
    let all = || {
        // the eighth day's yield and the seventh's of nothing left are the reference's errors
        let today = daily_yield_down(left, day).ok()?;
        Some((
            today,
            ramp_down(most, t, ramp).ok()?,
            cap_next_yield(last, asked).ok()?,
        ))
    };
    case!([left, day, most, t, ramp, last, asked] => all())
});

model!(livepeer_rounds, |rng| {
    let supply = rng.bits(100);
    let (inflation, step) = (rng.u64(0, 1_000_000), rng.u64(0, 100_000));
    let shares: Vec<u64> = (0..20).map(|_| rng.u64(480, 520)).collect();
    let (backing, before, after) = (rng.bits(80), U256::ONE + rng.bits(90), rng.bits(90));
    let (mut total, mut rate) = (supply, inflation);
    for share in shares {
        rate = stepped_inflation(rate, step, share, 500);
        total += round_mintable_down(total, rate, 1_000_000_000).unwrap();
    }
    let backing_after = backing_after_down(backing, (before, after), (supply, total)).ok();
    case!([supply, inflation, step, backing, before, after] => backing_after.map(|b| (total, rate, b)))
});

model!(buyback_gates, |rng| {
    let (now, mut last, mut hop) = (rng.u64(0, 5_000), rng.u64(0, 4_000), rng.u64(0, 2_000));
    if rng.u8(0, 5) == 0 {
        last = 0;
    }
    if rng.u8(0, 9) == 0 {
        hop = u64::MAX;
    }
    let (surplus, debt, lot) = (rng.bits(100), rng.bits(99), rng.bits(98));
    let hump = rng.signed(-(1 << 100), 1 << 99);
    let (pip, par) = (rng.bits(150), U256::ONE + rng.bits(100));
    let (total, burn) = (rng.bits(200), rng.wide(0, 10u128.pow(18)));
    let all = || {
        let (kept, rest) = split_lot_down(total, burn).ok()?;
        let hop_ok = check_hop(now, last, hop).is_ok();
        let enough = check_surplus(surplus, debt, lot, hump).is_ok();
        Some((hop_ok, enough, price_at_par_down(pip, par).ok()?, kept, rest))
    };
    case!([now, last, hop, surplus, debt, lot, hump, pip, par, total, burn] => all())
});

model!(delays_and_lots, |rng| {
    let word = U256::MAX - rng.bits(256);
    let (low, width, lot, jitter) = (
        rng.u64(0, 1_000_000),
        rng.bits_u64(63),
        rng.bits(240),
        rng.u16(0, 10_050),
    );
    let all = || {
        let delay = delay_secs(word, low, low + width).ok()??;
        Some((delay, jittered_lot_down(word, lot, jitter).ok()??))
    };
    case!([word, low, width, lot, jitter] => all())
});

model!(fee_shares, |rng| {
    let (fee, system, burn) = (rng.bits(256), rng.u16(0, 6_000), rng.u16(0, 6_000));
    let (wanted, supply, least) = (rng.bits(100), rng.bits(100), rng.bits(99));
    let secs = rng.bits_u64(40);
    let all = || {
        let (a, b, c) = FeeShares::new(system, burn).ok()?.split_down(fee).ok()?;
        Some((
            a,
            b,
            c,
            limit_to_floor(wanted, supply, least),
            formula_blocks(secs),
        ))
    };
    case!([fee, system, burn, wanted, supply, least, secs] => all())
});

model!(sigmoid_fees, |rng| {
    let (base, volatility) = (rng.u16(0, 40_000), rng.bits_u64(24));
    let mut rise = || Sigmoid {
        rise: rng.u16(0, 20_000),
        middle: rng.u64(0, 100_000),
        width: rng.u16(1, 10_000),
    };
    let fee = SigmoidFee {
        base,
        first: rise(),
        second: rise(),
    };
    case!([base, volatility] => fee.at_down(volatility).ok())
});

model!(bin_fees, |rng| {
    let (factor, step, control) = (rng.u16(0, 20_000), rng.u16(1, 200), rng.u32(0, 100_000));
    let (filter, decay) = (rng.u64(1, 100), rng.u64(50, 1_000));
    let (keep, most) = (rng.u16(0, 10_000), rng.u32(0, 1 << 20));
    let swaps: Vec<_> = (0..15).map(|_| (rng.u64(0, 300), rng.u32(0, 40))).collect();
    let pool = BinFee {
        base_factor: factor,
        bin_step: step,
        variable_factor: control,
        filter_secs: filter,
        decay_secs: decay,
        reduction_bps: keep,
        max_accumulator: most,
    };
    let all = || {
        let (mut state, mut now, mut here, mut out) = (BinState::default(), 0u64, 0, vec![]);
        for (gap, to) in swaps {
            now += gap;
            state = pool.begin(&state, here, now).ok()?;
            here = to;
            state = pool.reach(&state, here);
            out.push(pool.fee_wad_up(&state).ok()?);
        }
        Some(out)
    };
    case!([factor, step, control, filter, decay, keep, most] => all())
});

model!(breakers, |rng| {
    let (mut now, mut until, mut out) = (0u64, 0u64, vec![]);
    for _ in 0..10 {
        let gap = rng.u64(0, 100_000);
        let (volatility, skew) = (rng.wide(0, 2 * 10u128.pow(17)), rng.wide(0, 5 * 10u128.pow(17)));
        let (free, value) = (rng.bits(60), rng.bits(66));
        now += gap;
        until = LYRA_BREAKER.shut_until(until, now, volatility, skew, free, value);
        out.push(U256::from(until));
    }
    let (fees, age, offset) = (rng.bits(200), rng.u64(0, 1_000), rng.u64(0, 1_000));
    let all = fee_penalty_down(fees, age, offset).ok().map(|penalty| {
        out.push(penalty);
        out
    });
    case!([fees, age, offset] => all)
});

model!(expiries_and_auctions, |rng| {
    let now = rng.bits_u64(33);
    let (price, first, last) = (rng.bits(100), rng.bits(61), rng.bits(61));
    let (t, length) = (rng.u64(0, 2_000), rng.u64(0, 2_000));
    let auction = hedge_price_down(price, first, last, t, length).ok();
    case!([now, price, first, last, t, length] => auction.map(|p| (next_expiry_ts(now), p)))
});
