//! ArbOS's precompiles in whole transactions, from the attackers' side: who may not, what must not remain, what must not
//! happen twice.

mod world;

use mintage_vm::{
    ArbosVersion,
    arbos::{
        ArbosContext, ArbosGenesis, CurrentRedeem, L2BlockHashes, alias,
        block::{StartBlock, start_block},
        retry::{self, RetryTx},
        retryable::{self, LIFETIME_SECS, Ticket, escrow},
        schema::schema,
        sends,
        storage::{Free, Ledger, LedgerError, MemoryLedger, Store},
    },
    precompile::{
        ARB_ADDRESS_TABLE, ARB_DEBUG, ARB_FILTERED_TRANSACTIONS_MANAGER, ARB_NATIVE_TOKEN_MANAGER, ARB_OWNER,
        ARB_OWNER_PUBLIC, ARB_RETRYABLE_TX, ARB_SYS, ARB_WASM, L2_TO_L1_TX, SEND_MERKLE_UPDATE, abi,
    },
    state::ARBOS_STATE_ADDRESS,
};
use revm::{
    Database,
    bytecode::Bytecode,
    context_interface::result::ExecutionResult,
    primitives::{Address, B256, Bytes, Log, TxKind, U256, address, hex, keccak256},
    state::AccountInfo,
};
use world::*;

const V: ArbosVersion = ArbosVersion::V61;
const STRANGER: Address = Address::repeat_byte(0x99);
const CALL: Address = address!("2000000000000000000000000000000000000001");
const DELEGATE: Address = address!("2000000000000000000000000000000000000002");
const STATIC: Address = address!("2000000000000000000000000000000000000003");
const REVERTER: Address = address!("2000000000000000000000000000000000000004");
const TICKET: B256 = B256::repeat_byte(0x71);

/// A chain whose owner is ALICE.
fn chain(arbos: ArbosVersion) -> World {
    let mut world = World::new(arbos);
    let mut ledger = MemoryLedger::default();
    ArbosGenesis {
        arbos,
        owners: vec![ALICE],
        ..ArbosGenesis::default()
    }
    .write(&mut ledger)
    .unwrap();
    for (account, code) in &ledger.code {
        let info = AccountInfo {
            nonce: 1,
            ..Default::default()
        };
        let code = Bytecode::new_legacy(code.clone());
        world.db().insert_account_info(*account, info.with_code(code));
    }
    for ((account, slot), value) in &ledger.storage {
        world
            .db()
            .insert_account_storage(*account, *slot, *value)
            .unwrap();
    }
    world.put(CALL, &forwarder(0xf1));
    world.put(DELEGATE, &forwarder(0xf4));
    world.put(STATIC, &forwarder(0xfa));
    // Passes its calldata on as CALL does, then reverts with one zero byte.
    world.put(REVERTER, "6014360360145f375f5f601436035f345f3560601c5af160015ffd");
    world.evm.set_arbos_context(ArbosContext {
        l2_block_number: 50,
        debug_precompiles: true,
        ..ArbosContext::default()
    });
    world
}

fn input(selector: [u8; 4], args: &[B256]) -> Bytes {
    [&selector[..], &args.concat()].concat().into()
}

fn through(target: Address, data: &[u8]) -> Bytes {
    [&target.0.0, data].concat().into()
}

fn word(n: u64) -> B256 {
    U256::from(n).into()
}

fn peek(world: &mut World, slot: U256) -> U256 {
    world.db().storage(ARBOS_STATE_ADDRESS, slot).unwrap()
}

fn balance(world: &mut World, account: Address) -> U256 {
    world.db().basic(account).unwrap().unwrap_or_default().balance
}

/// All of ArbOS's storage.
fn arbos_storage(world: &mut World) -> Vec<(U256, U256)> {
    let account = &world.db().cache.accounts[&ARBOS_STATE_ADDRESS];
    let mut slots: Vec<_> = account
        .storage
        .iter()
        .map(|(slot, value)| (*slot, *value))
        .filter(|(_, value)| !value.is_zero())
        .collect();
    slots.sort();
    slots
}

fn logs(result: &ExecutionResult) -> Vec<Log> {
    match result {
        ExecutionResult::Success { logs, .. } => logs.clone(),
        other => panic!("{other:?}"),
    }
}

