//! Every function on every kind of number: a value or a typed error, never a panic. Overflow checks are on in this build, so a wrapped operation would show.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs
)]

use edges::Edges;
use mintage_math as math;
use mintage_math::{U256, WAD};
use mintage_mechanism::{emission::*, *};

/// The generator.
mod edges;
/// What the groups below leave out, and the proof that nothing is.
mod rest;

const ROUNDS: u32 = 20_000;

#[test]
fn math_and_markets() {
    let mut e = Edges(1);
    for _ in 0..ROUNDS {
        let _ = (
            math::mul_div_rem(e.u(), e.u(), e.u()),
            math::mul_div_half_up(e.u(), e.u(), e.u()),
        );
        let _ = (
            math::rpow(e.u(), e.t(), e.u()),
            math::sqrt_up(e.u()),
            math::ln_wad(e.u()),
        );
        let _ = (
            math::exp_wad_down(e.i()),
            math::exp_wad_up(e.i()),
            math::pow_wad_down(e.u(), e.i()),
        );
        let _ = (
            math::pow_wad_up(e.u(), e.i()),
            math::normal_cdf_wad(e.i()),
            math::normal_pdf_wad(e.i()),
        );
        let _ = (
            swap::amount_in_up(e.u(), e.u(), e.u()),
            swap::spot_wad_down(e.u(), e.u()),
        );
        let _ = liquidity::shares_for_deposit_down(e.u(), e.u(), e.u(), e.u(), e.u());
        let _ = (
            liquidity::payout_down(e.u(), e.u(), e.u(), e.u()),
            liquidity::fee_shares_down(e.u(), e.u(), e.u(), e.u()),
        );
        let _ = (
            pair_price::accumulate(e.u(), e.u(), e.u(), e.t() as u32),
            pair_price::mean_x112_down(e.u(), e.u(), e.t()),
        );
        let _ = (
            pair_price::price_ray_down(e.u(), e.d(), e.d()),
            swap_and_add::sell_down(e.u(), e.u()),
        );
        let side = |e: &mut Edges| weighted_pool::Reserve {
            balance: e.u(),
            weight: e.u(),
        };
        let _ = weighted_pool::out_down(side(&mut e), side(&mut e), e.u());
        let _ = (
            weighted_pool::in_up(side(&mut e), side(&mut e), e.u()),
            weighted_pool::spot_wad_up(side(&mut e), side(&mut e)),
        );
        let tame = |e: &mut Edges| weighted_pool::Reserve {
            balance: e.u(),
            weight: WAD / U256::from(1 + e.next() % 100),
        };
        let _ = (
            weighted_pool::out_down(tame(&mut e), tame(&mut e), e.u()),
            weighted_pool::in_up(tame(&mut e), tame(&mut e), e.u()),
        );
        let _ = weighted_pool::invariant_wad_down(tame(&mut e), tame(&mut e));
        let _ = weighted_pool::MovingWeight {
            start_wad: e.u(),
            end_wad: e.u(),
            duration_secs: e.t(),
        }
        .at(e.t());
        let _ = batch_auction::clear(
            [
                batch_auction::Bid {
                    sell: e.u(),
                    buy: e.u(),
                },
                batch_auction::Bid {
                    sell: e.u(),
                    buy: e.u(),
                },
            ],
            e.u(),
            e.u(),
        );
        let level = |e: &mut Edges| continuous_auction::Level {
            max_price_wad: e.u(),
            rate: e.u(),
        };
        if let Ok(price) = continuous_auction::clearing_price([level(&mut e), level(&mut e)], e.u(), e.u()) {
            let _ = continuous_auction::partial_fill(&price, e.u(), e.u(), e.t() as u32);
        }
        if let Ok(sums) = continuous_auction::Sums::default().step(e.t() as u32 % 10_000_001, e.u()) {
            let _ = sums.settle(&continuous_auction::Sums::default(), e.u());
        }
        let _ = (
            continuous_auction::bid_rate_down(e.u(), e.t() as u32),
            dutch::linear_down(e.u(), e.t(), e.t()),
        );
        let _ = dutch::stairs_down(e.u(), e.u(), e.t(), e.t());
        let _ = dutch::Vrgda {
            target_wad: e.u(),
            decay_wad: e.u(),
            rate_wad: e.u(),
        }
        .price_wad_up(e.u(), e.t());
        let _ = sale::Commitments {
            sale: e.u(),
            committed: e.u(),
            price_wad: e.u(),
        }
        .settle_down(e.u());
        let _ = (
            sale::rate_at(e.u(), e.u(), e.t(), e.t()),
            sale::venue_fee_up(e.u(), e.b()),
        );
        let tick = e.i() as i32;
        let _ = (
            tick::sqrt_price_x96(tick),
            tick::quote_down(tick % 887_273, e.u(), e.t().is_multiple_of(2)),
            tick::tick_at(e.u()),
        );
        let _ = (
            tick::mean_tick(e.t() as i64, e.t() as i64, e.t() as u32),
            tick::accumulate(e.t() as i64, tick, e.t() as u32),
        );
    }
}

