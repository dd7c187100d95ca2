//! The functions that `main.rs` does not call, and a test that every public function of both crates is called by one of the two.

use crate::{ROUNDS, edges::Edges};
use core::num::NonZeroU32;
use mintage_math as math;
use mintage_math::U256;
use mintage_mechanism::{emission::*, *};

#[test]
fn arithmetic() {
    let mut e = Edges(11);
    for _ in 0..ROUNDS {
        let (a, b, c) = (e.u(), e.u(), e.u());
        let _ = (
            math::mul_div_down(a, b, c),
            math::mul_div_up(a, b, c),
            math::mul_wide(a, b),
        );
        let _ = (math::div_rem(a, b), math::div_down(a, b), math::div_up(a, b));
        let _ = (
            math::add(a, b),
            math::sub(a, b),
            math::mul(a, b),
            math::sqrt_down(a),
        );
        let _ = (
            math::wad_mul_down(a, b),
            math::wad_mul_up(a, b),
            math::wad_div_down(a, b),
        );
        let _ = (
            math::wad_div_up(a, b),
            math::ray_mul_down(a, b),
            math::ray_mul_up(a, b),
        );
        let _ = (math::ray_div_down(a, b), math::ray_div_up(a, b));
        let _ = (
            math::rpow_ray(a, e.t()),
            math::rpow_wad(a, e.t()),
            math::mul_u64(a, e.t()),
        );
        if let Some(divisor) = NonZeroU32::new(e.t() as u32) {
            let _ = math::div_rem_u32(a, divisor);
            let _ = math::divide(&mut a.clone(), divisor);
        }
        let (mut x, mut y, mut z) = (a, a, a);
        let _ = (
            math::multiply(&mut x, e.t()),
            math::give(&mut y, &b),
            math::take(&mut z, &b),
        );
        let _ = decimals::power_of_ten(e.d());
    }
}

#[test]
fn issuance_and_burns() {
    let mut e = Edges(12);
    for _ in 0..ROUNDS {
        let _ = (
            auto_burn::formula_blocks(e.t()),
            auto_burn::limit_to_floor(e.u(), e.u(), e.u()),
        );
        let _ = auto_burn::FeeShares::new(e.b(), e.b()).map(|shares| shares.split_down(e.u()));
        let _ = buyback::next_kick_ts(e.t(), e.t());
        let _ = buyback::check_floor(e.u(), e.u());
        let basis = [cap::CapBasis::LifetimeMinted, cap::CapBasis::Circulating][(e.next() % 2) as usize];
        let limit = cap::Cap { limit: e.u(), basis };
        let (minted, supply) = (e.u(), e.u());
        let _ = (limit.counted(minted, supply), limit.headroom(minted, supply));
        let _ = (
            limit.check_mint(e.u(), minted, supply),
            limit.lower(e.u(), minted, supply),
        );
        let _ = difficulty::target_from_compact(e.t() as u32);
        let _ = difficulty::check_work(e.u(), e.u(), e.u());
        let _ = elasticity::premium_wad_down(e.u(), e.u());
        let _ = elasticity::stepped_inflation(e.t(), e.t(), e.t(), e.t());
        let _ = elasticity::round_mintable_down(e.u(), e.t(), e.t());
        let bonded = elasticity::BondedInflation {
            goal_wad: e.t(),
            change_wad: e.t(),
            min_wad: e.t(),
            max_wad: e.t(),
        };
        let _ = (
            bonded.change_a_year_wad(e.t()),
            bonded.next_wad(e.t(), e.t(), e.t() as u32),
        );
        let halving = Halving {
            subsidy: e.t(),
            scale: e.u(),
            blocks_per_halving: e.t(),
            block_secs: e.t(),
        };
        let _ = (halving.subsidy_at(e.t()), halving.issued_by_blocks(e.t()));
        let words = [e.u(), e.u(), e.u(), e.u(), e.u(), e.u(), e.u(), e.u()];
        let length = (e.next() % 9) as usize;
        if let Some(kind) = ScheduleKind::from_number(e.d() % 8) {
            let _ = Schedule::from_words(kind, &words[..length]).map(|schedule| schedule.issued(e.t()));
        }
        let window = governance_mint::MintWindow {
            period_secs: e.t(),
            cap_percent: e.d(),
        };
        let _ = (window.cap_down(e.u()), window.mint(e.t(), e.t(), e.u(), e.u()));
        let _ = loyalty::LoyaltyBurn::new(e.b(), e.b()).map(|burn| {
            (
                burn.share_bps_down(e.u(), e.u()),
                burn.split_down(e.u(), e.u(), e.u()),
            )
        });
        let _ = stake_issuance::reward_per_ether_down(e.u());
        let _ = token_jar::release(e.t(), e.t(), e.t() as usize, e.u(), e.u());
        let _ = token_jar::protocol_part_down(e.u(), e.d());
        let _ = transfer_fee::TransferFee::new(e.b(), e.b())
            .map(|fee| (fee.split(e.u(), false), fee.fee_bps(), fee.burn_bps()));
        let fall = waterfall::Waterfall {
            security_due: e.u(),
            backstop_gap: e.u(),
            fortification_bps: e.b(),
            burn_bps: e.b(),
        };
        let _ = (
            fall.split_down(e.u(), e.u()),
            waterfall::backstop_gap(e.u(), e.u(), e.b()),
        );
    }
}

