//! Activation, keep-alive and caching on the chain, with their gas.

mod world;

use mintage_vm::{
    ActivationRules, ArbosVersion, StylusParams, activate,
    activate::{DataPricer, FIXED_ACTIVATION_GAS, START_TIMESTAMP},
    arbos::schema::schema,
    code,
    precompile::{ARB_WASM, ARB_WASM_CACHE},
    state::{self, ARBOS_STATE_ADDRESS, ProgramRecord},
};
use revm::{
    Database,
    context_interface::result::ExecutionResult,
    primitives::{Address, B256, Bytes, TxKind, U256, address, hex, keccak256},
};
use world::*;

const NETWORK: Address = address!("00000000000000000000000000000000000ee000");

/// Gas of a transaction's own, which stands before that of the precompile.
fn intrinsic(data: &[u8]) -> u64 {
    21_000
        + data
            .iter()
            .map(|byte| if *byte == 0 { 4 } else { 16 })
            .sum::<u64>()
}

fn input(selector: [u8; 4], args: &[B256]) -> Bytes {
    [&selector[..], &args.concat()].concat().into()
}

/// Calls a precompile and gives the gas of the call alone, and the result.
fn ask(world: &mut World, to: Address, selector: [u8; 4], args: &[B256]) -> (u64, ExecutionResult) {
    let data = input(selector, args);
    let result = world.call(to, data.clone());
    (result.tx_gas_used() - intrinsic(&data), result)
}

fn word_at(output: &Bytes, index: usize) -> U256 {
    U256::from_be_slice(&output[index * 32..index * 32 + 32])
}

fn record_of(world: &mut World, code_hash: B256) -> ProgramRecord {
    ProgramRecord::decode(
        world
            .db()
            .storage(ARBOS_STATE_ADDRESS, state::record_slot(code_hash))
            .unwrap(),
    )
}

#[test]
fn test_activation_records_charges_and_returns_the_rest() {
    let mut world = World::new(ArbosVersion::default());
    let network = U256::from_be_slice(NETWORK.into_word().as_slice());
    world
        .db()
        .insert_account_storage(ARBOS_STATE_ADDRESS, schema().root.network_fee_account, network)
        .unwrap();
    let wasm = module("own-echo.wasm");
    let deployed_code = code::encode(&wasm);
    let program = world.deploy(&deployed_code).created_address().unwrap();
    let before = world.db().basic(ALICE).unwrap().unwrap().balance;
    let result = world.activate(program, ETHER);
    let expected = activate(&wasm, &ActivationRules::default()).unwrap();
    let (fee, _) = DataPricer::default().charge(expected.asm_estimate, NOW_TS);

    let data = input(hex!("58c780c2"), &[program.into_word()]);
    let gas = 800 + 3 + 800 + FIXED_ACTIVATION_GAS + 100 + 800 + expected.activation_gas;
    let gas = gas + 20_000 + (5 * 800 + 2 * 20_000) + 20_000 + 800 + 2149 + 6;
    assert_eq!(result.tx_gas_used(), intrinsic(&data) + gas);
    let output = result.output().unwrap();
    assert_eq!((word_at(output, 0), word_at(output, 1)), (U256::from(3), fee));
    let after = world.db().basic(ALICE).unwrap().unwrap().balance;
    assert_eq!(before - after, fee);
    assert_eq!(world.db().basic(NETWORK).unwrap().unwrap().balance, fee);
    let ExecutionResult::Success { logs, .. } = &result else {
        panic!("{result:?}")
    };
    assert_eq!(logs[0].address, ARB_WASM);
    assert_eq!(logs[0].topics()[1], keccak256(&deployed_code));
    let record = record_of(&mut world, keccak256(&deployed_code));
    assert_eq!(record.version, 3);
    assert_eq!(
        (record.init_cost, record.cached_cost),
        (expected.init_cost, expected.cached_init_cost)
    );
    assert_eq!(
        u64::from(record.activated_at_hours),
        (NOW_TS - START_TIMESTAMP) / 3600
    );

    let again = world.activate(program, ETHER);
    assert_eq!(again.output().unwrap()[..], hex!("cc944bf2"), "ProgramUpToDate");
    let echoed = world.call(program, vec![1, 2, 3]);
    assert_eq!(echoed.output().unwrap()[..], [1, 2, 3]);
}

