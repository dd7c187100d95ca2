//! A deliberately simple interpreter of the original module that counts ink as it goes.
//!
//! It shares nothing with the instrumentation but the frame sizes (which have recorded vectors of their own): prices
//! come from the network's table by the operator's name, blocks are found by looking ahead when one is entered.

use std::{collections::HashMap, sync::LazyLock};

use mintage_vm::imports::HostFunction;
use wasmparser::{
    BlockType, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, Operator, Parser, Payload,
    TypeRef,
};

use crate::{
    Budget, End, Run,
    host::{self, Call},
};

const PAGE: usize = 65_536;

/// Price of each operator by its name in the network's table.
static PRICES: LazyLock<HashMap<&'static str, u64>> = LazyLock::new(|| {
    let table = include_str!("../../../../tests/vectors/stylus/opcode_ink.csv");
    let rows = table.lines().filter_map(|line| {
        let mut columns = line.split(',');
        Some((columns.next()?, columns.next()?.parse().ok()?))
    });
    rows.collect()
});

/// Runs the module's entry point.
pub(crate) fn run(wasm: &[u8], frames: &[u32], budget: Budget) -> Run {
    let module = Module::parse(wasm, frames);
    let mut machine = Machine {
        globals: module.globals.clone(),
        memory: module.memory(),
        table: module.table(),
        module: &module,
        ink: budget.ink,
        stack: budget.stack,
        calls: Vec::new(),
    };
    let result = machine.call(module.entrypoint, vec![u64::from(budget.input)]);
    let (end, ink_left, stack_left) = match result {
        Ok(status) => (
            End::Status(status.expect("a status") as u32),
            machine.ink,
            machine.stack,
        ),
        Err(Stop::Exit(status)) => (End::Status(status), machine.ink, machine.stack),
        Err(Stop::Trap) => (End::Failure, machine.ink, machine.stack),
        Err(Stop::OutOfInk) => (End::OutOfInk, 0, machine.stack),
        Err(Stop::OutOfStack) => (End::OutOfStack, machine.ink, 0),
    };
    Run {
        end,
        ink_left,
        stack_left,
        calls: machine.calls,
        memory: machine.memory,
    }
}

enum Stop {
    Trap,
    OutOfInk,
    OutOfStack,
    Exit(u32),
}

struct Function<'a> {
    ty: u32,
    frame: u32,
    locals: usize,
    code: Vec<Operator<'a>>,
    /// Price of each operator, and whether it ends its block.
    prices: Vec<(u64, bool)>,
    /// For each `block`, `loop`, `if` and `else`: where its `end` is. For `if` with an `else`: where that is, too.
    ends: HashMap<usize, usize>,
    elses: HashMap<usize, usize>,
}

#[derive(Default)]
struct Module<'a> {
    types: Vec<FuncType>,
    imports: Vec<(HostFunction, u32)>,
    functions: Vec<Function<'a>>,
    globals: Vec<u64>,
    pages: (usize, usize),
    table_size: usize,
    elements: Vec<(usize, Vec<u32>)>,
    data: Vec<(usize, &'a [u8])>,
    entrypoint: u32,
}

