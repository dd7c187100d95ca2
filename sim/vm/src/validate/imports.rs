//! Rules on imports and exports: what may be linked, and what the network calls.

use std::collections::{HashMap, HashSet};

use wasmparser::ValType;

use crate::{
    imports::{HostFunction, MODULE, signature},
    rejection::{Place, Reason, Rejection},
    validate::{Module, module::Export},
};

/// Names under which the module's imports and exports may not start, after their last `__`.
const RESERVED: &str = "stylus";

pub(super) fn check(module: &Module<'_>) -> Result<(), Rejection> {
    let mut seen: HashMap<(&str, &str), u32> = HashMap::new();
    for import in &module.imports {
        let place = || Place::Import {
            module: import.module.into(),
            name: import.name.into(),
        };
        if short_name(import.name).starts_with(RESERVED) {
            return Err(Rejection::at(Reason::ReservedName, place()));
        }
        // The same type under two indices is one type.
        let earlier = *seen
            .entry((import.module, import.name))
            .or_insert(import.type_index);
        if module.types[earlier as usize] != module.types[import.type_index as usize] {
            return Err(Rejection::at(Reason::ImportTwice, place()));
        }
        let known = HostFunction::by_name(import.name).filter(|_| import.module == MODULE);
        let Some(function) = known else {
            return Err(Rejection::at(Reason::UnknownImport, place()));
        };
        let found = &module.types[import.type_index as usize];
        if found.params() != function.params() || found.results() != function.result().as_slice() {
            let found = signature(found.params(), found.results());
            let reason = Reason::ImportSignature {
                expected: function.signature(),
                found,
            };
            return Err(Rejection::at(reason, place()));
        }
    }
    Ok(())
}

/// Checks the exports and notes the entry point.
pub(super) fn check_exports(module: &mut Module<'_>) -> Result<(), Rejection> {
    let imported: HashSet<&str> = module
        .imports
        .iter()
        .map(|import| short_name(import.name))
        .collect();
    for (name, _) in &module.exports {
        let short = short_name(name);
        let place = || Place::Export((*name).to_owned());
        if short.starts_with(RESERVED) {
            return Err(Rejection::at(Reason::ReservedName, place()));
        }
        if imported.contains(short) {
            return Err(Rejection::at(Reason::ExportShadowsImport, place()));
        }
    }
    let entrypoint = module.exports.iter().find_map(|(name, export)| match export {
        Export::Function(index) if *name == crate::instrument::ENTRYPOINT => Some(*index),
        _ => None,
    });
    let Some(entrypoint) = entrypoint else {
        return Err(Rejection::new(Reason::NoEntrypoint));
    };
    // A program of nothing but a host function: no tool makes it, and it could not be metered (ambiguous: the rules ask
    // for a function of this type and do not say whose).
    if (entrypoint as usize) < module.imports.len() {
        let place = Place::Export(crate::instrument::ENTRYPOINT.into());
        return Err(Rejection::at(Reason::EntrypointImported, place));
    }
    let found = module.type_of_function(entrypoint);
    if found.params() != [ValType::I32] || found.results() != [ValType::I32] {
        let reason = Reason::EntrypointType {
            found: signature(found.params(), found.results()),
        };
        return Err(Rejection::at(
            reason,
            Place::Export(crate::instrument::ENTRYPOINT.into()),
        ));
    }
    module.entrypoint = entrypoint;
    let memory =
        |(name, export): &(&str, Export)| *name == crate::instrument::MEMORY && *export == Export::Memory;
    if module.exports.iter().any(memory) {
        Ok(())
    } else {
        Err(Rejection::new(Reason::NoMemory))
    }
}

/// What the network compares: the part of a name after its last `__`.
fn short_name(name: &str) -> &str {
    name.rsplit("__").next().unwrap_or(name)
}
