//! The program `buyback`: what a kick does and when it may, the published numbers, and what an attacker would try.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolValue};
use mintage_abi::{Buyback, IBuyback, IPriceOracle, IToken, ITreasury, PriceOracle, Token, Treasury};
use mintage_chain::Chain;
use mintage_mechanism::buyback::min_out_up;
use mintage_mechanism::pair_price;
use mintage_mechanism::swap::amount_out_down;
use mintage_tests::foreign::{self, IFixedOracle, ITestToken, answer};
use mintage_tests::solidity::uniswap_v2;

use crate::setting::{Market, deploy, e18, int, owner, read, reason, refusal, send, try_deploy, typed};

const HOP: u64 = 11_635;
const DAY: u64 = 86_400;
const STOPPED: u64 = u64::MAX;

/// The published case: 1,000,000 of the asset and 20,000,000 of the token in the pair, a price of 0.05, lots of 10,000.
struct Economy {
    market: Market,
    /// Which of the pair's tokens is bought.
    bought: usize,
    oracle: Address,
    treasury: Address,
    buyback: Address,
    owner: Address,
    guardian: Address,
}

fn ray() -> U256 {
    U256::from(10).pow(U256::from(27))
}

fn want(hundredths: u64) -> U256 {
    e18(hundredths) / U256::from(100)
}

/// Treasury, oracle and buyback around a market; the treasury holds 30,000 of the asset and its limit is not in the way.
fn around(market: Market, bought: usize, oracle: Address) -> Economy {
    let mut market = market;
    let (owner, guardian) = (owner(&market.chain), market.chain.account("guardian"));
    let constructor = Treasury::constructorCall {
        owner,
        guardian,
        floorDelaySecs: 2 * DAY,
        grantDelaySecs: 0,
    };
    let treasury = deploy(&mut market.chain, "treasury", constructor);
    let constructor = Buyback::constructorCall {
        owner,
        guardian,
        treasury,
        pair: market.pair,
        oracle,
        token: market.tokens[bought],
        hopSecs: HOP,
        lot: e18(10_000).to(),
        hump: e18(5_000).to(),
        wantWad: want(98),
    };
    let buyback = deploy(&mut market.chain, "buyback", constructor);
    let asset = market.tokens[1 - bought];
    let grant = ITreasury::setSpendLimitCall {
        asset,
        spender: buyback,
        capacity: e18(20_000).to(),
        refillPerDay: e18(200_000).to(),
    };
    send(&mut market.chain, owner, treasury, grant);
    market.give(1 - bought, treasury, e18(30_000));
    market.chain.warp(DAY);
    Economy {
        market,
        bought,
        oracle,
        treasury,
        buyback,
        owner,
        guardian,
    }
}

/// The case with tokens and an oracle that a test can direct. The token that is bought is the pair's `bought`.
fn directed(bought: usize) -> Economy {
    let mut market = Market::new([18, 18]);
    let mut amounts = [e18(1_000_000); 2];
    amounts[bought] = e18(20_000_000);
    market.add_liquidity(amounts[0], amounts[1]);
    let args = (
        market.tokens[bought],
        market.tokens[1 - bought],
        U256::from(18),
        U256::from(18),
    )
        .abi_encode();
    let from = owner(&market.chain);
    let oracle = foreign::deploy(&mut market.chain, from, "FixedOracle", &args);
    let mut economy = around(market, bought, oracle);
    economy.set_price(ray() / U256::from(20));
    economy
}

impl Economy {
    fn chain(&mut self) -> &mut Chain {
        &mut self.market.chain
    }

    fn set_price(&mut self, priceRay: U256) {
        let (from, oracle) = (self.owner, self.oracle);
        send(
            self.chain(),
            from,
            oracle,
            IFixedOracle::setCall {
                priceRay,
                stale: false,
            },
        );
    }

    fn kick(&mut self) -> U256 {
        let (buyback, anyone) = (self.buyback, self.market.chain.dev_account(4));
        send(self.chain(), anyone, buyback, IBuyback::kickCall {})
    }

