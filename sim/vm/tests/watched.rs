//! Runs come to the same however they are watched: the network's recorded rows without any recording, and profiled; random
//! call trees without, traced, profiled, and under an inspector.

#[path = "../examples/conformance/mod.rs"]
mod conformance;
mod world;

use std::path::Path;

use conformance::{Checker, Row, Watching, report};
use mintage_vm::{
    ArbosVersion,
    profile::Profile,
    trace::{Frame, FrameCode, FrameKind, RequestKind, Step, Trace},
};
use revm::{
    DatabaseCommit, ExecuteEvm, InspectEvm,
    context_interface::{ContextTr, result::ResultAndState},
    inspector::{Inspector, NoOpInspector},
    interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome, interpreter::EthInterpreter},
    primitives::{Address, Log, TxKind, U256, address},
};
use world::*;

/// Rows are recorded with their host calls, which a traced run shows; here the other ways of running must give the rest.
fn check_rows(file: &str, how: Watching) {
    conformance::watch(how);
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/stylus");
    let rows =
        Row::read_file(&vectors.join("vectors").join(file), &vectors.join("wasm")).expect("a vector file");
    assert!(!rows.is_empty());
    let mut checker = Checker::default();
    let mut failures = Vec::new();
    for row in rows {
        let row = row.expect("a row");
        match checker.check(&row) {
            Ok(differences) if differences.is_empty() => {}
            Ok(differences) => failures.push(format!("{file}: {}", report(&row, &differences))),
            Err(error) => failures.push(format!("{file}: {row}: {error}")),
        }
    }
    conformance::watch(Watching::Trace);
    let count = failures.len();
    failures.truncate(20);
    assert!(
        failures.is_empty(),
        "{count} differences, the first:\n{}",
        failures.join("\n")
    );
}

#[test]
fn test_recorded_calls_come_to_the_same_unwatched() {
    check_rows("calls.jsonl", Watching::Nothing);
    check_rows("contracts.jsonl", Watching::Nothing);
}

#[test]
fn test_recorded_calls_come_to_the_same_profiled_and_the_profile_adds_up() {
    check_rows("calls.jsonl", Watching::Profile);
    check_rows("contracts.jsonl", Watching::Profile);
}

#[test]
fn test_random_modules_come_to_the_same_profiled_and_the_profile_adds_up() {
    check_rows("random.jsonl", Watching::Profile);
}

const FORWARD: [(Address, u8); 3] = [
    (address!("00000000000000000000000000000000000f0001"), 0xf1),
    (address!("00000000000000000000000000000000000f0002"), 0xf4),
    (address!("00000000000000000000000000000000000f0003"), 0xfa),
];
/// SLOAD(1), SSTORE(1, that + 1), TSTORE(2, 3), TLOAD(2), LOG1(.., 7), returns 32 bytes.
const STORER: Address = address!("00000000000000000000000000000000000f0004");
const STORER_CODE: &str = "60015460010160015560036002 5d60025c50 600760205fa1 60205ff3";
/// SELFDESTRUCT(caller).
const DYING: Address = address!("00000000000000000000000000000000000f0005");
/// The identity precompile.
const IDENTITY: Address = address!("0000000000000000000000000000000000000004");

fn economy() -> (World, Address) {
    let mut world = World::new(ArbosVersion::default());
    for (address, opcode) in FORWARD {
        world.put(address, &forwarder(opcode));
    }
    world.put(STORER, &STORER_CODE.replace(' ', ""));
    world.put(DYING, "33ff");
    let script = world.program("own-script.wasm");
    (world, script)
}

/// A small generator: the sequence of a seed is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}

