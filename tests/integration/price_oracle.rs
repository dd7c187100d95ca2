//! The program `price-oracle`: exact means, and when it refuses to give one.

use alloy_primitives::{Address, B256, FixedBytes, U256};
use alloy_sol_types::SolCall;
use mintage_abi::{IPair, IPriceOracle, PriceOracle};
use mintage_chain::ChainError;
use mintage_tests::foreign::{self, ITestToken};
use mintage_tests::solidity::uniswap_v2;

use crate::setting::{Market, deploy, e18, int, owner, read, send, try_deploy, typed};

const WINDOW: u64 = 1_800;
const RECENT: u64 = 300;
const PERIOD: u64 = 60;
const MAX_AGE: u64 = 120;
const MAX_DEVIATION_BPS: u16 = 500;

/// One whole token, in ray.
fn ray(n: u64) -> U256 {
    U256::from(n) * U256::from(10).pow(U256::from(27))
}

fn settings(market: &Market, base: usize) -> PriceOracle::constructorCall {
    PriceOracle::constructorCall {
        pair: market.pair,
        base: market.tokens[base],
        windowSecs: WINDOW,
        recentSecs: RECENT,
        periodSecs: PERIOD,
        maxAgeSecs: MAX_AGE,
        maxDeviationBps: MAX_DEVIATION_BPS,
    }
}

/// A pool and an oracle for its token0.
fn watched(reserve0: u64, reserve1: u64) -> (Market, Address) {
    let mut market = Market::new([18, 18]);
    market.add_liquidity(e18(reserve0), e18(reserve1));
    let call = settings(&market, 0);
    let oracle = deploy(&mut market.chain, "price-oracle", call);
    (market, oracle)
}

/// Lets time pass with an observation each period, as a keeper makes them.
fn keep(market: &mut Market, oracle: Address, secs: u64) {
    for _ in 0..secs / PERIOD {
        market.chain.warp(PERIOD);
        observe(market, oracle);
    }
    market.chain.warp(secs % PERIOD);
}

fn observe(market: &mut Market, oracle: Address) -> bool {
    let anyone = market.chain.dev_account(5);
    send(&mut market.chain, anyone, oracle, IPriceOracle::observeCall {})
}

fn price(market: &Market, oracle: Address) -> Result<U256, ChainError> {
    market
        .chain
        .call(Address::ZERO, oracle, IPriceOracle::priceCall {})
}

/// Makes the pair's balances these, so that its price is what a test wants.
fn set_reserves(market: &mut Market, reserves: [U256; 2]) {
    let (account, from) = (market.pair, owner(&market.chain));
    for (token, value) in market.tokens.into_iter().zip(reserves) {
        send(
            &mut market.chain,
            from,
            token,
            ITestToken::setBalanceCall { account, value },
        );
    }
    send(&mut market.chain, from, account, IPair::syncCall {});
}

fn name(text: &str) -> B256 {
    let mut word = B256::ZERO;
    word[..text.len()].copy_from_slice(text.as_bytes());
    word
}