#[test]
fn issuance_fees_and_value() {
    let mut e = Edges(2);
    for _ in 0..ROUNDS {
        let _ = Linear {
            total: e.u(),
            duration_secs: e.t(),
        }
        .issued(e.t());
        let _ = Halving {
            subsidy: e.t(),
            scale: e.u(),
            blocks_per_halving: e.t(),
            block_secs: e.t(),
        }
        .issued(e.t());
        let _ = Geometric {
            initial_rate: e.u(),
            divisor_wad: e.u(),
            epoch_secs: e.t(),
            epochs: e.t() as u32 % 40,
        }
        .issued(e.t());
        let weekly = Weekly {
            first: e.u(),
            growth_bps: e.t() as u32,
            growth_epochs: e.t() as u32,
            decay_bps: e.t() as u32 % 9_000,
            tail_below: e.u(),
            tail_bps: e.t() as u32,
            initial_supply: e.u(),
            epoch_secs: e.t(),
        };
        let _ = (weekly.issued(e.t()), weekly.lump_at(e.t() as u32));
        let _ = Exponential {
            total: e.u(),
            factor_wad: e.u(),
            step_secs: e.t(),
        }
        .issued(e.t());
        let _ = Tail {
            programme: e.u(),
            duration_secs: e.t(),
            tail: e.u(),
            period_secs: e.t(),
        }
        .issued(e.t());
        let _ = (
            growth_for_lockers_down(e.u(), e.u(), e.u()),
            share_on_top_down(e.u(), e.b()),
        );
        let _ = difficulty::bitcoin_retarget(e.t() as u32, e.t(), e.t());
        let _ = (
            difficulty::retarget_down(e.u(), e.t(), e.t(), e.t(), e.u()),
            difficulty::work_down(e.u()),
        );
        let _ = (
            difficulty::compact_from_target(e.u()),
            stake_issuance::epoch_issuance_down(e.u()),
        );
        let _ = stake_issuance::duty_reward_down(e.u(), e.t(), e.u(), e.u());
        let _ = elasticity::premium_emission_down(e.u(), e.u(), e.u(), e.u(), e.u());
        let _ = elasticity::revenue_emission_down(e.u(), e.u(), e.u(), e.u(), e.u());
        let _ = elasticity::backing_after_down(e.u(), (e.u(), e.u()), (e.u(), e.u()));
        if let Ok(curve) = bonding_curve::Curve::new(e.u(), e.u(), e.u()) {
            let _ = (curve.buy(e.u()), curve.sell(e.u(), e.u()), curve.cost_up(e.u()));
        }
        let _ = base_fee::BaseFee {
            elasticity: e.t(),
            denominator: e.t(),
        }
        .next(e.u(), e.t(), e.t());
        let _ = (
            base_fee::charge(e.u(), e.u(), e.u(), e.t()),
            auto_burn::quarterly_burn_down(e.t(), e.u()),
        );
        let _ = waterfall::revenue_ratio_wad_down(e.u(), e.u(), e.u());
        let _ = token_jar::FallingThreshold {
            top: e.u(),
            floor: e.u(),
            fall_secs: e.t(),
        }
        .at_up(e.t());
        let spreads = range_walls::Spreads {
            low_cushion: e.b(),
            low_wall: e.b(),
            high_cushion: e.b(),
            high_wall: e.b(),
        };
        let _ = (
            spreads.around_down(e.u(), e.u()),
            range_walls::high_capacity_down(e.u(), e.u(), &spreads, e.d(), e.d()),
        );
        let _ = (
            range_walls::buy_for_down(e.u(), e.u(), e.d(), e.d()),
            range_walls::ramp_down(e.u(), e.t(), e.t()),
        );
        let _ = (
            range_walls::cap_next_yield(e.u(), e.u()),
            range_walls::daily_yield_down(e.u(), e.d()),
        );
        let _ = (
            counter_cycle::stress_wad(e.u(), e.u(), true),
            counter_cycle::drawdown_wad_down(e.u(), e.u()),
        );
        let _ = counter_cycle::lot_down(e.u(), e.u(), e.u(), e.u(), e.u(), e.u());
        let _ = counter_cycle::damped_emission_down(e.u(), e.u(), e.u());
        let _ = (
            random_trigger::strikes(e.u(), e.u()),
            random_trigger::delay_secs(e.u(), e.t(), e.t()),
        );
        let _ = random_trigger::jittered_lot_down(e.u(), e.u(), e.b());
        let _ = exit_penalty::fee_penalty_down(e.u(), e.t(), e.t());
        let _ = (
            nav::mint_shares_down(e.u(), e.u(), e.u(), e.b()),
            nav::redeem_value_down(e.u(), e.u(), e.u(), e.b()),
        );
        let _ = nav::streaming_fee_shares_down(e.u(), e.u(), e.t());
        let _ = nav::net_value_wad_down(
            [nav::Component {
                quantity: e.u(),
                price_wad: Some(e.u()),
                decimals: e.d(),
            }],
            e.u(),
        );
        let _ = buyback::min_out_up(e.u(), e.u(), e.u(), e.d(), e.d());
        let _ = (
            buyback::check_surplus(e.u(), e.u(), e.u(), e.i()),
            buyback::check_hop(e.t(), e.t(), e.t()),
        );
        let _ = (
            buyback::price_at_par_down(e.u(), e.u()),
            buyback::split_lot_down(e.u(), e.u()),
            buyback::lot_of_budget(e.u(), e.u()),
        );
        let bucket = rate_bucket::RateBucket {
            capacity: e.u(),
            refill: e.u(),
            period_secs: e.t() as u32,
        };
        let state = rate_bucket::BucketState {
            used_scaled: e.u(),
            updated_ts: e.t(),
        };
        let _ = (
            bucket.draw(state, e.u(), e.t()),
            bucket.secs_until(state, e.u(), e.t()),
            bucket.most_within(e.t()),
        );
        let _ = (
            bucket.give_back(state, e.u(), e.t()),
            bucket.change_to(&bucket, state, e.t()),
        );
    }
}

