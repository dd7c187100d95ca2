//! Brotli as the network uses it: the best level, a window of 4 MiB, no dictionary.

use brotli::{BrotliResult, BrotliState, HeapAlloc, HuffmanCode};

use super::{CodeError, DICTIONARY_NONE, DICTIONARY_STYLUS};

const COMPRESSION_LEVEL: i32 = 11;
const COMPRESSION_WINDOW_BITS: i32 = 22;

/// The stream of `wasm`, the same bytes on every machine.
pub(super) fn compress(wasm: &[u8]) -> Vec<u8> {
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
pub(super) fn decompress(dictionary: u8, stream: &[u8], limit: u32) -> Result<Vec<u8>, CodeError> {
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
