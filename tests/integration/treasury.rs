//! The program `treasury`: the floor, the limits, the books, the roles, and assets that misbehave.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use mintage_abi::{ITreasury, Treasury};
use mintage_chain::{Chain, Receipt};
use mintage_tests::foreign::{self, ITestToken, answer, two_tokens};

use crate::setting::{deploy, owner, read, reason, refusal, send, try_deploy, typed};

const DAY: u64 = 86_400;
const FLOOR_DELAY: u64 = 2 * DAY;
const GRANT_DELAY: u64 = 3_600;

/// A treasury that holds 1,000 of an asset without a floor.
struct Vault {
    chain: Chain,
    treasury: Address,
    asset: Address,
    owner: Address,
    guardian: Address,
    spender: Address,
}

fn n(value: u64) -> U256 {
    U256::from(value)
}

impl Vault {
    fn new() -> Self {
        let mut chain = Chain::new();
        let owner = owner(&chain);
        let guardian = chain.account("guardian");
        let spender = chain.account("spender");
        let [asset, _] = two_tokens(&mut chain, owner, [18, 18]);
        let constructor = Treasury::constructorCall {
            owner,
            guardian,
            floorDelaySecs: FLOOR_DELAY,
            grantDelaySecs: GRANT_DELAY,
        };
        let treasury = deploy(&mut chain, "treasury", constructor);
        let mut vault = Self {
            chain,
            treasury,
            asset,
            owner,
            guardian,
            spender,
        };
        vault.give(vault.treasury, 1_000);
        vault
    }

    /// The same with a spender whose bucket of 500, 864 a day, is full.
    fn with_spender() -> Self {
        let mut vault = Self::new();
        vault.grant(500, 864);
        vault.chain.warp(GRANT_DELAY + DAY);
        vault
    }

    fn give(&mut self, to: Address, value: u64) {
        send(
            &mut self.chain,
            self.owner,
            self.asset,
            ITestToken::mintCall { to, value: n(value) },
        );
    }

    fn grant(&mut self, capacity: u128, refillPerDay: u128) {
        let (asset, spender) = (self.asset, self.spender);
        let call = ITreasury::setSpendLimitCall {
            asset,
            spender,
            capacity,
            refillPerDay,
        };
        send(&mut self.chain, self.owner, self.treasury, call);
    }

    fn set_floor(&mut self, newFloor: u64) {
        let call = ITreasury::setFloorCall {
            asset: self.asset,
            newFloor: n(newFloor),
        };
        send(&mut self.chain, self.owner, self.treasury, call);
    }

    fn spending(&self, amount: u64) -> ITreasury::spendCall {
        ITreasury::spendCall {
            asset: self.asset,
            to: self.chain.dev_account(3),
            amount: n(amount),
        }
    }

    fn spend(&mut self, amount: u64) {
        let call = self.spending(amount);
        send(&mut self.chain, self.spender, self.treasury, call);
    }

    fn over_limit(&mut self, amount: u64) -> u64 {
        let call = self.spending(amount);
        let error =
            refusal::<ITreasury::TreasuryOverLimit>(&mut self.chain, self.spender, self.treasury, call);
        assert_eq!(
            (error.asset, error.spender, error.amount),
            (self.asset, self.spender, n(amount))
        );
        error.available.to()
    }

    fn below_floor(&mut self, amount: u64) -> (u64, u64) {
        let call = self.spending(amount);
        let error =
            refusal::<ITreasury::TreasuryBelowFloor>(&mut self.chain, self.spender, self.treasury, call);
        (error.balance.to(), error.floor.to())
    }

    fn held(&self, account: Address) -> u64 {
        read(&self.chain, self.asset, ITestToken::balanceOfCall { account }).to()
    }

    fn recorded(&self) -> u64 {
        read(
            &self.chain,
            self.treasury,
            ITreasury::recordedOfCall { asset: self.asset },
        )
        .to()
    }

    fn floor(&self) -> u64 {
        read(
            &self.chain,
            self.treasury,
            ITreasury::floorOfCall { asset: self.asset },
        )
        .to()
    }
}

/// The receipt of a call that must succeed, whatever it returns.
fn act(chain: &mut Chain, from: Address, to: Address, call: &impl SolCall) -> Receipt {
    chain
        .tx(from, to)
        .data(call.abi_encode())
        .free_gas()
        .send()
        .expect("it succeeds")
}

