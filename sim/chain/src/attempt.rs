//! Doing something as a whole or not at all: what a transaction changed before it was refused, or before something
//! panicked, is taken back.
//!
//! What a transaction changes between blocks and in the open one is all that there is to take back: nothing is sealed and
//! nothing published in the middle.

use std::sync::Arc;

use mintage_vm::arbos::ArbosVersion;

use crate::Chain;
use crate::clock::OpenMark;
use crate::error::Rejected;

impl Chain {
    /// Does something as a whole or not at all: if it fails, panics, or could not read what it needed, the chain is as it was.
    /// It may begin a block and add to it, but not seal one.
    pub(crate) fn whole<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, Rejected>,
    ) -> Result<T, Rejected> {
        // What could not be read before this is of no matter.
        self.state.failure();
        let mut attempt = Attempt::begin(self);
        let result = act(attempt.chain);
        // An error may be one only because something could not be read.
        attempt.chain.readable()?;
        attempt.succeeded = result.is_ok();
        result
    }
}

/// A chain with what it goes back to when this is dropped, unless it has succeeded.
struct Attempt<'a> {
    chain: &'a mut Chain,
    succeeded: bool,
    /// Level of the state's snapshot.
    level: usize,
    /// How many changes were listed, and how many accounts held.
    changes: usize,
    held: usize,
    l1_number: u64,
    open: Option<OpenMark>,
    delayed_messages: u64,
    arbos: ArbosVersion,
}

impl<'a> Attempt<'a> {
    fn begin(chain: &'a mut Chain) -> Self {
        let state = Arc::make_mut(&mut chain.state);
        Self {
            succeeded: false,
            level: state.push_snapshot(),
            changes: state.change_count(),
            held: state.held_count(),
            l1_number: state.l1.number(),
            open: chain.clock.mark(),
            delayed_messages: chain.delayed_messages,
            arbos: chain.arbos(),
            chain,
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let state = Arc::make_mut(&mut self.chain.state);
        if self.succeeded {
            state.release(self.level);
            return;
        }
        state.revert_to(self.level);
        state.release(self.level);
        state.forget_changes_since(self.changes);
        // Some of what was taken in from below may stand for what could not be read.
        if state.has_source() && state.held_count() > self.held {
            state.forget_since(self.held);
        }
        state.l1.back_to(self.l1_number);
        self.chain.clock.back_to(self.open.take());
        self.chain.delayed_messages = self.delayed_messages;
        self.chain.set_arbos(self.arbos);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use alloy_primitives::U256;

    use super::*;

    /// Everything that is named in [`Attempt`], as it can be seen.
    fn seen(chain: &Chain) -> String {
        let [alice, bob] = chain.accounts();
        let accounts = [alice, bob].map(|account| (chain.balance_of(account), chain.nonce(account)));
        let counts = (
            chain.delayed_messages,
            chain.arbos_version(),
            chain.state.change_count(),
        );
        format!("{:?} {accounts:?} {counts:?} {:?}", chain.clock, chain.state.l1)
    }

    #[test]
    fn test_what_panics_or_is_refused_changes_nothing() {
        for (archive, begun) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut chain = Chain::builder().archive(archive).build().unwrap();
            let [alice, bob] = chain.accounts();
            chain.auto_mine(false);
            if begun {
                chain.tx(alice, bob).value(1).send().unwrap();
            }
            let outer = chain.snapshot();
            if begun {
                chain.tx(alice, bob).value(2).send().unwrap();
            } else {
                chain.warp(24);
            }
            let before = seen(&chain);
            let disturb = |chain: &mut Chain| {
                chain.tx(alice, bob).value(7).send().unwrap();
                chain.open_block().coinbase = alice;
                chain.delayed_messages += 1;
                chain.set_arbos(ArbosVersion::V32);
            };
            let refused: Result<(), _> = chain.whole(|chain| {
                disturb(chain);
                Err(Rejected::AlreadyKnown)
            });
            assert_eq!(refused.unwrap_err(), Rejected::AlreadyKnown);
            assert_eq!(seen(&chain), before);
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                chain.whole(|chain| -> Result<(), Rejected> {
                    disturb(chain);
                    panic!("on purpose")
                })
            }));
            assert!(panicked.is_err());
            assert_eq!(seen(&chain), before);
            // No layer is left over: the snapshot from before is the newest one.
            chain.tx(alice, bob).value(5).send().unwrap();
            assert_eq!(chain.seal_block().tx_count, 1 + 2 * u32::from(begun));
            chain.revert_to(outer).unwrap();
            chain.release(outer).unwrap();
            assert_eq!(chain.nonce(alice), u64::from(begun));
            assert_eq!(
                chain.balance_of(bob),
                crate::DEV_BALANCE_WEI + U256::from(u8::from(begun))
            );
        }
    }
}
