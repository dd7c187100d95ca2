//! The program `pair`: the published numbers of Uniswap v2, its constructor, and what an attacker would try.
//!
//! That it does everything else as v2 does is shown in `differential/pair.rs`.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent};
use mintage_abi::{IPair, Pair};
use mintage_chain::Chain;
use mintage_tests::foreign::{self, IFeeSetting, IFlashBorrower, ITestToken, answer, two_tokens};
use mintage_tests::signing;

use crate::setting::{Market, deploy, e18, int, owner, read, reason, refusal, send, try_deploy, typed};

/// A pool of these reserves, in units of 10^18.
fn pool(reserve0: u64, reserve1: u64) -> Market {
    let mut market = Market::new([18, 18]);
    market.add_liquidity(e18(reserve0), e18(reserve1));
    market
}

#[test]
fn test_swap_of_the_published_amounts_and_not_a_unit_more() {
    for (amount_in, reserve_in, reserve_out, out) in [
        (1, 5, 10, "1662497915624478906"),
        (1, 10, 5, "453305446940074565"),
        (2, 5, 10, "2851015155847869602"),
        (2, 10, 5, "831248957812239453"),
        (1, 10, 10, "906610893880149131"),
        (1, 100, 100, "987158034397061298"),
        (1, 1_000, 1_000, "996006981039903216"),
    ] {
        for index in [0, 1] {
            let mut market = if index == 0 {
                pool(reserve_in, reserve_out)
            } else {
                pool(reserve_out, reserve_in)
            };
            let [alice] = market.chain.accounts();
            market.give(index, market.pair, e18(amount_in));
            let more = Market::swap_call(index, int(out) + U256::ONE, alice);
            assert_eq!(
                reason(&mut market.chain, alice, market.pair, more),
                "UniswapV2: K"
            );
            send(
                &mut market.chain,
                alice,
                market.pair,
                Market::swap_call(index, int(out), alice),
            );
            assert_eq!(market.held(1 - index, alice), int(out));
        }
    }
}

#[test]
fn test_flash_swap_of_one_side_pays_the_published_fee() {
    for (paid, out) in [
        (e18(1), int("997000000000000000")),
        (int("1003009027081243732"), e18(1)),
    ] {
        let mut market = pool(1_000, 1_000);
        let [alice] = market.chain.accounts();
        market.give(0, market.pair, paid);
        let call = |out| IPair::swapCall {
            amount0Out: out,
            amount1Out: U256::ZERO,
            to: alice,
            data: Bytes::new(),
        };
        assert_eq!(
            reason(&mut market.chain, alice, market.pair, call(out + U256::ONE)),
            "UniswapV2: K"
        );
        send(&mut market.chain, alice, market.pair, call(out));
        assert_eq!(market.held(0, alice), out);
    }
}

#[test]
fn test_first_deposit_mints_the_root_less_a_thousand() {
    let mut market = Market::new([18, 18]);
    let minted = market.add_liquidity(e18(1), e18(4));
    assert_eq!(minted, e18(2) - U256::from(1_000));
    let held = |owner| read(&market.chain, market.pair, IPair::balanceOfCall { owner });
    assert_eq!(held(Address::ZERO), U256::from(1_000));
    assert_eq!(held(owner(&market.chain)), minted);
    assert_eq!(
        read(&market.chain, market.pair, IPair::totalSupplyCall {}),
        e18(2)
    );
}

#[test]
fn test_protocol_fee_is_the_published_sixth() {
    let mut chain = Chain::new();
    let from = owner(&chain);
    let factory = foreign::deploy(&mut chain, from, "FeeSetting", &[]);
    let treasurer = chain.account("treasurer");
    send(
        &mut chain,
        from,
        factory,
        IFeeSetting::setFeeToCall { feeTo: treasurer },
    );
    let tokens = two_tokens(&mut chain, from, [18, 18]);
    let [token0, token1] = tokens;
    let pair = deploy(
        &mut chain,
        "pair",
        Pair::constructorCall {
            factory,
            token0,
            token1,
        },
    );
    let mut market = Market { chain, pair, tokens };
    market.add_liquidity(e18(1_000), e18(1_000));
    assert_eq!(
        read(&market.chain, pair, IPair::kLastCall {}),
        e18(1_000) * e18(1_000)
    );
    market.trade(1, e18(1), int("996006981039903216"), from);

    let value = e18(1_000) - U256::from(1_000);
    send(
        &mut market.chain,
        from,
        pair,
        IPair::transferCall { to: pair, value },
    );
    send(&mut market.chain, from, pair, IPair::burnCall { to: from });
    let fee = int("249750499251388");
    assert_eq!(
        read(&market.chain, pair, IPair::balanceOfCall { owner: treasurer }),
        fee
    );
    assert_eq!(
        read(&market.chain, pair, IPair::totalSupplyCall {}),
        U256::from(1_000) + fee
    );
    assert_eq!(market.held(0, pair), U256::from(1_000) + int("249501683697445"));
    assert_eq!(market.held(1, pair), U256::from(1_000) + int("250000187312969"));
}