#[test]
fn test_constructor_bounds_its_delays_and_wants_an_owner() {
    let mut chain = Chain::new();
    let owner = owner(&chain);
    let with = |owner, floorDelaySecs, grantDelaySecs| Treasury::constructorCall {
        owner,
        guardian: Address::ZERO,
        floorDelaySecs,
        grantDelaySecs,
    };
    for (call, min, max) in [
        (with(owner, FLOOR_DELAY - 1, 0), FLOOR_DELAY, 30 * DAY),
        (with(owner, 30 * DAY + 1, 0), FLOOR_DELAY, 30 * DAY),
        (with(owner, 0, 0), FLOOR_DELAY, 30 * DAY),
        (with(owner, FLOOR_DELAY, 30 * DAY + 1), 0, 30 * DAY),
        (with(owner, FLOOR_DELAY, u64::MAX), 0, 30 * DAY),
    ] {
        let error = try_deploy(&mut chain, "treasury", call).expect_err("out of range");
        let error = typed::<ITreasury::ParameterOutOfRange>(&error);
        assert_eq!((error.min, error.max), (n(min), n(max)));
    }
    let error =
        try_deploy(&mut chain, "treasury", with(Address::ZERO, FLOOR_DELAY, 0)).expect_err("no owner");
    assert_eq!(
        typed::<ITreasury::OwnableInvalidOwner>(&error).owner,
        Address::ZERO
    );
    deploy(&mut chain, "treasury", with(owner, 30 * DAY, 30 * DAY));
}

#[test]
fn test_nobody_without_a_limit_can_spend_the_owner_neither() {
    let mut vault = Vault::new();
    for caller in [
        vault.owner,
        vault.guardian,
        vault.spender,
        vault.chain.dev_account(0),
    ] {
        let call = vault.spending(1);
        let error = refusal::<ITreasury::TreasuryOverLimit>(&mut vault.chain, caller, vault.treasury, call);
        assert_eq!((error.spender, error.available), (caller, U256::ZERO));
    }
}

#[test]
fn test_a_grant_starts_empty_waits_and_refills_to_its_capacity() {
    let mut vault = Vault::new();
    vault.grant(500, 864);
    assert_eq!(vault.over_limit(1), 0);
    vault.chain.warp(GRANT_DELAY);
    assert_eq!(vault.over_limit(1), 0, "at the end of the delay");
    vault.chain.warp(100);
    assert_eq!(vault.over_limit(2), 1, "0.01 a second");
    vault.spend(1);
    vault.chain.warp(49_999);
    assert_eq!(vault.over_limit(500), 499);
    vault.chain.warp(DAY);
    assert_eq!(vault.over_limit(501), 500, "no more than the capacity");
    vault.spend(500);
    assert_eq!(vault.over_limit(1), 0);
    assert_eq!(vault.held(vault.treasury), 499);
}

#[test]
fn test_a_raise_waits_a_cut_does_not_and_either_keeps_the_content() {
    let mut vault = Vault::with_spender();
    vault.grant(900, 86_400);
    let limit = |vault: &Vault| {
        let call = ITreasury::spendLimitOfCall {
            asset: vault.asset,
            spender: vault.spender,
        };
        let limit = read(&vault.chain, vault.treasury, call);
        (limit.capacity, limit.refillPerDay, limit.available)
    };
    assert_eq!(limit(&vault), (900, 86_400, 500));
    vault.chain.warp(GRANT_DELAY);
    assert_eq!(limit(&vault), (900, 86_400, 500));
    vault.chain.warp(10);
    assert_eq!(limit(&vault), (900, 86_400, 510));
    vault.grant(100, 0);
    assert_eq!(limit(&vault), (100, 0, 100));
    // Cut and raised again: what was lost does not come back at once.
    vault.grant(900, 86_400);
    assert_eq!(limit(&vault), (900, 86_400, 100));
}

#[test]
fn test_nothing_passes_the_floor() {
    let mut vault = Vault::with_spender();
    vault.set_floor(700);
    assert_eq!(vault.below_floor(301), (699, 700));
    vault.spend(300);
    assert_eq!(vault.below_floor(1), (699, 700));
    assert_eq!(
        read(
            &vault.chain,
            vault.treasury,
            ITreasury::spendableCall { asset: vault.asset }
        ),
        U256::ZERO
    );
    vault.give(vault.treasury, 5);
    vault.spend(5);
    // More than everything: the balance itself is named.
    vault.set_floor(0);
    vault.chain.warp(FLOOR_DELAY);
    vault.grant(u128::MAX, u128::MAX);
    vault.chain.warp(GRANT_DELAY + DAY);
    assert_eq!(vault.below_floor(701), (700, 0));
    vault.spend(700);
    assert_eq!(vault.held(vault.treasury), 0);
}

