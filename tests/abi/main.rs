//! Every built program against its interface in `contracts/interfaces`, in both directions.
//!
//! What a function does with its arguments is not asked here (`integration/` does); only that the program knows exactly
//! the functions of its interface, takes wei exactly where the interface says `payable`, and was built with that ABI.

mod constants;
mod program;

use std::collections::BTreeSet;

use mintage_chain::U256;
use program::{Program, Selector};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// `stylus_constructor()`, which cargo-stylus and StylusDeployer send; no interface lists it.
const CONSTRUCTOR: Selector = mintage_chain::CONSTRUCTOR_SELECTOR;

fn for_each_program(check: impl Fn(&mut Program)) {
    let mut count = 0;
    for (name, _) in mintage_abi::programs() {
        check(&mut Program::deployed(name));
        count += 1;
    }
    assert_ne!(count, 0, "there are programs");
}

#[test]
fn artifact_holds_the_abi_of_its_interface() {
    for_each_program(|program| {
        let interface = mintage_abi::json_abi(&program.name).expect("listed");
        assert_eq!(
            program.artifact.abi, interface,
            "{}: run `mintage build`",
            program.name
        );
    });
}

#[test]
fn every_function_of_the_interface_answers() {
    for_each_program(|program| {
        for (function, calldata) in program.functions() {
            assert!(
                program.reacts(&calldata),
                "{}: {} is not answered",
                program.name,
                function.signature()
            );
        }
    });
}

#[test]
fn nothing_but_the_interface_answers() {
    for_each_program(|program| {
        let declared: BTreeSet<Selector> = program
            .functions()
            .iter()
            .map(|(function, _)| function.selector().0)
            .chain([CONSTRUCTOR])
            .collect();
        // A router can only compare with what stands in the code: all of it is tried, and random ones besides.
        let wasm = program.artifact.wasm_bytes().expect("checked when it was loaded");
        let mut candidates = constants::selectors(&wasm);
        for selector in &declared {
            assert!(
                candidates.contains(selector),
                "{}: the search for constants misses the selector {} of the interface",
                program.name,
                hex::encode(selector)
            );
        }
        let mut rng = ChaCha8Rng::seed_from_u64(0x5e1ec7);
        candidates.extend((0..2_000).map(|_| rng.random::<Selector>()));
        for selector in candidates.difference(&declared) {
            // Long enough for any function's arguments: a hidden one could not hide behind short calldata.
            let calldata = [&selector[..], &[0; 32 * 32]].concat();
            assert!(
                !program.reacts(&calldata),
                "{}: 0x{} is answered",
                program.name,
                hex::encode(selector)
            );
        }
        for length in 0..4 {
            assert!(
                !program.reacts(&vec![0; length]),
                "{}: {length} bytes are answered",
                program.name
            );
        }
    });
}

#[test]
fn wei_is_taken_only_where_the_interface_says_payable() {
    for_each_program(|program| {
        for (function, calldata) in program.functions() {
            let payable = function.state_mutability == alloy_json_abi::StateMutability::Payable;
            assert_eq!(
                program.reacts_to_value(&calldata, U256::from(1)),
                payable,
                "{}: {} with 1 wei",
                program.name,
                function.signature()
            );
        }
    });
}

#[test]
fn calldata_one_byte_short_is_refused() {
    for_each_program(|program| {
        for (function, calldata) in program.functions() {
            if calldata.len() > 4 {
                let short = &calldata[..calldata.len() - 1];
                assert!(
                    !program.reacts(short),
                    "{}: {} from short calldata",
                    program.name,
                    function.signature()
                );
            }
        }
    });
}
