//! Where every wei of a ticket goes.

use super::{
    super::{
        genesis::ArbosGenesis,
        retryable::{Ticket, escrow},
        schema::schema,
        storage::{Free, Ledger, MemoryLedger},
    },
    *,
};

const NOW: u64 = 1_000_000;
const FROM: Address = Address::repeat_byte(0xf0);
const TO: Address = Address::repeat_byte(0x70);
const BENEFICIARY: Address = Address::repeat_byte(0xbe);
const REFUND: Address = Address::repeat_byte(0x4e);
const NETWORK: Address = Address::repeat_byte(0xee);
const INFRA: Address = Address::repeat_byte(0x1f);
const BASE_FEE: u64 = 100_000_000;
const V: ArbosVersion = ArbosVersion::V61;

fn chain() -> MemoryLedger {
    let mut ledger = MemoryLedger::default();
    let genesis = ArbosGenesis {
        network_fee_account: NETWORK,
        infra_fee_account: INFRA,
        min_base_fee_wei: 60_000_000,
        ..ArbosGenesis::default()
    };
    genesis.write(&mut ledger).unwrap();
    ledger
}

fn wei(n: u64) -> U256 {
    U256::from(n)
}

fn submission() -> SubmitRetryable {
    SubmitRetryable {
        chain_id: 412_346,
        request_id: B256::with_last_byte(1),
        from: FROM,
        l1_base_fee_wei: wei(10),
        deposit_wei: wei(10_000_000_000_000_000),
        gas_fee_cap_wei: wei(BASE_FEE * 2),
        gas: 100_000,
        retry_to: Some(TO),
        retry_value_wei: wei(777),
        beneficiary: BENEFICIARY,
        max_submission_fee_wei: wei(50_000),
        fee_refund_address: REFUND,
        retry_data: vec![5; 33].into(),
    }
}

fn total(ledger: &MemoryLedger) -> U256 {
    ledger.balances.values().fold(U256::ZERO, |sum, wei| sum + wei)
}

fn balance(ledger: &mut MemoryLedger, of: Address) -> U256 {
    ledger.balance(of).unwrap()
}

#[test]
fn test_submission_pays_escrows_and_schedules() {
    let mut ledger = chain();
    let submission = submission();
    let done = submission
        .execute(&mut Free(&mut ledger), V, NOW, BASE_FEE)
        .unwrap();
    let fee = wei(10 * (1400 + 6 * 33));
    assert_eq!(submission.submission_fee_wei(), fee);
    assert!(done.succeeded);
    assert_eq!((done.gas_used, done.logs.len()), (100_000, 2));
    assert_eq!(done.logs[0].topics(), [TICKET_CREATED, submission.hash()]);
    let retry = done.redeem.unwrap();
    assert_eq!(done.logs[1].topics()[2], retry.hash());
    assert_eq!(retry.nonce, 0);
    let gas_wei = wei(100_000) * wei(BASE_FEE);
    assert_eq!(balance(&mut ledger, escrow(submission.hash())), wei(777));
    assert_eq!(balance(&mut ledger, INFRA), wei(100_000) * wei(60_000_000));
    assert_eq!(
        balance(&mut ledger, NETWORK),
        fee + wei(100_000) * wei(40_000_000)
    );
    assert_eq!(balance(&mut ledger, REFUND), wei(50_000) - fee + gas_wei);
    assert_eq!(total(&ledger), submission.deposit_wei, "nothing is made or lost");
    // The whole deposit but the value, the excess and the price above the base fee.
    let refunded = wei(50_000) - fee + gas_wei;
    assert_eq!(retry.max_refund_wei, submission.deposit_wei - wei(777) - refunded);
    let logs = done.logs;
    let found = scheduled(&mut Free(&mut ledger), &logs, V, 412_346, BASE_FEE, NOW).unwrap();
    assert_eq!(found, [retry], "the logs tell the same redeem");
}

#[test]
fn test_submission_without_gas_waits_and_one_without_fee_only_deposits() {
    let mut ledger = chain();
    let cheap = SubmitRetryable {
        gas_fee_cap_wei: wei(BASE_FEE - 1),
        ..submission()
    };
    let done = cheap.execute(&mut Free(&mut ledger), V, NOW, BASE_FEE).unwrap();
    assert!(done.succeeded && done.redeem.is_none());
    assert_eq!((done.gas_used, done.logs.len()), (0, 1));
    let gas_funds = wei(100_000) * wei(BASE_FEE - 1);
    let fee = cheap.submission_fee_wei();
    assert_eq!(balance(&mut ledger, REFUND), wei(50_000) - fee + gas_funds);

    let mut ledger = chain();
    let poor = SubmitRetryable {
        max_submission_fee_wei: submission().submission_fee_wei() - wei(1),
        ..submission()
    };
    let done = poor.execute(&mut Free(&mut ledger), V, NOW, BASE_FEE).unwrap();
    assert_eq!(done, Submitted::default());
    assert_eq!(balance(&mut ledger, FROM), poor.deposit_wei);
}

