//! EVM bytecode and Stylus programs that call each other in one transaction.

mod world;

use mintage_vm::{ArbosVersion, trace::Outcome};
use revm::{
    Database, ExecuteEvm, InspectEvm,
    context_interface::{
        ContextTr,
        result::{ExecutionResult, HaltReason},
    },
    inspector::{Inspector, TestInspector},
    interpreter::{CallInputs, CallOutcome, interpreter::EthInterpreter},
    primitives::{Address, Bytes, Log, TxKind, U256, address},
};
use world::*;

const CALL: Address = address!("00000000000000000000000000000000000f0001");
const DELEGATE: Address = address!("00000000000000000000000000000000000f0002");
const STATIC: Address = address!("00000000000000000000000000000000000f0003");
const OTHER: Address = address!("00000000000000000000000000000000000f0004");

fn world() -> (World, Address) {
    let mut world = World::new(ArbosVersion::default());
    world.put(CALL, &forwarder(0xf1));
    world.put(DELEGATE, &forwarder(0xf4));
    world.put(STATIC, &forwarder(0xfa));
    let script = world.program("own-script.wasm");
    (world, script)
}

fn through(target: Address, data: &[u8]) -> Bytes {
    [&target.0.0, data].concat().into()
}

fn slot(world: &mut World, address: Address, key: u64) -> U256 {
    world.db().storage(address, U256::from(key)).unwrap()
}

/// A script's output of one call: status, length of the data, the data.
fn reply(status: u8, data: &[u8]) -> Vec<u8> {
    [&[status][..], &(data.len() as u32).to_le_bytes(), data].concat()
}

#[test]
fn test_evm_calls_program_which_calls_evm_which_calls_program() {
    let (mut world, script) = world();
    let innermost = [vec![13], script_store(7, 70)].concat();
    let inner = script_call(0, CALL, 0, &through(script, &innermost));
    let result = world.call(CALL, through(script, &[inner, script_store(8, 80)].concat()));
    // The innermost program tells sender, value, own address, and that it is entered for a second time.
    let facts = [&CALL.0.0[..], &[0; 32], &script.0.0, &[1]].concat();
    assert_eq!(result.output().unwrap(), &reply(0, &facts));
    assert_eq!(
        (slot(&mut world, script, 7), slot(&mut world, script, 8)),
        (U256::from(70), U256::from(80))
    );
}

#[test]
fn test_delegated_program_acts_as_the_evm_contract() {
    let (mut world, script) = world();
    let result = world.call(
        DELEGATE,
        through(script, &[vec![13], script_store(1, 5)].concat()),
    );
    let facts = [&ALICE.0.0[..], &[0; 32], &DELEGATE.0.0, &[0]].concat();
    assert_eq!(result.output().unwrap(), &facts);
    assert_eq!(
        (slot(&mut world, DELEGATE, 1), slot(&mut world, script, 1)),
        (U256::from(5), U256::ZERO)
    );
}

#[test]
fn test_delegated_evm_acts_as_the_program() {
    let (mut world, script) = world();
    // SSTORE(1, 9)
    world.put(OTHER, "6009600155");
    let result = world.call(script, script_call(1, OTHER, 0, &[]));
    assert_eq!(result.output().unwrap(), &reply(0, &[]));
    assert_eq!(
        (slot(&mut world, script, 1), slot(&mut world, OTHER, 1)),
        (U256::from(9), U256::ZERO)
    );
}

#[test]
fn test_reentrancy_counts_evm_frames_of_the_acting_address() {
    let (mut world, script) = world();
    // The proxy delegates to the program, whose call enters the proxy again: now the proxy acts twice.
    let again = through(script, &[13]);
    let result = world.call(
        DELEGATE,
        through(script, &[vec![13], script_call(0, DELEGATE, 0, &again)].concat()),
    );
    let output = result.output().unwrap();
    assert_eq!(output[72], 0, "the first time");
    assert_eq!(output.last(), Some(&1), "the second time");
}

