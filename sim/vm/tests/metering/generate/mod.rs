//! Random programs that terminate by budget, not by luck: calls, recursion, loops, tables, memory and host functions.
//!
//! Every program is accepted by activation. Code is built by expected type, so it is valid as it is written.

mod body;

use body::Body;
use mintage_vm::imports::{HostFunction, MODULE};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module,
    RefType, TableSection, TableType, TypeSection, ValType,
};

use crate::random::Random;

const PAGES: u64 = 1;
const GLOBALS: [ValType; 3] = [ValType::I32, ValType::I64, ValType::I32];
const TABLE: u64 = 6;

/// A function's signature; at most one result, as the network demands.
#[derive(Clone)]
struct Signature {
    params: Vec<ValType>,
    result: Option<ValType>,
}

/// A program that activation accepts.
pub(crate) fn program(random: &mut Random) -> Vec<u8> {
    let imports = imports(random);
    let mut signatures: Vec<Signature> = imports.iter().map(|function| host_signature(*function)).collect();
    let imported = signatures.len();
    signatures.push(Signature {
        params: vec![ValType::I32],
        result: Some(ValType::I32),
    });
    for _ in 0..1 + random.below(5) {
        let params = (0..random.below(4)).map(|_| value_type(random)).collect();
        let result = if random.one_in(3) {
            None
        } else {
            Some(value_type(random))
        };
        signatures.push(Signature { params, result });
    }
    let bodies: Vec<Function> = (imported..signatures.len())
        .map(|index| Body::generate(random, &signatures, imported, index))
        .collect();
    assemble(random, &imports, &signatures, &bodies)
}

/// The payer, and some host functions that the stub answers.
fn imports(random: &mut Random) -> Vec<HostFunction> {
    let mut imports = vec![HostFunction::PayForMemoryGrow];
    for _ in 0..random.below(5) {
        imports.push(*random.pick(HostFunction::ALL));
    }
    imports
}

fn host_signature(function: HostFunction) -> Signature {
    let convert = |ty: &wasmparser::ValType| match ty {
        wasmparser::ValType::I64 => ValType::I64,
        _ => ValType::I32,
    };
    Signature {
        params: function.params().iter().map(convert).collect(),
        result: function.result().as_ref().map(convert),
    }
}

fn value_type(random: &mut Random) -> ValType {
    if random.one_in(2) {
        ValType::I32
    } else {
        ValType::I64
    }
}

fn assemble(
    random: &mut Random,
    imports: &[HostFunction],
    signatures: &[Signature],
    bodies: &[Function],
) -> Vec<u8> {
    let mut module = Module::new();
    // One type for each function, even where they repeat: types are compared by content.
    let mut types = TypeSection::new();
    for signature in signatures {
        types
            .ty()
            .function(signature.params.iter().copied(), signature.result);
    }
    let mut import_section = ImportSection::new();
    for (index, function) in imports.iter().enumerate() {
        import_section.import(MODULE, function.name(), EntityType::Function(index as u32));
    }
    let own = imports.len() as u32..signatures.len() as u32;
    let mut functions = FunctionSection::new();
    for index in own.clone() {
        functions.function(index);
    }
    let mut tables = TableSection::new();
    let table = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: TABLE,
        maximum: None,
        shared: false,
    };
    tables.table(table);
    let mut memories = MemorySection::new();
    let maximum = *random.pick(&[None, Some(PAGES), Some(PAGES + 2), Some(65_536)]);
    memories.memory(MemoryType {
        minimum: PAGES,
        maximum,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut globals = GlobalSection::new();
    for ty in GLOBALS {
        let init = match ty {
            ValType::I64 => ConstExpr::i64_const(random.value() as i64),
            _ => ConstExpr::i32_const(random.value() as i32),
        };
        globals.global(
            GlobalType {
                val_type: ty,
                mutable: true,
                shared: false,
            },
            &init,
        );
    }
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("user_entrypoint", ExportKind::Func, own.start);
    let mut elements = ElementSection::new();
    // Some slots stay empty; calls through them trap.
    let filled: Vec<u32> = (0..4)
        .map(|_| own.start + random.below(own.len() as u64) as u32)
        .collect();
    elements.active(None, &ConstExpr::i32_const(1), Elements::Functions(filled.into()));
    let mut code = CodeSection::new();
    for body in bodies {
        code.function(body);
    }
    let mut data = DataSection::new();
    data.active(
        0,
        &ConstExpr::i32_const(100),
        (0..50).map(|_| random.next() as u8),
    );

    module
        .section(&types)
        .section(&import_section)
        .section(&functions)
        .section(&tables)
        .section(&memories);
    module
        .section(&globals)
        .section(&exports)
        .section(&elements)
        .section(&code)
        .section(&data);
    module.finish()
}
