//! From a metered module to the one that runs: host calls carry the ink, and one function starts a run.
//!
//! The instrumentation keeps ink in a global. Reading and writing a global from outside at every host call costs more
//! than many host calls themselves, so the executable module does it from inside:
//!
//! * Each import `f(params) -> result` becomes `f(params, ink) -> (result, ink)`, and every use of it goes to a shim with
//!   the old type, which passes the ink global and stores what comes back. A host function that ends the program never
//!   returns here; the host then knows the ink itself.
//! * [`RUN`] sets all globals to their first values, ink and stack to the given ones, calls the entrypoint and returns
//!   `(status, ink, stack words)`. So a run needs one call, and an instance whose memory was restored can run again.
//!
//! Before Stylus version 3 a `memory.fill` whose value does not fit a byte traps, as the network's engine has it.
//! (ambiguous: its first builds masked the value, as WebAssembly says and as every version from 3 does.)
//!
//! A profiled module has a wrapper for each of its functions, which every use of the function goes to. It tells the host
//! that the function begins, calls it, and tells that it has ended, both with the ink.
//!
//! Nothing of this is metered or counted, and no index of the program's own functions, types or globals changes.

use std::convert::Infallible;

use wasm_encoder::{
    BlockType, CodeSection, Encode, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, Instruction, SectionId, TypeSection, ValType,
    reencode::{self, Error, Reencode, RoundtripReencoder, utils},
};
use wasmparser::{CompositeInnerType, FuncType, FunctionBody, Operator, Parser, Payload, TypeRef};

use crate::instrument::Instrumented;

/// The export that runs the program: `(args_len: i32, ink: i64, stack_words: i32) -> (status: i32, ink: i64, stack_words: i32)`.
pub(crate) const RUN: &str = "stylus_run";

/// Begins the name of an export that ends with the number of the metered module's functions, imports included.
pub(crate) const FUNCTIONS: &str = "stylus_functions_";

/// Host functions that a profiled module imports beside its own: that a function (its index) begins, that it has ended; both
/// with the ink.
pub(crate) const HOOK_MODULE: &str = "mintage_profile";
pub(crate) const ENTER_HOOK: &str = "enter";
pub(crate) const LEAVE_HOOK: &str = "leave";
pub(crate) const HOOKS: u32 = 2;

/// The executable form of an instrumented module.
pub(crate) fn executable(
    instrumented: &Instrumented,
    stylus_version: u16,
    profiled: bool,
) -> Result<Vec<u8>, ExecutableError> {
    let mut rewriter = Rewriter {
        layout: Layout::read(instrumented, profiled)?,
        byte_fills: stylus_version < 3,
    };
    let mut module = wasm_encoder::Module::new();
    rewriter.parse_core_module(&mut module, Parser::new(0), &instrumented.wasm)?;
    Ok(module.finish())
}

