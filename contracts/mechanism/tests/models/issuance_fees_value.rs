//! models/issuance_fees_value.py

use mintage_math::{U256, WAD};
use mintage_mechanism::{
    auto_burn::quarterly_burn_down,
    base_fee::BaseFee,
    bonding_curve::Curve,
    counter_cycle::{
        Regime, RegimeRules, RegimeState, damped_emission_down, drawdown_wad_down, lot_down, stress_wad,
    },
    difficulty as pow,
    elasticity::{COSMOS, premium_emission_down, premium_wad_down, revenue_emission_down},
    exit_penalty::ExitPenalty,
    loyalty::LoyaltyBurn,
    nav::{mint_shares_down, streaming_fee_shares_down},
    random_trigger::{strikes, uniform_below},
    range_walls::{Spreads, buy_for_down, high_capacity_down, sell_for_down},
    stake_issuance::{duty_reward_down, epoch_issuance_down, reward_per_ether_down},
    token_jar::FallingThreshold,
    waterfall::{Waterfall, revenue_ratio_wad_down},
};

const E18: u128 = 1_000_000_000_000_000_000;

model!(bitcoin_retarget, |rng| {
    let bits = (rng.u32(0x1b, 0x1d) << 24) | rng.u32(0, 0x7f_ffff);
    let (first, gap) = (rng.u64(1_000_000_000, 2_000_000_000), rng.u64(0, 10_000_000));
    let back = rng.u8(0, 9) == 0;
    let last = if back { first - gap } else { first + gap };
    case!([bits, first, gap, u8::from(back)] => pow::bitcoin_retarget(bits, first, last).ok())
});

model!(compact_round_trip, |rng| {
    let mut bits = rng.u32(0, 0x23) << 24 | rng.u32(0, 0x8f_ffff);
    if rng.u8(0, 19) == 0 {
        bits = rng.u32(0, u32::MAX);
    }
    case!([bits] => pow::target_from_compact(bits).ok().map(pow::compact_from_target))
});

model!(work, |rng| {
    let target = rng.bits(256);
    case!([target] => pow::work_down(target).ok())
});

model!(stake_issuance, |rng| {
    let (gwei, weight, done) = (rng.bits(80), rng.u64(1, 64), rng.bits(60));
    let all = || {
        let ether = gwei / U256::from(1_000_000_000);
        let issued = epoch_issuance_down(gwei).ok()?;
        let duty = duty_reward_down(issued, weight, done.min(ether), ether).ok()?;
        Some((reward_per_ether_down(gwei).ok()?, issued, duty))
    };
    case!([gwei, weight, done] => all())
});

model!(premium_emission, |rng| {
    let (price, backing, least, base, supply) = (
        rng.bits(90),
        rng.bits(90),
        rng.bits(62),
        rng.bits(30),
        rng.bits(120),
    );
    let all = || {
        let (rate, amount) = premium_emission_down(price, backing, least, base, supply).ok()?;
        Some((premium_wad_down(price, backing).ok()?, rate, amount))
    };
    case!([price, backing, least, base, supply] => all())
});

model!(bonded_inflation, |rng| {
    let (i, bonded, secs) = (
        rng.u64(0, 3 * E18 as u64 / 10),
        rng.u64(0, E18 as u64),
        rng.u32(0, 40_000_000),
    );
    let all = || {
        Some((
            COSMOS.change_a_year_wad(bonded).ok()?,
            i128::from(COSMOS.next_wad(i, bonded, secs).ok()?),
        ))
    };
    case!([i, bonded, secs] => all())
});

model!(revenue_emission, |rng| {
    let (r, p, kappa) = (rng.bits(200), rng.bits(100), rng.wide(0, E18));
    let (most, budget) = (rng.bits(200), rng.bits(200));
    case!([r, p, kappa, most, budget] => revenue_emission_down(r, p, kappa, most, budget).ok())
});

