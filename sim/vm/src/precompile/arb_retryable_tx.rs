//! ArbRetryableTx (0x6e): messages from L1 that wait to be redeemed.
//!
//! What the methods do to a ticket is in [`retryable`](crate::arbos::retryable), the redeem's own transaction in
//! [`retry`](crate::arbos::retry).

use revm::primitives::{B256, Log, U256, b256};

use super::{
    abi::{self, error, one},
    call::{Call, Failure, Output, log_gas},
    method::{Access, Method, Precompile, view, write},
};
use crate::arbos::{
    ArbosVersion, gas_price,
    gas_price::Model,
    retry::{self, ARB_RETRYABLE_TX, MIN_REDEEM_GAS, Terms},
    retryable::{self, Kept, LIFETIME_SECS, OpenTicket},
    storage::{Free, READ_GAS, Result, Store, WRITE_GAS},
};

const LIFETIME_EXTENDED: B256 = b256!("f4c40a5f930e1469fcc053bf25f045253a7bad2fcc9b88c05ec1fca8e2066b83");
const CANCELED: B256 = b256!("134fdd648feeaf30251f0157f9624ef8608ff9a042aad6d13e73f35d21d3f88d");

/// `NoTicketWithID()`.
const NO_TICKET_WITH_ID: [u8; 4] = [0x80, 0x69, 0x84, 0x56];
/// `NotCallable()`.
const NOT_CALLABLE: [u8; 4] = [0x90, 0x28, 0x24, 0xc1];

/// Gas that a redeem keeps back for its log and its result.
const LOG_OF_REDEEM_GAS: u64 = log_gas(4, 128);
const RESULT_GAS: u64 = 3;

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_RETRYABLE_TX,
    name: "ArbRetryableTx",
    since: 0,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    write(0xeda1_122c, "redeem(bytes32)", redeem),
    view(0x81e6_e083, "getLifetime()", |_| Ok(one(LIFETIME_SECS))),
    view(0x9f10_25c6, "getTimeout(bytes32)", |call| {
        let ticket = open(call)?;
        ticket.timeout(call).map(one)
    }),
    write(0xf0b2_1a41, "keepalive(bytes32)", keepalive),
    view(0xba20_dda4, "getBeneficiary(bytes32)", |call| {
        let ticket = open(call)?;
        ticket.beneficiary(call).map(abi::address)
    }),
    write(0xc4d2_52f5, "cancel(bytes32)", cancel),
    view(0xde4b_a2b3, "getCurrentRedeemer()", |call| {
        let redeemer = call.context.redeem.map(|redeem| redeem.refund_to);
        Ok(abi::address(redeemer.unwrap_or_default()))
    }),
    // It stands in the interface so that explorers can decode a submission's data.
    write(
        0xc9f9_5d32,
        "submitRetryable(bytes32,uint256,uint256,uint256,uint256,uint64,uint256,address,address,address,bytes)",
        |_| Err(error(NOT_CALLABLE, [])),
    ),
];

fn not_found() -> Failure {
    error(NO_TICKET_WITH_ID, [])
}

/// The ticket that the first argument names, charged.
fn open(call: &mut Call<'_>) -> Result<OpenTicket> {
    let id = call.args.word(0)?;
    let (arbos, now_ts) = (call.arbos, call.now_ts());
    retryable::open(call, arbos, id, now_ts)?.ok_or_else(not_found)
}

/// A redeem must not touch its own ticket.
fn refuse_own(call: &Call<'_>, id: B256) -> Result<()> {
    match call.context.redeem {
        Some(redeem) if redeem.ticket_id == id => Err(Failure::Plain),
        _ => Ok(()),
    }
}

/// Gives all gas but what the end of the call takes to a redeem that runs after this transaction.
fn redeem(call: &mut Call<'_>) -> Output {
    let id = call.args.word(0)?;
    refuse_own(call, id)?;
    let (arbos, now_ts) = (call.arbos, call.now_ts());
    let redeem = retryable::begin_redeem(call, arbos, id, now_ts)?.ok_or_else(not_found)?;
    let kept_back = LOG_OF_REDEEM_GAS + RESULT_GAS + backlog_gas(call)?;
    let gas = call
        .gas_left()
        .checked_sub(kept_back)
        .filter(|gas| *gas >= MIN_REDEEM_GAS)
        .ok_or(Failure::Plain)?;
    let terms = Terms {
        gas,
        refund_to: call.sender(),
        // Nothing was deposited, and nothing limits what the redeemer gets back.
        max_refund_wei: U256::MAX,
        submission_fee_refund_wei: U256::ZERO,
    };
    let retry = retry::make(redeem, call.host.chain_id(), call.base_fee_wei(), terms);
    let Log { data, .. } = terms.log(&retry);
    call.log(data.topics().to_vec(), data.data.to_vec())?;
    call.burn(gas)?;
    shrink_backlog(call, gas)?;
    Ok(retry.hash().to_vec())
}

/// Gas that is kept back for taking the donated gas off the backlog.
fn backlog_gas(call: &mut Call<'_>) -> Result<u64> {
    let one = READ_GAS + WRITE_GAS;
    if call.arbos != ArbosVersion::V51 {
        // The same whatever the pricing; in ArbOS 50 constraints were forgotten here.
        return Ok(one);
    }
    Ok(
        match gas_price::model(&mut Free(call.ledger()), ArbosVersion::V51)? {
            Model::Single(count) => 2 * READ_GAS + count * one,
            Model::Legacy | Model::Multi(_) => READ_GAS + one,
        },
    )
}

/// Takes exactly what was kept back. ambiguous: before ArbOS 60 the recorded rule tells what is kept back, not what of
/// it is used when the backlog goes to zero, which is cheaper to write.
fn shrink_backlog(call: &mut Call<'_>, gas: u64) -> Result<()> {
    let cost = backlog_gas(call)?;
    call.burn(cost)?;
    let arbos = call.arbos;
    gas_price::shrink(&mut Free(call.ledger()), arbos, gas)
}

fn keepalive(call: &mut Call<'_>) -> Output {
    let id = call.args.word(0)?;
    let (arbos, now_ts) = (call.arbos, call.now_ts());
    match retryable::keepalive(call, arbos, id, now_ts)? {
        Kept::NotFound => Err(not_found()),
        Kept::TooSoon => Err(Failure::Plain),
        Kept::Until(timeout) => {
            call.log(vec![LIFETIME_EXTENDED, id], one(timeout))?;
            Ok(one(timeout))
        }
    }
}

fn cancel(call: &mut Call<'_>) -> Output {
    let id = call.args.word(0)?;
    refuse_own(call, id)?;
    let ticket = open(call)?;
    if ticket.beneficiary(call)? != call.sender() {
        return Err(Failure::Plain);
    }
    ticket.delete(call)?;
    call.log(vec![CANCELED, id], Vec::new())?;
    Ok(Vec::new())
}
