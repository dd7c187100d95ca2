//! Laws that hold across calls: a path of a thousand steps against one step, pieces against the whole, and every corner of a domain.
//!
//! Laws of a single call stand beside its rule in `src`. What belongs here: whatever needs long paths or several mechanisms. Where a path is not exactly the
//! same, the width is the sum of its roundings, said beside the test.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs
)]

use mintage_math::{RAY, U256, WAD, normal_inverse_wad, normal_pdf_wad, pow_wad_down, pow_wad_up};
use mintage_mechanism::{
    black_scholes::Terms,
    bonding_curve::Curve,
    cdp::drip_down,
    continuous_auction::Sums,
    emission::{Exponential, Weekly},
    governance_mint::UNISWAP,
    nav::streaming_fee_shares_down,
    pair_price::accumulate,
    rate_bucket::{BucketState, RateBucket},
    rebase::{TOTAL_GONS, balance_down, gons_per_unit},
    rewards::{Account, Period},
    slashing::slash_magnitude,
    swap::amount_out_down,
    vesting::{releasable, wallet_vested_down},
    vote_escrow::{Global, Lock, MAX_SECS, WEEK_SECS},
};
use proptest::prelude::*;

const STEPS: u64 = 1_000;

fn n(value: u64) -> U256 {
    U256::from(value)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    /// What is issued is cumulative, so a thousand claims are one.
    #[test]
    fn prop_a_thousand_claims_of_an_emission_are_one(total in 1u128.., gap in 1u64..100_000, first in 1u64..1 << 60) {
        let lqty = Exponential { total: U256::from(total), factor_wad: n(999_998_681_227_695_000), step_secs: 60 };
        let aero = Weekly {
            first: n(first), growth_bps: 10_300, growth_epochs: 14, decay_bps: 9_900, tail_below: n(first) / n(2),
            tail_bps: 67, initial_supply: n(first), epoch_secs: 604_800,
        };
        let (mut a, mut b) = (U256::ZERO, U256::ZERO);
        for i in 1..=STEPS {
            a += lqty.issued(i * gap).unwrap() - a;
            b += aero.issued(i * gap).unwrap() - b;
        }
        prop_assert_eq!(a, lqty.issued(STEPS * gap).unwrap());
        prop_assert_eq!(b, aero.issued(STEPS * gap).unwrap());
    }

    #[test]
    fn prop_a_thousand_claims_of_a_vesting_are_one(total: u128, length in 1u64..1 << 40) {
        let total = U256::from(total) << 100;
        let mut released = U256::ZERO;
        for i in 0..=STEPS {
            let vested = wallet_vested_down(total, 7, 7, length, 7 + length / STEPS * i).unwrap();
            released += releasable(vested, released).unwrap();
        }
        prop_assert_eq!(released, wallet_vested_down(total, 7, 7, length, 7 + length / STEPS * STEPS).unwrap());
    }

    /// A bucket that is looked at a thousand times holds what one that was left alone holds.
    #[test]
    fn prop_a_thousand_looks_at_a_bucket_are_one(capacity: u128, refill: u128, period in 1u32.., used: u128, gap in 0u64..1 << 30) {
        let bucket = RateBucket { capacity: U256::from(capacity), refill: U256::from(refill), period_secs: period };
        let start = BucketState { used_scaled: U256::from(used.min(capacity)) * U256::from(period), updated_ts: 0 };
        let mut state = start;
        for i in 1..=STEPS { state = bucket.settle(state, i * gap).unwrap(); }
        prop_assert_eq!(state, bucket.settle(start, STEPS * gap).unwrap());
    }

    #[test]
    fn prop_a_thousand_updates_of_a_pair_are_one(a in 1u128..1 << 112, b in 1u128..1 << 112, gap in 0u32..1_000_000) {
        let (a, b) = (U256::from(a), U256::from(b));
        let mut sum = U256::MAX;
        for _ in 0..STEPS { sum = accumulate(sum, a, b, gap); }
        prop_assert_eq!(sum, accumulate(U256::MAX, a, b, gap * STEPS as u32));
    }

    /// The power of all locks, brought up to date daily or once after nearly three years.
    #[test]
    fn prop_a_thousand_days_of_locks_are_one_step(amounts in prop::collection::vec((1u128..1 << 100, 1u64..200), 1..8)) {
        let mut global = Global::default();
        let mut ends = std::collections::BTreeMap::<u64, U256>::new();
        for (amount, weeks) in amounts {
            let lock = Lock::create(U256::from(amount), (weeks * WEEK_SECS).min(MAX_SECS), 0).unwrap();
            let (next, _, slope) = global.replace(Lock::default(), lock, 0).unwrap();
            global = next;
            *ends.entry(lock.end_ts).or_default() += slope;
        }
        let ending = |week: u64| ends.get(&week).copied().unwrap_or_default();
        let once = global.advance(STEPS * 86_400, 255, ending).unwrap();
        for day in 1..=STEPS { global = global.advance(day * 86_400, 255, ending).unwrap(); }
        prop_assert_eq!(global, once);
    }

    /// Rounding is half up at each product and down at each settlement: a thousand settlements of a minute are off by 8 units of 10^-27 each, one of a thousand
    /// minutes by half a unit a second.
    #[test]
    fn prop_a_thousand_settlements_of_a_rate_are_one(duty in 0u64..2_000_000_000_000_000_000) {
        let duty = RAY + n(duty);
        let mut rate = RAY;
        for _ in 0..STEPS { rate = drip_down(rate, duty, U256::ZERO, 60).unwrap(); }
        let once = drip_down(RAY, duty, U256::ZERO, 60 * STEPS).unwrap();
        prop_assert!(rate.abs_diff(once) <= once / RAY * n(8 * STEPS + 30 * STEPS) + n(38 * STEPS));
    }

    /// Each look cuts less than a unit of 10^-18 a token off the running sum, and each account's share of that.
    #[test]
    fn prop_a_thousand_looks_at_rewards_lose_dust(reward in 1u128..1 << 90, staked in 1u128..1 << 90, mine in 1u128..1 << 90, gap in 1u64..600) {
        let (reward, staked) = (U256::from(reward), U256::from(staked.max(mine)));
        let funded = Period::default().notify(reward, U256::MAX, staked, 0, 604_800).unwrap();
        let mut often = funded;
        for i in 1..=STEPS { often = often.accrue(staked, i * gap).unwrap(); }
        let once = funded.accrue(staked, STEPS * gap).unwrap();
        prop_assert!(often.per_token <= once.per_token && once.per_token - often.per_token <= n(STEPS));
        let stored = |period: Period| period.settle(Account::default(), U256::from(mine)).unwrap().stored;
        prop_assert!(stored(once) - stored(often) <= U256::from(mine) * n(STEPS) / WAD + n(1));
        prop_assert!(stored(once) <= reward);
    }

    /// The running sum is cut once a step, by a unit of 10^-36 of a price.
    #[test]
    fn prop_a_thousand_steps_of_a_release_are_one(rate in 1u64.., parts in 1u32..10_000, price in 1u128..1 << 90) {
        let price = U256::from(price);
        let mut sums = Sums::default();
        for _ in 0..STEPS { sums = sums.step(parts, price).unwrap(); }
        let once = Sums::default().step(parts * STEPS as u32, price).unwrap();
        let settle = |sums: &Sums| sums.settle(&Sums::default(), n(rate)).unwrap();
        prop_assert_eq!(settle(&sums).0, settle(&once).0);
        prop_assert!(settle(&sums).1 <= settle(&once).1 && settle(&once).1 - settle(&sums).1 <= n(1));
    }

    /// In pieces a curve is never cheaper; each piece is paid up by less than a unit, which the price's rise carries on.
    #[test]
    fn prop_a_thousand_purchases_on_a_curve_are_dearer_by_dust(currency in 1_000_000_000u64..1 << 50, tokens in 1_000_000_000_000_000u64..1 << 60, part in 1u64..700) {
        let curve = Curve::new(n(currency), n(tokens), n(tokens) / n(10) * n(9)).unwrap();
        let piece = n(tokens) / n(1_000_000) * n(part);
        let whole = curve.cost_up(piece * n(STEPS)).unwrap();
        let (mut left, mut paid) = (curve, U256::ZERO);
        for _ in 0..STEPS {
            let cost = left.cost_up(piece).unwrap();
            left = Curve { currency: left.currency + cost, tokens: left.tokens - piece, left: left.left - piece, raised: left.raised + cost };
            paid += cost;
        }
        prop_assert!(paid >= whole);
        // the price has risen by (end/start)², which is how much a unit of the beginning counts in the end
        let rise = left.currency / n(currency) + n(1);
        prop_assert!(paid - whole <= n(STEPS) * rise * rise, "{} {}", paid, whole);
    }

    /// Fees stay in the pool, so a swap in pieces brings less, never more.
    #[test]
    fn prop_a_swap_in_pieces_brings_no_more(amount in 1_000u128..1 << 100, reserve_in in 1_000_000u128..1 << 110, reserve_out in 1_000_000u128..1 << 110) {
        let (mut r_in, mut r_out) = (U256::from(reserve_in), U256::from(reserve_out));
        let whole = amount_out_down(U256::from(amount), r_in, r_out).unwrap();
        let piece = U256::from(amount / u128::from(STEPS));
        let mut got = U256::ZERO;
        for _ in 0..STEPS {
            if piece.is_zero() { break; }
            let out = amount_out_down(piece, r_in, r_out).unwrap();
            (r_in, r_out, got) = (r_in + piece, r_out - out, got + out);
        }
        prop_assert!(got <= whole);
    }

    /// A manager who collects often gets no more than one who collects once.
    #[test]
    fn prop_a_fee_collected_often_is_no_larger(supply: u128, rate in 0u64..300_000_000_000_000_000, secs in 1u64..60_000) {
        let start = U256::from(supply);
        let mut shares = start;
        for _ in 0..STEPS { shares += streaming_fee_shares_down(shares, n(rate), secs).unwrap(); }
        prop_assert!(shares - start <= streaming_fee_shares_down(start, n(rate), secs * STEPS).unwrap());
    }

    /// However often governance asks, it mints at most once a period, and at most the cap of the supply before.
    #[test]
    fn prop_governance_mints_once_a_period(supply in 1u128..1 << 100, gaps in prop::collection::vec(0u64..40_000_000, 1..100)) {
        let (mut total, mut now, mut open_from, mut mints) = (U256::from(supply), 0u64, 0u64, 0u64);
        for gap in gaps {
            now += gap;
            let cap = UNISWAP.cap_down(total).unwrap();
            prop_assert!(UNISWAP.mint(now, open_from, cap + n(1), total).is_err());
            if let Ok(next) = UNISWAP.mint(now, open_from, cap, total) {
                prop_assert!(UNISWAP.mint(now, next, U256::ZERO, total).is_err());
                (total, open_from, mints) = (total + cap, next, mints + 1);
            }
        }
        prop_assert!(mints <= now / UNISWAP.period_secs + 1);
        let grown = pow_wad_up(WAD + WAD / n(50), i128::from(mints) * 1_000_000_000_000_000_000).unwrap();
        prop_assert!(total <= mintage_math::wad_mul_up(U256::from(supply), grown).unwrap());
    }

    /// A thousand rebases leave every holder his share, to a unit.
    #[test]
    fn prop_a_thousand_rebases_keep_the_shares(part in 1u64..1_000, seed: u64) {
        let gons = TOTAL_GONS / n(1_000) * n(part);
        let mut supply = seed;
        for _ in 0..STEPS {
            supply = supply.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let total = n(supply >> 3) + n(1_000);
            let balance = balance_down(gons, gons_per_unit(total).unwrap()).unwrap();
            let share = total * n(part) / n(1_000);
            prop_assert!(balance.abs_diff(share) <= n(1));
        }
    }

    /// A stake that is slashed a thousand times by a thousandth is what compound interest says, less the roundings up.
    #[test]
    fn prop_a_thousand_slashes_compound(start in 1u64..=1_000_000_000_000_000_000) {
        let mut magnitude = n(start);
        for _ in 0..STEPS { magnitude = slash_magnitude(magnitude, WAD / n(1_000)).unwrap().0; }
        let exact = mintage_math::wad_mul_up(n(start), pow_wad_up(WAD - WAD / n(1_000), 1_000_000_000_000_000_000_000).unwrap()).unwrap();
        prop_assert!(magnitude <= exact && exact - magnitude <= n(STEPS + 2_000));
    }

    /// The inverse rises with the chance, but for its stated error of three units of 10^-18 over the density.
    #[test]
    fn prop_inverse_is_monotone(p in 1u64..999_999_999_999_999_999, gap in 0u64..1_000_000_000) {
        let (low, high) = (n(p), n(p.saturating_add(gap).min(999_999_999_999_999_999)));
        let (a, b) = (normal_inverse_wad(low).unwrap(), normal_inverse_wad(high).unwrap());
        let density = normal_pdf_wad(a.abs().max(b.abs())).max(n(1));
        let slack = i128::try_from(n(6) * WAD / density + n(2)).unwrap();
        prop_assert!(a <= b + slack, "{} {}", a, b);
    }

    /// Powers rise with the exponent above one and fall below it, from the lower bound of one to the upper of the other.
    #[test]
    fn prop_powers_are_monotone_in_the_exponent(x in 1u128..1 << 70, y in -2_000_000_000_000_000_000i128..2_000_000_000_000_000_000, more in 0i128..1_000_000_000_000_000_000) {
        let x = U256::from(x);
        let (low, high) = if x >= WAD { (y, y + more) } else { (y + more, y) };
        prop_assert!(pow_wad_down(x, low).unwrap() <= pow_wad_up(x, high).unwrap());
    }
}

