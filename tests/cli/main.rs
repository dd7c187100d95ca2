//! The `mintage` command as a user types it: output, exit codes, bad input.