#[test]
fn weekly_schedules_of_any_shape() {
    let mut e = Edges(13);
    for _ in 0..ROUNDS / 20 {
        let weekly = Weekly {
            first: e.u(),
            growth_bps: e.t() as u32,
            growth_epochs: e.t() as u32,
            decay_bps: e.t() as u32,
            tail_below: e.u(),
            tail_bps: e.t() as u32,
            initial_supply: e.u(),
            epoch_secs: e.t(),
        };
        let _ = (weekly.first_tail_epoch(), weekly.issued(e.t()));
        let _ = growth_for_lockers_down(e.u(), e.u(), e.u());
    }
}

#[test]
fn value_and_markets() {
    let mut e = Edges(14);
    for _ in 0..ROUNDS {
        let _ = exit_penalty::ExitPenalty::new(e.b(), e.t() as u32, e.b(), e.t())
            .map(|penalty| penalty.split_up(e.u(), e.u(), e.t(), false));
        let breaker = exit_penalty::Breaker {
            volatility_variance_wad: e.u(),
            skew_variance_wad: e.u(),
            variance_secs: e.t(),
            least_free_bps: e.b(),
            liquidity_secs: e.t(),
        };
        let _ = breaker.shut_until(e.t(), e.t(), e.u(), e.u(), e.u(), e.u());
        let _ = range_walls::low_capacity_down(e.u(), e.b());
        let _ = range_walls::sell_for_down(e.u(), e.u(), e.d(), e.d());
        let _ = range_walls::Wall::full(e.u(), e.b()).map(|wall| wall.pay(e.u()));
        let seen = range_walls::Regeneration(e.t() as u32).observe(true);
        let _ = seen.is_due(e.t() as u32, e.t(), e.t());
        let bucket = rate_bucket::RateBucket::strict(e.u(), e.t() as u32);
        let other = rate_bucket::RateBucket {
            capacity: e.u(),
            refill: e.u(),
            period_secs: e.t() as u32,
        };
        let state = rate_bucket::BucketState {
            used_scaled: e.u(),
            updated_ts: e.t(),
        };
        let _ = (
            bucket.available(state, e.t()),
            grant::regrant(&bucket, &other, state, e.t(), e.t()),
        );
        let _ = (
            reserve::spendable_down(e.u(), e.b(), e.u(), e.u()),
            reserve::epoch_limit_down(e.u(), e.b()),
        );
        let _ = random_trigger::uniform_below(e.u(), e.u());
        let (bid, clearing) = (
            batch_auction::Bid {
                sell: e.u(),
                buy: e.u(),
            },
            batch_auction::Clearing {
                tokens: e.u(),
                currency: e.u(),
                filled: 1,
                partial: e.u(),
                raised: e.u(),
                sold: e.u(),
            },
        );
        let _ = (
            clearing.fill_down((e.next() % 3) as usize, bid),
            batch_auction::fee_up(e.u(), e.b()),
        );
        let _ = dutch::exponential_down(e.u(), e.u(), e.t());
        let _ = bonding_curve::Curve::new(e.u(), e.u(), e.u()).map(|curve| curve.tokens_for_down(e.u()));
        let _ = (
            swap::amount_out_down(e.u(), e.u(), e.u()),
            swap::check_output(e.u(), e.u(), e.u(), e.u()),
        );
        let side = |e: &mut Edges| swap::Side {
            reserve: e.u(),
            amount_out: e.u(),
            balance: e.u(),
        };
        let _ = swap::check_swap(side(&mut e), side(&mut e));
        let _ = (
            swap::price_impact_wad_up(e.u(), e.u(), e.u()),
            swap::k(e.u(), e.u()),
        );
        let _ = (
            pair_price::elapsed_secs(e.t() as u32, e.t() as u32),
            pair_price::price_x112_down(e.u(), e.u()),
        );
        let _ = tick::middle_root_x96_down(e.t() as i32, e.t() as i32);
        let _ = weighted_pool::after_fee_down(e.u(), e.u());
        let _ = (
            sale::tokens_down(e.u(), e.u()),
            sale::accept(e.u(), e.u(), e.u(), e.u(), e.u()),
        );
        let _ = (
            sale::outcome(e.u(), e.u(), e.u(), e.t(), e.t()),
            sale::conserves(e.u(), e.u(), e.u()),
        );
        let sigmoid = volatility_fee::Sigmoid {
            rise: e.b(),
            middle: e.t(),
            width: e.b(),
        };
        let fee = volatility_fee::SigmoidFee {
            base: e.b(),
            first: sigmoid,
            second: volatility_fee::ALGEBRA.second,
        };
        let _ = fee.at_down(e.t());
        let bins = volatility_fee::BinFee {
            base_factor: e.b(),
            bin_step: e.b(),
            variable_factor: e.t() as u32,
            filter_secs: e.t(),
            decay_secs: e.t(),
            reduction_bps: e.b(),
            max_accumulator: e.t() as u32,
        };
        let state = volatility_fee::BinState {
            accumulator: e.t() as u32,
            reference: e.t() as u32,
            reference_bin: e.t() as u32,
            swapped_ts: e.t(),
        };
        let _ = bins.begin(&state, e.t() as u32, e.t());
        let reached = bins.reach(&state, e.t() as u32);
        let _ = (
            bins.base_wad(),
            bins.variable_wad_up(e.t() as u32),
            bins.fee_wad_up(&reached),
        );
    }
}

