//! Judges a module by the network's acceptance rules, without changing it.
//!
//! Every refusal is a [`Rejection`]: what is wrong, where, and what its author can do. Rules that need the rewritten
//! module (operators per function, stack) are in [`instrument`](mod@crate::instrument), prices in [`activate`](mod@crate::activate).

mod imports;
mod limits;
mod module;
mod operators;

pub use limits::*;
pub(crate) use module::{Module, function_place};

use wasmparser::{Validator, WasmFeatures};

use crate::{
    arbos::{ArbosVersion, StylusParams},
    rejection::{Place, Reason, Rejection},
};

/// What acceptance and activation depend on, beside the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivationRules {
    /// The chain's ArbOS version.
    pub arbos: ArbosVersion,
    /// The Stylus version to compile for: 1, 2 or 3.
    pub stylus_version: u16,
    /// Pages that the module may start with: the chain's limit less the pages open in the transaction.
    pub page_limit: u16,
    /// Largest decompressed module in bytes. The network checks it when it decompresses; here it is checked first.
    pub max_wasm_size: u32,
}

impl ActivationRules {
    /// The rules of a chain with these parameters, in a transaction that has `open_pages` open.
    pub const fn new(arbos: ArbosVersion, params: &StylusParams, open_pages: u16) -> Self {
        Self {
            arbos,
            stylus_version: params.version,
            page_limit: params.page_limit.saturating_sub(open_pages),
            max_wasm_size: params.max_wasm_size,
        }
    }

    /// The rules of a chain that left its parameters as ArbOS sets them, at the start of a transaction.
    pub const fn for_arbos(arbos: ArbosVersion) -> Self {
        Self::new(arbos, &StylusParams::for_arbos(arbos), 0)
    }
}

impl Default for ActivationRules {
    fn default() -> Self {
        Self::for_arbos(ArbosVersion::default())
    }
}

/// Reads and judges a module: everything but the rules on the rewritten code and the predicted costs.
pub(crate) fn validate<'a>(wasm: &'a [u8], rules: &ActivationRules) -> Result<Module<'a>, Rejection> {
    let module = validate_shape(wasm, rules)?;
    operators::check(&module, rules)?;
    Ok(module)
}

/// [`validate`] without the rules on single operators, which ask what the network's fraud proofs can execute. A program
/// that runs was judged by them when it was activated.
pub(crate) fn validate_shape<'a>(wasm: &'a [u8], rules: &ActivationRules) -> Result<Module<'a>, Rejection> {
    if wasm.len() > rules.max_wasm_size as usize {
        return Err(Rejection::new(Reason::TooLarge {
            size: wasm.len(),
            limit: rules.max_wasm_size,
        }));
    }
    if let Err(error) = Validator::new_with_features(features()).validate_all(wasm) {
        return Err(invalid(wasm, &error));
    }
    let mut module = Module::parse(wasm)?;
    module.check_sections()?;
    imports::check(&module)?;
    imports::check_exports(&mut module)?;
    limits::check(&module, rules)?;
    module.check_memory(rules)?;
    module.check_segments()?;
    Ok(module)
}

/// WebAssembly 1.0 with mutable globals, sign extension, saturating conversion, bulk memory and multi-value.
///
/// Multi-value is refused by an own rule under Stylus version 3, because the network then still accepts block types
/// given by index if they have no parameter and at most one result.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::FLOATS
}

/// The validator's refusal in our words: which proposal, which function or section.
pub(crate) fn invalid(wasm: &[u8], error: &wasmparser::Error) -> Rejection {
    let (message, offset) = (error.message().to_owned(), error.offset());
    let reason = match proposal(error) {
        Some(proposal) => Reason::Proposal {
            proposal,
            message,
            offset,
        },
        None => Reason::Invalid { message, offset },
    };
    Rejection {
        reason,
        place: place_of(wasm, offset),
    }
}

fn proposal(error: &wasmparser::Error) -> Option<&'static str> {
    // The two encodings that compilers emit by default and that the validator does not attribute to a proposal.
    if error.message().contains("zero byte expected") {
        return Some("reference types");
    }
    let feature = error.missing_wasm_feature()?;
    let names = [
        (WasmFeatures::REFERENCE_TYPES, "reference types"),
        (WasmFeatures::SIMD, "SIMD"),
        (WasmFeatures::RELAXED_SIMD, "relaxed SIMD"),
        (WasmFeatures::THREADS, "threads and atomics"),
        (WasmFeatures::TAIL_CALL, "tail calls"),
        (WasmFeatures::MULTI_MEMORY, "several memories"),
        (WasmFeatures::EXCEPTIONS, "exceptions"),
        (WasmFeatures::LEGACY_EXCEPTIONS, "exceptions"),
        (WasmFeatures::MEMORY64, "64-bit memory"),
        (WasmFeatures::EXTENDED_CONST, "extended constant expressions"),
        (WasmFeatures::COMPONENT_MODEL, "the component model"),
        (WasmFeatures::FUNCTION_REFERENCES, "typed function references"),
        (WasmFeatures::GC, "garbage collection"),
        (WasmFeatures::GC_TYPES, "garbage collection"),
        (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
    ];
    let known = names.into_iter().find(|(flag, _)| flag.intersects(feature));
    Some(known.map_or("a proposal", |(_, name)| name))
}

/// The section or function that holds the byte at `offset`, as far as the module can be read.
fn place_of(wasm: &[u8], offset: usize) -> Option<Place> {
    use wasmparser::{Parser, Payload};
    let mut place = None;
    let mut function = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.ok()?;
        if let Payload::ImportSection(reader) = &payload {
            // Only functions can be imported by a module that comes this far; others are refused by then.
            function += reader.count();
        }
        if let Payload::CodeSectionEntry(body) = &payload {
            if body.range().contains(&offset) {
                return Some(function_place(wasm, function));
            }
            function += 1;
            continue;
        }
        if let Some((id, range)) = payload.as_section()
            && range.contains(&offset)
        {
            place = module::section_name(id).map(Place::Section);
        }
    }
    place
}
