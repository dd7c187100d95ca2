//! The program `token`: ERC-20, permit, minters behind their buckets, the cap, the fee, the roles, and who tries to get past them.

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::SolCall;
use mintage_abi::{IToken, Token};
use mintage_chain::{Chain, Receipt};
use mintage_tests::signing;

use crate::setting::{deploy, e18, owner, read, refusal, send, try_deploy, typed};

const DAY: u64 = 86_400;
const LIFETIME: u8 = 0;
const CIRCULATING: u8 = 1;

/// A deployed token of 1,000,000, all of it alice's, under a cap of 2,000,000 on what was ever minted.
struct Coin {
    chain: Chain,
    token: Address,
    owner: Address,
    guardian: Address,
    minter: Address,
    manager: Address,
    alice: Address,
    bob: Address,
    carol: Address,
}

fn n(value: u64) -> U256 {
    U256::from(value)
}

fn constructor(chain: &Chain, guardian: Address, basis: u8) -> Token::constructorCall {
    Token::constructorCall {
        name_: "Mintage".into(),
        symbol_: "MINT".into(),
        decimals_: 18,
        owner_: owner(chain),
        guardian_: guardian,
        cap_: e18(2_000_000),
        capBasis_: IToken::CapBasis::try_from(basis).expect("a basis"),
        holder: chain.dev_account(0),
        initialSupply: e18(1_000_000),
    }
}

impl Coin {
    fn new() -> Self {
        Self::with_basis(LIFETIME)
    }

    fn with_basis(basis: u8) -> Self {
        let mut chain = Chain::new();
        let [alice, bob, carol] = chain.accounts();
        let (guardian, minter, manager) = (
            chain.account("guardian"),
            chain.account("minter"),
            chain.account("manager"),
        );
        let constructor = constructor(&chain, guardian, basis);
        let token = deploy(&mut chain, "token", constructor);
        let owner = owner(&chain);
        Self {
            chain,
            token,
            owner,
            guardian,
            minter,
            manager,
            alice,
            bob,
            carol,
        }
    }

    /// With a minter of 100,000 a day.
    fn with_minter() -> Self {
        let mut coin = Self::new();
        coin.set_minter(e18(100_000));
        coin
    }

    /// With a fee of 1 %, half of it burned and half of it carol's.
    fn with_fee() -> Self {
        let mut coin = Self::new();
        coin.by(
            coin.owner,
            IToken::setFeeManagerCall {
                newFeeManager: coin.manager,
            },
        );
        coin.by(coin.manager, coin.fee_call(100, 5_000));
        coin
    }

    fn fee_call(&self, feeBps: u16, burnBps: u16) -> IToken::setTransferFeeCall {
        IToken::setTransferFeeCall {
            feeBps,
            burnBps,
            receiver: self.carol,
        }
    }

    fn set_minter(&mut self, limitPerDay: U256) {
        self.by(
            self.owner,
            IToken::setMinterCall {
                minter: self.minter,
                limitPerDay,
            },
        );
    }

    fn by<C: SolCall>(&mut self, from: Address, call: C) -> C::Return {
        send(&mut self.chain, from, self.token, call)
    }

    fn receipt<C: SolCall>(&mut self, from: Address, call: C) -> Receipt<C::Return> {
        self.chain
            .tx(from, self.token)
            .calling(call)
            .free_gas()
            .send()
            .expect("it succeeds")
    }

    fn refused<E: alloy_sol_types::SolError>(&mut self, from: Address, call: impl SolCall) -> E {
        refusal(&mut self.chain, from, self.token, call)
    }

    fn get<C: SolCall>(&self, call: C) -> C::Return {
        read(&self.chain, self.token, call)
    }

    fn held(&self, account: Address) -> U256 {
        self.get(IToken::balanceOfCall { account })
    }

    fn supply(&self) -> U256 {
        self.get(IToken::totalSupplyCall {})
    }

    fn counters(&self) -> (U256, U256) {
        (
            self.get(IToken::totalMintedCall {}),
            self.get(IToken::totalBurnedCall {}),
        )
    }

    fn available(&self) -> U256 {
        self.get(IToken::minterLimitCall { minter: self.minter })
            .available
    }

    /// The identity that must hold at all times.
    fn check(&self, holders: &[Address]) {
        let (minted, burned) = self.counters();
        assert_eq!(self.supply(), minted - burned);
        let sum = holders.iter().fold(U256::ZERO, |sum, a| sum + self.held(*a));
        assert_eq!(self.supply(), sum);
    }
}

fn transfer(to: Address, value: U256) -> IToken::transferCall {
    IToken::transferCall { to, value }
}

fn mint(to: Address, amount: U256) -> IToken::mintCall {
    IToken::mintCall { to, amount }
}

// ------------------------------------------------------------------------------------------------------- construction

#[test]
fn test_constructor_sets_everything_and_says_so() {
    let coin = Coin::new();
    assert_eq!(coin.get(IToken::nameCall {}), "Mintage");
    assert_eq!(coin.get(IToken::symbolCall {}), "MINT");
    assert_eq!(coin.get(IToken::decimalsCall {}), 18);
    assert_eq!(coin.get(IToken::capCall {}), e18(2_000_000));
    assert_eq!(coin.get(IToken::capBasisCall {}) as u8, LIFETIME);
    assert_eq!(coin.get(IToken::ownerCall {}), coin.owner);
    assert_eq!(coin.get(IToken::guardianCall {}), coin.guardian);
    assert_eq!(coin.get(IToken::feeManagerCall {}), Address::ZERO);
    assert_eq!(coin.get(IToken::pendingOwnerCall {}), Address::ZERO);
    assert_eq!(coin.counters(), (e18(1_000_000), U256::ZERO));
    assert_eq!(coin.held(coin.alice), e18(1_000_000));
    assert!(!coin.get(IToken::mintingPausedCall {}));
    let fee = coin.get(IToken::transferFeeCall {});
    assert_eq!((fee.feeBps, fee.burnBps, fee.receiver), (0, 0, Address::ZERO));
    coin.check(&[coin.alice]);

    let mut chain = Chain::new();
    let constructor = constructor(&chain, Address::ZERO, CIRCULATING);
    let artifact = mintage_tests::artifact("token");
    let deployed = chain
        .deploy(&artifact)
        .args(constructor)
        .send()
        .expect("it deploys");
    let logs = deployed.construction.expect("a constructor ran");
    let started = logs
        .event::<IToken::OwnershipTransferred>()
        .expect("the owner is an event");
    assert_eq!(
        (started.previousOwner, started.newOwner),
        (Address::ZERO, owner(&chain))
    );
    let cap = logs.event::<IToken::CapLowered>().expect("the cap is an event");
    assert_eq!((cap.oldCap, cap.newCap), (U256::ZERO, e18(2_000_000)));
    let minted = logs.event::<IToken::Transfer>().expect("the supply is an event");
    assert_eq!(
        (minted.from, minted.to, minted.value),
        (Address::ZERO, chain.dev_account(0), e18(1_000_000))
    );
}