impl<'a> Module<'a> {
    fn parse(wasm: &'a [u8], frames: &[u32]) -> Self {
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

    fn memory(&self) -> Vec<u8> {
        let mut memory = vec![0; self.pages.0 * PAGE];
        for (offset, data) in &self.data {
            memory[*offset..][..data.len()].copy_from_slice(data);
        }
        memory
    }

    fn table(&self) -> Vec<Option<u32>> {
        let mut table = vec![None; self.table_size];
        for (offset, items) in &self.elements {
            for (slot, item) in table[*offset..].iter_mut().zip(items) {
                *slot = Some(*item);
            }
        }
        table
    }

    fn type_of(&self, function: u32) -> &FuncType {
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

struct Label {
    /// Where a branch goes on: behind the `end`, or at the start of a loop's body.
    target: usize,
    height: usize,
    arity: usize,
    is_loop: bool,
}

struct Machine<'m, 'a> {
    module: &'m Module<'a>,
    ink: u64,
    stack: u32,
    globals: Vec<u64>,
    memory: Vec<u8>,
    table: Vec<Option<u32>>,
    calls: Vec<Call>,
}

impl<'m> Machine<'m, '_> {
    fn call(&mut self, index: u32, args: Vec<u64>) -> Result<Option<u64>, Stop> {
        let module = self.module;
        let imported = module.imports.len();
        match module.imports.get(index as usize) {
            Some((function, _)) => self.call_host(*function, args),
            None => self.execute(&module.functions[index as usize - imported], args),
        }
    }

    fn call_host(&mut self, function: HostFunction, args: Vec<u64>) -> Result<Option<u64>, Stop> {
        let (ink_before, stack_left) = (self.ink, self.stack);
        self.calls.push(Call {
            name: function.name(),
            args: args.clone(),
            ink_before,
            stack_left,
        });
        match host::call(function, &args, &mut self.ink) {
            Ok(answer) => Ok(function.result().map(|_| answer)),
            Err(host::Stop::OutOfInk) => Err(Stop::OutOfInk),
            Err(host::Stop::Exit(status)) => Err(Stop::Exit(status)),
        }
    }

    fn execute(&mut self, function: &'m Function<'_>, args: Vec<u64>) -> Result<Option<u64>, Stop> {
        if self.stack <= function.frame {
            return Err(Stop::OutOfStack);
        }
        self.stack -= function.frame;
        let mut locals = args;
        locals.resize(locals.len() + function.locals, 0);
        let results = self.module.types[function.ty as usize].results().len();
        let end = function.code.len();
        let mut frame = Frame {
            function,
            locals,
            values: Vec::new(),
            labels: vec![Label {
                target: end,
                height: 0,
                arity: results,
                is_loop: false,
            }],
            at: 0,
            block_starts: true,
        };
        // A branch to the function's own label ends it like the others, and gives no words back.
        while frame.at < end {
            if frame.block_starts {
                self.pay(&function.prices[frame.at..])?;
            }
            self.step(&mut frame)?;
        }
        Ok(if results == 0 { None } else { frame.values.pop() })
    }

    /// Looks ahead to the end of the block that starts here.
    fn pay(&mut self, prices: &[(u64, bool)]) -> Result<(), Stop> {
        let mut cost = 2450_u64;
        for (price, ends_block) in prices {
            cost = cost.saturating_add(*price);
            if *ends_block {
                break;
            }
        }
        self.ink = self.ink.checked_sub(cost).ok_or(Stop::OutOfInk)?;
        Ok(())
    }

    fn step(&mut self, frame: &mut Frame<'m, '_>) -> Result<(), Stop> {
        let function = frame.function;
        let operator = &function.code[frame.at];
        let here = frame.at;
        frame.at += 1;
        frame.block_starts = function.prices[here].1;
        match operator {
            Operator::Unreachable => return Err(Stop::Trap),
            Operator::Nop => {}
            Operator::Block { blockty } => frame.open(blockty, function.ends[&here] + 1, false),
            Operator::Loop { blockty } => frame.open(blockty, here + 1, true),
            Operator::If { blockty } => {
                let taken = frame.pop() as u32 != 0;
                let after = function.ends[&here] + 1;
                match (taken, function.elses.get(&here)) {
                    (true, _) => frame.open(blockty, after, false),
                    (false, Some(otherwise)) => {
                        frame.open(blockty, after, false);
                        frame.at = otherwise + 1;
                    }
                    (false, None) => frame.at = after,
                }
            }
            Operator::Else => {
                frame.labels.pop();
                frame.at = function.ends[&here] + 1;
            }
            Operator::End => {
                frame.labels.pop();
                if frame.labels.is_empty() {
                    self.stack += function.frame;
                }
            }
            Operator::Br { relative_depth } => frame.branch(*relative_depth),
            Operator::BrIf { relative_depth } => {
                if frame.pop() as u32 != 0 {
                    frame.branch(*relative_depth);
                }
            }
            Operator::BrTable { targets } => {
                let index = frame.pop() as u32;
                let target = targets.targets().nth(index as usize);
                frame.branch(target.map_or(targets.default(), |target| target.expect("valid")));
            }
            Operator::Return => {
                self.stack += function.frame;
                frame.at = function.code.len();
            }
            Operator::Call { function_index } => self.call_from(frame, *function_index)?,
            Operator::CallIndirect { type_index, .. } => {
                let slot = frame.pop() as u32 as usize;
                let callee = self.table.get(slot).copied().flatten().ok_or(Stop::Trap)?;
                if self.module.type_of(callee) != &self.module.types[*type_index as usize] {
                    return Err(Stop::Trap);
                }
                self.call_from(frame, callee)?;
            }
            other => self.compute(frame, other)?,
        }
        Ok(())
    }

    fn call_from(&mut self, frame: &mut Frame<'_, '_>, callee: u32) -> Result<(), Stop> {
        let params = self.module.type_of(callee).params().len();
        let args = frame.values.split_off(frame.values.len() - params);
        frame.values.extend(self.call(callee, args)?);
        Ok(())
    }

    /// Everything that does not change where to go on.
    fn compute(&mut self, frame: &mut Frame<'_, '_>, operator: &Operator<'_>) -> Result<(), Stop> {
        match operator {
            Operator::Drop => drop(frame.pop()),
            Operator::Select => {
                let condition = frame.pop() as u32;
                let (second, first) = (frame.pop(), frame.pop());
                frame.values.push(if condition != 0 { first } else { second });
            }
            Operator::LocalGet { local_index } => frame.values.push(frame.locals[*local_index as usize]),
            Operator::LocalSet { local_index } => frame.locals[*local_index as usize] = frame.pop(),
            Operator::LocalTee { local_index } => {
                frame.locals[*local_index as usize] = *frame.values.last().expect("valid");
            }
            Operator::GlobalGet { global_index } => frame.values.push(self.globals[*global_index as usize]),
            Operator::GlobalSet { global_index } => self.globals[*global_index as usize] = frame.pop(),
            Operator::I32Const { value } => frame.values.push(u64::from(*value as u32)),
            Operator::I64Const { value } => frame.values.push(*value as u64),
            Operator::MemorySize { .. } => frame.values.push((self.memory.len() / PAGE) as u64),
            Operator::MemoryGrow { .. } => self.grow(frame)?,
            Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } => self.bulk(frame, operator)?,
            other => match access(other) {
                Some((width, offset, kind)) => self.access(frame, width, offset, kind)?,
                None => numeric(frame, other)?,
            },
        }
        Ok(())
    }

    fn grow(&mut self, frame: &mut Frame<'_, '_>) -> Result<(), Stop> {
        let more = frame.pop() as u32;
        if self.module.pages.0 != self.module.pages.1 {
            self.call_host(HostFunction::PayForMemoryGrow, vec![u64::from(more)])?;
        }
        let before = self.memory.len() / PAGE;
        let fits = before + more as usize <= self.module.pages.1;
        frame
            .values
            .push(if fits { before as u64 } else { u64::from(u32::MAX) });
        if fits {
            self.memory.resize((before + more as usize) * PAGE, 0);
        }
        Ok(())
    }

    fn bulk(&mut self, frame: &mut Frame<'_, '_>, operator: &Operator<'_>) -> Result<(), Stop> {
        let (length, second, target) = (frame.pop() as u32, frame.pop() as u32, frame.pop() as u32);
        self.ink = self
            .ink
            .checked_sub(u64::from(length) * 100)
            .ok_or(Stop::OutOfInk)?;
        let (length, target) = (length as usize, target as usize);
        let inside = |start: usize| start + length <= self.memory.len();
        if !inside(target) {
            return Err(Stop::Trap);
        }
        if matches!(operator, Operator::MemoryFill { .. }) {
            self.memory[target..target + length].fill(second as u8);
            return Ok(());
        }
        let source = second as usize;
        if !inside(source) {
            return Err(Stop::Trap);
        }
        self.memory.copy_within(source..source + length, target);
        Ok(())
    }

    fn access(
        &mut self,
        frame: &mut Frame<'_, '_>,
        width: usize,
        offset: u64,
        kind: Access,
    ) -> Result<(), Stop> {
        let value = if kind == Access::Store { frame.pop() } else { 0 };
        let address = frame.pop() as u32 as usize + offset as usize;
        let Some(bytes) = self.memory.get_mut(address..address + width) else {
            return Err(Stop::Trap);
        };
        match kind {
            Access::Store => bytes.copy_from_slice(&value.to_le_bytes()[..width]),
            Access::Load { signed_to } => {
                let mut word = [0; 8];
                word[..width].copy_from_slice(bytes);
                let value = u64::from_le_bytes(word);
                let spare = 64 - 8 * width as u32;
                let value = match signed_to {
                    0 => value,
                    bits => (((value << spare) as i64) >> spare) as u64 & (u64::MAX >> (64 - bits)),
                };
                frame.values.push(value);
            }
        }
        Ok(())
    }
}

struct Frame<'m, 'a> {
    function: &'m Function<'a>,
    locals: Vec<u64>,
    values: Vec<u64>,
    labels: Vec<Label>,
    at: usize,
    /// Whether the operator here is the first of its block.
    block_starts: bool,
}

impl Frame<'_, '_> {
    fn pop(&mut self) -> u64 {
        self.values.pop().expect("a valid module")
    }

