//! Every reason for which a module is refused: the reason, the place, and words that help.

use mintage_vm::{
    ActivationRules, ArbosVersion, Rejection, StylusParams, activate,
    rejection::{Place, Reason},
};

const ENTRY: &str = r#"(func (export "user_entrypoint") (param i32) (result i32) i32.const 0)"#;
const MEMORY: &str = r#"(memory (export "memory") 1 1)"#;

/// A module with an entry point, a memory that cannot grow, and `more` behind them.
fn module(more: &str) -> String {
    format!("(module {MEMORY} {ENTRY} {more})")
}

/// A module whose entry point does `body` before it returns 0.
fn doing(body: &str) -> String {
    format!(
        r#"(module {MEMORY} (table 1 funcref)
            (func $main (export "user_entrypoint") (param i32) (result i32) {body} i32.const 0))"#
    )
}

fn refuse_under(rules: &ActivationRules, text: &str) -> Rejection {
    let wasm = wat::parse_str(text).expect("the test's module");
    let rejection = activate(&wasm, rules).expect_err("the network refuses this module");
    let words = rejection.to_string();
    assert!(
        words.contains("; ") && words.contains(rejection.advice()),
        "{words}"
    );
    rejection
}

fn refuse(text: &str) -> Rejection {
    refuse_under(&ActivationRules::default(), text)
}

fn accept_under(arbos: ArbosVersion, text: &str) {
    let wasm = wat::parse_str(text).expect("the test's module");
    if let Err(rejection) = activate(&wasm, &ActivationRules::for_arbos(arbos)) {
        panic!("refused under ArbOS {arbos}: {rejection}");
    }
}

fn main_function(index: u32) -> Option<Place> {
    Some(Place::Function {
        index,
        name: Some("main".into()),
    })
}

#[test]
fn test_the_plain_module_is_accepted_everywhere() {
    for arbos in ArbosVersion::ALL {
        accept_under(arbos, &module(""));
    }
}

#[test]
fn test_bytes_that_are_no_module() {
    let rejection = activate(b"\0asm\x02\0\0\0", &ActivationRules::default()).unwrap_err();
    assert!(matches!(rejection.reason, Reason::Invalid { .. }), "{rejection}");
    let rejection = activate(b"", &ActivationRules::default()).unwrap_err();
    assert!(matches!(rejection.reason, Reason::Invalid { .. }), "{rejection}");
}

#[test]
fn test_size_limit_depends_on_arbos() {
    let text = module(&format!("(data \"{}\")", "a".repeat(80_000)));
    let rules = ActivationRules {
        max_wasm_size: 80_000,
        ..ActivationRules::default()
    };
    let rejection = refuse_under(&rules, &text);
    assert!(
        matches!(
            rejection.reason,
            Reason::TooLarge {
                size: 80_001..,
                limit: 80_000
            }
        ),
        "{rejection}"
    );
    accept_under(ArbosVersion::V61, &text);
}

#[test]
fn test_invalid_code_names_its_function() {
    let wasm = wat::parse_str(doing("i64.const 1 i32.eqz drop")).expect("text without types is assembled");
    let rejection = activate(&wasm, &ActivationRules::default()).unwrap_err();
    assert!(matches!(rejection.reason, Reason::Invalid { .. }), "{rejection}");
    assert_eq!(rejection.place, main_function(0));
}

#[test]
fn test_proposals_are_named() {
    let cases = [
        ("v128.const i32x4 0 0 0 0 drop", "SIMD"),
        ("ref.null func drop", "reference types"),
        (
            "i32.const 0 i32.const 0 i32.const 0 select (result i32) drop",
            "reference types",
        ),
        (
            "i32.const 0 i32.const 1 i32.atomic.rmw.add drop",
            "threads and atomics",
        ),
        ("i32.const 0 return_call $main", "tail calls"),
    ];
    for (body, name) in cases {
        let rejection = refuse(&doing(body));
        assert!(
            matches!(rejection.reason, Reason::Proposal { proposal, .. } if proposal == name),
            "{rejection}"
        );
        assert_eq!(rejection.place, main_function(0), "{rejection}");
    }
    let rejection = refuse(&module("(global i32 (i32.add (i32.const 1) (i32.const 2)))"));
    assert!(
        matches!(
            rejection.reason,
            Reason::Proposal {
                proposal: "extended constant expressions",
                ..
            }
        ),
        "{rejection}"
    );
    assert_eq!(rejection.place, Some(Place::Section("global")));
}