#[test]
fn test_constructor_refuses_what_is_out_of_range() {
    let mut chain = Chain::new();
    let good = constructor(&chain, Address::ZERO, LIFETIME);
    let too_much = U256::from(1) << 128;

    let call = Token::constructorCall {
        owner_: Address::ZERO,
        ..good.clone()
    };
    let error = try_deploy(&mut chain, "token", call).expect_err("no owner");
    assert_eq!(typed::<IToken::OwnableInvalidOwner>(&error).owner, Address::ZERO);

    for cap_ in [U256::ZERO, too_much, U256::MAX] {
        let call = Token::constructorCall { cap_, ..good.clone() };
        let error =
            typed::<IToken::ParameterOutOfRange>(&try_deploy(&mut chain, "token", call).expect_err("cap"));
        assert_eq!(error.parameter, B256::right_padding_from(b"cap"));
        assert_eq!((error.value, error.min, error.max), (cap_, n(1), too_much - n(1)));
    }

    let call = Token::constructorCall {
        initialSupply: e18(2_000_000) + n(1),
        ..good.clone()
    };
    let error =
        typed::<IToken::ERC20ExceededCap>(&try_deploy(&mut chain, "token", call).expect_err("above the cap"));
    assert_eq!(
        (error.increasedSupply, error.cap),
        (e18(2_000_000) + n(1), e18(2_000_000))
    );

    let call = Token::constructorCall {
        holder: Address::ZERO,
        ..good.clone()
    };
    let error = try_deploy(&mut chain, "token", call).expect_err("nobody to hold it");
    assert_eq!(
        typed::<IToken::ERC20InvalidReceiver>(&error).receiver,
        Address::ZERO
    );

    let call = Token::constructorCall {
        holder: Address::ZERO,
        initialSupply: U256::ZERO,
        cap_: too_much - n(1),
        ..good
    };
    let token = try_deploy(&mut chain, "token", call).expect("no supply needs no holder");
    assert_eq!(read(&chain, token, IToken::totalSupplyCall {}), U256::ZERO);
}

#[test]
fn test_constructor_runs_once_whoever_calls() {
    let mut coin = Coin::new();
    let args = mintage_chain::hex::decode("5585258d").expect("hex");
    let mut data = args;
    data.extend(alloy_sol_types::SolConstructor::abi_encode(&constructor(
        &coin.chain,
        Address::ZERO,
        LIFETIME,
    )));
    for from in [coin.owner, coin.bob] {
        let result = coin
            .chain
            .tx(from, coin.token)
            .data(data.clone())
            .free_gas()
            .send();
        assert!(result.is_err(), "a second constructor");
    }
    assert_eq!(coin.supply(), e18(1_000_000));
}

#[test]
fn test_names_of_a_slot_are_kept_and_longer_ones_refused() {
    let mut chain = Chain::new();
    for (name_len, symbol_len) in [(32, 1), (1, 32), (100, 0)] {
        let call = Token::constructorCall {
            name_: "n".repeat(name_len),
            symbol_: "s".repeat(symbol_len),
            ..constructor(&chain, Address::ZERO, LIFETIME)
        };
        let refused = chain
            .deploy(&mintage_tests::artifact("token"))
            .args(call)
            .send()
            .unwrap_err();
        let error = refused
            .revert()
            .and_then(|revert| revert.decode::<IToken::ParameterOutOfRange>());
        let error = error.expect("a typed error");
        assert_eq!(
            (error.value, error.min, error.max),
            (n(name_len.max(symbol_len) as u64), n(0), n(31))
        );
    }
    for len in [0, 1, 30, 31] {
        let name: String = ('a'..='z').cycle().take(len).collect();
        let call = Token::constructorCall {
            name_: name.clone(),
            symbol_: name.clone(),
            ..constructor(&chain, Address::ZERO, LIFETIME)
        };
        let token = deploy(&mut chain, "token", call);
        assert_eq!(read(&chain, token, IToken::nameCall {}), name);
        assert_eq!(read(&chain, token, IToken::symbolCall {}), name);
        let domain = signing::domain_separator(&name, chain.chain_id(), token);
        assert_eq!(read(&chain, token, IToken::DOMAIN_SEPARATORCall {}), domain);
    }
}

#[test]
fn test_storage_is_laid_out_as_solidity_does() {
    let mut coin = Coin::with_minter();
    coin.by(coin.alice, IToken::burnCall { amount: n(5) });
    let slot = |i: u64| coin.chain.storage_at(coin.token, n(i));
    // 0 balances, 1 allowances, 2 minted | burned << 128, 3 cap | basis | decimals, 4 fee, 5 exempt, 6 minters, 7 nonces,
    // 8 owner, 9 pending owner, 10 guardian, 11 fee manager, 12 paused, 13 name, 14 symbol
    assert_eq!(slot(2), e18(1_000_000) | n(5) << 128);
    assert_eq!(slot(3), e18(2_000_000) | n(18) << 136);
    assert_eq!(slot(8), U256::from_be_slice(coin.owner.as_slice()));
    assert_eq!(slot(10), U256::from_be_slice(coin.guardian.as_slice()));
    let mut name = [0; 32];
    name[..7].copy_from_slice(b"Mintage");
    name[31] = 14;
    assert_eq!(slot(13), U256::from_be_bytes(name));
    let entry = |key: Address, slot: u64| {
        let preimage = [B256::left_padding_from(key.as_slice()).0, n(slot).to_be_bytes()].concat();
        U256::from_be_bytes(alloy_primitives::keccak256(preimage).0)
    };
    assert_eq!(
        coin.chain.storage_at(coin.token, entry(coin.alice, 0)),
        e18(1_000_000) - n(5)
    );
    let half = e18(50_000);
    assert_eq!(
        coin.chain.storage_at(coin.token, entry(coin.minter, 6)),
        half | half << 128
    );
}

