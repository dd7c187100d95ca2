//! The program `emission`: the curves to the unit, whoever calls and however often, and what an attacker would try.

use alloy_primitives::{Address, U256, keccak256};
use alloy_sol_types::{SolCall, SolError};
use mintage_abi::{Emission, IEmission, IToken, Token};
use mintage_chain::Chain;
use mintage_mechanism::emission::{Schedule, ScheduleKind};
use mintage_tests::foreign::{self, ICallingMinter};

use crate::setting::{deploy, e18, int, owner, read, refusal, send, try_deploy, typed};

const DAY: u64 = 86_400;

/// A token, an emission of it, and who is who.
struct Economy {
    chain: Chain,
    token: Address,
    emission: Address,
    owner: Address,
    guardian: Address,
    recipients: [Address; 3],
}

fn n(value: u64) -> U256 {
    U256::from(value)
}

fn token_call(owner: Address, capBasis_: IToken::CapBasis) -> Token::constructorCall {
    Token::constructorCall {
        name_: "Example".into(),
        symbol_: "EX".into(),
        decimals_: 18,
        owner_: owner,
        guardian_: owner,
        cap_: U256::from(u128::MAX),
        capBasis_,
        holder: Address::ZERO,
        initialSupply: U256::ZERO,
    }
}

/// Three recipients of 50, 30 and 20 %, and a minter's limit that is not in the way.
fn economy(kind: IEmission::Schedule, parameters: &[U256]) -> Economy {
    let mut chain = Chain::new();
    let owner = owner(&chain);
    let guardian = chain.account("guardian");
    let recipients = ["one", "two", "three"].map(|name| chain.account(name));
    let token = deploy(
        &mut chain,
        "token",
        token_call(owner, IToken::CapBasis::LifetimeMinted),
    );
    let call = Emission::constructorCall {
        owner,
        guardian,
        token,
        startTs: 0,
        kind,
        parameters: parameters.to_vec(),
        recipients: recipients.to_vec(),
        weightsBps: [5_000, 3_000, 2_000].map(n).to_vec(),
    };
    let emission = deploy(&mut chain, "emission", call);
    let limit = IToken::setMinterCall {
        minter: emission,
        limitPerDay: U256::from(u128::MAX),
    };
    send(&mut chain, owner, token, limit);
    Economy {
        chain,
        token,
        emission,
        owner,
        guardian,
        recipients,
    }
}

/// 1,000,000 over a year.
fn linear() -> Economy {
    economy(IEmission::Schedule::Linear, &[e18(1_000_000), n(365 * DAY)])
}

impl Economy {
    fn mint(&mut self) -> U256 {
        let anyone = self.chain.dev_account(6);
        send(&mut self.chain, anyone, self.emission, IEmission::mintCall {})
    }

    fn supply(&self) -> U256 {
        read(&self.chain, self.token, IToken::totalSupplyCall {})
    }

    fn due(&self) -> U256 {
        read(&self.chain, self.emission, IEmission::dueCall {})
    }

    fn held(&self, account: Address) -> U256 {
        read(&self.chain, self.token, IToken::balanceOfCall { account })
    }

    fn as_owner(&mut self, call: impl SolCall) {
        send(&mut self.chain, self.owner, self.emission, call);
    }

    fn refused<E: SolError>(&mut self, from: Address, call: impl SolCall) -> E {
        refusal(&mut self.chain, from, self.emission, call)
    }
}

/// Every kind with real numbers; epochs short enough for hundreds of them in the year that a program is active.
fn kinds() -> Vec<(IEmission::Schedule, ScheduleKind, Vec<U256>)> {
    let words = |list: &[&str]| list.iter().map(|text| int(text)).collect::<Vec<U256>>();
    vec![
        (
            IEmission::Schedule::Linear,
            ScheduleKind::Linear,
            vec![e18(1_000_000), n(200 * DAY)],
        ),
        // Bitcoin's 21 million, in units of 10^18, ten halvings in 365 days.
        (
            IEmission::Schedule::Halving,
            ScheduleKind::Halving,
            words(&["5000000000", "10000000000", "210000", "15"]),
        ),
        (
            IEmission::Schedule::Geometric,
            ScheduleKind::Geometric,
            words(&["8714335457889396245", "1189207115002721024", "86400", "1000"]),
        ),
        (
            IEmission::Schedule::Weekly,
            ScheduleKind::Weekly,
            words(&[
                "10000000000000000000000000",
                "10300",
                "14",
                "9900",
                "8969150000000000000000000",
                "67",
                "500000000000000000000000000",
                "86400",
            ]),
        ),
        (
            IEmission::Schedule::Exponential,
            ScheduleKind::Exponential,
            words(&["32000000000000000000000000", "999998681227695000", "60"]),
        ),
        (
            IEmission::Schedule::Piecewise,
            ScheduleKind::Piecewise,
            vec![e18(100), n(10 * DAY), n(0), n(5 * DAY), e18(300), n(20 * DAY)],
        ),
        (
            IEmission::Schedule::Tail,
            ScheduleKind::Tail,
            vec![e18(1_000), n(100 * DAY), int("600000000000"), n(120)],
        ),
    ]
}