/// With reference types on, compilers encode an indirect call's table as a number, where WebAssembly 1.0 has a zero byte.
#[test]
fn test_table_index_that_is_no_zero_byte_is_explained() {
    let mut wasm =
        wat::parse_str(doing("i32.const 0 i32.const 0 call_indirect (param i32)")).expect("a module");
    let at = wasm
        .windows(3)
        .position(|bytes| bytes[0] == 0x11 && bytes[2] == 0x00)
        .expect("the indirect call");
    wasm[at + 2] = 0x01;
    let rejection = activate(&wasm, &ActivationRules::default()).unwrap_err();
    assert!(
        matches!(
            rejection.reason,
            Reason::Proposal {
                proposal: "reference types",
                ..
            }
        ),
        "{rejection}"
    );
    assert!(rejection.advice().contains("-reference-types"), "{rejection}");
}

#[test]
fn test_multi_value_only_under_version_3() {
    let function = module("(func (result i32 i32) i32.const 1 i32.const 2)");
    let block = module("(func i32.const 1 (block (param i32) drop))");
    for (text, what) in [(&function, "function types"), (&block, "blocks")] {
        accept_under(ArbosVersion::V51, text);
        let rejection = refuse(text);
        assert_eq!(rejection.reason, Reason::MultiValue { what }, "{rejection}");
    }
}

#[test]
fn test_sections() {
    let start = refuse(&module("(func $go) (start $go)"));
    assert_eq!(
        (&start.reason, &start.place),
        (&Reason::StartFunction, &Some(Place::Section("start")))
    );
    let count = refuse(&module(
        r#"(data $d "x") (func i32.const 0 i32.const 0 i32.const 0 memory.init $d)"#,
    ));
    assert_eq!(
        (&count.reason, &count.place),
        (&Reason::Section, &Some(Place::Section("data count")))
    );
}