// ------------------------------------------------------------------------------------------------------------- ERC-20

#[test]
fn test_transfer_moves_and_logs() {
    let mut coin = Coin::new();
    let receipt = coin.receipt(coin.alice, transfer(coin.bob, e18(1)));
    assert!(receipt.output);
    let event = receipt.event::<IToken::Transfer>().expect("logged");
    assert_eq!(
        (event.from, event.to, event.value),
        (coin.alice, coin.bob, e18(1))
    );
    assert_eq!(receipt.logs.len(), 1);
    assert_eq!(coin.held(coin.bob), e18(1));
    coin.check(&[coin.alice, coin.bob]);

    // to oneself, nothing, everything
    let all = coin.held(coin.alice);
    coin.by(coin.alice, transfer(coin.alice, all));
    assert_eq!(coin.held(coin.alice), all);
    coin.by(coin.carol, transfer(coin.bob, U256::ZERO));
    coin.by(coin.alice, transfer(coin.bob, all));
    coin.check(&[coin.bob]);
}

#[test]
fn test_transfer_refuses_what_is_not_there() {
    let mut coin = Coin::new();
    for needed in [n(1), U256::MAX] {
        let error = coin.refused::<IToken::ERC20InsufficientBalance>(coin.bob, transfer(coin.alice, needed));
        assert_eq!(
            (error.sender, error.balance, error.needed),
            (coin.bob, U256::ZERO, needed)
        );
    }
    let all = e18(1_000_000);
    let error = coin.refused::<IToken::ERC20InsufficientBalance>(coin.alice, transfer(coin.bob, all + n(1)));
    assert_eq!(
        (error.sender, error.balance, error.needed),
        (coin.alice, all, all + n(1))
    );
    // to itself as well
    coin.refused::<IToken::ERC20InsufficientBalance>(coin.alice, transfer(coin.alice, all + n(1)));
    let error = coin.refused::<IToken::ERC20InvalidReceiver>(coin.alice, transfer(Address::ZERO, n(1)));
    assert_eq!(error.receiver, Address::ZERO);
    assert_eq!(coin.held(coin.alice), all);
}

#[test]
fn test_allowances_bound_the_spender() {
    let mut coin = Coin::new();
    let (alice, bob, carol) = (coin.alice, coin.bob, coin.carol);
    let pull = |value| IToken::transferFromCall {
        from: alice,
        to: carol,
        value,
    };
    let error = coin.refused::<IToken::ERC20InsufficientAllowance>(bob, pull(n(1)));
    assert_eq!(
        (error.spender, error.allowance, error.needed),
        (bob, U256::ZERO, n(1))
    );

    let receipt = coin.receipt(
        alice,
        IToken::approveCall {
            spender: bob,
            value: n(10),
        },
    );
    let event = receipt.event::<IToken::Approval>().expect("logged");
    assert_eq!((event.owner, event.spender, event.value), (alice, bob, n(10)));
    assert!(coin.by(bob, pull(n(4))));
    assert_eq!(
        coin.get(IToken::allowanceCall {
            owner: alice,
            spender: bob
        }),
        n(6)
    );
    let error = coin.refused::<IToken::ERC20InsufficientAllowance>(bob, pull(n(7)));
    assert_eq!((error.allowance, error.needed), (n(6), n(7)));
    // another spender has none of it, nor has the owner towards herself
    coin.refused::<IToken::ERC20InsufficientAllowance>(carol, pull(n(1)));
    coin.refused::<IToken::ERC20InsufficientAllowance>(alice, pull(n(1)));

    // without limit
    coin.by(
        alice,
        IToken::approveCall {
            spender: bob,
            value: U256::MAX,
        },
    );
    coin.by(bob, pull(n(1)));
    assert_eq!(
        coin.get(IToken::allowanceCall {
            owner: alice,
            spender: bob
        }),
        U256::MAX
    );
    coin.by(
        alice,
        IToken::approveCall {
            spender: bob,
            value: U256::MAX - n(1),
        },
    );
    coin.by(bob, pull(n(1)));
    assert_eq!(
        coin.get(IToken::allowanceCall {
            owner: alice,
            spender: bob
        }),
        U256::MAX - n(2)
    );
    // an allowance is not a balance
    coin.by(
        carol,
        IToken::approveCall {
            spender: bob,
            value: U256::MAX,
        },
    );
    let error = coin.refused::<IToken::ERC20InsufficientBalance>(
        bob,
        IToken::transferFromCall {
            from: carol,
            to: bob,
            value: e18(1),
        },
    );
    assert_eq!((error.sender, error.balance), (carol, n(6)));

    let error = coin.refused::<IToken::ERC20InvalidSpender>(
        alice,
        IToken::approveCall {
            spender: Address::ZERO,
            value: n(1),
        },
    );
    assert_eq!(error.spender, Address::ZERO);
    // nobody can move what the zero address "holds"
    let error = coin.refused::<IToken::ERC20InvalidSender>(
        bob,
        IToken::transferFromCall {
            from: Address::ZERO,
            to: bob,
            value: U256::ZERO,
        },
    );
    assert_eq!(error.sender, Address::ZERO);
}

#[test]
fn test_calldata_is_read_as_strictly_as_solidity_does() {
    let mut coin = Coin::new();
    let good = transfer(coin.bob, n(7)).abi_encode();
    let mut send = |data: Vec<u8>, value: u64| {
        coin.chain
            .tx(coin.alice, coin.token)
            .data(data)
            .value(n(value))
            .free_gas()
            .include()
            .expect("included")
    };
    assert!(send(good.clone(), 0).is_success());
    // trailing bytes are ignored
    assert!(send([good.clone(), vec![0xff; 5]].concat(), 0).is_success());
    // dirty address, short calldata, unknown selector, nothing at all, wei
    let mut dirty = good.clone();
    dirty[4] = 1;
    let mut refused = vec![
        (dirty, 0),
        (vec![], 0),
        (vec![0xde, 0xad, 0xbe, 0xef], 0),
        (good.clone(), 1),
    ];
    refused.extend([3, 4, 35, 36, 67].map(|len| (good[..len].to_vec(), 0)));
    for (data, value) in refused {
        let receipt = send(data.clone(), value);
        assert!(!receipt.is_success(), "{data:02x?}");
        assert!(receipt.output.is_empty(), "{data:02x?}");
    }
    assert_eq!(coin.held(coin.bob), n(14));
    assert_eq!(coin.chain.balance_of(coin.token), U256::ZERO);
}

