//! models/shares_positions.py

use mintage_math::{RAY, U256, WAD};
use mintage_mechanism::{
    cdp::{decayed_fee_wad, drip_down, heal, spot_down},
    delegation::{Pool, check_commission, cumulative_factor_down, ranks_before, redelegate, stake_at_down},
    lending::{Collateral, health_wad_down, liquidation_price_wad_up},
    leverage::{
        DebtStrategy, basket_nav_wad_down, chunk, max_borrow_down, nav_after_down, ratio_wad_up,
        reset_trigger_wad, reset_turnover_up,
    },
    liquidation::{Auction, AuctionRules, keeper_reward_down, top_down},
    nav::{Component, net_value_wad_down, redeem_value_down},
    option_vault::{covered_call_payout_up, hedge_is_due, premium_floor_up, squared_delta_up},
    rebase::{TOTAL_GONS, balance_down, check_window, gons_of, gons_per_unit},
    shares::StakePool,
    slashing::{
        Downtime, decayed, initial_penalty_down, missed, scaling_after_down, share_penalty_down,
        slash_magnitude, withdrawable_down,
    },
};

const E18: u128 = 1_000_000_000_000_000_000;

fn n(value: u64) -> U256 {
    U256::from(value)
}

model!(stake_shares, |rng| {
    let one = U256::ONE;
    let (pooled, shares) = (one + rng.bits(127), one + rng.bits(127));
    let (amount, loss) = (rng.bits(130), rng.bits(127));
    let pool = StakePool { pooled, shares };
    let all = || {
        let after = pool.slash(loss.min(pooled)).ok()?;
        Some((
            pool.balance_down(amount).ok()?,
            pool.shares_for_down(amount).ok()?,
            after.balance_down(amount).ok()?,
        ))
    };
    case!([pooled, shares, amount, loss] => all())
});

model!(stake_terms, |rng| {
    let (pooled, shares, own, amount) = (WAD + rng.bits(90), WAD + rng.bits(90), rng.bits(80), rng.bits(85));
    let (moved, fee) = (rng.bits(200), rng.u64(0, 110_000));
    let (old, new, most, step) = (
        rng.u16(0, 3_000),
        rng.u16(0, 3_000),
        rng.u16(0, 3_000),
        rng.u16(0, 1_000),
    );
    let since = rng.u64(0, 200_000);
    let stakes: Vec<(U256, u64)> = (0..6).map(|i| (rng.bits(2), i)).collect();
    let pool = Pool { pooled, shares };
    let all = || {
        let (after, gone, burned) = pool.slash_self(amount, own).ok()?;
        assert_eq!((after.pooled + burned, after.shares + gone), (pooled, shares));
        let (arrives, paid) = redelegate(moved, fee).ok()?;
        let fine = check_commission(old, new, most, step, since).is_ok();
        let first = stakes
            .iter()
            .copied()
            .reduce(|a, b| if ranks_before(b, a) { b } else { a })?;
        Some((gone, burned, arrives, paid, fine, first.1))
    };
    case!([pooled, shares, own, amount, moved, fee, old, new, most, step, since] => all())
});

model!(cumulative_stakes, |rng| {
    let rounds: Vec<_> = (0..10).map(|_| (rng.bits(90), WAD + rng.bits(95))).collect();
    let (bonded, stake) = (rng.u8(0, 9) as usize, rng.bits(95));
    let (mut factor, mut start, mut out) = (RAY, U256::ZERO, vec![]);
    for (i, (reward, total)) in rounds.into_iter().enumerate() {
        if i == bonded {
            start = factor;
        }
        factor = cumulative_factor_down(factor, reward, total).unwrap();
        out.push(factor);
    }
    out.push(stake_at_down(stake, start, factor).unwrap());
    case!([bonded, stake] => Some(out))
});

model!(slashed_deposits, |rng| {
    let (mut deposit, mut scaling, mut magnitude, mut out) = (U256::ZERO, WAD, WAD, vec![]);
    for _ in 0..12 {
        let (kind, amount, part) = (rng.u8(0, 2), rng.bits(90), rng.wide(0, E18));
        if kind < 2 {
            if let Ok(next) = scaling_after_down(deposit, scaling, amount, magnitude) {
                (scaling, deposit) = (next, deposit + amount);
            }
        } else if part < WAD >> 1 {
            magnitude = slash_magnitude(magnitude, part).unwrap().0;
        }
        out.push(withdrawable_down(deposit, scaling, magnitude).unwrap());
    }
    out.extend([scaling, magnitude]);
    case!([12] => Some(out))
});

