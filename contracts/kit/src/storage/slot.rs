//! One value in storage.

use core::fmt;
use core::marker::PhantomData;

use super::value::{load_numbered, store_numbered};
use super::{Layout, Place, Root, Value};

/// A value of type `T`: an elementary type, an enum of the interface, or a `record`.
pub struct Slot<T, P = Root> {
    place: P,
    value: PhantomData<T>,
}

impl<T: Value, P: Place> Slot<T, P> {
    /// Reads the value.
    #[inline(always)]
    pub fn get(&self) -> T {
        match P::NUMBER {
            Some(number) => load_numbered(number, P::OFFSET),
            None => self.place.with_key(|key| T::load(key, P::OFFSET)),
        }
    }

    /// Writes the value.
    #[inline(always)]
    pub fn set(&mut self, value: T) {
        self.write(&value);
    }

    /// [`Self::set`] without taking the value.
    #[inline(always)]
    pub fn write(&mut self, value: &T) {
        match P::NUMBER {
            Some(number) => store_numbered(number, P::OFFSET, value),
            None => self.place.with_key(|key| value.store(key, P::OFFSET)),
        }
    }
}

impl<T: Value> Layout for Slot<T> {
    const BYTES: usize = T::BYTES;
    const SLOTS: u32 = T::SLOTS;
    const ALONE: bool = T::ALONE;
    type At<P: Place> = Slot<T, P>;
    #[inline(always)]
    fn at<P: Place>(place: P) -> Slot<T, P> {
        Slot {
            place,
            value: PhantomData,
        }
    }
}

impl<T, P> fmt::Debug for Slot<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}
