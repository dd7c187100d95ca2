//! Names of a module's functions, for errors, backtraces and profiles.
//!
//! The network drops custom sections at activation, so the code on chain has no names. A developer has the module that it was
//! made from: [`Symbols::of_wasm`] reads its name section. Names have no influence on any run.

use std::{collections::HashMap, fmt, sync::Arc};

use revm::primitives::B256;
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};

/// Names of the functions of one module, by index in the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    names: HashMap<u32, String>,
}

/// The names that are known, by the hash of the code on chain.
pub type SymbolTable = HashMap<B256, Arc<Symbols>>;

impl Symbols {
    /// The names in a module: those of its name section, demangled; where there are none, those of its imports and exports.
    /// Whatever cannot be read is left out.
    ///
    /// The module must be the one that was deployed but for its custom sections: an optimiser numbers functions anew.
    pub fn of_wasm(wasm: &[u8]) -> Self {
        let mut by_link = HashMap::new();
        let mut names = HashMap::new();
        let mut imports = 0;
        for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
            match payload {
                Payload::ImportSection(section) => {
                    for import in section.into_imports().map_while(Result::ok) {
                        if matches!(import.ty, TypeRef::Func(_)) {
                            by_link.insert(imports, import.name.to_owned());
                            imports += 1;
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section.into_iter().map_while(Result::ok) {
                        if export.kind == ExternalKind::Func {
                            by_link
                                .entry(export.index)
                                .or_insert_with(|| export.name.to_owned());
                        }
                    }
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(section) = section.as_known() {
                        for subsection in section.into_iter().map_while(Result::ok) {
                            let Name::Function(functions) = subsection else {
                                continue;
                            };
                            for naming in functions.into_iter().map_while(Result::ok) {
                                names.insert(naming.index, demangled(naming.name));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        for (index, name) in by_link {
            names.entry(index).or_insert(name);
        }
        Self { names }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// A function's name, if it is known.
    pub fn get(&self, function: u32) -> Option<&str> {
        self.names.get(&function).map(String::as_str)
    }

    /// A function's name, or `func[12]`.
    pub fn name(&self, function: u32) -> String {
        self.get(function)
            .map_or_else(|| format!("func[{function}]"), str::to_owned)
    }
}

/// Rust's names without their hash; others as they are.
pub(crate) fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

/// A function in a backtrace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WasmFrame {
    /// Its index in the module.
    pub function: u32,
    /// Its name, if it is known.
    pub name: Option<String>,
}

impl fmt::Display for WasmFrame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => formatter.write_str(name),
            None => write!(formatter, "func[{}]", self.function),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_names_come_from_the_section_then_from_imports_and_exports() {
        let wasm = wat::parse_str(
            r#"(module (import "vm_hooks" "msg_sender" (func (param i32)))
                (func $_ZN5token8transfer17h0123456789abcdefE)
                (func (export "user_entrypoint") (param i32) (result i32) i32.const 0)
                (func))"#,
        )
        .expect("the test's module");
        let symbols = Symbols::of_wasm(&wasm);
        let names: Vec<_> = (0..4).map(|function| symbols.name(function)).collect();
        assert_eq!(
            names,
            ["msg_sender", "token::transfer", "user_entrypoint", "func[3]"]
        );
    }

    #[test]
    fn test_what_is_no_module_has_no_names() {
        assert!(Symbols::of_wasm(b"").is_empty());
        assert!(Symbols::of_wasm(b"\0asm\x01\0\0\0\x0d\xff\xff\xff\xff\x0f").is_empty());
    }
}
