//! Program code as it stands on chain: prefixes, compression, fragments.
//!
//! Turns bytes of a contract into a WASM module and back. Whether that module is acceptable is
//! [`validate`](crate::validate)'s matter; where code and fragments are read from is the caller's.

use brotli::{BrotliResult, BrotliState, HeapAlloc, HuffmanCode};
use revm::primitives::{Address, Bytes};

use crate::arbos::{ArbosVersion, StylusParams};

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

const COMPRESSION_LEVEL: i32 = 11;
const COMPRESSION_WINDOW_BITS: i32 = 22;

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

fn not_a_program(code: &[u8], roots: bool) -> CodeError {
    let start = revm::primitives::hex::encode_prefixed(&code[..code.len().min(4)]);
    CodeError::NotAProgram {
        start,
        roots: if roots { " or 0xeff002" } else { "" },
    }
}

fn compress(wasm: &[u8]) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: COMPRESSION_LEVEL,
        lgwin: COMPRESSION_WINDOW_BITS,
        size_hint: wasm.len(),
        ..Default::default()
    };
    let mut stream = Vec::new();
    // SAFETY of the expect: reading from a slice and writing to a vector cannot fail.
    brotli::BrotliCompress(&mut &*wasm, &mut stream, &params).expect("compression in memory");
    stream
}

/// Never holds more than `limit` bytes of output: a stream that would give more is refused as soon as it does.
/// The window is at most 16 MiB (large-window streams are invalid) and is only allocated as far as output fills it.
///
/// Bytes after the end of the stream are ignored. The specification is silent on them (ambiguous); this is what
/// Brotli's reference decoder does.
fn decompress(dictionary: u8, stream: &[u8], limit: u32) -> Result<Vec<u8>, CodeError> {
    match dictionary {
        DICTIONARY_NONE => {}
        DICTIONARY_STYLUS => return Err(CodeError::StylusDictionary),
        other => return Err(CodeError::UnknownDictionary(other)),
    }
    let mut state = BrotliState::new_strict(
        HeapAlloc::new(0_u8),
        HeapAlloc::new(0_u32),
        HeapAlloc::new(HuffmanCode::default()),
    );
    let (mut input_left, mut input_at) = (stream.len(), 0);
    let (mut total, mut wasm) = (0, Vec::new());
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let (mut space, mut written) = (chunk.len(), 0);
        let result = brotli::BrotliDecompressStream(
            &mut input_left,
            &mut input_at,
            stream,
            &mut space,
            &mut written,
            &mut chunk,
            &mut total,
            &mut state,
        );
        wasm.extend_from_slice(&chunk[..written]);
        if wasm.len() > limit as usize {
            return Err(CodeError::TooLarge { limit });
        }
        match result {
            BrotliResult::ResultSuccess => return Ok(wasm),
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::NeedsMoreInput => return Err(CodeError::Corrupt("it ends too early")),
            BrotliResult::ResultFailure => return Err(CodeError::Corrupt("its bytes do not decode")),
        }
    }
}
