//! Program code as it stands on chain: prefixes, compression, fragments.
//!
//! Turns bytes of a contract into a WASM module and back. Whether that module is acceptable is
//! [`validate`](crate::validate)'s matter; where code and fragments are read from is the caller's.

mod compression;
mod fragments;
mod sections;

pub use fragments::{Root, encode_fragments};
pub use sections::strip_custom_sections;

use revm::primitives::{Address, Bytes};

use self::compression::{compress, decompress};
use crate::arbos::ArbosVersion;

/// First three bytes of a program in one piece.
pub const CLASSIC_PREFIX: [u8; 3] = [0xef, 0xf0, 0x00];
/// First three bytes of a fragment (ArbOS 60).
pub const FRAGMENT_PREFIX: [u8; 3] = [0xef, 0xf0, 0x01];
/// First three bytes of a program made of fragments (ArbOS 60).
pub const ROOT_PREFIX: [u8; 3] = [0xef, 0xf0, 0x02];

/// No dictionary: the only one that tools emit and that this crate reads.
pub const DICTIONARY_NONE: u8 = 0;
/// The network's own dictionary of 112,640 bytes, which is not free to copy.
pub const DICTIONARY_STYLUS: u8 = 1;

/// Contract code of an EVM chain may have this many bytes unless the chain raises it (EIP-170).
pub const DEFAULT_MAX_CODE_SIZE: usize = 24_576;

/// What kind of code a contract has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeKind {
    /// EVM bytecode, or nothing.
    Evm,
    /// A program in one piece: it can be activated and called.
    Classic,
    /// A piece of a program: it can neither be activated nor called.
    Fragment,
    /// A program whose pieces stand at other addresses: it can be activated and called.
    Root,
}

impl CodeKind {
    /// The kind of `code` under `arbos`: fragments and roots are plain EVM code (that cannot run) before ArbOS 60.
    pub fn of(code: &[u8], arbos: ArbosVersion) -> Self {
        let fragments = arbos >= ArbosVersion::V60;
        // A prefix alone, without a byte after it, is not a program.
        match code {
            [0xef, 0xf0, 0x00, _, ..] => Self::Classic,
            [0xef, 0xf0, 0x01, _, ..] if fragments => Self::Fragment,
            [0xef, 0xf0, 0x02, _, ..] if fragments => Self::Root,
            _ => Self::Evm,
        }
    }

    /// Whether a call of this code runs as a program.
    pub const fn is_program(self) -> bool {
        matches!(self, Self::Classic | Self::Root)
    }
}

/// Why bytes are not a program's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// Neither a program nor a root.
    #[error(
        "the code is not a Stylus program: it starts with {start}, a program starts with 0xeff000{roots}; deploy the file that `mintage build` writes"
    )]
    NotAProgram {
        /// The first bytes, as hexadecimal text.
        start: String,
        /// The further prefix that the ArbOS version allows, in words.
        roots: &'static str,
    },
    /// A fragment was given where a program was expected.
    #[error(
        "the code is a fragment (0xeff001) of a program, which cannot be activated or called itself; use the address of its root contract (0xeff002)"
    )]
    IsFragment,
    /// Dictionary 1.
    #[error(
        "the code was compressed with Stylus' own dictionary (1), which is not free software and which no build tool emits; compress it again without a dictionary (0), as `mintage build` and `cargo stylus` do"
    )]
    StylusDictionary,
    /// A dictionary number that does not exist.
    #[error("the code names compression dictionary {0}, which does not exist; use 0 (none)")]
    UnknownDictionary(u8),
    /// Brotli could not read it.
    #[error("the code is not a valid Brotli stream: {0}; compress the WASM again and deploy that")]
    Corrupt(&'static str),
    /// The decompressed module is over the chain's limit.
    #[error(
        "the program decompresses to more than {limit} bytes, the most that this chain allows (MaxWasmSize); make it smaller"
    )]
    TooLarge {
        /// The limit in bytes.
        limit: u32,
    },
    /// The root states another length than its fragments decompress to.
    #[error(
        "the root contract states {stated} bytes of WASM but its fragments decompress to {actual}; deploy root and fragments of one build"
    )]
    LengthMismatch {
        /// Length in the root.
        stated: u32,
        /// Length of the decompressed fragments.
        actual: usize,
    },
    /// The root's list is not whole addresses.
    #[error(
        "the root contract's list of fragments is {bytes} bytes long, which is not a multiple of 20 (an address)"
    )]
    RootMalformed {
        /// Bytes after the root's header.
        bytes: usize,
    },
    /// The root is shorter than its header.
    #[error(
        "the root contract has {length} bytes; it needs 8 (prefix, dictionary, length) and 20 for each fragment"
    )]
    RootTooShort {
        /// Bytes of the root's code.
        length: usize,
    },
    /// Fragment count out of range.
    #[error("the root contract names {count} fragments; this chain allows 1 to {limit}")]
    FragmentCount {
        /// Fragments named.
        count: usize,
        /// The chain's limit.
        limit: u8,
    },
    /// A fragment's contract does not hold a fragment.
    #[error(
        "fragment {index} at {address} does not hold fragment code: it must start with 0xeff001 and have at least one byte after that"
    )]
    NotAFragment {
        /// Position in the root's list, from 0.
        index: usize,
        /// Its address.
        address: Address,
    },
}

