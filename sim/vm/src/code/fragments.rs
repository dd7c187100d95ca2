//! Programs in pieces (ArbOS 60): fragments and the root contract that names them.

use revm::primitives::{Address, Bytes};

use super::{CodeError, FRAGMENT_PREFIX, ROOT_PREFIX, compress, decompress, not_a_program};
use crate::arbos::StylusParams;

/// A root contract's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Compression dictionary.
    pub dictionary: u8,
    /// Length of the decompressed module in bytes.
    pub wasm_len: u32,
    /// Addresses of the fragments, in order.
    pub fragments: Vec<Address>,
}

impl Root {
    /// Reads a root's code. Limits of the chain are checked by [`check`](Self::check), as at activation only.
    pub fn parse(code: &[u8]) -> Result<Self, CodeError> {
        let Some(body) = code.strip_prefix(&ROOT_PREFIX) else {
            return Err(not_a_program(code, true));
        };
        let [dictionary, l0, l1, l2, l3, addresses @ ..] = body else {
            return Err(CodeError::RootTooShort { length: code.len() });
        };
        if !addresses.len().is_multiple_of(20) {
            return Err(CodeError::RootMalformed {
                bytes: addresses.len(),
            });
        }
        Ok(Self {
            dictionary: *dictionary,
            wasm_len: u32::from_be_bytes([*l0, *l1, *l2, *l3]),
            fragments: addresses.chunks_exact(20).map(Address::from_slice).collect(),
        })
    }

    /// The limits that hold when the program is activated.
    pub fn check(&self, params: &StylusParams) -> Result<(), CodeError> {
        if self.wasm_len > params.max_wasm_size {
            return Err(CodeError::TooLarge {
                limit: params.max_wasm_size,
            });
        }
        let limit = params.max_fragment_count;
        match self.fragments.len() {
            count if count == 0 || count > limit as usize => Err(CodeError::FragmentCount { count, limit }),
            _ => Ok(()),
        }
    }

    /// The code of this root.
    pub fn encode(&self) -> Bytes {
        let mut code = ROOT_PREFIX.to_vec();
        code.push(self.dictionary);
        code.extend(self.wasm_len.to_be_bytes());
        code.extend(self.fragments.iter().flat_map(|address| address.as_slice()));
        code.into()
    }

    /// The module, from the codes of all fragments in order.
    ///
    /// The payloads are one Brotli stream together, and what it decompresses to must have the stated length.
    pub fn join<'a>(&self, codes: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, CodeError> {
        let mut stream = Vec::new();
        let mut codes = codes.into_iter();
        for (index, address) in self.fragments.iter().enumerate() {
            match codes.next() {
                Some([0xef, 0xf0, 0x01, payload @ ..]) if !payload.is_empty() => {
                    stream.extend_from_slice(payload)
                }
                _ => {
                    return Err(CodeError::NotAFragment {
                        index,
                        address: *address,
                    });
                }
            }
        }
        let wasm = decompress(self.dictionary, &stream, self.wasm_len)?;
        if wasm.len() != self.wasm_len as usize {
            return Err(CodeError::LengthMismatch {
                stated: self.wasm_len,
                actual: wasm.len(),
            });
        }
        Ok(wasm)
    }
}

/// A module as fragments: their codes, each at most `max_code_size` bytes, to be deployed and named in a [`Root`].
///
/// # Panics
/// If `max_code_size` leaves no room beside the prefix.
pub fn encode_fragments(wasm: &[u8], max_code_size: usize) -> Vec<Bytes> {
    assert!(
        max_code_size > FRAGMENT_PREFIX.len(),
        "a fragment must have room for at least one byte"
    );
    let stream = compress(wasm);
    let pieces = stream.chunks(max_code_size - FRAGMENT_PREFIX.len());
    pieces
        .map(|piece| [&FRAGMENT_PREFIX[..], piece].concat().into())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{DICTIONARY_NONE, encode, tests::MODULE};

    /// A root and fragments of 24 bytes each for [`MODULE`].
    fn split() -> (Root, Vec<Bytes>) {
        let codes = encode_fragments(MODULE, 24);
        let fragments = (1..=codes.len() as u8).map(Address::with_last_byte).collect();
        (
            Root {
                dictionary: DICTIONARY_NONE,
                wasm_len: MODULE.len() as u32,
                fragments,
            },
            codes,
        )
    }

    #[test]
    fn test_fragments_are_one_stream() {
        let (root, codes) = split();
        assert!(codes.len() > 2 && codes.iter().all(|code| code.len() <= 24));
        assert_eq!(Root::parse(&root.encode()), Ok(root.clone()));
        assert_eq!(
            root.join(codes.iter().map(|code| &code[..])).as_deref(),
            Ok(MODULE)
        );
    }

    #[test]
    fn test_fragments_that_do_not_belong_together() {
        let (root, codes) = split();
        let join = |root: &Root, codes: &[Bytes]| root.join(codes.iter().map(|code| &code[..]));
        let first = |error: CodeError| matches!(error, CodeError::NotAFragment { index: 0, .. });
        assert!(join(&root, &[]).is_err_and(first));
        assert!(join(&root, &[encode(MODULE)]).is_err_and(first));
        assert!(join(&root, &[FRAGMENT_PREFIX.to_vec().into()]).is_err_and(first));
        let longer = Root {
            wasm_len: root.wasm_len + 1,
            ..root.clone()
        };
        assert!(matches!(
            join(&longer, &codes),
            Err(CodeError::LengthMismatch { .. })
        ));
        let shorter = Root {
            wasm_len: root.wasm_len - 1,
            ..root.clone()
        };
        assert!(matches!(join(&shorter, &codes), Err(CodeError::TooLarge { .. })));
    }

    #[test]
    fn test_root_limits_hold_at_activation() {
        let (root, _) = split();
        let params = StylusParams::default();
        let with = |count: usize| Root {
            fragments: vec![Address::ZERO; count],
            ..root.clone()
        };
        assert_eq!(with(1).check(&params), Ok(()));
        assert_eq!(with(4).check(&params), Ok(()));
        for count in [0, 5] {
            assert_eq!(
                with(count).check(&params),
                Err(CodeError::FragmentCount { count, limit: 4 })
            );
        }
        let large = Root {
            wasm_len: 262_145,
            ..with(1)
        };
        assert_eq!(large.check(&params), Err(CodeError::TooLarge { limit: 262_144 }));
    }

    #[test]
    fn test_root_must_be_whole() {
        let code = split().0.encode();
        assert_eq!(
            Root::parse(&code[..7]),
            Err(CodeError::RootTooShort { length: 7 })
        );
        assert_eq!(
            Root::parse(&code[..8 + 19]),
            Err(CodeError::RootMalformed { bytes: 19 })
        );
        assert!(matches!(
            Root::parse(&encode(MODULE)),
            Err(CodeError::NotAProgram { .. })
        ));
    }
}
