//! Why the network would refuse a module: the reason, the place, and what its author can do.
//!
//! Only words and types; the rules that lead here are in [`validate`](crate::validate) and
//! [`instrument`](mod@crate::instrument).

use std::fmt;

/// A refusal. Its text is one sentence on what is wrong and where, and one on what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// What is wrong.
    pub reason: Reason,
    /// Where, when it is one place.
    pub place: Option<Place>,
}

impl Rejection {
    pub(crate) const fn new(reason: Reason) -> Self {
        Self { reason, place: None }
    }

    pub(crate) fn at(reason: Reason, place: Place) -> Self {
        Self {
            reason,
            place: Some(place),
        }
    }

    /// What the module's author can do about it.
    pub fn advice(&self) -> &'static str {
        self.reason.advice()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(formatter, "{place}: ")?;
        }
        write!(formatter, "{}; {}", self.reason, self.advice())
    }
}

impl std::error::Error for Rejection {}

/// A part of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A section, by its name in the WebAssembly specification.
    Section(&'static str),
    /// A function.
    Function {
        /// Index in the module, imports included.
        index: u32,
        /// Name from the module's name section.
        name: Option<String>,
    },
    /// An import.
    Import {
        /// Module of the import.
        module: String,
        /// Its name.
        name: String,
    },
    /// An export.
    Export(String),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Section(name) => write!(formatter, "{name} section"),
            Self::Function {
                index,
                name: Some(name),
            } => write!(formatter, "function {index} (`{name}`)"),
            Self::Function { index, name: None } => write!(formatter, "function {index}"),
            Self::Import { module, name } => write!(formatter, "import `{module}.{name}`"),
            Self::Export(name) => write!(formatter, "export `{name}`"),
        }
    }
}

/// What is wrong with a module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Over the chain's limit on decompressed size.
    #[error("the module has {size} bytes, this chain allows {limit}")]
    TooLarge {
        /// Bytes of the module.
        size: usize,
        /// MaxWasmSize.
        limit: u32,
    },
    /// Not valid WebAssembly.
    #[error("this is not valid WebAssembly: {message} (at byte {offset})")]
    Invalid {
        /// The validator's words.
        message: String,
        /// Offset in the module.
        offset: usize,
    },
    /// Valid WebAssembly, but of a proposal that the network has switched off.
    #[error("the module uses {proposal}, which the network does not accept: {message} (at byte {offset})")]
    Proposal {
        /// Name of the proposal.
        proposal: &'static str,
        /// The validator's words.
        message: String,
        /// Offset in the module.
        offset: usize,
    },
    /// More than one value at a function's or block's end, or a block with parameters.
    #[error("the module uses multi-value {what}, which Stylus version 3 (ArbOS 59 and later) refuses")]
    MultiValue {
        /// `function types` or `blocks`.
        what: &'static str,
    },
    /// A section that the network does not know.
    #[error("the network accepts no such section")]
    Section,
    /// A start function.
    #[error("the module has a start function, which the network does not run")]
    StartFunction,
    /// An import that is not a function.
    #[error("only functions can be imported, this is a {kind}")]
    ImportKind {
        /// `memory`, `table`, `global` or `tag`.
        kind: &'static str,
    },
    /// An import that the network does not provide.
    #[error("the network provides no such function")]
    UnknownImport,
    /// A known import with another signature.
    #[error("the function has type {expected}, the module imports it as {found}")]
    ImportSignature {
        /// The network's type.
        expected: String,
        /// The module's type.
        found: String,
    },
    /// An import twice with different types.
    #[error("the same function is imported with two different types")]
    ImportTwice,
    /// An export named as an import.
    #[error("an import has the same name")]
    ExportShadowsImport,
    /// A name that belongs to the instrumentation.
    #[error("names that start with `stylus` are reserved")]
    ReservedName,
    /// No entry point.
    #[error("the module exports no function `user_entrypoint`")]
    NoEntrypoint,
    /// An entry point that is a host function.
    #[error("`user_entrypoint` is an imported function")]
    EntrypointImported,
    /// An entry point of another type.
    #[error("`user_entrypoint` must have type (i32) -> i32, this one has {found}")]
    EntrypointType {
        /// The type found.
        found: String,
    },
    /// No memory under the name `memory`.
    #[error("the module exports no memory under the name `memory`")]
    NoMemory,
    /// Too many of something.
    #[error("{count} {what}, the network allows {limit}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        count: u64,
        /// How many there may be.
        limit: u64,
    },
    /// The module's name is too long.
    #[error("the module's name has {length} bytes, the network allows {limit}")]
    NameTooLong {
        /// Bytes of the name.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// Too much initial memory.
    #[error("the module starts with {pages} memory pages of 64 KiB, the network allows {limit} here")]
    TooManyPages {
        /// Initial pages.
        pages: u64,
        /// The limit.
        limit: u16,
    },
    /// The memory can grow and nothing pays for it.
    #[error("the memory can grow, but the module does not import `vm_hooks.pay_for_memory_grow`")]
    GrowthUnpaid,
    /// Data outside of the initial memory.
    #[error("data segment {segment} ends at byte {end} of a memory of {size} bytes")]
    DataOutOfBounds {
        /// Index of the segment.
        segment: u32,
        /// First byte after it.
        end: u64,
        /// Bytes of the initial memory.
        size: u64,
    },
    /// Elements outside of the table.
    #[error("element segment {segment} ends at entry {end} of a table of {size} entries")]
    ElementsOutOfBounds {
        /// Index of the segment.
        segment: u32,
        /// First entry after it.
        end: u64,
        /// Entries of the table.
        size: u64,
    },
    /// Arithmetic on floating-point numbers.
    #[error("`{operator}` works on floating-point numbers, which the network does not execute")]
    FloatOperator {
        /// The operator's name in text format.
        operator: String,
    },
    /// An operator that validates but that the network does not know.
    #[error("the network has no operator `{operator}`")]
    UnsupportedOperator {
        /// The operator's name in text format.
        operator: String,
    },
    /// Too many values at once.
    #[error("the function holds {words} values on its stack at once, the network allows {limit}")]
    StackContention {
        /// Words by the network's analysis.
        words: u32,
        /// The limit.
        limit: u32,
    },
    /// A predicted cost that does not fit its 16 bits.
    #[error("the program's {what} would be {cost}, the network can record at most 65535")]
    CostOverflow {
        /// `init cost` or `cached init cost`.
        what: &'static str,
        /// The cost.
        cost: u64,
    },
}