// -------------------------------------------------------------------------------------------------------------- permit

struct Signed {
    value: U256,
    nonce: U256,
    deadline: U256,
}

impl Coin {
    fn permit_call(&self, signer: u32, signed: &Signed) -> IToken::permitCall {
        let domain = self.get(IToken::DOMAIN_SEPARATORCall {});
        let &Signed {
            value,
            nonce,
            deadline,
        } = signed;
        let (v, r, s) = signing::permit(signer, domain, self.alice, self.bob, value, nonce, deadline);
        IToken::permitCall {
            owner: self.alice,
            spender: self.bob,
            value,
            deadline,
            v,
            r,
            s,
        }
    }
}

#[test]
fn test_permit_sets_the_allowance_once() {
    let mut coin = Coin::new();
    let domain = signing::domain_separator("Mintage", coin.chain.chain_id(), coin.token);
    assert_eq!(coin.get(IToken::DOMAIN_SEPARATORCall {}), domain);
    let deadline = n(coin.chain.now());
    let call = coin.permit_call(
        0,
        &Signed {
            value: e18(5),
            nonce: U256::ZERO,
            deadline,
        },
    );
    // anybody may hand it in
    let receipt = coin.receipt(coin.carol, call.clone());
    let event = receipt.event::<IToken::Approval>().expect("logged");
    assert_eq!(
        (event.owner, event.spender, event.value),
        (coin.alice, coin.bob, e18(5))
    );
    assert_eq!(
        coin.get(IToken::allowanceCall {
            owner: coin.alice,
            spender: coin.bob
        }),
        e18(5)
    );
    assert_eq!(coin.get(IToken::noncesCall { owner: coin.alice }), n(1));
    // the same signature again recovers somebody else
    let error = coin.refused::<IToken::ERC2612InvalidSigner>(coin.carol, call);
    assert_eq!(error.owner, coin.alice);
    assert_ne!(error.signer, coin.alice);
    assert_eq!(coin.get(IToken::noncesCall { owner: coin.alice }), n(1));
    // the next one counts
    let call = coin.permit_call(
        0,
        &Signed {
            value: n(1),
            nonce: n(1),
            deadline,
        },
    );
    coin.by(coin.bob, call);
    assert_eq!(
        coin.get(IToken::allowanceCall {
            owner: coin.alice,
            spender: coin.bob
        }),
        n(1)
    );
}

#[test]
fn test_permit_refuses_every_other_signature() {
    let mut coin = Coin::new();
    let deadline = n(coin.chain.now() + 10);
    let signed = Signed {
        value: e18(5),
        nonce: U256::ZERO,
        deadline,
    };
    let good = coin.permit_call(0, &signed);

    // somebody else's
    let error = coin.refused::<IToken::ERC2612InvalidSigner>(coin.bob, coin.permit_call(1, &signed));
    assert_eq!((error.signer, error.owner), (coin.bob, coin.alice));
    // the twin with the high s; v, r, s that are none
    let twin = IToken::permitCall {
        v: 55 - good.v,
        s: signing::other_s(good.s),
        ..good.clone()
    };
    let zero = B256::ZERO;
    for bad in [
        twin,
        IToken::permitCall { v: 0, ..good.clone() },
        IToken::permitCall {
            v: 29,
            ..good.clone()
        },
        IToken::permitCall {
            r: zero,
            s: zero,
            ..good.clone()
        },
        IToken::permitCall {
            s: B256::repeat_byte(0xff),
            ..good.clone()
        },
    ] {
        let error = coin.refused::<IToken::ERC2612InvalidSigner>(coin.bob, bad);
        assert_eq!((error.signer, error.owner), (Address::ZERO, coin.alice));
    }
    // nobody's signature does not make the zero address an owner
    let nobody = IToken::permitCall {
        owner: Address::ZERO,
        v: 0,
        ..good.clone()
    };
    let error = coin.refused::<IToken::ERC2612InvalidSigner>(coin.bob, nobody);
    assert_eq!((error.signer, error.owner), (Address::ZERO, Address::ZERO));
    // other words than were signed
    for bad in [
        IToken::permitCall {
            value: e18(6),
            ..good.clone()
        },
        IToken::permitCall {
            spender: coin.carol,
            ..good.clone()
        },
        IToken::permitCall {
            deadline: deadline + n(1),
            ..good.clone()
        },
        IToken::permitCall {
            owner: coin.carol,
            ..good.clone()
        },
    ] {
        let wrong = coin.refused::<IToken::ERC2612InvalidSigner>(coin.bob, bad);
        assert_ne!(wrong.signer, wrong.owner);
    }
    // too late by one second, in time to the second
    coin.chain.warp(11);
    let error = coin.refused::<IToken::ERC2612ExpiredSignature>(coin.bob, good.clone());
    assert_eq!(error.deadline, deadline);
    assert_eq!(
        coin.get(IToken::allowanceCall {
            owner: coin.alice,
            spender: coin.bob
        }),
        U256::ZERO
    );
    let last = n(coin.chain.now());
    let call = coin.permit_call(
        0,
        &Signed {
            value: n(3),
            nonce: U256::ZERO,
            deadline: last,
        },
    );
    coin.by(coin.bob, call);
}

#[test]
fn test_permit_dies_with_the_chain_id() {
    // the same token at the same address on a fork with another id
    let mut here = Coin::new();
    let deadline = U256::MAX;
    let call = here.permit_call(
        0,
        &Signed {
            value: n(1),
            nonce: U256::ZERO,
            deadline,
        },
    );
    let mut fork = Chain::builder().chain_id(777).build().expect("a chain");
    let guardian = fork.account("guardian");
    let constructor = constructor(&fork, guardian, LIFETIME);
    let there = deploy(&mut fork, "token", constructor);
    assert_eq!(there, here.token, "the replay needs the same address");
    let alice = here.alice;
    let error = refusal::<IToken::ERC2612InvalidSigner>(&mut fork, alice, there, call.clone());
    assert_eq!(error.owner, alice);
    here.by(alice, call);
}

