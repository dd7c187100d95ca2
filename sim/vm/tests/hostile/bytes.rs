//! What must hold for bytes from anyone, as functions of the bytes. The seeded tests of `main.rs` call them, and so do
//! the fuzz targets of `fuzz/`: one text, two ways to find bytes that break it.

use mintage_vm::{
    ActivationRules, ArbosVersion, activate,
    code::{self, CodeKind, Root},
};
use revm::primitives::Address;
use wasmparser::{Validator, WasmFeatures};

/// Bytes of the rewritten module for each byte of the original, at most: the shortest operator (one byte) is charged as
/// a block and gives back a frame, with five-byte indices.
pub(crate) const GROWTH: usize = 64;

/// What became of a module or a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Refused,
}

/// Activates `wasm`. What is accepted has a sound rewritten form of bounded size, what is refused is refused in words.
pub(crate) fn activation(wasm: &[u8], arbos: ArbosVersion) -> Verdict {
    match activate(wasm, &ActivationRules::for_arbos(arbos)) {
        Ok(activation) => {
            let rewritten = &activation.instrumented.wasm;
            assert!(
                rewritten.len() <= GROWTH * wasm.len(),
                "{} bytes became {}",
                wasm.len(),
                rewritten.len()
            );
            Validator::new_with_features(WasmFeatures::default())
                .validate_all(rewritten)
                .unwrap_or_else(|error| panic!("accepted, but not sound: {error}"));
            Verdict::Accepted
        }
        Err(rejection) => {
            let words = rejection.to_string();
            assert!(words.ends_with(rejection.advice()), "{words}");
            Verdict::Refused
        }
    }
}

/// Decodes `code` as a program in one piece of at most `limit` bytes.
pub(crate) fn classic(code: &[u8], limit: u32) -> Verdict {
    match code::decode(code, limit) {
        Ok(wasm) => {
            assert!(wasm.len() <= limit as usize);
            assert_eq!(CodeKind::of(code, ArbosVersion::V61), CodeKind::Classic);
            Verdict::Accepted
        }
        Err(error) => refused(&error),
    }
}

/// Reads `root` and joins it with `fragments`, whose number need not fit.
pub(crate) fn fragments(root: &[u8], fragments: &[&[u8]]) -> Verdict {
    let parsed = match Root::parse(root) {
        Ok(parsed) => parsed,
        Err(error) => return refused(&error),
    };
    assert_eq!(parsed.encode()[..], *root, "a root is what its code says");
    let params = ActivationRules::default();
    if parsed.wasm_len > params.max_wasm_size {
        return Verdict::Refused;
    }
    match parsed.join(fragments.iter().copied()) {
        Ok(wasm) => {
            assert_eq!(wasm.len(), parsed.wasm_len as usize);
            Verdict::Accepted
        }
        Err(error) => refused(&error),
    }
}

/// What encoding gives out, decoding reads: in one piece, and in fragments of at most `max_code_size` bytes.
pub(crate) fn round_trip(wasm: &[u8], max_code_size: usize) {
    let limit = wasm.len() as u32;
    let decoded = code::decode(&code::encode(wasm), limit);
    assert_eq!(decoded.as_deref(), Ok(wasm));
    let codes = code::encode_fragments(wasm, max_code_size);
    assert!(codes.iter().all(|code| code.len() <= max_code_size));
    let root = Root {
        dictionary: code::DICTIONARY_NONE,
        wasm_len: limit,
        fragments: (0..codes.len())
            .map(|index| Address::left_padding_from(&index.to_be_bytes()))
            .collect(),
    };
    let joined = root.join(codes.iter().map(|code| &code[..]));
    assert_eq!(joined.as_deref(), Ok(wasm));
}

fn refused(error: &code::CodeError) -> Verdict {
    assert!(!error.to_string().is_empty());
    Verdict::Refused
}