/// Acts on the committed state as a chain does between transactions.
fn on_state<R>(world: &mut World, act: impl FnOnce(&mut dyn Store) -> R) -> R {
    let mut ledger = MemoryLedger::default();
    for (address, account) in &world.db().cache.accounts {
        ledger.balances.insert(*address, account.info.balance);
        for (slot, value) in &account.storage {
            ledger.set_storage(*address, *slot, *value).unwrap();
        }
    }
    let before = ledger.clone();
    let result = act(&mut Free(&mut ledger));
    for key in before.storage.keys().chain(ledger.storage.keys()) {
        let value = ledger.storage.get(key).copied().unwrap_or_default();
        world.db().insert_account_storage(key.0, key.1, value).unwrap();
    }
    for (account, wei) in &ledger.balances {
        if before.balances.get(account) != Some(wei) {
            let mut info = world.db().basic(*account).unwrap().unwrap_or_default();
            info.balance = *wei;
            world.db().insert_account_info(*account, info);
        }
    }
    result
}

fn at(world: &mut World, timestamp: u64) {
    world.evm.inner.ctx.block.timestamp = U256::from(timestamp);
}

#[test]
fn test_a_stranger_who_sets_loses_all_gas_and_changes_nothing() {
    let mut world = chain(V);
    let before = arbos_storage(&mut world);
    let set_fee = input(hex!("a0188cdb"), &[word(7)]);
    // The forwarder is a stranger, whoever sends.
    let result = world.call(CALL, through(ARB_OWNER, &set_fee));
    assert!(!result.is_success());
    assert!(
        result.tx_gas_used() > world.gas_limit / 64 * 62,
        "63/64 of the gas is gone"
    );
    assert_eq!(arbos_storage(&mut world), before);

    let result = world.call(ARB_OWNER, set_fee.clone());
    assert!(result.is_success());
    assert_eq!(peek(&mut world, schema().l2.min_base_fee), U256::from(7));
    assert_eq!(result.tx_gas_used(), 21_000 + intrinsic_data(&set_fee));
    let acts = logs(&result);
    assert_eq!(acts[0].address, ARB_OWNER);
    assert_eq!(acts[0].topics()[1][..4], hex!("a0188cdb"));
    assert_eq!(acts[0].topics()[2], ALICE.into_word());
    assert_eq!(acts[0].data.data, abi::dynamic(&set_fee));
}

fn intrinsic_data(data: &[u8]) -> u64 {
    data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum()
}

#[test]
fn test_owner_rights_do_not_pass_through_delegation_or_static_calls() {
    let mut world = chain(V);
    let before = arbos_storage(&mut world);
    let set_fee = input(hex!("a0188cdb"), &[word(7)]);
    // Delegated: the owner is the sender, but the precompile would act as another.
    assert!(!world.call(DELEGATE, through(ARB_OWNER, &set_fee)).is_success());
    assert_eq!(arbos_storage(&mut world), before);
    // A contract that is an owner may read in a static call, without a log, and may not write.
    let add = input(hex!("481f8dbf"), &[STATIC.into_word()]);
    assert_eq!(
        logs(&world.call(ARB_OWNER, add)).len(),
        2,
        "ChainOwnerAdded and OwnerActs"
    );
    let read = world.call(STATIC, through(ARB_OWNER, &hex!("516b4e0f")));
    assert_eq!(logs(&read).len(), 0);
    assert_eq!(read.output().unwrap().len(), 32 * 4);
    let before = arbos_storage(&mut world);
    assert!(!world.call(STATIC, through(ARB_OWNER, &set_fee)).is_success());
    assert_eq!(arbos_storage(&mut world), before);
    // Value where none is taken.
    let sent = world.send(TxKind::Call(ARB_OWNER), 1, set_fee);
    assert!(!sent.is_success());
    assert_eq!(balance(&mut world, ARB_OWNER), U256::ZERO);
}