/// A script of random host calls; calls carry scripts again, directly or through bytecode.
fn random_script(random: &mut Random, script: Address, depth: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..3 + random.below(4) {
        match random.below(if depth == 0 { 11 } else { 9 }) {
            0 => bytes.extend(script_store(random.below(4), random.below(3))),
            1 => bytes.extend([&[1][..], &U256::from(random.below(4)).to_be_bytes::<32>()].concat()),
            2 => bytes.extend([7, 1, 33, 0].into_iter().chain([9; 33])),
            3 => bytes.push([13, 14, 25][random.below(3) as usize]),
            // Half of what there is may be too little.
            4..=6 if depth < 3 => {
                let gas = if random.below(4) == 0 {
                    random.below(60_000)
                } else {
                    u64::MAX >> 1
                };
                let (to, data) = random_callee(random, script, depth);
                let value = if random.below(4) == 0 { 1 } else { 0 };
                let kind = random.below(3) as u8;
                bytes.extend(script_call_with_gas(kind, to, value, gas, &data));
            }
            // A deployment of STOP, of nothing, or of init code that reverts.
            7 => {
                let init =
                    [&[0x00][..], &[0x60, 0x01, 0x5f, 0xf3], &[0x5f, 0x5f, 0xfd]][random.below(3) as usize];
                bytes.push(16);
                bytes.extend([0; 32]);
                bytes.extend((init.len() as u16).to_le_bytes());
                bytes.extend(init);
            }
            // Revert, trap, endless loop, endless recursion: not often, and last.
            8 if depth > 0 && random.below(3) == 0 => {
                bytes.push([8, 9, 10, 11][random.below(4) as usize]);
                break;
            }
            9 if random.below(8) == 0 => {
                bytes.push([8, 9, 11][random.below(3) as usize]);
                break;
            }
            _ => bytes.extend([15, 1, 0, 0, 0]),
        }
    }
    bytes
}

fn random_callee(random: &mut Random, script: Address, depth: u32) -> (Address, Vec<u8>) {
    match random.below(7) {
        0 => (STORER, Vec::new()),
        1 => (DYING, Vec::new()),
        2 => (IDENTITY, vec![1; 40]),
        3 => (address!("00000000000000000000000000000000000f00ff"), Vec::new()),
        4 => (script, random_script(random, script, depth + 1)),
        _ => {
            let (through, _) = FORWARD[random.below(3) as usize];
            let data = [&script.0.0[..], &random_script(random, script, depth + 1)].concat();
            (through, data)
        }
    }
}

/// What an inspector is told, as lines.
#[derive(Default)]
struct Told {
    lines: Vec<String>,
    steps: usize,
}

impl<CTX: ContextTr> Inspector<CTX, EthInterpreter> for Told {
    fn step(&mut self, _: &mut revm::interpreter::Interpreter<EthInterpreter>, _: &mut CTX) {
        self.steps += 1;
    }
    fn call(&mut self, ctx: &mut CTX, call: &mut CallInputs) -> Option<CallOutcome> {
        let input = call.input.bytes(ctx);
        self.lines.push(format!(
            "open {} {} {input}",
            call.bytecode_address, call.gas_limit
        ));
        None
    }
    fn call_end(&mut self, _: &mut CTX, _: &CallInputs, outcome: &mut CallOutcome) {
        self.lines.push(format!(
            "end {:?} {}",
            outcome.result.result, outcome.result.output
        ));
    }
    fn create(&mut self, _: &mut CTX, create: &mut CreateInputs) -> Option<CreateOutcome> {
        self.lines
            .push(format!("create {} {}", create.gas_limit(), create.init_code()));
        None
    }
    fn create_end(&mut self, _: &mut CTX, _: &CreateInputs, outcome: &mut CreateOutcome) {
        let address = outcome.address.filter(|_| outcome.result.result.is_ok());
        self.lines
            .push(format!("created {:?} {address:?}", outcome.result.result));
    }
    fn log(&mut self, _: &mut CTX, log: Log) {
        self.lines.push(format!("log {} {:?}", log.address, log.data));
    }
    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        self.lines.push(format!("destruct {contract} {target} {value}"));
    }
}

/// What the call tree says an inspector is told.
fn told_by(frame: &Frame, lines: &mut Vec<String>) {
    if frame.kind == FrameKind::SelfDestruct {
        // revm tells it last of all that the frame does, and not at all where the heir is the contract itself.
        if frame.to != Some(frame.from) {
            lines.push(format!(
                "destruct {} {} {}",
                frame.from,
                frame.to.unwrap(),
                frame.value
            ));
        }
        return;
    }
    if frame.kind.is_create() {
        lines.push(format!("create {} {}", frame.gas, frame.input));
    } else {
        lines.push(format!(
            "open {} {} {}",
            frame.to.unwrap(),
            frame.gas,
            frame.input
        ));
    }
    for step in &frame.steps {
        match step {
            Step::Frame(below) => told_by(below, lines),
            Step::Request(request) => {
                if let RequestKind::Log(log) = &request.kind {
                    lines.push(format!("log {} {log:?}", frame.acting));
                }
            }
            Step::Hostio(_) => {}
        }
    }
    if frame.kind.is_create() {
        lines.push(format!("created {:?} {:?}", frame.result, frame.to));
    } else {
        lines.push(format!("end {:?} {}", frame.result, frame.output));
    }
}