#[test]
fn test_constructor_parameters_have_ranges() {
    let mut market = Market::new([18, 18]);
    market.add_liquidity(e18(1), e18(1));
    let valid = settings(&market, 0);
    let refused = |market: &mut Market, call: PriceOracle::constructorCall| {
        let error = try_deploy(&mut market.chain, "price-oracle", call).expect_err("out of range");
        let e = typed::<IPriceOracle::ParameterOutOfRange>(&error);
        (e.parameter, [e.value, e.min, e.max].map(|v| v.to::<u64>()))
    };
    let with = |change: &dyn Fn(&mut PriceOracle::constructorCall)| {
        let mut call = valid.clone();
        change(&mut call);
        call
    };
    for (call, parameter, numbers) in [
        (
            with(&|c| c.windowSecs = 1_799),
            "windowSecs",
            [1_799, 1_800, 604_800],
        ),
        (
            with(&|c| c.windowSecs = 604_801),
            "windowSecs",
            [604_801, 1_800, 604_800],
        ),
        (
            with(&|c| c.windowSecs = u64::MAX),
            "windowSecs",
            [u64::MAX, 1_800, 604_800],
        ),
        (with(&|c| c.recentSecs = 59), "recentSecs", [59, 60, 900]),
        (with(&|c| c.recentSecs = 901), "recentSecs", [901, 60, 900]),
        (with(&|c| c.periodSecs = 9), "periodSecs", [9, 10, 1_800]),
        (with(&|c| c.periodSecs = 0), "periodSecs", [0, 10, 1_800]),
        (with(&|c| c.periodSecs = 1_801), "periodSecs", [1_801, 10, 1_800]),
        (
            with(&|c| (c.windowSecs, c.periodSecs) = (604_800, 2_371)),
            "periodSecs",
            [2_371, 2_372, 604_800],
        ),
        (with(&|c| c.maxAgeSecs = 59), "maxAgeSecs", [59, 60, 1_800]),
        (with(&|c| c.maxAgeSecs = 1_801), "maxAgeSecs", [1_801, 60, 1_800]),
        (with(&|c| c.maxDeviationBps = 0), "maxDeviationBps", [0, 1, 5_000]),
        (
            with(&|c| c.maxDeviationBps = 5_001),
            "maxDeviationBps",
            [5_001, 1, 5_000],
        ),
    ] {
        assert_eq!(
            refused(&mut market, call),
            (name(parameter), numbers),
            "{parameter}"
        );
    }
    for call in [
        with(&|c| (c.windowSecs, c.periodSecs, c.maxAgeSecs) = (604_800, 2_372, 604_800)),
        with(&|c| (c.recentSecs, c.periodSecs, c.maxAgeSecs) = (900, 1_800, 1_800)),
        with(&|c| (c.recentSecs, c.periodSecs, c.maxAgeSecs, c.maxDeviationBps) = (60, 10, 10, 5_000)),
    ] {
        let oracle = deploy(&mut market.chain, "price-oracle", call.clone());
        let kept: u64 = read(&market.chain, oracle, IPriceOracle::cardinalityCall {}).to();
        assert_eq!(kept, call.windowSecs.div_ceil(call.periodSecs) + 1);
        assert!(kept <= 256);
    }
}

#[test]
fn test_constructor_wants_a_pair_that_trades_the_token() {
    let mut market = Market::new([37, 18]);
    let [alice] = market.chain.accounts();
    let valid = settings(&market, 0);
    let stranger = PriceOracle::constructorCall {
        base: alice,
        ..valid.clone()
    };
    let error = try_deploy(&mut market.chain, "price-oracle", stranger).expect_err("not in the pair");
    let expected = IPriceOracle::OracleTokenNotInPair {
        pair: market.pair,
        token: alice,
    };
    assert_eq!(typed::<IPriceOracle::OracleTokenNotInPair>(&error), expected);

    let nobody = PriceOracle::constructorCall {
        pair: alice,
        ..valid.clone()
    };
    let error = try_deploy(&mut market.chain, "price-oracle", nobody).expect_err("no code");
    let expected = IPriceOracle::OracleReadFailed {
        target: alice,
        selector: FixedBytes(IPair::token0Call::SELECTOR),
    };
    assert_eq!(typed::<IPriceOracle::OracleReadFailed>(&error), expected);

    let error = try_deploy(&mut market.chain, "price-oracle", valid).expect_err("37 decimals");
    let error = typed::<IPriceOracle::ParameterOutOfRange>(&error);
    assert_eq!((error.value, error.max), (U256::from(37), U256::from(36)));
}