/// Every corner of the domain of option prices: parity to the unit, the bounds, a delta within one, and no greek that fails.
#[test]
fn options_keep_their_bounds_in_every_corner() {
    let high = (U256::ONE << 96) - n(1);
    let billion = n(1_000_000_000);
    let mut corners = 0;
    for spot_wad in [
        n(1),
        n(2),
        billion,
        WAD - n(1),
        WAD,
        high / billion,
        high - n(1),
        high,
    ] {
        for strike_wad in [
            spot_wad.div_ceil(billion),
            spot_wad,
            spot_wad.saturating_add(n(1)),
            spot_wad * billion,
        ] {
            let strike_wad = strike_wad.max(n(1)).min(high);
            for rate_wad in [-10_000_000_000_000_000_000, -1, 0, 1, 10_000_000_000_000_000_000] {
                for sigma_wad in [n(100_000_000_000_000), n(100_000_000_000_001), WAD, WAD * n(100)] {
                    for secs in [0, 1, 2, 31_535_999, 31_536_000, 3_153_600_000] {
                        let t = Terms {
                            spot_wad,
                            strike_wad,
                            rate_wad,
                            sigma_wad,
                            secs,
                        };
                        // a discount of e^1000 does not fit: a typed error
                        let Ok(prices) = t.prices() else {
                            assert!(
                                rate_wad == -10_000_000_000_000_000_000 && secs == 3_153_600_000,
                                "{t:?}"
                            );
                            continue;
                        };
                        let discounted = prices.put + spot_wad - prices.call;
                        assert!(
                            prices.call <= spot_wad && prices.call >= spot_wad.saturating_sub(discounted),
                            "{t:?}"
                        );
                        assert!(prices.put <= discounted, "{t:?}");
                        let greeks = t.greeks().unwrap();
                        assert!(greeks.delta <= WAD, "{t:?}");
                        if secs == 0 {
                            assert_eq!(prices.call, spot_wad.saturating_sub(strike_wad));
                            assert_eq!((greeks.gamma, greeks.vega), (U256::ZERO, U256::ZERO));
                        }
                        corners += 1;
                    }
                }
            }
        }
    }
    assert!(corners > 3_500, "{corners}");
}