#[test]
fn test_imports() {
    let import = |text: &str| refuse(&format!("(module {text} {MEMORY} {ENTRY})"));
    let place = |module: &str, name: &str| {
        Some(Place::Import {
            module: module.into(),
            name: name.into(),
        })
    };

    let kind = import(r#"(import "env" "g" (global i32))"#);
    assert_eq!(
        (kind.reason, kind.place),
        (Reason::ImportKind { kind: "global" }, place("env", "g"))
    );
    let unknown = import(r#"(import "vm_hooks" "nope" (func))"#);
    assert_eq!(
        (unknown.reason, unknown.place),
        (Reason::UnknownImport, place("vm_hooks", "nope"))
    );
    let console = import(r#"(import "console" "log_i32" (func (param i32)))"#);
    assert_eq!(console.reason, Reason::UnknownImport);
    let elsewhere = import(r#"(import "env" "read_args" (func (param i32)))"#);
    assert_eq!(elsewhere.reason, Reason::UnknownImport);

    let signature = import(r#"(import "vm_hooks" "block_number" (func (param i64) (result i32)))"#);
    let expected = Reason::ImportSignature {
        expected: "() -> i64".into(),
        found: "(i64) -> i32".into(),
    };
    assert_eq!(
        (signature.reason, signature.place),
        (expected, place("vm_hooks", "block_number"))
    );

    let twice = import(
        r#"(import "vm_hooks" "read_args" (func (param i32))) (import "vm_hooks" "read_args" (func (param i64)))"#,
    );
    assert_eq!(twice.reason, Reason::ImportTwice);
    let reserved = import(r#"(import "vm_hooks" "x__stylus_y" (func))"#);
    assert_eq!(reserved.reason, Reason::ReservedName);
}

#[test]
fn test_exports() {
    let place = |name: &str| Some(Place::Export(name.into()));
    let import = r#"(import "vm_hooks" "read_args" (func (param i32)))"#;
    let shadow = refuse(&format!(
        r#"(module {import} {MEMORY} {ENTRY} (func (export "my__read_args")))"#
    ));
    assert_eq!(
        (shadow.reason, shadow.place),
        (Reason::ExportShadowsImport, place("my__read_args"))
    );
    let reserved = refuse(&module(r#"(func (export "stylus_ink_left"))"#));
    assert_eq!(
        (reserved.reason, reserved.place),
        (Reason::ReservedName, place("stylus_ink_left"))
    );

    let none = refuse(&format!("(module {MEMORY})"));
    assert_eq!(none.reason, Reason::NoEntrypoint);
    let kind = refuse(&format!(
        r#"(module {MEMORY} (global (export "user_entrypoint") i32 (i32.const 0)))"#
    ));
    assert_eq!(kind.reason, Reason::NoEntrypoint);
    let ty = refuse(&format!(
        r#"(module {MEMORY} (func (export "user_entrypoint") (result i32) i32.const 0))"#
    ));
    assert_eq!(
        ty.reason,
        Reason::EntrypointType {
            found: "() -> i32".into()
        }
    );

    let imported = refuse(
        r#"(module (import "vm_hooks" "account_code_size" (func (param i32) (result i32)))
            (memory (export "memory") 1 1) (export "user_entrypoint" (func 0)))"#,
    );
    assert_eq!(
        (imported.reason, imported.place),
        (Reason::EntrypointImported, place("user_entrypoint"))
    );

    let memory = refuse(&format!(r#"(module (memory (export "heap") 1 1) {ENTRY})"#));
    assert_eq!(memory.reason, Reason::NoMemory);
    assert_eq!(refuse(&format!("(module {ENTRY})")).reason, Reason::NoMemory);
}

#[test]
fn test_counts_at_their_edges() {
    let repeat = |count: usize, text: &str| module(&text.repeat(count));
    let cases = [
        ("functions", 4095, "(func)", "function", 4096),
        ("data segments", 128, r#"(data "")"#, "data", 128),
        ("element segments", 128, "(elem func)", "element", 128),
        ("imports", 513, "", "import", 513),
    ];
    for (what, most, text, section, limit) in cases {
        let build = |count| match what {
            "imports" => {
                let import = r#"(import "vm_hooks" "read_args" (func (param i32)))"#;
                format!("(module {} {MEMORY} {ENTRY})", import.repeat(count))
            }
            _ => repeat(count, text),
        };
        accept_under(ArbosVersion::V61, &build(most));
        let rejection = refuse(&build(most + 1));
        let expected = Reason::TooMany {
            what,
            count: limit + 1,
            limit,
        };
        assert_eq!(
            (&rejection.reason, &rejection.place),
            (&expected, &Some(Place::Section(section)))
        );
    }
    // Before ArbOS 32 imports are not counted.
    let import = r#"(import "vm_hooks" "read_args" (func (param i32)))"#;
    accept_under(
        ArbosVersion::V31,
        &format!("(module {} {MEMORY} {ENTRY})", import.repeat(514)),
    );
}

#[test]
fn test_table_and_element_bytes_at_their_edges() {
    accept_under(ArbosVersion::V61, &module("(table 4096 funcref)"));
    let table = refuse(&module("(table 4097 funcref)"));
    assert_eq!(
        table.reason,
        Reason::TooMany {
            what: "table entries",
            count: 4097,
            limit: 4096
        }
    );

    // A passive segment of n one-byte indices takes flag, kind and a two-byte count beside them.
    let elements = |count: usize| module(&format!("(elem func {})", "0 ".repeat(count)));
    accept_under(ArbosVersion::V61, &elements(4092));
    let rejection = refuse(&elements(4093));
    assert_eq!(
        rejection.reason,
        Reason::TooMany {
            what: "bytes of element segments",
            count: 4097,
            limit: 4096
        }
    );
}

#[test]
fn test_globals_at_their_edge() {
    let globals = |count: usize| module(&"(global i32 (i32.const 0))".repeat(count));
    accept_under(ArbosVersion::V61, &globals(32_764));
    let rejection = refuse(&globals(32_765));
    assert!(
        matches!(
            rejection.reason,
            Reason::TooMany {
                count: 32_769,
                limit: 32_768,
                ..
            }
        ),
        "{rejection}"
    );
}

#[test]
fn test_locals_and_operators_at_their_edges_name_the_function() {
    let locals = |count: usize| {
        doing("").replace(
            "(result i32)",
            &format!("(result i32) (local {})", "i32 ".repeat(count)),
        )
    };
    accept_under(ArbosVersion::V61, &locals(348));
    let rejection = refuse(&locals(349));
    assert!(
        matches!(
            rejection.reason,
            Reason::TooMany {
                what: "local variables",
                count: 349,
                ..
            }
        ),
        "{rejection}"
    );
    assert_eq!(rejection.place, main_function(0));

    // nops, i32.const, end; 12 for the block, 12 and 5 for the frame.
    let nops = |count: usize| doing(&"nop ".repeat(count));
    accept_under(ArbosVersion::V61, &nops(65_505));
    let rejection = refuse(&nops(65_506));
    assert!(
        matches!(
            rejection.reason,
            Reason::TooMany {
                count: 65_537,
                limit: 65_536,
                ..
            }
        ),
        "{rejection}"
    );
    assert_eq!(rejection.place, main_function(0));
}

#[test]
fn test_module_name_at_its_edge() {
    let named = |length: usize| format!("(module ${} {MEMORY} {ENTRY})", "n".repeat(length));
    accept_under(ArbosVersion::V61, &named(512));
    assert_eq!(
        refuse(&named(513)).reason,
        Reason::NameTooLong {
            length: 513,
            limit: 512
        }
    );
}

#[test]
fn test_memory_pages() {
    let memory = |limits: &str| format!(r#"(module (memory (export "memory") {limits}) {ENTRY})"#);
    accept_under(ArbosVersion::V61, &memory("128 128"));
    assert_eq!(
        refuse(&memory("129 129")).reason,
        Reason::TooManyPages {
            pages: 129,
            limit: 128
        }
    );
    // The chain's limit counts what is open already, and a limit of 0 allows no page at all.
    let params = StylusParams {
        page_limit: 10,
        ..StylusParams::default()
    };
    let rules = ActivationRules::new(ArbosVersion::V61, &params, 7);
    let rejection = refuse_under(&rules, &memory("4 4"));
    assert_eq!(rejection.reason, Reason::TooManyPages { pages: 4, limit: 3 });
    let rules = ActivationRules {
        page_limit: 0,
        ..rules
    };
    assert_eq!(
        refuse_under(&rules, &memory("1 1")).reason,
        Reason::TooManyPages { pages: 1, limit: 0 }
    );

    let unpaid = refuse(&memory("1 2"));
    assert_eq!(
        (unpaid.reason, unpaid.place),
        (Reason::GrowthUnpaid, Some(Place::Section("memory")))
    );
}

#[test]
fn test_segments_must_fit() {
    accept_under(ArbosVersion::V61, &module(r#"(data (i32.const 65534) "xy")"#));
    let data = refuse(&module(r#"(data (i32.const 65534) "xyz")"#));
    assert_eq!(
        data.reason,
        Reason::DataOutOfBounds {
            segment: 0,
            end: 65_537,
            size: 65_536
        }
    );
    // Offsets are unsigned.
    let data = refuse(&module(r#"(data "") (data (i32.const -1) "x")"#));
    assert_eq!(
        data.reason,
        Reason::DataOutOfBounds {
            segment: 1,
            end: 1 << 32,
            size: 65_536
        }
    );
    let elements = refuse(&module("(table 2 funcref) (elem (i32.const 1) func 0 0)"));
    assert_eq!(
        elements.reason,
        Reason::ElementsOutOfBounds {
            segment: 0,
            end: 3,
            size: 2
        }
    );
}

#[test]
fn test_floats_may_be_moved_but_not_computed_with() {
    accept_under(
        ArbosVersion::V61,
        &doing("i32.const 0 f32.load f32.const 1 i32.const 1 select drop"),
    );
    accept_under(
        ArbosVersion::V61,
        &doing("i64.const 1 f64.reinterpret_i64 i64.reinterpret_f64 drop"),
    );
    let cases = [
        ("f32.const 1 f32.abs drop", "f32.abs"),
        ("f64.const 1 f64.const 1 f64.lt drop", "f64.lt"),
        ("i32.const 1 f64.convert_i32_s drop", "f64.convert_i32_s"),
        ("f32.const 1 i32.trunc_sat_f32_u drop", "i32.trunc_sat_f32_u"),
        ("unreachable f64.add drop", "f64.add"),
    ];
    for (body, name) in cases {
        let rejection = refuse(&doing(body));
        assert_eq!(
            rejection.reason,
            Reason::FloatOperator {
                operator: name.into()
            }
        );
        assert_eq!(rejection.place, main_function(0));
    }
}

#[test]
fn test_bulk_table_operators_are_unknown() {
    let copy = refuse(&doing("i32.const 0 i32.const 0 i32.const 0 table.copy"));
    assert_eq!(
        copy.reason,
        Reason::UnsupportedOperator {
            operator: "table.copy".into()
        }
    );
    let text = doing("i32.const 0 i32.const 0 i32.const 0 table.init 0 elem.drop 0");
    let init = refuse(&text.replace("(table 1 funcref)", "(table 1 funcref) (elem func $main)"));
    assert_eq!(
        init.reason,
        Reason::UnsupportedOperator {
            operator: "table.init".into()
        }
    );
}

#[test]
fn test_stack_contention_at_its_edge() {
    let values = |count: usize| {
        doing(&format!(
            "{}{}",
            "i32.const 1 ".repeat(count),
            "drop ".repeat(count)
        ))
    };
    accept_under(ArbosVersion::V61, &values(4096));
    let rejection = refuse(&values(4097));
    assert_eq!(
        rejection.reason,
        Reason::StackContention {
            words: 4097,
            limit: 4096
        }
    );
    assert_eq!(rejection.place, main_function(0));
}

#[test]
fn test_costs_must_fit_their_records() {
    let data = |bytes: usize| module(&format!("(data \"{}\")", "a".repeat(bytes)));
    let rejection = refuse(&data(90_000));
    assert!(
        matches!(
            rejection.reason,
            Reason::CostOverflow {
                what: "cached init cost",
                cost: 65_536..
            }
        ),
        "{rejection}"
    );
}
