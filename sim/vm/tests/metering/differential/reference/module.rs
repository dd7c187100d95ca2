//! Reads a module for the interpreter: code with its block ends, prices from the network's table.

use std::{collections::HashMap, sync::LazyLock};

use mintage_vm::imports::HostFunction;
use wasmparser::{
    DataKind, ElementItems, ElementKind, ExternalKind, FuncType, Operator, Parser, Payload, TypeRef,
};

use super::PAGE;

/// Price of each operator by its name in the network's table.
static PRICES: LazyLock<HashMap<&'static str, u64>> = LazyLock::new(|| {
    let table = include_str!("../../../../../../tests/vectors/stylus/opcode_ink.csv");
    let rows = table.lines().filter_map(|line| {
        let mut columns = line.split(',');
        Some((columns.next()?, columns.next()?.parse().ok()?))
    });
    rows.collect()
});

/// A function and what the interpreter looks up in it.
pub(super) struct Function<'a> {
    pub(super) ty: u32,
    pub(super) frame: u32,
    pub(super) locals: usize,
    pub(super) code: Vec<Operator<'a>>,
    /// Price of each operator, and whether it ends its block.
    pub(super) prices: Vec<(u64, bool)>,
    /// For each `block`, `loop`, `if` and `else`: where its `end` is. For `if` with an `else`: where that is, too.
    pub(super) ends: HashMap<usize, usize>,
    pub(super) elses: HashMap<usize, usize>,
}

#[derive(Default)]
/// A module, read once.
pub(super) struct Module<'a> {
    pub(super) types: Vec<FuncType>,
    pub(super) imports: Vec<(HostFunction, u32)>,
    pub(super) functions: Vec<Function<'a>>,
    pub(super) globals: Vec<u64>,
    pub(super) pages: (usize, usize),
    pub(super) table_size: usize,
    pub(super) elements: Vec<(usize, Vec<u32>)>,
    pub(super) data: Vec<(usize, &'a [u8])>,
    pub(super) entrypoint: u32,
}