/// The module in a classic program's code, at most `max_wasm_size` bytes long.
pub fn decode(code: &[u8], max_wasm_size: u32) -> Result<Vec<u8>, CodeError> {
    match code {
        [0xef, 0xf0, 0x00, dictionary, stream @ ..] => decompress(*dictionary, stream, max_wasm_size),
        [0xef, 0xf0, 0x01, ..] => Err(CodeError::IsFragment),
        _ => Err(not_a_program(code, false)),
    }
}

/// The classic code of a module: prefix, dictionary 0, Brotli at its best.
///
/// The same bytes on every machine. Whether they fit into a contract is for the caller to see.
pub fn encode(wasm: &[u8]) -> Bytes {
    let mut code = CLASSIC_PREFIX.to_vec();
    code.push(DICTIONARY_NONE);
    code.extend(compress(wasm));
    code.into()
}

fn not_a_program(code: &[u8], roots: bool) -> CodeError {
    let start = revm::primitives::hex::encode_prefixed(&code[..code.len().min(4)]);
    CodeError::NotAProgram {
        start,
        roots: if roots { " or 0xeff002" } else { "" },
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const MODULE: &[u8] =
        b"\0asm\x01\0\0\0 and then some bytes of which a few repeat, not all of them: 0123456789, 0123456789";

    #[test]
    fn test_encode_is_what_decode_reads() {
        let code = encode(MODULE);
        assert_eq!(code[..4], [0xef, 0xf0, 0x00, 0x00]);
        assert!(code.len() < MODULE.len());
        assert_eq!(decode(&code, MODULE.len() as u32).as_deref(), Ok(MODULE));
        assert_eq!(decode(&encode(b""), 0), Ok(vec![]));
    }

    #[test]
    fn test_decode_stops_at_the_limit() {
        let code = encode(MODULE);
        let limit = MODULE.len() as u32 - 1;
        assert_eq!(decode(&code, limit), Err(CodeError::TooLarge { limit }));
        // A bomb: 64 MiB in a few bytes. What is held is the limit and one chunk.
        let bomb = encode(&vec![0; 64 << 20]);
        assert!(bomb.len() < 1000);
        assert_eq!(
            decode(&bomb, 262_144),
            Err(CodeError::TooLarge { limit: 262_144 })
        );
    }

    #[test]
    fn test_decode_says_what_is_wrong() {
        let code = encode(MODULE);
        let mut stylus = code.to_vec();
        stylus[3] = DICTIONARY_STYLUS;
        assert_eq!(decode(&stylus, 1000), Err(CodeError::StylusDictionary));
        assert!(
            CodeError::StylusDictionary
                .to_string()
                .contains("without a dictionary")
        );
        stylus[3] = 2;
        assert_eq!(decode(&stylus, 1000), Err(CodeError::UnknownDictionary(2)));
        assert_eq!(
            decode(&code[..code.len() - 1], 1000),
            Err(CodeError::Corrupt("it ends too early"))
        );
        assert!(matches!(
            decode(&[0xef, 0xf0, 0x00, 0x00, 0xff, 0xff], 1000),
            Err(CodeError::Corrupt(_))
        ));
        assert_eq!(
            decode(&[0xef, 0xf0, 0x01, 0x00, 0x01], 1000),
            Err(CodeError::IsFragment)
        );
        for code in [&b""[..], b"\x60\x80", &CLASSIC_PREFIX, b"\0asm"] {
            assert!(
                matches!(decode(code, 1000), Err(CodeError::NotAProgram { .. })),
                "{code:02x?}"
            );
        }
    }

    #[test]
    fn test_kind_of_code() {
        let kind = |code: &[u8]| CodeKind::of(code, ArbosVersion::V61);
        assert_eq!(kind(&[0xef, 0xf0, 0x00, 0x00]), CodeKind::Classic);
        assert_eq!(kind(&[0xef, 0xf0, 0x01, 0x00]), CodeKind::Fragment);
        assert_eq!(kind(&[0xef, 0xf0, 0x02, 0x00]), CodeKind::Root);
        assert!(
            kind(&[0xef, 0xf0, 0x02, 0x00]).is_program() && !kind(&[0xef, 0xf0, 0x01, 0x00]).is_program()
        );
        for evm in [
            &b""[..],
            b"\x60",
            &CLASSIC_PREFIX,
            &ROOT_PREFIX,
            &[0xef, 0x01, 0x00, 0x00],
        ] {
            assert_eq!(kind(evm), CodeKind::Evm, "{evm:02x?}");
        }
        assert_eq!(
            CodeKind::of(&[0xef, 0xf0, 0x02, 0x00], ArbosVersion::V51),
            CodeKind::Evm
        );
        assert_eq!(
            CodeKind::of(&[0xef, 0xf0, 0x00, 0x00], ArbosVersion::V30),
            CodeKind::Classic
        );
    }
}
