//! models/distribution_governance.py

use alloy_primitives::keccak256;
use mintage_math::{RAY, U256};
use mintage_mechanism::{
    allocation::{Bucket, Holder, check as check_table, health},
    decimals::power_of_ten,
    governance_mint::MintWindow,
    grant::regrant,
    merkle::{Node, claim_bit, double_leaf, leaf, parent, verify},
    rate_bucket::{BucketState, RateBucket},
    report_limiter::{check_report, check_withdrawal, max_burn_down, smooth},
    rwa::{Asset, Phase, recovery_down},
    sale::{Outcome, accept, outcome, rate_at, tokens_down},
    share_out::share_out,
    token_jar::{FallingThreshold, release},
    vesting::{cancel, releasable, tranches_vested, wallet_vested_down},
    votes::{Tally, Timelock, check_open, extended_end, quorum_up},
};

fn hash(data: &[u8]) -> Node {
    keccak256(data).0
}

model!(merkle_proofs, |rng| {
    let (count, double) = (rng.u8(1, 6) as usize, rng.u8(0, 1));
    let entries: Vec<_> = (0..count)
        .map(|_| (rng.bits(256), rng.bits(160), rng.bits(256)))
        .collect();
    let (at, kind, claim) = (
        rng.u8(0, count as u8 - 1) as usize,
        rng.u8(0, 5),
        rng.bits_u64(64),
    );
    let hashed = |(index, account, amount): (U256, U256, U256)| {
        let (index, amount) = (index.to_be_bytes(), amount.to_be_bytes());
        let account: [u8; 20] = account.to_be_bytes::<32>()[12..].try_into().unwrap();
        if double == 1 {
            double_leaf(&[&index[..], &account, &amount].concat(), hash)
        } else {
            leaf(index, account, amount, hash)
        }
    };
    let mut level: Vec<Node> = entries.iter().map(|e| hashed(*e)).collect();
    let (mut proof, mut place, mut mine) = (vec![], at, level[at]);
    while level.len() > 1 {
        proof.extend(level.get(place ^ 1));
        let up = |pair: &[Node]| {
            if pair.len() == 2 {
                parent(pair[0], pair[1], hash)
            } else {
                pair[0]
            }
        };
        level = level.chunks(2).map(up).collect();
        place /= 2;
    }
    let root = level[0];
    if kind == 4 {
        let (index, account, amount) = entries[at];
        mine = hashed((index, account, amount ^ U256::ONE));
    }
    if kind == 5 {
        proof.push(root);
    }
    let (word, bit) = claim_bit(claim);
    let proven = verify(root, mine, &proof, hash);
    case!([count, double, at, kind, claim] => Some((proven, U256::from_be_bytes(root), word, bit)))
});

model!(allocation_health, |rng| {
    let (count, spoil) = (rng.u8(1, 8), rng.u8(0, 9));
    let (mut left, mut table) = (10_000u16, vec![]);
    for i in 0..count {
        let share_bps = if i == count - 1 { left } else { rng.u16(0, left) };
        left -= share_bps;
        let (cliff_secs, more) = (rng.u64(0, 40_000_000), rng.u64(0, 80_000_000));
        let holder = [Holder::Team, Holder::Investors, Holder::Community][rng.u8(0, 2) as usize];
        // the model asks whether anything is free before it asks how much
        let free = rng.u8(0, 1) == 1;
        let at_genesis_bps = if free { rng.u16(0, 10_000) } else { 0 };
        table.push(Bucket {
            holder,
            share_bps,
            at_genesis_bps,
            cliff_secs,
            end_secs: cliff_secs + more,
        });
    }
    match spoil {
        0 => table[0].cliff_secs = table[0].end_secs + 1,
        1 => table[0].share_bps ^= 1,
        _ => {}
    }
    let (limit, least_cliff) = (rng.u16(0, 10_000), rng.u64(0, 20_000_000));
    let all = || {
        let h = health(&table).ok()?;
        let accepted = check_table(&table, limit, least_cliff).is_ok();
        let mut out = vec![h.insider_bps, h.largest_bps, h.herfindahl];
        out.extend(h.unlocked_bps);
        out.push(u16::from(accepted));
        Some(out)
    };
    case!([count, spoil, limit, least_cliff] => all())
});

model!(vesting_wallet, |rng| {
    let (total, start, cliff, length) = (
        rng.bits(256),
        rng.u64(0, 1_000),
        rng.u64(0, 1_200),
        rng.u64(0, 1_000),
    );
    let (first, later) = (rng.u64(0, 2_500), rng.u64(0, 500));
    let all = || {
        let vested = |now| wallet_vested_down(total, start, cliff, length, now).ok();
        let (a, b) = (vested(first)?, vested(first + later)?);
        let second = releasable(b, a).ok()?;
        let (nothing, back) = cancel(total, b, a + second).ok()?;
        assert!(nothing.is_zero());
        Some((a, second, back))
    };
    case!([total, start, cliff, length, first, later] => all())
});