#[test]
fn test_activation_refusals_change_nothing() {
    let mut world = World::new(ArbosVersion::default());
    let program = world
        .deploy(&code::encode(&module("own-echo.wasm")))
        .created_address()
        .unwrap();
    let poor = world.activate(program, 1);
    assert_eq!(
        poor.output().unwrap()[..4],
        hex!("09781ab7"),
        "ProgramInsufficientValue"
    );
    let halted = world.call(program, vec![1]);
    assert!(
        matches!(halted, ExecutionResult::Halt { .. }),
        "not activated: {halted:?}"
    );
    assert_eq!(halted.tx_gas_used(), world.gas_limit);

    let not_wasm = world.activate(ALICE, ETHER);
    assert_eq!(not_wasm.output().unwrap()[..], hex!("27f38212"), "ProgramNotWasm");
    // A module that the network refuses takes all gas.
    let refused = world
        .deploy(&code::encode(&module("acc-simd.wasm")))
        .created_address()
        .unwrap();
    let result = world.activate(refused, ETHER);
    assert!(
        matches!(&result, ExecutionResult::Revert { output, .. } if output.is_empty()),
        "{result:?}"
    );
    assert_eq!(result.tx_gas_used(), world.gas_limit);
}

#[test]
fn test_keepalive_and_expiry_follow_the_clock() {
    let mut world = World::new(ArbosVersion::default());
    let program = world.program("own-echo.wasm");
    let code_hash = keccak256(code::encode(&module("own-echo.wasm")));
    let keepalive = input(hex!("c689bad5"), &[code_hash]);
    let soon = world.send(TxKind::Call(ARB_WASM), ETHER, keepalive.clone());
    assert_eq!(
        soon.output().unwrap()[..4],
        hex!("16bd0cf8"),
        "ProgramKeepaliveTooSoon"
    );

    let day = 86_400;
    world.evm.inner.ctx.block.timestamp = U256::from(NOW_TS + 32 * day);
    let kept = world.send(TxKind::Call(ARB_WASM), ETHER, keepalive.clone());
    assert!(kept.is_success(), "{kept:?}");
    let gas = 800 + 3 + 100 + 800 + (5 * 800 + 2 * 20_000) + 20_000 + 800 + 1381;
    assert_eq!(kept.tx_gas_used(), intrinsic(&keepalive) + gas);
    world.evm.inner.ctx.block.timestamp = U256::from(NOW_TS + 390 * day);
    assert!(
        world.call(program, vec![1]).is_success(),
        "358 days after it was kept alive"
    );
    world.evm.inner.ctx.block.timestamp = U256::from(NOW_TS + 398 * day);
    assert!(world.call(program, vec![1]).is_halt(), "expired");
    let (_, left) = ask(&mut world, ARB_WASM, hex!("c775a62a"), &[program.into_word()]);
    assert_eq!(left.output().unwrap()[..4], hex!("c9b12e52"), "ProgramExpired");
    assert!(
        world.activate(program, ETHER).is_success(),
        "an expired program is activated again"
    );
    assert!(world.call(program, vec![1]).is_success());
}