/// At every amount of gas between too little and enough, either all is written or nothing.
#[test]
fn test_out_of_gas_in_the_midst_leaves_nothing() {
    let register = input(hex!("4420e486"), &[STRANGER.into_word()]);
    let enough = 21_000 + intrinsic_data(&register) + 62_406;
    for (missing, there) in [
        (0, true),
        (1, false),
        (3, false),
        (4, false),
        (20_003, false),
        (40_003, false),
        (62_000, false),
    ] {
        let mut world = chain(V);
        let before = arbos_storage(&mut world);
        world.gas_limit = enough - missing;
        let result = world.call(ARB_ADDRESS_TABLE, register.clone());
        assert_eq!(result.is_success(), there, "{missing} gas missing");
        assert_eq!(result.tx_gas_used(), world.gas_limit);
        assert_eq!(
            arbos_storage(&mut world) != before,
            there,
            "{missing} gas missing"
        );
    }
}

#[test]
fn test_what_a_reverted_frame_did_is_undone() {
    let mut world = chain(V);
    let before = arbos_storage(&mut world);
    let register = input(hex!("4420e486"), &[STRANGER.into_word()]);
    assert!(
        !world
            .call(REVERTER, through(ARB_ADDRESS_TABLE, &register))
            .is_success()
    );
    let withdraw = input(hex!("25e16063"), &[STRANGER.into_word()]);
    let total = balance(&mut world, ALICE);
    let sent = world.send(TxKind::Call(REVERTER), 1_000, through(ARB_SYS, &withdraw));
    assert!(!sent.is_success());
    assert_eq!(arbos_storage(&mut world), before);
    assert_eq!(balance(&mut world, ALICE), total, "the wei are back");
    // Code that was overwritten comes back, too.
    let code = |world: &mut World| world.db().basic(CALL).unwrap().unwrap().code_hash;
    let old = code(&mut world);
    let args = [&CALL.into_word().0[..], &word(64).0, &abi::tail(&[0; 3])].concat();
    let overwrite = [&hex!("1be250d6")[..], &args].concat();
    assert!(!world.call(REVERTER, through(ARB_DEBUG, &overwrite)).is_success());
    assert_eq!(code(&mut world), old);
    assert!(world.call(ARB_DEBUG, overwrite).is_success());
    assert_eq!(code(&mut world), keccak256([0; 3]));
}

#[test]
fn test_debug_precompile_is_shut_unless_the_chain_opens_it() {
    let mut world = chain(V);
    let become_owner = Bytes::from_static(&hex!("0e5bbc11"));
    world.evm.set_arbos_context(ArbosContext::default());
    let result = world.call(CALL, through(ARB_DEBUG, &become_owner));
    assert!(!result.is_success());
    assert!(result.tx_gas_used() > world.gas_limit / 64 * 62);
    world.evm.set_arbos_context(ArbosContext {
        debug_precompiles: true,
        ..ArbosContext::default()
    });
    assert!(world.call(CALL, through(ARB_DEBUG, &become_owner)).is_success());
    let asked = input(hex!("26ef7f68"), &[CALL.into_word()]);
    let answer = world.call(ARB_OWNER_PUBLIC, asked);
    assert_eq!(answer.output().unwrap()[..], word(1)[..]);
}

/// Leaves of the whole tree, hashed level by level; an empty place is zero, and so is the parent of two.
fn full_root(leaves: &[B256]) -> B256 {
    let mut row = leaves.to_vec();
    row.resize(leaves.len().next_power_of_two(), B256::ZERO);
    while row.len() > 1 {
        let pair = |pair: &[B256]| match pair {
            [B256::ZERO, B256::ZERO] => B256::ZERO,
            pair => keccak256(pair.concat()),
        };
        row = row.chunks(2).map(pair).collect();
    }
    row[0]
}