#[test]
fn distribution_credit_and_staking() {
    let mut e = Edges(3);
    for _ in 0..ROUNDS {
        let v = vesting::Linear {
            start_ts: e.t(),
            cliff_ts: e.t(),
            end_ts: e.t(),
            start_unlock: e.u(),
            cliff_unlock: e.u(),
        };
        let _ = (
            v.vested_down(e.u(), e.t()),
            vesting::wallet_vested_down(e.u(), e.t(), e.t(), e.t(), e.t()),
        );
        let _ = vesting::segments_vested_down(
            [vesting::Segment {
                amount: e.u(),
                exponent_wad: e.u(),
                secs: e.t(),
            }],
            e.t(),
        );
        let bucket = allocation::Bucket {
            holder: allocation::Holder::Team,
            share_bps: e.b(),
            at_genesis_bps: e.b(),
            cliff_secs: e.t(),
            end_secs: e.t(),
        };
        let _ = allocation::health(&[bucket, bucket]);
        let period = rewards::Period {
            rate: e.u(),
            finish_ts: e.t(),
            updated_ts: e.t(),
            per_token: e.u(),
        };
        let _ = (
            period.accrue(e.u(), e.t()),
            period.notify(e.u(), e.u(), e.u(), e.t(), e.t()),
        );
        let _ = period.settle(
            rewards::Account {
                paid: e.u(),
                stored: e.u(),
            },
            e.u(),
        );
        let lock = vote_escrow::Lock {
            amount: e.u(),
            end_ts: e.t(),
        };
        let _ = (
            lock.power(e.t()),
            lock.extend(e.t(), e.t()),
            lock.increase(e.u(), e.t()),
        );
        let global = vote_escrow::Global {
            bias: e.u(),
            slope: e.u(),
            updated_ts: e.t(),
        };
        let _ = (
            global.advance(e.t(), 20, |_| U256::ONE),
            global.replace(lock, lock, global.updated_ts),
        );
        let _ = vote_escrow::boosted_down(e.u(), e.u(), e.u(), e.u());
        let vault = shares::Vault {
            assets: e.u(),
            shares: e.u(),
            offset: e.d() % 40,
        };
        let _ = (
            vault.deposit_down(e.u()),
            vault.mint_up(e.u()),
            vault.withdraw_up(e.u()),
            vault.redeem_down(e.u()),
        );
        let pool = shares::StakePool {
            pooled: e.u(),
            shares: e.u(),
        };
        let _ = (
            pool.reward(e.u(), e.u()),
            pool.shares_for_down(e.u()),
            pool.balance_down(e.u()),
        );
        let _ = report_limiter::check_report(e.u(), e.u(), e.t(), e.b(), e.b());
        let _ = report_limiter::max_burn_down(e.u(), e.u(), e.u(), e.t() as u32);
        let pool = delegation::Pool {
            pooled: e.u(),
            shares: e.u(),
        };
        let _ = (
            pool.delegate(e.u()),
            pool.reward(e.u(), e.b()),
            pool.undelegate(e.u()),
            pool.slash_self(e.u(), e.u()),
        );
        let _ = (
            delegation::cumulative_factor_down(e.u(), e.u(), e.u()),
            delegation::stake_at_down(e.u(), e.u(), e.u()),
        );
        let _ = (
            slashing::correlation_penalty_down(e.u(), e.u(), e.u(), e.u()),
            slashing::slash_magnitude(e.u(), e.u()),
        );
        let _ = (
            slashing::slashed_shares(e.u(), e.u(), e.u()),
            slashing::scaling_after_down(e.u(), e.u(), e.u(), e.u()),
        );
        let policy = rebase::Policy {
            band_wad: e.u(),
            up_wad: e.u(),
            down_wad: e.u(),
            growth_wad: e.u(),
        };
        let _ = (
            policy.delta(Some(e.u()), e.u(), e.u()),
            rebase::two_power(e.u(), e.t().is_multiple_of(2), e.u()),
        );
        let _ = (rebase::gons_per_unit(e.u()), rebase::check_window(e.t(), e.t()));
        let ilk = cdp::Ilk {
            art: e.u(),
            rate: e.u(),
            spot: e.u(),
            line: e.u(),
            dust: e.u(),
        };
        let system = cdp::System {
            debt: e.u(),
            line: e.u(),
        };
        let _ = (
            cdp::frob(
                cdp::Urn {
                    ink: e.u(),
                    art: e.u(),
                },
                ilk,
                system,
                e.i(),
                e.i(),
            ),
            cdp::fold(ilk, system, e.u()),
        );
        let _ = (
            cdp::spot_down(Some(e.u()), e.u(), e.u()),
            cdp::drip_down(e.u(), e.u(), e.u(), e.t()),
        );
        let _ = cdp::decayed_fee_wad(e.u(), e.u(), e.t(), e.u(), e.u());
        let _ = liquidation::bark(e.u(), e.u(), e.u(), e.u(), e.u(), e.u(), e.u());
        let auction = liquidation::Auction {
            tab: e.u(),
            lot: e.u(),
            top: e.u(),
            started_ts: e.t(),
        };
        let rules = liquidation::AuctionRules {
            tail_secs: e.t(),
            cusp: e.u(),
            chost: e.u(),
        };
        let _ = rules.take(&auction, e.u(), e.u(), e.u(), e.t());
        let position = lending::Position {
            collateral: e.u(),
            collateral_price: e.u(),
            debt: e.u(),
            debt_price: e.u(),
            health: e.u(),
        };
        let _ = (
            position.liquidate(e.u(), e.b()),
            lending::liquidation_price_wad_up(e.u(), e.b(), e.u()),
        );
        let asset = rwa::Asset {
            value: e.u(),
            attested_ts: e.t(),
            tau_secs: e.t(),
            phase: rwa::Phase::Remediation(e.t()),
        };
        let _ = (
            asset.cull(e.t()),
            asset.check_draw(e.u(), e.u(), e.u(), e.t(), e.t()),
        );
    }
}