#[test]
fn test_getters_answer_at_the_recorded_gas() {
    let mut world = World::new(ArbosVersion::default());
    let program = world.program("own-echo.wasm");
    let code_hash = keccak256(code::encode(&module("own-echo.wasm")));
    let record = record_of(&mut world, code_hash);
    let mut check = |selector: [u8; 4], args: &[B256], gas: u64, values: &[u64]| {
        let (used, result) = ask(&mut world, ARB_WASM, selector, args);
        assert_eq!(used, gas, "{}", hex::encode(selector));
        for (index, value) in values.iter().enumerate() {
            assert_eq!(
                word_at(result.output().unwrap(), index),
                U256::from(*value),
                "{}",
                hex::encode(selector)
            );
        }
    };
    // The rows about ArbWasm in tests/vectors/arbos/vectors_call_gas.jsonl.
    check(hex!("a996e0c2"), &[], 903, &[3]);
    check(hex!("d70c0ca7"), &[code_hash], 1706, &[3]);
    check(hex!("d70c0ca7"), &[B256::ZERO], 1706, &[]);
    check(hex!("cc8f4e88"), &[program.into_word()], 4306, &[3]);
    check(hex!("99d0b38d"), &[], 906, &[8832, 352]);
    // The others by their rule.
    let params = StylusParams::default();
    check(hex!("d1c17abc"), &[], 903, &[params.ink_price.into()]);
    check(hex!("8ccfaa70"), &[], 903, &[22_000]);
    check(hex!("4490c19d"), &[], 903, &[2]);
    check(hex!("7af4ba49"), &[], 903, &[1000]);
    check(hex!("11c82ae8"), &[], 903, &[620_674_314]);
    check(hex!("9786f96e"), &[], 903, &[128]);
    check(hex!("5fc94c0b"), &[], 903, &[100]);
    check(hex!("309f6555"), &[], 903, &[365]);
    check(hex!("0a936455"), &[], 903, &[31]);
    check(hex!("7af6e819"), &[], 903, &[32]);
    check(hex!("2278c278"), &[], 1603, &[0]);
    check(
        hex!("aef36be3"),
        &[program.into_word()],
        4306,
        &[record.footprint.into()],
    );
    check(
        hex!("4089267f"),
        &[code_hash],
        1706,
        &[u64::from(record.asm_estimate_kib) * 1024],
    );
    let cached = 352 + u64::from(record.cached_cost);
    let init = 8832 + u64::from(record.init_cost);
    check(
        hex!("62b688aa"),
        &[program.into_word()],
        4309,
        &[init + cached, cached],
    );
}

#[test]
fn test_framework_burns_all_gas_of_calls_that_are_not_let_in() {
    let mut world = World::new(ArbosVersion::V51);
    let mut burnt = |data: &[u8], value: u128| {
        let result = world.send(TxKind::Call(ARB_WASM), value, data.to_vec().into());
        assert!(
            matches!(&result, ExecutionResult::Revert { output, .. } if output.is_empty()),
            "{result:?}"
        );
        assert_eq!(result.tx_gas_used(), world.gas_limit, "{}", hex::encode(data));
    };
    burnt(&[], 0);
    burnt(&hex!("a996e0"), 0);
    burnt(&hex!("ffffffff"), 0);
    burnt(&hex!("2278c278"), 0);
    burnt(&hex!("a996e0c2"), 1);
    burnt(&hex!("d70c0ca7"), 0);
    let mut world = World::new(ArbosVersion::default());
    let delegate = address!("00000000000000000000000000000000000f0002");
    world.put(delegate, &forwarder(0xf4));
    let result = world.call(delegate, [&ARB_WASM.0.0[..], &hex!("a996e0c2")].concat());
    assert!(
        !result.is_success(),
        "a view acts as the precompile only: {result:?}"
    );
}

