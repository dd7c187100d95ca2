//! Solidity's ABI: what a method receives, what it returns, events and errors. Generated code calls this; programs see
//! only plain Rust types. Static values never allocate; what dynamic types need is linked only where they occur.

mod array;
mod kinds;
pub mod sol;

use crate::word::{self, Word, abort};

pub use array::Array;
pub use kinds::{Error, Event, Log, LogData};

/// A type of Solidity's ABI.
pub trait SolType {
    /// Bytes in the head of a tuple: 32 for dynamic types.
    const HEAD: usize;
    /// Whether the head holds an offset.
    const DYNAMIC: bool;
}

/// A type that can be decoded.
pub trait Decode: SolType {
    /// What a method receives: dynamic values are views into the calldata.
    type Arg<'a>;
    /// Reads the value whose head is at `at` of `frame`, the enclosing tuple. [`abort`]s on anything that is not a valid
    /// encoding.
    fn decode<'a>(frame: &'a [u8], at: usize) -> Self::Arg<'a>;
    /// The owned form.
    type Owned;
    /// Copies a view out of the buffer that it looks into.
    fn own(arg: Self::Arg<'_>) -> Self::Owned;
}

/// A type that can be encoded.
pub trait Encode: SolType {
    /// What a method returns.
    type Ret;
    /// What events, errors and calls take.
    type Ref<'a>: Copy;
    /// The borrowed form of a returned value.
    fn borrow(value: &Self::Ret) -> Self::Ref<'_>;
    /// Writes a static value into its head. Dynamic types do not come here.
    fn put(value: Self::Ref<'_>, head: &mut [u8]);
    /// Writes the value's head at `base + at` of `out`, and what does not fit there behind it.
    #[inline]
    fn encode(value: Self::Ref<'_>, out: &mut Vec<u8>, base: usize, at: usize) {
        match base.checked_add(at).and_then(|from| out.get_mut(from..)) {
            Some(head) => Self::put(value, head),
            None => abort(),
        }
    }
    /// Writes the value as it is hashed for an indexed parameter: static parts in place, no lengths.
    fn encode_topic(value: Self::Ref<'_>, out: &mut Vec<u8>) {
        let at = out.len();
        out.resize(at.saturating_add(Self::HEAD), 0);
        Self::encode(value, out, at, 0);
    }
}

/// The calldata behind the selector, checked to hold at least the heads of the parameters.
#[inline(always)]
pub fn head(args: &[u8], len: usize) -> &[u8] {
    if args.len() < len {
        abort();
    }
    args
}

/// The word at `at`.
#[inline(always)]
pub fn word_at(frame: &[u8], at: usize) -> &Word {
    word::chunk(frame, at)
}

/// Follows the offset at `at`: the rest of the frame from there, which holds at least one word.
#[inline(never)]
pub fn tail(frame: &[u8], at: usize) -> &[u8] {
    let offset = word::to_u64(word_at(frame, at), 64);
    match usize::try_from(offset).ok().and_then(|offset| frame.get(offset..)) {
        Some(rest) if rest.len() >= 32 => rest,
        _ => abort(),
    }
}

/// Splits the length word off a dynamic value.
#[inline(never)]
pub fn counted(tail: &[u8]) -> (usize, &[u8]) {
    let count = word::to_u64(word_at(tail, 0), 64);
    match (usize::try_from(count), tail.get(32..)) {
        (Ok(count), Some(rest)) => (count, rest),
        _ => abort(),
    }
}

/// Writes the offset of a tail that begins at the end of `out`.
#[inline(never)]
pub fn put_offset(out: &mut [u8], base: usize, at: usize) {
    let offset = out.len().saturating_sub(base) as u64;
    match base.checked_add(at).and_then(|from| out.get_mut(from..)) {
        Some(head) => word::put_u64(word::chunk_mut(head, 0), offset),
        None => abort(),
    }
}

/// A buffer of zero bytes.
#[inline(never)]
pub fn zeros(len: usize) -> Vec<u8> {
    std::vec![0; len]
}

/// Appends a length word.
#[inline(never)]
pub fn push_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&word::u64_word(count as u64));
}

/// Appends bytes, padded to a whole word.
#[inline(never)]
pub fn push_padded(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    let pad = bytes.len().wrapping_neg() & 31;
    out.resize(out.len().saturating_add(pad), 0);
}

#[cfg(test)]
mod tests;