impl<'a> Module<'a> {
    pub(super) fn parse(wasm: &'a [u8], frames: &[u32]) -> Self {
        let mut module = Module::default();
        let mut types = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.expect("valid") {
                Payload::TypeSection(reader) => {
                    module.types = reader
                        .into_iter_err_on_gc_types()
                        .map(|ty| ty.expect("valid"))
                        .collect();
                }
                Payload::ImportSection(reader) => {
                    for import in reader.into_imports() {
                        let import = import.expect("valid");
                        let TypeRef::Func(ty) = import.ty else {
                            panic!("only functions")
                        };
                        module
                            .imports
                            .push((HostFunction::by_name(import.name).expect("known"), ty));
                    }
                }
                Payload::FunctionSection(reader) => {
                    types = reader.into_iter().map(|ty| ty.expect("valid")).collect()
                }
                Payload::TableSection(reader) => {
                    for table in reader {
                        module.table_size = table.expect("valid").ty.initial as usize;
                    }
                }
                Payload::MemorySection(reader) => {
                    for memory in reader {
                        let memory = memory.expect("valid");
                        let most = memory.maximum.unwrap_or(65_534).min(65_534);
                        module.pages = (memory.initial as usize, most as usize);
                    }
                }
                Payload::GlobalSection(reader) => {
                    module.globals = reader
                        .into_iter()
                        .map(|global| constant(&global.expect("valid").init_expr))
                        .collect();
                }
                Payload::ExportSection(reader) => {
                    for export in reader {
                        let export = export.expect("valid");
                        if export.name == "user_entrypoint" && export.kind == ExternalKind::Func {
                            module.entrypoint = export.index;
                        }
                    }
                }
                Payload::ElementSection(reader) => {
                    for element in reader {
                        let element = element.expect("valid");
                        let ElementItems::Functions(items) = element.items else {
                            panic!("only functions")
                        };
                        let items = items.into_iter().map(|item| item.expect("valid")).collect();
                        if let ElementKind::Active { offset_expr, .. } = element.kind {
                            module.elements.push((constant(&offset_expr) as usize, items));
                        }
                    }
                }
                Payload::DataSection(reader) => {
                    for data in reader {
                        let data = data.expect("valid");
                        if let DataKind::Active { offset_expr, .. } = data.kind {
                            module.data.push((constant(&offset_expr) as usize, data.data));
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let index = module.functions.len();
                    let locals = body.get_locals_reader().expect("valid").into_iter();
                    let locals = locals.map(|group| group.expect("valid").0 as usize).sum();
                    let code = body.get_operators_reader().expect("valid").into_iter();
                    let code: Vec<_> = code.map(|operator| operator.expect("valid")).collect();
                    let (ends, elses) = matching(&code);
                    let prices = code
                        .iter()
                        .map(|operator| (price(operator, &module), ends_block(operator)))
                        .collect();
                    let (ty, frame) = (types[index], frames[index]);
                    module.functions.push(Function {
                        ty,
                        frame,
                        locals,
                        code,
                        prices,
                        ends,
                        elses,
                    });
                }
                _ => {}
            }
        }
        module
    }

    pub(super) fn memory(&self) -> Vec<u8> {
        let mut memory = vec![0; self.pages.0 * PAGE];
        for (offset, data) in &self.data {
            memory[*offset..][..data.len()].copy_from_slice(data);
        }
        memory
    }

    pub(super) fn table(&self) -> Vec<Option<u32>> {
        let mut table = vec![None; self.table_size];
        for (offset, items) in &self.elements {
            for (slot, item) in table[*offset..].iter_mut().zip(items) {
                *slot = Some(*item);
            }
        }
        table
    }

    pub(super) fn type_of(&self, function: u32) -> &FuncType {
        let index = function as usize;
        let ty = match self.imports.get(index) {
            Some((_, ty)) => *ty,
            None => self.functions[index - self.imports.len()].ty,
        };
        &self.types[ty as usize]
    }
}

fn constant(expression: &wasmparser::ConstExpr<'_>) -> u64 {
    match expression.get_operators_reader().read().expect("valid") {
        Operator::I32Const { value } => u64::from(value as u32),
        Operator::I64Const { value } => value as u64,
        other => panic!("not a constant: {other:?}"),
    }
}

fn matching(code: &[Operator<'_>]) -> (HashMap<usize, usize>, HashMap<usize, usize>) {
    let (mut ends, mut elses) = (HashMap::new(), HashMap::new());
    let mut open: Vec<(usize, Option<usize>)> = Vec::new();
    for (at, operator) in code.iter().enumerate() {
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => open.push((at, None)),
            Operator::Else => {
                let top = open.last_mut().expect("an if");
                elses.insert(top.0, at);
                top.1 = Some(at);
            }
            Operator::End => {
                if let Some((start, middle)) = open.pop() {
                    ends.insert(start, at);
                    middle.map(|middle| ends.insert(middle, at));
                }
            }
            _ => {}
        }
    }
    (ends, elses)
}

/// `I32ShrU` is `i32.shr_u`, `MemoryGrow` is `memory.grow`, `BrIf` is `br_if`, `CallIndirect` is `call_indirect`.
fn name(operator: &Operator<'_>) -> String {
    let debug = format!("{operator:?}");
    let variant: String = debug.chars().take_while(char::is_ascii_alphanumeric).collect();
    let mut name = String::new();
    for (index, c) in variant.chars().enumerate() {
        if c.is_ascii_uppercase() && index > 0 {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    for prefix in ["i32", "i64", "f32", "f64", "local", "global", "memory", "table"] {
        if let Some(rest) = name.strip_prefix(&format!("{prefix}_")) {
            return format!("{prefix}.{rest}");
        }
    }
    name
}

fn price(operator: &Operator<'_>, module: &Module<'_>) -> u64 {
    match operator {
        Operator::BrTable { targets } => 2400 + 325 * u64::from(targets.len()),
        Operator::CallIndirect { type_index, .. } => {
            13_610 + 650 * module.types[*type_index as usize].params().len() as u64
        }
        other => PRICES.get(name(other).as_str()).copied().unwrap_or(u64::MAX),
    }
}

fn ends_block(operator: &Operator<'_>) -> bool {
    let enders = [
        "end",
        "else",
        "return",
        "loop",
        "br",
        "br_table",
        "br_if",
        "if",
        "call",
        "call_indirect",
    ];
    enders.contains(&name(operator).as_str())
}