#[test]
fn test_messages_to_l1_burn_value_and_build_the_tree() {
    let mut world = chain(V);
    world.evm.inner.ctx.block.number = U256::from(7);
    let mut leaves = Vec::new();
    for n in 0..6u8 {
        let data = vec![n; usize::from(n) * 20];
        let args = [&STRANGER.into_word().0[..], &word(64).0, &abi::tail(&data)].concat();
        let call = [&hex!("928c169a")[..], &args].concat();
        let before = balance(&mut world, ALICE);
        let result = world.send(TxKind::Call(ARB_SYS), u128::from(n) * 5, call.into());
        let value = U256::from(n) * U256::from(5);
        assert_eq!(before - balance(&mut world, ALICE), value, "the value is gone");
        assert_eq!(balance(&mut world, ARB_SYS), U256::ZERO, "and nobody has it");
        let numbers = [word(50), word(7), word(NOW_TS), value.into()].concat();
        let message = [ALICE.as_slice(), STRANGER.as_slice(), &numbers, &data].concat();
        let hash = keccak256(message);
        leaves.push(keccak256(hash));
        let all = logs(&result);
        let (sent, updates) = all.split_last().unwrap();
        assert_eq!(
            sent.topics(),
            [L2_TO_L1_TX, STRANGER.into_word(), hash, word(n.into())]
        );
        let head = [
            ALICE.into_word(),
            word(50),
            word(7),
            word(NOW_TS),
            value.into(),
            word(192),
        ]
        .concat();
        assert_eq!(sent.data.data, [head, abi::tail(&data)].concat());
        assert_eq!(result.output().unwrap()[..], word(n.into())[..]);
        assert_eq!(updates.len() as u32, (n + 1).trailing_zeros());
        for (level, update) in (1u64..).zip(updates) {
            let subtree = &leaves[leaves.len() - (1 << level)..];
            let position: U256 = (U256::from(level) << 192) | U256::from(n);
            assert_eq!(
                update.topics(),
                [
                    SEND_MERKLE_UPDATE,
                    B256::ZERO,
                    full_root(subtree),
                    position.into()
                ]
            );
        }
        let root = on_state(&mut world, |store| sends::root(store).unwrap());
        assert_eq!(root, full_root(&leaves));
    }
}

#[test]
fn test_native_token_owners_stop_withdrawals_and_only_they_mint() {
    let mut world = chain(V);
    let mint = input(hex!("a6f0f7c7"), &[word(500)]);
    let result = world.call(CALL, through(ARB_NATIVE_TOKEN_MANAGER, &mint));
    assert!(!result.is_success());
    let add = input(hex!("aeb3a464"), &[ALICE.into_word()]);
    assert!(
        !world.call(ARB_OWNER, add.clone()).is_success(),
        "the feature is not on"
    );
    let soon = input(hex!("bdb8f707"), &[word(NOW_TS + 7 * 86_400 - 1)]);
    assert!(!world.call(ARB_OWNER, soon).is_success(), "a week's notice");
    let from = NOW_TS + 7 * 86_400;
    assert!(
        world
            .call(ARB_OWNER, input(hex!("bdb8f707"), &[word(from)]))
            .is_success()
    );
    let sooner = input(hex!("bdb8f707"), &[word(from - 1)]);
    assert!(!world.call(ARB_OWNER, sooner).is_success(), "not brought forward");
    at(&mut world, from - 1);
    assert!(!world.call(ARB_OWNER, add.clone()).is_success());
    at(&mut world, from);
    assert!(world.call(ARB_OWNER, add).is_success());
    let before = balance(&mut world, ALICE);
    assert!(world.call(ARB_NATIVE_TOKEN_MANAGER, mint).is_success());
    assert_eq!(balance(&mut world, ALICE), before + U256::from(500));
    let too_much = input(hex!("1c679a3c"), &[B256::repeat_byte(0xff)]);
    assert!(!world.call(ARB_NATIVE_TOKEN_MANAGER, too_much).is_success());
    let burn = input(hex!("1c679a3c"), &[word(200)]);
    assert!(world.call(ARB_NATIVE_TOKEN_MANAGER, burn).is_success());
    assert_eq!(balance(&mut world, ALICE), before + U256::from(300));
    let withdraw = input(hex!("25e16063"), &[STRANGER.into_word()]);
    assert!(
        !world
            .send(TxKind::Call(ARB_SYS), 1, withdraw.clone())
            .is_success()
    );
    assert!(world.send(TxKind::Call(ARB_SYS), 0, withdraw).is_success());
}

