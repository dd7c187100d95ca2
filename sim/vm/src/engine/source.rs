//! What a program's machine code is made from.

use std::sync::Arc;

use revm::primitives::Bytes;

use super::EngineError;
use crate::{
    code::{self, CodeKind, Root},
    executable::executable,
    instrument::instrument_accepted,
    symbols::Symbols,
    validate::ActivationRules,
};

/// The code of an activated program, as it lies on chain. Making one is cheap; the work is in [`Source::executable`].
pub(crate) struct Source {
    code: Bytes,
    fragments: Vec<Bytes>,
    rules: ActivationRules,
}

impl Source {
    /// `fragments` gives the codes that a root names, and nothing for a program in one piece.
    pub(crate) fn new(code: Bytes, fragments: Vec<Bytes>, rules: ActivationRules) -> Self {
        Self {
            code,
            fragments,
            rules,
        }
    }

    /// The module that runs: unpacked, instrumented, rewritten; of one that is profiled also its functions' names.
    pub(super) fn executable(&self, profiled: bool) -> Result<(Vec<u8>, Option<Arc<Symbols>>), EngineError> {
        let compile = |error: &dyn std::fmt::Display| EngineError::Compile(error.to_string());
        let wasm = match CodeKind::of(&self.code, self.rules.arbos) {
            CodeKind::Root => Root::parse(&self.code)
                .and_then(|root| root.join(self.fragments.iter().map(|part| &part[..]))),
            _ => code::decode(&self.code, u32::MAX),
        };
        let wasm = wasm.map_err(|error| compile(&error))?;
        let instrumented = instrument_accepted(&wasm, &self.rules).map_err(|error| compile(&error))?;
        let symbols = profiled.then(|| Arc::new(Symbols::of_wasm(&wasm)));
        let wasm = executable(&instrumented, self.rules.stylus_version, profiled)
            .map_err(|error| compile(&error))?;
        Ok((wasm, symbols))
    }
}