#[test]
fn test_price_of_standing_reserves_is_their_ratio_in_both_directions() {
    let (mut market, oracle) = watched(4, 1);
    let call = settings(&market, 1);
    let other = deploy(&mut market.chain, "price-oracle", call);
    market.chain.warp(WINDOW - RECENT);
    observe(&mut market, oracle);
    observe(&mut market, other);
    market.chain.warp(RECENT);
    assert_eq!(price(&market, oracle).expect("a price"), ray(1) / U256::from(4));
    assert_eq!(price(&market, other).expect("a price"), ray(4));
    assert_eq!(
        read(&market.chain, oracle, IPriceOracle::quoteCall {}),
        market.tokens[1]
    );
    assert_eq!(
        read(&market.chain, other, IPriceOracle::quoteCall {}),
        market.tokens[0]
    );
}

#[test]
fn test_price_is_in_whole_tokens_whatever_the_decimals() {
    for decimals in [[6, 18], [18, 6], [0, 18], [18, 0], [8, 8]] {
        let mut market = Market::new(decimals);
        let units = |index: usize, n: u64| {
            let token = market.tokens[index];
            let digits = read(&market.chain, token, ITestToken::decimalsCall {});
            U256::from(n) * U256::from(10).pow(U256::from(digits))
        };
        // One of token0 for five of token1, deep enough that base units of either kind divide well.
        let (amount0, amount1) = (units(0, 1 << 20), units(1, 5 << 20));
        market.add_liquidity(amount0, amount1);
        let call = settings(&market, 0);
        let oracle = deploy(&mut market.chain, "price-oracle", call);
        keep(&mut market, oracle, WINDOW);
        let got = price(&market, oracle).expect("a price");
        // The pair's own quotient is cut at 2^-112 of a base unit; scaled, that is all that may be missing.
        let q = U256::ONE << 112;
        let mean = amount1 * q / amount0;
        let digits =
            |i: usize| U256::from(read(&market.chain, market.tokens[i], ITestToken::decimalsCall {}));
        let ten = U256::from(10);
        let exact = mintage_math::mul_div_down(mean, ray(1) * ten.pow(digits(0)), q * ten.pow(digits(1)))
            .expect("fits");
        assert_eq!(got, exact, "{decimals:?}");
        assert!(
            ray(5) - got < ray(5) / U256::from(10_000_000_000_u64),
            "{decimals:?}: {got}"
        );
    }
}

#[test]
fn test_no_price_before_a_whole_window_was_watched() {
    let (mut market, oracle) = watched(1, 1);
    let start = market.chain.now();
    market.chain.warp(WINDOW - RECENT);
    observe(&mut market, oracle);
    market.chain.warp(RECENT - 1);
    let error = price(&market, oracle).expect_err("a second too early");
    let expected = IPriceOracle::OracleNotEnoughHistory {
        neededTs: start - 1,
        oldestTs: start,
    };
    assert_eq!(typed::<IPriceOracle::OracleNotEnoughHistory>(&error), expected);
    market.chain.warp(1);
    assert_eq!(price(&market, oracle).expect("a price"), ray(1));
}

#[test]
fn test_observations_are_kept_once_a_period_by_anyone() {
    let (mut market, oracle) = watched(1, 1);
    let count =
        |market: &Market| read(&market.chain, oracle, IPriceOracle::observationCountCall {}).to::<u64>();
    assert_eq!(count(&market), 1, "the constructor's");
    assert!(!observe(&mut market, oracle));
    market.chain.warp(PERIOD - 1);
    assert!(!observe(&mut market, oracle));
    market.chain.warp(1);
    let anyone = market.chain.dev_account(7);
    let receipt = market
        .chain
        .send(anyone, oracle, IPriceOracle::observeCall {})
        .expect("anyone may");
    assert!(receipt.output);
    let event = receipt.event::<IPriceOracle::Observed>().expect("an event");
    assert_eq!((event.number, event.timestampTs), (U256::ONE, market.chain.now()));
    let kept = read(
        &market.chain,
        oracle,
        IPriceOracle::observationCall { number: U256::ONE },
    );
    assert_eq!(
        (kept.timestampTs, kept.cumulative),
        (event.timestampTs, event.cumulative)
    );
    assert_eq!(event.cumulative, (U256::ONE << 112) * U256::from(PERIOD));
}