#[test]
fn test_the_largest_floor_locks_the_largest_limit() {
    let mut vault = Vault::new();
    vault.grant(u128::MAX, u128::MAX);
    vault.chain.warp(GRANT_DELAY + DAY);
    let (asset, from) = (vault.asset, vault.owner);
    send(
        &mut vault.chain,
        from,
        vault.treasury,
        ITreasury::setFloorCall {
            asset,
            newFloor: U256::MAX,
        },
    );
    let call = vault.spending(1);
    let error =
        refusal::<ITreasury::TreasuryBelowFloor>(&mut vault.chain, vault.spender, vault.treasury, call);
    assert_eq!((error.balance, error.floor), (n(999), U256::MAX));
    let huge = ITreasury::spendCall {
        amount: U256::MAX,
        ..vault.spending(1)
    };
    let error =
        refusal::<ITreasury::TreasuryOverLimit>(&mut vault.chain, vault.spender, vault.treasury, huge);
    assert_eq!(error.available, U256::from(u128::MAX));
}

#[test]
fn test_a_cut_of_the_floor_is_public_before_it_holds() {
    let mut vault = Vault::with_spender();
    vault.set_floor(900);
    let call = ITreasury::setFloorCall {
        asset: vault.asset,
        newFloor: n(0),
    };
    let receipt = vault
        .chain
        .send(vault.owner, vault.treasury, call)
        .expect("the owner may");
    let event = receipt.event::<ITreasury::FloorSet>().expect("an event");
    assert_eq!((event.oldFloor, event.newFloor), (n(900), n(0)));
    assert_eq!(event.fromTs, vault.chain.now() + FLOOR_DELAY);
    let pending = read(
        &vault.chain,
        vault.treasury,
        ITreasury::pendingFloorOfCall { asset: vault.asset },
    );
    assert_eq!((pending.floor, pending.fromTs), (n(0), event.fromTs));
    vault.chain.warp(FLOOR_DELAY - 1);
    assert_eq!(vault.floor(), 900);
    assert_eq!(vault.below_floor(101), (899, 900));
    vault.chain.warp(1);
    assert_eq!(vault.floor(), 0);
    vault.spend(101);
    // A raise holds at once, and withdraws a cut that waits.
    vault.set_floor(800);
    vault.set_floor(10);
    vault.set_floor(850);
    vault.chain.warp(FLOOR_DELAY);
    assert_eq!(vault.floor(), 850);
    let pending = read(
        &vault.chain,
        vault.treasury,
        ITreasury::pendingFloorOfCall { asset: vault.asset },
    );
    assert_eq!((pending.floor, pending.fromTs), (n(0), 0));
}

#[test]
fn test_the_books_add_up_from_events_alone() {
    let mut vault = Vault::with_spender();
    let [alice] = vault.chain.accounts();
    let (asset, treasury) = (vault.asset, vault.treasury);
    // Found: the 1,000 from the beginning.
    let mut receipts = vec![act(
        &mut vault.chain,
        alice,
        treasury,
        &ITreasury::recordCall { asset },
    )];
    vault.give(alice, 300);
    send(
        &mut vault.chain,
        alice,
        asset,
        ITestToken::approveCall {
            spender: treasury,
            value: n(250),
        },
    );
    receipts.push(act(
        &mut vault.chain,
        alice,
        treasury,
        &ITreasury::depositCall {
            asset,
            amount: n(250),
        },
    ));
    vault.give(treasury, 7);
    let call = vault.spending(100);
    receipts.push(act(&mut vault.chain, vault.spender, treasury, &call));
    send(
        &mut vault.chain,
        vault.owner,
        asset,
        ITestToken::setBalanceCall {
            account: treasury,
            value: n(1_100),
        },
    );
    receipts.push(act(
        &mut vault.chain,
        alice,
        treasury,
        &ITreasury::recordCall { asset },
    ));

    let mut book = 0_i64;
    for receipt in &receipts {
        for event in receipt.events::<ITreasury::Received>() {
            book += event.amount.to::<i64>();
            assert_eq!(event.balance.to::<i64>(), book);
        }
        for event in receipt.events::<ITreasury::Lost>() {
            book -= event.amount.to::<i64>();
            assert_eq!(event.balance.to::<i64>(), book);
        }
        for event in receipt.events::<ITreasury::Spent>() {
            book -= event.amount.to::<i64>();
            assert_eq!(event.balance.to::<i64>(), book);
        }
    }
    assert_eq!(book, 1_100);
    assert_eq!((vault.recorded(), vault.held(treasury)), (1_100, 1_100));
    let deposit = receipts[1]
        .events::<ITreasury::Received>()
        .next()
        .expect("booked");
    assert_eq!((deposit.from, deposit.amount), (alice, n(250)));
    let found = receipts[2]
        .events::<ITreasury::Received>()
        .next()
        .expect("found before spending");
    assert_eq!((found.from, found.amount), (Address::ZERO, n(7)));
    let spent = receipts[2].events::<ITreasury::Spent>().next().expect("spent");
    assert_eq!(
        (spent.spender, spent.to, spent.amount),
        (vault.spender, vault.chain.dev_account(3), n(100))
    );
}

