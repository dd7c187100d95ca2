//! A dApp's Solidity contract over the published interfaces (`tests/solidity/Patron.sol`): what solc compiles against
//! `abi/solidity` works against the WASM, events and custom errors included.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolEvent, SolValue, sol};
use mintage_abi::{IBuyback, IToken, ITreasury};
use mintage_chain::Receipt;
use mintage_tests::economy::{Economy, HOP_SECS, LOT, tokens};
use mintage_tests::{foreign, signing};

use crate::setting::typed;

sol! {
    /// `Patron.sol`
    #[derive(Debug, PartialEq)]
    interface IPatron {
        event PaidIn(address indexed member, uint256 value);
        event Kicked(uint256 bought);
        event KickTooSoon(uint64 nextTs);
        event KickStarved(uint256 missing);
        event PermitFailed(address member, bytes4 reason);
        error NotEnoughPaidIn(uint256 paidIn, uint256 asked);
        function payIn(uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;
        function payOut(uint256 value) external;
        function paidIn(address member) external view returns (uint256);
        function kick() external returns (bool kicked);
    }
}

/// Development account that is the member, and its place in the list of keys.
const MEMBER: u32 = 2;

struct Dapp {
    economy: Economy,
    patron: Address,
    member: Address,
}

impl Dapp {
    fn new() -> Self {
        let mut economy = Economy::new();
        let member = economy.chain.dev_account(MEMBER as usize);
        let (owner, token) = (economy.owner, economy.token);
        let args = (token, economy.buyback).abi_encode();
        let patron = foreign::deploy(&mut economy.chain, owner, "Patron", &args);
        let value = tokens(100);
        economy.send(owner, token, IToken::transferCall { to: member, value });
        Self {
            economy,
            patron,
            member,
        }
    }

    /// The member's permit to the contract, by its next nonce, as the contract takes it.
    fn permitted(&self, value: U256, deadline: U256) -> IPatron::payInCall {
        let token = self.economy.token;
        let nonce = self
            .economy
            .call(token, IToken::noncesCall { owner: self.member });
        let domain: B256 = self.economy.call(token, IToken::DOMAIN_SEPARATORCall {});
        let (v, r, s) = signing::permit(MEMBER, domain, self.member, self.patron, value, nonce, deadline);
        IPatron::payInCall {
            value,
            deadline,
            v,
            r,
            s,
        }
    }

    fn now(&self) -> U256 {
        U256::from(self.economy.chain.now())
    }

    fn send<C: SolCall>(&mut self, call: C) -> Receipt<C::Return> {
        let sent = self.economy.chain.send(self.member, self.patron, call);
        sent.unwrap_or_else(|e| panic!("{}: {e}", C::SIGNATURE))
    }

    fn refused<E: alloy_sol_types::SolError>(&mut self, call: impl SolCall) -> E {
        let sent = self.economy.chain.send(self.member, self.patron, call);
        typed(&sent.map(|_| ()).expect_err("it must revert"))
    }

    fn balance(&self, account: Address) -> U256 {
        self.economy.balance(self.economy.token, account)
    }

    /// Asks the contract to kick; the one event that it emits itself.
    fn kick<E: SolEvent>(&mut self) -> E {
        let receipt = self.send(IPatron::kickCall {});
        receipt
            .event::<E>()
            .unwrap_or_else(|| panic!("no {}", E::SIGNATURE))
    }
}

#[test]
fn test_a_permit_pays_in_and_what_was_paid_in_comes_out() {
    let mut dapp = Dapp::new();
    let call = dapp.permitted(tokens(40), dapp.now());
    let receipt = dapp.send(call);
    let event = receipt.event::<IPatron::PaidIn>().expect("logged");
    assert_eq!((event.member, event.value), (dapp.member, tokens(40)));
    // the WASM's own event stands in the same receipt, and solc's contract is its sender's spender
    let moved = receipt.event::<IToken::Transfer>().expect("logged");
    assert_eq!(
        (moved.from, moved.to, moved.value),
        (dapp.member, dapp.patron, tokens(40))
    );
    assert_eq!(
        (dapp.balance(dapp.patron), dapp.balance(dapp.member)),
        (tokens(40), tokens(60))
    );

    let error: IPatron::NotEnoughPaidIn = dapp.refused(IPatron::payOutCall { value: tokens(41) });
    assert_eq!((error.paidIn, error.asked), (tokens(40), tokens(41)));
    dapp.send(IPatron::payOutCall { value: tokens(40) });
    assert_eq!(dapp.balance(dapp.member), tokens(100));
}

#[test]
fn test_a_permit_that_somebody_handed_in_first_is_caught_and_the_payment_goes_on() {
    let mut dapp = Dapp::new();
    let call = dapp.permitted(tokens(7), dapp.now());
    let (patron, member, token, thief) = (
        dapp.patron,
        dapp.member,
        dapp.economy.token,
        dapp.economy.guardian,
    );
    let taken = IToken::permitCall {
        owner: member,
        spender: patron,
        value: call.value,
        deadline: call.deadline,
        v: call.v,
        r: call.r,
        s: call.s,
    };
    dapp.economy.send(thief, token, taken);
    let receipt = dapp.send(call);
    let failed = receipt.event::<IPatron::PermitFailed>().expect("logged");
    assert_eq!(
        failed.reason.0,
        <IToken::ERC2612InvalidSigner as alloy_sol_types::SolError>::SELECTOR
    );
    assert_eq!(dapp.balance(patron), tokens(7));
}

#[test]
fn test_errors_of_the_token_reach_the_dapp_by_name() {
    let mut dapp = Dapp::new();
    let late = dapp.now() - U256::from(1);
    let call = dapp.permitted(tokens(1), late);
    let error: IToken::ERC2612ExpiredSignature = dapp.refused(call);
    assert_eq!(error.deadline, late);
    // the permit is good, the balance is not: the token's own error comes through solc's call
    let call = dapp.permitted(tokens(101), dapp.now());
    let error: IToken::ERC20InsufficientBalance = dapp.refused(call);
    assert_eq!(
        (error.sender, error.balance, error.needed),
        (dapp.member, tokens(100), tokens(101))
    );
}

#[test]
fn test_a_kick_works_or_says_when_it_will() {
    let mut dapp = Dapp::new();
    dapp.economy.warp_observed(4 * HOP_SECS);
    let supply = dapp.economy.call(dapp.economy.token, IToken::totalSupplyCall {});
    let kicked: IPatron::Kicked = dapp.kick();
    let left = dapp.economy.call(dapp.economy.token, IToken::totalSupplyCall {});
    assert_eq!(supply - left, kicked.bought);

    let early: IPatron::KickTooSoon = dapp.kick();
    assert_eq!(early.nextTs, dapp.economy.chain.now() + HOP_SECS);

    // a floor above what the treasury holds, and a lot is missing
    let Economy {
        owner,
        treasury,
        asset,
        buyback,
        ..
    } = dapp.economy.clone();
    let held = dapp.economy.balance(asset, treasury);
    let raise = ITreasury::setFloorCall {
        asset,
        newFloor: held - tokens(1),
    };
    dapp.economy.send(owner, treasury, raise);
    dapp.economy.warp_observed(HOP_SECS);
    let starved: IPatron::KickStarved = dapp.kick();
    assert_eq!(starved.missing, tokens(LOT - 1));

    // what is no matter of waiting is passed on as it is
    dapp.economy.send(owner, buyback, IBuyback::stopCall {});
    let _: IBuyback::BuybackStopped = dapp.refused(IPatron::kickCall {});
}