/// The EVM between [`begin`] and [`settle`]: takes the gas, gives back what is left, moves the value on success.
fn run(ledger: &mut MemoryLedger, retry: &RetryTx, succeeded: bool, gas_used: u64) {
    assert!(begin(&mut Free(ledger), retry, V, NOW).unwrap());
    let store = &mut Free(ledger);
    store
        .burn_wei(retry.from, wei(gas_used) * retry.gas_fee_cap_wei)
        .unwrap();
    if succeeded {
        store.transfer(retry.from, TO, retry.value_wei).unwrap();
    }
    settle(store, retry, V, succeeded, gas_used, BASE_FEE).unwrap();
}

#[test]
fn test_redeem_that_succeeds_refunds_and_removes_the_ticket() {
    let mut ledger = chain();
    let submission = submission();
    let done = submission
        .execute(&mut Free(&mut ledger), V, NOW, BASE_FEE)
        .unwrap();
    let retry = done.redeem.unwrap();
    let before = total(&ledger);
    let refund_before = balance(&mut ledger, REFUND);
    run(&mut ledger, &retry, true, 30_000);
    assert_eq!(total(&ledger), before, "what was minted for gas was burnt again");
    assert_eq!(balance(&mut ledger, TO), wei(777));
    assert_eq!(balance(&mut ledger, INFRA), wei(30_000) * wei(60_000_000));
    assert_eq!(balance(&mut ledger, NETWORK), wei(30_000) * wei(40_000_000));
    let back = submission.submission_fee_wei() + wei(70_000) * wei(BASE_FEE);
    assert_eq!(balance(&mut ledger, REFUND), refund_before + back);
    let id = submission.hash();
    assert!(
        retryable::open(&mut Free(&mut ledger), V, id, NOW)
            .unwrap()
            .is_none()
    );
    assert!(
        !begin(&mut Free(&mut ledger), &retry, V, NOW).unwrap(),
        "not twice"
    );
    let backlog = Free(&mut ledger).peek(schema().l2.backlog).unwrap();
    assert_eq!(backlog, wei(30_000));
}

#[test]
fn test_redeem_that_fails_puts_the_value_back() {
    let mut ledger = chain();
    let submission = submission();
    let done = submission
        .execute(&mut Free(&mut ledger), V, NOW, BASE_FEE)
        .unwrap();
    let retry = done.redeem.unwrap();
    let before = total(&ledger);
    run(&mut ledger, &retry, false, 100_000);
    assert_eq!(total(&ledger), before);
    assert_eq!(balance(&mut ledger, escrow(submission.hash())), wei(777));
    assert_eq!(balance(&mut ledger, TO), U256::ZERO);
    let open = retryable::open(&mut Free(&mut ledger), V, submission.hash(), NOW).unwrap();
    assert_eq!(open.unwrap().read(&mut Free(&mut ledger)).unwrap().tries, 1);
}

#[test]
fn test_refund_from_an_account_that_is_short_is_skipped_whole() {
    let mut ledger = chain();
    let done = submission()
        .execute(&mut Free(&mut ledger), V, NOW, BASE_FEE)
        .unwrap();
    let retry = done.redeem.unwrap();
    ledger.set_balance(NETWORK, wei(5)).unwrap();
    let before = balance(&mut ledger, REFUND);
    run(&mut ledger, &retry, true, 30_000);
    assert_eq!(balance(&mut ledger, NETWORK), wei(5));
    assert_eq!(
        balance(&mut ledger, REFUND),
        before + wei(70_000) * wei(60_000_000)
    );
}

/// A ticket lives through the second of its end, and keepalives put weeks on.
#[test]
fn test_end_of_a_ticket_at_the_second() {
    let id = B256::with_last_byte(9);
    let ticket = Ticket {
        tries: 0,
        from: FROM,
        to: None,
        value_wei: U256::ZERO,
        beneficiary: BENEFICIARY,
        data: Bytes::new(),
    };
    for arbos in [ArbosVersion::V51, V] {
        let mut ledger = chain();
        let store = &mut Free(&mut ledger);
        retryable::create(store, id, &ticket, NOW).unwrap();
        let end = NOW + LIFETIME_SECS;
        assert_eq!(end, first_timeout_ts(NOW));
        assert!(retryable::open(store, arbos, id, end).unwrap().is_some());
        assert!(retryable::open(store, arbos, id, end + 1).unwrap().is_none());
        assert!(!retryable::reap_one(store, end).unwrap());
        let kept = retryable::keepalive(store, arbos, id, NOW).unwrap();
        assert_eq!(kept, retryable::Kept::Until(end + LIFETIME_SECS));
        let again = retryable::keepalive(store, arbos, id, NOW).unwrap();
        assert_eq!(again, retryable::Kept::TooSoon);
        // From ArbOS 60 the week counts before a block has moved the stored end.
        let alive = retryable::open(store, arbos, id, end + 1).unwrap().is_some();
        assert_eq!(alive, arbos >= ArbosVersion::V60);
        assert!(retryable::reap_one(store, end + 1).unwrap(), "moves the end");
        assert!(retryable::open(store, arbos, id, end + 1).unwrap().is_some());
        let last = end + LIFETIME_SECS;
        assert!(!retryable::reap_one(store, last).unwrap());
        store.mint(escrow(id), wei(3)).unwrap();
        assert!(retryable::reap_one(store, last + 1).unwrap(), "removes it");
        assert!(!retryable::reap_one(store, u64::MAX).unwrap());
        assert!(retryable::open(store, arbos, id, 0).unwrap().is_none());
        assert_eq!(balance(&mut ledger, BENEFICIARY), wei(3));
    }
}