#[test]
fn derivatives_and_oracles() {
    let mut e = Edges(4);
    for _ in 0..ROUNDS / 10 {
        let terms = |e: &mut Edges| black_scholes::Terms {
            spot_wad: e.u(),
            strike_wad: e.u(),
            rate_wad: e.i(),
            sigma_wad: e.u(),
            secs: e.t(),
        };
        let _ = (
            terms(&mut e).prices(),
            terms(&mut e).greeks(),
            terms(&mut e).implied_volatility(e.u()),
        );
        // inside of the domain, at its edges
        let edge = |e: &mut Edges| {
            let high = (U256::ONE << 96usize) - U256::ONE;
            let spot = [U256::ONE, U256::from(1_000_000_000), WAD, high][(e.next() % 4) as usize];
            let near = [U256::ONE, U256::from(1_000_000_000)][(e.next() % 2) as usize];
            let strike = if e.next().is_multiple_of(2) {
                (spot * near).min(high)
            } else {
                (spot / near).max(U256::ONE)
            };
            let sigma_wad =
                [U256::from(100_000_000_000_000_u64), WAD, WAD * U256::from(100)][(e.next() % 3) as usize];
            let rate_wad =
                [-10_000_000_000_000_000_000, 0, 10_000_000_000_000_000_000][(e.next() % 3) as usize];
            let secs = [0, 1, 31_536_000, 3_153_600_000][(e.next() % 4) as usize];
            black_scholes::Terms {
                spot_wad: spot,
                strike_wad: strike,
                rate_wad,
                sigma_wad,
                secs,
            }
        };
        let t = edge(&mut e);
        let _ = (t.prices(), t.greeks(), t.implied_volatility(e.u()));
        let _ = (
            margin::LYRA.short_call(e.u(), e.u(), e.i(), e.t()),
            margin::LYRA.short_put(e.u(), e.u(), e.i(), e.t()),
        );
        let _ = math::normal_inverse_wad(e.u());
        let _ = (
            leverage::ratio_wad_up(e.u(), e.u()),
            leverage::nav_after_down(e.u(), e.i(), e.i()),
        );
        let _ = (
            leverage::reset_turnover_up(e.u(), e.u(), e.i(), e.i()),
            leverage::reset_trigger_wad(e.i()),
        );
        let _ = (
            leverage::drag_wad_down(e.t() as i16, e.u(), e.t()),
            leverage::pool_transfer_down(e.u(), e.b(), e.u()),
        );
        let _ = (
            leverage::max_borrow_down(e.u(), e.u(), e.u(), e.u(), e.u()),
            leverage::notional_down(e.u(), e.u(), e.u()),
        );
        let _ = leverage::basket_nav_wad_down(e.u(), e.u(), e.u(), e.u());
        let _ = option_vault::price_per_share_down(e.u(), e.u(), e.u(), e.u(), e.d());
        let _ = (
            option_vault::weekly_fees_down(e.u(), e.u(), e.b(), e.b()),
            option_vault::covered_call_payout_up(e.u(), e.u(), e.d()),
        );
        let _ = (
            option_vault::hedge(e.i(), e.i(), e.t().into(), e.t().into()),
            option_vault::squared_delta_up(e.u(), e.u()),
        );
        let _ = (
            price_feed::check_deviation(e.u(), e.u(), e.b()),
            price_feed::truncated(e.u(), e.u(), e.b()),
        );
        let _ = price_feed::spiked_mean_down(e.u(), e.u(), e.t(), e.t());
        let _ = price_feed::Delayed {
            current: e.u(),
            next: e.u(),
            stored_ts: e.t(),
        }
        .poke(e.u(), e.t(), e.t());
        let _ = (
            volatility::log_return_wad(e.u(), e.u(), e.i()),
            volatility::ewma_wad_down(e.u(), e.i(), e.u()),
        );
        if let Ok(garch) = volatility::Garch::new(e.u(), e.u(), e.u()) {
            let _ = (garch.next_down(e.u(), e.i()), garch.forecast(e.u(), e.t() as u32));
        }
        let _ = (
            volatility::parkinson_wad_down(e.u(), e.u()),
            volatility::annual_wad_down(e.u(), e.t()),
        );
        let _ = (
            volatility::bounded_forecast(Some(e.u()), e.u(), e.u(), e.u()),
            volatility::sample_ts(e.t(), e.t(), e.t(), e.t()),
        );
        let window = volatility::Window::default()
            .push(e.t() as i64)
            .push(e.t() as i64);
        let _ = (
            window.deviation_down(),
            window.annual_down(e.t() as u32),
            window.mean(),
        );
        let _ = (
            votes::past_value(e.t(), |i| (i, U256::ONE), e.t(), e.t()),
            votes::quorum_up(e.u(), e.b()),
        );
        let _ = votes::COMPOUND.eta(e.t(), e.t());
    }
}