    fn refused<E: alloy_sol_types::SolError>(&mut self) -> E {
        let (buyback, anyone) = (self.buyback, self.market.chain.dev_account(4));
        refusal::<E>(self.chain(), anyone, buyback, IBuyback::kickCall {})
    }

    fn as_owner(&mut self, call: impl SolCall) {
        let (owner, buyback) = (self.owner, self.buyback);
        send(self.chain(), owner, buyback, call);
    }

    fn token(&self) -> Address {
        self.market.tokens[self.bought]
    }

    fn asset(&self) -> Address {
        self.market.tokens[1 - self.bought]
    }

    fn supply(&self) -> U256 {
        read(&self.market.chain, self.token(), ITestToken::totalSupplyCall {})
    }

    fn held_by_treasury(&self) -> U256 {
        self.market.held(1 - self.bought, self.treasury)
    }

    /// Reserves of the asset and of the token.
    fn reserves(&self) -> (U256, U256) {
        let reserves = self.market.reserves();
        (reserves[1 - self.bought], reserves[self.bought])
    }

    fn state(&self) -> (u64, U256, U256) {
        let chain = &self.market.chain;
        (
            read(chain, self.buyback, IBuyback::lastKickTsCall {}),
            read(chain, self.buyback, IBuyback::totalSpentCall {}),
            read(chain, self.buyback, IBuyback::totalBurnedCall {}),
        )
    }
}

#[test]
fn test_a_kick_buys_and_burns_the_published_amount() {
    for bought in [0, 1] {
        let mut economy = directed(bought);
        let expected = int("197431606879412259770092");
        let supply = economy.supply();
        let (buyback, anyone) = (economy.buyback, economy.market.chain.dev_account(4));
        assert_eq!(
            read(&economy.market.chain, buyback, IBuyback::minimumOutCall {}),
            e18(196_000)
        );
        let receipt = economy
            .chain()
            .send(anyone, buyback, IBuyback::kickCall {})
            .expect("anyone may");
        assert_eq!(receipt.output, expected);
        let event = receipt.event::<IBuyback::Kicked>().expect("an event");
        assert_eq!(
            (event.caller, event.spent, event.bought),
            (anyone, e18(10_000), expected)
        );
        assert_eq!(
            (event.minimum, event.priceRay),
            (e18(196_000), ray() / U256::from(20))
        );
        assert_eq!(
            supply - economy.supply(),
            expected,
            "the supply falls by exactly what was bought"
        );
        assert_eq!(economy.held_by_treasury(), e18(20_000));
        assert_eq!(
            economy.state(),
            (economy.market.chain.now(), e18(10_000), expected)
        );
        // Nothing rests in the program, nobody may spend for it.
        for index in [0, 1] {
            assert_eq!(economy.market.held(index, buyback), U256::ZERO);
            for spender in [economy.market.pair, economy.treasury] {
                let call = ITestToken::allowanceCall {
                    owner: buyback,
                    spender,
                };
                assert_eq!(
                    read(&economy.market.chain, economy.market.tokens[index], call),
                    U256::ZERO
                );
            }
        }
    }
}

#[test]
fn test_the_published_front_run_reverts_everything() {
    let mut economy = directed(1);
    let attacker = economy.market.chain.account("attacker");
    let out = amount_out_down(e18(10_000), e18(1_000_000), e18(20_000_000)).expect("quote");
    economy.market.trade(0, e18(10_000), out, attacker);
    let (before, treasury) = (economy.state(), economy.held_by_treasury());
    let error = economy.refused::<IBuyback::BuybackBelowFloor>();
    assert_eq!(error.minimum, e18(196_000));
    assert_eq!(
        error.bought / U256::from(10).pow(U256::from(16)),
        U256::from(19_356_609),
        "193,566.09"
    );
    assert_eq!(
        (economy.state(), economy.held_by_treasury()),
        (before, treasury),
        "the hop included"
    );
}