#[test]
fn test_ring_is_bounded_and_always_reaches_back_a_window() {
    let (mut market, oracle) = watched(2, 3);
    let kept: u64 = read(&market.chain, oracle, IPriceOracle::cardinalityCall {}).to();
    assert_eq!(kept, WINDOW / PERIOD + 1);
    // Somebody calls it every second for three windows.
    for second in 1..=3 * WINDOW {
        market.chain.warp(1);
        observe(&mut market, oracle);
        if second >= WINDOW && second % 97 == 0 {
            price(&market, oracle).expect("history can not be pushed out");
        }
    }
    let count: u64 = read(&market.chain, oracle, IPriceOracle::observationCountCall {}).to();
    assert_eq!(count, 3 * WINDOW / PERIOD + 1);
    let at = |number: u64| {
        read(
            &market.chain,
            oracle,
            IPriceOracle::observationCall {
                number: U256::from(number),
            },
        )
    };
    assert_eq!(at(count - kept - 1).timestampTs, 0, "overwritten");
    assert_eq!(at(count - kept).timestampTs, market.chain.now() - WINDOW);
    assert_eq!(at(count).timestampTs, 0, "not yet");
    let far = read(
        &market.chain,
        oracle,
        IPriceOracle::observationCall { number: U256::MAX },
    );
    assert_eq!((far.timestampTs, far.cumulative), (0, U256::ZERO));
}

#[test]
fn test_a_trade_does_not_move_the_price_within_its_second() {
    let (mut market, oracle) = watched(1_000, 1_000);
    keep(&mut market, oracle, WINDOW + PERIOD);
    let before = price(&market, oracle).expect("a price");
    let [alice] = market.chain.accounts();
    // Nine tenths of the pool change hands: the spot price is a hundredth.
    let out = mintage_mechanism::swap::amount_out_down(e18(9_030), e18(1_000), e18(1_000)).expect("quote");
    market.trade(0, e18(9_030), out, alice);
    assert_eq!(price(&market, oracle).expect("a price"), before);
    observe(&mut market, oracle);
    assert_eq!(
        price(&market, oracle).expect("a price"),
        before,
        "nor through an observation"
    );
    // And undone within the second it leaves no trace.
    let [reserve0, reserve1] = market.reserves();
    let back = mintage_mechanism::swap::amount_out_down(out, reserve1, reserve0).expect("quote");
    market.trade(1, out, back, alice);
    market.chain.warp(1);
    let after = price(&market, oracle).expect("a price");
    assert!(
        after.abs_diff(before) * U256::from(WINDOW) < before,
        "one second of the price after both fees"
    );
}

#[test]
fn test_ten_times_the_price_for_twelve_seconds_is_six_percent() {
    // Recent part and limit wide open: here the mean itself is looked at.
    let mut market = Market::new([18, 18]);
    market.add_liquidity(e18(1_000), e18(1_000));
    let call = PriceOracle::constructorCall {
        maxDeviationBps: 5_000,
        recentSecs: 900,
        ..settings(&market, 0)
    };
    let oracle = deploy(&mut market.chain, "price-oracle", call);
    market.chain.warp(888);
    observe(&mut market, oracle);
    market.chain.warp(900);
    set_reserves(&mut market, [e18(100), e18(1_000)]);
    market.chain.warp(12);
    // 1.06 is no multiple of 2^-112: the mean is cut, and the price in ray is the unit below.
    assert_eq!(
        price(&market, oracle).expect("a price"),
        int("1_060_000_000_000_000_000_000_000_000") - U256::ONE
    );
    let means = read(&market.chain, oracle, IPriceOracle::meansCall {});
    // The recent part is the last 912 s, from the observation that is at least 900 s old: (900 + 120)/912.
    assert_eq!(means.recentFromTs, market.chain.now() - 912);
    assert_eq!(means.recentRay, ray(1) * U256::from(1_020) / U256::from(912));
}

