//! A module's contents as the rules and the instrumentation need them. Reads only; assumes a validated module.

use std::ops::Range;

use wasmparser::{
    Data, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, KnownCustom, MemoryType,
    Name, Operator, Parser, Payload, TypeRef,
};

use super::invalid;
use crate::{
    imports::HostFunction,
    memory::PAGE_SIZE,
    rejection::{Place, Reason, Rejection},
    validate::{ActivationRules, MAX_INITIAL_PAGES},
};

/// An imported function.
pub(crate) struct Import<'a> {
    pub(crate) module: &'a str,
    pub(crate) name: &'a str,
    pub(crate) type_index: u32,
}

/// What an export is, as far as the rules tell things apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Export {
    Function(u32),
    Memory,
    Other,
}

/// One section of the binary: its id and its content, the size prefix not included.
pub(crate) struct Section {
    pub(crate) id: u8,
    pub(crate) range: Range<usize>,
}

/// A validated module, taken apart.
#[derive(Default)]
pub(crate) struct Module<'a> {
    pub(crate) wasm: &'a [u8],
    /// All sections in order, custom ones included.
    pub(crate) sections: Vec<Section>,
    pub(crate) types: Vec<FuncType>,
    pub(crate) imports: Vec<Import<'a>>,
    /// Index of the imported function that pays for memory pages.
    pub(crate) growth_payer: Option<u32>,
    /// Type index of each function that is not imported.
    pub(crate) functions: Vec<u32>,
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    pub(crate) memory: Option<MemoryType>,
    pub(crate) table_entries: u64,
    /// Each global as encoded; none can be imported.
    pub(crate) globals: Vec<&'a [u8]>,
    pub(crate) exports: Vec<(&'a str, Export)>,
    /// Index of the entry point, once the exports are checked.
    pub(crate) entrypoint: u32,
    pub(crate) element_segments: u32,
    /// Bytes of all element segments as encoded.
    pub(crate) element_bytes: u64,
    pub(crate) data_segments: u32,
    /// Bytes of all data segments as encoded: flags, offset, length and content.
    pub(crate) data_range_bytes: u64,
    /// Bytes of the content of all data segments.
    pub(crate) data_bytes: u64,
    /// The first segment that does not fit, found while reading.
    out_of_bounds: Option<Reason>,
    /// The name section's content.
    pub(crate) names: Option<&'a [u8]>,
    /// The module's own name.
    pub(crate) name: Option<&'a str>,
}