#[test]
fn test_accumulators_count_the_seconds_that_a_price_stood() {
    let mut market = pool(3, 3);
    let q = U256::ONE << 112;
    let start = market.chain.now();
    let (pair, from) = (market.pair, owner(&market.chain));
    let sums = |market: &Market| {
        let (sum0, sum1) = (
            IPair::price0CumulativeLastCall {},
            IPair::price1CumulativeLastCall {},
        );
        (read(&market.chain, pair, sum0), read(&market.chain, pair, sum1))
    };
    let last = |market: &Market| read(&market.chain, pair, IPair::getReservesCall {})._blockTimestampLast;
    assert_eq!(u64::from(last(&market)), start);
    market.chain.warp(10);
    market.give(0, pair, e18(3));
    send(&mut market.chain, from, pair, Market::swap_call(0, e18(1), from));
    assert_eq!(sums(&market), (q * U256::from(10), q * U256::from(10)));
    market.chain.warp(10);
    send(&mut market.chain, from, pair, IPair::syncCall {});
    // 6 and 2 from then on: a third, and three.
    assert_eq!(
        sums(&market),
        (
            q * U256::from(10) + e18(2) * q / e18(6) * U256::from(10),
            q * U256::from(40)
        )
    );
    assert_eq!(u64::from(last(&market)), start + 20);
}

#[test]
fn test_accumulators_go_on_when_the_32_bit_clock_overflows() {
    let mut market = Market::before_the_overflow(1_000);
    market.add_liquidity(e18(6), e18(2));
    let (pair, from) = (market.pair, owner(&market.chain));
    let start = market.chain.now();
    market.chain.set_timestamp((1 << 32) + 10).expect("later");
    send(&mut market.chain, from, pair, IPair::syncCall {});
    assert_eq!(
        read(&market.chain, pair, IPair::getReservesCall {})._blockTimestampLast,
        10
    );
    let passed = U256::from((1_u64 << 32) + 10 - start);
    let q = U256::ONE << 112;
    let sum0 = read(&market.chain, pair, IPair::price0CumulativeLastCall {});
    let sum1 = read(&market.chain, pair, IPair::price1CumulativeLastCall {});
    assert_eq!(
        (sum0, sum1),
        (q / U256::from(3) * passed, q * U256::from(3) * passed)
    );
}

#[test]
fn test_constructor_wants_two_tokens_in_order() {
    let mut chain = Chain::new();
    let from = owner(&chain);
    let [low, high] = two_tokens(&mut chain, from, [18, 18]);
    let zero = Address::ZERO;
    for (factory, token0, token1) in [
        (zero, high, low),
        (zero, low, low),
        (zero, zero, low),
        (from, zero, low),
        (from, low, zero),
        (zero, zero, zero),
    ] {
        let error = try_deploy(
            &mut chain,
            "pair",
            Pair::constructorCall {
                factory,
                token0,
                token1,
            },
        )
        .expect_err("wrong");
        assert_eq!(
            typed::<IPair::PairInvalidTokens>(&error),
            IPair::PairInvalidTokens { token0, token1 }
        );
    }
}