#[test]
fn distribution_and_stakes() {
    let mut e = Edges(15);
    for _ in 0..ROUNDS {
        let bucket = allocation::Bucket {
            holder: allocation::Holder::Investors,
            share_bps: e.b(),
            at_genesis_bps: e.b(),
            cliff_secs: e.t(),
            end_secs: e.t(),
        };
        let _ = allocation::check(&[bucket], e.b(), e.t());
        // a hash of the right length is enough here
        let hash = |data: &[u8]| -> merkle::Node { [data.len() as u8; 32] };
        let node: merkle::Node = e.u().to_be_bytes();
        let _ = merkle::leaf(node, [7; 20], node, hash);
        let _ = merkle::double_leaf(&node[..(e.next() % 33) as usize], hash);
        let _ = merkle::parent(node, e.u().to_be_bytes(), hash);
        let proof = vec![node; (e.next() % 70) as usize];
        let _ = (merkle::verify(node, node, &proof, hash), merkle::claim_bit(e.t()));
        let _ = vesting::tranches_vested([(e.t(), e.u()), (e.t(), e.u())], e.t());
        let _ = (
            vesting::releasable(e.u(), e.u()),
            vesting::cancel(e.u(), e.u(), e.u()),
        );
        let mut paid = [e.u(), e.u(), e.u()];
        let weights = [e.b(), e.b(), e.b()];
        let _ = share_out::share_out(e.u(), e.u(), &weights, &mut paid, |_, _| {
            Ok::<_, math::MathError>(())
        });
        let _ = (
            cdp::check_duty_change(e.t(), e.t()),
            cdp::heal(e.u(), e.u(), e.u()),
        );
        let pool = delegation::Pool::open();
        let _ = (pool.assets_down(e.u()), delegation::redelegate(e.u(), e.t()));
        let _ = delegation::check_commission(e.b(), e.b(), e.b(), e.b(), e.t());
        let _ = delegation::ranks_before((e.u(), e.t()), (e.u(), e.t()));
        let staked = shares::StakePool {
            pooled: e.u(),
            shares: e.u(),
        };
        let _ = staked.slash(e.u());
        let _ = (slashing::missed(e.t() as u32), slashing::decayed(e.t() as u32));
        let _ = (
            slashing::initial_penalty_down(e.u()),
            slashing::share_penalty_down(e.u(), e.b()),
        );
        let _ = slashing::check_allocation([e.u(), e.u()], e.u());
        let _ = slashing::withdrawable_down(e.u(), e.u(), e.u());
        let _ = rewards::Period::undistributed(e.u(), e.t());
        let _ = (
            report_limiter::max_assets_down(e.u(), e.t() as u32),
            report_limiter::check_withdrawal(e.u()),
        );
        let _ = report_limiter::smooth(e.u(), e.u(), e.t() as u32);
        let _ = vote_escrow::week_of(e.t());
        let _ = vote_escrow::Lock::create(e.u(), e.t(), e.t())
            .map(|lock| (lock.withdraw(e.t()), lock.slope_down()));
        let asset = rwa::Asset {
            value: e.u(),
            attested_ts: e.t(),
            tau_secs: e.t(),
            phase: rwa::Phase::Active,
        };
        let _ = asset.bump(e.u(), e.t() as u32, e.t() as u32, e.t());
        let _ = asset.tell(U256::ZERO, e.t()).map(|told| told.cure());
        let _ = rwa::recovery_down(e.u(), e.b());
    }
}