#[test]
fn test_static_call_lets_a_program_read_and_not_write() {
    let (mut world, script) = world();
    world.call(script, script_store(1, 5));
    let load = [vec![1], U256::from(1).to_be_bytes::<32>().to_vec()].concat();
    let result = world.call(STATIC, through(script, &load));
    assert_eq!(
        result.output().unwrap(),
        &Bytes::from(U256::from(5).to_be_bytes::<32>())
    );
    let result = world.call(STATIC, through(script, &script_store(1, 6)));
    assert!(
        matches!(&result, ExecutionResult::Revert { output, .. } if output.is_empty()),
        "{result:?}"
    );
    // The program may not pass on what it does not have: an EVM frame below it is static as well.
    world.put(OTHER, "6009600155");
    let result = world.call(STATIC, through(script, &script_call(0, OTHER, 0, &[])));
    assert_eq!(result.output().unwrap(), &reply(2, &[]));
    assert_eq!(slot(&mut world, script, 1), U256::from(5));
}

#[test]
fn test_revert_takes_back_state_and_logs_and_keeps_data() {
    let (mut world, script) = world();
    let log = [vec![7, 0, 3, 0], vec![1, 2, 3]].concat();
    let reverting = [script_store(1, 5), log.clone(), vec![14, 8]].concat();
    let result = world.call(
        script,
        [script_call(0, script, 0, &reverting), script_store(2, 6), log].concat(),
    );
    let ExecutionResult::Success { logs, .. } = &result else {
        panic!("{result:?}")
    };
    assert_eq!(logs.len(), 1, "the reverted frame's log is gone");
    let output = result.output().unwrap();
    assert_eq!(
        output[..5],
        [2, 8, 0, 0, 0],
        "the reverting callee returned its gas left"
    );
    assert_eq!(
        (slot(&mut world, script, 1), slot(&mut world, script, 2)),
        (U256::ZERO, U256::from(6))
    );

    let result = world.call(CALL, through(script, &reverting));
    assert!(
        matches!(&result, ExecutionResult::Revert { output, .. } if output.len() == 8),
        "{result:?}"
    );
}

#[test]
fn test_out_of_ink_takes_the_callees_gas_and_leaves_a_64th() {
    let (mut world, script) = world();
    world.gas_limit = 2_000_000;
    let result = world.call(CALL, through(script, &[10]));
    assert!(
        matches!(&result, ExecutionResult::Revert { output, .. } if output.is_empty()),
        "{result:?}"
    );
    let left = 2_000_000 - result.tx_gas_used();
    assert!((29_000..31_500).contains(&left), "a 64th of it is left: {left}");
    // On top: all of it, and the reason is told.
    let result = world.call(script, vec![10]);
    assert!(
        matches!(
            &result,
            ExecutionResult::Halt {
                reason: HaltReason::OutOfGas(_),
                ..
            }
        ),
        "{result:?}"
    );
    assert_eq!(result.tx_gas_used(), 2_000_000);
    assert_eq!(world.evm.last_run().unwrap().outcome, Outcome::OutOfInk);
}

#[test]
fn test_trap_keeps_gas_and_tells_why() {
    let (mut world, script) = world();
    let result = world.call(script, vec![9]);
    assert!(
        matches!(&result, ExecutionResult::Revert { output, .. } if output.is_empty()),
        "{result:?}"
    );
    assert!(result.tx_gas_used() < 100_000);
    let run = world.evm.last_run().unwrap();
    assert_eq!(run.outcome, Outcome::Failure);
    assert!(
        run.reason.as_deref().unwrap().contains("unreachable"),
        "{:?}",
        run.reason
    );
}

#[test]
fn test_stack_words_run_out_before_the_native_stack() {
    let (mut world, script) = world();
    let result = world.call(script, vec![11]);
    assert!(matches!(&result, ExecutionResult::Halt { .. }), "{result:?}");
    assert_eq!(world.evm.last_run().unwrap().outcome, Outcome::OutOfStack);
}