// ------------------------------------------------------------------------------------------------------ mint and burn

#[test]
fn test_only_minters_mint() {
    let mut coin = Coin::with_minter();
    for from in [coin.owner, coin.guardian, coin.alice, coin.token] {
        let error = coin.refused::<IToken::TokenNotMinter>(from, mint(from, n(1)));
        assert_eq!(error.account, from);
        // not even nothing
        coin.refused::<IToken::TokenNotMinter>(from, mint(from, U256::ZERO));
    }
    let receipt = coin.receipt(coin.minter, mint(coin.bob, e18(10)));
    let event = receipt.event::<IToken::Transfer>().expect("logged");
    assert_eq!(
        (event.from, event.to, event.value),
        (Address::ZERO, coin.bob, e18(10))
    );
    assert_eq!(coin.counters(), (e18(1_000_010), U256::ZERO));
    let error = coin.refused::<IToken::ERC20InvalidReceiver>(coin.minter, mint(Address::ZERO, n(1)));
    assert_eq!(error.receiver, Address::ZERO);
    coin.check(&[coin.alice, coin.bob]);

    // ended at once
    coin.set_minter(U256::ZERO);
    coin.refused::<IToken::TokenNotMinter>(coin.minter, mint(coin.bob, n(1)));
}

#[test]
fn test_a_minter_cannot_pass_its_limit_in_any_day() {
    let mut coin = Coin::with_minter();
    let limit = coin.get(IToken::minterLimitCall { minter: coin.minter });
    assert_eq!((limit.limitPerDay, limit.available), (e18(100_000), e18(50_000)));
    let error = coin.refused::<IToken::TokenMintLimited>(coin.minter, mint(coin.bob, e18(50_000) + n(1)));
    assert_eq!(
        (error.minter, error.amount, error.available),
        (coin.minter, e18(50_000) + n(1), e18(50_000))
    );
    coin.refused::<IToken::TokenMintLimited>(coin.minter, mint(coin.bob, U256::MAX));

    coin.by(coin.minter, mint(coin.bob, e18(50_000)));
    assert_eq!(coin.available(), U256::ZERO);
    coin.refused::<IToken::TokenMintLimited>(coin.minter, mint(coin.bob, n(1)));
    // greedy: every hour all that is there, for a day; never more than the limit in 24 hours
    let before = coin.held(coin.bob) - e18(50_000);
    for _ in 0..24 {
        coin.chain.warp(DAY / 24);
        let amount = coin.available();
        coin.by(coin.minter, mint(coin.bob, amount));
    }
    let minted = coin.held(coin.bob) - before;
    assert!(minted <= e18(100_000), "{minted}");
    assert!(
        minted + n(24) >= e18(100_000),
        "the refill is exact but for the rounding of each draw: {minted}"
    );
}

#[test]
fn test_changing_a_limit_gives_nothing_back() {
    let mut coin = Coin::with_minter();
    coin.by(coin.minter, mint(coin.bob, e18(50_000)));
    // the same limit again, and a removal with a new start, are no refill
    coin.set_minter(e18(100_000));
    assert_eq!(coin.available(), U256::ZERO);
    coin.set_minter(U256::ZERO);
    coin.set_minter(e18(100_000));
    assert_eq!(coin.available(), U256::ZERO);
    // a wider one adds only what it is wider
    coin.set_minter(e18(120_000));
    assert_eq!(coin.available(), e18(10_000));
    let receipt = coin.receipt(
        coin.owner,
        IToken::setMinterCall {
            minter: coin.minter,
            limitPerDay: n(7),
        },
    );
    let event = receipt.event::<IToken::MinterSet>().expect("logged");
    assert_eq!(
        (event.minter, event.oldLimitPerDay, event.newLimitPerDay),
        (coin.minter, e18(120_000), n(6))
    );
    // one minter's bucket is not another's
    let other = coin.carol;
    coin.by(
        coin.owner,
        IToken::setMinterCall {
            minter: other,
            limitPerDay: n(20),
        },
    );
    coin.by(other, mint(coin.bob, n(10)));

    let huge = U256::from(1) << 128;
    let error = coin.refused::<IToken::ParameterOutOfRange>(
        coin.owner,
        IToken::setMinterCall {
            minter: other,
            limitPerDay: huge,
        },
    );
    assert_eq!(error.parameter, B256::right_padding_from(b"limitPerDay"));
    assert_eq!(
        (error.value, error.min, error.max),
        (huge, U256::ZERO, huge - n(1))
    );
    coin.by(
        coin.owner,
        IToken::setMinterCall {
            minter: other,
            limitPerDay: huge - n(1),
        },
    );
    // the cap still holds for the widest bucket
    let room = e18(1_000_000) - e18(50_000) - n(10);
    let error = coin.refused::<IToken::ERC20ExceededCap>(other, mint(other, room + n(1)));
    assert_eq!(
        (error.increasedSupply, error.cap),
        (e18(2_000_000) + n(1), e18(2_000_000))
    );
    coin.by(other, mint(other, room));
    assert_eq!(coin.counters().0, e18(2_000_000));
    coin.refused::<IToken::ERC20ExceededCap>(other, mint(other, n(1)));
}

#[test]
fn test_what_a_cap_counts_decides_what_a_burn_frees() {
    for (basis, freed) in [(LIFETIME, false), (CIRCULATING, true)] {
        let mut coin = Coin::with_basis(basis);
        coin.set_minter((U256::from(1) << 128) - n(1));
        coin.by(coin.minter, mint(coin.bob, e18(1_000_000)));
        coin.refused::<IToken::ERC20ExceededCap>(coin.minter, mint(coin.bob, n(1)));
        coin.by(coin.alice, IToken::burnCall { amount: e18(10) });
        let result = coin
            .chain
            .tx(coin.minter, coin.token)
            .calling(mint(coin.bob, e18(10)))
            .free_gas()
            .send();
        assert_eq!(result.is_ok(), freed);
        coin.refused::<IToken::ERC20ExceededCap>(
            coin.minter,
            mint(coin.bob, n(1) + if freed { n(0) } else { n(9) }),
        );
        coin.check(&[coin.alice, coin.bob]);
    }
}