#[test]
fn test_filterers_alone_filter() {
    let mut world = chain(V);
    let from = NOW_TS + 7 * 86_400;
    world.call(ARB_OWNER, input(hex!("46066e45"), &[word(from)]));
    at(&mut world, from);
    assert!(
        world
            .call(ARB_OWNER, input(hex!("59c87acc"), &[ALICE.into_word()]))
            .is_success()
    );
    let add = input(hex!("cb470491"), &[TICKET]);
    let asked = input(hex!("85c733a4"), &[TICKET]);
    let manager = ARB_FILTERED_TRANSACTIONS_MANAGER;
    assert!(!world.call(CALL, through(manager, &add)).is_success());
    assert_eq!(
        world.call(manager, asked.clone()).output().unwrap()[..],
        word(0)[..]
    );
    let added = world.call(manager, add.clone());
    assert_eq!(
        added.tx_gas_used(),
        21_000 + intrinsic_data(&add),
        "free for a filterer"
    );
    assert_eq!(logs(&added)[0].topics()[1], TICKET);
    assert_eq!(
        world.call(manager, asked.clone()).output().unwrap()[..],
        word(1)[..]
    );
    world.call(manager, input(hex!("d26374b1"), &[TICKET]));
    assert_eq!(world.call(manager, asked).output().unwrap()[..], word(0)[..]);
}

/// A chain with a ticket of STRANGER's that sends 5 wei to CALL's script of nothing.
fn with_ticket() -> World {
    let mut world = chain(V);
    let ticket = Ticket {
        tries: 0,
        from: STRANGER,
        to: Some(Address::repeat_byte(0x55)),
        value_wei: U256::from(5),
        beneficiary: ALICE,
        data: Bytes::from_static(b"message"),
    };
    on_state(&mut world, |store| {
        retryable::create(store, TICKET, &ticket, NOW_TS).unwrap();
        store.mint(escrow(TICKET), U256::from(5)).unwrap();
    });
    world
}

fn redeems(world: &mut World, result: &ExecutionResult) -> Vec<RetryTx> {
    let logs = logs(result);
    let now = world.evm.inner.ctx.block.timestamp.to::<u64>();
    on_state(world, |store| {
        retry::scheduled(store, &logs, V, 42161, 100, now).unwrap()
    })
}

#[test]
fn test_redeem_schedules_with_the_donated_gas_and_never_runs_twice() {
    let mut world = with_ticket();
    let redeem = input(hex!("eda1122c"), &[TICKET]);
    world.evm.inner.ctx.block.basefee = 0;
    let result = world.call(ARB_RETRYABLE_TX, redeem.clone());
    let first = redeems(&mut world, &result);
    assert_eq!(first.len(), 1);
    assert_eq!((first[0].from, first[0].nonce), (STRANGER, 0));
    assert_eq!((first[0].refund_to, first[0].max_refund_wei), (ALICE, U256::MAX));
    assert!(first[0].gas > 21_000 && result.tx_gas_used() == world.gas_limit);
    // A second transaction before the first redeem ran: another try of the same ticket.
    let result = world.call(ARB_RETRYABLE_TX, redeem.clone());
    let second = redeems(&mut world, &result);
    assert_eq!(second[0].nonce, 1);
    assert_ne!(first[0].hash(), second[0].hash());
    on_state(&mut world, |store| {
        assert!(retry::begin(store, &first[0], V, NOW_TS).unwrap());
        store
            .burn_wei(STRANGER, U256::from(first[0].gas) * U256::from(100))
            .unwrap();
        retry::settle(store, &first[0], V, true, first[0].gas, 100).unwrap();
        assert!(
            !retry::begin(store, &second[0], V, NOW_TS).unwrap(),
            "the ticket is gone"
        );
    });
    assert_eq!(balance(&mut world, escrow(TICKET)), U256::ZERO);
    let again = world.call(ARB_RETRYABLE_TX, redeem);
    assert_eq!(again.output().unwrap()[..], hex!("80698456"), "NoTicketWithID");
}

#[test]
fn test_reverted_redeem_schedules_nothing() {
    let mut world = with_ticket();
    let before = arbos_storage(&mut world);
    let redeem = input(hex!("eda1122c"), &[TICKET]);
    let result = world.call(REVERTER, through(ARB_RETRYABLE_TX, &redeem));
    assert!(!result.is_success());
    assert_eq!(arbos_storage(&mut world), before, "not even a try is counted");
}