fn check_tree(trace: &Trace) {
    for frame in trace.frames() {
        assert!(frame.gas_used <= frame.gas || frame.kind == FrameKind::SelfDestruct);
        assert!(frame.children().all(|below| below.depth == frame.depth + 1));
        assert_eq!(frame.run.is_some(), frame.code == FrameCode::Stylus);
    }
    for (_, hostio) in trace.hostios() {
        assert!(hostio.end_ink <= hostio.start_ink);
    }
}

/// A profile's parts are the whole: gas of the frame in ink.
fn check_profile(root: &Frame) {
    let run = root.run.as_deref().expect("the transaction calls a program");
    let profile = Profile::of_frame(root);
    if run.ink_price > 0 {
        assert_eq!(profile.total_ink(), root.gas_used * u64::from(run.ink_price));
    }
    let totals = profile.totals();
    assert_eq!(totals[0], profile.total_ink());
}

#[test]
fn test_random_call_trees_come_to_the_same_however_they_are_watched() {
    let trees = std::env::var("MINTAGE_WATCHED_TREES").map_or(400, |text| text.parse().expect("a number"));
    let (mut world, script) = economy();
    world.gas_limit = 3_000_000;
    let mut random = Random(0x6d69_6e74_6167_6531);
    let mut seen = (0, 0, 0);
    for tree in 0..trees {
        let data = random_script(&mut random, script, 0);
        let tx = world.tx(TxKind::Call(script), 0, data.clone().into());
        let evm = &mut world.evm;
        evm.begin_block();
        let plain: ResultAndState = evm.transact(tx.clone()).expect("a valid transaction");

        evm.begin_block();
        evm.set_trace(true);
        let traced = evm.transact(tx.clone()).expect("a valid transaction");
        let trace = evm.take_trace();
        check_tree(&trace);

        evm.begin_block();
        evm.set_profile(true);
        let profiled = evm.transact(tx.clone()).expect("a valid transaction");
        evm.set_profile(false);
        let mut profile = evm.take_trace();
        check_profile(profile.root().expect("a transaction has a frame"));
        // Apart from the profile the record is the same, to each host call's ink.
        profile.roots.iter_mut().for_each(forget_profile);
        assert_eq!(trace, profile, "tree {tree}: {data:02x?}");

        evm.begin_block();
        evm.set_trace(false);
        let nonce = world.next_nonce();
        let mut inspected_evm = world.evm.with_inspector(Told::default());
        let inspected = inspected_evm.inspect_tx(tx.clone()).expect("a valid transaction");
        let told = std::mem::take(&mut inspected_evm.inner.inspector);
        inspected_evm.begin_block();
        inspected_evm.set_trace(true);
        let both = inspected_evm.inspect_tx(tx).expect("a valid transaction");
        let trace_of_both = inspected_evm.take_trace();
        inspected_evm.set_trace(false);
        inspected_evm.begin_block();
        world = World::of_evm(inspected_evm.with_inspector(NoOpInspector), 3_000_000, nonce);

        for other in [&traced, &profiled, &inspected, &both] {
            assert_eq!(plain.result, other.result, "tree {tree}: {data:02x?}");
            assert_eq!(plain.state, other.state, "tree {tree}: {data:02x?}");
        }
        assert_eq!(trace, trace_of_both, "tree {tree}");
        let mut expected = Vec::new();
        told_by(trace.root().unwrap(), &mut expected);
        assert_eq!(told.lines, expected, "tree {tree}: {data:02x?}");

        seen.0 += trace.frames().len();
        seen.1 += usize::from(plain.result.is_success());
        seen.2 += told.steps;
        // What it did stays, so that the next one meets another state.
        if plain.result.is_success() && tree % 4 == 0 {
            let mut state = plain.state;
            // Its sender's nonce is kept: all transactions have the first.
            state.remove(&ALICE);
            world.db().commit(state);
        }
    }
    assert!(
        seen.0 > 3 * trees && seen.1 > trees / 4 && seen.2 > trees,
        "{seen:?}"
    );
}

fn forget_profile(frame: &mut Frame) {
    if let Some(run) = &mut frame.run {
        assert_eq!(run.profile.is_some(), run.ink_price > 0);
        run.profile = None;
    }
    for step in &mut frame.steps {
        if let Step::Frame(below) = step {
            forget_profile(below);
        }
    }
}
