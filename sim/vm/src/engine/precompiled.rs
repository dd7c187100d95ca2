//! The second place with `unsafe`: machine code from disk becomes a module.
//!
//! wasmtime executes what it is given here. `Module::deserialize` asks that the bytes be what `Module::serialize` gave out,
//! unchanged, and itself checks only that version and settings agree. Why the bytes are that:
//!
//! * They come as a [`CheckedFile`], which only the disk cache makes: of a file whose checksum covers every byte and whose
//!   key names this program, this build of the crate, wasmtime's version and every setting of this engine. So damage, and
//!   files made for something else, do not get here.
//! * They were read into memory before the check. Nothing can change them between check and use, as a mapped file could.
//! * No one forged them: the file is a regular file of this user's, in a folder of this user's, that no one else may write
//!   to, opened without following links relative to a folder that is held open (`disk/folder.rs`). Who can write there
//!   acts as this user, and could replace this very program as well.
//! * This crate writes nothing there but `Module::serialize`'s bytes.
#![allow(unsafe_code)]

use wasmtime::{Engine, Module};

use super::disk::CheckedFile;

/// The module in a file that was checked against this engine's settings.
pub(super) fn module(engine: &Engine, file: &CheckedFile) -> wasmtime::Result<Module> {
    // SAFETY: see the module's text: these are bytes that this user's process serialised for such an engine.
    unsafe { Module::deserialize(engine, file.payload()) }
}