#[test]
fn test_redeem_cannot_touch_its_own_ticket() {
    let mut world = with_ticket();
    let own = ArbosContext {
        tx_type: retry::RETRY_TX_TYPE,
        redeem: Some(CurrentRedeem {
            ticket_id: TICKET,
            refund_to: STRANGER,
        }),
        ..ArbosContext::default()
    };
    world.evm.set_arbos_context(own);
    for selector in [hex!("eda1122c"), hex!("c4d252f5")] {
        let result = world.call(ARB_RETRYABLE_TX, input(selector, &[TICKET]));
        assert!(matches!(&result, ExecutionResult::Revert { output, .. } if output.is_empty()));
    }
    let redeemer = world.call(ARB_RETRYABLE_TX, Bytes::from_static(&hex!("de4ba2b3")));
    assert_eq!(redeemer.output().unwrap()[..], STRANGER.into_word()[..]);
}

#[test]
fn test_only_the_beneficiary_cancels() {
    let mut world = with_ticket();
    let cancel = input(hex!("c4d252f5"), &[TICKET]);
    assert!(!world.call(CALL, through(ARB_RETRYABLE_TX, &cancel)).is_success());
    assert_eq!(balance(&mut world, escrow(TICKET)), U256::from(5));
    let before = balance(&mut world, ALICE);
    let cancelled = world.call(ARB_RETRYABLE_TX, cancel.clone());
    assert_eq!(logs(&cancelled).len(), 1);
    assert_eq!(balance(&mut world, ALICE), before + U256::from(5));
    assert_eq!(balance(&mut world, escrow(TICKET)), U256::ZERO);
    let again = world.call(ARB_RETRYABLE_TX, cancel);
    assert_eq!(again.output().unwrap()[..], hex!("80698456"));
}

#[test]
fn test_ticket_ends_at_the_second_and_keepalive_moves_it() {
    let mut world = with_ticket();
    let end = NOW_TS + LIFETIME_SECS;
    let timeout = input(hex!("9f1025c6"), &[TICKET]);
    at(&mut world, end + 1);
    let gone = world.call(ARB_RETRYABLE_TX, timeout.clone());
    assert_eq!(gone.output().unwrap()[..], hex!("80698456"));
    let redeem = input(hex!("eda1122c"), &[TICKET]);
    assert!(!world.call(ARB_RETRYABLE_TX, redeem.clone()).is_success());
    at(&mut world, end);
    assert_eq!(
        world.call(ARB_RETRYABLE_TX, timeout.clone()).output().unwrap()[..],
        word(end)[..]
    );
    let keepalive = input(hex!("f0b21a41"), &[TICKET]);
    let kept = world.call(ARB_RETRYABLE_TX, keepalive.clone());
    assert_eq!(kept.output().unwrap()[..], word(end + LIFETIME_SECS)[..]);
    at(&mut world, end - 1);
    assert!(
        !world.call(ARB_RETRYABLE_TX, keepalive).is_success(),
        "more than a week is left"
    );
    at(&mut world, end + LIFETIME_SECS);
    assert!(world.call(ARB_RETRYABLE_TX, redeem).is_success());
}

#[derive(Debug)]
struct Hashes;

impl L2BlockHashes for Hashes {
    fn hash_of(&self, number: u64) -> Result<Option<B256>, LedgerError> {
        Ok(Some(keccak256(number.to_be_bytes())))
    }
}

#[test]
fn test_block_hashes_are_those_of_the_256_blocks_before() {
    let mut world = chain(V);
    let ask = |world: &mut World, number: u64| world.call(ARB_SYS, input(hex!("2b407a82"), &[word(number)]));
    let unknown = ask(&mut world, 49);
    assert!(matches!(&unknown, ExecutionResult::Revert { output, .. } if output.is_empty()));
    world.evm.set_arbos_context(ArbosContext {
        l2_block_number: 1_000,
        l2_block_hashes: Some(std::sync::Arc::new(Hashes)),
        ..ArbosContext::default()
    });
    for number in [744u64, 999] {
        let hash = keccak256(number.to_be_bytes());
        assert_eq!(ask(&mut world, number).output().unwrap()[..], hash[..]);
    }
    for number in [743u64, 1_000] {
        let expected = [&hex!("d5dc642d")[..], &word(number).0, &word(1_000).0].concat();
        assert_eq!(ask(&mut world, number).output().unwrap()[..], expected);
    }
}