#[test]
fn test_every_curve_is_minted_to_the_unit() {
    for (kind, rule, parameters) in kinds() {
        let mut economy = economy(kind, &parameters);
        let schedule = Schedule::from_words(rule, &parameters).expect("a schedule");
        let start = economy.chain.now();
        for elapsed in [
            0,
            1,
            59,
            86_399,
            86_400,
            86_401,
            15 * DAY,
            67 * DAY + 1,
            300 * DAY,
        ] {
            economy.chain.set_timestamp(start + elapsed).expect("later");
            let expected = schedule.issued(elapsed).expect("it fits");
            let issued = read(
                &economy.chain,
                economy.emission,
                IEmission::issuedAtCall { elapsed },
            );
            assert_eq!(issued, expected, "{kind:?} after {elapsed} s");
            assert_eq!(economy.due(), expected - economy.supply());
            economy.mint();
            assert_eq!(economy.supply(), expected, "{kind:?} after {elapsed} s");
            assert_eq!(economy.due(), U256::ZERO);
        }
    }
}

#[test]
fn test_a_thousand_calls_or_one_give_the_same_total_and_almost_the_same_shares() {
    for (kind, _, parameters) in kinds() {
        let mut many = economy(kind, &parameters);
        let mut once = Economy {
            chain: many.chain.clone(),
            ..many
        };
        for i in 0..1_000_u64 {
            // Uneven steps: 1 to 997 seconds, with now and then two calls in one.
            many.chain.warp(i * 7_919 % 997);
            many.mint();
        }
        once.chain.set_timestamp(many.chain.now()).expect("later");
        once.mint();
        assert_eq!(many.supply(), once.supply(), "{kind:?}");
        for account in many.recipients {
            assert!(
                many.held(account).abs_diff(once.held(account)) <= n(2),
                "{kind:?}"
            );
        }
        let shares = many.recipients.map(|account| once.held(account));
        assert_eq!(shares[1], once.supply() * n(3) / n(10));
        assert_eq!(shares[2], once.supply() * n(2) / n(10));
    }
}

#[test]
fn test_a_long_silence_costs_no_more_than_the_bound() {
    for (kind, _, parameters) in kinds() {
        let mut economy = economy(kind, &parameters);
        economy.chain.warp(DAY);
        economy.mint();
        economy.chain.warp(DAY);
        let mut later = Economy {
            chain: economy.chain.clone(),
            ..economy
        };
        later.chain.warp(300 * DAY);
        let anyone = economy.chain.dev_account(6);
        let gas = |economy: &mut Economy| {
            economy
                .chain
                .send(anyone, economy.emission, IEmission::mintCall {})
                .expect("mints")
                .gas_used
        };
        let (short, long) = (gas(&mut economy), gas(&mut later));
        // 300 epochs at once; each is one multiplication, not one mint.
        assert!(long < short + 200_000, "{kind:?}: {short} and {long}");
    }
}

#[test]
fn test_nothing_due_is_no_error_and_no_event() {
    let mut economy = linear();
    let anyone = economy.chain.dev_account(6);
    let receipt = economy
        .chain
        .send(anyone, economy.emission, IEmission::mintCall {})
        .expect("nothing due");
    assert_eq!((receipt.output, receipt.logs.len()), (U256::ZERO, 0));
    economy.chain.warp(1);
    let receipt = economy
        .chain
        .send(anyone, economy.emission, IEmission::mintCall {})
        .expect("a second's worth");
    let total = e18(1_000_000) / n(365 * DAY);
    let event = receipt.event::<IEmission::Minted>().expect("an event");
    assert_eq!(
        (event.caller, event.amount, event.totalMinted, event.elapsedSecs),
        (anyone, total, total, 1)
    );
    let paid: U256 = receipt
        .events::<IEmission::Emitted>()
        .map(|e| e.amount)
        .fold(U256::ZERO, |a, b| a + b);
    assert_eq!(paid, total);
    assert_eq!(receipt.events::<IEmission::Emitted>().count(), 3);
}