#[test]
fn test_cap_only_goes_down_and_not_below_what_counts() {
    let mut coin = Coin::new();
    let lower = |newCap| IToken::lowerCapCall { newCap };
    let error = coin.refused::<IToken::OwnableUnauthorizedAccount>(coin.guardian, lower(e18(1_500_000)));
    assert_eq!(error.account, coin.guardian);
    for newCap in [
        e18(2_000_000) + n(1),
        e18(1_000_000) - n(1),
        U256::ZERO,
        U256::MAX,
    ] {
        let error = coin.refused::<IToken::ParameterOutOfRange>(coin.owner, lower(newCap));
        assert_eq!(
            (error.value, error.min, error.max),
            (newCap, e18(1_000_000), e18(2_000_000))
        );
    }
    let receipt = coin.receipt(coin.owner, lower(e18(1_000_000)));
    let event = receipt.event::<IToken::CapLowered>().expect("logged");
    assert_eq!((event.oldCap, event.newCap), (e18(2_000_000), e18(1_000_000)));
    coin.refused::<IToken::ParameterOutOfRange>(coin.owner, lower(e18(2_000_000)));
    coin.set_minter(e18(10));
    coin.refused::<IToken::ERC20ExceededCap>(coin.minter, mint(coin.bob, n(1)));
    assert_eq!(coin.get(IToken::capBasisCall {}) as u8, LIFETIME);
    assert_eq!(coin.get(IToken::decimalsCall {}), 18);
}

#[test]
fn test_burn_takes_only_what_was_authorised() {
    let mut coin = Coin::new();
    let (alice, bob) = (coin.alice, coin.bob);
    let receipt = coin.receipt(alice, IToken::burnCall { amount: e18(1) });
    let event = receipt.event::<IToken::Transfer>().expect("logged");
    assert_eq!(
        (event.from, event.to, event.value),
        (alice, Address::ZERO, e18(1))
    );
    assert_eq!(coin.counters(), (e18(1_000_000), e18(1)));
    coin.check(&[alice]);
    let error = coin.refused::<IToken::ERC20InsufficientBalance>(bob, IToken::burnCall { amount: n(1) });
    assert_eq!(
        (error.sender, error.balance, error.needed),
        (bob, U256::ZERO, n(1))
    );

    // the SafeMoon hole: nobody burns what is another's, whatever role
    let burn_from = |amount| IToken::burnFromCall {
        account: alice,
        amount,
    };
    for from in [coin.owner, coin.guardian, bob, coin.minter, coin.token] {
        let error = coin.refused::<IToken::ERC20InsufficientAllowance>(from, burn_from(n(1)));
        assert_eq!((error.spender, error.allowance), (from, U256::ZERO));
    }
    coin.by(
        alice,
        IToken::approveCall {
            spender: bob,
            value: n(3),
        },
    );
    coin.by(bob, burn_from(n(2)));
    assert_eq!(
        coin.get(IToken::allowanceCall {
            owner: alice,
            spender: bob
        }),
        n(1)
    );
    coin.refused::<IToken::ERC20InsufficientAllowance>(bob, burn_from(n(2)));
    coin.check(&[alice]);
}

#[test]
fn test_everything_that_was_minted_fits_128_bits() {
    let mut chain = Chain::new();
    let most = (U256::from(1) << 128) - n(1);
    let call = Token::constructorCall {
        cap_: most,
        initialSupply: most,
        ..constructor(&chain, Address::ZERO, CIRCULATING)
    };
    let token = deploy(&mut chain, "token", call);
    let (owner, alice) = (owner(&chain), chain.dev_account(0));
    send(
        &mut chain,
        owner,
        token,
        IToken::setMinterCall {
            minter: owner,
            limitPerDay: most,
        },
    );
    send(&mut chain, alice, token, IToken::burnCall { amount: n(100) });
    // the cap on what circulates has room, the counter of everything minted has none: Solidity's overflow panic
    let result = chain
        .tx(owner, token)
        .calling(mint(alice, n(1)))
        .free_gas()
        .send();
    let error = result.map(|_| ()).expect_err("it cannot be counted");
    assert_eq!(error.revert().and_then(|r| r.panic_code()), Some(n(0x11)));
    assert_eq!(read(&chain, token, IToken::totalSupplyCall {}), most - n(100));
}

// ---------------------------------------------------------------------------------------------------------------- fee

#[test]
fn test_fee_is_split_and_nothing_is_lost() {
    let mut coin = Coin::with_fee();
    // 1 % of 10,001 is 100.01: 101 up, of which 50 burned (50.5 down) and 51 collected
    let receipt = coin.receipt(coin.alice, transfer(coin.bob, n(10_001)));
    let events: Vec<_> = receipt
        .events::<IToken::Transfer>()
        .map(|e| (e.from, e.to, e.value))
        .collect();
    assert_eq!(
        events,
        [
            (coin.alice, coin.bob, n(9_900)),
            (coin.alice, Address::ZERO, n(50)),
            (coin.alice, coin.carol, n(51)),
        ]
    );
    assert_eq!((coin.held(coin.bob), coin.held(coin.carol)), (n(9_900), n(51)));
    assert_eq!(coin.counters().1, n(50));
    coin.check(&[coin.alice, coin.bob, coin.carol]);

    // one unit is all fee, rounded against the sender; nothing costs nothing
    coin.by(coin.bob, transfer(coin.alice, n(1)));
    assert_eq!(coin.held(coin.carol), n(52));
    coin.by(coin.bob, transfer(coin.alice, U256::ZERO));
    // to oneself the fee is due as well, and an allowance is used up by the whole value
    coin.by(coin.bob, transfer(coin.bob, n(1_000)));
    assert_eq!(coin.held(coin.bob), n(9_899 - 10));
    coin.by(
        coin.bob,
        IToken::approveCall {
            spender: coin.minter,
            value: n(1_000),
        },
    );
    let call = IToken::transferFromCall {
        from: coin.bob,
        to: coin.alice,
        value: n(1_000),
    };
    coin.by(coin.minter, call);
    assert_eq!(
        coin.get(IToken::allowanceCall {
            owner: coin.bob,
            spender: coin.minter
        }),
        U256::ZERO
    );
    // the sender pays no more than it has
    let all = coin.held(coin.bob);
    coin.refused::<IToken::ERC20InsufficientBalance>(coin.bob, transfer(coin.alice, all + n(1)));
    coin.by(coin.bob, transfer(coin.alice, all));
    assert_eq!(coin.held(coin.bob), U256::ZERO);
    coin.check(&[coin.alice, coin.bob, coin.carol]);
}

