//! Random sequences of calls against whole systems; after each one the claims that must always hold.

