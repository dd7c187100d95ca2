//! `string` and `bytes` in storage.

use core::fmt;

use super::place::behind;
use super::{Layout, Place, Root};
use crate::word::{Word, abort, copy, to_u64, u64_word};
use crate::{Vec, host};

/// A `string` or `bytes`: up to 31 bytes lie in the slot itself, longer ones behind its hash.
pub struct Text<P = Root> {
    place: P,
}

impl<P: Place> Text<P> {
    /// Reads all bytes.
    #[inline(always)]
    pub fn get(&self) -> Vec<u8> {
        read(&self.place.key(0))
    }

    /// Replaces all bytes. Slots that a longer text before it used are cleared.
    #[inline(always)]
    pub fn set(&mut self, bytes: &[u8]) {
        write(&self.place.key(0), bytes);
    }
}

/// The length in a text's slot, and whether the bytes lie elsewhere.
fn length(slot: &Word) -> (usize, bool) {
    let [.., last] = *slot;
    if last & 1 == 0 {
        return (usize::from(last >> 1), false);
    }
    // Twice the length plus one; nobody could have paid for one that does not fit.
    (
        usize::try_from(to_u64(slot, 64) >> 1).unwrap_or_else(|_| abort()),
        true,
    )
}

#[inline(never)]
fn read(key: &Word) -> Vec<u8> {
    let slot = host::load(key);
    let (len, long) = length(&slot);
    let mut out = crate::abi::zeros(len);
    if long {
        let mut at = host::keccak(key).0;
        for room in out.chunks_mut(32) {
            copy(room, &host::load(&at));
            at = behind(&at, 1);
        }
    } else {
        copy(&mut out, &slot);
    }
    out
}

#[inline(never)]
fn write(key: &Word, bytes: &[u8]) {
    let (old_len, was_long) = length(&host::load(key));
    let mut old_slots = if was_long { old_len.div_ceil(32) } else { 0 };
    let mut rest = bytes;
    let mut slot = u64_word((bytes.len() as u64) << 1 | 1);
    if bytes.len() < 32 {
        slot = [0; 32];
        copy(&mut slot, bytes);
        let [.., last] = &mut slot;
        *last = (bytes.len() as u8) << 1;
        rest = &[];
    }
    host::store(key, &slot);
    let mut at = host::keccak(key).0;
    while !rest.is_empty() || old_slots > 0 {
        let mut word = [0; 32];
        copy(&mut word, rest);
        host::store(&at, &word);
        at = behind(&at, 1);
        rest = rest.get(32..).unwrap_or_default();
        old_slots = old_slots.saturating_sub(1);
    }
}

impl Layout for Text {
    const BYTES: usize = 32;
    const SLOTS: u32 = 1;
    const ALONE: bool = true;
    type At<P: Place> = Text<P>;
    #[inline(always)]
    fn at<P: Place>(place: P) -> Text<P> {
        Text { place }
    }
}

/// A `string` or `bytes` of at most 31 bytes: the same layout as [`Text`], for a third of its code.
pub struct ShortText<P = Root> {
    place: P,
}

impl<P: Place> ShortText<P> {
    /// Reads all bytes.
    #[inline(always)]
    pub fn get(&self) -> Vec<u8> {
        read_short(&self.place.key(0))
    }

    /// Replaces all bytes; `false`, and nothing is stored, if there are more than 31.
    #[inline(always)]
    pub fn set(&mut self, bytes: &[u8]) -> bool {
        write_short(&self.place.key(0), bytes)
    }
}

#[inline(never)]
fn read_short(key: &Word) -> Vec<u8> {
    let slot = host::load(key);
    let [.., last] = slot;
    // At most 31: `write_short` stored it.
    let mut out = crate::abi::zeros(usize::from(last >> 1));
    copy(&mut out, &slot);
    out
}

#[inline(never)]
fn write_short(key: &Word, bytes: &[u8]) -> bool {
    if bytes.len() >= 32 {
        return false;
    }
    let mut slot = [0; 32];
    copy(&mut slot, bytes);
    let [.., last] = &mut slot;
    *last = (bytes.len() as u8) << 1;
    host::store(key, &slot);
    true
}

impl Layout for ShortText {
    const BYTES: usize = 32;
    const SLOTS: u32 = 1;
    const ALONE: bool = true;
    type At<P: Place> = ShortText<P>;
    #[inline(always)]
    fn at<P: Place>(place: P) -> ShortText<P> {
        ShortText { place }
    }
}

impl<P> fmt::Debug for ShortText<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShortText")
    }
}

impl<P> fmt::Debug for Text<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text")
    }
}