#[test]
fn test_the_largest_sandwich_is_the_published_ceiling() {
    let (lot, asset, token) = (e18(10_000), e18(1_000_000), e18(20_000_000));
    let bought_after = |front: U256| {
        let taken = amount_out_down(front, asset, token).expect("quote");
        amount_out_down(lot, asset + front, token - taken).expect("quote")
    };
    // The largest front-run that leaves the floor standing, to the unit: what is bought falls as it grows.
    let (mut passes, mut fails) = (U256::ONE, e18(10_000));
    while fails - passes > U256::ONE {
        let middle = (passes + fails) / U256::from(2);
        if bought_after(middle) >= e18(196_000) {
            passes = middle
        } else {
            fails = middle
        }
    }
    let thousandths = U256::from(10).pow(U256::from(15));
    assert_eq!(passes / thousandths, U256::from(3_669_027), "3,669.027");

    for (front, stands) in [(passes, true), (fails, false)] {
        let mut economy = directed(1);
        let attacker = economy.market.chain.account("attacker");
        let taken = amount_out_down(front, asset, token).expect("quote");
        economy.market.trade(0, front, taken, attacker);
        if !stands {
            assert!(economy.refused::<IBuyback::BuybackBelowFloor>().bought < e18(196_000));
            continue;
        }
        assert_eq!(economy.kick(), bought_after(front));
        let (reserve_asset, reserve_token) = economy.reserves();
        let back = amount_out_down(taken, reserve_token, reserve_asset).expect("quote");
        let (pair, token_address) = (economy.market.pair, economy.token());
        let call = ITestToken::transferCall {
            to: pair,
            value: taken,
        };
        send(economy.chain(), attacker, token_address, call);
        send(
            economy.chain(),
            attacker,
            pair,
            Market::swap_call(1, back, attacker),
        );
        // The nearest thousandth to the attacker's profit: half a per cent of the lot.
        let profit = economy.market.held(0, attacker) - front;
        assert_eq!(
            (profit + thousandths / U256::from(2)) / thousandths,
            U256::from(50_892),
            "50.892: {profit}"
        );
    }
}

#[test]
fn test_one_kick_a_hop_to_the_second() {
    let mut economy = directed(1);
    economy.kick();
    let first = economy.market.chain.now();
    let error = economy.refused::<IBuyback::BuybackTooSoon>();
    assert_eq!((error.nowTs, error.nextTs), (first, first + HOP));
    economy.chain().warp(HOP - 1);
    let error = economy.refused::<IBuyback::BuybackTooSoon>();
    assert_eq!((error.nowTs, error.nextTs), (first + HOP - 1, first + HOP));
    assert_eq!(
        read(
            &economy.market.chain,
            economy.buyback,
            IBuyback::nextKickTsCall {}
        ),
        first + HOP
    );
    economy.chain().warp(1);
    economy.set_price(ray() / U256::from(15));
    economy.kick();
}

#[test]
fn test_surplus_must_cover_lot_and_hump_to_the_unit() {
    let mut economy = directed(1);
    let (owner, treasury, asset) = (economy.owner, economy.treasury, economy.asset());
    let floor = |newFloor| ITreasury::setFloorCall { asset, newFloor };
    send(economy.chain(), owner, treasury, floor(e18(15_000) + U256::ONE));
    let error = economy.refused::<IBuyback::BuybackSurplusTooSmall>();
    assert_eq!(
        (error.surplus, error.needed),
        (e18(15_000) - U256::ONE, e18(15_000))
    );
    economy.market.give(0, treasury, U256::ONE);
    economy.kick();
    assert!(economy.held_by_treasury() >= e18(20_000));
    economy.chain().warp(HOP);
    let error = economy.refused::<IBuyback::BuybackSurplusTooSmall>();
    assert_eq!((error.surplus, error.needed), (e18(5_000), e18(15_000)));
}

#[test]
fn test_the_treasurys_limit_bounds_it_whatever_its_owner_sets() {
    let mut economy = directed(1);
    economy.market.give(0, economy.treasury, e18(1_000_000));
    economy.as_owner(IBuyback::setLotCall {
        newLot: e18(20_001).to(),
    });
    let error = economy.refused::<ITreasury::TreasuryOverLimit>();
    assert_eq!((error.amount, error.available), (e18(20_001), e18(20_000)));
    let (guardian, treasury) = (economy.guardian, economy.treasury);
    send(economy.chain(), guardian, treasury, ITreasury::pauseCall {});
    economy.refused::<ITreasury::EnforcedPause>();
}