model!(bonding_curve, |rng| {
    let (x, y) = (
        rng.wide(1_000_000_000, 10u128.pow(12)),
        rng.wide(10u128.pow(12), 10u128.pow(16)),
    );
    let sellable = y * rng.wide(1, 9) / U256::from(10);
    let mut curve = Curve::new(x, y, sellable).unwrap();
    let (mut held, mut out) = (U256::ZERO, vec![]);
    for _ in 0..15 {
        let (kind, amount, percent) = (rng.u8(0, 2), rng.wide(1, 10u128.pow(10)), rng.wide(1, 100));
        if kind > 0 {
            let Ok((next, tokens, cost)) = curve.buy(amount) else {
                continue;
            };
            out.extend([tokens, cost]);
            held += tokens;
            curve = next;
        } else {
            let tokens = held * percent / U256::from(100);
            let Ok((next, paid)) = curve.sell(tokens, sellable) else {
                continue;
            };
            out.push(paid);
            held -= tokens;
            curve = next;
        }
    }
    out.extend([curve.currency, curve.tokens, curve.left]);
    case!([x, y, sellable] => Some(out))
});

model!(base_fee, |rng| {
    let (fee, limit, d, e) = (
        rng.bits(200),
        rng.u64(0, 1_000_000_000),
        rng.u64(1, 16),
        rng.u64(1, 4),
    );
    let used = rng.u64(0, limit);
    let controller = BaseFee {
        elasticity: e,
        denominator: d,
    };
    case!([fee, limit, d, e, used] => controller.next(fee, used, limit).ok())
});

model!(quarterly_burn, |rng| {
    let (blocks, price) = (rng.bits_u64(40), rng.bits(120));
    case!([blocks, price] => quarterly_burn_down(blocks, price).ok())
});

model!(loyalty_split, |rng| {
    let (low, width) = (rng.u16(0, 5_000), rng.u16(0, 5_000));
    let (ve, supply, revenue) = (rng.bits(120), rng.bits(120), rng.bits(256));
    let burn = LoyaltyBurn::new(low, low + width).unwrap();
    let split = burn.split_down(revenue, ve, supply).ok();
    case!([low, width, ve, supply, revenue] => split.map(|(b, s)| (burn.share_bps_down(ve, supply), b, s)))
});

model!(waterfall, |rng| {
    let (revenue, due, gap) = (rng.bits(130), rng.bits(120), rng.bits(120));
    let (f, b, k) = (rng.u16(0, 10_000), rng.u16(0, 10_000), rng.bits(110));
    let w = Waterfall {
        security_due: due,
        backstop_gap: gap,
        fortification_bps: f,
        burn_bps: b,
    };
    let all = || {
        let ratio = revenue_ratio_wad_down(revenue, k, U256::MAX).ok()?;
        let p = w.split_down(revenue, ratio).ok()?;
        Some((p.security, p.backstop, p.fortification, p.burn, p.stakers))
    };
    case!([revenue, due, gap, f, b, k] => all())
});

model!(falling_threshold, |rng| {
    let (a, b, fall, t) = (
        rng.bits(256),
        rng.bits(256),
        1 + rng.bits_u64(40),
        rng.bits_u64(41),
    );
    let auction = FallingThreshold {
        top: a.max(b),
        floor: a.min(b),
        fall_secs: fall,
    };
    case!([a.max(b), a.min(b), fall, t] => auction.at_up(t).ok())
});

model!(range_swaps, |rng| {
    let (target, reserves, amount) = (rng.bits(90), rng.bits(120), rng.bits(110));
    let (lw, hw) = (rng.u16(0, 9_999), rng.u16(0, 10_000));
    let (dr, dt) = (rng.u8(0, 24), rng.u8(0, 24));
    let spreads = Spreads {
        low_cushion: lw,
        low_wall: lw,
        high_cushion: hw,
        high_wall: hw,
    };
    let all = || {
        let range = spreads.around_down(target, U256::ZERO).ok()?;
        let high = high_capacity_down(reserves / U256::from(10), range.high_wall, &spreads, dr, dt).ok()?;
        let bought = buy_for_down(amount, range.low_wall, dr, dt).ok()?;
        let sold = sell_for_down(amount, range.high_wall, dr, dt).ok()?;
        Some((range.low_wall, range.high_wall, high, bought, sold))
    };
    case!([target, reserves, amount, lw, hw, dr, dt] => all())
});

