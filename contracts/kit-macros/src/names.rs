//! Names: Solidity's spelling to Rust's, and the hashes of signatures. No syntax trees here.

use proc_macro2::{Ident, Span};

/// `totalSupply` to `total_supply`, `DOMAIN_SEPARATOR` to `domain_separator`, `amount0Out` to `amount0_out`.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.trim_matches('_').chars().collect();
    let mut out = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let after_lower = i > 0
            && chars
                .get(i.wrapping_sub(1))
                .is_some_and(|p| !p.is_uppercase() && *p != '_');
        let last_of_capitals = i > 0
            && chars.get(i.wrapping_sub(1)).is_some_and(|p| p.is_uppercase())
            && chars.get(i.wrapping_add(1)).is_some_and(|n| n.is_lowercase());
        if c.is_uppercase() && (after_lower || last_of_capitals) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// The Rust identifier of a Solidity parameter or function.
pub(crate) fn rust_ident(name: &str) -> Ident {
    let name = snake(name);
    match syn::parse_str::<Ident>(&name) {
        Ok(ident) => ident,
        // `self`, `super`, `crate` cannot be raw identifiers.
        Err(_) if matches!(name.as_str(), "self" | "super" | "crate") => {
            Ident::new(&format!("{name}_"), Span::call_site())
        }
        Err(_) => Ident::new_raw(&name, Span::call_site()),
    }
}

/// keccak256 of a signature.
pub(crate) fn keccak(text: &str) -> [u8; 32] {
    keccak_const::Keccak256::new().update(text.as_bytes()).finalize()
}

/// The first four bytes of the hash, as the big-endian number that calldata starts with.
pub(crate) fn selector(signature: &str) -> u32 {
    let [a, b, c, d, ..] = keccak(signature);
    u32::from_be_bytes([a, b, c, d])
}

/// The hash as four little-endian words: a constant made of them lies in the code, where a byte costs a tenth of what it
/// costs in the data segment.
pub(crate) fn words(hash: [u8; 32]) -> [u64; 4] {
    let mut words = [0u64; 4];
    for (word, bytes) in words.iter_mut().zip(hash.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_snake_follows_words() {
        for (from, to) in [
            ("totalSupply", "total_supply"),
            ("DOMAIN_SEPARATOR", "domain_separator"),
            ("amount0Out", "amount0_out"),
            ("price0CumulativeLast", "price0_cumulative_last"),
            ("kLast", "k_last"),
            ("getURIOf", "get_uri_of"),
            ("_to", "to"),
            ("PERMIT_TYPEHASH", "permit_typehash"),
            ("token0", "token0"),
        ] {
            assert_eq!(snake(from), to, "{from}");
        }
    }

    #[test]
    fn test_selector_of_transfer_is_known() {
        assert_eq!(selector("transfer(address,uint256)"), 0xa905_9cbb);
        assert_eq!(selector("stylus_constructor()"), 0x5585_258d);
    }

    #[test]
    fn test_rust_ident_escapes_keywords() {
        assert_eq!(rust_ident("type").to_string(), "r#type");
        assert_eq!(rust_ident("self").to_string(), "self_");
    }
}
