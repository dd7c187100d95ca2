//! Lends a running program's host to its wasmtime store.
//!
//! A wasmtime `Store<T>` needs `T: 'static`, while the host of a frame borrows the EVM. [`HostCell`] therefore keeps the
//! host as a raw pointer whose lifetime is erased, and [`lend`] bounds its use. Why that is sound:
//!
//! * The pointer is set only by [`lend`], from a `&mut dyn Host` that stays borrowed until [`lend`] returns: its caller
//!   cannot touch the host meanwhile, and neither can `run`, which does not get it.
//! * [`lend`] takes the pointer out again before it returns, also when `run` unwinds ([`Clear`]'s drop).
//! * It is reached only through [`HostCell::get`], which needs `&mut HostCell`. A cell is owned by one store, so at
//!   any time at most one reference made from the pointer is alive, and that one borrows the cell.
//! * Nested frames run in other stores with other cells. Their hosts reborrow the EVM through the outer frame's host
//!   while the outer one is not used: ordinary nested `&mut` borrows.
//! * The cell stays in its store: `cell` finds the same field each time, and nothing takes a cell out of the store while a
//!   program runs. Safe code of this crate could; it is private to `hostio::Env`, and nothing there moves it.
//! * `Send` and `Sync`: outside of [`lend`] a cell is empty, so moving or sharing it moves no pointer. While it is set,
//!   the store that owns it is mutably borrowed by the thread that runs [`lend`].
//!
//! `tests/host_cell.rs` runs this file alone, nested, through panics and across threads, and so does Miri.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use crate::host::Host;

/// Room for a host, empty unless the program of its store is running.
#[derive(Default)]
pub(crate) struct HostCell(Option<NonNull<dyn Host>>);

// SAFETY: see the module's text: a cell that can move to another thread is empty.
unsafe impl Send for HostCell {}
// SAFETY: a shared reference to a cell gives access to nothing (`get` needs `&mut`).
unsafe impl Sync for HostCell {}

impl HostCell {
    /// The host of the running program.
    ///
    /// # Panics
    /// Outside of [`lend`]. Host functions run inside of it only.
    pub(crate) fn get(&mut self) -> &mut dyn Host {
        let mut host = self.0.expect("host functions run while a host is lent");
        // SAFETY: set by `lend`, which keeps the host exclusively borrowed until it has cleared this cell; the
        // reference borrows the cell, so there is no second one.
        unsafe { host.as_mut() }
    }
}

/// Runs `run` on `owner` with `host` lent to the cell that `cell` finds in it.
pub(crate) fn lend<O, R>(
    owner: &mut O,
    cell: fn(&mut O) -> &mut HostCell,
    host: &mut dyn Host,
    run: impl FnOnce(&mut O) -> R,
) -> R {
    let host: NonNull<dyn Host + '_> = NonNull::from(host);
    // SAFETY: only the lifetime changes. The pointer is used through `HostCell::get` alone and is gone from the cell
    // when this function returns, while `host` is still borrowed.
    let host: NonNull<dyn Host> = unsafe { std::mem::transmute(host) };
    let place = &mut cell(owner).0;
    // Before it is set: a panic here must leave the first program's host where it is.
    assert!(place.is_none(), "a store runs one program at a time");
    *place = Some(host);
    let clear = Clear { owner, cell };
    run(&mut *clear.owner)
}

/// Empties the cell, whatever happens.
struct Clear<'a, O> {
    owner: &'a mut O,
    cell: fn(&mut O) -> &mut HostCell,
}

impl<O> Drop for Clear<'_, O> {
    fn drop(&mut self) {
        (self.cell)(self.owner).0 = None;
    }
}
