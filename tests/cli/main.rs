//! The `mintage` command as a user types it: output, exit codes, bad input.

mod bench;
mod build;
mod check;
mod command;
mod node;
mod project;
mod trace;
mod usage;