#[test]
fn test_a_pair_without_tokens_is_named_once_by_its_factory() {
    let mut chain = Chain::new();
    let from = owner(&chain);
    let [low, high] = two_tokens(&mut chain, from, [18, 18]);
    let factory = foreign::deploy(&mut chain, from, "FeeSetting", &[]);
    let zero = Address::ZERO;
    let pair = deploy(
        &mut chain,
        "pair",
        Pair::constructorCall {
            factory,
            token0: zero,
            token1: zero,
        },
    );
    let named = |_token0, _token1| IPair::initializeCall { _token0, _token1 };
    assert_eq!(
        reason(&mut chain, from, pair, named(low, high)),
        "UniswapV2: FORBIDDEN"
    );
    let wrong = refusal::<IPair::PairInvalidTokens>(&mut chain, factory, pair, named(high, low));
    assert_eq!(
        wrong,
        IPair::PairInvalidTokens {
            token0: high,
            token1: low
        }
    );
    send(&mut chain, factory, pair, named(low, high));
    assert_eq!(read(&chain, pair, IPair::token1Call {}), high);
    // v2's factory never calls it again; nobody can, so that liquidity cannot be led away.
    assert_eq!(
        reason(&mut chain, factory, pair, named(low, high)),
        "UniswapV2: FORBIDDEN"
    );
    let fixed = deploy(
        &mut chain,
        "pair",
        Pair::constructorCall {
            factory,
            token0: low,
            token1: high,
        },
    );
    assert_eq!(
        reason(&mut chain, factory, fixed, named(low, high)),
        "UniswapV2: FORBIDDEN"
    );
}

#[test]
fn test_nothing_that_writes_can_be_entered_during_a_swap() {
    let mut market = pool(10, 10);
    let (pair, [token0, token1]) = (market.pair, market.tokens);
    let [alice] = market.chain.accounts();
    let from = owner(&market.chain);
    let borrower = foreign::deploy(&mut market.chain, from, "FlashBorrower", &[]);
    market.give(0, borrower, e18(5));
    let swap = |data: &[u8]| IPair::swapCall {
        amount0Out: e18(1),
        amount1Out: U256::ZERO,
        to: borrower,
        data: Bytes::copy_from_slice(data),
    };
    let locked = [
        IPair::mintCall { to: alice }.abi_encode(),
        IPair::burnCall { to: alice }.abi_encode(),
        IPair::skimCall { to: alice }.abi_encode(),
        IPair::syncCall {}.abi_encode(),
        swap(b"again").abi_encode(),
    ];
    for reentry in locked {
        let plan = IFlashBorrower::planCall {
            token0,
            token1,
            pay0: int("1003009027081243733"),
            pay1: U256::ZERO,
            reentry: reentry.into(),
            fail: false,
        };
        send(&mut market.chain, from, borrower, plan);
        let receipt = market
            .chain
            .tx(alice, pair)
            .calling(swap(b"x"))
            .free_gas()
            .send()
            .expect("the swap is paid");
        let entered = receipt
            .event::<IFlashBorrower::Reentered>()
            .expect("it was called back");
        assert!(!entered.success);
        assert!(
            entered.result.windows(17).any(|w| w == b"UniswapV2: LOCKED"),
            "{}",
            entered.result
        );
    }
    // Reading is allowed, and shows the reserves from before.
    let reserves = market.reserves();
    let plan = IFlashBorrower::planCall {
        token0,
        token1,
        pay0: e18(2),
        pay1: U256::ZERO,
        reentry: IPair::getReservesCall {}.abi_encode().into(),
        fail: false,
    };
    send(&mut market.chain, from, borrower, plan);
    let receipt = market
        .chain
        .tx(alice, pair)
        .calling(swap(b"x"))
        .free_gas()
        .send()
        .expect("the swap is paid");
    let entered = receipt
        .event::<IFlashBorrower::Reentered>()
        .expect("it was called back");
    let seen = IPair::getReservesCall::abi_decode_returns(&entered.result).expect("three words");
    assert_eq!([U256::from(seen._reserve0), U256::from(seen._reserve1)], reserves);
}

#[test]
fn test_tokens_that_say_no_are_refused() {
    for (wanted, expected) in [
        (answer::FALSE, "UniswapV2: TRANSFER_FAILED"),
        (answer::REVERT, "UniswapV2: TRANSFER_FAILED"),
        (answer::REVERT_EMPTY, "UniswapV2: TRANSFER_FAILED"),
        (answer::SHORT, ""),
        (answer::BALANCE_SHORT, ""),
    ] {
        let mut market = pool(10, 10);
        let [alice] = market.chain.accounts();
        market.give(0, market.pair, e18(1));
        send(
            &mut market.chain,
            alice,
            market.tokens[1],
            ITestToken::misbehaveCall { answer: wanted },
        );
        let call = Market::swap_call(0, e18(1) / U256::from(2), alice);
        assert_eq!(
            reason(&mut market.chain, alice, market.pair, call),
            expected,
            "answer {wanted}"
        );
    }
}