#[test]
fn test_a_pause_issues_nothing_then_or_later() {
    let mut economy = linear();
    economy.chain.warp(10 * DAY);
    let due = economy.due();
    send(
        &mut economy.chain,
        economy.guardian,
        economy.emission,
        IEmission::pauseCall {},
    );
    let anyone = economy.chain.dev_account(6);
    economy.refused::<IEmission::EnforcedPause>(anyone, IEmission::mintCall {});
    economy.refused::<IEmission::EnforcedPause>(anyone, IEmission::mintUpToCall { maximum: n(1) });
    assert_eq!(economy.due(), U256::ZERO);
    economy.chain.warp(50 * DAY);
    assert_eq!(
        read(&economy.chain, economy.emission, IEmission::elapsedSecsCall {}),
        10 * DAY
    );
    economy.as_owner(IEmission::unpauseCall {});
    assert_eq!(economy.due(), due, "what had accrued before, no more");
    economy.mint();
    // The end moves by the pause: a total of a year's worth after a year on the clock.
    economy.chain.warp(300 * DAY);
    economy.mint();
    assert_eq!(economy.supply(), e18(1_000_000) * n(310) / n(365));
}

#[test]
fn test_before_the_start_nothing_and_a_pause_then_costs_nothing() {
    let mut chain = Chain::new();
    let owner = owner(&chain);
    let token = deploy(
        &mut chain,
        "token",
        token_call(owner, IToken::CapBasis::LifetimeMinted),
    );
    let start = chain.now() + 10 * DAY;
    let call = Emission::constructorCall {
        owner,
        guardian: Address::ZERO,
        token,
        startTs: start,
        kind: IEmission::Schedule::Linear,
        parameters: vec![n(1_000), n(1_000)],
        recipients: vec![owner],
        weightsBps: vec![n(10_000)],
    };
    let emission = deploy(&mut chain, "emission", call);
    let due = |chain: &Chain| read(chain, emission, IEmission::dueCall {});
    assert_eq!(due(&chain), U256::ZERO);
    send(&mut chain, owner, emission, IEmission::pauseCall {});
    chain.warp(DAY);
    send(&mut chain, owner, emission, IEmission::unpauseCall {});
    chain.set_timestamp(start).expect("later");
    assert_eq!(due(&chain), U256::ZERO);
    chain.warp(1);
    assert_eq!(due(&chain), U256::ONE);
    chain.warp(100_000);
    assert_eq!(due(&chain), n(1_000));
}

#[test]
fn test_what_a_minters_limit_holds_back_is_minted_in_parts() {
    let mut economy = linear();
    // At most 500 at once, and 500 back a day.
    let limit = IToken::setMinterCall {
        minter: economy.emission,
        limitPerDay: e18(1_000),
    };
    send(&mut economy.chain, economy.owner, economy.token, limit);
    economy.chain.warp(10 * DAY);
    let due = economy.due();
    let anyone = economy.chain.dev_account(6);
    economy.refused::<IToken::TokenMintLimited>(anyone, IEmission::mintCall {});
    assert_eq!(economy.due(), due);
    let call = IEmission::mintUpToCall { maximum: e18(500) };
    assert_eq!(
        send(&mut economy.chain, anyone, economy.emission, call.clone()),
        e18(500)
    );
    assert_eq!((economy.due(), economy.supply()), (due - e18(500), e18(500)));
    economy.refused::<IToken::TokenMintLimited>(anyone, call);
    let nothing = IEmission::mintUpToCall { maximum: U256::ZERO };
    assert_eq!(
        send(&mut economy.chain, anyone, economy.emission, nothing),
        U256::ZERO
    );
    let wide = IToken::setMinterCall {
        minter: economy.emission,
        limitPerDay: U256::from(u128::MAX),
    };
    send(&mut economy.chain, economy.owner, economy.token, wide);
    economy.mint();
    assert_eq!(economy.supply(), due);
}