model!(vesting_tranches, |rng| {
    let tranches: Vec<_> = (0..rng.u8(0, 8))
        .map(|_| (rng.u64(0, 1_000), rng.bits(254)))
        .collect();
    let now = rng.u64(0, 1_000);
    case!([tranches.len(), now] => tranches_vested(tranches, now).ok())
});

model!(crowdsale, |rng| {
    let (a, b, secs) = (rng.bits(80), rng.bits(80), rng.u64(1, 5_000));
    let (first, last) = (a.max(b), a.min(b));
    let (hard, personal, soft) = (rng.bits(80), rng.bits(79), rng.bits(80));
    let (mut raised, mut mine, mut now, mut out) = (U256::ZERO, [U256::ZERO; 3], 0u64, vec![]);
    for _ in 0..8 {
        let (who, gap, offered) = (rng.u8(0, 2) as usize, rng.u64(0, 900), rng.bits(79));
        now += gap;
        let taken = accept(offered, raised, hard, mine[who], personal).map_or(U256::ZERO, |(taken, back)| {
            assert_eq!(taken + back, offered);
            taken
        });
        raised += taken;
        mine[who] += taken;
        out.push(tokens_down(taken, rate_at(first, last, now, secs).unwrap()).unwrap());
    }
    let end = match outcome(raised, soft, hard, now, secs) {
        Outcome::Open => 0,
        Outcome::Success => 1,
        Outcome::Refund => 2,
    };
    out.extend([raised, U256::from(end)]);
    case!([first, last, secs, hard, personal, soft] => Some(out))
});

model!(jar_releases, |rng| {
    let (a, b, fall) = (rng.bits(100), rng.bits(100), rng.u64(1, 5_000));
    let auction = FallingThreshold {
        top: a.max(b),
        floor: a.min(b),
        fall_secs: fall,
    };
    let (mut nonce, mut since, mut out) = (0u64, 0u64, vec![]);
    for _ in 0..10 {
        let (behind, assets) = (rng.u64(0, 3), rng.u8(0, 21));
        let (gap, percent) = (rng.u64(0, 6_000), rng.wide(50, 150));
        since += gap;
        let price = auction.at_up(since).unwrap();
        let burned = price * percent / U256::from(100);
        if let Ok(next) = release(nonce.wrapping_sub(behind), nonce, assets.into(), burned, price) {
            (nonce, since) = (next, 0);
        }
        out.push(price);
    }
    out.push(U256::from(nonce));
    case!([auction.top, auction.floor, fall] => Some(out))
});

model!(mint_windows, |rng| {
    let (supply, percent, period) = (rng.bits(200), rng.u8(0, 101), rng.u64(0, 1_000));
    let window = MintWindow {
        period_secs: period,
        cap_percent: percent,
    };
    let (mut total, mut now, mut open_from, mut out) = (supply, 0u64, 0u64, Some(vec![]));
    for _ in 0..8 {
        let (gap, part) = (rng.u64(0, 1_200), rng.wide(0, 110));
        now += gap;
        let Ok(cap) = window.cap_down(total) else {
            out = None;
            continue;
        };
        let amount = cap * part / U256::from(100);
        if let Ok(next) = window.mint(now, open_from, amount, total) {
            (total, open_from) = (total + amount, next);
        }
        out = out.map(|mut list| {
            list.push(total);
            list
        });
    }
    let all = out.map(|mut list| {
        list.push(U256::from(open_from));
        list
    });
    case!([supply, percent, period] => all)
});

model!(report_limits, |rng| {
    let (before, shares) = (U256::ONE + rng.bits(120), rng.bits(120));
    let (limit, loss, growth) = (rng.u32(0, 100_000_000), rng.u16(0, 10_000), rng.u16(0, 20_000));
    let secs = rng.u64(0, 40_000_000);
    let grows = rng.u8(0, 1) == 1;
    let year = 31_536_000u64;
    let scale = if grows {
        u64::from(growth) * secs
    } else {
        u64::from(loss) * year
    };
    let size = before * U256::from(scale) * rng.wide(0, 200) / U256::from(1_000_000 * year);
    let after = if grows {
        before + size
    } else {
        before.saturating_sub(size)
    };
    let asked = rng.bits(75);
    let all = || {
        let fine = check_report(before, after, secs, loss, growth).is_ok();
        let (booked, waits) = smooth(before, after.saturating_sub(before), limit).ok()?;
        let burn = max_burn_down(shares, before, booked, limit).ok()?;
        Some((fine, booked, waits, burn, check_withdrawal(asked).is_ok()))
    };
    case!([before, shares, limit, loss, growth, secs, after, asked] => all())
});