#[test]
fn test_cache_managers_decide_the_cached_price() {
    let mut world = World::new(ArbosVersion::default());
    let program = world.program("own-echo.wasm");
    let code_hash = keccak256(code::encode(&module("own-echo.wasm")));
    let record = record_of(&mut world, code_hash);
    let (_, refused) = ask(
        &mut world,
        ARB_WASM_CACHE,
        hex!("e73ac9f2"),
        &[program.into_word()],
    );
    assert_eq!(refused.tx_gas_used(), world.gas_limit, "Alice is no manager");

    let managers = schema().programs.cache_managers;
    for (slot, value) in [
        (managers.size_slot(), U256::from(1)),
        (managers.member_slot(1), ALICE.into_word().into()),
        (managers.place_slot(ALICE), U256::from(1)),
    ] {
        world
            .db()
            .insert_account_storage(ARBOS_STATE_ADDRESS, slot, value)
            .unwrap();
    }
    let (gas, is) = ask(&mut world, ARB_WASM_CACHE, hex!("85e2de85"), &[ALICE.into_word()]);
    assert_eq!(
        (gas, word_at(is.output().unwrap(), 0)),
        (800 + 3 + 800 + 3, U256::from(1))
    );
    let (gas, all) = ask(&mut world, ARB_WASM_CACHE, hex!("0ec1d773"), &[]);
    assert_eq!(gas, 800 + 800 * 2 + 9);
    assert_eq!(
        word_at(all.output().unwrap(), 2),
        U256::from_be_bytes(ALICE.into_word().0)
    );

    world.evm.begin_block();
    let dear = world.call(program, vec![1]).tx_gas_used();
    world.evm.begin_block();
    let (gas, cached) = ask(
        &mut world,
        ARB_WASM_CACHE,
        hex!("e73ac9f2"),
        &[program.into_word()],
    );
    assert!(cached.is_success(), "{cached:?}");
    assert_eq!(
        gas,
        800 + 3 + 2600 + 800 + 100 + 800 + 1756 + u64::from(record.init_cost) + 800 + 20_000
    );
    let (gas, _) = ask(
        &mut world,
        ARB_WASM_CACHE,
        hex!("e73ac9f2"),
        &[program.into_word()],
    );
    assert_eq!(gas, 800 + 3 + 2600 + 800 + 100 + 800, "nothing changes");
    let (_, is) = ask(&mut world, ARB_WASM_CACHE, hex!("a72f179b"), &[code_hash]);
    assert_eq!(word_at(is.output().unwrap(), 0), U256::from(1));
    world.evm.begin_block();
    let cheap = world.call(program, vec![1]).tx_gas_used();
    assert_eq!(dear - cheap, 8832 + u64::from(record.init_cost));
    let (_, evicted) = ask(&mut world, ARB_WASM_CACHE, hex!("ce972013"), &[code_hash]);
    assert!(evicted.is_success());
    assert!(!record_of(&mut world, code_hash).cached);
}

#[test]
fn test_deployment_accepts_program_code_by_version() {
    let cases = [
        (ArbosVersion::V51, &hex!("eff00000")[..], true),
        (ArbosVersion::V51, &hex!("eff000"), false),
        (ArbosVersion::V51, &hex!("eff001aa"), false),
        (ArbosVersion::V60, &hex!("eff001aa"), true),
        (ArbosVersion::V60, &hex!("eff00200"), true),
        (ArbosVersion::V60, &hex!("eff00300"), false),
        (ArbosVersion::V60, &hex!("ef00"), false),
    ];
    for (arbos, code, accepted) in cases {
        let result = World::new(arbos).deploy(code);
        assert_eq!(
            result.is_success(),
            accepted,
            "{} at ArbOS {arbos}",
            hex::encode(code)
        );
    }
}

#[test]
fn test_recent_programs_are_priced_as_cached_from_arbos_60() {
    for (arbos, differs) in [(ArbosVersion::V59, false), (ArbosVersion::V60, true)] {
        let mut world = World::new(arbos);
        let program = world.program("own-echo.wasm");
        world.evm.begin_block();
        let first = world.call(program, vec![1]).tx_gas_used();
        let second = world.call(program, vec![1]).tx_gas_used();
        assert_eq!(first != second, differs, "ArbOS {arbos}");
        let recent = world.evm.take_recent();
        assert_eq!(world.call(program, vec![1]).tx_gas_used(), first);
        world.evm.set_recent(recent);
        assert_eq!(world.call(program, vec![1]).tx_gas_used(), second);
    }
}