#[test]
fn test_a_fee_on_transfer_is_paid_by_the_trader() {
    let mut market = pool(1_000, 1_000);
    let [alice] = market.chain.accounts();
    send(
        &mut market.chain,
        alice,
        market.tokens[0],
        ITestToken::setFeeCall {
            feeBps: U256::from(100),
            senderFee: U256::ZERO,
        },
    );
    market.give(0, alice, e18(1));
    send(
        &mut market.chain,
        alice,
        market.tokens[0],
        ITestToken::transferCall {
            to: market.pair,
            value: e18(1),
        },
    );
    // What arrived is 0.99: the amount for 1 is refused, the one for 0.99 paid.
    let full = Market::swap_call(0, int("996006981039903216"), alice);
    assert_eq!(
        reason(&mut market.chain, alice, market.pair, full),
        "UniswapV2: K"
    );
    let out = mintage_mechanism::swap::amount_out_down(e18(99) / U256::from(100), e18(1_000), e18(1_000))
        .expect("quote");
    send(
        &mut market.chain,
        alice,
        market.pair,
        Market::swap_call(0, out, alice),
    );
    assert_eq!(market.held(1, alice), out);
}

#[test]
fn test_a_donation_cannot_be_taken_by_burning_and_reserves_stop_at_112_bits() {
    let mut market = pool(1, 1);
    let (pair, from) = (market.pair, owner(&market.chain));
    let most = (U256::ONE << 112) - U256::ONE;
    market.give(0, pair, most - e18(1));
    send(&mut market.chain, from, pair, IPair::syncCall {});
    assert_eq!(market.reserves()[0], most);
    market.give(0, pair, U256::ONE);
    assert_eq!(
        reason(&mut market.chain, from, pair, IPair::syncCall {}),
        "UniswapV2: OVERFLOW"
    );
    send(&mut market.chain, from, pair, IPair::skimCall { to: from });
    assert_eq!(market.held(0, from), U256::ONE);
    // Nobody's liquidity can be burned but what the pair itself was sent.
    assert_eq!(
        reason(&mut market.chain, from, pair, IPair::burnCall { to: from }),
        "UniswapV2: INSUFFICIENT_LIQUIDITY_BURNED"
    );
}

#[test]
fn test_permit_needs_the_owners_next_signature() {
    let mut market = pool(1, 1);
    let pair = market.pair;
    let [alice, bob] = market.chain.accounts();
    let domain = read(&market.chain, pair, IPair::DOMAIN_SEPARATORCall {});
    assert_eq!(
        domain,
        signing::domain_separator("Uniswap V2", market.chain.chain_id(), pair)
    );
    let (value, deadline) = (U256::MAX, U256::from(market.chain.now()));
    let signed = |nonce: u64| signing::permit(0, domain, alice, bob, value, U256::from(nonce), deadline);
    let call = |nonce: u64, owner| {
        let (v, r, s) = signed(nonce);
        IPair::permitCall {
            owner,
            spender: bob,
            value,
            deadline,
            v,
            r,
            s,
        }
    };
    for wrong in [call(1, alice), call(0, bob), call(0, Address::ZERO)] {
        assert_eq!(
            reason(&mut market.chain, bob, pair, wrong),
            "UniswapV2: INVALID_SIGNATURE"
        );
    }
    let receipt = market
        .chain
        .tx(bob, pair)
        .calling(call(0, alice))
        .free_gas()
        .send()
        .expect("signed");
    let event = receipt.event::<IPair::Approval>().expect("an event");
    assert_eq!((event.owner, event.spender, event.value), (alice, bob, value));
    assert_eq!(IPair::Approval::SIGNATURE, "Approval(address,address,uint256)");
    assert_eq!(
        reason(&mut market.chain, bob, pair, call(0, alice)),
        "UniswapV2: INVALID_SIGNATURE"
    );
    assert_eq!(
        read(&market.chain, pair, IPair::noncesCall { owner: alice }),
        U256::ONE
    );
    market.chain.warp(1);
    assert_eq!(
        reason(&mut market.chain, bob, pair, call(1, alice)),
        "UniswapV2: EXPIRED"
    );
}
