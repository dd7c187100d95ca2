//! Accounts that delegate (EIP-7702) to precompiles: from Osaka on (ArbOS 50) such code counts as empty.

mod world;

use mintage_vm::{ArbosVersion, precompile::ARB_WASM};
use revm::{
    bytecode::Bytecode,
    context_interface::result::ExecutionResult,
    primitives::{Address, Bytes, address, hex},
    state::AccountInfo,
};
use world::{World, forwarder, script_call};

const EOA: Address = address!("7702000000000000000000000000000000000001");
const FORWARDER: Address = address!("f000000000000000000000000000000000000001");
const ECRECOVER: Address = address!("0000000000000000000000000000000000000001");
/// A contract whose code is the byte that also stands at ArbOS's precompiles.
const INVALID: Address = address!("f000000000000000000000000000000000000002");

/// A world in which [`EOA`] delegates to `delegate`.
fn world(arbos: ArbosVersion, delegate: Address) -> World {
    let mut world = World::new(arbos);
    world.put(FORWARDER, &forwarder(0xf1));
    world.put(INVALID, "fe");
    let account = AccountInfo {
        nonce: 1,
        ..Default::default()
    };
    let code = Bytecode::new_eip7702(delegate);
    world.db().insert_account_info(EOA, account.with_code(code));
    world
}

/// `stylusVersion()` of ArbWasm: a call that would answer if the precompile ran.
const CALL: [u8; 4] = hex!("a996e0c2");

fn is_empty_success(result: &ExecutionResult) -> bool {
    result.is_success() && result.output() == Some(&Bytes::new())
}

#[test]
fn test_a_transaction_to_such_an_account_runs_nothing() {
    for arbos in [ArbosVersion::V50, ArbosVersion::V61] {
        for delegate in [ARB_WASM, ECRECOVER] {
            let result = world(arbos, delegate).call(EOA, CALL);
            assert!(is_empty_success(&result), "{arbos}, {delegate}: {result:?}");
            // No more than the transaction itself costs: four bytes that are not zero.
            assert_eq!(result.tx_gas_used(), 21_000 + 4 * 16, "{arbos}, {delegate}");
        }
    }
}

#[test]
fn test_a_contract_that_calls_such_an_account_sees_success() {
    let data = [&EOA.0.0[..], &CALL].concat();
    for delegate in [ARB_WASM, ECRECOVER] {
        let result = world(ArbosVersion::V61, delegate).call(FORWARDER, data.clone());
        assert!(is_empty_success(&result), "{delegate}: {result:?}");
    }
}

#[test]
fn test_a_program_that_calls_such_an_account_sees_success() {
    for (arbos, status) in [(ArbosVersion::V61, 0), (ArbosVersion::V41, 2)] {
        let mut world = world(arbos, ARB_WASM);
        let script = world.program("own-script.wasm");
        for kind in [0, 1, 2] {
            let result = world.call(script, script_call(kind, EOA, 0, &CALL));
            let output = result.output().expect("the program puts out what it got");
            assert_eq!(
                (output[0], output.len()),
                (status, 5),
                "{arbos}, kind {kind}: {output}"
            );
        }
    }
}

/// Prague does not have the exception: the byte that stands at ArbOS's precompiles runs.
#[test]
fn test_before_osaka_the_byte_at_the_precompile_runs() {
    for arbos in [ArbosVersion::V40, ArbosVersion::V41] {
        let result = world(arbos, ARB_WASM).call(EOA, CALL);
        assert!(result.is_halt(), "{arbos}: {result:?}");
        let result = world(arbos, ECRECOVER).call(EOA, CALL);
        assert!(is_empty_success(&result), "{arbos}: {result:?}");
    }
}

/// Only precompiles are excepted, not code that looks like theirs.
#[test]
fn test_other_delegates_run() {
    let result = world(ArbosVersion::V61, INVALID).call(EOA, CALL);
    assert!(result.is_halt(), "{result:?}");
}