#[test]
fn test_programs_nest_to_the_page_limit() {
    let (mut world, script) = world();
    world.gas_limit = 1 << 40;
    // OTHER calls whoever calls it with the script that calls OTHER: CODECOPY, CALL, RETURN of the data.
    let back = script_call(0, OTHER, 0, &[]);
    let code = format!(
        "60{:02x}6018 5f39 5f5f60{:02x}5f5f335af1 3d5f5f3e 3d5ff3 00",
        back.len(),
        back.len()
    );
    let code = code.replace(' ', "");
    let head = code.len() / 2;
    let code = code.replacen("6018", &format!("60{head:02x}"), 1);
    world.put(OTHER, &format!("{code}{}", revm::primitives::hex::encode(&back)));
    world.evm.set_trace(true);
    let result = world.call(script, back);
    assert!(result.is_success(), "{result:?}");
    let trace = world.evm.take_trace();
    let runs: Vec<_> = trace.runs().collect();
    // Each program opens a page, and 128 are allowed; the contract stands between every two.
    assert_eq!(runs.len(), 129);
    let (last, run) = runs[128];
    assert_eq!((last.depth, run.outcome), (257, Outcome::TooDear));
    assert!(runs[..128].iter().all(|(_, run)| run.outcome == Outcome::Success));
}

#[test]
fn test_selfdestruct_in_a_programs_place_reverts() {
    let (mut world, script) = world();
    // SELFDESTRUCT(caller)
    world.put(OTHER, "33ff");
    let result = world.call(script, script_call(1, OTHER, 0, &[]));
    assert_eq!(result.output().unwrap(), &reply(2, &[]));
    // In its own place it goes on.
    let result = world.call(script, script_call(0, OTHER, 0, &[]));
    assert_eq!(result.output().unwrap(), &reply(0, &[]));
}

/// Counts what an inspector is told.
#[derive(Default)]
struct Counter {
    calls: usize,
    ends: usize,
    logs: usize,
}

impl<CTX: ContextTr> Inspector<CTX, EthInterpreter> for Counter {
    fn call(&mut self, _: &mut CTX, _: &mut CallInputs) -> Option<CallOutcome> {
        self.calls += 1;
        None
    }
    fn call_end(&mut self, _: &mut CTX, _: &CallInputs, _: &mut CallOutcome) {
        self.ends += 1;
    }
    fn log(&mut self, _: &mut CTX, _: Log) {
        self.logs += 1;
    }
}

#[test]
fn test_watching_changes_nothing_and_sees_every_frame() {
    let (mut world, script) = world();
    let log = [vec![7, 0, 3, 0], vec![1, 2, 3]].concat();
    let inner = [log.clone(), script_store(7, 70), vec![14]].concat();
    let data = [script_call(0, CALL, 0, &through(script, &inner)), log, vec![14]].concat();
    let tx = world.tx(TxKind::Call(CALL), 0, through(script, &data));
    let plain = world.evm.transact(tx.clone()).unwrap();

    world.evm.begin_block();
    let again = world.evm.transact(tx.clone()).unwrap();
    world.evm.begin_block();
    world.evm.set_trace(true);
    let traced = world.evm.transact(tx.clone()).unwrap();
    assert_eq!((&again.result, &again.state), (&traced.result, &traced.state));
    let trace = world.evm.take_trace();
    assert_eq!(trace.runs().count(), 2);
    assert_eq!(
        trace
            .hostios()
            .filter(|(_, hostio)| hostio.name == "emit_log")
            .count(),
        2
    );
    world.evm.set_trace(false);

    world.evm.begin_block();
    let mut evm = world.evm.with_inspector(Counter::default());
    let inspected = evm.inspect_tx(tx.clone()).unwrap();
    assert_eq!(
        (&again.result, &again.state),
        (&inspected.result, &inspected.state)
    );
    let Counter { calls, ends, logs } = evm.inner.inspector;
    assert_eq!((calls, ends, logs), (4, 4, 2));
    assert_eq!(plain.result.output(), inspected.result.output());

    evm.begin_block();
    let mut evm = evm.with_inspector(TestInspector::new());
    let stepped = evm.inspect_tx(tx).unwrap();
    assert_eq!(again.result, stepped.result);
}
