//! `check` against the recorded activations: the same verdict, the same figures, and words for each refusal.

use std::{collections::HashMap, path::Path};

use mintage_vm::{
    ArbosVersion,
    activate::DataPricer,
    code,
    report::{Candidate, ChainView, Deployment},
};

#[path = "../examples/conformance/row.rs"]
#[allow(dead_code)] // made for all kinds of rows
mod row;
mod world;

use revm::primitives::U256;
use row::Row;
use world::{ETHER, NOW_TS, World, module};

#[test]
fn test_check_agrees_with_every_recorded_activation_of_arbos_61() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/stylus");
    let rows =
        Row::read_file(&vectors.join("vectors/activation.jsonl"), &vectors.join("wasm")).expect("vectors");
    let chain = ChainView::new(ArbosVersion::V61, NOW_TS);
    let (mut accepted, mut refused) = (0, 0);
    let rows = rows.into_iter().map(|row| row.expect("a row"));
    for row in rows.filter(|row| row.number("arbos") == Ok(61)) {
        let wasm = row.wasm().expect("the row's module");
        let report = Candidate::new(&wasm).check(&chain);
        assert_eq!(
            report.verdict.is_ok(),
            row.flag("ok").expect("ok"),
            "{row}: {:?}",
            report.verdict
        );
        match report.verdict {
            Ok(cost) => {
                let figure = |field: &str| row.number(field).expect("a figure");
                assert_eq!(u64::from(cost.pages), figure("footprint"), "{row}");
                assert_eq!(cost.entry.init, figure("program_init_gas"), "{row}");
                assert_eq!(cost.entry.cached, figure("program_cached_gas"), "{row}");
                assert_eq!(u64::from(cost.asm_estimate), figure("asm_estimate"), "{row}");
                assert_eq!(cost.activation_gas, figure("activation_gas"), "{row}");
                assert_eq!(
                    cost.call_gas - cost.memory_gas,
                    cost.entry.init + cost.entry.cached,
                    "{row}"
                );
                accepted += 1;
            }
            Err(rejection) => {
                let words = rejection.to_string();
                assert!(words.ends_with(rejection.advice()) && words.len() > rejection.advice().len() + 20);
                refused += 1;
            }
        }
    }
    assert_eq!((accepted, refused), (496, 52));
}

/// One program at every version: what changes is what ArbOS changed.
#[test]
fn test_check_follows_the_version() {
    let wasm = wat::parse_str(
        r#"(module (memory (export "memory") 3 3)
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#,
    )
    .expect("the test's module");
    let candidate = Candidate::new(&wasm);
    let costs: HashMap<ArbosVersion, _> = ArbosVersion::ALL
        .into_iter()
        .map(|arbos| (arbos, candidate.check(&ChainView::new(arbos, NOW_TS))))
        .map(|(arbos, report)| {
            assert!(
                report.accepted() && report.deployment == Deployment::OnePiece,
                "ArbOS {arbos}"
            );
            (arbos, report.verdict.expect("accepted"))
        })
        .collect();
    for (arbos, cost) in &costs {
        assert_eq!((cost.pages, cost.memory_gas), (3, 1000), "ArbOS {arbos}");
        let cached_part = if *arbos == ArbosVersion::V30 {
            0
        } else {
            cost.entry.cached
        };
        assert_eq!(
            cost.call_gas,
            1000 + cost.entry.init + cached_part,
            "ArbOS {arbos}"
        );
        assert_eq!(cost.cached_call_gas, 1000 + cost.entry.cached, "ArbOS {arbos}");
    }
    let least = |arbos| costs[&arbos].entry.init - u64::from(costs[&arbos].init_cost);
    assert_eq!((least(ArbosVersion::V30), least(ArbosVersion::V31)), (9216, 8832));
    assert!(costs[&ArbosVersion::V31].activation_gas < costs[&ArbosVersion::V32].activation_gas);
}

/// What is accepted and yet seldom wanted is said.
#[test]
fn test_check_hints() {
    let wasm = wat::parse_str(
        r#"(module (memory (export "memory") 17 17) (func $ratio f64.const 0.5 drop)
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#,
    )
    .expect("the test's module");
    let report = Candidate::new(&wasm).check(&ChainView::new(ArbosVersion::V61, NOW_TS));
    let cost = report.verdict.expect("accepted");
    let words: Vec<String> = cost.hints.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), 2, "{words:?}");
    assert!(
        words[0].contains("17 memory pages") && words[0].contains(&cost.memory_gas.to_string()),
        "{words:?}"
    );
    assert!(words[1].starts_with("function 0 (`ratio`)"), "{words:?}");
}

/// What is foretold is what the chain takes: gas and fee of the activation.
#[test]
fn test_check_foretells_what_activation_takes() {
    for arbos in [ArbosVersion::V30, ArbosVersion::V51, ArbosVersion::V61] {
        let mut world = World::new(arbos);
        let wasm = module("own-echo.wasm");
        let chain = ChainView {
            pricer: DataPricer::default(),
            ..ChainView::new(arbos, NOW_TS)
        };
        let cost = Candidate::new(&wasm).check(&chain).verdict.expect("accepted");
        let program = world
            .deploy(&code::encode(&wasm))
            .created_address()
            .expect("deployed");
        let result = world.activate(program, ETHER);
        // A transaction's own gas: selector and address.
        let address_gas: u64 = program.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
        let intrinsic = 21_000 + 4 * 16 + 12 * 4 + address_gas;
        assert_eq!(
            result.tx_gas_used(),
            intrinsic + cost.activation_call_gas,
            "ArbOS {arbos}"
        );
        let output = result.output().expect("version and fee");
        assert_eq!(
            U256::from_be_slice(&output[32..64]),
            cost.data_fee_wei,
            "ArbOS {arbos}"
        );
    }
}