model!(rwa_asset, |rng| {
    let (value, tau, mat) = (rng.bits(100), rng.u64(1, 500), RAY + rng.bits(89));
    let age = rng.u64(0, 2_000);
    let mut asset = Asset {
        value,
        attested_ts: 0,
        tau_secs: tau,
        phase: Phase::Active,
    };
    let (mut now, mut done, mut owed) = (0u64, vec![], U256::ZERO);
    for _ in 0..20 {
        let (kind, gap, x) = (rng.u8(0, 5), rng.u64(0, 300), rng.bits(101));
        let (attestors, line) = (rng.u32(0, 3), rng.bits(101));
        now += gap;
        let step = match kind {
            0 | 1 => asset.bump(x, attestors, 1, now),
            2 => asset.tell(U256::from(attestors), now),
            3 if attestors == 0 => asset.cure(),
            4 => asset.cull(now),
            5 => asset.check_draw(x, line, mat, now, age).map(|()| {
                owed = x;
                asset
            }),
            _ => {
                done.push(U256::ZERO);
                continue;
            }
        };
        done.push(U256::from(step.is_ok()));
        asset = step.unwrap_or(asset);
    }
    let rate = rng.u16(0, 10_000);
    let (back, lost) = recovery_down(owed, rate).unwrap();
    done.extend([asset.value, back, lost]);
    case!([value, tau, mat, age, rate] => Some(done))
});

model!(regrants, |rng| {
    let delay = rng.u64(0, 2_000);
    let bucket = |capacity, refill| RateBucket {
        capacity,
        refill,
        period_secs: 1_000,
    };
    let mut current = bucket(U256::ZERO, U256::ZERO);
    let (mut state, mut now, mut out) = (BucketState::default(), 0u64, vec![]);
    for _ in 0..12 {
        let (kind, gap, a, b) = (rng.u8(0, 2), rng.u64(0, 1_500), rng.bits(60), rng.bits(60));
        now += gap;
        if kind < 2 {
            let next = bucket(a, b);
            state = regrant(&current, &next, state, now, delay).unwrap();
            current = next;
        } else {
            let ask = a % (current.capacity + U256::ONE);
            state = current.draw(state, ask, now).unwrap_or(state);
        }
        out.push(current.available(state, now).unwrap());
    }
    case!([delay] => Some(out))
});

model!(share_outs, |rng| {
    let mut cuts: Vec<u16> = (0..rng.u8(0, 5)).map(|_| rng.u16(1, 9_999)).collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts.push(10_000);
    let weights: Vec<u16> = cuts
        .iter()
        .scan(0, |last, cut| Some(cut - std::mem::replace(last, *cut)))
        .collect();
    let (mut paid, mut total) = (vec![U256::ZERO; weights.len()], U256::ZERO);
    for _ in 0..15 {
        let amount = rng.bits(60);
        let mut sum = U256::ZERO;
        share_out(amount, total, &weights, &mut paid, |_, part| {
            sum += part;
            Ok::<_, mintage_math::MathError>(())
        })
        .unwrap();
        assert_eq!(sum, amount);
        total += amount;
    }
    case!([weights.len()] => Some(paid))
});

model!(powers_of_ten, |rng| {
    let n = rng.u8(0, 100);
    case!([n] => power_of_ten(n))
});

model!(tallies, |rng| {
    let (supply, share) = (rng.bits(255), rng.u16(0, 10_500));
    let (snapshot, end, extension) = (rng.u64(0, 500), rng.u64(500, 1_500), rng.u64(0, 300));
    let quorum = quorum_up(supply, share).ok();
    let (mut tally, mut now, mut close, mut reached) = (Tally::default(), 0u64, end, false);
    for _ in 0..12 {
        let (gap, kind, weight) = (rng.u64(0, 250), rng.u8(0, 2), rng.bits(255) >> 4usize);
        now += gap;
        if check_open(now, snapshot, close).is_err() {
            continue;
        }
        *[&mut tally.yes, &mut tally.no, &mut tally.abstain][kind as usize] += weight;
        if !reached && quorum.is_some_and(|q| tally.has_quorum(q)) {
            (reached, close) = (true, extended_end(close, now, extension));
        }
    }
    let all = quorum.map(|q| (q, tally.yes, tally.no, tally.abstain, close, tally.passes(q)));
    case!([supply, share, snapshot, end, extension] => all)
});

model!(timelocks, |rng| {
    let (low, width, grace) = (rng.u64(0, 100), rng.u64(0, 100), rng.u64(0, 100));
    let lock = Timelock {
        min_delay_secs: low,
        max_delay_secs: low + width,
        grace_secs: grace,
    };
    let (mut queued, mut now, mut out) = ([None; 3], 0u64, vec![]);
    for _ in 0..12 {
        let (kind, which) = (rng.u8(0, 3), rng.u8(0, 2) as usize);
        let (gap, delay) = (rng.u64(0, 80), rng.u64(0, 220));
        now += gap;
        let ok = match kind {
            0 | 1 => lock.eta(now, delay).is_ok_and(|eta| {
                queued[which] = Some(eta);
                true
            }),
            2 => lock.check_execute(queued[which], now).is_ok_and(|()| {
                queued[which] = None;
                true
            }),
            _ => {
                queued[which] = None;
                false
            }
        };
        out.push(ok);
    }
    case!([low, width, grace] => Some(out))
});
