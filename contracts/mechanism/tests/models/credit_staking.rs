//! models/credit_staking.py

use mintage_math::{RAY, U256, WAD, mul_div_down};
use mintage_mechanism::{
    cdp::{Ilk, System, Urn, drip_down, fold, frob},
    delegation::Pool,
    lending::{Collateral, Position, health_wad_down},
    liquidation::{Auction, AuctionRules, bark as size},
    rebase::{AMPLEFORTH, Delta, Policy},
    shares::{StakePool, Vault},
    slashing::{correlation_penalty_down, slash_magnitude, slashed_shares},
};

const E18: i128 = 1_000_000_000_000_000_000;

model!(vault_shares, |rng| {
    let (assets, shares, offset, x) = (rng.bits(150), rng.bits(150), rng.u8(0, 20), rng.bits(100));
    let v = Vault {
        assets,
        shares,
        offset,
    };
    let all = || {
        Some((
            v.deposit_down(x).ok()?,
            v.mint_up(x).ok()?,
            v.withdraw_up(x).ok()?,
            v.redeem_down(x).ok()?,
        ))
    };
    case!([assets, shares, offset, x] => all())
});

model!(stake_pool, |rng| {
    let (pooled, shares, reward, bps) = (rng.bits(120), rng.bits(120), rng.bits(100), rng.u16(0, 9_000));
    let fee = reward * U256::from(bps) / U256::from(10_000);
    let after = StakePool { pooled, shares }.reward(reward, fee).ok();
    case!([pooled, shares, reward, bps] => after.map(|(p, minted)| (minted, p.pooled, p.shares)))
});

model!(delegation, |rng| {
    let (mut pool, mut held, mut out) = (Pool::open(), U256::ZERO, vec![]);
    for _ in 0..12 {
        let (kind, amount, bps) = (rng.u8(0, 2), rng.bits(90), rng.u16(0, 10_000));
        match kind {
            0 => {
                if let Ok((p, s)) = pool.delegate(amount) {
                    (pool, held) = (p, held + s);
                }
            }
            1 => pool = pool.reward(amount, bps).unwrap().0,
            _ => {
                let s = held >> 1usize;
                if let Ok((p, _)) = pool.undelegate(s) {
                    (pool, held) = (p, held - s);
                }
            }
        }
        out.push(pool.pooled);
    }
    out.extend([pool.shares, held]);
    case!([12] => Some(out))
});

model!(slashing, |rng| {
    let (magnitude, w, shares) = (rng.wide(1, E18 as u128), rng.wide(0, E18 as u128), rng.bits(200));
    let (eff, slashed, total) = (rng.bits(60), rng.bits(70), rng.bits(70));
    let all = || {
        let (left, _) = slash_magnitude(magnitude, w).ok()?;
        let gone = slashed_shares(shares, magnitude, left).ok()?;
        Some((
            left,
            gone,
            correlation_penalty_down(eff, slashed, total, U256::from(1_000_000_000)).ok()?,
        ))
    };
    case!([magnitude, w, shares, eff, slashed, total] => all())
});

model!(rebase_policy, |rng| {
    let (rate, supply, growth) = (rng.bits(66), U256::ONE + rng.bits(120), rng.bits(66));
    let policy = Policy {
        growth_wad: growth,
        ..AMPLEFORTH
    };
    let delta = policy
        .delta(Some(rate), WAD, supply)
        .ok()
        .map(|delta| match delta {
            Delta::Zero => "0".to_owned(),
            Delta::Grow(by) => by.to_string(),
            Delta::Shrink(by) => format!("-{by}"),
        });
    ([rate, supply, growth].map(|x| x.to_string()).join(" "), delta)
});

model!(debt_system, |rng| {
    let rad = RAY * WAD;
    let n = |v: u64| U256::from(v);
    let mut urns = [Urn::default(); 2];
    let mut ilk = Ilk {
        art: U256::ZERO,
        rate: RAY,
        spot: RAY * n(30),
        line: rad * n(5_000),
        dust: rad * n(20),
    };
    let mut system = System {
        debt: U256::ZERO,
        line: rad * n(5_000),
    };
    let mut done = U256::ZERO;
    for _ in 0..15 {
        let (who, dink, dart) = (
            rng.u8(0, 2) as usize,
            rng.signed(-20 * E18, 60 * E18),
            rng.signed(-500 * E18, 900 * E18),
        );
        let secs = rng.u64(0, 10_000_000);
        if who == 2 {
            let duty = U256::from(1_000_000_001_547_125_957_863_212_449_u128);
            let rate = drip_down(ilk.rate, duty, U256::ZERO, secs).unwrap();
            (ilk, system, _) = fold(ilk, system, rate).unwrap();
        } else if let Ok((u, i, s)) = frob(urns[who], ilk, system, dink, dart) {
            (urns[who], ilk, system, done) = (u, i, s, done + U256::ONE);
        }
    }
    case!([15] => Some((done, ilk.art, ilk.rate, system.debt, urns[0].ink, urns[1].art)))
});

model!(bark, |rng| {
    let one = U256::ONE;
    let (ink, art, rate) = (one + rng.bits(90), one + rng.bits(90), RAY + rng.bits(88));
    let (dust, mut room) = (rng.bits(110), art * rate * rng.wide(0, 300) / U256::from(100));
    let chop = WAD + rng.bits(58);
    let spot = art * rate / ink * rng.wide(0, 110) / U256::from(100);
    if rng.u8(0, 4) > 0 {
        room += dust;
    }
    let sized = size(ink, art, rate, spot, dust, room, chop).ok();
    case!([ink, art, rate, spot, dust, room, chop] => sized.map(|b| (b.dink, b.dart, b.due, b.tab)))
});

model!(auction_take, |rng| {
    let (tab, lot, price) = (rng.bits(170), rng.bits(80), U256::ONE + rng.bits(100));
    let (amount, chost) = (rng.bits(80), rng.bits(160));
    let rules = AuctionRules {
        tail_secs: 10,
        cusp: U256::ZERO,
        chost,
    };
    let auction = Auction {
        tab,
        lot,
        top: price,
        started_ts: 0,
    };
    let taken = rules.take(&auction, amount, U256::MAX, price, 0).ok();
    case!([tab, lot, price, amount, chost] => taken.map(|(a, slice, owe)| (a.tab, a.lot, slice, owe)))
});

model!(lending, |rng| {
    let (amount, price, debt) = (rng.bits(85), U256::ONE + rng.bits(75), rng.bits(90));
    let (lt, bonus, wanted) = (rng.u16(1, 10_000), rng.u16(10_000, 12_000), rng.bits(90));
    let all = || {
        let value_wad = mul_div_down(amount, price, WAD).ok()?;
        let health = health_wad_down(
            [Collateral {
                value_wad,
                threshold_bps: lt,
            }],
            debt,
        )
        .ok()??;
        let position = Position {
            collateral: amount,
            collateral_price: price,
            debt,
            debt_price: WAD,
            health,
        };
        let l = position.liquidate(wanted, bonus).ok()?;
        Some((health, l.debt, l.collateral))
    };
    case!([amount, price, debt, lt, bonus, wanted] => all())
});
