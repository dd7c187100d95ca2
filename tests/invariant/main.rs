//! Random sequences of calls against whole systems; after each call the claims that must always hold.
//!
//! A test belongs here when no single call shows the fault. A failure prints the seed and the calls so far.

mod claims;
mod economy;
