//! State in the chain's storage, laid out by Solidity's rules: declaration order, small neighbours packed into one slot
//! from its low end, structs and arrays and mappings on slots of their own, keccak for what is behind a mapping or a
//! dynamic array. A block explorer or `cast storage` with Solidity's layout reads it.
//!
//! The types here are handles: a place, not a value. Places of fields are constants of the type, so a whole contract's
//! storage is a value of size zero and costs nothing to build.

mod list;
mod map;
mod place;
mod slot;
mod text;
mod value;

pub use list::List;
pub use map::{Key, Map, View};
pub use place::{At, Dynamic, Place, Relative, Root, behind};
pub use slot::Slot;
pub use text::{ShortText, Text};
pub use value::{
    Packed, Value, load_all, read_bytes, read_small, read_uint, read_wide, store_all, write_bytes,
    write_uint, write_wide,
};

/// A kind of state: how much room it takes and the handle that reaches it.
pub trait Layout {
    /// Bytes, when it may share a slot with its neighbours; otherwise 32.
    const BYTES: usize;
    /// Whole slots; 1 for what may share one.
    const SLOTS: u32;
    /// Whether it always begins a slot, and what follows it too: structs, arrays, mappings, strings.
    const ALONE: bool;
    /// The handle at a place.
    type At<P: Place>;
    /// Makes the handle.
    fn at<P: Place>(place: P) -> Self::At<P>;
}

/// Size and alignment of one field, for [`layout`].
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// As [`Layout::BYTES`].
    pub bytes: usize,
    /// As [`Layout::SLOTS`].
    pub slots: u32,
    /// As [`Layout::ALONE`].
    pub alone: bool,
}

impl Extent {
    /// The extent of a kind of state.
    pub const fn of<T: Layout>() -> Self {
        Self {
            bytes: T::BYTES,
            slots: T::SLOTS,
            alone: T::ALONE,
        }
    }
}

/// Where the fields of a struct lie: slot and offset from the slot's low end for each, and the number of slots in all.
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)] // evaluated at compile time, where both are errors
pub const fn layout<const N: usize>(fields: [Extent; N]) -> ([(u32, usize); N], u32) {
    let mut places = [(0, 0); N];
    let (mut slot, mut offset) = (0, 0);
    let mut i = 0;
    while i < N {
        let field = fields[i];
        if offset > 0 && (field.alone || offset + field.bytes > 32) {
            slot += 1;
            offset = 0;
        }
        places[i] = (slot, offset);
        if field.alone || field.bytes == 32 {
            slot += field.slots;
        } else {
            offset += field.bytes;
        }
        i += 1;
    }
    (places, if offset > 0 { slot + 1 } else { slot })
}

#[cfg(test)]
mod tests;