#[test]
fn test_hop_at_its_maximum_stops_and_only_the_owner_starts_again() {
    let mut economy = directed(1);
    let (guardian, buyback) = (economy.guardian, economy.buyback);
    send(economy.chain(), guardian, buyback, IBuyback::stopCall {});
    economy.refused::<IBuyback::BuybackStopped>();
    assert_eq!(
        read(&economy.market.chain, buyback, IBuyback::nextKickTsCall {}),
        STOPPED
    );
    economy.chain().warp(300 * DAY);
    economy.refused::<IBuyback::BuybackStopped>();
    let call = IBuyback::setHopSecsCall { newHopSecs: HOP };
    let error = refusal::<IBuyback::OwnableUnauthorizedAccount>(economy.chain(), guardian, buyback, call);
    assert_eq!(error.account, guardian);
    economy.as_owner(IBuyback::setHopSecsCall { newHopSecs: HOP });
    economy.kick();
}

#[test]
fn test_a_price_that_is_stale_or_useless_blocks() {
    let mut economy = directed(1);
    let (owner, oracle) = (economy.owner, economy.oracle);
    send(
        economy.chain(),
        owner,
        oracle,
        IFixedOracle::setCall {
            priceRay: ray(),
            stale: true,
        },
    );
    let error = economy.refused::<IFixedOracle::OracleStale>();
    assert_eq!((error.observedTs, error.limitTs), (1, 2), "as the oracle said it");
    economy.set_price(U256::ZERO);
    assert_eq!(economy.refused::<IBuyback::BuybackNoFloor>().priceRay, U256::ZERO);
    // So low a price that the floor is beyond what exists; so high a one that it asks for a single unit.
    economy.set_price(U256::ONE);
    assert_eq!(
        economy.refused::<IBuyback::BuybackBelowFloor>().minimum,
        e18(9_800) * ray()
    );
    economy.set_price(U256::MAX);
    economy.refused::<IBuyback::BuybackNoFloor>();
    economy.set_price(U256::from(u128::MAX));
    economy.kick();
}

#[test]
fn test_the_floor_rounds_up_against_the_trade() {
    let mut economy = directed(1);
    for (price_ray, minimum) in [
        (ray(), int("9800000000000000000000")),
        (ray() - U256::ONE, int("9800000000000000000001")),
        (ray() * U256::from(3), int("3266666666666666666667")),
        (ray() * U256::from(7), int("1400000000000000000000")),
        (ray() * U256::from(11), int("890909090909090909091")),
    ] {
        economy.set_price(price_ray);
        let got = read(
            &economy.market.chain,
            economy.buyback,
            IBuyback::minimumOutCall {},
        );
        let least = mintage_math::mul_div_up(e18(9_800), ray(), price_ray).expect("fits");
        assert_eq!(got, least);
        assert_eq!(got, minimum);
    }
}

#[test]
fn test_fees_on_transfer_count_against_the_floor() {
    // On the token: half a per cent of what the pair sends does not arrive.
    let mut economy = directed(1);
    let (owner, token, asset) = (economy.owner, economy.token(), economy.asset());
    let fee = |bps: u64| ITestToken::setFeeCall {
        feeBps: U256::from(bps),
        senderFee: U256::ZERO,
    };
    send(economy.chain(), owner, token, fee(50));
    let supply = economy.supply();
    let sent = int("197431606879412259770092");
    let arrived = sent - sent * U256::from(50) / U256::from(10_000);
    assert_eq!(economy.kick(), arrived);
    // The token destroys its own fee; beyond that, exactly what arrived is burned.
    assert_eq!(supply - economy.supply(), sent);
    economy.chain().warp(HOP);

    let mut economy = directed(1);
    send(economy.chain(), owner, token, fee(100));
    assert!(economy.refused::<IBuyback::BuybackBelowFloor>().bought < e18(196_000));
    // On the asset: the pair gets less for what the treasury spent. The floor is for what was spent.
    let mut economy = directed(1);
    send(economy.chain(), owner, asset, fee(50));
    let bought = economy.kick();
    let received = e18(9_950);
    assert_eq!(
        bought,
        amount_out_down(received, e18(1_000_000), e18(20_000_000)).expect("quote")
    );
    let mut economy = directed(1);
    send(economy.chain(), owner, asset, fee(100));
    economy.refused::<IBuyback::BuybackBelowFloor>();
}

