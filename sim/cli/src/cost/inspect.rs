//! Whether the functions are fit for a bare machine, read off the linked program of all of them: no floats, no allocation, no large table.

use std::fmt;
use wasmparser::{KnownCustom, Name, Operator, Parser, Payload, Validator, WasmFeatures};

/// The largest table that a function may carry, bytes.
const MAX_TABLE: usize = 1_024;

/// Parts of the names of functions that a program only has if something allocates or makes a `String`.
const ALLOCATING: [&str; 5] = ["__rust_alloc", "__rdl_", "__rg_", "dlmalloc", "raw_vec"];

/// What was looked at, all of it as it should be.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Findings {
    pub(crate) functions: usize,
    pub(crate) largest_table: usize,
    pub(crate) tables: usize,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no floats, no allocation, no imports in {} WASM functions; the largest of {} constants is {} bytes, at most {MAX_TABLE} are allowed",
            self.functions, self.tables, self.largest_table
        )
    }
}

/// The module must have its names and one data segment a constant. `Err` says what is not as promised.
pub(crate) fn inspect(wasm: &[u8]) -> Result<Findings, String> {
    let features = WasmFeatures::all().difference(WasmFeatures::FLOATS);
    Validator::new_with_features(features)
        .validate_all(wasm)
        .map_err(|e| format!("not valid without floating point: {e}"))?;
    let mut findings = Findings {
        functions: 0,
        largest_table: 0,
        tables: 0,
    };
    let mut named = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|e| e.to_string())? {
            Payload::ImportSection(_) => return Err("the functions import something of a host".into()),
            Payload::CodeSectionEntry(body) => {
                findings.functions += 1;
                for operator in body.get_operators_reader().map_err(|e| e.to_string())? {
                    if let Operator::MemoryGrow { .. } = operator.map_err(|e| e.to_string())? {
                        return Err("a function asks for memory: something allocates".into());
                    }
                }
            }
            Payload::DataSection(segments) => {
                for segment in segments {
                    let length = segment.map_err(|e| e.to_string())?.data.len();
                    findings.tables += 1;
                    findings.largest_table = findings.largest_table.max(length);
                }
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(names) = section.as_known() else {
                    continue;
                };
                for subsection in names {
                    let Name::Function(functions) = subsection.map_err(|e| e.to_string())? else {
                        continue;
                    };
                    for function in functions {
                        let name = function.map_err(|e| e.to_string())?.name;
                        named += 1;
                        if ALLOCATING.iter().any(|part| name.contains(part)) {
                            return Err(format!("`{name}` is linked in: something allocates"));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    if named < findings.functions {
        return Err("the module has lost its names, so that nothing can be said of allocation".into());
    }
    if findings.largest_table > MAX_TABLE {
        return Err(format!(
            "a table of {} bytes, more than {MAX_TABLE}",
            findings.largest_table
        ));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        CodeSection, ConstExpr, DataSection, EntityType, Function, FunctionSection, ImportSection,
        MemorySection, MemoryType, Module, NameMap, NameSection, TypeSection,
    };

    /// A module of one function with this name and body, and a constant of so many bytes.
    fn module(name: Option<&str>, table: usize, body: impl FnOnce(&mut Function), imports: bool) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut function = Function::new([]);
        body(&mut function);
        function.instructions().end();
        let mut code = CodeSection::new();
        code.function(&function);
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0), vec![7; table]);
        let mut module = Module::new();
        module.section(&types);
        if imports {
            let mut section = ImportSection::new();
            section.import("vm_hooks", "msg_value", EntityType::Function(0));
            module.section(&section);
        }
        module
            .section(&functions)
            .section(&memories)
            .section(&code)
            .section(&data);
        if let Some(name) = name {
            let mut map = NameMap::new();
            map.append(0, name);
            let mut names = NameSection::new();
            names.functions(&map);
            module.section(&names);
        }
        module.finish()
    }

    #[test]
    fn test_inspect_takes_plain_integer_code() {
        let wasm = module(
            Some("mul_div"),
            1_024,
            |f| {
                f.instructions().i64_const(1).drop();
            },
            false,
        );
        let findings = inspect(&wasm).expect("as promised");
        assert_eq!((findings.functions, findings.largest_table), (1, 1_024));
    }

    #[test]
    fn test_inspect_refuses_what_was_promised_not_to_be_there() {
        let plain = |_: &mut Function| {};
        let cases = [
            (
                module(
                    Some("f"),
                    1,
                    |f| {
                        f.instructions().f64_const(1.0.into()).drop();
                    },
                    false,
                ),
                "floating point",
            ),
            (
                module(
                    Some("f"),
                    1,
                    |f| {
                        f.instructions().i32_const(1).memory_grow(0).drop();
                    },
                    false,
                ),
                "asks for memory",
            ),
            (module(Some("__rust_alloc"), 1, plain, false), "`__rust_alloc`"),
            (module(Some("f"), 1_025, plain, false), "table of 1025 bytes"),
            (module(None, 1, plain, false), "lost its names"),
            (module(Some("f"), 1, plain, true), "import"),
        ];
        for (wasm, reason) in cases {
            let refusal = inspect(&wasm).expect_err(reason);
            assert!(refusal.contains(reason), "{refusal}");
        }
    }
}