#[test]
fn test_fee_stays_within_its_bounds() {
    let mut coin = Coin::with_fee();
    for (feeBps, burnBps, name, value, max) in [
        (101, 0, "feeBps", 101, 100),
        (65_535, 0, "feeBps", 65_535, 100),
        (1, 10_001, "burnBps", 10_001, 10_000),
    ] {
        let error = coin.refused::<IToken::ParameterOutOfRange>(coin.manager, coin.fee_call(feeBps, burnBps));
        assert_eq!(error.parameter, B256::right_padding_from(name.as_bytes()));
        assert_eq!(
            (error.value, error.min, error.max),
            (n(value), U256::ZERO, n(max))
        );
    }
    // somebody must be there to collect
    for receiver in [Address::ZERO, coin.token] {
        let call = IToken::setTransferFeeCall {
            feeBps: 100,
            burnBps: 9_999,
            receiver,
        };
        assert_eq!(
            coin.refused::<IToken::ERC20InvalidReceiver>(coin.manager, call)
                .receiver,
            receiver
        );
        // unless all of it is burned, or there is none
        for (feeBps, burnBps) in [(100, 10_000), (0, 0)] {
            coin.by(
                coin.manager,
                IToken::setTransferFeeCall {
                    feeBps,
                    burnBps,
                    receiver,
                },
            );
        }
    }
    let receipt = coin.receipt(coin.manager, coin.fee_call(100, 10_000));
    let event = receipt.event::<IToken::TransferFeeSet>().expect("logged");
    assert_eq!(
        (event.feeBps, event.burnBps, event.receiver),
        (100, 10_000, coin.carol)
    );
    coin.by(coin.alice, transfer(coin.bob, n(1_000)));
    assert_eq!(coin.counters().1, n(10));
    // only the fee manager, the owner neither
    for from in [coin.owner, coin.guardian, coin.alice] {
        let error = coin.refused::<IToken::TokenNotFeeManager>(from, coin.fee_call(0, 0));
        assert_eq!(error.account, from);
        let call = IToken::setFeeExemptCall {
            account: from,
            exempt: true,
        };
        coin.refused::<IToken::TokenNotFeeManager>(from, call);
    }
    // without a fee manager nobody is: the zero address cannot be impersonated into one
    coin.by(
        coin.owner,
        IToken::setFeeManagerCall {
            newFeeManager: Address::ZERO,
        },
    );
    coin.refused::<IToken::TokenNotFeeManager>(coin.manager, coin.fee_call(0, 0));
}

#[test]
fn test_exemption_holds_on_both_sides() {
    let mut coin = Coin::with_fee();
    let exempt = |account, exempt| IToken::setFeeExemptCall { account, exempt };
    let receipt = coin.receipt(coin.manager, exempt(coin.bob, true));
    let event = receipt.event::<IToken::FeeExemptSet>().expect("logged");
    assert_eq!((event.account, event.exempt), (coin.bob, true));
    assert!(coin.get(IToken::isFeeExemptCall { account: coin.bob }));
    coin.by(coin.alice, transfer(coin.bob, n(1_000)));
    coin.by(coin.bob, transfer(coin.alice, n(1_000)));
    assert_eq!(coin.held(coin.alice), e18(1_000_000));
    assert_eq!(coin.counters().1, U256::ZERO);
    coin.by(coin.manager, exempt(coin.bob, false));
    coin.by(coin.alice, transfer(coin.bob, n(1_000)));
    assert_eq!(coin.held(coin.bob), n(990));
    // no fee on minting and burning
    coin.set_minter(n(2_000));
    coin.by(coin.minter, mint(coin.bob, n(1_000)));
    assert_eq!(coin.held(coin.bob), n(1_990));
    coin.by(coin.bob, IToken::burnCall { amount: n(990) });
    assert_eq!(coin.held(coin.bob), n(1_000));
}

// -------------------------------------------------------------------------------------------------------------- roles

#[test]
fn test_ownership_changes_in_two_steps() {
    let mut coin = Coin::new();
    let hand_over = |newOwner| IToken::transferOwnershipCall { newOwner };
    coin.refused::<IToken::OwnableUnauthorizedAccount>(coin.bob, hand_over(coin.bob));
    let receipt = coin.receipt(coin.owner, hand_over(coin.bob));
    let event = receipt
        .event::<IToken::OwnershipTransferStarted>()
        .expect("logged");
    assert_eq!((event.previousOwner, event.newOwner), (coin.owner, coin.bob));
    assert_eq!(coin.get(IToken::ownerCall {}), coin.owner);
    assert_eq!(coin.get(IToken::pendingOwnerCall {}), coin.bob);
    coin.refused::<IToken::OwnableUnauthorizedAccount>(coin.carol, IToken::acceptOwnershipCall {});
    // withdrawn, and asked again
    coin.by(coin.owner, hand_over(Address::ZERO));
    coin.refused::<IToken::OwnableUnauthorizedAccount>(coin.bob, IToken::acceptOwnershipCall {});
    coin.by(coin.owner, hand_over(coin.bob));
    let receipt = coin.receipt(coin.bob, IToken::acceptOwnershipCall {});
    let event = receipt.event::<IToken::OwnershipTransferred>().expect("logged");
    assert_eq!((event.previousOwner, event.newOwner), (coin.owner, coin.bob));
    assert_eq!(coin.get(IToken::pendingOwnerCall {}), Address::ZERO);
    coin.refused::<IToken::OwnableUnauthorizedAccount>(coin.bob, IToken::acceptOwnershipCall {});
    coin.refused::<IToken::OwnableUnauthorizedAccount>(coin.owner, hand_over(coin.owner));

    coin.by(coin.bob, hand_over(coin.carol));
    coin.by(coin.bob, IToken::renounceOwnershipCall {});
    assert_eq!(coin.get(IToken::ownerCall {}), Address::ZERO);
    // what was asked before died with it
    coin.refused::<IToken::OwnableUnauthorizedAccount>(coin.carol, IToken::acceptOwnershipCall {});
}

