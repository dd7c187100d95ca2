//! models/foundation.py

use mintage_math::{U256, WAD};
use mintage_mechanism::{
    buyback::min_out_up,
    cap::{Cap, CapBasis},
    emission::{Exponential, Geometric, Halving, Linear, Piece, Piecewise, Tail, Weekly},
    liquidity::{fee_shares_down, shares_for_deposit_down},
    rate_bucket::{BucketState, RateBucket},
    reserve::{Buffer, spendable_down},
    swap::{Side, amount_in_up, amount_out_down, check_swap},
    swap_and_add::sell_down,
    transfer_fee::TransferFee,
};

model!(swap_amount_out, |rng| {
    let (a, ri, ro) = (rng.bits(128), rng.bits(112), rng.bits(112));
    case!([a, ri, ro] => amount_out_down(a, ri, ro).ok())
});

model!(swap_amount_in, |rng| {
    let (mut out, ri, ro) = (rng.bits(112), rng.bits(112), rng.bits(112));
    if rng.u8(0, 3) > 0 {
        out %= ro + U256::ONE;
    }
    case!([out, ri, ro] => amount_in_up(out, ri, ro).ok())
});

model!(swap_check, |rng| {
    let one = U256::ONE;
    let (r0, r1) = (one + rng.bits(60), one + rng.bits(60));
    let (a, out) = (rng.bits(50), rng.bits(50) % r1);
    let result = check_swap(
        Side {
            reserve: r0,
            amount_out: U256::ZERO,
            balance: r0 + a,
        },
        Side {
            reserve: r1,
            amount_out: out,
            balance: r1 - out,
        },
    );
    case!([r0, r1, a, out] => result.ok().map(|(in0, _)| in0))
});

model!(liquidity_shares, |rng| {
    let (a0, a1, r0, r1, s) = (
        rng.bits(112),
        rng.bits(112),
        rng.bits(112),
        rng.bits(112),
        rng.bits(112),
    );
    case!([a0, a1, r0, r1, s] => shares_for_deposit_down(a0, a1, r0, r1, s).ok())
});

model!(liquidity_fee, |rng| {
    let (r0, r1, kl, s) = (rng.bits(112), rng.bits(112), rng.bits(224), rng.bits(112));
    case!([r0, r1, kl, s] => fee_shares_down(r0, r1, kl, s).ok())
});

model!(transfer_fee, |rng| {
    let (v, f, b) = (rng.bits(256), rng.u16(0, 100), rng.u16(0, 10_000));
    let split = TransferFee::new(f, b).unwrap().split(v, false).ok();
    case!([v, f, b] => split.map(|s| (s.net, s.burned, s.collected)))
});

model!(cap_mint, |rng| {
    let limit = rng.bits(255);
    let (mut minted, mut supply, mut amount) = (rng.bits(256), rng.bits(256), rng.bits(256));
    if rng.u8(0, 3) > 0 {
        minted %= limit + U256::ONE;
        supply >>= 1usize;
        amount %= limit - minted + U256::from(2);
    }
    let cap = Cap {
        limit,
        basis: CapBasis::LifetimeMinted,
    };
    case!([limit, minted, supply, amount] => cap.check_mint(amount, minted, supply).ok())
});

model!(rate_bucket, |rng| {
    let e24 = 10u128.pow(24);
    let (capacity, refill, period_secs) = (rng.wide(0, e24), rng.wide(0, e24), rng.u64(1, 100_000));
    let bucket = RateBucket {
        capacity,
        refill,
        period_secs: period_secs as u32,
    };
    let (mut state, mut now, mut out) = (BucketState::default(), 0, vec![]);
    for _ in 0..20 {
        now += rng.u64(0, 30_000);
        let ask = rng.between(0, e24) >> rng.u32(0, 40);
        let available = bucket.available(state, now).unwrap();
        let drawn = bucket.draw(state, U256::from(ask), now);
        out.push(U256::from(drawn.is_ok()));
        out.push(available);
        state = drawn.unwrap_or(state);
    }
    case!([capacity, refill, period_secs] => Some(out))
});