impl<'a> Module<'a> {
    /// Takes a validated module apart.
    pub(super) fn parse(wasm: &'a [u8]) -> Result<Self, Rejection> {
        let mut module = Module {
            wasm,
            ..Default::default()
        };
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = module.read(payload)?;
            if let Some((id, range)) = payload.as_section() {
                module.sections.push(Section { id, range });
            }
            module.take(payload)?;
        }
        Ok(module)
    }

    /// Turns a reader's error into a refusal.
    pub(crate) fn read<T>(&self, result: wasmparser::Result<T>) -> Result<T, Rejection> {
        result.map_err(|error| invalid(self.wasm, &error))
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<(), Rejection> {
        match payload {
            Payload::TypeSection(reader) => {
                for ty in reader.into_iter_err_on_gc_types() {
                    let ty = self.read(ty)?;
                    self.types.push(ty);
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    let import = self.read(import)?;
                    self.take_import(import)?;
                }
            }
            Payload::FunctionSection(reader) => {
                for ty in reader {
                    let ty = self.read(ty)?;
                    self.functions.push(ty);
                }
            }
            Payload::TableSection(reader) => {
                for table in reader {
                    self.table_entries += self.read(table)?.ty.initial;
                }
            }
            Payload::MemorySection(reader) => {
                for memory in reader {
                    self.memory = Some(self.read(memory)?);
                }
            }
            Payload::GlobalSection(reader) => {
                let section_end = reader.range().end;
                let starts: Result<Vec<usize>, _> = reader
                    .into_iter_with_offsets()
                    .map(|global| global.map(|(offset, _)| offset))
                    .collect();
                let starts = self.read(starts)?;
                let ends = starts.iter().skip(1).copied().chain([section_end]);
                self.globals = starts
                    .iter()
                    .zip(ends)
                    .map(|(start, end)| &self.wasm[*start..end])
                    .collect();
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = self.read(export)?;
                    let what = match export.kind {
                        ExternalKind::Func => Export::Function(export.index),
                        ExternalKind::Memory => Export::Memory,
                        _ => Export::Other,
                    };
                    self.exports.push((export.name, what));
                }
            }
            Payload::ElementSection(reader) => {
                self.element_segments = reader.count();
                for (index, element) in reader.into_iter().enumerate() {
                    let element = self.read(element)?;
                    self.take_element(index as u32, element)?;
                }
            }
            Payload::DataSection(reader) => {
                self.data_segments = reader.count();
                for (index, data) in reader.into_iter().enumerate() {
                    let data = self.read(data)?;
                    self.take_data(index as u32, data)?;
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(names) = custom.as_known() {
                    self.names = Some(custom.data());
                    self.take_names(names)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn take_import(&mut self, import: wasmparser::Import<'a>) -> Result<(), Rejection> {
        let kind = match import.ty {
            TypeRef::Func(type_index) => {
                if import.name == HostFunction::PayForMemoryGrow.name() && self.growth_payer.is_none() {
                    self.growth_payer = Some(self.imports.len() as u32);
                }
                self.imports.push(Import {
                    module: import.module,
                    name: import.name,
                    type_index,
                });
                return Ok(());
            }
            TypeRef::Memory(_) => "memory",
            TypeRef::Table(_) => "table",
            TypeRef::Global(_) => "global",
            _ => "tag",
        };
        let place = Place::Import {
            module: import.module.into(),
            name: import.name.into(),
        };
        Err(Rejection::at(Reason::ImportKind { kind }, place))
    }

    fn take_element(&mut self, segment: u32, element: wasmparser::Element<'a>) -> Result<(), Rejection> {
        self.element_bytes += element.range.len() as u64;
        let items = match &element.items {
            ElementItems::Functions(items) => items.count(),
            ElementItems::Expressions(_, items) => items.count(),
        };
        if let ElementKind::Active { offset_expr, .. } = element.kind {
            let end = self.constant(&offset_expr)? + u64::from(items);
            let size = self.table_entries;
            if end > size && self.out_of_bounds.is_none() {
                self.out_of_bounds = Some(Reason::ElementsOutOfBounds { segment, end, size });
            }
        }
        Ok(())
    }

    fn take_data(&mut self, segment: u32, data: Data<'a>) -> Result<(), Rejection> {
        self.data_range_bytes += data.range.len() as u64;
        self.data_bytes += data.data.len() as u64;
        if let DataKind::Active { offset_expr, .. } = data.kind {
            let end = self.constant(&offset_expr)? + data.data.len() as u64;
            let size = self.memory.map_or(0, |memory| memory.initial) * u64::from(PAGE_SIZE);
            if end > size && self.out_of_bounds.is_none() {
                self.out_of_bounds = Some(Reason::DataOutOfBounds { segment, end, size });
            }
        }
        Ok(())
    }

    /// A segment's offset. Validation leaves only `i32.const` here, since globals cannot be imported.
    fn constant(&self, expression: &wasmparser::ConstExpr<'a>) -> Result<u64, Rejection> {
        match self.read(expression.get_operators_reader().read())? {
            Operator::I32Const { value } => Ok(u64::from(value as u32)),
            _ => Err(Rejection::new(Reason::UnsupportedOperator {
                operator: "non-constant offset".into(),
            })),
        }
    }

    /// A name section that cannot be read is refused (ambiguous: the rules do not say; its module name is one of them).
    fn take_names(&mut self, names: wasmparser::NameSectionReader<'a>) -> Result<(), Rejection> {
        for name in names {
            if let Name::Module { name, .. } = self.read(name)? {
                self.name = Some(name);
            }
        }
        Ok(())
    }

    pub(super) fn check_sections(&self) -> Result<(), Rejection> {
        for section in &self.sections {
            match section.id {
                START_SECTION => return Err(Rejection::at(Reason::StartFunction, Place::Section("start"))),
                id if id <= DATA_SECTION => {}
                id => {
                    let place = Place::Section(section_name(id).unwrap_or("unknown"));
                    return Err(Rejection::at(Reason::Section, place));
                }
            }
        }
        Ok(())
    }

    /// Initial size, and whether someone pays when it grows.
    pub(super) fn check_memory(&self, rules: &ActivationRules) -> Result<(), Rejection> {
        let Some(memory) = &self.memory else {
            return Err(Rejection::new(Reason::NoMemory));
        };
        let limit = rules.page_limit.min(MAX_INITIAL_PAGES);
        if memory.initial > u64::from(limit) {
            let reason = Reason::TooManyPages {
                pages: memory.initial,
                limit,
            };
            return Err(Rejection::at(reason, Place::Section("memory")));
        }
        if self.can_grow() && self.growth_payer.is_none() {
            return Err(Rejection::at(Reason::GrowthUnpaid, Place::Section("memory")));
        }
        Ok(())
    }

    /// Segments that do not fit fail when the module is loaded, which activation does (ambiguous: the rules do not list it).
    pub(super) fn check_segments(&self) -> Result<(), Rejection> {
        match &self.out_of_bounds {
            Some(reason) => Err(Rejection::new(reason.clone())),
            None => Ok(()),
        }
    }

    /// Whether the memory's maximum differs from its initial size.
    pub(crate) fn can_grow(&self) -> bool {
        self.memory
            .is_some_and(|memory| memory.maximum != Some(memory.initial))
    }

    /// The type of a function by its index in the module, imports included.
    pub(crate) fn type_of_function(&self, index: u32) -> &FuncType {
        let imported = self.imports.len();
        let index = index as usize;
        let type_index = if index < imported {
            self.imports[index].type_index
        } else {
            self.functions[index - imported]
        };
        &self.types[type_index as usize]
    }

    /// Locals that a body declares beside its parameters.
    pub(crate) fn declared_locals(&self, body: &FunctionBody<'a>) -> Result<u64, Rejection> {
        let mut count = 0;
        for group in self.read(body.get_locals_reader())? {
            count += u64::from(self.read(group)?.0);
        }
        Ok(count)
    }

    /// The place of the function with this position among the module's own.
    pub(crate) fn place_of_function(&self, position: usize) -> Place {
        function_place(self.wasm, (self.imports.len() + position) as u32)
    }
}

const START_SECTION: u8 = 8;
const DATA_SECTION: u8 = 11;

/// The name of a section in the WebAssembly specification.
pub(super) fn section_name(id: u8) -> Option<&'static str> {
    let names = [
        "custom",
        "type",
        "import",
        "function",
        "table",
        "memory",
        "global",
        "export",
        "start",
        "element",
        "code",
        "data",
        "data count",
        "tag",
    ];
    names.get(usize::from(id)).copied()
}

/// The place of the function with this index, imports included.
pub(crate) fn function_place(wasm: &[u8], index: u32) -> Place {
    Place::Function {
        index,
        name: function_name(wasm, index),
    }
}

/// A function's name from the name section, if the module has one that can be read.
fn function_name(wasm: &[u8], index: u32) -> Option<String> {
    for payload in Parser::new(0).parse_all(wasm) {
        let Ok(Payload::CustomSection(custom)) = payload else {
            continue;
        };
        let KnownCustom::Name(names) = custom.as_known() else {
            continue;
        };
        for subsection in names {
            let Ok(Name::Function(functions)) = subsection else {
                continue;
            };
            let mut functions = functions.into_iter().flatten();
            if let Some(naming) = functions.find(|naming| naming.index == index) {
                return Some(naming.name.to_owned());
            }
        }
    }
    None
}
