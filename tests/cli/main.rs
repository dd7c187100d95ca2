//! The `mintage` command as a user types it: output, exit codes, bad input.

mod build;
mod command;
mod project;
mod usage;
