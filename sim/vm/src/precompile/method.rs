//! How a precompile is declared: a table of methods, and who may call it.

use revm::primitives::Address;

use super::call::{Call, Output};

/// What a method may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutability {
    /// It does not even open ArbOS's state.
    Pure,
    /// It reads.
    View,
    /// It writes.
    Write,
    /// It writes and takes value.
    Payable,
}

/// Runs a method of a call that was let in.
pub type Run = fn(&mut Call<'_>) -> Output;

/// A method of a precompile.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// First four bytes of its calldata.
    pub selector: [u8; 4],
    /// Its Solidity signature, of which the selector is the hash's beginning.
    pub signature: &'static str,
    /// What it may do.
    pub mutability: Mutability,
    /// Number of the first ArbOS version that has it; 0 for those that were always there.
    pub since: u64,
    /// Number of the last version that has it, if that is in the past.
    pub until: Option<u64>,
    /// What it does.
    pub run: Run,
}

impl Method {
    const fn new(selector: u32, signature: &'static str, mutability: Mutability, run: Run) -> Self {
        Self {
            selector: selector.to_be_bytes(),
            signature,
            mutability,
            since: 0,
            until: None,
            run,
        }
    }

    /// The same method, from this ArbOS version on.
    #[must_use]
    pub const fn since(self, arbos: u64) -> Self {
        Self { since: arbos, ..self }
    }

    /// The same method, up to this ArbOS version.
    #[must_use]
    pub const fn until(self, arbos: u64) -> Self {
        Self {
            until: Some(arbos),
            ..self
        }
    }

    /// Words that its arguments take at least: one for each parameter, dynamic ones being named by their place.
    pub fn argument_words(&self) -> usize {
        let Some((_, parameters)) = self.signature.split_once('(') else {
            return 0;
        };
        if parameters == ")" {
            return 0;
        }
        let mut depth = 0;
        let mut words = 1;
        for letter in parameters.bytes() {
            match letter {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b',' if depth == 0 => words += 1,
                _ => {}
            }
        }
        words
    }

    /// Whether an ArbOS version has it.
    pub const fn exists_at(&self, arbos: u64) -> bool {
        let over = match self.until {
            Some(until) => arbos > until,
            None => false,
        };
        arbos >= self.since && !over
    }
}

/// A method that does not open ArbOS's state.
pub const fn pure(selector: u32, signature: &'static str, run: Run) -> Method {
    Method::new(selector, signature, Mutability::Pure, run)
}

/// A method that reads.
pub const fn view(selector: u32, signature: &'static str, run: Run) -> Method {
    Method::new(selector, signature, Mutability::View, run)
}

/// A method that writes.
pub const fn write(selector: u32, signature: &'static str, run: Run) -> Method {
    Method::new(selector, signature, Mutability::Write, run)
}

/// A method that writes and takes value.
pub const fn payable(selector: u32, signature: &'static str, run: Run) -> Method {
    Method::new(selector, signature, Mutability::Payable, run)
}

/// Who may call a precompile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone, at the price of the method.
    Everyone,
    /// The chain's owners, free of gas; everyone else loses all of it. Acts are logged.
    Owners,
    /// Everyone on chains that allow it; elsewhere all gas is lost.
    DebugChains,
}

/// A precompile.
#[derive(Clone, Copy, Debug)]
pub struct Precompile {
    /// Where it stands.
    pub address: Address,
    /// Its Solidity name.
    pub name: &'static str,
    /// Number of the first ArbOS version that has it; below, the address is an empty account.
    pub since: u64,
    /// Who may call it.
    pub access: Access,
    /// Its methods.
    pub methods: &'static [Method],
}