impl Reason {
    /// What a contract author can do.
    fn advice(&self) -> &'static str {
        use Reason::*;
        match self {
            TooLarge { .. } => {
                "build with opt-level \"s\" or \"z\", strip names and debug data, run wasm-opt, or split the contract"
            }
            Invalid { .. } => "build it again; if a tool changed the file after the build, look there first",
            Proposal { proposal, .. } => proposal_advice(proposal),
            MultiValue { .. } => "compile without it (rustc: `-C target-feature=-multivalue`)",
            Section => {
                "build without it (a data count section comes from bulk memory: wasm-opt or an older target lowers it)"
            }
            StartFunction => "remove it, and do that work in `user_entrypoint`",
            ImportKind { .. } => {
                "define it in the module itself (the linker flag `--import-memory` must be off)"
            }
            UnknownImport => {
                "remove the crate that needs it; only the `vm_hooks` functions of the Stylus SDK exist on chain (no console, no WASI)"
            }
            ImportSignature { .. } => "declare it as the network has it, or use the Stylus SDK's declaration",
            ImportTwice => "declare it once",
            ExportShadowsImport => "rename the export, or do not export it",
            ReservedName => "rename it",
            NoEntrypoint => {
                "mark the contract's entry with the SDK's `#[entrypoint]` and build as a `cdylib`"
            }
            EntrypointImported => "define it in the module itself",
            EntrypointType { .. } => "take the calldata's length as i32 and return the status as i32",
            NoMemory => "export it (rustc does so by itself for a `cdylib`)",
            TooMany { .. } => "split the function or the contract, or let the optimiser merge what is alike",
            NameTooLong { .. } => "strip the name section",
            TooManyPages { .. } => {
                "lower the stack size at link time (`-C link-arg=-zstack-size=32768`) and keep large arrays out of static data"
            }
            GrowthUnpaid => {
                "import it (the SDK's allocator does), or give the memory a maximum equal to its initial size"
            }
            DataOutOfBounds { .. } | ElementsOutOfBounds { .. } => "build it again; linkers do not emit this",
            FloatOperator { .. } => "use integers or fixed-point arithmetic, also in dependencies",
            UnsupportedOperator { .. } => "switch the proposal that it comes from off when compiling",
            StackContention { .. } => "split the function",
            CostOverflow { .. } => {
                "make the program smaller: fewer functions, less static data, fewer globals"
            }
        }
    }
}

/// How to build without a proposal. Compilers switch some on by default; others are only there because someone asked.
fn proposal_advice(proposal: &str) -> &'static str {
    match proposal {
        "reference types" => {
            "switch it off when compiling (rustc: `-C target-feature=-reference-types,-multivalue`), or lower it with wasm-opt"
        }
        "SIMD" | "relaxed SIMD" => {
            "compile without vectors (rustc: no `+simd128` in `-C target-feature`, clang: no `-msimd128`) and leave out code that is written with `core::arch::wasm32`; no tool lowers it afterwards"
        }
        "threads and atomics" => {
            "compile for one thread (rustc: no `+atomics` in `-C target-feature`, no `--shared-memory` for the linker)"
        }
        "tail calls" => {
            "compile without them (rustc: no `+tail-call` in `-C target-feature`, clang: no `-mtail-call`)"
        }
        "exceptions" => {
            "compile with `-C panic=abort` and without `+exception-handling` in `-C target-feature`"
        }
        "64-bit memory" => "compile for wasm32 instead of wasm64",
        "extended constant expressions" => {
            "compile without them (rustc: no `+extended-const` in `-C target-feature`) and not as position-independent code"
        }
        "the component model" => "deploy the core module, before it is wrapped into a component",
        _ => {
            "compile for `wasm32-unknown-unknown` without it; the network accepts WebAssembly 1.0 with sign extension, bulk memory and mutable globals"
        }
    }
}