#[test]
fn test_new_recipients_earn_only_from_then_on() {
    let mut economy = linear();
    economy.chain.warp(10 * DAY);
    let due = economy.due();
    let [one, two, three] = economy.recipients;
    let new = economy.chain.account("new");
    let call = IEmission::setRecipientsCall {
        recipients: vec![new, two],
        weightsBps: vec![n(1), n(9_999)],
    };
    let receipt = economy
        .chain
        .send(economy.owner, economy.emission, call)
        .expect("the owner may");
    assert_eq!(receipt.events::<IEmission::RecipientSet>().count(), 2);
    let event = receipt.event::<IEmission::RecipientsChanged>().expect("an event");
    assert_eq!((event.count, event.mintedBefore), (n(2), due));
    assert_eq!(economy.supply(), due, "what was due went to the old ones");
    assert_eq!(economy.held(new), U256::ZERO);
    let before = [one, two, three].map(|account| economy.held(account));
    economy.chain.warp(10 * DAY);
    let due = economy.due();
    economy.mint();
    assert_eq!(
        [one, three].map(|account| economy.held(account)),
        [before[0], before[2]]
    );
    assert_eq!(economy.held(two), before[1] + due * n(9_999) / n(10_000));
    assert_eq!(economy.held(new) + economy.held(two) - before[1], due);
    let listed = read(
        &economy.chain,
        economy.emission,
        IEmission::recipientAtCall { index: n(1) },
    );
    assert_eq!((listed.recipient, listed.weightBps), (two, n(9_999)));
    assert_eq!(listed.minted, economy.held(two) - before[1]);
    let beyond = read(
        &economy.chain,
        economy.emission,
        IEmission::recipientAtCall { index: n(2) },
    );
    assert_eq!(
        (beyond.recipient, beyond.weightBps, beyond.minted),
        (Address::ZERO, U256::ZERO, U256::ZERO)
    );
    assert_eq!(
        read(&economy.chain, economy.emission, IEmission::recipientCountCall {}),
        n(2)
    );
}

#[test]
fn test_calling_at_every_second_does_not_favour_the_first_recipient() {
    // A unit a second: shared out call by call, the first would get every one.
    let mut economy = economy(IEmission::Schedule::Linear, &[n(1_000), n(1_000)]);
    for _ in 0..1_000 {
        economy.chain.warp(1);
        economy.mint();
    }
    assert_eq!(economy.supply(), n(1_000));
    let held = economy
        .recipients
        .map(|account| economy.held(account).to::<u64>());
    assert!(
        held[0].abs_diff(500) < 3 && held[1].abs_diff(300) < 3 && held[2].abs_diff(200) < 3,
        "{held:?}"
    );
}

#[test]
fn test_lists_of_recipients_are_checked() {
    let mut economy = linear();
    let [one, two, _] = economy.recipients;
    let from = economy.owner;
    let call = |recipients: &[Address], weights: &[u64]| IEmission::setRecipientsCall {
        recipients: recipients.to_vec(),
        weightsBps: weights.iter().map(|w| n(*w)).collect(),
    };
    let error = economy.refused::<IEmission::EmissionLengthMismatch>(from, call(&[one, two], &[10_000]));
    assert_eq!((error.recipients, error.weights), (n(2), n(1)));
    let error = economy.refused::<IEmission::EmissionWeightSum>(from, call(&[one, two], &[5_000, 4_999]));
    assert_eq!(error.sumBps, n(9_999));
    let error = economy.refused::<IEmission::EmissionWeightSum>(from, call(&[one, two], &[5_001, 5_000]));
    assert_eq!(error.sumBps, n(10_001));
    for wrong in [Address::ZERO, economy.emission, two] {
        let error = economy
            .refused::<IEmission::EmissionInvalidRecipient>(from, call(&[two, wrong], &[5_000, 5_000]));
        assert_eq!(error.recipient, wrong);
    }
    for (list, weights) in [(call(&[], &[]), 0), (call(&[one; 17], &[588; 17]), 17)] {
        let error = economy.refused::<IEmission::ParameterOutOfRange>(from, list);
        assert_eq!((error.value, error.min, error.max), (n(weights), n(1), n(16)));
    }
    for weights in [[0, 10_000], [10_001, 1]] {
        let error = economy.refused::<IEmission::ParameterOutOfRange>(from, call(&[one, two], &weights));
        assert_eq!((error.min, error.max), (n(1), n(10_000)));
    }
    // Weights that add up only modulo 2^256.
    let wrapping = IEmission::setRecipientsCall {
        recipients: vec![one, two],
        weightsBps: vec![U256::MAX, n(10_001)],
    };
    economy.refused::<IEmission::ParameterOutOfRange>(from, wrapping);
    // The longest list, and its cost.
    let sixteen: Vec<Address> = (0..16).map(|i| Address::with_last_byte(100 + i)).collect();
    let mut weights = [625_u64; 16];
    (weights[0], weights[15]) = (1, 1_249);
    economy.as_owner(call(&sixteen, &weights));
    economy.chain.warp(DAY);
    let anyone = economy.chain.dev_account(6);
    let receipt = economy
        .chain
        .send(anyone, economy.emission, IEmission::mintCall {})
        .expect("mints");
    assert_eq!(receipt.events::<IEmission::Emitted>().count(), 16);
    assert!(receipt.gas_used < 1_500_000, "{}", receipt.gas_used);
}