model!(buyback_min_out, |rng| {
    let (lot, want, price) = (rng.bits(128), rng.wide(0, 10u128.pow(18)), rng.bits(120));
    let (da, dt) = (rng.u8(0, 36), rng.u8(0, 36));
    case!([lot, want, price, da, dt] => min_out_up(lot, want, price, da, dt).ok())
});

model!(reserve_spendable, |rng| {
    let (t, sigma, liabilities, floor) = (rng.bits(256), rng.bits(70), rng.bits(200), rng.bits(200));
    let (base, slope, top) = (rng.u16(0, 5_000), rng.u32(0, 50_000), rng.u16(5_000, 10_000));
    let buffer = Buffer::new(base, slope, top).unwrap().at(Some(sigma));
    let free = spendable_down(t, buffer, liabilities, floor);
    case!([t, sigma, liabilities, floor, base, slope, top] => Some((buffer, free)))
});

model!(swap_and_add, |rng| {
    let (lot, r) = (rng.bits(110), rng.bits(110));
    case!([lot, r] => sell_down(lot, r).ok())
});

model!(emission_halving, |rng| {
    let (subsidy, per, blocks) = (rng.bits_u64(64), rng.u64(1, 40), rng.u64(0, 3_000));
    let halving = Halving {
        subsidy,
        scale: U256::ONE,
        blocks_per_halving: per,
        block_secs: 1,
    };
    case!([subsidy, per, blocks] => halving.issued(blocks).ok())
});

model!(emission_geometric, |rng| {
    let (rate, divisor, epoch, epochs) = (rng.bits(100), WAD + rng.bits(59), rng.u64(1, 50), rng.u32(1, 60));
    let t = rng.u64(0, 3_000);
    let curve = Geometric {
        initial_rate: rate,
        divisor_wad: divisor,
        epoch_secs: epoch,
        epochs,
    };
    case!([rate, divisor, epoch, epochs, t] => curve.issued(t).ok())
});

model!(emission_weekly, |rng| {
    let (first, growth, n) = (
        rng.wide(10u128.pow(20), 10u128.pow(27)),
        rng.u32(10_000, 11_000),
        rng.u32(0, 30),
    );
    let (decay, tail_below) = (rng.u32(9_000, 9_990), rng.wide(10u128.pow(18), 10u128.pow(26)));
    let (tail, supply, epoch) = (rng.u32(0, 200), rng.bits(100), rng.u64(1, 1_000));
    let t = rng.u64(0, 120) * epoch;
    let curve = Weekly {
        first,
        growth_bps: growth,
        growth_epochs: n,
        decay_bps: decay,
        tail_below,
        tail_bps: tail,
        initial_supply: supply,
        epoch_secs: epoch,
    };
    case!([first, growth, n, decay, tail_below, tail, supply, epoch, t] => curve.issued(t).ok())
});

model!(emission_exponential, |rng| {
    let (total, factor) = (rng.bits(200), rng.wide(0, 10u128.pow(18)));
    let (step, t) = (rng.u64(1, 1_000_000), rng.bits_u64(64));
    let curve = Exponential {
        total,
        factor_wad: factor,
        step_secs: step,
    };
    case!([total, factor, step, t] => curve.issued(t).ok())
});

model!(emission_linear, |rng| {
    let (total, duration, t) = (rng.bits(256), rng.bits_u64(64), rng.bits_u64(64));
    case!([total, duration, t] => Linear { total, duration_secs: duration }.issued(t).ok())
});

model!(emission_piecewise, |rng| {
    let n = rng.u64(1, 8);
    let mut schedule = Piecewise::default();
    for piece in schedule.pieces.iter_mut().take(n as usize) {
        *piece = Piece {
            amount: rng.bits(200),
            duration_secs: 1 + rng.bits_u64(40),
        };
    }
    let t = rng.bits_u64(45);
    case!([n, t] => schedule.issued(t).ok())
});

model!(emission_tail, |rng| {
    let (a, d, tail, p, t) = (
        rng.bits(200),
        rng.bits_u64(64),
        rng.bits(180),
        1 + rng.bits_u64(40),
        rng.bits_u64(64),
    );
    let curve = Tail {
        programme: a,
        duration_secs: d,
        tail,
        period_secs: p,
    };
    case!([a, d, tail, p, t] => curve.issued(t).ok())
});