#[test]
fn test_tokens_that_lie_are_refused() {
    let mut economy = directed(1);
    let (owner, token, asset) = (economy.owner, economy.token(), economy.asset());
    send(
        economy.chain(),
        owner,
        token,
        ITestToken::setBurnKeepsCall { keeps: true },
    );
    let error = economy.refused::<IBuyback::BuybackBurnMismatch>();
    assert_eq!(
        (error.burned, error.supplyFell),
        (int("197431606879412259770092"), U256::ZERO)
    );
    send(
        economy.chain(),
        owner,
        token,
        ITestToken::setBurnKeepsCall { keeps: false },
    );
    send(
        economy.chain(),
        owner,
        asset,
        ITestToken::misbehaveCall {
            answer: answer::FALSE,
        },
    );
    assert_eq!(
        economy.refused::<ITreasury::SafeERC20FailedOperation>().token,
        asset
    );
    send(
        economy.chain(),
        owner,
        asset,
        ITestToken::misbehaveCall {
            answer: answer::NOTHING,
        },
    );
    send(
        economy.chain(),
        owner,
        token,
        ITestToken::misbehaveCall {
            answer: answer::FALSE,
        },
    );
    let (buyback, anyone) = (economy.buyback, economy.market.chain.dev_account(4));
    assert_eq!(
        reason(economy.chain(), anyone, buyback, IBuyback::kickCall {}),
        "UniswapV2: TRANSFER_FAILED"
    );
    send(
        economy.chain(),
        owner,
        token,
        ITestToken::misbehaveCall {
            answer: answer::NOTHING,
        },
    );
    economy.kick();
}

#[test]
fn test_a_kick_cannot_be_entered_again() {
    let mut economy = directed(1);
    let (owner, token, asset, buyback) = (economy.owner, economy.token(), economy.asset(), economy.buyback);
    for (hooked, data) in [
        (asset, IBuyback::kickCall {}.abi_encode()),
        (token, IBuyback::kickCall {}.abi_encode()),
        (token, IBuyback::sweepCall { foreign: token }.abi_encode()),
    ] {
        let call = ITestToken::setHookCall {
            target: buyback,
            data: data.into(),
            mustSucceed: false,
        };
        send(economy.chain(), owner, hooked, call);
        economy.set_price(ray() / U256::from(10));
        economy.kick();
        assert!(!read(
            &economy.market.chain,
            hooked,
            ITestToken::hookSucceededCall {}
        ));
        let result = read(&economy.market.chain, hooked, ITestToken::hookResultCall {});
        assert_eq!(result[..], alloy_primitives::keccak256("ReentrantCall()")[..4]);
        let call = ITestToken::setHookCall {
            target: Address::ZERO,
            data: Default::default(),
            mustSucceed: false,
        };
        send(economy.chain(), owner, hooked, call);
        economy.market.give(0, economy.treasury, e18(10_000));
        economy.chain().warp(HOP);
    }
    assert_eq!(economy.state().1, e18(30_000), "three kicks, three lots");
}