#[test]
fn test_constructor_refuses_what_is_no_schedule() {
    let mut chain = Chain::new();
    let owner = owner(&chain);
    let token = deploy(
        &mut chain,
        "token",
        token_call(owner, IToken::CapBasis::LifetimeMinted),
    );
    let valid = Emission::constructorCall {
        owner,
        guardian: Address::ZERO,
        token,
        startTs: 0,
        kind: IEmission::Schedule::Linear,
        parameters: vec![n(1_000), n(1_000)],
        recipients: vec![owner],
        weightsBps: vec![n(10_000)],
    };
    for (kind, parameters, index) in [
        (IEmission::Schedule::Linear, vec![n(1_000), n(0)], 1),
        (IEmission::Schedule::Linear, vec![n(1_000), U256::MAX], 1),
        (IEmission::Schedule::Linear, vec![n(1_000)], 1),
        (IEmission::Schedule::Linear, vec![n(1_000), n(1), n(1)], 3),
        (IEmission::Schedule::Linear, vec![], 0),
        (
            IEmission::Schedule::Halving,
            vec![n(50), n(0), n(210_000), n(600)],
            1,
        ),
        (
            IEmission::Schedule::Geometric,
            vec![n(1), e18(1) - n(1), n(1), n(1)],
            1,
        ),
        (IEmission::Schedule::Exponential, vec![n(1), e18(1), n(60)], 1),
        (IEmission::Schedule::Piecewise, vec![n(1), n(1), n(1)], 3),
        (IEmission::Schedule::Piecewise, vec![n(1); 18], 18),
        (IEmission::Schedule::Tail, vec![n(1), n(1), n(1), n(0)], 3),
    ] {
        let call = Emission::constructorCall {
            kind,
            parameters,
            ..valid.clone()
        };
        let error = try_deploy(&mut chain, "emission", call).expect_err("no schedule");
        let error = typed::<IEmission::EmissionInvalidSchedule>(&error);
        assert_eq!(
            (error.kind as u8, error.index),
            (kind as u8, n(index)),
            "{kind:?}"
        );
    }
    let now = chain.now();
    for startTs in [now - 1, 1, now + 3_650 * DAY + 1, u64::MAX] {
        let call = Emission::constructorCall {
            startTs,
            ..valid.clone()
        };
        let error = typed::<IEmission::ParameterOutOfRange>(
            &try_deploy(&mut chain, "emission", call).expect_err("when"),
        );
        assert_eq!(
            (error.value, error.min, error.max),
            (n(startTs), n(now), n(now + 3_650 * DAY))
        );
    }
    let call = Emission::constructorCall {
        token: owner,
        ..valid.clone()
    };
    let error = try_deploy(&mut chain, "emission", call).expect_err("no token");
    assert_eq!(typed::<IEmission::EmissionInvalidToken>(&error).token, owner);
    let call = Emission::constructorCall {
        weightsBps: vec![],
        ..valid.clone()
    };
    typed::<IEmission::EmissionLengthMismatch>(
        &try_deploy(&mut chain, "emission", call).expect_err("no weights"),
    );
    let call = Emission::constructorCall {
        owner: Address::ZERO,
        ..valid
    };
    typed::<IEmission::OwnableInvalidOwner>(&try_deploy(&mut chain, "emission", call).expect_err("no owner"));
}