/// As the term or the volatility goes to nothing, a call goes to what it is worth at once.
#[test]
fn options_go_to_their_limits() {
    let spot_wad = WAD * n(100);
    for strike in [50u64, 99, 100, 101, 200] {
        let strike_wad = WAD * n(strike);
        let now = spot_wad.saturating_sub(strike_wad);
        let mut last = U256::MAX;
        for secs in [31_536_000u64, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1] {
            let call = Terms {
                spot_wad,
                strike_wad,
                rate_wad: 0,
                sigma_wad: WAD / n(2),
                secs,
            }
            .prices()
            .unwrap()
            .call;
            assert!(call >= now && call <= last);
            last = call;
        }
        // a second at 50 %: a standard deviation of 0.9·10^-4 of the spot, and at the money four tenths of it
        assert!(last - now <= WAD / n(250), "{strike}: {last}");
        last = U256::MAX;
        for sigma in [1_000_000u64, 100_000, 10_000, 1_000, 100] {
            let sigma_wad = n(1_000_000_000_000) * n(sigma);
            let call = Terms {
                spot_wad,
                strike_wad,
                rate_wad: 0,
                sigma_wad,
                secs: 31_536_000,
            }
            .prices()
            .unwrap()
            .call;
            assert!(call >= now && call <= last);
            last = call;
        }
        assert!(last - now <= WAD / n(200), "{strike}: {last}");
    }
}