#[test]
fn test_gifts_to_the_pair_go_to_the_burn_and_gifts_to_the_program_where_they_belong() {
    let mut economy = directed(1);
    let buyback = economy.buyback;
    // A gift of the asset that nobody has synced is swapped along.
    economy.market.give(0, economy.market.pair, e18(1_000));
    let with_gift = amount_out_down(e18(11_000), e18(1_000_000), e18(20_000_000)).expect("quote");
    assert_eq!(economy.kick(), with_gift);

    let [alice] = economy.market.chain.accounts();
    economy.market.give(1, buyback, e18(7));
    economy.market.give(0, buyback, e18(8));
    let (token, asset, supply) = (economy.token(), economy.asset(), economy.supply());
    let receipt = economy
        .chain()
        .send(alice, buyback, IBuyback::sweepCall { foreign: token })
        .expect("anyone");
    let event = receipt.event::<IBuyback::Swept>().expect("an event");
    assert_eq!(
        (event.token, event.to, event.amount),
        (token, Address::ZERO, e18(7))
    );
    assert_eq!(supply - economy.supply(), e18(7));
    let before = economy.held_by_treasury();
    assert_eq!(
        send(
            economy.chain(),
            alice,
            buyback,
            IBuyback::sweepCall { foreign: asset }
        ),
        e18(8)
    );
    assert_eq!(economy.held_by_treasury() - before, e18(8));
    assert_eq!(
        send(
            economy.chain(),
            alice,
            buyback,
            IBuyback::sweepCall { foreign: asset }
        ),
        U256::ZERO
    );
    // Neither counts as bought.
    assert_eq!(economy.state().2, with_gift);
}

#[test]
fn test_constructor_wants_parts_that_fit_and_parameters_in_range() {
    let mut economy = directed(1);
    let [alice] = economy.market.chain.accounts();
    let (token, asset) = (economy.token(), economy.asset());
    let valid = Buyback::constructorCall {
        owner: economy.owner,
        guardian: Address::ZERO,
        treasury: economy.treasury,
        pair: economy.market.pair,
        oracle: economy.oracle,
        token,
        hopSecs: 600,
        lot: 1,
        hump: 0,
        wantWad: want(90),
    };
    deploy(economy.chain(), "buyback", valid.clone());
    let most = Buyback::constructorCall {
        hopSecs: 30 * DAY,
        lot: (1 << 112) - 1,
        hump: (1 << 112) - 1,
        wantWad: e18(1),
        ..valid.clone()
    };
    deploy(economy.chain(), "buyback", most);
    deploy(
        economy.chain(),
        "buyback",
        Buyback::constructorCall {
            hopSecs: STOPPED,
            ..valid.clone()
        },
    );

    let stranger = Buyback::constructorCall {
        token: alice,
        ..valid.clone()
    };
    let error = try_deploy(economy.chain(), "buyback", stranger).expect_err("not in the pair");
    let error = typed::<IBuyback::BuybackMismatch>(&error);
    assert_eq!((error.target, error.token), (economy.market.pair, alice));
    let other_way = Buyback::constructorCall {
        token: asset,
        ..valid.clone()
    };
    let error = try_deploy(economy.chain(), "buyback", other_way).expect_err("priced the other way round");
    let error = typed::<IBuyback::BuybackMismatch>(&error);
    assert_eq!((error.target, error.token), (economy.oracle, asset));
    let args = (token, alice, U256::from(18), U256::from(18)).abi_encode();
    let from = economy.owner;
    let foreign_quote = foreign::deploy(economy.chain(), from, "FixedOracle", &args);
    let other_quote = Buyback::constructorCall {
        oracle: foreign_quote,
        ..valid.clone()
    };
    let error = try_deploy(economy.chain(), "buyback", other_quote).expect_err("priced in something else");
    assert_eq!(typed::<IBuyback::BuybackMismatch>(&error).token, asset);
    let nobody = Buyback::constructorCall {
        owner: Address::ZERO,
        ..valid.clone()
    };
    let error = try_deploy(economy.chain(), "buyback", nobody).expect_err("no owner");
    typed::<IBuyback::OwnableInvalidOwner>(&error);

    for call in [
        Buyback::constructorCall {
            hopSecs: 599,
            ..valid.clone()
        },
        Buyback::constructorCall {
            hopSecs: 30 * DAY + 1,
            ..valid.clone()
        },
        Buyback::constructorCall {
            hopSecs: STOPPED - 1,
            ..valid.clone()
        },
        Buyback::constructorCall {
            lot: 0,
            ..valid.clone()
        },
        Buyback::constructorCall {
            lot: 1 << 112,
            ..valid.clone()
        },
        Buyback::constructorCall {
            hump: 1 << 112,
            ..valid.clone()
        },
        Buyback::constructorCall {
            hump: u128::MAX,
            ..valid.clone()
        },
        Buyback::constructorCall {
            wantWad: want(90) - U256::ONE,
            ..valid.clone()
        },
        Buyback::constructorCall {
            wantWad: e18(1) + U256::ONE,
            ..valid.clone()
        },
        Buyback::constructorCall {
            wantWad: U256::MAX,
            ..valid
        },
    ] {
        let error = try_deploy(economy.chain(), "buyback", call).expect_err("out of range");
        let error = typed::<IBuyback::ParameterOutOfRange>(&error);
        assert!(error.value < error.min || error.value > error.max);
    }
}