#[test]
fn test_constructor_logs_the_schedule_and_views_show_it() {
    let (kind, _, parameters) = kinds().swap_remove(3);
    let economy = economy(kind, &parameters);
    for (index, parameter) in parameters.iter().enumerate() {
        let call = IEmission::parameterAtCall {
            index: U256::from(index),
        };
        assert_eq!(read(&economy.chain, economy.emission, call), *parameter);
    }
    let count = read(&economy.chain, economy.emission, IEmission::parameterCountCall {});
    assert_eq!(count, U256::from(parameters.len()));
    let beyond = IEmission::parameterAtCall { index: U256::MAX };
    assert_eq!(read(&economy.chain, economy.emission, beyond), U256::ZERO);
    assert_eq!(
        read(&economy.chain, economy.emission, IEmission::kindCall {}) as u8,
        kind as u8
    );
    assert_eq!(
        read(&economy.chain, economy.emission, IEmission::tokenCall {}),
        economy.token
    );
}

#[test]
fn test_roles_do_what_they_may_and_no_more() {
    let mut economy = linear();
    let (guardian, [alice, bob]) = (economy.guardian, economy.chain.accounts());
    let list = IEmission::setRecipientsCall {
        recipients: vec![alice],
        weightsBps: vec![n(10_000)],
    };
    for account in [alice, guardian] {
        let expected = IEmission::OwnableUnauthorizedAccount { account };
        assert_eq!(
            economy.refused::<IEmission::OwnableUnauthorizedAccount>(account, list.clone()),
            expected
        );
        let call = IEmission::unpauseCall {};
        assert_eq!(
            economy.refused::<IEmission::OwnableUnauthorizedAccount>(account, call),
            expected
        );
        let call = IEmission::setGuardianCall { newGuardian: account };
        assert_eq!(
            economy.refused::<IEmission::OwnableUnauthorizedAccount>(account, call),
            expected
        );
        let call = IEmission::transferOwnershipCall { newOwner: account };
        assert_eq!(
            economy.refused::<IEmission::OwnableUnauthorizedAccount>(account, call),
            expected
        );
    }
    let error = economy.refused::<IEmission::NotGuardian>(alice, IEmission::pauseCall {});
    assert_eq!(error.account, alice);
    economy.as_owner(IEmission::pauseCall {});
    // Weights cannot change while what is due cannot be settled.
    let from = economy.owner;
    economy.refused::<IEmission::EnforcedPause>(from, list);
    economy.refused::<IEmission::EnforcedPause>(from, IEmission::pauseCall {});
    economy.as_owner(IEmission::unpauseCall {});
    economy.refused::<IEmission::ExpectedPause>(from, IEmission::unpauseCall {});
    economy.as_owner(IEmission::transferOwnershipCall { newOwner: bob });
    economy.refused::<IEmission::OwnableUnauthorizedAccount>(alice, IEmission::acceptOwnershipCall {});
    send(
        &mut economy.chain,
        bob,
        economy.emission,
        IEmission::acceptOwnershipCall {},
    );
    assert_eq!(
        read(&economy.chain, economy.emission, IEmission::ownerCall {}),
        bob
    );
}

#[test]
fn test_a_token_that_calls_back_mints_nothing_twice() {
    let mut chain = Chain::new();
    let owner = owner(&chain);
    let token = foreign::deploy(&mut chain, owner, "CallingMinter", &[]);
    let call = Emission::constructorCall {
        owner,
        guardian: Address::ZERO,
        token,
        startTs: 0,
        kind: IEmission::Schedule::Linear,
        parameters: vec![n(1_000), n(1_000)],
        recipients: vec![owner],
        weightsBps: vec![n(10_000)],
    };
    let emission = deploy(&mut chain, "emission", call);
    for data in [
        IEmission::mintCall {}.abi_encode(),
        IEmission::mintUpToCall { maximum: n(1) }.abi_encode(),
    ] {
        chain.warp(10);
        send(
            &mut chain,
            owner,
            token,
            ICallingMinter::setHookCall {
                target: emission,
                data: data.into(),
            },
        );
        assert_eq!(send(&mut chain, owner, emission, IEmission::mintCall {}), n(10));
        assert!(!read(&chain, token, ICallingMinter::succeededCall {}));
        assert_eq!(
            read(&chain, token, ICallingMinter::resultCall {})[..],
            keccak256("ReentrantCall()")[..4]
        );
    }
    assert_eq!(
        read(&chain, token, ICallingMinter::balanceOfCall { account: owner }),
        n(20)
    );
}
