//! models/markets_distribution.py

use mintage_math::U256;
use mintage_mechanism::{
    batch_auction::{Bid, clear},
    continuous_auction::{Level, clearing_price},
    dutch::{exponential_down, linear_down, stairs_down},
    rewards::{Account, Period},
    sale::Commitments,
    tick::mean_tick,
    vesting::Linear,
    vote_escrow::{Global, Lock, boosted_down},
};
use std::collections::BTreeMap;

const RAY: u128 = 1_000_000_000_000_000_000_000_000_000;
const WEEK: u64 = 604_800;

model!(batch_auction, |rng| {
    let (supply, minimum) = (rng.wide(1, 1_000_000), rng.wide(1, 1_000_000));
    // the price as a fraction, as the model draws it
    let (mut num, mut den) = (rng.wide(1, 4_000), U256::from(1_000));
    let mut bids = vec![];
    for _ in 0..rng.u8(0, 12) {
        let buy = rng.wide(1, 1_000_000);
        let sell = (num * buy / den).max(U256::ONE);
        (num, den) = (sell * rng.wide(900, 1_000), buy * U256::from(1_000));
        bids.push(Bid { sell, buy });
    }
    // sorted or not is the caller's matter up to the clearing bid: the model wants all of it in order
    let sorted = bids
        .windows(2)
        .all(|p| p[0].sell * p[1].buy >= p[1].sell * p[0].buy);
    let clearing = if sorted {
        clear(bids, supply, minimum).ok()
    } else {
        None
    };
    case!([supply, minimum] => clearing.map(|c| vec![c.tokens, c.currency, U256::from(c.filled), c.partial, c.raised]))
});

model!(continuous_price, |rng| {
    let (supply, low) = (rng.wide(1, 1_000_000), rng.wide(1, 10u128.pow(18)));
    let mut p = rng.between(10u128.pow(18), 10u128.pow(21));
    let mut levels = vec![];
    for _ in 0..rng.u8(0, 10) {
        levels.push(Level {
            max_price_wad: U256::from(p),
            rate: rng.wide(1, 1_000_000_000),
        });
        p -= rng.between(0, p / 2);
    }
    case!([supply, low] => clearing_price(levels, supply, low).ok().map(|price| price.price_wad))
});

model!(dutch, |rng| {
    let (top, cut, t) = (rng.bits(160), rng.wide(0, RAY), rng.u64(0, 20_000));
    let (fall, step) = (rng.u64(1, 20_000), rng.u64(1, 500));
    let all = || {
        let stairs = stairs_down(top, cut, t, step).ok()?;
        Some((
            linear_down(top, t, fall).ok()?,
            stairs,
            exponential_down(top, cut, t).ok()?,
        ))
    };
    case!([top, cut, t, fall, step] => all())
});

model!(commitments, |rng| {
    let (sale, others, mine, price) = (rng.bits(100), rng.bits(100), rng.bits(100), rng.bits(100));
    let sale_of = Commitments {
        sale,
        committed: others + mine,
        price_wad: price,
    };
    case!([sale, others, mine, price] => sale_of.settle_down(mine).ok())
});

model!(mean_ticks, |rng| {
    let limit = 1_000_000_000_000i128;
    let (a, b, secs) = (
        rng.signed(-limit, limit),
        rng.signed(-limit, limit),
        rng.u32(1, 100_000_000),
    );
    case!([a, b, secs] => mean_tick(a as i64, b as i64, secs).ok())
});

model!(vesting_linear, |rng| {
    let (total, start, cliff, length) = (
        rng.bits(200),
        rng.u64(0, 1_000),
        rng.u64(0, 1_000),
        rng.u64(0, 1_000),
    );
    let (mut first, mut second, now) = (rng.bits(198), rng.bits(198), rng.u64(0, 4_000));
    if rng.u8(0, 5) > 0 {
        first %= total + U256::ONE;
        second %= total - first + U256::ONE;
    }
    let v = Linear {
        start_ts: start,
        cliff_ts: start + cliff,
        end_ts: start + cliff + length,
        start_unlock: first,
        cliff_unlock: second,
    };
    case!([total, start, cliff, length, first, second, now] => v.vested_down(total, now).ok())
});

model!(rewards, |rng| {
    let (mut period, mut now) = (Period::default(), 0u64);
    let (mut stakes, mut accounts) = ([U256::ZERO; 3], [Account::default(); 3]);
    for _ in 0..15 {
        let (who, gap, amount) = (rng.u8(0, 3) as usize, rng.u64(0, 5_000), rng.wide(0, 1_000_000));
        now += gap;
        let staked = stakes.iter().fold(U256::ZERO, |a, b| a + b);
        if who == 3 {
            let reward = amount * U256::from(1_000_000);
            period = period.notify(reward, U256::MAX, staked, now, WEEK).unwrap();
        } else {
            period = period.accrue(staked, now).unwrap();
            accounts[who] = period.settle(accounts[who], stakes[who]).unwrap();
            stakes[who] = amount;
        }
    }
    let mut out = vec![period.rate, period.per_token];
    out.extend(accounts.iter().map(|a| a.stored));
    case!([15] => Some(out))
});

model!(vote_escrow, |rng| {
    let (mut locks, mut ending) = ([Lock::default(); 4], BTreeMap::<u64, U256>::new());
    let (mut global, mut now, mut out) = (Global::default(), 0u64, vec![]);
    for _ in 0..10 {
        let (who, gap, amount, weeks) = (
            rng.u8(0, 3) as usize,
            rng.u64(0, 3 * WEEK),
            rng.bits(100),
            rng.u64(1, 210),
        );
        now += gap;
        global = global
            .advance(now, 10_000, |week| ending.get(&week).copied().unwrap_or_default())
            .unwrap();
        let old = locks[who];
        let made = if old.end_ts <= now {
            Lock::create(amount, now + weeks * WEEK, now)
        } else {
            old.increase(amount, now)
        };
        if let Ok(new) = made {
            let (next, gone, come) = global.replace(old, new, now).unwrap();
            *ending.entry(old.end_ts).or_default() -= gone;
            *ending.entry(new.end_ts).or_default() += come;
            (global, locks[who]) = (next, new);
        }
        out.push(global.bias);
    }
    case!([10] => Some(out))
});

model!(boost, |rng| {
    let (b, s, v, total) = (rng.bits(120), rng.bits(120), rng.bits(120), rng.bits(120));
    case!([b, s, v, total] => boosted_down(b, s, v, total).ok())
});