#[test]
fn test_a_moving_price_is_refused_at_the_limit_and_not_before() {
    let (mut market, oracle) = watched(1_000, 1_000);
    keep(&mut market, oracle, WINDOW + RECENT);
    // t seconds later the recent mean is 1 + t/(300 + t) and the window's 1 + t/(1,800 + t): 4.86 % apart at 19 s, 5.10 % at 20 s.
    set_reserves(&mut market, [e18(1_000), e18(2_000)]);
    market.chain.warp(19);
    price(&market, oracle).expect("within the limit");
    market.chain.warp(1);
    let error = price(&market, oracle).expect_err("beyond the limit");
    let error = typed::<IPriceOracle::OracleDeviation>(&error);
    assert_eq!(error.maxDeviationBps, U256::from(MAX_DEVIATION_BPS));
    let means = read(&market.chain, oracle, IPriceOracle::meansCall {});
    assert_eq!(
        (error.windowRay, error.recentRay),
        (means.windowRay, means.recentRay)
    );
    assert!((means.recentRay - means.windowRay) * U256::from(10_000) > means.windowRay * U256::from(500));
    // When the new price has stood for a window, it is the price.
    keep(&mut market, oracle, WINDOW + MAX_AGE);
    assert_eq!(price(&market, oracle).expect("it stands"), ray(2));
}

#[test]
fn test_a_crash_is_refused_as_well() {
    let (mut market, oracle) = watched(1_000, 1_000);
    keep(&mut market, oracle, WINDOW + RECENT);
    set_reserves(&mut market, [e18(10_000), e18(1_000)]);
    market.chain.warp(60);
    typed::<IPriceOracle::OracleDeviation>(&price(&market, oracle).expect_err("it crashes"));
}

#[test]
fn test_without_observations_the_price_grows_stale() {
    let (mut market, oracle) = watched(1, 1);
    let start = market.chain.now();
    keep(&mut market, oracle, WINDOW);
    // The last observation is at start + 1,800; the window may begin 120 s before it should.
    let last = start + WINDOW;
    market.chain.warp(RECENT + MAX_AGE);
    price(&market, oracle).expect("the recent part may be 120 s longer");
    market.chain.warp(1);
    let error = typed::<IPriceOracle::OracleStale>(&price(&market, oracle).expect_err("stale"));
    let limit = market.chain.now() - RECENT - MAX_AGE;
    assert_eq!((error.observedTs, error.limitTs), (last, limit));
    // Observing again does not make the old gap good: the recent part needs an observation of its own age.
    observe(&mut market, oracle);
    price(&market, oracle).expect_err("still");
    keep(&mut market, oracle, RECENT);
    price(&market, oracle).expect("the recent part is watched again");
}

#[test]
fn test_overflow_of_accumulators_and_of_the_32_bit_clock_changes_nothing() {
    // The clock overflows in the middle of the window, and so do both sums.
    let mut market = Market::before_the_overflow(1_000);
    market.add_liquidity(e18(2), e18(6));
    for slot in [9, 10] {
        let nearly = U256::MAX - (U256::ONE << 112);
        market.chain.set_storage(market.pair, U256::from(slot), nearly);
    }
    let mut oracles = [Address::ZERO; 2];
    for (base, oracle) in oracles.iter_mut().enumerate() {
        let call = settings(&market, base);
        *oracle = deploy(&mut market.chain, "price-oracle", call);
    }
    for _ in 0..WINDOW / PERIOD {
        market.chain.warp(PERIOD);
        for oracle in oracles {
            observe(&mut market, oracle);
        }
    }
    let sum = read(
        &market.chain,
        oracles[0],
        IPriceOracle::observationCall {
            number: U256::from(30),
        },
    )
    .cumulative;
    assert!(sum < U256::ONE << 130, "it has overflowed");
    assert_eq!(price(&market, oracles[0]).expect("a price"), ray(3));
    let third = price(&market, oracles[1]).expect("a price");
    assert_eq!(third, ray(1) / U256::from(3));
}

