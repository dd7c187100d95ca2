//! How much of everything a module may have.

use crate::{
    arbos::ArbosVersion,
    rejection::{Place, Reason, Rejection},
    validate::{ActivationRules, Module},
};

/// Functions of a module, imports not counted.
pub const MAX_FUNCTIONS: u64 = 4096;
/// Imports of a module, from ArbOS 32.
pub const MAX_IMPORTS: u64 = 513;
/// Globals, the four of the instrumentation counted.
pub const MAX_GLOBALS: u64 = 32_768;
/// Data segments.
pub const MAX_DATA_SEGMENTS: u64 = 128;
/// Element segments.
pub const MAX_ELEMENT_SEGMENTS: u64 = 128;
/// Bytes of all element segments as encoded.
pub const MAX_ELEMENT_BYTES: u64 = 4096;
/// Entries of the table at the start.
pub const MAX_TABLE_ENTRIES: u64 = 4096;
/// Declared locals of a function, parameters not counted.
pub const MAX_LOCALS: u64 = 348;
/// Operators of a function after instrumentation.
pub const MAX_OPERATORS: u64 = 65_536;
/// Bytes of the module's name.
pub const MAX_NAME_LENGTH: usize = 512;
/// Memory pages at the start, whatever the chain's page limit.
pub const MAX_INITIAL_PAGES: u16 = 128;
/// Values on a function's operand stack at once, by the network's analysis.
pub const MAX_STACK_CONTENTION: u32 = 4096;

// The network also refuses frames of more than 10,240 words and modules with more than 1024 exports. Neither can happen:
// a frame has at most 4096 + 348 + 4 words, and all exports but two are dropped before they are counted.

/// Checks the counts. The number of operators is checked where they are counted, after instrumentation.
pub(crate) fn check(module: &Module<'_>, rules: &ActivationRules) -> Result<(), Rejection> {
    let imports = if rules.arbos >= ArbosVersion::V32 {
        MAX_IMPORTS
    } else {
        u64::MAX
    };
    let globals = module.globals.len() as u64 + u64::from(crate::instrument::ADDED_GLOBALS);
    let counts = [
        ("import", "imports", module.imports.len() as u64, imports),
        (
            "function",
            "functions",
            module.functions.len() as u64,
            MAX_FUNCTIONS,
        ),
        ("table", "table entries", module.table_entries, MAX_TABLE_ENTRIES),
        (
            "global",
            "globals (four of them the network's own)",
            globals,
            MAX_GLOBALS,
        ),
        (
            "element",
            "element segments",
            module.element_segments.into(),
            MAX_ELEMENT_SEGMENTS,
        ),
        (
            "element",
            "bytes of element segments",
            module.element_bytes,
            MAX_ELEMENT_BYTES,
        ),
        (
            "data",
            "data segments",
            module.data_segments.into(),
            MAX_DATA_SEGMENTS,
        ),
    ];
    for (section, what, count, limit) in counts {
        if count > limit {
            return Err(Rejection::at(
                Reason::TooMany { what, count, limit },
                Place::Section(section),
            ));
        }
    }
    for (index, body) in module.bodies.iter().enumerate() {
        let count = module.declared_locals(body)?;
        if count > MAX_LOCALS {
            let reason = Reason::TooMany {
                what: "local variables",
                count,
                limit: MAX_LOCALS,
            };
            return Err(Rejection::at(reason, module.place_of_function(index)));
        }
    }
    // The module's own name is the one name of free choice that remains: exports other than the two required ones are
    // dropped, imports must be known. Names of functions are not limited here (ambiguous: the rule says only "names").
    match module.name {
        Some(name) if name.len() > MAX_NAME_LENGTH => {
            let reason = Reason::NameTooLong {
                length: name.len(),
                limit: MAX_NAME_LENGTH,
            };
            Err(Rejection::at(reason, Place::Section("name")))
        }
        _ => Ok(()),
    }
}
