//! The module with `unsafe` that lends a host, used in every way that the simulator uses it. Free of everything else, so that Miri can
//! run it: `cargo +nightly miri test --manifest-path sim/vm/miri/Cargo.toml`.
#![cfg(test)]

/// Stands for the simulator's trait of this name: the module needs no method of it.
mod host {
    pub(crate) trait Host {
        /// Counts a call and tells how many there were.
        fn count(&mut self) -> u64;
        /// Runs a program in a store of its own, as a nested call does, and tells how many calls that made.
        fn nest(&mut self, depth: u64) -> u64;
    }
}

#[path = "../src/host_cell.rs"]
mod host_cell;

use std::panic::{AssertUnwindSafe, catch_unwind};

use host::Host;
use host_cell::{HostCell, lend};

/// What stands for the EVM.
#[derive(Default)]
struct Evm {
    calls: u64,
    log: Vec<String>,
}

/// A frame's host: it borrows the EVM, as the real one does.
struct FrameHost<'a> {
    evm: &'a mut Evm,
}

impl Host for FrameHost<'_> {
    fn count(&mut self) -> u64 {
        self.evm.calls += 1;
        self.evm.log.push(format!("call {}", self.evm.calls));
        self.evm.calls
    }

    fn nest(&mut self, depth: u64) -> u64 {
        run_program(self.evm, depth)
    }
}

/// What stands for a wasmtime store: it owns the cell among other things.
#[derive(Default)]
struct Store {
    steps: u64,
    cell: HostCell,
}

/// A program that calls its host, nests, and calls again.
fn run_program(evm: &mut Evm, depth: u64) -> u64 {
    let before = evm.calls;
    let mut store = Store::default();
    let mut host = FrameHost { evm };
    lend(
        &mut store,
        |store| &mut store.cell,
        &mut host,
        |store| {
            store.steps += store.cell.get().count();
            if depth > 0 {
                store.steps += store.cell.get().nest(depth - 1);
            }
            store.steps += store.cell.get().count();
        },
    );
    assert!(store.steps > 0);
    // The host is the lender's again.
    host.count();
    evm.calls - before
}

#[test]
fn test_nested_programs_share_one_evm() {
    let mut evm = Evm::default();
    assert_eq!(run_program(&mut evm, 5), 3 * 6);
    assert_eq!(evm.log.len(), 18);
    assert_eq!(evm.log[17], "call 18");
}

#[test]
fn test_a_store_runs_one_program_after_another() {
    let mut store = Store::default();
    for _ in 0..3 {
        let mut evm = Evm::default();
        let mut host = FrameHost { evm: &mut evm };
        lend(
            &mut store,
            |store| &mut store.cell,
            &mut host,
            |store| store.cell.get().count(),
        );
        assert_eq!(evm.calls, 1);
    }
}

#[test]
fn test_a_panic_leaves_the_cell_empty() {
    let mut evm = Evm::default();
    let mut store = Store::default();
    let mut host = FrameHost { evm: &mut evm };
    let run = AssertUnwindSafe(|| {
        lend(
            &mut store,
            |store| &mut store.cell,
            &mut host,
            |store| {
                store.cell.get().count();
                panic!("in a host function");
            },
        );
    });
    assert!(catch_unwind(run).is_err());
    assert!(
        catch_unwind(AssertUnwindSafe(|| store.cell.get().count())).is_err(),
        "nothing is lent any more"
    );
    assert_eq!(evm.calls, 1);
    let mut host = FrameHost { evm: &mut evm };
    lend(
        &mut store,
        |store| &mut store.cell,
        &mut host,
        |store| store.cell.get().count(),
    );
    assert_eq!(evm.calls, 2);
}

/// The refusal leaves the first host where it was, also for a program that goes on.
#[test]
fn test_a_cell_that_is_lent_is_not_lent_again() {
    let mut evm = Evm::default();
    let mut store = Store::default();
    let mut host = FrameHost { evm: &mut evm };
    lend(
        &mut store,
        |store| &mut store.cell,
        &mut host,
        |store| {
            let again = AssertUnwindSafe(|| {
                let mut other = Evm::default();
                let mut second = FrameHost { evm: &mut other };
                lend(
                    store,
                    |store| &mut store.cell,
                    &mut second,
                    |store| store.cell.get().count(),
                );
            });
            assert!(catch_unwind(again).is_err());
            assert_eq!(store.cell.get().count(), 1);
        },
    );
    assert_eq!(evm.calls, 1);
}

#[test]
fn test_an_empty_cell_moves_between_threads() {
    let mut store = Store::default();
    let mut evm = Evm::default();
    let mut host = FrameHost { evm: &mut evm };
    lend(
        &mut store,
        |store| &mut store.cell,
        &mut host,
        |store| store.cell.get().count(),
    );
    let thread = std::thread::spawn(move || {
        let mut evm = Evm::default();
        let mut host = FrameHost { evm: &mut evm };
        lend(
            &mut store,
            |store| &mut store.cell,
            &mut host,
            |store| store.cell.get().count(),
        );
        evm.calls
    });
    assert_eq!((thread.join().expect("no panic"), evm.calls), (1, 1));
}