#[test]
fn test_parameters_are_the_owners_bounded_and_logged() {
    let mut economy = directed(1);
    let (owner, guardian, buyback) = (economy.owner, economy.guardian, economy.buyback);
    let [alice, bob] = economy.market.chain.accounts();
    let c = economy.chain();
    for account in [alice, guardian] {
        let expected = IBuyback::OwnableUnauthorizedAccount { account };
        let call = IBuyback::setLotCall { newLot: 1 };
        assert_eq!(
            refusal::<IBuyback::OwnableUnauthorizedAccount>(c, account, buyback, call),
            expected
        );
        let call = IBuyback::setHumpCall { newHump: 0 };
        assert_eq!(
            refusal::<IBuyback::OwnableUnauthorizedAccount>(c, account, buyback, call),
            expected
        );
        let call = IBuyback::setWantWadCall { newWantWad: want(90) };
        assert_eq!(
            refusal::<IBuyback::OwnableUnauthorizedAccount>(c, account, buyback, call),
            expected
        );
        let call = IBuyback::setGuardianCall { newGuardian: account };
        assert_eq!(
            refusal::<IBuyback::OwnableUnauthorizedAccount>(c, account, buyback, call),
            expected
        );
        let call = IBuyback::transferOwnershipCall { newOwner: account };
        assert_eq!(
            refusal::<IBuyback::OwnableUnauthorizedAccount>(c, account, buyback, call),
            expected
        );
    }
    let error = refusal::<IBuyback::NotGuardian>(c, alice, buyback, IBuyback::stopCall {});
    assert_eq!(error.account, alice);
    for (call, parameter) in [
        (IBuyback::setWantWadCall { newWantWad: want(89) }, "wantWad"),
        (
            IBuyback::setWantWadCall {
                newWantWad: U256::MAX,
            },
            "wantWad",
        ),
    ] {
        let error = refusal::<IBuyback::ParameterOutOfRange>(c, owner, buyback, call);
        let mut word = B256::ZERO;
        word[..parameter.len()].copy_from_slice(parameter.as_bytes());
        assert_eq!((error.parameter, error.min, error.max), (word, want(90), e18(1)));
    }
    let receipt = c
        .send(owner, buyback, IBuyback::setWantWadCall { newWantWad: want(97) })
        .expect("in range");
    let event = receipt.event::<IBuyback::ParameterSet>().expect("an event");
    assert_eq!((event.oldValue, event.newValue), (want(98), want(97)));
    assert_eq!(read(c, buyback, IBuyback::wantWadCall {}), want(97));
    send(c, owner, buyback, IBuyback::setHumpCall { newHump: 7 });
    assert_eq!(read(c, buyback, IBuyback::humpCall {}), 7);
    assert_eq!(
        read(c, buyback, IBuyback::lotCall {}),
        e18(10_000).to::<u128>(),
        "its neighbour in the slot stays"
    );
    send(
        c,
        owner,
        buyback,
        IBuyback::transferOwnershipCall { newOwner: bob },
    );
    refusal::<IBuyback::OwnableUnauthorizedAccount>(c, alice, buyback, IBuyback::acceptOwnershipCall {});
    send(c, bob, buyback, IBuyback::acceptOwnershipCall {});
    assert_eq!(read(c, buyback, IBuyback::ownerCall {}), bob);
}

