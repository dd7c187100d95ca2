//! Cranelift and Winch on the whole path: the same transactions on two chains that differ in the compiler only. Result,
//! state, every host call with its ink, every request to the EVM, every program's run: stack words and pages left
//! included.
//!
//! Seeded. `MINTAGE_FUZZ_MODULES=10000 cargo test -p mintage-vm --test engines` runs longer than the default.

#[path = "metering/generate/mod.rs"]
mod generate;
#[path = "metering/random.rs"]
mod random;
mod world;

use std::{fs, path::Path};

use mintage_vm::{
    ArbosVersion, StylusEngine, code,
    engine::{Compilation, EngineOptions},
    trace::{Frame, Step, Trace},
};
use random::{Random, is_replay, seeds};
use revm::{
    ExecuteEvm,
    primitives::{Address, Bytes, TxKind, U256, hex},
};
use world::{ETHER, World, module};

/// Two chains that are alike but for the compiler.
struct Pair([World; 2]);

/// How many calls came to which end.
#[derive(Debug, Default)]
struct Ends {
    success: u32,
    revert: u32,
    halt: u32,
    host_calls: usize,
}

impl Pair {
    fn new() -> Self {
        Self([Compilation::Cranelift, Compilation::Winch].map(|compilation| {
            let engine = StylusEngine::with_options(EngineOptions {
                compilation,
                ..Default::default()
            });
            let mut world = World::with_engine(ArbosVersion::default(), engine);
            world.evm.set_trace(true);
            world
        }))
    }

    /// Deploys a module on both and activates it, unless its code is active already.
    fn deploy(&mut self, wasm: &[u8]) -> Address {
        let programs = self.0.each_mut().map(|world| {
            // An hour works off the demand of the activation before.
            world.evm.inner.ctx.block.timestamp += U256::from(3600);
            let program = world
                .deploy(&code::encode(wasm))
                .created_address()
                .expect("deployed");
            let result = world.activate(program, ETHER);
            (program, format!("{result:?}"))
        });
        assert_eq!(programs[0], programs[1]);
        programs[0].0
    }

    /// Calls on both, compares everything, and takes nothing over.
    fn call(&mut self, program: Address, gas: u64, data: &Bytes, name: &str, ends: &mut Ends) {
        let [cranelift, winch] = self.0.each_mut().map(|world| {
            world.gas_limit = gas;
            world.evm.take_trace();
            let tx = world.tx(TxKind::Call(program), 0, data.clone());
            let result = world.evm.transact(tx).expect("a valid transaction");
            world.gas_limit = 30_000_000;
            (result, without_reasons(world.evm.take_trace()))
        });
        assert_eq!(cranelift.1, winch.1, "{name}: the traces differ");
        assert_eq!(cranelift.0, winch.0, "{name}: result or state differ");
        ends.host_calls += winch.1.hostios().count();
        let result = &winch.0.result;
        match (result.is_success(), result.is_halt()) {
            (true, _) => ends.success += 1,
            (_, true) => ends.halt += 1,
            _ => ends.revert += 1,
        }
    }
}

/// A trace without the words for why programs failed: they name offsets in machine code's terms.
fn without_reasons(mut trace: Trace) -> Trace {
    trace.roots.iter_mut().for_each(cut_reasons);
    trace
}

fn cut_reasons(frame: &mut Frame) {
    if let Some(run) = &mut frame.run {
        run.reason = run.reason.take().map(|_| "a reason".into());
    }
    for step in &mut frame.steps {
        if let Step::Frame(child) = step {
            cut_reasons(child);
        }
    }
}

#[test]
fn prop_generated_programs_run_alike() {
    let mut pair = Pair::new();
    let mut ends = Ends::default();
    for seed in seeds(60) {
        let mut random = Random::new(seed);
        let wasm = generate::program(&mut random);
        let program = pair.deploy(&wasm);
        for call in 0..3 {
            let data: Bytes = (0..random.below(100)).map(|_| random.next() as u8).collect();
            let gas = 60_000 + random.below(1_000_000);
            pair.call(
                program,
                gas,
                &data,
                &format!("seed {seed}, call {call}"),
                &mut ends,
            );
        }
    }
    println!("{ends:?}");
    assert!(
        is_replay() || ends.revert + ends.success > 20 && ends.halt > 20 && ends.host_calls > 500,
        "{ends:?}"
    );
}

/// Calldata of the recorded scripts: each is a tree of host calls, calls and deployments.
fn scripts() -> Vec<Vec<u8>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/stylus/vectors/calls.jsonl");
    let text = fs::read_to_string(file).expect("the recorded calls");
    let rows = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a row"));
    rows.filter(|row| row["wasm"] == "own-script.wasm")
        .filter_map(|row| hex::decode(row["calldata"].as_str()?).ok())
        .collect()
}

/// Scripts with a byte changed or two put together, on a program that interprets its calldata as host calls.
#[test]
fn prop_changed_scripts_run_alike() {
    let scripts = scripts();
    assert!(scripts.len() > 200);
    let mut pair = Pair::new();
    let script = pair.deploy(&module("own-script.wasm"));
    let mut ends = Ends::default();
    for seed in seeds(1500) {
        let mut random = Random::new(seed);
        let mut data = random.pick(&scripts).clone();
        if random.one_in(3) {
            data.extend(random.pick(&scripts));
        }
        for _ in 0..random.below(3) {
            let at = random.below(data.len().max(1) as u64) as usize;
            if let Some(byte) = data.get_mut(at) {
                *byte = random.value() as u8;
            }
        }
        // A third runs dry somewhere on the way.
        let range = if random.one_in(3) { 80_000 } else { 2_000_000 };
        let gas = 60_000 + random.below(range);
        pair.call(script, gas, &data.into(), &format!("seed {seed}"), &mut ends);
    }
    println!("{ends:?}");
    assert!(
        is_replay() || ends.success > 200 && ends.halt > 50 && ends.host_calls > 5000,
        "{ends:?}"
    );
}