#[test]
fn test_each_role_does_its_own_and_nothing_else() {
    let mut coin = Coin::with_fee();
    let (minter, manager, guardian) = (coin.minter, coin.manager, coin.guardian);
    for from in [guardian, manager, coin.alice] {
        for data in [
            IToken::setMinterCall {
                minter,
                limitPerDay: n(1),
            }
            .abi_encode(),
            IToken::setGuardianCall { newGuardian: from }.abi_encode(),
            IToken::setFeeManagerCall { newFeeManager: from }.abi_encode(),
            IToken::unpauseMintingCall {}.abi_encode(),
            IToken::renounceOwnershipCall {}.abi_encode(),
        ] {
            let result = coin.chain.tx(from, coin.token).data(data).free_gas().send();
            let error =
                typed::<IToken::OwnableUnauthorizedAccount>(&result.map(|_| ()).expect_err("not theirs"));
            assert_eq!(error.account, from);
        }
    }
    let receipt = coin.receipt(
        coin.owner,
        IToken::setGuardianCall {
            newGuardian: coin.bob,
        },
    );
    let event = receipt.event::<IToken::GuardianChanged>().expect("logged");
    assert_eq!((event.previousGuardian, event.newGuardian), (guardian, coin.bob));
    let receipt = coin.receipt(
        coin.owner,
        IToken::setFeeManagerCall {
            newFeeManager: coin.bob,
        },
    );
    let event = receipt.event::<IToken::FeeManagerChanged>().expect("logged");
    assert_eq!(
        (event.previousFeeManager, event.newFeeManager),
        (manager, coin.bob)
    );
    assert_eq!(
        coin.refused::<IToken::NotGuardian>(guardian, IToken::pauseMintingCall {})
            .account,
        guardian
    );
}

#[test]
fn test_pause_stops_minting_and_only_minting() {
    let mut coin = Coin::with_minter();
    coin.refused::<IToken::NotGuardian>(coin.alice, IToken::pauseMintingCall {});
    coin.refused::<IToken::NotGuardian>(coin.minter, IToken::pauseMintingCall {});
    let receipt = coin.receipt(coin.guardian, IToken::pauseMintingCall {});
    assert_eq!(
        receipt.event::<IToken::Paused>().expect("logged").account,
        coin.guardian
    );
    assert!(coin.get(IToken::mintingPausedCall {}));
    coin.refused::<IToken::EnforcedPause>(coin.minter, mint(coin.bob, n(1)));
    coin.refused::<IToken::EnforcedPause>(coin.guardian, IToken::pauseMintingCall {});
    // transfers, burns and approvals go on
    coin.by(coin.alice, transfer(coin.bob, n(10)));
    coin.by(coin.bob, IToken::burnCall { amount: n(1) });
    coin.by(
        coin.bob,
        IToken::approveCall {
            spender: coin.alice,
            value: n(9),
        },
    );
    coin.by(
        coin.alice,
        IToken::transferFromCall {
            from: coin.bob,
            to: coin.alice,
            value: n(9),
        },
    );
    // the guardian cannot start
    coin.refused::<IToken::OwnableUnauthorizedAccount>(coin.guardian, IToken::unpauseMintingCall {});
    let receipt = coin.receipt(coin.owner, IToken::unpauseMintingCall {});
    assert_eq!(
        receipt.event::<IToken::Unpaused>().expect("logged").account,
        coin.owner
    );
    coin.refused::<IToken::ExpectedPause>(coin.owner, IToken::unpauseMintingCall {});
    coin.by(coin.minter, mint(coin.bob, n(1)));
    // the bucket refilled in the meantime no further than its capacity
    coin.by(coin.owner, IToken::pauseMintingCall {});
    coin.chain.warp(100 * DAY);
    coin.by(coin.owner, IToken::unpauseMintingCall {});
    assert_eq!(coin.available(), e18(50_000));
}

#[test]
fn test_reverted_calls_leave_nothing_behind() {
    let mut coin = Coin::with_fee();
    let before = (coin.held(coin.alice), coin.counters(), coin.available());
    // the fee's receiver is credited last; here the debit fails first
    coin.refused::<IToken::ERC20InsufficientBalance>(coin.alice, transfer(coin.bob, U256::MAX));
    coin.refused::<IToken::ERC20InsufficientBalance>(coin.alice, IToken::burnCall { amount: U256::MAX });
    assert_eq!((coin.held(coin.alice), coin.counters(), coin.available()), before);
    assert_eq!(coin.held(coin.bob), U256::ZERO);
}

// --------------------------------------------------------------------------------------------------------------- gas

/// Gas of the call alone: what the transaction used less what the same one to an account without code uses.
fn call_gas(chain: &Chain, from: Address, to: Address, call: &impl SolCall) -> u64 {
    let nobody = address!("00000000000000000000000000000000000f00d5");
    let data = call.abi_encode();
    let used = chain
        .view(from, to)
        .data(data.clone())
        .free_gas()
        .gas_used()
        .expect("it succeeds");
    used - chain
        .view(from, nobody)
        .data(data)
        .free_gas()
        .gas_used()
        .expect("it succeeds")
}

#[test]
fn test_gas_of_the_hot_paths_once_cached_is_within_its_targets() {
    let mut coin = Coin::new();
    // both balances are there before; every storage slot is cold again in the next transaction
    coin.by(coin.alice, transfer(coin.bob, n(10)));
    // a call of its own pays for entering a program that is not cached; what that is, the artifact says
    let artifact = mintage_tests::artifact("token");
    let saved = artifact.init_gas - artifact.cached_gas;
    let balance = IToken::balanceOfCall { account: coin.alice };
    let transfer = call_gas(&coin.chain, coin.alice, coin.token, &transfer(coin.bob, n(1)));
    let balance = call_gas(&coin.chain, coin.alice, coin.token, &balance);
    println!("uncached: transfer {transfer}, balanceOf {balance}; a cache saves {saved}");
    assert!(transfer - saved <= 15_200, "{transfer}");
    assert!(balance - saved <= 3_150, "{balance}");
}