model!(missed_blocks, |rng| {
    let days: Vec<u8> = (0..12).map(|_| rng.u8(0, 70)).collect();
    let (penalty, finder, effective) = (rng.bits(200), rng.u16(0, 10_500), rng.bits(100));
    let (mut count, mut warned, mut jailed) = (0, 0u64, 0u64);
    for misses in days {
        for _ in 0..misses {
            let (next, meaning) = missed(count);
            count = next;
            warned += u64::from(meaning == Downtime::Misdemeanour);
            jailed += u64::from(meaning == Downtime::Felony);
        }
        count = decayed(count);
    }
    let shared = share_penalty_down(penalty, finder).ok();
    let all = shared.map(|(a, b)| (count, warned, jailed, a, b, initial_penalty_down(effective)));
    case!([penalty, finder, effective] => all)
});

model!(fund_values, |rng| {
    let parts: Vec<_> = (0..rng.u8(1, 5))
        .map(|_| Component {
            quantity: rng.bits(110),
            price_wad: Some(rng.bits(90)),
            decimals: rng.u8(0, 24),
        })
        .collect();
    let (owed, mut shares, supply) = (rng.bits(60), rng.bits(100), U256::ONE + rng.bits(100));
    let premium = rng.u16(0, 10_100);
    if rng.u8(0, 7) > 0 {
        shares %= supply + U256::ONE;
    }
    let count = parts.len();
    let all = || {
        let value = net_value_wad_down(parts, owed).ok()?;
        Some((value, redeem_value_down(shares, value, supply, premium).ok()?))
    };
    case!([count, owed, shares, supply, premium] => all())
});

model!(debt_positions, |rng| {
    let one = U256::ONE;
    let (collateral, part) = (one + rng.bits(100), rng.wide(0, 10_500));
    let (ltv, unused) = (rng.wide(0, E18), rng.wide(0, E18));
    let (price, total, limit) = (one + rng.bits(80), rng.bits(110), rng.bits(110));
    let (ratio, issued) = (WAD + rng.bits(62), one + rng.bits(100));
    let debt = collateral * part / n(10_000);
    let (since, current) = (rng.u64(0, 100_000), rng.wide(E18, 3 * E18));
    let tenths = |count: u64| WAD / n(10) * n(count);
    let strategy = DebtStrategy {
        min: tenths(17),
        target: tenths(20),
        max: tenths(23),
        recentering: WAD / n(20),
        interval_secs: 86_400,
        cooldown_secs: 3_000,
        ripcord: tenths(26),
        ripcord_cooldown_secs: 60,
    };
    let all = || {
        let current_ratio = ratio_wad_up(collateral, debt).ok()?;
        let borrow = max_borrow_down(collateral, debt, ltv, unused, price).ok()?;
        let basket = basket_nav_wad_down(collateral, price, ratio, issued).ok()?;
        let rip = strategy.check_ripcord(current, since).is_ok();
        let due = strategy.is_due(current, since);
        Some((
            current_ratio,
            borrow,
            chunk(total, borrow, limit),
            basket,
            due,
            rip,
        ))
    };
    case!([collateral, debt, ltv, unused, price, total, limit, ratio, issued, since, current] => all())
});

model!(resets, |rng| {
    let one = E18 as i128;
    let (nav, leverage, change) = (
        rng.bits(100),
        rng.signed(-10 * one, 10 * one),
        rng.signed(-one, one),
    );
    let all = || {
        let after = nav_after_down(nav, leverage, change).ok()?;
        Some((
            reset_turnover_up(nav, after, leverage, change).ok()?,
            reset_trigger_wad(leverage).ok()?,
        ))
    };
    case!([nav, leverage, change] => all())
});

model!(covered_calls, |rng| {
    let (price, strike, decimals) = (rng.bits(90), rng.bits(90), rng.u8(0, 37));
    let (model_price, discount) = (rng.bits(200), rng.u16(0, 1_000));
    let (since, interval) = (rng.u64(0, 2_000), rng.u64(0, 2_000));
    let (mut last, threshold) = (rng.bits(90), rng.bits(61));
    if rng.u8(0, 3) > 0 {
        last = price * rng.wide(8_000, 12_000) / n(10_000);
    }
    let debt = rng.bits(90);
    let all = || {
        Some((
            covered_call_payout_up(price, strike, decimals).ok()?,
            premium_floor_up(model_price, discount).ok()?,
            hedge_is_due(since, interval, price, last, threshold).ok()?,
            squared_delta_up(debt, price).ok()?,
        ))
    };
    case!([price, strike, decimals, model_price, discount, since, interval, last, threshold, debt] => all())
});