/// Everything of ours together: token, pair, oracle, treasury, buyback; then v2's bytecode in the place of our pair.
#[test]
fn test_works_with_our_token_and_oracle_on_our_pair_and_on_uniswap_v2() {
    let mut chain = Chain::new();
    let from = owner(&chain);
    let constructor = Token::constructorCall {
        name_: "Example".into(),
        symbol_: "EX".into(),
        decimals_: 18,
        owner_: from,
        guardian_: from,
        cap_: e18(100_000_000),
        capBasis_: IToken::CapBasis::LifetimeMinted,
        holder: from,
        initialSupply: e18(30_000_000),
    };
    let token = deploy(&mut chain, "token", constructor);
    let asset = foreign::deploy(&mut chain, from, "TestToken", &U256::from(6).abi_encode());
    let bought = usize::from(asset < token);
    let tokens = if bought == 0 {
        [token, asset]
    } else {
        [asset, token]
    };
    let [token0, token1] = tokens;
    let pair = deploy(
        &mut chain,
        "pair",
        mintage_abi::Pair::constructorCall {
            factory: Address::ZERO,
            token0,
            token1,
        },
    );
    // The same price with an asset of six decimals.
    let usd = |n: u64| U256::from(n) * U256::from(1_000_000);
    send(
        &mut chain,
        from,
        token,
        IToken::transferCall {
            to: pair,
            value: e18(20_000_000),
        },
    );
    send(
        &mut chain,
        from,
        asset,
        ITestToken::mintCall {
            to: pair,
            value: usd(1_000_000),
        },
    );
    send(&mut chain, from, pair, mintage_abi::IPair::mintCall { to: from });
    let constructor = PriceOracle::constructorCall {
        pair,
        base: token,
        windowSecs: 3_600,
        recentSecs: 900,
        periodSecs: 600,
        maxAgeSecs: 900,
        maxDeviationBps: 200,
    };
    let oracle = deploy(&mut chain, "price-oracle", constructor);
    let mut economy = around(Market { chain, pair, tokens }, bought, oracle);
    economy.as_owner(IBuyback::setLotCall {
        newLot: usd(10_000).to(),
    });
    economy.as_owner(IBuyback::setHumpCall { newHump: 0 });
    economy.refused::<IPriceOracle::OracleStale>();
    let keep = |economy: &mut Economy| {
        for _ in 0..7 {
            economy.chain().warp(600);
            send(economy.chain(), from, oracle, IPriceOracle::observeCall {});
        }
    };
    keep(&mut economy);
    // The pair's sums are cut at 2^-112: with an asset of six decimals that is seen in the last digits.
    let mean = pair_price::price_x112_down(e18(20_000_000), usd(1_000_000)).expect("reserves");
    let price_ray = pair_price::price_ray_down(mean, 18, 6).expect("a price");
    let minimum = min_out_up(usd(10_000), want(98), price_ray, 6, 18).expect("a floor");
    assert_eq!(
        read(
            &economy.market.chain,
            economy.buyback,
            IBuyback::minimumOutCall {}
        ),
        minimum
    );
    assert!(
        minimum >= e18(196_000) && minimum - e18(196_000) < U256::from(755),
        "{minimum}"
    );

    let factory = foreign::deploy(economy.chain(), from, "FeeSetting", &[]);
    let theirs = economy
        .chain()
        .create(factory, uniswap_v2("UniswapV2Pair"))
        .free_gas()
        .send()
        .expect("deploys");
    let mut results = Vec::new();
    for on_v2 in [false, true] {
        let chain = economy.market.chain.clone();
        let market = Market {
            chain,
            ..economy.market
        };
        let mut run = Economy { market, ..economy };
        if on_v2 {
            let code = run
                .market
                .chain
                .code_at(theirs.contract_address.expect("created"));
            run.market.chain.set_code(pair, code);
        }
        let supply = run.supply();
        let bought = run.kick();
        assert_eq!(supply - run.supply(), bought);
        assert_eq!(read(&run.market.chain, token, IToken::totalBurnedCall {}), bought);
        results.push((bought, run.market.reserves(), run.state()));
    }
    assert_eq!(results[0], results[1]);
    // 10,000 into 1,000,000 and 20,000,000: as with 18 decimals, but for the last digits of the asset.
    assert_eq!(results[0].0, int("197431606879412259770092"));
}