/// What the rewriting needs to know of the module beforehand.
struct Layout {
    types: Vec<FuncType>,
    /// Type index of each imported function.
    imports: Vec<u32>,
    /// Type index of each function of its own.
    functions: Vec<u32>,
    /// Whether there is a section of imports.
    has_imports: bool,
    profiled: bool,
    /// First values of the globals that can change: index and operator.
    globals: Vec<(u32, Instruction<'static>)>,
    entrypoint: u32,
    ink_left: u32,
    stack_left: u32,
}

impl Layout {
    fn read(instrumented: &Instrumented, profiled: bool) -> Result<Self, Error<Infallible>> {
        let mut layout = Self {
            types: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            has_imports: false,
            profiled,
            globals: Vec::new(),
            entrypoint: instrumented.entrypoint,
            ink_left: instrumented.first_global,
            stack_left: instrumented.first_global + 3,
        };
        for payload in Parser::new(0).parse_all(&instrumented.wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        for ty in group?.into_types() {
                            let CompositeInnerType::Func(ty) = ty.composite_type.inner else {
                                return Err(Error::CanonicalizedHeapTypeReference);
                            };
                            layout.types.push(ty);
                        }
                    }
                }
                Payload::ImportSection(section) => {
                    layout.has_imports = true;
                    for import in section.into_imports() {
                        if let TypeRef::Func(ty) = import?.ty {
                            layout.imports.push(ty);
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    layout.functions = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::GlobalSection(section) => {
                    for (index, global) in section.into_iter().enumerate() {
                        let global = global?;
                        if global.ty.mutable {
                            let first = global.init_expr.get_operators_reader().read()?;
                            layout.globals.push((index as u32, constant(&first)?));
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(layout)
    }

    /// Index of the function that stands for an import.
    fn shim(&self, import: u32) -> u32 {
        self.imports.len() as u32 + self.hooks() + self.functions.len() as u32 + import
    }

    fn hooks(&self) -> u32 {
        if self.profiled { HOOKS } else { 0 }
    }

    /// Index that stands for a function of the metered module wherever that is used.
    fn used(&self, function: u32) -> u32 {
        match function.checked_sub(self.imports.len() as u32) {
            None => self.shim(function),
            Some(own) if self.profiled => self.fill_function() + 1 + own,
            Some(_) => function,
        }
    }

    fn run_function(&self) -> u32 {
        self.shim(self.imports.len() as u32)
    }

    /// Type of an import that carries the ink.
    fn carrying_type(&self, import: u32) -> u32 {
        self.types.len() as u32 + import
    }

    fn run_type(&self) -> u32 {
        self.carrying_type(self.imports.len() as u32)
    }

    fn fill_function(&self) -> u32 {
        self.run_function() + 1
    }

    fn fill_type(&self) -> u32 {
        self.run_type() + 1
    }

    fn enter_hook(&self) -> u32 {
        self.imports.len() as u32
    }

    fn leave_hook(&self) -> u32 {
        self.enter_hook() + 1
    }

    /// Adds the imports of a profiled module.
    fn import_hooks(&self, imports: &mut ImportSection) {
        if self.profiled {
            let first = self.fill_type() + 1;
            imports.import(HOOK_MODULE, ENTER_HOOK, EntityType::Function(first));
            imports.import(HOOK_MODULE, LEAVE_HOOK, EntityType::Function(first + 1));
        }
    }

    /// Wrapper of the module's own function at this position.
    fn wrapper(&self, position: usize) -> Function {
        let params = self.types[self.functions[position] as usize].params().len() as u32;
        // As the metered module counts.
        let index = (self.imports.len() + position) as u32;
        let mut function = Function::new([]);
        function
            .instruction(&Instruction::I32Const(index as i32))
            .instruction(&Instruction::GlobalGet(self.ink_left))
            .instruction(&Instruction::Call(self.enter_hook()));
        for param in 0..params {
            function.instruction(&Instruction::LocalGet(param));
        }
        function
            .instruction(&Instruction::Call(index + HOOKS))
            .instruction(&Instruction::GlobalGet(self.ink_left))
            .instruction(&Instruction::Call(self.leave_hook()))
            .instruction(&Instruction::End);
        function
    }
}

/// An accepted module's globals start at constants only.
fn constant(operator: &Operator<'_>) -> Result<Instruction<'static>, Error<Infallible>> {
    Ok(match *operator {
        Operator::I32Const { value } => Instruction::I32Const(value),
        Operator::I64Const { value } => Instruction::I64Const(value),
        Operator::F32Const { value } => Instruction::F32Const(value.into()),
        Operator::F64Const { value } => Instruction::F64Const(value.into()),
        _ => return Err(Error::InvalidConstExpr),
    })
}

struct Rewriter {
    layout: Layout,
    /// Whether `memory.fill` takes bytes only.
    byte_fills: bool,
}

impl Rewriter {
    /// A function's body with its host calls going to the shims. Everything else is copied as it is: most of a body is,
    /// and copying takes a small part of the time of writing every operator anew.
    fn body(&self, body: &FunctionBody<'_>) -> Result<Vec<u8>, Error<Infallible>> {
        let (bytes, start) = (body.as_bytes(), body.range().start);
        let mut rewritten = Vec::with_capacity(bytes.len() + bytes.len() / 16);
        let mut copied = 0;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let at = operators.original_position() - start;
            let callee = match operators.read()? {
                Operator::Call { function_index } if self.goes_elsewhere(function_index) => {
                    self.layout.used(function_index)
                }
                Operator::MemoryFill { .. } if self.byte_fills => self.layout.fill_function(),
                _ => continue,
            };
            rewritten.extend_from_slice(&bytes[copied..at]);
            Instruction::Call(callee).encode(&mut rewritten);
            copied = operators.original_position() - start;
        }
        rewritten.extend_from_slice(&bytes[copied..]);
        Ok(rewritten)
    }

    fn goes_elsewhere(&self, function: u32) -> bool {
        self.layout.used(function) != function
    }
}

impl Reencode for Rewriter {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.layout.used(function))
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_type_section(self, types, section)?;
        for import in &self.layout.imports {
            let ty = &self.layout.types[*import as usize];
            let carrying = |types: &[wasmparser::ValType]| -> Result<Vec<ValType>, Error> {
                let own = types.iter().map(|ty| RoundtripReencoder.val_type(*ty));
                own.chain([Ok(ValType::I64)]).collect()
            };
            types
                .ty()
                .function(carrying(ty.params())?, carrying(ty.results())?);
        }
        let run = [ValType::I32, ValType::I64, ValType::I32];
        types.ty().function(run, run);
        types.ty().function([ValType::I32; 3], []);
        if self.layout.profiled {
            types.ty().function([ValType::I32, ValType::I64], []);
            types.ty().function([ValType::I64], []);
        }
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for (index, import) in section.into_imports().enumerate() {
            let import = import?;
            imports.import(
                import.module,
                import.name,
                EntityType::Function(self.layout.carrying_type(index as u32)),
            );
        }
        self.layout.import_hooks(imports);
        Ok(())
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut wasm_encoder::Module,
        _: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error> {
        if before == Some(SectionId::Function) && self.layout.profiled && !self.layout.has_imports {
            let mut imports = ImportSection::new();
            self.layout.import_hooks(&mut imports);
            module.section(&imports);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_function_section(self, functions, section)?;
        for import in &self.layout.imports {
            functions.function(*import);
        }
        functions.function(self.layout.run_type());
        functions.function(self.layout.fill_type());
        if self.layout.profiled {
            for ty in &self.layout.functions {
                functions.function(*ty);
            }
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(RUN, ExportKind::Func, self.layout.run_function());
        // A number in a name: it stays with the module wherever that is kept.
        let functions = self.layout.imports.len() + self.layout.functions.len();
        let name = format!("{FUNCTIONS}{functions}");
        exports.export(&name, ExportKind::Func, self.layout.run_function());
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        for body in section {
            code.raw(&self.body(&body?)?);
        }
        for (index, ty) in self.layout.imports.iter().enumerate() {
            let params = self.layout.types[*ty as usize].params().len() as u32;
            code.function(&shim(index as u32, params, self.layout.ink_left));
        }
        code.function(&run(&self.layout));
        code.function(&fill_bytes());
        if self.layout.profiled {
            for position in 0..self.layout.functions.len() {
                code.function(&self.layout.wrapper(position));
            }
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        module: &mut wasm_encoder::Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error> {
        // Names are a help for traces. Whatever stands there, it never keeps a program from running.
        if let wasmparser::KnownCustom::Name(names) = section.as_known()
            && let Ok(names) = self.custom_name_section(names)
        {
            module.section(&names);
        }
        Ok(())
    }
}

fn shim(import: u32, params: u32, ink_left: u32) -> Function {
    let mut function = Function::new([]);
    for param in 0..params {
        function.instruction(&Instruction::LocalGet(param));
    }
    function
        .instruction(&Instruction::GlobalGet(ink_left))
        .instruction(&Instruction::Call(import))
        .instruction(&Instruction::GlobalSet(ink_left))
        .instruction(&Instruction::End);
    function
}

fn run(layout: &Layout) -> Function {
    let mut function = Function::new([]);
    for (index, first) in &layout.globals {
        function
            .instruction(first)
            .instruction(&Instruction::GlobalSet(*index));
    }
    function
        .instruction(&Instruction::LocalGet(1))
        .instruction(&Instruction::GlobalSet(layout.ink_left))
        .instruction(&Instruction::LocalGet(2))
        .instruction(&Instruction::GlobalSet(layout.stack_left))
        .instruction(&Instruction::LocalGet(0))
        .instruction(&Instruction::Call(layout.used(layout.entrypoint)))
        .instruction(&Instruction::GlobalGet(layout.ink_left))
        .instruction(&Instruction::GlobalGet(layout.stack_left))
        .instruction(&Instruction::End);
    function
}

/// `memory.fill` that traps on a value of more than a byte.
fn fill_bytes() -> Function {
    let mut function = Function::new([]);
    function
        .instruction(&Instruction::LocalGet(1))
        .instruction(&Instruction::I32Const(255))
        .instruction(&Instruction::I32GtU)
        .instruction(&Instruction::If(BlockType::Empty))
        .instruction(&Instruction::Unreachable)
        .instruction(&Instruction::End)
        .instruction(&Instruction::LocalGet(0))
        .instruction(&Instruction::LocalGet(1))
        .instruction(&Instruction::LocalGet(2))
        .instruction(&Instruction::MemoryFill(0))
        .instruction(&Instruction::End);
    function
}

/// The error of [`executable`]: only a module that was not instrumented by this crate can cause it.
pub(crate) type ExecutableError = reencode::Error<Infallible>;
