//! models/derivatives_oracles.py

use mintage_math::{U256, WAD};
use mintage_mechanism::{
    leverage::{DebtStrategy, nav_after_down, notional_down},
    option_vault::{assets_down, hedge, price_per_share_down, shares_down, weekly_fees_down},
    price_feed::{Reading, check_deviation, median},
    volatility::{Garch, Window, ewma_wad_down},
    votes::past_value,
};

const E18: i128 = 1_000_000_000_000_000_000;

model!(reset_token, |rng| {
    let (nav, leverage, change) = (
        rng.bits(120),
        rng.signed(-10 * E18, 10 * E18),
        rng.signed(-E18, E18),
    );
    case!([nav, leverage, change] => nav_after_down(nav, leverage, change).ok())
});

model!(recentering, |rng| {
    let (current, amount) = (rng.wide(E18 as u128, 5 * E18 as u128), rng.bits(120));
    let percent = |n: u64| WAD / U256::from(100) * U256::from(n);
    let strategy = DebtStrategy {
        min: percent(170),
        target: percent(200),
        max: percent(230),
        recentering: percent(5),
        interval_secs: 86_400,
        cooldown_secs: 3_000,
        ripcord: percent(260),
        ripcord_cooldown_secs: 60,
    };
    let ratio = strategy.next_ratio_down(current).unwrap();
    case!([current, amount] => notional_down(current, ratio, amount).ok().map(|n| (ratio, n)))
});

model!(option_vault, |rng| {
    let (balance, mut pending, supply, mut queued, d) = (
        rng.bits(120),
        rng.bits(119),
        rng.bits(120),
        rng.bits(119),
        rng.u8(0, 18),
    );
    let amount = rng.bits(100);
    if rng.u8(0, 7) > 0 {
        pending %= balance + U256::ONE;
        queued %= supply + U256::ONE;
    }
    let all = || {
        let pps = price_per_share_down(balance, pending, supply, queued, d).ok()?;
        Some((
            pps,
            shares_down(amount, pps, d).ok()?,
            assets_down(amount, pps, d).ok()?,
        ))
    };
    case!([balance, pending, supply, queued, d, amount] => all())
});

model!(vault_fees, |rng| {
    let (before, after, p, m) = (
        rng.bits(100),
        rng.bits(100),
        rng.u16(0, 10_000),
        rng.u16(0, 10_000),
    );
    case!([before, after, p, m] => weekly_fees_down(before, after, p, m).ok())
});

model!(hedging, |rng| {
    let (net, hedged) = (rng.signed(-1_000, 1_000), rng.signed(-1_000, 1_000));
    let (band, cap) = (rng.between(0, 500), rng.between(0, 1_500));
    case!([net, hedged, band, cap] => hedge(net, hedged, band, cap).ok())
});

model!(median_feed, |rng| {
    let (delay, expiry, least) = (rng.u64(0, 500), rng.u64(500, 3_000), rng.u8(0, 5));
    let reports: Vec<Reading> = (0..rng.u8(0, 12))
        .map(|_| Reading {
            price: rng.bits(100),
            updated_ts: rng.u64(7_000, 10_100),
        })
        .collect();
    case!([delay, expiry, least] => median(reports, 10_000, delay, expiry, usize::from(least)).ok())
});

model!(deviation, |rng| {
    let (mean, limit) = (rng.bits(256), rng.u16(0, 10_000));
    let shift = rng.signed(-2, 2);
    let band = mintage_math::mul_div_down(mean, U256::from(limit), U256::from(10_000)).unwrap();
    // mean + shift ± band in whole numbers, then cut to the range
    let size = U256::from(shift.unsigned_abs());
    let (plus, minus) = if rng.u8(0, 1) == 1 {
        (band, U256::ZERO)
    } else {
        (U256::ZERO, band)
    };
    let (plus, minus) = if shift < 0 {
        (plus, minus + size)
    } else {
        (plus + size, minus)
    };
    let price = if plus >= minus {
        mean.saturating_add(plus - minus)
    } else {
        mean.saturating_sub(minus - plus)
    };
    case!([mean, price, limit] => check_deviation(price, mean, limit).ok().map(|()| 1u8))
});

model!(window, |rng| {
    let count = rng.u8(1, 40);
    let mut window = Window::default();
    for _ in 0..count {
        let value = if rng.u8(0, 4) > 0 {
            rng.signed(-1_000_000_000, 1_000_000_000)
        } else {
            0
        };
        window = window.push(value as i64);
    }
    case!([count] => Some((window.deviation_down(), window.annual_down(730))))
});

model!(ewma_and_garch, |rng| {
    let (v, r, weight) = (rng.bits(62), rng.signed(-E18, E18), rng.wide(0, E18 as u128));
    let (alpha, mut beta) = (rng.wide(0, E18 as u128), rng.wide(0, E18 as u128));
    let (omega, steps) = (rng.bits(45), rng.u32(0, 100));
    if rng.u8(0, 3) > 0 {
        beta %= WAD - alpha + U256::ONE;
    }
    let all = || {
        let garch = Garch::new(omega, alpha, beta).ok()?;
        let ewma = ewma_wad_down(v, r, weight).ok()?;
        Some((
            ewma,
            garch.next_down(v, r).ok()?,
            garch.long_run_down().ok()?,
            garch.forecast(v, steps).ok()?,
        ))
    };
    case!([v, r, weight, alpha, beta, omega, steps] => all())
});

model!(past_votes, |rng| {
    let (mut points, mut now) = (vec![], 0u64);
    for _ in 0..rng.u8(0, 40) {
        now += rng.u64(1, 50);
        points.push((now, rng.bits(100)));
    }
    let ts = rng.u64(0, 2_100);
    let found = past_value(points.len() as u64, |i| points[i as usize], ts, u64::MAX).ok();
    case!([points.len(), ts] => found)
});
