//! Against re-entrance: a method that takes the lock cannot be entered again, through whatever contract, before it is
//! released. The lock lies in transient storage: it costs 100 gas instead of thousands, and ends with the
//! transaction by itself. Methods that do not ask for it, a flash callback's views for one, can be called meanwhile.

use crate::host;
use crate::prelude::*;
use crate::storage::{Layout, Place, Root};
use crate::word::u64_word;

mintage_kit_macros::solidity! {
    /// The contract was called back in the middle of a method.
    error ReentrantCall();
}

/// A lock. It takes a slot of the layout, so that its transient place collides with no other; the slot itself stays empty.
#[derive(Debug)]
pub struct Lock<P = Root> {
    place: P,
}

impl<P: Place> Lock<P> {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`ReentrantCall`]: it is taken.
    #[inline(never)]
    pub fn take(&mut self) -> Result<()> {
        self.ensure_free()?;
        host::transient_store(&self.place.key(0), &u64_word(1));
        Ok(())
    }

    /// Releases the lock. Needed only on success: a revert undoes the taking.
    #[inline(never)]
    pub fn release(&mut self) {
        host::transient_store(&self.place.key(0), &[0; 32]);
    }

    /// Lets pass only while the lock is free: for views that must not be read half-way through.
    ///
    /// # Errors
    /// [`ReentrantCall`]: it is taken.
    pub fn ensure_free(&self) -> Result<()> {
        ensure!(
            crate::word::is_zero_word(&host::transient_load(&self.place.key(0))),
            ReentrantCall
        );
        Ok(())
    }
}

impl Layout for Lock {
    const BYTES: usize = 32;
    const SLOTS: u32 = 1;
    const ALONE: bool = true;
    type At<P: Place> = Lock<P>;
    fn at<P: Place>(place: P) -> Lock<P> {
        Lock { place }
    }
}