#[test]
fn credit_derivatives_and_oracles() {
    let mut e = Edges(16);
    for _ in 0..ROUNDS {
        let part = lending::Collateral {
            value_wad: e.u(),
            threshold_bps: e.b(),
        };
        let _ = lending::health_wad_down([part, part], e.u());
        let position = lending::Position {
            collateral: e.u(),
            collateral_price: e.u(),
            debt: e.u(),
            debt_price: e.u(),
            health: e.u(),
        };
        let _ = position.most_debt();
        let strategy = leverage::DebtStrategy {
            min: e.u(),
            target: e.u(),
            max: e.u(),
            recentering: e.u(),
            interval_secs: e.t(),
            cooldown_secs: e.t(),
            ripcord: e.u(),
            ripcord_cooldown_secs: e.t(),
        };
        let _ = (
            strategy.check(),
            strategy.next_ratio_down(e.u()),
            strategy.is_due(e.u(), e.t()),
        );
        let _ = (strategy.check_chunk(e.t()), strategy.check_ripcord(e.u(), e.t()));
        let _ = leverage::chunk(e.u(), e.u(), e.u());
        let _ = (
            liquidation::top_down(e.u(), e.u()),
            liquidation::keeper_reward_down(e.u(), e.u(), e.u()),
        );
        let rules = liquidation::AuctionRules {
            tail_secs: e.t(),
            cusp: e.u(),
            chost: e.u(),
        };
        let auction = liquidation::Auction {
            tab: e.u(),
            lot: e.u(),
            top: e.u(),
            started_ts: e.t(),
        };
        let _ = (
            rules.is_stale(&auction, e.u(), e.t()),
            rules.restart(&auction, e.u(), e.u(), e.t()),
        );
        let shock = margin::Shock {
            spot_factor: e.u(),
            near_sigma: e.u(),
            far_sigma: e.u(),
            floor: e.u(),
        };
        let _ = shock.sigma_up(e.t());
        let _ = (
            option_vault::shares_down(e.u(), e.u(), e.d()),
            option_vault::assets_down(e.u(), e.u(), e.d()),
        );
        let _ = (
            option_vault::check_covered(e.u(), e.u()),
            option_vault::premium_floor_up(e.u(), e.b()),
        );
        let _ = option_vault::hedge_is_due(e.t(), e.t(), e.u(), e.u(), e.u());
        let _ = option_vault::hedge_price_down(e.u(), e.u(), e.u(), e.t(), e.t());
        let _ = option_vault::next_expiry_ts(e.t());
        let reading = price_feed::Reading {
            price: e.u(),
            updated_ts: e.t(),
        };
        let _ = (
            reading.check(e.t(), e.t()),
            price_feed::check_sequencer(Some(e.t()), e.t(), e.t()),
        );
        let _ = price_feed::median(
            vec![reading; (e.next() % 40) as usize],
            e.t(),
            e.t(),
            e.t(),
            (e.next() % 5) as usize,
        );
        let _ = (
            price_feed::for_protocol(e.u(), e.u(), true),
            price_feed::Delayed::default().void(e.t()),
        );
        let policy = rebase::Policy {
            band_wad: e.u(),
            up_wad: e.u(),
            down_wad: e.u(),
            growth_wad: e.u(),
        };
        let _ = (
            policy.percentage(e.u()),
            rebase::gons_of(e.u(), e.u()),
            rebase::same_share(e.u(), e.u(), e.u(), e.u()),
        );
        let _ = (
            twap::deviates(e.u(), e.u(), e.b()),
            twap::youngest_at_or_before(e.t(), e.t(), e.t(), |i| i),
        );
        if let Ok(garch) = volatility::Garch::new(e.u(), e.u(), e.u()) {
            let _ = garch.long_run_down();
        }
        let window = volatility::Window::default().push(e.t() as i64);
        let _ = (window.len(), window.is_empty());
        let tally = votes::Tally {
            yes: e.u(),
            no: e.u(),
            abstain: e.u(),
        };
        let _ = (
            tally.has_quorum(e.u()),
            tally.passes(e.u()),
            votes::extended_end(e.t(), e.t(), e.t()),
        );
        let _ = (
            votes::check_open(e.t(), e.t(), e.t()),
            votes::COMPOUND.check_execute(Some(e.t()), e.t()),
        );
        let _ = (
            votes::BRAVO.check(e.u(), e.t(), e.t()),
            votes::BRAVO.check_proposal(e.u(), e.u(), e.t() as usize),
        );
    }
    for _ in 0..ROUNDS / 10 {
        let _ = black_scholes::strike_for_delta(e.u(), e.i(), e.u(), e.t(), e.u());
        let terms = black_scholes::Terms {
            spot_wad: U256::from(1 + e.next()),
            strike_wad: U256::from(1 + e.next()),
            rate_wad: e.i() % 10_000_000_000_000_000_000,
            sigma_wad: U256::from(100_000_000_000_000 + e.next()),
            secs: e.t() % 3_153_600_000,
        };
        let _ = terms.call_and_delta();
        let _ = black_scholes::strike_for_delta(
            terms.spot_wad,
            terms.rate_wad,
            terms.sigma_wad,
            terms.secs,
            e.u(),
        );
    }
}

/// No public function is forgotten: each name is called in one of the files of this test.
#[test]
fn every_public_function_is_called() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let calls =
        ["main.rs", "rest.rs"].map(|f| std::fs::read_to_string(root.join("tests/no_panic").join(f)).unwrap());
    let calls = calls.concat();
    let mut functions = 0;
    for folder in ["src", "src/emission", "../math/src"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|e| e != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            for line in code.lines() {
                let Some(rest) = line.trim_start().strip_prefix("pub fn ") else {
                    continue;
                };
                let name = rest.split(['(', '<']).next().unwrap();
                functions += 1;
                assert!(
                    [".", "::", " "]
                        .iter()
                        .any(|before| calls.contains(&format!("{before}{name}("))),
                    "{}: {name} is not called with every kind of number",
                    path.display()
                );
            }
        }
    }
    assert!(functions > 250, "{functions}");
}