#[test]
fn test_fees_on_transfer_are_booked_as_they_fall() {
    let mut vault = Vault::with_spender();
    let [alice] = vault.chain.accounts();
    let (asset, treasury) = (vault.asset, vault.treasury);
    vault.give(alice, 1_000);
    send(
        &mut vault.chain,
        alice,
        asset,
        ITestToken::approveCall {
            spender: treasury,
            value: U256::MAX,
        },
    );
    let fee = ITestToken::setFeeCall {
        feeBps: n(1_000),
        senderFee: U256::ZERO,
    };
    send(&mut vault.chain, alice, asset, fee);
    let received = send(
        &mut vault.chain,
        alice,
        treasury,
        ITreasury::depositCall {
            asset,
            amount: n(100),
        },
    );
    assert_eq!(received, n(90));
    assert_eq!(vault.recorded(), 1_090);
    let payee = vault.chain.dev_account(3);
    vault.spend(50);
    assert_eq!(
        (vault.held(payee), vault.recorded()),
        (45, 1_040),
        "the receiver pays the fee"
    );
    // An asset that takes more from the sender than was sent is refused: it could pass the floor.
    send(
        &mut vault.chain,
        alice,
        asset,
        ITestToken::setFeeCall {
            feeBps: U256::ZERO,
            senderFee: n(3),
        },
    );
    let call = vault.spending(50);
    let error = refusal::<ITreasury::TreasuryDebitMismatch>(&mut vault.chain, vault.spender, treasury, call);
    assert_eq!((error.amount, error.debited), (n(50), n(53)));
    assert_eq!(vault.recorded(), 1_040);
}

#[test]
fn test_assets_that_say_no_are_refused_and_silent_ones_taken() {
    let mut vault = Vault::with_spender();
    let [alice] = vault.chain.accounts();
    let (asset, treasury, spender) = (vault.asset, vault.treasury, vault.spender);
    vault.give(alice, 100);
    send(
        &mut vault.chain,
        alice,
        asset,
        ITestToken::approveCall {
            spender: treasury,
            value: U256::MAX,
        },
    );
    let set = |vault: &mut Vault, answer| {
        send(
            &mut vault.chain,
            alice,
            asset,
            ITestToken::misbehaveCall { answer },
        )
    };
    for wanted in [answer::FALSE, answer::DIRTY_TRUE, answer::SHORT] {
        set(&mut vault, wanted);
        let call = vault.spending(1);
        let error = refusal::<ITreasury::SafeERC20FailedOperation>(&mut vault.chain, spender, treasury, call);
        assert_eq!(error.token, asset);
        let call = ITreasury::depositCall { asset, amount: n(1) };
        refusal::<ITreasury::SafeERC20FailedOperation>(&mut vault.chain, alice, treasury, call);
    }
    set(&mut vault, answer::REVERT);
    let call = vault.spending(1);
    refusal::<ITestToken::Misbehaved>(&mut vault.chain, spender, treasury, call);
    set(&mut vault, answer::NOTHING);
    vault.spend(1);
    assert_eq!(
        send(
            &mut vault.chain,
            alice,
            treasury,
            ITreasury::depositCall { asset, amount: n(2) }
        ),
        n(2)
    );
    // No contract at all.
    let call = ITreasury::depositCall {
        asset: alice,
        amount: n(1),
    };
    assert_eq!(reason(&mut vault.chain, alice, treasury, call), "");
    assert_eq!(vault.recorded(), 1_001);
}

