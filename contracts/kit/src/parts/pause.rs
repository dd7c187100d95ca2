//! A flag that stops something. Who may raise it and who may lower it is the program's to say: a guardian raises, only the
//! owner lowers.

use crate::prelude::*;
use crate::storage::Place;

mintage_kit_macros::solidity! {
    /// It was stopped.
    event Paused(address account);
    /// It goes on.
    event Unpaused(address account);
    /// It is stopped.
    error EnforcedPause();
    /// It is not stopped.
    error ExpectedPause();
}

/// `bool paused;` in a slot of its own.
#[crate::storage]
pub struct Pause {
    flag: Slot<bool>,
}

impl<P: Place> Pause<P> {
    /// Whether it is stopped.
    pub fn is_paused(&self) -> bool {
        self.flag.get()
    }

    /// Lets only what goes on pass.
    ///
    /// # Errors
    /// [`EnforcedPause`].
    pub fn ensure_running(&self) -> Result<()> {
        ensure!(!self.flag.get(), EnforcedPause);
        Ok(())
    }

    /// Stops.
    ///
    /// # Errors
    /// [`EnforcedPause`]: it is stopped.
    pub fn pause(&mut self, account: Address) -> Result<()> {
        self.ensure_running()?;
        self.flag.set(true);
        emit(Paused { account });
        Ok(())
    }

    /// Goes on.
    ///
    /// # Errors
    /// [`ExpectedPause`]: it is not stopped.
    pub fn unpause(&mut self, account: Address) -> Result<()> {
        ensure!(self.flag.get(), ExpectedPause);
        self.flag.set(false);
        emit(Unpaused { account });
        Ok(())
    }
}