#[test]
fn test_an_empty_pair_has_no_price_and_is_watched_from_its_first_liquidity_on() {
    let mut market = Market::new([18, 18]);
    let call = settings(&market, 0);
    let oracle = deploy(&mut market.chain, "price-oracle", call);
    assert_eq!(
        read(&market.chain, oracle, IPriceOracle::observationCountCall {}),
        U256::ZERO
    );
    let empty = IPriceOracle::OraclePairEmpty { pair: market.pair };
    let from = owner(&market.chain);
    let error = market
        .chain
        .send(from, oracle, IPriceOracle::observeCall {})
        .expect_err("empty");
    assert_eq!(typed::<IPriceOracle::OraclePairEmpty>(&error), empty);
    assert_eq!(
        typed::<IPriceOracle::OraclePairEmpty>(&price(&market, oracle).expect_err("empty")),
        empty
    );
    market.add_liquidity(e18(1), e18(1));
    let error =
        typed::<IPriceOracle::OracleNotEnoughHistory>(&price(&market, oracle).expect_err("nothing kept"));
    assert_eq!(error.oldestTs, 0);
    assert!(observe(&mut market, oracle));
    keep(&mut market, oracle, WINDOW);
    assert_eq!(price(&market, oracle).expect("a price"), ray(1));
}

#[test]
fn test_a_price_that_ray_cannot_hold_is_refused() {
    // A millionth of a millionth of a token without decimals, in one of 18: 0 in ray; the other way round it does not fit.
    for (base, expected_zero) in [(0_usize, true), (1, false)] {
        let mut market = Market::new([0, 36]);
        let has_36 = |market: &Market, i: usize| {
            read(&market.chain, market.tokens[i], ITestToken::decimalsCall {}) == 36
        };
        let (whole, fine) = if has_36(&market, 1) { (0, 1) } else { (1, 0) };
        let mut amounts = [U256::ZERO; 2];
        amounts[whole] = (U256::ONE << 112) - U256::ONE;
        amounts[fine] = U256::from(1_000);
        market.add_liquidity(amounts[0], amounts[1]);
        let priced = if base == 0 { whole } else { fine };
        let call = settings(&market, priced);
        let oracle = deploy(&mut market.chain, "price-oracle", call);
        keep(&mut market, oracle, WINDOW);
        let error = typed::<IPriceOracle::OraclePriceUnrepresentable>(
            &price(&market, oracle).expect_err("not in ray"),
        );
        assert_eq!(error.averageX112.bit_len() < 112, expected_zero);
    }
}

#[test]
fn test_prices_of_uniswap_v2s_own_pair_are_the_same() {
    let (mut market, oracle) = watched(5, 7);
    // v2's pair in place of ours, over the same storage: the layout is the same.
    let from = owner(&market.chain);
    let factory = foreign::deploy(&mut market.chain, from, "FeeSetting", &[]);
    let theirs = market
        .chain
        .create(factory, uniswap_v2("UniswapV2Pair"))
        .free_gas()
        .send()
        .expect("deploys");
    let code = market.chain.code_at(theirs.contract_address.expect("created"));
    let mut other = Market {
        chain: market.chain.clone(),
        ..market
    };
    other.chain.set_code(other.pair, code);
    for market in [&mut market, &mut other] {
        keep(market, oracle, 900);
        let [alice] = market.chain.accounts();
        market.trade(0, e18(1) / U256::from(10), e18(1) / U256::from(10), alice);
        keep(market, oracle, 1_500);
    }
    let (ours, theirs) = (
        price(&market, oracle).expect("a price"),
        price(&other, oracle).expect("a price"),
    );
    assert_eq!(ours, theirs);
    assert!(ours < ray(7) / U256::from(5) && ours > ray(1));
}