#[test]
fn test_nothing_can_be_entered_while_an_asset_moves() {
    let mut vault = Vault::with_spender();
    let (asset, treasury, spender) = (vault.asset, vault.treasury, vault.spender);
    // The asset itself is a spender, and calls back in the middle of a transfer.
    let call = ITreasury::setSpendLimitCall {
        asset,
        spender: asset,
        capacity: 500,
        refillPerDay: u128::MAX,
    };
    send(&mut vault.chain, vault.owner, treasury, call);
    vault.chain.warp(GRANT_DELAY + DAY);
    let again = [
        vault.spending(1).abi_encode(),
        ITreasury::depositCall { asset, amount: n(0) }.abi_encode(),
        ITreasury::recordCall { asset }.abi_encode(),
    ];
    for data in again {
        let call = ITestToken::setHookCall {
            target: treasury,
            data: data.into(),
            mustSucceed: true,
        };
        send(&mut vault.chain, spender, asset, call);
        let call = vault.spending(10);
        let error = refusal::<ITreasury::ReentrantCall>(&mut vault.chain, spender, treasury, call);
        assert_eq!(error, ITreasury::ReentrantCall {});
    }
    // A refusal that the asset swallows changes nothing.
    let data = vault.spending(400).abi_encode();
    let call = ITestToken::setHookCall {
        target: treasury,
        data: data.into(),
        mustSucceed: false,
    };
    send(&mut vault.chain, spender, asset, call);
    vault.spend(10);
    assert_eq!((vault.held(treasury), vault.recorded()), (990, 990));
    // The lock ends with the transaction.
    vault.spend(10);
}

#[test]
fn test_payees_and_amounts_at_their_edges() {
    let mut vault = Vault::with_spender();
    let (treasury, spender) = (vault.treasury, vault.spender);
    for to in [Address::ZERO, treasury] {
        let call = ITreasury::spendCall {
            to,
            ..vault.spending(1)
        };
        let error = refusal::<ITreasury::TreasuryInvalidAddress>(&mut vault.chain, spender, treasury, call);
        assert_eq!(error.account, to);
    }
    let call = vault.spending(0);
    let error = refusal::<ITreasury::ParameterOutOfRange>(&mut vault.chain, spender, treasury, call);
    assert_eq!(
        (error.value, error.min, error.max),
        (U256::ZERO, U256::ONE, U256::MAX)
    );
    let mut amount = B256::ZERO;
    amount[..6].copy_from_slice(b"amount");
    assert_eq!(error.parameter, amount);
}

