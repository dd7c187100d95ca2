//! Custom sections, which the network drops at activation and which cost when they are on chain.

use wasmparser::{Parser, Payload};

/// The module without its custom sections; what cannot be read is returned as it is.
///
/// Names of functions, for debuggers and profiles, stand in such a section: code without them is to be deployed, and the
/// module with them kept (see [`Symbols`](crate::symbols::Symbols)).
pub fn strip_custom_sections(wasm: &[u8]) -> Vec<u8> {
    let mut stripped = wasm.get(..8).unwrap_or(wasm).to_vec();
    // A section's range is that of its content; its header begins where the one before it ends.
    let mut end = stripped.len();
    for payload in Parser::new(0).parse_all(wasm) {
        let Ok(payload) = payload else {
            return wasm.to_vec();
        };
        let is_custom = matches!(payload, Payload::CustomSection(_));
        if let Some((_, range)) = payload.as_section() {
            if !is_custom {
                stripped.extend_from_slice(&wasm[end..range.end]);
            }
            end = range.end;
        }
    }
    stripped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_only_custom_sections_go() {
        let named = wat::parse_str(
            "(module (@custom \"first\" (before first) \"x\") (memory 1) (func $name (export \"f\")) (@custom \"last\" \"y\"))",
        )
        .expect("a module");
        let expected = wat::parse_str("(module (memory 1) (func (export \"f\")))").expect("a module");
        assert_eq!(strip_custom_sections(&named), expected);
        assert_eq!(strip_custom_sections(&expected), expected);
        assert_eq!(strip_custom_sections(b"no module"), b"no module");
    }
}
