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
//! Nothing of this is metered or counted, and no index of the program's own functions, types or globals changes.

use std::convert::Infallible;

use wasm_encoder::{
    BlockType, CodeSection, Encode, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, Instruction, TypeSection, ValType,
    reencode::{self, Error, Reencode, RoundtripReencoder, utils},
};
use wasmparser::{CompositeInnerType, FuncType, FunctionBody, Operator, Parser, Payload, TypeRef};

use crate::instrument::Instrumented;

/// The export that runs the program: `(args_len: i32, ink: i64, stack_words: i32) -> (status: i32, ink: i64, stack_words: i32)`.
pub(crate) const RUN: &str = "stylus_run";

/// The executable form of an instrumented module.
pub(crate) fn executable(
    instrumented: &Instrumented,
    stylus_version: u16,
) -> Result<Vec<u8>, ExecutableError> {
    let mut rewriter = Rewriter {
        layout: Layout::read(instrumented)?,
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
    functions: u32,
    /// First values of the globals that can change: index and operator.
    globals: Vec<(u32, Instruction<'static>)>,
    entrypoint: u32,
    ink_left: u32,
    stack_left: u32,
}

impl Layout {
    fn read(instrumented: &Instrumented) -> Result<Self, Error<Infallible>> {
        let mut layout = Self {
            types: Vec::new(),
            imports: Vec::new(),
            functions: 0,
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
                    for import in section.into_imports() {
                        if let TypeRef::Func(ty) = import?.ty {
                            layout.imports.push(ty);
                        }
                    }
                }
                Payload::FunctionSection(section) => layout.functions = section.count(),
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
        self.imports.len() as u32 + self.functions + import
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
                Operator::Call { function_index } if self.is_import(function_index) => {
                    self.layout.shim(function_index)
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

    fn is_import(&self, function: u32) -> bool {
        (function as usize) < self.layout.imports.len()
    }
}

impl Reencode for Rewriter {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(if self.is_import(function) {
            self.layout.shim(function)
        } else {
            function
        })
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
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(RUN, ExportKind::Func, self.layout.run_function());
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
        .instruction(&Instruction::Call(layout.entrypoint))
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