#[test]
fn test_roles_do_what_they_may_and_no_more() {
    let mut vault = Vault::with_spender();
    let (asset, spender, treasury) = (vault.asset, vault.spender, vault.treasury);
    let (owner, guardian, [alice, bob]) = (vault.owner, vault.guardian, vault.chain.accounts());
    let c = &mut vault.chain;
    let limit = ITreasury::setSpendLimitCall {
        asset,
        spender: alice,
        capacity: 1,
        refillPerDay: 1,
    };
    for caller in [alice, guardian, spender] {
        let account = caller;
        let expected = ITreasury::OwnableUnauthorizedAccount { account };
        assert_eq!(
            refusal::<ITreasury::OwnableUnauthorizedAccount>(c, caller, treasury, limit.clone()),
            expected
        );
        let call = ITreasury::setFloorCall {
            asset,
            newFloor: U256::ZERO,
        };
        assert_eq!(
            refusal::<ITreasury::OwnableUnauthorizedAccount>(c, caller, treasury, call),
            expected
        );
        let call = ITreasury::setGuardianCall { newGuardian: caller };
        assert_eq!(
            refusal::<ITreasury::OwnableUnauthorizedAccount>(c, caller, treasury, call),
            expected
        );
        let call = ITreasury::transferOwnershipCall { newOwner: caller };
        assert_eq!(
            refusal::<ITreasury::OwnableUnauthorizedAccount>(c, caller, treasury, call),
            expected
        );
        let call = ITreasury::acceptOwnershipCall {};
        assert_eq!(
            refusal::<ITreasury::OwnableUnauthorizedAccount>(c, caller, treasury, call),
            expected
        );
        let call = ITreasury::unpauseCall {};
        assert_eq!(
            refusal::<ITreasury::OwnableUnauthorizedAccount>(c, caller, treasury, call),
            expected
        );
    }
    for account in [alice, spender] {
        let expected = ITreasury::NotGuardian { account };
        assert_eq!(
            refusal::<ITreasury::NotGuardian>(c, account, treasury, ITreasury::pauseCall {}),
            expected
        );
        let call = ITreasury::revokeSpenderCall { asset, spender };
        assert_eq!(
            refusal::<ITreasury::NotGuardian>(c, account, treasury, call),
            expected
        );
    }
    for wrong in [Address::ZERO, treasury] {
        let call = ITreasury::setSpendLimitCall {
            spender: wrong,
            ..limit.clone()
        };
        assert_eq!(
            refusal::<ITreasury::TreasuryInvalidAddress>(c, owner, treasury, call).account,
            wrong
        );
    }

    // Two steps; an offer can be withdrawn; nobody is owner twice.
    send(
        c,
        owner,
        treasury,
        ITreasury::transferOwnershipCall { newOwner: alice },
    );
    send(
        c,
        owner,
        treasury,
        ITreasury::transferOwnershipCall {
            newOwner: Address::ZERO,
        },
    );
    refusal::<ITreasury::OwnableUnauthorizedAccount>(c, alice, treasury, ITreasury::acceptOwnershipCall {});
    send(
        c,
        owner,
        treasury,
        ITreasury::transferOwnershipCall { newOwner: bob },
    );
    assert_eq!(read(c, treasury, ITreasury::ownerCall {}), owner);
    assert_eq!(read(c, treasury, ITreasury::pendingOwnerCall {}), bob);
    send(c, bob, treasury, ITreasury::acceptOwnershipCall {});
    assert_eq!(read(c, treasury, ITreasury::ownerCall {}), bob);
    refusal::<ITreasury::OwnableUnauthorizedAccount>(c, owner, treasury, limit);
}

#[test]
fn test_the_guardian_stops_and_only_the_owner_lets_go_on() {
    let mut vault = Vault::with_spender();
    let (asset, spender, treasury) = (vault.asset, vault.spender, vault.treasury);
    send(
        &mut vault.chain,
        vault.guardian,
        treasury,
        ITreasury::pauseCall {},
    );
    let call = vault.spending(1);
    refusal::<ITreasury::EnforcedPause>(&mut vault.chain, spender, treasury, call);
    let by = ITreasury::spendableByCall { asset, spender };
    assert_eq!(read(&vault.chain, treasury, by.clone()), U256::ZERO);
    refusal::<ITreasury::EnforcedPause>(
        &mut vault.chain,
        vault.guardian,
        treasury,
        ITreasury::pauseCall {},
    );
    send(&mut vault.chain, vault.owner, treasury, ITreasury::unpauseCall {});
    refusal::<ITreasury::ExpectedPause>(&mut vault.chain, vault.owner, treasury, ITreasury::unpauseCall {});
    assert_eq!(read(&vault.chain, treasury, by), n(500));
    vault.spend(1);
    send(
        &mut vault.chain,
        vault.guardian,
        treasury,
        ITreasury::revokeSpenderCall { asset, spender },
    );
    assert_eq!(vault.over_limit(1), 0);
    vault.chain.warp(365 * DAY / 2);
    assert_eq!(vault.over_limit(1), 0, "for good");
}

#[test]
fn test_one_asset_or_spender_says_nothing_about_another() {
    let mut vault = Vault::with_spender();
    let other_asset = foreign::deploy(
        &mut vault.chain,
        vault.owner,
        "TestToken",
        B256::from(n(18)).as_slice(),
    );
    let (treasury, spender) = (vault.treasury, vault.spender);
    send(
        &mut vault.chain,
        spender,
        other_asset,
        ITestToken::mintCall {
            to: treasury,
            value: n(100),
        },
    );
    let call = ITreasury::spendCall {
        asset: other_asset,
        ..vault.spending(1)
    };
    let error = refusal::<ITreasury::TreasuryOverLimit>(&mut vault.chain, spender, treasury, call);
    assert_eq!(error.available, U256::ZERO);
    vault.set_floor(1_000);
    assert_eq!(
        read(
            &vault.chain,
            treasury,
            ITreasury::spendableCall { asset: other_asset }
        ),
        n(100)
    );
}
