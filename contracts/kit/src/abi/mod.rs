//! Solidity's ABI: what a method receives, what it returns, events and errors. Generated code calls this; programs see
//! only plain Rust types. Static values never allocate; what dynamic types need is linked only where they occur.

mod array;
mod kinds;
pub mod sol;
mod words;

use crate::Vec;
use crate::word::{self, Cell, Word, abort};

pub use array::Array;
pub use kinds::{Error, Event, Log, LogData};
pub use words::{Words, room};

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
    /// Writes a static value into its head: all `HEAD / 32` cells. Dynamic types do not come here.
    fn put(value: &Self::Ref<'_>, head: &mut [Cell]);
    /// [`Self::put`] of a returned value.
    #[inline(always)]
    fn put_owned(value: &Self::Ret, head: &mut [Cell]) {
        Self::put(&Self::borrow(value), head);
    }
    /// How many bytes lie outside the head.
    #[inline(always)]
    fn tail_len(_value: &Self::Ref<'_>) -> usize {
        0
    }
    /// Writes the value's head at `base + at` of the buffer, and what does not fit there at the end of what is filled.
    #[inline]
    fn encode(value: &Self::Ref<'_>, out: &mut Buffer, base: usize, at: usize) {
        Self::put(value, out.cells(base.wrapping_add(at)));
    }
    /// Adds the value as it is hashed inside an indexed parameter: in place, without lengths, padded to words.
    fn in_place(value: &Self::Ref<'_>, out: &mut Vec<u8>) {
        let at = out.len();
        out.resize(at.saturating_add(Self::HEAD), 0);
        Self::put(value, word::rooms(out, at));
    }
    /// The topic of an indexed parameter that is hashed.
    fn topic(value: &Self::Ref<'_>) -> crate::B256 {
        let mut bytes = Vec::new();
        Self::in_place(value, &mut bytes);
        crate::host::keccak(&bytes)
    }
}

/// A byte buffer that is as long as its content will be, filled from the front.
#[derive(Debug)]
pub struct Buffer {
    bytes: Vec<u8>,
    filled: usize,
}

impl Buffer {
    /// `heads` bytes of heads, written in place, and room for `tails` bytes behind them.
    #[inline(never)]
    pub fn new(heads: usize, tails: usize) -> Self {
        Self {
            bytes: zeros(heads.saturating_add(tails)),
            filled: heads,
        }
    }

    /// The words from `at` on.
    #[inline(always)]
    pub fn cells(&mut self, at: usize) -> &mut [Cell] {
        word::rooms(&mut self.bytes, at)
    }

    /// Writes four bytes at the front.
    #[inline(always)]
    pub fn selector(&mut self, selector: u32) {
        *word::chunk_mut(&mut self.bytes, 0) = selector.to_be_bytes();
    }

    /// Writes bytes at the front.
    pub fn front(&mut self, bytes: &[u8]) {
        match self.bytes.get_mut(..bytes.len()) {
            Some(room) => word::copy(room, bytes),
            None => abort(),
        }
    }

    /// What was written.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes, at `base + at`, the offset of what comes next, and the word `count` there.
    #[inline(never)]
    pub fn begin(&mut self, base: usize, at: usize, count: usize) {
        let offset = self.filled.wrapping_sub(base);
        word::u64_into(first(self.cells(base.wrapping_add(at))), offset as u64);
        let here = self.filled;
        word::u64_into(first(self.cells(here)), count as u64);
        self.filled = here.wrapping_add(32);
    }

    /// Writes, at `base + at`, the offset of what comes next, with no count there.
    pub fn begin_uncounted(&mut self, base: usize, at: usize) {
        let offset = self.filled.wrapping_sub(base);
        word::u64_into(first(self.cells(base.wrapping_add(at))), offset as u64);
    }

    /// Takes `len` bytes, for heads; returns where they begin.
    pub fn reserve(&mut self, len: usize) -> usize {
        let here = self.filled;
        self.filled = here.wrapping_add(len);
        here
    }

    /// Adds bytes; what is missing to a whole word stays zero.
    #[inline(never)]
    pub fn padded(&mut self, bytes: &[u8]) {
        let end = self.filled.wrapping_add(bytes.len());
        match self.bytes.get_mut(self.filled..end) {
            Some(room) => word::copy(room, bytes),
            None => abort(),
        }
        self.filled = self.filled.wrapping_add(padded_len(bytes.len()));
    }
}

/// The first of some cells.
#[inline(always)]
pub fn first(cells: &mut [Cell]) -> &mut Cell {
    match cells.first_mut() {
        Some(cell) => cell,
        None => abort(),
    }
}

/// The length of whole words.
#[inline(always)]
pub const fn padded_len(len: usize) -> usize {
    len.wrapping_add(31) & !31
}

/// A buffer of zero bytes.
#[inline(never)]
pub fn zeros(len: usize) -> Vec<u8> {
    crate::host::zeros(len)
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
    match usize::try_from(offset)
        .ok()
        .and_then(|offset| frame.get(offset..))
    {
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