    fn open(&mut self, ty: &BlockType, target: usize, is_loop: bool) {
        let arity = match ty {
            BlockType::Type(_) if !is_loop => 1,
            BlockType::FuncType(_) => panic!("the generators do not make these"),
            _ => 0,
        };
        self.labels.push(Label {
            target,
            height: self.values.len(),
            arity,
            is_loop,
        });
    }

    fn branch(&mut self, depth: u32) {
        let index = self.labels.len() - 1 - depth as usize;
        let label = &self.labels[index];
        let kept = self.values.split_off(self.values.len() - label.arity);
        self.values.truncate(label.height);
        self.values.extend(kept);
        self.at = label.target;
        let keep = if label.is_loop { index + 1 } else { index };
        self.labels.truncate(keep);
        self.block_starts = true;
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Access {
    /// Zero-extended (0), or sign-extended to this many bits.
    Load {
        signed_to: u32,
    },
    Store,
}

fn access(operator: &Operator<'_>) -> Option<(usize, u64, Access)> {
    use Operator::*;
    let load = |signed_to| Access::Load { signed_to };
    Some(match operator {
        I32Load { memarg } => (4, memarg.offset, load(0)),
        I32Load8S { memarg } => (1, memarg.offset, load(32)),
        I32Load8U { memarg } | I64Load8U { memarg } => (1, memarg.offset, load(0)),
        I32Load16S { memarg } => (2, memarg.offset, load(32)),
        I32Load16U { memarg } | I64Load16U { memarg } => (2, memarg.offset, load(0)),
        I64Load { memarg } => (8, memarg.offset, load(0)),
        I64Load8S { memarg } => (1, memarg.offset, load(64)),
        I64Load16S { memarg } => (2, memarg.offset, load(64)),
        I64Load32S { memarg } => (4, memarg.offset, load(64)),
        I64Load32U { memarg } => (4, memarg.offset, load(0)),
        I32Store { memarg } | I64Store32 { memarg } => (4, memarg.offset, Access::Store),
        I32Store8 { memarg } | I64Store8 { memarg } => (1, memarg.offset, Access::Store),
        I32Store16 { memarg } | I64Store16 { memarg } => (2, memarg.offset, Access::Store),
        I64Store { memarg } => (8, memarg.offset, Access::Store),
        _ => return None,
    })
}

/// Integer arithmetic, by WebAssembly's definition of each operator.
fn numeric(frame: &mut Frame<'_, '_>, operator: &Operator<'_>) -> Result<(), Stop> {
    use Operator::*;
    macro_rules! unary {
        ($from:ty, $f:expr) => {{
            let value = frame.pop() as $from;
            frame.values.push($f(value) as u64);
        }};
    }
    macro_rules! binary {
        ($ty:ty, $unsigned:ty, $f:expr) => {{
            let (second, first) = (frame.pop() as $ty, frame.pop() as $ty);
            frame.values.push($f(first, second) as $unsigned as u64);
        }};
    }
    macro_rules! division {
        ($ty:ty, $unsigned:ty, $f:ident) => {{
            let (second, first) = (frame.pop() as $ty, frame.pop() as $ty);
            frame
                .values
                .push(first.$f(second).ok_or(Stop::Trap)? as $unsigned as u64);
        }};
    }
    macro_rules! remainder {
        ($ty:ty, $unsigned:ty) => {{
            let (second, first) = (frame.pop() as $ty, frame.pop() as $ty);
            if second == 0 {
                return Err(Stop::Trap);
            }
            frame.values.push(first.wrapping_rem(second) as $unsigned as u64);
        }};
    }
    match operator {
        I32Eqz => unary!(u32, |v| v == 0),
        I64Eqz => unary!(u64, |v| v == 0),
        I32Clz => unary!(u32, u32::leading_zeros),
        I32Ctz => unary!(u32, u32::trailing_zeros),
        I32Popcnt => unary!(u32, u32::count_ones),
        I64Clz => unary!(u64, u64::leading_zeros),
        I64Ctz => unary!(u64, u64::trailing_zeros),
        I64Popcnt => unary!(u64, u64::count_ones),
        I32WrapI64 | I64ExtendI32U => unary!(u32, |v| v),
        I64ExtendI32S => unary!(u32, |v| v as i32 as i64),
        I32Extend8S => unary!(u8, |v| v as i8 as i32 as u32),
        I32Extend16S => unary!(u16, |v| v as i16 as i32 as u32),
        I64Extend8S => unary!(u8, |v| v as i8 as i64),
        I64Extend16S => unary!(u16, |v| v as i16 as i64),
        I64Extend32S => unary!(u32, |v| v as i32 as i64),
        I32Eq => binary!(u32, u32, |a, b| u32::from(a == b)),
        I32Ne => binary!(u32, u32, |a, b| u32::from(a != b)),
        I32LtS => binary!(i32, u32, |a, b| u32::from(a < b)),
        I32LtU => binary!(u32, u32, |a, b| u32::from(a < b)),
        I32GtS => binary!(i32, u32, |a, b| u32::from(a > b)),
        I32GtU => binary!(u32, u32, |a, b| u32::from(a > b)),
        I32LeS => binary!(i32, u32, |a, b| u32::from(a <= b)),
        I32LeU => binary!(u32, u32, |a, b| u32::from(a <= b)),
        I32GeS => binary!(i32, u32, |a, b| u32::from(a >= b)),
        I32GeU => binary!(u32, u32, |a, b| u32::from(a >= b)),
        I64Eq => binary!(u64, u32, |a, b| u32::from(a == b)),
        I64Ne => binary!(u64, u32, |a, b| u32::from(a != b)),
        I64LtS => binary!(i64, u32, |a, b| u32::from(a < b)),
        I64LtU => binary!(u64, u32, |a, b| u32::from(a < b)),
        I64GtS => binary!(i64, u32, |a, b| u32::from(a > b)),
        I64GtU => binary!(u64, u32, |a, b| u32::from(a > b)),
        I64LeS => binary!(i64, u32, |a, b| u32::from(a <= b)),
        I64LeU => binary!(u64, u32, |a, b| u32::from(a <= b)),
        I64GeS => binary!(i64, u32, |a, b| u32::from(a >= b)),
        I64GeU => binary!(u64, u32, |a, b| u32::from(a >= b)),
        I32Add => binary!(u32, u32, u32::wrapping_add),
        I32Sub => binary!(u32, u32, u32::wrapping_sub),
        I32Mul => binary!(u32, u32, u32::wrapping_mul),
        I32And => binary!(u32, u32, |a, b| a & b),
        I32Or => binary!(u32, u32, |a, b| a | b),
        I32Xor => binary!(u32, u32, |a, b| a ^ b),
        I32Shl => binary!(u32, u32, u32::wrapping_shl),
        I32ShrU => binary!(u32, u32, u32::wrapping_shr),
        I32ShrS => binary!(i32, u32, |a: i32, b| a.wrapping_shr(b as u32)),
        I32Rotl => binary!(u32, u32, |a: u32, b| a.rotate_left(b & 31)),
        I32Rotr => binary!(u32, u32, |a: u32, b| a.rotate_right(b & 31)),
        I64Add => binary!(u64, u64, u64::wrapping_add),
        I64Sub => binary!(u64, u64, u64::wrapping_sub),
        I64Mul => binary!(u64, u64, u64::wrapping_mul),
        I64And => binary!(u64, u64, |a, b| a & b),
        I64Or => binary!(u64, u64, |a, b| a | b),
        I64Xor => binary!(u64, u64, |a, b| a ^ b),
        I64Shl => binary!(u64, u64, |a: u64, b| a.wrapping_shl(b as u32)),
        I64ShrU => binary!(u64, u64, |a: u64, b| a.wrapping_shr(b as u32)),
        I64ShrS => binary!(i64, u64, |a: i64, b| a.wrapping_shr(b as u32)),
        I64Rotl => binary!(u64, u64, |a: u64, b| a.rotate_left((b & 63) as u32)),
        I64Rotr => binary!(u64, u64, |a: u64, b| a.rotate_right((b & 63) as u32)),
        I32DivS => division!(i32, u32, checked_div),
        I32DivU => division!(u32, u32, checked_div),
        I64DivS => division!(i64, u64, checked_div),
        I64DivU => division!(u64, u64, checked_div),
        I32RemS => remainder!(i32, u32),
        I32RemU => remainder!(u32, u32),
        I64RemS => remainder!(i64, u64),
        I64RemU => remainder!(u64, u64),
        other => panic!("the generators do not make {other:?}"),
    }
    Ok(())
}
