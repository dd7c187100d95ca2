//! `string` and `bytes` in storage.

use core::fmt;

use super::place::behind;
use super::{Layout, Place, Root};
use crate::word::{Word, abort, to_u64, u64_word};
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

/// Copies as much as fits.
#[inline(never)]
fn copy(to: &mut [u8], from: &[u8]) {
    let len = to.len().min(from.len());
    if let (Some(to), Some(from)) = (to.get_mut(..len), from.get(..len)) {
        to.copy_from_slice(from);
    }
}

#[inline(never)]
fn write(key: &Word, bytes: &[u8]) {
    let (old_len, was_long) = length(&host::load(key));
    let old_slots = if was_long { old_len.div_ceil(32) } else { 0 };
    let short = bytes.len() < 32;
    let mut slot = if short {
        [0; 32]
    } else {
        u64_word((bytes.len() as u64) << 1 | 1)
    };
    if short {
        copy(&mut slot, bytes);
        let [.., last] = &mut slot;
        *last = (bytes.len() as u8) << 1;
    }
    host::store(key, &slot);
    if short && old_slots == 0 {
        return;
    }
    let mut at = host::keccak(key).0;
    let mut rest = if short { &[] } else { bytes };
    let mut written = 0usize;
    while !rest.is_empty() || written < old_slots {
        let (now, later) = rest.split_at(rest.len().min(32));
        let mut word = [0; 32];
        copy(&mut word, now);
        host::store(&at, &word);
        at = behind(&at, 1);
        rest = later;
        written = written.saturating_add(1);
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

impl<P> fmt::Debug for Text<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text")
    }
}