/// Who calls at which depth, for a transaction from L1 and for one from here.
#[test]
fn test_aliases_are_told_at_the_top_level_only() {
    let mut world = chain(V);
    let (was, mine, top) = (hex!("175a260b"), hex!("d74523b3"), hex!("08bd624c"));
    let twice = |data: &[u8]| through(CALL, &through(ARB_SYS, data));
    for (tx_type, aliased) in [
        (0x66, true),
        (0x65, true),
        (0x68, true),
        (2, false),
        (0x69, false),
    ] {
        world.evm.set_arbos_context(ArbosContext {
            tx_type,
            ..ArbosContext::default()
        });
        let mut ask = |to, data: Bytes| B256::from_slice(world.call(to, data).output().unwrap());
        let flag = |on: bool| word(on.into());
        let caller = if aliased { alias::to_l1(ALICE) } else { ALICE };
        assert_eq!(ask(ARB_SYS, was.into()), flag(aliased));
        assert_eq!(ask(CALL, through(ARB_SYS, &was)), flag(aliased));
        assert_eq!(ask(CALL, through(ARB_SYS, &mine)), caller.into_word());
        assert_eq!(ask(CALL, through(ARB_SYS, &top)), flag(true));
        // One frame deeper the caller's caller is a contract.
        assert_eq!(ask(CALL, twice(&was)), flag(false));
        assert_eq!(ask(CALL, twice(&mine)), CALL.into_word());
        assert_eq!(ask(CALL, twice(&top)), flag(false));
    }
}

#[test]
fn test_stylus_programs_call_every_precompile_too() {
    let mut world = chain(V);
    let script = world.program("own-script.wasm");
    let result = world.call(script, script_call(0, ARB_SYS, 0, &hex!("a3b1b31d")));
    let reply = [&[0][..], &32u32.to_le_bytes(), &word(50).0].concat();
    assert_eq!(result.output().unwrap()[..], reply);
    let register = input(hex!("4420e486"), &[STRANGER.into_word()]);
    let result = world.call(script, script_call(0, ARB_ADDRESS_TABLE, 0, &register));
    let reply = [&[0][..], &32u32.to_le_bytes(), &word(0).0].concat();
    assert_eq!(result.output().unwrap()[..], reply);
    assert_eq!(peek(&mut world, schema().address_table.field(0)), U256::from(1));
    // Static and delegated calls are refused there as well.
    for kind in [1, 2] {
        let register = input(hex!("4420e486"), &[CALL.into_word()]);
        world.call(
            script,
            script_call_with_gas(kind, ARB_ADDRESS_TABLE, 0, 100_000, &register),
        );
        assert_eq!(peek(&mut world, schema().address_table.field(0)), U256::from(1));
    }
}

#[test]
fn test_setters_of_stylus_act_on_the_rules_and_not_off_chain() {
    let mut world = chain(V);
    let ink = input(hex!("8c1d4fda"), &[word(20_000)]);
    world.evm.set_arbos_context(ArbosContext {
        off_chain: true,
        ..ArbosContext::default()
    });
    assert!(world.call(ARB_OWNER, ink.clone()).is_success());
    let price = |world: &mut World| {
        let answer = world.call(ARB_WASM, Bytes::from_static(&hex!("d1c17abc")));
        U256::from_be_slice(answer.output().unwrap())
    };
    assert_eq!(price(&mut world), U256::from(10_000));
    world.evm.set_arbos_context(ArbosContext::default());
    assert!(world.call(ARB_OWNER, ink).is_success());
    assert_eq!(price(&mut world), U256::from(20_000));
    for refused in [0, 1 << 24] {
        assert!(
            !world
                .call(ARB_OWNER, input(hex!("8c1d4fda"), &[word(refused)]))
                .is_success()
        );
    }
    // Rounded up to the units: 128 gas, 32 gas, two percent.
    world.call(ARB_OWNER, input(hex!("8293405e"), &[word(129), word(33)]));
    let least = world.call(ARB_WASM, Bytes::from_static(&hex!("99d0b38d")));
    assert_eq!(least.output().unwrap()[..], [word(256), word(64)].concat());
    world.call(ARB_OWNER, input(hex!("67e0718f"), &[word(101)]));
    let scalar = world.call(ARB_WASM, Bytes::from_static(&hex!("5fc94c0b")));
    assert_eq!(scalar.output().unwrap()[..], word(102)[..]);
    let zero = input(hex!("4d7a060d"), &[word(0)]);
    assert!(!world.call(ARB_OWNER, zero).is_success(), "no speed of zero");
    let level = input(hex!("5399126f"), &[word(12)]);
    assert!(
        !world.call(ARB_OWNER, level).is_success(),
        "no such level of Brotli"
    );
}