model!(counter_cycle, |rng| {
    let (price, average, fast, slow, base) = (
        rng.bits(100),
        rng.bits(100),
        rng.bits(62),
        rng.bits(62),
        rng.bits(150),
    );
    let (a, most, b) = (rng.bits(64), WAD + rng.bits(61), rng.bits(64));
    let all = || {
        let d = drawdown_wad_down(price, average).ok()?;
        let z = stress_wad(fast, slow, true).ok()?;
        let lot = lot_down(base, d, a, most, U256::ZERO, U256::ZERO).ok()?;
        Some((lot, damped_emission_down(base, z, b).ok()?))
    };
    case!([price, average, fast, slow, base, a, most, b] => all())
});

model!(regimes, |rng| {
    let (enter, halt) = (rng.u64(1, 10), rng.u64(1, 10));
    let (leave, resume, dwell) = (rng.u64(0, enter), rng.u64(0, halt), rng.u64(0, 50));
    let rules = RegimeRules {
        stress_enter: U256::from(enter),
        stress_exit: U256::from(leave),
        halt_enter: U256::from(halt),
        halt_exit: U256::from(resume),
        dwell_secs: dwell,
    };
    let number = |regime: Regime| match regime {
        Regime::Normal => 0u64,
        Regime::Stressed => 1,
        Regime::Halted => 2,
    };
    let (mut state, mut now, mut out) = (RegimeState::default(), 0, vec![]);
    for _ in 0..25 {
        let (stress, sigma, gap, fresh) =
            (rng.wide(0, 12), rng.wide(0, 12), rng.u64(0, 30), rng.u8(0, 9) > 0);
        now += gap;
        if fresh {
            out.push(number(state.regime));
        }
        state = rules.next(state, fresh.then_some((stress, sigma)), now).unwrap();
    }
    out.extend([number(state.regime), state.since_ts]);
    case!([enter, halt, leave, resume, dwell] => Some(out))
});

model!(hazard, |rng| {
    let p = rng.wide(0, E18);
    let word = if rng.u8(0, 1) == 1 {
        // ⌊p·2^256/10^18⌋, moved by up to two
        let quotient = if p == WAD { U256::ZERO } else { long_division(p) };
        quotient.wrapping_add(rng.wide(0, 4)).wrapping_sub(U256::from(2))
    } else {
        rng.bits(256)
    };
    case!([word, p] => strikes(word, p).ok())
});

/// `p·2^256` divided by 10^18, for `p < 10^18`: bit by bit.
fn long_division(p: U256) -> U256 {
    let (mut quotient, mut rest) = (U256::ZERO, p);
    for _ in 0..256 {
        rest <<= 1usize;
        quotient <<= 1usize;
        if rest >= WAD {
            rest -= WAD;
            quotient += U256::ONE;
        }
    }
    quotient
}

model!(uniform, |rng| {
    let n = rng.bits(256);
    let word = if rng.u8(0, 1) == 1 {
        U256::MAX - rng.bits(256)
    } else {
        rng.bits(256)
    };
    case!([word, n] => uniform_below(word, n).ok().flatten())
});

model!(exit_penalty, |rng| {
    let (value, z, age) = (rng.bits(256), rng.bits(62), rng.u64(0, 1_200));
    let (base, slope, top, fade) = (
        rng.u16(0, 1_000),
        rng.bits_u64(30) as u32,
        rng.u16(1_000, 9_999),
        rng.u64(1, 1_000),
    );
    let penalty = ExitPenalty::new(base, slope, top, fade).unwrap();
    case!([value, z, age, base, slope, top, fade] => penalty.split_up(value, z, age, false).ok())
});

model!(nav_shares, |rng| {
    let (paid, value, supply, premium) = (rng.bits(120), rng.bits(120), rng.bits(120), rng.u16(0, 9_999));
    let (secs, rate) = (rng.u64(0, 40_000_000), rng.bits(60));
    let all = || {
        let fee = streaming_fee_shares_down(supply, rate, secs).ok()?;
        Some((mint_shares_down(paid, value, supply, premium).ok()?, fee))
    };
    case!([paid, value, supply, premium, secs, rate] => all())
});