model!(gons_transfers, |rng| {
    let (mut now, mut last, mut out) = (0u64, 0u64, vec![]);
    let mut each = gons_per_unit(U256::from(50_000_000_000_000_000_u64)).unwrap();
    let mut held = [TOTAL_GONS, U256::ZERO, U256::ZERO];
    for _ in 0..15 {
        let (kind, a, b) = (rng.u8(0, 2), rng.u8(0, 2) as usize, rng.u8(0, 2) as usize);
        let (value, gap) = (rng.bits(60), rng.u64(0, 60_000));
        now += gap;
        if kind == 0 {
            last = check_window(now, last).unwrap_or(last);
            each = gons_per_unit(U256::ONE + value).unwrap();
        } else if value <= balance_down(held[a], each).unwrap() {
            let gons = gons_of(value, each).unwrap();
            held[a] -= gons;
            held[b] += gons;
        }
        out.extend(held.map(|gons| balance_down(gons, each).unwrap()));
    }
    out.push(U256::from(last));
    case!([15] => Some(out))
});

model!(rebase_windows, |rng| {
    let (mut now, mut last) = (rng.u64(0, 1_000_000), rng.u64(0, 1_000_000));
    if rng.u8(0, 5) > 0 {
        now = now / 86_400 * 86_400 + rng.u64(7_190, 8_410);
    }
    last = if rng.u8(0, 2) == 0 { 0 } else { last % (now + 1) };
    case!([now, last] => check_window(now, last).ok())
});

model!(spots_and_rates, |rng| {
    let (value, par, mat) = (rng.bits(100), U256::ONE + rng.bits(95), RAY + rng.bits(89));
    let (rate, duty) = (RAY + rng.bits(85), RAY + rng.bits(63));
    let (base, secs) = (rng.bits(50), rng.bits_u64(26));
    let (fee, decay, minutes) = (rng.bits(59), rng.wide(E18 / 10 * 9, E18), rng.bits_u64(14));
    let (surplus, bad, amount) = (rng.bits(150), rng.bits(150), rng.bits(148));
    let all = || {
        let (floor, most) = (WAD / n(200), WAD / n(20));
        let (a, b) = heal(surplus, bad, amount).unwrap_or_default();
        Some((
            spot_down(Some(value), par, mat).ok()?,
            drip_down(rate, duty, base, secs).ok()?,
            decayed_fee_wad(fee, decay, minutes, floor, most).ok()?,
            a,
            b,
        ))
    };
    case!([value, par, mat, rate, duty, base, secs, fee, decay, minutes, surplus, bad, amount] => all())
});

model!(auction_starts, |rng| {
    let (price, buf) = (rng.bits(110), RAY + rng.bits(89));
    let (tab, tip, chip) = (rng.bits(150), rng.bits(140), rng.bits(60));
    let (mut top, age, tail) = (rng.bits(110), rng.u64(0, 2_000), rng.u64(0, 2_000));
    let cusp = rng.wide(0, E18 * 1_000_000_000);
    if rng.u8(0, 3) > 0 {
        top = U256::ONE + price * rng.wide(5_000, 30_000) / n(10_000);
    }
    let rules = AuctionRules {
        tail_secs: tail,
        cusp,
        chost: U256::ZERO,
    };
    let auction = Auction {
        tab,
        lot: U256::ZERO,
        top,
        started_ts: 0,
    };
    let all = || {
        // the age does not matter to an auction that started at nothing
        let stale = if top.is_zero() {
            None
        } else {
            rules.is_stale(&auction, price, age).ok()
        };
        Some((
            top_down(price, buf).ok()?,
            keeper_reward_down(tab, tip, chip).ok()?,
            stale?,
        ))
    };
    case!([price, buf, tab, tip, chip, top, age, tail, cusp] => all())
});

model!(health_of_many, |rng| {
    let parts: Vec<_> = (0..rng.u8(1, 6))
        .map(|_| (rng.bits(100), rng.u16(0, 10_000)))
        .collect();
    let debt = rng.bits(100);
    let all = || {
        let valued = parts.iter().map(|(value_wad, threshold_bps)| Collateral {
            value_wad: *value_wad,
            threshold_bps: *threshold_bps,
        });
        Some((
            health_wad_down(valued, debt).ok()??,
            liquidation_price_wad_up(parts[0].0, parts[0].1, debt).ok()?,
        ))
    };
    case!([parts.len(), debt] => all())
});