#[test]
fn test_upgrade_that_an_owner_schedules_is_performed_by_a_block() {
    let old = ArbosVersion::V51;
    let mut world = chain(old);
    let schedule = input(hex!("e388b381"), &[word(61), word(NOW_TS + 100)]);
    assert!(world.call(ARB_OWNER, schedule).is_success());
    let scheduled = world.call(ARB_OWNER_PUBLIC, Bytes::from_static(&hex!("81ef944c")));
    assert_eq!(
        scheduled.output().unwrap()[..],
        [word(61), word(NOW_TS + 100)].concat()
    );
    let block = |timestamp| StartBlock {
        l2_number: 51,
        l1_number: 8,
        timestamp,
        parent_timestamp: NOW_TS,
        parent_hash: TICKET,
    };
    let mut start = |timestamp| {
        on_state(&mut world, |store| {
            start_block(store.ledger(), old, &block(timestamp)).unwrap()
        })
    };
    assert_eq!(start(NOW_TS + 99), old);
    assert_eq!(start(NOW_TS + 100), ArbosVersion::V61);
    assert_eq!(peek(&mut world, schema().root.version), U256::from(61));
}

#[test]
fn test_constraints_that_cannot_be_priced_are_refused() {
    let mut world = chain(V);
    let single = |items: &[[u64; 3]]| {
        let words: Vec<B256> = [word(32), word(items.len() as u64)]
            .into_iter()
            .chain(items.iter().flatten().map(|n| word(*n)))
            .collect();
        input(hex!("cc0d556a"), &words)
    };
    for refused in [[0, 1, 0], [1, 0, 0]] {
        assert!(!world.call(ARB_OWNER, single(&[refused])).is_success());
    }
    assert!(
        world
            .call(ARB_OWNER, single(&[[5, 6, 7], [8, 9, 10]]))
            .is_success()
    );
    let list = &schema().l2.constraints;
    assert_eq!(peek(&mut world, list.len_slot()), U256::from(2));
    assert_eq!(peek(&mut world, list.element(1).field(2)), U256::from(10));
    assert!(
        world.call(ARB_OWNER, single(&[])).is_success(),
        "back to the legacy pricing"
    );
    assert_eq!(peek(&mut world, list.element(1).field(2)), U256::ZERO);
    let multi = |kind: u64, target: u64, backlog: u64| {
        let tuple = [
            word(128),
            word(10),
            word(target),
            word(backlog),
            word(1),
            word(kind),
            word(3),
        ];
        input(
            hex!("2b05bb39"),
            &[&[word(32), word(1), word(32)][..], &tuple].concat(),
        )
    };
    assert!(
        !world.call(ARB_OWNER, multi(9, 1_000, 0)).is_success(),
        "no such kind"
    );
    assert!(!world.call(ARB_OWNER, multi(1, 0, 0)).is_success());
    // 8.5 is the greatest exponent: a backlog of 85,000 for 10 s at 1,000 gas a second.
    assert!(!world.call(ARB_OWNER, multi(1, 1_000, 85_001)).is_success());
    assert!(world.call(ARB_OWNER, multi(1, 1_000, 85_000)).is_success());
    assert_eq!(
        peek(&mut world, schema().l2.multi_gas_constraints.len_slot()),
        U256::from(1)
    );
    let gas_info = mintage_vm::precompile::ARB_GAS_INFO;
    let told = world.call(gas_info, Bytes::from_static(&hex!("bbfc0a72")));
    let tuple = [
        word(128),
        word(10),
        word(1_000),
        word(85_000),
        word(1),
        word(1),
        word(3),
    ];
    let expected = [&[word(32), word(1), word(32)][..], &tuple].concat().concat();
    assert_eq!(told.output().unwrap()[..], expected);
}
