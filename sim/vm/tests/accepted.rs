//! What activation accepts, the chain can run: whatever the program does, a transaction has a result and never fails in
//! the simulator itself.
//!
//! Seeded. `MINTAGE_FUZZ_MODULES=10000 cargo test -p mintage-vm --test accepted` runs longer than the default.

mod world;

#[path = "metering/generate/mod.rs"]
mod generate;
#[path = "metering/random.rs"]
#[allow(dead_code)] // made for more than one test
mod random;

use std::{fs, path::Path};

use mintage_vm::{ActivationRules, ArbosVersion, activate, code};
use random::{Random, seeds};
use revm::{
    context_interface::result::ExecutionResult,
    primitives::{Bytes, U256},
};
use world::{ETHER, World};

/// Deploys, activates and calls; a transaction that is not executed is a panic of [`World`].
fn run(world: &mut World, random: &mut Random, wasm: &[u8]) -> ExecutionResult {
    world.gas_limit = 30_000_000;
    // An hour works off the demand of the activation before; without it the data fee grows beyond all ether.
    world.evm.inner.ctx.block.timestamp += U256::from(3600);
    let program = world
        .deploy(&code::encode(wasm))
        .created_address()
        .expect("deployed");
    let activated = world.activate(program, ETHER);
    // The same code may have come before: `ProgramUpToDate`.
    let up_to_date = activated
        .output()
        .is_some_and(|output| output[..] == [0xcc, 0x94, 0x4b, 0xf2]);
    assert!(activated.is_success() || up_to_date, "{activated:?}");
    let calldata: Bytes = (0..random.below(100)).map(|_| random.next() as u8).collect();
    world.gas_limit = 100_000 + random.below(1_000_000);
    world.call(program, calldata)
}

#[test]
fn prop_generated_programs_have_a_result() {
    let mut world = World::new(ArbosVersion::default());
    let (mut success, mut revert, mut halt) = (0, 0, 0);
    for seed in seeds(150) {
        let mut random = Random::new(seed);
        let wasm = generate::program(&mut random);
        match run(&mut world, &mut random, &wasm) {
            ExecutionResult::Success { .. } => success += 1,
            ExecutionResult::Revert { .. } => revert += 1,
            ExecutionResult::Halt { .. } => halt += 1,
        }
    }
    println!("{success} succeeded, {revert} reverted, {halt} halted");
    assert!(
        success > 0 && revert > 10 && halt > 10,
        "{success} succeeded, {revert} reverted, {halt} halted"
    );
}

/// Recorded modules with a byte changed, if activation still accepts them.
#[test]
fn prop_changed_modules_have_a_result() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/stylus/wasm");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("vectors")
        .map(|entry| entry.expect("entry").path())
        .collect();
    files.sort();
    let modules = files.iter().map(|file| fs::read(file).expect("a module"));
    let modules: Vec<Vec<u8>> = modules.filter(|wasm| wasm.len() < 4000).collect();
    let mut world = World::new(ArbosVersion::default());
    let mut accepted = 0;
    for seed in seeds(4000) {
        let mut random = Random::new(seed);
        let mut wasm = random.pick(&modules).clone();
        let at = random.below(wasm.len() as u64) as usize;
        wasm[at] ^= 1 << random.below(8);
        if activate(&wasm, &ActivationRules::default()).is_ok() {
            run(&mut world, &mut random, &wasm);
            accepted += 1;
        }
    }
    assert!(accepted > 50, "{accepted} accepted");
}
